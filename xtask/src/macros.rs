//! `cargo xtask macros`: what the macros cost a build.
//!
//! Two crates of the same calls, over stand-ins of SDK clients: one takes the clients, the other declares each
//! operation and calls it through handles. Their difference, divided by the operations, is what a declared
//! operation costs. Processor time, since the cores have other work. Writes nothing outside `target/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use policy_core::catalog::{Catalog, Operation, ResourceType, rust_name};

use crate::bench::measured;
use crate::run::{Outcome, root};

/// How much to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Operations that are declared and called.
    #[arg(long, default_value_t = 200)]
    operations: usize,
    /// Runs of each; the median counts.
    #[arg(long, default_value_t = 9)]
    runs: usize,
}

/// Clients that Lambda functions use, until there are enough operations.
const CLIENTS: [&str; 12] = [
    "dynamodb",
    "s3",
    "sqs",
    "sns",
    "lambda",
    "secretsmanager",
    "kms",
    "sfn",
    "kinesis",
    "ecs",
    "glue",
    "iot",
];

/// Operations on resources of one type: one field.
struct Group<'c> {
    client: &'c str,
    on: String,
    operations: Vec<Operation<'c>>,
}

/// Writes the crates and measures them.
#[expect(clippy::print_stdout, reason = "the numbers are the output")]
pub(crate) fn macros(args: &Args) -> Outcome {
    let groups = groups(args.operations)?;
    let folder = root().join("target/macro-bench");
    write(&folder, &groups)?;
    println!("{} operations in {} fields, medians of {}", args.operations, groups.len(), args.runs);
    println!("{:<14} {:>10} {:>10} {:>22}", "", "clients", "declared", "a declared operation");
    for command in ["check", "build"] {
        let mut medians = Vec::new();
        for name in ["clients", "declared"] {
            let source = folder.join(name).join("src/lib.rs");
            // The first run compiles what both depend on.
            cargo(&folder, command, name)?;
            let mut seconds = Vec::with_capacity(args.runs);
            for _ in 0..args.runs.max(1) {
                let text = read(&source)?;
                write_file(&source, &text)?;
                seconds.push(cargo(&folder, command, name)?);
            }
            seconds.sort_by(f64::total_cmp);
            medians.push(seconds[seconds.len() / 2] * 1000.0);
        }
        let each = (medians[1] - medians[0]) / args.operations as f64;
        println!(
            "cargo {command:<8} {:>7.0} ms {:>7.0} ms {each:>19.2} ms",
            medians[0], medians[1]
        );
    }
    Ok(())
}

/// Processor seconds of one cargo command.
fn cargo(folder: &Path, command: &str, package: &str) -> Result<f64, String> {
    let manifest = folder.join("Cargo.toml").display().to_string();
    let arguments = [command, "--quiet", "--offline", "--manifest-path", &manifest, "-p", package];
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = arguments.map(str::to_owned);
    measured(Path::new(&cargo), &arguments).map(|run| run.processor)
}

fn groups(wanted: usize) -> Result<Vec<Group<'static>>, String> {
    let catalog = Catalog::embedded();
    let mut groups: Vec<Group<'static>> = Vec::new();
    let mut left = wanted;
    for client in CLIENTS.iter().filter_map(|name| catalog.client(name)) {
        let mut by_type: BTreeMap<&str, (ResourceType<'static>, Vec<Operation<'static>>)> =
            BTreeMap::new();
        for operation in client.operations().filter(|operation| !operation.is_unresolved()) {
            let kinds = operation.primary().map(|action| {
                action.resource_types().map(|kind| kind.resource_type).collect::<Vec<_>>()
            });
            let kinds: Vec<Vec<ResourceType<'static>>> = kinds.collect();
            // What every action of it applies to.
            let Some((first, rest)) = kinds.split_first() else { continue };
            let common = first.iter().find(|kind| {
                rest.iter().all(|others| others.iter().any(|other| other.name() == kind.name()))
            });
            if let Some(kind) = common {
                by_type.entry(kind.name()).or_insert_with(|| (*kind, Vec::new())).1.push(operation);
            }
        }
        for (kind, mut operations) in by_type.into_values() {
            operations.truncate(left);
            left -= operations.len();
            if let (false, Some(format)) = (operations.is_empty(), kind.arn_formats().next()) {
                groups.push(Group { client: client.name(), on: sample(format), operations });
            }
        }
    }
    if left == 0 { Ok(groups) } else { Err(format!("there are only {}", wanted - left)) }
}

/// The part of an ARN after the account, with a name for each placeholder.
fn sample(format: &str) -> String {
    let tail = format.splitn(6, ':').nth(5).unwrap_or_default();
    let mut sample = String::new();
    for part in tail.split_inclusive('}') {
        let (literal, placeholder) = part.split_once("${").unwrap_or((part, ""));
        sample += literal;
        sample += if placeholder.is_empty() { "" } else { "orders1" };
    }
    sample
}

fn write(folder: &Path, groups: &[Group<'_>]) -> Outcome {
    let repository = root().display().to_string();
    let clients: BTreeSet<&str> = groups.iter().map(|group| group.client).collect();
    let mut members = "\"clients\", \"declared\"".to_owned();
    let mut dependencies = format!(
        "aws-config = {{ path = \"{repository}/policy-macros/tests/stubs/aws-config\" }}\n"
    );
    for client in &clients {
        let name = format!("aws-sdk-{client}");
        // INVARIANT: writing to a String cannot fail.
        let _ = write!(members, ", \"{name}\"");
        let _ = writeln!(dependencies, "{name} = {{ path = \"../{name}\" }}");
        let shape = format!(
            "aws-config = {{ path = \"{repository}/policy-macros/tests/stubs/aws-config\" }}\n\
             sdk-shape = {{ path = \"{repository}/policy-macros/tests/stubs/shape\" }}\n"
        );
        package(folder, &name, &shape, &stand_in(groups, client))?;
    }
    package(folder, "clients", &dependencies, &with_clients(groups))?;
    dependencies += &format!("policy-macros = {{ path = \"{repository}/policy-macros\" }}\n");
    package(folder, "declared", &dependencies, &with_declarations(groups))?;
    // Each run does all of its work: nothing is kept from the last.
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{members}]\n\n[profile.dev]\nincremental = false\n"
    );
    write_file(&folder.join("Cargo.toml"), &manifest)?;
    // The versions of this repository, so that nothing is looked up.
    write_file(&folder.join("Cargo.lock"), &read(&root().join("Cargo.lock"))?)
}

fn package(folder: &Path, name: &str, dependencies: &str, source: &str) -> Outcome {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
    );
    write_file(&folder.join(name).join("Cargo.toml"), &manifest)?;
    write_file(&folder.join(name).join("src/lib.rs"), source)
}

fn stand_in(groups: &[Group<'_>], client: &str) -> String {
    let mut text = "sdk_shape::sdk! {\n    operations {\n".to_owned();
    for operation in
        groups.iter().filter(|group| group.client == client).flat_map(|group| &group.operations)
    {
        let members: BTreeSet<String> = operation
            .resource_members()
            .filter(|member| member.is_text)
            .map(|member| rust_name(member.member))
            .map(|name| format!("{} get_{name}", raw(&name)))
            .collect();
        let members: Vec<String> = members.into_iter().collect();
        let (name, method) = (operation.name(), rust_name(operation.name()));
        let _ = writeln!(text, "        {method} {name}FluentBuilder {{ {} }}", members.join(", "));
    }
    text + "    }\n}\n"
}

/// A name that may be a word of Rust.
fn raw(name: &str) -> String {
    if name == "type" { format!("r#{name}") } else { name.to_owned() }
}

fn with_clients(groups: &[Group<'_>]) -> String {
    let mut text = "pub struct Access {\n".to_owned();
    for (number, group) in groups.iter().enumerate() {
        let _ = writeln!(text, "    pub field{number}: aws_sdk_{}::Client,", group.client);
    }
    text += "}\n\nimpl Access {\n    pub fn new(config: &aws_config::SdkConfig) -> Self {\n        Self {\n";
    for (number, group) in groups.iter().enumerate() {
        let client = group.client;
        let _ = writeln!(text, "            field{number}: aws_sdk_{client}::Client::new(config),");
    }
    text + "        }\n    }\n}\n" + &calls(groups)
}

fn with_declarations(groups: &[Group<'_>]) -> String {
    let mut text = "#[derive(policy_macros::AwsAccess)]\npub struct Access {\n".to_owned();
    for (number, Group { client, on, operations }) in groups.iter().enumerate() {
        let names: Vec<&str> = operations.iter().map(|operation| operation.name()).collect();
        let _ = writeln!(text, "    #[aws({client}({}), on = \"{on}\")]", names.join(", "));
        let _ = writeln!(text, "    pub field{number}: Field{number},");
    }
    text + "}\n" + &calls(groups)
}

/// Each operation, called once.
fn calls(groups: &[Group<'_>]) -> String {
    let mut text = "\npub fn calls(access: &Access) {\n".to_owned();
    for (number, group) in groups.iter().enumerate() {
        for operation in &group.operations {
            let method = rust_name(operation.name());
            let _ = writeln!(text, "    let _ = access.field{number}.{method}();");
        }
    }
    text + "}\n"
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write_file(path: &Path, text: &str) -> Outcome {
    let failed = |error| format!("cannot write {}: {error}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_operations_are_declared_as_are_asked_for() {
        let groups = groups(200).unwrap();
        assert_eq!(groups.iter().map(|group| group.operations.len()).sum::<usize>(), 200);
        let declared = with_declarations(&groups);
        assert!(declared.contains("#[aws(dynamodb("), "{declared}");
        assert_eq!(declared.matches("let _ = access.").count(), 200);
        assert_eq!(with_clients(&groups).matches("let _ = access.").count(), 200);
        assert!(
            stand_in(&groups, "dynamodb")
                .contains("get_item GetItemFluentBuilder { table_name get_table_name }")
        );
    }
}
