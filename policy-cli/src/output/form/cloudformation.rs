//! A CloudFormation template: `AWS::IAM::Role`, `AWS::IAM::Policy`, `AWS::IAM::ManagedPolicy`, `AWS::Lambda::Permission`.
//!
//! A function is made after its role. Statements with a name that the template makes with a function, or after one, so stand in
//! policies of their own, which CloudFormation attaches to the role when both are there.

use policy_core::policy::quota::{INLINE_ROLE_CHARS, size_chars};
use policy_core::policy::{PolicyDocument, Statement};
use policy_core::synthesis::{RoleDocument, RolePolicyKind};

use super::document::{self, document};
use super::permission::Permission;
use super::{Form, Json, Part, Role, distinct};
use crate::failure::Failure;

/// What is added to the name of the inline policy for that with the statements that are made after the functions.
const AFTER_FUNCTIONS: &str = "-after-functions";

/// A template with the resources of all parts.
pub(super) fn template(parts: &[Part<'_>]) -> Result<Json, Failure> {
    let mut resources = Vec::new();
    for part in parts {
        resources.extend(self::resources(part, Form::CloudFormation)?);
    }
    Ok(Json::object([
        ("AWSTemplateFormatVersion", "2010-09-09".into()),
        ("Resources", distinct(resources)?),
    ]))
}

/// The role with its policies, and the permissions on the function; under the condition of the template under which that is made.
pub(super) fn resources(part: &Part<'_>, form: Form) -> Result<Vec<(String, Json)>, Failure> {
    let mut resources = match &part.role {
        Some(role) => of_role(part, role)?,
        None => Vec::new(),
    };
    for (id, permission) in part.permissions(form)? {
        resources.push((id, resource("AWS::Lambda::Permission", properties(part, &permission)?)));
    }
    if let Some(condition) = part.function.and_then(|it| part.names().condition(it)) {
        for (_, resource) in &mut resources {
            if let Json::Object(members) = resource {
                members.push(("Condition".to_owned(), condition.into()));
            }
        }
    }
    Ok(resources)
}

fn of_role(part: &Part<'_>, of: &Role<'_>) -> Result<Vec<(String, Json)>, Failure> {
    let mut resources = Vec::new();
    let is_late = |it: &Statement| document::is_late(it, part.names());
    if of.trust.statements.iter().any(is_late) {
        return Err(Failure::input(format!(
            "{}: the trust policy names a function whose name is made with it, but the function needs its role before",
            part.name
        ))
        .help("write `FunctionName` in the template, or leave out `--trust-source-arn`"));
    }
    let trust = document(of.trust, part.names())?;
    let mut role = vec![("AssumeRolePolicyDocument".to_owned(), trust)];
    let role_id = role_id(&part.id);
    let role_of = || Json::array([Json::object([("Ref", role_id.as_str().into())])]);
    let mut arns = Vec::new();
    for (index, one) in of.documents.iter().enumerate() {
        let which = RoleDocument::at(index);
        match which.kind() {
            RolePolicyKind::Inline => {
                let (early, late) = inline(part, one)?;
                let named = |name: String, statements: &PolicyDocument| {
                    let document = document(statements, part.names())?;
                    Ok::<_, Failure>(vec![
                        ("PolicyName".to_owned(), name.as_str().into()),
                        ("PolicyDocument".to_owned(), document),
                    ])
                };
                if let Some(early) = early {
                    let policy = Json::Object(named(which.name(), &early)?);
                    role.push(("Policies".to_owned(), Json::array([policy])));
                }
                if let Some(late) = late {
                    let mut properties = named(which.name() + AFTER_FUNCTIONS, &late)?;
                    properties.push(("Roles".to_owned(), role_of()));
                    let policy = resource("AWS::IAM::Policy", Json::Object(properties));
                    resources.push((format!("{}Policy", part.id), policy));
                }
            }
            RolePolicyKind::Managed => {
                let id = format!("{}Policy{}", part.id, index + 1);
                let document = document(one, part.names())?;
                let mut properties = vec![("PolicyDocument".to_owned(), document)];
                match one.statements.iter().any(is_late) {
                    true => properties.push(("Roles".to_owned(), role_of())),
                    false => arns.push(Json::object([("Ref", id.as_str().into())])),
                }
                let policy = resource("AWS::IAM::ManagedPolicy", Json::Object(properties));
                resources.push((id, policy));
            }
        }
    }
    if !arns.is_empty() {
        role.push(("ManagedPolicyArns".to_owned(), Json::array(arns)));
    }
    resources.insert(0, (role_id.clone(), resource("AWS::IAM::Role", Json::Object(role))));
    Ok(resources)
}

/// The inline policy as one that is made with the role, and one that is made after the functions; no two where they are larger together than
/// what a role may have inline, for each has a frame of its own.
fn inline(
    part: &Part<'_>,
    one: &PolicyDocument,
) -> Result<(Option<PolicyDocument>, Option<PolicyDocument>), Failure> {
    let is_late = |it: &Statement| document::is_late(it, part.names());
    let (late, early): (Vec<_>, Vec<_>) = one.statements.iter().cloned().partition(is_late);
    let with = |statements| PolicyDocument { statements, ..one.clone() };
    match (early.is_empty(), late.is_empty()) {
        (_, true) => Ok((Some(with(early)), None)),
        (true, false) => Ok((None, Some(with(late)))),
        (false, false) => {
            let (early, late) = (with(early), with(late));
            let size = size_chars(&early) + size_chars(&late);
            if size > INLINE_ROLE_CHARS {
                return Err(Failure::input(format!(
                    "{}: the inline policies would need {size} characters, of which {INLINE_ROLE_CHARS} are allowed, since what names the function is a policy of its own, made after it",
                    part.name
                ))
                .help("write `FunctionName` in the template, so that one inline policy does"));
            }
            Ok((Some(early), Some(late)))
        }
    }
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
    // A bucket looks whether it may invoke when its notification is made, so that its permission comes before it where it can.
    let is_before = permission.principal == "s3.amazonaws.com";
    for (parameter, value) in &permission.conditions {
        let value = match parameter.is_truth() {
            true => true.into(),
            false if is_before => part.names().early_value(value)?,
            false => part.names().value(value)?,
        };
        properties.push((parameter.name.to_owned(), value));
    }
    Ok(Json::Object(properties))
}
