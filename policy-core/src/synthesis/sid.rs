//! Names of statements: readable, legal, unique, and the same as long as the statement is the same.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::iam::AccessLevel;
use crate::policy::write as json;

use super::minimize::Bundle;

/// Longest name before a suffix, in characters.
const LENGTH: usize = 48;

/// A name for each statement, in their order.
///
/// Shape: `[A-Za-z0-9]`, unique. A name follows from its statement alone; only where two statements
/// would have the same, both get a suffix that follows from the whole of each.
pub(super) fn names(bundles: &[(Bundle, bool)], catalog: &Catalog) -> Vec<String> {
    let plain: Vec<String> =
        bundles.iter().map(|(bundle, platform)| name(bundle, *platform, catalog)).collect();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &plain {
        *uses.entry(name).or_default() += 1;
    }
    let named = plain.iter().zip(bundles).map(|(name, (bundle, _))| {
        if uses[name.as_str()] > 1 { format!("{name}{}", digest(bundle)) } else { name.clone() }
    });
    named.collect()
}

/// Service, what is done, and the first resource: `DynamodbReadWriteOrdersProd`.
fn name(bundle: &Bundle, platform: bool, catalog: &Catalog) -> String {
    let service = bundle.actions.first().map(|a| a.service()).unwrap_or_default();
    let mut name = String::from(if platform { "Platform" } else { "" });
    push_words(&mut name, service);
    if bundle.actions.len() == 1 {
        bundle.actions.iter().for_each(|action| push_words(&mut name, action.name()));
    } else {
        let mut levels: Vec<AccessLevel> = bundle
            .actions
            .iter()
            .filter_map(|action| catalog.action(action)?.levels().first().copied())
            .collect();
        levels.sort();
        levels.dedup();
        levels.iter().for_each(|level| push_words(&mut name, level.as_str()));
    }
    let via = bundle.condition.iter().find(|(_, key, _)| key.as_str() == "kms:ViaService");
    if let Some((_, _, services)) = via {
        name.push_str("For");
        services
            .iter()
            .for_each(|s| push_words(&mut name, s.split('.').next().unwrap_or_default()));
    }
    if let Some(resource) = bundle.resources.first() {
        let last = resource.splitn(6, ':').nth(5).unwrap_or("");
        push_words(
            &mut name,
            last.split_once(['/', ':']).map_or(last, |(kind, rest)| {
                if matches!(resource.split(':').nth(2), Some("s3")) {
                    last
                } else if rest.len() > 2 {
                    rest
                } else {
                    kind
                }
            }),
        );
    }
    let end = name.char_indices().nth(LENGTH).map_or(name.len(), |(end, _)| end);
    name.truncate(end);
    name
}

/// Adds the letters and digits of `text`, each word with a capital.
fn push_words(name: &mut String, text: &str) {
    let mut start = true;
    for c in text.chars() {
        if !c.is_ascii_alphanumeric() {
            start = true;
            continue;
        }
        name.push(if start { c.to_ascii_uppercase() } else { c });
        start = false;
    }
}

/// Eight hexadecimal digits that follow from actions, resources and conditions.
fn digest(bundle: &Bundle) -> String {
    let condition = json::condition_value(&bundle.condition).to_string();
    let actions = bundle.actions.iter().map(|a| a.as_str());
    fnv(actions.chain(bundle.resources.iter().map(String::as_str)).chain([condition.as_str()]))
}

/// Eight hexadecimal digits of some text (FNV-1a), the same on every machine.
pub(super) fn fnv<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{:08x}", hash >> 32)
}
