//! Texts that name a resource: an ARN, or the part that what it stands under completes. `{parameter}`s may be in both.

use policy_core::evidence::SettingOrigin;

use super::toml::{Document, Node};

/// Which resources a key takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// What it is called in a message: `a queue or topic`.
    pub(super) what: &'static str,
    /// Service prefix of the ARN and how its last part begins.
    pub(super) arns: &'static [(&'static str, &'static str)],
    /// What else names one.
    pub(super) other: Other,
    /// One that fits.
    pub(super) example: &'static str,
}

/// How a resource may be named beside its ARN.
#[derive(Debug, Clone, Copy)]
pub(super) enum Other {
    /// Only an ARN says enough.
    No,
    /// By the last part of the ARN, which begins like this.
    Tail(&'static str),
    /// By its name: letters, digits and these.
    Name(&'static str),
}

/// An encryption key.
///
/// # Source
/// AWS KMS Developer Guide, "Controlling access to KMS keys with aliases": the `Resource` of a policy is the key, never an alias.
pub(super) const KEY: Wanted = Wanted {
    what: "an encryption key",
    arns: &[("kms", "key/")],
    other: Other::Tail("key/"),
    example: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
};

/// A secret.
pub(super) const SECRET: Wanted = Wanted {
    what: "a secret",
    arns: &[("secretsmanager", "secret:")],
    other: Other::Name("/_+=.@-"),
    example: "orders/db",
};

/// The text, if it names what is wanted.
pub(super) fn read(
    document: &mut Document<'_>,
    node: &Node<'_>,
    wanted: Wanted,
) -> Option<Box<str>> {
    let text = document.text(node)?;
    let Some(problem) = problem(&text, wanted) else { return Some(text) };
    document.refuse(node, problem, Some(format!("write one such as `{}`", wanted.example)));
    None
}

/// The texts of an array.
pub(super) fn list(
    document: &mut Document<'_>,
    node: &Node<'_>,
    wanted: Wanted,
) -> Vec<(Box<str>, SettingOrigin)> {
    let items = document.items(node, "an array of strings");
    items
        .iter()
        .filter_map(|item| Some((read(document, item, wanted)?, document.origin(item))))
        .collect()
}

/// What is wrong with a text that should name what is wanted.
pub(super) fn problem(text: &str, wanted: Wanted) -> Option<String> {
    // The six characters that Secrets Manager appends may be left open.
    let named = text.strip_suffix("-??????").unwrap_or(text);
    if named.contains(['*', '?']) || text.contains("${") {
        return Some(format!("`{text}` is a pattern, and a setting is about one resource"));
    }
    let what = wanted.what;
    if text.starts_with("arn:") {
        let Some((service, resource)) = parts(text) else {
            return Some(format!("`{text}` is cut off: an ARN has six parts"));
        };
        let fits = |(known, starts): &(&str, &str)| {
            *known == service && resource.len() > starts.len() && resource.starts_with(starts)
        };
        return (!wanted.arns.iter().any(fits)).then(|| format!("`{text}` is not {what}"));
    }
    match wanted.other {
        Other::No => Some(format!("`{text}` is not the ARN of {what}")),
        Other::Tail(tail) if text.len() > tail.len() && text.starts_with(tail) => None,
        Other::Tail(tail) => {
            Some(format!("`{text}` is neither the ARN of {what} nor does it begin with `{tail}`"))
        }
        Other::Name(marks) => {
            let fits = |c: char| c.is_ascii_alphanumeric() || marks.contains(c) || "{}".contains(c);
            let is_name = !text.is_empty() && text.chars().all(fits);
            (!is_name).then(|| format!("`{text}` is neither the ARN nor the name of {what}"))
        }
    }
}

/// Service and resource of a whole ARN.
pub(super) fn parts(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let service = parts.nth(2)?;
    let resource = parts.nth(2)?;
    (!service.is_empty() && !resource.is_empty()).then_some((service, resource))
}
