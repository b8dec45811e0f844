//! Development tasks: `cargo xtask TASK`.
#![expect(clippy::print_stderr, reason = "a development tool says what it runs")]

mod bench;
mod catalog;
mod check;
mod covers;
mod example_trail;
mod foreign;
mod fuzz;
mod golden;
mod macros;
mod oracle;
mod run;
mod sql;
mod test;
mod throughput;
mod trail;
mod venv;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Development tasks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measures the release binary: time and peak memory.
    Bench(bench::Args),
    /// Builds the embedded catalog from its fact tables.
    Catalog(catalog::Args),
    /// Format, clippy and docs, with warnings denied.
    Check,
    /// Holds statements against another search for the fewest characters.
    Covers(covers::Args),
    /// Packs the CloudTrail records of the example from their readable sources.
    ExampleTrail,
    /// Asks linters and an emulator of AWS about what `generate` writes.
    Foreign,
    /// Feeds the parser, `decide` and `compare` with inputs that reach new code.
    Fuzz(fuzz::Args),
    /// Writes expected output anew: snapshots, messages of the macros, policies of the examples.
    Golden,
    /// Measures what the macros cost a build.
    Macros(macros::Args),
    /// Runs a command and prints its seconds and its peak memory in MiB; used by `bench`.
    #[command(hide = true)]
    Measure(bench::Measure),
    /// Holds `compare` and `decide` against a second opinion that a solver gives.
    Oracle(oracle::Args),
    /// Holds the SQL of `observe --emit-sql` against grammars of Trino, and against the native reader on Spark.
    Sql(sql::Args),
    /// The test suite; installs what it needs.
    Test(test::Args),
    /// Measures how fast logs are read, beside unzipping and other programs.
    Throughput(throughput::Args),
    /// Writes a CloudTrail folder of any size, for measuring.
    Trail(trail::Args),
}

fn main() -> ExitCode {
    let outcome = match Args::parse().task {
        Task::Bench(args) => bench::bench(&args),
        Task::Catalog(args) => catalog::catalog(&args),
        Task::Check => check::check(),
        Task::Covers(args) => covers::covers(&args),
        Task::ExampleTrail => example_trail::pack(),
        Task::Foreign => foreign::foreign(),
        Task::Fuzz(args) => fuzz::fuzz(&args),
        Task::Golden => golden::golden(),
        Task::Macros(args) => macros::macros(&args),
        Task::Measure(args) => bench::measure(&args),
        Task::Oracle(args) => oracle::oracle(&args),
        Task::Sql(args) => sql::sql(&args),
        Task::Test(args) => test::test(&args),
        Task::Throughput(args) => throughput::throughput(&args),
        Task::Trail(args) => trail::trail(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
