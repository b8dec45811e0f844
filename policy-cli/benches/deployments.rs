//! Time of reading large deployments: `cargo bench -p policy-cli --bench deployments`.
//!
//! Terraform plans of 500 to 4,000 resources and CloudFormation templates of 125 to 1,000, made under `target/tmp`, with a crate that
//! declares an access for each of their functions. For each size, processor time of the whole program without and with `--template`,
//! the least of several runs; the difference is what the deployment costs, and how it grows from size to size is the number that counts.
//! The numbers of one machine are in `docs/performance.md`.
#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[path = "deployments/plan.rs"]
mod plan;
#[path = "deployments/template.rs"]
mod template;

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

/// Resources of a group: a function with all that stands around it.
const GROUP: usize = 13;
const RUNS: usize = 5;

type Written = fn(usize) -> String;

fn main() {
    // Passed by `cargo bench`, not by `cargo test --all-targets`.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("run by `cargo bench`");
        return;
    }
    let all: [(&str, Written, [usize; 4]); 2] = [
        ("plan.json", plan::text, [500, 1000, 2000, 4000]),
        ("template.yaml", template::text, [125, 250, 500, 1000]),
    ];
    for (file, written, sizes) in all {
        println!(
            "{file:<14} {:>9} {:>9} {:>10} {:>10} {:>7}",
            "resources", "functions", "without", "with", "grew"
        );
        let mut before = None;
        for size in sizes {
            let functions = size / GROUP;
            let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{file}-{size}"));
            write(&dir, functions);
            std::fs::write(dir.join(file), written(functions)).unwrap();
            let without = least(&dir, None);
            let with = least(&dir, Some(file));
            let own = with.saturating_sub(without).as_secs_f64();
            let grew =
                before.map_or_else(String::new, |before: f64| format!("{:.2}", own / before));
            let [without, with] = [without, with].map(|it| it.as_secs_f64() * 1000.0);
            println!(
                "{:<14} {:>9} {functions:>9} {without:>7.1} ms {with:>7.1} ms {grew:>7}",
                "",
                functions * GROUP
            );
            before = Some(own);
        }
    }
}

/// Processor time of the quickest of several runs.
fn least(dir: &Path, deployment: Option<&str>) -> Duration {
    (0..RUNS).map(|_| run(dir, deployment)).min().unwrap()
}

fn run(dir: &Path, deployment: Option<&str>) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_policy-cli"));
    command.args([
        "-q",
        "generate",
        "--crate",
        ".",
        "--account",
        "111122223333",
        "--region",
        "eu-west-1",
    ]);
    command.args(deployment.iter().flat_map(|file| ["--template", file]));
    let before = of_children();
    let output = command.current_dir(dir).stdout(Stdio::null()).output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    of_children() - before
}

/// Processor time of all processes that were waited for.
fn of_children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let of = |time: nix::sys::time::TimeVal| {
        Duration::from_micros(u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).unwrap())
    };
    of(usage.user_time()) + of(usage.system_time())
}

/// Writes a crate that declares what each function does.
fn write(dir: &Path, functions: usize) {
    std::fs::create_dir_all(dir.join("src")).unwrap();
    let manifest = "[package]\nname = \"large\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
        policy-macros = \"0.1\"\naws-sdk-dynamodb = \"1\"\naws-sdk-sqs = \"1\"\n";
    std::fs::write(dir.join("Cargo.toml"), manifest).unwrap();
    let mut main = String::from("use policy_macros::AwsAccess;\n");
    for index in 0..functions {
        writeln!(
            main,
            "\n#[derive(AwsAccess)]\n#[aws(function = \"orders-{index}\")]\nstruct Access{index} {{\n    \
             #[aws(dynamodb(GetItem, PutItem), on = \"table/orders-{index}\")]\n    table: Table,\n    \
             #[aws(sqs(SendMessage), on = \"jobs-{index}\")]\n    jobs: Queue,\n}}"
        )
        .unwrap();
    }
    main.push_str("\nfn main() {}\n");
    std::fs::write(dir.join("src/main.rs"), main).unwrap();
}
