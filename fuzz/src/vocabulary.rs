//! Policies and requests from random bytes, over a vocabulary so small that they meet.
//!
//! Everything is chosen from lists: texts made of random letters would hardly ever match each other.
//! The lists hold the borders on which the rules turn: short ARNs, variables, both accounts, names
//! that differ in case, keys that are missing, values that are no numbers.

use arbitrary::{Result, Unstructured};
use policy_core::iam::{BaseOperator, ConditionBlock, ConditionKey, Operator, SetQuantifier};
use policy_core::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, PrincipalKind, Principals,
    ResourceElement, Statement, Version,
};
use policy_core::semantics::{Context, Policies, Principal, Request};

const ACTIONS: &[&str] = &[
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "S3:getobject",
    "s3:PutObject",
    "s3:*Object",
    "s?:Get*",
    "*:*",
    "sqs:*",
    "sqs:?*",
    "sqs:SendMessage",
    "sts:AssumeRole",
    "sts:*",
    "kms:Decrypt",
    "kms:*",
    "lambda:Invoke*",
    "lambda:InvokeFunction",
    "s3:Get*t",
    "s3:G*t*",
    "?????????",
    "s3:",
];

const ASKED_ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "S3:GETOBJECT",
    "sqs:SendMessage",
    "sts:AssumeRole",
    "sts:TagSession",
    "kms:Decrypt",
    "lambda:InvokeFunction",
    "sx:GetX",
    "x:x",
];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::b/a/*",
    "arn:aws:s3:::?",
    "arn:aws:s3:::*/a*",
    "arn:aws:s3",
    "arn:aws:sqs",
    "arn:aws:sqs:*:q",
    "arn:*",
    "a*",
    "arn:aws:s3:::b/${aws:username}",
    "arn:aws:s3:::b/${aws:username, 'a'}*",
    "arn:aws:s3:::b/${*}",
    "arn:aws:s3:::${k:s}/*",
    "arn:aws:s3:::b/${",
    "arn:aws:sqs:eu-west-1:111122223333:q",
    "arn:aws:sqs:*:111122223333:*",
    "arn:aws:iam::111122223333:role/r",
    "arn:aws:iam::*:role/*",
    "arn:aws:kms:eu-west-1:111122223333:key/k",
    "arn:aws:lambda:eu-west-1:111122223333:function:f*",
    "arn:aws:s3:::*a*a*b",
    "",
];

const ASKED_RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/",
    "arn:aws:s3:::b/a",
    "arn:aws:s3:::b/a/a",
    "arn:aws:s3:::bb/*",
    "arn:aws:s3:::a/aab",
    "arn:aws:sqs:eu-west-1:111122223333:q",
    "arn:aws:sqs:eu-west-1:444455556666:q",
    "arn:aws:iam::111122223333:role/r",
    "arn:aws:iam::444455556666:role/r",
    "arn:aws:kms:eu-west-1:111122223333:key/k",
    "arn:aws:kms:eu-west-1:444455556666:key/k",
    "arn:aws:lambda:eu-west-1:111122223333:function:f:live",
];

const KEYS: &[&str] = &[
    "k:s",
    "aws:username",
    "aws:PrincipalArn",
    "aws:SourceIp",
    "aws:SecureTransport",
    "s3:max-keys",
    "aws:CurrentTime",
    "aws:TagKeys",
    "aws:ResourceAccount",
    "k:b",
];

const TEXTS: &[&str] = &[
    "a",
    "A",
    "b",
    "ab",
    "a*",
    "?",
    "*",
    "",
    "${aws:username}",
    "${k:s, 'a'}",
    "${*}",
    "true",
    "false",
    "TRUE",
    "0",
    "5",
    "5.0",
    "-1",
    "1e3",
    "18446744073709551616",
    "10.0.0.0/8",
    "10.0.0.1",
    "::/0",
    "2001:db8::1",
    "10.0.0.0/9",
    "2026-11-01T00:00:00Z",
    "2026-11-01",
    "1793491200",
    "YQ==",
    "YWI=",
    "111122223333",
    "444455556666",
    "arn:aws:iam::111122223333:role/r",
    "arn:aws:iam::*:role/*",
    "arn:aws:*",
    "arn:aws:s3:::b/*",
];

const PRINCIPALS: &[&str] = &[
    "arn:aws:iam::111122223333:role/r",
    "arn:aws:sts::111122223333:assumed-role/r/s",
    "arn:aws:iam::111122223333:user/u",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:role/r",
    "arn:aws:sts::111122223333:federated-user/u",
    "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/r",
    "lambda.amazonaws.com",
    "anonymous",
    "accounts.google.com",
    "arn:aws:iam::111122223333:saml-provider/p",
];

const NAMED: &[(PrincipalKind, &str)] = &[
    (PrincipalKind::Aws, "*"),
    (PrincipalKind::Aws, "111122223333"),
    (PrincipalKind::Aws, "arn:aws:iam::111122223333:root"),
    (PrincipalKind::Aws, "arn:aws:iam::111122223333:role/r"),
    (PrincipalKind::Aws, "arn:aws:sts::111122223333:assumed-role/r/s"),
    (PrincipalKind::Aws, "arn:aws:iam::111122223333:user/u"),
    (PrincipalKind::Aws, "444455556666"),
    (PrincipalKind::Aws, "AIDAEXAMPLE"),
    (PrincipalKind::Service, "lambda.amazonaws.com"),
    (PrincipalKind::Service, "*"),
    (PrincipalKind::Federated, "accounts.google.com"),
    (PrincipalKind::CanonicalUser, "79a5"),
];

/// A value that fits the operator, most of the time.
fn value(u: &mut Unstructured<'_>, base: BaseOperator) -> Result<&'static str> {
    let fitting: &[&str] = match base {
        BaseOperator::Bool | BaseOperator::Null => &["true", "false"],
        BaseOperator::BinaryEquals => &["YQ==", "YWI=", "YQ"],
        BaseOperator::IpAddress | BaseOperator::NotIpAddress => {
            &["10.0.0.0/8", "10.0.0.1", "::/0", "2001:db8::1", "10.0.0.0/9", "0.0.0.0/0"]
        }
        _ => match base.as_str().as_bytes().first() {
            Some(b'N') => &["0", "5", "5.0", "-1", "1e3", "18446744073709551616"],
            Some(b'D') => {
                &["2026-11-01T00:00:00Z", "2026-11-01", "1793491200", "2026-12-01T00:00:00+01:00"]
            }
            Some(b'A') => &[
                "arn:aws:iam::111122223333:role/r",
                "arn:aws:iam::*:role/*",
                "arn:aws:s3:::b/*",
                "*",
            ],
            _ => &["a", "A", "b", "ab", "a*", "?", "*", "${aws:username}", "${k:s, 'a'}"],
        },
    };
    let list = if base == BaseOperator::Null || u.ratio(7, 8)? { fitting } else { TEXTS };
    u.choose(list).copied()
}

fn condition(u: &mut Unstructured<'_>) -> Result<ConditionBlock> {
    let mut block = ConditionBlock::default();
    for _ in 0..*u.choose(&[0, 0, 0, 1, 1, 2, 3])? {
        let base = *u.choose(&BaseOperator::ALL)?;
        let quantifier = *u.choose(&[
            None,
            None,
            None,
            Some(SetQuantifier::ForAllValues),
            Some(SetQuantifier::ForAnyValue),
        ])?;
        let if_exists = base != BaseOperator::Null && u.ratio(1, 4)?;
        let key = ConditionKey::new(u.choose(KEYS)?);
        let mut values = Vec::new();
        for _ in 0..*u.choose(&[1, 1, 1, 2, 3, 0])? {
            values.push(value(u, base)?.to_owned());
        }
        block.insert(Operator { quantifier, base, if_exists }, key, values);
    }
    Ok(block)
}

fn several(u: &mut Unstructured<'_>, list: &[&str]) -> Result<Vec<String>> {
    let count = *u.choose(&[1, 1, 2, 3, 0])?;
    (0..count).map(|_| u.choose(list).map(|text| (*text).to_owned())).collect()
}

fn principal_element(u: &mut Unstructured<'_>) -> Result<PrincipalElement> {
    let principals = if u.ratio(1, 4)? {
        Principals::Any
    } else {
        let mut map = std::collections::BTreeMap::<_, Vec<String>>::new();
        for _ in 0..u.int_in_range(1..=3)? {
            let (kind, text) = *u.choose(NAMED)?;
            map.entry(kind).or_default().push(text.to_owned());
        }
        Principals::Map(map)
    };
    Ok(if u.ratio(1, 5)? {
        PrincipalElement::NotPrincipal(principals)
    } else {
        PrincipalElement::Principal(principals)
    })
}

/// What a document is attached to, as far as its statements look different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attached {
    /// The caller: no principals.
    Caller,
    /// A resource: principals and resources.
    Resource,
    /// A role that is assumed: principals, no resources.
    Role,
}

/// One statement of a document that is attached so.
pub fn statement(u: &mut Unstructured<'_>, attached: Attached) -> Result<Statement> {
    let effect = if u.ratio(1, 3)? { Effect::Deny } else { Effect::Allow };
    let principal = match attached {
        Attached::Caller => None,
        Attached::Resource | Attached::Role => Some(principal_element(u)?),
    };
    let actions = several(u, ACTIONS)?;
    let action = if u.ratio(1, 6)? {
        ActionElement::NotAction(actions)
    } else {
        ActionElement::Action(actions)
    };
    let resource = if attached == Attached::Role {
        None
    } else {
        let resources = several(u, RESOURCES)?;
        Some(if u.ratio(1, 6)? {
            ResourceElement::NotResource(resources)
        } else {
            ResourceElement::Resource(resources)
        })
    };
    Ok(Statement { sid: None, effect, principal, action, resource, condition: condition(u)? })
}

/// A document of up to four statements.
pub fn document(u: &mut Unstructured<'_>, attached: Attached) -> Result<PolicyDocument> {
    let version =
        *u.choose(&[Some(Version::V2012), Some(Version::V2012), Some(Version::V2008), None])?;
    let statements =
        (0..u.int_in_range(0..=4)?).map(|_| statement(u, attached)).collect::<Result<_>>()?;
    Ok(PolicyDocument { version, id: None, statements })
}

fn documents(u: &mut Unstructured<'_>, attached: Attached) -> Result<Vec<PolicyDocument>> {
    (0..*u.choose(&[1, 1, 2, 0])?).map(|_| document(u, attached)).collect()
}

fn levels(u: &mut Unstructured<'_>, attached: Attached) -> Result<Vec<Vec<PolicyDocument>>> {
    (0..u.int_in_range(1..=2)?).map(|_| documents(u, attached)).collect()
}

/// A pattern of actions.
pub fn action(u: &mut Unstructured<'_>) -> Result<&'static str> {
    u.choose(ACTIONS).copied()
}

/// A pattern of resources, without variables.
pub fn resource(u: &mut Unstructured<'_>) -> Result<&'static str> {
    let text = *u.choose(RESOURCES)?;
    Ok(if text.contains('$') { "*" } else { text })
}

/// Identity policies and what limits them.
pub fn limits(u: &mut Unstructured<'_>) -> Result<Policies> {
    let mut policies = Policies::identity(documents(u, Attached::Caller)?);
    let has = u.arbitrary::<u8>()?;
    if has & 1 != 0 {
        policies.boundary = Some(documents(u, Attached::Caller)?);
    }
    if has & 6 == 6 {
        policies.session = Some(documents(u, Attached::Caller)?);
    }
    if has & 8 != 0 {
        policies.scp = levels(u, Attached::Caller)?;
    }
    Ok(policies)
}

/// Policies of every kind, most of them absent.
pub fn policies(u: &mut Unstructured<'_>) -> Result<Policies> {
    let mut policies = Policies::identity(documents(u, Attached::Caller)?);
    let [mut has, more] = u.arbitrary::<[u8; 2]>()?;
    has &= more | 0b11;
    let has = |bit: u8| has & (1 << bit) != 0;
    if has(0) {
        policies.resource = Some(document(u, Attached::Resource)?);
    }
    if has(1) {
        policies.boundary = Some(documents(u, Attached::Caller)?);
    }
    if has(2) {
        policies.session = Some(documents(u, Attached::Caller)?);
    }
    if has(3) {
        policies.scp = levels(u, Attached::Caller)?;
    }
    if has(4) {
        policies.rcp = levels(u, Attached::Resource)?;
    }
    if has(5) {
        policies.trust = Some(document(u, Attached::Role)?);
    }
    if has(6) {
        policies.endpoint = Some(documents(u, Attached::Resource)?);
    }
    Ok(policies)
}

/// The condition keys of a request.
pub fn context(u: &mut Unstructured<'_>) -> Result<Context> {
    let mut context = Context::default();
    for _ in 0..*u.choose(&[0, 1, 2, 3])? {
        let key = *u.choose(KEYS)?;
        // One value, but for the key that is a set.
        let most = if key == "aws:TagKeys" { 3 } else { 1 };
        let values = (0..u.int_in_range(0..=most)?)
            .map(|_| u.choose(TEXTS).map(|text| (*text).to_owned()))
            .collect::<Result<_>>()?;
        context.set(ConditionKey::new(key), values);
    }
    Ok(context)
}

/// Who asks.
pub fn principal(u: &mut Unstructured<'_>) -> Result<Principal> {
    let text = *u.choose(PRINCIPALS)?;
    Ok(text.parse().unwrap_or(Principal::Anonymous))
}

/// One request.
pub fn request(u: &mut Unstructured<'_>) -> Result<Request> {
    let principal = principal(u)?;
    let action = *u.choose(ASKED_ACTIONS)?;
    let Ok(action) = action.parse() else { return Err(arbitrary::Error::IncorrectFormat) };
    let resource = (*u.choose(ASKED_RESOURCES)?).to_owned();
    Ok(Request { principal, action, resource, context: context(u)? })
}
