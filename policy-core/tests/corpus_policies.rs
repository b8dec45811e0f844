//! Real policies that nobody on this project wrote, read in place.
//!
//! `POLICY_CORPUS` names the folder (`policies/*.jsonl.gz`, `account-authorization-details/*.json.gz`);
//! without it the tests say so and pass.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests that report counts and times")]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use policy_core::catalog::Catalog;
use policy_core::policy::write as json;
use policy_core::policy::{self, PolicyDocument};
use policy_core::semantics::{Comparison, Relation, compare};
use serde_json::Value;

fn corpus() -> Option<PathBuf> {
    let Some(place) = std::env::var_os("POLICY_CORPUS") else {
        println!("POLICY_CORPUS is not set: nothing was tested");
        return None;
    };
    Some(PathBuf::from(place))
}

fn unzipped(path: &std::path::Path) -> String {
    let file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

fn lines(corpus: &std::path::Path, name: &str) -> Vec<Value> {
    unzipped(&corpus.join("policies").join(name))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn read(value: &Value) -> PolicyDocument {
    policy::parse(&value.to_string(), "corpus").unwrap_or_else(|e| panic!("{e:?}")).document
}

/// Reads one document and reads it again from what is rendered; counts the reasons of a refusal.
fn count(text: &str, of: &str, counts: &mut BTreeMap<String, usize>) {
    let outcome = match policy::parse(text, of) {
        Ok(parsed) => {
            let again = policy::parse(&json::document(&parsed.document), of).unwrap();
            assert_eq!(again.document, parsed.document, "{text}");
            "read".to_owned()
        }
        Err(findings) => {
            assert!(findings.iter().all(|f| !f.places.is_empty() && f.help.is_some()));
            let codes: Vec<String> =
                findings.iter().map(|f| format!("{}: {}", f.code.as_str(), f.message)).collect();
            format!("refused ({})", codes.join("; "))
        }
    };
    *counts.entry(outcome).or_default() += 1;
}

/// Every `PolicyDocument` and the like inside a dump.
fn documents<'v>(value: &'v Value, out: &mut Vec<&'v Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|v| documents(v, out)),
        Value::Object(members) => {
            for (name, value) in members {
                if ["PolicyDocument", "AssumeRolePolicyDocument", "Document"]
                    .contains(&name.as_str())
                {
                    out.push(value);
                } else {
                    documents(value, out);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_policy_is_read_or_refused_with_a_reason() {
    let Some(corpus) = corpus() else { return };
    for (name, fields) in [
        ("aws-managed.jsonl.gz", vec!["document"]),
        ("aws-docs.jsonl.gz", vec!["policy"]),
        ("access-analyzer-reference-policies.jsonl.gz", vec!["policy"]),
        ("aws-managed-version-pairs.jsonl.gz", vec!["old", "new"]),
    ] {
        let mut counts = BTreeMap::new();
        for line in lines(&corpus, name) {
            for field in &fields {
                count(&line[field].to_string(), name, &mut counts);
            }
        }
        println!("{name}: {counts:#?}");
        assert!(counts.get("read").is_some_and(|read| *read > 100), "{name}: {counts:?}");
    }
    for entry in std::fs::read_dir(corpus.join("account-authorization-details")).unwrap() {
        let path = entry.unwrap().path();
        let dump: Value = serde_json::from_str(&unzipped(&path)).unwrap();
        let mut found = Vec::new();
        documents(&dump, &mut found);
        let mut counts = BTreeMap::new();
        for document in found {
            let text = match document {
                Value::String(text) => policy::decode(text).unwrap().into_owned(),
                other => other.to_string(),
            };
            count(&text, "dump", &mut counts);
        }
        println!("{}: {counts:#?}", path.display());
    }
}

/// The same meaning, written in another order: statements, actions and resources turned round,
/// each statement of two actions split in two.
fn shuffled(document: &PolicyDocument) -> PolicyDocument {
    use policy_core::policy::{ActionElement, ResourceElement};
    let mut out = PolicyDocument { statements: Vec::new(), ..document.clone() };
    for statement in document.statements.iter().rev() {
        let mut statement = statement.clone();
        if let Some(ResourceElement::Resource(values) | ResourceElement::NotResource(values)) =
            &mut statement.resource
        {
            values.reverse();
        }
        let second = match &mut statement.action {
            ActionElement::Action(values) if values.len() > 1 => {
                values.reverse();
                let tail = values.split_off(values.len() / 2);
                Some(ActionElement::Action(tail))
            }
            _ => None,
        };
        if let Some(action) = second {
            out.statements.push(policy::Statement { action, ..statement.clone() });
        }
        out.statements.push(statement);
    }
    out
}

/// The same meaning in as many statements as there are actions and resources: one of each.
fn divided(document: &PolicyDocument) -> PolicyDocument {
    use policy_core::policy::{ActionElement, ResourceElement};
    let mut out = PolicyDocument { statements: Vec::new(), ..document.clone() };
    for statement in &document.statements {
        let actions: Vec<ActionElement> = match &statement.action {
            ActionElement::Action(of) => {
                of.iter().map(|v| ActionElement::Action(vec![v.clone()])).collect()
            }
            not => vec![not.clone()],
        };
        let resources: Vec<Option<ResourceElement>> = match &statement.resource {
            Some(ResourceElement::Resource(of)) => {
                of.iter().map(|v| Some(ResourceElement::Resource(vec![v.clone()]))).collect()
            }
            other => vec![other.clone()],
        };
        for resource in &resources {
            for action in &actions {
                let (action, resource) = (action.clone(), resource.clone());
                out.statements.push(policy::Statement { action, resource, ..statement.clone() });
            }
        }
    }
    out
}

/// The same meaning with statements merged that differ in their actions only.
fn grouped(document: &PolicyDocument) -> PolicyDocument {
    use policy_core::policy::ActionElement;
    let mut out = PolicyDocument { statements: Vec::new(), ..document.clone() };
    for statement in &document.statements {
        let same = |other: &&mut policy::Statement| {
            other.effect == statement.effect
                && other.principal == statement.principal
                && other.resource == statement.resource
                && other.condition == statement.condition
                && !other.action.is_negated()
        };
        let known = out.statements.iter_mut().find(same).map(|other| &mut other.action);
        match (known, &statement.action) {
            (Some(ActionElement::Action(all)), ActionElement::Action(more)) => {
                all.extend(more.iter().cloned());
            }
            _ => out.statements.push(statement.clone()),
        }
    }
    out
}

#[derive(Default)]
struct Times(Vec<(Duration, String)>);

impl Times {
    fn run(&mut self, name: &str, old: &PolicyDocument, new: &PolicyDocument) -> Comparison {
        let (old, new) = (std::slice::from_ref(old), std::slice::from_ref(new));
        let from = Instant::now();
        let answer = compare(old, new, Catalog::embedded());
        self.0.push((from.elapsed(), name.to_owned()));
        answer
    }

    fn print(mut self) {
        self.0.sort();
        let total: Duration = self.0.iter().map(|(t, _)| *t).sum();
        println!(
            "{} comparisons in {total:?}, median {:?}",
            self.0.len(),
            self.0[self.0.len() / 2].0
        );
        for (time, name) in self.0.iter().rev().take(4) {
            println!("  {time:?} {name}");
        }
    }
}

#[test]
fn every_managed_policy_is_equivalent_to_itself_in_another_order() {
    let Some(corpus) = corpus() else { return };
    let mut times = Times::default();
    let mut relations: BTreeMap<Relation, usize> = BTreeMap::new();
    for line in lines(&corpus, "aws-managed.jsonl.gz") {
        let document = read(&line["document"]);
        let name = line["name"].to_string();
        let answer = times.run(&name, &document, &shuffled(&document));
        *relations.entry(answer.relation).or_default() += 1;
        assert_eq!(answer.relation, Relation::Equivalent, "{name}: {answer:?}");
    }
    println!("{relations:?}");
    times.print();
}

#[test]
fn version_pairs_agree_with_their_labels_where_both_answer() {
    let Some(corpus) = corpus() else { return };
    let mut times = Times::default();
    let mut counts: BTreeMap<(String, Relation), usize> = BTreeMap::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines(&corpus, "aws-managed-version-pairs.jsonl.gz") {
        let (old, new) = (read(&line["old"]), read(&line["new"]));
        let label = line["sound_label"].as_str().unwrap_or("not-labelled").to_owned();
        let name = format!("{} {}", line["name"], line["new_version"]);
        let answer = times.run(&name, &old, &new);
        let fits = match label.as_str() {
            "new_allows_at_least_old" => answer.removed.is_empty(),
            "old_allows_at_least_new" => answer.added.is_empty(),
            "equal" => answer.added.is_empty() && answer.removed.is_empty(),
            _ => true,
        };
        assert!(
            fits,
            "{name} is {label}, but {:?} {:?}",
            answer.added.first(),
            answer.removed.first()
        );
        let back =
            compare(std::slice::from_ref(&new), std::slice::from_ref(&old), Catalog::embedded());
        assert_eq!((&answer.added, &answer.removed), (&back.removed, &back.added), "{name}");
        for unknown in &answer.unknown {
            println!("{name}: {unknown:?}");
            *reasons.entry(unknown.reason.clone()).or_default() += 1;
        }
        *counts.entry((label, answer.relation)).or_default() += 1;
    }
    println!("{counts:#?}\n{reasons:#?}");
    times.print();
}

#[test]
fn dividing_and_grouping_statements_changes_nothing() {
    let Some(corpus) = corpus() else { return };
    let mut times = Times::default();
    let mut relations: BTreeMap<(&str, Relation), usize> = BTreeMap::new();
    for (name, field, called) in [
        ("aws-managed.jsonl.gz", "document", "name"),
        ("aws-docs.jsonl.gz", "policy", "source"),
        ("access-analyzer-reference-policies.jsonl.gz", "policy", "source"),
    ] {
        for line in lines(&corpus, name) {
            let Ok(parsed) = policy::parse(&line[field].to_string(), name) else { continue };
            let document = parsed.document;
            let called = line[called].to_string();
            for other in [divided(&document), grouped(&document), grouped(&divided(&document))] {
                let answer = times.run(&called, &document, &other);
                *relations.entry((name, answer.relation)).or_default() += 1;
                assert_eq!(answer.relation, Relation::Equivalent, "{called}: {answer:?}");
            }
        }
    }
    println!("{relations:?}");
    times.print();
}

#[test]
fn every_document_of_the_guides_is_equivalent_to_itself_in_another_order() {
    let Some(corpus) = corpus() else { return };
    let mut times = Times::default();
    let mut relations: BTreeMap<Relation, usize> = BTreeMap::new();
    for name in ["aws-docs.jsonl.gz", "access-analyzer-reference-policies.jsonl.gz"] {
        for line in lines(&corpus, name) {
            let Ok(parsed) = policy::parse(&line["policy"].to_string(), name) else { continue };
            let document = parsed.document;
            let source = line["source"].to_string();
            let answer = times.run(&source, &document, &shuffled(&document));
            *relations.entry(answer.relation).or_default() += 1;
            assert_eq!(answer.relation, Relation::Equivalent, "{source}: {answer:?}");
        }
    }
    println!("{relations:?}");
    times.print();
}
