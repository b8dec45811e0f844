use super::*;
use crate::semantics::decide::granted;
use crate::semantics::{Policies, principal_side};

fn policy(text: &str) -> PolicyDocument {
    match crate::policy::parse(text, "policy.json") {
        Ok(parsed) => parsed.document,
        Err(findings) => panic!("{findings:?}"),
    }
}

fn relation(old: &str, new: &str) -> Relation {
    checked(&[policy(old)], &[policy(new)]).relation
}

/// Compares both ways and holds the answer to its promises.
fn checked(old: &[PolicyDocument], new: &[PolicyDocument]) -> Comparison {
    let catalog = Catalog::embedded();
    let forth = compare(old, new, catalog);
    let back = compare(new, old, catalog);
    let mirrored = match forth.relation {
        Relation::Wider => Relation::Narrower,
        Relation::Narrower => Relation::Wider,
        same => same,
    };
    assert_eq!(back.relation, mirrored);
    for (differences, has, has_not) in [(&forth.added, new, old), (&forth.removed, old, new)] {
        for difference in differences {
            let request = Request {
                principal: difference.principal.clone().unwrap_or_else(|| {
                    Principal::role("arn:aws:iam::111122223333:role/r".parse().unwrap())
                }),
                action: difference.action.clone(),
                resource: difference.resource.clone(),
                context: difference.context.clone(),
            };
            if difference.principal.is_none() {
                assert!(principal_side(&request, &Policies::identity(has.to_vec())));
                assert!(!principal_side(&request, &Policies::identity(has_not.to_vec())));
            }
            assert!(granted(&request, difference.statement.kind, has), "{difference:?}");
            assert!(!granted(&request, difference.statement.kind, has_not), "{difference:?}");
        }
    }
    forth
}

fn one(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)
}

#[test]
fn a_star_is_wider_than_a_list_and_the_witness_is_a_real_action() {
    let old = one(
        r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*"}"#,
    );
    let new = one(r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}"#);
    let answer = checked(&[policy(&old)], &[policy(&new)]);
    assert_eq!(answer.relation, Relation::Wider);
    let witness = &answer.added[0];
    assert!(Catalog::embedded().action(&witness.action).is_some(), "{witness:?}");
    assert!(witness.resource.starts_with("arn:aws:s3:::b/"), "{witness:?}");
}

#[test]
fn splitting_a_statement_changes_nothing() {
    let old = one(
        r#"{"Effect":"Allow","Action":["s3:GetObject","sqs:SendMessage"],"Resource":["arn:aws:s3:::b/*","arn:aws:sqs:eu-west-1:111122223333:q"]}"#,
    );
    let new = one(r#"{"Effect":"Allow","Action":"s3:getobject","Resource":"arn:aws:s3:::b/*"},
           {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:sqs:eu-west-1:111122223333:q"},
           {"Effect":"Allow","Action":"sqs:SendMessage","Resource":["arn:aws:sqs:eu-west-1:111122223333:q","arn:aws:s3:::b/*"]}"#);
    assert_eq!(relation(&old, &new), Relation::Equivalent);
}

#[test]
fn a_deny_narrows_and_an_allow_for_all_else_says_the_same() {
    let denied = one(
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}"#,
    );
    let all = one(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#);
    assert_eq!(relation(&all, &denied), Relation::Narrower);
    let both = one(
        r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}"#,
    );
    assert_eq!(relation(&all, &both), Relation::Equivalent);
    let not_action = one(r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#);
    let denied_iam = one(
        r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}"#,
    );
    assert_eq!(relation(&not_action, &denied_iam), Relation::Equivalent);
}

#[test]
fn conditions_are_compared_by_what_they_let_through() {
    let table = [
        (r#"{"StringEquals":{"k:a":"1"}}"#, "{}", Relation::Wider),
        (
            r#"{"StringEquals":{"k:a":"1"}}"#,
            r#"{"StringEqualsIfExists":{"k:a":"1"}}"#,
            Relation::Wider,
        ),
        (
            r#"{"StringEquals":{"k:a":"1"}}"#,
            r#"{"StringEquals":{"k:a":["1","2"]}}"#,
            Relation::Wider,
        ),
        (
            r#"{"StringEquals":{"k:a":"1"}}"#,
            r#"{"StringEquals":{"k:a":"2"}}"#,
            Relation::Incomparable,
        ),
        (
            r#"{"StringLike":{"k:a":"1*"}}"#,
            r#"{"StringLike":{"k:a":["1","1?*"]}}"#,
            Relation::Equivalent,
        ),
        (r#"{"StringEquals":{"k:a":"1"}}"#, r#"{"StringLike":{"k:a":"1"}}"#, Relation::Equivalent),
        (
            r#"{"StringEquals":{"k:a":"1"}}"#,
            r#"{"StringEquals":{"k:a":"1"},"Bool":{"k:b":"true"}}"#,
            Relation::Narrower,
        ),
        (
            r#"{"NumericLessThan":{"k:n":"10"}}"#,
            r#"{"NumericLessThanEquals":{"k:n":"10"}}"#,
            Relation::Wider,
        ),
        (
            r#"{"NumericLessThan":{"k:n":"10"}}"#,
            r#"{"NumericLessThan":{"k:n":"10.0"}}"#,
            Relation::Equivalent,
        ),
        (
            r#"{"DateLessThan":{"aws:CurrentTime":"2026-01-01"}}"#,
            r#"{"DateLessThan":{"aws:CurrentTime":"2027-01-01"}}"#,
            Relation::Wider,
        ),
        (
            r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/9","10.128.0.0/9"]}}"#,
            Relation::Equivalent,
        ),
        (
            r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":"10.1.0.0/16"}}"#,
            Relation::Narrower,
        ),
        (
            r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b*"}}"#,
            r#"{"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::b*"}}"#,
            Relation::Equivalent,
        ),
        (
            r#"{"ArnLike":{"aws:SourceArn":"arn:aws:*:*:*:b"}}"#,
            r#"{"StringLike":{"aws:SourceArn":"arn:aws:*:*:*:b"}}"#,
            Relation::Wider,
        ),
        (
            r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}"#,
            r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}"#,
            Relation::Incomparable,
        ),
        (
            r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}"#,
            r#"{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}"#,
            Relation::Narrower,
        ),
        (r#"{"Null":{"k:a":"true"}}"#, r#"{"StringNotLike":{"k:a":"*"}}"#, Relation::Equivalent),
        (
            r#"{"StringEqualsIgnoreCase":{"k:a":"X"}}"#,
            r#"{"StringEqualsIgnoreCase":{"K:A":"x"}}"#,
            Relation::Equivalent,
        ),
        (
            r#"{"StringNotEquals":{"k:a":"1"}}"#,
            r#"{"StringNotEquals":{"k:a":["1","2"]}}"#,
            Relation::Narrower,
        ),
        (
            r#"{"StringEquals":{"k:a":"${aws:userid}"}}"#,
            r#"{"StringEquals":{"k:a":"${aws:userid}"}}"#,
            Relation::Equivalent,
        ),
        (
            r#"{"BinaryEquals":{"k:a":"AAAA"}}"#,
            r#"{"BinaryEquals":{"k:a":["AAAA","AAAB"]}}"#,
            Relation::Wider,
        ),
    ];
    for (old, new, expected) in table {
        let of = |condition: &str| {
            one(&format!(
                r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{condition}}}"#
            ))
        };
        assert_eq!(relation(&of(old), &of(new)), expected, "{old} and {new}");
    }
}

#[test]
fn two_conditions_that_share_the_work_are_as_wide_as_none() {
    let old = one(
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"k:a":"1"}}},
           {"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringNotEquals":{"k:a":"1"}}}"#,
    );
    let new = one(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#);
    assert_eq!(relation(&old, &new), Relation::Equivalent);
}

#[test]
fn variables_are_opaque_constants() {
    let home = one(
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:userid}/*"}"#,
    );
    let all = one(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#);
    let other = one(
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"}"#,
    );
    assert_eq!(relation(&home, &home.replace("userid", "UserId")), Relation::Equivalent);
    assert_eq!(relation(&home, &all), Relation::Wider);
    assert_eq!(relation(&home, &other), Relation::Incomparable);
    let literal = home.replace("2012-10-17", "2008-10-17");
    assert_eq!(relation(&home, &literal), Relation::Incomparable);
    // The Deny bites for some values of the variable.
    let denied = one(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/x*"},
           {"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:userid}"}"#);
    let allowed =
        one(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/x*"}"#);
    assert_eq!(relation(&allowed, &denied), Relation::Narrower);
}

#[test]
fn trust_policies_are_compared_by_caller() {
    let of = |principal: &str, condition: &str| {
        one(&format!(
            r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole","Condition":{condition}}}"#
        ))
    };
    let lambda = of(r#"{"Service":"lambda.amazonaws.com"}"#, "{}");
    let both = of(r#"{"Service":["lambda.amazonaws.com","edgelambda.amazonaws.com"]}"#, "{}");
    let bound = of(
        r#"{"Service":"lambda.amazonaws.com"}"#,
        r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#,
    );
    assert_eq!(relation(&lambda, &lambda), Relation::Equivalent);
    assert_eq!(relation(&lambda, &both), Relation::Wider);
    assert_eq!(relation(&lambda, &bound), Relation::Narrower);
    assert_eq!(relation(&of(r#"{"AWS":"*"}"#, "{}"), &of(r#""*""#, "{}")), Relation::Equivalent);
    assert_eq!(
        relation(
            &of(r#"{"AWS":"111122223333"}"#, "{}"),
            &of(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, "{}")
        ),
        Relation::Equivalent
    );
    let answer = checked(&[policy(&lambda)], &[policy(&both)]);
    assert_eq!(answer.added[0].principal.as_ref().unwrap().to_string(), "edgelambda.amazonaws.com");
    // A leftover statement without the condition keeps the role as open as before.
    let leftover = PolicyDocument {
        statements: [policy(&lambda).statements, policy(&bound).statements].concat(),
        ..policy(&lambda)
    };
    assert_eq!(checked(&[policy(&lambda)], &[leftover]).relation, Relation::Equivalent);
}

#[test]
fn no_caller_of_ours_is_one_that_a_document_names() {
    let of = |principal: &str| {
        one(&format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}"#))
    };
    let table = [
        (r#"{"AWS":"111122223333"}"#, r#"{"AWS":"arn:aws:iam::111122223333:role/example"}"#),
        (r#"{"Service":"*"}"#, r#"{"Service":"example.amazonaws.com"}"#),
        (r#"{"Federated":"*"}"#, r#"{"Federated":"example"}"#),
        (
            r#"{"AWS":"*"}"#,
            r#"{"AWS":["999900001111"],"Service":"*","Federated":"*","CanonicalUser":"example"}"#,
        ),
    ];
    for (wide, narrow) in table {
        assert_eq!(relation(&of(wide), &of(narrow)), Relation::Narrower, "{wide} and {narrow}");
    }
}

#[test]
fn an_id_that_is_no_arn_is_a_caller_of_its_own() {
    let of = |element: &str, action: &str, effect: &str| {
        format!(
            r#"{{"Effect":"{effect}",{element},"Action":"{action}","Resource":"arn:aws:s3:::b/*"}}"#
        )
    };
    let (anyone, id) = (r#""Principal":"*""#, r#"{"AWS":"AROAEXAMPLEID"}"#);
    let all_but = format!(r#""NotPrincipal":{id}"#);
    let only = format!(r#""Principal":{id}"#);
    // The id may do more than before, and everyone else less.
    let old = [of(&all_but, "s3:GetObject", "Allow"), of(anyone, "s3:PutObject", "Allow")];
    let new = of(anyone, "s3:GetObject", "Allow");
    assert_eq!(relation(&one(&old.join(",")), &one(&new)), Relation::Incomparable);
    // A `Deny` for all but the id leaves what only the id may do.
    let left = [of(anyone, "s3:GetObject", "Allow"), of(&all_but, "s3:*", "Deny")].join(",");
    assert_eq!(relation(&one(""), &one(&left)), Relation::Wider);
    assert_eq!(relation(&one(&left), &one(&left)), Relation::Equivalent);
    // What the id is denied is surely less, never more.
    let denied = [of(anyone, "s3:GetObject", "Allow"), of(&only, "s3:*", "Deny")].join(",");
    let answer = checked(&[policy(&one(&denied))], &[policy(&one(&of(anyone, "s3:*", "Allow")))]);
    assert_eq!(answer.removed, []);
    assert!(!answer.added.is_empty());
}

#[test]
fn a_key_of_set_operators_is_a_set_for_every_operator() {
    let of = |condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{condition}}}"#
        )
    };
    let denied = r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"k:a":"2"}}}"#;
    let other = r#"{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"k:a":"3"}}}"#;
    let allow = of(r#"{"StringEquals":{"k:a":"1"}}"#);
    // With one value the two never meet; with both values they do.
    let single = one(&format!("{allow},{denied}"));
    assert_eq!(relation(&one(&allow), &single), Relation::Equivalent);
    let set = one(&format!("{allow},{denied},{other}"));
    assert_eq!(relation(&one(&format!("{allow},{other}")), &set), Relation::Narrower);
}

#[test]
fn nothing_is_equivalent_to_nothing() {
    assert_eq!(checked(&[], &[]).relation, Relation::Equivalent);
    let none = one(r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#);
    assert_eq!(checked(&[], &[policy(&none)]).relation, Relation::Equivalent);
}
