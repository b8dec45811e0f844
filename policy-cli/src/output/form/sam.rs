//! A SAM template: the resources of CloudFormation, and the functions that get the roles.
//!
//! The property `Policies` of a SAM function is not used: to a role that SAM makes it adds managed policies of AWS
//! (`AWSLambdaBasicExecutionRole` always, others by setting), which allow writing to every log group and more. A function with
//! `Role` gets that role and nothing else.

use super::{Form, Json, Part, cloudformation, distinct};
use crate::failure::Failure;

/// A template with the resources of all parts; to be merged into the one that has the functions.
pub(super) fn template(parts: &[Part<'_>]) -> Result<Json, Failure> {
    let mut resources = Vec::new();
    for part in parts {
        if let Some(function) = part.function {
            let id = part.names().function_id(function).unwrap_or(&part.id);
            let role = Json::array([cloudformation::role_id(&part.role_id).into(), "Arn".into()]);
            let properties = Json::object([("Role", Json::object([("Fn::GetAtt", role)]))]);
            let function = cloudformation::resource("AWS::Serverless::Function", properties);
            resources.push((id.to_owned(), function));
        }
        resources.extend(cloudformation::resources(part, Form::Sam)?);
    }
    Ok(Json::object([
        ("AWSTemplateFormatVersion", "2010-09-09".into()),
        ("Transform", "AWS::Serverless-2016-10-31".into()),
        ("Resources", distinct(resources)?),
    ]))
}
