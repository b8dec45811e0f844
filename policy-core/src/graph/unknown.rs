//! Calls whose events do not tell the resource, for those who ask that they be granted all the same.
//!
//! Partition, Region and account are those of the calls; every other part of an ARN is open. An action that has
//! several kinds of resource is granted on each of them, since the events do not tell the kind either.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::evidence::{ObservedCall, ObservedResource};
use crate::iam::{ActionName, ArnPattern, Pattern};

/// Where calls of an action were made that tell no resource: partition, Region and account.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<ActionName, BTreeSet<[Box<str>; 3]>>);

impl Places {
    /// The places of `calls`, by action.
    pub(super) fn of(calls: &[ObservedCall]) -> Self {
        let mut places = Self::default();
        for call in calls {
            let key = &call.key;
            if key.resource == ObservedResource::Unknown && key.outcome.is_use() {
                let arn = key.role.arn();
                let place = [arn.partition(), key.region.as_str(), arn.account()];
                places.0.entry(key.action.clone()).or_default().insert(place.map(Into::into));
            }
        }
        places
    }

    /// The narrowest patterns that the ARN formats of the action's resource types allow, in every place.
    ///
    /// Shape: sorted, none within another; empty for an action without types.
    pub(super) fn patterns(&self, action: &ActionName, catalog: &Catalog) -> Vec<ArnPattern> {
        let places = self.0.get(action).into_iter().flatten();
        let known = catalog.action(action);
        let formats: Vec<&str> = known
            .iter()
            .flat_map(|known| known.resource_types())
            .flat_map(|resource| resource.resource_type.arn_formats())
            .collect();
        let open: BTreeSet<ArnPattern> = places
            .flat_map(|place| formats.iter().filter_map(|format| pattern(format, place)))
            .collect();
        let is_within_another = |one: &ArnPattern| {
            open.iter().any(|other| other != one && other.pattern().contains(one.pattern()))
        };
        open.iter().filter(|one| !is_within_another(one)).cloned().collect()
    }
}

/// `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}` → `arn:aws:sqs:eu-west-1:111122223333:*`.
fn pattern(format: &str, [partition, region, account]: &[Box<str>; 3]) -> Option<ArnPattern> {
    let mut text = String::with_capacity(format.len());
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        let (placeholder, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(match placeholder {
            "Partition" => partition,
            "Region" => region,
            "Account" => account,
            _ => "*",
        });
        rest = after;
    }
    text.push_str(rest);
    Some(ArnPattern::new(Pattern::parse(&text, false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(action: &str) -> Vec<String> {
        let action: ActionName = action.parse().unwrap();
        let place = ["aws", "eu-west-1", "111122223333"].map(Into::into);
        let places = Places(BTreeMap::from([(action.clone(), BTreeSet::from([place]))]));
        let patterns = places.patterns(&action, Catalog::embedded());
        patterns.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_pattern_is_open_only_where_the_format_has_a_name() {
        assert_eq!(patterns("sqs:SendMessage"), ["arn:aws:sqs:eu-west-1:111122223333:*"]);
        assert_eq!(patterns("kms:Decrypt"), ["arn:aws:kms:eu-west-1:111122223333:key/*"]);
        assert_eq!(
            patterns("s3:GetObject"),
            [
                "arn:aws:s3::111122223333:accesspoint/*/object/*",
                "arn:aws:s3:::*/*",
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/*/object/*",
            ]
        );
        assert_eq!(patterns("dynamodb:Query"), ["arn:aws:dynamodb:eu-west-1:111122223333:table/*"]);
    }

    #[test]
    fn an_action_without_types_has_no_open_pattern() {
        assert_eq!(patterns("sqs:ListQueues"), [""; 0]);
    }
}
