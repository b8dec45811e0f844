//! How the resources that a plan makes are encrypted: those whose ARN follows from the plan.

use std::collections::BTreeMap;

use policy_core::evidence::{EncryptionTable, SettingEncryption, SettingOrigin};

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

/// What is known of keys; and the addresses of resources whose key is not known, with the reason.
pub(super) fn read(values: Values<'_>) -> (EncryptionTable, Vec<(String, String)>) {
    let keys = Keys::new(values);
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let mut origins: BTreeMap<Box<str>, SettingOrigin> = BTreeMap::new();
    for (kind, path) in ENCRYPTED {
        for (address, _) in values.plan.of_kind(kind) {
            let Ok(arn) = values.attribute(address, "arn", 8) else { continue };
            let owner = match *path {
                "" => keys.of_bucket(address).map(|owner| format!("{owner}.{KEY_OF_BUCKET}")),
                path => Some(format!("{address}.{path}")),
            };
            let origin = values.plan.origin(owner.as_deref().unwrap_or(address));
            origins.insert(arn.as_str().into(), origin);
            let key = match *path {
                "" => match keys.of_bucket(address) {
                    Some(owner) => values.text(owner, KEY_OF_BUCKET),
                    None => Ok(None),
                },
                path => values.text(address, path),
            };
            match key.and_then(|key| keys.named(key.as_deref().unwrap_or_default())) {
                Ok(Some(key)) => {
                    known.push((arn.into(), SettingEncryption::CustomerKey(key.into())));
                }
                Ok(None) => known.push((arn.into(), SettingEncryption::ByAws)),
                Err(reason) => unknown.push((address.to_owned(), reason)),
            }
        }
    }
    let table: EncryptionTable = known.into_iter().collect();
    (table.written_at(origins), unknown)
}

/// What says which key is meant, found once.
struct Keys<'p> {
    values: Values<'p>,
    /// Addresses of the resources that say how a bucket is encrypted: by the bucket's address, and by its name.
    by_bucket: BTreeMap<String, &'p str>,
    by_name: BTreeMap<&'p str, &'p str>,
    /// Addresses of aliases, by their names.
    aliases: BTreeMap<&'p str, &'p str>,
}

impl<'p> Keys<'p> {
    fn new(values: Values<'p>) -> Self {
        let (mut by_bucket, mut by_name) = (BTreeMap::new(), BTreeMap::new());
        for (address, it) in values.plan.of_kind(OF_BUCKETS) {
            if list(&it.values["rule"]).is_empty() {
                continue;
            }
            if let Some(name) = it.values["bucket"].as_str() {
                by_name.entry(name).or_insert(address);
            }
            if let Ok((bucket, _)) = values.reference(address, "bucket", 8) {
                by_bucket.entry(bucket).or_insert(address);
            }
        }
        let mut aliases = BTreeMap::new();
        for (address, it) in values.plan.of_kind("aws_kms_alias") {
            if let Some(name) = it.values["name"].as_str() {
                aliases.entry(name).or_insert(address);
            }
        }
        Self { values, by_bucket, by_name, aliases }
    }

    /// The resource that says how a bucket is encrypted.
    fn of_bucket(&self, bucket: &str) -> Option<&'p str> {
        let referring = self.by_bucket.get(bucket).copied();
        referring.or_else(|| {
            let name = self.values.text(bucket, "bucket").ok().flatten()?;
            self.by_name.get(name.as_str()).copied()
        })
    }

    /// What a key is called in a policy; `None` is a key of AWS.
    fn named(&self, text: &str) -> Result<Option<String>, String> {
        let alias = text.split_once(":alias/").map(|(_, name)| name);
        let Some(alias) = alias.or_else(|| text.strip_prefix("alias/")) else {
            return key(text.to_owned());
        };
        if alias.starts_with("aws/") {
            return Ok(None);
        }
        let Some(address) = self.aliases.get(format!("alias/{alias}").as_str()) else {
            return Err(format!("which key the alias `{alias}` stands for is not in the plan"));
        };
        // KMS takes no alias of an alias.
        key(self.values.text(address, "target_key_id")?.unwrap_or_default())
    }
}

fn key(text: String) -> Result<Option<String>, String> {
    match text.split(':').collect::<Vec<&str>>()[..] {
        [""] => Ok(None),
        ["arn", _, "kms", _, _, id] if id.starts_with("key/") => Ok(Some(text)),
        [id] if id.starts_with("key/") => Ok(Some(text)),
        [id] if !id.contains('/') => Ok(Some(format!("key/{text}"))),
        _ => Err(format!("`{text}` is no key of KMS")),
    }
}
