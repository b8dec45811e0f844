//! The calls in sources, held against what the sources declare for the binaries that reach them.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::calls::{Found, MadeClient, Variables};
use policy_core::catalog::Catalog;
use policy_core::evidence::covered::DeclaredNames;
use policy_core::evidence::{
    CallPlace, Confidence, Declaration, DeclaredAccess, Reachable, ReachableCall, UnknownCalls,
};
use policy_core::finding::{Code, Finding, Place, Severity};

use super::{Report, accesses, judge, place};
use crate::args::ScanArgs;
use crate::command::generate::place_of;
use crate::failure::Failure;
use crate::input::source::cfg::Configuration;
use crate::input::source::features::Selection;
use crate::input::source::{self, Request};

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
    for dir in args.crates.iter().collect::<BTreeSet<_>>() {
        let request = Request {
            dir,
            selection: &selection,
            configuration: &configuration,
            binary: args.bin.as_deref(),
        };
        match source::read_with_calls(&request, catalog, &|_| Variables::new()) {
            Ok((declared, found)) => {
                report.findings.extend(declared.findings);
                package(&declared.declarations, &declared.targets, found, catalog, report);
            }
            Err(failure) => failures.push(failure),
        }
    }
    Ok(())
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

/// The functions that a binary target is, as far as its own declarations say.
fn functions(declarations: &[Declaration], target: &str) -> BTreeSet<Box<str>> {
    let own = declarations.iter().filter(|it| it.target.as_deref() == Some(target));
    let named = own.filter_map(|it| it.function_name()).map(Into::into);
    named.chain([target.into()]).collect()
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
