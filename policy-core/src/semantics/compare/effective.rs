//! Questions about one side: is any of this granted at all, and which grants do limits block?

use super::side::Side;
use super::{Difference, Doubt, Unknown, difference};
use crate::catalog::Catalog;
use crate::iam::ConditionBlock;
use crate::policy::{ActionElement, Effect, PolicyDocument, ResourceElement, Statement};
use crate::semantics::decide::{Policies, PolicyKind, StatementRef};
use crate::semantics::region::{
    Atoms, BUDGET, Budget, Compiled, Parts, Problem, Region, Search, Verdict, classes,
};
use crate::semantics::request::Request;
use std::sync::Arc;

/// What of the asked is granted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Granted {
    /// For each asked action and each statement that grants any of it, one request.
    pub found: Vec<Difference>,
    /// What could not be decided; it may be granted.
    pub unknown: Vec<Unknown>,
}

/// Whether any of these actions is allowed on any of these resources.
///
/// Both are patterns; no resource means any. Identity documents count within boundary, session
/// policy and SCPs, as in [`super::compare_effective`]; without any, the resource policy is asked,
/// else the trust policy.
#[must_use]
pub fn grants_any(
    policies: &Policies,
    actions: &[String],
    resources: &[String],
    catalog: &Catalog,
) -> Granted {
    let side = match (&policies.resource, &policies.trust) {
        (Some(document), _) if policies.identity.is_empty() => {
            Side::of_documents(PolicyKind::Resource, std::slice::from_ref(document))
        }
        (None, Some(document)) if policies.identity.is_empty() => {
            Side::of_documents(PolicyKind::Trust, std::slice::from_ref(document))
        }
        _ => Side::of_policies(policies),
    };
    let mut out = Granted::default();
    if side.allows_nothing() {
        return out;
    }
    let any = ["*".to_owned()];
    let resources = if resources.is_empty() { &any } else { resources };
    let atoms_budget = Budget::new(BUDGET);
    for action in actions {
        let asked = [one(vec![action.clone()], resources.to_vec())];
        let atoms = Atoms::default();
        let asked = Region::documents(PolicyKind::Identity, &asked);
        let region = side.region().intersection(&asked);
        let problem = Problem::new(&region, &atoms);
        let doubt = Doubt::Added;
        let mut shown: Vec<StatementRef> = Vec::new();
        for caller in &classes(&problem) {
            let mut search = Search::new(&problem, &atoms, &atoms_budget, catalog, caller);
            for drive in search.drives_of(0) {
                let Some(statement) = drive.place().cloned() else { continue };
                if shown.contains(&statement) {
                    continue;
                }
                search.run(&drive, &mut |verdict| match verdict {
                    Verdict::Member(request) => {
                        shown.push(statement.clone());
                        out.found.push(difference(request, statement.clone(), caller));
                        true
                    }
                    Verdict::Unknown(reason) => {
                        let statement = statement.clone();
                        out.unknown.push(Unknown { statement, reason, doubt });
                        false
                    }
                });
            }
        }
    }
    let found = &out.found;
    out.unknown.retain(|unknown| !found.iter().any(|f| f.statement == unknown.statement));
    out.unknown.sort();
    out.unknown.dedup();
    out
}

/// What blocks a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blocker {
    /// No `Allow` of the documents of this kind and level matches.
    Layer(PolicyKind, usize),
    /// A `Deny` statement of a limit matches.
    Statement(StatementRef),
}

/// A grant of an identity policy that a boundary, a session policy or an SCP blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ineffective {
    /// The `Allow`.
    pub statement: StatementRef,
    /// The action entry, as written; several for `NotAction`.
    pub actions: Vec<String>,
    /// The resource entry, as written; several for `NotResource`.
    pub resources: Vec<String>,
    /// What blocks the example.
    pub blocked_by: Vec<Blocker>,
    /// Whether only part of it is blocked. Also when it could not be told.
    pub partly: bool,
    /// A request that the entry grants and a limit blocks.
    pub example: Request,
}

/// Which grants limits block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blocked {
    /// One for each action entry and resource entry that is blocked, in the order of the documents.
    pub grants: Vec<Ineffective>,
    /// Statements of which it could not be decided.
    pub unknown: Vec<Unknown>,
}

/// Which grants of the identity policies are blocked by the boundary, the session policy or an SCP.
#[must_use]
pub fn ineffective(policies: &Policies, catalog: &Catalog) -> Blocked {
    let limits = Limits::of(policies);
    let mut out = Blocked::default();
    for (document, policy) in policies.identity.iter().enumerate() {
        for (index, statement) in policy.statements.iter().enumerate() {
            if statement.effect != Effect::Allow {
                continue;
            }
            let sid = statement.sid.clone();
            let place = StatementRef { kind: PolicyKind::Identity, level: 0, document, index, sid };
            for entry in entries(statement) {
                limits.ask(&entry, &place, policy.has_variables(), catalog, &mut out);
            }
        }
    }
    out.unknown.sort();
    out.unknown.dedup();
    out
}

/// What limits the identity policies.
struct Limits<'d> {
    layers: Vec<(PolicyKind, usize, Region<'d>)>,
    denies: Vec<Arc<Compiled<'d>>>,
}

impl<'d> Limits<'d> {
    fn of(policies: &'d Policies) -> Self {
        let parts = Parts::of(policies);
        let layers = parts
            .layers
            .into_iter()
            .skip(1)
            .map(|l| (l.kind, l.level, Region::statements(PolicyKind::Identity, l.allows)))
            .collect();
        let denies =
            parts.denies.into_iter().filter(|d| d.place.kind != PolicyKind::Identity).collect();
        Self { layers, denies }
    }

    fn region(&self) -> Region<'d> {
        let denies = Region::statements(PolicyKind::Identity, self.denies.clone());
        self.layers
            .iter()
            .fold(Region::all(), |all, (_, _, layer)| all.intersection(layer))
            .difference(&denies)
    }

    fn ask(
        &self,
        entry: &Statement,
        place: &StatementRef,
        variables: bool,
        catalog: &Catalog,
        out: &mut Blocked,
    ) {
        let statement = Arc::new(Compiled::new(entry, place.clone(), variables));
        let asked = Region::statements(PolicyKind::Identity, vec![statement]);
        let atoms = Atoms::default();
        let limits = self.region();
        let blocked = match first(&asked.difference(&limits), &atoms, catalog) {
            None => return,
            Some(Err(reason)) => {
                let statement = place.clone();
                out.unknown.push(Unknown { statement, reason, doubt: Doubt::Removed });
                return;
            }
            Some(Ok(request)) => request,
        };
        let partly = first(&asked.intersection(&limits), &atoms, catalog).is_some();
        let layers = self
            .layers
            .iter()
            .filter(|(_, _, layer)| !layer.contains(&blocked))
            .map(|(kind, level, _)| Blocker::Layer(*kind, *level));
        let denies = self
            .denies
            .iter()
            .filter(|deny| deny.matches(&blocked))
            .map(|deny| Blocker::Statement(deny.place.clone()));
        let mut blocked_by: Vec<Blocker> = layers.chain(denies).collect();
        blocked_by.sort();
        out.grants.push(Ineffective {
            statement: place.clone(),
            actions: entry.action.values().to_vec(),
            resources: entry.resource.as_ref().map(|r| r.values().to_vec()).unwrap_or_default(),
            blocked_by,
            partly,
            example: blocked,
        });
    }
}

/// The first member that is found, or why none could be told; `None` when there is none.
fn first<'d>(
    region: &Region<'d>,
    atoms: &Atoms<'d>,
    catalog: &Catalog,
) -> Option<Result<Request, String>> {
    let problem = Problem::new(region, atoms);
    let budget = Budget::new(BUDGET);
    let mut answer: Option<Result<Request, String>> = None;
    for caller in &classes(&problem) {
        let mut search = Search::new(&problem, atoms, &budget, catalog, caller);
        for drive in search.drives() {
            search.run(&drive, &mut |verdict| match verdict {
                Verdict::Member(request) => {
                    answer = Some(Ok(request));
                    true
                }
                Verdict::Unknown(reason) => {
                    answer.get_or_insert(Err(reason));
                    false
                }
            });
            if matches!(answer, Some(Ok(_))) {
                return answer;
            }
        }
    }
    answer
}

/// The statement cut into one action entry and one resource entry each; complements stay whole.
fn entries(statement: &Statement) -> Vec<Statement> {
    let actions: Vec<ActionElement> = match &statement.action {
        ActionElement::Action(values) => {
            values.iter().map(|v| ActionElement::Action(vec![v.clone()])).collect()
        }
        not => vec![not.clone()],
    };
    let resources: Vec<Option<ResourceElement>> = match &statement.resource {
        Some(ResourceElement::Resource(values)) => {
            values.iter().map(|v| Some(ResourceElement::Resource(vec![v.clone()]))).collect()
        }
        other => vec![other.clone()],
    };
    let mut out = Vec::new();
    for action in &actions {
        for resource in &resources {
            out.push(Statement {
                action: action.clone(),
                resource: resource.clone(),
                ..statement.clone()
            });
        }
    }
    out
}

fn one(actions: Vec<String>, resources: Vec<String>) -> PolicyDocument {
    let mut document = PolicyDocument::new(vec![Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: ActionElement::Action(actions),
        resource: Some(ResourceElement::Resource(resources)),
        condition: ConditionBlock::default(),
    }]);
    // What is asked for has no policy variables.
    document.version = None;
    document
}
