//! Conditions on keys that the requests in question never carry.

use super::subject::{At, DocumentFinding, DocumentKind, Subject};
use crate::finding::{Code, Severity};
use crate::iam::{BaseOperator, ConditionKey, Operator, SetQuantifier};
use crate::policy::{PrincipalElement, PrincipalKind, Principals, Statement};

/// Keys that only a call of an AWS service principal carries.
///
/// # Source
/// IAM User Guide, "AWS global condition context keys": available when the call to the resource is made
/// directly by an AWS service principal.
const OF_SERVICES: [&str; 4] =
    ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"];

/// Keys about an IAM principal, which a service principal is not.
///
/// # Source
/// IAM User Guide, "AWS global condition context keys".
const OF_PRINCIPALS: [&str; 4] =
    ["aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:username"];

/// The key for the function that makes a call.
///
/// # Source
/// AWS Lambda Developer Guide, "Working with Lambda execution environment credentials": for identity-based
/// policies and SCPs.
const OF_FUNCTIONS: [&str; 1] = ["lambda:SourceFunctionArn"];

pub(super) fn find(subjects: &[Subject<'_>], kind: DocumentKind) -> Vec<DocumentFinding> {
    let mut found = Vec::new();
    for at in At::all(subjects) {
        for (operator, key, values) in at.statement.condition.iter() {
            if let Some(why) = absent(kind, at.statement, key)
                && let Some(met) = outcome(operator, values)
            {
                found.push(report(&at, key, operator, why, met));
            }
        }
    }
    found
}

/// Why no request that the statement is about carries the key.
fn absent(kind: DocumentKind, statement: &Statement, key: &ConditionKey) -> Option<&'static str> {
    let is_one_of = |keys: &[&str]| keys.iter().any(|one| *key == ConditionKey::new(one));
    if kind == DocumentKind::Identity {
        let why = "only calls of AWS services carry it, and an identity policy is about none";
        return is_one_of(&OF_SERVICES).then_some(why);
    }
    if is_one_of(&OF_FUNCTIONS) {
        return Some("it works in identity policies and SCPs only");
    }
    let Some(PrincipalElement::Principal(Principals::Map(map))) = &statement.principal else {
        return None;
    };
    let mut values = map.iter().flat_map(|(kind, values)| values.iter().map(move |v| (*kind, v)));
    if values.clone().next().is_none() || values.clone().any(|(_, value)| value == "*") {
        return None;
    }
    if values.all(|(kind, _)| kind == PrincipalKind::Service) {
        let why = "a call of an AWS service has no IAM principal to tell";
        return is_one_of(&OF_PRINCIPALS).then_some(why);
    }
    if !map.contains_key(&PrincipalKind::Service) {
        let why = "only calls of AWS services carry it, and the statement names none";
        return is_one_of(&OF_SERVICES).then_some(why);
    }
    None
}

/// Whether a missing key meets the operator; `None` where AWS's own pages disagree.
///
/// # Source
/// IAM User Guide, "IAM JSON policy elements: Condition operators".
fn outcome(operator: Operator, values: &[String]) -> Option<bool> {
    if operator.base == BaseOperator::Null {
        let yes = values.iter().any(|value| value.eq_ignore_ascii_case("true"));
        let no = values.iter().any(|value| value.eq_ignore_ascii_case("false"));
        return (yes != no).then_some(yes);
    }
    match operator.quantifier {
        _ if operator.if_exists => Some(true),
        None => Some(operator.base.is_negated()),
        Some(SetQuantifier::ForAllValues) if operator.base.is_negated() => None,
        Some(SetQuantifier::ForAllValues) => Some(true),
        Some(SetQuantifier::ForAnyValue) => Some(false),
    }
}

fn report(
    at: &At<'_>,
    key: &ConditionKey,
    operator: Operator,
    why: &str,
    met: bool,
) -> DocumentFinding {
    let (consequence, severity) = match (met, at.is_allow()) {
        (false, true) => ("never met, so it allows nothing", Severity::Error),
        (false, false) => ("never met, so it denies nothing", Severity::Warning),
        (true, true) => ("always met, so it restricts nothing", Severity::Warning),
        (true, false) => ("always met, so it spares nobody", Severity::Warning),
    };
    let message =
        format!("the condition `{operator}` on `{key}` of {} is {consequence}: {why}", at.name());
    let help = match key {
        key if OF_SERVICES.iter().any(|one| *key == ConditionKey::new(one)) => {
            "`lambda:SourceFunctionArn` binds an identity policy to a function, `aws:PrincipalArn` a resource policy to a role"
        }
        key if OF_FUNCTIONS.iter().any(|one| *key == ConditionKey::new(one)) => {
            "in a resource policy name the role as `Principal`"
        }
        _ => "bind an AWS service with `aws:SourceAccount` and `aws:SourceArn`",
    };
    at.finding(Code::ConditionKeyAbsent, message)
        .with(|finding| finding.severity(severity).help(help))
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    fn identity(effect: &str, condition: &str) -> Vec<String> {
        found(&[&format!(
            r#"{{"Sid": "S", "Effect": "{effect}", "Action": "s3:GetObject", "Resource": "*", "Condition": {condition}}}"#
        )])
    }

    fn trust(principal: &str, condition: &str) -> Vec<String> {
        found(&[&format!(
            r#"{{"Sid": "S", "Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole", "Condition": {condition}}}"#
        )])
    }

    #[test]
    fn source_keys_in_an_identity_policy_are_never_there() {
        let account = r#"{"StringEquals": {"AWS:SourceAccount": "111122223333"}}"#;
        assert_eq!(
            identity("Allow", account),
            [
                "error condition-key-absent 0: the condition `StringEquals` on `AWS:SourceAccount` of statement `S` is never met, so it allows nothing: only calls of AWS services carry it, and an identity policy is about none"
            ]
        );
        let not = r#"{"StringNotEquals": {"aws:SourceAccount": "111122223333"}}"#;
        let told = identity("Deny", not);
        assert!(told[0].contains("always met, so it spares nobody"), "{told:?}");
        assert_eq!(identity("Allow", r#"{"StringEquals": {"aws:ResourceAccount": "1"}}"#), [""; 0]);
    }

    #[test]
    fn every_operator_is_told_by_what_a_missing_key_does_to_it() {
        for (operator, value, told) in [
            ("StringEquals", "x", Some("never")),
            ("StringEqualsIfExists", "x", Some("always")),
            ("StringNotLike", "x", Some("always")),
            ("Null", "true", Some("always")),
            ("Null", "false", Some("never")),
            ("ForAllValues:StringEquals", "x", Some("always")),
            ("ForAnyValue:StringEquals", "x", Some("never")),
            ("ForAllValues:StringNotLike", "x", None),
        ] {
            let all =
                identity("Allow", &format!(r#"{{"{operator}": {{"aws:SourceArn": "{value}"}}}}"#));
            let is = all
                .first()
                .map(|text| if text.contains("is never met") { "never" } else { "always" });
            assert_eq!(is, told, "{operator}");
        }
    }

    #[test]
    fn principal_keys_are_not_there_for_services_nor_source_keys_for_roles() {
        let org = r#"{"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#;
        let source = r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}}"#;
        let service = r#"{"Service": "lambda.amazonaws.com"}"#;
        let role = r#"{"AWS": "arn:aws:iam::111122223333:role/ci"}"#;
        let both =
            r#"{"Service": "lambda.amazonaws.com", "AWS": "arn:aws:iam::111122223333:role/ci"}"#;
        assert_eq!(trust(service, org).len(), 1);
        assert_eq!(trust(role, source).len(), 1);
        for (principal, condition) in [
            (service, source),
            (role, org),
            (both, org),
            (both, source),
            (r#"{"AWS": "*"}"#, source),
            ("\"*\"", source),
        ] {
            assert_eq!(trust(principal, condition), [""; 0], "{principal} {condition}");
        }
    }

    #[test]
    fn the_function_key_is_not_for_resource_policies() {
        let all = found(&[
            r#"{"Sid": "S", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:orders"}}}"#,
        ]);
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].contains("it works in identity policies and SCPs only"), "{all:?}");
    }
}
