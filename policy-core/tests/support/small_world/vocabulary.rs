//! The letters of the small world: entries of statements, callers, and all requests.

use std::collections::BTreeMap;

use policy_core::iam::{ConditionBlock, ConditionKey, Operator};
use policy_core::policy::{
    ActionElement, Effect, PrincipalElement, PrincipalKind, Principals, ResourceElement, Statement,
    Version,
};
use policy_core::semantics::{Context, PolicyKind, Principal, Request};

use super::{Dice, Known, matches};

pub(crate) const ACTIONS: [&str; 11] =
    ["*", "a:*", "a:x", "A:X", "a:x?", "a:?", "a:x*", "*:x", "b:*", "b:xy", "?:*y"];

pub(crate) const RESOURCES: [&str; 17] = [
    "*",
    "arn:p:a:::*",
    "arn:p:a:::a",
    "arn:p:a:::a*",
    "arn:p:a:::*b",
    "arn:p:a:::?",
    "arn:p:a:::a?",
    "arn:p:a:::a*b",
    "arn:p:a:::*a*",
    "arn:p:b:::*",
    "arn:p:?:::b",
    "arn:p:a",
    "arn:p:*:b",
    "*b",
    "arn:*a",
    "arn:p:a:::b/*",
    "arn:p:a:::a${*}",
];

/// With policy variables.
const VARIED: [&str; 10] = [
    "${k:v}",
    "arn:p:a:::${k:v}",
    "arn:p:a:::${K:V}*",
    "arn:p:a:::a${k:v}",
    "arn:p:a:::${k:v}b",
    "arn:p:a:::${k:v, 'a'}",
    "arn:p:a:::*${k:v}",
    "arn:p:a:::${k:v}${k:v}",
    "arn:p:${k:v}:::b",
    "arn:p:a:::${k:w}",
];

const CONDITIONS: [(&str, &str, &[&str]); 40] = [
    ("StringEquals", "k:w", &["a"]),
    ("StringEquals", "k:w", &["a", "b"]),
    ("StringEqualsIfExists", "k:w", &["b"]),
    ("StringNotEquals", "k:w", &["a"]),
    ("StringNotEqualsIfExists", "k:w", &["a", "ab"]),
    ("StringEqualsIgnoreCase", "k:w", &["A"]),
    ("StringNotEqualsIgnoreCase", "k:w", &["a"]),
    ("StringLike", "k:w", &["a*"]),
    ("StringLike", "k:w", &["?"]),
    ("StringNotLike", "k:w", &["*"]),
    ("StringNotLike", "k:w", &["a?"]),
    ("StringLike", "k:w", &["${*}"]),
    ("Null", "k:w", &["true"]),
    ("Null", "k:w", &["false"]),
    ("Null", "k:w", &["true", "false"]),
    ("ForAllValues:StringEquals", "k:w", &["a", "b"]),
    ("ForAnyValue:StringEquals", "k:w", &["a"]),
    ("ForAnyValue:StringLike", "k:w", &["a*"]),
    ("ForAllValues:StringNotEquals", "k:w", &["a"]),
    ("ForAnyValue:StringNotEquals", "k:w", &["a"]),
    ("ForAllValues:StringEqualsIfExists", "k:w", &["b"]),
    ("NumericLessThan", "k:w", &["2"]),
    ("NumericGreaterThanEquals", "k:w", &["2"]),
    ("NumericNotEquals", "k:w", &["1.0"]),
    ("Bool", "k:w", &["true"]),
    ("BoolIfExists", "k:w", &["false"]),
    ("ArnLike", "k:w", &["arn:p:*:::a"]),
    ("ArnNotEquals", "k:w", &["arn:p:a:::*"]),
    ("ArnEquals", "k:w", &["*"]),
    ("StringEquals", "k:v", &["a"]),
    ("StringNotEquals", "k:v", &["a", "b"]),
    ("StringLike", "k:v", &["a*"]),
    ("Null", "k:v", &["true"]),
    ("ForAnyValue:StringEquals", "k:v", &["b"]),
    // With policy variables.
    ("StringEquals", "k:w", &["${k:v}"]),
    ("StringNotEquals", "k:w", &["${k:v}"]),
    ("StringLike", "k:w", &["${k:v}*"]),
    ("StringEqualsIgnoreCase", "k:w", &["${k:v, 'b'}"]),
    ("ArnLike", "k:w", &["arn:p:${k:v}:::*"]),
    ("ForAnyValue:StringEquals", "k:w", &["${k:v}", "a"]),
];

/// Conditions from here on have policy variables.
const FIRST_VARIED: usize = 34;

/// Names as they stand in documents.
const NAMED: [(PrincipalKind, &str); 12] = [
    (PrincipalKind::Aws, "*"),
    (PrincipalKind::Aws, "111122223333"),
    (PrincipalKind::Aws, "arn:aws:iam::111122223333:root"),
    (PrincipalKind::Aws, "arn:aws:iam::111122223333:role/orders"),
    (PrincipalKind::Aws, "arn:aws:iam::111122223333:role/example"),
    (PrincipalKind::Aws, "arn:aws:sts::111122223333:assumed-role/orders/one"),
    (PrincipalKind::Aws, "arn:aws:iam::444455556666:user/ana"),
    (PrincipalKind::Aws, "999900001111"),
    (PrincipalKind::Aws, UNIQUE_ID),
    (PrincipalKind::Service, "lambda.amazonaws.com"),
    (PrincipalKind::Service, "example.amazonaws.com"),
    (PrincipalKind::Federated, "*"),
];

/// The unique id is nobody's ARN; all others are read as principals.
const CALLERS: [&str; 17] = [
    "arn:aws:iam::111122223333:role/orders",
    "arn:aws:iam::111122223333:role/example",
    "arn:aws:iam::111122223333:role/other",
    "arn:aws:sts::111122223333:assumed-role/orders/one",
    "arn:aws:sts::111122223333:assumed-role/orders/two",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:user/ana",
    "arn:aws:iam::444455556666:user/bob",
    "arn:aws:iam::999900001111:role/example",
    "arn:aws:iam::777788889999:role/example",
    "lambda.amazonaws.com",
    "example.amazonaws.com",
    "sns.amazonaws.com",
    "accounts.google.com",
    "arn:aws:iam::111122223333:saml-provider/corp",
    "anonymous",
    UNIQUE_ID,
];

const UNIQUE_ID: &str = "AROAEXAMPLEID";

/// How often what is hard is used, in percent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vocabulary {
    /// Entries and conditions with policy variables.
    pub(crate) variables: usize,
    /// Statements with conditions.
    pub(crate) conditions: usize,
}

impl Vocabulary {
    /// Statements of documents of one kind, with what they match.
    pub(crate) fn pool(
        self,
        kind: PolicyKind,
        count: usize,
        requests: &[Request],
        dice: &mut Dice,
    ) -> Vec<Known> {
        let one = |_| {
            let version =
                *dice.one(&[Some(Version::V2012), Some(Version::V2012), Some(Version::V2008)]);
            let statement = self.statement(kind, dice);
            let matches = matches(version, &statement, kind, requests);
            Known { version, statement, matches }
        };
        (0..count).map(one).collect()
    }

    fn statement(self, kind: PolicyKind, dice: &mut Dice) -> Statement {
        let mut actions = vec![(*dice.one(&ACTIONS)).to_owned()];
        if dice.chance(30) {
            actions.push((*dice.one(&ACTIONS)).to_owned());
        }
        let mut resources = Vec::new();
        for _ in 0..=usize::from(dice.chance(30)) {
            let varied = dice.chance(self.variables);
            let from: &[&str] = if varied { &VARIED } else { &RESOURCES };
            resources.push((*dice.one(from)).to_owned());
        }
        let named = matches!(kind, PolicyKind::Resource | PolicyKind::Trust);
        Statement {
            sid: None,
            effect: if dice.chance(35) { Effect::Deny } else { Effect::Allow },
            principal: named.then(|| principal(dice)),
            action: if dice.chance(15) {
                ActionElement::NotAction(actions)
            } else {
                ActionElement::Action(actions)
            },
            resource: (kind != PolicyKind::Trust).then(|| {
                if dice.chance(15) {
                    ResourceElement::NotResource(resources)
                } else {
                    ResourceElement::Resource(resources)
                }
            }),
            condition: self.condition(dice),
        }
    }

    fn condition(self, dice: &mut Dice) -> ConditionBlock {
        let mut block = ConditionBlock::default();
        if !dice.chance(self.conditions) {
            return block;
        }
        for _ in 0..=usize::from(dice.chance(30)) {
            let varied = dice.chance(self.variables);
            let (from, to) =
                if varied { (FIRST_VARIED, CONDITIONS.len()) } else { (0, FIRST_VARIED) };
            let (operator, key, values) = CONDITIONS[from + dice.below(to - from)];
            let operator: Operator = operator.parse().unwrap();
            let values = values.iter().map(|v| (*v).to_owned());
            block.insert(operator, ConditionKey::new(key), values);
        }
        block
    }

    /// Every request: all actions on all resources in all contexts, from `callers` of them.
    pub(crate) fn requests(callers: usize, few: bool) -> Vec<Request> {
        let mut resources: Vec<String> = vec!["*".to_owned()];
        let mut texts = vec![String::new()];
        for _ in 0..if few { 1 } else { 3 } {
            let longer = texts.iter().flat_map(|t| [format!("{t}a"), format!("{t}b")]);
            texts = longer.collect();
            resources.extend(texts.iter().map(|t| format!("arn:p:a:::{t}")));
        }
        let others =
            ["arn:p:b:::b", "arn:p:c:::b", "arn:p:b::1:ab", "arn:p:a:::a*", "arn:p:a:::b/a"];
        resources.extend(others.into_iter().take(if few { 1 } else { 9 }).map(str::to_owned));
        let mut contexts: Vec<Context> = Vec::new();
        let v: [&[&str]; 6] = [&[], &["a"], &["b"], &["ab"], &["a", "b"], &["arn:p:a:::a"]];
        let w: [&[&str]; 12] = [
            &[],
            &["a"],
            &["b"],
            &["A"],
            &["ab"],
            &["*"],
            &["1"],
            &["2"],
            &["true"],
            &["arn:p:a:::a"],
            &["arn:p:b:::b"],
            &["a", "b"],
        ];
        for v in v.into_iter().take(if few { 2 } else { 9 }) {
            for w in w.into_iter().take(if few { 3 } else { 99 }) {
                let texts = |of: &[&str]| of.iter().map(|t| (*t).to_owned()).collect();
                let mut context = Context::default();
                context.set(ConditionKey::new("k:v"), texts(v));
                context.set(ConditionKey::new("k:w"), texts(w));
                contexts.push(context);
            }
        }
        let mut out = Vec::new();
        for principal in CALLERS.iter().take(callers) {
            let principal = match *principal {
                UNIQUE_ID => Principal::Opaque(UNIQUE_ID.to_owned()),
                text => text.parse().unwrap(),
            };
            for action in ["a:x", "a:xy", "a:y", "b:xy", "b:x"] {
                for resource in &resources {
                    for context in &contexts {
                        out.push(Request {
                            principal: principal.clone(),
                            action: action.parse().unwrap(),
                            resource: resource.clone(),
                            context: context.clone(),
                        });
                    }
                }
            }
        }
        out
    }
}

fn principal(dice: &mut Dice) -> PrincipalElement {
    if dice.chance(10) {
        return PrincipalElement::Principal(Principals::Any);
    }
    let mut map: BTreeMap<PrincipalKind, Vec<String>> = BTreeMap::new();
    for _ in 0..=dice.below(2) {
        let (kind, value) = *dice.one(&NAMED);
        map.entry(kind).or_default().push(value.to_owned());
    }
    let principals = Principals::Map(map);
    if dice.chance(15) {
        PrincipalElement::NotPrincipal(principals)
    } else {
        PrincipalElement::Principal(principals)
    }
}
