//! `cargo xtask catalog`: committed fact tables → the embedded catalog.
//!
//! The tables are refreshed by hand from the sources in `pins.toml` (see `SOURCE.md`); nothing here
//! uses the network.

mod compare;
mod encode;
mod encode_trail;
mod facts;
mod overrides;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use policy_core::catalog::Catalog;
use serde::Deserialize;

use crate::run::{Outcome, root};

/// What to do with the catalog; without a task: build it.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Fact tables and overrides → `catalog.bin` and `counts.json`.
    Build {
        /// Write even when much is missing that the present catalog has.
        #[arg(long)]
        accept: bool,
    },
    /// Builds in memory and compares with the committed bytes.
    Check,
    /// What changed since another `catalog.bin`.
    Diff {
        /// The older file.
        old: PathBuf,
    },
}

/// `pins.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pins {
    /// The day of the action facts.
    date: String,
    source: Vec<Pin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    name: String,
    version: String,
    #[expect(dead_code, reason = "for whoever fetches the source again")]
    from: String,
    #[expect(dead_code, reason = "for whoever fetches the source again")]
    licence: String,
    #[expect(dead_code, reason = "for whoever fetches the source again")]
    sha256: Option<String>,
}

/// Runs the task.
pub(crate) fn catalog(args: &Args) -> Outcome {
    match &args.task {
        None => build(false),
        Some(Task::Build { accept }) => build(*accept),
        Some(Task::Check) => check(),
        Some(Task::Diff { old }) => diff(old),
    }
}

fn data() -> PathBuf {
    root().join("policy-core/src/catalog/data")
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    std::fs::write(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn load(path: &Path) -> Result<Catalog, String> {
    Catalog::from_bytes(read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// Tables, overrides and pins → facts and file.
fn made() -> Result<(facts::Facts, Vec<u8>), String> {
    let data = data();
    let mut facts = facts::read(&data.join("facts"))?;
    let overrides = overrides::read(&data.join("overrides.toml"))?;
    overrides.apply(&mut facts)?;
    let pins = data.join("pins.toml");
    let text = String::from_utf8(read(&pins)?).map_err(|_| "pins.toml is not UTF-8".to_owned())?;
    let pins: Pins = toml::from_str(&text).map_err(|error| format!("pins.toml: {error}"))?;
    let sources: Vec<String> =
        pins.source.iter().map(|pin| format!("{} {}", pin.name, pin.version)).collect();
    let bytes = encode::encode(&facts, &overrides, &pins.date, &sources)?;
    Ok((facts, bytes))
}

fn build(accept: bool) -> Outcome {
    let (_, bytes) = made()?;
    let file = data().join("catalog.bin");
    let new = Catalog::from_bytes(bytes.clone()).map_err(|error| error.to_string())?;
    match load(&file) {
        Ok(old) if !accept => compare::guard(&old, &new)?,
        Ok(_) => {}
        Err(error) => eprintln!("xtask: no catalog to compare with: {error}"),
    }
    let counts = compare::counts(&new);
    write(&file, &bytes)?;
    write(&data().join("counts.json"), counts.as_bytes())?;
    eprint!("{counts}");
    Ok(())
}

/// The committed catalog is what the committed tables give.
pub(crate) fn check() -> Outcome {
    let (_, bytes) = made()?;
    let new = Catalog::from_bytes(bytes.clone()).map_err(|error| error.to_string())?;
    let stale = "is not what the fact tables give: run `cargo xtask catalog build`";
    if read(&data().join("catalog.bin"))? != bytes {
        return Err(format!("catalog.bin {stale}"));
    }
    if read(&data().join("counts.json"))? != compare::counts(&new).as_bytes() {
        return Err(format!("counts.json {stale}"));
    }
    Ok(())
}

fn diff(old: &Path) -> Outcome {
    let (old, new) = (load(old)?, load(&data().join("catalog.bin"))?);
    for line in compare::differences(&old, &new) {
        eprintln!("{line}");
    }
    Ok(())
}
