//! The mistakes of a document while it is read: gathered up to a limit, then put in order.

use super::{MAX_FINDINGS, Spot};
use crate::finding::{Code, Finding, Place, Severity};

/// Findings of one kind of weight, and those past the limit.
#[derive(Default)]
struct Bounded {
    findings: Vec<Finding>,
    more: usize,
    last: Spot,
}

/// The findings so far. INVARIANT: an error past the limit is counted, so that no document with an error is accepted.
pub(super) struct Report<'t> {
    file: &'t str,
    errors: Bounded,
    others: Bounded,
}

impl<'t> Report<'t> {
    pub(super) fn new(file: &'t str) -> Self {
        Self { file, errors: Bounded::default(), others: Bounded::default() }
    }

    /// Adds a finding; `text` gives its message and its help, and is not asked past the limit.
    pub(super) fn add(&mut self, code: Code, at: Spot, text: impl FnOnce() -> (String, String)) {
        let of = match code.severity() {
            Severity::Error => &mut self.errors,
            _ => &mut self.others,
        };
        of.last = of.last.max(at);
        if of.findings.len() == MAX_FINDINGS {
            of.more += 1;
            return;
        }
        let (message, help) = text();
        of.findings.push(Finding::new(code, message).at(place(self.file, at)).help(help));
    }

    /// All findings in the order of the text; an error when one of them is an error.
    pub(super) fn into_findings(self) -> Result<Vec<Finding>, Vec<Finding>> {
        let refused = !self.errors.findings.is_empty();
        let Self { file, errors, others } = self;
        let more = [
            (&errors, Code::PolicyMalformed, "mistakes"),
            (&others, Code::PolicyValueEmpty, "warnings"),
        ]
        .into_iter()
        .filter(|(of, ..)| of.more > 0)
        .map(|(of, code, what)| {
            Finding::new(code, format!("{} more {what} are not shown", of.more))
                .at(place(file, of.last))
                .help("mend those that are shown first")
        })
        .collect::<Vec<_>>();
        let mut findings = errors.findings;
        findings.extend(others.findings);
        findings.extend(more);
        findings.sort_by(|a, b| a.places.cmp(&b.places));
        if refused { Err(findings) } else { Ok(findings) }
    }
}

fn place(file: &str, spot: Spot) -> Place {
    Place { file: file.into(), line: Some(spot.line), column: Some(spot.column), record: None }
}

/// The user's word, on one line and cut to what fits it.
pub(super) fn short(text: &str) -> String {
    let mut out: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().nth(80).is_some() {
        out.push('…');
    }
    out
}

pub(super) fn listed(names: &[&str]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// The closest of `names`, when it is close: at most a third of the letters differ.
pub(super) fn nearest<'n>(text: &str, names: &[&'n str]) -> Option<&'n str> {
    if text.len() > 100 {
        return None;
    }
    let folded = text.to_ascii_lowercase();
    names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&folded, &name.to_ascii_lowercase()), *name))
        .min()
        .filter(|(distance, name)| distance * 3 <= name.len())
        .map(|(_, name)| name)
}
