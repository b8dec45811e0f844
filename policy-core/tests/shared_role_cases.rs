//! Roles that several functions share, as data.
//!
//! A case is a folder of `tests/cases/shared_roles/` with `note.md`, one `NAME.evidence.json` for each function (see
//! `cases/synthesis/README.md`) and what the role gets. With the environment variable `POLICY_GOLDEN=write` the expected
//! files are written anew: read the diff.

#![expect(clippy::unwrap_used, reason = "a broken case fails the test")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use policy_core::catalog::Catalog;
use policy_core::graph::AccessGraph;
use policy_core::render;
use policy_core::synthesis::{
    FunctionPolicies, Options, RoleMember, RolePolicies, SynthesisError, synthesise,
    synthesise_role,
};
use serde_json::{Value, json};

use support::Case;

type Made = Result<(RolePolicies, Vec<policy_core::finding::Finding>), SynthesisError>;

fn made(cases: &[Case]) -> Made {
    let catalog = Catalog::embedded();
    let alone: Vec<(AccessGraph, Options, FunctionPolicies)> = cases
        .iter()
        .map(|case| {
            let (graph, _) = AccessGraph::build(&case.evidence, catalog, case.merge).unwrap();
            let (policies, _) = synthesise(&graph, catalog, case.options).unwrap();
            (graph, case.options, policies)
        })
        .collect();
    let members: Vec<RoleMember<'_>> = alone
        .iter()
        .map(|(graph, options, own)| RoleMember { graph, options: *options, own })
        .collect();
    let role = cases[0].evidence.settings.role.clone().unwrap();
    synthesise_role(&role, &members, catalog)
}

fn outcome(cases: &[Case]) -> BTreeMap<String, String> {
    let (role, findings) = match made(cases) {
        Ok(made) => made,
        Err(error) => return BTreeMap::from([("error.txt".to_owned(), format!("{error}\n"))]),
    };
    let mut files = BTreeMap::new();
    for (i, document) in role.execution_role.iter().enumerate() {
        let name = format!(
            "execution-role{}.json",
            if i == 0 { String::new() } else { format!("-{}", i + 1) }
        );
        files.insert(name, policy_core::policy::write::document(document));
    }
    let trust = policy_core::policy::write::document(&role.trust_policy);
    files.insert("trust-policy.json".to_owned(), trust);
    let mut table = String::new();
    for (function, entries) in &role.evidence {
        for entry in entries {
            let (sid, action, resource) = (&entry.sid, &entry.action, &entry.resource);
            writeln!(table, "{function} | {sid} | {action} | {resource} | {}", entry.verdict)
                .unwrap();
        }
    }
    files.insert("table.txt".to_owned(), table);
    let mut list = String::new();
    for finding in &findings {
        let (severity, code) = (finding.severity.as_str(), finding.code.as_str());
        writeln!(list, "{severity}[{code}]: {}", finding.message).unwrap();
    }
    files.insert("findings.txt".to_owned(), list);
    files
}

fn cases(path: &Path) -> Vec<Case> {
    let mut files: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".evidence.json"));
    files.sort();
    files.iter().map(|file| Case::read(file)).collect()
}

#[test]
fn every_case_gives_what_it_says_in_any_order() {
    let write = std::env::var_os("POLICY_GOLDEN").is_some_and(|value| value == "write");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/shared_roles");
    let mut wrong = String::new();
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.join("note.md").exists(), "{} has no note.md", path.display());
        count += 1;
        let mut members = cases(&path);
        let files = outcome(&members);
        members.reverse();
        assert_eq!(files, outcome(&members), "{}", path.display());
        let mut expected = BTreeMap::new();
        for entry in fs::read_dir(&path).unwrap() {
            let entry = entry.unwrap().path();
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if !name.ends_with(".evidence.json") && name != "note.md" {
                expected.insert(name, fs::read_to_string(entry).unwrap());
            }
        }
        if write {
            expected.keys().for_each(|name| fs::remove_file(path.join(name)).unwrap());
            files.iter().for_each(|(name, text)| fs::write(path.join(name), text).unwrap());
            continue;
        }
        for name in files.keys().chain(expected.keys()) {
            let empty = String::new();
            let old = expected.get(name).unwrap_or(&empty);
            let new = files.get(name).unwrap_or(&empty);
            if old != new {
                let place = format!("{}/{name}", path.file_name().unwrap().to_string_lossy());
                wrong += &render::diff::unified(old, new, &place, "made");
            }
        }
    }
    assert!(count >= 3, "cases are missing");
    assert!(wrong.is_empty(), "{wrong}");
}

fn function(name: &str, more: &Value) -> Case {
    let mut value = json!({
        "function": name,
        "deployed": format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}"),
        "role": "arn:aws:iam::111122223333:role/shop-exec",
        "account": "111122223333",
        "region": "eu-west-1",
        "merge": "declared",
        "declared": [],
    });
    for (key, member) in more.as_object().unwrap() {
        value[key] = member.clone();
    }
    Case::from_value(&value)
}

#[test]
fn a_trust_policy_that_names_too_many_functions_is_over_its_quota() {
    let asks = json!({ "trustSourceArn": true });
    let many: Vec<Case> = (0..15).map(|n| function(&format!("orders-{n:02}"), &asks)).collect();
    assert!(made(&many[..10]).is_ok());
    let Err(SynthesisError::OverQuota(over)) = made(&many) else { panic!("it fits") };
    assert_eq!(over.document(), "`trust-policy`");
    assert_eq!(over.help(), "give functions roles of their own, or leave out `--trust-source-arn`");
}
