//! A SAM or CloudFormation template: what it says of functions.
//!
//! What a template says is read as far as it is literal or refers to what is: a value that it does not tell is unknown, with the
//! reason, and a property or event that is not understood is a finding at its place. What people granted by hand is no evidence.

mod beside;
mod condition;
mod dependents;
mod describe;
mod encryption;
mod events;
mod index;
mod kinds;
mod node;
mod platform;
mod polls;
pub mod resources;
mod value;

use std::path::{Path, PathBuf};

use policy_core::finding::Place;

use self::index::Index;
use self::node::Node;
use self::value::Unmade;
use crate::failure::Failure;

const SAM_FUNCTION: &str = "AWS::Serverless::Function";
const FUNCTIONS: [&str; 2] = [SAM_FUNCTION, "AWS::Lambda::Function"];

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    file: PathBuf,
    root: Node,
    unmade: Unmade,
    index: Index,
}

impl Template {
    /// Reads the text of `file`.
    ///
    /// # Errors
    /// [`Failure`]: what cannot be read, with its place.
    pub fn parse(file: &Path, text: &str) -> Result<Self, Failure> {
        let root = node::parse(file, text)?;
        if root.get("Resources").is_none_or(|resources| resources.map().is_empty()) {
            return Err(Failure::input("this is no template: it has no `Resources`")
                .at(root.place(file))
                .help("give a SAM or CloudFormation template, or what `terraform show -json PLAN` prints"));
        }
        let file = file.to_owned();
        Ok(Self { file, root, unmade: Unmade::Unknown, index: Index::default() })
    }

    /// Where the template begins.
    pub(crate) fn start(&self) -> Place {
        self.root.place(&self.file)
    }
}

#[cfg(test)]
mod configuration;
#[cfg(test)]
mod tests;
