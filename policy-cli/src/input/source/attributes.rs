//! Attributes of an item as a build sees them: `cfg` evaluated, `cfg_attr` written out.
//!
//! What cannot be evaluated is kept and named. Which predicates hold is `cfg`'s to say; what an item is, is not looked at.

use std::collections::BTreeSet;

use policy_core::calls::Presence;
use policy_core::declare::HELPER;
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{Attribute, Meta};

use super::cfg::{Configuration, Truth};

/// Attributes after `cfg` and `cfg_attr`.
pub(super) struct Resolved {
    /// `None` when a `cfg` leaves the item out.
    pub(super) attributes: Option<Vec<Attribute>>,
    /// Predicates that cannot be evaluated, and the first attribute that holds some.
    pub(super) unknown: Option<(String, Span)>,
}

/// Evaluates `cfg` and `cfg_attr`.
pub(super) fn resolve(
    attributes: &[Attribute],
    configuration: &Configuration,
    features: &BTreeSet<String>,
) -> Resolved {
    let mut out = Vec::new();
    let mut unknown = None;
    for attribute in attributes {
        if !resolve_one(attribute, configuration, features, &mut out, &mut unknown) {
            return Resolved { attributes: None, unknown: None };
        }
    }
    Resolved { attributes: Some(out), unknown }
}

/// Whether `cfg` lets a thing with these attributes into the build.
pub(super) fn presence(
    attributes: &[Attribute],
    configuration: &Configuration,
    features: &BTreeSet<String>,
) -> Presence {
    let asks = |it: &Attribute| it.path().is_ident("cfg") || it.path().is_ident("cfg_attr");
    if !attributes.iter().any(asks) {
        return Presence::Present;
    }
    let resolved = resolve(attributes, configuration, features);
    match (resolved.attributes, resolved.unknown) {
        (None, _) => Presence::Absent,
        (Some(_), None) => Presence::Present,
        (Some(_), Some(_)) => Presence::Unknown,
    }
}

fn resolve_one(
    attribute: &Attribute,
    configuration: &Configuration,
    features: &BTreeSet<String>,
    out: &mut Vec<Attribute>,
    unknown: &mut Option<(String, Span)>,
) -> bool {
    let Meta::List(list) = &attribute.meta else {
        out.push(attribute.clone());
        return true;
    };
    if list.path.is_ident("cfg") {
        return match configuration.evaluate(&list.tokens.to_string(), features) {
            Truth::Yes => true,
            Truth::No => false,
            Truth::Unknown(predicates) => {
                unknown.get_or_insert((predicates, attribute.pound_token.span));
                true
            }
        };
    }
    if !list.path.is_ident("cfg_attr") {
        out.push(attribute.clone());
        return true;
    }
    let (predicate, rest) = split_at_comma(list.tokens.clone());
    let inner = inner_attributes(attribute, rest);
    match configuration.evaluate(&predicate.to_string(), features) {
        Truth::No => return true,
        Truth::Unknown(predicates) if inner.iter().any(matters) => {
            unknown.get_or_insert((predicates, attribute.pound_token.span));
        }
        Truth::Unknown(_) => return true,
        Truth::Yes => {}
    }
    inner.iter().all(|inner| resolve_one(inner, configuration, features, out, unknown))
}

/// Whether an attribute can change what is declared.
fn matters(attribute: &Attribute) -> bool {
    const DECLARING: &[&str] = &["aws", "aws_access", "cfg", "cfg_attr", "derive", "path"];
    let last = attribute.path().segments.last();
    last.is_some_and(|last| DECLARING.iter().any(|name| last.ident == name))
}

/// Attributes of the language and of common crates that declare nothing.
pub(super) fn is_common(attribute: &Attribute) -> bool {
    const COMMON: &[&str] = &[
        "allow",
        "automatically_derived",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "forbid",
        "global_allocator",
        "inline",
        "macro_export",
        "macro_use",
        "must_use",
        "no_mangle",
        "non_exhaustive",
        "repr",
        "rustfmt",
        "serde",
        "test",
        "track_caller",
        "warn",
    ];
    attribute
        .path()
        .segments
        .first()
        .is_some_and(|first| COMMON.iter().any(|name| first.ident == name))
}

/// `cfg_attr`'s attributes, each with the place that the compiler gives it: a helper of a derive
/// keeps that of the whole, the attribute of a macro is its own words.
fn inner_attributes(attribute: &Attribute, rest: TokenStream) -> Vec<Attribute> {
    use syn::parse::Parser;
    use syn::punctuated::Punctuated;
    let metas = Punctuated::<Meta, syn::Token![,]>::parse_terminated.parse2(rest);
    metas
        .map(|metas| {
            let inner = |meta: Meta| {
                let mut inner = Attribute { meta, ..attribute.clone() };
                let first = inner.path().segments.first().map(|first| first.ident.span());
                if let Some(span) = first.filter(|_| !inner.path().is_ident(HELPER)) {
                    inner.pound_token = syn::Token![#](span);
                }
                inner
            };
            metas.into_iter().map(inner).collect()
        })
        .unwrap_or_default()
}

fn split_at_comma(tokens: TokenStream) -> (TokenStream, TokenStream) {
    let mut before = TokenStream::new();
    let mut tokens = tokens.into_iter();
    for token in tokens.by_ref() {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',') {
            break;
        }
        before.extend([token]);
    }
    (before, tokens.collect())
}
