//! For every role in the corpus's trails, `observed` gives documents that pass their proof: each
//! successful call allowed, each only refused one not.
//!
//! The corpus is no part of the repository; `POLICY_CORPUS` says where it lies. Run with
//! `--nocapture` to see the counts.
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test shows what it counted")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{Aggregate, Reader};
use policy_core::evidence::{
    Environment, FunctionEvidence, FunctionSettings, ObservedCall, ObservedResource, Outcome,
};
use policy_core::finding::Code;
use policy_core::graph::{AccessGraph, Merge};
use policy_core::iam::{ActionName, RoleArn};
use policy_core::semantics::{Context, Policies, Principal, Request, principal_side};
use policy_core::synthesis::{Conditions, Options, SynthesisError, synthesise};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_none_or(|extension| extension != "txt") {
            found.push(path);
        }
    }
}

fn content(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_none_or(|extension| extension != "gz") {
        return bytes;
    }
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(&*bytes).read_to_end(&mut unpacked).unwrap();
    unpacked
}

fn calls(corpus: &Path) -> Vec<ObservedCall> {
    let mut paths = Vec::new();
    files(&corpus.join("cloudtrail"), &mut paths);
    let mut reader = Reader::new(Catalog::embedded());
    let mut aggregate = Aggregate::new();
    for path in &paths {
        // Broken files are the business of the reader's own test.
        _ = reader.document(&content(path), &path.to_string_lossy(), &mut aggregate);
    }
    aggregate.finish().unwrap().calls
}

fn evidence(role: &RoleArn, observed: Vec<ObservedCall>) -> FunctionEvidence {
    let account = role.arn().account().parse().unwrap();
    let region = observed[0].key.region.clone();
    FunctionEvidence {
        settings: FunctionSettings {
            name: role.name().into(),
            role: Some(role.clone()),
            ..FunctionSettings::default()
        },
        environment: Environment {
            account: Some(account),
            region: Some(region),
            ..Environment::default()
        },
        declarations: Vec::new(),
        reachable: None,
        observed,
    }
}

/// The call as a request by action and resource alone.
fn request(call: &ObservedCall) -> Option<Request> {
    let resource = match &call.key.resource {
        ObservedResource::Arn(arn) => arn.to_string(),
        ObservedResource::None => "*".to_owned(),
        _ => return None,
    };
    Some(Request {
        principal: Principal::role(call.key.role.clone()),
        action: call.key.action.clone(),
        resource,
        context: Context::default(),
    })
}

#[test]
fn every_role_of_the_corpus_gets_documents_that_pass_their_proof() {
    let Some(corpus) = std::env::var_os("POLICY_CORPUS") else {
        eprintln!("POLICY_CORPUS is not set: the corpus was not read");
        return;
    };
    let mut by_role: BTreeMap<RoleArn, Vec<ObservedCall>> = BTreeMap::new();
    for call in calls(Path::new(&corpus)) {
        by_role.entry(call.key.role.clone()).or_default().push(call);
    }
    let catalog = Catalog::embedded();
    let conditions = Conditions::none();
    let bare = Options { conditions, ..Options::default() };
    let mut found: BTreeMap<Code, usize> = BTreeMap::new();
    let (mut allowed, mut refused, mut unknown) = (0, 0, 0);
    let mut too_large = Vec::new();
    let mut time = Duration::ZERO;
    for (role, calls) in &by_role {
        let evidence = evidence(role, calls.clone());
        let start = Instant::now();
        let (graph, findings) = AccessGraph::build(&evidence, catalog, Merge::Observed).unwrap();
        let made = synthesise(&graph, catalog, Options::default());
        time += start.elapsed();
        findings.iter().for_each(|finding| *found.entry(finding.code).or_default() += 1);
        match made {
            Ok((_, more)) => {
                more.iter().for_each(|finding| *found.entry(finding.code).or_default() += 1);
            }
            Err(SynthesisError::OverQuota(error)) => {
                too_large.push(format!("{role}: {error}"));
                continue;
            }
            Err(error) => panic!("{role}: {error}"),
        }
        // Without conditions, action and resource alone decide.
        let policies = synthesise(&graph, catalog, bare).unwrap().0;
        let policies = Policies::identity(policies.execution_role);
        let mut used: BTreeSet<(&ActionName, String)> = BTreeSet::new();
        for call in calls.iter().filter(|call| call.key.outcome.is_use()) {
            match request(call) {
                Some(request) => {
                    assert!(principal_side(&request, &policies), "{request:?}");
                    used.insert((&call.key.action, request.resource));
                    allowed += 1;
                }
                None => unknown += 1,
            }
        }
        for call in calls.iter().filter(|call| call.key.outcome == Outcome::Denied) {
            let Some(request) = request(call) else { continue };
            if !used.contains(&(&call.key.action, request.resource.clone())) {
                assert!(!principal_side(&request, &policies), "{request:?}");
                refused += 1;
            }
        }
    }
    println!("roles {}, graph, synthesis and proof in {time:?}", by_role.len());
    println!("requests allowed {allowed}, only refused {refused}, without a resource {unknown}");
    println!("over a quota {too_large:#?}");
    for (code, count) in found {
        println!("{count:>6} {}", code.as_str());
    }
    assert!(!by_role.is_empty());
}
