//! Which part of an ARN names the thing that holds data, and which a name inside it.
//!
//! The container (bucket, table, queue, secret, log group) is never generalised; the names inside
//! some containers (object keys, log streams, parameter paths) may be.

use crate::iam::{ActionName, ArnPattern, Pattern, Token};

/// An ARN divided at the border of its container.
///
/// Shape: `container` and `inner` joined are the whole ARN; `inner` is `None` where names are
/// never generalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contained<'a> {
    /// The ARN up to and including the separator.
    pub container: &'a str,
    /// The name inside.
    pub inner: Option<&'a str>,
}

/// Services whose names inside a container may be generalised: how many separators of which kind
/// the container's part of the resource has, and what the resource starts with.
const RULES: &[(&str, &str, &str)] = &[
    ("s3", "", "/"),
    ("logs", "log-group:", ":log-stream:"),
    ("ssm", "parameter/", "/"),
    ("states", "execution:", ":"),
    ("states", "express:", ":"),
];

/// Divides an ARN (or a pattern for one).
#[must_use]
pub fn split(arn: &str) -> Contained<'_> {
    let whole = Contained { container: arn, inner: None };
    let mut parts = arn.splitn(6, ':');
    let (Some(service), Some(resource)) = (parts.nth(2), parts.nth(2)) else { return whole };
    let start = arn.len() - resource.len();
    // Access points have a Region and an account: `accesspoint/NAME/object/KEY`.
    if service == "s3" && resource.starts_with("accesspoint/") {
        return match resource.find("/object/") {
            Some(at) => cut(arn, start + at + "/object/".len()),
            None => whole,
        };
    }
    // The label of a stream is the time it was made.
    if service == "dynamodb" && resource.starts_with("table/") {
        return match resource.find("/stream/") {
            Some(at) => cut(arn, start + at + "/stream/".len()),
            None => whole,
        };
    }
    for (rule_service, prefix, separator) in RULES {
        if service == *rule_service
            && let Some(rest) = resource.strip_prefix(prefix)
            && let Some(at) = rest.find(separator)
        {
            return cut(arn, start + prefix.len() + at + separator.len());
        }
    }
    whole
}

fn cut(arn: &str, at: usize) -> Contained<'_> {
    Contained { container: &arn[..at], inner: Some(&arn[at..]) }
}

/// The container alone, comparable between a container's own ARN and names inside it:
/// `arn:aws:s3:::b` for the bucket and for all its objects; a table for its indexes and streams.
#[must_use]
pub fn name(arn: &str) -> &str {
    let mut parts = arn.splitn(6, ':');
    let (Some(service), Some(resource)) = (parts.nth(2), parts.nth(2)) else { return arn };
    let start = arn.len() - resource.len();
    let end = match service {
        "s3" if !resource.starts_with("accesspoint/") => resource.find('/'),
        "dynamodb" => nth(resource, '/', 2),
        "logs" => nth(resource, ':', 2),
        "states" => nth(resource, ':', 2),
        "lambda" => nth(resource, ':', 2),
        "ssm" => nth(resource, '/', 2),
        _ => None,
    };
    &arn[..end.map_or(arn.len(), |end| start + end)]
}

/// The forms in which IAM may check a call of `action` on a log group: bare, and with what is in it.
/// `None` when `arn` is no log group's.
///
/// # Source
/// Amazon CloudWatch Logs API Reference, "LogGroup": in policies the ARN has `:*` at its end, except for
/// the actions on tags.
pub(crate) fn log_group(action: &ActionName, arn: &str) -> Option<Vec<ArnPattern>> {
    let (before, name) = arn.split_once(":log-group:")?;
    let name = name.strip_suffix(":*").unwrap_or(name);
    if before.split(':').nth(2) != Some("logs") || name.contains(':') {
        return None;
    }
    let bare = Pattern::literal(&format!("{before}:log-group:{name}"));
    let mut contents = bare.clone();
    contents.push_text(":");
    contents.push(Token::Run);
    let tags = ["ListTagsForResource", "TagResource", "UntagResource"];
    let forms = match tags.iter().any(|tag| action.name().eq_ignore_ascii_case(tag)) {
        true => vec![bare],
        false => vec![bare, contents],
    };
    Some(forms.into_iter().map(ArnPattern::new).collect())
}

fn nth(text: &str, separator: char, n: usize) -> Option<usize> {
    text.match_indices(separator).nth(n - 1).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_divided_from_what_holds_them() {
        for (arn, container, inner) in [
            ("arn:aws:s3:::b/in/1.csv", "arn:aws:s3:::b/", Some("in/1.csv")),
            ("arn:aws:s3:::b", "arn:aws:s3:::b", None),
            (
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/k/1",
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/",
                Some("k/1"),
            ),
            (
                "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream:2026/11/01/[1]ab",
                "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream:",
                Some("2026/11/01/[1]ab"),
            ),
            (
                "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/db/user",
                "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/",
                Some("db/user"),
            ),
            (
                "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2026-01-01T00:00:00.000",
                "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/",
                Some("2026-01-01T00:00:00.000"),
            ),
            (
                "arn:aws:sqs:eu-west-1:111122223333:jobs",
                "arn:aws:sqs:eu-west-1:111122223333:jobs",
                None,
            ),
            ("*", "*", None),
        ] {
            assert_eq!(split(arn), Contained { container, inner }, "{arn}");
        }
    }

    #[test]
    fn a_container_has_one_name_for_itself_and_for_what_it_holds() {
        assert_eq!(name("arn:aws:s3:::b/in/1"), name("arn:aws:s3:::b"));
        assert_eq!(
            name("arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"),
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t"
        );
        assert_ne!(name("arn:aws:s3:::b"), name("arn:aws:s3:::b2"));
    }
}
