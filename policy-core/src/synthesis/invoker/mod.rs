//! The function's resource policies: who may invoke it.
//!
//! Each qualifier has its own policy; a policy of the function says nothing about its aliases. Which kinds of
//! invoker there are is a table in `evidence`; here they become statements. A service is told by the source and the
//! account that it sends, as far as it is documented to send them.

mod call;
mod report;

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::graph::{AccessGraph, Invoker};
use crate::iam::ConditionBlock;
use crate::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, PrincipalKind, Principals,
    ResourceElement, Statement,
};

use super::trust::service;

/// The action of every invocation.
pub(super) const INVOKE: &str = "lambda:InvokeFunction";
/// The action of a call of a URL, beside it.
pub(super) const INVOKE_URL: &str = "lambda:InvokeFunctionUrl";

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Caller {
    /// A service for itself.
    Service(&'static str),
    /// A role, a user, or whoever an account lets: its root.
    Aws(String),
    /// Anyone.
    Anyone,
}

/// One call that must be allowed: who, what, on what, and what the call carries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Invocation {
    pub(super) qualifier: String,
    pub(super) caller: Caller,
    pub(super) action: &'static str,
    pub(super) function: String,
    pub(super) condition: ConditionBlock,
}

/// The calls that statements were made for, and those that a wider statement allows already.
#[derive(Debug, Default)]
pub(super) struct Invocations {
    pub(super) kept: Vec<Invocation>,
    pub(super) covered: Vec<Invocation>,
}

/// The resource policies by qualifier (`""` is the function itself), with what they must allow.
///
/// Shape: one statement for each call, sorted by Sid; nothing for a qualifier that nobody uses, no statement that
/// another makes superfluous.
pub(super) fn policies(
    graph: &AccessGraph,
    findings: &mut Vec<Finding>,
) -> (BTreeMap<String, PolicyDocument>, Invocations) {
    let mut all: Vec<(String, Invocation)> = Vec::new();
    for invoker in graph.invokers() {
        match call::of(graph, invoker, findings) {
            Ok(calls) => {
                report::openness(invoker, &calls, findings);
                all.extend(calls.into_iter().map(|call| (sid(graph, invoker, &call), call)));
            }
            Err(refused) => findings.push(report::refused(invoker, refused)),
        }
    }
    all.sort();
    all.dedup_by(|a, b| a.1 == b.1);
    let is_covered = |i: usize| {
        (0..all.len()).any(|j| {
            let (one, other) = (&all[i].1, &all[j].1);
            // Of two that cover each other the first stays.
            i != j && covers(other, one) && (!covers(one, other) || j < i)
        })
    };
    let covered: Vec<bool> = (0..all.len()).map(is_covered).collect();
    let mut statements: BTreeMap<String, Vec<Statement>> = BTreeMap::new();
    let mut invocations = Invocations::default();
    for ((sid, call), covered) in all.into_iter().zip(covered) {
        if covered {
            invocations.covered.push(call);
            continue;
        }
        statements.entry(call.qualifier.clone()).or_default().push(statement(sid, &call));
        invocations.kept.push(call);
    }
    let documents = statements.into_iter().map(|(qualifier, statements)| {
        (qualifier, PolicyDocument::new(with_unique_sids(statements)))
    });
    (documents.collect(), invocations)
}

fn statement(sid: String, call: &Invocation) -> Statement {
    let principal = match &call.caller {
        Caller::Service(name) => service(name),
        Caller::Aws(arn) => {
            let map = BTreeMap::from([(PrincipalKind::Aws, vec![arn.clone()])]);
            PrincipalElement::Principal(Principals::Map(map))
        }
        Caller::Anyone => PrincipalElement::Principal(Principals::Any),
    };
    Statement {
        sid: Some(sid),
        effect: Effect::Allow,
        principal: Some(principal),
        action: ActionElement::Action(vec![call.action.to_owned()]),
        resource: Some(ResourceElement::Resource(vec![call.function.clone()])),
        condition: call.condition.clone(),
    }
}

/// Whether the statement for `wide` allows the call `narrow`.
fn covers(wide: &Invocation, narrow: &Invocation) -> bool {
    (wide.action, &wide.function) == (narrow.action, &narrow.function)
        && is_caller_of(&wide.caller, narrow)
        && wide.condition.iter().all(|(operator, key, values)| {
            narrow.condition.iter().any(|(o, k, v)| {
                let is_one = |value: &String| values.iter().any(|it| reaches(it, value));
                (o, k) == (operator, key) && v.iter().all(is_one)
            })
        })
}

fn is_caller_of(wide: &Caller, narrow: &Invocation) -> bool {
    match (wide, &narrow.caller) {
        (Caller::Anyone, Caller::Aws(_)) => true,
        // In the own account a role that is named needs no policy of its own, so that the two differ.
        (Caller::Aws(wide), Caller::Aws(one)) if wide != one => {
            let account = |arn: &str| arn.split(':').nth(4).map(str::to_owned);
            let own = account(&narrow.function);
            wide.ends_with(":root") && account(wide) == account(one) && account(wide) != own
        }
        (wide, narrow) => wide == narrow,
    }
}

/// Whether a condition value allows all that another does: as `ArnLike` compares, part by part.
fn reaches(wide: &str, narrow: &str) -> bool {
    let parts = |text: &str| -> Vec<crate::iam::Pattern> {
        text.splitn(6, ':').map(|part| crate::iam::Pattern::parse(part, false)).collect()
    };
    if wide == narrow {
        return true;
    }
    let (wide, narrow) = (parts(wide), parts(narrow));
    wide.len() == 6
        && narrow.len() == 6
        && wide.iter().zip(&narrow).all(|(wide, narrow)| wide.contains(narrow))
}

/// Kind and source in letters and digits: `EventsRuleNightly`; where only the account is asked for, that. Of the two
/// statements of a URL each says which it is.
fn sid(graph: &AccessGraph, invoker: &Invoker, call: &Invocation) -> String {
    let asked = |name: &str| call.condition.iter().find(|(_, key, _)| key.as_str() == name);
    let parts: Vec<&str> = invoker.source.splitn(6, ':').collect();
    let tail = match parts[..] {
        ["*"] => "everyone".to_owned(),
        ["arn", _, "iam", _, account, rest] => format!("{account} {rest}"),
        _ if let (None, Some((_, _, [account]))) =
            (asked(call::SOURCE_ARN), asked(call::SOURCE_ACCOUNT)) =>
        {
            account.clone()
        }
        ["arn", .., rest] if parts.len() == 6 => rest.to_owned(),
        _ => invoker.source.to_string(),
    };
    let kind = match (&*invoker.kind, call.action) {
        ("url", INVOKE) => "via url",
        ("url", _) => "url",
        (kind, INVOKE_URL) => &format!("{kind} url"),
        (kind, _) => kind,
    };
    let mut sid = String::new();
    let words = format!("{kind} {}", graph.settings().spelled(&tail));
    for word in words.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut chars = word.chars();
        sid.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        sid.push_str(chars.as_str());
    }
    sid.truncate(80);
    sid
}

/// Statements that would share a Sid are told apart by a digest of what they say, never by position.
fn with_unique_sids(statements: Vec<Statement>) -> Vec<Statement> {
    let mut uses: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for statement in &statements {
        *uses.entry(statement.sid.clone()).or_default() += 1;
    }
    let mut named: Vec<Statement> = statements
        .into_iter()
        .map(|mut statement| {
            if uses[&statement.sid] > 1 {
                let said = format!("{:?}{:?}", statement.principal, statement.condition);
                let sid = statement.sid.unwrap_or_default();
                statement.sid = Some(format!("{sid}{}", super::sid::fnv([said.as_str()])));
            }
            statement
        })
        .collect();
    named.sort();
    named
}
