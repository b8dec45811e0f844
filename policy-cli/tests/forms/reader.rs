//! Reads a form back: references resolved with the account and Region of a run, permissions turned into statements.
//!
//! Written from the pages of CloudFormation, SAM, Terraform and Lambda; shares nothing with what writes the forms.

use std::collections::BTreeMap;

use policy_core::iam::{BaseOperator, ConditionBlock};
use policy_core::policy::parse;
use policy_core::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, PrincipalKind, Principals,
    ResourceElement, Statement,
};
use serde_json::Value;

/// What references stand for: `AWS::Region`, `Orders.Arn`.
pub(crate) type World = BTreeMap<String, String>;

/// What is known without a template.
pub(crate) fn world(account: &str, region: &str) -> World {
    let known = [("AWS::AccountId", account), ("AWS::Region", region), ("AWS::Partition", "aws")];
    known.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What a form says of one function.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) role: Vec<PolicyDocument>,
    pub(crate) trust: Vec<PolicyDocument>,
    /// With the Sid where the form has it.
    pub(crate) permissions: Vec<Statement>,
}

/// Reads a CloudFormation or SAM template; `prefix` is what the ids of the function's resources begin with.
pub(crate) fn template(text: &str, world: &World, prefix: &str) -> Read {
    let value: Value = serde_json::from_str(text).unwrap();
    let mut read = Read::default();
    let mut late = Vec::new();
    let resources = value["Resources"].as_object().unwrap();
    for (id, resource) in resources.iter().filter(|(id, _)| id.starts_with(prefix)) {
        let properties = &resource["Properties"];
        match resource["Type"].as_str().unwrap() {
            "AWS::IAM::Role" => {
                read.trust
                    .push(document(&resolved(&properties["AssumeRolePolicyDocument"], world)));
                for policy in list(&properties["Policies"]) {
                    read.role.push(document(&resolved(&policy["PolicyDocument"], world)));
                }
                for arn in list(&properties["ManagedPolicyArns"]) {
                    let policy = &resources[arn["Ref"].as_str().unwrap()];
                    assert_eq!(policy["Type"], "AWS::IAM::ManagedPolicy");
                    let policy = &policy["Properties"]["PolicyDocument"];
                    read.role.push(document(&resolved(policy, world)));
                }
            }
            "AWS::Lambda::Permission" => {
                let of = |name: &str| match &resolved(&properties[name], world) {
                    Value::Null => None,
                    Value::Bool(value) => Some(value.to_string()),
                    text => Some(text.as_str().unwrap().to_owned()),
                };
                let names = [
                    "Action",
                    "FunctionName",
                    "Principal",
                    "EventSourceToken",
                    "FunctionUrlAuthType",
                    "InvokedViaFunctionUrl",
                    "PrincipalOrgID",
                    "SourceAccount",
                    "SourceArn",
                ];
                assert!(properties.as_object().unwrap().keys().all(|it| names.contains(&&**it)));
                read.permissions.push(permission(None, names.map(of)));
            }
            "AWS::Serverless::Function" => {
                let role = &properties["Role"]["Fn::GetAtt"];
                assert_eq!(resources[role[0].as_str().unwrap()]["Type"], "AWS::IAM::Role", "{id}");
                assert_eq!((&role[1], properties.as_object().unwrap().len()), (&"Arn".into(), 1));
            }
            // Attached to the role from outside, which is one with what stands in it.
            "AWS::IAM::Policy" => {
                assert_eq!(properties["Roles"][0]["Ref"], format!("{prefix}Role"));
                late.extend(document(&resolved(&properties["PolicyDocument"], world)).statements);
            }
            "AWS::IAM::ManagedPolicy" => {
                for role in list(&properties["Roles"]) {
                    assert_eq!(role["Ref"], format!("{prefix}Role"));
                    read.role.push(document(&resolved(&properties["PolicyDocument"], world)));
                }
            }
            other => panic!("{other}"),
        }
    }
    if !late.is_empty() {
        let mut one = read.role.pop().unwrap_or_else(|| PolicyDocument::new(Vec::new()));
        one.statements.extend(late);
        one.statements.sort_by(|a, b| a.sid.cmp(&b.sid));
        read.role.push(one);
    }
    read
}

/// Reads a Terraform configuration; `name` is what the function's resources are called.
pub(crate) fn terraform(text: &str, name: &str) -> Read {
    let value: Value = serde_json::from_str(text).unwrap();
    let mut read = Read::default();
    let of_kind = |kind: &str| -> BTreeMap<String, Value> {
        let found = value["resource"][kind].as_object().into_iter().flatten();
        found.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let json = |value: &Value| {
        document(&serde_json::from_str(&literal(value.as_str().unwrap()).unwrap()).unwrap())
    };
    let is_of = |value: &Value, attribute: &str| {
        value.as_str() == Some(&format!("${{aws_iam_role.{name}.{attribute}}}"))
    };
    read.trust.push(json(&of_kind("aws_iam_role")[name]["assume_role_policy"]));
    for (_, policy) in of_kind("aws_iam_role_policy") {
        if is_of(&policy["role"], "id") {
            read.role.push(json(&policy["policy"]));
        }
    }
    let policies = of_kind("aws_iam_policy");
    for (id, attachment) in of_kind("aws_iam_role_policy_attachment") {
        if is_of(&attachment["role"], "name") {
            assert_eq!(attachment["policy_arn"], format!("${{aws_iam_policy.{id}.arn}}"));
            read.role.push(json(&policies[&id]["policy"]));
        }
    }
    read.permissions = terraform_permissions(text, name);
    read
}

/// The permissions alone, of a configuration that may have no role.
pub(crate) fn terraform_permissions(text: &str, name: &str) -> Vec<Statement> {
    let value: Value = serde_json::from_str(text).unwrap();
    let mut found = Vec::new();
    let all = value["resource"]["aws_lambda_permission"].as_object();
    for (id, arguments) in all.into_iter().flatten() {
        if id.split_once("__").unwrap().0 != name {
            continue;
        }
        let of = |name: &str| match &arguments[name] {
            Value::Null => None,
            Value::Bool(value) => Some(value.to_string()),
            text => Some(literal(text.as_str().unwrap()).unwrap()),
        };
        let function = match of("qualifier") {
            Some(qualifier) => format!("{}:{qualifier}", of("function_name").unwrap()),
            None => of("function_name").unwrap(),
        };
        let mut values = [
            "action",
            "function_name",
            "principal",
            "event_source_token",
            "function_url_auth_type",
            "invoked_via_function_url",
            "principal_org_id",
            "source_account",
            "source_arn",
        ]
        .map(of);
        values[1] = Some(function);
        found.push(permission(of("statement_id"), values));
    }
    found
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn document(value: &Value) -> PolicyDocument {
    parse(&value.to_string(), "form").unwrap_or_else(|it| panic!("{it:?}")).document
}

/// A value with its references resolved.
fn resolved(value: &Value, world: &World) -> Value {
    match value {
        Value::Object(members) => {
            let mut all = members.iter();
            match (all.next(), all.next()) {
                (Some((name, of)), None) if name == "Ref" => {
                    world[of.as_str().unwrap()].clone().into()
                }
                (Some((name, of)), None) if name == "Fn::GetAtt" => {
                    let (id, attribute) = (of[0].as_str().unwrap(), of[1].as_str().unwrap());
                    world[&format!("{id}.{attribute}")].clone().into()
                }
                (Some((name, of)), None) if name == "Fn::Sub" => {
                    substituted(of.as_str().unwrap(), world).into()
                }
                _ => {
                    let members = members.iter();
                    members.map(|(name, of)| (name.clone(), resolved(of, world))).collect()
                }
            }
        }
        Value::Array(items) => items.iter().map(|item| resolved(item, world)).collect(),
        other => other.clone(),
    }
}

/// A text of `Fn::Sub`: `${Name}` is replaced, `${!Name}` is `${Name}`.
fn substituted(text: &str, world: &World) -> String {
    let Some((before, rest)) = text.split_once("${") else { return text.to_owned() };
    let (name, after) = rest.split_once('}').unwrap();
    let value = match name.strip_prefix('!') {
        Some(literal) => format!("${{{literal}}}"),
        None => world.get(name).unwrap_or_else(|| panic!("{name} in {text}")).clone(),
    };
    format!("{before}{value}{}", substituted(after, world))
}

/// A string of Terraform that has nothing to be evaluated; `None` where it has.
fn literal(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let escape = ["$${", "%%{"].into_iter().find(|it| rest.starts_with(it));
        if let Some(escape) = escape {
            out.push_str(&escape[1..]);
            rest = &rest[escape.len()..];
        } else if rest.starts_with("${") || rest.starts_with("%{") {
            return None;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(out)
}

/// The statement that `AddPermission` writes.
fn permission(sid: Option<String>, values: [Option<String>; 9]) -> Statement {
    let [action, function, principal, token, url, via_url, organization, account, arn] = values;
    let principal = principal.unwrap();
    let kind = match principal.ends_with(".amazonaws.com") || principal.ends_with(".amazon.com") {
        true => PrincipalKind::Service,
        false => PrincipalKind::Aws,
    };
    let principals = match principal.as_str() {
        "*" => Principals::Any,
        _ => Principals::Map([(kind, vec![principal])].into()),
    };
    let mut condition = ConditionBlock::default();
    for (operator, key, value) in [
        (BaseOperator::StringEquals, "lambda:EventSourceToken", token),
        (BaseOperator::StringEquals, "lambda:FunctionUrlAuthType", url),
        (BaseOperator::Bool, "lambda:InvokedViaFunctionUrl", via_url),
        (BaseOperator::StringEquals, "aws:PrincipalOrgID", organization),
        (BaseOperator::StringEquals, "aws:SourceAccount", account),
        (BaseOperator::ArnLike, "aws:SourceArn", arn),
    ] {
        condition = value.iter().fold(condition, |block, value| block.with(operator, key, value));
    }
    Statement {
        sid,
        effect: Effect::Allow,
        principal: Some(PrincipalElement::Principal(principals)),
        action: ActionElement::Action(vec![action.unwrap()]),
        resource: Some(ResourceElement::Resource(vec![function.unwrap()])),
        condition,
    }
}
