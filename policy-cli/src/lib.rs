//! The rim of the project: files, terminal, exit codes.
//!
//! A command takes its arguments and gives an [`command::Outcome`]; only the rooms under [`output`]
//! print, and only this crate reads files. What a policy means, and which grants follow from what
//! evidence, is decided in `policy-core`, never here.

pub mod args;
pub mod command;
pub mod config;
pub mod deployment;
pub mod failure;
pub mod input;
pub mod output;
pub mod plan;
pub mod template;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use output::exit::Exit;

/// Runs one command line and says how it ended: the whole of `main`.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match args::Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => return output::usage(&error).into(),
    };
    let detail = output::Detail { quiet: args.quiet, verbose: args.verbose };
    let terminal = output::Terminal::new(args.color, detail);
    match command::run(&args, detail) {
        Ok(outcome) => output::outcome(&outcome, &terminal).into(),
        Err(failure) => output::failure(&failure, &terminal).into(),
    }
}
