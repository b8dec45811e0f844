//! Statements of a deployed resource policy of Lambda that what is proposed does not replace.
//!
//! The statements of such a policy are added one by one, and adding does not remove: an invoker
//! that is gone, or a function URL that was deleted, leaves its statement behind. So does a statement that
//! was to be narrowed, when the narrower one is added under another Sid: the wide one stays beside
//! it, and its condition has no effect.

use std::collections::BTreeSet;

use super::function_url;
use super::subject::{At, DocumentFinding, DocumentKind, Subject, listed};
use crate::catalog::Catalog;
use crate::finding::Code;
use crate::iam::{Arn, ConditionKey};
use crate::policy::{Effect, PolicyDocument, PrincipalElement, Principals, Statement};
use crate::semantics::{Doubt, compare};

/// The statements of `deployed` whose Sid is none of `proposed` and that allow nothing of what it allows,
/// or more than it allows.
///
/// Empty unless `deployed` is a resource policy of Lambda.
#[must_use]
pub fn left_over(
    deployed: &[Subject<'_>],
    proposed: &[Subject<'_>],
    catalog: &Catalog,
) -> Vec<DocumentFinding> {
    let all = At::all(deployed);
    let new: Vec<PolicyDocument> = proposed.iter().map(|it| it.document.clone()).collect();
    let old: Vec<PolicyDocument> = deployed.iter().map(|it| it.document.clone()).collect();
    if DocumentKind::of(&old) != DocumentKind::Resource {
        return Vec::new();
    }
    let kept = At::all(proposed);
    let sids: BTreeSet<&str> = kept.iter().filter_map(|at| at.statement.sid.as_deref()).collect();
    let plain = |statement: &Statement| Statement { sid: None, ..statement.clone() };
    let same: BTreeSet<Statement> = kept.iter().map(|at| plain(at.statement)).collect();
    let mut found = Vec::new();
    let mut compared = 0;
    for at in all.iter().filter(|at| at.is_allow() && is_of_lambda(at.statement)) {
        let replaced = at.statement.sid.as_deref().is_some_and(|sid| sids.contains(sid));
        if replaced || same.contains(&plain(at.statement)) {
            continue;
        }
        compared += kept.len();
        if kept.len() > MAX_OTHERS || compared > MAX_COMPARED {
            let message = format!(
                "from {} on, what is left over is not looked for: there are too many statements",
                at.name()
            );
            found.push(at.finding(Code::CheckIncomplete, message));
            break;
        }
        if kept.is_empty() || apart(at, &new, catalog) {
            found.push(report(at, &kept));
        } else if allows_more(at, &new, catalog) {
            let message = format!("{} is left over: it allows more than is proposed", at.name());
            let finding = at.finding(Code::StatementLeftOver, message);
            found.push(finding.with(|finding| finding.help(help(at))));
        }
    }
    found
}

/// How many statements are compared in one run; a policy of Lambda holds some 50.
const MAX_COMPARED: usize = 20_000;

/// How many proposed statements one is compared with.
const MAX_OTHERS: usize = 300;

fn is_of_lambda(statement: &Statement) -> bool {
    let mut values = statement.action.values().iter();
    values.any(|value| value.to_ascii_lowercase().starts_with("lambda:"))
}

/// Whether no request is allowed by both: to deny what the statement allows takes nothing away.
fn apart(at: &At<'_>, proposed: &[PolicyDocument], catalog: &Catalog) -> bool {
    let mut less = proposed.to_vec();
    less.push(at.alone(Statement { effect: Effect::Deny, ..at.statement.clone() }));
    let answer = compare(proposed, &less, catalog);
    answer.removed.is_empty() && answer.unknown.iter().all(|it| it.doubt != Doubt::Removed)
}

/// Whether what is proposed surely allows more with the statement beside it.
fn allows_more(at: &At<'_>, proposed: &[PolicyDocument], catalog: &Catalog) -> bool {
    let mut more = proposed.to_vec();
    more.push(at.alone(at.statement.clone()));
    !compare(proposed, &more, catalog).added.is_empty()
}

fn report(at: &At<'_>, kept: &[At<'_>]) -> DocumentFinding {
    let message = format!("{} is left over: nothing proposed {}", at.name(), why(at, kept));
    at.finding(Code::StatementLeftOver, message).with(|finding| finding.help(help(at)))
}

/// What no proposed statement has, as it ends the sentence.
fn why(at: &At<'_>, kept: &[At<'_>]) -> String {
    if function_url::is_about_urls(at.statement)
        && !kept.iter().any(|it| it.is_allow() && function_url::is_about_urls(it.statement))
    {
        return "is for a function URL".to_owned();
    }
    let others: BTreeSet<&str> = kept.iter().flat_map(|it| principals(it.statement)).collect();
    let own = principals(at.statement);
    if !own.is_empty() && own.iter().all(|value| !others.contains(value)) {
        return format!("is for {}", quoted(&own));
    }
    let others: BTreeSet<&str> = kept.iter().flat_map(|it| sources(it.statement)).collect();
    let own = sources(at.statement);
    if !own.is_empty() && own.iter().all(|value| !others.contains(value)) {
        return format!("is for {}", quoted(&own));
    }
    "allows any of what it allows".to_owned()
}

fn quoted(values: &[&str]) -> String {
    listed(&values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>())
}

fn principals(statement: &Statement) -> Vec<&str> {
    match &statement.principal {
        None => Vec::new(),
        Some(PrincipalElement::NotPrincipal(_)) => Vec::new(),
        Some(PrincipalElement::Principal(Principals::Any)) => vec!["*"],
        Some(PrincipalElement::Principal(Principals::Map(map))) => {
            map.values().flatten().map(String::as_str).collect()
        }
    }
}

fn sources(statement: &Statement) -> Vec<&str> {
    let source = ConditionKey::new("aws:SourceArn");
    statement
        .condition
        .iter()
        .filter(|(operator, key, _)| **key == source && !operator.base.is_negated())
        .flat_map(|(_, _, values)| values.iter().map(String::as_str))
        .collect()
}

fn help(at: &At<'_>) -> String {
    let arn = at
        .statement
        .resource
        .iter()
        .flat_map(|resource| resource.values())
        .find_map(|value| value.parse::<Arn>().ok());
    let function = arn.as_ref().and_then(|arn| arn.resource().strip_prefix("function:"));
    match (function, at.statement.sid.as_deref()) {
        (Some(function), Some(sid)) => {
            let (name, qualifier) = function.split_once(':').unwrap_or((function, ""));
            let qualifier = if qualifier.is_empty() {
                String::new()
            } else {
                format!(" --qualifier {qualifier}")
            };
            format!(
                "adding the proposed statements does not remove it: `aws lambda remove-permission --function-name {name}{qualifier} --statement-id {sid}`"
            )
        }
        _ => "adding the proposed statements does not remove it: take it out of what is deployed"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{parsed, told};
    use super::*;

    fn left(deployed: &[&str], proposed: &[&str]) -> Vec<String> {
        let (old, new) = (parsed(deployed), parsed(proposed));
        let subject = |document| Subject { file: "f", document, spots: &[] };
        told(left_over(&[subject(&old)], &[subject(&new)], Catalog::embedded()))
    }

    fn invoke(sid: &str, service: &str, source: &str) -> String {
        format!(
            r#"{{"Sid": "{sid}", "Effect": "Allow", "Principal": {{"Service": "{service}.amazonaws.com"}}, "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:orders:live", "Condition": {{"ArnLike": {{"AWS:SourceArn": "{source}"}}}}}}"#
        )
    }

    const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:orders";
    const OTHER: &str = "arn:aws:sns:eu-west-1:111122223333:bills";

    #[test]
    fn an_invoker_that_nothing_proposed_has_is_left_over() {
        assert_eq!(
            left(
                &[&invoke("Topic", "sns", TOPIC), &invoke("Bucket", "s3", "arn:aws:s3:::in")],
                &[&invoke("New", "sns", TOPIC)]
            ),
            [
                "warning statement-left-over 1: statement `Bucket` is left over: nothing proposed is for `s3.amazonaws.com`"
            ]
        );
        assert_eq!(
            left(&[&invoke("Old", "sns", OTHER)], &[&invoke("New", "sns", TOPIC)]),
            [
                "warning statement-left-over 0: statement `Old` is left over: nothing proposed is for `arn:aws:sns:eu-west-1:111122223333:bills`"
            ]
        );
    }

    #[test]
    fn a_statement_that_is_replaced_or_allows_no_more_is_not() {
        assert_eq!(
            left(&[&invoke("Same", "sns", OTHER)], &[&invoke("Same", "sns", TOPIC)]),
            [""; 0]
        );
        assert_eq!(
            left(&[&invoke("Old", "sns", TOPIC)], &[&invoke("Wide", "sns", "arn:aws:sns:*:*:*")]),
            [""; 0]
        );
    }

    #[test]
    fn a_wider_statement_stays_beside_the_one_that_was_to_narrow_it() {
        let open = r#"{"Sid": "Open", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:orders:live"}"#;
        for (sid, wide) in [("Open", open), ("Wide", &invoke("Wide", "sns", "arn:aws:sns:*:*:*"))] {
            assert_eq!(
                left(&[wide], &[&invoke("New", "sns", TOPIC)]),
                [format!(
                    "warning statement-left-over 0: statement `{sid}` is left over: it allows more than is proposed"
                )]
            );
        }
        // Under the same Sid it is replaced.
        assert_eq!(left(&[open], &[&invoke("Open", "sns", TOPIC)]), [""; 0]);
    }

    #[test]
    fn the_statements_of_a_deleted_url_are_left_over() {
        let url = r#"{"Sid": "Url", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:orders", "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}}"#;
        assert_eq!(
            left(&[url, &invoke("Topic", "sns", TOPIC)], &[&invoke("Topic", "sns", TOPIC)]),
            [
                "warning statement-left-over 0: statement `Url` is left over: nothing proposed is for a function URL"
            ]
        );
        // Nothing invokes the function any more.
        assert_eq!(left(&[url], &[]).len(), 1);
    }

    #[test]
    fn the_command_that_removes_it_is_written_out() {
        let old = parsed(&[&invoke("Bucket", "s3", "arn:aws:s3:::in")]);
        let subject = Subject { file: "f", document: &old, spots: &[] };
        let found = left_over(&[subject], &[], Catalog::embedded());
        assert_eq!(
            found[0].finding.help.as_deref(),
            Some(
                "adding the proposed statements does not remove it: `aws lambda remove-permission --function-name orders --qualifier live --statement-id Bucket`"
            )
        );
    }

    #[test]
    fn policies_that_are_written_as_a_whole_leave_nothing() {
        let bucket = r#"{"Sid": "B", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::in/*"}"#;
        assert_eq!(left(&[bucket], &[]), [""; 0]);
    }
}
