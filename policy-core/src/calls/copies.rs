//! Calls that need one action on one resource and another on another: copies, and what is encrypted anew.

use std::collections::BTreeMap;

use crate::catalog::Operation;
use crate::evidence::{DeclaredResource, EnvironmentForm, ReachableResource};
use crate::iam::ActionName;

use super::resources::{Members, is_plain, unknown};
use super::types::Value;
use super::values::{Plain, Solver, Why};

/// How the resources of a call with several actions are told.
enum Sides {
    /// Each action is on the resource that the request names.
    One,
    /// An object is read, which `copy_source` names, and one written.
    Copy,
    /// What one key encrypted is encrypted with another.
    ReEncrypt,
}

/// # Source
/// Amazon S3 API Reference, `CopyObject`, `UploadPartCopy`, `GetObjectAttributes`; AWS KMS API Reference, `ReEncrypt`: each under
/// "Permissions" ("Required permissions").
fn sides(operation: Operation<'_>) -> Option<Sides> {
    match (operation.client().name(), operation.name()) {
        ("s3", "CopyObject" | "UploadPartCopy") => Some(Sides::Copy),
        ("s3", "GetObjectAttributes") => Some(Sides::One),
        ("kms", "ReEncrypt") => Some(Sides::ReEncrypt),
        _ => None,
    }
}

impl Solver<'_, '_> {
    /// What a call that needs several actions is done to.
    pub(super) fn several(&self, operation: Operation<'_>, set: &Members) -> ReachableResource {
        let name = operation.name();
        let known = |told: Result<Vec<DeclaredResource>, Why>| match told {
            Ok(resources) => ReachableResource::Known(resources),
            Err(why) => unknown(why),
        };
        let Some(sides) = sides(operation) else {
            let reason = match operation.is_ambiguous() {
                true => format!("what the request holds decides which actions `{name}` needs"),
                false => {
                    format!("`{name}` needs several actions, and not each on the same resource")
                }
            };
            return unknown(reason);
        };
        let (read, written) = match sides {
            Sides::One => return known(self.resource(operation, set)),
            Sides::Copy => (self.copied(set), self.resource(operation, set)),
            Sides::ReEncrypt => (self.key_before(operation, set), self.resource(operation, set)),
        };
        // What is read comes first among the actions: `GetObject`, `ReEncryptFrom`.
        let mut actions: Vec<ActionName> = operation.primary_actions().collect();
        actions.sort();
        let both = [known(read), known(written)];
        ReachableResource::ByAction(actions.into_iter().zip(both).collect::<BTreeMap<_, _>>())
    }

    /// The key that encrypted before.
    fn key_before(
        &self,
        operation: Operation<'_>,
        set: &Members,
    ) -> Result<Vec<DeclaredResource>, Why> {
        let missing = "`source_key_id` is not set, and the ciphertext names its key";
        let from = set.get("source_key_id").ok_or(missing)?;
        let set = Members::from([("destination_key_id".to_owned(), from.clone())]);
        let told = self.resource(operation, &set);
        told.map_err(|why| why.replace("destination_key_id", "source_key_id"))
    }

    /// The object that `copy_source` names: `BUCKET/KEY`, percent-encoded.
    fn copied(&self, set: &Members) -> Result<Vec<DeclaredResource>, Why> {
        let values =
            set.get("copy_source").ok_or("`copy_source` is not set where the request is made")?;
        let mut all: Vec<DeclaredResource> = Vec::new();
        for value in values {
            for one in self.source_of(value).map_err(|why| format!("`copy_source`: {why}"))? {
                if !all.contains(&one) {
                    all.push(one);
                }
            }
        }
        Ok(all)
    }

    fn source_of(&self, value: &Value) -> Result<Vec<DeclaredResource>, Why> {
        let whole = self.held(value);
        if let Ok(known) = whole {
            return known
                .into_iter()
                .map(|plain| match plain {
                    Plain::Text(text) => object(&text, ""),
                    Plain::Variable(name) => {
                        Err(format!("what `{name}` holds has both bucket and key"))
                    }
                })
                .collect();
        }
        // Of a text that is put together, the bucket may stand at its beginning.
        let Value::Joined(parts) = value else { return whole.map(|_| Vec::new()) };
        let mut text = String::new();
        for (at, part) in parts.iter().enumerate() {
            let known = self.held(part).unwrap_or_default();
            match (known.into_iter().collect::<Vec<_>>().as_slice(), parts.get(at + 1)) {
                ([Plain::Text(known)], _) => text.push_str(known),
                ([Plain::Variable(name)], Some(Value::Text(next)))
                    if text.trim_matches('/').is_empty() && next.starts_with('/') =>
                {
                    let form = EnvironmentForm::Name;
                    let name = name.as_str().into();
                    return Ok(vec![DeclaredResource::Environment { name, form }]);
                }
                _ => break,
            }
        }
        match text.trim_start_matches('/').contains('/') {
            true => object(&text, "*").map(|one| vec![one]),
            false => whole.map(|_| Vec::new()),
        }
    }
}

/// The object in `BUCKET/KEY?versionId=…`, with what follows.
fn object(text: &str, rest: &str) -> Result<DeclaredResource, Why> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    let named = decoded.trim_start_matches('/');
    let named = named.split_once("?versionId=").map_or(named, |(named, _)| named);
    match named.split_once('/') {
        Some((bucket, _)) if is_plain(named) && !bucket.is_empty() && !bucket.contains(':') => {
            Ok(DeclaredResource::Tail(format!("{named}{rest}").into()))
        }
        _ => Err(format!("`{text}` names no bucket and key")),
    }
}
