//! The function's resource policy: who may invoke it.
//!
//! Each qualifier has its own policy; a policy of the function says nothing about its aliases.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::Environment;
use crate::finding::{Code, Finding, Place, Severity};
use crate::graph::{AccessGraph, Invoker, InvokerOrigin};
use crate::iam::{Arn, BaseOperator, ConditionBlock};
use crate::policy::{ActionElement, Effect, PolicyDocument, ResourceElement, Statement};
use crate::semantics::SOURCE_ARN_OF_ADD_PERMISSION;

use super::trust::service;

/// How a kind of invoker calls.
#[derive(Debug, Clone, Copy)]
struct Kind {
    /// The word in `invoked_by(…)`.
    name: &'static str,
    /// Who calls.
    principal: &'static str,
    /// What completes a source that is no ARN: `{P}`, `{R}`, `{A}` and `{}` stand for partition, Region,
    /// account and what is written.
    format: &'static str,
    /// What the part after the account must start with.
    starts: &'static str,
}

/// Invokers that call with the function's own resource policy.
///
/// # Source
/// AWS Lambda Developer Guide, "Invoking Lambda with events from other AWS services", and the page of
/// each service on its permissions.
const KINDS: &[Kind] = &[
    Kind {
        name: "apigateway",
        principal: "apigateway.amazonaws.com",
        format: "arn:{P}:execute-api:{R}:{A}:{}",
        starts: "",
    },
    Kind {
        name: "bedrock",
        principal: "bedrock.amazonaws.com",
        format: "arn:{P}:bedrock:{R}:{A}:{}",
        starts: "agent/",
    },
    Kind {
        name: "cloudwatch",
        principal: "lambda.alarms.cloudwatch.amazonaws.com",
        format: "arn:{P}:cloudwatch:{R}:{A}:alarm:{}",
        starts: "",
    },
    Kind {
        name: "codecommit",
        principal: "codecommit.amazonaws.com",
        format: "arn:{P}:codecommit:{R}:{A}:{}",
        starts: "",
    },
    Kind {
        name: "cognito_idp",
        principal: "cognito-idp.amazonaws.com",
        format: "arn:{P}:cognito-idp:{R}:{A}:{}",
        starts: "userpool/",
    },
    Kind {
        name: "elasticloadbalancing",
        principal: "elasticloadbalancing.amazonaws.com",
        format: "arn:{P}:elasticloadbalancing:{R}:{A}:{}",
        starts: "targetgroup/",
    },
    Kind {
        name: "events",
        principal: "events.amazonaws.com",
        format: "arn:{P}:events:{R}:{A}:{}",
        starts: "rule/",
    },
    Kind {
        name: "iot",
        principal: "iot.amazonaws.com",
        format: "arn:{P}:iot:{R}:{A}:{}",
        starts: "rule/",
    },
    Kind {
        name: "lex",
        principal: "lexv2.amazonaws.com",
        format: "arn:{P}:lex:{R}:{A}:{}",
        starts: "bot-alias/",
    },
    Kind {
        name: "logs",
        principal: "logs.amazonaws.com",
        format: "arn:{P}:logs:{R}:{A}:log-group:{}:*",
        starts: "",
    },
    Kind { name: "s3", principal: "s3.amazonaws.com", format: "arn:{P}:s3:::{}", starts: "" },
    Kind {
        name: "ses",
        principal: "ses.amazonaws.com",
        format: "arn:{P}:ses:{R}:{A}:{}",
        starts: "receipt-rule-set/",
    },
    Kind {
        name: "sns",
        principal: "sns.amazonaws.com",
        format: "arn:{P}:sns:{R}:{A}:{}",
        starts: "",
    },
    Kind {
        name: "vpc_lattice",
        principal: "vpc-lattice.amazonaws.com",
        format: "arn:{P}:vpc-lattice:{R}:{A}:{}",
        starts: "targetgroup/",
    },
];

/// Other words for a kind: the service prefix.
const ALIASES: &[(&str, &str)] = &[
    ("alarm", "cloudwatch"),
    ("alb", "elasticloadbalancing"),
    ("api_gateway", "apigateway"),
    ("cognito", "cognito_idp"),
    ("eventbridge", "events"),
    ("execute_api", "apigateway"),
    ("lexv2", "lex"),
];

/// Kinds that need no statement here or cannot be written yet, with why.
const OTHERS: &[(&str, &str)] = &[
    ("alexa", "an Alexa skill is told by `lambda:EventSourceToken`, which is not built yet"),
    ("cloudfront", "a distribution invokes a function URL, and function URLs are not built yet"),
    (
        "config",
        "the source ARN that AWS Config sends is not documented; this kind is not built yet",
    ),
    ("dynamodb", "a stream is polled with the execution role; write `polls(dynamodb(…))`"),
    ("kinesis", "a stream is polled with the execution role; write `polls(kinesis(…))`"),
    ("pipes", "a pipe invokes with a role of its own; no statement is needed"),
    ("scheduler", "a schedule invokes with a role of its own; no statement is needed"),
    (
        "secretsmanager",
        "the source ARN that rotation sends is not documented; this kind is not built yet",
    ),
    ("sqs", "a queue is polled with the execution role; write `polls(sqs(…))`"),
    ("states", "a state machine invokes with a role of its own; no statement is needed"),
    ("url", "function URLs are not built yet"),
];

/// How a reason ends that asks for nothing.
const NO_STATEMENT: &str = "no statement is needed";

/// One statement to be proved: who calls, from where, on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invocation {
    pub(super) qualifier: String,
    pub(super) principal: &'static str,
    pub(super) source: String,
    pub(super) account: String,
    pub(super) function: String,
}

/// The resource policies by qualifier (`""` is the function itself), with what they must allow.
///
/// Shape: one statement for each invoker, sorted by Sid; nothing for a qualifier that nobody uses.
pub(super) fn policies(
    graph: &AccessGraph,
    findings: &mut Vec<Finding>,
) -> (BTreeMap<String, PolicyDocument>, Vec<Invocation>) {
    let mut statements: BTreeMap<String, BTreeSet<(String, Statement)>> = BTreeMap::new();
    let mut invocations = Vec::new();
    for invoker in graph.invokers() {
        match invocation(graph, invoker) {
            Ok(found) => {
                let statement = statement(invoker, &found);
                let sid = statement.sid.clone().unwrap_or_default();
                let place = statements.entry(found.qualifier.clone()).or_default();
                place.insert((sid, statement));
                if !invocations.contains(&found) {
                    invocations.push(found);
                }
            }
            Err((problem, help)) => findings.push(refused(invoker, &problem, help)),
        }
    }
    let documents = statements.into_iter().map(|(qualifier, statements)| {
        (qualifier, PolicyDocument::new(with_unique_sids(statements)))
    });
    (documents.collect(), invocations)
}

type Problem = (String, Option<String>);

fn invocation(graph: &AccessGraph, invoker: &Invoker) -> Result<Invocation, Problem> {
    let word = invoker.kind.replace('-', "_");
    let word = ALIASES.iter().find(|(alias, _)| *alias == word).map_or(&*word, |(_, name)| name);
    if let Some((_, why)) = OTHERS.iter().find(|(name, _)| *name == word) {
        return Err(((*why).to_owned(), None));
    }
    let Some(kind) = KINDS.iter().find(|kind| kind.name == word) else {
        let known: Vec<String> = KINDS.iter().map(|kind| format!("`{}`", kind.name)).collect();
        return Err((
            format!("`{}` is no kind of invoker that is known", invoker.kind),
            Some(format!("known are {}", known.join(", "))),
        ));
    };
    let Some(deployed) = &graph.settings().deployed else {
        return Err((
            "its statement names the deployed function, which is not known".to_owned(),
            Some(
                "give the deployed function with `--function-name`, a template or policy.toml"
                    .to_owned(),
            ),
        ));
    };
    let environment = graph.environment();
    let source = source(kind, invoker, deployed, environment)?;
    let account = match source.split(':').nth(4) {
        Some(account) if !account.is_empty() => account.to_owned(),
        _ => deployed.account().to_owned(),
    };
    let qualifier = invoker.qualifier.as_deref().unwrap_or_default().to_owned();
    let function = match qualifier.as_str() {
        "" => deployed.to_string(),
        qualifier => format!("{deployed}:{qualifier}"),
    };
    Ok(Invocation { qualifier, principal: kind.principal, source, account, function })
}

/// The source's ARN; Region and account are the deployed function's.
fn source(
    kind: &Kind,
    invoker: &Invoker,
    deployed: &Arn,
    environment: &Environment,
) -> Result<String, Problem> {
    let written = &*invoker.source;
    let service = kind.format.split(':').nth(2).unwrap_or_default();
    let example = || {
        let tail = format!("{}NAME", kind.starts);
        Some(format!("write the ARN, or the part such as `{tail}`"))
    };
    if written.starts_with("arn:") {
        let mut parts = written.splitn(6, ':');
        let named = parts.nth(2).unwrap_or_default();
        let (account, rest) = (parts.nth(1).unwrap_or_default(), parts.next().unwrap_or_default());
        if named != service || !rest.starts_with(kind.starts) || rest.is_empty() {
            return Err((format!("`{written}` is no ARN of `{}`", kind.name), example()));
        }
        if account.contains(['*', '?']) {
            return Err((format!("the account in `{written}` must be written out"), None));
        }
        return Ok(written.to_owned());
    }
    if written.is_empty() || (!kind.starts.is_empty() && !written.starts_with(kind.starts)) {
        return Err((format!("`{written}` is no source of `{}`", kind.name), example()));
    }
    Ok(kind
        .format
        .replace("{P}", environment.partition.as_str())
        .replace("{R}", deployed.region())
        .replace("{A}", deployed.account())
        .replace("{}", written))
}

fn statement(invoker: &Invoker, found: &Invocation) -> Statement {
    Statement {
        sid: Some(sid(invoker)),
        effect: Effect::Allow,
        principal: Some(service(found.principal)),
        action: ActionElement::Action(vec!["lambda:InvokeFunction".to_owned()]),
        resource: Some(ResourceElement::Resource(vec![found.function.clone()])),
        condition: ConditionBlock::default()
            .with(BaseOperator::StringEquals, "aws:SourceAccount", &found.account)
            .with(SOURCE_ARN_OF_ADD_PERMISSION, "aws:SourceArn", &found.source),
    }
}

/// Kind and source in letters and digits: `EventsRuleNightly`.
fn sid(invoker: &Invoker) -> String {
    let tail = match invoker.source.starts_with("arn:") {
        true => invoker.source.splitn(6, ':').nth(5).unwrap_or_default(),
        false => &*invoker.source,
    };
    let mut sid = String::new();
    for word in format!("{} {tail}", invoker.kind).split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut chars = word.chars();
        sid.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        sid.push_str(chars.as_str());
    }
    sid.truncate(80);
    sid
}

/// Statements that would share a Sid are told apart by a digest of their source, never by position.
fn with_unique_sids(statements: BTreeSet<(String, Statement)>) -> Vec<Statement> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for (sid, _) in &statements {
        *uses.entry(sid.clone()).or_default() += 1;
    }
    let named = statements.into_iter().map(|(sid, mut statement)| {
        if uses[&sid] > 1 {
            let source = format!("{:?}", statement.condition);
            statement.sid = Some(format!("{sid}{}", super::sid::fnv([source.as_str()])));
        }
        statement
    });
    named.collect()
}

fn refused(invoker: &Invoker, problem: &str, help: Option<String>) -> Finding {
    let place = match &invoker.origin {
        InvokerOrigin::Source(origin) => Place {
            file: origin.file.clone(),
            line: Some(origin.line),
            column: Some(origin.column),
            record: None,
        },
        InvokerOrigin::Setting(origin) => origin.place(),
    };
    let finding = Finding::new(
        Code::InvokerIncomplete,
        format!(
            "the invoker `{}(\"{}\")` has no statement: {problem}",
            invoker.kind, invoker.source
        ),
    )
    .at(place);
    let finding = match problem.ends_with(NO_STATEMENT) {
        true => finding.severity(Severity::Note),
        false => finding,
    };
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}
