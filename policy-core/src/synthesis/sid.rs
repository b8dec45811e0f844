//! Names of statements: readable, legal, unique, and the same as long as the statement is the same.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::iam::AccessLevel;
use crate::policy::write as json;

use super::minimize::Bundle;

/// Longest name, in characters, before a suffix that tells two statements apart.
pub(super) const LENGTH: usize = 48;
/// Characters of that suffix.
pub(super) const SUFFIX_CHARS: usize = 8;

/// A name for each statement, in their order; `spelled` gives the words of a resource.
///
/// Shape: `[A-Za-z0-9]`, unique whatever the case of letters. A name follows from its statement alone; only
/// where two statements would have the same, both get a suffix that follows from the whole of each.
pub(super) fn names(
    bundles: &[(Bundle, bool)],
    catalog: &Catalog,
    spelled: &dyn Fn(&str) -> String,
) -> Vec<String> {
    let plain: Vec<String> = bundles
        .iter()
        .map(|(bundle, platform)| name(bundle, *platform, catalog, spelled))
        .collect();
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for name in &plain {
        *uses.entry(name.to_ascii_lowercase()).or_default() += 1;
    }
    let named = plain.iter().zip(bundles).map(|(name, (bundle, _))| {
        match uses[&name.to_ascii_lowercase()] {
            1 => name.clone(),
            _ => format!("{name}{}", digest(bundle)),
        }
    });
    named.collect()
}

/// Service, what is done, and the first resource: `DynamodbReadWriteOrdersProd`. A name that is too long
/// ends with digits that follow from all of it, so that long names with one beginning stay apart.
fn name(
    bundle: &Bundle,
    platform: bool,
    catalog: &Catalog,
    spelled: &dyn Fn(&str) -> String,
) -> String {
    let name = whole_name(bundle, platform, catalog, spelled);
    if name.len() <= LENGTH {
        return name;
    }
    let digits = fnv([name.as_str()]);
    format!("{}{digits}", &name[..LENGTH - digits.len()])
}

fn whole_name(
    bundle: &Bundle,
    platform: bool,
    catalog: &Catalog,
    spelled: &dyn Fn(&str) -> String,
) -> String {
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
        let resource = &spelled(resource);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::iam::{BaseOperator, ConditionBlock};

    const ACTIONS: [&str; 5] =
        ["s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "nosuch:Do-It_now", "kms:Decrypt"];
    const RESOURCES: [&str; 8] = [
        "*",
        "arn:aws:s3:::orders-prod/*",
        "arn:aws:s3:::orders/prod/*",
        "arn:aws:s3:::Orders/prod/*",
        "arn:aws:s3:::bücher/${aws:PrincipalTag/team}/?",
        "arn:aws:s3:::acme-production-order-service-uploads-of-customers-in-europe/*",
        "arn:aws:s3:::acme-production-order-service-uploads-of-customers-in-asia/*",
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ];

    fn bundles() -> impl Strategy<Value = Vec<(Bundle, bool)>> {
        let some = |count: usize| prop::collection::btree_set(0..count, 1..3);
        let bundle = (some(ACTIONS.len()), some(RESOURCES.len()), 0..3_usize, any::<bool>());
        let bundle = bundle.prop_map(|(actions, resources, condition, platform)| {
            let block = ConditionBlock::default();
            let condition = match condition {
                0 => block,
                1 => block.with(
                    BaseOperator::StringEquals,
                    "kms:ViaService",
                    "s3.eu-west-1.amazonaws.com",
                ),
                _ => block.with(BaseOperator::StringEquals, "aws:ResourceAccount", "111122223333"),
            };
            let bundle = Bundle {
                actions: actions.into_iter().map(|i| ACTIONS[i].parse().unwrap()).collect(),
                resources: resources.into_iter().map(|i| RESOURCES[i].to_owned()).collect(),
                condition,
            };
            (bundle, platform)
        });
        prop::collection::btree_set(bundle, 1..9).prop_map(|bundles| bundles.into_iter().collect())
    }

    proptest! {
        #[test]
        fn names_are_legal_and_tell_statements_apart(bundles in bundles()) {
            let names = names(&bundles, Catalog::embedded(), &str::to_owned);
            for name in &names {
                prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()) && !name.is_empty());
                prop_assert!(name.len() <= LENGTH + SUFFIX_CHARS, "{name}");
            }
            // The same statement cannot be Lambda's need and the code's at once.
            let statements: BTreeSet<&Bundle> = bundles.iter().map(|(bundle, _)| bundle).collect();
            let apart: BTreeSet<String> = names.iter().map(|n| n.to_ascii_lowercase()).collect();
            prop_assert!(apart.len() >= statements.len(), "{names:?}");
        }

        #[test]
        fn names_stay_when_other_statements_come_or_go(bundles in bundles(), at in any::<prop::sample::Index>()) {
            let catalog = Catalog::embedded();
            let before = names(&bundles, catalog, &str::to_owned);
            let gone = at.index(bundles.len());
            let mut rest = bundles.clone();
            let (bundle, platform) = rest.remove(gone);
            let plain = name(&bundle, platform, catalog, &str::to_owned);
            let after = names(&rest, catalog, &str::to_owned);
            let kept = before.iter().enumerate().filter(|(i, _)| *i != gone).map(|(_, name)| name);
            for ((before, after), (bundle, platform)) in kept.zip(&after).zip(&rest) {
                let same = name(bundle, *platform, catalog, &str::to_owned).eq_ignore_ascii_case(&plain);
                prop_assert!(before == after || same, "{before} became {after}");
            }
        }
    }

    #[test]
    fn a_resource_is_called_what_its_author_calls_it() {
        let bundle = Bundle {
            actions: BTreeSet::from(["dynamodb:GetItem".parse().unwrap()]),
            resources: BTreeSet::from(["arn:aws:dynamodb:eu-west-1:111122223333:table/x1".into()]),
            condition: ConditionBlock::default(),
        };
        let spelled = |text: &str| text.replace("x1", "OrdersTable");
        let names = names(&[(bundle, false)], Catalog::embedded(), &spelled);
        assert_eq!(names, ["DynamodbGetItemOrdersTable"]);
    }

    #[test]
    fn long_names_with_one_beginning_stay_apart_without_each_other() {
        let of = |resource: &str| {
            let bundle = Bundle {
                actions: BTreeSet::from(["s3:GetObject".parse().unwrap()]),
                resources: BTreeSet::from([resource.to_owned()]),
                condition: ConditionBlock::default(),
            };
            names(&[(bundle, false)], Catalog::embedded(), &str::to_owned).remove(0)
        };
        let (europe, asia) = (of(RESOURCES[5]), of(RESOURCES[6]));
        assert_ne!(europe, asia);
        assert!(europe.starts_with("S3GetObjectAcmeProductionOrderServiceUpl"), "{europe}");
        assert_eq!(europe.len(), LENGTH);
    }
}
