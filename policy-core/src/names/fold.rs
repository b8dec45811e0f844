//! Names made coarser step by step, so that any number of them can be kept as few.
//!
//! Each step is a function of what the step before left, and takes any two names that it leaves equal as one ever
//! after. So whatever the order in which names come, and however they are divided, the first step that leaves few
//! enough of them is the same.
//!
//! - Steps 1 to [`DEPTH`] write the last 1, 2 … parts of a path with what varies in them as `*`; the next all parts.
//! - The following [`DEPTH`] write the last 1, 2 … parts as `*` that have nothing in them that varies, and the ending of the last;
//!   the last of them all parts. What tells tenants apart and the label before it stay.
//! - The following ones cut what is below 8, 7 … 0 parts off; what tells tenants apart is never cut.
//! - After [`LAST`] nothing is left.
//!
//! The room does not count names.

use std::borrow::Cow;

use crate::iam::{ArnPattern, Pattern, Token};

use super::shape::{extension, is_tenant, template};

/// Parts of a path that are told apart.
const DEPTH: u8 = 8;
/// The first step that leaves no part as it was.
const ALL_PARTS: u8 = DEPTH + 1;
/// The last step that leaves the depth of a path.
const ALL_WORDS: u8 = ALL_PARTS + DEPTH;
/// The last step that leaves something. After it nothing is left, tenants included.
pub(crate) const LAST: u8 = ALL_WORDS + DEPTH + 1;

/// A name after some step.
///
/// Shape: `head` is the parts that are still as they were, each with the `/` after it; `tail` is the rest as the text of
/// a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folded<'a> {
    pub(crate) head: &'a str,
    pub(crate) tail: Cow<'a, str>,
}

/// The name, or what an earlier step left of it, after `step` (from 1).
pub(crate) fn fold<'a>(head: &'a str, tail: &'a str, is_name: bool, step: u8) -> Folded<'a> {
    if step > LAST {
        return Folded { head: "", tail: "".into() };
    }
    // A name as it is has no tail, not even an empty one.
    let mut rest = Some(head);
    // The last parts, from the end; what is still in `rest` is as it was.
    let mut shapes: Vec<Cow<'_, str>> = Vec::with_capacity(8);
    if !is_name {
        rest = head.strip_suffix('/');
        shapes.extend(tail.rsplit('/').map(Cow::Borrowed));
    }
    let wanted = if step >= ALL_PARTS { usize::MAX } else { usize::from(step) };
    while shapes.len() < wanted
        && let Some(parts) = rest
    {
        let (before, part) = match parts.rsplit_once('/') {
            Some((before, part)) => (Some(before), part),
            None => (None, parts),
        };
        let label = before.map(|before| before.rsplit_once('/').map_or(before, |(_, label)| label));
        shapes.push(shape(label, part));
        rest = before;
    }
    shapes.reverse();
    vary_words(&mut shapes, step);
    for step in ALL_WORDS + 1..=step {
        let depth = usize::from(LAST - step);
        if shapes.len() > depth && !has_tenant(&shapes, depth) {
            shapes.truncate(depth);
            shapes.push(Cow::Borrowed("*"));
        }
    }
    let head = rest.map_or("", |rest| &head[..rest.len() + 1]);
    let tail = match &mut *shapes {
        [one] => std::mem::take(one),
        shapes => Cow::Owned(shapes.join("/")),
    };
    Folded { head, tail }
}

/// Writes the last parts as `*`, as many as `step` asks for.
fn vary_words(parts: &mut [Cow<'_, str>], step: u8) {
    let wanted = match step {
        ALL_WORDS.. => parts.len(),
        step => usize::from(step.saturating_sub(ALL_PARTS)),
    };
    let last = parts.len().saturating_sub(1);
    for at in parts.len().saturating_sub(wanted)..parts.len() {
        let part = &*parts[at];
        let before = at.checked_sub(1).map(|before| &*parts[before]);
        let is_label = at < last && is_tenant(Some(part), "");
        let varies = varies(part);
        if !part.is_empty() && !varies && !is_label && !is_tenant(before, part) {
            let ending = if at == last { extension(part) } else { "" };
            parts[at] = Cow::Owned(format!("*{ending}"));
        }
    }
}

/// Whether something in the text of a pattern varies.
fn varies(part: &str) -> bool {
    if part.contains('$') {
        return Pattern::parse(part, true).as_literal().is_none();
    }
    part.contains(['*', '?'])
}

/// The part with what varies in it as `*`.
pub(crate) fn shape<'p>(before: Option<&str>, part: &'p str) -> Cow<'p, str> {
    match is_tenant(before, part) {
        true if !part.contains(['*', '?', '$']) => Cow::Borrowed(part),
        true => Cow::Owned(Pattern::literal(part).to_string()),
        false => template(part),
    }
}

/// Whether a part from `depth` on tells tenants apart.
fn has_tenant(parts: &[Cow<'_, str>], depth: usize) -> bool {
    (depth..parts.len()).any(|at| {
        let before = at.checked_sub(1).map(|before| &*parts[before]);
        is_tenant(before, &parts[at])
    })
}

/// The pattern of what a step left of the names in `container`.
pub(crate) fn pattern(container: &str, head: &str, tail: &str) -> ArnPattern {
    let mut pattern = Pattern::literal(container);
    pattern.push_text(head);
    let tail = Pattern::parse(tail, true);
    tail.tokens().iter().for_each(|token: &Token| pattern.push(token.clone()));
    ArnPattern::new(pattern)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn steps(name: &str) -> Vec<String> {
        (1..=LAST)
            .map(|step| {
                let folded = fold(name, "", true, step);
                format!("{}|{}", folded.head, folded.tail)
            })
            .collect()
    }

    #[test]
    fn a_name_grows_coarser_from_its_end_and_is_then_cut() {
        let steps = steps("in/2026/11/upload-000123.csv");
        assert_eq!(steps[0], "in/2026/11/|upload-*.csv");
        assert_eq!(steps[1], "in/2026/|*/upload-*.csv");
        assert_eq!(steps[3], "|in/*/*/upload-*.csv");
        assert_eq!(steps[usize::from(ALL_PARTS)], "|in/*/*/upload-*.csv", "eight parts");
        assert_eq!(steps[usize::from(ALL_WORDS) - 1], "|*/*/*/upload-*.csv");
        assert_eq!(steps[usize::from(LAST) - 4], "|*/*/*/*");
        assert_eq!(steps[usize::from(LAST) - 2], "|*/*");
        assert_eq!(steps[usize::from(LAST) - 1], "|*");
    }

    #[test]
    fn words_vary_from_the_end_and_leave_the_ending() {
        let at = |name, step: u8| steps(name).swap_remove(usize::from(step) - 1);
        let user = "users/alice/profile.json";
        assert_eq!(at(user, ALL_PARTS), "|users/alice/profile.json");
        assert_eq!(at(user, ALL_PARTS + 1), "|users/alice/*.json");
        assert_eq!(at(user, ALL_PARTS + 2), "|users/*/*.json");
        assert_eq!(at(user, ALL_PARTS + 3), "|*/*/*.json");
        assert_eq!(at("a/tenants/acme/in/x", ALL_WORDS), "|*/tenants/acme/*/*");
        assert_eq!(at("customer-42/tenants", ALL_WORDS), "|customer-42/*");
    }

    #[test]
    fn tenants_are_neither_varied_nor_cut() {
        let last = |name| steps(name).pop().unwrap();
        assert_eq!(last("tenants/acme/in/1"), "|tenants/acme/*");
        assert_eq!(last("111122223333/in/1"), "|111122223333/*");
        assert_eq!(last("in/tenant=acme/x"), "|*/tenant=acme/*");
        assert_eq!(last("in/tenant=acme"), "|*/tenant=acme");
        assert_eq!(last("in/x"), "|*");
    }

    #[test]
    fn odd_names_keep_their_parts() {
        for (name, first) in
            [("", "|"), ("/", "/|"), ("a//b", "a//|b"), ("a*/b?", "a*/|b${?}"), ("ü", "|ü")]
        {
            let folded = fold(name, "", true, 1);
            assert_eq!(format!("{}|{}", folded.head, folded.tail), first, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_step_needs_only_what_the_one_before_left(
            name in "(tenants/|customer-[a-c]/|[a-c*$]{0,3}/|[0-9]{1,12}/){0,10}[a-c0-9*?${}-]{0,9}",
            from in 1..LAST,
            further in 1..LAST,
        ) {
            let to = from.saturating_add(further).min(LAST);
            let once = fold(&name, "", true, from);
            let twice = fold(once.head, &once.tail, false, to);
            prop_assert_eq!(&twice, &fold(&name, "", true, to));
            // What is left covers the name.
            let pattern = pattern("arn:aws:s3:::acme/", twice.head, &twice.tail);
            let arn = format!("arn:aws:s3:::acme/{name}");
            prop_assert!(pattern.matches(&arn), "{} {}", pattern, arn);
        }
    }
}
