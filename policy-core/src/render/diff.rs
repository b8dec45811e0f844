//! Unified text diffs, with a bound on their cost.
//!
//! Up to [`MAX_LINES`] lines that differ are compared line by line. Of more, only what both texts begin
//! and end with is found, and the rest is shown as replaced: the first lines of each side and how many
//! follow. The bound is a size, never a clock, so that the same texts give the same diff everywhere.

use std::fmt::Write;

use similar::TextDiff;

/// Lines of both sides, without those that both begin and end with, that are compared line by line.
///
/// All policies that AWS stores stay far below: the largest quota is 32 KB a document.
pub const MAX_LINES: usize = 100_000;

/// Lines of context around a difference.
const CONTEXT: usize = 3;

/// Lines of each side that are shown where too many differ.
const SHOWN: usize = 20;

/// The unified diff of two texts with three lines of context; empty when they are equal.
///
/// For documents give it the canonical JSON of [`crate::policy::write::document`], so that layout and
/// element order make no difference. Lines that begin with a backslash are remarks, as in every unified diff.
#[must_use]
pub fn unified(old_text: &str, new_text: &str, old_name: &str, new_name: &str) -> String {
    bounded(old_text, new_text, old_name, new_name, MAX_LINES)
}

fn bounded(
    old_text: &str,
    new_text: &str,
    old_name: &str,
    new_name: &str,
    max_lines: usize,
) -> String {
    if old_text == new_text {
        return String::new();
    }
    let old: Vec<&str> = old_text.split_inclusive('\n').collect();
    let new: Vec<&str> = new_text.split_inclusive('\n').collect();
    let before = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let after = old[before..]
        .iter()
        .rev()
        .zip(new[before..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (gone, come) = (&old[before..old.len() - after], &new[before..new.len() - after]);
    if gone.len() + come.len() > max_lines {
        return replaced(&old, (before, after), (gone, come), (old_name, new_name));
    }
    TextDiff::from_lines(old_text, new_text)
        .unified_diff()
        .context_radius(CONTEXT)
        .header(old_name, new_name)
        .to_string()
}

/// One hunk that says that everything between the common beginning and the common end is replaced.
fn replaced(
    old: &[&str],
    (before, after): (usize, usize),
    (gone, come): (&[&str], &[&str]),
    (old_name, new_name): (&str, &str),
) -> String {
    let lead = before.min(CONTEXT);
    let trail = after.min(CONTEXT);
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "--- {old_name}\n+++ {new_name}");
    let range = |lines: usize| format!("{},{}", before - lead + 1, lead + lines + trail);
    let _ = writeln!(out, "@@ -{} +{} @@", range(gone.len()), range(come.len()));
    let mut put = |sign: char, lines: &[&str]| {
        for line in lines {
            let _ = writeln!(out, "{sign}{}", line.strip_suffix('\n').unwrap_or(line));
        }
    };
    put(' ', &old[before - lead..before]);
    for (sign, lines, what) in [('-', gone, "removed"), ('+', come, "added")] {
        put(sign, &lines[..lines.len().min(SHOWN)]);
        if let Some(more) = lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            put('\\', &[&format!(" {more} more lines {what}, too many to compare one by one")]);
        }
    }
    put(' ', &old[old.len() - after..][..trail]);
    out
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

    fn lines(of: &str, count: usize) -> String {
        (0..count).map(|number| format!("{of} {number}\n")).collect()
    }

    #[test]
    fn beyond_the_bound_the_middle_is_said_to_be_replaced() {
        let text = |of: &str, count| format!("1\n2\n3\n4\n{}5\n6\n7\n8\n", lines(of, count));
        assert_eq!(
            bounded(&text("old", 22), &text("new", 3), "a", "b", 24),
            format!(
                "--- a\n+++ b\n@@ -2,28 +2,9 @@\n 2\n 3\n 4\n{}\\ 2 more lines removed, too many to compare one by one\n{} 5\n 6\n 7\n",
                lines("-old", 20),
                lines("+new", 3)
            )
        );
        assert!(!bounded(&text("old", 22), &text("new", 3), "a", "b", 25).contains('\\'));
    }

    #[test]
    fn equal_lines_do_not_count_against_the_bound() {
        let many = lines("same", 100);
        let diff = bounded(&format!("{many}a\n{many}"), &format!("{many}b\n{many}"), "a", "b", 2);
        assert!(diff.contains("\n-a\n+b\n"), "{diff}");
    }

    #[test]
    fn texts_without_anything_in_common_and_without_a_last_newline_are_told() {
        let diff = bounded("a\nb", "c", "old", "new", 1);
        assert_eq!(diff, "--- old\n+++ new\n@@ -1,2 +1,1 @@\n-a\n-b\n+c\n");
    }
}
