//! Flags and `policy.toml` → what is stated.

use std::collections::BTreeMap;
use std::path::PathBuf;

use policy_core::evidence::Environment;
use policy_core::evidence::assign::{RoleSelector, Stated};
use policy_core::iam::{Partition, WordError};

use crate::args::GenerateArgs;
use crate::config::{self, Config, FILE_NAME};
use crate::failure::{Failure, shown};

/// The settings of `--config`; else of the `policy.toml` beside the crate's manifest, or, when only a
/// binary is named, in the current folder.
pub(super) fn config(args: &GenerateArgs) -> Result<Config, Failure> {
    if let Some(path) = &args.config {
        return Config::read(path);
    }
    let folders: Vec<PathBuf> = match &args.crates[..] {
        [] if !args.binaries.is_empty() => vec![PathBuf::new()],
        crates => crates.to_vec(),
    };
    let mut found: Vec<PathBuf> =
        folders.iter().map(|dir| dir.join(FILE_NAME)).filter(|path| path.is_file()).collect();
    found.sort();
    found.dedup();
    match &found[..] {
        [] => Ok(Config::default()),
        [path] => Config::read(path),
        several => {
            let names: Vec<String> =
                several.iter().map(|path| format!("`{}`", shown(path))).collect();
            Err(Failure::input(format!("several packages have settings: {}", names.join(", ")))
                .help("name one file for all of them with `--config FILE`"))
        }
    }
}

/// Everything stated, flags before the file.
pub(super) fn stated(args: &GenerateArgs, config: &Config) -> Result<Stated, Failure> {
    let mut failures = Vec::new();
    let place = (args.account.as_deref(), args.region.as_deref(), args.partition.as_deref());
    let environment = environment(place, &mut failures);
    let mut stated = Stated {
        environment,
        parameters: config.parameters.clone(),
        encryption: config.encryption.clone(),
        functions: config.functions.clone(),
        only: args.function.as_deref().map(Into::into),
        function_name: args.function_name.as_deref().map(Into::into),
        ..Stated::default()
    };
    match args.role.as_deref().map(RoleSelector::parse).transpose() {
        Ok(role) => stated.role = role,
        Err(error) => {
            let help = "write `--role orders-exec`, or the whole ARN";
            failures.push(Failure::input(format!("`--role`: {error}")).help(help));
        }
    }
    stated.overrides = overrides(&args.parameters, &mut failures);
    if let Some(name) = &args.function_name
        && !config::is_function_name(name)
    {
        let message = format!("`--function-name`: {}", config::not_a_function_name(name));
        failures.push(Failure::input(message));
    }
    if failures.is_empty() { Ok(stated) } else { Err(Failure::all(failures)) }
}

/// Account, Region and partition, as the flags give them.
pub(in crate::command) fn environment(
    (account, region, partition): (Option<&str>, Option<&str>, Option<&str>),
    failures: &mut Vec<Failure>,
) -> Environment {
    let mut note = |flag: &str, error: WordError, help: &str| {
        failures.push(Failure::input(format!("`{flag}`: {error}")).help(help));
    };
    let mut environment = Environment::default();
    match account.map(str::parse).transpose() {
        Ok(account) => environment.account = account,
        Err(error) => note("--account", error, "write all 12 digits: `--account 111122223333`"),
    }
    match region.map(str::parse).transpose() {
        Ok(region) => environment.region = region,
        Err(error) => note("--region", error, "write its code: `--region eu-west-1`"),
    }
    match partition.map(str::parse::<Partition>).transpose() {
        Ok(Some(partition)) => environment.partition = partition,
        Ok(None) => {
            if let Some(partition) =
                environment.region.as_ref().and_then(|it| of_region(it.as_str()))
            {
                environment.partition = partition;
            }
        }
        Err(error) => note("--partition", error, "leave it out for ordinary Regions"),
    }
    environment
}

/// The values that `--param` gives.
pub(in crate::command) fn overrides(
    parameters: &[String],
    failures: &mut Vec<Failure>,
) -> BTreeMap<Box<str>, Box<str>> {
    let mut overrides: BTreeMap<Box<str>, Box<str>> = BTreeMap::new();
    for parameter in parameters {
        match parameter.split_once('=') {
            Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                if let Some(wrong) = config::wrong_value(value) {
                    failures.push(Failure::input(format!("`--param {name}`: {wrong}")));
                }
                let before = overrides.insert(name.into(), value.into());
                if let Some(before) = before.filter(|before| **before != *value) {
                    failures.push(Failure::input(format!(
                        "`--param {name}` has two values: `{before}` and `{value}`"
                    )));
                }
            }
            _ => failures.push(
                Failure::input(format!("`--param`: `{parameter}` is not NAME=VALUE"))
                    .help("write `--param stage=prod`"),
            ),
        }
    }
    overrides
}

/// The partition that a Region belongs to, where its code tells.
fn of_region(region: &str) -> Option<Partition> {
    let partition = match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => return None,
    };
    partition.parse().ok()
}
