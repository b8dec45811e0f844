//! What is said of invokers beside their statements.

use crate::evidence::UrlAuth;
use crate::finding::{Code, Finding, Place, Severity};
use crate::graph::{Invoker, InvokerOrigin};

use super::call::{Refused, SOURCE_ACCOUNT, SOURCE_ARN};
use super::{Caller, Invocation};

/// An invoker without a statement.
pub(super) fn refused(invoker: &Invoker, refused: Refused) -> Finding {
    let (problem, help, severity) = match refused {
        Refused::Wrong { problem, help } => (problem, help, Severity::Error),
        Refused::Unneeded { why, help } => (why, help, Severity::Note),
    };
    let message = format!("the invoker `{}` has no statement: {problem}", shown(invoker));
    let finding = Finding::new(Code::InvokerIncomplete, message).at(place(invoker));
    let finding = finding.severity(severity);
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// Something about the source of an invoker.
pub(super) fn note(invoker: &Invoker, code: Code, what: String) -> Finding {
    Finding::new(code, format!("the invoker `{}`: {what}", shown(invoker))).at(place(invoker))
}

/// Statements for everyone, and those that AWS Config calls public since no value in them is fixed.
///
/// # Source
/// AWS Config Developer Guide, "lambda-function-public-access-prohibited"; Security Hub User Guide, Lambda.1: a
/// statement passes when its principal is no wildcard and its condition values are fixed.
pub(super) fn openness(invoker: &Invoker, calls: &[Invocation], findings: &mut Vec<Finding>) {
    if calls.iter().any(|call| call.caller == Caller::Anyone) {
        let finding = match invoker.options.auth {
            Some(UrlAuth::None) => note(
                invoker,
                Code::InvokerPublic,
                "whoever knows the URL can call the function, without signing".to_owned(),
            )
            .help("give the URL `auth = \"AWS_IAM\"`, or put an API or a distribution before it"),
            _ => note(
                invoker,
                Code::InvokerPublic,
                "its statement is for everyone, limited by the organization alone, which AWS Config's rule `lambda-function-public-access-prohibited` reports".to_owned(),
            )
            .help("name the roles or accounts that invoke the function"),
        };
        findings.push(finding);
    }
    let is_open = |call: &&Invocation| {
        let is_fixed = |value: &String| !value.contains(['*', '?', '$']);
        let sources: Vec<_> =
            call.condition.iter().filter(|(_, key, _)| key.as_str() == SOURCE_ARN).collect();
        let others = call.condition.iter().filter(|(_, key, _)| key.as_str() == SOURCE_ACCOUNT);
        !sources.is_empty()
            && others.count() == 0
            && sources.iter().any(|(_, _, values)| !values.iter().all(is_fixed))
    };
    if calls.iter().find(is_open).is_some() {
        findings.push(
            note(
                invoker,
                Code::InvokerSourceOpen,
                "its source has a wildcard, and the service is not documented to send `aws:SourceAccount`; AWS Config's rule `lambda-function-public-access-prohibited` reports statements without a fixed value".to_owned(),
            )
            .help("write the source out where it can be; the account in it is fixed in any case"),
        );
    }
}

fn shown(invoker: &Invoker) -> String {
    let mut said = Vec::new();
    if let Some(auth) = invoker.options.auth {
        said.push(format!("auth = \"{}\"", auth.as_str()));
        if !matches!(&*invoker.source, "" | "*") {
            said.push(format!("principal = \"{}\"", invoker.source));
        }
    } else {
        said.push(format!("\"{}\"", invoker.source));
    }
    format!("{}({})", invoker.kind, said.join(", "))
}

fn place(invoker: &Invoker) -> Place {
    match &invoker.origin {
        InvokerOrigin::Source(origin) => Place {
            file: origin.file.clone(),
            line: Some(origin.line),
            column: Some(origin.column),
            record: None,
        },
        InvokerOrigin::Setting(origin) => origin.place(),
    }
}
