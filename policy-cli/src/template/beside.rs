//! Resources that are about a function: permissions, mappings, URLs, notifications, how it is invoked asynchronously.

use super::describe::Describer;
use super::index::BUCKET;
use super::node::Node;
use super::{platform, polls};
use crate::deployment::{Invoked, Permission, WrittenPermission};

pub(super) fn read(describer: &mut Describer<'_>) {
    let template = describer.template;
    for beside in template.beside(describer.id) {
        let Some((id, resource)) = template.resources_written().get(beside.at) else { continue };
        let Some(properties) = resource.get("Properties") else { continue };
        let qualifier = beside.qualifier.as_deref();
        match resource.get("Type").and_then(Node::text) {
            Some(BUCKET) => notification(describer, id, resource, qualifier),
            Some("AWS::Lambda::Permission") => permission(describer, id, resource, qualifier),
            Some("AWS::Lambda::Url") => url(describer, id, properties, qualifier),
            Some("AWS::Lambda::EventInvokeConfig") => {
                platform::destinations(describer, properties, id);
            }
            Some("AWS::Lambda::EventSourceMapping") => {
                let source = describer.part(properties, &["EventSourceArn"]);
                polls::read(describer, properties, source, None, id);
            }
            _ => {}
        }
    }
}

fn url<'t>(describer: &mut Describer<'t>, id: &str, properties: &'t Node, qualifier: Option<&str>) {
    let Some(auth) = describer.text_at(properties, &["AuthType"]) else { return };
    let source = if auth == "NONE" { "*" } else { "" };
    let invoked = Invoked {
        kind: "url".into(),
        source: source.into(),
        qualifier: qualifier.map(Into::into),
        auth: Some(auth.into()),
        ..Invoked::default()
    };
    let origin = describer.origin_of(properties, &format!("Resources.{id}"));
    describer.invoker(invoked, origin);
}

/// A bucket that notifies the function.
///
/// # Source
/// AWS CloudFormation User Guide, "AWS::S3::Bucket LambdaConfiguration".
fn notification<'t>(
    describer: &mut Describer<'t>,
    id: &str,
    resource: &'t Node,
    qualifier: Option<&str>,
) {
    match describer.values.expression(id) {
        Ok(bucket) => {
            let origin = describer.origin_of(resource, &format!("Resources.{id}"));
            let invoked = Invoked {
                kind: "s3".into(),
                source: bucket.into(),
                qualifier: qualifier.map(Into::into),
                ..Invoked::default()
            };
            describer.invoker(invoked, origin);
        }
        Err(reason) => describer.unknown(resource, id, &reason),
    }
}

/// Who may invoke the function.
///
/// # Source
/// AWS CloudFormation User Guide, "AWS::Lambda::Permission".
fn permission<'t>(
    describer: &mut Describer<'t>,
    id: &str,
    resource: &'t Node,
    qualifier: Option<&str>,
) {
    let Some(properties) = resource.get("Properties") else { return };
    let mut permission =
        Permission { qualifier: qualifier.map(Into::into), ..Permission::default() };
    permission.by_url =
        properties.get("InvokedViaFunctionUrl").and_then(Node::text) == Some("true");
    for name in [
        "EventSourceToken",
        "FunctionUrlAuthType",
        "Principal",
        "PrincipalOrgID",
        "SourceAccount",
        "SourceArn",
    ] {
        let Some(node) = describer.part(properties, &[name]) else { continue };
        // Part of what it says is not who it is.
        let Some(text) = describer.text(node, &format!("{id}.{name}")) else { return };
        match name {
            "EventSourceToken" => permission.token = Some(text),
            "FunctionUrlAuthType" => permission.auth = Some(text),
            "Principal" => permission.principal = text,
            "PrincipalOrgID" => permission.organization = Some(text),
            "SourceAccount" => permission.source_account = Some(text),
            _ => permission.source_arn = Some(text),
        }
    }
    match permission.invoked() {
        Ok(Some(invoked)) => {
            let written = WrittenPermission { id: id.into(), invoked: invoked.clone() };
            describer.out.written.push(written);
            let origin = describer.origin_of(resource, &format!("Resources.{id}"));
            describer.invoker(invoked, origin);
        }
        Ok(None) => {}
        Err(reason) => describer.unknown(resource, id, &reason),
    }
}
