//! Findings: what the user should know about the input.
//!
//! A finding is gathered, with its places, and reported at the end; an error is why we cannot go
//! on. The room holds the closed list of codes and the shape of a finding, no rule that makes one.

mod codes;

pub use codes::{Code, Severity};

/// Where a finding points.
///
/// Units: lines, columns and record numbers from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The file as the user named it; empty when there is none.
    pub file: Box<str>,
    /// Line in the file.
    pub line: Option<u32>,
    /// Column in the line.
    pub column: Option<u32>,
    /// Record in a trail file.
    pub record: Option<u64>,
}

/// Something about the user's input, with where and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// How much it matters here.
    pub severity: Severity,
    /// One line, lower case, no full stop, the user's words in backticks.
    pub message: String,
    /// Where.
    pub places: Vec<Place>,
    /// What to write instead.
    pub help: Option<String>,
}

/// `text` with control characters and line separators as escapes.
pub(crate) fn one_line(text: String) -> String {
    let is_loose = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if !text.contains(is_loose) {
        return text;
    }
    let mut line = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_loose(c) { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

impl Finding {
    /// A finding with the severity of its code.
    ///
    /// Shape: the message is one line: control characters, which names in the input may hold, are written as
    /// escapes, so that no log can write lines or colours of its own to a terminal.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: one_line(message.into()),
            places: Vec::new(),
            help: None,
        }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.places.push(place);
        self
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets the severity for this place.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_whatever_names_are_in_it() {
        let finding = Finding::new(Code::EventUnmapped, "`a\nb\u{1b}[2Jc\u{2028}é` is unknown");
        assert_eq!(finding.message, "`a\\nb\\u{1b}[2Jc\\u{2028}é` is unknown");
    }

    #[test]
    fn codes_are_kebab_case_and_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{text}");
            assert!(seen.insert(text), "{text} twice");
        }
    }
}
