//! `[[waive]]`: findings that are known and accepted.

use policy_core::catalog::nearest;
use policy_core::finding::{Code, Finding, Place};

use super::keys;
use super::toml::{Document, Node};

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

impl Waiver {
    pub(super) fn read(document: &mut Document<'_>, node: &Node<'_>) -> Option<Self> {
        let fields = document.fields(node, keys::WAIVE);
        let code = document.required(&fields, node, "code");
        let place = document.required(&fields, node, "place");
        let reason = document.reason(&fields, node);
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
        Some(Self { code, place, reason: reason?, written: document.place(node) })
    }

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
