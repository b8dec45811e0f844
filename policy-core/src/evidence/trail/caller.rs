//! Who made a call, from `userIdentity`.
//!
//! # Source
//! AWS CloudTrail User Guide, "CloudTrail userIdentity element".

use std::borrow::Cow;

use crate::iam::{ArnText, RoleArn, ServicePrincipal};

use super::record::{Identity, Record};

/// The function that a session was made for, strongest evidence first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Function<'r> {
    /// The unqualified function ARN that the credentials were issued to.
    Issued(Cow<'r, str>),
    /// The session name.
    Session(&'r str),
    /// Only the role is known.
    Unknown,
}

/// A session of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RoleSession<'r> {
    /// Its ARN, and the parts of it.
    pub(super) role: &'r str,
    pub(super) arn: ArnText<'r>,
    pub(super) function: Function<'r>,
    /// The service that called for the role.
    pub(super) via: Option<&'r str>,
    /// `inScopeOf.credentialsIssuedTo` that is no ARN of a function of the role's account, though it should be.
    pub(super) unusable_function: Option<&'r str>,
}

/// Who made a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller<'r> {
    /// A session of a role.
    Role(RoleSession<'r>),
    /// An AWS service for itself.
    Service(&'r str),
    /// No role and no service: the identity type.
    Other(&'r str),
    /// A role, but which cannot be told: what is written and why that is not enough.
    Unattributed { identity: &'r str, reason: &'static str },
}

const FUNCTION: &str = "AWS::Lambda::Function";

/// Who made the call of `record`.
pub(super) fn caller<'r>(record: &'r Record<'_>) -> Caller<'r> {
    let identity = &record.identity;
    match identity.kind.as_deref() {
        Some("AssumedRole") => match identity.issuer_kind.as_deref() {
            None | Some("Role") => session(identity, identity.issuer_arn.as_deref()),
            Some(other) => Caller::Other(other),
        },
        // Credentials of a role without a session of their own.
        Some("Role") => {
            session(identity, identity.issuer_arn.as_deref().or(identity.arn.as_deref()))
        }
        Some("AWSService") => {
            Caller::Service(identity.invoked_by.as_deref().unwrap_or("not named"))
        }
        Some(kind) => Caller::Other(kind),
        None => Caller::Other("no identity"),
    }
}

fn session<'r>(identity: &'r Identity<'_>, role: Option<&'r str>) -> Caller<'r> {
    let written = identity.arn.as_deref().unwrap_or("no ARN");
    let Some(role) = role else {
        return Caller::Unattributed {
            identity: written,
            reason: "the record has no `sessionIssuer.arn`, and the session's own ARN leaves out the role's path",
        };
    };
    let Some(arn) = RoleArn::look(role) else {
        return Caller::Unattributed { identity: role, reason: "this is not the ARN of a role" };
    };
    let via = match identity.invoked_by.as_deref() {
        None | Some("") => None,
        Some(service) if service.parse::<ServicePrincipal>().is_ok() => Some(service),
        Some(service) => {
            return Caller::Unattributed {
                identity: service,
                reason: "`invokedBy` does not name the service that called for the role",
            };
        }
    };
    let issued = match identity.scope_kind.as_deref() {
        Some(FUNCTION) => identity.scope_issued_to.as_deref(),
        _ => None,
    };
    // A function has a role of its own account: whatever says otherwise names another principal.
    let function = issued.and_then(unqualified).filter(|function| {
        ArnText::of(function)
            .is_some_and(|own| (own.partition, own.account) == (arn.partition, arn.account))
    });
    let unusable_function = if function.is_none() { issued } else { None };
    let function = match (function, session_name(identity)) {
        (Some(function), _) => Function::Issued(function),
        (None, Some(name)) => Function::Session(name),
        (None, None) => Function::Unknown,
    };
    Caller::Role(RoleSession { role, arn, function, via, unusable_function })
}

/// The ARN of a function without version or alias; `None` when it is none.
fn unqualified(text: &str) -> Option<Cow<'_, str>> {
    let arn = ArnText::of(text)?;
    let name = arn.resource.strip_prefix("function:").filter(|_| arn.service == "lambda")?;
    if arn.region.is_empty() || arn.account.is_empty() {
        return None;
    }
    match name.split_once(':') {
        _ if name.is_empty() || name.starts_with(':') => None,
        None => Some(Cow::Borrowed(text)),
        Some((_, qualifier)) => Some(Cow::Borrowed(&text[..text.len() - qualifier.len() - 1])),
    }
}

/// The session name: the last part of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, else what
/// follows the colon in `principalId`.
fn session_name<'r>(identity: &'r Identity<'_>) -> Option<&'r str> {
    let of_arn = identity.arn.as_deref().and_then(|arn| {
        let (_, rest) = arn.split_once(":assumed-role/")?;
        rest.split_once('/').map(|(_, session)| session)
    });
    let of_id = || identity.principal_id.as_deref()?.split_once(':').map(|(_, session)| session);
    of_arn.or_else(of_id).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/lambda/orders-exec";

    fn record() -> Record<'static> {
        let mut record = Record::default();
        record.identity = Identity {
            kind: Some("AssumedRole".into()),
            arn: Some("arn:aws:sts::111122223333:assumed-role/orders-exec/orders".into()),
            principal_id: Some("AROAEXAMPLEROLEID:by-id".into()),
            issuer_kind: Some("Role".into()),
            issuer_arn: Some(ROLE.into()),
            ..Identity::default()
        };
        record
    }

    fn role<'r>(record: &'r Record<'_>) -> RoleSession<'r> {
        match caller(record) {
            Caller::Role(session) => session,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_function_that_credentials_were_issued_to_comes_first() {
        let mut record = record();
        record.identity.scope_kind = Some(FUNCTION.into());
        for written in ["", ":live", ":$LATEST", ":7"] {
            let arn = format!("arn:aws:lambda:eu-west-1:111122223333:function:orders{written}");
            record.identity.scope_issued_to = Some(arn.into());
            let expected = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
            assert_eq!(role(&record).function, Function::Issued(expected.into()), "{written}");
        }
    }

    #[test]
    fn the_session_name_is_next_and_the_role_keeps_its_path() {
        let mut record = record();
        assert_eq!(role(&record).function, Function::Session("orders"));
        assert_eq!(role(&record).role, ROLE);
        record.identity.arn = None;
        assert_eq!(role(&record).function, Function::Session("by-id"));
        record.identity.principal_id = Some("AROAEXAMPLEROLEID".into());
        assert_eq!(role(&record).function, Function::Unknown);
    }

    #[test]
    fn a_scope_that_is_no_function_is_passed_over() {
        let mut record = record();
        record.identity.scope_kind = Some("AWS::EC2::Instance".into());
        record.identity.scope_issued_to =
            Some("arn:aws:ec2:eu-west-1:111122223333:instance/i-0".into());
        let session = role(&record);
        assert_eq!(
            (session.function, session.unusable_function),
            (Function::Session("orders"), None)
        );
    }

    #[test]
    fn a_redacted_function_is_named_and_the_session_stands_in() {
        let mut record = record();
        record.identity.scope_kind = Some(FUNCTION.into());
        let written = "arn:aws:lambda:eu-west-1:REDACTED:function:orders";
        record.identity.scope_issued_to = Some(written.into());
        let session = role(&record);
        assert_eq!(session.function, Function::Session("orders"));
        assert_eq!(session.unusable_function, Some(written));
    }

    #[test]
    fn a_function_of_another_account_cannot_have_the_role() {
        let mut record = record();
        record.identity.scope_kind = Some(FUNCTION.into());
        for written in [
            "arn:aws:lambda:eu-west-1:444455556666:function:orders",
            "arn:aws-cn:lambda:cn-north-1:111122223333:function:orders",
        ] {
            record.identity.scope_issued_to = Some(written.into());
            let session = role(&record);
            assert_eq!(session.function, Function::Session("orders"), "{written}");
            assert_eq!(session.unusable_function, Some(written));
        }
    }

    #[test]
    fn a_role_is_never_guessed_from_the_session() {
        let mut record = record();
        record.identity.issuer_arn = None;
        assert!(matches!(caller(&record), Caller::Unattributed { .. }));
        record.identity.issuer_arn = Some("arn:aws:iam::XXXXXXXXXXXX:role/orders-exec".into());
        assert!(matches!(
            caller(&record),
            Caller::Unattributed { identity: "arn:aws:iam::XXXXXXXXXXXX:role/orders-exec", .. }
        ));
    }

    #[test]
    fn a_service_calls_for_the_role_or_for_itself() {
        let mut record = record();
        record.identity.invoked_by = Some("dynamodb.amazonaws.com".into());
        assert_eq!(role(&record).via, Some("dynamodb.amazonaws.com"));
        record.identity.invoked_by = Some("AWS Internal".into());
        assert!(matches!(caller(&record), Caller::Unattributed { identity: "AWS Internal", .. }));
        record.identity.kind = Some("AWSService".into());
        record.identity.invoked_by = Some("lambda.amazonaws.com".into());
        assert_eq!(caller(&record), Caller::Service("lambda.amazonaws.com"));
    }

    #[test]
    fn users_and_foreign_accounts_are_others() {
        for kind in ["IAMUser", "Root", "FederatedUser", "AWSAccount", "WebIdentityUser"] {
            let mut record = record();
            record.identity.kind = Some(kind.into());
            assert_eq!(caller(&record), Caller::Other(kind));
        }
    }
}
