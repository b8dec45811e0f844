//! `iam:PassRole`, which is no event: told by the requests that name the role.

use super::{Event, House, findings, house};

const HERE: &str =
    "generate --account 111122223333 --region eu-west-1 --trail trail --merge observed --out out";
const WORKER: &str = "arn:aws:iam::111122223333:role/team/worker";
const PULLER: &str = "arn:aws:iam::111122223333:role/puller";

fn create(name: &str) -> Event {
    let function = format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}");
    Event::management("lambda:CreateFunction20150331", "")
        .with("/requestParameters", serde_json::json!({ "functionName": function, "role": WORKER }))
}

/// Resource and service of each statement that grants `iam:PassRole`.
fn passed(house: &House) -> Vec<String> {
    let text = std::fs::read_to_string(house.path("out/orders/execution-role.json")).unwrap();
    let policy: serde_json::Value = serde_json::from_str(&text).unwrap();
    let statements = policy["Statement"].as_array().unwrap().iter();
    let passing = statements.filter(|it| it["Action"].to_string().contains("PassRole"));
    passing.map(|it| format!("{} {}", it["Resource"], it["Condition"])).collect()
}

#[test]
fn a_role_that_a_request_names_may_be_passed_to_that_service_only() {
    let task = Event::management("ecs:RegisterTaskDefinition", "").with(
        "/requestParameters",
        serde_json::json!({ "family": "report", "taskRoleArn": WORKER, "executionRoleArn": PULLER }),
    );
    let house = house("", &[create("report"), task]);
    let said = house.run(HERE);
    assert_eq!(
        passed(&house),
        [
            format!(
                r#""{PULLER}" {{"StringEquals":{{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}}}"#
            ),
            format!(
                r#""{WORKER}" {{"StringEquals":{{"iam:PassedToService":["ecs-tasks.amazonaws.com","lambda.amazonaws.com"]}}}}"#
            ),
        ],
        "{said}"
    );
    assert_eq!(findings(&said, "pass-role-unseen"), [""; 0]);
}

#[test]
fn what_was_refused_or_withheld_or_is_another_accounts_is_not_passed() {
    let role = "/requestParameters/role";
    for (event, expected) in [
        (create("report").with("/errorCode", "AccessDenied"), 0),
        (create("report").with("/errorCode", "ThrottlingException"), 0),
        (create("report").with(role, "arn:aws:iam::444455556666:role/theirs"), 1),
        (create("report").with(role, "HIDDEN_DUE_TO_SECURITY_REASONS"), 1),
        (create("report").with(role, serde_json::Value::Null), 1),
    ] {
        // Something is granted in any case.
        let list = Event::management("s3:ListBuckets", "");
        let house = house("", &[event, list]);
        let said = house.run(HERE);
        assert_eq!(passed(&house), [""; 0], "{said}");
        assert_eq!(findings(&said, "pass-role-unseen").len(), expected, "{said}");
    }
}

#[test]
fn a_role_that_is_handed_over_undeclared_is_an_error() {
    let source = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "orders")]
struct Access {
    #[aws(lambda(CreateFunction), on = "function:report")]
    functions: Functions,
}

fn main() {}
"#;
    let line = "generate --crate orders --account 111122223333 --region eu-west-1 --trail trail";
    let undeclared = house(source, &[create("report")]).run(line);
    let said = findings(&undeclared, "observed-not-declared").join("\n");
    assert!(
        said.contains(
            "`iam:PassRole` was called once by calls that hand the role to `lambda.amazonaws.com`"
        ),
        "{said}"
    );
    let with = |option: &str| {
        let fields = format!(
            "functions: Functions,\n    #[aws(iam(action(\"iam:PassRole\")), on = \"role/team/worker\"{option})]\n    worker: Worker,"
        );
        let house = house(&source.replace("functions: Functions,", &fields), &[create("report")]);
        let said = house.run(&format!("{line} --out out"));
        assert_eq!(findings(&said, "pass-role-unseen"), [""; 0], "{said}");
        (said, house)
    };
    // The one service to which declared calls hand roles, and the same written.
    let to_lambda = format!(
        r#""{WORKER}" {{"StringEquals":{{"iam:PassedToService":"lambda.amazonaws.com"}}}}"#
    );
    for (option, inferred) in [("", 1), (", passed_to = \"lambda.amazonaws.com\"", 0)] {
        let (said, house) = with(option);
        assert_eq!(passed(&house), [&*to_lambda], "{said}");
        assert_eq!(findings(&said, "passed-to-inferred").len(), inferred, "{said}");
        assert_eq!(findings(&said, "observed-not-declared"), [""; 0], "{said}");
    }
    let (said, _) = with(", passed_to = \"states.amazonaws.com\"");
    let undeclared = findings(&said, "observed-not-declared").join("\n");
    assert!(undeclared.contains("hand the role to `lambda.amazonaws.com`"), "{said}");
}

#[test]
fn a_declared_role_that_may_be_handed_to_any_service_is_said_where_it_stands() {
    let source = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "orders")]
struct Access {
    #[aws(iam(action("iam:PassRole")), on = "role/team/worker")]
    worker: Worker,
}

fn main() {}
"#;
    let line = "generate --crate orders --account 111122223333 --region eu-west-1 --out out";
    let open = house(source, &[]);
    let said = open.run(line);
    insta::assert_snapshot!(findings(&said, "passed-to-any-service").join("\n"), @r#"
    warning[passed-to-any-service]: `iam:PassRole` of `Access::worker` lets the function hand the role to every service that trusts it
    help: name the services that get the role where it is declared, such as `passed_to = "states.amazonaws.com"` for Step Functions
    "#);
    assert_eq!(passed(&open), [format!("\"{WORKER}\" null")]);
}
