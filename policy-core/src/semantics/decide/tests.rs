use super::*;
use crate::policy::PolicyDocument;
use crate::semantics::{Context, Principal};

fn policy(text: &str) -> PolicyDocument {
    crate::policy::parse(text, "policy.json").unwrap().document
}

fn role() -> Principal {
    Principal::Role {
        arn: "arn:aws:iam::111122223333:role/orders".parse().unwrap(),
        session: Some("orders".into()),
    }
}

fn request(action: &str, resource: &str, context: Context) -> Request {
    Request {
        principal: role(),
        action: action.parse().unwrap(),
        resource: resource.into(),
        context,
    }
}

/// An identity policy of one statement with this condition, asked for `s3:GetObject` on `b/k`.
fn under(effect: &str, condition: &str, context: Context) -> DecisionEffect {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{condition}}},
            {{"Effect":"Allow","Action":"sts:*","Resource":"*"}}]}}"#
    );
    let request = request("s3:GetObject", "arn:aws:s3:::b/k", context);
    decide(&request, &Policies::identity(vec![policy(&text)])).effect
}

#[test]
fn a_missing_key_is_read_by_the_table_of_operator_families() {
    // Operator, value, whether the statement matches when the key is missing.
    let table = [
        ("StringEquals", "x", false),
        ("StringLike", "x", false),
        ("StringEqualsIgnoreCase", "x", false),
        ("ArnEquals", "arn:aws:s3:::b", false),
        ("ArnLike", "arn:aws:s3:::b", false),
        ("NumericEquals", "1", false),
        ("NumericLessThan", "1", false),
        ("DateGreaterThan", "2026-01-01", false),
        ("Bool", "true", false),
        ("BinaryEquals", "AA==", false),
        ("IpAddress", "203.0.113.0/24", false),
        ("StringNotEquals", "x", true),
        ("StringNotEqualsIgnoreCase", "x", true),
        ("StringNotLike", "x", true),
        ("ArnNotEquals", "arn:aws:s3:::b", true),
        ("ArnNotLike", "arn:aws:s3:::b", true),
        ("NumericNotEquals", "1", true),
        ("DateNotEquals", "2026-01-01", true),
        ("NotIpAddress", "203.0.113.0/24", true),
        ("StringEqualsIfExists", "x", true),
        ("StringNotEqualsIfExists", "x", true),
        ("NumericLessThanIfExists", "1", true),
        ("Null", "true", true),
        ("Null", "false", false),
        ("ForAllValues:StringEquals", "x", true),
        ("ForAllValues:StringLike", "x", true),
        ("ForAnyValue:StringEquals", "x", false),
        ("ForAnyValue:StringNotEquals", "x", false),
        ("ForAnyValue:StringEqualsIfExists", "x", true),
    ];
    for (operator, value, matches) in table {
        let condition = format!(r#"{{"{operator}":{{"aws:SourceArn":"{value}"}}}}"#);
        let allow = under("Allow", &condition, Context::default());
        let deny = under("Deny", &condition, Context::default());
        assert_eq!(allow == DecisionEffect::Allowed, matches, "Allow {operator}");
        assert_eq!(deny == DecisionEffect::ExplicitlyDenied, matches, "Deny {operator}");
    }
}

#[test]
fn where_the_documents_contradict_each_other_allow_grants_and_deny_does_not_refuse() {
    let condition = r#"{"ForAllValues:StringNotLike":{"aws:TagKeys":"x*"}}"#;
    assert_eq!(under("Allow", condition, Context::default()), DecisionEffect::Allowed);
    assert_eq!(under("Deny", condition, Context::default()), DecisionEffect::ImplicitlyDenied);
}

#[test]
fn resources_match_by_the_table_of_resource_rules() {
    let table = [
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/", true),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
        ("arn:aws:s3:::b/?", "arn:aws:s3:::b/ab", false),
        (
            "arn:aws:lambda:eu-west-1:111122223333:function:orders",
            "arn:aws:lambda:eu-west-1:111122223333:function:orders:live",
            false,
        ),
        (
            "arn:aws:lambda:eu-west-1:111122223333:function:orders*",
            "arn:aws:lambda:eu-west-1:111122223333:function:orders:live",
            true,
        ),
        ("arn:aws:sqs:*:111122223333:q", "arn:aws:sqs:eu-west-1:111122223333:q", true),
        ("arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:111122223333:q", true),
        ("arn:aws:sns:eu-west-1:111122223333:T", "arn:aws:sns:eu-west-1:111122223333:t", false),
        ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:111122223333:q", true),
        ("arn:aws:sqs:eu-west-1", "arn:aws:sqs:us-east-1:111122223333:q", false),
        ("*", "*", true),
    ];
    for (pattern, resource, expected) in table {
        let text =
            format!(r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"{pattern}"}}}}"#);
        let request = request("s3:GetObject", resource, Context::default());
        let decision = decide(&request, &Policies::identity(vec![policy(&text)]));
        assert_eq!(decision.is_allowed(), expected, "{pattern} on {resource}");
    }
}
