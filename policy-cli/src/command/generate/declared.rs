//! Declarations of all sources and binaries that are named, as far as they count.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use policy_core::catalog::Catalog;
use policy_core::evidence::Declaration;
use policy_core::finding::{Code, Finding};

use crate::args::GenerateArgs;
use crate::config::Config;
use crate::failure::{Failure, in_file};
use crate::input::binary::Binary;
use crate::input::source::cfg::Configuration;
use crate::input::source::features::Selection;
use crate::input::source::{self, Request};
use crate::input::trust::{Reading, Trust};
use crate::input::workspace::Workspace;

/// What is declared and counts.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    pub(super) declarations: Vec<Declaration>,
    pub(super) findings: Vec<Finding>,
}

pub(super) fn read(
    args: &GenerateArgs,
    config: &Config,
    catalog: &Catalog,
) -> Result<Declarations, Failure> {
    let mut out = Declarations::default();
    if args.crates.is_empty() && args.binaries.is_empty() {
        return Ok(out);
    }
    let selection = Selection {
        features: args
            .features
            .iter()
            .flat_map(|text| text.split([',', ' ']))
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        all: args.all_features,
        no_default: args.no_default_features,
    };
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
        match source::read(&request, catalog) {
            Ok(declared) => {
                ours.extend(declared.declarations);
                foreign.extend(declared.foreign);
                out.findings.extend(declared.findings);
            }
            Err(failure) => failures.push(failure),
        }
    }
    let mut notes = Vec::new();
    for path in &args.binaries {
        let read = Binary::open(path).and_then(|binary| {
            let undeclared = || Failure::findings(vec![binary.undeclared()]);
            binary.declarations()?.ok_or_else(undeclared)
        });
        match read {
            Ok(declarations) => notes.push((path, declarations)),
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
    for (path, declarations) in notes {
        let judged = trust.judge_binary(path, declarations);
        granted.extend(judged.granted);
        out.findings.extend(judged.findings);
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
    out.declarations = granted.into_iter().collect();
    Ok(out)
}

/// Where our workspace is looked for: at the first crate, else in the current folder.
fn home(args: &GenerateArgs) -> PathBuf {
    args.crates.first().cloned().unwrap_or_else(|| PathBuf::from("."))
}
