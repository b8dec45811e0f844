//! The two statements that a Lambda function URL needs.
//!
//! A call of a URL is authorised twice: `lambda:InvokeFunctionUrl`, which carries the auth type of
//! the URL, and `lambda:InvokeFunction`, which carries `lambda:InvokedViaFunctionUrl`. Where one of the
//! two is granted and not the other is asked of `compare`: the statements of the one are
//! rewritten as grants of the other, and what the document does not allow of that is missing.
//!
//! # Source
//! AWS Lambda Developer Guide, "Control access to Lambda function URLs"; Service Authorization
//! Reference, "Condition keys for AWS Lambda".

use std::collections::BTreeMap;

use super::subject::{At, DocumentFinding, Subject, listed};
use crate::catalog::Catalog;
use crate::finding::{Code, Severity};
use crate::iam::{AccountId, Arn, BaseOperator, ConditionBlock, ConditionKey, Pattern};
use crate::policy::{
    ActionElement, PolicyDocument, PrincipalElement, PrincipalKind, Principals, Statement,
};
use crate::semantics::compare;

const INVOKE_URL: &str = "lambda:InvokeFunctionUrl";
const INVOKE: &str = "lambda:InvokeFunction";
const AUTH_TYPE: &str = "lambda:FunctionUrlAuthType";
const VIA_URL: &str = "lambda:InvokedViaFunctionUrl";
/// Keys that calls of `lambda:InvokeFunctionUrl` carry and calls of `lambda:InvokeFunction` do not.
const ONLY_URL: [&str; 2] = [AUTH_TYPE, "lambda:FunctionArn"];

pub(super) fn find(subjects: &[Subject<'_>], catalog: &Catalog) -> Vec<DocumentFinding> {
    let all = At::all(subjects);
    let whole: Vec<PolicyDocument> =
        subjects.iter().map(|subject| subject.document.clone()).collect();
    let mut found = halves(&all, &whole, catalog);
    found.extend(other_half(&all, catalog));
    found.extend(mixed(&all));
    found
}

/// Statements that grant `lambda:InvokeFunctionUrl` where nothing grants `lambda:InvokeFunction`.
fn halves(all: &[At<'_>], whole: &[PolicyDocument], catalog: &Catalog) -> Vec<DocumentFinding> {
    let (asked, documents): (Vec<&At<'_>>, Vec<PolicyDocument>) = all
        .iter()
        .filter(|at| covers(at.statement, INVOKE_URL))
        .map(|at| {
            let mut condition = without(&at.statement.condition, &ONLY_URL);
            if at.is_allow() {
                condition = condition.with(BaseOperator::Bool, VIA_URL, "true");
            }
            (at, at.alone(with(at.statement, INVOKE, condition)))
        })
        .unzip();
    missing(&asked, whole, &documents, catalog)
        .into_iter()
        .map(|at| {
            let message = format!(
                "{} lets {} call the URL of the function, but nothing grants `{INVOKE}`, which every such call needs too",
                at.name(),
                callers(at.statement)
            );
            let help = format!(
                "grant `{INVOKE}` with `\"Bool\": {{ \"{VIA_URL}\": \"true\" }}` to the same principal{}",
                or_identity(at.statement)
            );
            at.finding(Code::FunctionUrlIncomplete, message)
                .with(|finding| finding.severity(severity(at.statement)).help(help))
        })
        .collect()
}

/// Statements that grant `lambda:InvokeFunction` through a URL where nothing grants
/// `lambda:InvokeFunctionUrl`.
fn other_half(all: &[At<'_>], catalog: &Catalog) -> Vec<DocumentFinding> {
    let (asked, documents): (Vec<&At<'_>>, Vec<PolicyDocument>) = all
        .iter()
        .filter(|at| at.is_allow() && covers(at.statement, INVOKE) && only_via_url(at.statement))
        .map(|at| {
            let condition = without(&at.statement.condition, &[VIA_URL]);
            (at, at.alone(with(at.statement, INVOKE_URL, condition)))
        })
        .unzip();
    // Of whatever auth type the URL is.
    let granting: Vec<PolicyDocument> = all
        .iter()
        .filter(|at| at.is_allow() && covers(at.statement, INVOKE_URL))
        .map(|at| {
            let condition = without(&at.statement.condition, &ONLY_URL);
            at.alone(with(at.statement, INVOKE_URL, condition))
        })
        .collect();
    missing(&asked, &granting, &documents, catalog)
        .into_iter()
        .map(|at| {
            let message = format!(
                "{} lets {} invoke the function through its URL, but nothing grants `{INVOKE_URL}`, which every such call needs too",
                at.name(),
                callers(at.statement)
            );
            let help = format!(
                "grant `{INVOKE_URL}` with `\"StringEquals\": {{ \"{AUTH_TYPE}\": … }}` to the same principal{}; if the URL is gone, take the statement out",
                or_identity(at.statement)
            );
            at.finding(Code::FunctionUrlIncomplete, message)
                .with(|finding| finding.severity(severity(at.statement)).help(help))
        })
        .collect()
}

/// The statements of `asked`, rewritten as `documents`, that `granting` does not allow all of.
fn missing<'s, 'd>(
    asked: &[&'s At<'d>],
    granting: &[PolicyDocument],
    documents: &[PolicyDocument],
    catalog: &Catalog,
) -> Vec<&'s At<'d>> {
    if !asked.iter().any(|at| at.is_allow()) {
        return Vec::new();
    }
    let answer = compare(granting, documents, catalog);
    let mut numbers: Vec<usize> =
        answer.added.iter().map(|difference| difference.statement.document).collect();
    numbers.dedup();
    numbers.iter().filter_map(|number| asked.get(*number).copied()).collect()
}

/// Statements about URLs of both auth types for one function, which has one URL at most.
fn mixed(all: &[At<'_>]) -> Vec<DocumentFinding> {
    let of_type = |wanted: &str| -> Vec<&At<'_>> {
        all.iter()
            .filter(|at| {
                at.is_allow()
                    && covers(at.statement, INVOKE_URL)
                    && auth_types(at.statement).is_some_and(|types| types == [wanted])
            })
            .collect()
    };
    let mut signed: BTreeMap<&str, Vec<&At<'_>>> = BTreeMap::new();
    for at in of_type("AWS_IAM") {
        for resource in resources(at) {
            signed.entry(resource).or_default().push(at);
        }
    }
    let mut found = Vec::new();
    for open in of_type("NONE") {
        let mut both: Vec<&At<'_>> = resources(open)
            .filter_map(|resource| signed.get(resource))
            .flat_map(|all| all.iter().take(SHOWN).copied())
            .collect();
        both.sort_by_key(|at| (at.document, at.index));
        both.dedup_by_key(|at| (at.document, at.index));
        both.truncate(SHOWN);
        if both.is_empty() {
            continue;
        }
        let names: Vec<String> = both.iter().map(|at| at.name()).collect();
        let message = format!(
            "{} is for a function URL without authentication, {} for one with `AWS_IAM`: the URL of a function is one or the other",
            open.name(),
            listed(&names)
        );
        let mut finding = open.finding(Code::FunctionUrlMixed, message).with(|finding| {
            finding.help("take out what is left of the other auth type; it opens the URL when the type is changed")
        });
        finding.finding.places.extend(both.iter().map(|at| at.place()));
        found.push(finding);
    }
    found
}

/// How many others a message names.
const SHOWN: usize = 3;

fn resources<'a>(at: &At<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    at.statement.resource.iter().flat_map(|resource| resource.values()).map(String::as_str)
}

/// Whether the action element covers an action.
fn covers(statement: &Statement, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let mut values = statement.action.values().iter();
    let listed =
        values.any(|value| Pattern::parse(&value.to_ascii_lowercase(), false).matches(&action));
    listed != statement.action.is_negated()
}

/// Whether the statement is for calls through a function URL and nothing else.
pub(super) fn is_about_urls(statement: &Statement) -> bool {
    covers(statement, INVOKE_URL) && !covers(statement, INVOKE) || only_via_url(statement)
}

fn with(statement: &Statement, action: &str, condition: ConditionBlock) -> Statement {
    Statement {
        action: ActionElement::Action(vec![action.to_owned()]),
        condition,
        ..statement.clone()
    }
}

fn without(condition: &ConditionBlock, keys: &[&str]) -> ConditionBlock {
    let mut left = ConditionBlock::default();
    for (operator, key, values) in condition.iter() {
        if !keys.iter().any(|dropped| *key == ConditionKey::new(dropped)) {
            left.insert(operator, key.clone(), values.iter().cloned());
        }
    }
    left
}

/// Whether the statement holds only for calls through a URL.
fn only_via_url(statement: &Statement) -> bool {
    statement.condition.iter().any(|(operator, key, values)| {
        *key == ConditionKey::new(VIA_URL)
            && operator.base == BaseOperator::Bool
            && !operator.if_exists
            && values.iter().all(|value| value.eq_ignore_ascii_case("true"))
    })
}

/// The auth types that the statement asks for; `None` when it asks for none.
fn auth_types(statement: &Statement) -> Option<&[String]> {
    statement.condition.iter().find_map(|(operator, key, values)| {
        let equals = operator.base == BaseOperator::StringEquals
            && operator.quantifier.is_none()
            && !operator.if_exists;
        (equals && *key == ConditionKey::new(AUTH_TYPE)).then_some(values)
    })
}

/// Whether the caller's own identity policy could supply what is missing: an IAM principal of the
/// function's account.
fn may_have_identity(statement: &Statement) -> bool {
    let Some(PrincipalElement::Principal(Principals::Map(map))) = &statement.principal else {
        return false;
    };
    let accounts: Vec<String> = statement
        .resource
        .iter()
        .flat_map(|resource| resource.values())
        .filter_map(|value| Some(value.parse::<Arn>().ok()?.account().to_owned()))
        .collect();
    map.iter().all(|(kind, values)| {
        *kind == PrincipalKind::Aws
            && values.iter().all(|value| {
                let account = match value.parse::<AccountId>() {
                    Ok(account) => Some(account.as_str().to_owned()),
                    Err(_) => value.parse::<Arn>().ok().map(|arn| arn.account().to_owned()),
                };
                account.is_some_and(|account| accounts.contains(&account))
            })
    })
}

fn severity(statement: &Statement) -> Severity {
    if may_have_identity(statement) { Severity::Warning } else { Severity::Error }
}

fn or_identity(statement: &Statement) -> &'static str {
    if may_have_identity(statement) { ", here or in its identity policy" } else { "" }
}

fn callers(statement: &Statement) -> String {
    match &statement.principal {
        Some(PrincipalElement::Principal(Principals::Map(map))) => {
            let mut names: Vec<String> = map
                .values()
                .flatten()
                .map(|value| if value == "*" { "anyone".to_owned() } else { format!("`{value}`") })
                .collect();
            if names.len() > 3 {
                let more = names.len() - 3;
                names.truncate(3);
                names.push(format!("{more} more"));
            }
            listed(&names)
        }
        Some(PrincipalElement::NotPrincipal(_)) => "all but a few".to_owned(),
        _ => "anyone".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    fn statement(sid: &str, principal: &str, action: &str, condition: &str) -> String {
        format!(
            r#"{{"Sid": "{sid}", "Effect": "Allow", "Principal": {principal}, "Action": "{action}", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:orders", "Condition": {condition}}}"#
        )
    }

    const NONE: &str = r#"{"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}"#;
    const SIGNED: &str = r#"{"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}"#;
    const VIA: &str = r#"{"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}"#;
    const STRANGER: &str = r#"{"AWS": "arn:aws:iam::444455556666:role/web-bff"}"#;
    const OWN: &str = r#"{"AWS": "arn:aws:iam::111122223333:role/web-bff"}"#;

    fn url(principal: &str, condition: &str) -> String {
        statement("Url", principal, "lambda:InvokeFunctionUrl", condition)
    }

    fn function(principal: &str, condition: &str) -> String {
        statement("Function", principal, "lambda:InvokeFunction", condition)
    }

    #[test]
    fn both_statements_are_complete() {
        for (principal, auth) in [("\"*\"", NONE), (STRANGER, SIGNED), (OWN, SIGNED)] {
            assert_eq!(found(&[&url(principal, auth), &function(principal, VIA)]), [""; 0]);
            // More than is needed completes it too.
            assert_eq!(found(&[&url(principal, auth), &function(principal, "{}")]), [""; 0]);
            let both = statement("Both", principal, "lambda:*", "{}");
            assert_eq!(found(&[&both]), [""; 0]);
        }
    }

    #[test]
    fn one_statement_is_half() {
        assert_eq!(
            found(&[&url("\"*\"", NONE)]),
            [
                "error function-url-incomplete 0: statement `Url` lets anyone call the URL of the function, but nothing grants `lambda:InvokeFunction`, which every such call needs too"
            ]
        );
        assert_eq!(
            found(&[&function(STRANGER, VIA)]),
            [
                "error function-url-incomplete 0: statement `Function` lets `arn:aws:iam::444455556666:role/web-bff` invoke the function through its URL, but nothing grants `lambda:InvokeFunctionUrl`, which every such call needs too"
            ]
        );
    }

    #[test]
    fn a_caller_of_the_same_account_may_have_the_other_half_in_its_identity_policy() {
        let severity = |text: &str| found(&[text])[0].split(' ').next().map(str::to_owned);
        assert_eq!(severity(&url(OWN, SIGNED)).as_deref(), Some("warning"));
        assert_eq!(severity(&url(STRANGER, SIGNED)).as_deref(), Some("error"));
        assert_eq!(
            severity(&url(r#"{"AWS": "111122223333"}"#, SIGNED)).as_deref(),
            Some("warning")
        );
        assert_eq!(
            severity(&url(r#"{"Service": "cloudfront.amazonaws.com"}"#, SIGNED)).as_deref(),
            Some("error")
        );
    }

    #[test]
    fn the_auth_type_is_no_key_of_the_second_statement() {
        let all = found(&[&url("\"*\"", NONE), &function("\"*\"", NONE)]);
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].starts_with("error function-url-incomplete 0"), "{all:?}");
    }

    #[test]
    fn halves_for_different_callers_complete_nothing() {
        let all = found(&[&url(OWN, SIGNED), &function(STRANGER, VIA)]);
        assert_eq!(all.len(), 2, "{all:?}");
    }

    #[test]
    fn a_direct_invoker_has_nothing_to_do_with_urls() {
        assert_eq!(found(&[&function(STRANGER, "{}")]), [""; 0]);
    }

    #[test]
    fn statements_for_both_auth_types_cannot_both_be_in_use() {
        let all = found(&[
            &url("\"*\"", NONE),
            &function("\"*\"", VIA),
            &url(STRANGER, SIGNED).replace("Url\"", "Signed\"").replacen(
                "InvokeFunctionSigned",
                "InvokeFunctionUrl",
                1,
            ),
        ]);
        assert_eq!(
            all,
            [
                "warning function-url-mixed 0: statement `Url` is for a function URL without authentication, statement `Signed` for one with `AWS_IAM`: the URL of a function is one or the other"
            ]
        );
    }
}
