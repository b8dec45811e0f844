//! What others must add for the function: fragments of policies that are not the function's own.
//!
//! The owner of a resource in another account must let the role in; a queue or topic must let in what feeds it; a key must let in
//! Lambda or the role; an endpoint must let the code's calls through; who invokes with a role of its own, or as a caller of
//! another account, needs a policy too. Each fragment is a document of its own, read back and proved before it is given.
//! Nothing here changes what the function itself gets.

mod callers;
mod endpoint_names;
mod endpoint_tables;
mod endpoints;
mod owners;
mod proof;
mod services;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::finding::Finding;
use crate::graph::AccessGraph;
use crate::policy::{PolicyDocument, PrincipalElement, PrincipalKind, Principals, Statement};
use crate::semantics::Request;

use super::error::SynthesisError;
use super::{FunctionPolicies, sid};

/// Part of a policy that somebody else has to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// A name that is unique among the function's and fits a file: `queue-policy-jobs`.
    pub name: String,
    /// What kind of policy it goes into.
    pub kind: FragmentKind,
    /// What to attach it to: an ARN, a role or the name of an endpoint's service.
    pub of: String,
    /// Why it is needed, as a sentence without a full stop.
    pub reason: String,
    /// The statements.
    pub document: PolicyDocument,
}

/// What kind of policy a fragment goes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FragmentKind {
    /// The policy of a resource.
    Resource,
    /// The policy of an encryption key.
    Key,
    /// The trust policy of a role that the code assumes.
    Trust,
    /// The policy of a VPC endpoint.
    Endpoint,
    /// The identity policy of who invokes.
    Caller,
}

impl FragmentKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Resource, Self::Key, Self::Trust, Self::Endpoint, Self::Caller];

    /// The word in `fragments.json`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "resource-policy",
            Self::Key => "key-policy",
            Self::Trust => "trust-policy",
            Self::Endpoint => "endpoint-policy",
            Self::Caller => "identity-policy",
        }
    }
}

/// A fragment to be, with the requests that it must and must not allow.
struct Draft {
    fragment: Fragment,
    allowed: Vec<Request>,
    refused: Vec<Request>,
}

/// The fragments of one function, sorted by name; proved.
///
/// # Errors
/// [`SynthesisError::Proof`] when a fragment does not allow what it is for, or more.
pub fn fragments(
    graph: &AccessGraph,
    policies: &FunctionPolicies,
    catalog: &Catalog,
) -> Result<(Vec<Fragment>, Vec<Finding>), SynthesisError> {
    let mut findings = Vec::new();
    let mut drafts = Vec::new();
    owners::add(graph, policies, &mut drafts, &mut findings)?;
    services::add(graph, &mut drafts)?;
    endpoints::add(graph, policies, catalog, &mut drafts, &mut findings)?;
    callers::add(graph, &mut drafts)?;
    for draft in &drafts {
        proof::prove(draft)?;
    }
    let mut fragments: Vec<Fragment> = drafts.into_iter().map(|draft| draft.fragment).collect();
    fragments.sort_by(|a, b| (&a.name, &a.of).cmp(&(&b.name, &b.of)));
    name_apart(&mut fragments);
    findings.sort();
    findings.dedup();
    Ok((fragments, findings))
}

/// Fragments that would share a name are told apart by a digest of what they are for.
fn name_apart(fragments: &mut [Fragment]) {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for fragment in fragments.iter() {
        *uses.entry(fragment.name.to_ascii_lowercase()).or_default() += 1;
    }
    for fragment in fragments {
        if uses[&fragment.name.to_ascii_lowercase()] > 1 {
            let digest = sid::fnv([fragment.kind.as_str(), &fragment.of]);
            fragment.name = format!("{}-{digest}", fragment.name);
        }
    }
}

/// The kind of thing and its name, as the name of a file.
fn file_name(what: &str, name: &str) -> String {
    let mut text = what.to_owned();
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        text.push('-');
        text.push_str(word);
    }
    text.truncate(100);
    text
}

/// Kind and name as a Sid.
fn sid_of(words: &str) -> String {
    let mut sid = String::new();
    for word in words.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut chars = word.chars();
        sid.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        sid.push_str(chars.as_str());
    }
    sid.truncate(64);
    sid
}

/// One principal of AWS.
fn aws(arn: &str) -> PrincipalElement {
    let map = BTreeMap::from([(PrincipalKind::Aws, vec![arn.to_owned()])]);
    PrincipalElement::Principal(Principals::Map(map))
}

/// Statements get Sids that are theirs alone.
fn with_sids(mut statements: Vec<Statement>, words: &str) -> PolicyDocument {
    let several = statements.len() > 1;
    for statement in &mut statements {
        let said = format!("{:?}{:?}", statement.action, statement.condition);
        let digest = if several { sid::fnv([said.as_str()]) } else { String::new() };
        statement.sid = Some(format!("{}{digest}", sid_of(words)));
    }
    statements.sort();
    PolicyDocument::new(statements)
}
