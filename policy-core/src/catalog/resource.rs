//! Whether an ARN, or a pattern of ARNs, can name a resource of a type.
//!
//! The question is whether *some* ARN fits both the text and the type, so that a pattern that is too
//! wide still fits. It is asked of `arn:aws:s3:::b/*` (an object, not a bucket) before it is
//! granted, and of an ARN in a log before it is believed.
//!
//! # The rule
//! A format is text and placeholders; a placeholder stands for at least one character (a resource path at
//! the end may be empty: the root of an API).
//! - A placeholder at the end holds anything: object keys, role names with a path, secrets, parameters.
//!   But when another format of the same service goes on after this one with `/` or `:`, it does not
//!   hold that character: the longer format is the type of such an ARN. So `table/orders/index/by-date` is an
//!   index and no table, `arn:aws:s3:::b/k` an object and no bucket (a bucket's name holds no `/`).
//!   The name of a queue or a topic holds neither.
//! - Any other placeholder holds neither `/` nor `:`, except that a log group and what is called a
//!   path hold `/` wherever they stand.
//! - `*` in a format is any run of characters, the empty one included; but the `*` of a log group's second
//!   format, `log-group:NAME:*`, is the character that CloudWatch Logs puts there.
//!
//! In the text `*` and `?` are wildcards, and a policy variable `${…}` counts as `*`. In the first five parts
//! of a text that has six they stay within their part, as their author means them, although IAM lets `*`
//! cross a colon.
//! It is not checked whether names are valid (length, characters).

use super::ResourceType;
use super::layout::{STAR_IS_LITERAL, TAIL_MAY_HOLD_COLON, TAIL_MAY_HOLD_SLASH};

impl ResourceType<'_> {
    /// Whether `text`, an ARN or a pattern of ARNs as a policy writes it, can name a resource of this type.
    ///
    /// ```
    /// # use policy_core::catalog::Catalog;
    /// let s3 = Catalog::embedded().service("s3").ok_or("s3")?;
    /// let (bucket, object) = (s3.resource_type("bucket"), s3.resource_type("object"));
    /// assert!(bucket.is_some_and(|bucket| !bucket.matches("arn:aws:s3:::receipts/*")));
    /// assert!(object.is_some_and(|object| object.matches("arn:aws:s3:::receipts/*")));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let wildcards = text.contains(['*', '?']) || text.contains("${");
        self.formats().any(|(format, tail)| {
            let format = Format { text: format.as_bytes(), tail };
            if wildcards {
                return format.meets(text);
            }
            // Most formats differ before the first placeholder: the service part settles it.
            format.may_start(text) && {
                let mut tries = TRIES;
                format
                    .fits(format.text, text.as_bytes(), &mut tries)
                    .unwrap_or_else(|| format.meets(text))
            }
        })
    }
}

/// What one step of a format accepts.
#[derive(Clone, Copy)]
enum Step {
    /// This byte.
    Byte(u8),
    /// One byte, not these.
    One { slash: bool, colon: bool },
    /// Any number of such bytes.
    Many { slash: bool, colon: bool },
}

impl Step {
    fn takes(self, byte: u8) -> bool {
        match self {
            Self::Byte(own) => own == byte,
            Self::One { slash, colon } | Self::Many { slash, colon } => {
                (slash || byte != b'/') && (colon || byte != b':')
            }
        }
    }
}

/// Ways to divide a text among placeholders that are tried before the text is run over all of them at once.
const TRIES: u32 = 64;

struct Format<'f> {
    text: &'f [u8],
    tail: u16,
}

impl Format<'_> {
    /// Whether the service part fits, for text without wildcards: the third part is plain in nearly every format.
    fn may_start(&self, text: &str) -> bool {
        let service = |text: &[u8]| -> Option<(usize, usize)> {
            let mut colons = (0..text.len()).filter(|&at| text[at] == b':');
            let (_, start, end) = (colons.next()?, colons.next()?, colons.next()?);
            Some((start + 1, end))
        };
        match (service(self.text), service(text.as_bytes())) {
            (Some((a, b)), Some((c, d))) => {
                let (own, given) = (&self.text[a..b], &text.as_bytes()[c..d]);
                own == given || own.contains(&b'$') || own.contains(&b'*')
            }
            _ => false,
        }
    }

    /// The placeholder at the beginning of `rest`: what it accepts, whether it may be empty, and what follows it.
    fn placeholder<'r>(&self, rest: &'r [u8]) -> Option<(Step, bool, &'r [u8])> {
        let end = rest.iter().position(|&b| b == b'}').filter(|_| rest.starts_with(b"${"))?;
        let (name, after) = (&rest[2..end], &rest[end + 1..]);
        let is_last = after.is_empty();
        let slash = holds_path(name) || (is_last && self.tail & TAIL_MAY_HOLD_SLASH != 0);
        let colon = is_last && self.tail & TAIL_MAY_HOLD_COLON != 0;
        // The root of an API has an empty path.
        let may_be_empty = is_last && name.ends_with(b"ResourcePath");
        Some((Step::Many { slash, colon }, may_be_empty, after))
    }

    /// What [`meets`](Self::meets) says of text without wildcards, for all but odd texts quicker; `format` is what is left of the
    /// format. `None` when there are too many ways to try.
    fn fits(&self, mut format: &[u8], mut text: &[u8], tries: &mut u32) -> Option<bool> {
        loop {
            let Some((&byte, after)) = format.split_first() else { return Some(text.is_empty()) };
            let placeholder = match byte {
                b'$' => self.placeholder(format),
                b'*' if self.tail & STAR_IS_LITERAL == 0 => {
                    Some((Step::Many { slash: true, colon: true }, true, after))
                }
                _ => None,
            };
            let Some((step, may_be_empty, after)) = placeholder else {
                let Some(rest) = text.strip_prefix(&[byte]) else { return Some(false) };
                (format, text) = (after, rest);
                continue;
            };
            let most = text.iter().take_while(|&&byte| step.takes(byte)).count();
            let fewest = usize::from(!may_be_empty);
            if after.is_empty() {
                return Some(most == text.len() && most >= fewest);
            }
            for taken in fewest..=most {
                let may_go_on = match after[0] {
                    b'$' | b'*' => true,
                    literal => text.get(taken) == Some(&literal),
                };
                if may_go_on {
                    *tries = tries.checked_sub(1)?;
                    if self.fits(after, &text[taken..], tries)? {
                        return Some(true);
                    }
                }
            }
            return Some(false);
        }
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::with_capacity(self.text.len());
        let mut rest = self.text;
        while let Some((&byte, after)) = rest.split_first() {
            if let Some((step, may_be_empty, after)) = self.placeholder(rest) {
                rest = after;
                if let Step::Many { slash, colon } = step
                    && !may_be_empty
                {
                    steps.push(Step::One { slash, colon });
                }
                steps.push(step);
            } else {
                rest = after;
                steps.push(match byte {
                    b'*' if self.tail & STAR_IS_LITERAL == 0 => {
                        Step::Many { slash: true, colon: true }
                    }
                    byte => Step::Byte(byte),
                });
            }
        }
        steps
    }

    /// Whether some ARN fits both. Runs the text over the steps; `places` are the steps that may come next, in order.
    fn meets(&self, text: &str) -> bool {
        let steps = self.steps();
        let mut places = Vec::with_capacity(4);
        let mut next = Vec::with_capacity(4);
        enter(&steps, 0, &mut places);
        let head = fifth_colon(text);
        let mut rest = text.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            let variable = rest.iter().position(|&b| b == b'}').filter(|_| rest.starts_with(b"${"));
            if byte == b'*' || variable.is_some() {
                rest = variable.map_or(after, |end| &rest[end + 1..]);
                if text.len() - rest.len() <= head {
                    within_part(&steps, &mut places);
                } else {
                    // Whatever comes first can always be gone through by some characters.
                    let Some(&first) = places.first() else { return false };
                    places.clear();
                    places.extend(first..=steps.len());
                }
                continue;
            }
            rest = after;
            next.clear();
            for &place in &places {
                let Some(&step) = steps.get(place) else { continue };
                if byte == b'?' || step.takes(byte) {
                    let to = if matches!(step, Step::Many { .. }) { place } else { place + 1 };
                    enter(&steps, to, &mut next);
                }
            }
            std::mem::swap(&mut places, &mut next);
            if places.is_empty() {
                return false;
            }
        }
        places.contains(&steps.len())
    }
}

/// Where the first five parts end; 0 when the text has fewer than six.
fn fifth_colon(text: &str) -> usize {
    let mut inside = false;
    let mut colons = text.bytes().enumerate().filter(|&(at, byte)| {
        inside = (inside || text.as_bytes()[at..].starts_with(b"${")) && byte != b'}';
        byte == b':' && !inside
    });
    colons.nth(4).map_or(0, |(at, _)| at)
}

/// Goes on from every place as far as characters other than `:` lead.
fn within_part(steps: &[Step], places: &mut Vec<usize>) {
    let mut reached: Vec<usize> = Vec::with_capacity(8);
    for &place in &*places {
        let from = reached.last().map_or(place, |&last| place.max(last + 1));
        let colon = (place..steps.len()).find(|&at| matches!(steps[at], Step::Byte(b':')));
        reached.extend(from..=colon.unwrap_or(steps.len()));
    }
    *places = reached;
}

/// Adds `place` and what lies behind steps that may take nothing, in order and once.
fn enter(steps: &[Step], mut place: usize, places: &mut Vec<usize>) {
    loop {
        if places.last().is_none_or(|&last| last < place) {
            places.push(place);
        }
        if !matches!(steps.get(place), Some(Step::Many { .. })) {
            return;
        }
        place += 1;
    }
}

/// Placeholders whose values hold `/` although something may follow them.
fn holds_path(name: &[u8]) -> bool {
    name.ends_with(b"Path") || name == b"LogGroupName"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use proptest::prelude::*;

    fn matching(service: &str, arn: &str) -> Vec<&'static str> {
        let service = Catalog::embedded().service(service).unwrap();
        service.resource_types().filter(|t| t.matches(arn)).map(|t| t.name()).collect()
    }

    #[test]
    fn an_arn_belongs_to_the_type_with_the_longest_format() {
        for (service, arn, types) in [
            ("s3", "arn:aws:s3:::b", &["bucket"][..]),
            ("s3", "arn:aws-cn:s3:::b", &["bucket"]),
            ("s3", "arn:aws:s3:::b/", &[]),
            ("s3", "arn:aws:s3:::b/k", &["object"]),
            ("s3", "arn:aws:s3:::b/in/2026/1.pdf", &["object"]),
            ("s3", "arn:aws:s3:::b/a:b", &["object"]),
            ("s3", "arn:aws:s3:eu-west-1:111122223333:accesspoint/p", &["accesspoint"]),
            (
                "s3",
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/in/1",
                &["accesspointobject"],
            ),
            ("dynamodb", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", &["table"]),
            (
                "dynamodb",
                "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/by-date",
                &["index"],
            ),
            (
                "dynamodb",
                "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000",
                &["stream"],
            ),
            ("dynamodb", "arn:aws:dynamodb:eu-west-1:111122223333:orders", &[]),
            ("sqs", "arn:aws:sqs:eu-west-1:111122223333:jobs", &["queue"]),
            ("sqs", "arn:aws:sns:eu-west-1:111122223333:jobs", &[]),
            ("sqs", "arn:aws:sqs:eu-west-1:111122223333:queue/jobs", &[]),
            ("sns", "arn:aws:sns:eu-west-1:111122223333:orders", &["topic"]),
            ("sns", "arn:aws:sns:eu-west-1:111122223333:orders:0e3f0f6e-0000", &[]),
            (
                "secretsmanager",
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders/db-a1B2c3",
                &["Secret"],
            ),
            ("ssm", "arn:aws:ssm:eu-west-1:111122223333:parameter/app/prod/url", &["parameter"]),
            ("kms", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd", &["key"]),
            ("kms", "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3", &["alias"]),
            ("iam", "arn:aws:iam::111122223333:role/lambda/orders-exec", &["role"]),
            ("iam", "arn:aws:iam::aws:policy/service-role/X", &["policy"]),
            (
                "logs",
                "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders",
                &["log-group"],
            ),
            (
                "logs",
                "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:log-stream:2026/11/01/[1]ab",
                &["log-stream"],
            ),
            (
                "execute-api",
                "arn:aws:execute-api:eu-west-1:111122223333:abc/live/GET/",
                &["execute-api-general"],
            ),
            (
                "execute-api",
                "arn:aws:execute-api:eu-west-1:111122223333:abc/live/GET/orders/1",
                &["execute-api-general"],
            ),
            ("rds-db", "arn:aws:rds-db:eu-west-1:111122223333:dbuser:cluster-X/app", &["db-user"]),
            ("ecr", "arn:aws:ecr:eu-west-1:111122223333:repository/team/app", &["repository"]),
            ("states", "arn:aws:states:eu-west-1:111122223333:activity:a", &["activity"]),
        ] {
            assert_eq!(matching(service, arn), types, "{arn}");
        }
    }

    #[test]
    fn a_pattern_fits_every_type_it_could_name() {
        for (service, pattern, fits, fits_not) in [
            ("s3", "arn:aws:s3:::b/*", "object", "bucket"),
            ("s3", "arn:aws:s3:::b/in/*.pdf", "object", "bucket"),
            ("s3", "arn:aws:s3:::acme-??", "bucket", "accesspoint"),
            ("s3", "arn:aws:s3:::${aws:username}", "bucket", "job"),
            ("s3", "arn:aws:s3:::home/${aws:username}/*", "object", "bucket"),
            ("dynamodb", "arn:aws:dynamodb:*:*:table/orders", "table", "index"),
            ("dynamodb", "arn:aws:dynamodb:*:*:table/orders/index/*", "index", "table"),
            ("secretsmanager", "arn:aws:secretsmanager:*:*:secret:db-??????", "Secret", ""),
            ("logs", "arn:aws:logs:*:*:log-group:/aws/lambda/x:*", "log-stream", "destination"),
            ("logs", "arn:aws:logs:*:*:log-group:/aws/lambda/x:*", "log-group", "delivery"),
            ("lambda", "arn:aws:lambda:*:*:function:orders:live", "function", "layer"),
            ("iam", "arn:aws:iam::*:role/*", "role", "user"),
        ] {
            let types = matching(service, pattern);
            assert!(types.contains(&fits), "{pattern} is no {fits}: {types:?}");
            assert!(!types.contains(&fits_not), "{pattern} is a {fits_not}");
        }
        // Open enough for both.
        assert_eq!(matching("s3", "arn:aws:s3:::b*"), ["bucket", "object"]);
        let s3 = Catalog::embedded().service("s3").unwrap();
        assert_eq!(matching("s3", "*").len(), s3.resource_types().len());
        assert!(matching("s3", "").is_empty());
        assert!(matching("s3", "arn:aws:s3").is_empty());
        assert!(matching("s3", "arn:aws:s3:::é${ü}ß:::*/${").contains(&"object"));
    }

    #[test]
    fn every_format_fits_its_own_type() {
        for kind in Catalog::embedded().services().flat_map(|s| s.resource_types()) {
            for format in kind.arn_formats() {
                let mut sample = String::new();
                let mut rest = format;
                while let Some((text, after)) = rest.split_once("${") {
                    sample.push_str(text);
                    sample.push_str("x1");
                    rest = after.split_once('}').unwrap().1;
                }
                sample.push_str(rest);
                assert!(kind.matches(format), "{format} as a pattern");
                assert!(kind.matches(&sample), "{sample}");
                let is_literal = format.ends_with(":${LogGroupName}:*");
                assert!(is_literal != kind.matches(&sample.replace('*', "x1/y")), "{sample}");
                assert!(kind.matches(&sample.replace("x1", "*")), "{sample} with wildcards");
            }
        }
    }

    proptest! {
        // Each case is one of every format.
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_quick_way_says_what_the_other_says(
            values in prop::collection::vec("[a/:}-]{0,4}|x1|[*$]", 12),
            cut in 0..80_usize,
        ) {
            for kind in Catalog::embedded().services().flat_map(|s| s.resource_types()) {
                for (format, tail) in kind.formats() {
                    let mut values = values.iter().cycle();
                    let mut sample = String::new();
                    let mut rest = format;
                    while let Some((text, after)) = rest.split_once("${") {
                        sample.push_str(text);
                        sample.push_str(values.next().unwrap());
                        rest = after.split_once('}').unwrap().1;
                    }
                    sample.push_str(rest);
                    for text in [sample.clone(), sample.replacen('a', ":", 1), sample.chars().skip(cut).collect()] {
                        let plain = text.replace(['*', '?'], "-").replace("${", "-");
                        let format = Format { text: format.as_bytes(), tail };
                        let quick = format.fits(format.text, plain.as_bytes(), &mut { TRIES });
                        prop_assert!(quick.is_none_or(|fits| fits == format.meets(&plain)), "{} {}", plain, kind.name());
                    }
                }
            }
        }
    }

    #[test]
    fn a_text_that_can_be_divided_in_many_ways_is_judged_all_the_same() {
        let format = Format { text: b"${APath}a${BPath}a${CPath}b", tail: 0 };
        let text = "a".repeat(100);
        assert_eq!(format.fits(format.text, text.as_bytes(), &mut { TRIES }), None);
        assert!(!format.meets(&text));
        assert!(format.meets(&format!("{text}b")));
    }
}
