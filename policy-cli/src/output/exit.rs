//! How a command ends.

use std::process::ExitCode;

/// The four exit codes. They order from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// Done, nothing to report.
    Done = 0,
    /// The answer is "no": documents differ, findings at error level, out of date, partial input.
    No = 1,
    /// Bad input or usage.
    BadInput = 2,
    /// A fault of the tool.
    Fault = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
