//! Unified text diffs.

use similar::TextDiff;

/// The unified diff of two texts with three lines of context; empty when they are equal.
///
/// For documents give it the canonical JSON of [`crate::policy::write::document`], so that layout and
/// element order make no difference.
#[must_use]
pub fn unified(old_text: &str, new_text: &str, old_name: &str, new_name: &str) -> String {
    if old_text == new_text {
        return String::new();
    }
    TextDiff::from_lines(old_text, new_text)
        .unified_diff()
        .context_radius(3)
        .header(old_name, new_name)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_no_diff() {
        assert_eq!(unified("a\n", "a\n", "old", "new"), "");
    }

    #[test]
    fn a_changed_line_is_shown_with_both_names() {
        assert_eq!(
            unified("a\nb\n", "a\nc\n", "old", "new"),
            "--- old\n+++ new\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
        );
    }
}
