//! The object that a copy reads, as the request writes it.

use super::resource::Place;

/// The source of a copy.
pub(super) struct Source {
    pub(super) arn: String,
    pub(super) has_version: bool,
}

/// `bucket/key?versionId=…`, percent-encoded. An access point is no object of a known bucket.
pub(super) fn copied(text: &str, place: Place<'_>) -> Option<Source> {
    let text = text.strip_prefix('/').unwrap_or(text);
    let (path, has_version) = match text.split_once("?versionId=") {
        Some((path, _)) => (path, true),
        None => (text, false),
    };
    let path = percent_decoded(path)?;
    let (bucket, key) = path.split_once('/')?;
    if bucket.is_empty() || bucket.contains(':') || bucket.ends_with("--x-s3") || key.is_empty() {
        return None;
    }
    Some(Source { arn: format!("arn:{}:s3:::{bucket}/{key}", place.partition), has_version })
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let hex = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
