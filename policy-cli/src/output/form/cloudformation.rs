//! A CloudFormation template: `AWS::IAM::Role`, `AWS::IAM::ManagedPolicy`, `AWS::Lambda::Permission`.

use super::document::document;
use super::permission::Permission;
use super::{Json, Part, Role, distinct};
use crate::failure::Failure;

/// The name of the inline policy.
const POLICY_NAME: &str = "execution-role";

/// A template with the resources of all parts.
pub(super) fn template(parts: &[Part<'_>]) -> Result<Json, Failure> {
    let mut resources = Vec::new();
    for part in parts {
        resources.extend(self::resources(part)?);
    }
    Ok(Json::object([
        ("AWSTemplateFormatVersion", "2010-09-09".into()),
        ("Resources", distinct(resources)?),
    ]))
}

/// The role with its policies, and the permissions on the function.
pub(super) fn resources(part: &Part<'_>) -> Result<Vec<(String, Json)>, Failure> {
    let mut resources = match &part.role {
        Some(role) => of_role(part, role)?,
        None => Vec::new(),
    };
    for (id, permission) in part.permissions()? {
        let id = format!("{}Permission{id}", part.id);
        resources.push((id, resource("AWS::Lambda::Permission", properties(part, &permission)?)));
    }
    Ok(resources)
}

fn of_role(part: &Part<'_>, of: &Role<'_>) -> Result<Vec<(String, Json)>, Failure> {
    let mut resources = Vec::new();
    let trust = document(of.trust, part.names())?;
    let mut role = vec![("AssumeRolePolicyDocument".to_owned(), trust)];
    match of.documents {
        [] => {}
        [one] => {
            let policy = Json::object([
                ("PolicyName", POLICY_NAME.into()),
                ("PolicyDocument", document(one, part.names())?),
            ]);
            role.push(("Policies".to_owned(), Json::array([policy])));
        }
        several => {
            let ids: Vec<String> =
                (1..=several.len()).map(|number| format!("{}Policy{number}", part.id)).collect();
            for (id, one) in ids.iter().zip(several) {
                let properties = Json::object([("PolicyDocument", document(one, part.names())?)]);
                resources.push((id.clone(), resource("AWS::IAM::ManagedPolicy", properties)));
            }
            let arns = ids.iter().map(|id| Json::object([("Ref", id.as_str().into())]));
            role.push(("ManagedPolicyArns".to_owned(), Json::array(arns)));
        }
    }
    resources.insert(0, (role_id(&part.id), resource("AWS::IAM::Role", Json::Object(role))));
    Ok(resources)
}

/// The logical id of the role of a part.
pub(super) fn role_id(id: &str) -> String {
    format!("{id}Role")
}

pub(super) fn resource(kind: &str, properties: Json) -> Json {
    Json::object([("Type", kind.into()), ("Properties", properties)])
}

fn properties(part: &Part<'_>, permission: &Permission) -> Result<Json, Failure> {
    let function = match &permission.qualifier {
        Some(qualifier) => format!("{}:{qualifier}", permission.function),
        None => permission.function.clone(),
    };
    let mut properties = vec![
        ("FunctionName".to_owned(), part.names().value(&function)?),
        ("Action".to_owned(), permission.action.as_str().into()),
        ("Principal".to_owned(), part.names().value(&permission.principal)?),
    ];
    for (parameter, value) in &permission.conditions {
        let value = match parameter.is_truth() {
            true => true.into(),
            false => part.names().value(value)?,
        };
        properties.push((parameter.name.to_owned(), value));
    }
    Ok(Json::Object(properties))
}
