//! The only places that print.
//!
//! Data goes to stdout, all else to stderr. Everything is readable without colour; colour follows
//! `--color`, and where that says `auto`, `NO_COLOR` and the terminal. Output never depends on the
//! width of the terminal, so that it can be kept and compared.

pub mod catalog;
pub mod check;
pub mod diff;
pub mod exit;
pub mod folder;
pub mod folders;
pub mod form;
pub mod generate;
mod human;
mod interrupt;
mod json;
pub mod observe;
mod proof;
pub mod sarif;
pub mod scan;
mod settings;
pub mod simulate;
pub mod suggest;

use std::io::Write;

use anstream::AutoStream;
use policy_core::finding::Severity;

use crate::args::Color;
use crate::command::Outcome;
use crate::failure::Failure;
use exit::Exit;

/// How much to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Detail {
    /// `-q`.
    pub quiet: bool,
    /// `-v`.
    pub verbose: bool,
}

/// How and how much to print.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    color: anstream::ColorChoice,
    detail: Detail,
}

impl Terminal {
    /// From the flags `--color`, `-q` and `-v`.
    #[must_use]
    pub fn new(color: Color, detail: Detail) -> Self {
        let color = match color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        Self { color, detail }
    }

    fn stdout(&self) -> AutoStream<std::io::Stdout> {
        AutoStream::new(std::io::stdout(), self.color)
    }

    fn stderr(&self) -> AutoStream<std::io::Stderr> {
        AutoStream::new(std::io::stderr(), self.color)
    }
}

/// Prints what clap has to say: help to stdout, a mistake to stderr.
#[must_use]
pub fn usage(error: &clap::Error) -> Exit {
    let exit = if error.use_stderr() { Exit::BadInput } else { Exit::Done };
    match error.print() {
        Ok(()) => exit,
        // The reader of a pipe has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => exit,
        Err(_) => Exit::BadInput,
    }
}

/// Prints the data and the findings of a command that came to an end.
#[must_use]
pub fn outcome(outcome: &Outcome, terminal: &Terminal) -> Exit {
    let printed = (|| {
        let mut stdout = terminal.stdout();
        stdout.write_all(outcome.data.as_bytes())?;
        stdout.flush()
    })();
    let mut stderr = terminal.stderr();
    for finding in &outcome.findings {
        if !terminal.detail.quiet || finding.severity == Severity::Error {
            // Nowhere is left to say that stderr is closed; the exit code still tells.
            let _ = human::finding(&mut stderr, finding, terminal.detail.verbose);
        }
    }
    match printed {
        Ok(()) => outcome.exit,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => outcome.exit,
        Err(error) => {
            failure(&Failure::input(format!("cannot write to stdout: {error}")), terminal)
        }
    }
}

/// Prints why a command stopped. Not silenced by `-q`.
#[must_use]
pub fn failure(failure: &Failure, terminal: &Terminal) -> Exit {
    let mut stderr = terminal.stderr();
    for problem in failure.problems() {
        // Nowhere is left to say that stderr is closed; the exit code still tells.
        let _ = human::problem(&mut stderr, problem);
    }
    failure.exit()
}
