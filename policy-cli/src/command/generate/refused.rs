//! Why a run gives no documents, in the words of who has to change something.

use std::collections::BTreeMap;

use policy_core::evidence::assign::{self, AssignError};
use policy_core::finding::{Code, Finding, Place, Severity};
use policy_core::graph::{GraphError, Missing, MissingKind};
use policy_core::synthesis::SynthesisError;

use super::place_of;
use crate::args::GenerateArgs;
use crate::failure::Failure;

pub(super) fn unassigned(error: &AssignError, stated: &assign::Stated) -> Failure {
    let failure = Failure::input(error.to_string()).help(error.help());
    match error {
        AssignError::AcceptedMalformed { path, .. } => {
            let file = stated
                .functions
                .values()
                .map(|function| &function.origin.source)
                .next()
                .map(ToString::to_string)
                .unwrap_or_default();
            failure.at(Place { file: format!("{file} ({path})").into(), ..Place::default() })
        }
        _ => failure,
    }
}

/// Why there is no function at all.
pub(super) fn nothing(
    args: &GenerateArgs,
    no_declarations: bool,
    findings: Vec<Finding>,
) -> Failure {
    let mut failures = Vec::new();
    let judged = findings.iter().any(|finding| finding.code == Code::DeclaredByDependency);
    let (errors, others): (Vec<Finding>, Vec<Finding>) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Error);
    for finding in errors.into_iter().chain(others) {
        failures.push(Failure::findings(vec![finding]));
    }
    let failure = if judged {
        Failure::input("no declaration counts, so there is no function")
    } else if no_declarations && args.trails.is_empty() && args.observations.is_empty() {
        Failure::input("nothing declares an access, so there is no function").help(
            "declare accesses with `#[derive(AwsAccess)]`, or give observations with `--trail`",
        )
    } else if no_declarations {
        Failure::input("the trail has no usable call of a role, so there is no function")
    } else {
        Failure::input("no declaration belongs to a function")
    };
    failures.push(failure);
    Failure::all(failures)
}

/// One problem per missing value, with the first places that need it.
pub(super) fn incomplete(error: &GraphError, function: &str) -> Failure {
    let missing = error.missing();
    if missing.is_empty() {
        return Failure::input(error.to_string());
    }
    let mut kinds: BTreeMap<&MissingKind, Vec<&Missing>> = BTreeMap::new();
    for one in missing {
        kinds.entry(one.kind()).or_default().push(one);
    }
    let failures = kinds.into_values().map(|all| {
        let first = all[0];
        let mut message = first.to_string();
        if let Some(origin) = first.origin() {
            // The place goes on a line of its own.
            let place = format!(" ({}:{}:{})", origin.file, origin.line, origin.column);
            message.truncate(message.strip_suffix(&place).map_or(message.len(), str::len));
        }
        let mut failure =
            Failure::input(format!("function `{function}`: {message}")).help(first.help());
        for place in all.iter().filter_map(|one| one.origin()).map(place_of).take(3) {
            failure = failure.at(place);
        }
        failure
    });
    Failure::all(failures.collect())
}

pub(super) fn unmade(error: &SynthesisError, of: &str) -> Failure {
    let message = format!("{of}: {error}");
    match error {
        SynthesisError::OverQuota(over) => {
            let finding = Finding::new(Code::PolicyOverQuota, message);
            Failure::findings(vec![finding.help(over.help())])
        }
        _ => Failure::fault(message).note("nothing was written"),
    }
}

/// The same problem of several functions is said once.
pub(super) fn distinct(failures: Vec<Failure>) -> Vec<Failure> {
    let mut seen = std::collections::BTreeSet::new();
    failures.into_iter().filter(|failure| seen.insert(failure.to_string())).collect()
}
