//! Statements that match nothing: principals that are gone or name nobody, actions that no resource of
//! theirs has.

use super::subject::{At, DocumentFinding, Subject, listed};
use crate::catalog::{Action, Catalog};
use crate::finding::Code;
use crate::iam::{ActionName, Pattern};
use crate::policy::{ActionElement, PrincipalElement, PrincipalKind, Principals, ResourceElement};

pub(super) fn find(subjects: &[Subject<'_>], catalog: &Catalog) -> Vec<DocumentFinding> {
    let mut found = Vec::new();
    for at in At::all(subjects) {
        found.extend(deleted(&at));
        found.extend(wildcard(&at));
        found.extend(mismatch(&at, catalog));
    }
    found
}

/// Principals that are the unique id of a user or role.
///
/// # Source
/// IAM User Guide, "AWS JSON policy elements: Principal": the id stands there when IAM cannot map it
/// back to an ARN, because the user or role was deleted.
fn deleted(at: &At<'_>) -> Option<DocumentFinding> {
    let PrincipalElement::Principal(Principals::Map(map)) = at.statement.principal.as_ref()? else {
        return None;
    };
    let values = map.get(&PrincipalKind::Aws)?;
    let gone: Vec<String> =
        values.iter().filter(|id| is_unique_id(id)).map(|id| format!("`{id}`")).collect();
    if gone.is_empty() {
        return None;
    }
    let (who, are) = if gone.len() == 1 {
        ("the unique id of a role or user that was deleted", "is")
    } else {
        ("the unique ids of roles or users that were deleted", "are")
    };
    let does = if at.is_allow() { "allows" } else { "denies" };
    let alone = values.len() == gone.len() && map.len() == 1;
    let message = format!(
        "{} {are} {who}: {} {does} {}",
        listed(&gone),
        at.name(),
        if alone { "nothing to anybody" } else { "them nothing" }
    );
    let help = if alone {
        "take the statement out, or name the role that is there now; a new role of the same name is not the one that was deleted"
    } else {
        "take them out of the statement, or name what is there now; a new role of the same name is not the one that was deleted"
    };
    Some(at.finding(Code::PrincipalDeleted, message).with(|finding| finding.help(help)))
}

/// Principals with a wildcard inside.
///
/// # Source
/// IAM User Guide, "AWS JSON policy elements: Principal": a wildcard cannot match part of a principal
/// name or ARN.
fn wildcard(at: &At<'_>) -> Option<DocumentFinding> {
    let element = at.statement.principal.as_ref()?;
    let Principals::Map(map) = element.principals() else { return None };
    let values = map.values().flatten().filter(|v| *v != "*" && v.contains(['*', '?']));
    let named: Vec<String> = values.map(|value| format!("`{value}`")).collect();
    if named.is_empty() {
        return None;
    }
    let (name, does) = (at.name(), if at.is_allow() { "allows" } else { "denies" });
    let names = if named.len() == 1 { "names" } else { "name" };
    let left = match (element.is_negated(), map.values().flatten().count() == named.len()) {
        (true, _) => format!("{name} leaves nobody out by it"),
        (false, true) => format!("{name} {does} nothing to anybody"),
        (false, false) => format!("{name} {does} nothing by it"),
    };
    let message = format!(
        "{} {names} nobody, since a wildcard cannot match part of a principal: {left}",
        listed(&named)
    );
    let help = "name each principal in full, or name the account and add a condition on `aws:PrincipalArn` with `ArnLike`";
    Some(at.finding(Code::PrincipalWildcard, message).with(|finding| finding.help(help)))
}

/// `AROA…` of a role, `AIDA…` of a user.
fn is_unique_id(text: &str) -> bool {
    let rest = text.strip_prefix("AROA").or_else(|| text.strip_prefix("AIDA"));
    rest.is_some_and(|rest| {
        rest.len() >= 12 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    })
}

/// A statement of which no action can be done on any of its resources.
///
/// Only where every action is named in full and known, and each has resource types: a wildcard may
/// match an action that is newer than the catalog. And only where the ARN is of another service, or
/// of a service whose resource types are [settled](SETTLED).
fn mismatch(at: &At<'_>, catalog: &Catalog) -> Option<DocumentFinding> {
    let ActionElement::Action(actions) = &at.statement.action else { return None };
    let ResourceElement::Resource(resources) = at.statement.resource.as_ref()? else { return None };
    if actions.is_empty() || resources.is_empty() || actions.len() * resources.len() > MAX_PAIRS {
        return None;
    }
    let mut known: Vec<Action<'_>> = Vec::new();
    for action in actions {
        let name: ActionName = action.parse().ok()?;
        let action = catalog.action(&name)?;
        action.resource_types().next()?;
        known.push(action);
    }
    let fits = |resource: &String| known.iter().any(|action| may_be_done_on(action, resource));
    if resources.iter().any(fits) {
        return None;
    }
    let first = known.first()?;
    let mut types: Vec<String> =
        first.resource_types().map(|of| format!("`{}`", of.resource_type.name())).collect();
    types.sort();
    types.dedup();
    let others = match known.len() {
        1 => String::new(),
        n => format!(", and so for its {} other actions", n - 1),
    };
    let message = format!(
        "{} matches nothing: `{}` is done on {}, which `{}` cannot name{others}",
        at.name(),
        first.name(),
        listed(&types),
        resources.first()?
    );
    let help = first
        .resource_types()
        .next()
        .and_then(|of| of.resource_type.arn_formats().next().map(str::to_owned))
        .map(|format| format!("an ARN that fits is `{format}`"));
    Some(at.finding(Code::ActionResourceMismatch, message).with(|mut finding| {
        finding.help = help;
        finding
    }))
}

/// How many pairs of an action and a resource of one statement are looked at; AWS stores none with more.
const MAX_PAIRS: usize = 100_000;

/// Services whose resource types do not change from one month to the next, so that an ARN of none of
/// an action's types is a mistake and no gap in the catalog.
const SETTLED: &[&str] = &["dynamodb", "kms", "lambda", "s3", "secretsmanager", "sns", "sqs"];

/// `false` is a proof that the action is done on no resource that a policy's `Resource` names.
fn may_be_done_on(action: &Action<'_>, resource: &str) -> bool {
    let resource = placeholders_any(resource);
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let [arn, partition, service, region, account, name] = parts[..] else {
        // No whole ARN: it is completed, or matches more than it seems to.
        return true;
    };
    // A resource of AWS has no account where ours has one.
    let anywhere = format!("{arn}:{partition}:{service}:*:*:{name}");
    if action.resource_types_matching(&anywhere).next().is_some() {
        return true;
    }
    let mut formats = action
        .resource_types()
        .flat_map(|of| of.resource_type.arn_formats().map(placeholders_any).collect::<Vec<_>>());
    let prefix = action.service().prefix();
    if !SETTLED.contains(&prefix) {
        let named = Pattern::parse(service, false);
        return named.matches(prefix)
            || formats.any(|format| {
                format
                    .split(':')
                    .nth(2)
                    .is_some_and(|it| named.may_meet(&Pattern::parse(it, false)))
            });
    }
    // In the first parts a wildcard may reach past its colon.
    let whole = Pattern::parse(&resource, false);
    [partition, service, region, account].iter().any(|part| part.contains(['*', '?']))
        && formats.any(|format| whole.may_meet(&Pattern::parse(&format, false)))
}

/// A text with `*` for each `${…}`, which may have a colon in it.
fn placeholders_any(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("${") {
        out.push_str(head);
        out.push('*');
        rest = tail.split_once('}').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    #[test]
    fn a_deleted_role_is_told_by_its_unique_id() {
        let trust = |principal: &str| {
            format!(
                r#"{{"Sid": "Old", "Effect": "Allow", "Principal": {{"AWS": {principal}}}, "Action": "sts:AssumeRole"}}"#
            )
        };
        assert_eq!(
            found(&[&trust(r#""AROAEXAMPLEROLEID1234""#)]),
            [
                "warning principal-deleted 0: `AROAEXAMPLEROLEID1234` is the unique id of a role or user that was deleted: statement `Old` allows nothing to anybody"
            ]
        );
        assert_eq!(
            found(&[&trust(r#"["AIDAEXAMPLEUSERID1234", "arn:aws:iam::111122223333:role/ci"]"#)]),
            [
                "warning principal-deleted 0: `AIDAEXAMPLEUSERID1234` is the unique id of a role or user that was deleted: statement `Old` allows them nothing"
            ]
        );
        assert_eq!(found(&[&trust(r#""111122223333""#)]), [""; 0]);
    }

    #[test]
    fn a_wildcard_inside_a_principal_names_nobody() {
        let trust = |element: &str| {
            format!(r#"{{"Sid": "Ci", "Effect": "Allow", {element}, "Action": "sts:AssumeRole"}}"#)
        };
        assert_eq!(
            found(&[&trust(r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/ci-*"}"#)]),
            [
                "error principal-wildcard 0: `arn:aws:iam::111122223333:role/ci-*` names nobody, since a wildcard cannot match part of a principal: statement `Ci` allows nothing to anybody"
            ]
        );
        let two = trust(
            r#""Principal": {"AWS": ["arn:aws:iam::111122223333:role/ci-?", "111122223333"]}"#,
        );
        assert!(found(&[&two])[0].ends_with("statement `Ci` allows nothing by it"));
        let not = trust(r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/*"}"#);
        assert!(found(&[&not])[0].ends_with("statement `Ci` leaves nobody out by it"));
        for everyone in [r#""Principal": "*""#, r#""Principal": {"AWS": "*"}"#] {
            let of = found(&[&trust(everyone)]);
            assert!(!of.iter().any(|line| line.contains("principal-wildcard")), "{of:?}");
        }
    }

    #[test]
    fn an_action_on_a_resource_of_another_type_matches_nothing() {
        let allow = |actions: &str, resources: &str| {
            format!(
                r#"{{"Sid": "Read", "Effect": "Allow", "Action": [{actions}], "Resource": [{resources}]}}"#
            )
        };
        assert_eq!(
            found(&[&allow(r#""s3:GetObject""#, r#""arn:aws:s3:::receipts""#)]),
            [
                "warning action-resource-mismatch 0: statement `Read` matches nothing: `s3:GetObject` is done on `accesspointobject` and `object`, which `arn:aws:s3:::receipts` cannot name"
            ]
        );
        for (actions, resources) in [
            (r#""kms:Decrypt""#, r#""arn:aws:kms:eu-west-1:111122223333:alias/orders""#),
            (r#""ssm:GetParameter""#, r#""arn:aws:sqs:eu-west-1:111122223333:work""#),
        ] {
            assert_eq!(found(&[&allow(actions, resources)]).len(), 1, "{actions} {resources}");
        }
        for (actions, resources) in [
            (r#""s3:GetObject""#, r#""arn:aws:s3:::receipts/*""#),
            (r#""s3:GetObject""#, r#""arn:aws:s3:::receipts*""#),
            (r#""s3:GetObject", "s3:ListBucket""#, r#""arn:aws:s3:::receipts""#),
            (r#""s3:GetObject""#, r#""arn:aws:s3:::receipts", "arn:aws:s3:::receipts/*""#),
            (r#""s3:Get*""#, r#""arn:aws:sqs:eu-west-1:111122223333:work""#),
            (r#""s3:Future""#, r#""arn:aws:sqs:eu-west-1:111122223333:work""#),
            (r#""s3:GetObject""#, r#""*""#),
            (r#""s3:GetObject""#, r#""arn:aws:s3""#),
            (r#""ssm:GetParameter""#, r#""arn:aws:ssm:*::parameter/aws/service/*""#),
            (r#""kms:Decrypt""#, r#""arn:aws:kms:*::*""#),
            (r#""ec2:PutResourcePolicy""#, r#""arn:aws:ec2:*:*:security-group/*""#),
            (r#""kms:Decrypt""#, r#""arn:aws:kms:*:${aws:PrincipalAccount}:key/*""#),
            (r#""waf-regional:GetWebACLForResource""#, r#""arn:aws:waf-regional:*:*:*/*""#),
            (r#""s3:GetObject""#, r#""arn:aws:s3:*:*:receipts""#),
            (r#""s3:GetObject""#, r#""arn:aws:s3:::${aws:PrincipalTag/team}/*""#),
        ] {
            assert_eq!(found(&[&allow(actions, resources)]), [""; 0], "{actions} {resources}");
        }
    }
}
