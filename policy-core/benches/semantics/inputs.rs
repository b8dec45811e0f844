//! What the rows read, and what they read about themselves.

use std::io::Read;
use std::path::{Path, PathBuf};

use policy_core::policy::{self, PolicyDocument};
use serde_json::Value;

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

/// The most memory a process had at any time, by its number or `self`. Linux keeps it under `/proc`;
/// elsewhere it is not measured.
pub(crate) fn peak_memory_mib(process: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0)
}
