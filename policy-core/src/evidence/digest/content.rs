//! One digest file, from its bytes.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de};

use super::choice::NO_PREVIOUS_SIGNATURE;

/// A SHA-256 hash.
pub type Sha256 = [u8; 32];

/// What a digest file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The bucket that it was delivered to.
    pub bucket: Box<str>,
    /// Its key in the bucket.
    pub object: Box<str>,
    /// The end of its hour, as written: it is part of what is signed.
    pub end_time: Box<str>,
    /// Which public key belongs to its signature.
    pub fingerprint: Box<str>,
    /// The log files that were delivered in its hour.
    pub files: Vec<ListedFile>,
    /// The digest before it; none at the begin of a chain.
    pub previous: Option<PreviousDigest>,
    /// The signature of the digest before it, as written.
    pub previous_signature: Option<Box<str>>,
}

/// A log file that a digest lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Its key in the bucket.
    pub object: Box<str>,
    /// The hash of its content before compression.
    pub hash: Sha256,
}

/// What a digest says of the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousDigest {
    /// The bucket that it was delivered to.
    pub bucket: Box<str>,
    /// Its key in the bucket.
    pub object: Box<str>,
    /// The hash of its content before compression.
    pub hash: Sha256,
}

/// Why a digest could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// Not JSON, or a member of another type.
    #[error("the digest cannot be read: {problem}")]
    Malformed {
        /// What the parser says.
        problem: String,
    },
    /// A hash by another algorithm, or no hash.
    #[error("`{member}` of the digest is `{found}`, expected {expected}")]
    Value {
        /// The member.
        member: &'static str,
        /// What stands there.
        found: Box<str>,
        /// What should.
        expected: &'static str,
    },
    /// A digest that names the one before it without its hash.
    #[error("the digest names the digest before it, but `{member}` is missing")]
    PreviousIncomplete {
        /// The member that is missing.
        member: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    digest_s3_bucket: Box<str>,
    digest_s3_object: Box<str>,
    // Must be there: it tells a digest from other JSON.
    #[serde(rename = "digestStartTime")]
    _digest_start_time: Box<str>,
    digest_end_time: Box<str>,
    digest_public_key_fingerprint: Box<str>,
    digest_signature_algorithm: Option<Box<str>>,
    previous_digest_s3_bucket: Option<Box<str>>,
    previous_digest_s3_object: Option<Box<str>>,
    previous_digest_hash_value: Option<Box<str>>,
    previous_digest_hash_algorithm: Option<Box<str>>,
    previous_digest_signature: Option<Box<str>>,
    log_files: Vec<WrittenFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenFile {
    s3_object: Box<str>,
    hash_value: Box<str>,
    hash_algorithm: Box<str>,
}

impl Digest {
    /// Reads the content of a digest file, unpacked.
    ///
    /// # Errors
    /// [`DigestError`]: what is wrong with it. A member that is missing is an error, one that is not known is not.
    pub fn parse(bytes: &[u8]) -> Result<Self, DigestError> {
        let written: Written = serde_json::from_slice(bytes)
            .map_err(|error| DigestError::Malformed { problem: error.to_string() })?;
        if let Some(algorithm) = &written.digest_signature_algorithm
            && &**algorithm != "SHA256withRSA"
        {
            return Err(DigestError::Value {
                member: "digestSignatureAlgorithm",
                found: algorithm.clone(),
                expected: "`SHA256withRSA`",
            });
        }
        let files = written.log_files.into_iter().map(|file| {
            only_sha256("logFiles[].hashAlgorithm", &file.hash_algorithm)?;
            let hash = hash("logFiles[].hashValue", &file.hash_value)?;
            Ok(ListedFile { object: file.s3_object, hash })
        });
        let previous = match (written.previous_digest_s3_object, written.previous_digest_s3_bucket)
        {
            (None, _) => None,
            (Some(_), None) => return Err(incomplete("previousDigestS3Bucket")),
            (Some(object), Some(bucket)) => {
                if let Some(algorithm) = &written.previous_digest_hash_algorithm {
                    only_sha256("previousDigestHashAlgorithm", algorithm)?;
                }
                let value = written.previous_digest_hash_value;
                let value = value.ok_or_else(|| incomplete("previousDigestHashValue"))?;
                let hash = hash("previousDigestHashValue", &value)?;
                Some(PreviousDigest { bucket, object, hash })
            }
        };
        Ok(Self {
            bucket: written.digest_s3_bucket,
            object: written.digest_s3_object,
            end_time: written.digest_end_time,
            fingerprint: written.digest_public_key_fingerprint,
            files: files.collect::<Result<_, _>>()?,
            previous,
            previous_signature: written.previous_digest_signature,
        })
    }

    /// What its signature is made over, `hash` being that of its own content.
    #[must_use]
    pub fn signed_text(&self, hash: &Sha256) -> String {
        let Self { end_time, bucket, object, .. } = self;
        let previous = self.previous_signature.as_deref().unwrap_or(NO_PREVIOUS_SIGNATURE);
        format!("{end_time}\n{bucket}/{object}\n{}\n{previous}", Hex(hash))
    }
}

fn incomplete(member: &'static str) -> DigestError {
    DigestError::PreviousIncomplete { member }
}

fn only_sha256(member: &'static str, found: &str) -> Result<(), DigestError> {
    if found == "SHA-256" {
        return Ok(());
    }
    Err(DigestError::Value { member, found: found.into(), expected: "`SHA-256`" })
}

fn hash(member: &'static str, text: &str) -> Result<Sha256, DigestError> {
    from_hex(text).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| DigestError::Value {
        member,
        found: text.into(),
        expected: "64 hexadecimal digits",
    })
}

/// The bytes that hexadecimal digits stand for.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let nibble =
        |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect()
}

/// Bytes as hexadecimal digits.
struct Hex<'b>(&'b [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Whether JSON that begins with `head` is a digest file.
///
/// The first member that only one kind of document has decides; `head` may end anywhere.
#[must_use]
pub fn is_digest(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut json = serde_json::Deserializer::from_slice(head);
    let mut kind = Kind { is_digest: false };
    // The error is how the visitor stops, or the end of the head.
    let _ = json.deserialize_map(&mut kind);
    kind.is_digest
}

struct Kind {
    is_digest: bool,
}

impl<'de> Visitor<'de> for &mut Kind {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key.starts_with("digest") || key.starts_with("previousDigest") || key == "logFiles" {
                self.is_digest = true;
                return Err(de::Error::custom("decided"));
            }
            if key == "Records" || key == "Events" || key.starts_with("event") {
                return Err(de::Error::custom("decided"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
