//! The calls in sources, held against what the sources declare for the binaries that reach them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use policy_core::calls::{Found, MadeClient};
use policy_core::catalog::Catalog;
use policy_core::evidence::assign::Stated;
use policy_core::evidence::covered::DeclaredNames;
use policy_core::evidence::{
    CallPlace, Confidence, Declaration, DeclaredAccess, Reachable, ReachableCall, UnknownCalls,
};
use policy_core::finding::{Code, Finding, Place, Severity};

use super::{Report, accesses, judge, place};
use crate::args::ScanArgs;
use crate::command::generate::{place_of, stated};
use crate::command::parameters::Asked;
use crate::command::variables::{Values, functions};
use crate::config::{Config, FILE_NAME};
use crate::deployment::Deployment;
use crate::failure::{Failure, in_file};
use crate::input::source::cfg::Configuration;
use crate::input::source::features::Selection;
use crate::input::source::{self, Declared, Request};

/// Adds what the packages that are named can call.
pub(super) fn add(
    args: &ScanArgs,
    catalog: &Catalog,
    report: &mut Report,
    failures: &mut Vec<Failure>,
) -> Result<(), Failure> {
    if args.crates.is_empty() {
        return Ok(());
    }
    let selection = Selection::asked(&args.features, args.all_features, args.no_default_features);
    let configuration = Configuration::new(args.target.as_deref())?;
    let deployment = args.template.as_deref().map(Deployment::read).transpose()?;
    let mut asked_for = Asked::default();
    let mut given = BTreeMap::new();
    for dir in args.crates.iter().collect::<BTreeSet<_>>() {
        let (stated, asked) = stated(args, dir)?;
        asked_for.by_settings(&asked);
        given.clone_from(&stated.overrides);
        let values = Values::new(&stated, deployment.clone(), args.function.as_deref());
        let request = Request {
            dir,
            selection: &selection,
            configuration: &configuration,
            binary: args.bin.as_deref(),
        };
        match source::read_with_calls(&request, catalog, &|it| values.of_targets(it)) {
            Ok((declared, found)) => {
                if args.function.is_some() && declared.targets.len() > 1 {
                    failures.push(several(dir, &declared.targets));
                    continue;
                }
                report.findings.extend(untold(&declared, &found, &values));
                report.findings.extend(declared.findings);
                asked_for.by_declarations(&declared.declarations);
                package(&declared.declarations, &declared.targets, found, catalog, report);
            }
            Err(failure) => failures.push(failure),
        }
    }
    // Of a package of which one binary was read, the others may ask.
    if args.bin.is_none() && failures.is_empty() {
        report.findings.extend(asked_for.unused(&given, deployment.as_ref()));
    }
    Ok(())
}

/// What `policy.toml` beside the manifest and the flags state, and the parameters for which it asks.
fn stated(args: &ScanArgs, dir: &Path) -> Result<(Stated, BTreeSet<Box<str>>), Failure> {
    let beside = dir.join(FILE_NAME);
    let config = match &args.config {
        Some(path) => Config::read(path)?,
        None if beside.is_file() => Config::read(&beside)?,
        None => Config::default(),
    };
    let mut failures = Vec::new();
    let place = (args.account.as_deref(), args.region.as_deref(), None);
    let stated = Stated {
        environment: stated::environment(place, &mut failures),
        parameters: config.parameters,
        overrides: stated::overrides(&args.parameters, &mut failures),
        functions: config.functions,
        ..Stated::default()
    };
    if failures.is_empty() {
        Ok((stated, config.asked_parameters))
    } else {
        Err(Failure::all(failures))
    }
}

/// `--function` where it cannot be told of which binary it speaks.
fn several(dir: &Path, targets: &[Box<str>]) -> Failure {
    let names: Vec<String> = targets.iter().map(|target| format!("`{target}`")).collect();
    Failure::input(format!(
        "`--function` says which function a binary is, and the package has several: {}",
        names.join(", ")
    ))
    .at(in_file(&dir.join("Cargo.toml")))
    .help("name one of them with `--bin NAME`")
}

/// Variables in resources whose values the template or plan does not tell, with why.
fn untold(declared: &Declared, found: &Found, values: &Values<'_>) -> Vec<Finding> {
    let mut wanted: BTreeMap<&Box<str>, BTreeSet<Box<str>>> = BTreeMap::new();
    for found in &found.calls {
        for target in binaries(&found.call) {
            let wanted = wanted.entry(target).or_default();
            wanted.extend(found.call.resource.variables().map(Into::into));
        }
    }
    let all =
        wanted.into_iter().flat_map(|(target, wanted)| values.untold(declared, target, &wanted));
    let mut findings = Vec::new();
    for problem in all.flat_map(|failure| failure.problems().to_vec()) {
        let mut finding = Finding::new(Code::ResourceUnknown, problem.message);
        finding.places = problem.places;
        finding.help = problem.help;
        findings.push(finding.severity(Severity::Warning));
    }
    findings
}

/// Holds the calls of a package against its declarations, binary by binary.
fn package(
    declarations: &[Declaration],
    targets: &[Box<str>],
    found: Found,
    catalog: &Catalog,
    report: &mut Report,
) {
    let calls: Vec<ReachableCall> = found.calls.iter().map(|it| it.call.clone()).collect();
    // A library alone is called by whoever uses it.
    let of_binaries: Vec<(BTreeSet<Box<str>>, Vec<ReachableCall>)> = match targets {
        [] => vec![(BTreeSet::new(), calls.clone())],
        targets => targets
            .iter()
            .map(|target| {
                let own = calls.iter().filter(|call| binaries(call).contains(target));
                (functions(declarations, target), own.cloned().collect())
            })
            .collect(),
    };
    for (functions, calls) in of_binaries {
        let functions: Vec<Box<str>> = functions.into_iter().collect();
        let accesses = accesses(declarations, &functions);
        let declared = DeclaredNames::of(accesses.iter().copied(), catalog);
        let (ambiguous, calls): (Vec<_>, Vec<_>) =
            calls.into_iter().partition(|call| call.confidence == Confidence::Ambiguous);
        judge(&Reachable { calls, ..Reachable::default() }, &accesses, catalog, report);
        judge_ambiguous(&ambiguous, &declared, catalog, report);
        let own = |made: &&MadeClient| {
            targets.is_empty() || made.binaries.iter().any(|it| functions.contains(it))
        };
        report.findings.extend(beside(found.clients.iter().filter(own), &accesses, catalog));
    }
    report.findings.extend(found.unknown.iter().map(unknown));
    report.unknown.extend(found.unknown);
    report.targets.extend(targets.iter().cloned());
    report.kinds.extend(found.calls.into_iter().map(|it| (it.call, it.kind)));
    report.calls.extend(calls);
}

/// Clients that are made by hand though a declaration makes handles on them.
fn beside<'a>(
    made: impl Iterator<Item = &'a MadeClient>,
    accesses: &[&DeclaredAccess],
    catalog: &Catalog,
) -> Vec<Finding> {
    let name = |client: &str| catalog.client(client).map(|client| client.name().to_owned());
    // On a function nothing is made: it is given its client.
    let fields = accesses.iter().filter(|access| access.origin.item.contains("::"));
    let handles: BTreeSet<String> = fields.filter_map(|access| name(&access.client)).collect();
    made.filter(|made| name(&made.client).is_some_and(|name| handles.contains(&name)))
        .map(|made| {
            let message = format!(
                "a client of `{}` is made by hand, beside the handles of the declaration: it has a method for every operation",
                made.client
            );
            Finding::new(Code::ClientBesideHandle, message)
                .at(place_of(&made.origin))
                .help("take the client from the struct that declares the access")
        })
        .collect()
}

fn binaries(call: &ReachableCall) -> &[Box<str>] {
    match &call.place {
        CallPlace::Source { binaries, .. } => binaries,
        CallPlace::Binary { .. } => &[],
    }
}

/// A call that may be one of several is declared when every one of them is.
fn judge_ambiguous(
    calls: &[ReachableCall],
    declared: &DeclaredNames<'_>,
    catalog: &Catalog,
    report: &mut Report,
) {
    let mut by_place: BTreeMap<Place, Vec<&ReachableCall>> = BTreeMap::new();
    for call in calls {
        by_place.entry(place(call)).or_default().push(call);
    }
    for (place, candidates) in by_place {
        let missing: Vec<&ReachableCall> =
            candidates.iter().copied().filter(|call| !declared.cover(call, catalog)).collect();
        if missing.is_empty() {
            continue;
        }
        let names: Vec<String> =
            candidates.iter().map(|call| format!("`{}({})`", call.client, call.name())).collect();
        let (code, severity, rest) = if missing.len() == candidates.len() {
            (Code::ReachableNotDeclared, Severity::Error, "none of them is declared")
        } else {
            (Code::CallsUnknown, Severity::Warning, "not all of them are declared")
        };
        report.undeclared.extend(missing.into_iter().cloned());
        report.findings.push(
            Finding::new(
                code,
                format!(
                    "this call is one of {}, since the type of the receiver is not told; {rest}",
                    names.join(", ")
                ),
            )
            .severity(severity)
            .at(place)
            .help("write the type of the receiver, or scan the built binary with `--binary`"),
        );
    }
}

/// That not all calls can be read. The linked binary tells what is hidden here, so that it is no error.
fn unknown(unknown: &UnknownCalls) -> Finding {
    let (file, line) = unknown.place.rsplit_once(':').unwrap_or((&unknown.place, ""));
    let place = Place { file: file.into(), line: line.parse().ok(), ..Place::default() };
    Finding::new(Code::CallsUnknown, format!("there may be calls that cannot be read: {}", unknown.reason))
        .severity(Severity::Warning)
        .at(place)
        .help("scan the built binary with `--binary`: it tells what can be called, macros and dependencies included")
}
