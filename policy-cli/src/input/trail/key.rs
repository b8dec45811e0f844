//! Public keys of digest signatures, from the forms in which they are kept.
//!
//! The signature itself is checked by `ring`: RSA PKCS#1 v1.5 with SHA-256.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;

use crate::failure::{Failure, in_file, shown};
use crate::input;

/// The largest file of keys.
///
/// Units: bytes.
const LIMIT_BYTES: u64 = 4 * 1024 * 1024;

/// Public keys of CloudTrail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeys {
    file: String,
    keys: Keys,
}

/// Keys as `RSAPublicKey` of PKCS#1, in DER.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Keys {
    /// By fingerprint, as CloudTrail lists them. A fingerprint may stand for keys of several times.
    Listed(BTreeMap<String, Vec<Vec<u8>>>),
    /// One key for all digests.
    One(Vec<u8>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    public_key_list: Vec<ListedKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedKey {
    value: String,
    fingerprint: String,
}

impl PublicKeys {
    /// Reads a key in PEM or DER, or the output of `aws cloudtrail list-public-keys`.
    ///
    /// # Errors
    /// A file that cannot be read or holds no such key: exit 2.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = input::bytes(path, "a public key", LIMIT_BYTES)?;
        let keys = keys(&bytes).map_err(|problem| {
            Failure::input(problem).at(in_file(path)).help(
                "expected an RSA public key as PEM or DER, or the output of `aws cloudtrail list-public-keys`",
            )
        })?;
        Ok(Self { file: shown(path), keys })
    }

    /// Whether `signature` is that of `text`, made with the key of this fingerprint.
    ///
    /// # Errors
    /// Why it is not, in words.
    pub(super) fn verify(
        &self,
        fingerprint: &str,
        text: &[u8],
        signature: &[u8],
    ) -> Result<(), String> {
        let keys = match &self.keys {
            Keys::One(key) => std::slice::from_ref(key),
            Keys::Listed(keys) => {
                let keys = keys.get(&fingerprint.to_ascii_lowercase());
                keys.map(Vec::as_slice).ok_or_else(|| {
                    format!("`{}` has no key with its fingerprint `{fingerprint}`", self.file)
                })?
            }
        };
        let fits = |key: &Vec<u8>| {
            let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
            key.verify(text, signature).is_ok()
        };
        if keys.iter().any(fits) {
            return Ok(());
        }
        Err("its signature is not that of its content, name and time by the key".into())
    }
}

fn keys(bytes: &[u8]) -> Result<Keys, String> {
    let text = std::str::from_utf8(bytes).map(str::trim).unwrap_or_default();
    if text.starts_with('{') {
        let listing: Listing = serde_json::from_str(text)
            .map_err(|error| format!("no list of public keys: {error}"))?;
        let mut keys: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for key in listing.public_key_list {
            let problem = || format!("the key `{}` is no RSA public key", key.fingerprint);
            let der = STANDARD.decode(key.value.trim()).map_err(|_| problem())?;
            let der = rsa_key(&der).ok_or_else(problem)?;
            keys.entry(key.fingerprint.to_ascii_lowercase()).or_default().push(der.to_vec());
        }
        if keys.is_empty() {
            return Err("the list of public keys is empty".into());
        }
        return Ok(Keys::Listed(keys));
    }
    let der = if text.starts_with("-----BEGIN") { pem(text)? } else { bytes.to_vec() };
    let key = rsa_key(&der).ok_or("it holds no RSA public key")?;
    Ok(Keys::One(key.to_vec()))
}

/// The content of the first PEM block.
fn pem(text: &str) -> Result<Vec<u8>, String> {
    let mut lines = text.lines().map(str::trim);
    let label = lines.next().unwrap_or_default();
    if !matches!(label, "-----BEGIN PUBLIC KEY-----" | "-----BEGIN RSA PUBLIC KEY-----") {
        return Err(format!("it begins with `{label}`"));
    }
    let body: String = lines.take_while(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).map_err(|error| format!("its PEM block is broken: {error}"))
}

/// `rsaEncryption`, 1.2.840.113549.1.1.1, as it stands in DER.
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// The `RSAPublicKey` in `der`, which is one or holds it as `SubjectPublicKeyInfo`.
fn rsa_key(der: &[u8]) -> Option<&[u8]> {
    let (SEQUENCE, inside, []) = element(der)? else { return None };
    let (tag, first, rest) = element(inside)?;
    if tag == INTEGER {
        return Some(der);
    }
    let (OBJECT_IDENTIFIER, RSA_ENCRYPTION, _) = element(first)? else { return None };
    let (BIT_STRING, [0, key @ ..], []) = element(rest)? else { return None };
    let (SEQUENCE, inside, []) = element(key)? else { return None };
    (element(inside)?.0 == INTEGER).then_some(key)
}

/// The first element of DER: its tag, its content, and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, length, rest @ ..] = der else { return None };
    let (length, rest) = match length {
        short @ 0..=0x7f => (usize::from(*short), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let value = digits.iter().fold(0, |value, &digit| value << 8 | usize::from(digit));
            (value, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PKCS1: &[u8] = include_bytes!("../../../tests/trails/signed/key.der");
    const PEM: &str = include_str!("../../../tests/trails/signed/key.pem");

    #[test]
    fn a_key_in_either_envelope_is_the_same_key() {
        assert_eq!(keys(PKCS1), Ok(Keys::One(PKCS1.to_vec())));
        assert_eq!(keys(PEM.as_bytes()), Ok(Keys::One(PKCS1.to_vec())));
        let spki = pem(PEM).unwrap();
        assert_eq!(keys(&spki), Ok(Keys::One(PKCS1.to_vec())));
    }

    #[test]
    fn no_cut_or_lengthened_key_is_a_key() {
        let spki = pem(PEM).unwrap();
        for whole in [PKCS1, &spki] {
            for length in 0..whole.len() {
                assert_eq!(rsa_key(&whole[..length]), None, "{length}");
            }
            assert_eq!(rsa_key(&[whole, &[0]].concat()), None);
        }
    }

    #[test]
    fn what_is_no_key_is_told() {
        let listed = |value: &str| {
            format!(r#"{{"PublicKeyList":[{{"Value":"{value}","Fingerprint":"0a"}}]}}"#)
        };
        for (text, problem) in [
            ("", "it holds no RSA public key"),
            ("-----BEGIN PRIVATE KEY-----\nAA==\n", "it begins with `-----BEGIN PRIVATE KEY-----`"),
            ("-----BEGIN PUBLIC KEY-----\n!\n", "its PEM block is broken"),
            ("{}", "no list of public keys: missing field `PublicKeyList`"),
            (r#"{"PublicKeyList":[]}"#, "the list of public keys is empty"),
            (&listed("!"), "the key `0a` is no RSA public key"),
            (&listed("AAAA"), "the key `0a` is no RSA public key"),
        ] {
            let error = keys(text.as_bytes()).unwrap_err();
            assert!(error.starts_with(problem), "{text}: {error}");
        }
    }
}
