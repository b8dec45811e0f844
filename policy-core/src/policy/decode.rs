//! URL-encoded documents, as the IAM API returns them.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// A text that is neither a JSON object nor one in URL encoding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the URL-encoded policy document is not UTF-8 text (byte {at} after decoding)")]
pub struct DecodeError {
    at: usize,
}

/// The JSON text of a document that may be URL-encoded (RFC 3986).
///
/// Decodes only when the text does not start, after white space, with `{`: some servers return
/// plain JSON, whose `%` are characters.
///
/// # Errors
/// [`DecodeError`] when the decoded bytes are not UTF-8.
///
/// # Source
/// IAM API Reference, GetRolePolicy: "policies are URL-encoded compliant with RFC 3986".
pub fn decode(text: &str) -> Result<Cow<'_, str>, DecodeError> {
    if text.trim_start().starts_with('{') || !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    percent_decode_str(text.trim())
        .decode_utf8()
        .map_err(|error| DecodeError { at: error.valid_up_to() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_json_is_left_alone_even_with_percent_signs() {
        assert_eq!(decode("  {\"Id\":\"50%25\"}").unwrap(), "  {\"Id\":\"50%25\"}");
    }

    #[test]
    fn url_encoded_json_is_decoded() {
        assert_eq!(decode("%7B%22Version%22%3A%221%20%22%7D\n").unwrap(), "{\"Version\":\"1 \"}");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused() {
        assert!(decode("%7B%FF%7D").is_err());
    }
}
