//! What others must add for a function, as data.
//!
//! A case is a folder of `tests/cases/fragments/` with `note.md`, `evidence.json` (see `cases/synthesis/README.md`) and
//! `fragments.txt`: each fragment with what it is for, its document, and the findings. With the environment variable
//! `POLICY_GOLDEN=write` the expected files are written anew: read the diff.

#![expect(clippy::unwrap_used, reason = "a broken case fails the test")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use policy_core::catalog::Catalog;
use policy_core::graph::AccessGraph;
use policy_core::render;
use policy_core::synthesis::{fragments, synthesise};

use support::Case;

fn outcome(case: &Case) -> String {
    let catalog = Catalog::embedded();
    let (graph, _) = AccessGraph::build(&case.evidence, catalog, case.merge).unwrap();
    let (policies, _) = synthesise(&graph, catalog, case.options).unwrap();
    let (fragments, findings) = fragments(&graph, &policies, catalog).unwrap();
    let mut text = String::new();
    for fragment in fragments {
        let kind = fragment.kind.as_str();
        writeln!(text, "{} ({kind})\n  of: {}", fragment.name, fragment.of).unwrap();
        writeln!(text, "  because {}", fragment.reason).unwrap();
        text += &policy_core::policy::write::document(&fragment.document);
        text.push('\n');
    }
    for finding in findings {
        let (severity, code) = (finding.severity.as_str(), finding.code.as_str());
        writeln!(text, "{severity}[{code}]: {}", finding.message).unwrap();
        if let Some(help) = finding.help {
            writeln!(text, "  help: {help}").unwrap();
        }
    }
    text
}

#[test]
fn every_case_gives_what_it_says_in_any_order() {
    let write = std::env::var_os("POLICY_GOLDEN").is_some_and(|value| value == "write");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/fragments");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 6, "cases are missing");
    let mut wrong = String::new();
    for path in paths {
        assert!(path.join("note.md").exists(), "{} has no note.md", path.display());
        let mut case = Case::read(&path.join("evidence.json"));
        let made = outcome(&case);
        case.evidence.declarations.reverse();
        case.evidence.settings.configuration.invokers.reverse();
        case.evidence.settings.configuration.polls.reverse();
        for declaration in &mut case.evidence.declarations {
            declaration.accesses.reverse();
            declaration.invokers.reverse();
        }
        assert_eq!(made, outcome(&case), "{}", path.display());
        let file = path.join("fragments.txt");
        if write {
            fs::write(&file, &made).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap();
        let place = path.file_name().unwrap().to_string_lossy();
        wrong += &render::diff::unified(&expected, &made, &place, "made");
    }
    assert!(wrong.is_empty(), "{wrong}");
}
