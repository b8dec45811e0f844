//! Random policies of every kind and random requests over the same few words, so that they meet.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::iam::{BaseOperator, ConditionBlock, ConditionKey, Operator, SetQuantifier};
use crate::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, PrincipalKind, Principals,
    ResourceElement, Statement, Version,
};
use crate::semantics::{Context, Policies, Principal, Request};

const ROLE: &str = "arn:aws:iam::111122223333:role/app/orders";
const LINKED: &str = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/Linked";
const USER: &str = "arn:aws:iam::111122223333:user/u";

const ACTIONS: [&str; 16] = [
    "*",
    "*:*",
    "s3:*",
    "s3:Get*",
    "S3:getobject",
    "s3:GetObject",
    "s3:PutObject",
    "s3:*Object",
    "s3:?etObject",
    "s?:*",
    "sts:AssumeRole",
    "sts:*",
    "kms:Decrypt",
    "kms:*",
    "lambda:Invoke*",
    "*:*e*",
];

const ASKED_ACTIONS: [&str; 8] = [
    "s3:GetObject",
    "S3:getObject",
    "s3:PutObject",
    "s3:X",
    "sts:AssumeRole",
    "kms:Decrypt",
    "lambda:InvokeFunction",
    "sx:e",
];

const RESOURCES: [&str; 29] = [
    "*",
    "**",
    "arn:*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::b/?",
    "arn:aws:s3:::*/a",
    "arn:aws:s3:::?*a*",
    "arn:aws:s3:::b/*/*a?*",
    "arn:aws:s3",
    "arn:aws:s3:*:b",
    "arn:aws:s3:::b/${k:v}",
    "arn:aws:s3:::b/${k:v}/*",
    "arn:aws:s3:::*/${k:v, 'a'}",
    "arn:aws:s3:::b/${K:V, 'a'}*/?",
    "arn:aws:s3:::b/${*}",
    "arn:aws:s3:::b/${k:set}",
    "arn:aws:s3:::b/${",
    "arn:aws:kms:eu-west-1:111122223333:key/*",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:iam::*:role/app/orders",
    "arn:aws:sqs:*:${k:v}:q",
    "arn:aws:${k:service}${*}b",
    "arn:aws:${k:service}b/${k:v}",
    "arn:aws:s3::${k:empty}:b/*",
    "arn:${x:y}",
    "arn:aws:${k:v",
    "arn",
];

const ASKED_RESOURCES: [&str; 15] = [
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/",
    "arn:aws:s3:::b/a",
    "arn:aws:s3:::b/a/a",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/${k:v}",
    "arn:aws:s3:::b/c/xay/é",
    "arn:aws:s3:r:444455556666:b",
    "arn:aws:kms:eu-west-1:111122223333:key/k",
    "arn:aws:kms:eu-west-1:444455556666:key/k",
    "arn:aws:iam::111122223333:role/app/orders",
    "arn:aws:sqs:eu-west-1:a:q",
    "arn",
    "",
];

/// A key of conditions, the values asked for and those a request may carry.
struct Key {
    name: &'static str,
    operators: &'static [BaseOperator],
    wanted: &'static [&'static str],
    given: &'static [&'static [&'static str]],
}

use BaseOperator as Op;

const KEYS: [Key; 9] = [
    Key {
        name: "k:text",
        operators: &[
            Op::StringEquals,
            Op::StringNotEquals,
            Op::StringEqualsIgnoreCase,
            Op::StringNotEqualsIgnoreCase,
            Op::StringLike,
            Op::StringNotLike,
        ],
        wanted: &[
            "a", "A", "a*", "*a", "?", "*?b*", "", "é", "${k:v}", "${k:v}*", "*${k:v}?", "${*}",
        ],
        given: &[&["a"], &["A"], &["ab"], &["xab"], &["*"], &["É"], &[""], &["${k:v}"], &["aé"]],
    },
    Key {
        name: "k:set",
        operators: &[Op::StringEquals, Op::StringNotEquals, Op::StringLike, Op::StringNotLike],
        wanted: &["x", "y", "x*", "${k:v, 'x'}"],
        given: &[&["x"], &["y"], &["x", "y"], &["z", "x"], &["z"], &["xa", "y"]],
    },
    Key {
        name: "k:number",
        operators: &[
            Op::NumericEquals,
            Op::NumericNotEquals,
            Op::NumericLessThan,
            Op::NumericLessThanEquals,
            Op::NumericGreaterThan,
            Op::NumericGreaterThanEquals,
        ],
        wanted: &["5", "5.0", "-1", "1e30", "x", "${k:v}"],
        given: &[&["5"], &["4.99"], &["5.01"], &["-2"], &["1e31"], &["a"], &["5", "6"]],
    },
    Key {
        name: "k:date",
        operators: &[
            Op::DateEquals,
            Op::DateNotEquals,
            Op::DateLessThan,
            Op::DateLessThanEquals,
            Op::DateGreaterThan,
            Op::DateGreaterThanEquals,
        ],
        wanted: &["2026-11-01", "2026-11-01T00:00:00Z", "1793491200", "2027", "x"],
        given: &[&["2026-11-01"], &["2026-10-31T23:59:59Z"], &["1793491201"], &["2028"], &["a"]],
    },
    Key {
        name: "k:bool",
        operators: &[Op::Bool],
        wanted: &["true", "FALSE", "${k:v}", "${k:none, 'true'}", "x"],
        given: &[&["true"], &["False"], &["x"], &["true", "false"]],
    },
    Key {
        name: "k:bytes",
        operators: &[Op::BinaryEquals],
        wanted: &["AAE=", "AA==", "not base64"],
        given: &[&["AAE="], &["AA=="], &["?"]],
    },
    Key {
        name: "k:address",
        operators: &[Op::IpAddress, Op::NotIpAddress],
        wanted: &["10.0.0.0/8", "10.0.0.1", "2001:db8::/32", "x"],
        given: &[&["10.0.0.1"], &["10.1.0.0"], &["192.0.2.1"], &["2001:db8::1"], &["a"]],
    },
    Key {
        name: "k:arn",
        operators: &[Op::ArnEquals, Op::ArnLike, Op::ArnNotEquals, Op::ArnNotLike],
        wanted: &[
            "*",
            "**",
            "arn:aws:s3:::b",
            "arn:aws:s3:*:*:b*",
            "arn:*:b",
            "arn:aws:lambda:*:111122223333:function:${k:v}",
            "arn:aws:lambda:*:111122223333:function:*",
            "${k:arn}",
            "arn:aws:${k:service}:*",
            "${k:empty}*",
            "arn:aws:s3:::${k:v}*?",
        ],
        given: &[
            &["arn:aws:s3:::b"],
            &["arn:aws:s3:::b:c"],
            &["arn:aws:lambda:r:111122223333:function:a"],
            &["arn:aws:s3:::ab"],
            &["b"],
            &["x:aws:s3:::b"],
        ],
    },
    // Only in variables, and under `Null`.
    Key {
        name: "k:v",
        operators: &[Op::Null],
        wanted: &["true", "false", "x"],
        given: &[&["a"], &["a"], &["true"], &["a", "b"], &["*"]],
    },
];

/// Keys that stand in variables only, with the value they have when they are there.
const EXTRA: [(&str, &str); 2] = [("k:service", "s3::"), ("k:empty", "")];

fn operator(base: BaseOperator) -> impl Strategy<Value = Operator> {
    let quantifier = prop_oneof![
        4 => Just(None),
        1 => Just(Some(SetQuantifier::ForAllValues)),
        1 => Just(Some(SetQuantifier::ForAnyValue)),
    ];
    (quantifier, prop::bool::weighted(0.2)).prop_map(move |(quantifier, if_exists)| Operator {
        quantifier: quantifier.filter(|_| base != Op::Null),
        base,
        if_exists: if_exists && base != Op::Null,
    })
}

fn entry() -> impl Strategy<Value = (Operator, &'static str, Vec<&'static str>)> {
    (0..KEYS.len()).prop_flat_map(|i| {
        let key = &KEYS[i];
        let values = subsequence(key.wanted, 0..=3.min(key.wanted.len()));
        (select(key.operators).prop_flat_map(operator), Just(key.name), values)
    })
}

/// One or two entries; every operator comes up.
pub(super) fn condition() -> impl Strategy<Value = ConditionBlock> {
    prop::collection::vec(entry(), 1..3).prop_map(|entries| {
        let mut block = ConditionBlock::default();
        for (operator, key, values) in entries {
            block.insert(operator, ConditionKey::new(key), values.into_iter().map(str::to_owned));
        }
        block
    })
}

fn some(words: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(select(words).prop_map(str::to_owned), 1..4)
}

fn principals() -> impl Strategy<Value = PrincipalElement> {
    let aws = subsequence(
        &[
            "*",
            "111122223333",
            "arn:aws:iam::111122223333:root",
            "444455556666",
            ROLE,
            LINKED,
            USER,
            "arn:aws:sts::111122223333:assumed-role/orders/s",
            "arn:aws:sts::111122223333:federated-user/f",
            "not an arn",
        ][..],
        0..4,
    );
    let others = (
        subsequence(&["*", "lambda.amazonaws.com", "Lambda.amazonaws.com"][..], 0..2),
        subsequence(&["*", "accounts.google.com"][..], 0..2),
        subsequence(&["c0ffee"][..], 0..2),
    );
    let map = (aws, others).prop_map(|(aws, (services, providers, canonical))| {
        let kinds = [
            (PrincipalKind::Aws, aws),
            (PrincipalKind::Service, services),
            (PrincipalKind::Federated, providers),
            (PrincipalKind::CanonicalUser, canonical),
        ];
        let texts = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect();
        let entries = kinds.into_iter().filter(|(_, values)| !values.is_empty());
        Principals::Map(entries.map(|(kind, values)| (kind, texts(values))).collect())
    });
    let listed = prop_oneof![1 => Just(Principals::Any), 3 => map];
    (listed, prop::bool::weighted(0.15)).prop_map(|(principals, negated)| match negated {
        true => PrincipalElement::NotPrincipal(principals),
        false => PrincipalElement::Principal(principals),
    })
}

fn statement(named: bool, deny: f64) -> impl Strategy<Value = Statement> {
    let principal: BoxedStrategy<Option<PrincipalElement>> = match named {
        true => prop_oneof![9 => principals().prop_map(Some), 1 => Just(None)].boxed(),
        false => prop_oneof![30 => Just(None), 1 => principals().prop_map(Some)].boxed(),
    };
    let without_resource = if named { 0.2 } else { 0.03 };
    (
        prop::option::weighted(0.5, select(&["One", "Two"][..])),
        prop::bool::weighted(deny),
        principal,
        (prop::bool::weighted(0.1), some(&ACTIONS)),
        (prop::bool::weighted(0.1), some(&RESOURCES), prop::bool::weighted(without_resource)),
        prop_oneof![3 => Just(ConditionBlock::default()), 2 => condition()],
    )
        .prop_map(|(sid, deny, principal, (not_action, actions), resource, condition)| {
            let (not_resource, resources, none) = resource;
            Statement {
                sid: sid.map(str::to_owned),
                effect: if deny { Effect::Deny } else { Effect::Allow },
                principal,
                action: match not_action {
                    true => ActionElement::NotAction(actions),
                    false => ActionElement::Action(actions),
                },
                resource: match (none, not_resource) {
                    (true, _) => None,
                    (false, true) => Some(ResourceElement::NotResource(resources)),
                    (false, false) => Some(ResourceElement::Resource(resources)),
                },
                condition,
            }
        })
}

/// A document; `open` ones begin with an `Allow` of everything to everyone.
fn document(named: bool, deny: f64, open: f64) -> impl Strategy<Value = PolicyDocument> {
    let version = prop_oneof![
        6 => Just(Some(Version::V2012)),
        1 => Just(Some(Version::V2008)),
        1 => Just(None),
    ];
    let statements = prop::collection::vec(statement(named, deny), 0..4);
    (version, statements, prop::bool::weighted(open)).prop_map(
        move |(version, mut statements, open)| {
            if open {
                let mut all = Statement::allow(["*"], ["*"]);
                all.principal = named.then_some(PrincipalElement::Principal(Principals::Any));
                statements.insert(0, all);
            }
            PolicyDocument { version, id: None, statements }
        },
    )
}

/// What is attached in one place, seldom nothing.
fn documents(named: bool, open: f64) -> impl Strategy<Value = Vec<PolicyDocument>> {
    prop_oneof![
        1 => Just(Vec::new()),
        15 => prop::collection::vec(document(named, 0.3, open), 1..4),
    ]
}

fn levels(named: bool) -> impl Strategy<Value = Vec<Vec<PolicyDocument>>> {
    prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::collection::vec(documents(named, 0.9), 1..3),
    ]
}

/// The kinds together, each of them there or not.
pub(super) fn policies() -> impl Strategy<Value = Policies> {
    (
        documents(false, 0.6),
        prop::option::weighted(0.3, documents(false, 0.8)),
        prop::option::weighted(0.3, documents(false, 0.8)),
        levels(false),
        prop::option::weighted(0.4, document(true, 0.3, 0.4)),
        prop::option::weighted(0.3, document(true, 0.4, 0.4)),
        levels(true),
        prop::option::weighted(0.2, documents(true, 0.8)),
    )
        .prop_map(|(identity, boundary, session, scp, resource, trust, rcp, endpoint)| {
            Policies { identity, boundary, session, scp, resource, trust, rcp, endpoint }
        })
}

fn principal() -> impl Strategy<Value = Principal> {
    let role = |arn: &str, session: Option<&str>| Principal::Role {
        arn: arn.parse().unwrap(),
        session: session.map(str::to_owned),
    };
    prop_oneof![
        4 => Just(role(ROLE, Some("s"))),
        2 => Just(role(ROLE, None)),
        2 => Just(role("arn:aws:iam::111122223333:role/orders", Some("s"))),
        1 => Just(role(LINKED, Some("s"))),
        1 => Just(role("arn:aws:iam::444455556666:role/other", Some("s"))),
        6 => select(&[
            USER,
            "arn:aws:iam::111122223333:root",
            "arn:aws:sts::111122223333:federated-user/f",
            "lambda.amazonaws.com",
            "accounts.google.com",
            "anonymous",
        ][..])
        .prop_map(|text| text.parse().unwrap()),
        1 => Just(Principal::CanonicalUser("c0ffee".into())),
        1 => select(&["AROAEXAMPLEID", "c0ffee", "lambda.amazonaws.com"][..])
            .prop_map(|text| Principal::Opaque(text.into())),
    ]
}

fn context() -> impl Strategy<Value = Context> {
    let keys = (0..KEYS.len()).prop_map(|i| (KEYS[i].name, KEYS[i].given));
    let given = keys.prop_flat_map(|(name, given)| (Just(name), select(given)));
    let account = prop_oneof![
        6 => Just(None),
        2 => select(&["111122223333", "111122223333", "444455556666", "x"][..]).prop_map(Some),
    ];
    (prop::collection::vec(given, 0..14), subsequence(&EXTRA[..], 0..=2), account).prop_map(
        |(given, extra, account)| {
            let mut context = Context::default();
            for (name, values) in given {
                let values = values.iter().map(|v| (*v).to_owned()).collect();
                context.set(ConditionKey::new(name), values);
            }
            for (name, value) in extra {
                context = context.with(name, value);
            }
            match account {
                Some(account) => context.with("AWS:ResourceAccount", account),
                None => context,
            }
        },
    )
}

/// One request; two in three are a plausible pair of action and resource.
pub(super) fn request() -> impl Strategy<Value = Request> {
    let any = (select(&ASKED_ACTIONS[..]), select(&ASKED_RESOURCES[..]));
    let fitting = select(
        &[
            ("s3:GetObject", "arn:aws:s3:::b/a"),
            ("s3:GetObject", "arn:aws:s3:::b/a/a"),
            ("s3:PutObject", "arn:aws:s3:::b/"),
            ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/k"),
            ("sts:AssumeRole", "arn:aws:iam::111122223333:role/app/orders"),
        ][..],
    );
    (principal(), prop_oneof![2 => fitting, 1 => any], context()).prop_map(
        |(principal, (action, resource), context)| Request {
            principal,
            action: action.parse().unwrap(),
            resource: resource.to_owned(),
            context,
        },
    )
}
