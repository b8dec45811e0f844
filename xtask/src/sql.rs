//! `cargo xtask sql`: the SQL that stands for the native reduction of CloudTrail logs.
//!
//! Athena cannot be run outside AWS, so its text is read by grammars of Trino from the package index. With `--spark` the text for Spark
//! runs on a real Spark, on this machine, over made-up trails, the cases of the repository and the logs of `POLICY_CORPUS`, and has
//! to show what the native reader shows. Python packages (`tests/sql`) are pinned and installed below `target/`; Java 17 or newer has to be there.

use std::process::Command;

use crate::run::{Outcome, run};
use crate::venv::{python, target};

/// What is tested.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also on Spark.
    #[arg(long)]
    pub(crate) spark: bool,
}

/// Tests the SQL.
pub(crate) fn sql(args: &Args) -> Outcome {
    let grammars = python("sql-venv", "tests/sql/requirements.txt")?;
    run("cargo", &["build", "--locked", "--package", "policy-cli"])?;
    let policy_cli = target().join("debug/policy-cli");
    let policy_cli = policy_cli.to_string_lossy();
    run(&grammars, &["-B", "tests/sql/grammar.py", &policy_cli])?;
    if !args.spark {
        return Ok(());
    }
    java()?;
    let spark = python("spark-venv", "tests/sql/requirements-spark.txt")?;
    let folder = target().join("sql-spark");
    run(&spark, &["-B", "tests/sql/spark.py", &policy_cli, &folder.to_string_lossy()])
}

/// Spark runs on Java.
fn java() -> Outcome {
    let home =
        std::env::var_os("JAVA_HOME").map(|home| std::path::Path::new(&home).join("bin/java"));
    let java = home.unwrap_or_else(|| "java".into());
    match Command::new(java).arg("-version").output() {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err("Spark needs Java 17 or newer (package `openjdk-17-jre-headless` on Debian), on the PATH or in JAVA_HOME".to_owned()),
    }
}
