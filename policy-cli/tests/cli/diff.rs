//! `diff`: every form of input, the formats and the exit codes.

use super::House;

const WIDE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Everything", "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:DeleteTable"], "Resource": "*"}
  ]
}"#;

const NARROW: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Orders","Effect":"Allow","Action":"dynamodb:GetItem","Resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"}]}"#;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

const EVIDENCE: &str = r#"[{"sid":"Orders","action":"dynamodb:GetItem","resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders","condition":{},"verdict":"confirmed","declared":[{"package":"orders","file":"src/main.rs","line":9,"column":5,"item":"Access::orders"}],"reachable":[],"observed":{"events":3,"firstSeen":"2026-11-01T00:00:00Z","lastSeen":"2026-11-03T00:00:00Z","eventIds":["a"],"denied":0}}]"#;

fn house() -> House {
    House::new(&[
        ("wide.json", WIDE),
        ("narrow.json", NARROW),
        ("generated/orders/execution-role.json", NARROW),
        ("generated/orders/trust-policy.json", TRUST),
        ("generated/orders/evidence.json", EVIDENCE),
    ])
}

#[test]
fn a_narrower_policy_is_told_with_a_request_for_each_difference() {
    insta::assert_snapshot!(house().run("diff --deployed wide.json --proposed narrow.json"), @r#"
    exit 1
    --- stdout
    narrower: the proposed policy allows less than the deployed one

    the proposed policy takes away, for example:
      - dynamodb:DeleteTable on arn:aws:dynamodb:eu-west-1:111122223333:table/example
          by statement `Everything` of wide.json
      - dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:111122223333:table/example
          by statement `Everything` of wide.json

    --- wide.json
    +++ narrow.json
    @@ -2,13 +2,10 @@
       "Version": "2012-10-17",
       "Statement": [
         {
    -      "Sid": "Everything",
    +      "Sid": "Orders",
           "Effect": "Allow",
    -      "Action": [
    -        "dynamodb:GetItem",
    -        "dynamodb:DeleteTable"
    -      ],
    -      "Resource": "*"
    +      "Action": "dynamodb:GetItem",
    +      "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
         }
       ]
     }
    "#);
}

#[test]
fn what_is_added_says_why_it_is_there() {
    let house = house();
    house.write("empty.json", br#"{"Version":"2012-10-17","Statement":[]}"#);
    insta::assert_snapshot!(house.run("diff --deployed empty.json --proposed generated/orders"), @r#"
    exit 1
    --- stdout
    wider: the proposed policy allows more than the deployed one

    the proposed policy adds, for example:
      + dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:111122223333:table/orders
          by statement `Orders` of generated/orders/execution-role.json
          because declared at src/main.rs:9 (Access::orders); seen 3 times, last 2026-11-03T00:00:00Z

    --- empty.json
    +++ generated/orders
    @@ -1,4 +1,11 @@
     {
       "Version": "2012-10-17",
    -  "Statement": []
    +  "Statement": [
    +    {
    +      "Sid": "Orders",
    +      "Effect": "Allow",
    +      "Action": "dynamodb:GetItem",
    +      "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
    +    }
    +  ]
     }
    --- stderr
    warning[policy-value-empty]: the policy document has no statement and so allows nothing
     --> empty.json:1:37
    help: write a statement, or do without the document
    "#);
    insta::assert_snapshot!(house.run("diff --deployed empty.json --proposed generated/orders --format json"), @r#"
    exit 1
    --- stdout
    {
      "relation": "wider",
      "added": [
        {
          "action": "dynamodb:GetItem",
          "resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
          "context": {},
          "statement": {
            "sid": "Orders",
            "index": 0,
            "document": "generated/orders/execution-role.json"
          },
          "why": [
            {
              "action": "dynamodb:GetItem",
              "condition": {},
              "declared": [
                {
                  "column": 5,
                  "file": "src/main.rs",
                  "item": "Access::orders",
                  "line": 9,
                  "package": "orders"
                }
              ],
              "observed": {
                "denied": 0,
                "eventIds": [
                  "a"
                ],
                "events": 3,
                "firstSeen": "2026-11-01T00:00:00Z",
                "lastSeen": "2026-11-03T00:00:00Z"
              },
              "reachable": [],
              "resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
              "sid": "Orders",
              "verdict": "confirmed"
            }
          ]
        }
      ],
      "removed": [],
      "unknown": [],
      "findings": [
        {
          "code": "policy-value-empty",
          "severity": "warning",
          "message": "the policy document has no statement and so allows nothing",
          "places": [
            {
              "file": "empty.json",
              "line": 1,
              "column": 37
            }
          ],
          "help": "write a statement, or do without the document"
        }
      ],
      "text": "--- empty.json\n+++ generated/orders\n@@ -1,4 +1,11 @@\n {\n   \"Version\": \"2012-10-17\",\n-  \"Statement\": []\n+  \"Statement\": [\n+    {\n+      \"Sid\": \"Orders\",\n+      \"Effect\": \"Allow\",\n+      \"Action\": \"dynamodb:GetItem\",\n+      \"Resource\": \"arn:aws:dynamodb:eu-west-1:111122223333:table/orders\"\n+    }\n+  ]\n }\n"
    }
    --- stderr
    warning[policy-value-empty]: the policy document has no statement and so allows nothing
     --> empty.json:1:37
    help: write a statement, or do without the document
    "#);
    insta::assert_snapshot!(house.run("diff --deployed empty.json --proposed generated/orders --format markdown"), @r#"
    exit 1
    --- stdout
    ### Policy change: wider: the proposed policy allows more than the deployed one

    | | action | resource | context | statement | why |
    |---|---|---|---|---|---|
    | added | `dynamodb:GetItem` | `arn:aws:dynamodb:eu-west-1:111122223333:table/orders` |  | statement `Orders` of generated/orders/execution-role.json | declared at src/main.rs:9 (Access::orders); seen 3 times, last 2026-11-03T00:00:00Z |

    - **warning** `policy-value-empty`: the policy document has no statement and so allows nothing (empty.json:1:37)

    <details><summary>Text</summary>

    ```diff
    --- empty.json
    +++ generated/orders
    @@ -1,4 +1,11 @@
     {
       "Version": "2012-10-17",
    -  "Statement": []
    +  "Statement": [
    +    {
    +      "Sid": "Orders",
    +      "Effect": "Allow",
    +      "Action": "dynamodb:GetItem",
    +      "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
    +    }
    +  ]
     }
    ```

    </details>
    --- stderr
    warning[policy-value-empty]: the policy document has no statement and so allows nothing
     --> empty.json:1:37
    help: write a statement, or do without the document
    "#);
}

#[test]
fn fail_on_decides_the_exit_code() {
    let house = house();
    for (deployed, proposed, any, widened, narrowed) in [
        ("wide.json", "narrow.json", 1, 0, 1),
        ("narrow.json", "wide.json", 1, 1, 0),
        ("narrow.json", "generated/orders", 0, 0, 0),
    ] {
        let exit = |fail_on: &str| {
            house.exit(&format!("diff --deployed {deployed} --proposed {proposed} {fail_on}"))
        };
        assert_eq!(exit(""), any, "{deployed} {proposed}");
        assert_eq!(exit("--fail-on any"), any, "{deployed} {proposed}");
        assert_eq!(exit("--fail-on widened"), widened, "{deployed} {proposed}");
        assert_eq!(exit("--fail-on narrowed"), narrowed, "{deployed} {proposed}");
        assert_eq!(exit("--fail-on never"), 0, "{deployed} {proposed}");
    }
}

#[test]
fn outputs_of_the_aws_command_are_understood() {
    let house = house();
    let encoded: String =
        NARROW
            .bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() {
                    (b as char).to_string()
                } else {
                    format!("%{b:02X}")
                }
            })
            .collect();
    let quoted = format!("{NARROW:?}");
    for (name, text) in [
        (
            "role-policy.json",
            format!(r#"{{"RoleName":"r","PolicyName":"p","PolicyDocument":{NARROW}}}"#),
        ),
        (
            "role-policy-text.json",
            format!(r#"{{"RoleName":"r","PolicyName":"p","PolicyDocument":{quoted}}}"#),
        ),
        (
            "version.json",
            format!(
                r#"{{"PolicyVersion":{{"Document":"{encoded}","VersionId":"v2","IsDefaultVersion":true}}}}"#
            ),
        ),
        ("bare.txt", encoded.clone()),
    ] {
        house.write(name, text.as_bytes());
        let line = format!("diff --deployed {name} --proposed generated/orders");
        assert_eq!(house.exit(&line), 0, "{}", house.run(&line));
    }
    let role = format!(r#"{{"Role":{{"RoleName":"r","AssumeRolePolicyDocument":{TRUST}}}}}"#);
    house.write("role.json", role.as_bytes());
    assert_eq!(house.exit("diff --deployed role.json --proposed generated/orders"), 0);
}

#[test]
fn a_role_is_chosen_in_the_details_of_an_account() {
    let house = house();
    let role = |name: &str, policies: &str, attached: &str| {
        format!(
            r#"{{"RoleName":"{name}","Arn":"arn:aws:iam::111122223333:role/service/{name}","RolePolicyList":[{policies}],"AttachedManagedPolicies":[{attached}]}}"#
        )
    };
    let inline = format!(r#"{{"PolicyName":"inline","PolicyDocument":{NARROW}}}"#);
    let arn = "arn:aws:iam::111122223333:policy/shared";
    let attached = format!(r#"{{"PolicyName":"shared","PolicyArn":"{arn}"}}"#);
    let gone = r#"{"PolicyName":"gone","PolicyArn":"arn:aws:iam::111122223333:policy/gone"}"#;
    let old = format!(r#"{{"VersionId":"v1","IsDefaultVersion":false,"Document":{NARROW}}}"#);
    let new = format!(r#"{{"VersionId":"v2","IsDefaultVersion":true,"Document":{WIDE}}}"#);
    let details = format!(
        r#"{{"RoleDetailList":[{},{},{}],"Policies":[{{"PolicyName":"shared","Arn":"{arn}","PolicyVersionList":[{old},{new}]}}]}}"#,
        role("orders", &inline, ""),
        role("bills", "", &attached),
        role("gone", "", gone)
    );
    house.write("account.json", details.as_bytes());
    assert_eq!(
        house.exit("diff --deployed account.json --role orders --proposed generated/orders"),
        0
    );
    assert_eq!(
        house.exit("diff --deployed account.json --role service/bills --proposed wide.json"),
        0
    );
    insta::assert_snapshot!(house.run("diff --deployed account.json --proposed wide.json"), @r"
    exit 2
    --- stderr
    error: several roles fit; which one is meant?
     --> account.json
    help: name one with `--role`; the roles there are `arn:aws:iam::111122223333:role/service/bills`, `arn:aws:iam::111122223333:role/service/gone`, `arn:aws:iam::111122223333:role/service/orders`
    ");
    insta::assert_snapshot!(house.run("diff --deployed account.json --role order --proposed wide.json"), @r"
    exit 2
    --- stderr
    error: there is no role `order`
     --> account.json
    help: the roles there are `arn:aws:iam::111122223333:role/service/bills`, `arn:aws:iam::111122223333:role/service/gone`, `arn:aws:iam::111122223333:role/service/orders`
    ");
    insta::assert_snapshot!(house.run("diff --deployed account.json --role gone --proposed wide.json"), @r"
    exit 2
    --- stderr
    error: role `arn:aws:iam::111122223333:role/service/gone` has policy `arn:aws:iam::111122223333:policy/gone`, whose document is not in the file
     --> account.json
    help: print the details without `--filter`, so that managed policies are in them
    ");
}

#[test]
fn what_is_no_policy_is_refused_with_its_place() {
    let house = house();
    house.write("other.json", br#"{"Records": []}"#);
    house.write("wrong.json", b"{\n  \"PolicyName\": \"p\",\n  \"PolicyDocument\": {\n    \"Statement\": [{\"Effect\": \"Alow\", \"Action\": \"*\", \"Resource\": \"*\"}]\n  }\n}");
    house.write("list.json", b"[1, 2]");
    house.write("empty/readme.md", b"");
    let paths = ["gone.json", "other.json", "wrong.json", "list.json", "empty", "generated"];
    let all =
        paths.map(|path| house.run(&format!("diff --deployed {path} --proposed narrow.json")));
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    exit 2
    --- stderr
    error: `gone.json` does not exist; expected a policy document or a folder written by `generate`

    exit 2
    --- stderr
    error[policy-element-missing]: the policy document has no `Statement`
     --> other.json:1:1
    help: write `"Statement": [{ "Effect": "Allow", "Action": …, "Resource": … }]`
    error[policy-key-unknown]: unknown element `Records` in a policy document
     --> other.json:1:2
    help: a policy document has `Version`, `Id`, `Statement`

    exit 2
    --- stderr
    error[effect-invalid]: `Alow` is not an effect
     --> wrong.json:4:30
    help: write `Allow`; the value is case-sensitive

    exit 2
    --- stderr
    error[policy-malformed]: a policy document is an array, expected an object with `Version` and `Statement`
     --> list.json:1:1
    help: write an object with `Version` and `Statement`

    exit 2
    --- stderr
    error: `empty` has no `execution-role.json`
    help: name the folder of a function that `generate --out` wrote, or a policy document

    exit 2
    --- stderr
    error: `generated` has no `execution-role.json`
    help: name the folder of one function: `generated/orders`
    "#);
}

#[test]
fn several_documents_count_together() {
    let house = house();
    let line = "diff --deployed wide.json --proposed narrow.json wide.json";
    assert_eq!(house.exit(line), 0, "{}", house.run(line));
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let house = house();
    let line = "diff --deployed wide.json --proposed narrow.json";
    assert!(!house.run(line).contains('\u{1b}'));
    assert!(house.run(&format!("{line} --color always")).contains('\u{1b}'));
    assert!(!house.run(&format!("{line} --color never")).contains('\u{1b}'));
}

const BUCKET: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme/*"}]}"#;

#[test]
fn policies_of_different_kinds_are_not_compared() {
    let house = house();
    house.write("bucket.json", BUCKET.as_bytes());
    house.write("trust.json", TRUST.as_bytes());
    house.write("nothing.json", br#"{"Version":"2012-10-17","Statement":[]}"#);
    insta::assert_snapshot!(
        house.run("diff --deployed bucket.json --proposed wide.json --fail-on widened"), @r"
    exit 2
    --- stderr
    error: `bucket.json` is a resource policy and `wide.json` is an identity policy
    help: compare policies of one kind with each other
    ");
    for line in [
        "diff --deployed narrow.json bucket.json --proposed wide.json bucket.json",
        "diff --deployed wide.json --proposed trust.json",
        "diff --deployed trust.json --proposed bucket.json",
        "diff --deployed trust.json wide.json --proposed generated/orders",
    ] {
        assert_eq!(house.exit(line), 2, "{line}");
    }
    // Without a statement there is no kind.
    for line in [
        "diff --deployed nothing.json --proposed bucket.json --fail-on narrowed",
        "diff --deployed trust.json --proposed nothing.json --fail-on widened",
    ] {
        assert_eq!(house.exit(line), 0, "{line}");
    }
}

#[test]
fn a_document_of_two_kinds_is_refused() {
    let house = house();
    let both = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"},
{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#;
    house.write("both.json", both.as_bytes());
    insta::assert_snapshot!(house.run("check both.json --not-granted iam:CreateUser"), @r#"
    exit 2
    --- stderr
    error[policy-element-missing]: a statement of a resource policy has no `Principal`
     --> both.json:2:1
    help: write `"Principal": "*"` or whom it is about
    "#);
    assert_eq!(house.exit("diff --deployed both.json --proposed both.json"), 2);
}
