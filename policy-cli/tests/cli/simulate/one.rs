//! One request on the command line.

use super::{ROLE, TRUST, house};

const GET: &str =
    "--action dynamodb:GetItem --resource arn:aws:dynamodb:eu-west-1:111122223333:table/orders";

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
fn a_root_user_needs_no_policy_in_its_own_account() {
    let house = house();
    let text = house.run(&format!(
        "simulate --boundary boundary.json --principal arn:aws:iam::111122223333:root {GET}"
    ));
    assert!(text.contains("  a root user needs no policy in its own account"), "{text}");
}
