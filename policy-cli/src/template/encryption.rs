//! How the resources that a template makes are encrypted.
//!
//! Only resources whose ARN is known are told: no policy names the others. What a key is called where it has no ARN yet is unknown.
//!
//! # Source
//! AWS CloudFormation User Guide, the page of each resource type; where nothing is written, a key of AWS: Amazon S3 User Guide,
//! "Setting default server-side encryption behavior"; Amazon SQS, Amazon SNS, Amazon DynamoDB and AWS Secrets Manager likewise.

use policy_core::evidence::SettingEncryption;

use super::describe::Describer;
use super::node::Node;
use super::value::{Unknown, Unmade, Values};

/// Types with the attribute that is their ARN (empty: what `Ref` gives) and the property that names the key.
const ENCRYPTED: &[(&str, &str, &[&str])] = &[
    ("AWS::DynamoDB::Table", "Arn", &["SSESpecification", "KMSMasterKeyId"]),
    ("AWS::Events::EventBus", "Arn", &["KmsKeyIdentifier"]),
    ("AWS::Kinesis::Stream", "Arn", &["StreamEncryption", "KeyId"]),
    ("AWS::Logs::LogGroup", "Arn", &["KmsKeyId"]),
    ("AWS::S3::Bucket", "Arn", &["BucketEncryption"]),
    ("AWS::SNS::Topic", "", &["KmsMasterKeyId"]),
    ("AWS::SQS::Queue", "Arn", &["KmsMasterKeyId"]),
    ("AWS::SecretsManager::Secret", "", &["KmsKeyId"]),
    ("AWS::Serverless::SimpleTable", "Arn", &["SSESpecification", "KMSMasterKeyId"]),
];

pub(super) fn read(describer: &mut Describer<'_>) {
    let template = describer.template;
    let unmade = match describer.values.unmade {
        Unmade::Unknown => Unmade::Wildcard,
        unmade => unmade,
    };
    let values = Values { unmade, ..describer.values };
    for (id, resource) in template.resources_written() {
        let kind = resource.get("Type").and_then(Node::text).unwrap_or_default();
        let Some((_, attribute, keys)) = ENCRYPTED.iter().find(|(known, ..)| *known == kind) else {
            continue;
        };
        let expression = match *attribute {
            "" => id.clone(),
            attribute => format!("{id}.{attribute}"),
        };
        let Ok(arn) = values.expression(&expression) else { continue };
        let arn = arn.strip_suffix(":*").unwrap_or(&arn);
        match key(&values, resource, keys) {
            Ok(key) => {
                let stated = match key {
                    Some(key) => SettingEncryption::CustomerKey(key.into()),
                    None => SettingEncryption::ByAws,
                };
                describer.out.configuration.encryption.insert(arn.into(), stated);
            }
            Err((node, reason)) => {
                describer.unknown(node, &format!("the key of {id}"), &reason);
            }
        }
    }
}

/// The customer's key; `None` is a key of AWS.
fn key<'n>(
    values: &Values<'_>,
    resource: &'n Node,
    keys: &[&str],
) -> Result<Option<String>, (&'n Node, Unknown)> {
    let keys = [&["Properties"], keys].concat();
    let at = |reason| (resource, reason);
    let Some(node) = values.property(resource, &keys).map_err(at)? else { return Ok(None) };
    let node = match keys.last() {
        Some(&"BucketEncryption") => match rule(values, node)? {
            Some(node) => node,
            None => return Ok(None),
        },
        _ => node,
    };
    let text = values.text(node).map_err(|reason| (node, reason))?;
    named(values, &text).map_err(|reason| (node, reason))
}

/// The key in the rule of a bucket.
fn rule<'n>(values: &Values<'_>, node: &'n Node) -> Result<Option<&'n Node>, (&'n Node, Unknown)> {
    let at = |reason| (node, reason);
    let rules = values.property(node, &["ServerSideEncryptionConfiguration"]).map_err(at)?;
    let Some(super::node::Kind::List(rules)) = rules.map(|rules| &rules.kind) else {
        return Ok(None);
    };
    let Some(rule) = rules.first() else { return Ok(None) };
    let keys = ["ServerSideEncryptionByDefault", "KMSMasterKeyID"];
    values.property(rule, &keys).map_err(at)
}

/// What a key is called in a policy.
fn named(values: &Values<'_>, text: &str) -> Result<Option<String>, Unknown> {
    let alias = text.split_once(":alias/").map(|(_, name)| name);
    if let Some(alias) = alias.or_else(|| text.strip_prefix("alias/")) {
        if alias.starts_with("aws/") {
            return Ok(None);
        }
        return match values.target_of_alias(&format!("alias/{alias}")) {
            Some(target) => named(values, &target?),
            None => Err(format!("which key the alias `{alias}` stands for is not written here")),
        };
    }
    if text.starts_with("arn:") || text.starts_with("key/") {
        return Ok(Some(text.to_owned()));
    }
    Ok(Some(format!("key/{text}")))
}

impl Values<'_> {
    /// The key that an alias of the template stands for.
    fn target_of_alias(&self, alias: &str) -> Option<Result<String, Unknown>> {
        let resources = self.root.get("Resources")?.map();
        let found = resources.iter().find(|(_, resource)| {
            let name = resource.at(&["Properties", "AliasName"]);
            resource.get("Type").and_then(Node::text) == Some("AWS::KMS::Alias")
                && name.and_then(|name| self.text(name).ok()).as_deref() == Some(alias)
        });
        let target = found?.1.at(&["Properties", "TargetKeyId"])?;
        Some(self.text(target))
    }
}
