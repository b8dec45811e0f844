//! An invoker → the calls that it makes, with what they carry.

use crate::evidence::{
    InvokerKind, InvokerWay, SourceForm, Surroundings, UrlAuth, Wrong, account_of,
};
use crate::finding::{Code, Finding};
use crate::graph::{AccessGraph, Invoker};
use crate::iam::{Arn, BaseOperator, ConditionBlock};
use crate::semantics::SOURCE_ARN_OF_ADD_PERMISSION;

use super::{Caller, INVOKE, INVOKE_URL, Invocation, report};

pub(super) const SOURCE_ACCOUNT: &str = "aws:SourceAccount";
pub(super) const SOURCE_ARN: &str = "aws:SourceArn";
const AUTH_TYPE: &str = "lambda:FunctionUrlAuthType";
const VIA_URL: &str = "lambda:InvokedViaFunctionUrl";

/// Why an invoker has no statement.
#[derive(Debug)]
pub(super) enum Refused {
    /// It cannot be written.
    Wrong { problem: String, help: Option<String> },
    /// It needs none.
    Unneeded { why: String, help: Option<String> },
}

impl From<Wrong> for Refused {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong { problem: wrong.problem, help: wrong.help }
    }
}

impl Refused {
    fn wrong(problem: impl Into<String>, help: Option<&str>) -> Self {
        Self::Wrong { problem: problem.into(), help: help.map(Into::into) }
    }

    fn unneeded(why: impl Into<String>, help: Option<&str>) -> Self {
        Self::Unneeded { why: why.into(), help: help.map(Into::into) }
    }
}

/// The calls of an invoker; findings about what of its source is changed or left out.
pub(super) fn of(
    graph: &AccessGraph,
    invoker: &Invoker,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Invocation>, Refused> {
    let Some(kind) = InvokerKind::of(&invoker.kind) else {
        let known: Vec<String> = InvokerKind::words().map(|word| format!("`{word}`")).collect();
        let help = format!("known are {}", known.join(", "));
        let problem = format!("`{}` is no kind of invoker that is known", invoker.kind);
        return Err(Refused::wrong(problem, Some(&help)));
    };
    kind.check(&invoker.source, invoker.qualifier.as_deref(), &invoker.options)?;
    if let InvokerWay::OwnRole { principal } = kind.way {
        let why = format!("`{principal}` invokes with a role of its own; no statement is needed");
        return Err(Refused::unneeded(why, None));
    }
    let Some(deployed) = &graph.settings().deployed else {
        return Err(Refused::wrong(
            "its statement names the deployed function, which is not known",
            Some("give the deployed function with `--function-name`, a template or policy.toml"),
        ));
    };
    let made = Made { graph, invoker, kind, deployed };
    match kind.way {
        InvokerWay::Source(form) => made.source(&form, findings),
        InvokerWay::Account { principal, .. } => Ok(made.account(principal, findings)),
        InvokerWay::Token { principal } => Ok(vec![made.call(
            Caller::Service(principal),
            INVOKE,
            equals(ConditionBlock::default(), "lambda:EventSourceToken", &invoker.source),
        )]),
        InvokerWay::Role => Ok(vec![made.call(
            Caller::Aws(invoker.source.to_string()),
            INVOKE,
            made.organization(),
        )]),
        InvokerWay::OtherAccount => {
            if *invoker.source == *deployed.account() {
                return Err(OWN_ACCOUNT.into());
            }
            let root = made.root(&invoker.source);
            Ok(vec![made.call(Caller::Aws(root), INVOKE, made.organization())])
        }
        InvokerWay::Organization => {
            let condition =
                equals(ConditionBlock::default(), "aws:PrincipalOrgID", &invoker.source);
            Ok(vec![made.call(Caller::Anyone, INVOKE, condition)])
        }
        InvokerWay::Url => made.url(),
        InvokerWay::OwnRole { .. } | InvokerWay::Polled => Ok(Vec::new()),
    }
}

/// Why callers of the own account need nothing here.
struct OwnAccount;
const OWN_ACCOUNT: OwnAccount = OwnAccount;

impl From<OwnAccount> for Refused {
    fn from(_: OwnAccount) -> Self {
        Self::unneeded(
            "callers of the function's own account are allowed by their identity policies; no statement is needed",
            Some("grant them `lambda:InvokeFunction`, and `lambda:InvokeFunctionUrl` for a URL"),
        )
    }
}

struct Made<'a> {
    graph: &'a AccessGraph,
    invoker: &'a Invoker,
    kind: &'static InvokerKind,
    deployed: &'a Arn,
}

impl Made<'_> {
    fn call(&self, caller: Caller, action: &'static str, condition: ConditionBlock) -> Invocation {
        let qualifier = self.invoker.qualifier.as_deref().unwrap_or_default().to_owned();
        let function = match qualifier.as_str() {
            "" => self.deployed.to_string(),
            qualifier => format!("{}:{qualifier}", self.deployed),
        };
        Invocation { qualifier, caller, action, function, condition }
    }

    fn organization(&self) -> ConditionBlock {
        match &self.invoker.options.organization {
            Some(id) => equals(ConditionBlock::default(), "aws:PrincipalOrgID", id),
            None => ConditionBlock::default(),
        }
    }

    fn root(&self, account: &str) -> String {
        format!("arn:{}:iam::{account}:root", self.graph.environment().partition)
    }

    fn source(
        &self,
        form: &SourceForm,
        findings: &mut Vec<Finding>,
    ) -> Result<Vec<Invocation>, Refused> {
        let surroundings = Surroundings {
            partition: self.graph.environment().partition.as_str(),
            region: self.deployed.region(),
            account: self.deployed.account(),
        };
        let mut source = self.kind.source_arn(form, &self.invoker.source, surroundings)?;
        match form.service() {
            "execute-api" => source = self.in_our_region(source, findings),
            // Target groups and functions share account and Region.
            "elasticloadbalancing" => {
                let parts: Vec<&str> = source.split(':').collect();
                if (parts[3], parts[4]) != (self.deployed.region(), self.deployed.account()) {
                    return Err(Refused::wrong(
                        format!(
                            "the target group `{source}` is of another account or Region than the function, which no load balancer can invoke"
                        ),
                        None,
                    ));
                }
            }
            _ => {}
        }
        let account = self.invoker.options.account.as_deref().or_else(|| account_of(&source));
        let account = account.unwrap_or(self.deployed.account());
        let mut condition =
            ConditionBlock::default().with(SOURCE_ARN_OF_ADD_PERMISSION, SOURCE_ARN, &source);
        if form.sends_account {
            condition = equals(condition, SOURCE_ACCOUNT, account);
        }
        let caller = Caller::Service(form.principal);
        Ok(match form.by_url {
            true => self.by_url(caller, UrlAuth::AwsIam, &condition),
            false => vec![self.call(caller, INVOKE, condition)],
        })
    }

    /// API Gateway writes the function's Region into the ARN that it sends.
    ///
    /// # Source
    /// API Gateway Developer Guide, "ARN format reference".
    fn in_our_region(&self, source: String, findings: &mut Vec<Finding>) -> String {
        let mut parts: Vec<&str> = source.split(':').collect();
        if parts[3] == self.deployed.region() {
            return source;
        }
        findings.push(report::note(
            self.invoker,
            Code::InvokerSourceRegion,
            format!(
                "API Gateway sends the function's Region, so that the source has `{}` in place of `{}`",
                self.deployed.region(),
                parts[3]
            ),
        ));
        parts[3] = self.deployed.region();
        parts.join(":")
    }

    fn account(&self, principal: &'static str, findings: &mut Vec<Finding>) -> Vec<Invocation> {
        let account =
            self.invoker.options.account.as_deref().or_else(|| account_of(&self.invoker.source));
        let account = account.unwrap_or(self.deployed.account());
        findings.push(report::note(
            self.invoker,
            Code::InvokerSourceUndocumented,
            format!(
                "AWS does not document which source ARN `{principal}` sends, so that only the account {account} stands in the statement: every such source of that account can invoke the function"
            ),
        ));
        let condition = equals(ConditionBlock::default(), SOURCE_ACCOUNT, account);
        vec![self.call(Caller::Service(principal), INVOKE, condition)]
    }

    fn url(&self) -> Result<Vec<Invocation>, Refused> {
        let auth = self.invoker.options.auth.unwrap_or(UrlAuth::AwsIam);
        let caller = match &*self.invoker.source {
            "" => return Err(OWN_ACCOUNT.into()),
            own if own == self.deployed.account() => return Err(OWN_ACCOUNT.into()),
            "*" => Caller::Anyone,
            account if !account.starts_with("arn:") => Caller::Aws(self.root(account)),
            arn => Caller::Aws(arn.to_owned()),
        };
        Ok(self.by_url(caller, auth, &self.organization()))
    }

    /// The two grants of a function URL.
    ///
    /// # Source
    /// AWS Lambda Developer Guide, "Control access to Lambda function URLs".
    fn by_url(&self, caller: Caller, auth: UrlAuth, with: &ConditionBlock) -> Vec<Invocation> {
        let url = equals(with.clone(), AUTH_TYPE, auth.as_str());
        let invoke = with.clone().with(BaseOperator::Bool, VIA_URL, "true");
        vec![self.call(caller.clone(), INVOKE_URL, url), self.call(caller, INVOKE, invoke)]
    }
}

fn equals(block: ConditionBlock, key: &str, value: &str) -> ConditionBlock {
    block.with(BaseOperator::StringEquals, key, value)
}
