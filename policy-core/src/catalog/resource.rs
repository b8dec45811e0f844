//! Whether an ARN, or a pattern of ARNs, can name a resource of a type.
//!
//! The question is whether *some* ARN fits both the text and the type, so that a pattern that is too
//! wide still fits. It is asked of `arn:aws:s3:::b/*` (an object, not a bucket) before it is
//! granted, and of an ARN in a log before it is believed.
//!
//! # The rule
//! A format is text and placeholders; every placeholder stands for at least one character.
//! - `${Partition}`, `${Region}`, `${Account}` and a placeholder before the end hold neither `/` nor `:`.
//! - A placeholder whose values have a path holds `/` wherever it stands: object keys, names
//!   `…WithPath`, log groups and streams, parameters, repositories, API resource paths. An object key holds `:` too.
//! - A placeholder at the end holds anything, except that when another format of the same service
//!   goes on after this one with `/` or `:`, it does not hold that character: the longer format is
//!   the type of such an ARN. So `table/orders/index/by-date` is an index and no table,
//!   `arn:aws:s3:::b/k` an object and no bucket.
//! - `*` in a format is any run of characters, the empty one included.
//!
//! In the text `*` and `?` are wildcards, and a policy variable `${…}` counts as `*`.
//! It is not checked whether names are valid (length, characters).

use super::ResourceType;
use super::layout::{TAIL_MAY_HOLD_COLON, TAIL_MAY_HOLD_SLASH};

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
            // Most formats differ before the first wildcard: the service part settles it.
            (wildcards || format.may_start(text)) && format.meets(text)
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

    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::with_capacity(self.text.len());
        let mut rest = self.text;
        while let Some((&byte, after)) = rest.split_first() {
            let end = rest.iter().position(|&b| b == b'}').filter(|_| rest.starts_with(b"${"));
            if let Some(end) = end {
                let name = &rest[2..end];
                rest = &rest[end + 1..];
                let is_last = rest.is_empty();
                let slash = holds_path(name) || (is_last && self.tail & TAIL_MAY_HOLD_SLASH != 0);
                let colon =
                    name == b"ObjectName" || (is_last && self.tail & TAIL_MAY_HOLD_COLON != 0);
                steps.extend([Step::One { slash, colon }, Step::Many { slash, colon }]);
            } else {
                rest = after;
                steps.push(match byte {
                    b'*' => Step::Many { slash: true, colon: true },
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
        let mut rest = text.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            let variable = rest.iter().position(|&b| b == b'}').filter(|_| rest.starts_with(b"${"));
            if byte == b'*' || variable.is_some() {
                rest = variable.map_or(after, |end| &rest[end + 1..]);
                // Whatever comes first can always be gone through by some characters.
                let Some(&first) = places.first() else { return false };
                places.clear();
                places.extend(first..=steps.len());
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
    name.ends_with(b"WithPath")
        || matches!(
            name,
            b"ObjectName"
                | b"LogGroupName"
                | b"LogStreamName"
                | b"ParameterNameWithoutLeadingSlash"
                | b"RepositoryName"
                | b"ApiSpecificResourcePath"
                | b"SecretId"
        )
}
