//! The documents that limit a principal without granting anything.

use std::path::PathBuf;

/// Limits on a principal: they grant nothing, and what they do not allow is denied.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// The permissions boundary of the principal.
    #[arg(long, value_name = "FILE")]
    pub boundary: Option<PathBuf>,
    /// The SCPs of one level, separated by commas; once for each level from the root to the account.
    #[arg(long = "scp", value_name = "FILE[,FILE…]", value_parser = level)]
    pub scp: Vec<ScpLevel>,
    /// The session policies, separated by commas.
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub session_policy: Vec<PathBuf>,
}

/// The SCPs that are attached at one level: the root, an organizational unit or the account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScpLevel {
    /// The files, each with one SCP.
    pub files: Vec<PathBuf>,
}

impl LimitArgs {
    /// Whether none is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.boundary.is_none() && self.scp.is_empty() && self.session_policy.is_empty()
    }
}

/// `FILE[,FILE…]`.
fn level(text: &str) -> Result<ScpLevel, String> {
    let files: Vec<PathBuf> = text.split(',').map(PathBuf::from).collect();
    if files.iter().any(|file| file.as_os_str().is_empty()) {
        return Err("a file name is missing beside a comma".to_owned());
    }
    Ok(ScpLevel { files })
}
