//! The one wildcard matcher: `*` is any run of characters, `?` exactly one.
//!
//! Everything that matches wildcards calls this, but for the evaluator's own naive matcher, which
//! exists to disagree with it in tests. Over a whole ARN `*` crosses `:` and `/`; the segment rule
//! of `ArnLike` is built on top. Questions about whole patterns (does one contain another, do two
//! meet) are in `cover`, on the automaton in `automaton` that `explore` walks.

#[cfg_attr(not(feature = "engine"), expect(dead_code, reason = "comparison uses the rest"))]
pub(crate) mod automaton;
mod cover;
pub(crate) mod explore;
#[cfg_attr(not(feature = "engine"), expect(dead_code, reason = "comparison uses the rest"))]
pub(crate) mod universe;

use std::fmt;

pub use cover::{Cover, patterns_cover};

/// A piece of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Token {
    /// These characters.
    Text(Box<str>),
    /// `?`: exactly one character.
    One,
    /// `*`: any run of characters, the empty one included.
    Run,
    /// `${name}`: text known only when a request is made; the same name is the same text.
    Variable(Box<str>),
}

/// Text with wildcards.
///
/// Shape: no two neighbouring `Text` tokens, no two neighbouring `Run` tokens, no empty `Text`;
/// in a stretch of wildcards every `One` comes before the `Run`.
///
/// # Source
/// IAM User Guide, "IAM JSON policy elements: Resource" and "IAM policy elements: Variables and tags".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pattern {
    tokens: Vec<Token>,
}

impl Pattern {
    /// Reads a policy value. With `variables` (Version 2012-10-17) `${*}`, `${?}` and `${$}` are the
    /// characters themselves and `${name}` is a variable; without, `${` is plain text.
    #[must_use]
    pub fn parse(text: &str, variables: bool) -> Self {
        let mut pattern = Self::default();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let mut used = c.len_utf8();
            let token = match c {
                '*' => Some(Token::Run),
                '?' => Some(Token::One),
                '$' if variables
                    && let Some(inner) = rest.strip_prefix("${")
                    && let Some(end) = inner.find('}') =>
                {
                    used = "${".len() + end + 1;
                    match &inner[..end] {
                        literal @ ("*" | "?" | "$") => {
                            plain.push_str(literal);
                            None
                        }
                        name => Some(Token::Variable(name.into())),
                    }
                }
                c => {
                    plain.push(c);
                    None
                }
            };
            if let Some(token) = token {
                pattern.push_text(&plain);
                plain.clear();
                pattern.push(token);
            }
            rest = &rest[used..];
        }
        pattern.push_text(&plain);
        pattern
    }

    /// The pattern that matches exactly `text`, whatever characters it has.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        let mut pattern = Self::default();
        pattern.push_text(text);
        pattern
    }

    /// Adds a token at the end.
    pub fn push(&mut self, token: Token) {
        match token {
            Token::Text(text) => self.push_text(&text),
            Token::Run if self.tokens.last() == Some(&Token::Run) => {}
            Token::One if self.tokens.last() == Some(&Token::Run) => {
                let at = self.tokens.len() - 1;
                self.tokens.insert(at, Token::One);
            }
            token => self.tokens.push(token),
        }
    }

    /// Adds characters that stand for themselves.
    pub fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Token::Text(last)) = self.tokens.last_mut() {
            let joined = format!("{last}{text}");
            *last = joined.into();
        } else {
            self.tokens.push(Token::Text(text.into()));
        }
    }

    /// The tokens in order.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The text, when there is neither wildcard nor variable.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.tokens.as_slice() {
            [] => Some(""),
            [Token::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether the pattern matches all of `text`. A variable matches nothing: its value is unknown here.
    ///
    /// Linear backtracking to the last `*` only, so time is at most `pattern × text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let tokens = &self.tokens;
        let (mut t, mut rest) = (0, text);
        let mut retry: Option<(usize, &str)> = None;
        loop {
            let step = match tokens.get(t) {
                Some(Token::Run) => {
                    retry = Some((t + 1, rest));
                    Some(rest)
                }
                Some(Token::One) => {
                    let mut chars = rest.chars();
                    chars.next().map(|_| chars.as_str())
                }
                Some(Token::Text(literal)) => rest.strip_prefix(&**literal),
                Some(Token::Variable(_)) => return false,
                None if rest.is_empty() => return true,
                None => None,
            };
            if let Some(after) = step {
                rest = after;
                t += 1;
                continue;
            }
            let Some((token, from)) = retry else { return false };
            let mut chars = from.chars();
            if chars.next().is_none() {
                return false;
            }
            retry = Some((token, chars.as_str()));
            (t, rest) = (token, chars.as_str());
        }
    }
}

/// Writes the pattern as Version 2012-10-17 reads it back: literal `*`, `?` and `${` are escaped.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for token in &self.tokens {
            match token {
                Token::One => f.write_str("?")?,
                Token::Run => f.write_str("*")?,
                Token::Variable(name) => write!(f, "${{{name}}}")?,
                Token::Text(text) => {
                    for (i, c) in text.char_indices() {
                        match c {
                            '*' => f.write_str("${*}")?,
                            '?' => f.write_str("${?}")?,
                            '$' if text[i + 1..].starts_with('{') => f.write_str("${$}")?,
                            c => write!(f, "{c}")?,
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// A character in lower case, for comparison without case: letters that have one, one to one.
pub(crate) fn fold(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_by_the_table_of_resource_rules() {
        let table = [
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
            ("arn:aws:s3:::b/?", "arn:aws:s3:::b/ab", false),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y/z", true),
            ("arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:111122223333:q", true),
            ("*a*b", "xaxbxab", true),
            ("*a*b", "xaxbxa", false),
            ("??", "é€", true),
            ("", "", true),
            ("*", "", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(
                Pattern::parse(pattern, true).matches(text),
                expected,
                "{pattern} on {text}"
            );
        }
    }

    #[test]
    fn a_literal_with_wildcard_characters_survives_being_written() {
        for text in ["a*b", "who?", "${aws:username}", "$", "$$", "${*}", "a${"] {
            let pattern = Pattern::literal(text);
            assert!(pattern.matches(text));
            assert_eq!(Pattern::parse(&pattern.to_string(), true), pattern, "{text}");
        }
    }

    #[test]
    fn wildcards_are_kept_in_one_order() {
        assert_eq!(Pattern::parse("a*?*b", true), Pattern::parse("a?**b", true));
    }

    #[test]
    fn without_variables_the_braces_are_text() {
        assert!(Pattern::parse("${a}", false).matches("${a}"));
        assert!(!Pattern::parse("${a}", true).matches("${a}"));
    }
}
