//! What a request to Amazon S3 asks for besides: tags, access control lists and object locks in headers
//! need actions of their own, on the same object.
//!
//! A copy takes the tags of its source along even when no header says so, but whether the source has any the
//! event does not tell; only a copy that asks for them by name is read as needing the actions on tags.
//!
//! # Source
//! Amazon S3 User Guide, "Required permissions for Amazon S3 API operations": `PutObject`,
//! `CreateMultipartUpload`, `CopyObject`, `DeleteObject`; Amazon S3 API Reference, the same operations.

use super::inspect::Need;
use super::parameters::Parameters;

/// How a header asks for an action.
enum Header {
    /// It is there, with any value but the empty one.
    Named(&'static str),
    /// One that begins so is there.
    Begins(&'static str),
    /// It has this value, without regard to case.
    Is(&'static str, &'static str),
}

impl Header {
    fn is_in(&self, parameters: &Parameters<'_>) -> bool {
        let mut texts = parameters.texts().filter(|(_, value)| !value.is_empty());
        texts.any(|(key, value)| match self {
            Self::Named(name) => key.eq_ignore_ascii_case(name),
            Self::Begins(head) => {
                key.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head))
            }
            Self::Is(name, wanted) => {
                key.eq_ignore_ascii_case(name) && value.eq_ignore_ascii_case(wanted)
            }
        })
    }
}

/// A header, the action that has its resource already, and the action it asks for besides.
const WRITING: [(Header, &str, &str); 9] = [
    (Header::Named("x-amz-tagging"), "s3:PutObject", "s3:PutObjectTagging"),
    (Header::Is("x-amz-tagging-directive", "COPY"), "s3:PutObject", "s3:PutObjectTagging"),
    (Header::Is("x-amz-tagging-directive", "COPY"), "s3:GetObject", "s3:GetObjectTagging"),
    (
        Header::Is("x-amz-tagging-directive", "COPY"),
        "s3:GetObjectVersion",
        "s3:GetObjectVersionTagging",
    ),
    (Header::Named("x-amz-acl"), "s3:PutObject", "s3:PutObjectAcl"),
    (Header::Begins("x-amz-grant-"), "s3:PutObject", "s3:PutObjectAcl"),
    (Header::Named("x-amz-object-lock-mode"), "s3:PutObject", "s3:PutObjectRetention"),
    (Header::Named("x-amz-object-lock-retain-until-date"), "s3:PutObject", "s3:PutObjectRetention"),
    (Header::Named("x-amz-object-lock-legal-hold"), "s3:PutObject", "s3:PutObjectLegalHold"),
];

/// The names that are looked for, in lower case, and whether more may follow.
pub(super) fn names() -> impl Iterator<Item = (&'static str, bool)> {
    WRITING.iter().chain(&DELETING).map(|(header, ..)| match header {
        Header::Named(name) | Header::Is(name, _) => (*name, false),
        Header::Begins(head) => (*head, true),
    })
}

const BYPASS: Header = Header::Is("x-amz-bypass-governance-retention", "true");

const DELETING: [(Header, &str, &str); 3] = [
    (BYPASS, "s3:DeleteObject", "s3:BypassGovernanceRetention"),
    (BYPASS, "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"),
    (BYPASS, "s3:PutObjectRetention", "s3:BypassGovernanceRetention"),
];

/// Adds what the headers of the call of `operation` ask for.
pub(super) fn add(operation: &str, parameters: &Parameters<'_>, needs: &mut Vec<Need<'_>>) {
    let table: &[(Header, &str, &'static str)] = match operation {
        "CopyObject" | "CreateMultipartUpload" | "PutObject" => &WRITING,
        "DeleteObject" | "DeleteObjects" | "PutObjectRetention" => &DELETING,
        _ => return,
    };
    let asked: Vec<_> = table.iter().filter(|(header, ..)| header.is_in(parameters)).collect();
    if asked.is_empty() {
        return;
    }
    let mut more = Vec::new();
    for (_, of, action) in asked {
        let on_same = needs.iter().filter(|need| need.action == *of);
        more.extend(on_same.map(|need| Need { action, on: need.on.clone() }));
    }
    needs.append(&mut more);
    needs.sort_by(|a, b| (a.action, &a.on).cmp(&(b.action, &b.on)));
    needs.dedup();
}
