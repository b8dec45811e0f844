//! Text of a policy made ready for matching: wildcards read, variables known by their key.
//!
//! Most patterns are some text, then at most one `*` at the end or in front of a last text; those need
//! no wildcard matcher at all. What is left goes to [`Pattern`].

use crate::iam::{ConditionKey, Pattern, Token};
use crate::semantics::choice;
use crate::semantics::request::Context;

/// A piece of a text as written: nothing put in order, nothing filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(Box<str>),
    One,
    Run,
    Variable(Variable),
}

/// `${key}` or `${key, 'default'}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    key: ConditionKey,
    default: Option<Box<str>>,
}

impl Variable {
    fn new(name: &str) -> Self {
        let Some((key, rest)) = name.split_once(',') else {
            return Self { key: ConditionKey::new(name.trim()), default: None };
        };
        let quoted = rest.trim().strip_prefix('\'').and_then(|q| q.strip_suffix('\''));
        Self { key: ConditionKey::new(key.trim()), default: quoted.map(Into::into) }
    }

    /// Its value in a request: a key with several values has none.
    fn value<'t>(&'t self, context: &'t Context) -> Option<&'t str> {
        match context.values(&self.key) {
            [one] => Some(one),
            [] => self.default.as_deref(),
            _ => None,
        }
    }
}

/// Which characters of a text mean something else than themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Syntax {
    /// `*` and `?` are wildcards.
    pub(super) wild: bool,
    /// `${…}` is a variable.
    pub(super) variables: bool,
}

/// Reads a text.
pub(super) fn read(text: &str, syntax: Syntax) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut used = c.len_utf8();
        let mut special = None;
        if syntax.variables
            && let Some(inner) = rest.strip_prefix("${")
            && let Some(end) = inner.find('}')
        {
            used = "${".len() + end + 1;
            match &inner[..end] {
                literal @ ("*" | "?" | "$") => plain.push_str(literal),
                name => special = Some(Piece::Variable(Variable::new(name))),
            }
        } else {
            match c {
                '*' if syntax.wild => special = Some(Piece::Run),
                '?' if syntax.wild => special = Some(Piece::One),
                c => plain.push(c),
            }
        }
        if let Some(special) = special {
            push_text(&mut out, &plain);
            plain.clear();
            out.push(special);
        }
        rest = &rest[used..];
    }
    push_text(&mut out, &plain);
    out
}

fn push_text(out: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        out.push(Piece::Text(text.into()));
    }
}

/// The pieces with variables filled in; `None` when one has no value.
pub(super) fn fill_in(pieces: &[Piece], context: &Context) -> Option<Vec<Piece>> {
    let mut out = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match piece {
            Piece::Variable(variable) => push_text(&mut out, variable.value(context)?),
            other => out.push(other.clone()),
        }
    }
    Some(out)
}

/// A pattern over a whole text.
#[derive(Debug, Clone)]
pub(super) struct Glob {
    /// Texts and variables before the first wildcard.
    head: Vec<Piece>,
    tail: Tail,
}

/// What follows from the first wildcard on.
#[derive(Debug, Clone)]
enum Tail {
    /// Nothing: the text is at its end.
    End,
    /// `*`.
    Anything,
    /// `*` and a last text.
    Suffix(Box<str>),
    /// Anything else without variables.
    Pattern(Pattern),
    /// Variables after a wildcard.
    Late(Vec<Piece>),
}

impl Glob {
    /// A pattern that has no variables and stands where none can be.
    pub(super) fn plain(text: &str) -> Self {
        Self::new(read(text, Syntax { wild: true, variables: false }))
    }

    pub(super) fn new(mut head: Vec<Piece>) -> Self {
        let wild = head.iter().position(|piece| matches!(piece, Piece::One | Piece::Run));
        let rest = wild.map_or_else(Vec::new, |at| head.split_off(at));
        let runs = rest.iter().take_while(|piece| **piece == Piece::Run).count();
        let tail = match &rest[runs..] {
            [] if runs == 0 => Tail::End,
            [] => Tail::Anything,
            [Piece::Text(last)] if runs > 0 => Tail::Suffix(last.clone()),
            _ => pattern(&rest, None).map_or(Tail::Late(rest), Tail::Pattern),
        };
        Self { head, tail }
    }

    /// The text, when there is neither wildcard nor variable.
    pub(super) fn as_literal(&self) -> Option<&str> {
        match (self.head.as_slice(), &self.tail) {
            ([], Tail::End) => Some(""),
            ([Piece::Text(text)], Tail::End) => Some(text),
            _ => None,
        }
    }

    /// Whether every text is matched.
    pub(super) fn is_anything(&self) -> bool {
        self.head.is_empty() && matches!(self.tail, Tail::Anything)
    }

    /// Whether the whole text is matched; a variable without a value matches nothing.
    pub(super) fn matches(&self, text: &str, context: &Context) -> bool {
        self.matches_with(text, Some(context))
    }

    /// The same for a pattern without variables.
    pub(super) fn matches_plain(&self, text: &str) -> bool {
        self.matches_with(text, None)
    }

    fn matches_with(&self, text: &str, context: Option<&Context>) -> bool {
        let mut rest = text;
        for piece in &self.head {
            let value = match piece {
                Piece::Text(value) => Some(&**value),
                Piece::Variable(variable) => context.and_then(|context| variable.value(context)),
                Piece::One | Piece::Run => None,
            };
            match value.and_then(|value| rest.strip_prefix(value)) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        match &self.tail {
            Tail::End => rest.is_empty(),
            Tail::Anything => true,
            Tail::Suffix(last) => rest.ends_with(&**last),
            Tail::Pattern(pattern) => pattern.matches(rest),
            Tail::Late(pieces) => pattern(pieces, context).is_some_and(|p| p.matches(rest)),
        }
    }
}

/// The pieces as a pattern; `None` when a variable has no value here.
fn pattern(pieces: &[Piece], context: Option<&Context>) -> Option<Pattern> {
    let mut out = Pattern::default();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_text(text),
            Piece::One => out.push(Token::One),
            Piece::Run => out.push(Token::Run),
            Piece::Variable(variable) => out.push_text(variable.value(context?)?),
        }
    }
    Some(out)
}

/// A text without wildcards, compared without regard to case.
#[derive(Debug, Clone)]
pub(super) struct Caseless {
    /// Texts are folded.
    pieces: Vec<Piece>,
}

impl Caseless {
    pub(super) fn new(mut pieces: Vec<Piece>) -> Self {
        for piece in &mut pieces {
            if let Piece::Text(text) = piece {
                *text = text.chars().map(choice::fold).collect::<String>().into();
            }
        }
        Self { pieces }
    }

    pub(super) fn matches(&self, text: &str, context: &Context) -> bool {
        let mut rest = text.chars().map(choice::fold);
        for piece in &self.pieces {
            let same = match piece {
                Piece::Text(wanted) => wanted.chars().all(|c| rest.next() == Some(c)),
                Piece::Variable(variable) => variable.value(context).is_some_and(|value| {
                    value.chars().all(|c| rest.next() == Some(choice::fold(c)))
                }),
                Piece::One | Piece::Run => false,
            };
            if !same {
                return false;
            }
        }
        rest.next().is_none()
    }
}
