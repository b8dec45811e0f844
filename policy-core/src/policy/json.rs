//! JSON with places: a strict reader that keeps every key and every spelling.
//!
//! Two libraries do the work: `serde_json` says whether the text is JSON and where it stops being
//! it; `jsonc-parser`, with all its leniencies off, gives the tree with byte ranges, duplicate
//! keys and numbers as written. Limits come first: size, then depth, before anything recurses.

use jsonc_parser::ast::Value;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::Spot;

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
        let starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1))
            .collect();
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
        self.within(line, column)
    }

    /// The place in the file of a line and column of the text, both from 0.
    fn within(&self, line: usize, column: usize) -> Spot {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let column = number(column);
        Spot {
            line: self.origin.line.saturating_add(number(line)),
            column: match line {
                0 => self.origin.column.saturating_add(column),
                _ => column.saturating_add(1),
            },
        }
    }
}

/// Why a text is not JSON that we read.
pub(super) enum Refusal {
    TooDeep { at: Spot },
    NotJson { at: Spot, why: String },
}

/// The tree of `text`.
pub(super) fn read<'t>(
    text: &'t str,
    lines: &Lines<'t>,
    max_depth: usize,
) -> Result<Value<'t>, Refusal> {
    if let Some(offset) = deeper_than(text, max_depth) {
        return Err(Refusal::TooDeep { at: lines.spot(offset) });
    }
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let at = lines.within(error.line().max(1) - 1, error.column().max(1) - 1);
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

/// The offset of the first bracket that nests deeper than `max_depth`, strings left out.
fn deeper_than(text: &str, max_depth: usize) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > max_depth {
                    return Some(offset);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}
