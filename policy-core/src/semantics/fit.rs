//! Whether a document is one of the kind that it is used as.
//!
//! The parser accepts every kind of policy, since the text alone does not tell which one it is. A
//! statement that names principals where nobody can be named, or names nobody where somebody must be
//! named, would be passed over in silence; here it is a finding. What the actions and keys of each
//! kind may be is not looked at.

use super::decide::PolicyKind;
use crate::finding::{Code, Finding, Place};
use crate::policy::{
    PolicyDocument, PrincipalElement, PrincipalKind, Principals, Statement, StatementSpots,
};

impl PolicyKind {
    /// The kind with its article, as in a sentence: `an SCP`.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Identity => "an identity policy",
            Self::Boundary => "a permissions boundary",
            Self::Session => "a session policy",
            Self::Scp => "an SCP",
            Self::Resource => "a resource policy",
            Self::Trust => "a trust policy",
            Self::Rcp => "an RCP",
            Self::Endpoint => "an endpoint policy",
        }
    }
}

/// What keeps `document` from being of `kind`, at the places of its statements in `file`; empty when
/// it fits.
///
/// # Source
/// IAM User Guide, "AWS JSON policy elements: Principal", "Access Analyzer policy check reference"
/// (role trust policy and SCP syntax errors); AWS Organizations User Guide, "RCP syntax"; AWS
/// PrivateLink Guide, "Control access to VPC endpoints using endpoint policies".
#[must_use]
pub fn misfits(
    kind: PolicyKind,
    document: &PolicyDocument,
    spots: &[StatementSpots],
    file: &str,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, statement) in document.statements.iter().enumerate() {
        let spots = spots.get(index);
        for Misfit { code, element, message, help } in of_statement(kind, statement) {
            let spot = spots.map(|spots| {
                element.and_then(|element| spots.element(element)).unwrap_or(spots.start)
            });
            let place = Place {
                file: file.into(),
                line: spot.map(|spot| spot.line),
                column: spot.map(|spot| spot.column),
                record: None,
            };
            findings.push(Finding::new(code, message).at(place).help(help));
        }
    }
    findings
}

struct Misfit {
    code: Code,
    /// The element to point at; without one, the statement.
    element: Option<&'static str>,
    message: String,
    help: &'static str,
}

fn misplaced(kind: PolicyKind, element: &'static str, help: &'static str) -> Misfit {
    let message = format!("`{element}` does not belong in {}", kind.noun());
    Misfit { code: Code::PolicyElementMisplaced, element: Some(element), message, help }
}

fn of_statement(kind: PolicyKind, statement: &Statement) -> Vec<Misfit> {
    let principal = statement
        .principal
        .as_ref()
        .map(|element| if element.is_negated() { "NotPrincipal" } else { "Principal" });
    let resource = statement
        .resource
        .as_ref()
        .map(|element| if element.is_negated() { "NotResource" } else { "Resource" });
    let mut misfits = Vec::new();
    match (kind, principal) {
        (PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session, Some(element)) => {
            misfits.push(misplaced(
                kind,
                element,
                "it is about whoever holds it; a document that names principals is the policy of a \
                 resource or the trust policy of a role",
            ));
        }
        (PolicyKind::Scp, Some(element)) => {
            misfits.push(misplaced(
                kind,
                element,
                "it is about every principal of its accounts; a document that names principals is \
                 an RCP, the policy of a resource or a trust policy",
            ));
        }
        (PolicyKind::Trust, Some("NotPrincipal")) => {
            misfits.push(misplaced(
                kind,
                "NotPrincipal",
                "name who may assume the role in `Principal`",
            ));
        }
        (PolicyKind::Rcp, Some("NotPrincipal")) => {
            misfits.push(misplaced(
                kind,
                "NotPrincipal",
                "write `\"Principal\": \"*\"` and the exceptions as a `Condition` on \
                 `aws:PrincipalArn`",
            ));
        }
        (PolicyKind::Rcp, Some(_)) if !statement.principal.as_ref().is_some_and(everyone) => {
            misfits.push(Misfit {
                code: Code::PolicyElementMisplaced,
                element: Some("Principal"),
                message: "the `Principal` of an RCP is `*` alone".to_owned(),
                help: "write `\"Principal\": \"*\"` and whom it is about as a `Condition`",
            });
        }
        (
            PolicyKind::Resource | PolicyKind::Trust | PolicyKind::Rcp | PolicyKind::Endpoint,
            None,
        ) => {
            misfits.push(Misfit {
                code: Code::PolicyElementMissing,
                element: None,
                message: format!("a statement of {} has no `Principal`", kind.noun()),
                help: if kind == PolicyKind::Trust {
                    "write who may assume the role, such as `\"Principal\": { \"Service\": \
                     \"lambda.amazonaws.com\" }`"
                } else {
                    "write `\"Principal\": \"*\"` or whom it is about"
                },
            });
        }
        _ => {}
    }
    if kind == PolicyKind::Trust
        && let Some(element) = resource
    {
        misfits.push(misplaced(kind, element, "leave it out; the resource is the role itself"));
    }
    misfits
}

/// `"*"` or `{"AWS": "*"}`.
fn everyone(element: &PrincipalElement) -> bool {
    match element.principals() {
        Principals::Any => true,
        Principals::Map(map) => {
            map.len() == 1
                && map
                    .get(&PrincipalKind::Aws)
                    .is_some_and(|values| !values.is_empty() && values.iter().all(|v| v == "*"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;

    fn found(kind: PolicyKind, statement: &str) -> Vec<String> {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        let parsed = parse(&text, "p.json").unwrap();
        misfits(kind, &parsed.document, &parsed.spots, "p.json")
            .iter()
            .map(|f| {
                let column = f.places[0].column.unwrap();
                format!("{column} {}: {}", f.code.as_str(), f.message)
            })
            .collect()
    }

    const PLAIN: &str = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    const EVERYONE: &str = r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#;
    const SERVICE: &str = r#"{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}"#;
    const NOBODY_ELSE: &str =
        r#"{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"*","Resource":"*"}"#;

    #[test]
    fn documents_of_the_caller_name_no_principal() {
        for kind in
            [PolicyKind::Identity, PolicyKind::Boundary, PolicyKind::Session, PolicyKind::Scp]
        {
            assert_eq!(found(kind, PLAIN), Vec::<String>::new());
            let message = format!("`Principal` does not belong in {}", kind.noun());
            assert_eq!(found(kind, EVERYONE), [format!("55 policy-element-misplaced: {message}")]);
            assert_eq!(found(kind, NOBODY_ELSE).len(), 1);
        }
    }

    #[test]
    fn documents_of_the_resource_name_a_principal() {
        for kind in [PolicyKind::Resource, PolicyKind::Trust, PolicyKind::Rcp, PolicyKind::Endpoint]
        {
            let message = format!("a statement of {} has no `Principal`", kind.noun());
            let first = found(kind, PLAIN).remove(0);
            assert_eq!(first, format!("38 policy-element-missing: {message}"));
        }
        assert_eq!(found(PolicyKind::Resource, NOBODY_ELSE), Vec::<String>::new());
        assert_eq!(found(PolicyKind::Endpoint, EVERYONE), Vec::<String>::new());
    }

    #[test]
    fn a_trust_policy_has_no_resource_and_no_not_principal() {
        assert_eq!(found(PolicyKind::Trust, SERVICE), Vec::<String>::new());
        assert_eq!(
            found(PolicyKind::Trust, NOBODY_ELSE),
            [
                "55 policy-element-misplaced: `NotPrincipal` does not belong in a trust policy",
                "106 policy-element-misplaced: `Resource` does not belong in a trust policy",
            ]
        );
    }

    #[test]
    fn an_rcp_is_about_everyone() {
        assert_eq!(found(PolicyKind::Rcp, EVERYONE), Vec::<String>::new());
        let all = r#"{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"*","Resource":"*"}"#;
        assert_eq!(found(PolicyKind::Rcp, all), Vec::<String>::new());
        assert_eq!(
            found(PolicyKind::Rcp, SERVICE),
            ["56 policy-element-misplaced: the `Principal` of an RCP is `*` alone"]
        );
        assert_eq!(found(PolicyKind::Rcp, NOBODY_ELSE).len(), 1);
    }
}
