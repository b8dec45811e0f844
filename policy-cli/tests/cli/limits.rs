//! `diff` within a boundary, SCPs and session policies.

use super::House;

const READ: &str = r#"{"Version":"2012-10-17","Statement":[
  {"Sid":"Orders","Effect":"Allow","Action":"dynamodb:GetItem","Resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"}
]}"#;

const MORE: &str = r#"{"Version":"2012-10-17","Statement":[
  {"Sid":"Orders","Effect":"Allow","Action":"dynamodb:GetItem","Resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},
  {"Sid":"Queue","Effect":"Allow","Action":["sqs:SendMessage","sqs:DeleteQueue"],"Resource":"arn:aws:sqs:eu-west-1:111122223333:work"},
  {"Sid":"Receipts","Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-receipts/*"}
]}"#;

const BOUNDARY: &str = r#"{"Version":"2012-10-17","Statement":[
  {"Sid":"Data","Effect":"Allow","Action":["dynamodb:*","s3:*"],"Resource":"*"}
]}"#;

const FULL: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Full","Effect":"Allow","Action":"*","Resource":"*"}]}"#;

const SEALED: &str = r#"{"Version":"2012-10-17","Statement":[
  {"Sid":"Sealed","Effect":"Deny","Action":"s3:PutObject","Resource":"*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}
]}"#;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

fn house() -> House {
    House::new(&[
        ("read.json", READ),
        ("more.json", MORE),
        ("boundary.json", BOUNDARY),
        ("full.json", FULL),
        ("sealed.json", SEALED),
        ("trust.json", TRUST),
    ])
}

const WITHIN: &str = "diff --deployed read.json --proposed more.json --boundary boundary.json \
                      --scp full.json --scp full.json sealed.json";

#[test]
fn what_limits_block_is_no_difference_but_a_finding() {
    insta::assert_snapshot!(house().run(WITHIN), @r#"
    exit 1
    --- stdout
    wider: the proposed policy allows more than the deployed one
    within boundary.json and 2 SCP levels

    the proposed policy adds, for example:
      + s3:PutObject on arn:aws:s3:::acme-receipts/example
          with s3:x-amz-server-side-encryption = "aws:kms"
          by statement `Receipts` of more.json

    --- read.json
    +++ more.json
    @@ -6,6 +6,21 @@
           "Effect": "Allow",
           "Action": "dynamodb:GetItem",
           "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
    +    },
    +    {
    +      "Sid": "Queue",
    +      "Effect": "Allow",
    +      "Action": [
    +        "sqs:SendMessage",
    +        "sqs:DeleteQueue"
    +      ],
    +      "Resource": "arn:aws:sqs:eu-west-1:111122223333:work"
    +    },
    +    {
    +      "Sid": "Receipts",
    +      "Effect": "Allow",
    +      "Action": "s3:PutObject",
    +      "Resource": "arn:aws:s3:::acme-receipts/*"
         }
       ]
     }
    --- stderr
    error[grant-ineffective]: what statement `Queue` grants, `sqs:SendMessage` on `arn:aws:sqs:eu-west-1:111122223333:work` and `sqs:DeleteQueue` on `arn:aws:sqs:eu-west-1:111122223333:work`, is blocked: the permissions boundary (boundary.json) does not allow it; for example `sqs:SendMessage` on `arn:aws:sqs:eu-west-1:111122223333:work`
     --> more.json:3:3
    help: allow it in the limit, or take the grant out
    warning[grant-ineffective]: what statement `Receipts` grants, `s3:PutObject` on `arn:aws:s3:::acme-receipts/*`, is blocked in part: statement `Sealed` of sealed.json (SCP level 1) denies it; for example `s3:PutObject` on `arn:aws:s3:::acme-receipts/example`
     --> more.json:4:3
     --> sealed.json:2:3
    help: grant no more than the limits allow, or widen the limit
    "#);
}

#[test]
fn limits_and_what_they_block_are_in_the_json_and_the_markdown() {
    insta::assert_snapshot!(house().run(&format!("{WITHIN} --format json")), @r#"
    exit 1
    --- stdout
    {
      "relation": "wider",
      "added": [
        {
          "action": "s3:PutObject",
          "resource": "arn:aws:s3:::acme-receipts/example",
          "context": {
            "s3:x-amz-server-side-encryption": "aws:kms"
          },
          "statement": {
            "sid": "Receipts",
            "index": 2,
            "document": "more.json"
          }
        }
      ],
      "removed": [],
      "unknown": [],
      "findings": [
        {
          "code": "grant-ineffective",
          "severity": "error",
          "message": "what statement `Queue` grants, `sqs:SendMessage` on `arn:aws:sqs:eu-west-1:111122223333:work` and `sqs:DeleteQueue` on `arn:aws:sqs:eu-west-1:111122223333:work`, is blocked: the permissions boundary (boundary.json) does not allow it; for example `sqs:SendMessage` on `arn:aws:sqs:eu-west-1:111122223333:work`",
          "places": [
            {
              "file": "more.json",
              "line": 3,
              "column": 3
            }
          ],
          "help": "allow it in the limit, or take the grant out",
          "statement": {
            "sid": "Queue",
            "index": 1,
            "document": "more.json"
          }
        },
        {
          "code": "grant-ineffective",
          "severity": "warning",
          "message": "what statement `Receipts` grants, `s3:PutObject` on `arn:aws:s3:::acme-receipts/*`, is blocked in part: statement `Sealed` of sealed.json (SCP level 1) denies it; for example `s3:PutObject` on `arn:aws:s3:::acme-receipts/example`",
          "places": [
            {
              "file": "more.json",
              "line": 4,
              "column": 3
            },
            {
              "file": "sealed.json",
              "line": 2,
              "column": 3
            }
          ],
          "help": "grant no more than the limits allow, or widen the limit",
          "statement": {
            "sid": "Receipts",
            "index": 2,
            "document": "more.json"
          }
        }
      ],
      "limits": {
        "boundary": [
          "boundary.json"
        ],
        "scp": [
          [
            "full.json"
          ],
          [
            "full.json",
            "sealed.json"
          ]
        ]
      },
      "ineffective": [
        {
          "statement": {
            "sid": "Queue",
            "index": 1,
            "document": "more.json"
          },
          "actions": [
            "sqs:SendMessage"
          ],
          "resources": [
            "arn:aws:sqs:eu-west-1:111122223333:work"
          ],
          "partly": false,
          "blockedBy": [
            {
              "policy": "boundary"
            }
          ],
          "example": {
            "action": "sqs:SendMessage",
            "resource": "arn:aws:sqs:eu-west-1:111122223333:work",
            "context": {}
          }
        },
        {
          "statement": {
            "sid": "Queue",
            "index": 1,
            "document": "more.json"
          },
          "actions": [
            "sqs:DeleteQueue"
          ],
          "resources": [
            "arn:aws:sqs:eu-west-1:111122223333:work"
          ],
          "partly": false,
          "blockedBy": [
            {
              "policy": "boundary"
            }
          ],
          "example": {
            "action": "sqs:DeleteQueue",
            "resource": "arn:aws:sqs:eu-west-1:111122223333:work",
            "context": {}
          }
        },
        {
          "statement": {
            "sid": "Receipts",
            "index": 2,
            "document": "more.json"
          },
          "actions": [
            "s3:PutObject"
          ],
          "resources": [
            "arn:aws:s3:::acme-receipts/*"
          ],
          "partly": true,
          "blockedBy": [
            {
              "policy": "scp",
              "level": 1,
              "statement": {
                "sid": "Sealed",
                "index": 0,
                "document": "sealed.json"
              }
            }
          ],
          "example": {
            "action": "s3:PutObject",
            "resource": "arn:aws:s3:::acme-receipts/example",
            "context": {}
          }
        }
      ],
      "text": "--- read.json\n+++ more.json\n@@ -6,6 +6,21 @@\n       \"Effect\": \"Allow\",\n       \"Action\": \"dynamodb:GetItem\",\n       \"Resource\": \"arn:aws:dynamodb:eu-west-1:111122223333:table/orders\"\n+    },\n+    {\n+      \"Sid\": \"Queue\",\n+      \"Effect\": \"Allow\",\n+      \"Action\": [\n+        \"sqs:SendMessage\",\n+        \"sqs:DeleteQueue\"\n+      ],\n+      \"Resource\": \"arn:aws:sqs:eu-west-1:111122223333:work\"\n+    },\n+    {\n+      \"Sid\": \"Receipts\",\n+      \"Effect\": \"Allow\",\n+      \"Action\": \"s3:PutObject\",\n+      \"Resource\": \"arn:aws:s3:::acme-receipts/*\"\n     }\n   ]\n }\n"
    }
    --- stderr
    error[grant-ineffective]: what statement `Queue` grants, `sqs:SendMessage` on `arn:aws:sqs:eu-west-1:111122223333:work` and `sqs:DeleteQueue` on `arn:aws:sqs:eu-west-1:111122223333:work`, is blocked: the permissions boundary (boundary.json) does not allow it; for example `sqs:SendMessage` on `arn:aws:sqs:eu-west-1:111122223333:work`
     --> more.json:3:3
    help: allow it in the limit, or take the grant out
    warning[grant-ineffective]: what statement `Receipts` grants, `s3:PutObject` on `arn:aws:s3:::acme-receipts/*`, is blocked in part: statement `Sealed` of sealed.json (SCP level 1) denies it; for example `s3:PutObject` on `arn:aws:s3:::acme-receipts/example`
     --> more.json:4:3
     --> sealed.json:2:3
    help: grant no more than the limits allow, or widen the limit
    "#);
    let text = house().run(&format!("{WITHIN} --format markdown"));
    let lines: Vec<&str> =
        text.lines().filter(|line| line.starts_with("within") || line.starts_with("- ")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    within boundary.json and 2 SCP levels
    - **error** `grant-ineffective`: what statement `Queue` grants, `sqs:SendMessage` on `arn:aws:sqs:eu-west-1:111122223333:work` and `sqs:DeleteQueue` on `arn:aws:sqs:eu-west-1:111122223333:work`, is blocked: the permissions boundary (boundary.json) does not allow it; for example `sqs:SendMessage` on `arn:aws:sqs:eu-west-1:111122223333:work` (more.json:3:3)
    - **warning** `grant-ineffective`: what statement `Receipts` grants, `s3:PutObject` on `arn:aws:s3:::acme-receipts/*`, is blocked in part: statement `Sealed` of sealed.json (SCP level 1) denies it; for example `s3:PutObject` on `arn:aws:s3:::acme-receipts/example` (more.json:4:3)
    ");
}

#[test]
fn a_change_that_only_the_limits_hold_back_is_equivalent_within_them() {
    let house = house();
    house.write("queue.json", MORE.replace("s3:PutObject", "sqs:GetQueueUrl").as_bytes());
    let line = "diff --deployed read.json --proposed queue.json";
    assert_eq!(house.exit(line), 1);
    assert!(house.run(line).contains("wider"));
    let within = format!("{line} --boundary boundary.json --fail-on never");
    assert!(
        house
            .run(&within)
            .contains("equivalent: both allow the same requests\nwithin boundary.json")
    );
}

#[test]
fn what_was_blocked_before_is_only_a_warning() {
    let house = house();
    let line = "diff --deployed more.json --proposed more.json --boundary boundary.json";
    let text = house.run(line);
    assert!(text.starts_with("exit 0"), "{text}");
    assert!(text.contains("warning[grant-ineffective]"), "{text}");
    assert!(text.contains("it is so in what is deployed already"), "{text}");
}

#[test]
fn every_level_of_scps_must_allow_and_files_of_one_level_add_up() {
    let house = house();
    house.write("queues.json", FULL.replace("\"*\",\"Resource", "\"sqs:*\",\"Resource").as_bytes());
    let line = |scp: &str| {
        format!("diff --deployed read.json --proposed more.json {scp} -q --fail-on never")
    };
    let errors = |scp: &str| house.run(&line(scp)).matches("error[grant-ineffective]").count();
    assert_eq!(errors("--scp full.json"), 0);
    assert_eq!(errors("--scp queues.json"), 1);
    assert_eq!(errors("--scp full.json --scp queues.json"), 1);
    assert_eq!(errors("--scp full.json queues.json"), 0);
    assert_eq!(errors("--scp full.json,queues.json"), 0);
}

#[test]
fn an_scp_may_be_what_describe_policy_prints() {
    let house = house();
    let printed = format!(
        r#"{{"Policy": {{"PolicySummary": {{"Name": "seal", "Type": "SERVICE_CONTROL_POLICY"}}, "Content": {SEALED:?}}}}}"#
    );
    house.write("printed.json", printed.as_bytes());
    let text = house.run(
        "diff --deployed read.json --proposed more.json --scp full.json printed.json -q --fail-on never",
    );
    assert!(!text.contains("error"), "{text}");
    assert!(
        house
            .run("check more.json --scp full.json printed.json")
            .contains("statement `Sealed` of printed.json")
    );
}

#[test]
fn a_session_policy_limits_too() {
    let text = house()
        .run("diff --deployed read.json --proposed more.json --session-policy boundary.json -q");
    assert!(text.contains("within boundary.json"), "{text}");
    assert!(text.contains("the session policy (boundary.json) does not allow it"), "{text}");
}

#[test]
fn limits_that_cannot_be_used_are_refused() {
    insta::assert_snapshot!(
        house().run("diff --deployed read.json --proposed more.json --boundary trust.json --scp gone.json"),
        @r"
    exit 2
    --- stderr
    error[policy-element-misplaced]: `Principal` does not belong in a permissions boundary
     --> trust.json:1:56
    help: it is about whoever holds it; a document that names principals is the policy of a resource or the trust policy of a role
    error: `gone.json` does not exist; expected a policy document or a folder written by `generate`
    "
    );
    insta::assert_snapshot!(
        house().run("diff --deployed trust.json --proposed trust.json --boundary boundary.json"),
        @r"
    exit 2
    --- stderr
    error: limits are on the principal that holds identity policies, and the policies given name principals
    help: leave out `--boundary`, `--scp` and `--session-policy`, or give identity policies
    "
    );
}
