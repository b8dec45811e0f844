//! The nearest right name to a wrong one.
//!
//! A suggestion is made only when it is close; a wrong guess is worse than none.

use super::lookup::same_name;
use super::{Catalog, Client};
use crate::iam::ActionName;

impl Catalog {
    /// The action of `service` whose name is nearest to `text` (with or without the prefix).
    #[must_use]
    pub fn nearest_action(&self, service: &str, text: &str) -> Option<ActionName> {
        let service = self.service(service)?;
        let name = text.rsplit_once(':').map_or(text, |(_, name)| name);
        let nearest = nearest(name, service.actions().map(|action| action.short_name()))?;
        service.action(nearest).map(|action| action.name())
    }

    /// The service prefix nearest to `text`.
    #[must_use]
    pub fn nearest_service(&self, text: &str) -> Option<&str> {
        nearest(text, self.services().map(|service| service.prefix()))
    }

    /// The client name nearest to `text`. The name that other SDKs use (`stepfunctions`) is known too.
    #[must_use]
    pub fn nearest_client(&self, text: &str) -> Option<&str> {
        let other = self.clients().find(|client| {
            [client.model_name(), client.sdk_id()].iter().any(|name| same_letters(name, text))
        });
        other
            .map(|client| client.name())
            .or_else(|| nearest(text, self.clients().map(|client| client.name())))
    }
}

impl<'c> Client<'c> {
    /// The operation whose name is nearest to `text`.
    #[must_use]
    pub fn nearest_operation(&self, text: &str) -> Option<&'c str> {
        nearest(text, self.operations().map(|operation| operation.name()))
    }
}

/// The candidate nearest to `text`, when one is near.
///
/// Case, `_` and `-` do not count. Otherwise up to one edit in three characters, at most three, where
/// an edit adds, drops or replaces a character or swaps two neighbours. Among equals the one
/// that shares the longest start wins, then the first.
#[must_use]
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = letters(text);
    let limit = (wanted.len() / 3).clamp(1, 3);
    if wanted.is_empty() {
        return None;
    }
    let mut best: Option<(usize, usize, &'a str)> = None;
    for candidate in candidates {
        let found = letters(candidate);
        if found.len().abs_diff(wanted.len()) > limit {
            continue;
        }
        let edits = distance(&wanted, &found);
        let shared = wanted.iter().zip(&found).take_while(|(a, b)| a == b).count();
        let better = best
            .is_none_or(|(least, start, _)| edits < least || (edits == least && shared > start));
        if edits <= limit && better {
            best = Some((edits, shared, candidate));
        }
    }
    best.map(|(_, _, candidate)| candidate)
}

fn letters(text: &str) -> Vec<u8> {
    text.bytes()
        .filter(|b| !matches!(b, b'_' | b'-' | b' '))
        .map(|b| b.to_ascii_lowercase())
        .collect()
}

fn same_letters(a: &str, b: &str) -> bool {
    same_name(a, b) || letters(a) == letters(b)
}

/// Edits between two words: optimal string alignment.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect(), vec![0; b.len() + 1]];
    for i in 1..=a.len() {
        let [before, last, row] = &mut rows;
        row[0] = i;
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_of_each_kind_counts_one() {
        for (a, b) in [("abc", "abcd"), ("abcd", "abc"), ("abc", "abd"), ("abc", "acb")] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), 1, "{a} {b}");
        }
        assert_eq!(distance(b"", b"abc"), 3);
        assert_eq!(distance(b"same", b"same"), 0);
    }

    #[test]
    fn a_far_word_gets_no_suggestion() {
        assert_eq!(nearest("Frobnicate", ["GetItem", "PutItem"]), None);
        assert_eq!(nearest("", ["GetItem"]), None);
        assert_eq!(nearest("x", ["GetItem", "y"]), Some("y"));
    }

    #[test]
    fn separators_and_case_do_not_count() {
        assert_eq!(nearest("get_item", ["PutItem", "GetItem"]), Some("GetItem"));
        assert_eq!(nearest("rds_db", ["rds", "rds-db"]), Some("rds-db"));
    }
}
