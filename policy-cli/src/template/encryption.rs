//! How the resources that a template makes are encrypted.
//!
//! Only resources whose ARN is known are told: no policy names the others. What a key is called where it has no ARN yet is unknown.
//!
//! # Source
//! AWS CloudFormation User Guide, the page of each resource type; where nothing is written, a key of AWS: Amazon S3 User Guide,
//! "Setting default server-side encryption behavior"; Amazon SQS, Amazon SNS, Amazon DynamoDB and AWS Secrets Manager likewise.

use std::collections::BTreeMap;

use policy_core::evidence::{EncryptionTable, SettingEncryption, SettingOrigin};
use policy_core::finding::{Code, Finding};

use super::Template;
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

/// What is known of keys; and findings about those that are not.
pub(super) fn read(template: &Template, values: Values<'_>) -> (EncryptionTable, Vec<Finding>) {
    let unmade = match values.unmade {
        Unmade::Unknown => Unmade::Wildcard,
        unmade => unmade,
    };
    let values = Values { unmade, ..values };
    let mut keys = Keys { values, aliases: BTreeMap::new() };
    for (_, resource) in template.resources_written() {
        if resource.get("Type").and_then(Node::text) == Some("AWS::KMS::Alias")
            && let Some(name) = resource.at(&["Properties", "AliasName"])
            && let Ok(name) = values.text(name)
        {
            keys.aliases.entry(name).or_insert(resource);
        }
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let mut origins: BTreeMap<Box<str>, SettingOrigin> = BTreeMap::new();
    for (id, resource) in template.resources_written() {
        let kind = resource.get("Type").and_then(Node::text).unwrap_or_default();
        let Some((_, attribute, path)) = ENCRYPTED.iter().find(|(known, ..)| *known == kind) else {
            continue;
        };
        let expression = match *attribute {
            "" => id.clone(),
            attribute => format!("{id}.{attribute}"),
        };
        let Ok(arn) = values.expression(&expression) else { continue };
        let arn: Box<str> = arn.strip_suffix(":*").unwrap_or(&arn).into();
        // Where nothing is written of a key, the resource says it.
        let written = (1..=path.len())
            .rev()
            .find_map(|end| resource.at(&[&["Properties"], &path[..end]].concat()))
            .map(|node| (node, format!("Resources.{id}.Properties.{}", path[0])));
        let (node, path_of) = written.unwrap_or((resource, format!("Resources.{id}")));
        let origin = SettingOrigin {
            source: crate::failure::shown(&template.file).into(),
            path: path_of.into(),
            line: Some(node.line),
            column: Some(node.column),
        };
        origins.insert(arn.clone(), origin);
        match keys.of(resource, path) {
            Ok(Some(key)) => known.push((arn, SettingEncryption::CustomerKey(key.into()))),
            Ok(None) => known.push((arn, SettingEncryption::ByAws)),
            Err((node, reason)) => {
                let message = format!("`the key of {id}` is not known: {reason}");
                let finding = Finding::new(Code::SettingUnknown, message);
                unknown.push(finding.at(node.place(&template.file)));
            }
        }
    }
    let table: EncryptionTable = known.into_iter().collect();
    (table.written_at(origins), unknown)
}

/// What says which key is meant.
struct Keys<'t> {
    values: Values<'t>,
    /// Aliases that the template makes, by their names.
    aliases: BTreeMap<String, &'t Node>,
}

impl Keys<'_> {
    /// The customer's key; `None` is a key of AWS.
    fn of<'n>(
        &self,
        resource: &'n Node,
        path: &[&str],
    ) -> Result<Option<String>, (&'n Node, Unknown)> {
        let path = [&["Properties"], path].concat();
        let found = self.values.property(resource, &path).map_err(|reason| (resource, reason))?;
        let Some(node) = found else { return Ok(None) };
        let node = match path.last() {
            Some(&"BucketEncryption") => match rule(&self.values, node)? {
                Some(node) => node,
                None => return Ok(None),
            },
            _ => node,
        };
        let text = self.values.text(node).map_err(|reason| (node, reason))?;
        self.named(&text).map_err(|reason| (node, reason))
    }

    /// What a key is called in a policy.
    fn named(&self, text: &str) -> Result<Option<String>, Unknown> {
        let alias = text.split_once(":alias/").map(|(_, name)| name);
        let Some(alias) = alias.or_else(|| text.strip_prefix("alias/")) else {
            return key(text.to_owned()).map(Some);
        };
        if alias.starts_with("aws/") {
            return Ok(None);
        }
        let made = self.aliases.get(&format!("alias/{alias}"));
        let target = made.and_then(|it| it.at(&["Properties", "TargetKeyId"]));
        match target {
            // KMS takes no alias of an alias.
            Some(target) => key(self.values.text(target)?).map(Some),
            None => Err(format!("which key the alias `{alias}` stands for is not written here")),
        }
    }
}

fn key(text: String) -> Result<String, Unknown> {
    match text.split(':').collect::<Vec<&str>>()[..] {
        ["arn", _, "kms", _, _, id] if id.starts_with("key/") => Ok(text),
        [id] if id.starts_with("key/") => Ok(text),
        [id] if !id.is_empty() && !id.contains('/') => Ok(format!("key/{text}")),
        _ => Err(format!("`{text}` is no key of KMS")),
    }
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
