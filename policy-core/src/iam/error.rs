//! Why a word could not be read.

/// A word that AWS would not accept, with what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct WordError {
    text: Box<str>,
    expected: &'static str,
}

impl WordError {
    pub(crate) fn new(text: &str, expected: &'static str) -> Self {
        // A word this long was never meant as one; keep the message to one line.
        let text = if text.chars().count() > 200 {
            let head: String = text.chars().take(200).collect();
            format!("{head}…").into()
        } else {
            text.into()
        };
        Self { text, expected }
    }

    /// The text as the user wrote it, cut at 200 characters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What would be accepted, as a noun phrase (`an account id of 12 digits`).
    #[must_use]
    pub fn expected(&self) -> &'static str {
        self.expected
    }
}
