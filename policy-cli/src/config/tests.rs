//! `policy.toml` by example.

use super::*;

fn parse(text: &str) -> Result<Config, Failure> {
    Config::parse(Path::new("policy.toml"), text)
}

fn mistakes(text: &str) -> Vec<String> {
    let failure = parse(text).unwrap_err();
    failure
        .problems()
        .iter()
        .map(|problem| {
            let place = &problem.places[0];
            let help = problem.help.as_deref().unwrap_or("-");
            format!(
                "{}:{} {} / {help}",
                place.line.unwrap_or(0),
                place.column.unwrap_or(0),
                problem.message
            )
        })
        .collect()
}

#[test]
fn everything_that_can_be_stated_is_read() {
    let config = parse(
        r#"
trust-crates = ["acme-queue"]

[parameters]
stage = "prod"

[functions.orders]
function-name = "orders-prod"
role = "lambda/orders-exec"
role-shared = true
log-group = "/acme/orders"
claims = ["shop-shared"]
parameters = { stage = "test" }
variables = { QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs" }

[[functions.orders.accept]]
action = "s3:GetObject"
resource = "arn:aws:s3:::acme-{stage}/*"
reason = "read by an admin tool that shares the role"

[[functions.orders.invoked-by]]
kind = "s3"
source = "acme-uploads"
qualifier = "live"

[[waive]]
code = "owner-assumed"
place = "orders"
reason = "the bucket is ours"
"#,
    )
    .unwrap();
    assert_eq!(config.trust_crates, ["acme-queue".into()]);
    let orders = &config.functions["orders"];
    assert_eq!(orders.function_name.as_deref(), Some("orders-prod"));
    assert_eq!(orders.role, Some(RoleSelector::Name("lambda/orders-exec".into())));
    assert!(orders.role_is_shared);
    assert_eq!(orders.accepted[0].origin.path.as_ref(), "functions.orders.accept[0]");
    assert_eq!(orders.configuration.invokers[0].qualifier.as_deref(), Some("live"));
    assert_eq!(config.waivers[0].code, Code::OwnerAssumed);
    assert_eq!(config.waivers[0].written.line, Some(26));
}

#[test]
fn an_empty_file_states_nothing() {
    let config = parse("").unwrap();
    assert_eq!(config, Config { file: Some("policy.toml".into()), ..Config::default() });
}

#[test]
fn every_mistake_has_its_place_and_what_to_write() {
    let found = mistakes(
        r#"trust-crate = ["x"]
[parameters]
stage = 3
[functions.orders]
rolle = "x"
role = "a b"
claims = "shared"
[[functions.orders.accept]]
action = "s3:GetObjects"
resource = "acme/*"
[[functions.orders.invoked-by]]
kind = "s4"
source = "acme"
[[waive]]
code = "owner-assume"
place = "orders"
reason = " "
"#,
    );
    insta::assert_snapshot!(found.join("\n"), @r"
    1:1 unknown key `trust-crate` / did you mean `trust-crates`?
    3:9 `parameters.stage`: expected a string, found integer / -
    5:1 unknown key `rolle` in `functions.orders` / did you mean `role`?
    6:8 `functions.orders.role`: `a b` is not a role name such as `orders-exec` or a role ARN / -
    7:10 `functions.orders.claims`: expected an array of strings, found string / -
    8:1 `functions.orders.accept[0]`: `reason` is missing / -
    9:10 `functions.orders.accept[0].action`: there is no action `s3:GetObjects` / did you mean `s3:GetObject`?
    10:12 `functions.orders.accept[0].resource`: `acme/*` is not a whole ARN / write an ARN of six parts such as `arn:aws:s3:::acme-uploads/*`, or `*`
    12:8 `functions.orders.invoked-by[0].kind`: `s4` invokes no function / did you mean `s3`?
    15:8 `waive[0].code`: there is no finding `owner-assume` / did you mean `owner-assumed`?
    17:10 `waive[0].reason`: a reason is a sentence, not an empty string / -
    ");
}

#[test]
fn a_text_that_is_not_toml_is_refused_with_its_place() {
    insta::assert_snapshot!(mistakes("[functions\nx = 1").join("\n"), @"1:11 not TOML: unclosed table, expected `]` / -");
    insta::assert_snapshot!(mistakes("a = 1\na = 2\n").join("\n"), @"2:1 not TOML: duplicate key / -");
}

#[test]
fn a_waiver_names_a_file_a_line_or_a_function() {
    let finding = Finding::new(Code::OwnerAssumed, "x").at(Place {
        file: "src/main.rs".into(),
        line: Some(4),
        ..Place::default()
    });
    let waiver = |place: &str| Waiver {
        code: Code::OwnerAssumed,
        place: place.into(),
        reason: "r".into(),
        written: Place::default(),
    };
    for place in ["src/main.rs", "src/main.rs:4", "orders"] {
        assert!(waiver(place).waives(&finding, Some("orders")), "{place}");
    }
    for place in ["src", "src/main.rs:5", "bills", "*"] {
        assert!(!waiver(place).waives(&finding, Some("orders")), "{place}");
    }
    let other = Waiver { code: Code::RoleShared, ..waiver("orders") };
    assert!(!other.waives(&finding, Some("orders")));
}

#[test]
fn values_that_would_widen_or_mean_nothing_are_refused() {
    let found = mistakes(
        r#"[parameters]
stage = "*"
[functions.orders]
log-group = "*"
function-name = "a b"
parameters = { tenant = "", table = "${aws:username}" }
[[functions.orders.accept]]
action = "s3:GetObject"
resource = "arn:aws:sqs:eu-west-1:111122223333:jobs"
reason = "why"
[[functions.orders.accept]]
action = "s3:ListAllMyBuckets"
resource = "arn:aws:s3:::acme-{stage}"
reason = "why"
[[functions.orders.invoked-by]]
kind = "s3"
source = ""
qualifier = "not one"
"#,
    );
    insta::assert_snapshot!(found.join("\n"), @r"
    2:9 `parameters.stage`: the value `*` is no literal text; a wildcard belongs into the resource itself / -
    4:13 `functions.orders.log-group`: `*` is not the name of a log group / write one such as `/aws/lambda/orders`: letters, digits, `.-_/#`
    5:17 `functions.orders.function-name`: `a b` is neither a function name (up to 64 letters, digits, `-` and `_`) nor its ARN / -
    6:25 `functions.orders.parameters.tenant`: the value is empty / -
    6:37 `functions.orders.parameters.table`: the value `${aws:username}` is no literal text; a wildcard belongs into the resource itself / -
    9:12 `functions.orders.accept[0].resource`: `s3:GetObject` does not apply to `arn:aws:sqs:eu-west-1:111122223333:jobs` / its resources look like `arn:Partition:s3:::BucketName/ObjectName`
    13:12 `functions.orders.accept[1].resource`: `s3:ListAllMyBuckets` does not apply to `arn:aws:s3:::acme-{stage}` / it has no resource types, so only `*` can grant it
    17:10 `functions.orders.invoked-by[0].source`: the source of the invoker is empty / -
    18:13 `functions.orders.invoked-by[0].qualifier`: `not one` is neither an alias nor a version / write `live` or `7`, or leave it out
    ");
}
