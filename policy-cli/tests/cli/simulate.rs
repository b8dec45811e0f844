//! `simulate`: one decision, files of cases, every exit code.

use std::fs::File;

use super::House;

const ROLE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Orders", "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
    {"Sid": "Receipts", "Effect": "Allow", "Action": ["s3:GetObject", "kms:Decrypt", "sts:AssumeRole"], "Resource": "*"},
    {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringNotLike": {"aws:SourceVpce": ["vpce-1*", "vpce-2*"]}}}
  ]
}"#;

const BOUNDARY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Reads","Effect":"Allow","Action":["dynamodb:Get*","s3:Get*"],"Resource":"*"}]}"#;

const ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}]}"#;

const NO_TABLES: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"NoTables","Effect":"Deny","Action":"dynamodb:*","Resource":"*"}]}"#;

const TOPIC: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Uploads","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}"#;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

const CASES: &str = r#"{"name":"orders are read","request":{"principal":"arn:aws:iam::111122223333:role/orders","action":"dynamodb:GetItem","resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},"policies":{"identity":[{"Version":"2012-10-17","Statement":{"Sid":"Reads","Effect":"Allow","Action":"dynamodb:GetItem","Resource":"*"}}]},"expected":"allowed"}
{"name":"orders are not written","request":{"principal":"arn:aws:iam::111122223333:role/orders","action":"dynamodb:PutItem","resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},"policies":{"identity":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}}],"scp":[[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}],[{"Version":"2012-10-17","Statement":{"Sid":"AllTables","Effect":"Allow","Action":"dynamodb:*","Resource":"*"}}]]},"expected":"implicitly-denied"}
{"name":"keys are used","request":{"principal":"arn:aws:iam::111122223333:role/orders","action":"kms:Decrypt","resource":"arn:aws:kms:eu-west-1:111122223333:key/k"},"policies":{"identity":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}]},"expected":"allowed"}
{"name":"what of topics","request":{"principal":{"service":"s3.amazonaws.com"},"action":"sns:Publsh","resource":"arn:aws:sns:eu-west-1:111122223333:uploads"},"policies":{"resource":{"Version":"2012-10-17","Statement":{"Sid":"No","Effect":"Deny","Principal":"*","Action":"sns:*","Resource":"*"}}}}
"#;

const GET: &str =
    "--action dynamodb:GetItem --resource arn:aws:dynamodb:eu-west-1:111122223333:table/orders";

fn house() -> House {
    House::new(&[
        ("role.json", ROLE),
        ("boundary.json", BOUNDARY),
        ("all.json", ALL),
        ("no-tables.json", NO_TABLES),
        ("topic.json", TOPIC),
        ("trust.json", TRUST),
        ("cases.jsonl", CASES),
        ("generated/orders/execution-role.json", BOUNDARY),
        ("generated/orders/trust-policy.json", TRUST),
        ("generated/orders/resource-policy.json", TOPIC),
    ])
}

/// A case of one line about an identity policy.
fn case(request: &str, policies: &str, expected: &str) -> String {
    format!(
        r#"{{"name":"n","request":{{"principal":"arn:aws:iam::111122223333:role/orders","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"{request}}},"policies":{{{policies}}},"expected":"{expected}"}}"#
    )
}

#[test]
fn an_allowed_request_is_told_with_its_statements() {
    insta::assert_snapshot!(house().run("simulate --policy role.json --boundary boundary.json --principal arn:aws:iam::111122223333:role/orders --action dynamodb:GetItem --resource arn:aws:dynamodb:eu-west-1:111122223333:table/orders"), @r#"
    exit 0
    --- stdout
    allowed
      dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:111122223333:table/orders by arn:aws:iam::111122223333:role/orders
      by statement `Orders` of role.json (identity policy)
      by statement `Reads` of boundary.json (permissions boundary)
    "#);
    insta::assert_snapshot!(house().run("simulate --policy role.json --boundary boundary.json --scp all.json --principal arn:aws:iam::111122223333:role/orders --action dynamodb:GetItem --resource arn:aws:dynamodb:eu-west-1:111122223333:table/orders --format json"), @r#"
    exit 0
    --- stdout
    {
      "decision": "allowed",
      "expected": null,
      "pass": null,
      "statements": [
        {
          "policy": "identity",
          "document": 0,
          "index": 0,
          "sid": "Orders",
          "file": "role.json"
        },
        {
          "policy": "boundary",
          "document": 0,
          "index": 0,
          "sid": "Reads",
          "file": "boundary.json"
        },
        {
          "policy": "scp",
          "level": 0,
          "document": 0,
          "index": 0,
          "sid": "All",
          "file": "all.json"
        }
      ],
      "lacking": [],
      "request": {
        "principal": "arn:aws:iam::111122223333:role/orders",
        "action": "dynamodb:GetItem",
        "resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
        "context": {
          "aws:PrincipalAccount": "111122223333",
          "aws:PrincipalArn": "arn:aws:iam::111122223333:role/orders",
          "aws:PrincipalIsAWSService": "false",
          "aws:PrincipalType": "AssumedRole",
          "aws:ResourceAccount": "111122223333"
        }
      }
    }
    "#);
}

#[test]
fn an_explicit_deny_is_told_with_its_statements() {
    insta::assert_snapshot!(house().run("simulate --policy role.json --scp all.json --scp all.json no-tables.json --action dynamodb:GetItem --resource arn:aws:dynamodb:eu-west-1:111122223333:table/orders"), @r#"
    exit 1
    --- stdout
    explicitly denied
      dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:111122223333:table/orders by whoever holds the identity policies
      by statement `NoTables` of no-tables.json (SCP, level 1)
    "#);
    insta::assert_snapshot!(house().run("simulate --policy role.json --action s3:GetObject --resource arn:aws:s3:::acme-receipts/a.pdf"), @r#"
    exit 1
    --- stdout
    explicitly denied
      s3:GetObject on arn:aws:s3:::acme-receipts/a.pdf by whoever holds the identity policies
      by statement 3 of role.json (identity policy)
      keys that the policies ask for and the request lacks: aws:SourceVpce
    "#);
}

#[test]
fn an_implicit_deny_is_told_with_what_lacks_an_allow() {
    insta::assert_snapshot!(house().run("simulate --policy role.json --boundary boundary.json --scp all.json --scp no-tables.json boundary.json --session-policy boundary.json --action s3:PutObject --resource arn:aws:s3:::acme-receipts/a.pdf --context aws:SourceVpce=vpce-1a"), @r#"
    exit 1
    --- stdout
    implicitly denied
      s3:PutObject on arn:aws:s3:::acme-receipts/a.pdf by whoever holds the identity policies
      nothing allows it in the identity policies (role.json)
      nothing allows it in the permissions boundary (boundary.json)
      nothing allows it in the session policies (boundary.json)
      nothing allows it in the SCPs of level 1 (no-tables.json, boundary.json)
    "#);
    insta::assert_snapshot!(house().run("simulate --policy boundary.json --boundary boundary.json --scp all.json --scp boundary.json --action s3:PutObject --resource arn:aws:s3:::acme-receipts/a.pdf --format json"), @r#"
    exit 1
    --- stdout
    {
      "decision": "implicitly-denied",
      "expected": null,
      "pass": null,
      "statements": [],
      "lacking": [
        {
          "policy": "identity"
        },
        {
          "policy": "boundary"
        },
        {
          "policy": "scp",
          "level": 1
        }
      ],
      "request": {
        "principal": null,
        "action": "s3:PutObject",
        "resource": "arn:aws:s3:::acme-receipts/a.pdf",
        "context": {
          "aws:PrincipalIsAWSService": "false"
        }
      }
    }
    "#);
}

#[test]
fn a_service_is_allowed_by_the_policy_of_the_resource() {
    let house = house();
    let line = "simulate --resource-policy topic.json --principal s3.amazonaws.com --action sns:Publish --resource arn:aws:sns:eu-west-1:111122223333:uploads";
    assert_eq!(house.exit(line), 1);
    assert_eq!(house.exit(&format!("{line} --context aws:SourceAccount=111122223333")), 0);
    assert_eq!(house.exit(&format!("{line} --context aws:SourceAccount=444455556666")), 1);
}

#[test]
fn the_exit_code_is_about_what_is_expected() {
    let house = house();
    for (policies, expected, exit) in [
        ("--policy role.json", "", 0),
        ("--policy topic.json", "", 2),
        ("--policy role.json no-tables.json", "", 1),
        ("--policy role.json", "--expected allowed", 0),
        ("--policy role.json", "--expected implicitly-denied", 1),
        ("--policy role.json no-tables.json", "--expected explicitly-denied", 0),
        ("--policy role.json no-tables.json", "--expected implicitly-denied", 1),
        ("--policy no-tables.json all.json --boundary role.json", "--expected allowed", 1),
        ("--policy role.json", "--expected denied", 2),
    ] {
        let line = format!("simulate {policies} {GET} {expected}");
        assert_eq!(house.exit(&line), exit, "{line}");
    }
    insta::assert_snapshot!(house.run("simulate --policy role.json --action dynamodb:GetItem --resource * --expected implicitly-denied"), @r#"
    exit 1
    --- stdout
    allowed
      expected: implicitly denied
      dynamodb:GetItem on * by whoever holds the identity policies
      by statement `Orders` of role.json (identity policy)
    "#);
}

#[test]
fn each_scp_flag_is_a_level() {
    let house = house();
    for (levels, exit) in [
        ("--scp all.json", 0),
        ("--scp all.json boundary.json", 0),
        ("--scp all.json,boundary.json", 0),
        ("--scp all.json --scp boundary.json --scp all.json", 0),
        ("--scp all.json --scp trust.json", 2),
        ("--scp all.json --scp no-tables.json", 1),
    ] {
        let line = format!("simulate --policy role.json {GET} {levels}");
        assert_eq!(house.exit(&line), exit, "{line}: {}", house.run(&line));
    }
    // Two files of one level need one allow, two levels need two.
    house.write("s3.json", br#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#);
    let line = format!("simulate --policy role.json {GET}");
    assert_eq!(house.exit(&format!("{line} --scp all.json s3.json")), 0);
    assert_eq!(house.exit(&format!("{line} --scp all.json --scp s3.json")), 1);
}

#[test]
fn keys_that_follow_from_the_request_are_filled_in() {
    let house = house();
    let condition = |key: &str, value: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"StringEquals":{{"{key}":"{value}"}}}}}}]}}"#
        )
    };
    let role = "--principal arn:aws:iam::111122223333:role/orders";
    let session = "--principal arn:aws:sts::111122223333:assumed-role/orders/s";
    for (key, value, flags, exit) in [
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:role/orders", role, 0),
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:role/orders", session, 0),
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:role/orders", "", 1),
        ("aws:PrincipalAccount", "111122223333", role, 0),
        ("aws:PrincipalAccount", "111122223333", "", 0),
        ("aws:PrincipalType", "AssumedRole", role, 0),
        ("aws:PrincipalIsAWSService", "false", "", 0),
        ("aws:ResourceAccount", "111122223333", "", 0),
        ("aws:username", "ann", "--principal arn:aws:iam::111122223333:user/ann", 0),
        ("aws:username", "ann", "", 1),
        ("aws:CurrentTime", "2026-11-22T00:00:00Z", role, 1),
        ("aws:PrincipalArn", "other", "--context aws:principalarn=other", 0),
    ] {
        house.write("p.json", condition(key, value).as_bytes());
        let line = format!("simulate --policy p.json {GET} {flags}");
        assert_eq!(house.exit(&line), exit, "{key} {flags}: {}", house.run(&line));
    }
    house.write("p.json", condition("aws:PrincipalAccount", "111122223333").as_bytes());
    let line = format!("simulate --policy p.json {GET} --no-context aws:PrincipalAccount");
    assert_eq!(house.exit(&line), 1);
}

#[test]
fn the_account_of_a_bucket_is_told() {
    let house = house();
    let line = "simulate --policy all.json --action s3:GetObject --resource arn:aws:s3:::b/k --principal arn:aws:iam::111122223333:role/orders";
    assert_eq!(house.exit(line), 0);
    assert_eq!(house.exit(&format!("{line} --resource-account 111122223333")), 0);
    assert_eq!(house.exit(&format!("{line} --resource-account 444455556666")), 1);
    let twice = "--resource-account 444455556666 --context aws:ResourceAccount=111122223333";
    assert_eq!(house.exit(&format!("{line} {twice}")), 2);
}

#[test]
fn a_key_given_again_has_several_values() {
    let house = house();
    house.write("tags.json", br#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]},"Null":{"aws:TagKeys":"false"}}}]}"#);
    for (context, exit) in [
        ("", 1),
        ("--context aws:TagKeys=a", 0),
        ("--context aws:TagKeys=a --context aws:TagKeys=b", 0),
        ("--context aws:TagKeys=a aws:TagKeys=c", 1),
        ("--context aws:TagKeys=", 1),
        ("--context aws:TagKeys", 2),
    ] {
        let line = format!("simulate --policy tags.json {GET} {context}");
        assert_eq!(house.exit(&line), exit, "{line}");
    }
}

#[test]
fn documents_are_read_in_every_form_that_diff_reads() {
    let house = house();
    let arn = "arn:aws:iam::111122223333:role/orders";
    for (name, text) in [
        (
            "role-policy.json",
            format!(r#"{{"RoleName":"r","PolicyName":"p","PolicyDocument":{ROLE}}}"#),
        ),
        ("version.json", format!(r#"{{"PolicyVersion":{{"Document":{ROLE},"VersionId":"v1"}}}}"#)),
        (
            "account.json",
            format!(
                r#"{{"RoleDetailList":[{{"Arn":"{arn}","RolePolicyList":[{{"PolicyName":"p","PolicyDocument":{ROLE}}}]}},{{"Arn":"{arn}-2"}}]}}"#
            ),
        ),
    ] {
        house.write(name, text.as_bytes());
        let role = if name == "account.json" { "--role orders" } else { "" };
        let line = format!("simulate --policy {name} {role} {GET}");
        assert_eq!(house.exit(&line), 0, "{}", house.run(&line));
    }
    let role = format!(r#"{{"Role":{{"RoleName":"r","AssumeRolePolicyDocument":{TRUST}}}}}"#);
    house.write("get-role.json", role.as_bytes());
    let assume = "--action sts:AssumeRole --resource arn:aws:iam::111122223333:role/orders --principal lambda.amazonaws.com";
    for policy in [
        "--trust-policy trust.json",
        "--trust-policy get-role.json",
        "--resource-policy trust.json",
        "--trust-policy generated/orders",
    ] {
        let line = format!("simulate {policy} {assume}");
        assert_eq!(house.exit(&line), 0, "{}", house.run(&line));
    }
    assert_eq!(house.exit(&format!("simulate --policy generated/orders {GET}")), 0);
    let publish = "--action sns:Publish --resource arn:aws:sns:eu-west-1:111122223333:uploads --principal s3.amazonaws.com --context aws:SourceAccount=111122223333";
    assert_eq!(house.exit(&format!("simulate --resource-policy generated/orders {publish}")), 0);
    assert_eq!(house.exit(&format!("simulate --boundary generated/orders {GET}")), 2);
}

#[test]
fn a_document_that_does_not_fit_its_kind_is_refused() {
    let house = house();
    house.write("odd.json", br#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Resource": "*"}
  ]
}"#);
    insta::assert_snapshot!(house.run("simulate --policy topic.json gone.json --boundary trust.json --session-policy topic.json --scp role.json topic.json --rcp role.json --rcp topic.json --endpoint-policy role.json --resource-policy boundary.json --action s3:GetObject --resource *"), @r#"
    exit 2
    --- stderr
    error[policy-element-misplaced]: `Principal` does not belong in an identity policy
     --> topic.json:1:72
    help: it is about whoever holds it; a document that names principals is the policy of a resource or the trust policy of a role
    error: `gone.json` does not exist; expected a policy document or a folder written by `generate`
    error[policy-element-misplaced]: `Principal` does not belong in a permissions boundary
     --> trust.json:1:56
    help: it is about whoever holds it; a document that names principals is the policy of a resource or the trust policy of a role
    error[policy-element-misplaced]: `Principal` does not belong in a session policy
     --> topic.json:1:72
    help: it is about whoever holds it; a document that names principals is the policy of a resource or the trust policy of a role
    error[policy-element-missing]: a statement of an endpoint policy has no `Principal`
     --> role.json:4:5
    help: write `"Principal": "*"` or whom it is about
    error[policy-element-missing]: a statement of an endpoint policy has no `Principal`
     --> role.json:5:5
    help: write `"Principal": "*"` or whom it is about
    error[policy-element-missing]: a statement of an endpoint policy has no `Principal`
     --> role.json:6:5
    help: write `"Principal": "*"` or whom it is about
    error[policy-element-misplaced]: `Principal` does not belong in an SCP
     --> topic.json:1:72
    help: it is about every principal of its accounts; a document that names principals is an RCP, the policy of a resource or a trust policy
    error[policy-element-missing]: a statement of an RCP has no `Principal`
     --> role.json:4:5
    help: write `"Principal": "*"` or whom it is about
    error[policy-element-missing]: a statement of an RCP has no `Principal`
     --> role.json:5:5
    help: write `"Principal": "*"` or whom it is about
    error[policy-element-missing]: a statement of an RCP has no `Principal`
     --> role.json:6:5
    help: write `"Principal": "*"` or whom it is about
    error[policy-element-misplaced]: the `Principal` of an RCP is `*` alone
     --> topic.json:1:72
    help: write `"Principal": "*"` and whom it is about as a `Condition`
    error[policy-element-missing]: a statement of a resource policy has no `Principal`
     --> boundary.json:1:38
    help: write `"Principal": "*"` or whom it is about
    "#);
    insta::assert_snapshot!(house.run("simulate --trust-policy odd.json --action sts:AssumeRole --resource arn:aws:iam::111122223333:role/orders"), @r#"
    exit 2
    --- stderr
    error[policy-element-misplaced]: `NotPrincipal` does not belong in a trust policy
     --> odd.json:4:25
    help: name who may assume the role in `Principal`
    error[policy-element-misplaced]: `Resource` does not belong in a trust policy
     --> odd.json:4:94
    help: leave it out; the resource is the role itself
    "#);
    insta::assert_snapshot!(house.run("simulate --resource-policy odd.json --action sts:AssumeRole --resource arn:aws:iam::111122223333:role/orders"), @r#"
    exit 2
    --- stderr
    error[policy-element-misplaced]: `NotPrincipal` does not belong in a trust policy
     --> odd.json:4:25
    help: name who may assume the role in `Principal`
    error[policy-element-misplaced]: `Resource` does not belong in a trust policy
     --> odd.json:4:94
    help: leave it out; the resource is the role itself
    "#);
    insta::assert_snapshot!(house.run("simulate --trust-policy trust.json --action s3:GetObject --resource *"), @r#"
    exit 2
    --- stderr
    error: `--trust-policy` is for requests that assume a role
    help: ask for `sts:AssumeRole` on the ARN of a role, or leave it out
    "#);
    insta::assert_snapshot!(house.run("simulate --trust-policy trust.json --resource-policy trust.json --action sts:AssumeRole --resource arn:aws:iam::111122223333:role/orders"), @r#"
    exit 2
    --- stderr
    error: `--resource-policy` and `--trust-policy` are both the policy of the role
    help: keep one of them
    "#);
}

#[test]
fn all_that_is_wrong_with_a_request_is_told_at_once() {
    insta::assert_snapshot!(house().run("simulate --policy topic.json --action s3:Get* --resource acme-receipts --resource-account 1111 --principal orders --context aws:SourceVpce --no-context a --context a=b"), @r#"
    exit 2
    --- stderr
    error: `--action`: `s3:Get*` is not an action such as `s3:GetObject`
    help: write `service:Name`, such as `s3:GetObject`
    error: `--resource`: `acme-receipts` is not an ARN of six parts
    help: write an ARN such as `arn:aws:sqs:eu-west-1:111122223333:jobs`, or `*` for an action without a resource
    error: `--resource-account`: `1111` is not an account id of 12 digits
    help: write its 12 digits, such as `111122223333`
    error: `--principal`: `orders` is not a principal such as `arn:aws:iam::111122223333:role/orders`, `lambda.amazonaws.com` or `anonymous`
    help: role sessions, users and root users are named by their ARNs too
    error: `--context`: `aws:SourceVpce` is not KEY=VALUE
    help: write the key, `=` and one value; give a key again for more values
    error: `--no-context`: `a` is given with `--context` too
    help: keep one of them
    error[policy-element-misplaced]: `Principal` does not belong in an identity policy
     --> topic.json:1:72
    help: it is about whoever holds it; a document that names principals is the policy of a resource or the trust policy of a role
    "#);
    insta::assert_snapshot!(house().run("simulate --policy role.json"), @r#"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --action <ACTION>
      --resource <ARN>

    Usage: policy-cli simulate --policy <PATH>... --action <ACTION> --resource <ARN> [OPTIONS]
           policy-cli simulate --cases <FILE>... [OPTIONS]

    For more information, try '--help'.
    "#);
    insta::assert_snapshot!(house().run("simulate --action s3:GetObject --resource *"), @r#"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <--policy <PATH>...|--resource-policy <PATH>|--trust-policy <PATH>|--boundary <FILE>...|--scp <FILE>...|--rcp <FILE>...|--session-policy <FILE>...|--endpoint-policy <FILE>...|--cases <FILE>...>

    Usage: policy-cli simulate --policy <PATH>... --action <ACTION> --resource <ARN> [OPTIONS]
           policy-cli simulate --cases <FILE>... [OPTIONS]

    For more information, try '--help'.
    "#);
    insta::assert_snapshot!(house().run("simulate --cases cases.jsonl --action s3:GetObject"), @r#"
    exit 2
    --- stderr
    error: the argument '--cases <FILE>...' cannot be used with '--action <ACTION>'

    Usage: policy-cli simulate --policy <PATH>... --action <ACTION> --resource <ARN> [OPTIONS]
           policy-cli simulate --cases <FILE>... [OPTIONS]

    For more information, try '--help'.
    "#);
}

#[test]
fn an_answer_that_rests_on_a_document_not_given_says_so() {
    let house = house();
    insta::assert_snapshot!(house.run("simulate --policy role.json --action kms:Decrypt --resource arn:aws:kms:eu-west-1:111122223333:key/k"), @r#"
    exit 1
    --- stdout
    implicitly denied
      kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/k by whoever holds the identity policies
      nothing allows it in the policy of the resource
    --- stderr
    note[policy-not-given]: denied without the policy of the KMS key, which was not given
    help: give it with `--resource-policy`
    "#);
    insta::assert_snapshot!(house.run("simulate --policy role.json --action sts:AssumeRole --resource arn:aws:iam::111122223333:role/bills"), @r#"
    exit 1
    --- stdout
    implicitly denied
      sts:AssumeRole on arn:aws:iam::111122223333:role/bills by whoever holds the identity policies
      nothing allows it in the trust policy
    --- stderr
    note[policy-not-given]: denied without the trust policy of the role, which was not given
    help: give it with `--trust-policy`
    "#);
    insta::assert_snapshot!(house.run("simulate --policy role.json --principal arn:aws:iam::444455556666:role/bills --action dynamodb:GetItem --resource arn:aws:dynamodb:eu-west-1:111122223333:table/orders"), @r#"
    exit 1
    --- stdout
    implicitly denied
      dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:111122223333:table/orders by arn:aws:iam::444455556666:role/bills
      nothing allows it in the policy of the resource
    --- stderr
    note[policy-not-given]: denied without the policy of the resource, which was not given
    help: give it with `--resource-policy`
    "#);
    insta::assert_snapshot!(house.run("simulate --policy role.json --action dynamodb:GetItems --resource *"), @r#"
    exit 0
    --- stdout
    allowed
      dynamodb:GetItems on * by whoever holds the identity policies
      by statement `Orders` of role.json (identity policy)
    --- stderr
    warning[action-unknown]: the catalog knows no action `dynamodb:GetItems`
    help: did you mean `dynamodb:GetItem`?
    "#);
}

#[test]
fn our_cases_of_every_kind_of_policy_pass() {
    let house = House::new(&[("cases.jsonl", include_str!("../simulate/cases.jsonl"))]);
    assert_eq!(
        house.run("simulate --cases cases.jsonl"),
        "exit 0\n--- stdout\n80 cases: 80 as expected"
    );
    let output = house.command("simulate --cases cases.jsonl --format json").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let cases: Vec<serde_json::Value> = include_str!("../simulate/cases.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), cases.len());
    let mut kinds = std::collections::BTreeSet::new();
    for (line, case) in lines.iter().zip(&cases) {
        assert_eq!(line["name"], case["name"]);
        assert_eq!(line["decision"], case["expected"], "{}", case["name"]);
        assert_eq!(line["pass"], true);
        for statement in line["statements"].as_array().unwrap() {
            let kind = statement["policy"].as_str().unwrap();
            kinds.insert(kind.to_owned());
            let documents = &case["policies"][kind];
            let documents = match statement["level"].as_u64() {
                Some(level) => &documents[level as usize],
                None => documents,
            };
            let document = match documents.as_array() {
                Some(all) => &all[statement["document"].as_u64().unwrap() as usize],
                None => documents,
            };
            let found = &document["Statement"][statement["index"].as_u64().unwrap() as usize];
            assert_eq!(found["Sid"], statement["sid"], "{}", case["name"]);
            let effect = if line["decision"] == "allowed" { "Allow" } else { "Deny" };
            assert_eq!(found["Effect"], effect, "{}", case["name"]);
        }
    }
    let all = ["boundary", "endpoint", "identity", "rcp", "resource", "scp", "session", "trust"];
    assert!(kinds.iter().eq(all), "{kinds:?}");
}

#[test]
fn a_case_that_fails_is_told_with_what_matched() {
    let house = house();
    insta::assert_snapshot!(house.run("simulate --cases cases.jsonl"), @r#"
    exit 1
    --- stdout
    failed: allowed, expected implicitly denied: orders are not written (cases.jsonl:2)
        dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:111122223333:table/orders by arn:aws:iam::111122223333:role/orders
        by statement 1 of `identity[0]`
        by statement 1 of `scp[0][0]`
        by statement `AllTables` of `scp[1][0]`
    failed: implicitly denied, expected allowed: keys are used (cases.jsonl:3)
        kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/k by arn:aws:iam::111122223333:role/orders
        nothing allows it in the policy of the resource
    decided: explicitly denied: what of topics (cases.jsonl:4)
        sns:Publsh on arn:aws:sns:eu-west-1:111122223333:uploads by s3.amazonaws.com
        by statement `No` of `resource`
    4 cases: 1 as expected, 2 not as expected, 1 without an expectation
    --- stderr
    note[policy-not-given]: a case is denied without the policy of the KMS key, which it does not give
     --> cases.jsonl:3
    help: add `resource` to `policies`
    warning[action-unknown]: the catalog knows no action `sns:Publsh`
     --> cases.jsonl:4
    help: did you mean `sns:Publish`?
    "#);
    insta::assert_snapshot!(house.run("simulate --cases cases.jsonl --format json"), @r#"
    exit 1
    --- stdout
    {"name":"orders are read","decision":"allowed","expected":"allowed","pass":true,"statements":[{"policy":"identity","document":0,"index":0,"sid":"Reads"}],"lacking":[]}
    {"name":"orders are not written","decision":"allowed","expected":"implicitly-denied","pass":false,"statements":[{"policy":"identity","document":0,"index":0,"sid":null},{"policy":"scp","level":0,"document":0,"index":0,"sid":null},{"policy":"scp","level":1,"document":0,"index":0,"sid":"AllTables"}],"lacking":[]}
    {"name":"keys are used","decision":"implicitly-denied","expected":"allowed","pass":false,"statements":[],"lacking":[{"policy":"resource"}]}
    {"name":"what of topics","decision":"explicitly-denied","expected":null,"pass":null,"statements":[{"policy":"resource","document":0,"index":0,"sid":"No"}],"lacking":[]}
    --- stderr
    note[policy-not-given]: a case is denied without the policy of the KMS key, which it does not give
     --> cases.jsonl:3
    help: add `resource` to `policies`
    warning[action-unknown]: the catalog knows no action `sns:Publsh`
     --> cases.jsonl:4
    help: did you mean `sns:Publish`?
    "#);
    insta::assert_snapshot!(house.run("simulate --cases cases.jsonl -q"), @r#"
    exit 1
    --- stdout
    4 cases: 1 as expected, 2 not as expected, 1 without an expectation
    "#);
}

#[test]
fn passing_cases_are_shown_on_request() {
    let house = house();
    let first = CASES.lines().next().unwrap();
    house.write("one.jsonl", first.as_bytes());
    insta::assert_snapshot!(house.run("simulate --cases one.jsonl"), @r#"
    exit 0
    --- stdout
    1 case: 1 as expected
    "#);
    insta::assert_snapshot!(house.run("simulate --cases one.jsonl -v"), @r#"
    exit 0
    --- stdout
    passed: allowed: orders are read (one.jsonl:1)
        dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:111122223333:table/orders by arn:aws:iam::111122223333:role/orders
        by statement `Reads` of `identity[0]`
    1 case: 1 as expected
    "#);
}

#[test]
fn a_case_without_an_expectation_is_only_decided() {
    let house = house();
    let open = case("", "", "allowed").replace(r#","expected":"allowed""#, "");
    for text in [open.replace("}}", r#"},"expected":null}"#), open] {
        house.write("open.jsonl", text.as_bytes());
        let text = house.run("simulate --cases open.jsonl --format json");
        assert_eq!(
            text,
            "exit 0\n--- stdout\n{\"name\":\"n\",\"decision\":\"implicitly-denied\",\"expected\":null,\"pass\":null,\"statements\":[],\"lacking\":[{\"policy\":\"identity\"}]}"
        );
    }
}

#[test]
fn every_malformed_line_is_told_and_nothing_is_decided() {
    let house = house();
    house.write("bad.jsonl", br#"{"name":"fine","request":{"principal":"anonymous","action":"s3:GetObject","resource":"*"},"policies":{}}
{"name":"cut off"
{"nmae":"n","request":{"principal":"x","action":"s3:Get*","resource":"r","resourceAcount":"1"},"policies":{"identiy":[]},"expected":"allow"}

{"name":"a","name":"b","request":{"principal":{"servce":"lambda"},"action":"s3:GetObject","resource":"*","context":{"aws:SourceIp":[{}],"AWS:sourceip":"1","b":null}},"policies":[]}
[1]
{"name":3,"request":{"principal":{"service":"lambda","federated":"x"},"action":"s3:GetObject","resource":"*"},"policies":{"identity":[{"Version":"2012-10-17","Statement":[{"Effect":"Alow","Action":"*","Resource":"*"}]}],"resource":[],"scp":[[3]]}}
{"name":"caf\u00e9 \ud800","request":{},"policies":{"identity":[{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}]}}
{"name":"n","request":{"principal":"arn:aws:iam::111122223333:role/r","action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/s"},"policies":{"resource":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]},"trust":{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}}}
{"name":"n","request":{"principal":"arn:aws:iam::111122223333:role/r","action":"s3:GetObject","resource":"*","resourceAccount":"111122223333","context":{"aws:ResourceAccount":"444455556666"}},"policies":{"trust":{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}}}
{"name":"n"} {}
{}
"#);
    insta::assert_snapshot!(house.run("simulate --cases bad.jsonl cases.jsonl gone.jsonl --format json"), @r#"
    exit 2
    --- stderr
    error: not JSON: EOF while parsing an object
     --> bad.jsonl:2:17
    help: write one object a line, `{"name": …, "request": …, "policies": …, "expected": …}`
    error: unknown member `nmae` in a case
     --> bad.jsonl:3:3
    help: did you mean `name`?
    error: `allow` is not a decision
     --> bad.jsonl:3:133
    help: write one of `allowed`, `implicitly-denied`, `explicitly-denied`
    error: unknown member `resourceAcount` in `request`
     --> bad.jsonl:3:75
    help: did you mean `resourceAccount`?
    error: `x` is not a principal such as `arn:aws:iam::111122223333:role/orders`, `lambda.amazonaws.com` or `anonymous`
     --> bad.jsonl:3:36
    help: role sessions, users and root users are named by their ARNs too
    error: `s3:Get*` is not an action such as `s3:GetObject`
     --> bad.jsonl:3:49
    help: write `service:Name`, such as `s3:GetObject`
    error: `r` is not an ARN of six parts
     --> bad.jsonl:3:70
    help: write an ARN such as `arn:aws:sqs:eu-west-1:111122223333:jobs`, or `*` for an action without a resource
    error: unknown member `identiy` in `policies`
     --> bad.jsonl:3:109
    help: did you mean `identity`?
    error: `name` stands twice in a case
     --> bad.jsonl:5:14
    help: keep one of them
    error: unknown member `servce` in `principal`
     --> bad.jsonl:5:49
    help: did you mean `service`?
    error: a value of `aws:SourceIp` is an object, expected a string, a number or a boolean
     --> bad.jsonl:5:133
    help: write a string, a number or a boolean
    error: `AWS:sourceip` stands twice in `context`
     --> bad.jsonl:5:152
    help: write it once, with all its values; the case of a key does not count
    error: `b` is null, expected one value or several
     --> bad.jsonl:5:160
    help: leave the key out; write `[]` to say that the request lacks a key that would be filled in
    error: `policies` is an array, expected an object
     --> bad.jsonl:5:178
    help: write an object
    error: a case is an object
     --> bad.jsonl:6:1
    help: write one object a line, `{"name": …, "request": …, "policies": …, "expected": …}`
    error: `name` is a number, expected a string
     --> bad.jsonl:7:9
    help: write a string
    error: `principal` names one caller
     --> bad.jsonl:7:34
    help: write one of `service`, `federated`, `canonicalUser`
    error[effect-invalid]: `Alow` is not an effect
     --> bad.jsonl:7:182
    help: write `Allow`; the value is case-sensitive
    error: `resource` is a list of 0 documents, expected one
     --> bad.jsonl:7:232
    help: write the document; without one, leave it out
    error[policy-malformed]: a policy document is a number, expected an object with `Version` and `Statement`
     --> bad.jsonl:7:243
    help: write an object with `Version` and `Statement`
    error: `name` has an escape that stands for no character
     --> bad.jsonl:8:9
    help: write both halves of a surrogate pair
    error: `request` has no `principal`
     --> bad.jsonl:8:38
    help: write an ARN, `{"service": "lambda.amazonaws.com"}` or `"anonymous"`
    error: `request` has no `action`
     --> bad.jsonl:8:38
    help: write `"action": "s3:GetObject"`
    error: `request` has no `resource`
     --> bad.jsonl:8:38
    help: write the ARN, or `"*"` for an action without a resource
    error[policy-element-misplaced]: `Principal` does not belong in an identity policy
     --> bad.jsonl:8:97
    help: it is about whoever holds it; a document that names principals is the policy of a resource or the trust policy of a role
    error[policy-element-misplaced]: `Resource` does not belong in a trust policy
     --> bad.jsonl:9:228
    help: leave it out; the resource is the role itself
    error[policy-element-missing]: a statement of a trust policy has no `Principal`
     --> bad.jsonl:9:267
    help: write who may assume the role, such as `"Principal": { "Service": "lambda.amazonaws.com" }`
    error[policy-element-misplaced]: `Resource` does not belong in a trust policy
     --> bad.jsonl:9:311
    help: leave it out; the resource is the role itself
    error: `resource` and `trust` are both the policy of the role
     --> bad.jsonl:9:155
    help: keep one of them
    error: the account of the resource is told as `111122223333`, but `aws:ResourceAccount` as `444455556666`
     --> bad.jsonl:10:23
    help: say it once; the key is filled in from the account
    error: not JSON: trailing characters
     --> bad.jsonl:11:14
    help: write one object a line, `{"name": …, "request": …, "policies": …, "expected": …}`
    error: a case has no `name`
     --> bad.jsonl:12:1
    help: write `"name": "what the case shows"`
    error: a case has no `request`
     --> bad.jsonl:12:1
    help: write `"request": {"principal": …, "action": …, "resource": …}`
    error: a case has no `policies`
     --> bad.jsonl:12:1
    help: write `"policies": {"identity": [ … ]}`, or give documents with `--policy` and its like
    error: `gone.jsonl` does not exist; expected a file of cases
    "#);
}

#[test]
fn places_count_characters_from_the_start_of_the_line() {
    let house = house();
    let text = "\u{feff}{\"name\":\"é\u{1f600}\",\"x\":1}\r\n";
    house.write("places.jsonl", text.as_bytes());
    let text = house.run("simulate --cases places.jsonl");
    assert!(text.contains(" --> places.jsonl:1:15\n"), "{text}");
    house.write("latin1.jsonl", b"{}\n{\"name\":\"\xe9\"}");
    let text = house.run("simulate --cases latin1.jsonl");
    assert!(text.contains("error: not UTF-8 text\n --> latin1.jsonl:2:10\n"), "{text}");
}

#[test]
fn files_of_another_shape_are_refused_once() {
    let house = house();
    let line = case("", "", "allowed");
    for (text, says) in [
        (format!("[\n  {line},\n  {line}\n]\n"), "found a list"),
        (format!("[{line}]"), "found a list"),
        (
            "{\n  \"name\": \"n\",\n  \"request\": {}\n}\n".to_owned(),
            "found an object over several lines",
        ),
        (String::new(), "there is no case in it"),
        ("\n \r\n".to_owned(), "there is no case in it"),
    ] {
        house.write("shape.jsonl", text.as_bytes());
        let text = house.run("simulate --cases shape.jsonl");
        assert!(text.starts_with("exit 2\n--- stderr\nerror: ") && text.contains(says), "{text}");
        assert_eq!(text.matches("error").count(), 1, "{text}");
    }
}

#[test]
fn line_ends_blank_lines_marks_and_length_do_not_matter() {
    let house = house();
    let all = r#""identity":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}]"#;
    let line = case("", all, "allowed");
    let long = line.replace("b/k", &format!("b/{}", "k".repeat(3_000_000)));
    for text in [
        line.clone(),
        format!("{line}\n"),
        format!("\u{feff}{line}\r\n\r\n  \t\r\n{line}"),
        format!("\n\n  {line}  \n\n"),
        long,
    ] {
        house.write("ends.jsonl", text.as_bytes());
        assert_eq!(house.exit("simulate --cases ends.jsonl"), 0);
        let mut command = house.command("simulate --cases - -q");
        let output = command.stdin(File::open(house.path("ends.jsonl")).unwrap()).output().unwrap();
        assert!(output.status.success());
    }
}

#[test]
fn one_document_and_a_list_of_one_are_the_same() {
    let house = house();
    let document =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let named = document.replace(r#""Action""#, r#""Principal":"*","Action""#);
    let forms = |kind: &str, document: &str, lists: &[&str]| -> Vec<String> {
        lists.iter().map(|list| format!(r#""{kind}":{}"#, list.replace('D', document))).collect()
    };
    let mut texts = Vec::new();
    for kind in ["identity", "boundary", "session"] {
        texts.extend(forms(kind, document, &["D", "[D]"]));
    }
    texts.extend(forms("endpoint", &named, &["D", "[D]"]));
    texts.extend(forms("resource", &named, &["D", "[D]"]));
    texts.extend(forms("scp", document, &["D", "[D]", "[[D]]", "[[D],D,[D,D]]"]));
    for text in texts {
        let identity = format!(r#""identity":{document},"#);
        let text = if text.contains("identity") { text } else { identity + &text };
        house.write("forms.jsonl", case("", &text, "allowed").as_bytes());
        let line = "simulate --cases forms.jsonl";
        assert_eq!(house.exit(line), 0, "{text}: {}", house.run(line));
    }
}

#[test]
fn null_is_a_member_that_is_left_out() {
    let house = house();
    let text = case(
        r#","resourceAccount":null,"context":null"#,
        r#""identity":null,"boundary":null,"scp":null,"resource":null"#,
        "implicitly-denied",
    );
    house.write("null.jsonl", text.as_bytes());
    assert_eq!(
        house.exit("simulate --cases null.jsonl"),
        0,
        "{}",
        house.run("simulate --cases null.jsonl")
    );
}

#[test]
fn documents_of_flags_stand_for_what_a_case_does_not_give() {
    let house = house();
    let request = r#""request":{"principal":"arn:aws:iam::111122223333:role/orders","action":"dynamodb:GetItem","resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"}"#;
    let assume = r#""request":{"principal":{"service":"lambda.amazonaws.com"},"action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/orders"}"#;
    let cases = format!(
        "{{\"name\":\"a\",{request},\"expected\":\"allowed\"}}\n{{\"name\":\"b\",{request},\"policies\":{{\"identity\":[]}},\"expected\":\"implicitly-denied\"}}\n{{\"name\":\"c\",{request},\"policies\":{{\"boundary\":{NO_TABLES}}},\"expected\":\"explicitly-denied\"}}\n{{\"name\":\"d\",{assume},\"expected\":\"allowed\"}}\n"
    );
    house.write("tests.jsonl", cases.as_bytes());
    let line =
        "simulate --policy generated/orders --trust-policy generated/orders --cases tests.jsonl";
    let text = house.run(&format!("{line} --format json"));
    insta::assert_snapshot!(text, @r#"
    exit 0
    --- stdout
    {"name":"a","decision":"allowed","expected":"allowed","pass":true,"statements":[{"policy":"identity","document":0,"index":0,"sid":"Reads","file":"generated/orders/execution-role.json"}],"lacking":[]}
    {"name":"b","decision":"implicitly-denied","expected":"implicitly-denied","pass":true,"statements":[],"lacking":[{"policy":"identity"}]}
    {"name":"c","decision":"explicitly-denied","expected":"explicitly-denied","pass":true,"statements":[{"policy":"boundary","document":0,"index":0,"sid":"NoTables"}],"lacking":[]}
    {"name":"d","decision":"allowed","expected":"allowed","pass":true,"statements":[{"policy":"trust","document":0,"index":0,"sid":null,"file":"generated/orders/trust-policy.json"}],"lacking":[]}
    "#);
    assert_eq!(house.exit("simulate --cases tests.jsonl"), 2);
    assert_eq!(house.exit("simulate --policy topic.json --cases tests.jsonl"), 2);
}

#[test]
fn a_number_in_a_value_keeps_its_text() {
    let house = house();
    for (value, policy, expected) in [
        ("10", "10", "allowed"),
        ("1e1", "1e1", "allowed"),
        ("1.50", "1.50", "allowed"),
        ("true", "true", "allowed"),
        ("\"10\"", "10", "allowed"),
        ("[10,\"b\"]", "b", "allowed"),
        ("1.5", "1.50", "implicitly-denied"),
    ] {
        let policies = format!(
            r#""identity":{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"ForAnyValue:StringEquals":{{"k:k":"{policy}"}}}}}}}}"#
        );
        let text = case(&format!(r#","context":{{"k:k":{value}}}"#), &policies, expected);
        house.write("value.jsonl", text.as_bytes());
        assert_eq!(house.exit("simulate --cases value.jsonl"), 0, "{value} {policy}");
    }
}

#[test]
fn several_files_of_cases_count_together() {
    let house = house();
    let text = house.run("simulate --cases cases.jsonl cases.jsonl -q");
    assert!(text.contains("8 cases: 2 as expected, 4 not as expected, 2 without"), "{text}");
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let house = house();
    assert!(!house.run("simulate --cases cases.jsonl").contains('\u{1b}'));
    assert!(house.run("simulate --cases cases.jsonl --color always").contains('\u{1b}'));
    let json = house.command("simulate --cases cases.jsonl --format json --color always");
    let json = { json }.output().unwrap().stdout;
    assert!(!json.contains(&0x1b));
}
