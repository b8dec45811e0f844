//! The evaluator's own wildcard matcher: a table, one row for each piece of the pattern.
//!
//! It shares nothing with `iam::Pattern` on purpose; tests hold the two against each other.

use super::request::Context;
use crate::iam::ConditionKey;

/// One piece of a pattern after variables were filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glyph {
    Char(char),
    One,
    Run,
}

/// The pieces of plain text with wildcards; variables are not known here.
pub(super) fn wildcards(text: &str) -> impl Iterator<Item = Glyph> {
    text.chars().map(|c| match c {
        '*' => Glyph::Run,
        '?' => Glyph::One,
        c => Glyph::Char(c),
    })
}

/// The pieces of plain text in which nothing is a wildcard.
pub(super) fn literally(text: &str) -> Vec<Glyph> {
    text.chars().map(Glyph::Char).collect()
}

/// Fills in policy variables. `None` when one has no value: the key is missing or has several.
///
/// The filled-in value has no wildcards, whatever characters it holds. With `wild` false, `*` and
/// `?` of the text itself are characters too (for `StringEquals`).
///
/// # Source
/// IAM User Guide, "IAM policy elements: Variables and tags".
pub(super) fn fill_in(text: &str, wild: bool, context: &Context) -> Option<Vec<Glyph>> {
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("${")
            && let Some(end) = inner.find('}')
        {
            let name = &inner[..end];
            match name {
                "*" | "?" | "$" => out.extend(name.chars().map(Glyph::Char)),
                _ => {
                    let value = variable(name, context)?;
                    out.extend(value.chars().map(Glyph::Char));
                }
            }
            rest = &inner[end + 1..];
            continue;
        }
        let c = rest.chars().next()?;
        out.push(match c {
            '*' if wild => Glyph::Run,
            '?' if wild => Glyph::One,
            c => Glyph::Char(c),
        });
        rest = &rest[c.len_utf8()..];
    }
    Some(out)
}

/// `key` or `key, 'default'`.
fn variable(name: &str, context: &Context) -> Option<String> {
    let (key, default) = match name.split_once(',') {
        None => (name.trim(), None),
        Some((key, rest)) => {
            let quoted = rest.trim();
            (key.trim(), quoted.strip_prefix('\'').and_then(|q| q.strip_suffix('\'')))
        }
    };
    match context.values(&ConditionKey::new(key)) {
        [one] => Some(one.clone()),
        [] => default.map(ToOwned::to_owned),
        _ => None,
    }
}

/// Whether the whole text is matched: leading characters must be the same; from the first wildcard
/// on, a table of (pieces used) × (characters used).
pub(super) fn matches(pattern: impl IntoIterator<Item = Glyph>, text: &str) -> bool {
    let mut pattern = pattern.into_iter();
    let mut rest = text.chars();
    let wildcard = loop {
        match pattern.next() {
            None => return rest.next().is_none(),
            Some(Glyph::Char(c)) if rest.next() == Some(c) => {}
            Some(Glyph::Char(_)) => return false,
            Some(wildcard) => break wildcard,
        }
    };
    let text: Vec<char> = rest.collect();
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for glyph in std::iter::once(wildcard).chain(pattern) {
        let mut next = vec![false; text.len() + 1];
        for used in 0..=text.len() {
            next[used] = match glyph {
                Glyph::Run => row[used] || used > 0 && next[used - 1],
                Glyph::One => used > 0 && row[used - 1],
                Glyph::Char(c) => used > 0 && row[used - 1] && text[used - 1] == c,
            };
        }
        row = next;
    }
    row[text.len()]
}

/// Divides pieces at the first `count - 1` colons, as ARNs are divided.
pub(super) fn split_at_colons(pattern: &[Glyph], count: usize) -> Vec<&[Glyph]> {
    pattern.splitn(count, |glyph| *glyph == Glyph::Char(':')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Pattern;
    use proptest::prelude::*;

    #[test]
    fn a_variable_brings_no_wildcards_along() {
        let context = Context::default().with("aws:username", "a*");
        let pattern = fill_in("home/${aws:UserName}/*", true, &context).unwrap();
        assert!(matches(pattern.clone(), "home/a*/x"));
        assert!(!matches(pattern.clone(), "home/ab/x"));
    }

    #[test]
    fn a_missing_variable_has_no_match_unless_it_has_a_default() {
        let none = Context::default();
        assert_eq!(fill_in("x/${aws:username}", true, &none), None);
        let pattern = fill_in("x/${aws:PrincipalTag/team, 'none'}", true, &none).unwrap();
        assert!(matches(pattern.clone(), "x/none"));
    }

    #[test]
    fn escaped_wildcards_are_characters() {
        let pattern = fill_in("${*}${?}${$}{a", true, &Context::default()).unwrap();
        assert!(matches(pattern.clone(), "*?${a"));
        assert!(!matches(pattern.clone(), "xy${a"));
    }

    proptest! {
        #[test]
        fn agrees_with_the_other_matcher(pattern in "[ab*?]{0,8}", text in "[abc]{0,8}") {
            prop_assert_eq!(
                matches(wildcards(&pattern), &text),
                Pattern::parse(&pattern, false).matches(&text)
            );
        }
    }
}
