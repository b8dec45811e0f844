//! Values as JSON: two spaces a level, members in the order in which they were put, documents as
//! they are written to files.

use policy_core::finding::{Finding, Place};
use policy_core::policy::PolicyDocument;
use serde_json::Value;

/// A JSON value that keeps the order of its members.
#[derive(Debug, Clone)]
pub(crate) enum Json {
    /// An object.
    Object(Vec<(String, Json)>),
    /// An array.
    Array(Vec<Json>),
    /// Anything else, or where the order does not matter.
    Value(Value),
    /// Text that is JSON already.
    Raw(String),
}

impl Json {
    pub(crate) fn object<const N: usize>(members: [(&str, Json); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    pub(crate) fn array(items: impl IntoIterator<Item = Json>) -> Self {
        Self::Array(items.into_iter().collect())
    }

    pub(crate) fn document(document: &PolicyDocument) -> Self {
        Self::Raw(policy_core::policy::write::document(document).trim_end().to_owned())
    }

    /// The text, with a newline at the end.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out.push('\n');
        out
    }

    /// The text on one line, with a newline at the end.
    pub(crate) fn line(&self) -> String {
        let mut out = String::new();
        self.write_flat(&mut out);
        out.push('\n');
        out
    }

    fn write_flat(&self, out: &mut String) {
        let between = |index: usize, out: &mut String| {
            if index > 0 {
                out.push(',');
            }
        };
        match self {
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    between(index, out);
                    out.push_str(&Value::from(name.as_str()).to_string());
                    out.push(':');
                    value.write_flat(out);
                }
                out.push('}');
            }
            Self::Array(items) => {
                out.push('[');
                for (index, value) in items.iter().enumerate() {
                    between(index, out);
                    value.write_flat(out);
                }
                out.push(']');
            }
            Self::Value(value) => out.push_str(&value.to_string()),
            // A line break inside a string is always escaped.
            Self::Raw(text) => out.extend(text.lines().map(str::trim_start)),
        }
    }

    fn write(&self, level: usize, out: &mut String) {
        match self {
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::Array(items) if items.is_empty() => out.push_str("[]"),
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    begin(index, level, out);
                    out.push_str(&Value::from(name.as_str()).to_string());
                    out.push_str(": ");
                    value.write(level + 1, out);
                }
                end(level, '}', out);
            }
            Self::Array(items) => {
                out.push('[');
                for (index, value) in items.iter().enumerate() {
                    begin(index, level, out);
                    value.write(level + 1, out);
                }
                end(level, ']', out);
            }
            Self::Value(value) => indent(&format!("{value:#}"), level, out),
            Self::Raw(text) => indent(text, level, out),
        }
    }
}

impl<T: Into<Value>> From<T> for Json {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

fn begin(index: usize, level: usize, out: &mut String) {
    out.push_str(if index == 0 { "\n" } else { ",\n" });
    out.push_str(&"  ".repeat(level + 1));
}

fn end(level: usize, close: char, out: &mut String) {
    out.push('\n');
    out.push_str(&"  ".repeat(level));
    out.push(close);
}

/// JSON text of several lines; a line break inside a string is always escaped.
fn indent(text: &str, level: usize, out: &mut String) {
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            out.push('\n');
            out.push_str(&"  ".repeat(level));
        }
        out.push_str(line);
    }
}

/// A finding, with why it is waived if it is.
pub(crate) fn finding(finding: &Finding, waived: Option<&str>) -> Json {
    let mut members = vec![
        ("code".to_owned(), finding.code.as_str().into()),
        ("severity".to_owned(), finding.severity.as_str().into()),
        ("message".to_owned(), finding.message.as_str().into()),
        ("places".to_owned(), Json::array(finding.places.iter().map(place))),
        ("help".to_owned(), finding.help.as_deref().into()),
    ];
    if let Some(reason) = waived {
        members.push(("waived".to_owned(), reason.into()));
    }
    Json::Object(members)
}

fn place(place: &Place) -> Json {
    let mut members = vec![("file".to_owned(), Json::from(&*place.file))];
    let numbers = [
        ("line", place.line.map(u64::from)),
        ("column", place.column.map(u64::from)),
        ("record", place.record),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            members.push((name.to_owned(), number.into()));
        }
    }
    Json::Object(members)
}
