//! Cases as data: `tests/cases/{parse,decide,compare}/NAME/`, each with a `note.md` that says which
//! rule of AWS it holds.
//!
//! - `parse`: `policy.json` → `expected.txt`: the findings, then the document as it is rendered.
//! - `decide`: `identity-1.json` …, `boundary-1.json` …, `session-1.json` …, `scp-LEVEL-1.json` … from
//!   the root at level 1, `resource.json`, `trust.json`, `rcp-LEVEL-1.json` …, `endpoint-1.json` …, and
//!   `requests.jsonl`, one request a line with what is expected of it, slow and fast. A kind without a file is not
//!   attached.
//! - `compare`: `old.json`, `new.json` → `expected.txt`: the relation and every difference.
//!
//! `GOLDEN=write` writes `expected.txt` anew; read the diff like code.

#![expect(clippy::unwrap_used, reason = "a case folder that cannot be read is a failed test")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use policy_core::catalog::Catalog;
use policy_core::finding::Finding;
use policy_core::iam::ConditionKey;
use policy_core::policy::write as json;
use policy_core::policy::{self, PolicyDocument};
use policy_core::semantics::{
    CompiledPolicies, Context, Difference, Policies, PolicyKind, Request, StatementRef, compare,
    decide,
};
use serde_json::Value;

/// The case folders of a kind, sorted; each must have a note.
fn cases(kind: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(kind);
    let mut out: Vec<PathBuf> =
        fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    out.sort();
    for case in &out {
        assert!(case.join("note.md").is_file(), "{} has no note.md", case.display());
    }
    assert!(!out.is_empty());
    out
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn document(path: &Path) -> PolicyDocument {
    let parsed = policy::parse(&read(path), &path.to_string_lossy());
    parsed.unwrap_or_else(|e| panic!("{e:?}")).document
}

/// Compares with `expected.txt`, or writes it.
fn expect(case: &Path, text: &str, failed: &mut Vec<String>) {
    let path = case.join("expected.txt");
    if std::env::var("GOLDEN").is_ok_and(|v| v == "write") {
        fs::write(path, text).unwrap();
    } else if read(&path) != text {
        failed.push(format!("{}:\n{text}", case.display()));
    }
}

fn shown(finding: &Finding) -> String {
    let at = &finding.places[0];
    let mut out =
        format!("{}[{}]: {}\n", finding.severity.as_str(), finding.code.as_str(), finding.message);
    let _ = writeln!(out, " --> {}:{}:{}", at.file, at.line.unwrap_or(0), at.column.unwrap_or(0));
    if let Some(help) = &finding.help {
        let _ = writeln!(out, "help: {help}");
    }
    out
}

#[test]
fn documents_are_read_or_refused_as_expected() {
    let mut failed = Vec::new();
    for case in cases("parse") {
        let mut out = String::new();
        match policy::parse(&read(&case.join("policy.json")), "policy.json") {
            Ok(parsed) => {
                out.extend(parsed.findings.iter().map(shown));
                out.push_str(&json::document(&parsed.document));
            }
            Err(findings) => out.extend(findings.iter().map(shown)),
        }
        expect(&case, &out, &mut failed);
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn context(value: &Value) -> Context {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let mut context = Context::default();
    for (key, value) in value.as_object().into_iter().flatten() {
        let values = match value {
            Value::Array(values) => values.iter().map(text).collect(),
            one => vec![text(one)],
        };
        context.set(ConditionKey::new(key), values);
    }
    context
}

/// `identity-1#Sid`, `scp-2-1#0`: the file and the statement in it.
fn named(of: &StatementRef) -> String {
    let (kind, document) = (of.kind.as_str(), of.document + 1);
    let file = match of.kind {
        PolicyKind::Resource | PolicyKind::Trust => kind.to_owned(),
        PolicyKind::Scp | PolicyKind::Rcp => format!("{kind}-{}-{document}", of.level + 1),
        _ => format!("{kind}-{document}"),
    };
    match &of.sid {
        Some(sid) => format!("{file}#{sid}"),
        None => format!("{file}#{}", of.index),
    }
}

/// `KIND-1.json`, `KIND-2.json` … as far as they go.
fn numbered(case: &Path, kind: &str) -> Vec<PolicyDocument> {
    let paths = (1..).map(|number| case.join(format!("{kind}-{number}.json")));
    paths.take_while(|path| path.exists()).map(|path| document(&path)).collect()
}

/// The documents of a case folder. A kind without a file is not attached; a level of SCPs or RCPs
/// starts with `scp-LEVEL-1.json`.
fn policies(case: &Path) -> Policies {
    let one = |name: &str| {
        let path = case.join(name);
        path.exists().then(|| document(&path))
    };
    let optional = |kind: &str| Some(numbered(case, kind)).filter(|found| !found.is_empty());
    let levels = |kind: &str| -> Vec<Vec<PolicyDocument>> {
        let levels = (1..).map(|level| numbered(case, &format!("{kind}-{level}")));
        levels.take_while(|level| !level.is_empty()).collect()
    };
    let mut policies = Policies::identity(numbered(case, "identity"));
    policies.boundary = optional("boundary");
    policies.session = optional("session");
    policies.scp = levels("scp");
    policies.resource = one("resource.json");
    policies.trust = one("trust.json");
    policies.rcp = levels("rcp");
    policies.endpoint = optional("endpoint");
    policies
}

#[test]
fn requests_are_decided_as_expected() {
    let mut failed = Vec::new();
    for case in cases("decide") {
        let policies = policies(&case);
        let compiled = CompiledPolicies::new(&policies);
        for line in read(&case.join("requests.jsonl")).lines() {
            let asked: Value = serde_json::from_str(line).unwrap();
            let who = asked["principal"].as_str();
            let request = Request {
                principal: who
                    .unwrap_or("arn:aws:iam::111122223333:role/orders")
                    .parse()
                    .unwrap_or_else(|e| panic!("{}: {e}", case.display())),
                action: asked["action"].as_str().unwrap().parse().unwrap(),
                resource: asked["resource"].as_str().unwrap().to_owned(),
                context: context(&asked["context"]),
            };
            let decision = decide(&request, &policies);
            assert_eq!(compiled.decide(&request), decision, "{}: {line}", case.display());
            assert_eq!(compiled.effect(&request), decision.effect, "{}: {line}", case.display());
            let effect = decision.effect.as_str();
            let by: Vec<Value> =
                decision.statements.iter().map(|s| Value::String(named(s))).collect();
            let fits = asked["expect"] == effect
                && asked["by"].as_array().is_none_or(|expected| *expected == by);
            if !fits {
                failed.push(format!("{}: {line}\n  is {effect} by {by:?}", case.display()));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn difference(out: &mut String, sign: char, of: &Difference) {
    let _ = write!(out, "{sign} ");
    if let Some(principal) = &of.principal {
        let _ = write!(out, "{principal}: ");
    }
    let _ = write!(out, "{} on {}", of.action, of.resource);
    for (key, values) in of.context.iter() {
        let _ = write!(out, ", {key} = {}", values.join(" and "));
    }
    let sid = of.statement.sid.clone().unwrap_or_else(|| of.statement.index.to_string());
    let _ = writeln!(out, " (statement {sid})");
}

#[test]
fn documents_compare_as_expected() {
    let mut failed = Vec::new();
    for case in cases("compare") {
        let old = [document(&case.join("old.json"))];
        let new = [document(&case.join("new.json"))];
        let answer = compare(&old, &new, Catalog::embedded());
        let mut out = format!("{}\n", answer.relation.as_str());
        for added in &answer.added {
            difference(&mut out, '+', added);
        }
        for removed in &answer.removed {
            difference(&mut out, '-', removed);
        }
        for unknown in &answer.unknown {
            let _ = writeln!(out, "? statement {}: {}", unknown.statement.index, unknown.reason);
        }
        expect(&case, &out, &mut failed);
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
