//! `policy.toml`: what a team states about its functions.
//!
//! Described in `docs/policy-toml.md`. Every mistake is reported with line and column, unknown keys
//! included. The room reads values; what they mean is decided where they are used.

mod toml;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use policy_core::catalog::{Catalog, nearest};
use policy_core::evidence::assign::{RoleSelector, StatedFunction, StatedGrant};
use policy_core::evidence::{SettingInvoker, SettingOrigin};
use policy_core::finding::{Code, Finding, Place};
use policy_core::iam::ActionName;

use self::toml::{Document, Node};
use crate::failure::{Failure, in_file, shown};

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
    /// Findings that are waived.
    pub waivers: Vec<Waiver>,
}

/// A finding that is known and accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Which findings.
    pub code: Code,
    /// Where: a file, `file:line`, or the name of a function.
    pub place: Box<str>,
    /// Why.
    pub reason: Box<str>,
    /// Where the waiver is written.
    pub written: Place,
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
        let mut config = Self { file: Some(path.to_path_buf()), ..Self::default() };
        let known = [
            "data-events",
            "functions",
            "max-resources",
            "min-window",
            "parameters",
            "trust-crates",
            "waive",
        ];
        let root = document.root(table.get_ref(), &known);
        if let Some(node) = root.get("trust-crates") {
            config.trust_crates = document.texts(node).into_iter().map(|(text, _)| text).collect();
        }
        if let Some(node) = root.get("data-events") {
            for (text, at) in document.texts(node) {
                let (line, column) = document.line_column(at.start());
                let mut place = in_file(path);
                (place.line, place.column) = (Some(line), Some(column));
                config.data_events.push((text.into(), place));
            }
        }
        if let Some(node) = root.get("min-window")
            && let Some(text) = document.text(node)
        {
            config.min_window_days = days(&text);
            if config.min_window_days.is_none() {
                document.refuse(node, not_days(&text), Some("write `min-window = \"90d\"`".into()));
            }
        }
        if let Some(node) = root.get("parameters") {
            config.parameters = parameters(&mut document, node);
        }
        if let Some(node) = root.get("max-resources") {
            config.max_resources = max_resources(&mut document, node);
        }
        if let Some(node) = root.get("functions") {
            for (name, node) in document.entries(node) {
                let (function, max_resources) = function(&mut document, path, &node);
                if let Some(max_resources) = max_resources {
                    config.function_max_resources.insert(name.clone(), max_resources);
                }
                config.functions.insert(name, function);
            }
        }
        if let Some(node) = root.get("waive") {
            for item in document.items(node, "an array of tables, `[[waive]]`") {
                config.waivers.extend(waiver(&mut document, path, &item));
            }
        }
        document.finish(config)
    }
}

/// What is stated of the function itself, and how many patterns its observed names may become.
fn function(
    document: &mut Document<'_>,
    path: &Path,
    node: &Node<'_>,
) -> (StatedFunction, Option<NonZeroUsize>) {
    let known = [
        "accept",
        "claims",
        "function-name",
        "invoked-by",
        "log-group",
        "max-resources",
        "parameters",
        "role",
        "role-shared",
        "variables",
    ];
    let fields = document.fields(node, &known);
    let mut function =
        StatedFunction { origin: origin(document, path, node), ..StatedFunction::default() };
    let mut budget = None;
    for (name, node) in &fields {
        match name.as_ref() {
            "function-name" => {
                function.function_name = document.text(node);
                if let Some(name) = &function.function_name
                    && !is_function_name(name)
                {
                    document.refuse(node, not_a_function_name(name), None);
                }
            }
            "role" => {
                if let Some(text) = document.text(node) {
                    match RoleSelector::parse(&text) {
                        Ok(role) => function.role = Some(role),
                        Err(error) => document.refuse(node, error.to_string(), None),
                    }
                }
            }
            "role-shared" => function.role_is_shared = document.truth(node).unwrap_or_default(),
            "log-group" => {
                function.configuration.log_group = document.text(node);
                if let Some(name) = &function.configuration.log_group
                    && !is_log_group(name)
                {
                    let message = format!("`{name}` is not the name of a log group");
                    let help = "write one such as `/aws/lambda/orders`: letters, digits, `.-_/#`";
                    document.refuse(node, message, Some(help.into()));
                }
            }
            "claims" => {
                function.claims = document.texts(node).into_iter().map(|(text, _)| text).collect();
            }
            "max-resources" => budget = max_resources(document, node),
            "parameters" => function.parameters = parameters(document, node),
            "variables" => function.configuration.variables = document.string_map(node),
            "accept" => {
                for item in document.items(node, "an array of tables") {
                    function.accepted.extend(accepted(document, path, &item));
                }
            }
            "invoked-by" => {
                for item in document.items(node, "an array of tables") {
                    function.configuration.invokers.extend(invoker(document, path, &item));
                }
            }
            _ => {}
        }
    }
    (function, budget)
}

/// What is said of a value of `max-resources` that cannot be one.
pub(crate) const NOT_A_BUDGET: &str =
    "expected a whole number from 1: what is observed needs at least one resource";

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

/// Days from `90d` or `13w`.
#[must_use]
pub fn days(text: &str) -> Option<u32> {
    let (number, days) = match text.strip_suffix('w') {
        Some(weeks) => (weeks, 7),
        None => (text.strip_suffix('d')?, 1),
    };
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<u32>().ok().filter(|_| is_number)?.checked_mul(days)
}

/// What is said of a text that is no number of days.
#[must_use]
pub fn not_days(text: &str) -> String {
    format!("`{text}` is neither a number of days such as `90d` nor one of weeks such as `13w`")
}

/// Why a text cannot be the value of a `{parameter}`.
#[must_use]
pub fn wrong_value(value: &str) -> Option<String> {
    if value.is_empty() {
        return Some("the value is empty".to_owned());
    }
    let opens = value.contains(['*', '?', '$', '{', '}']);
    opens.then(|| {
        format!(
            "the value `{value}` is no literal text; a wildcard belongs into the resource itself"
        )
    })
}

/// Whether it is the name of a function, or looks like its ARN.
#[must_use]
pub fn is_function_name(name: &str) -> bool {
    name.starts_with("arn:") && name.contains(":function:")
        || (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether CloudWatch Logs takes it as the name of a log group.
///
/// # Source
/// Amazon CloudWatch Logs API Reference, "CreateLogGroup".
fn is_log_group(name: &str) -> bool {
    (1..=512).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_/#".contains(&b))
}

/// What is said of a name that is none.
#[must_use]
pub fn not_a_function_name(name: &str) -> String {
    format!(
        "`{name}` is neither a function name (up to 64 letters, digits, `-` and `_`) nor its ARN"
    )
}

fn accepted(document: &mut Document<'_>, path: &Path, node: &Node<'_>) -> Option<StatedGrant> {
    let fields = document.fields(node, &["action", "reason", "resource"]);
    let action = document.required(&fields, node, "action");
    let resource = document.required(&fields, node, "resource");
    let reason = reason(document, &fields, node);
    let action_node = action?;
    let action: ActionName = document.parsed(&action_node)?;
    let catalog = Catalog::embedded();
    if catalog.action(&action).is_none() {
        let help = catalog
            .nearest_action(action.service(), action.name())
            .map(|near| format!("did you mean `{near}`?"));
        document.refuse(&action_node, format!("there is no action `{action}`"), help);
    }
    let resource_node = resource?;
    let resource = document.text(&resource_node)?;
    if &*resource != "*" && !(resource.starts_with("arn:") && resource.splitn(6, ':').count() == 6)
    {
        document.refuse(
            &resource_node,
            format!("`{resource}` is not a whole ARN"),
            Some("write an ARN of six parts such as `arn:aws:s3:::acme-uploads/*`, or `*`".into()),
        );
        return None;
    }
    if let Some(known) = catalog.action(&action)
        && &*resource != "*"
        && !known.resource_types().any(|it| it.resource_type.matches(&resource))
    {
        let types = || known.resource_types().map(|it| it.resource_type);
        let formats = types().filter_map(|it| it.arn_formats().next().map(str::to_owned));
        // The simplest is what is most often meant.
        let help = match formats.min_by_key(String::len) {
            Some(format) => {
                let format = format.replace("${", "").replace('}', "");
                format!("its resources look like `{format}`")
            }
            None => "it has no resource types, so only `*` can grant it".to_owned(),
        };
        let message = format!("`{action}` does not apply to `{resource}`");
        document.refuse(&resource_node, message, Some(help));
    }
    Some(StatedGrant { action, resource, reason: reason?, origin: origin(document, path, node) })
}

fn invoker(document: &mut Document<'_>, path: &Path, node: &Node<'_>) -> Option<SettingInvoker> {
    let fields = document.fields(node, &["kind", "qualifier", "source"]);
    let kind = document.required(&fields, node, "kind");
    let source = document.required(&fields, node, "source");
    let qualifier = fields.get("qualifier").and_then(|node| document.text(node));
    let kind_node = kind?;
    let kind = document.text(&kind_node)?;
    let known = policy_core::declare::INVOKERS;
    if !known.contains(&&*kind) {
        let help = match nearest(&kind, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are `{}`", known.join("`, `")),
        };
        document.refuse(&kind_node, format!("`{kind}` invokes no function"), Some(help));
    }
    let source_node = source?;
    let source = document.text(&source_node)?;
    if source.trim().is_empty() {
        document.refuse(&source_node, "the source of the invoker is empty".into(), None);
    }
    if let (Some(node), Some(qualifier)) = (fields.get("qualifier"), &qualifier)
        && !((1..=128).contains(&qualifier.len())
            && qualifier.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
    {
        let message = format!("`{qualifier}` is neither an alias nor a version");
        document.refuse(node, message, Some("write `live` or `7`, or leave it out".into()));
    }
    Some(SettingInvoker { kind, source, qualifier, origin: origin(document, path, node) })
}

fn waiver(document: &mut Document<'_>, path: &Path, node: &Node<'_>) -> Option<Waiver> {
    let fields = document.fields(node, &["code", "place", "reason"]);
    let code = document.required(&fields, node, "code");
    let place = document.required(&fields, node, "place");
    let reason = reason(document, &fields, node);
    let code_node = code?;
    let text = document.text(&code_node)?;
    let Some(code) = Code::ALL.iter().copied().find(|code| code.as_str() == &*text) else {
        let known = Code::ALL.iter().map(|code| code.as_str());
        let help = match nearest(&text, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are `{}`", known.collect::<Vec<_>>().join("`, `")),
        };
        document.refuse(&code_node, format!("there is no finding `{text}`"), Some(help));
        return None;
    };
    let place = document.text(&place?)?;
    let (line, column) = document.line_column(node.start());
    let written =
        Place { file: shown(path).into(), line: Some(line), column: Some(column), record: None };
    Some(Waiver { code, place, reason: reason?, written })
}

/// `reason`, which must say something.
fn reason(
    document: &mut Document<'_>,
    fields: &BTreeMap<Box<str>, Node<'_>>,
    of: &Node<'_>,
) -> Option<Box<str>> {
    let node = document.required(fields, of, "reason")?;
    let text = document.text(&node)?;
    if text.trim().is_empty() {
        document.refuse(&node, "a reason is a sentence, not an empty string".into(), None);
        return None;
    }
    Some(text)
}

fn origin(document: &Document<'_>, path: &Path, node: &Node<'_>) -> SettingOrigin {
    let (line, column) = document.line_column(node.start());
    SettingOrigin {
        source: shown(path).into(),
        path: node.path.clone().into(),
        line: Some(line),
        column: Some(column),
    }
}

impl Waiver {
    /// Whether it waives `finding`, which is about function `function` if about one.
    #[must_use]
    pub fn waives(&self, finding: &Finding, function: Option<&str>) -> bool {
        let at = |place: &Place| {
            let line = place.line.map(|line| format!("{}:{line}", place.file));
            *self.place == *place.file || line.is_some_and(|line| *self.place == *line)
        };
        self.code == finding.code
            && (function == Some(&*self.place) || finding.places.iter().any(at))
    }
}

#[cfg(test)]
mod tests;
