//! Flags and `policy.toml` → what is stated.

use std::collections::BTreeMap;
use std::path::PathBuf;

use policy_core::evidence::Environment;
use policy_core::evidence::assign::{RoleSelector, Stated};
use policy_core::iam::{Partition, Region, WordError};

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
        encryption_origins: config.encryption_origins.clone(),
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
        Ok(Some(partition)) => {
            if let Some(region) = &environment.region {
                failures.extend(contradiction(&partition, region));
            }
            environment.partition = partition;
        }
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

/// How the codes of Regions begin that are not in `aws`, with their partition and one of them.
///
/// # Source
/// AWS whitepaper "AWS Fault Isolation Boundaries", "Partitions"; the isolated ones: the list of partitions in the AWS SDKs.
const PARTITIONS: &[(&str, &str, &str)] = &[
    ("cn-", "aws-cn", "cn-north-1"),
    ("eu-isoe-", "aws-iso-e", "eu-isoe-west-1"),
    ("eusc-", "aws-eusc", "eusc-de-east-1"),
    ("us-gov-", "aws-us-gov", "us-gov-west-1"),
    ("us-iso-", "aws-iso", "us-iso-east-1"),
    ("us-isob-", "aws-iso-b", "us-isob-east-1"),
    ("us-isof-", "aws-iso-f", "us-isof-south-1"),
];

/// The partition that a Region belongs to, where its code tells.
fn of_region(region: &str) -> Option<Partition> {
    let known = PARTITIONS.iter().find(|(begins, ..)| region.starts_with(begins));
    known.and_then(|(_, partition, _)| partition.parse().ok())
}

/// What is wrong where a Region is not of the partition; of a partition that is not known here nothing is.
fn contradiction(partition: &Partition, region: &Region) -> Option<Failure> {
    let (given, code) = (partition.as_str(), region.as_str());
    let own = of_region(code);
    let known = PARTITIONS.iter().find(|(_, name, _)| *name == given);
    let help = match (&own, known) {
        (Some(own), _) if own != partition => format!("write `--partition {own}`, or leave it out"),
        (None, Some((.., example))) => {
            format!(
                "write a Region of `{given}`, such as `--region {example}`, or leave `--partition` out"
            )
        }
        _ => return None,
    };
    let message = format!(
        "`--partition {given}` contradicts `--region {code}`, which is in `{}`",
        own.unwrap_or_default()
    );
    Some(Failure::input(message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The partition that the flags lead to, or what is wrong with them.
    fn told(partition: Option<&str>, region: &str) -> Result<String, String> {
        let mut failures = Vec::new();
        let found = environment((None, Some(region), partition), &mut failures);
        match failures.first() {
            None => Ok(found.partition.to_string()),
            Some(failure) => {
                let problem = &failure.problems()[0];
                Err(format!(
                    "{} / {}",
                    problem.message,
                    problem.help.as_deref().unwrap_or_default()
                ))
            }
        }
    }

    #[test]
    fn a_region_tells_its_partition_and_another_is_refused() {
        for (begins, partition, region) in PARTITIONS {
            assert!(region.starts_with(begins), "{region}");
            assert_eq!(told(None, region).as_deref(), Ok(*partition));
            assert_eq!(told(Some(partition), region).as_deref(), Ok(*partition));
            assert!(told(Some("aws"), region).is_err(), "{region}");
            assert!(told(Some(partition), "eu-west-1").is_err(), "{region}");
        }
        assert!(PARTITIONS.is_sorted());
        assert_eq!(told(None, "us-east-1").as_deref(), Ok("aws"));
        assert_eq!(told(Some("aws"), "us-east-1").as_deref(), Ok("aws"));
        // A partition that nobody here knows may have Regions of any name.
        assert_eq!(told(Some("aws-new"), "us-new-1").as_deref(), Ok("aws-new"));
        let said = |partition, region| told(Some(partition), region).unwrap_err();
        assert_eq!(
            said("aws", "cn-north-1"),
            "`--partition aws` contradicts `--region cn-north-1`, which is in `aws-cn` / write `--partition aws-cn`, or leave it out"
        );
        assert_eq!(
            said("aws-cn", "eu-west-1"),
            "`--partition aws-cn` contradicts `--region eu-west-1`, which is in `aws` / write a Region of `aws-cn`, such as `--region cn-north-1`, or leave `--partition` out"
        );
        assert!(said("aws-new", "us-gov-west-1").contains("which is in `aws-us-gov`"));
    }
}
