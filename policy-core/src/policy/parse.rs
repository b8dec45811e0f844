//! JSON text → [`PolicyDocument`], with the place of every mistake.
//!
//! All mistakes of a document are gathered before it is refused. What AWS would store is accepted
//! (scalar or array, one statement without an array, element names in any case, numbers and
//! booleans as condition values); what AWS would refuse is an error with what to write instead.

mod condition;
mod report;
mod spot;

use std::collections::BTreeMap;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;

use self::report::{Report, listed, nearest, short};
pub use self::spot::{Spot, StatementSpots};
use super::json::{self, Lines, Refusal};
use super::statement::{
    ActionElement, Effect, PrincipalElement, PrincipalKind, Principals, ResourceElement, Statement,
};
use super::{PolicyDocument, Version};
use crate::finding::{Code, Finding, Place};
use crate::iam::ConditionBlock;

/// The largest text that is read, in bytes. The largest quota of AWS on one document is 32 KB.
pub const MAX_BYTES: usize = 20_000_000;
/// The deepest nesting that is read. A policy needs six.
pub const MAX_DEPTH: usize = 32;
/// The most values that are read: elements of arrays and members of objects together. Bounds the memory for a text of
/// [`MAX_BYTES`].
pub const MAX_VALUES: usize = 2_000_000;
/// The most mistakes of a document that are spelled out; and the most warnings.
pub const MAX_FINDINGS: usize = 100;

/// A document that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The document.
    pub document: PolicyDocument,
    /// What is odd about it without being wrong: notes and warnings only.
    pub findings: Vec<Finding>,
    /// One entry for each statement, in the same order.
    pub spots: Vec<StatementSpots>,
}

/// Reads one policy document; `file` is its name in messages.
///
/// # Errors
/// Every mistake, in the order of the text, when one of them makes the document one that AWS
/// would refuse; after the first [`MAX_FINDINGS`] only how many there are. Never empty.
///
/// # Source
/// IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements".
pub fn parse(text: &str, file: &str) -> Result<Parsed, Vec<Finding>> {
    parse_at(text, file, Spot::START)
}

/// [`parse`] of a document that is a part of a file and begins there at `origin`: places are those
/// of the file.
///
/// # Errors
/// As [`parse`].
pub fn parse_at(text: &str, file: &str, origin: Spot) -> Result<Parsed, Vec<Finding>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let refused = |spot: Option<Spot>, message: String, help: String| {
        let place = Place {
            file: file.into(),
            line: spot.map(|spot| spot.line),
            column: spot.map(|spot| spot.column),
            record: None,
        };
        vec![Finding::new(Code::PolicyMalformed, message).at(place).help(help)]
    };
    if text.len() > MAX_BYTES {
        let message = format!(
            "a policy document of {} bytes is not read; the limit is {MAX_BYTES}",
            text.len()
        );
        let help = "AWS stores no policy document above 32 KB; give one document, not a dump";
        return Err(refused(None, message, help.into()));
    }
    let lines = Lines::new(text, origin);
    let root = json::read(text, &lines).map_err(|refusal| match refusal {
        Refusal::TooDeep { at } => refused(
            Some(at),
            format!("brackets nested deeper than {MAX_DEPTH}"),
            "a policy document nests six deep".into(),
        ),
        Refusal::TooMany { at } => refused(
            Some(at),
            format!("a policy document of more than {MAX_VALUES} values is not read"),
            "AWS stores no policy document above 32 KB; give one document, not a dump".into(),
        ),
        Refusal::Character { at, character } => refused(
            Some(at),
            format!("a policy document cannot have the character U+{:04X}", u32::from(character)),
            if character == '\0' {
                "save the file as UTF-8".into()
            } else {
                "AWS takes tabs, line ends and the characters U+0020 to U+00FF".into()
            },
        ),
        Refusal::NotJson { at, why } => refused(
            Some(at),
            format!("not JSON: {why}"),
            "write a JSON object with `Version` and `Statement`".into(),
        ),
    })?;
    let mut reader = Reader { lines, report: Report::new(file) };
    let (document, spots) = reader.document(&root);
    let findings = reader.report.into_findings()?;
    Ok(Parsed { document, findings, spots })
}

const DOCUMENT_KEYS: &[&str] = &["Version", "Id", "Statement"];
const STATEMENT_KEYS: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];
const PRINCIPAL_KEYS: &[&str] = &["AWS", "CanonicalUser", "Federated", "Service"];

struct Reader<'t> {
    lines: Lines<'t>,
    report: Report<'t>,
}

impl<'t> Reader<'t> {
    fn spot(&self, at: &impl Ranged) -> Spot {
        self.lines.spot(at.range().start)
    }

    fn report(&mut self, code: Code, at: &impl Ranged, message: String, help: impl Into<String>) {
        let spot = self.spot(at);
        self.report.add(code, spot, || (message, help.into()));
    }

    /// The members of an object under their canonical names, each at most once.
    fn members<'v>(
        &mut self,
        object: &'v Object<'t>,
        known: &'static [&'static str],
        of: &str,
    ) -> BTreeMap<&'static str, &'v ObjectProp<'t>> {
        let mut found: BTreeMap<&'static str, &'v ObjectProp<'t>> = BTreeMap::new();
        for property in &object.properties {
            let written = property.name.as_str();
            let Some(name) = known.iter().find(|k| k.eq_ignore_ascii_case(written)) else {
                let spot = self.spot(&property.name);
                self.report.add(Code::PolicyKeyUnknown, spot, || {
                    let help = match nearest(written, known) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("{of} has {}", listed(known)),
                    };
                    (format!("unknown element `{}` in {of}", short(written)), help)
                });
                continue;
            };
            if let Some(first) = found.get(name) {
                let before = first.name.as_str();
                let line = self.spot(&first.name).line;
                let message = if before == written {
                    format!("`{written}` stands twice in {of}, first in line {line}")
                } else {
                    format!("`{written}` and `{before}` (line {line}) are the same element of {of}")
                };
                self.report(
                    Code::PolicyKeyDuplicate,
                    &property.name,
                    message,
                    format!("write one `{name}` with all its values"),
                );
                continue;
            }
            found.insert(name, property);
        }
        found
    }

    fn wrong_kind(&mut self, at: &Value<'t>, what: &str, expected: &str) {
        let message = format!("{what} is {}, expected {expected}", kind(at));
        self.report(Code::PolicyMalformed, at, message, format!("write {expected}"));
    }

    fn text(&mut self, property: &ObjectProp<'t>, name: &str) -> Option<String> {
        match &property.value {
            Value::StringLit(text) => Some(text.value.clone().into_owned()),
            other => {
                self.wrong_kind(other, &format!("`{name}`"), "a string");
                None
            }
        }
    }

    /// One value or several; with `scalars`, numbers and booleans count as their text.
    fn texts(
        &mut self,
        property: &ObjectProp<'t>,
        name: &str,
        scalars: bool,
    ) -> (Vec<String>, Vec<Spot>) {
        let one = std::slice::from_ref(&property.value);
        let values = match &property.value {
            Value::Array(array) => array.elements.as_slice(),
            _ => one,
        };
        if values.is_empty() {
            let message = format!("`{name}` has no value and so matches nothing");
            let help = format!("write at least one value, or leave out `{name}`");
            self.report(Code::PolicyValueEmpty, &property.value, message, help);
        }
        let (mut texts, mut spots) = (Vec::new(), Vec::new());
        for value in values {
            let text = match value {
                Value::StringLit(text) => text.value.clone().into_owned(),
                Value::NumberLit(number) if scalars => number.value.to_owned(),
                Value::BooleanLit(flag) if scalars => flag.value.to_string(),
                other => {
                    let expected = if scalars {
                        "a string, a number or a boolean"
                    } else {
                        "a string or an array of strings"
                    };
                    self.wrong_kind(other, &format!("a value of `{name}`"), expected);
                    continue;
                }
            };
            texts.push(text);
            spots.push(self.spot(value));
        }
        (texts, spots)
    }

    fn document(&mut self, root: &Value<'t>) -> (PolicyDocument, Vec<StatementSpots>) {
        let mut document = PolicyDocument::default();
        let Value::Object(object) = root else {
            self.wrong_kind(root, "a policy document", "an object with `Version` and `Statement`");
            return (document, Vec::new());
        };
        let members = self.members(object, DOCUMENT_KEYS, "a policy document");
        if let Some(property) = members.get("Version")
            && let Some(text) = self.text(property, "Version")
        {
            document.version = Version::ALL.into_iter().find(|v| v.as_str() == text);
            if document.version.is_none() {
                self.report(
                    Code::VersionUnknown,
                    &property.value,
                    format!("unknown policy version `{}`", short(&text)),
                    "write `2012-10-17`; the version names the policy language, not this document",
                );
            }
        }
        if let Some(property) = members.get("Id") {
            document.id = self.text(property, "Id");
        }
        let Some(property) = members.get("Statement") else {
            self.report(
                Code::PolicyElementMissing,
                object,
                "the policy document has no `Statement`".into(),
                "write `\"Statement\": [{ \"Effect\": \"Allow\", \"Action\": …, \"Resource\": … }]`",
            );
            return (document, Vec::new());
        };
        let one = std::slice::from_ref(&property.value);
        let statements = match &property.value {
            Value::Array(array) => array.elements.as_slice(),
            _ => one,
        };
        if statements.is_empty() {
            self.report(
                Code::PolicyValueEmpty,
                &property.value,
                "the policy document has no statement and so allows nothing".into(),
                "write a statement, or do without the document",
            );
        }
        let mut spots = Vec::new();
        let mut sids: BTreeMap<String, u32> = BTreeMap::new();
        for value in statements {
            let Value::Object(object) = value else {
                self.wrong_kind(value, "a statement", "an object");
                continue;
            };
            let (statement, at, sid_at) = self.statement(object);
            if let Some(property) = sid_at
                && let Some(sid) = statement.as_ref().and_then(|s| s.sid.clone())
                && let Some(line) = sids.insert(sid.clone(), at.start.line)
                && !sid.is_empty()
            {
                self.report(
                    Code::SidDuplicate,
                    &property.value,
                    format!("`{}` is also the Sid of the statement in line {line}", short(&sid)),
                    "give each statement a Sid of its own",
                );
            }
            if let Some(statement) = statement {
                document.statements.push(statement);
                spots.push(at);
            }
        }
        (document, spots)
    }

    fn statement<'v>(
        &mut self,
        object: &'v Object<'t>,
    ) -> (Option<Statement>, StatementSpots, Option<&'v ObjectProp<'t>>) {
        let members = self.members(object, STATEMENT_KEYS, "a statement");
        let mut spots = StatementSpots { start: self.spot(object), elements: BTreeMap::new() };
        for (name, property) in &members {
            spots.elements.insert(name, (self.spot(&property.name), Vec::new()));
        }
        for (plain, negated) in
            [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")]
        {
            if let (Some(_), Some(second)) = (members.get(plain), members.get(negated)) {
                self.report(
                    Code::PolicyMalformed,
                    &second.name,
                    format!("a statement has both `{plain}` and `{negated}`"),
                    format!(
                        "keep one of them, or write two statements: `{negated}` means all else"
                    ),
                );
            }
        }
        let sid = members.get("Sid").and_then(|property| self.text(property, "Sid"));
        let effect = self.effect(object, members.get("Effect").copied());
        let action = match (members.get("Action"), members.get("NotAction")) {
            (Some(property), _) => {
                Some(ActionElement::Action(self.actions(property, "Action", &mut spots)))
            }
            (None, Some(property)) => {
                Some(ActionElement::NotAction(self.actions(property, "NotAction", &mut spots)))
            }
            (None, None) => {
                self.report(
                    Code::PolicyElementMissing,
                    object,
                    "a statement has neither `Action` nor `NotAction`".into(),
                    "write the actions, such as `\"Action\": \"s3:GetObject\"`",
                );
                None
            }
        };
        let mut resources = |reader: &mut Self, property: &ObjectProp<'t>, name: &'static str| {
            let (texts, at) = reader.texts(property, name, false);
            spots.elements.insert(name, (reader.spot(&property.name), at));
            texts
        };
        let resource = match (members.get("Resource"), members.get("NotResource")) {
            (Some(property), _) => {
                Some(ResourceElement::Resource(resources(self, property, "Resource")))
            }
            (None, Some(property)) => {
                Some(ResourceElement::NotResource(resources(self, property, "NotResource")))
            }
            (None, None) => None,
        };
        let principal = match (members.get("Principal"), members.get("NotPrincipal")) {
            (Some(property), _) => self.principals(property).map(PrincipalElement::Principal),
            (None, Some(property)) => self.principals(property).map(PrincipalElement::NotPrincipal),
            (None, None) => None,
        };
        let named = members.contains_key("Principal") || members.contains_key("NotPrincipal");
        if resource.is_none() && !named {
            self.report(
                Code::PolicyElementMissing,
                object,
                "a statement has neither `Resource` nor `Principal`".into(),
                "write `\"Resource\": …` in an identity policy, `\"Principal\": …` in a trust policy",
            );
        }
        let condition = match members.get("Condition") {
            Some(property) => self.condition(&property.value),
            None => ConditionBlock::default(),
        };
        let statement = match (effect, action) {
            (Some(effect), Some(action)) => {
                Some(Statement { sid, effect, principal, action, resource, condition })
            }
            _ => None,
        };
        (statement, spots, members.get("Sid").copied())
    }

    fn effect(&mut self, object: &Object<'t>, property: Option<&ObjectProp<'t>>) -> Option<Effect> {
        let Some(property) = property else {
            self.report(
                Code::PolicyElementMissing,
                object,
                "a statement has no `Effect`".into(),
                "write `\"Effect\": \"Allow\"` or `\"Effect\": \"Deny\"`",
            );
            return None;
        };
        let text = self.text(property, "Effect")?;
        let effect = [Effect::Allow, Effect::Deny].into_iter().find(|e| e.as_str() == text);
        if effect.is_none() {
            let help = match nearest(&text, &["Allow", "Deny"]) {
                Some(near) => format!("write `{near}`; the value is case-sensitive"),
                None => "write `Allow` or `Deny`".into(),
            };
            let message = format!("`{}` is not an effect", short(&text));
            self.report(Code::EffectInvalid, &property.value, message, help);
        }
        effect
    }

    fn actions(
        &mut self,
        property: &ObjectProp<'t>,
        name: &'static str,
        spots: &mut StatementSpots,
    ) -> Vec<String> {
        let (texts, at) = self.texts(property, name, false);
        for (text, spot) in texts.iter().zip(&at) {
            if !text.contains(':') && text.chars().any(|c| c != '*') || text.is_empty() {
                self.report.add(Code::ActionMalformed, *spot, || {
                    let message = format!("the action `{}` names no service", short(text));
                    let help =
                        "write `SERVICE:ACTION`, such as `s3:GetObject`, or `*` for every action";
                    (message, help.to_owned())
                });
            }
        }
        spots.elements.insert(name, (self.spot(&property.name), at));
        texts
    }

    fn principals(&mut self, property: &ObjectProp<'t>) -> Option<Principals> {
        let help = "write `\"*\"` or an object such as `{ \"Service\": \"lambda.amazonaws.com\" }`";
        match &property.value {
            Value::StringLit(text) if text.value == "*" => Some(Principals::Any),
            Value::Object(object) => {
                let mut map = BTreeMap::new();
                let members = self.members(object, PRINCIPAL_KEYS, "`Principal`");
                for kind in PrincipalKind::ALL {
                    if let Some(property) = members.get(kind.as_str()) {
                        map.insert(kind, self.texts(property, kind.as_str(), false).0);
                    }
                }
                Some(Principals::Map(map))
            }
            Value::StringLit(text) => {
                let message = format!("the principal `{}` has no kind", short(&text.value));
                self.report(Code::PolicyMalformed, text, message, help);
                None
            }
            other => {
                self.report(
                    Code::PolicyMalformed,
                    other,
                    format!("`Principal` is {}", kind(other)),
                    help,
                );
                None
            }
        }
    }
}

fn kind(value: &Value<'_>) -> &'static str {
    match value {
        Value::StringLit(_) => "a string",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "a boolean",
        Value::Object(_) => "an object",
        Value::Array(_) => "an array",
        Value::NullKeyword(_) => "null",
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
