//! Words that `policy.toml` and flags share: whether a text is one, and what is said of one that is not.

use std::collections::BTreeSet;

/// What is said of a value of `max-resources` that cannot be one.
pub(crate) const NOT_A_BUDGET: &str =
    "expected a whole number from 1: what is observed needs at least one resource";

/// Days from `90d` or `13w`.
#[must_use]
pub fn days(text: &str) -> Option<u32> {
    let (number, days) = match text.strip_suffix('w') {
        Some(weeks) => (weeks, 7),
        None => (text.strip_suffix('d')?, 1),
    };
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<u32>().ok().filter(|_| is_number)?.checked_mul(days)
}

/// The names of `{parameter}`s in a text; `${name}` is a policy variable.
#[must_use]
pub(crate) fn parameters_in(text: &str) -> BTreeSet<Box<str>> {
    let is_part = |c: char| !c.is_whitespace() && !"{}\"'=,".contains(c);
    let opened = text.match_indices('{').filter(|(at, _)| !text[..*at].ends_with('$'));
    let names = opened.filter_map(|(at, _)| text[at + 1..].split_once('}')).map(|(name, _)| name);
    names.filter(|name| !name.is_empty() && name.chars().all(is_part)).map(Into::into).collect()
}

/// What is said of a text that is no number of days.
#[must_use]
pub fn not_days(text: &str) -> String {
    format!("`{text}` is neither a number of days such as `90d` nor one of weeks such as `13w`")
}

/// Why a text cannot be the value of a `{parameter}`.
#[must_use]
pub fn wrong_value(value: &str) -> Option<String> {
    if value.is_empty() {
        return Some("the value is empty".to_owned());
    }
    let opens = value.contains(['*', '?', '$', '{', '}']);
    opens.then(|| {
        format!(
            "the value `{value}` is no literal text; a wildcard belongs into the resource itself"
        )
    })
}

/// Whether it is the name of a function, or looks like its ARN.
#[must_use]
pub fn is_function_name(name: &str) -> bool {
    name.starts_with("arn:") && name.contains(":function:")
        || (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether CloudWatch Logs takes it as the name of a log group.
///
/// # Source
/// Amazon CloudWatch Logs API Reference, "CreateLogGroup".
pub(super) fn is_log_group(name: &str) -> bool {
    (1..=512).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_/#".contains(&b))
}

/// What is said of a name that is none.
#[must_use]
pub fn not_a_function_name(name: &str) -> String {
    format!(
        "`{name}` is neither a function name (up to 64 letters, digits, `-` and `_`) nor its ARN"
    )
}

/// Whether it is the name of an alias, or the number of a version.
pub(super) fn is_qualifier(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_names_in_braces_and_no_tables_or_policy_variables() {
        let text = r#"
            parameters = { stage = "prod" }
            on = "jobs-{tenant}/{AWS::StackName}-{a.b}"
            key = "${aws:username}{}"
            tight = {x="{y}"}
        "#;
        let found: Vec<Box<str>> = parameters_in(text).into_iter().collect();
        assert_eq!(found, ["AWS::StackName", "a.b", "tenant", "y"].map(Box::from));
    }
}
