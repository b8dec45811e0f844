//! JSON with places: a strict reader that keeps every key and every spelling.
//!
//! Two libraries do the work: `serde_json` says whether the text is JSON and where it stops being
//! it; `jsonc-parser`, with all its leniencies off, gives the tree with byte ranges, duplicate
//! keys and numbers as written. Limits come first: depth and number of values, before anything recurses
//! or is kept; then the characters.

use jsonc_parser::ast::Value;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{MAX_DEPTH, MAX_VALUES, Spot};

/// Where each line starts, to turn a byte offset into a place.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// Where the text stands in the file that it is a part of.
    origin: Spot,
    /// Characters before each multiple of `STRIDE` bytes, so that a place costs the same in a
    /// document of one long line.
    characters: Vec<usize>,
}

const STRIDE: usize = 128;

/// Characters that begin in these bytes of UTF-8.
fn beginning_in(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b & 0xC0 != 0x80).count()
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str, origin: Spot) -> Self {
        let ends = text.bytes().filter(|b| *b == b'\n').count();
        let mut starts = Vec::with_capacity(ends + 1);
        starts.push(0);
        starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1));
        let mut characters = vec![0];
        let mut sum = 0;
        for chunk in text.as_bytes().chunks(STRIDE) {
            sum += beginning_in(chunk);
            characters.push(sum);
        }
        Self { text, starts, origin, characters }
    }

    fn characters_before(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let from = offset / STRIDE;
        let rest = self.text.as_bytes().get(from * STRIDE..offset).unwrap_or_default();
        self.characters.get(from).copied().unwrap_or(0) + beginning_in(rest)
    }

    /// Units: line and column from 1, columns in characters.
    pub(super) fn spot(&self, offset: usize) -> Spot {
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let column = self.characters_before(offset).saturating_sub(self.characters_before(start));
        let number =
            |n: usize, first: u32| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(first);
        // Only the first line has something of the file before it.
        let indent = if line == 0 { self.origin.column } else { 1 };
        Spot { line: number(line, self.origin.line), column: number(column, indent) }
    }

    /// The place that `serde_json` means: lines from 1, columns in bytes, 0 before the first of a line.
    fn spot_of_bytes(&self, line: usize, column: usize) -> Spot {
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let mut offset = (start + column.saturating_sub(1)).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        self.spot(offset)
    }
}

/// Why a text is not JSON that we read.
pub(super) enum Refusal {
    TooDeep { at: Spot },
    TooMany { at: Spot },
    Character { at: Spot, character: char },
    NotJson { at: Spot, why: String },
}

/// The tree of `text`.
pub(super) fn read<'t>(text: &'t str, lines: &Lines<'t>) -> Result<Value<'t>, Refusal> {
    check_size(text, lines)?;
    if let Some((offset, character)) = text.char_indices().find(|(_, c)| !is_allowed(*c)) {
        return Err(Refusal::Character { at: lines.spot(offset), character });
    }
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let at = lines.spot_of_bytes(error.line(), error.column());
        let text = error.to_string();
        let why = text.split(" at line ").next().unwrap_or_default().to_owned();
        return Err(Refusal::NotJson { at, why });
    }
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let refused = |at: usize, why: String| Refusal::NotJson { at: lines.spot(at), why };
    match parse_to_ast(text, &CollectOptions::default(), &strict) {
        Ok(parsed) => parsed.value.ok_or_else(|| refused(0, "nothing there".into())),
        Err(error) => {
            let why = error.kind().to_string();
            let mut chars = why.chars();
            let lower = chars.next().map(|c| c.to_lowercase().chain(chars).collect());
            Err(refused(error.range().start, lower.unwrap_or_default()))
        }
    }
}

/// Whether AWS takes a character in the text of a document. Inside a string it can be written as an escape.
///
/// # Source
/// IAM User Guide, "Grammar of the IAM JSON policy language".
pub(super) fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}')
}

/// Refuses nesting deeper than `MAX_DEPTH` and more than `MAX_VALUES` values, whether the text is JSON or not.
fn check_size(text: &str, lines: &Lines<'_>) -> Result<(), Refusal> {
    let (mut depth, mut values, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Refusal::TooDeep { at: lines.spot(offset) });
                }
                values += 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            // The last value of a list has no comma, but the list is counted by its bracket.
            b',' => values += 1,
            _ => {}
        }
        if values > MAX_VALUES {
            return Err(Refusal::TooMany { at: lines.spot(offset) });
        }
    }
    Ok(())
}
