//! What `diff` finds beside the differences: statements that do not do what they seem to.

use super::House;

fn document(statements: &[&str]) -> String {
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {}\n  ]\n}}\n",
        statements.join(",\n    ")
    )
}

const OPEN: &str = r#"{"Sid": "Default", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;
const BOUND: &str = r#"{"Sid": "Bound", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}"#;
const URL: &str = r#"{"Sid": "Url", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:orders", "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}}"#;
const TOPIC: &str = r#"{"Sid": "Topic", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:orders", "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:sns:eu-west-1:111122223333:orders"}}}"#;

fn house() -> House {
    House::new(&[
        ("open.json", &document(&[OPEN])),
        ("both.json", &document(&[OPEN, BOUND])),
        ("bound.json", &document(&[BOUND])),
        ("url.json", &document(&[URL, TOPIC])),
        ("topic.json", &document(&[TOPIC])),
    ])
}

#[test]
fn a_statement_left_beside_a_conditioned_one_is_an_error_though_nothing_differs() {
    insta::assert_snapshot!(house().run("diff --deployed open.json --proposed both.json"), @r#"
    exit 1
    --- stdout
    equivalent: both allow the same requests

    --- open.json
    +++ both.json
    @@ -8,6 +8,19 @@
             "Service": "lambda.amazonaws.com"
           },
           "Action": "sts:AssumeRole"
    +    },
    +    {
    +      "Sid": "Bound",
    +      "Effect": "Allow",
    +      "Principal": {
    +        "Service": "lambda.amazonaws.com"
    +      },
    +      "Action": "sts:AssumeRole",
    +      "Condition": {
    +        "StringEquals": {
    +          "aws:SourceAccount": "111122223333"
    +        }
    +      }
         }
       ]
     }
    --- stderr
    error[condition-without-effect]: the condition of statement `Bound` has no effect: statement `Default` allows the same without it
     --> both.json:5:5
     --> both.json:4:5
    help: statements add up: take statement `Default` out, or give it the condition too
    "#);
    insta::assert_snapshot!(house().run("diff --deployed open.json --proposed both.json --format markdown"), @r#"
    exit 1
    --- stdout
    ### Policy change: equivalent: both allow the same requests

    - **error** `condition-without-effect`: the condition of statement `Bound` has no effect: statement `Default` allows the same without it (both.json:5:5)

    <details><summary>Text</summary>

    ```diff
    --- open.json
    +++ both.json
    @@ -8,6 +8,19 @@
             "Service": "lambda.amazonaws.com"
           },
           "Action": "sts:AssumeRole"
    +    },
    +    {
    +      "Sid": "Bound",
    +      "Effect": "Allow",
    +      "Principal": {
    +        "Service": "lambda.amazonaws.com"
    +      },
    +      "Action": "sts:AssumeRole",
    +      "Condition": {
    +        "StringEquals": {
    +          "aws:SourceAccount": "111122223333"
    +        }
    +      }
         }
       ]
     }
    ```

    </details>
    --- stderr
    error[condition-without-effect]: the condition of statement `Bound` has no effect: statement `Default` allows the same without it
     --> both.json:5:5
     --> both.json:4:5
    help: statements add up: take statement `Default` out, or give it the condition too
    "#);
    insta::assert_snapshot!(house().run("diff --deployed open.json --proposed both.json --format json"), @r#"
    exit 1
    --- stdout
    {
      "relation": "equivalent",
      "added": [],
      "removed": [],
      "unknown": [],
      "findings": [
        {
          "code": "condition-without-effect",
          "severity": "error",
          "message": "the condition of statement `Bound` has no effect: statement `Default` allows the same without it",
          "places": [
            {
              "file": "both.json",
              "line": 5,
              "column": 5
            },
            {
              "file": "both.json",
              "line": 4,
              "column": 5
            }
          ],
          "help": "statements add up: take statement `Default` out, or give it the condition too",
          "statement": {
            "sid": "Bound",
            "index": 1,
            "document": "both.json"
          }
        }
      ],
      "text": "--- open.json\n+++ both.json\n@@ -8,6 +8,19 @@\n         \"Service\": \"lambda.amazonaws.com\"\n       },\n       \"Action\": \"sts:AssumeRole\"\n+    },\n+    {\n+      \"Sid\": \"Bound\",\n+      \"Effect\": \"Allow\",\n+      \"Principal\": {\n+        \"Service\": \"lambda.amazonaws.com\"\n+      },\n+      \"Action\": \"sts:AssumeRole\",\n+      \"Condition\": {\n+        \"StringEquals\": {\n+          \"aws:SourceAccount\": \"111122223333\"\n+        }\n+      }\n     }\n   ]\n }\n"
    }
    --- stderr
    error[condition-without-effect]: the condition of statement `Bound` has no effect: statement `Default` allows the same without it
     --> both.json:5:5
     --> both.json:4:5
    help: statements add up: take statement `Default` out, or give it the condition too
    "#);
}

#[test]
fn what_is_deployed_already_is_only_a_warning() {
    insta::assert_snapshot!(house().run("diff --deployed both.json --proposed both.json"), @r"
    exit 0
    --- stdout
    equivalent: the documents are the same
    --- stderr
    warning[condition-without-effect]: the condition of statement `Bound` has no effect: statement `Default` allows the same without it; it is so in what is deployed already
     --> both.json:5:5
     --> both.json:4:5
    help: statements add up: take statement `Default` out, or give it the condition too
    ");
}

#[test]
fn findings_at_error_level_fail_unless_nothing_is_to_fail() {
    let house = house();
    for (fail_on, exit) in [("any", 1), ("widened", 1), ("narrowed", 1), ("never", 0)] {
        let line = format!("diff --deployed open.json --proposed both.json --fail-on {fail_on}");
        assert_eq!(house.exit(&line), exit, "{fail_on}");
    }
    assert_eq!(house.exit("diff --deployed bound.json --proposed bound.json"), 0);
}

#[test]
fn half_a_function_url_and_what_is_left_of_one_are_told() {
    insta::assert_snapshot!(house().run("diff --deployed topic.json --proposed url.json -q"), @r#"
    exit 1
    --- stdout
    wider: the proposed policy allows more than the deployed one
    --- stderr
    error[function-url-incomplete]: statement `Url` lets anyone call the URL of the function, but nothing grants `lambda:InvokeFunction`, which every such call needs too
     --> url.json:4:5
    help: grant `lambda:InvokeFunction` with `"Bool": { "lambda:InvokedViaFunctionUrl": "true" }` to the same principal
    "#);
    insta::assert_snapshot!(house().run("diff --deployed url.json --proposed topic.json"), @r#"
    exit 1
    --- stdout
    narrower: the proposed policy allows less than the deployed one

    the proposed policy takes away, for example:
      - sns.amazonaws.com lambda:InvokeFunctionUrl on arn:aws:lambda:eu-west-1:111122223333:function:orders
          with lambda:FunctionUrlAuthType = "NONE"
          by statement `Url` of url.json
      - arn:aws:iam::999900001111:role/example lambda:InvokeFunctionUrl on arn:aws:lambda:eu-west-1:111122223333:function:orders
          with lambda:FunctionUrlAuthType = "NONE"
          by statement `Url` of url.json

    --- url.json
    +++ topic.json
    @@ -2,18 +2,6 @@
       "Version": "2012-10-17",
       "Statement": [
         {
    -      "Sid": "Url",
    -      "Effect": "Allow",
    -      "Principal": "*",
    -      "Action": "lambda:InvokeFunctionUrl",
    -      "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:orders",
    -      "Condition": {
    -        "StringEquals": {
    -          "lambda:FunctionUrlAuthType": "NONE"
    -        }
    -      }
    -    },
    -    {
           "Sid": "Topic",
           "Effect": "Allow",
           "Principal": {
    --- stderr
    warning[statement-left-over]: statement `Url` is left over: nothing proposed is for a function URL
     --> url.json:4:5
    help: adding the proposed statements does not remove it: `aws lambda remove-permission --function-name orders --statement-id Url`
    "#);
}

#[test]
fn a_function_that_nothing_invokes_any_more_has_no_resource_policy() {
    let house = house();
    house.write("generated/orders/execution-role.json", document(&[]).as_bytes());
    insta::assert_snapshot!(house.run("diff --deployed topic.json --proposed generated/orders"), @r#"
    exit 1
    --- stdout
    narrower: the proposed policy allows less than the deployed one

    the proposed policy takes away, for example:
      - sns.amazonaws.com lambda:InvokeFunction on arn:aws:lambda:eu-west-1:111122223333:function:orders
          with AWS:SourceArn = "arn:aws:sns:eu-west-1:111122223333:orders"
          by statement `Topic` of topic.json

    --- topic.json
    +++ generated/orders
    @@ -1,19 +0,0 @@
    -{
    -  "Version": "2012-10-17",
    -  "Statement": [
    -    {
    -      "Sid": "Topic",
    -      "Effect": "Allow",
    -      "Principal": {
    -        "Service": "sns.amazonaws.com"
    -      },
    -      "Action": "lambda:InvokeFunction",
    -      "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:orders",
    -      "Condition": {
    -        "ArnLike": {
    -          "AWS:SourceArn": "arn:aws:sns:eu-west-1:111122223333:orders"
    -        }
    -      }
    -    }
    -  ]
    -}
    --- stderr
    warning[statement-left-over]: statement `Topic` is left over: nothing proposed is for `sns.amazonaws.com`
     --> topic.json:4:5
    help: adding the proposed statements does not remove it: `aws lambda remove-permission --function-name orders --statement-id Topic`
    "#);
}

#[test]
fn the_resource_policy_of_a_version_or_alias_is_held_against_its_own_file() {
    let house = house();
    let live = document(&[TOPIC]).replace("function:orders", "function:orders:live");
    house.write("deployed.json", live.as_bytes());
    house.write("generated/orders/execution-role.json", document(&[]).as_bytes());
    house.write("generated/orders/resource-policy.live.json", live.as_bytes());
    assert_eq!(house.exit("diff --deployed deployed.json --proposed generated/orders"), 0);
}
