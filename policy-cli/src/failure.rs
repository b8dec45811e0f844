//! Why a command could not go on.
//!
//! A failure is told apart by who can mend it: the user ([`Exit::BadInput`]) or us ([`Exit::Fault`]).

use std::fmt;

use policy_core::finding::{Finding, Place, Severity};

use crate::output::exit::Exit;

/// Why a command stopped: one problem, or all the mistakes of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    exit: Exit,
    problems: Vec<Problem>,
}

/// One thing that is wrong, where, and what to write instead.
///
/// Text as in findings: one line, lower case, no full stop, the user's words in backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// How bad it is: an error, or what was found beside one.
    pub severity: Severity,
    /// The code, when the problem is a finding that stops the command.
    pub code: Option<&'static str>,
    /// Where.
    pub places: Vec<Place>,
    /// What follows from it.
    pub note: Option<String>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Failure {
    /// Input or usage that the user can mend: exit 2.
    #[must_use]
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(Exit::BadInput, message.into())
    }

    /// A fault of this tool: exit 3.
    #[must_use]
    pub fn fault(message: impl Into<String>) -> Self {
        Self::new(Exit::Fault, message.into())
            .help("this is a fault of policy-cli; please report it with the input that shows it")
    }

    /// All mistakes of one input, as the findings that name them: exit 2.
    #[must_use]
    pub fn findings(findings: Vec<Finding>) -> Self {
        let problems = findings
            .into_iter()
            .map(|finding| Problem {
                message: finding.message,
                severity: finding.severity,
                code: Some(finding.code.as_str()),
                places: finding.places,
                note: None,
                help: finding.help,
            })
            .collect();
        Self { exit: Exit::BadInput, problems }
    }

    /// Several failures as one: exit with the worst.
    #[must_use]
    pub fn all(failures: Vec<Self>) -> Self {
        let exit = failures.iter().map(|failure| failure.exit).max().unwrap_or(Exit::BadInput);
        Self { exit, problems: failures.into_iter().flat_map(|failure| failure.problems).collect() }
    }

    fn new(exit: Exit, message: String) -> Self {
        let problem = Problem {
            message,
            severity: Severity::Error,
            code: None,
            places: Vec::new(),
            note: None,
            help: None,
        };
        Self { exit, problems: vec![problem] }
    }

    /// Adds a place to the last problem.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        if let Some(problem) = self.problems.last_mut() {
            problem.places.push(place);
        }
        self
    }

    /// Adds what follows from the last problem.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        if let Some(problem) = self.problems.last_mut() {
            problem.note = Some(note.into());
        }
        self
    }

    /// Adds what to write instead to the last problem.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(problem) = self.problems.last_mut() {
            problem.help = Some(help.into());
        }
        self
    }

    /// How the command ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// What is wrong, in the order in which it was met.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "; " })?;
            f.write_str(&problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// A place that is a whole file.
#[must_use]
pub fn in_file(file: &std::path::Path) -> Place {
    Place { file: shown(file).into(), ..Place::default() }
}

/// A path as the user would write it: `/` on every platform.
#[must_use]
pub fn shown(path: &std::path::Path) -> String {
    path.display().to_string().replace('\\', "/")
}
