//! What a refusal says of its reason: the forms of `errorMessage` that AWS documents, and no other.
//!
//! A refusal may be about another action than the one that was called: the key behind an object, the source of a copy.
//! Words of other forms tell nothing, and are not kept.
//!
//! # Source
//! IAM User Guide, "Troubleshoot access denied error messages"; AWS KMS Developer Guide, "Key access errors".

use crate::iam::{ActionName, Arn};

/// Kinds of policy as the messages call them, with what is said of them.
const KINDS: [(&str, &str); 9] = [
    ("identity-based policy", "identity-based policy"),
    ("permissions boundary", "permissions boundary"),
    ("resource control policy", "resource control policy"),
    ("resource-based policy", "resource-based policy"),
    ("role trust policy", "role trust policy"),
    ("service control policy", "service control policy"),
    ("session policy", "session policy"),
    ("VPC endpoint policy", "VPC endpoint policy"),
    // Older messages.
    ("policy", "policy"),
];

/// What KMS answers for a key that is not there or not to be used.
pub(super) const HIDDEN_KEY: &str = "you are not allowed to access";

/// What comes before the action.
pub(super) const PERFORM: &str = "not authorized to perform";

/// A refusal, as far as its message tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal<'r> {
    action: Option<&'r str>,
    resource: Option<&'r str>,
    why: String,
}

impl<'r> Refusal<'r> {
    /// What `message` tells; `None` when it has none of the known forms.
    pub(super) fn told(message: &'r str) -> Option<Self> {
        if message.contains(HIDDEN_KEY) {
            let why = "the key is not there, or its policy does not allow it".to_owned();
            return Some(Self { action: None, resource: None, why });
        }
        let (_, rest) = message.split_once(PERFORM)?;
        let rest = rest.trim_start_matches([':', ' ']);
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let action = &rest[..end];
        action.parse::<ActionName>().ok()?;
        let resource = rest.split_once(" on resource: ").map(|(_, rest)| {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            rest[..end].trim_matches('"')
        });
        let resource = resource.filter(|text| text.parse::<Arn>().is_ok());
        Some(Self { action: Some(action), resource, why: why(rest)? })
    }

    /// A sentence about a call that needed `own`, without full stop.
    ///
    /// Names of other resources than keys are left out: there may be any number of them.
    pub(super) fn sentence(&self, own: &str) -> String {
        match (self.action, self.resource) {
            (Some(action), _) if action.eq_ignore_ascii_case(own) => self.why.clone(),
            (Some(action), Some(key)) if action.starts_with("kms:") => {
                format!("what was lacking is `{action}` on `{key}`: {}", self.why)
            }
            (Some(action), _) => format!("what was lacking is `{action}`: {}", self.why),
            (None, _) => self.why.clone(),
        }
    }
}

/// Which policy refused, and how.
fn why(text: &str) -> Option<String> {
    let after = |head: &str| text.split_once(head).map(|(_, rest)| rest);
    if let Some(rest) = after("with an explicit deny in a") {
        let rest = rest.strip_prefix('n').unwrap_or(rest).trim_start();
        let (_, kind) = KINDS.iter().find(|(word, _)| rest.starts_with(word))?;
        return Some(
            format!("a statement of a {kind} denies it").replace("a identity", "an identity"),
        );
    }
    let rest = after("because no ")?;
    let (_, kind) = KINDS.iter().find(|(word, _)| rest.starts_with(word))?;
    Some(format!("no {kind} allows it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "User: arn:aws:sts::111122223333:assumed-role/orders-exec/orders is not authorized to perform: ";

    fn said(rest: &str, own: &str) -> Option<String> {
        Some(Refusal::told(&format!("{USER}{rest}"))?.sentence(own))
    }

    #[test]
    fn the_documented_forms_tell_which_policy_refused() {
        let bucket = "s3:ListBucket on resource: \"arn:aws:s3:::acme\"";
        for (rest, expected) in [
            (
                "because no identity-based policy allows the s3:ListBucket action",
                "no identity-based policy allows it",
            ),
            (
                "because no permissions boundary allows the s3:ListBucket action",
                "no permissions boundary allows it",
            ),
            (
                "because no service control policy allows the s3:ListBucket action",
                "no service control policy allows it",
            ),
            (
                "because no session policy allows the s3:ListBucket action",
                "no session policy allows it",
            ),
            (
                "because no resource-based policy allows the s3:ListBucket action",
                "no resource-based policy allows it",
            ),
            (
                "because no VPC endpoint policy allows the s3:ListBucket action",
                "no VPC endpoint policy allows it",
            ),
            (
                "with an explicit deny in a service control policy",
                "a statement of a service control policy denies it",
            ),
            (
                "with an explicit deny in a service control policy: arn:aws:organizations::aws:policy/p-1",
                "a statement of a service control policy denies it",
            ),
            (
                "with an explicit deny in a resource control policy",
                "a statement of a resource control policy denies it",
            ),
            (
                "with an explicit deny in an identity-based policy",
                "a statement of an identity-based policy denies it",
            ),
            ("with an explicit deny", ""),
            ("", ""),
        ] {
            let found = said(&format!("{bucket} {rest}"), "s3:ListBucket");
            assert_eq!(found.as_deref(), Some(expected).filter(|it| !it.is_empty()), "{rest}");
        }
    }

    #[test]
    fn another_action_than_the_one_called_is_named() {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let refused = format!(
            "kms:Decrypt on resource: {key} because no identity-based policy allows the kms:Decrypt action"
        );
        assert_eq!(
            said(&refused, "s3:GetObject").unwrap(),
            format!(
                "what was lacking is `kms:Decrypt` on `{key}`: no identity-based policy allows it"
            )
        );
        assert_eq!(said(&refused, "kms:Decrypt").unwrap(), "no identity-based policy allows it");
        let unnamed = "kms:GenerateDataKey on this resource because no resource-based policy allows the kms:GenerateDataKey action";
        assert_eq!(
            said(unnamed, "s3:PutObject").unwrap(),
            "what was lacking is `kms:GenerateDataKey`: no resource-based policy allows it"
        );
        // Not the name of the object: there may be millions.
        let copy = "s3:GetObject on resource: \"arn:aws:s3:::acme/1.csv\" because no identity-based policy allows the s3:GetObject action";
        assert_eq!(
            said(copy, "s3:PutObject").unwrap(),
            "what was lacking is `s3:GetObject`: no identity-based policy allows it"
        );
    }

    #[test]
    fn a_hidden_key_and_words_of_other_forms() {
        let hidden = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.";
        assert!(
            Refusal::told(hidden).unwrap().sentence("kms:Decrypt").contains("the key is not there")
        );
        for other in [
            "",
            "Access Denied",
            "not authorized to perform",
            "User: x is not authorized to perform: nonsense because no policy",
        ] {
            assert_eq!(Refusal::told(other), None, "{other}");
        }
    }
}
