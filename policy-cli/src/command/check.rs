//! `check`: what is wrong with policies by themselves, or whether they grant what they must not.

use std::path::Path;

use policy_core::catalog::Catalog;
use policy_core::evidence::assign::RoleSelector;
use policy_core::finding::{Code, Finding, Severity};
use policy_core::iam::{ActionName, Pattern};
use policy_core::lint::{self, DocumentKind};
use policy_core::policy::PolicyDocument;
use policy_core::semantics::{Difference, Ineffective, Policies, Unknown, grants_any};

use super::Outcome;
use super::blocked;
use super::review::{Reported, spotted, subjects};
use crate::args::{CheckArgs, Format};
use crate::failure::Failure;
use crate::input;
use crate::input::kind;
use crate::input::limits::{self, Limits};
use crate::input::policy::{self, FolderPart, NamedDocument, PolicySource};
use crate::output::exit::Exit;
use crate::output::{self, Detail};

/// The answer of one run.
#[derive(Debug, Clone)]
pub struct Report {
    /// The documents, those that count together in one group.
    pub groups: Vec<Group>,
    /// The limits on who holds the identity policies.
    pub limits: Limits,
    /// What is odd about the documents.
    pub findings: Vec<Reported>,
    /// What the limits block of the identity policies, which are the first group.
    pub ineffective: Vec<Ineffective>,
    /// The answer about `--not-granted`, when that was asked.
    pub asked: Option<Asked>,
}

/// Documents of one kind that count together.
#[derive(Debug, Clone)]
pub struct Group {
    /// What they are about.
    pub kind: DocumentKind,
    /// The documents.
    pub documents: Vec<NamedDocument>,
}

/// Whether something is granted.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The actions, as asked for.
    pub actions: Vec<String>,
    /// The resources, as asked for; empty for any.
    pub resources: Vec<String>,
    /// What is granted: the number of the asked action, of the group, and a request.
    pub granted: Vec<(usize, usize, Difference)>,
    /// What could not be decided, which counts as granted.
    pub unknown: Vec<(usize, usize, Unknown)>,
}

/// Runs `check`.
///
/// # Errors
/// [`Failure`] when a policy cannot be read, or the question is none.
pub fn run(args: &CheckArgs, detail: Detail) -> Result<Outcome, Failure> {
    input::stdin_once(args.paths.iter().chain(args.limits.paths()))?;
    let asked = question(args)?;
    let (groups, limits) = match (read(args), limits::read(&args.limits)) {
        (Ok(groups), Ok(limits)) => (groups, limits),
        (groups, limits) => {
            return Err(Failure::all(groups.err().into_iter().chain(limits.err()).collect()));
        }
    };
    let (groups, odd) = groups;
    if !limits.is_empty() && !groups.iter().any(|group| group.kind == DocumentKind::Identity) {
        return Err(limits::not_of_resources());
    }
    let odd = odd.into_iter().chain(limits.findings.clone());
    let findings = odd.map(|finding| Reported { finding, statement: None }).collect();
    let mut report = Report { groups, limits, findings, ineffective: Vec::new(), asked: None };
    match asked {
        Some((asked, unknown)) => {
            report.findings.extend(unknown);
            report.asked = Some(answer(asked, &report));
        }
        None => look(&mut report),
    }
    let is_no = report.findings.iter().any(|it| it.finding.severity == Severity::Error)
        || report.asked.as_ref().is_some_and(|it| !it.granted.is_empty() || !it.unknown.is_empty());
    let data = match args.format {
        Format::Human => output::check::human(&report, detail),
        Format::Json => output::check::json(&report),
    };
    let findings = report.findings.into_iter().map(|reported| reported.finding).collect();
    Ok(Outcome { data, findings, exit: if is_no { Exit::No } else { Exit::Done } })
}

/// Asks the rules of every group.
fn look(report: &mut Report) {
    for group in &report.groups {
        let found = lint::documents(&subjects(&group.documents), Catalog::embedded());
        report.findings.extend(found.into_iter().map(|it| spotted(it, &group.documents)));
        if group.kind == DocumentKind::Identity {
            let blocked = blocked::within(&group.documents, &report.limits);
            report.findings.extend(blocked.findings);
            report.ineffective = blocked.grants;
        }
    }
}

/// What is asked with `--not-granted`, with what is odd about it.
fn question(args: &CheckArgs) -> Result<Option<(Asked, Vec<Reported>)>, Failure> {
    if args.not_granted.is_empty() {
        return Ok(None);
    }
    let mut failures = Vec::new();
    let mut unknown = Vec::new();
    for action in &args.not_granted {
        let named = action == "*"
            || action.split_once(':').is_some_and(|(service, name)| {
                !service.is_empty() && !name.is_empty() && !action.contains(char::is_whitespace)
            });
        if !named {
            let failure = Failure::input(format!("`{action}` is not an action"));
            failures.push(failure.help("write `service:Name`, such as `iam:*` or `s3:PutObject`"));
        } else if let Some(finding) = matches_nothing(action) {
            unknown.push(Reported { finding, statement: None });
        }
    }
    for resource in &args.resources {
        if resource != "*" && !resource.starts_with("arn:") {
            let failure = Failure::input(format!("`{resource}` is not an ARN"));
            failures
                .push(failure.help("write an ARN, such as `arn:aws:s3:::acme-receipts/*`, or `*`"));
        }
    }
    if !failures.is_empty() {
        return Err(Failure::all(failures));
    }
    let asked = Asked {
        actions: args.not_granted.clone(),
        resources: args.resources.clone(),
        granted: Vec::new(),
        unknown: Vec::new(),
    };
    Ok(Some((asked, unknown)))
}

/// A finding when no action is known that a pattern matches: a question that is misspelt is always
/// answered with "not granted".
fn matches_nothing(action: &str) -> Option<Finding> {
    let catalog = Catalog::embedded();
    let pattern = Pattern::parse(&action.to_ascii_lowercase(), false);
    let known = match action.parse::<ActionName>() {
        Ok(name) if !action.contains(['*', '?']) => catalog.action(&name).is_some(),
        _ => catalog
            .actions()
            .any(|known| pattern.matches(&known.name().as_str().to_ascii_lowercase())),
    };
    if known {
        return None;
    }
    let finding = Finding::new(Code::ActionUnknown, format!("no known action is `{action}`"));
    let near =
        action.split_once(':').and_then(|(service, name)| catalog.nearest_action(service, name));
    Some(match near {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("correct the name; `policy-cli catalog ACTION` says what is known"),
    })
}

/// Asks every group about every action.
fn answer(mut asked: Asked, report: &Report) -> Asked {
    for (number, action) in asked.actions.iter().enumerate() {
        for (group, documents) in report.groups.iter().enumerate() {
            let policies = policies(documents, &report.limits);
            let asks = std::slice::from_ref(action);
            let found = grants_any(&policies, asks, &asked.resources, Catalog::embedded());
            asked.granted.extend(found.found.into_iter().map(|it| (number, group, it)));
            let unknown = found.unknown.into_iter();
            let unknown = unknown.filter(|it| may_concern(action, it, &documents.documents));
            asked.unknown.extend(unknown.map(|it| (number, group, it)));
        }
    }
    asked
}

/// Whether the statement in doubt could be about the action at all.
fn may_concern(action: &str, unknown: &Unknown, documents: &[NamedDocument]) -> bool {
    let place = &unknown.statement;
    let document = documents.get(place.document).map(|named| &named.document);
    let statement = document.and_then(|document| document.statements.get(place.index));
    statement.is_none_or(|statement| lint::may_be_about(statement, action))
}

fn policies(group: &Group, limits: &Limits) -> Policies {
    let mut documents: Vec<PolicyDocument> =
        group.documents.iter().map(|it| it.document.clone()).collect();
    match (group.kind, documents.pop()) {
        (DocumentKind::Resource, Some(document)) => Policies::resource(document),
        (DocumentKind::Trust, Some(document)) => Policies::trust(document),
        (_, last) => {
            documents.extend(last);
            limits.on(documents)
        }
    }
}

type Groups = (Vec<Group>, Vec<Finding>);

/// The documents: identity policies as one group and first, every other for itself.
fn read(args: &CheckArgs) -> Result<Groups, Failure> {
    let role = args.role.as_deref().map(RoleSelector::parse).transpose();
    let role = role.map_err(|error| Failure::input(format!("`--role`: {error}")))?;
    let (mut all, mut findings, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for path in &args.paths {
        match of_path(path, role.as_ref()) {
            Ok((documents, odd)) => {
                all.extend(documents);
                findings.extend(odd);
            }
            Err(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        return Err(Failure::all(failures));
    }
    let misfits: Vec<Finding> = all.iter().flat_map(kind::unfit).collect();
    if !misfits.is_empty() {
        return Err(Failure::findings(misfits));
    }
    let mut identity = Vec::new();
    let mut groups = Vec::new();
    for named in all {
        match DocumentKind::of(std::slice::from_ref(&named.document)) {
            DocumentKind::Identity => identity.push(named),
            kind => groups.push(Group { kind, documents: vec![named] }),
        }
    }
    if !identity.is_empty() {
        groups.insert(0, Group { kind: DocumentKind::Identity, documents: identity });
    }
    Ok((groups, findings))
}

fn of_path(
    path: &Path,
    role: Option<&RoleSelector>,
) -> Result<(Vec<NamedDocument>, Vec<Finding>), Failure> {
    let read = policy::read_named(path, role)?;
    let documents = match read.source {
        PolicySource::Documents(documents) => documents,
        PolicySource::Trust(document) => vec![document],
        PolicySource::Generated(dir) => of_folder(&dir)?,
    };
    Ok((documents, read.findings))
}

/// Every document in a function's folder.
fn of_folder(dir: &Path) -> Result<Vec<NamedDocument>, Failure> {
    let mut documents = policy::of_folder(dir, FolderPart::ExecutionRole)?;
    if dir.join(output::folder::TRUST_POLICY).is_file() {
        documents.extend(policy::of_folder(dir, FolderPart::Trust)?);
    }
    documents.extend(policy::resource_policies(dir)?);
    Ok(documents)
}
