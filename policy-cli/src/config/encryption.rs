//! `[encryption]`: which resources a key of the customer's protects.

use std::collections::BTreeMap;

use policy_core::evidence::{SettingEncryption, SettingName, SettingOrigin};

use super::resource::{self, KEY};
use super::toml::{Document, Node};

/// The word for a key of AWS, or no encryption at all.
const BY_AWS: &str = "aws";

/// Resource → `"aws"` or the key, and where each is written.
pub(super) fn table(
    document: &mut Document<'_>,
    node: &Node<'_>,
    origins: &mut BTreeMap<SettingName, SettingOrigin>,
) -> BTreeMap<Box<str>, SettingEncryption> {
    let mut table = BTreeMap::new();
    for (resource, node) in document.entries(node) {
        origins.insert(SettingName::Encryption(resource.clone()), document.origin(&node));
        if resource::parts(&resource).is_none() || !resource.starts_with("arn:") {
            let message = format!("`{resource}` is not the ARN of a resource");
            let help = "write one such as `\"arn:aws:s3:::acme-receipts\" = \"aws\"`";
            document.refuse(&node, message, Some(help.into()));
            continue;
        }
        if node.as_str() == Some(BY_AWS) {
            table.insert(resource, SettingEncryption::ByAws);
        } else if node.as_str().is_some_and(|text| text.contains("alias/")) {
            let message = "an alias names no key in a policy";
            let help = format!("write the key's own ARN, such as `{}`", KEY.example);
            document.refuse(&node, message.into(), Some(help));
        } else if let Some(key) = document.text(&node) {
            match resource::problem(&key, KEY) {
                None => _ = table.insert(resource, SettingEncryption::CustomerKey(key)),
                Some(problem) => {
                    let help =
                        format!("write `\"{BY_AWS}\"`, or the key such as `\"{}\"`", KEY.example);
                    document.refuse(&node, problem, Some(help));
                }
            }
        }
    }
    table
}
