//! Who invokes or is polled, in the words of `invoked_by(…)` and `polls(…)`.

use policy_core::evidence::{InvokerOptions, SettingInvoker, SettingOrigin, UrlAuth};

/// An invoker as a template or plan says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invoked {
    /// The kind.
    pub kind: Box<str>,
    /// An ARN, or the part that the kind completes.
    pub source: Box<str>,
    /// The alias or version.
    pub qualifier: Option<Box<str>>,
    /// The organization that callers must belong to.
    pub organization: Option<Box<str>>,
    /// Who owns the source.
    pub account: Option<Box<str>>,
    /// The auth type of a function URL.
    pub auth: Option<Box<str>>,
}

/// A permission on a function that SAM makes by itself, exactly for this invoker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamPermission {
    /// The event, or `FunctionUrlConfig`.
    pub event: Box<str>,
    /// Whom it lets in.
    pub invoked: Invoked,
}

/// A permission on a function that stands in its template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenPermission {
    /// Its id there.
    pub id: Box<str>,
    /// Whom it lets in.
    pub invoked: Invoked,
}

impl Invoked {
    /// As a setting.
    #[must_use]
    pub fn setting(self, origin: SettingOrigin) -> SettingInvoker {
        let auth = self.auth.as_deref().and_then(UrlAuth::of);
        let options =
            InvokerOptions { organization: self.organization, account: self.account, auth };
        SettingInvoker {
            kind: self.kind,
            source: self.source,
            qualifier: self.qualifier,
            options,
            origin,
            ..SettingInvoker::default()
        }
    }
}

/// What a permission says, in the words of `AddPermission`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permission {
    /// A service, an account, an ARN or `*`.
    pub principal: String,
    /// The alias or version.
    pub qualifier: Option<String>,
    /// `SourceArn`.
    pub source_arn: Option<String>,
    /// `SourceAccount`.
    pub source_account: Option<String>,
    /// `EventSourceToken`.
    pub token: Option<String>,
    /// `PrincipalOrgID`.
    pub organization: Option<String>,
    /// `FunctionUrlAuthType`.
    pub auth: Option<String>,
    /// `InvokedViaFunctionUrl`.
    pub by_url: bool,
}

impl Permission {
    /// Who invokes the function by it; nothing for the second of the two statements of a URL.
    ///
    /// # Errors
    /// Why it does not say who.
    ///
    /// # Source
    /// AWS Lambda API Reference, "AddPermission".
    pub fn invoked(self) -> Result<Option<Invoked>, String> {
        let Self { principal, source_arn, source_account, .. } = self;
        let mut invoked = Invoked {
            qualifier: self.qualifier.map(Into::into),
            organization: self.organization.map(Into::into),
            ..Invoked::default()
        };
        if let Some((_, kind)) = KINDS_BY_PRINCIPAL.iter().find(|(known, _)| *known == principal) {
            // An account stands beside a source whose ARN has none.
            if source_arn.as_deref().is_some_and(|arn| arn.split(':').nth(4) == Some("")) {
                invoked.account = source_account.map(Into::into);
            }
            let source = self.token.or(source_arn).ok_or_else(|| {
                format!(
                    "`{principal}` is let in whoever uses it: without a source ARN it does not say who invokes the function"
                )
            })?;
            (invoked.kind, invoked.source) = ((*kind).into(), source.into());
        } else if principal.ends_with(".amazonaws.com") || principal.ends_with(".amazon.com") {
            return Err(format!(
                "`{principal}` is no service of which it is known that it invokes functions"
            ));
        } else if self.auth.is_some() || self.by_url {
            let Some(auth) = self.auth else { return Ok(None) };
            (invoked.kind, invoked.source) = ("url".into(), principal.into());
            invoked.auth = Some(auth.into());
        } else if principal == "*" {
            let organization = invoked
                .organization
                .take()
                .ok_or("it lets anybody invoke the function, which says nothing of who does")?;
            (invoked.kind, invoked.source) = ("organization".into(), organization);
        } else if principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit()) {
            (invoked.kind, invoked.source) = ("account".into(), principal.into());
        } else if let Some(account) = root_of(&principal) {
            (invoked.kind, invoked.source) = ("account".into(), account.into());
        } else if principal.starts_with("arn:") && principal.contains(":role/") {
            (invoked.kind, invoked.source) = ("role".into(), principal.into());
        } else {
            return Err(format!("who `{principal}` is, is not understood"));
        }
        Ok(Some(invoked))
    }
}

/// The account of `arn:aws:iam::ACCOUNT:root`.
fn root_of(principal: &str) -> Option<&str> {
    let parts: Vec<&str> = principal.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, "root"] => Some(account),
        _ => None,
    }
}

/// Service principals that invoke functions, with the kind of invoker.
///
/// # Source
/// AWS Lambda Developer Guide, "Invoking Lambda with events from other AWS services", and the page of each service.
const KINDS_BY_PRINCIPAL: &[(&str, &str)] = &[
    ("alexa-appkit.amazon.com", "alexa"),
    ("alexa-connectedhome.amazon.com", "alexa_smart_home"),
    ("apigateway.amazonaws.com", "apigateway"),
    ("appsync.amazonaws.com", "appsync"),
    ("bedrock.amazonaws.com", "bedrock"),
    ("cloudfront.amazonaws.com", "cloudfront"),
    ("codecommit.amazonaws.com", "codecommit"),
    ("cognito-idp.amazonaws.com", "cognito_idp"),
    ("cognito-sync.amazonaws.com", "cognito_sync"),
    ("config.amazonaws.com", "config"),
    ("elasticloadbalancing.amazonaws.com", "elasticloadbalancing"),
    ("events.amazonaws.com", "events"),
    ("iot.amazonaws.com", "iot"),
    ("lambda.alarms.cloudwatch.amazonaws.com", "cloudwatch"),
    ("lex.amazonaws.com", "lex_v1"),
    ("lexv2.amazonaws.com", "lex"),
    ("logs.amazonaws.com", "logs"),
    ("s3.amazonaws.com", "s3"),
    ("secretsmanager.amazonaws.com", "secretsmanager"),
    ("ses.amazonaws.com", "ses"),
    ("sns.amazonaws.com", "sns"),
    ("vpc-lattice.amazonaws.com", "vpc_lattice"),
];

/// The kind of an event source that is polled, by its ARN.
pub(crate) fn polled_kind(arn: &str) -> Option<&'static str> {
    Some(match arn.split(':').nth(2)? {
        "dynamodb" => "dynamodb",
        "kafka" => "kafka",
        "kinesis" => "kinesis",
        "mq" => "mq",
        "rds" => "docdb",
        "sqs" => "sqs",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_says_who_invokes_or_why_it_does_not() {
        let permission =
            |principal: &str| Permission { principal: principal.into(), ..Permission::default() };
        let arn = |principal: &str, source: &str| Permission {
            source_arn: Some(source.into()),
            source_account: Some("111122223333".into()),
            ..permission(principal)
        };
        let url = |auth: Option<&str>| Permission {
            auth: auth.map(Into::into),
            by_url: auth.is_none(),
            ..permission("*")
        };
        let role = "arn:aws:iam::444455556666:role/web";
        let rule = "arn:aws:events:eu-west-1:111122223333:rule/r";
        for (given, expected) in [
            (arn("s3.amazonaws.com", "arn:aws:s3:::acme"), "s3 arn:aws:s3:::acme 111122223333"),
            (arn("events.amazonaws.com", rule), &*format!("events {rule} -")),
            (permission("444455556666"), "account 444455556666 -"),
            (permission("arn:aws:iam::444455556666:root"), "account 444455556666 -"),
            (permission(role), &*format!("role {role} -")),
            (url(Some("NONE")), "url * -"),
            (url(None), "nobody"),
            (
                Permission { organization: Some("o-1".into()), ..permission("*") },
                "organization o-1 -",
            ),
            (
                Permission { token: Some("skill".into()), ..permission("alexa-appkit.amazon.com") },
                "alexa skill -",
            ),
            (
                permission("*"),
                "it lets anybody invoke the function, which says nothing of who does",
            ),
            (
                permission("ec2.amazonaws.com"),
                "`ec2.amazonaws.com` is no service of which it is known that it invokes functions",
            ),
            (permission("somebody"), "who `somebody` is, is not understood"),
        ] {
            let found = match given.clone().invoked() {
                Ok(Some(it)) => {
                    format!("{} {} {}", it.kind, it.source, it.account.as_deref().unwrap_or("-"))
                }
                Ok(None) => "nobody".to_owned(),
                Err(reason) => reason,
            };
            assert_eq!(found, expected, "{given:?}");
        }
        let open = permission("sns.amazonaws.com").invoked().unwrap_err();
        assert!(open.contains("without a source ARN"), "{open}");
    }
}
