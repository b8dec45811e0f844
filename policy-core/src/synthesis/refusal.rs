//! What the role refuses to the code, although Lambda needs it in the role.
//!
//! Whatever a role holds, the code that runs with it holds too. Network interfaces are made and changed by Lambda alone; its
//! calls lack `lambda:SourceFunctionArn`, those of the code have it, so a `Deny` on that key keeps them apart.

use std::collections::BTreeSet;

use crate::finding::{Code, Finding};
use crate::graph::{AccessGraph, GrantClass, Node};
use crate::iam::{ActionName, BaseOperator, ConditionBlock};
use crate::policy::write as json;
use crate::policy::{ActionElement, Effect, ResourceElement, Statement};

use super::blocks;
use super::conditions::SOURCE_FUNCTION;

/// Name of the statement.
const SID: &str = "CodeMustNotUseNetworkInterfaces";

/// The statements that refuse to the code of these functions what their role holds for network interfaces.
///
/// Of a role that several functions share: one statement where they are refused the same; where the calls of any function
/// are meant, nothing that the code of one of them has a use for.
pub(super) fn statements(graphs: &[&AccessGraph], findings: &mut Vec<Finding>) -> Vec<Statement> {
    let mut all: Vec<Statement> =
        graphs.iter().filter_map(|graph| statement(graph, graphs.len(), findings)).collect();
    if all.len() <= 1 && graphs.len() <= 1 {
        return all;
    }
    let is_of_any = |statement: &Statement| {
        statement.condition.iter().any(|(o, ..)| o.base == BaseOperator::Null)
    };
    if let Some(any) = all.iter().find(|statement| is_of_any(statement)).cloned() {
        let used: BTreeSet<&str> = graphs
            .iter()
            .flat_map(|graph| graph.grants())
            .filter(|(_, grant)| grant.class != GrantClass::PlatformUnnamed)
            .map(|(_, grant)| grant.action.as_str())
            .collect();
        let refused: BTreeSet<&String> = all
            .iter()
            .flat_map(|statement| statement.action.values())
            .filter(|action| !used.contains(action.as_str()))
            .collect();
        let refused: Vec<String> = refused.into_iter().cloned().collect();
        let is_empty = refused.is_empty();
        let one = Statement { action: ActionElement::Action(refused), ..any };
        return if is_empty { Vec::new() } else { vec![one] };
    }
    let mut joined: Vec<Statement> = Vec::new();
    all.sort();
    for statement in all {
        let same = joined.iter_mut().find(|it| it.action == statement.action);
        match same.and_then(|it| Some((blocks::joined(&it.condition, &statement.condition)?, it))) {
            Some((condition, it)) => it.condition = condition,
            None => joined.push(statement),
        }
    }
    if joined.len() > 1 {
        for statement in &mut joined {
            let said = json::condition_value(&statement.condition).to_string();
            statement.sid = Some(format!("{SID}{}", super::sid::fnv([said.as_str()])));
        }
    }
    joined
}

/// The statement that refuses to the code what the role holds for network interfaces; `None` when it holds nothing for them.
///
/// # Source
/// AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC", on denying these actions to the
/// function's code. Others who use the role may need these actions, so the calls of this function alone are meant; of any
/// function where its ARN is not known, or where the role is made for `functions` of which it is known what they need.
fn statement(
    graph: &AccessGraph,
    functions: usize,
    findings: &mut Vec<Finding>,
) -> Option<Statement> {
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
        // Of several functions that share the role it is known what the code of each uses.
        Some(function) if functions == 1 || !settings.role_is_shared => {
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
