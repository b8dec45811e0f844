//! How the resources that a plan makes are encrypted: those whose ARN follows from the plan.

use policy_core::evidence::SettingEncryption;

use super::index::Index;
use super::read::{Values, list};

/// Types with where their key is.
///
/// # Source
/// Terraform AWS provider, the page of each resource; where nothing is written, a key of AWS.
const ENCRYPTED: &[(&str, &str)] = &[
    ("aws_cloudwatch_event_bus", "kms_key_identifier"),
    ("aws_cloudwatch_log_group", "kms_key_id"),
    ("aws_dynamodb_table", "server_side_encryption.0.kms_key_arn"),
    ("aws_kinesis_stream", "kms_key_id"),
    ("aws_s3_bucket", ""),
    ("aws_secretsmanager_secret", "kms_key_id"),
    ("aws_sns_topic", "kms_master_key_id"),
    ("aws_sqs_queue", "kms_master_key_id"),
];

const OF_BUCKETS: &str = "aws_s3_bucket_server_side_encryption_configuration";
const KEY_OF_BUCKET: &str = "rule.0.apply_server_side_encryption_by_default.0.kms_master_key_id";

/// Fills in what is known of keys.
pub(super) fn read(values: Values<'_>, index: &mut Index) {
    for (kind, path) in ENCRYPTED {
        for (address, _) in values.plan.of_kind(kind) {
            let Ok(arn) = values.attribute(address, "arn", 8) else { continue };
            let key = match *path {
                "" => match of_bucket(values, address) {
                    Some(owner) => values.text(&owner, KEY_OF_BUCKET),
                    None => Ok(None),
                },
                path => values.text(address, path),
            };
            let named = key.and_then(|key| named(values, key.as_deref().unwrap_or_default()));
            match named {
                Ok(key) => {
                    let stated = match key {
                        Some(key) => SettingEncryption::CustomerKey(key.into()),
                        None => SettingEncryption::ByAws,
                    };
                    index.encryption.insert(arn.into(), stated);
                }
                Err(reason) => index.unknown_keys.push((address.to_owned(), reason)),
            }
        }
    }
}

/// The resource that says how a bucket is encrypted.
fn of_bucket(values: Values<'_>, bucket: &str) -> Option<String> {
    let name = values.text(bucket, "bucket").ok().flatten();
    let mut all = values.plan.of_kind(OF_BUCKETS);
    let found = all.find(|(address, it)| {
        let written = it.values["bucket"].as_str();
        (written.is_some() && written == name.as_deref())
            || values.reference(address, "bucket", 8).is_ok_and(|(of, _)| of == bucket)
    });
    found
        .filter(|(_, it)| !list(&it.values["rule"]).is_empty())
        .map(|(address, _)| address.to_owned())
}

/// What a key is called in a policy; `None` is a key of AWS.
fn named(values: Values<'_>, text: &str) -> Result<Option<String>, String> {
    let alias = text.split_once(":alias/").map(|(_, name)| name);
    if let Some(alias) = alias.or_else(|| text.strip_prefix("alias/")) {
        if alias.starts_with("aws/") {
            return Ok(None);
        }
        let full = format!("alias/{alias}");
        let mut all = values.plan.of_kind("aws_kms_alias");
        let Some((address, _)) =
            all.find(|(_, it)| it.values["name"].as_str() == Some(full.as_str()))
        else {
            return Err(format!("which key the alias `{alias}` stands for is not in the plan"));
        };
        let target = values.text(address, "target_key_id")?;
        return named(values, target.as_deref().unwrap_or_default());
    }
    Ok(match text {
        "" => None,
        text if text.starts_with("arn:") => Some(text.to_owned()),
        text => Some(format!("key/{text}")),
    })
}
