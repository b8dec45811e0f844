//! What a part of a name looks like: which characters of it vary from one name to the next.
//!
//! Dates, UUIDs, hashes and counters are variable; words are not. Parts that tell tenants apart are
//! never variable.

use std::borrow::Cow;

use crate::iam::{Pattern, Token};

/// A path segment with its variable runs replaced by `*`; equal to the segment when it has none.
///
/// `order-000123.json` → `order-*.json`; `2026-11-01` → `*`; `invoices` → `invoices`. What always has
/// the same length (UUIDs, ULIDs, whole hashes) becomes as many `?`. The result reads as a pattern:
/// characters of the segment that would be wildcards are escaped.
#[must_use]
pub(crate) fn template(segment: &str) -> Cow<'_, str> {
    if !is_simple(segment) {
        return Cow::Owned(written(segment, false));
    }
    // What is written below, for characters of one byte that mean nothing in a pattern: names come by the million.
    let mut template = String::new();
    let (mut at, mut kept) = (0, 0);
    while at < segment.len() {
        let word = SimpleWord::at(&segment.as_bytes()[at..]);
        let variable = if word.may_vary() { Variable::at(&segment[at..]) } else { None };
        let Some(variable) = variable else {
            at += word.length.max(1);
            continue;
        };
        // Between two variable words the separator is part of what varies (`2026-11-01`).
        let is_joined = kept > 0 && at == kept + 1 && !variable.is_fixed && template.ends_with('*');
        if !is_joined {
            template.push_str(&segment[kept..at]);
        }
        let end = at + variable.length;
        if variable.is_fixed {
            template.extend(segment[at..end].bytes().map(|b| if b == b'-' { '-' } else { '?' }));
        } else if !is_joined {
            template.push('*');
        }
        (at, kept) = (end, end);
    }
    if kept == 0 {
        return Cow::Borrowed(segment);
    }
    template.push_str(&segment[kept..]);
    Cow::Owned(template)
}

/// Whether each character is one byte, and none means anything in a pattern.
fn is_simple(segment: &str) -> bool {
    segment.bytes().all(|b| b.is_ascii() && !matches!(b, b'*' | b'?' | b'$'))
}

/// A word of ASCII, as far as it tells whether it can vary.
struct SimpleWord {
    length: usize,
    digits: usize,
}

impl SimpleWord {
    /// The word at the beginning of `text`, which is ASCII.
    fn at(text: &[u8]) -> Self {
        let mut word = Self { length: 0, digits: 0 };
        for byte in text.iter().take_while(|byte| byte.is_ascii_alphanumeric()) {
            word.length += 1;
            word.digits += usize::from(byte.is_ascii_digit());
        }
        word
    }

    /// Whether something that varies can begin here: a number, a word with more than one digit, or a UUID, whose first group
    /// has eight characters.
    fn may_vary(&self) -> bool {
        self.digits >= 2 || (self.digits == 1 && self.length == 1) || self.length == 8
    }
}

/// Bytes before the first separator.
fn word_length(text: &str) -> usize {
    let word = text.bytes().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(text.len());
    if text.as_bytes().get(word).is_none_or(u8::is_ascii) {
        return word;
    }
    text.find(is_separator).unwrap_or(text.len())
}

/// The same with as many `?` as there are characters for everything that varies: `2026-11-01` →
/// `????-??-??`.
#[must_use]
pub(crate) fn fixed_template(segment: &str) -> Cow<'_, str> {
    Cow::Owned(written(segment, true))
}

fn written(segment: &str, is_fixed: bool) -> String {
    let mut template = Pattern::default();
    let mut rest = segment;
    while let Some(c) = rest.chars().next() {
        let varies = template.tokens().last() == Some(&Token::Run);
        let word = word_length(rest);
        let length = match Variable::at(rest) {
            Some(variable) if variable.is_fixed || is_fixed => {
                for c in rest[..variable.length].chars() {
                    match c {
                        '-' => template.push_text("-"),
                        _ => template.push(Token::One),
                    }
                }
                variable.length
            }
            Some(variable) => {
                template.push(Token::Run);
                variable.length
            }
            // Between two variable words the separator is part of what varies (`2026-11-01`).
            None if word == 0
                && varies
                && Variable::at(&rest[c.len_utf8()..]).is_some_and(|next| !next.is_fixed) =>
            {
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

/// A variable word, or a UUID.
struct Variable {
    /// Units: bytes.
    length: usize,
    /// Whether others of its kind have the same length.
    is_fixed: bool,
}

impl Variable {
    /// The one at the start of `text`.
    fn at(text: &str) -> Option<Self> {
        if let Some(length) = uuid_length(text) {
            return Some(Self { length, is_fixed: true });
        }
        let length = word_length(text);
        let word = &text[..length];
        (!word.is_empty() && is_variable(word))
            .then(|| Self { length, is_fixed: is_whole_hash(word) || is_ulid(word) })
    }
}

/// MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512 in hexadecimal; a UUID without its hyphens.
fn is_whole_hash(word: &str) -> bool {
    matches!(word.len(), 32 | 40 | 56 | 64 | 96 | 128) && is_hexadecimal(word)
}

/// 26 digits of Crockford's base 32 in capitals, of 128 bits.
fn is_ulid(word: &str) -> bool {
    let is_digit = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase() && !b"ILOU".contains(&b);
    word.len() == 26 && word.as_bytes()[0] <= b'7' && word.bytes().all(is_digit)
}

fn is_separator(c: char) -> bool {
    !c.is_alphanumeric()
}

/// The length of a UUID at the start of `text`, standing alone.
fn uuid_length(text: &str) -> Option<usize> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let head = text.get(..36).filter(|head| head.as_bytes()[8] == b'-')?;
    let alone = text[36..].chars().next().is_none_or(is_separator);
    let mut lengths = GROUPS.into_iter();
    let fits = head.split('-').all(|group| {
        lengths.next().is_some_and(|length| group.len() == length && is_hexadecimal(group))
    });
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
    // Whatever else varies has more than one digit.
    if digits < 2 {
        return false;
    }
    // `20261101T083000Z`, and the words of `2026-11-01T08:30:00Z`.
    let is_time = digits >= 2
        && word.as_bytes()[0].is_ascii_digit()
        && word.bytes().all(|b| b.is_ascii_digit() || b == b'T' || b == b'Z')
        && word.len() - digits <= 2;
    let is_hash = word.len() >= 8 && digits >= 2 && is_hexadecimal(word);
    // Random ids of letters and digits: long, and changing between the two often.
    let changes = || {
        let pairs = word.as_bytes().windows(2);
        pairs.filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count()
    };
    let is_random = word.len() >= 16 && word.is_ascii() && changes() >= 4;
    is_time || is_hash || is_random || digits >= 2 && is_ulid(word)
}

/// The ending of a file name that says what kind it is, with its dot; empty when it has none.
pub(crate) fn extension(part: &str) -> &str {
    match part.rfind('.') {
        Some(at) if at > 0 && (2..=9).contains(&(part.len() - at)) => {
            let ending = &part[at..];
            let is_word = ending[1..].bytes().all(|b| b.is_ascii_alphanumeric())
                && ending.bytes().any(|b| b.is_ascii_alphabetic());
            if is_word { ending } else { "" }
        }
        _ => "",
    }
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
    before.is_some_and(is_label) || own_label(segment).is_some() || is_account(segment)
}

fn is_label(text: &str) -> bool {
    TENANT_LABELS.iter().any(|label| text.eq_ignore_ascii_case(label))
}

/// What of `customer-42` comes before the name of the tenant: `customer-`.
fn own_label(segment: &str) -> Option<&str> {
    let at = segment.bytes().position(|byte| matches!(byte, b'=' | b'-' | b'_' | b':'))?;
    let (label, value) = segment.split_at(at + 1);
    (!value.is_empty() && is_label(&label[..at])).then_some(label)
}

fn is_account(segment: &str) -> bool {
    segment.len() == 12 && segment.bytes().all(|b| b.is_ascii_digit())
}

/// The segment as it would be for another tenant, of the name `other`: `customer-42` → `customer-OTHER`.
///
/// Only for segments that [`is_tenant`] knows. Another account is twelve zeros.
pub(crate) fn other_tenant(before: Option<&str>, segment: &str, other: &str) -> String {
    match own_label(segment) {
        _ if before.is_some_and(is_label) => other.to_owned(),
        Some(label) => format!("{label}{other}"),
        None => "0".repeat(12),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "????????-????-????-????-????????????";

    #[test]
    fn dates_ids_hashes_and_counters_vary() {
        for (segment, expected) in [
            ("invoices", "invoices"),
            ("2026", "*"),
            ("2026-11-01", "*"),
            ("20261101T083000Z", "*"),
            ("2026-11-01T08:30:00Z", "*"),
            ("order-000123.json", "order-*.json"),
            ("3f0c1d5e-0000-4000-8000-0000000000aa", UUID),
            ("img_3f0c1d5e-0000-4000-8000-0000000000aa.png", &format!("img_{UUID}.png")),
            ("7-3f0c1d5e-0000-4000-8000-0000000000aa-7", &format!("*-{UUID}-*")),
            ("d41d8cd98f00b204e9800998ecf8427e", &"?".repeat(32)),
            ("d41d8cd98f00b204e9800998ecf8427e0", "*"),
            ("01HF7YAT31JZ5T4YQK0V3B6N8M.json", &format!("{}.json", "?".repeat(26))),
            ("8ZHF7YAT31JZ5T4YQK0V3B6N8M", "*"),
            ("01AAAAAAAAAAAAAAAAAAAAAAAA", &"?".repeat(26)),
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

    proptest::proptest! {
        #[test]
        fn the_quick_way_writes_what_the_other_writes(
            segment in "([a-z]{1,3}|[0-9]{1,4}|[-_.:=+]|[0-9a-f]{8}|[0-9A-Z]{26}|[A-Za-z0-9]{16}|ü|\\*|\\$|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}){0,7}"
        ) {
            proptest::prop_assert_eq!(template(&segment), written(&segment, false));
        }
    }

    #[test]
    fn with_fixed_lengths_each_character_that_varies_is_one() {
        for (segment, expected) in [
            ("2026-11-01", "????-??-??"),
            ("order-000123.json", "order-??????.json"),
            ("3f0c1d5e-0000-4000-8000-0000000000aa", UUID),
            ("invoices", "invoices"),
            ("111122223333", "111122223333"),
        ] {
            assert_eq!(fixed_template(segment), expected, "{segment}");
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
        assert!(!is_tenant(None, "customer-"));
    }

    #[test]
    fn another_tenant_has_the_same_label() {
        assert_eq!(other_tenant(Some("tenants"), "acme", "x"), "x");
        assert_eq!(other_tenant(Some("orgs"), "customer-42", "x"), "x");
        assert_eq!(other_tenant(None, "tenant=acme", "x"), "tenant=x");
        assert_eq!(other_tenant(None, "111122223333", "x"), "000000000000");
    }

    #[test]
    fn an_extension_is_a_short_word_after_the_last_dot() {
        for (part, expected) in [
            ("a.csv", ".csv"),
            ("a.tar.gz", ".gz"),
            ("a.001", ""),
            ("a.mp3", ".mp3"),
            ("README", ""),
            (".lock", ""),
            ("a.", ""),
            ("v1.2-final", ""),
            ("a.averylongword", ""),
        ] {
            assert_eq!(extension(part), expected, "{part}");
        }
    }
}
