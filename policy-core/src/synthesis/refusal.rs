//! What the role refuses to the code, although Lambda needs it in the role.
//!
//! Whatever a role holds, the code that runs with it holds too. Network interfaces are made and changed by Lambda alone; its
//! calls lack `lambda:SourceFunctionArn`, those of the code have it, so a `Deny` on that key keeps them apart.

use std::collections::BTreeSet;

use crate::finding::{Code, Finding};
use crate::graph::{AccessGraph, GrantClass, Node};
use crate::iam::{ActionName, BaseOperator, ConditionBlock};
use crate::policy::{ActionElement, Effect, ResourceElement, Statement};

use super::conditions::SOURCE_FUNCTION;

/// Name of the statement.
const SID: &str = "CodeMustNotUseNetworkInterfaces";

/// The statement that refuses to the code what the role holds for network interfaces; `None` when it holds nothing for them.
///
/// # Source
/// AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC", on denying these actions to the
/// function's code. Where the function's ARN is not known, or others use the role, any function's calls are meant.
pub(super) fn statement(graph: &AccessGraph, findings: &mut Vec<Finding>) -> Option<Statement> {
    let is_ec2 = |action: &ActionName| action.service().eq_ignore_ascii_case("ec2");
    let (mut platform, mut code) = (BTreeSet::new(), BTreeSet::new());
    for (id, grant) in graph.grants().filter(|(_, grant)| is_ec2(&grant.action)) {
        let is_set = || graph.reasons(id).any(|(_, node)| matches!(node, Node::PlatformNeed(_)));
        if grant.class != GrantClass::PlatformUnnamed {
            code.insert(&grant.action);
        // Where only a trail shows the calls, it does not show that Lambda made them.
        } else if is_set() {
            platform.insert(&grant.action);
        }
    }
    let open: Vec<String> =
        platform.intersection(&code).map(|action| format!("`{action}`")).collect();
    if !open.is_empty() {
        let plural = if open.len() == 1 { "is" } else { "are" };
        findings.push(
            Finding::new(
                Code::PlatformActionsOpen,
                format!(
                    "{} {plural} not refused to the code, which has a use of its own for {}",
                    open.join(", "),
                    if open.len() == 1 { "it" } else { "them" }
                ),
            )
            .help("take it out of the declaration if the code does not need it"),
        );
    }
    let refused: Vec<String> = platform.difference(&code).map(ToString::to_string).collect();
    if refused.is_empty() {
        return None;
    }
    let settings = graph.settings();
    let condition = ConditionBlock::default();
    let condition = match &settings.deployed {
        Some(function) if !settings.role_is_shared => {
            condition.with(BaseOperator::ArnEquals, SOURCE_FUNCTION, function.as_str())
        }
        _ => condition.with(BaseOperator::Null, SOURCE_FUNCTION, "false"),
    };
    Some(Statement {
        sid: Some(SID.to_owned()),
        effect: Effect::Deny,
        principal: None,
        action: ActionElement::Action(refused),
        resource: Some(ResourceElement::Resource(vec!["*".to_owned()])),
        condition,
    })
}
