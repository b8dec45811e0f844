//! Laws of deciding one request.
//!
//! - Any documents and any request have an answer, whose statements are of the effect it names.
//! - Neither the order of documents and statements, nor writing one twice, nor the case of the action
//!   changes the answer; a document may be split between its statements.
//! - One more `Deny` never allows and changes nothing but to an explicit deny; one more `Allow` never
//!   refuses; one more document that limits never allows.
//! - Documents that were compiled give the same answer, statements and their order included.
//! - What an implicitly denied request is said to lack is what allows it when it is there.
//! - What is allowed without a word of the resource is allowed by the caller's own side.

use arbitrary::{Result, Unstructured};
use policy_core::policy::{self, Effect, PolicyDocument, PrincipalElement, Principals, Statement};
use policy_core::semantics::{
    CompiledPolicies, Decision, DecisionEffect, Policies, PolicyKind, Principal, Request,
    StatementRef, decide, lacking, principal_side,
};

use super::requests;
use super::vocabulary::{self, Attached};

/// Holds the laws against one input: JSON documents with a NUL between them, or bytes that choose
/// policies and requests from the vocabulary.
pub fn check(data: &[u8]) {
    if data.first() == Some(&b'{') {
        let documents = read(data);
        let mut policies = Policies::default();
        let mut documents = documents.into_iter();
        policies.identity.extend(documents.next());
        policies.resource = documents.next();
        policies.boundary = documents.next().map(|document| vec![document]);
        policies.scp = documents.next().map(|document| vec![document]).into_iter().collect();
        policies.trust = documents.next();
        let named = requests::of_documents(policies_of(&policies).into_iter());
        let compiled = CompiledPolicies::new(&policies);
        for request in named.iter().take(64) {
            laws(request, &policies, &compiled, None);
        }
        return;
    }
    let mut u = Unstructured::new(data);
    let _ = chosen(&mut u);
}

/// The documents in a text, those that AWS would refuse left out.
pub fn read(data: &[u8]) -> Vec<PolicyDocument> {
    let text = String::from_utf8_lossy(data);
    let parsed = text.split('\0').filter_map(|text| policy::parse(text, "policy.json").ok());
    parsed.map(|parsed| parsed.document).collect()
}

fn chosen(u: &mut Unstructured<'_>) -> Result<()> {
    let policies = vocabulary::policies(u)?;
    let kind = *u.choose(&PolicyKind::ALL)?;
    let more = vocabulary::statement(u, attached(kind))?;
    let compiled = CompiledPolicies::new(&policies);
    for _ in 0..4 {
        let request = vocabulary::request(u)?;
        laws(&request, &policies, &compiled, Some((kind, &more)));
        if u.is_empty() {
            break;
        }
    }
    Ok(())
}

fn attached(kind: PolicyKind) -> Attached {
    match kind {
        PolicyKind::Trust => Attached::Role,
        PolicyKind::Resource | PolicyKind::Rcp | PolicyKind::Endpoint => Attached::Resource,
        _ => Attached::Caller,
    }
}

fn policies_of(policies: &Policies) -> Vec<&PolicyDocument> {
    let Policies { identity, boundary, session, scp, resource, trust, rcp, endpoint, .. } =
        policies;
    let mut out: Vec<&PolicyDocument> = identity.iter().collect();
    out.extend([boundary, session, endpoint].into_iter().flatten().flatten());
    out.extend(scp.iter().chain(rcp).flatten());
    out.extend(resource.iter().chain(trust));
    out
}

/// Changes each list of documents.
fn each_list(policies: &mut Policies, mut change: impl FnMut(&mut Vec<PolicyDocument>)) {
    change(&mut policies.identity);
    for list in [&mut policies.boundary, &mut policies.session, &mut policies.endpoint] {
        list.iter_mut().for_each(&mut change);
    }
    policies.scp.iter_mut().chain(&mut policies.rcp).for_each(&mut change);
}

/// Changes each document.
fn each_document(policies: &mut Policies, mut change: impl FnMut(&mut PolicyDocument)) {
    each_list(policies, |list| list.iter_mut().for_each(&mut change));
    policies.resource.iter_mut().chain(&mut policies.trust).for_each(&mut change);
}

/// Adds a statement to a document of a kind that is there already; whether there is one.
fn add(policies: &mut Policies, kind: PolicyKind, statement: &Statement) -> bool {
    let document = match kind {
        PolicyKind::Identity => policies.identity.first_mut(),
        PolicyKind::Boundary => policies.boundary.iter_mut().flatten().next(),
        PolicyKind::Session => policies.session.iter_mut().flatten().next(),
        PolicyKind::Scp => policies.scp.iter_mut().flatten().next(),
        PolicyKind::Resource => policies.resource.as_mut(),
        PolicyKind::Trust => policies.trust.as_mut(),
        PolicyKind::Rcp => policies.rcp.iter_mut().flatten().next(),
        PolicyKind::Endpoint => policies.endpoint.iter_mut().flatten().next(),
    };
    let there = document.is_some();
    document.into_iter().for_each(|document| document.statements.push(statement.clone()));
    there
}

fn found<'p>(policies: &'p Policies, place: &StatementRef) -> Option<&'p Statement> {
    let documents = match place.kind {
        PolicyKind::Identity => policies.identity.as_slice(),
        PolicyKind::Boundary => policies.boundary.as_deref()?,
        PolicyKind::Session => policies.session.as_deref()?,
        PolicyKind::Scp => policies.scp.get(place.level)?,
        PolicyKind::Resource => policies.resource.as_slice(),
        PolicyKind::Trust => policies.trust.as_slice(),
        PolicyKind::Rcp => policies.rcp.get(place.level)?,
        PolicyKind::Endpoint => policies.endpoint.as_deref()?,
    };
    documents.get(place.document)?.statements.get(place.index)
}

fn laws(
    request: &Request,
    policies: &Policies,
    compiled: &CompiledPolicies,
    more: Option<(PolicyKind, &Statement)>,
) {
    let before = decide(request, policies);
    its_statements_are_of_its_effect(request, policies, &before);
    assert_eq!(compiled.effect(request), before.effect, "{request:?}\n{policies:?}");
    assert_eq!(compiled.decide(request), before, "{request:?}\n{policies:?}");
    order_and_spelling_mean_nothing(request, policies, &before);
    limits_only_limit(request, policies, &before);
    what_lacks_is_what_allows(request, policies, &before);
    if policies.resource.is_none() && policies.trust.is_none() && before.is_allowed() {
        assert!(principal_side(request, policies), "{request:?}\n{policies:?}");
    }
    let Some((kind, statement)) = more else { return };
    let with = |effect: Effect| {
        let mut policies = policies.clone();
        let statement = Statement { effect, ..statement.clone() };
        add(&mut policies, kind, &statement).then(|| decide(request, &policies).effect)
    };
    if let Some(after) = with(Effect::Deny) {
        assert!(
            after == before.effect || after == DecisionEffect::ExplicitlyDenied,
            "one more Deny made {:?} {after:?}: {statement:?} in {kind:?}\n{request:?}\n{policies:?}",
            before.effect
        );
    }
    if let Some(after) = with(Effect::Allow) {
        assert!(
            after == before.effect || before.effect == DecisionEffect::ImplicitlyDenied,
            "one more Allow made {:?} {after:?}: {statement:?} in {kind:?}\n{request:?}\n{policies:?}",
            before.effect
        );
    }
}

fn its_statements_are_of_its_effect(request: &Request, policies: &Policies, decision: &Decision) {
    let statements = decision.statements.iter().map(|place| {
        found(policies, place).unwrap_or_else(|| panic!("{place:?} is not in {policies:?}"))
    });
    let effects: Vec<Effect> = statements.map(|statement| statement.effect).collect();
    let right = match decision.effect {
        DecisionEffect::Allowed => effects.iter().all(|effect| *effect == Effect::Allow),
        DecisionEffect::ImplicitlyDenied => effects.is_empty(),
        DecisionEffect::ExplicitlyDenied => {
            !effects.is_empty() && effects.iter().all(|effect| *effect == Effect::Deny)
        }
    };
    assert!(right, "{decision:?}\n{request:?}\n{policies:?}");
}

fn order_and_spelling_mean_nothing(request: &Request, policies: &Policies, before: &Decision) {
    let effect = before.effect;
    let mut reversed = policies.clone();
    each_list(&mut reversed, |list| list.reverse());
    each_document(&mut reversed, |document| document.statements.reverse());
    reversed.scp.reverse();
    reversed.rcp.reverse();
    let after = decide(request, &reversed);
    assert_eq!(after.effect, effect, "the order counted: {request:?}\n{policies:?}");
    let named = |policies, decision: &Decision| {
        let mut out: Vec<Option<Statement>> =
            decision.statements.iter().map(|place| found(policies, place).cloned()).collect();
        out.sort();
        out
    };
    assert_eq!(named(policies, before), named(&reversed, &after), "{request:?}\n{policies:?}");

    let mut split = policies.clone();
    each_list(&mut split, |list| {
        *list = list
            .iter()
            .flat_map(|document| {
                document.statements.iter().map(|statement| PolicyDocument {
                    statements: vec![statement.clone(), statement.clone()],
                    ..document.clone()
                })
            })
            .collect();
    });
    let after = decide(request, &split).effect;
    assert_eq!(after, effect, "splitting counted: {request:?}\n{policies:?}");

    if let Ok(action) = request.action.as_str().to_ascii_uppercase().parse() {
        let shouted = Request { action, ..request.clone() };
        let after = decide(&shouted, policies).effect;
        assert_eq!(after, effect, "the case of the action counted: {request:?}\n{policies:?}");
    }
}

fn limits_only_limit(request: &Request, policies: &Policies, before: &Decision) {
    if before.is_allowed() {
        return;
    }
    let limit = policies.identity.clone();
    let mut limited = policies.clone();
    limited.scp.push(limit.clone());
    if policies.boundary.is_none() {
        limited.boundary = Some(limit.clone());
    }
    // To a federated user the session policies give what its identity policies may: without any, it has nothing.
    let federated = matches!(&request.principal, Principal::Iam(arn) if arn.service() == "sts");
    if policies.session.is_none() && !federated {
        limited.session = Some(limit);
    }
    if policies.endpoint.is_none() {
        limited.endpoint = policies.resource.clone().map(|document| vec![document]);
    }
    limited.rcp.extend(policies.resource.clone().map(|document| vec![document]));
    assert!(!decide(request, &limited).is_allowed(), "a limit allowed: {request:?}\n{policies:?}");
}

fn what_lacks_is_what_allows(request: &Request, policies: &Policies, before: &Decision) {
    let lacking = lacking(request, policies);
    let denied = before.effect == DecisionEffect::ImplicitlyDenied;
    assert_eq!(!lacking.is_empty(), denied, "{lacking:?}\n{request:?}\n{policies:?}");
    let mut all = Statement::allow(["*"], ["*"]);
    let of_caller = PolicyDocument::new(vec![all.clone()]);
    all.principal = Some(PrincipalElement::Principal(Principals::Any));
    let of_resource = PolicyDocument::new(vec![all.clone()]);
    let mut given = policies.clone();
    for (kind, level) in &lacking {
        match kind {
            PolicyKind::Identity => given.identity.push(of_caller.clone()),
            PolicyKind::Boundary => given.boundary.get_or_insert_default().push(of_caller.clone()),
            PolicyKind::Session => given.session.get_or_insert_default().push(of_caller.clone()),
            PolicyKind::Scp => given.scp[*level].push(of_caller.clone()),
            PolicyKind::Endpoint => {
                given.endpoint.get_or_insert_default().push(of_resource.clone())
            }
            PolicyKind::Resource => {
                given.resource.get_or_insert_default().statements.push(all.clone())
            }
            PolicyKind::Trust => given.trust.get_or_insert_default().statements.push(all.clone()),
            PolicyKind::Rcp => panic!("nothing is allowed by an RCP"),
        }
    }
    let after = decide(request, &given).effect;
    let right = if denied { DecisionEffect::Allowed } else { before.effect };
    assert_eq!(after, right, "still lacking more than {lacking:?}\n{request:?}\n{policies:?}");
}
