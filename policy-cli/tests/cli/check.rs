//! `check`: documents by themselves, and what they must not grant.

use super::House;

const ROLE: &str = r#"{"Version":"2012-10-17","Statement":[
  {"Sid":"Tables","Effect":"Allow","Action":"dynamodb:*","Resource":"*"},
  {"Sid":"Receipts","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::acme-receipts/*"},
  {"Sid":"Keep","Effect":"Deny","Action":"dynamodb:DeleteTable","Resource":"*"}
]}"#;

const BOUNDARY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:Get*","s3:*"],"Resource":"*"}]}"#;

const DEAD: &str = r#"{"Version":"2012-10-17","Statement":[
  {"Sid":"Dead","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::in/*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}
]}"#;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Lambda","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

const INVOKED: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Gone","Effect":"Allow","Principal":{"AWS":"AROAEXAMPLEROLEID1234"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:eu-west-1:111122223333:function:orders:live"}]}"#;

fn house() -> House {
    House::new(&[
        ("role.json", ROLE),
        ("boundary.json", BOUNDARY),
        ("dead.json", DEAD),
        ("generated/orders/execution-role.json", ROLE),
        ("generated/orders/trust-policy.json", TRUST),
        ("generated/orders/resource-policy.live.json", INVOKED),
    ])
}

#[test]
fn documents_without_findings_are_said_to_be_so() {
    insta::assert_snapshot!(house().run("check role.json"), @r"
    exit 0
    --- stdout
    1 document: no errors, no warnings, no notes
    ");
}

#[test]
fn every_document_of_a_folder_is_looked_at() {
    insta::assert_snapshot!(house().run("check generated/orders --format json"), @r#"
    exit 0
    --- stdout
    {
      "documents": [
        {
          "document": "generated/orders/execution-role.json",
          "kind": "identity"
        },
        {
          "document": "generated/orders/trust-policy.json",
          "kind": "trust"
        },
        {
          "document": "generated/orders/resource-policy.live.json",
          "kind": "resource"
        }
      ],
      "findings": [
        {
          "code": "principal-deleted",
          "severity": "warning",
          "message": "`AROAEXAMPLEROLEID1234` is the unique id of a role or user that was deleted: statement `Gone` allows nothing to anybody",
          "places": [
            {
              "file": "generated/orders/resource-policy.live.json",
              "line": 1,
              "column": 38
            }
          ],
          "help": "take the statement out, or name the role that is there now; a new role of the same name is not the one that was deleted",
          "statement": {
            "sid": "Gone",
            "index": 0,
            "document": "generated/orders/resource-policy.live.json"
          }
        }
      ]
    }
    --- stderr
    warning[principal-deleted]: `AROAEXAMPLEROLEID1234` is the unique id of a role or user that was deleted: statement `Gone` allows nothing to anybody
     --> generated/orders/resource-policy.live.json:1:38
    help: take the statement out, or name the role that is there now; a new role of the same name is not the one that was deleted
    "#);
}

#[test]
fn mistakes_that_stop_the_reading_keep_their_severity() {
    let house = House::new(&[(
        "bad.json",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Actions":"s3:GetObject","Action":"s3:GetObject","Resource":[]}]}"#,
    )]);
    insta::assert_snapshot!(house.run("check bad.json"), @r"
    exit 2
    --- stderr
    error[policy-key-unknown]: unknown element `Actions` in a statement
     --> bad.json:1:56
    help: did you mean `Action`?
    warning[policy-value-empty]: `Resource` has no value and so matches nothing
     --> bad.json:1:116
    help: write at least one value, or leave out `Resource`
    ");
}

#[test]
fn a_condition_that_is_never_met_is_an_error() {
    insta::assert_snapshot!(house().run("check dead.json"), @r"
    exit 1
    --- stdout
    1 document: 1 error, no warnings, no notes
    --- stderr
    error[condition-key-absent]: the condition `StringEquals` on `aws:SourceAccount` of statement `Dead` is never met, so it allows nothing: only calls of AWS services carry it, and an identity policy is about none
     --> dead.json:2:3
    help: `lambda:SourceFunctionArn` binds an identity policy to a function, `aws:PrincipalArn` a resource policy to a role
    ");
}

#[test]
fn grants_that_a_boundary_blocks_are_told_wholly_or_in_part() {
    insta::assert_snapshot!(house().run("check role.json --boundary boundary.json"), @r"
    exit 0
    --- stdout
    1 document: no errors, 1 warning, no notes
    within boundary.json
    --- stderr
    warning[grant-ineffective]: what statement `Tables` grants, `dynamodb:*` on `*`, is blocked in part: the permissions boundary (boundary.json) does not allow it; for example `dynamodb:AssociateTableReplica` on `arn:aws:dynamodb:eu-west-1:111122223333:table/example`
     --> role.json:2:3
    help: grant no more than the limits allow, or widen the limit
    ");
}

#[test]
fn what_is_granted_is_answered_with_a_request_for_each_action() {
    insta::assert_snapshot!(
        house().run("check role.json --not-granted dynamodb:Delete*,s3:DeleteObject --not-granted s3:Put*"),
        @r"
    exit 1
    --- stdout
    granted: some of dynamodb:Delete*, s3:DeleteObject, s3:Put* on any resource

    dynamodb:Delete*, for example:
      ! dynamodb:DeleteBackup on arn:aws:dynamodb:eu-west-1:111122223333:table/example/backup/example
          by statement `Tables` of role.json

    s3:Put*, for example:
      ! s3:PutObject on arn:aws:s3:::acme-receipts/example
          by statement `Receipts` of role.json
    "
    );
    insta::assert_snapshot!(
        house().run("check role.json --not-granted s3:Put* --resource arn:aws:s3:::acme-*/a --format json"),
        @r#"
    exit 1
    --- stdout
    {
      "documents": [
        {
          "document": "role.json",
          "kind": "identity"
        }
      ],
      "asked": {
        "actions": [
          "s3:Put*"
        ],
        "resources": [
          "arn:aws:s3:::acme-*/a"
        ]
      },
      "granted": [
        {
          "asked": "s3:Put*",
          "action": "s3:PutObject",
          "resource": "arn:aws:s3:::acme-receipts/a",
          "context": {},
          "statement": {
            "sid": "Receipts",
            "index": 1,
            "document": "role.json"
          }
        }
      ],
      "unknown": [],
      "findings": []
    }
    "#
    );
}

#[test]
fn what_is_not_granted_ends_well() {
    insta::assert_snapshot!(
        house().run("check generated/orders --not-granted iam:*,dynamodb:DeleteTable"),
        @r"
    exit 0
    --- stdout
    not granted: iam:*, dynamodb:DeleteTable on any resource
    "
    );
    let house = house();
    for (question, exit) in [
        ("s3:PutObject", 1),
        ("s3:PutObject --resource arn:aws:s3:::other/*", 0),
        ("s3:PutObject --resource arn:aws:s3:::other/*,arn:aws:s3:::acme-receipts/in/*", 1),
        ("s3:put*", 1),
        ("*", 1),
        ("dynamodb:UpdateItem --boundary boundary.json", 0),
        ("dynamodb:GetItem --boundary boundary.json", 1),
        ("sts:AssumeRole", 0),
    ] {
        assert_eq!(
            house.exit(&format!("check role.json --not-granted {question}")),
            exit,
            "{question}"
        );
    }
    assert_eq!(house.exit("check generated/orders --not-granted sts:AssumeRole"), 1);
}

#[test]
fn a_question_that_is_misspelt_is_no_good_answer() {
    insta::assert_snapshot!(house().run("check role.json --not-granted iam:PassRoles"), @r"
    exit 1
    --- stdout
    not granted: iam:PassRoles on any resource
    --- stderr
    error[action-unknown]: no known action is `iam:PassRoles`
    help: did you mean `iam:PassRole`?
    ");
    insta::assert_snapshot!(house().run("check role.json --not-granted PassRole --resource role/x"), @r"
    exit 2
    --- stderr
    error: `PassRole` is not an action
    help: write `service:Name`, such as `iam:*` or `s3:PutObject`
    error: `role/x` is not an ARN
    help: write an ARN, such as `arn:aws:s3:::acme-receipts/*`, or `*`
    ");
    insta::assert_snapshot!(house().run("check role.json --resource arn:aws:s3:::b"), @r"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --not-granted <ACTION[,ACTION…]>

    Usage: policy-cli check <PATH>... [OPTIONS]

    For more information, try '--help'.
    ");
}
