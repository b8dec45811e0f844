//! `simulate`: one decision, or a file of decisions that must be right.

mod keys;
mod notes;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use policy_core::finding::{Code, Finding};
use policy_core::iam::ConditionKey;
use policy_core::semantics::{
    Decision, DecisionEffect, Policies, PolicyKind, Request, assumes_role, decide, lacking,
};

use self::notes::{Missing, Notes, unknown_action};
use super::Outcome;
use crate::args::{Expected, Format, SimulateArgs};
use crate::failure::Failure;
use crate::input;
use crate::input::cases::{self, Case, Held};
use crate::input::given::{self, Given};
use crate::input::request::{self, Asked, Mistake};
use crate::output::exit::Exit;
use crate::output::{self, Detail};

/// The answer to one request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The decision and the statements responsible.
    pub decision: Decision,
    /// Where an `Allow` is lacking, when it is denied implicitly.
    pub lacking: Vec<(PolicyKind, usize)>,
    /// The decision that is right, where that is told.
    pub expected: Option<DecisionEffect>,
}

impl Answer {
    fn new(request: &Request, policies: &Policies, expected: Option<DecisionEffect>) -> Self {
        let decision = decide(request, policies);
        let lacking = lacking(request, policies);
        Self { decision, lacking, expected }
    }

    /// The answer to a case; documents that many cases share are read once.
    fn of_case(request: &Request, held: &Held, expected: Option<DecisionEffect>) -> Self {
        let Some(compiled) = held.compiled() else {
            return Self::new(request, &held.policies, expected);
        };
        let decision = compiled.decide(request);
        debug_assert_eq!(decision, decide(request, &held.policies));
        let lacking = match decision.effect {
            DecisionEffect::ImplicitlyDenied => compiled.lacking(request),
            DecisionEffect::Allowed | DecisionEffect::ExplicitlyDenied => Vec::new(),
        };
        debug_assert_eq!(lacking, self::lacking(request, &held.policies));
        Self { decision, lacking, expected }
    }

    /// Whether it is as expected; `None` when nothing is.
    #[must_use]
    pub fn pass(&self) -> Option<bool> {
        self.expected.map(|expected| expected == self.decision.effect)
    }
}

/// The answer to the request of the command line.
#[derive(Debug, Clone)]
pub struct Single {
    /// The answer.
    pub answer: Answer,
    /// The request, with the keys that were filled in.
    pub request: Request,
    /// Whether the caller was named.
    pub named: bool,
    /// The documents.
    pub given: Given,
    /// Keys that the documents ask for and the request does not carry.
    pub keys_lacking: BTreeSet<ConditionKey>,
}

/// The answer to a case.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The name of the case.
    pub name: String,
    /// Its file.
    pub file: Rc<str>,
    /// Its line, from 1.
    pub line: u32,
    /// The answer.
    pub answer: Answer,
    /// The request, unless the case passes.
    pub request: Option<Request>,
    /// The kinds of which the case itself gives the documents.
    pub own: Vec<PolicyKind>,
}

/// Runs `simulate`.
///
/// # Errors
/// [`Failure`] when a document, a case or the request cannot be read.
pub fn run(args: &SimulateArgs, detail: Detail) -> Result<Outcome, Failure> {
    input::stdin_once(args.paths())?;
    if args.cases.is_empty() { single(args, detail) } else { several(args, detail) }
}

fn single(args: &SimulateArgs, detail: Detail) -> Result<Outcome, Failure> {
    let request =
        asked(args).and_then(|asked| asked.request().map_err(refused("--resource-account")));
    let assumes = request.as_ref().is_ok_and(assumes_role);
    let given = given::read(args, assumes);
    let (request, (given, mut findings)) = match (request, given) {
        (Ok(request), Ok(given)) => (request, given),
        (request, given) => {
            return Err(Failure::all(request.err().into_iter().chain(given.err()).collect()));
        }
    };
    if let Some(failure) = trust_misused(args, assumes) {
        return Err(failure);
    }
    let answer = Answer::new(&request, &given.policies, args.expected.map(Expected::effect));
    let exit = match answer.pass().unwrap_or(answer.decision.is_allowed()) {
        true => Exit::Done,
        false => Exit::No,
    };
    findings.extend(unknown_action(&request.action));
    if answer.pass() != Some(true)
        && let Some(missing) = Missing::of(&request, &given.policies, &answer)
    {
        let message = format!("denied without {}, which was not given", missing.noun());
        let help = format!("give it with `{}`", missing.flag());
        findings.push(Finding::new(Code::PolicyNotGiven, message).help(help));
    }
    let keys_lacking = keys::asked_for(&given.policies, &request)
        .into_iter()
        .filter(|key| request.context.values(key).is_empty())
        .collect();
    let named = args.principal.is_some();
    let single = Single { answer, request, named, given, keys_lacking };
    let data = match args.format {
        Format::Human => output::simulate::human(&single, detail),
        Format::Json => output::simulate::json(&single),
    };
    Ok(Outcome { data, findings, exit })
}

/// The request of the command line, or all that is wrong with it.
fn asked(args: &SimulateArgs) -> Result<Asked, Failure> {
    let mut failures = Vec::new();
    let mut take = |flag: &'static str, failure: Mistake| failures.push(refused(flag)(failure));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let action =
        request::action(&text(&args.action)).map_err(|mistake| take("--action", mistake)).ok();
    let resource = request::resource(&text(&args.resource))
        .map_err(|mistake| take("--resource", mistake))
        .ok();
    let resource_account = args.resource_account.as_deref().and_then(|text| {
        request::account(text).map_err(|mistake| take("--resource-account", mistake)).ok()
    });
    let principal = args.principal.as_deref().and_then(|text| {
        request::principal(text).map_err(|mistake| take("--principal", mistake)).ok()
    });
    let mut context: BTreeMap<ConditionKey, Vec<String>> = BTreeMap::new();
    for pair in &args.context {
        match pair.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                context.entry(ConditionKey::new(key)).or_default().push(value.to_owned());
            }
            _ => take(
                "--context",
                Mistake {
                    message: format!("`{pair}` is not KEY=VALUE"),
                    help: "write the key, `=` and one value; give a key again for more values",
                },
            ),
        }
    }
    for key in &args.no_context {
        if context.insert(ConditionKey::new(key), Vec::new()).is_some_and(|had| !had.is_empty()) {
            take(
                "--no-context",
                Mistake {
                    message: format!("`{key}` is given with `--context` too"),
                    help: "keep one of them",
                },
            );
        }
    }
    match (action, resource) {
        (Some(action), Some(resource)) if failures.is_empty() => {
            Ok(Asked { principal, action, resource, resource_account, context })
        }
        _ => Err(Failure::all(failures)),
    }
}

fn refused(flag: &'static str) -> impl Fn(Mistake) -> Failure {
    move |mistake| Failure::input(format!("`{flag}`: {}", mistake.message)).help(mistake.help)
}

/// Of one request, a trust policy must be in question, and then be the only policy of the role.
fn trust_misused(args: &SimulateArgs, assumes: bool) -> Option<Failure> {
    args.trust_policy.as_ref()?;
    if !assumes {
        let message = "`--trust-policy` is for requests that assume a role";
        let help = "ask for `sts:AssumeRole` on the ARN of a role, or leave it out";
        return Some(Failure::input(message).help(help));
    }
    args.resource_policy.as_ref()?;
    let message = "`--resource-policy` and `--trust-policy` are both the policy of the role";
    Some(Failure::input(message).help("keep one of them"))
}

fn several(args: &SimulateArgs, detail: Detail) -> Result<Outcome, Failure> {
    let read = given::read(args, false);
    let empty = Given::default();
    let given = read.as_ref().map_or(&empty, |(given, _)| given);
    let bare = given.policies != Policies::default() || read.is_err();
    let mut verdicts = Vec::new();
    let mut notes = Notes::default();
    let cases = cases::each(&args.cases, bare.then_some(&given.policies), |file, case| {
        verdicts.push(verdict(file, case, detail, &mut notes));
    });
    let (given, mut findings) = match (read, cases) {
        (Ok((given, mut findings)), Ok(more)) => {
            findings.extend(more);
            (given, findings)
        }
        (read, cases) => {
            return Err(Failure::all(read.err().into_iter().chain(cases.err()).collect()));
        }
    };
    findings.extend(notes.findings());
    let failed = verdicts.iter().any(|verdict| verdict.answer.pass() == Some(false));
    let data = match args.format {
        Format::Human => output::simulate::cases_human(&verdicts, &given, detail),
        Format::Json => output::simulate::cases_json(&verdicts, &given),
    };
    Ok(Outcome { data, findings, exit: if failed { Exit::No } else { Exit::Done } })
}

fn verdict(file: &Rc<str>, case: Case, detail: Detail, notes: &mut Notes) -> Verdict {
    let Case { name, line, request, held, expected } = case;
    let answer = Answer::of_case(&request, &held, expected);
    notes.take(file, line, &request, &held.policies, &answer);
    let kept = detail.verbose || answer.pass() != Some(true);
    let request = kept.then_some(request);
    Verdict { name, file: Rc::clone(file), line, answer, request, own: held.own.clone() }
}
