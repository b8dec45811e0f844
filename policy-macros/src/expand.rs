//! A declaration → code. Cannot fail: every mistake was found before.

use policy_core::catalog::Catalog;
use policy_core::declare::{self, DeclaredStruct};
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::DeriveInput;

use crate::handles::Handles;
use crate::{fallback, note};

/// `#[derive(AwsAccess)]`.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let file = note::source_file(input.ident.span());
    match declare::parse_derive(input, &file, Catalog::embedded()) {
        Err(broken) => fallback::derive(input, *broken),
        Ok(DeclaredStruct { declaration, fields }) => {
            let note = note::statics(&declaration);
            let handles = Handles { input, fields: &fields };
            let module = handles.module();
            let new = handles.constructor();
            quote!(#note #module #new)
        }
    }
}

/// `#[aws_access(…)]`: the note goes into the body, so that methods can carry it too.
///
/// The compiler expands one attribute after the other. The first of them sees all others and holds the calls of the
/// body against what they declare together; those after it see its note and leave the calls alone.
pub(crate) fn function(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut trees: Vec<TokenTree> = item.clone().into_iter().collect();
    let name = trees.windows(2).find_map(|pair| match pair {
        [TokenTree::Ident(word), TokenTree::Ident(name)] if word == "fn" => Some(name.clone()),
        _ => None,
    });
    let (Some(name), Some(TokenTree::Group(body))) = (name, trees.last()) else {
        return fallback::not_a_function(item);
    };
    if body.delimiter() != Delimiter::Brace {
        return fallback::not_a_function(item);
    }
    let at = Span::call_site();
    let (file, catalog) = (note::source_file(at), Catalog::embedded());
    match declare::parse_function(attribute.clone(), at, &name, &file, catalog) {
        Err(mistakes) => fallback::function(mistakes, item),
        Ok(declaration) => {
            let note = note::statics(&declaration);
            let (inner, statements) = inner_attributes(body.stream());
            let errors = if note::is_there(statements.clone()) {
                TokenStream::new()
            } else {
                fallback::errors(declare::undeclared_calls(attribute, item, &name, &file, catalog))
            };
            let mut with_note = Group::new(Delimiter::Brace, quote!(#inner #note #statements));
            with_note.set_span(body.span());
            trees.pop();
            trees.push(TokenTree::Group(with_note));
            let function: TokenStream = trees.into_iter().collect();
            quote!(#errors #function)
        }
    }
}

/// The inner attributes at the start of a body, inner documentation among them, and the rest.
fn inner_attributes(body: TokenStream) -> (TokenStream, TokenStream) {
    let trees: Vec<TokenTree> = body.into_iter().collect();
    let is = |tree: &TokenTree, c| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == c);
    let mut end = 0;
    while let Some([hash, bang, TokenTree::Group(group)]) = trees.get(end..end + 3)
        && is(hash, '#')
        && is(bang, '!')
        && group.delimiter() == Delimiter::Bracket
    {
        end += 3;
    }
    let rest = trees[end..].iter().cloned().collect();
    (trees[..end].iter().cloned().collect(), rest)
}
