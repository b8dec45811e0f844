//! Cases as data: evidence in, policies, evidence table and findings out.
//!
//! A case is a folder of `tests/cases/synthesis/` with `note.md` (what it shows, and the page of AWS it
//! comes from), `evidence.json` (see `cases/synthesis/README.md`) and the expected files. With the
//! environment variable `POLICY_GOLDEN=write` the expected files are written anew: read the diff.

#![expect(clippy::unwrap_used, reason = "a broken case fails the test")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_core::catalog::Catalog;
use policy_core::evidence::SettingEncryption;
use policy_core::finding::Finding;
use policy_core::graph::AccessGraph;
use policy_core::render;
use policy_core::synthesis::{EvidenceEntry, FunctionPolicies, synthesise};

use support::Case;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/synthesis")
}

/// Every file that a case produces, by name.
fn outcome(case: &Case) -> BTreeMap<String, String> {
    let catalog = Catalog::embedded();
    let mut files = BTreeMap::new();
    let (graph, mut findings) = match AccessGraph::build(&case.evidence, catalog, case.merge) {
        Ok(built) => built,
        Err(error) => return BTreeMap::from([("error.txt".to_owned(), format!("{error}\n"))]),
    };
    let (policies, more) = match synthesise(&graph, catalog, case.options) {
        Ok(made) => made,
        Err(error) => return BTreeMap::from([("error.txt".to_owned(), format!("{error}\n"))]),
    };
    findings.extend(more);
    documents(&policies, &mut files);
    files.insert("table.txt".to_owned(), table(&policies.evidence));
    files.insert("findings.txt".to_owned(), listed(&findings));
    files
}

fn documents(policies: &FunctionPolicies, files: &mut BTreeMap<String, String>) {
    for (i, document) in policies.execution_role.iter().enumerate() {
        let name = match i {
            0 => "execution-role.json".to_owned(),
            n => format!("execution-role-{}.json", n + 1),
        };
        files.insert(name, policy_core::policy::write::document(document));
    }
    files.insert(
        "trust-policy.json".to_owned(),
        policy_core::policy::write::document(&policies.trust_policy),
    );
    for (qualifier, document) in &policies.resource_policies {
        let name = match qualifier.as_str() {
            "" => "resource-policy.json".to_owned(),
            qualifier => format!("resource-policy.{qualifier}.json"),
        };
        files.insert(name, policy_core::policy::write::document(document));
    }
}

fn table(entries: &[EvidenceEntry]) -> String {
    let mut table = String::new();
    for entry in entries {
        let declared: Vec<String> =
            entry.declared.iter().map(|o| format!("{}:{}", o.file, o.line)).collect();
        let mut place = if declared.is_empty() { "-".to_owned() } else { declared.join(",") };
        for call in &entry.reachable {
            write!(place, " reached by {}.{}", call.client, call.name()).unwrap();
        }
        let (verdict, events) = (entry.verdict, entry.observed.events);
        let names = entry.names.as_ref().map_or_else(String::new, |names| {
            format!(" | {} names such as {}", names.count, names.example)
        });
        writeln!(
            table,
            "{} | {} | {} | {verdict} | {place} | {events} seen, {} denied{names}",
            entry.sid, entry.action, entry.resource, entry.observed.denied
        )
        .unwrap();
    }
    table
}

fn listed(findings: &[Finding]) -> String {
    let mut list = String::new();
    for finding in findings {
        let (severity, code) = (finding.severity.as_str(), finding.code.as_str());
        writeln!(list, "{severity}[{code}]: {}", finding.message).unwrap();
        if let Some(help) = &finding.help {
            writeln!(list, "  help: {help}").unwrap();
        }
    }
    list
}

#[test]
fn a_key_that_a_deployment_tells_counts_like_one_that_is_stated() {
    let mut moved = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path().join("evidence.json");
        if !path.exists() {
            continue;
        }
        let (stated, mut told) = (Case::read(&path), Case::read(&path));
        let configuration = &mut told.evidence.settings.configuration;
        // A deployment gives whole names, and no keys that are none.
        let is_whole = |key: &SettingEncryption| match key {
            SettingEncryption::ByAws => true,
            SettingEncryption::CustomerKey(key) => key.starts_with("key/") || key.contains(":key/"),
        };
        let all = std::mem::take(&mut configuration.encryption);
        let (beside, own) = all.into_iter().partition(|(name, key)| {
            name.starts_with("arn:") && !name.contains('{') && is_whole(key)
        });
        configuration.encryption = own;
        let beside: BTreeMap<_, _> = beside;
        moved += beside.len();
        configuration.encryption_beside = Arc::new(beside.into_iter().collect());
        assert_eq!(outcome(&told), outcome(&stated), "{}", path.display());
    }
    assert!(moved >= 5, "{moved}");
}

#[test]
fn what_is_stated_of_a_resource_comes_before_what_a_deployment_tells() {
    let path = folder().join("customer_keys_by_resource/evidence.json");
    let (stated, mut both) = (Case::read(&path), Case::read(&path));
    let configuration = &mut both.evidence.settings.configuration;
    let names = configuration.encryption.keys().cloned();
    let other = SettingEncryption::CustomerKey("key/other".into());
    configuration.encryption_beside = Arc::new(names.map(|name| (name, other.clone())).collect());
    assert!(!configuration.encryption_beside.is_empty());
    assert_eq!(outcome(&both), outcome(&stated));
}

#[test]
fn every_case_gives_what_it_says() {
    let write = std::env::var_os("POLICY_GOLDEN").is_some_and(|value| value == "write");
    let mut names: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    names.sort();
    assert!(names.len() >= 10, "cases are missing");
    let mut wrong = String::new();
    for path in names {
        assert!(path.join("note.md").exists(), "{} has no note.md", path.display());
        let case = Case::read(&path.join("evidence.json"));
        let files = outcome(&case);
        let mut expected = BTreeMap::new();
        for entry in fs::read_dir(&path).unwrap() {
            let entry = entry.unwrap().path();
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if name != "evidence.json" && name != "note.md" {
                expected.insert(name, fs::read_to_string(entry).unwrap());
            }
        }
        if files == expected {
            continue;
        }
        if write {
            expected.keys().for_each(|name| fs::remove_file(path.join(name)).unwrap());
            files.iter().for_each(|(name, text)| fs::write(path.join(name), text).unwrap());
            continue;
        }
        for name in files.keys().chain(expected.keys()) {
            let empty = String::new();
            let (old, new) = (expected.get(name), files.get(name));
            if old != new {
                let (old, new) = (old.unwrap_or(&empty), new.unwrap_or(&empty));
                let place = format!("{}/{name}", path.file_name().unwrap().to_string_lossy());
                wrong += &render::diff::unified(old, new, &place, "made");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_order_of_evidence_changes_no_byte() {
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let mut case = Case::read(&path.join("evidence.json"));
        case.evidence.observed.reverse();
        case.evidence.declarations.reverse();
        case.evidence.settings.accepted.reverse();
        case.evidence.settings.configuration.invokers.reverse();
        for declaration in &mut case.evidence.declarations {
            declaration.accesses.reverse();
            declaration.invokers.reverse();
            for access in &mut declaration.accesses {
                access.names.reverse();
                access.resources.reverse();
            }
        }
        for (name, text) in outcome(&case) {
            let expected = fs::read_to_string(path.join(&name)).unwrap();
            assert_eq!(text, expected, "{}/{name}", path.display());
        }
    }
}

/// `aws:SourceArn` and its kin are missing on SDK calls: an Allow that asks for them allows nothing.
#[test]
fn no_execution_role_asks_for_a_source() {
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        for entry in fs::read_dir(path).unwrap() {
            let file = entry.unwrap().path();
            if !file.file_name().unwrap().to_string_lossy().starts_with("execution-role") {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap().to_ascii_lowercase();
            for key in ["aws:sourcearn", "aws:sourceaccount", "aws:sourceorg"] {
                assert!(!text.contains(key), "{} asks for {key}", file.display());
            }
        }
    }
}
