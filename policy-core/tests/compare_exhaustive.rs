//! Comparison held against every request of a small world.
//!
//! What a statement matches is worked out for each request by `decide` once; what documents allow is
//! then a matter of sets. No answer may be contradicted by a request, every witness must separate,
//! and a difference that some request shows must be reported. `COMPARE_PAIRS` makes more pairs and
//! `COMPARE_SEED` other ones. Deliberately not here: texts and values outside the small world.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests that report counts")]

#[path = "support/small_world/mod.rs"]
mod small_world;

use std::collections::BTreeMap;

use policy_core::catalog::Catalog;
use policy_core::iam::ConditionKey;
use policy_core::policy::{ActionElement, Effect, PolicyDocument, ResourceElement};
use policy_core::semantics::{
    Comparison, Difference, Doubt, Policies, PolicyKind, Principal, Region, Relation, Request,
    compare, compare_effective, grants_any, ineffective, principal_side,
};
use small_world::{Bits, Dice, Known, RESOURCES, Vocabulary, documents, effects, matches};

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

fn dice(of: usize) -> Dice {
    Dice::new((number("COMPARE_SEED", 1) * 100 + of) as u64)
}

/// How the answers came out.
#[derive(Default)]
struct Tally {
    pairs: usize,
    relations: BTreeMap<Relation, usize>,
    /// A difference that a request shows and that was called doubtful.
    missed: usize,
    reasons: BTreeMap<String, usize>,
    example: Option<String>,
}

impl Tally {
    fn add(&mut self, answer: &Comparison, missed: bool, example: impl Fn() -> String) {
        self.pairs += 1;
        *self.relations.entry(answer.relation).or_default() += 1;
        self.missed += usize::from(missed);
        if answer.relation == Relation::CannotTell {
            for unknown in &answer.unknown {
                *self.reasons.entry(unknown.reason.clone()).or_default() += 1;
            }
            if number("COMPARE_SHOW", 0) > 0 {
                println!("undecided: {}", example());
            }
            self.example.get_or_insert_with(example);
        }
    }

    /// Prints the counts. At most `permille` of the pairs may be undecided.
    fn print(&self, of: &str, permille: usize) {
        let undecided = self.relations.get(&Relation::CannotTell).copied().unwrap_or(0);
        let (pairs, relations, missed) = (self.pairs, &self.relations, self.missed);
        println!("{of}: {pairs} pairs, {relations:?}, {missed} missed, {:?}", self.reasons);
        assert!(undecided * 1000 <= permille * pairs, "{undecided} of {pairs}: {:?}", self.example);
    }
}

fn texts(documents: &[PolicyDocument]) -> Vec<String> {
    documents.iter().map(policy_core::policy::write::minified).collect()
}

fn request(difference: &Difference) -> Request {
    let other = || "arn:aws:iam::444455556666:role/other".parse::<Principal>().unwrap();
    Request {
        principal: difference.principal.clone().unwrap_or_else(other),
        action: difference.action.clone(),
        resource: difference.resource.clone(),
        context: difference.context.clone(),
    }
}

/// Whether documents allow a request.
type Allows<'a> = &'a dyn Fn(&Request) -> bool;

/// Holds an answer against what every request says; the two sets are what only the new and only
/// the old documents allow. Returns whether a difference that is there was left in doubt.
fn hold(
    answer: &Comparison,
    (added, removed): (&Bits, &Bits),
    allows: (Allows<'_>, Allows<'_>),
    requests: &[Request],
    text: &dyn Fn() -> String,
) -> bool {
    let (old, new) = allows;
    let mut missed = false;
    for (found, there, doubt, has, has_not) in [
        (&answer.added, added, Doubt::Added, new, old),
        (&answer.removed, removed, Doubt::Removed, old, new),
    ] {
        for difference in found {
            let request = request(difference);
            assert!(has(&request) && !has_not(&request), "{request:?}\n{}", text());
        }
        let in_doubt = answer.unknown.iter().any(|u| u.doubt == doubt);
        if let (Some(one), true) = (there.first(), found.is_empty()) {
            assert!(in_doubt, "{doubt:?} {:?}\n{answer:?}\n{}", requests[one], text());
            missed = true;
        }
    }
    let expected = match (answer.added.is_empty(), answer.removed.is_empty()) {
        (true, true) => Relation::Equivalent,
        (false, true) => Relation::Wider,
        (true, false) => Relation::Narrower,
        (false, false) => Relation::Incomparable,
    };
    assert!([expected, Relation::CannotTell].contains(&answer.relation), "{}", text());
    missed
}

/// The requests that are asked about: a key has several values only where some condition compares
/// it with a set operator.
struct Sets {
    single: [Bits; 2],
}

impl Sets {
    const KEYS: [&str; 2] = ["k:v", "k:w"];

    fn new(requests: &[Request]) -> Self {
        let single = Self::KEYS.map(|key| {
            let key = ConditionKey::new(key);
            Bits::of(requests, |request| request.context.values(&key).len() < 2)
        });
        Self { single }
    }

    fn within<'k>(&self, bits: Bits, statements: impl Iterator<Item = &'k Known>) -> Bits {
        let mut are_sets = [false; 2];
        for known in statements {
            for (operator, key, _) in known.statement.condition.iter() {
                for (is_set, name) in are_sets.iter_mut().zip(Self::KEYS) {
                    *is_set |= operator.quantifier.is_some() && *key == ConditionKey::new(name);
                }
            }
        }
        let mut out = bits;
        for (is_set, single) in are_sets.into_iter().zip(&self.single) {
            if !is_set {
                out = out.and(single);
            }
        }
        out
    }
}

fn some(of: &[Known], most: usize, dice: &mut Dice) -> Vec<Known> {
    (0..dice.below(most + 1)).map(|_| dice.one(of).clone()).collect()
}

/// Another policy, or the same with a statement more, less or exchanged, so that many are close.
fn changed(old: &[Known], pool: &[Known], dice: &mut Dice) -> Vec<Known> {
    if dice.chance(30) {
        return some(pool, 4, dice);
    }
    let mut new = old.to_vec();
    for _ in 0..=dice.below(2) {
        if !new.is_empty() && dice.chance(50) {
            new.remove(dice.below(new.len()));
        }
        if dice.chance(60) {
            new.insert(dice.below(new.len() + 1), dice.one(pool).clone());
        }
    }
    new
}

fn pairs_agree(
    kind: PolicyKind,
    vocabulary: Vocabulary,
    run: usize,
    pairs: usize,
    permille: usize,
) {
    let mut dice = dice(run);
    let requests = match kind {
        PolicyKind::Identity => Vocabulary::requests(1, false),
        _ => Vocabulary::requests(usize::MAX, true),
    };
    let pool = vocabulary.pool(kind, 60 + pairs / 400, &requests, &mut dice);
    let mut tally = Tally::default();
    let sets_of = Sets::new(&requests);
    let allowed = |of: &[Known]| {
        let (allows, denies) = effects(of, requests.len());
        allows.less(&denies)
    };
    for _ in 0..pairs {
        let old = some(&pool, 4, &mut dice);
        let new = changed(&old, &pool, &mut dice);
        let (before, after) = (documents(&old), documents(&new));
        let mut all = old.iter().chain(&new).map(|known| &known.statement);
        // Without principals or resources documents are taken for another kind.
        if kind != PolicyKind::Identity && all.next().is_none() {
            continue;
        }
        let within = |bits| sets_of.within(bits, old.iter().chain(&new));
        let (b, a) = (within(allowed(&old)), within(allowed(&new)));
        let text = || format!("{:?}\n{:?}", texts(&before), texts(&after));
        let answer = compare(&before, &after, Catalog::embedded());
        let sets = (a.clone().less(&b), b.less(&a));
        let (was, is) = (Region::documents(kind, &before), Region::documents(kind, &after));
        let allows: (Allows<'_>, Allows<'_>) = (&|r| was.contains(r), &|r| is.contains(r));
        let missed = hold(&answer, (&sets.0, &sets.1), allows, &requests, &text);
        tally.add(&answer, missed, text);
    }
    tally.print(&format!("{kind:?} {vocabulary:?}"), permille);
}

const PLAIN: Vocabulary = Vocabulary { variables: 0, conditions: 40 };
const SOME_VARIABLES: Vocabulary = Vocabulary { variables: 10, conditions: 40 };
const MANY_VARIABLES: Vocabulary = Vocabulary { variables: 50, conditions: 60 };

#[test]
fn identity_documents_without_variables_agree_with_every_request() {
    pairs_agree(PolicyKind::Identity, PLAIN, 1, number("COMPARE_PAIRS", 500), 1);
}

#[test]
fn identity_documents_with_some_variables_agree_with_every_request() {
    pairs_agree(PolicyKind::Identity, SOME_VARIABLES, 2, number("COMPARE_PAIRS", 500), 2);
}

#[test]
fn identity_documents_with_many_variables_agree_with_every_request() {
    pairs_agree(PolicyKind::Identity, MANY_VARIABLES, 3, number("COMPARE_PAIRS", 500), 10);
}

#[test]
fn resource_policies_agree_with_every_request_of_every_caller() {
    pairs_agree(PolicyKind::Resource, SOME_VARIABLES, 4, number("COMPARE_PAIRS", 500), 4);
}

#[test]
fn trust_policies_agree_with_every_request_of_every_caller() {
    pairs_agree(PolicyKind::Trust, PLAIN, 5, number("COMPARE_PAIRS", 500), 1);
}

/// What limits the identity policies, by kind.
#[derive(Clone, Default)]
struct World {
    identity: Vec<Known>,
    boundary: Option<Vec<Known>>,
    session: Option<Vec<Known>>,
    scp: Vec<Vec<Known>>,
}

struct Pools {
    identity: Vec<Known>,
    boundary: Vec<Known>,
    session: Vec<Known>,
    scp: Vec<Known>,
}

impl World {
    fn new(pools: &Pools, dice: &mut Dice) -> Self {
        // A limit that allows nothing settles all; most limits allow something.
        let limit = |pool: &[Known], dice: &mut Dice| {
            let mut of = some(pool, 3, dice);
            if dice.chance(80) {
                of.extend(pool.iter().find(|k| k.statement.effect == Effect::Allow).cloned());
            }
            of
        };
        let boundary = dice.chance(60).then(|| limit(&pools.boundary, dice));
        let session = dice.chance(30).then(|| limit(&pools.session, dice));
        let scp = (0..dice.below(3)).map(|_| limit(&pools.scp, dice)).collect();
        Self { identity: some(&pools.identity, 4, dice), boundary, session, scp }
    }

    fn policies(&self) -> Policies {
        let mut policies = Policies::identity(documents(&self.identity));
        policies.boundary = self.boundary.as_deref().map(documents);
        policies.session = self.session.as_deref().map(documents);
        policies.scp = self.scp.iter().map(|level| documents(level)).collect();
        policies
    }

    fn limiting(&self) -> impl Iterator<Item = &Known> + Clone {
        self.boundary.iter().chain(&self.session).chain(&self.scp).flatten()
    }

    fn statements(&self) -> impl Iterator<Item = &Known> {
        self.identity.iter().chain(self.limiting())
    }

    /// What the limits let through.
    fn limits(&self, count: usize) -> Bits {
        let mut through = Bits::empty(count).complement();
        for layer in self.boundary.iter().chain(&self.session).chain(&self.scp) {
            let (allows, denies) = effects(layer, count);
            through = through.and(&allows).less(&denies);
        }
        through
    }

    fn allowed(&self, count: usize) -> Bits {
        let (allows, denies) = effects(&self.identity, count);
        allows.less(&denies).and(&self.limits(count))
    }
}

fn pools(requests: &[Request], size: usize, dice: &mut Dice) -> Pools {
    let mut of = |kind| SOME_VARIABLES.pool(kind, size, requests, dice);
    Pools {
        identity: of(PolicyKind::Identity),
        boundary: of(PolicyKind::Boundary),
        session: of(PolicyKind::Session),
        scp: of(PolicyKind::Scp),
    }
}

#[test]
fn access_within_limits_agrees_with_every_request() {
    let mut dice = dice(6);
    let pairs = number("COMPARE_PAIRS", 500);
    let requests = Vocabulary::requests(1, false);
    let pools = pools(&requests, 25 + pairs / 1000, &mut dice);
    let sets_of = Sets::new(&requests);
    let mut tally = Tally::default();
    for _ in 0..pairs {
        let old = World::new(&pools, &mut dice);
        let other = World::new(&pools, &mut dice);
        let mut new = old.clone();
        if dice.chance(50) {
            new.identity = changed(&old.identity, &pools.identity, &mut dice);
        }
        if dice.chance(40) {
            new.boundary = other.boundary;
        }
        if dice.chance(20) {
            new.session = other.session;
        }
        if dice.chance(40) {
            new.scp = other.scp;
        }
        let (before, after) = (old.policies(), new.policies());
        let within = |bits| sets_of.within(bits, old.statements().chain(new.statements()));
        let b = within(old.allowed(requests.len()));
        let a = within(new.allowed(requests.len()));
        let text = || format!("{before:?}\n{after:?}");
        let answer = compare_effective(&before, &after, Catalog::embedded());
        let sets = (a.clone().less(&b), b.less(&a));
        let allows: (Allows<'_>, Allows<'_>) =
            (&|r| principal_side(r, &before), &|r| principal_side(r, &after));
        let missed = hold(&answer, (&sets.0, &sets.1), allows, &requests, &text);
        tally.add(&answer, missed, text);
    }
    tally.print("within limits", 20);
}

#[test]
fn what_is_asked_for_is_found_if_some_request_is_allowed() {
    let mut dice = dice(7);
    let questions = number("COMPARE_PAIRS", 300);
    let requests = Vocabulary::requests(1, false);
    let pools = pools(&requests, 25, &mut dice);
    let sets_of = Sets::new(&requests);
    let (mut found, mut doubtful) = (0, 0);
    for _ in 0..questions {
        let world = World::new(&pools, &mut dice);
        let of = dice.one(&pools.identity).statement.clone();
        let actions = of.action.values().to_vec();
        let resources = match dice.chance(30) {
            true => Vec::new(),
            false => vec![(*dice.one(&RESOURCES)).to_owned()],
        };
        let any = || vec!["*".to_owned()];
        let asked = policy_core::policy::Statement {
            effect: Effect::Allow,
            action: ActionElement::Action(actions.clone()),
            resource: Some(ResourceElement::Resource(if resources.is_empty() {
                any()
            } else {
                resources.clone()
            })),
            condition: policy_core::iam::ConditionBlock::default(),
            ..of
        };
        let asked = matches(None, &asked, PolicyKind::Identity, &requests);
        let policies = world.policies();
        let there = world.allowed(requests.len()).and(&asked);
        let there = sets_of.within(there, world.statements());
        let answer = grants_any(&policies, &actions, &resources, Catalog::embedded());
        let text = || format!("{actions:?} {resources:?} {policies:?}\n{answer:?}");
        for difference in &answer.found {
            assert!(principal_side(&request(difference), &policies), "{}", text());
        }
        let reported = !answer.found.is_empty() || !answer.unknown.is_empty();
        if let Some(one) = there.first() {
            assert!(reported, "{:?} {}", requests[one], text());
        }
        found += usize::from(!answer.found.is_empty());
        doubtful += usize::from(answer.found.is_empty() && !answer.unknown.is_empty());
    }
    println!("{questions} questions, {found} found, {doubtful} in doubt");
    assert!(doubtful * 50 <= questions, "{doubtful}");
}

#[test]
fn a_grant_is_blocked_if_some_request_of_its_entry_is() {
    let mut dice = dice(8);
    let worlds = number("COMPARE_PAIRS", 300);
    let requests = Vocabulary::requests(1, false);
    let pools = pools(&requests, 25, &mut dice);
    let sets_of = Sets::new(&requests);
    let mut entries: BTreeMap<(policy_core::policy::Statement, bool), Bits> = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..worlds {
        let world = World::new(&pools, &mut dice);
        let policies = world.policies();
        let limits = world.limits(requests.len());
        let answer = ineffective(&policies, Catalog::embedded());
        for (document, policy) in policies.identity.iter().enumerate() {
            for (index, statement) in policy.statements.iter().enumerate() {
                if statement.effect == Effect::Deny {
                    continue;
                }
                let here = |place: &policy_core::semantics::StatementRef| {
                    (place.document, place.index) == (document, index)
                };
                let in_doubt = answer.unknown.iter().any(|u| here(&u.statement));
                for entry in divided(statement) {
                    let asked =
                        entries.entry((entry.clone(), policy.has_variables())).or_insert_with(
                            || matches(policy.version, &entry, PolicyKind::Identity, &requests),
                        );
                    // The question is about this entry and the limits alone.
                    let own = Known {
                        version: policy.version,
                        statement: entry.clone(),
                        matches: asked.clone(),
                    };
                    let limiting = world.limiting();
                    let within =
                        |bits| sets_of.within(bits, limiting.clone().chain(std::iter::once(&own)));
                    let blocked = within(asked.clone().less(&limits));
                    let through = within(asked.clone().and(&limits));
                    let listed = answer.grants.iter().find(|grant| {
                        here(&grant.statement)
                            && grant.actions == entry.action.values()
                            && Some(grant.resources.as_slice())
                                == entry.resource.as_ref().map(ResourceElement::values)
                    });
                    let text = || format!("{entry:?} {listed:?} {policies:?}");
                    if let Some(one) = blocked.first() {
                        assert!(listed.is_some() || in_doubt, "{:?} {}", requests[one], text());
                    }
                    let Some(grant) = listed else {
                        *counts.entry(if in_doubt { "in doubt" } else { "free" }).or_default() += 1;
                        continue;
                    };
                    if let Some(one) = through.first() {
                        assert!(grant.partly, "{:?} {}", requests[one], text());
                    }
                    let own = PolicyDocument { statements: vec![entry.clone()], ..policy.clone() };
                    let alone = Policies::identity(vec![own.clone()]);
                    let mut limited = policies.clone();
                    limited.identity = vec![own];
                    assert!(principal_side(&grant.example, &alone), "{}", text());
                    assert!(!principal_side(&grant.example, &limited), "{}", text());
                    assert!(!grant.blocked_by.is_empty(), "{}", text());
                    let how = match (grant.partly, through.first()) {
                        (true, None) => "partly, as no request here shows",
                        (true, Some(_)) => "partly",
                        (false, _) => "whole",
                    };
                    *counts.entry(how).or_default() += 1;
                }
            }
        }
    }
    println!("{worlds} worlds: {counts:?}");
}

/// One action entry and one resource entry each; complements stay whole.
fn divided(statement: &policy_core::policy::Statement) -> Vec<policy_core::policy::Statement> {
    let actions = match &statement.action {
        ActionElement::Action(of) => {
            of.iter().map(|v| ActionElement::Action(vec![v.clone()])).collect()
        }
        not => vec![not.clone()],
    };
    let resources = match statement.resource.as_ref().unwrap() {
        ResourceElement::Resource(of) => {
            of.iter().map(|v| ResourceElement::Resource(vec![v.clone()])).collect()
        }
        not => vec![not.clone()],
    };
    let pair = |action: &ActionElement| {
        let action = action.clone();
        resources
            .iter()
            .map(|resource| policy_core::policy::Statement {
                action: action.clone(),
                resource: Some(resource.clone()),
                ..statement.clone()
            })
            .collect::<Vec<_>>()
    };
    actions.iter().flat_map(pair).collect()
}
