//! The documents that limit a principal without granting anything.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

/// Limits on a principal: they grant nothing, and what they do not allow is denied.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// The permissions boundary of the principal.
    #[arg(long, value_name = "FILE", num_args = 1.., value_delimiter = ',')]
    pub boundary: Vec<PathBuf>,
    /// SCPs by level.
    #[command(flatten)]
    pub scp: ScpLevels,
    /// Session policies of the principal's session.
    #[arg(long, value_name = "FILE", num_args = 1.., value_delimiter = ',')]
    pub session_policy: Vec<PathBuf>,
}

impl LimitArgs {
    /// All of their files.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        let levels = self.scp.levels.iter().flatten();
        self.boundary.iter().chain(levels).chain(&self.session_policy)
    }

    /// Whether none is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.boundary.is_empty() && self.scp.levels.is_empty() && self.session_policy.is_empty()
    }
}

/// The SCPs: each time the flag is given is one level, the organization's root first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScpLevels {
    /// The files of each level.
    pub levels: Vec<Vec<PathBuf>>,
}

const SCP: &str = "scp";

impl clap::FromArgMatches for ScpLevels {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { levels: levels(matches, SCP) })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for ScpLevels {
    fn augment_args(command: Command) -> Command {
        command.arg(level_flag(SCP, "Limits", SCP_HELP))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// What `--scp` is.
pub(super) const SCP_HELP: &str = "The SCPs of one level; once for each level from the organization's root to the account. \
     Several files after one flag, by blanks or commas, are of one level";

/// A flag of which each occurrence is a level of its own.
///
/// Made by hand, since the derive joins what several occurrences of a flag hold.
pub(super) fn level_flag(name: &'static str, heading: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("FILE")
        .help_heading(heading)
        .num_args(1..)
        .value_delimiter(',')
        .action(ArgAction::Append)
        .value_parser(value_parser!(PathBuf))
        .help(help)
}

/// The files of each occurrence of such a flag.
pub(super) fn levels(matches: &ArgMatches, name: &str) -> Vec<Vec<PathBuf>> {
    let occurrences = matches.get_occurrences::<PathBuf>(name).into_iter().flatten();
    occurrences.map(|files| files.cloned().collect()).collect()
}
