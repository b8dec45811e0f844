//! What the rows read, and what they read about themselves.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use policy_core::policy::{self, PolicyDocument, Statement};
use serde_json::Value;

/// The time that this thread has used. On busy cores it says more than the time that went by.
pub(crate) struct Stopwatch(Duration);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(used())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        used().saturating_sub(self.0)
    }
}

#[cfg(unix)]
fn used() -> Duration {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap().into()
}

#[cfg(not(unix))]
fn used() -> Duration {
    static FIRST: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    FIRST.elapsed()
}

/// The folder of real policies.
pub(crate) fn corpus() -> Option<PathBuf> {
    std::env::var_os("POLICY_CORPUS").map(PathBuf::from)
}

pub(crate) fn unzipped(path: &Path) -> String {
    let file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

/// A document as a JSON value.
pub(crate) fn document(value: &Value) -> PolicyDocument {
    policy::parse(&value.to_string(), "bench").unwrap_or_else(|e| panic!("{e:?}")).document
}

/// The old and new documents of real changes of AWS managed policies, with their names.
pub(crate) fn version_pairs() -> Option<Vec<(String, PolicyDocument, PolicyDocument)>> {
    let text = unzipped(&corpus()?.join("policies/aws-managed-version-pairs.jsonl.gz"));
    let pair = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let name = format!("{} {}", line["name"], line["new_version"]);
        (name, document(&line["old"]), document(&line["new"]))
    };
    Some(text.lines().map(pair).collect())
}

/// The role that the example of this repository is deployed with.
pub(crate) fn deployed_role() -> PolicyDocument {
    let text = include_str!("../../../examples/order-api/deployed-role.json");
    document(&serde_json::from_str(text).unwrap())
}

/// Everything on everything.
pub(crate) fn full_access() -> PolicyDocument {
    PolicyDocument::new(vec![Statement::allow(["*"], ["*"])])
}

/// The largest AWS managed policies, by statements and then by entries.
pub(crate) fn largest_policies(count: usize) -> Option<Vec<PolicyDocument>> {
    let text = unzipped(&corpus()?.join("policies/aws-managed.jsonl.gz"));
    let mut all: Vec<PolicyDocument> = text
        .lines()
        .map(|line| document(&serde_json::from_str::<Value>(line).unwrap()["document"]))
        .collect();
    all.sort_by_cached_key(|document| std::cmp::Reverse(entries(document)));
    all.truncate(count);
    Some(all)
}

/// The inline and attached policies of the role of an account dump that has the most statements.
pub(crate) fn largest_role() -> Option<Vec<PolicyDocument>> {
    let path = corpus()?.join("account-authorization-details/cloudsplaining-example.json.gz");
    let dump: Value = serde_json::from_str(&unzipped(&path)).unwrap();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let attached = |arn: &Value| {
        let policies = list(&dump["Policies"]);
        let policy = policies.into_iter().find(|policy| policy["Arn"] == *arn)?;
        let versions = list(&policy["PolicyVersionList"]);
        versions
            .into_iter()
            .find(|v| v["IsDefaultVersion"] == true)
            .map(|v| document(&v["Document"]))
    };
    let role = |role: &Value| -> Vec<PolicyDocument> {
        let inline = list(&role["RolePolicyList"]);
        let inline = inline.iter().map(|policy| document(&policy["PolicyDocument"]));
        let managed = list(&role["AttachedManagedPolicies"]);
        inline.chain(managed.iter().filter_map(|policy| attached(&policy["PolicyArn"]))).collect()
    };
    let roles = list(&dump["RoleDetailList"]);
    roles.iter().map(role).max_by_key(|role| role.iter().map(|d| entries(d).0).sum::<usize>())
}

/// How much there is to look through: statements, then actions.
fn entries(document: &PolicyDocument) -> (usize, usize) {
    let actions = document.statements.iter().map(|s| s.action.values().len()).sum();
    (document.statements.len(), actions)
}

/// The most memory a process had at any time, by its number or `self`. Linux keeps it under `/proc`;
/// elsewhere it is not measured.
pub(crate) fn peak_memory_mib(process: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0)
}
