//! Logs that Spark reads and reduces → a result as of the statement that `observe --emit-sql` prints.
//!
//! `spark-submit` from the PATH runs a few lines of Python, locally, on the cluster that Spark is configured for, or as the client of a
//! Spark Connect server. A Rust client would save that program, and cost every build of this tool a gRPC and Arrow
//! stack and a protobuf compiler.
//!
//! What the rows mean is decided in `policy-core`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::Query;
use tempfile::TempDir;

use crate::failure::{Failure, shown};

const SCRIPT: &str = include_str!("reduce.py");
const PROGRAM: &str = "spark-submit";

const HELP_ADDRESS: &str = "write it as `sc://HOST:PORT`; Spark's own port for it is 15002";

/// The result, in a folder that goes with this value.
#[derive(Debug)]
pub struct Rows(TempDir);

impl Rows {
    /// The file that `observe --join` would read.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.0.path().join("rows.jsonl")
    }
}

/// Lets Spark reduce the logs at `paths`, which are paths or patterns as Spark, or the server, reads them.
///
/// # Errors
/// [`Failure`] when Spark is not there or cannot read the logs.
pub fn reduce(paths: &[PathBuf], remote: Option<&str>) -> Result<Rows, Failure> {
    if let Some(remote) = remote
        && remote.strip_prefix("sc://").is_none_or(str::is_empty)
    {
        let message = format!("`{remote}` is not the address of a Spark Connect server");
        return Err(Failure::input(message).help(HELP_ADDRESS));
    }
    let paths = paths.iter().map(|path| pattern(path)).collect::<Result<Vec<_>, _>>()?;
    let folder = tempfile::Builder::new()
        .prefix("policy-cli-spark-")
        .tempdir()
        .map_err(|error| cannot_write(&std::env::temp_dir(), &error))?;
    run(folder.path(), &Query::spark(Catalog::embedded(), &paths), remote)?;
    Ok(Rows(folder))
}

/// A path for Spark. What lies here is meant as it is named; all else may be an address or a pattern.
fn pattern(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().ok_or_else(|| {
        Failure::input(format!("`{}` is no UTF-8, which Spark needs", shown(path)))
    })?;
    if text == "-" {
        return Err(Failure::input("Spark cannot read stdin").help("name files or folders"));
    }
    if text.contains("://") || !path.exists() {
        return Ok(text.to_owned());
    }
    let whole =
        std::path::absolute(path).map_err(|error| super::unreadable(path, "logs", &error))?;
    let mut escaped = String::new();
    for sign in shown(&whole).chars() {
        if "*?[]{}\\,".contains(sign) {
            escaped.push('\\');
        }
        escaped.push(sign);
    }
    Ok(escaped)
}

/// Runs the script, which writes the rows into `folder`.
fn run(folder: &Path, query: &Query, remote: Option<&str>) -> Result<(), Failure> {
    let script = folder.join("reduce.py");
    let tables = serde_json::json!(query.tables).to_string();
    let files = [
        (&script, SCRIPT),
        (&folder.join("tables.json"), &tables),
        (&folder.join("query.sql"), &query.statement),
    ];
    for (path, text) in files {
        fs::write(path, text).map_err(|error| cannot_write(path, &error))?;
    }
    let said = folder.join("said.txt");
    let output = File::create(&said).map_err(|error| cannot_write(&said, &error))?;
    let errors = output.try_clone().map_err(|error| cannot_write(&said, &error))?;
    let mut command = Command::new(PROGRAM);
    if let Some(remote) = remote {
        command.args(["--remote", remote]);
    }
    command.arg(&script).arg(folder).args(remote);
    let status = command.stdin(Stdio::null()).stdout(output).stderr(errors).status();
    let status = status.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::input(format!("`{PROGRAM}` is not on the PATH")).help(
            "install Spark, or the PyPI package `pyspark[connect]` and Java; or run the text of `policy-cli observe --emit-sql spark` yourself",
        ),
        _ => Failure::input(format!("cannot run `{PROGRAM}`: {error}")),
    })?;
    let problem = fs::read_to_string(folder.join("problem.txt")).ok();
    if problem.is_none() && status.success() {
        return Ok(());
    }
    let problem = problem.unwrap_or_else(|| last_words(&said, status));
    Err(Failure::input(format!("Spark could not reduce the logs: {problem}"))
        .note("nothing was written"))
}

/// Why the program ended when the script had no chance to say it.
fn last_words(said: &Path, status: std::process::ExitStatus) -> String {
    let said = fs::read(said).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let is_cause = |line: &&str| line.contains("Error") || line.contains("Exception");
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let cause = lines().find(is_cause).or_else(|| lines().next_back());
    cause.map_or_else(|| format!("`{PROGRAM}` ended with {status}"), ToOwned::to_owned)
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::input(format!("cannot write `{}`: {error}", shown(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_here_is_named_as_it_is_and_addresses_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a,{b}*");
        fs::create_dir(&path).unwrap();
        let text = pattern(&path).unwrap();
        assert!(text.ends_with(r"/a\,\{b\}\*"), "{text}");
        for text in ["s3a://acme-logs/AWSLogs/*/CloudTrail", "/no/such/folder/2026-*"] {
            assert_eq!(pattern(Path::new(text)).unwrap(), text);
        }
        assert!(pattern(Path::new("-")).is_err());
    }
}
