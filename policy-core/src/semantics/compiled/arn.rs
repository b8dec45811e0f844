//! Values of `ArnLike` and its kin: six parts, compared one by one.

use super::text::{self, Glob, Piece, Syntax};
use crate::semantics::request::Context;

/// One value of an ARN operator.
#[derive(Debug, Clone)]
pub(super) enum ArnPattern {
    /// The bare `*`.
    Star,
    /// Six parts.
    Parts(Box<[Glob; 6]>),
    /// Fewer than six.
    Never,
    /// A variable before the sixth part: what it holds may bring colons along.
    Late(Vec<Piece>),
}

impl ArnPattern {
    pub(super) fn new(text: &str, variables: bool) -> Self {
        Self::of(text::read(text, Syntax { wild: true, variables }))
    }

    fn of(pieces: Vec<Piece>) -> Self {
        if pieces == [Piece::Run] {
            return Self::Star;
        }
        let mut parts = vec![Vec::new()];
        for piece in &pieces {
            let text = match piece {
                Piece::Text(text) => text,
                Piece::Variable(_) if parts.len() < 6 => return Self::Late(pieces),
                other => {
                    last(&mut parts).push(other.clone());
                    continue;
                }
            };
            let more = 6 - parts.len();
            for (i, part) in text.splitn(more + 1, ':').enumerate() {
                if i > 0 {
                    parts.push(Vec::new());
                }
                if !part.is_empty() {
                    last(&mut parts).push(Piece::Text(part.into()));
                }
            }
        }
        let globs: Vec<Glob> = parts.into_iter().map(Glob::new).collect();
        globs.try_into().map_or(Self::Never, |parts| Self::Parts(Box::new(parts)))
    }

    /// Whether an ARN, divided, is matched; `any` is whether a bare `*` matches.
    pub(super) fn matches(&self, given: &[&str; 6], context: &Context, any: bool) -> bool {
        match self {
            Self::Star => any,
            Self::Never => false,
            Self::Parts(parts) => {
                parts.iter().zip(given).all(|(part, text)| part.matches(text, context))
            }
            Self::Late(pieces) => text::fill_in(pieces, context)
                .is_some_and(|filled| Self::of(filled).matches(given, context, any)),
        }
    }
}

fn last(parts: &mut Vec<Vec<Piece>>) -> &mut Vec<Piece> {
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    let at = parts.len() - 1;
    &mut parts[at]
}

/// The six parts of an ARN; `None` for any other text.
pub(super) fn divided(text: &str) -> Option<[&str; 6]> {
    let mut parts = text.splitn(6, ':');
    let mut out = [""; 6];
    for part in &mut out {
        *part = parts.next()?;
    }
    (out[0] == "arn").then_some(out)
}
