//! `invoked_by(…)`: which sources are taken, and what is said of others.

use super::*;

#[test]
fn invokers_are_checked_against_their_kind() {
    let table: [(&str, &str, &str); 13] = [
        (
            "apigateway(\"a1b2c3d4e5/prod/ANY/orders\")",
            "\"a1b2c3d4e5/prod/ANY/orders\"",
            "no call has the method `ANY`: write `*` for any method",
        ),
        (
            "role(\"arn:aws:iam::444455556666:role/*\")",
            "\"arn:aws:iam::444455556666:role/*\"",
            "`arn:aws:iam::444455556666:role/*` is no source of `role`: write one such as `arn:aws:iam::444455556666:role/partner`",
        ),
        (
            "role(\"arn:aws:iam::444455556666:role/x\", organization = \"acme\")",
            "\"acme\"",
            "`acme` is no organization: write its id, such as `o-a1b2c3d4e5`",
        ),
        (
            "s3(\"b\", organization = \"o-a1b2c3d4e5\")",
            "\"o-a1b2c3d4e5\"",
            "`organization` is about roles, accounts and callers of a URL; a call of `s3` carries no organization of a principal",
        ),
        (
            "sns(\"t\", account = \"444455556666\")",
            "\"444455556666\"",
            "`account` says whose a source is when its ARN does not; `sns` needs it not",
        ),
        (
            "s3(\"b\", qualifer = \"live\")",
            "qualifer",
            "unknown option `qualifer`; did you mean `qualifier`?",
        ),
        (
            "s3(\"b\", qualifier = \"live\", qualifier = \"test\")",
            "qualifier",
            "`qualifier` is written twice",
        ),
        (
            "url(principal = \"arn:aws:iam::444455556666:role/web\")",
            "url",
            "the auth type of the URL is missing: write `auth = \"AWS_IAM\"`, or `auth = \"NONE\"` for a public one",
        ),
        (
            "url(\"444455556666\", auth = \"AWS_IAM\")",
            "url",
            "say who calls the URL: `principal = \"444455556666\"`",
        ),
        (
            "url(auth = \"IAM\")",
            "\"IAM\"",
            "unknown auth type `IAM`; known are `AWS_IAM` and `NONE`",
        ),
        (
            "url(auth = \"NONE\", principal = \"444455556666\")",
            "\"444455556666\"",
            "nobody signs calls of a public URL, so that it has no principal",
        ),
        (
            "url(auth = \"AWS_IAM\", principal = \"*\")",
            "\"*\"",
            "`*` is no principal: write the ARN of a role or user, an account of 12 digits, or `*` with an `organization`",
        ),
        (
            "s3(\"b\", principal = \"444455556666\")",
            "\"444455556666\"",
            "`principal` is about `url`; of `s3` write the source alone",
        ),
    ];
    for (invoker, token, message) in table {
        let found = derive(&format!("#[aws(invoked_by({invoker}))] struct Access;")).map(|_| ());
        assert_eq!(found, Err(vec![(token.to_owned(), message.to_owned())]), "{invoker}");
    }
}

#[test]
fn callers_of_a_url_are_invokers_each() {
    let declared = derive(
        r#"#[aws(invoked_by(
            url(auth = "AWS_IAM", principal = ["arn:aws:iam::444455556666:role/web", "555566667777"]),
            url(auth = "NONE", qualifier = "public"),
            url(auth = "AWS_IAM", organization = "o-a1b2c3d4e5", qualifier = "live"),
            url(auth = "AWS_IAM"),
            role("arn:aws:iam::{partner}:role/web", organization = "{org}"),
            scheduler("schedule/default/nightly"),
        ))] struct Access;"#,
    )
    .unwrap();
    let shown: Vec<String> = declared
        .declaration
        .invokers
        .iter()
        .map(|it| {
            let auth = it.options.auth.map_or("-", UrlAuth::as_str);
            let organization = it.options.organization.as_deref().unwrap_or("-");
            format!("{} {:?} {auth} {organization}", it.kind, it.source)
        })
        .collect();
    assert_eq!(
        shown,
        [
            r#"url "arn:aws:iam::444455556666:role/web" AWS_IAM -"#,
            r#"url "555566667777" AWS_IAM -"#,
            r#"url "*" NONE -"#,
            r#"url "*" AWS_IAM o-a1b2c3d4e5"#,
            r#"url "" AWS_IAM -"#,
            r#"role "arn:aws:iam::{partner}:role/web" - {org}"#,
            r#"scheduler "schedule/default/nightly" - -"#,
        ]
    );
}
