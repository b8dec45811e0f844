//! Mistakes, collected: all of them are reported together, each under the token that is wrong.

use proc_macro2::Span;

/// What is wrong with a declaration. Never empty where it is an error.
#[derive(Debug, Default, Clone)]
pub struct Mistakes {
    errors: Vec<syn::Error>,
}

impl Mistakes {
    /// Each mistake with its span, in source order as far as the parts were read in order.
    #[must_use]
    pub fn errors(&self) -> &[syn::Error] {
        &self.errors
    }

    /// The same, owned.
    #[must_use]
    pub fn into_errors(self) -> Vec<syn::Error> {
        self.errors
    }

    pub(super) fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.errors.push(syn::Error::new(span, message));
    }

    pub(super) fn push(&mut self, error: syn::Error) {
        self.errors.extend(error);
    }

    pub(super) fn append(&mut self, other: Self) {
        self.errors.extend(other.errors);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }
}

/// `` `a`, `b` and `c` ``
pub(super) fn quoted(words: &[&str]) -> String {
    let mut text = String::new();
    for (i, word) in words.iter().enumerate() {
        let join = match i {
            0 => "",
            i if i + 1 == words.len() => " and ",
            _ => ", ",
        };
        text += &format!("{join}`{word}`");
    }
    text
}

/// The message for a word out of a closed set.
pub(super) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    match crate::catalog::nearest(word, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{word}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{word}`; known are {}", quoted(known)),
    }
}
