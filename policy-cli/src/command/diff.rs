//! `diff`: what a proposed policy allows that the deployed one does not, and the reverse.

use std::collections::BTreeMap;
use std::path::PathBuf;

use policy_core::catalog::Catalog;
use policy_core::evidence::assign::RoleSelector;
use policy_core::finding::{Finding, Severity};
use policy_core::iam::{Arn, ArnPattern, Pattern};
use policy_core::policy::PolicyDocument;
use policy_core::render;
use policy_core::semantics::{
    Comparison, Difference, Ineffective, Relation, compare, compare_effective,
};
use serde_json::Value;

use super::Outcome;
use super::review::{self, Reported};
use crate::args::{DiffArgs, DiffFormat, FailOn};
use crate::failure::{Failure, shown};
use crate::input;
use crate::input::kind;
use crate::input::limits::{self, Limits};
use crate::input::policy::{self, FolderPart, NamedDocument, PolicySource, ReadPolicies};
use crate::output::exit::Exit;
use crate::output::{self, Detail};

/// The answer of one run.
#[derive(Debug, Clone)]
pub struct Report {
    /// The deployed documents.
    pub deployed: Vec<NamedDocument>,
    /// The proposed documents.
    pub proposed: Vec<NamedDocument>,
    /// What they allow.
    pub comparison: Comparison,
    /// Why the proposed statements are there, by Sid, where that is known.
    pub evidence: BTreeMap<String, Vec<Value>>,
    /// The unified diff of the canonical JSON.
    pub text: String,
    /// What is odd about the documents.
    pub findings: Vec<Reported>,
    /// The limits within which both sides are compared.
    pub limits: Limits,
    /// What the limits block of the proposed grants.
    pub ineffective: Vec<Ineffective>,
}

impl Report {
    /// The entries of the evidence that are behind a difference of the proposed side.
    #[must_use]
    pub fn why(&self, difference: &Difference) -> Vec<&Value> {
        let Some(sid) = &difference.statement.sid else { return Vec::new() };
        let entries = self.evidence.get(sid).map(Vec::as_slice).unwrap_or_default();
        let text = |entry: &Value, name: &str| {
            entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let exact: Vec<&Value> = entries
            .iter()
            .filter(|entry| {
                let action = Pattern::parse(&text(entry, "action").to_ascii_lowercase(), false);
                let resource = ArnPattern::new(Pattern::parse(&text(entry, "resource"), true));
                action.matches(&difference.action.as_str().to_ascii_lowercase())
                    && resource.matches(&difference.resource)
            })
            .collect();
        if exact.is_empty() { entries.iter().collect() } else { exact }
    }
}

/// Runs `diff`.
///
/// # Errors
/// [`Failure`] when a policy cannot be read, or the policies are of different kinds.
pub fn run(args: &DiffArgs, detail: Detail) -> Result<Outcome, Failure> {
    let named = args.deployed.iter().chain(&args.proposed).chain(args.limits.paths());
    input::stdin_once(named)?;
    let role = args
        .role
        .as_deref()
        .map(RoleSelector::parse)
        .transpose()
        .map_err(|error| Failure::input(format!("`--role`: {error}")))?;
    let deployed = read(&args.deployed, role.as_ref());
    let proposed = read(&args.proposed, role.as_ref());
    let limits = limits::read(&args.limits);
    let (deployed, proposed, mut limits) = match (deployed, proposed, limits) {
        (Ok(deployed), Ok(proposed), Ok(limits)) => (deployed, proposed, limits),
        (deployed, proposed, limits) => {
            let failures = deployed.err().into_iter().chain(proposed.err()).chain(limits.err());
            return Err(Failure::all(failures.collect()));
        }
    };
    let part = part(&deployed).max(part(&proposed));
    if part != FolderPart::ExecutionRole && !limits.is_empty() {
        return Err(limits::not_of_resources());
    }
    let qualifier = qualifier(&deployed).or_else(|| qualifier(&proposed)).unwrap_or_default();
    let (deployed, odd, _) = documents(deployed, part, &qualifier)?;
    let (proposed, more, evidence) = documents(proposed, part, &qualifier)?;
    kind::same(deployed.iter().chain(&proposed))?;
    let odd = odd.into_iter().chain(more).chain(std::mem::take(&mut limits.findings));
    let mut findings: Vec<Reported> =
        odd.map(|finding| Reported { finding, statement: None }).collect();
    findings.extend(review::of_change(&deployed, &proposed));
    let blocked = review::of_limits(&deployed, &proposed, &limits);
    findings.extend(blocked.findings);
    let old: Vec<PolicyDocument> = deployed.iter().map(|it| it.document.clone()).collect();
    let new: Vec<PolicyDocument> = proposed.iter().map(|it| it.document.clone()).collect();
    let comparison = if limits.is_empty() {
        compare(&old, &new, Catalog::embedded())
    } else {
        let (old, new) = (limits.on(old.clone()), limits.on(new.clone()));
        compare_effective(&old, &new, Catalog::embedded())
    };
    let text = render::diff::unified(
        &canonical(&old),
        &canonical(&new),
        &names(&args.deployed),
        &names(&args.proposed),
    );
    let exit = exit(args.fail_on, comparison.relation, &findings);
    let ineffective = blocked.grants;
    let report =
        Report { deployed, proposed, comparison, evidence, text, findings, limits, ineffective };
    let data = match args.format {
        DiffFormat::Human => output::diff::human(&report, detail),
        DiffFormat::Json => output::diff::json(&report),
        DiffFormat::Markdown => output::diff::markdown(&report),
    };
    let findings = report.findings.into_iter().map(|reported| reported.finding).collect();
    Ok(Outcome { data, findings, exit })
}

/// The version or alias that the documents of a function's resource policy are all about; empty for
/// the function itself.
fn qualifier(read: &[ReadPolicies]) -> Option<String> {
    let mut found: Vec<String> = read
        .iter()
        .filter_map(|read| match &read.source {
            PolicySource::Documents(documents) => Some(documents),
            PolicySource::Trust(_) | PolicySource::Generated(_) => None,
        })
        .flatten()
        .flat_map(|it| &it.document.statements)
        .filter(|statement| statement.principal.is_some())
        .filter_map(|statement| statement.resource.as_ref())
        .flat_map(|resource| resource.values())
        .filter_map(|value| {
            let arn = value.parse::<Arn>().ok()?;
            let function = arn.resource().strip_prefix("function:")?;
            Some(function.split_once(':').map_or("", |(_, qualifier)| qualifier).to_owned())
        })
        .collect();
    found.sort();
    found.dedup();
    match <[String; 1]>::try_from(found) {
        Ok([one]) => Some(one),
        Err(_) => None,
    }
}

fn read(paths: &[PathBuf], role: Option<&RoleSelector>) -> Result<Vec<ReadPolicies>, Failure> {
    let mut read = Vec::new();
    let mut failures = Vec::new();
    for path in paths {
        match policy::read_named(path, role) {
            Ok(policies) => read.push(policies),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() { Ok(read) } else { Err(Failure::all(failures)) }
}

/// Which part of a function's folder stands against these documents.
fn part(read: &[ReadPolicies]) -> FolderPart {
    let of_document = |document: &PolicyDocument| {
        let principal = document.statements.iter().any(|statement| statement.principal.is_some());
        let resource = document.statements.iter().any(|statement| statement.resource.is_some());
        match (principal, resource) {
            (true, true) => FolderPart::ResourcePolicy,
            (true, false) => FolderPart::Trust,
            (false, _) => FolderPart::ExecutionRole,
        }
    };
    read.iter()
        .flat_map(|read| match &read.source {
            PolicySource::Documents(documents) => {
                documents.iter().map(|it| of_document(&it.document)).collect()
            }
            PolicySource::Trust(_) => vec![FolderPart::Trust],
            PolicySource::Generated(_) => vec![],
        })
        .max()
        .unwrap_or(FolderPart::ExecutionRole)
}

type Documents = (Vec<NamedDocument>, Vec<Finding>, BTreeMap<String, Vec<Value>>);

fn documents(
    read: Vec<ReadPolicies>,
    part: FolderPart,
    qualifier: &str,
) -> Result<Documents, Failure> {
    let mut documents = Vec::new();
    let mut findings = Vec::new();
    let mut evidence: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for policies in read {
        findings.extend(policies.findings);
        match policies.source {
            PolicySource::Documents(found) => documents.extend(found),
            PolicySource::Trust(found) => documents.push(found),
            PolicySource::Generated(dir) if part == FolderPart::ResourcePolicy => {
                documents.extend(policy::resource_policy(&dir, qualifier)?);
            }
            PolicySource::Generated(dir) => {
                documents.extend(policy::of_folder(&dir, part)?);
                if part == FolderPart::ExecutionRole {
                    for (sid, entries) in policy::evidence(&dir)? {
                        evidence.entry(sid).or_default().extend(entries);
                    }
                }
            }
        }
    }
    Ok((documents, findings, evidence))
}

fn canonical(documents: &[PolicyDocument]) -> String {
    documents.iter().map(policy_core::policy::write::document).collect()
}

fn names(paths: &[PathBuf]) -> String {
    let name = |path: &PathBuf| match input::is_stdin(path) {
        true => input::STDIN.to_owned(),
        false => shown(path),
    };
    paths.iter().map(name).collect::<Vec<_>>().join(" + ")
}

/// The exit code: by the relation, and 1 for a finding at error level, unless nothing is to fail.
fn exit(fail_on: FailOn, relation: Relation, findings: &[Reported]) -> Exit {
    use Relation::{CannotTell, Equivalent, Incomparable, Narrower, Wider};
    let widened = matches!(relation, Wider | Incomparable | CannotTell);
    let narrowed = matches!(relation, Narrower | Incomparable | CannotTell);
    let wrong = findings.iter().any(|it| it.finding.severity == Severity::Error);
    let fails = match fail_on {
        FailOn::Widened => widened || wrong,
        FailOn::Narrowed => narrowed || wrong,
        FailOn::Any => relation != Equivalent || wrong,
        FailOn::Never => false,
    };
    if fails { Exit::No } else { Exit::Done }
}
