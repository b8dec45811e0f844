//! A statement of a function's resource policy as what `AddPermission` takes.

use policy_core::iam::{BaseOperator, Operator};
use policy_core::policy::{
    ActionElement, Effect, PrincipalElement, PrincipalKind, Principals, ResourceElement, Statement,
};

/// One permission on a function.
///
/// # Source
/// AWS Lambda API Reference, "AddPermission": the condition that each parameter becomes in the policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Permission {
    pub(super) sid: String,
    pub(super) action: String,
    /// A service, an account, an ARN, or `*`.
    pub(super) principal: String,
    /// The function's ARN, unqualified.
    pub(super) function: String,
    /// A version or an alias.
    pub(super) qualifier: Option<String>,
    /// Parameters that become conditions, as [`PARAMETERS`] names them.
    pub(super) conditions: Vec<(&'static Parameter, String)>,
}

/// A parameter of `AddPermission` that becomes a condition.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Parameter {
    /// Its name in CloudFormation.
    pub(super) name: &'static str,
    /// Its name in Terraform.
    pub(super) argument: &'static str,
    operator: BaseOperator,
    key: &'static str,
}

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "EventSourceToken",
        argument: "event_source_token",
        operator: BaseOperator::StringEquals,
        key: "lambda:EventSourceToken",
    },
    Parameter {
        name: "FunctionUrlAuthType",
        argument: "function_url_auth_type",
        operator: BaseOperator::StringEquals,
        key: "lambda:FunctionUrlAuthType",
    },
    Parameter {
        name: "InvokedViaFunctionUrl",
        argument: INVOKED_VIA_URL,
        operator: BaseOperator::Bool,
        key: "lambda:InvokedViaFunctionUrl",
    },
    Parameter {
        name: "PrincipalOrgID",
        argument: "principal_org_id",
        operator: BaseOperator::StringEquals,
        key: "aws:PrincipalOrgID",
    },
    Parameter {
        name: "SourceAccount",
        argument: "source_account",
        operator: BaseOperator::StringEquals,
        key: "aws:SourceAccount",
    },
    Parameter {
        name: "SourceArn",
        argument: "source_arn",
        operator: BaseOperator::ArnLike,
        key: "aws:SourceArn",
    },
];

/// The one parameter that is no text.
const INVOKED_VIA_URL: &str = "invoked_via_function_url";

impl Parameter {
    /// Whether the value is a truth value, which must be `true`.
    pub(super) fn is_truth(&self) -> bool {
        self.argument == INVOKED_VIA_URL
    }
}

impl Permission {
    /// The permission that gives exactly this statement, or why there is none.
    pub(super) fn of(statement: &Statement) -> Result<Self, String> {
        if statement.effect != Effect::Allow {
            return Err("it denies".to_owned());
        }
        let (ActionElement::Action(actions), Some(ResourceElement::Resource(resources))) =
            (&statement.action, &statement.resource)
        else {
            return Err("it says what is excepted".to_owned());
        };
        let ([action], [resource]) = (&actions[..], &resources[..]) else {
            return Err("it has several actions or resources".to_owned());
        };
        let fields: Vec<&str> = resource.splitn(8, ':').collect();
        let (function, qualifier) = match fields[..] {
            [_, _, "lambda", _, _, "function", _] => (resource.clone(), None),
            [_, _, "lambda", _, _, "function", _, qualifier] => {
                let end = resource.len() - qualifier.len() - 1;
                (resource[..end].to_owned(), Some(qualifier.to_owned()))
            }
            _ => return Err(format!("`{resource}` is no function")),
        };
        let mut conditions = Vec::new();
        for (operator, key, values) in statement.condition.iter() {
            let found = PARAMETERS.iter().find(|it| {
                operator == Operator::from(it.operator) && it.key.eq_ignore_ascii_case(key.as_str())
            });
            match (found, values) {
                (Some(it), [value]) if !it.is_truth() || value == "true" => {
                    conditions.push((it, value.clone()));
                }
                _ => {
                    return Err(format!(
                        "no parameter gives its condition `{operator}` on `{key}`"
                    ));
                }
            }
        }
        conditions.sort();
        Ok(Self {
            sid: statement.sid.clone().ok_or("it has no Sid")?,
            action: action.clone(),
            principal: principal(statement)?,
            function,
            qualifier,
            conditions,
        })
    }
}

fn principal(statement: &Statement) -> Result<String, String> {
    let refused = || "it names no single principal".to_owned();
    match &statement.principal {
        Some(PrincipalElement::Principal(Principals::Any)) => Ok("*".to_owned()),
        Some(PrincipalElement::Principal(Principals::Map(map))) => {
            let mut all =
                map.iter().flat_map(|(kind, values)| values.iter().map(move |it| (kind, it)));
            match (all.next(), all.next()) {
                // `{"AWS": "*"}` is what AWS makes of the parameter `*` too, but not what is written for it here.
                (Some((PrincipalKind::Service | PrincipalKind::Aws, one)), None) if one != "*" => {
                    Ok(one.clone())
                }
                _ => Err(refused()),
            }
        }
        _ => Err(refused()),
    }
}
