//! `scan`: the SDK calls that code can make, and which of them nobody declared.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use policy_core::calls::CallKind;
use policy_core::catalog::Catalog;
use policy_core::evidence::covered::{DeclaredNames, unreachable};
use policy_core::evidence::{
    CallPlace, Declaration, DeclaredAccess, Reachable, ReachableCall, UnknownCalls,
};
use policy_core::finding::{Code, Finding, Place, Severity};

use super::Outcome;
use super::generate::place_of;
use crate::args::{ScanArgs, ScanFormat};
use crate::config::{Config, FILE_NAME};
use crate::failure::{Failure, in_file};
use crate::input::binary::{self, Binary};
use crate::input::source::cfg::Configuration;
use crate::input::source::features::Selection;
use crate::input::trust::{Judged, Reading, Trust};
use crate::input::workspace::Workspace;
use crate::output::exit::Exit;
use crate::output::{self, Detail};

/// What one run found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Every call that the code can make; sorted.
    pub calls: Vec<ReachableCall>,
    /// Those of them that nobody declared.
    pub undeclared: BTreeSet<ReachableCall>,
    /// How calls in source are made.
    pub kinds: BTreeMap<ReachableCall, CallKind>,
    /// The binary targets of the packages whose sources were read, sorted.
    pub targets: BTreeSet<Box<str>>,
    /// Operations that the SDK links for itself.
    pub own: Vec<ReachableCall>,
    /// Why there may be more.
    pub unknown: Vec<UnknownCalls>,
    /// What the user should know besides.
    pub findings: Vec<Finding>,
}

/// Runs `scan`.
///
/// # Errors
/// [`Failure`] when what is named cannot be read.
pub fn run(args: &ScanArgs, detail: Detail) -> Result<Outcome, Failure> {
    let catalog = Catalog::embedded();
    let mut report = Report::default();
    let mut failures = Vec::new();
    let binaries: BTreeSet<&Path> = args.binaries.iter().map(|path| path.as_path()).collect();
    for path in binaries {
        if let Err(failure) = binary(path, args, catalog, &mut report) {
            failures.push(failure);
        }
    }
    source::add(args, catalog, &mut report, &mut failures)?;
    if !failures.is_empty() {
        return Err(Failure::all(failures));
    }
    report.calls.sort();
    report.calls.dedup();
    report.findings.sort();
    report.findings.dedup();
    if args.suggest {
        // What is not declared is what is suggested.
        report.findings.retain(|finding| finding.code != Code::ReachableNotDeclared);
    }
    let is_no = report.findings.iter().any(|finding| finding.severity == Severity::Error);
    let data = match args.format {
        _ if args.suggest => output::suggest::declarations(&report, catalog)?,
        ScanFormat::Human => output::scan::human(&report, catalog, detail),
        ScanFormat::Json => output::scan::json(&report, catalog),
        ScanFormat::Sarif => output::sarif::text(&report.findings),
    };
    Ok(Outcome { data, findings: report.findings, exit: if is_no { Exit::No } else { Exit::Done } })
}

/// Adds what one binary can call, held against its own declarations.
fn binary(
    path: &Path,
    args: &ScanArgs,
    catalog: &Catalog,
    report: &mut Report,
) -> Result<(), Failure> {
    let binary = Binary::open(path)?;
    let declarations = binary.declarations()?;
    let reachable = binary.reachable(catalog)?;
    match declarations {
        Some(declarations) => {
            let judged = ours(path, declarations, args, catalog)?;
            report.findings.extend(judged.findings);
            let declarations = judged.granted;
            let functions = binary::functions(path, &declarations);
            let accesses = accesses(&declarations, &functions);
            judge(&reachable, &accesses, catalog, report);
            for access in accesses {
                report.findings.extend(not_reachable(access, &reachable, &binary.name, catalog));
            }
        }
        None => {
            report.findings.push(binary.undeclared().severity(Severity::Warning));
            judge(&reachable, &[], catalog, report);
        }
    }
    report.findings.extend(unknown(&reachable, Severity::Error));
    report.calls.extend(reachable.calls);
    report.own.extend(reachable.own);
    report.unknown.extend(reachable.unknown);
    Ok(())
}

/// The declarations that count, as for `generate`: inside a workspace those of its members, and what `trust-crates` in
/// `policy.toml` names; a dependency must not hide its calls by declaring them. Outside of any workspace nobody is known.
fn ours(
    path: &Path,
    declarations: Vec<Declaration>,
    args: &ScanArgs,
    catalog: &Catalog,
) -> Result<Judged, Failure> {
    let Some(workspace) = Workspace::enclosing(Path::new("."))? else {
        return Ok(Judged { granted: declarations, findings: Vec::new() });
    };
    let settings = Path::new(FILE_NAME);
    let config = match &args.config {
        Some(path) => Config::read(path)?,
        None if settings.is_file() => Config::read(settings)?,
        None => Config::default(),
    };
    let selection = Selection::asked(&args.features, args.all_features, args.no_default_features);
    let configuration = Configuration::new(args.target.as_deref())?;
    let trust = Trust {
        workspace: Some(&workspace),
        source: &BTreeSet::new(),
        reading: Reading { selection: &selection, configuration: &configuration, catalog },
        trusted: &config.trust_crates,
    };
    Ok(trust.judge_binary(path, declarations))
}

/// What is declared for `functions`; all of it when it cannot be told which they are. A library that names no function
/// declares for whoever claims it.
fn accesses<'a>(
    declarations: &'a [Declaration],
    functions: &[Box<str>],
) -> Vec<&'a DeclaredAccess> {
    let is_ours = |name: &str| functions.is_empty() || functions.iter().any(|it| **it == *name);
    let declarations = declarations.iter().filter(|it| it.function_name().is_none_or(is_ours));
    declarations.flat_map(|declaration| &declaration.accesses).collect()
}

fn judge(
    reachable: &Reachable,
    accesses: &[&DeclaredAccess],
    catalog: &Catalog,
    report: &mut Report,
) {
    let declared = DeclaredNames::of(accesses.iter().copied(), catalog);
    let undeclared: Vec<&ReachableCall> =
        reachable.calls.iter().filter(|call| !declared.cover(call, catalog)).collect();
    let mut by_client: BTreeMap<(Place, &str), BTreeSet<&str>> = BTreeMap::new();
    for call in &undeclared {
        by_client.entry((place(call), &call.client)).or_default().insert(call.name());
    }
    for ((place, client), names) in by_client {
        let names: Vec<&str> = names.into_iter().collect();
        let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let is = if list.len() == 1 { "is" } else { "are" };
        let message =
            format!("{} of `{client}` can be called but {is} not declared", list.join(", "));
        report.findings.push(
            Finding::new(Code::ReachableNotDeclared, message)
                .severity(Severity::Error)
                .at(place)
                .help(format!(
                    "declare it where the client is made: `#[aws({client}({}), on = …)]`, or take the call out",
                    names.join(", ")
                )),
        );
    }
    report.undeclared.extend(undeclared.into_iter().cloned());
}

/// Declared names that no code of the binary calls.
fn not_reachable(
    access: &DeclaredAccess,
    reachable: &Reachable,
    binary: &str,
    catalog: &Catalog,
) -> Option<Finding> {
    let gone = unreachable(access, reachable, catalog);
    let list: Vec<String> = gone.iter().map(|name| format!("`{name}`")).collect();
    let (is, them) = if list.len() == 1 { ("is", "it") } else { ("are", "them") };
    (!list.is_empty()).then(|| {
        Finding::new(
            Code::DeclaredNotReachable,
            format!(
                "{} of `{}` {is} declared, but no code in `{binary}` calls {them}",
                list.join(", "),
                access.origin.item
            ),
        )
        .at(place_of(&access.origin))
        .help("take it out of the declaration, or add the call that it is for")
    })
}

/// That not all calls can be read, with why.
fn unknown(reachable: &Reachable, severity: Severity) -> Vec<Finding> {
    let one = |unknown: &UnknownCalls| {
        let of = match &unknown.client {
            Some(client) => format!("calls of `{client}`"),
            None => "calls".to_owned(),
        };
        Finding::new(Code::CallsUnknown, format!("there may be {of} that cannot be read: {}", unknown.reason))
            .severity(severity)
            .at(Place { file: unknown.place.clone(), ..Place::default() })
            .help("build it with symbols, as `cargo build` does by default, and scan that; declare what it calls")
    };
    reachable.unknown.iter().map(one).collect()
}

/// Where a call was seen.
pub(super) fn place(call: &ReachableCall) -> Place {
    match &call.place {
        CallPlace::Binary { file, .. } => in_file(Path::new(&**file)),
        CallPlace::Source { origin, .. } => place_of(origin),
    }
}
