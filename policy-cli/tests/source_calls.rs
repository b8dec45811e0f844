//! Small Lambda functions in the shapes that occur in practice, each call marked where it stands: how many
//! of them are found, and how many of those found are there.
//!
//! A mark follows `//~`: `client.Operation`, the binaries that reach it with `@`, `likely` or `ambiguous` unless it is
//! certain, the kind unless it is a request, `on` and the resource (`?` when the source does not tell it), `if` and
//! the feature that it needs. `unknown` marks what hides calls.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read is a failure of the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use policy_cli::input::source::cfg::Configuration;
use policy_cli::input::source::features::Selection;
use policy_cli::input::source::{self, Request};
use policy_core::calls::{Found, FoundCall, Variables};
use policy_core::catalog::Catalog;
use policy_core::declare::{self, SourceFile};
use policy_core::evidence::{CallPlace, DeclaredResource, ReachableResource};

/// Least share of the marked calls that is found, and of the found ones that is marked.
const TARGET: f64 = 0.95;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calls")
}

/// Where a call is and what: the file, the line, `client.Operation`.
type Key = (String, u32, String);

/// What a mark says besides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Detail {
    binaries: Vec<String>,
    confidence: String,
    kind: String,
    resource: String,
}

struct Marks {
    calls: BTreeMap<Key, Detail>,
    unknown: BTreeSet<(String, u32)>,
}

fn sources(dir: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|it| it == "rs") {
            into.push(path);
        }
    }
}

fn marks(dir: &Path, features: &[&str]) -> Marks {
    let mut files = Vec::new();
    sources(dir, &mut files);
    let mut marks = Marks { calls: BTreeMap::new(), unknown: BTreeSet::new() };
    for file in files {
        let name = file.strip_prefix(dir).unwrap().display().to_string();
        let text = std::fs::read_to_string(&file).unwrap();
        for (line, text) in (1u32..).zip(text.lines()) {
            let Some((_, written)) = text.split_once("//~ ") else { continue };
            for entry in written.split("; ") {
                mark(entry, features, (&name, line), &mut marks);
            }
        }
    }
    marks
}

fn mark(entry: &str, features: &[&str], at: (&str, u32), marks: &mut Marks) {
    let (entry, needs) = entry.split_once(" if ").unwrap_or((entry, ""));
    if !needs.is_empty() && !features.contains(&needs) {
        return;
    }
    if entry == "unknown" {
        marks.unknown.insert((at.0.into(), at.1));
        return;
    }
    let (words, resource) = entry.split_once(" on ").unwrap_or((entry, "?"));
    let mut words = words.split(' ');
    let call = words.next().unwrap().to_owned();
    let mut detail = Detail {
        binaries: Vec::new(),
        confidence: "certain".into(),
        kind: "request".into(),
        resource: resource.into(),
    };
    for word in words {
        match word {
            "likely" | "ambiguous" => detail.confidence = word.into(),
            word => match word.strip_prefix('@') {
                Some(binary) => detail.binaries.push(binary.into()),
                None => detail.kind = word.into(),
            },
        }
    }
    assert!(marks.calls.insert((at.0.into(), at.1, call), detail).is_none(), "{entry} twice");
}

fn found(dir: &Path, features: &[&str]) -> Found {
    let selection = Selection {
        features: features.iter().map(|it| (*it).to_owned()).collect(),
        ..Selection::default()
    };
    let configuration = Configuration::new(Some("x86_64-unknown-linux-gnu")).unwrap();
    let request =
        Request { dir, selection: &selection, configuration: &configuration, binary: None };
    source::read_with_calls(&request, Catalog::embedded(), &|_| Variables::new()).unwrap().1
}

fn written(resource: &ReachableResource) -> String {
    match resource {
        ReachableResource::Unknown { .. } => "?".to_owned(),
        ReachableResource::Known(all) => {
            let mut all: Vec<String> = all
                .iter()
                .map(|it| match it {
                    DeclaredResource::Arn(text) | DeclaredResource::Tail(text) => text.to_string(),
                    DeclaredResource::Environment { name, form } => {
                        format!("env {name} {}", form.as_str())
                    }
                    DeclaredResource::Any { .. } => "*".into(),
                })
                .collect();
            all.sort_by_key(|it| it.starts_with("env "));
            all.join(", ")
        }
        ReachableResource::ByAction(sides) => {
            let sides = sides.iter().map(|(action, side)| format!("{action}={}", written(side)));
            sides.collect::<Vec<_>>().join(", ")
        }
    }
}

fn row(found: &FoundCall) -> (Key, Detail) {
    let call = &found.call;
    let CallPlace::Source { origin, binaries } = &call.place else { panic!("{call:?}") };
    let resource = written(&call.resource);
    let key = (origin.file.to_string(), origin.line, format!("{}.{}", call.client, call.name()));
    let detail = Detail {
        binaries: binaries.iter().map(ToString::to_string).collect(),
        confidence: call.confidence.as_str().into(),
        kind: found.kind.as_str().into(),
        resource,
    };
    (key, detail)
}

#[test]
fn nearly_all_calls_are_found_and_nearly_all_found_are_calls() {
    let mut dirs: Vec<PathBuf> =
        std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    dirs.sort();
    assert!(dirs.len() >= 12, "{}", dirs.len());
    let (mut marked, mut right, mut reported) = (0, 0, 0);
    let (mut exact, mut different) = (0, Vec::new());
    for dir in &dirs {
        let name = dir.file_name().unwrap().to_str().unwrap();
        let selections: &[&[&str]] = if name == "features" { &[&[], &["audit"]] } else { &[&[]] };
        for features in selections {
            let marks = marks(dir, features);
            let found = found(dir, features);
            let rows: BTreeMap<Key, Detail> = found.calls.iter().map(row).collect();
            marked += marks.calls.len();
            reported += rows.len();
            for (key, detail) in &marks.calls {
                match rows.get(key) {
                    None => different.push(format!("{name} misses {key:?}")),
                    Some(own) => {
                        right += 1;
                        if own == detail {
                            exact += 1;
                        } else {
                            different.push(format!(
                                "{name} {key:?}\n    expected {detail:?}\n    found    {own:?}"
                            ));
                        }
                    }
                }
            }
            for key in rows.keys().filter(|key| !marks.calls.contains_key(*key)) {
                different.push(format!("{name} has no call {key:?}"));
            }
            let unknown: BTreeSet<(String, u32)> = found
                .unknown
                .iter()
                .map(|it| {
                    let (file, line) = it.place.rsplit_once(':').unwrap();
                    (file.to_owned(), line.parse().unwrap())
                })
                .collect();
            assert_eq!(unknown, marks.unknown, "{name}: {:?}", found.unknown);
        }
    }
    let share = |part: usize, of: usize| part as f64 / of as f64;
    let (recall, precision) = (share(right, marked), share(right, reported));
    println!(
        "{} functions, {marked} calls: recall {:.1} %, precision {:.1} %, binaries, kind and resource right of {:.1} %",
        dirs.len(),
        recall * 100.0,
        precision * 100.0,
        share(exact, marked) * 100.0
    );
    println!("{}", different.join("\n"));
    assert!(recall >= TARGET && precision >= TARGET, "{}", different.join("\n"));
}

#[test]
fn every_call_of_the_examples_is_declared_and_none_is_left_out() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples");
    for (name, calls) in [("order-api", 10), ("nightly-reports", 6)] {
        let dir = examples.join(name);
        let found = found(&dir, &[]);
        assert_eq!((found.calls.len(), &found.unknown[..]), (calls, &[][..]), "{name}");
        assert!(found.calls.iter().all(|it| !row(it).1.binaries.is_empty()), "{name}");
    }
}

#[test]
fn what_is_suggested_lacks_nothing_but_resources_that_nobody_knows() {
    let program = env!("CARGO_BIN_EXE_policy-cli");
    for entry in std::fs::read_dir(fixtures()).unwrap() {
        let dir = entry.unwrap().path();
        let mut command = std::process::Command::new(program);
        let output = command.args(["scan", "--suggest", "--crate"]).arg(&dir).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", dir.display());
        let text = String::from_utf8(output.stdout).unwrap();
        let file = SourceFile {
            package: "p".into(),
            crate_name: "p".into(),
            target: None,
            file: "main.rs".into(),
        };
        for item in syn::parse_file(&text).unwrap().items {
            let syn::Item::Struct(item) = item else { continue };
            if item.fields.is_empty() {
                continue;
            }
            let Err(broken) = declare::parse_derive(&item.into(), &file, Catalog::embedded())
            else {
                continue;
            };
            for mistake in broken.mistakes.errors() {
                let message = mistake.to_string();
                assert!(message.starts_with("no resource is named"), "{message}\n{text}");
            }
        }
    }
}
