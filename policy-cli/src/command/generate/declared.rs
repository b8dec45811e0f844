//! Declarations of all sources and binaries that are named, as far as they count, and what the binaries can call.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use policy_core::calls::Found;
use policy_core::catalog::Catalog;
use policy_core::evidence::assign::FromCode;
use policy_core::evidence::{Declaration, Reachable};
use policy_core::finding::{Code, Finding, Severity};

use super::callable;
use crate::args::GenerateArgs;
use crate::command::variables::Values;
use crate::config::Config;
use crate::failure::{Failure, in_file};
use crate::input::binary::{self, Binary};
use crate::input::source::cfg::Configuration;
use crate::input::source::features::Selection;
use crate::input::source::{self, Request};
use crate::input::trust::{Reading, Trust};
use crate::input::workspace::Workspace;

/// What is declared and counts, and what can be called.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    pub(super) code: FromCode,
    pub(super) findings: Vec<Finding>,
}

pub(super) fn read(
    args: &GenerateArgs,
    config: &Config,
    values: &Values<'_>,
    catalog: &Catalog,
) -> Result<Declarations, Failure> {
    let mut out = Declarations::default();
    if args.crates.is_empty() && args.binaries.is_empty() {
        return Ok(out);
    }
    let selection = Selection::asked(&args.features, args.all_features, args.no_default_features);
    let configuration = Configuration::new(args.target.as_deref())?;
    let mut failures = Vec::new();
    let mut ours = BTreeSet::new();
    let mut foreign = BTreeSet::new();
    for dir in &args.crates {
        let request = Request {
            dir,
            selection: &selection,
            configuration: &configuration,
            binary: args.bin.as_deref(),
        };
        match source::read_by_binary(&request, catalog, &|it| values.of_targets(it)) {
            Ok((declared, found)) => {
                if declared.declarations.is_empty() && declared.foreign.is_empty() {
                    stand_in(found, &mut out.code);
                } else {
                    let beside = callable::add(&declared, found, config, catalog, &mut out.code);
                    out.findings.extend(beside);
                }
                ours.extend(declared.declarations);
                foreign.extend(declared.foreign);
                out.findings.extend(declared.findings);
            }
            Err(failure) => failures.push(failure),
        }
    }
    let mut notes = Vec::new();
    for path in &args.binaries {
        match Linked::read(path, catalog) {
            Ok(linked) => notes.push((path, linked)),
            Err(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        return Err(Failure::all(failures));
    }
    let workspace = if notes.is_empty() { None } else { Workspace::enclosing(&home(args))? };
    let trust = Trust {
        workspace: workspace.as_ref(),
        source: &ours,
        reading: Reading { selection: &selection, configuration: &configuration, catalog },
        trusted: &config.trust_crates,
    };
    let mut granted = BTreeSet::new();
    let judged = Trust { workspace: Some(&Workspace::default()), ..trust }
        .judge_source(ours.iter().cloned().collect(), foreign.into_iter().collect());
    granted.extend(judged.granted);
    out.findings.extend(judged.findings);
    let trust = Trust { workspace: workspace.as_ref(), ..trust };
    for (path, linked) in notes {
        out.findings.extend(linked.undeclared);
        let has_notes = linked.declarations.is_some();
        let judged = trust.judge_binary(path, linked.declarations.unwrap_or_default());
        out.findings.extend(judged.findings);
        // Where declarations are there but none counts, the binary is not taken for one that declares nothing.
        if !has_notes || !judged.granted.is_empty() {
            let functions = binary::functions(path, &judged.granted);
            if functions.is_empty() {
                out.findings.push(nameless(path));
            }
            for function in functions {
                callable::join(&mut out.code, function, linked.reachable.clone());
            }
        }
        granted.extend(judged.granted);
    }
    for package in &config.trust_crates {
        if !granted.iter().any(|declaration| declaration.package == *package) {
            let finding = Finding::new(
                Code::ConfigUnused,
                format!("`trust-crates` names `{package}`, but it declares nothing here"),
            );
            let file = config.file.as_deref().unwrap_or(Path::new("policy.toml"));
            out.findings.push(finding.at(in_file(file)));
        }
    }
    out.code.declarations = granted.into_iter().collect();
    Ok(out)
}

/// The calls in sources that declare nothing, for each binary target that reaches them. A package without any is
/// hardly the one that was meant.
fn stand_in(found: BTreeMap<Box<str>, Found>, code: &mut FromCode) {
    if found.values().all(|found| found.calls.is_empty() && found.unknown.is_empty()) {
        return;
    }
    for (target, found) in found {
        let unknown = found.unknown.clone();
        callable::join(code, target, Reachable { unknown, ..callable::reachable(found) });
    }
}

/// What one binary says.
struct Linked {
    /// `None` when it has no declarations at all.
    declarations: Option<Vec<Declaration>>,
    reachable: Reachable,
    /// That it has none.
    undeclared: Option<Finding>,
}

impl Linked {
    /// A binary that neither declares anything nor shows a call is refused: it is hardly the one that was meant.
    fn read(path: &Path, catalog: &Catalog) -> Result<Self, Failure> {
        let binary = Binary::open(path)?;
        let declarations = binary.declarations()?;
        let reachable = binary.reachable(catalog)?;
        let undeclared = declarations.is_none().then(|| binary.undeclared());
        match undeclared {
            Some(finding) if reachable.calls.is_empty() && reachable.own.is_empty() => {
                Err(Failure::findings(vec![finding]))
            }
            undeclared => {
                let undeclared = undeclared.map(|finding| finding.severity(Severity::Warning));
                Ok(Self { declarations, reachable, undeclared })
            }
        }
    }
}

/// A binary of which it cannot be told which function it is.
fn nameless(path: &Path) -> Finding {
    Finding::new(
        Code::CallsUnknown,
        "which function this binary is cannot be told, so what it can call counts for none",
    )
    .at(in_file(path))
    .help("name the file, or the folder around `bootstrap`, like the function that its declarations name")
}

/// Where our workspace is looked for: at the first crate, else in the current folder.
fn home(args: &GenerateArgs) -> PathBuf {
    args.crates.first().cloned().unwrap_or_else(|| PathBuf::from("."))
}
