//! Walking a TOML document with the place of every mistake, all of them at once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use policy_core::catalog::nearest;
use policy_core::evidence::SettingOrigin;
use policy_core::finding::Place;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::failure::{Failure, in_file};

/// A document being read: its text, its name, what is wrong with it.
pub(super) struct Document<'a> {
    path: &'a Path,
    text: &'a str,
    failures: Vec<Failure>,
}

/// A value with where it stands and how it is called: `functions.orders.role`.
#[derive(Clone)]
pub(super) struct Node<'d> {
    pub(super) path: String,
    value: &'d Spanned<DeValue<'d>>,
}

impl Node<'_> {
    /// The text, if it is one.
    pub(super) fn as_str(&self) -> Option<&str> {
        self.value.get_ref().as_str()
    }

    /// The digits, if it is a decimal integer.
    pub(super) fn as_integer(&self) -> Option<String> {
        let integer = self.value.get_ref().as_integer()?;
        (integer.radix() == 10).then(|| integer.as_str().to_owned())
    }
}

impl<'a> Document<'a> {
    pub(super) fn new(path: &'a Path, text: &'a str) -> Self {
        Self { path, text, failures: Vec::new() }
    }

    /// Ends the reading.
    pub(super) fn finish<T>(mut self, value: T) -> Result<T, Failure> {
        self.failures.sort_by_key(|failure| {
            let place = failure.problems().first().and_then(|problem| problem.places.first());
            place.map(|place| (place.line, place.column))
        });
        if self.failures.is_empty() { Ok(value) } else { Err(Failure::all(self.failures)) }
    }

    /// Line and column of a byte.
    fn line_column(&self, byte: usize) -> (u32, u32) {
        crate::input::line_column(self.text, byte)
    }

    /// Where a value begins.
    pub(super) fn place(&self, node: &Node<'_>) -> Place {
        let (line, column) = self.line_column(node.value.span().start);
        Place { line: Some(line), column: Some(column), ..in_file(self.path) }
    }

    /// Where a setting is written.
    pub(super) fn origin(&self, node: &Node<'_>) -> SettingOrigin {
        let Place { file: source, line, column, .. } = self.place(node);
        SettingOrigin { source, path: node.path.clone().into(), line, column }
    }

    pub(super) fn syntax(&mut self, error: &toml::de::Error) {
        let message = error.message().lines().collect::<Vec<_>>().join("; ");
        let span = error.span().unwrap_or(0..0);
        self.wrong(span, format!("not TOML: {message}"), None);
    }

    pub(super) fn wrong(&mut self, at: Range<usize>, message: String, help: Option<String>) {
        let (line, column) = self.line_column(at.start);
        let mut place = in_file(self.path);
        (place.line, place.column) = (Some(line), Some(column));
        let failure = Failure::input(message).at(place);
        self.failures.push(match help {
            Some(help) => failure.help(help),
            None => failure,
        });
    }

    /// A value that is not what it should be.
    pub(super) fn refuse(&mut self, node: &Node<'_>, message: String, help: Option<String>) {
        self.wrong(node.value.span(), format!("`{}`: {message}", node.path), help);
    }

    fn wrong_type(&mut self, node: &Node<'_>, expected: &str) {
        let found = node.value.get_ref().type_str();
        self.refuse(node, format!("expected {expected}, found {found}"), None);
    }

    pub(super) fn text(&mut self, node: &Node<'_>) -> Option<Box<str>> {
        match node.value.get_ref().as_str() {
            Some(text) => Some(text.into()),
            None => {
                self.wrong_type(node, "a string");
                None
            }
        }
    }

    pub(super) fn truth(&mut self, node: &Node<'_>) -> Option<bool> {
        let truth = node.value.get_ref().as_bool();
        if truth.is_none() {
            self.wrong_type(node, "`true` or `false`");
        }
        truth
    }

    /// The strings of an array.
    pub(super) fn texts<'d>(&mut self, node: &Node<'d>) -> Vec<(Box<str>, Node<'d>)> {
        self.items(node, "an array of strings")
            .into_iter()
            .filter_map(|item| Some((self.text(&item)?, item)))
            .collect()
    }

    /// The items of an array.
    pub(super) fn items<'d>(&mut self, node: &Node<'d>, expected: &str) -> Vec<Node<'d>> {
        let Some(array) = node.value.get_ref().as_array() else {
            self.wrong_type(node, expected);
            return Vec::new();
        };
        array
            .iter()
            .enumerate()
            .map(|(index, value)| Node { path: format!("{}[{index}]", node.path), value })
            .collect()
    }

    /// The entries of a table whose keys are free.
    pub(super) fn entries<'d>(&mut self, node: &Node<'d>) -> BTreeMap<Box<str>, Node<'d>> {
        let Some(table) = node.value.get_ref().as_table() else {
            self.wrong_type(node, "a table");
            return BTreeMap::new();
        };
        entries_of(table, &node.path)
    }

    /// The entries of a table whose keys are `known`; others are mistakes.
    pub(super) fn fields<'d>(
        &mut self,
        node: &Node<'d>,
        known: &[&str],
    ) -> BTreeMap<Box<str>, Node<'d>> {
        let Some(table) = node.value.get_ref().as_table() else {
            self.wrong_type(node, "a table");
            return BTreeMap::new();
        };
        self.known_keys(table, &node.path, known);
        entries_of(table, &node.path)
    }

    /// The same for the whole document.
    pub(super) fn root<'d>(
        &mut self,
        table: &'d DeTable<'d>,
        known: &[&str],
    ) -> BTreeMap<Box<str>, Node<'d>> {
        self.known_keys(table, "", known);
        entries_of(table, "")
    }

    fn known_keys(&mut self, table: &DeTable<'_>, path: &str, known: &[&str]) {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let place = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are `{}`", known.join("`, `")),
            };
            self.wrong(key.span(), format!("unknown key `{name}`{place}"), Some(help));
        }
    }

    /// A field that must be there.
    pub(super) fn required<'d>(
        &mut self,
        fields: &BTreeMap<Box<str>, Node<'d>>,
        of: &Node<'_>,
        name: &str,
    ) -> Option<Node<'d>> {
        let found = fields.get(name).cloned();
        if found.is_none() {
            self.refuse(of, format!("`{name}` is missing"), None);
        }
        found
    }

    /// `reason`, which must be there and say something.
    pub(super) fn reason(
        &mut self,
        fields: &BTreeMap<Box<str>, Node<'_>>,
        of: &Node<'_>,
    ) -> Option<Box<str>> {
        let node = self.required(fields, of, "reason")?;
        let text = self.text(&node)?;
        if text.trim().is_empty() {
            self.refuse(&node, "a reason is a sentence, not an empty string".into(), None);
            return None;
        }
        Some(text)
    }

    /// A table of strings.
    pub(super) fn string_map(&mut self, node: &Node<'_>) -> BTreeMap<Box<str>, Box<str>> {
        let entries = self.entries(node);
        entries.into_iter().filter_map(|(key, node)| Some((key, self.text(&node)?))).collect()
    }

    /// A string that parses as `T`.
    pub(super) fn parsed<T: std::str::FromStr<Err = policy_core::iam::WordError>>(
        &mut self,
        node: &Node<'_>,
    ) -> Option<T> {
        let text = self.text(node)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(node, error.to_string(), None);
                None
            }
        }
    }
}

fn entries_of<'d>(table: &'d DeTable<'d>, path: &str) -> BTreeMap<Box<str>, Node<'d>> {
    table
        .iter()
        .map(|(key, value)| {
            let key: &str = key.get_ref();
            let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            (key.into(), Node { path, value })
        })
        .collect()
}
