//! Which model a call of Amazon Bedrock used: an id alone tells a foundation model from an inference profile
//! by how it begins.
//!
//! # Source
//! Amazon Bedrock User Guide, "Supported foundation models in Amazon Bedrock", "Supported Regions and models
//! for inference profiles" and "Prerequisites for inference profiles".

use super::inspect::{Need, checked, unknown_or};
use super::plan::ActionPlan;
use super::record::Record;
use super::resource::{Owned, Place, Target, targets};

/// Who makes foundation models: what their ids begin with.
const PROVIDERS: [&str; 13] = [
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "luma",
    "meta",
    "mistral",
    "openai",
    "qwen",
    "stability",
    "twelvelabs",
    "writer",
];

/// Where the profiles of Amazon Bedrock send calls: what their ids begin with, before the provider.
const GEOGRAPHIES: [&str; 7] = ["apac", "au", "eu", "global", "jp", "us", "us-gov"];

/// What the call was of.
pub(super) fn needs<'p>(
    actions: &'p [ActionPlan<'_>],
    record: &Record<'_>,
    place: Place<'_>,
) -> Vec<Need<'p>> {
    let id = record.parameters.text("modelId").unwrap_or_default();
    let mut needs = Vec::new();
    for action in actions {
        let mut found = match arn(id, place) {
            Some(arn) => vec![checked(action, unknown_or(Some(arn)))],
            None => targets(action, record, place),
        };
        // A profile sends the call to a model in one of several Regions, which is checked besides and
        // which the event does not name.
        let is_profile = |owned: &Owned| match &owned.target {
            Target::Arn(arn) => arn.contains("inference-profile/"),
            _ => false,
        };
        if found.iter().any(is_profile) {
            found.push(Owned::unknown());
        }
        needs.extend(found.into_iter().map(|on| Need { action: &action.name, on }));
    }
    needs
}

/// The ARN behind an id, if its beginning tells.
fn arn(id: &str, place: Place<'_>) -> Option<String> {
    let Place { partition, region, account } = place;
    let is_model = |id: &str| {
        let parts = id.split_once('.').filter(|(_, model)| !model.is_empty());
        parts.is_some_and(|(provider, _)| PROVIDERS.contains(&provider)) && !id.contains('/')
    };
    if is_model(id) {
        return Some(format!("arn:{partition}:bedrock:{region}::foundation-model/{id}"));
    }
    let (geography, model) = id.split_once('.')?;
    (GEOGRAPHIES.contains(&geography) && is_model(model))
        .then(|| format!("arn:{partition}:bedrock:{region}:{account}:inference-profile/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_a_model_from_a_profile_by_how_it_begins() {
        let place = Place { partition: "aws", region: "eu-west-1", account: "111122223333" };
        let table = [
            (
                "amazon.nova-lite-v1:0",
                Some("arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"),
            ),
            (
                "eu.amazon.nova-lite-v1:0",
                Some(
                    "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0",
                ),
            ),
            ("somebody.new-model", None),
            ("mars.amazon.nova-lite-v1:0", None),
            ("amazon.", None),
            ("amazon", None),
            ("", None),
        ];
        for (id, expected) in table {
            assert_eq!(arn(id, place).as_deref(), expected, "{id}");
        }
    }
}
