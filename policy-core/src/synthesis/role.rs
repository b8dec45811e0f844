//! Grants of one or several functions → the documents of their role.

use crate::catalog::Catalog;
use crate::finding::Finding;
use crate::graph::{AccessGraph, GrantClass};
use crate::policy::{PolicyDocument, Statement};

use super::entries::{self, EvidenceEntry};
use super::error::SynthesisError;
use super::grants::{self, Atom};
use super::minimize::{self, Bundle};
use super::room::{AttachQuota, RoleDocument};
use super::wildcards::{self, Wildcards};
use super::{Options, refusal, sid, split};

/// The documents of a role.
pub(super) struct Made {
    pub(super) documents: Vec<PolicyDocument>,
    /// Why each grant is there, for each function in the order given.
    pub(super) evidence: Vec<Vec<EvidenceEntry>>,
}

/// The fewest statements that allow what all of these functions need.
pub(super) fn make(
    functions: &[(&AccessGraph, &Options)],
    catalog: &Catalog,
    findings: &mut Vec<Finding>,
) -> Result<Made, SynthesisError> {
    let atoms: Vec<Vec<Atom>> =
        functions.iter().map(|(graph, options)| grants::atoms(graph, options, findings)).collect();
    let all: Vec<Atom> = atoms.iter().flatten().cloned().collect();
    let graphs: Vec<&AccessGraph> = functions.iter().map(|(graph, _)| *graph).collect();
    let is_exact = functions.iter().all(|(_, options)| options.wildcards == Wildcards::Exact);
    let wildcards = if is_exact { Wildcards::Exact } else { Wildcards::Never };
    let named = |bundles: Vec<Bundle>| {
        let bundles: Vec<(Bundle, bool)> = bundles
            .into_iter()
            .map(|bundle| {
                let mut of_each = graphs.iter().zip(&atoms);
                let platform = of_each.all(|(graph, atoms)| is_platform(graph, atoms, &bundle));
                (bundle, platform)
            })
            .collect();
        let spelled = |text: &str| {
            let settings = graphs.iter().map(|graph| graph.settings());
            settings.fold(text.to_owned(), |text, settings| settings.spelled(&text))
        };
        let names = sid::names(&bundles, catalog, &spelled);
        let mut named: Vec<(String, Bundle)> =
            names.into_iter().zip(bundles).map(|(sid, (bundle, _))| (sid, bundle)).collect();
        named.sort();
        named
    };
    let refused = refusal::statements(&graphs, findings);
    let mut written = |named: &[(String, Bundle)]| {
        let allowed = named.iter().map(|(sid, bundle)| Statement {
            sid: Some(sid.clone()),
            condition: bundle.condition.clone(),
            ..Statement::allow(
                wildcards::written(bundle, wildcards, catalog, findings),
                bundle.resources.clone(),
            )
        });
        let mut written: Vec<Statement> = allowed.chain(refused.clone()).collect();
        written.sort_by(|a, b| a.sid.cmp(&b.sid));
        written
    };
    let room = room(functions);
    let bundles = minimize::minimize(&all);
    let mut statements = named(bundles.clone());
    let whole = written(&statements);
    let mut documents = vec![PolicyDocument::new(whole.clone())];
    if split::is_over_inline(&whole) {
        let mut divisions = split::DIVISIONS.into_iter();
        let mut tried = Vec::new();
        documents = loop {
            let Some(division) = divisions.next() else {
                return Err(split::over(&whole, &tried, room).into());
            };
            statements = named(split::divided(bundles.clone(), division));
            let divided = written(&statements);
            if let Some(documents) = split::placed(&divided, room.free()) {
                break documents;
            }
            tried.push(divided);
        };
    }
    let of_each = graphs.iter().zip(&atoms);
    let mut evidence: Vec<Vec<EvidenceEntry>> =
        of_each.map(|(graph, atoms)| entries::entries(graph, atoms, &statements)).collect();
    if documents.len() > 1 {
        evidence
            .iter_mut()
            .flatten()
            .for_each(|entry| entry.document = document_of(entry, &documents));
    }
    Ok(Made { documents, evidence })
}

/// What the role of these functions has room for: of what is said of each, the least.
pub(super) fn room(functions: &[(&AccessGraph, &Options)]) -> AttachQuota {
    let rooms = functions.iter().map(|(_, options)| options.attach);
    rooms.min_by_key(|room| room.free()).unwrap_or_default()
}

/// The document that has an entry's statement.
fn document_of(entry: &EvidenceEntry, documents: &[PolicyDocument]) -> Option<RoleDocument> {
    let sid = Some(entry.sid.as_str());
    let has =
        |document: &PolicyDocument| document.statements.iter().any(|it| it.sid.as_deref() == sid);
    documents.iter().position(has).map(RoleDocument::at)
}

/// Whether everything behind a statement is Lambda's own need.
fn is_platform(graph: &AccessGraph, atoms: &[Atom], bundle: &Bundle) -> bool {
    let mut behind = atoms.iter().filter(|atom| {
        bundle.actions.contains(&atom.action)
            && bundle.resources.contains(&atom.resource.to_string())
    });
    behind.all(|atom| {
        atom.grants.iter().all(|&id| {
            graph.grant(id).is_some_and(|grant| {
                matches!(grant.class, GrantClass::PlatformNamed | GrantClass::PlatformUnnamed)
            })
        })
    })
}
