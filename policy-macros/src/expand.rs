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
    let file = note::source_file(at);
    match declare::parse_function(attribute, at, &name, &file, Catalog::embedded()) {
        Err(mistakes) => fallback::function(mistakes, item),
        Ok(declaration) => {
            let note = note::statics(&declaration);
            let (inner, statements) = inner_attributes(body.stream());
            let mut with_note = Group::new(Delimiter::Brace, quote!(#inner #note #statements));
            with_note.set_span(body.span());
            trees.pop();
            trees.push(TokenTree::Group(with_note));
            trees.into_iter().collect()
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
