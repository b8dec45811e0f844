//! A condition that restricts nothing, because other statements allow the same without it.
//!
//! Statements add up: a condition narrows its own statement only. So a trust policy that was to be
//! bound to an account by a second, conditioned statement is as open as before. Proved with
//! `compare`: all that the statement allows, the others allow too, and without a part of its condition it
//! would add nothing either.

use super::subject::{At, DocumentFinding, DocumentKind, Subject, listed};
use crate::catalog::Catalog;
use crate::finding::{Code, Severity};
use crate::iam::{ConditionBlock, ConditionKey, Operator, Pattern};
use crate::policy::{PolicyDocument, Statement};
use crate::semantics::{Doubt, compare};

/// How many statements are compared in one run, so that a document of a hundred thousand statements
/// costs no more than the comparison of a few hundred real ones.
const MAX_COMPARED: usize = 20_000;

/// How many statements one is compared with; the cost of a comparison grows faster than their number.
const MAX_OTHERS: usize = 300;

/// How many pairs of action entries are looked at, to find the statements that meet.
const MAX_PAIRS: usize = 5_000_000;

pub(super) fn find(
    subjects: &[Subject<'_>],
    kind: DocumentKind,
    catalog: &Catalog,
) -> Vec<DocumentFinding> {
    let all = At::all(subjects);
    let actions: Vec<Vec<Pattern>> = all.iter().map(|at| actions(at.statement)).collect();
    let denies: Vec<PolicyDocument> =
        all.iter().filter(|at| !at.is_allow()).map(|at| at.alone(at.statement.clone())).collect();
    let mut found = Vec::new();
    let (mut compared, mut pairs) = (0, 0);
    for (number, at) in all.iter().enumerate() {
        if !at.is_allow() || at.statement.condition.is_empty() {
            continue;
        }
        let mut others: Vec<&At<'_>> = Vec::new();
        for (other, it) in all.iter().enumerate() {
            let differs = other != number && it.statement.condition != at.statement.condition;
            pairs += actions[number].len() * actions[other].len();
            if pairs > MAX_PAIRS {
                break;
            }
            if differs && it.is_allow() && meet(&actions[number], &actions[other]) {
                others.push(it);
            }
        }
        compared += if others.is_empty() { 0 } else { others.len() + denies.len() };
        if others.len() + denies.len() > MAX_OTHERS || compared > MAX_COMPARED || pairs > MAX_PAIRS
        {
            let message = format!(
                "from {} on, conditions without effect are not looked for: there are too many statements",
                at.name()
            );
            found.push(at.finding(Code::CheckIncomplete, message));
            break;
        }
        if others.is_empty() {
            continue;
        }
        let question = Question { catalog, denies: &denies };
        found.extend(question.ask(at, &others, kind));
    }
    found
}

struct Question<'a> {
    catalog: &'a Catalog,
    denies: &'a [PolicyDocument],
}

impl Question<'_> {
    fn ask(&self, at: &At<'_>, others: &[&At<'_>], kind: DocumentKind) -> Option<DocumentFinding> {
        let own = at.alone(at.statement.clone());
        // A statement of which a `Deny` leaves nothing is another matter.
        if !self.covered(&own, others) || self.covered(&own, &[]) {
            return None;
        }
        let without = |dropped: &[usize]| {
            let condition = less(&at.statement.condition, dropped);
            at.alone(Statement { condition, ..at.statement.clone() })
        };
        let entries: Vec<(Operator, &ConditionKey)> =
            at.statement.condition.iter().map(|(operator, key, _)| (operator, key)).collect();
        let every: Vec<usize> = (0..entries.len()).collect();
        let whole = self.covered(&without(&every), others);
        let idle: Vec<usize> = if whole {
            every
        } else {
            every.into_iter().filter(|entry| self.covered(&without(&[*entry]), others)).collect()
        };
        if idle.is_empty() {
            return None;
        }
        let by = self.responsible(&without(if whole { &idle } else { &idle[..1] }), others);
        let names: Vec<String> = by.iter().map(|at| at.name()).collect();
        let (what, verb) = if whole {
            ("the condition".to_owned(), "has")
        } else {
            let keys: Vec<String> =
                idle.iter().map(|entry| format!("`{}`", entries[*entry].1)).collect();
            (
                format!("{} in the condition", listed(&keys)),
                if idle.len() == 1 { "has" } else { "have" },
            )
        };
        let allow = if by.len() == 1 { "allows" } else { "together allow" };
        let message = format!(
            "{what} of {} {verb} no effect: {} {allow} the same without it",
            at.name(),
            listed(&names)
        );
        let severity = match (kind, whole) {
            (DocumentKind::Resource | DocumentKind::Trust, true) => Severity::Error,
            _ => Severity::Warning,
        };
        let help =
            format!("statements add up: take {} out, or give it the condition too", listed(&names));
        let mut finding = at
            .finding(Code::ConditionWithoutEffect, message)
            .with(|finding| finding.severity(severity).help(help));
        finding.finding.places.extend(by.iter().map(|at| at.place()));
        Some(finding)
    }

    /// Whether `others` surely allow all of `own`, what the `Deny`s leave of both.
    fn covered(&self, own: &PolicyDocument, others: &[&At<'_>]) -> bool {
        // What is the same on both sides costs nothing; the question is what `own` adds.
        let mut new = self.denies.to_vec();
        new.extend(others.iter().map(|at| at.alone(at.statement.clone())));
        let mut old = new.clone();
        old.push(own.clone());
        let answer = compare(&old, &new, self.catalog);
        answer.removed.is_empty()
            && answer.unknown.iter().all(|unknown| unknown.doubt != Doubt::Removed)
    }

    /// The fewest statements that will do, one where one does.
    fn responsible<'s, 'd>(&self, own: &PolicyDocument, others: &[&'s At<'d>]) -> Vec<&'s At<'d>> {
        if let Some(one) = others.iter().find(|one| self.covered(own, &[**one])) {
            return vec![*one];
        }
        let mut left = others.to_vec();
        let mut index = left.len();
        while index > 0 {
            index -= 1;
            let gone = left.remove(index);
            if !self.covered(own, &left) {
                left.insert(index, gone);
            }
        }
        left
    }
}

/// The condition without these entries.
fn less(condition: &ConditionBlock, dropped: &[usize]) -> ConditionBlock {
    let mut left = ConditionBlock::default();
    for (number, (operator, key, values)) in condition.iter().enumerate() {
        if !dropped.contains(&number) {
            left.insert(operator, key.clone(), values.iter().cloned());
        }
    }
    left
}

/// The actions that a statement may be about: for `NotAction` every one.
fn actions(statement: &Statement) -> Vec<Pattern> {
    if statement.action.is_negated() {
        return vec![Pattern::parse("*", false)];
    }
    let values = statement.action.values().iter();
    values.map(|value| Pattern::parse(&value.to_ascii_lowercase(), false)).collect()
}

fn meet(some: &[Pattern], others: &[Pattern]) -> bool {
    some.iter().any(|one| others.iter().any(|other| one.may_meet(other)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    const TRUST: &str = r#"{"Sid": "Default", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;

    fn bound(condition: &str) -> String {
        format!(
            r#"{{"Sid": "Bound", "Effect": "Allow", "Principal": {{"Service": "lambda.amazonaws.com"}}, "Action": "sts:AssumeRole", "Condition": {condition}}}"#
        )
    }

    const ACCOUNT: &str = r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}}"#;
    const BOTH: &str = r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}, "ArnLike": {"aws:SourceArn": "arn:aws:lambda:eu-west-1:111122223333:function:orders"}}"#;

    #[test]
    fn an_unconditioned_statement_beside_a_conditioned_one_is_named() {
        assert_eq!(
            found(&[TRUST, &bound(ACCOUNT)]),
            [
                "error condition-without-effect 1: the condition of statement `Bound` has no effect: statement `Default` allows the same without it"
            ]
        );
    }

    #[test]
    fn a_weaker_condition_leaves_the_rest_without_effect() {
        let weak = bound(ACCOUNT).replace("Bound", "Weak");
        assert_eq!(
            found(&[&weak, &bound(BOTH)]),
            [
                "warning condition-without-effect 1: `aws:SourceArn` in the condition of statement `Bound` has no effect: statement `Weak` allows the same without it"
            ]
        );
    }

    #[test]
    fn a_document_that_nobody_can_store_ends_with_a_word_about_it() {
        let statements: Vec<String> =
            (0..400).map(|n| bound(ACCOUNT).replace("111122223333", &format!("{n:012}"))).collect();
        let texts: Vec<&str> = statements.iter().map(String::as_str).collect();
        let all = found(&texts);
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].starts_with("warning check-incomplete"), "{all:?}");
    }

    #[test]
    fn a_condition_that_restricts_or_stands_twice_is_no_finding() {
        assert_eq!(found(&[&bound(ACCOUNT)]), [""; 0]);
        let twice = bound(ACCOUNT).replace("Bound", "Again");
        assert_eq!(found(&[&bound(ACCOUNT), &twice]), [""; 0]);
        let other = TRUST.replace("lambda.", "edgelambda.");
        assert_eq!(found(&[&other, &bound(ACCOUNT)]), [""; 0]);
    }

    #[test]
    fn several_statements_can_be_responsible_together() {
        let invoke = |sid: &str, resource: &str, condition: &str| {
            format!(
                r#"{{"Sid": "{sid}", "Effect": "Allow", "Principal": {{"Service": "s3.amazonaws.com"}}, "Action": "lambda:InvokeFunction", "Resource": [{resource}]{condition}}}"#
            )
        };
        let [a, b] = ["a", "b"]
            .map(|name| format!("\"arn:aws:lambda:eu-west-1:111122223333:function:{name}\""));
        assert_eq!(
            found(&[
                &invoke("A", &a, ""),
                &invoke("B", &b, ""),
                &invoke("AB", &format!("{a}, {b}"), &format!(", \"Condition\": {ACCOUNT}")),
            ]),
            [
                "error condition-without-effect 2: the condition of statement `AB` has no effect: statement `A` and statement `B` together allow the same without it"
            ]
        );
    }

    #[test]
    fn a_deny_that_binds_both_does_not_give_the_condition_its_effect_back() {
        let deny = r#"{"Sid": "Not", "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}}"#;
        let all = found(&[TRUST, &bound(ACCOUNT), deny]);
        assert_eq!(all.len(), 1, "{all:?}");
    }

    #[test]
    fn an_identity_policy_is_only_warned_of_it() {
        let read = |sid: &str, condition: &str| {
            format!(
                r#"{{"Sid": "{sid}", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::in/*"{condition}}}"#
            )
        };
        let bound = r#", "Condition": {"StringEquals": {"aws:ResourceAccount": "111122223333"}}"#;
        let all = found(&[&read("Wide", ""), &read("Bound", bound)]);
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].starts_with("warning condition-without-effect 1"), "{all:?}");
    }
}
