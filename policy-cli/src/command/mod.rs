//! The commands: arguments in, [`Outcome`] out. Nothing here prints.

pub mod blocked;
pub mod catalog;
pub mod check;
pub mod diff;
pub mod generate;
pub mod observe;
mod parameters;
pub mod review;
pub mod scan;
pub mod simulate;
mod variables;

use policy_core::finding::Finding;

use crate::args::{Args, Command};
use crate::failure::Failure;
use crate::output::Detail;
use crate::output::exit::Exit;

/// What a command has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The data for stdout, rendered in the format that was asked for.
    pub data: String,
    /// What the user should know about the input; printed on stderr.
    pub findings: Vec<Finding>,
    /// How it ended.
    pub exit: Exit,
}

/// The answer to a trail with broken files: which they are, and nothing else.
fn partial(mut refused: Vec<Finding>, files: u64, refused_files: u64, may_go_on: bool) -> Outcome {
    if let Some(last) = refused.last_mut() {
        let (mut help, rest) = if refused_files == 0 {
            let help = "the trail is not what its digest files say, so nothing is written; mend it";
            (help.to_owned(), "go on with what there is")
        } else {
            let all = refused_files + files;
            let help = format!(
                "{refused_files} of {all} files cannot be used, so nothing is written; mend them"
            );
            (help, "go on without them")
        };
        if may_go_on {
            help.push_str(&format!(", or add `--keep-going` to {rest}"));
        }
        last.help = Some(help);
    }
    Outcome { data: String::new(), findings: refused, exit: Exit::No }
}

/// Runs the command that `args` name.
///
/// # Errors
/// [`Failure`] when the input does not allow an answer.
pub fn run(args: &Args, detail: Detail) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Generate(args) => generate::run(args, detail),
        Command::Observe(args) => observe::run(args, detail),
        Command::Diff(args) => diff::run(args, detail),
        Command::Scan(args) => scan::run(args, detail),
        Command::Simulate(args) => simulate::run(args, detail),
        Command::Check(args) => check::run(args, detail),
        Command::Catalog(args) => catalog::run(args),
    }
}
