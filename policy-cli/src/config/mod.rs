//! `policy.toml`: what a team states about its functions.
//!
//! Described in `docs/policy-toml.md`, and for editors in `docs/policy-toml.schema.json`, which tests hold against this room.
//! Every mistake is reported with line and column, unknown keys included. The room reads values; what they mean is decided
//! where they are used.

mod encryption;
mod entries;
mod function;
mod invoker;
pub mod keys;
mod pipeline;
mod platform;
mod quotas;
mod resource;
mod toml;
mod waiver;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use policy_core::evidence::assign::StatedFunction;
use policy_core::evidence::{SettingEncryption, SettingName, SettingOrigin};
use policy_core::finding::Place;
use policy_core::synthesis::{ConditionName, Conditions, PipelineInputs};

use self::toml::{Document, Node};
use crate::failure::Failure;

pub use quotas::Quotas;
pub use waiver::Waiver;
pub(crate) use words::{NOT_A_BUDGET, parameters_in};
pub use words::{days, is_function_name, not_a_function_name, not_days, wrong_value};

/// The name under which it is looked for beside a manifest.
pub const FILE_NAME: &str = "policy.toml";
/// Largest file that is read.
///
/// Units: bytes.
const MAX_BYTES: u64 = 4 << 20;

/// What `policy.toml` holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// The file as the user named it; `None` when there is none.
    pub file: Option<PathBuf>,
    /// Packages outside the workspace whose declarations are granted.
    pub trust_crates: Vec<Box<str>>,
    /// Values of `{parameter}`s for every function.
    pub parameters: BTreeMap<Box<str>, Box<str>>,
    /// Which conditions the grants of execution roles ask for.
    pub conditions: Conditions,
    /// How resources are encrypted, for every function; a function's own entries come before these.
    pub encryption: BTreeMap<Box<str>, SettingEncryption>,
    /// Where that is written.
    pub encryption_origins: BTreeMap<SettingName, SettingOrigin>,
    /// What is stated about single functions.
    pub functions: BTreeMap<Box<str>, StatedFunction>,
    /// How many patterns observed names may become, for every function.
    pub max_resources: Option<NonZeroUsize>,
    /// The same for single functions; comes before that for every function.
    pub function_max_resources: BTreeMap<Box<str>, NonZeroUsize>,
    /// What data events the trail records, in the words of `--data-events`, with where that is written.
    pub data_events: Vec<(String, Place)>,
    /// How many days a trail must go back to prove an access unused.
    pub min_window_days: Option<u32>,
    /// Where packages are built, signed and kept.
    pub pipeline: PipelineInputs,
    /// What roles of the account may carry.
    pub quotas: Quotas,
    /// How many managed policies the roles of single functions carry beside the generated ones; comes before that for every role.
    pub function_attached: BTreeMap<Box<str>, usize>,
    /// Names of all `{parameter}`s that stand in it.
    pub asked_parameters: BTreeSet<Box<str>>,
    /// Findings that are waived.
    pub waivers: Vec<Waiver>,
}

impl Config {
    /// Reads `path`.
    ///
    /// # Errors
    /// [`Failure`] with every mistake in the file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = crate::input::text(path, "a policy.toml", MAX_BYTES)?;
        Self::parse(path, &text)
    }

    /// Reads the text of the file `path`.
    ///
    /// # Errors
    /// [`Failure`] with every mistake in the file.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        let mut document = Document::new(path, text);
        let (table, errors) = ::toml::de::DeTable::parse_recoverable(text);
        for error in &errors {
            document.syntax(error);
        }
        if !errors.is_empty() {
            return document.finish(Self::default());
        }
        let mut config = Self {
            file: Some(path.to_path_buf()),
            asked_parameters: parameters_in(text),
            ..Self::default()
        };
        for (name, node) in document.root(table.get_ref(), keys::ROOT) {
            config.take(&mut document, &name, &node);
        }
        document.finish(config)
    }

    /// One key of the whole document.
    fn take(&mut self, document: &mut Document<'_>, name: &str, node: &Node<'_>) {
        match name {
            "trust-crates" => self.trust_crates = texts(document, node),
            "data-events" => {
                for (text, at) in document.texts(node) {
                    self.data_events.push((text.into(), document.place(&at)));
                }
            }
            "min-window" => {
                if let Some(text) = document.text(node) {
                    self.min_window_days = days(&text);
                    if self.min_window_days.is_none() {
                        let help = "write `min-window = \"90d\"`";
                        document.refuse(node, not_days(&text), Some(help.into()));
                    }
                }
            }
            "conditions" => {
                let fields = document.fields(node, keys::CONDITIONS);
                for name in ConditionName::ALL {
                    let truth = fields.get(name.as_str()).and_then(|node| document.truth(node));
                    if truth == Some(false) {
                        self.conditions = self.conditions.without(name);
                    }
                }
            }
            "quotas" => self.quotas = quotas::table(document, node),
            "pipeline" => self.pipeline = pipeline::table(document, node),
            "parameters" => self.parameters = parameters(document, node),
            "encryption" => {
                self.encryption = encryption::table(document, node, &mut self.encryption_origins);
            }
            "max-resources" => self.max_resources = max_resources(document, node),
            "functions" => {
                for (name, node) in document.entries(node) {
                    let read = function::read(document, &node);
                    if let Some(max_resources) = read.max_resources {
                        self.function_max_resources.insert(name.clone(), max_resources);
                    }
                    if let Some(attached) = read.attached {
                        self.function_attached.insert(name.clone(), attached);
                    }
                    self.functions.insert(name, read.function);
                }
            }
            "waive" => {
                for item in document.items(node, "an array of tables, `[[waive]]`") {
                    self.waivers.extend(Waiver::read(document, &item));
                }
            }
            _ => {}
        }
    }
}

/// The strings of an array.
fn texts(document: &mut Document<'_>, node: &Node<'_>) -> Vec<Box<str>> {
    document.texts(node).into_iter().map(|(text, _)| text).collect()
}

fn max_resources(document: &mut Document<'_>, node: &Node<'_>) -> Option<NonZeroUsize> {
    let number = node.as_integer().and_then(|text| text.parse().ok());
    if number.is_none() {
        document.refuse(node, NOT_A_BUDGET.to_owned(), None);
    }
    number
}

/// Values of `{parameter}`s.
fn parameters(document: &mut Document<'_>, node: &Node<'_>) -> BTreeMap<Box<str>, Box<str>> {
    for (_, node) in document.entries(node) {
        if let Some(text) = node.as_str()
            && let Some(wrong) = wrong_value(text)
        {
            document.refuse(&node, wrong, None);
        }
    }
    document.string_map(node)
}

#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
