//! `policy-cli`: parse, dispatch, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    policy_cli::run(std::env::args_os())
}
