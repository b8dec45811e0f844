//! Values in the text of a record: where a string or a whole number ends, and whether it is one.

use memchr::memchr2;

/// The most digits of a number that may vary; longer ones are part of a shape.
pub(super) const DIGITS: usize = 15;

/// The end of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// Bytes before the closing quote.
    pub(super) length: usize,
    /// Whether what stands there is what is meant: ASCII without escapes.
    pub(super) is_plain: bool,
}

/// The string of which `rest` holds what follows the opening quote, if it is one that can be read. `length` is how long
/// it may be, which saves looking.
pub(super) fn string(rest: &[u8], length: usize) -> Option<End> {
    if rest.get(length) == Some(&b'"') && is_plain(&rest[..length]) {
        return Some(End { length, is_plain: true });
    }
    let mut length = 0;
    let mut is_escaped = false;
    loop {
        length += memchr2(b'"', b'\\', &rest[length..])?;
        if rest[length] == b'"' {
            break;
        }
        is_escaped = true;
        length += 2;
        if length > rest.len() {
            return None;
        }
    }
    let text = &rest[..length];
    if !is_escaped && is_plain(text) {
        return Some(End { length, is_plain: true });
    }
    decoded(text).map(|_| End { length, is_plain: false })
}

/// What the text between two quotes means.
pub(super) fn decoded(text: &[u8]) -> Option<String> {
    let quoted = [b"\"", text, b"\""].concat();
    serde_json::from_slice(&quoted).ok()
}

/// Whether `rest` begins with `text`. As `starts_with`, without a call for the short texts that stand between values.
pub(super) fn begins(rest: &[u8], text: &[u8]) -> bool {
    const LONG: usize = 256;
    let Some(rest) = rest.get(..text.len()) else { return false };
    match text.len() {
        0..4 => rest == text,
        4..8 => ends_are_equal::<4>(rest, text),
        8..16 => ends_are_equal::<8>(rest, text),
        16..LONG => {
            let (ours, theirs) = (rest.as_chunks::<16>().0, text.as_chunks::<16>().0);
            ours.iter().zip(theirs).all(|(ours, theirs)| ours == theirs)
                && rest.last_chunk::<16>() == text.last_chunk::<16>()
        }
        _ => rest == text,
    }
}

/// Whether the first `N` bytes of two texts are the same, and the last.
fn ends_are_equal<const N: usize>(one: &[u8], other: &[u8]) -> bool {
    one.first_chunk::<N>() == other.first_chunk::<N>()
        && one.last_chunk::<N>() == other.last_chunk::<N>()
}

/// How many digits `rest` begins with, if they are a number that ends where a value may end.
pub(super) fn number(rest: &[u8]) -> Option<usize> {
    let length = rest.iter().take(DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
    let has_zero = length > 1 && rest[0] == b'0';
    let ends = matches!(rest.get(length), Some(b',' | b'}' | b']'));
    (length > 0 && length <= DIGITS && !has_zero && ends).then_some(length)
}

/// Whether bytes are printable ASCII without quote and backslash.
fn is_plain(text: &[u8]) -> bool {
    const WIDTH: usize = 16;
    let (chunks, rest) = text.as_chunks::<WIDTH>();
    let whole = chunks.iter().all(is_plain_chunk);
    // The last bytes are looked at in one piece too, together with some before them.
    match text.last_chunk::<WIDTH>() {
        Some(last) => whole && is_plain_chunk(last),
        None => rest.iter().fold(0, |odd, &byte| odd | is_odd(byte)) == 0,
    }
}

fn is_plain_chunk(chunk: &[u8; 16]) -> bool {
    // No early end: all bytes are looked at in one step of the processor.
    chunk.iter().fold(0, |odd, &byte| odd | is_odd(byte)) == 0
}

fn is_odd(byte: u8) -> u8 {
    u8::from(byte < b' ')
        | u8::from(byte >= 0x7f)
        | u8::from(byte == b'"')
        | u8::from(byte == b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_where_json_says_so() {
        /// Where it ends, and whether it is plain.
        type Expected = Option<(usize, bool)>;
        let table: [(&[u8], Expected); 14] = [
            (b"\"", Some((0, true))),
            (b"a\"", Some((1, true))),
            (b"0123456789abcdef\" x", Some((16, true))),
            (b"0123456789abcdefghij\",\"x\"", Some((20, true))),
            (br#"a\"b","#, Some((4, false))),
            (br#"a\\","#, Some((3, false))),
            ("zwölf Boxkämpfer\"".as_bytes(), Some((18, false))),
            (br#"\u00e4\ud83d\ude00""#, Some((18, false))),
            (br#"\ud83d""#, None),
            (br#"\x""#, None),
            (br#"a\"#, None),
            (b"a", None),
            (b"line\nbreak\"", None),
            (b"0123456789abcdef\xff\"", None),
        ];
        for (rest, expected) in table {
            for guess in 0..rest.len() + 2 {
                let end = string(rest, guess).map(|end| (end.length, end.is_plain));
                assert_eq!(end, expected, "{} at {guess}", String::from_utf8_lossy(rest));
            }
        }
    }

    #[test]
    fn a_text_begins_with_another_if_each_byte_is_the_same() {
        let text: Vec<u8> = (0..300_u16).map(|at| (at % 251) as u8).collect();
        for length in 0..=text.len() {
            assert!(begins(&text, &text[..length]), "{length}");
            assert!(begins(&text[..length], &text[..length]), "{length}");
            assert!(length == 0 || !begins(&text[..length - 1], &text[..length]), "{length}");
            for at in 0..length {
                let mut other = text[..length].to_vec();
                other[at] ^= 1;
                assert!(!begins(&text, &other), "{length} at {at}");
            }
        }
    }

    #[test]
    fn a_number_is_digits_up_to_the_end_of_the_value() {
        let table: [(&str, Option<usize>); 11] = [
            ("0,", Some(1)),
            ("17}", Some(2)),
            ("900]", Some(3)),
            ("123456789012345,", Some(15)),
            ("1234567890123456,", None),
            ("01,", None),
            ("-1,", None),
            ("1.5,", None),
            ("1e5,", None),
            ("1 ,", None),
            ("1", None),
        ];
        for (rest, expected) in table {
            assert_eq!(number(rest.as_bytes()), expected, "{rest}");
        }
    }
}
