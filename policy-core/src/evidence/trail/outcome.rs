//! How a call ended, from `errorCode` and `errorMessage`.
//!
//! AWS publishes no table of denial codes: they are matched by their common parts. Errors that come
//! after authorisation are a closed list; whatever is on neither says nothing.

use crate::evidence::Outcome;

/// Parts of the codes that refuse for lack of a permission, in lower case.
///
/// # Source
/// AWS CloudTrail User Guide, "CloudTrail record contents"; the error pages of Amazon EC2, Amazon S3,
/// Amazon SNS and AWS Lambda.
pub(super) const DENIED_PARTS: [&str; 4] =
    ["accessdenied", "unauthorized", "notauthorized", "authorizationerror"];

/// What a message without a code says when it refuses, in lower case.
pub(super) const NOT_AUTHORIZED: &str = "is not authorized to";

/// Whole codes that refuse for lack of a permission and have none of the parts.
const DENIED: [&str; 2] = ["Forbidden", "ForbiddenException"];

/// Codes that a service gives only after it authorised the call; the service `""` stands for any.
///
/// Left out on purpose: `NoSuchBucket` (given to anybody), `AWS.SimpleQueueService.NonExistentQueue`
/// (also given for want of access), KMS `NotFoundException` (no key policy, so no decision), throttling
/// and validation (either may come first).
///
/// # Source
/// The "Errors" part of the API pages of the services.
const AFTER_AUTHORISATION: [(&str, &str); 33] = [
    ("", "ConditionalCheckFailedException"),
    ("", "ResourceNotFoundException"),
    ("dynamodb", "DuplicateItemException"),
    ("dynamodb", "IdempotentParameterMismatchException"),
    ("dynamodb", "ItemCollectionSizeLimitExceededException"),
    ("dynamodb", "TransactionCanceledException"),
    ("dynamodb", "TransactionConflictException"),
    ("ec2", "DryRunOperation"),
    ("iam", "EntityAlreadyExistsException"),
    ("iam", "NoSuchEntityException"),
    ("s3", "InvalidObjectState"),
    ("s3", "InvalidRange"),
    ("s3", "NoSuchBucketPolicy"),
    ("s3", "NoSuchCORSConfiguration"),
    ("s3", "NoSuchKey"),
    ("s3", "NoSuchLifecycleConfiguration"),
    ("s3", "NoSuchPublicAccessBlockConfiguration"),
    ("s3", "NoSuchTagSet"),
    ("s3", "NoSuchUpload"),
    ("s3", "NoSuchVersion"),
    ("s3", "NoSuchWebsiteConfiguration"),
    ("s3", "NotModified"),
    ("s3", "ObjectLockConfigurationNotFoundError"),
    ("s3", "OwnershipControlsNotFoundError"),
    ("s3", "PreconditionFailed"),
    ("s3", "ReplicationConfigurationNotFoundError"),
    ("s3", "ServerSideEncryptionConfigurationNotFoundError"),
    ("secretsmanager", "ResourceExistsException"),
    ("sqs", "ReceiptHandleIsInvalid"),
    ("ssm", "ParameterAlreadyExists"),
    ("ssm", "ParameterNotFound"),
    ("ssm", "ParameterVersionNotFound"),
    ("states", "ExecutionAlreadyExists"),
];

/// The outcome of a call to the service `source` (`s3.amazonaws.com`).
pub(super) fn outcome(source: &str, code: Option<&str>, message: Option<&str>) -> Outcome {
    let Some(code) = code.filter(|code| !code.is_empty()) else {
        // Some services give no code.
        return match message.filter(|message| !message.is_empty()) {
            None => Outcome::Succeeded,
            Some(message) if is_denied(message) || contains(message, NOT_AUTHORIZED) => {
                Outcome::Denied
            }
            Some(_) => Outcome::FailedUnclear,
        };
    };
    if is_denied(code) || DENIED.contains(&code) {
        return Outcome::Denied;
    }
    let bare = code.strip_prefix("Client.").unwrap_or(code);
    let service = source.split('.').next().unwrap_or_default();
    let known = AFTER_AUTHORISATION
        .iter()
        .any(|(of, name)| (of.is_empty() || *of == service) && *name == bare);
    if known { Outcome::FailedAfterAuthorisation } else { Outcome::FailedUnclear }
}

fn is_denied(text: &str) -> bool {
    DENIED_PARTS.iter().any(|part| contains(text, part))
}

/// Whether `text` contains `part` (in lower case) without regard to case.
fn contains(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_are_known_by_their_parts() {
        for code in [
            "AccessDenied",
            "AccessDeniedException",
            "Client.UnauthorizedOperation",
            "UnauthorizedOperation",
            "AuthorizationError",
            "NotAuthorizedException",
            "VpceAccessDenied",
            "KMS.AccessDeniedException",
            "ForbiddenException",
        ] {
            assert_eq!(outcome("s3.amazonaws.com", Some(code), None), Outcome::Denied, "{code}");
        }
    }

    #[test]
    fn a_dry_run_was_permitted() {
        for code in ["DryRunOperation", "Client.DryRunOperation"] {
            let outcome = outcome("ec2.amazonaws.com", Some(code), None);
            assert_eq!(outcome, Outcome::FailedAfterAuthorisation, "{code}");
        }
    }

    #[test]
    fn a_code_counts_only_for_its_service() {
        let s3 = outcome("s3.amazonaws.com", Some("NoSuchKey"), None);
        assert_eq!(s3, Outcome::FailedAfterAuthorisation);
        let other = outcome("states.amazonaws.com", Some("NoSuchKey"), None);
        assert_eq!(other, Outcome::FailedUnclear);
        let any = outcome("dynamodb.amazonaws.com", Some("ConditionalCheckFailedException"), None);
        assert_eq!(any, Outcome::FailedAfterAuthorisation);
    }

    #[test]
    fn what_is_on_no_list_is_unclear() {
        for code in ["ThrottlingException", "ValidationException", "NoSuchBucket", "Whatever"] {
            let outcome = outcome("s3.amazonaws.com", Some(code), None);
            assert_eq!(outcome, Outcome::FailedUnclear, "{code}");
        }
    }

    #[test]
    fn a_message_without_a_code_is_a_failure() {
        let source = "s3.amazonaws.com";
        assert_eq!(outcome(source, None, Some("went wrong")), Outcome::FailedUnclear);
        let denied = "User: x is not authorized to perform: s3:GetObject";
        assert_eq!(outcome(source, None, Some(denied)), Outcome::Denied);
        assert_eq!(outcome(source, Some(""), Some("")), Outcome::Succeeded);
    }

    #[test]
    fn the_closed_list_is_sorted_and_has_no_doubles() {
        assert!(AFTER_AUTHORISATION.is_sorted());
        for pair in AFTER_AUTHORISATION.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
    }
}
