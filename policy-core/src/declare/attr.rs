//! Tokens → what was written, with spans: the shape of an attribute, without meaning.
//!
//! An attribute is a list of nodes. Commas split first, so a mistake in one node leaves the others
//! readable and all are reported together.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Ident, LitStr, Token, token};

use super::Mistakes;

/// A piece of an attribute.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// `GetItem`
    Word(Ident),
    /// `"table/orders"`
    Text(LitStr),
    /// `["a", "b"]`
    List(Span, Vec<Node>),
    /// `dynamodb(GetItem)`
    Call(Ident, Vec<Node>),
    /// `on = "…"`
    Set(Ident, Box<Node>),
}

impl Node {
    /// What a mistake in it underlines.
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Word(word) | Self::Call(word, _) | Self::Set(word, _) => word.span(),
            Self::Text(text) => text.span(),
            Self::List(span, _) => *span,
        }
    }
}

/// The nodes between the parentheses of `#[aws(…)]`; `None` when there are no parentheses.
pub(super) fn attribute(attribute: &syn::Attribute, mistakes: &mut Mistakes) -> Option<Vec<Node>> {
    match &attribute.meta {
        syn::Meta::List(list) => Some(nodes(list.tokens.clone(), mistakes)),
        meta => {
            mistakes.at(meta.span(), "`aws` needs parentheses: write `#[aws(…)]`");
            None
        }
    }
}

/// The nodes of a list; mistakes are collected, what could be read is given.
pub(super) fn nodes(tokens: TokenStream, mistakes: &mut Mistakes) -> Vec<Node> {
    let mut nodes = Vec::new();
    for part in split(tokens, mistakes) {
        let mut inner = Mistakes::default();
        match (|input: ParseStream<'_>| node(input, &mut inner)).parse2(part) {
            Ok(node) => nodes.push(node),
            Err(error) => mistakes.push(error),
        }
        mistakes.append(inner);
    }
    nodes
}

/// The parts between the commas of the outermost level.
fn split(tokens: TokenStream, mistakes: &mut Mistakes) -> Vec<TokenStream> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    for tree in tokens {
        match &tree {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                if part.is_empty() {
                    mistakes.at(comma.span(), "nothing stands before this comma");
                } else {
                    parts.push(part.drain(..).collect());
                }
            }
            _ => part.push(tree),
        }
    }
    if !part.is_empty() {
        parts.push(part.into_iter().collect());
    }
    parts
}

fn node(input: ParseStream<'_>, mistakes: &mut Mistakes) -> syn::Result<Node> {
    let node = if input.peek(Ident::peek_any) {
        let word = input.call(Ident::parse_any)?;
        if input.peek(token::Paren) {
            Node::Call(word, group(input, mistakes)?)
        } else if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if input.is_empty() {
                return Err(syn::Error::new(word.span(), format!("`{word} =` needs a value")));
            }
            Node::Set(word, Box::new(value(input, mistakes)?))
        } else if input.peek(Token![:]) {
            // `dynamodb:GetItem`, `aws_sdk_s3::Client`: not ours, but worth more than "expected `,`".
            let message = format!("`{word}:` is not read here: write `{word}(Name, …)`");
            return Err(syn::Error::new(word.span(), message));
        } else {
            Node::Word(word)
        }
    } else {
        value(input, mistakes)?
    };
    if input.is_empty() {
        Ok(node)
    } else {
        Err(syn::Error::new(input.span(), "expected `,` before this"))
    }
}

fn value(input: ParseStream<'_>, mistakes: &mut Mistakes) -> syn::Result<Node> {
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        if !text.suffix().is_empty() {
            return Err(syn::Error::new(text.span(), "a string here has no suffix"));
        }
        return Ok(Node::Text(text));
    }
    if input.peek(token::Bracket) {
        let tree: TokenTree = input.parse()?;
        let TokenTree::Group(group) = &tree else {
            return Err(syn::Error::new(tree.span(), "expected a list"));
        };
        return Ok(Node::List(group.span(), nodes(group.stream(), mistakes)));
    }
    if input.peek(Ident::peek_any) {
        let word = input.call(Ident::parse_any)?;
        if input.peek(token::Paren) {
            return Ok(Node::Call(word, group(input, mistakes)?));
        }
        if input.peek(Token![!]) || input.peek(Token![::]) {
            return Err(syn::Error::new(
                word.span(),
                "write the string itself: declarations are read without running or expanding code",
            ));
        }
        return Ok(Node::Word(word));
    }
    Err(input.error("expected a name or a string such as `\"table/orders\"`"))
}

fn group(input: ParseStream<'_>, mistakes: &mut Mistakes) -> syn::Result<Vec<Node>> {
    match input.parse()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            Ok(nodes(group.stream(), mistakes))
        }
        tree => Err(syn::Error::new(tree.span(), "expected `(`")),
    }
}
