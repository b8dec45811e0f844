//! What a part of a name looks like: which characters of it vary from one name to the next.
//!
//! Dates, UUIDs, hashes and counters are variable; words are not. Parts that tell tenants apart are
//! never variable.

use crate::iam::{Pattern, Token};

/// A path segment with its variable runs replaced by `*`; equal to the segment when it has none.
///
/// `order-000123.json` → `order-*.json`; `2026-11-01` → `*`; `invoices` → `invoices`. The result reads
/// as a pattern: characters of the segment that would be wildcards are escaped.
#[must_use]
pub(crate) fn template(segment: &str) -> String {
    let mut template = Pattern::default();
    let mut rest = segment;
    while let Some(c) = rest.chars().next() {
        let varies = template.tokens().last() == Some(&Token::Run);
        let word = rest.find(is_separator).unwrap_or(rest.len());
        let length = match variable_length(rest) {
            Some(length) => {
                template.push(Token::Run);
                length
            }
            // Between two variable words the separator is part of what varies (`2026-11-01`).
            None if word == 0 && varies && variable_length(&rest[c.len_utf8()..]).is_some() => {
                c.len_utf8()
            }
            None => {
                let length = word.max(c.len_utf8());
                template.push_text(&rest[..length]);
                length
            }
        };
        rest = &rest[length..];
    }
    template.to_string()
}

/// The length of the variable word or UUID at the start of `text`.
fn variable_length(text: &str) -> Option<usize> {
    let word = text.find(is_separator).unwrap_or(text.len());
    uuid_length(text).or_else(|| (word > 0 && is_variable(&text[..word])).then_some(word))
}

fn is_separator(c: char) -> bool {
    !c.is_alphanumeric()
}

/// The length of a UUID at the start of `text`, standing alone.
fn uuid_length(text: &str) -> Option<usize> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let head = text.get(..36)?;
    let alone = text[36..].chars().next().is_none_or(is_separator);
    let groups: Vec<&str> = head.split('-').collect();
    let fits = groups.len() == GROUPS.len()
        && groups
            .iter()
            .zip(GROUPS)
            .all(|(group, length)| group.len() == length && is_hexadecimal(group));
    (fits && alone).then_some(36)
}

fn is_hexadecimal(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A word that is a counter, a hash, an encoded random id or a time such as `20261101T083000Z`.
fn is_variable(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if digits == word.len() {
        // Twelve digits are an account, which is never generalised.
        return word.len() != 12;
    }
    // `20261101T083000Z`, and the words of `2026-11-01T08:30:00Z`.
    let is_time = digits >= 2
        && word.as_bytes()[0].is_ascii_digit()
        && word.bytes().all(|b| b.is_ascii_digit() || b == b'T' || b == b'Z')
        && word.len() - digits <= 2;
    let is_hash = word.len() >= 8 && digits >= 2 && is_hexadecimal(word);
    // Random ids of letters and digits: long, and changing between the two often.
    let changes = word
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
        .count();
    let is_random = word.len() >= 16 && word.is_ascii() && changes >= 4;
    is_time || is_hash || is_random
}

/// Labels after which the next segment names a tenant.
const TENANT_LABELS: &[&str] = &[
    "account",
    "accounts",
    "client",
    "clients",
    "customer",
    "customers",
    "org",
    "organisation",
    "organisations",
    "organization",
    "organizations",
    "orgs",
    "tenant",
    "tenants",
    "workspace",
    "workspaces",
];

/// Whether a segment tells tenants or accounts apart: it follows such a label, says so itself
/// (`tenant=acme`, `customer-42`), or is an account id.
pub(crate) fn is_tenant(before: Option<&str>, segment: &str) -> bool {
    let label = |text: &str| TENANT_LABELS.iter().any(|label| text.eq_ignore_ascii_case(label));
    let own = segment
        .split_once(['=', '-', '_', ':'])
        .is_some_and(|(key, value)| !value.is_empty() && label(key));
    let account = segment.len() == 12 && segment.bytes().all(|b| b.is_ascii_digit());
    before.is_some_and(label) || own || account
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_ids_hashes_and_counters_vary() {
        for (segment, expected) in [
            ("invoices", "invoices"),
            ("2026", "*"),
            ("2026-11-01", "*"),
            ("20261101T083000Z", "*"),
            ("2026-11-01T08:30:00Z", "*"),
            ("order-000123.json", "order-*.json"),
            ("3f0c1d5e-0000-4000-8000-0000000000aa", "*"),
            ("img_3f0c1d5e-0000-4000-8000-0000000000aa.png", "img_*.png"),
            ("d41d8cd98f00b204e9800998ecf8427e", "*"),
            ("deadbeef", "deadbeef"),
            ("v2", "v2"),
            ("2026-11", "*"),
            ("111122223333", "111122223333"),
            ("a*b", "a${*}b"),
            ("part-7-of-12", "part-*-of-*"),
            ("naïve", "naïve"),
        ] {
            assert_eq!(template(segment), expected, "{segment}");
        }
    }

    #[test]
    fn tenants_are_known_by_their_label() {
        assert!(is_tenant(Some("tenants"), "acme"));
        assert!(is_tenant(None, "tenant=acme"));
        assert!(is_tenant(None, "customer-42"));
        assert!(is_tenant(None, "111122223333"));
        assert!(!is_tenant(Some("in"), "acme"));
        assert!(!is_tenant(Some("in"), "customer.json"));
    }
}
