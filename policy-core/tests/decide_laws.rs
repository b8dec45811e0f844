//! Laws of `decide` that hold whatever the policies say: how its answer may move when a statement,
//! a document or a whole kind of policy is added, taken away, doubled, divided or moved.
//!
//! Policies, callers and requests come from a small alphabet, so that statements meet requests and
//! each other often.

#![expect(clippy::unwrap_used, reason = "a law that cannot be set up has failed")]

use policy_core::iam::{BaseOperator, ConditionBlock, Operator, SetQuantifier};
use policy_core::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, PrincipalKind, Principals,
    ResourceElement, Statement,
};
use policy_core::semantics::{
    Context, Decision, DecisionEffect, Policies, PolicyKind, Principal, Request, StatementRef,
    decide, principal_side,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const CALLERS: [&str; 11] = [
    "arn:aws:iam::111122223333:role/orders",
    "arn:aws:sts::111122223333:assumed-role/orders/one",
    "arn:aws:iam::111122223333:role/lambda/orders",
    "arn:aws:iam::111122223333:user/ana",
    "arn:aws:sts::111122223333:federated-user/ana",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:role/aws-service-role/lex.amazonaws.com/AWSServiceRoleForLexBots",
    "arn:aws:iam::444455556666:role/reader",
    "sns.amazonaws.com",
    "accounts.google.com",
    "anonymous",
];
const ACTIONS: [&str; 5] =
    ["s3:GetObject", "sqs:SendMessage", "lambda:InvokeFunction", "kms:Decrypt", "sts:AssumeRole"];
const RESOURCES: [&str; 5] = [
    "*",
    "arn:aws:s3:::acme/a",
    "arn:aws:sqs:eu-west-1:111122223333:jobs",
    "arn:aws:kms:eu-west-1:111122223333:key/k",
    "arn:aws:iam::111122223333:role/target",
];
const KEYS: [&str; 2] = ["aws:ResourceAccount", "acme:k"];

fn elements(values: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    subsequence(values, 1..3).prop_map(|some| some.into_iter().map(str::to_owned).collect())
}

fn principals() -> impl Strategy<Value = Principals> {
    let aws = [
        "*",
        "111122223333",
        "444455556666",
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:role/orders",
        "arn:aws:iam::111122223333:role/lambda/orders",
        "arn:aws:sts::111122223333:assumed-role/orders/one",
        "arn:aws:iam::111122223333:user/ana",
        "arn:aws:iam::444455556666:role/reader",
    ];
    let of = |kind: PrincipalKind, values: Vec<&'static str>| {
        select(values)
            .prop_map(move |value| Principals::Map([(kind, vec![value.to_owned()])].into()))
    };
    prop_oneof![
        2 => Just(Principals::Any),
        6 => of(PrincipalKind::Aws, aws.to_vec()),
        1 => of(PrincipalKind::Service, vec!["sns.amazonaws.com", "s3.amazonaws.com"]),
        1 => of(PrincipalKind::Federated, vec!["accounts.google.com"]),
    ]
}

fn conditions() -> impl Strategy<Value = ConditionBlock> {
    let quantifier = option::weighted(
        0.3,
        select(&[SetQuantifier::ForAllValues, SetQuantifier::ForAnyValue][..]),
    );
    let base = select(
        &[
            BaseOperator::StringEquals,
            BaseOperator::StringNotEquals,
            BaseOperator::StringLike,
            BaseOperator::Null,
        ][..],
    );
    let one = (quantifier, base, any::<bool>(), select(&KEYS[..]), select(&["x", "y", "true"][..]));
    prop_oneof![3 => Just(Vec::new()), 2 => vec(one, 1..3)].prop_map(|entries| {
        entries.into_iter().fold(
            ConditionBlock::default(),
            |block, (quantifier, base, suffix, key, value)| {
                let if_exists = suffix && base != BaseOperator::Null;
                block.with(Operator { quantifier, base, if_exists }, key, value)
            },
        )
    })
}

/// A statement as documents of a kind hold it, with or without `Principal`.
fn statement(of_the_caller: bool) -> impl Strategy<Value = Statement> {
    let effect = prop_oneof![6 => Just(Effect::Allow), 1 => Just(Effect::Deny)];
    let action = prop_oneof![
        3 => elements(&["*", "*:*", "s3:*", "sqs:SendMessage", "k*", "sts:AssumeRole", "lambda:?nvoke*"])
            .prop_map(ActionElement::Action),
        1 => elements(&["s3:*", "sqs:*"]).prop_map(ActionElement::NotAction),
    ];
    let patterns = elements(&["*", "*", "arn:aws:s3:::acme/*", "arn:aws:sqs", "arn:aws:*:jobs"]);
    let resource = prop_oneof![
        4 => patterns.prop_map(|p| Some(ResourceElement::Resource(p))),
        1 => elements(&["arn:aws:s3:::acme/a", "arn:aws:sqs*"]).prop_map(|p| Some(ResourceElement::NotResource(p))),
        1 => Just(None),
    ];
    let principal = prop_oneof![
        5 => principals().prop_map(|p| Some(PrincipalElement::Principal(p))),
        1 => principals().prop_map(|p| Some(PrincipalElement::NotPrincipal(p))),
        1 => Just(None),
    ];
    (effect, principal, action, resource, conditions()).prop_map(
        move |(effect, principal, action, resource, condition)| Statement {
            sid: None,
            effect,
            principal: principal.filter(|_| !of_the_caller),
            action,
            resource,
            condition,
        },
    )
}

fn document(of_the_caller: bool) -> impl Strategy<Value = PolicyDocument> {
    vec(statement(of_the_caller), 1..5).prop_map(PolicyDocument::new)
}

fn documents(of_the_caller: bool) -> impl Strategy<Value = Vec<PolicyDocument>> {
    vec(document(of_the_caller), 0..4)
}

fn policies() -> impl Strategy<Value = Policies> {
    (
        documents(true),
        option::weighted(0.4, documents(true)),
        option::weighted(0.4, documents(true)),
        prop_oneof![vec(documents(true), 0..1), vec(documents(true), 1..3)],
        option::weighted(0.7, document(false)),
        option::weighted(0.2, document(false)),
        prop_oneof![vec(documents(false), 0..1), vec(documents(false), 1..3)],
        option::weighted(0.2, documents(false)),
    )
        .prop_map(|(identity, boundary, session, scp, resource, trust, rcp, endpoint)| {
            let mut policies = Policies::identity(identity);
            policies.boundary = boundary;
            policies.session = session;
            policies.scp = scp;
            policies.resource = resource;
            policies.trust = trust;
            policies.rcp = rcp;
            policies.endpoint = endpoint;
            policies
        })
}

fn request() -> impl Strategy<Value = Request> {
    let account = select(&["111122223333", "444455556666"][..]);
    let context = (option::weighted(0.3, account), vec(select(&["x", "y"][..]), 0..3));
    (select(&CALLERS[..]), select(&ACTIONS[..]), select(&RESOURCES[..]), context).prop_map(
        |(principal, action, resource, (account, values))| {
            let mut context = Context::default();
            if let Some(account) = account {
                context = context.with("aws:ResourceAccount", account);
            }
            for value in values {
                context = context.with("acme:k", value);
            }
            Request {
                principal: principal.parse::<Principal>().unwrap(),
                action: action.parse().unwrap(),
                resource: resource.to_owned(),
                context,
            }
        },
    )
}

/// Every document of the policies that can take another statement, in a fixed order.
fn each(policies: &mut Policies) -> Vec<(PolicyKind, &mut PolicyDocument)> {
    fn all<'p>(
        kind: PolicyKind,
        documents: impl IntoIterator<Item = &'p mut PolicyDocument>,
    ) -> impl Iterator<Item = (PolicyKind, &'p mut PolicyDocument)> {
        documents.into_iter().map(move |document| (kind, document))
    }
    all(PolicyKind::Identity, &mut policies.identity)
        .chain(all(PolicyKind::Boundary, policies.boundary.iter_mut().flatten()))
        .chain(all(PolicyKind::Session, policies.session.iter_mut().flatten()))
        .chain(all(PolicyKind::Scp, policies.scp.iter_mut().flatten()))
        .chain(all(PolicyKind::Resource, &mut policies.resource))
        .chain(all(PolicyKind::Trust, &mut policies.trust))
        .chain(all(PolicyKind::Rcp, policies.rcp.iter_mut().flatten()))
        .chain(all(PolicyKind::Endpoint, policies.endpoint.iter_mut().flatten()))
        .collect()
}

/// The lists of documents of the kinds that have lists.
fn lists(policies: &mut Policies) -> Vec<&mut Vec<PolicyDocument>> {
    let mut out = vec![&mut policies.identity];
    out.extend(&mut policies.boundary);
    out.extend(&mut policies.session);
    out.extend(&mut policies.scp);
    out.extend(&mut policies.rcp);
    out.extend(&mut policies.endpoint);
    out
}

fn is_of_the_caller(kind: PolicyKind) -> bool {
    matches!(
        kind,
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session | PolicyKind::Scp
    )
}

/// The policies with a statement more in one of their documents; the same when they have none.
fn with(policies: &Policies, place: usize, mut statement: Statement, effect: Effect) -> Policies {
    let mut out = policies.clone();
    let mut documents = each(&mut out);
    let count = documents.len();
    if count > 0 {
        let (kind, document) = &mut documents[place % count];
        statement.effect = effect;
        statement.principal = statement.principal.filter(|_| !is_of_the_caller(*kind));
        let at = place % (document.statements.len() + 1);
        document.statements.insert(at, statement);
    }
    out
}

/// The statement at a place.
fn at<'p>(policies: &'p Policies, place: &StatementRef) -> &'p Statement {
    let documents: &[PolicyDocument] = match place.kind {
        PolicyKind::Identity => &policies.identity,
        PolicyKind::Boundary => policies.boundary.as_deref().unwrap(),
        PolicyKind::Session => policies.session.as_deref().unwrap(),
        PolicyKind::Scp => &policies.scp[place.level],
        PolicyKind::Resource => policies.resource.as_slice(),
        PolicyKind::Trust => policies.trust.as_slice(),
        PolicyKind::Rcp => &policies.rcp[place.level],
        PolicyKind::Endpoint => policies.endpoint.as_deref().unwrap(),
    };
    &documents[place.document].statements[place.index]
}

fn effect(request: &Request, policies: &Policies) -> DecisionEffect {
    decide(request, policies).effect
}

fn allowed(request: &Request, policies: &Policies) -> bool {
    decide(request, policies).is_allowed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn adding_a_deny_never_allows_more(
        policies in policies(), request in request(), place in any::<usize>(), deny in statement(false)
    ) {
        let more = with(&policies, place, deny, Effect::Deny);
        let (before, after) = (effect(&request, &policies), effect(&request, &more));
        prop_assert!(after == before || after == DecisionEffect::ExplicitlyDenied);
    }

    #[test]
    fn adding_an_allow_never_refuses_more(
        policies in policies(), request in request(), place in any::<usize>(), allow in statement(false)
    ) {
        let more = with(&policies, place, allow, Effect::Allow);
        let (before, after) = (effect(&request, &policies), effect(&request, &more));
        prop_assert!(after == before || after == DecisionEffect::Allowed);
        if before == DecisionEffect::ExplicitlyDenied {
            prop_assert_eq!(after, before);
        }
    }

    #[test]
    fn the_order_of_statements_and_documents_never_matters(
        policies in policies(), request in request(), turn in 0_usize..4
    ) {
        let mut moved = policies.clone();
        for (_, document) in each(&mut moved) {
            let by = turn.min(document.statements.len());
            document.statements.rotate_left(by);
            document.statements.reverse();
        }
        for list in lists(&mut moved) {
            list.reverse();
        }
        moved.rcp.reverse();
        moved.scp.reverse();
        prop_assert_eq!(effect(&request, &policies), effect(&request, &moved));
    }

    #[test]
    fn dividing_a_document_never_matters(
        policies in policies(), request in request(), cut in 0_usize..4
    ) {
        let mut divided = policies.clone();
        for list in lists(&mut divided) {
            let halves = list.iter().flat_map(|document| {
                let (head, tail) = document.statements.split_at(cut.min(document.statements.len()));
                [head, tail].map(|half| PolicyDocument { statements: half.to_vec(), ..document.clone() })
            });
            *list = halves.collect();
        }
        prop_assert_eq!(effect(&request, &policies), effect(&request, &divided));
    }

    #[test]
    fn doubling_statements_and_documents_never_matters(policies in policies(), request in request()) {
        let mut doubled = policies.clone();
        for (_, document) in each(&mut doubled) {
            document.statements.extend(document.statements.clone());
        }
        for list in lists(&mut doubled) {
            list.extend(list.clone());
        }
        doubled.scp.extend(doubled.scp.clone());
        doubled.rcp.extend(doubled.rcp.clone());
        prop_assert_eq!(effect(&request, &policies), effect(&request, &doubled));
    }

    #[test]
    fn what_limits_never_allows_what_was_not_allowed_without_it(
        policies in policies(), request in request()
    ) {
        if allowed(&request, &policies) {
            let mut without = policies.clone();
            without.boundary = None;
            prop_assert!(allowed(&request, &without), "boundary");
            // A federated user needs session policies to do anything by itself.
            let federated = request.principal.to_string().contains(":federated-user/");
            if !federated {
                without.session = None;
            }
            prop_assert!(allowed(&request, &without), "session");
            without.scp.clear();
            prop_assert!(allowed(&request, &without), "scp");
            without.rcp.clear();
            prop_assert!(allowed(&request, &without), "rcp");
            without.endpoint = None;
            prop_assert!(allowed(&request, &without), "endpoint");
        }
    }

    #[test]
    fn without_identity_and_resource_policies_only_the_root_user_may_do_anything(
        mut policies in policies(), request in request()
    ) {
        policies.identity.clear();
        policies.resource = None;
        policies.trust = None;
        let root = request.principal.to_string().ends_with(":root");
        prop_assert!(root || !allowed(&request, &policies));
    }

    #[test]
    fn the_statements_of_a_decision_are_of_its_effect(policies in policies(), request in request()) {
        let Decision { effect, statements } = decide(&request, &policies);
        prop_assert!(statements.is_sorted());
        for place in &statements {
            let wanted = match effect {
                DecisionEffect::Allowed => Effect::Allow,
                _ => Effect::Deny,
            };
            prop_assert_eq!(at(&policies, place).effect, wanted);
        }
        // The root user needs no statement.
        let root = request.principal.to_string().ends_with(":root");
        prop_assert!(root || statements.is_empty() == (effect == DecisionEffect::ImplicitlyDenied));
    }

    #[test]
    fn the_statements_of_a_deny_suffice_for_it(policies in policies(), request in request()) {
        let decision = decide(&request, &policies);
        if decision.effect == DecisionEffect::ExplicitlyDenied {
            let mut without = policies.clone();
            for place in decision.statements.iter().rev() {
                let gone = at(&policies, place).clone();
                for (kind, document) in each(&mut without) {
                    if kind == place.kind {
                        document.statements.retain(|statement| *statement != gone);
                    }
                }
            }
            prop_assert_ne!(effect(&request, &without), DecisionEffect::ExplicitlyDenied);
        }
    }

    #[test]
    fn in_another_account_the_callers_own_side_must_allow(policies in policies(), request in request()) {
        let owner = request.context.values(&policy_core::iam::ConditionKey::new("aws:ResourceAccount"));
        if let (Some(caller), [owner]) = (request.principal.account(), owner)
            && caller.as_str() != owner
            && allowed(&request, &policies)
        {
            prop_assert!(principal_side(&request, &policies));
            prop_assert!(policies.resource.is_some() || policies.trust.is_some());
        }
    }

    #[test]
    fn a_key_or_role_that_does_not_allow_refuses_everyone(mut policies in policies(), request in request()) {
        policies.resource = None;
        policies.trust = None;
        let (action, resource) = (request.action.as_str(), request.resource.as_str());
        let must_allow = action.starts_with("kms:") && resource.contains(":key/")
            || action.starts_with("sts:") && resource.contains(":role/");
        prop_assert!(!must_allow || !allowed(&request, &policies));
    }
}
