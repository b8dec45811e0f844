//! `policy.toml` by example.

use policy_core::evidence::assign::RoleSelector;
use policy_core::evidence::{NeedKind, SettingEncryption};
use policy_core::finding::{Code, Finding};

use super::*;

/// Texts that neither the reader nor the JSON schema takes.
pub(super) const REFUSED: &[&str] = &[
    "rolle = 1",
    "min-window = \"90\"",
    "max-resources = 0",
    "[quotas]\nmanaged-policies-per-role = 0",
    "[pipeline]\ndistributions = [\"E1A2B3C4D5E6F7\"]",
    "[quotas]\nmanaged-policies-per-role = 26",
    "[quotas]\nattached-policies = -1",
    "[functions.f]\nattached-policies = \"2\"",
    "parameters = { stage = \"*\" }",
    "encryption = { bucket = \"aws\" }",
    "[encryption]\n\"arn:aws:s3:::acme\" = \"amazon\"",
    "[encryption]\n\"arn:aws:s3:::acme\" = \"arn:aws:kms:eu-west-1:111122223333:alias/mine\"",
    "[functions.f]\ntracing = \"Active\"",
    "[functions.f]\ndead-letter = \"arn:aws:s3:::acme\"",
    "[functions.f]\ndead-letter = \"lost\"",
    "[functions.f]\ndestinations = [\"arn:aws:kms:eu-west-1:111122223333:key/k\"]",
    "[functions.f]\nfile-systems = [{ read-only = true }]",
    "[functions.f]\nfile-systems = [{ access-point = \"fs-1\" }]",
    "[functions.f]\nrotates = [\"secret:orders/db\"]",
    "[functions.f]\nrotates = [\"orders/*\"]",
    "[functions.f]\ndatabase-users = [\"orders\"]",
    "[functions.f.extensions]\nsecret = []",
    "[functions.f.extensions]\nparameters = [\"parameter:limits\"]",
    "[functions.f]\nenvironment-key = \"alias/mine\"",
    "[functions.f]\ncode-signing = \"csc-1\"",
    "[[functions.f.polls]]\nkind = \"sns\"\nsource = \"t\"",
    "[[functions.f.polls]]\nkind = \"sqs\"",
    "[[functions.f.invoked-by]]\nkind = \"sns\"\nsource = \"t\"\nfed-by = [{ kind = \"events\", source = \"rule/r\" }]",
    "[[functions.f.invoked-by]]\nkind = \"s3\"\nsource = \"b\"\nfed-by = [{ kind = \"s3\", source = \"c\" }]",
    "[[functions.f.invoked-by]]\nkind = \"s3\"\nsource = \"b\"\nqualifier = \"not one\"",
    "[[functions.f.invoked-by]]\nkind = \"url\"\nauth = \"IAM\"",
    "[[functions.f.invoked-by]]\nkind = \"url\"\nsource = \"x\"\nauth = \"NONE\"",
    "[[functions.f.invoked-by]]\nkind = \"s3\"\nsource = \"b\"\nprincipal = \"444455556666\"",
    "[[functions.f.invoked-by]]\nkind = \"s3\"\nsource = \"b\"\naccount = \"4444\"",
    "[[functions.f.accept]]\naction = \"s3:GetObject\"\nresource = \"acme\"\nreason = \"r\"",
    "[[waive]]\ncode = \"owner-assumed\"\nplace = \"f\"",
];

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
fn an_accepted_role_names_services_that_are() {
    let with = |action: &str, line: &str| {
        format!(
            "[[functions.orders.accept]]\naction = \"{action}\"\nresource = \"*\"\nreason = \"r\"\n{line}\n"
        )
    };
    let line = "passed-to = [\"states.amazonaws.com\", \"ec2.amazonaws.com\"]";
    let config = parse(&with("iam:PassRole", line)).unwrap();
    let accepted = &config.functions["orders"].accepted[0];
    assert_eq!(accepted.passed_to, ["states.amazonaws.com".into(), "ec2.amazonaws.com".into()]);
    let found = [
        with("s3:GetObject", line),
        with("iam:PassRole", "passed-to = []"),
        with("iam:PassRole", "passed-to = [\"sfn\", \"*\"]"),
    ]
    .map(|text| mistakes(&text).join("\n"));
    insta::assert_snapshot!(found.join("\n"), @r#"
    5:13 `functions.orders.accept[0].passed-to`: `s3:GetObject` hands no role over / it is about `iam:PassRole` alone: remove it
    5:13 `functions.orders.accept[0].passed-to`: no service gets the role / name the services that get the role, such as `["states.amazonaws.com"]`
    5:14 `functions.orders.accept[0].passed-to[0]`: `sfn` is not the name of a service principal: write `states.amazonaws.com` / -
    5:21 `functions.orders.accept[0].passed-to[1]`: `*` is a pattern, and other services may match it: name each that gets the role, such as `states.amazonaws.com` / -
    "#);
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

#[test]
fn how_a_function_is_configured_is_read_with_its_place() {
    let config = parse(
        r#"[encryption]
"arn:aws:s3:::acme-receipts" = "key/k1"
"arn:aws:sqs:eu-west-1:111122223333:jobs" = "aws"
[functions.orders]
tracing = true
vpc = false
log-group-managed = true
dead-letter = "arn:aws:sqs:eu-west-1:111122223333:lost-{stage}"
file-systems = [{ access-point = "access-point/fsap-1", read-only = true }, { access-point = "access-point/fsap-2" }]
rotates = ["orders/db"]
environment-key = "key/k2"
edge = true
extensions = { secrets = ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders/api-??????"] }
[[functions.orders.polls]]
kind = "kafka"
source = "shop:9092"
secrets = ["kafka"]
vpc = true
on-failure = "arn:aws:s3:::acme-lost"
"#,
    )
    .unwrap();
    assert_eq!(
        config.encryption["arn:aws:s3:::acme-receipts"],
        SettingEncryption::CustomerKey("key/k1".into())
    );
    assert_eq!(
        config.encryption["arn:aws:sqs:eu-west-1:111122223333:jobs"],
        SettingEncryption::ByAws
    );
    let orders = &config.functions["orders"].configuration;
    let needs: Vec<(&str, &str, &str, Option<u32>)> = orders
        .needs
        .iter()
        .map(|need| (need.kind.as_str(), &*need.on, &*need.origin.path, need.origin.line))
        .collect();
    assert_eq!(
        needs,
        [
            (
                "dead-letter",
                "arn:aws:sqs:eu-west-1:111122223333:lost-{stage}",
                "functions.orders.dead-letter",
                Some(8)
            ),
            (
                "secrets-extension",
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders/api-??????",
                "functions.orders.extensions.secrets[0]",
                Some(13)
            ),
            (
                "file-system-read-only",
                "access-point/fsap-1",
                "functions.orders.file-systems[0]",
                Some(9)
            ),
            ("file-system", "access-point/fsap-2", "functions.orders.file-systems[1]", Some(9)),
            (
                "poll-failure",
                "arn:aws:s3:::acme-lost",
                "functions.orders.polls[0].on-failure",
                Some(19)
            ),
            ("rotation", "orders/db", "functions.orders.rotates[0]", Some(10)),
            ("tracing", "", "functions.orders.tracing", Some(5)),
        ]
    );
    assert!(orders.unneeded.contains(&NeedKind::NetworkInterfaces));
    let poll = &orders.polls[0];
    assert_eq!((&*poll.kind, &*poll.source, poll.is_in_vpc), ("kafka", "shop:9092", true));
    assert_eq!(poll.secrets, ["kafka".into()]);
    assert_eq!(orders.environment_key.as_deref(), Some("key/k2"));
    assert_eq!((orders.is_edge, orders.log_group_is_managed), (Some(true), Some(true)));
}

#[test]
fn settings_that_cannot_be_meant_are_refused_with_what_to_write() {
    let found = mistakes(
        r#"[encryption]
"acme-receipts" = "aws"
"arn:aws:s3:::acme" = "arn:aws:kms:eu-west-1:111122223333:alias/mine"
"arn:aws:s3:::other" = "amazon"
[functions.orders]
trace = true
tracing = "Active"
dead-letter = "lost"
destinations = ["arn:aws:kms:eu-west-1:111122223333:key/k", "arn:aws:sqs"]
file-systems = [{ access-point = "access-point/a" }, { access-point = "access-point/a" }]
rotates = ["orders/*"]
[[functions.orders.polls]]
kind = "sqss"
source = " "
[[functions.orders.polls]]
kind = "sqs"
source = "jobs"
consumer = "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks/consumer/c:1"
"#,
    );
    insta::assert_snapshot!(found.join("\n"), @r#"
    2:19 `encryption.acme-receipts`: `acme-receipts` is not the ARN of a resource / write one such as `"arn:aws:s3:::acme-receipts" = "aws"`
    3:23 `encryption.arn:aws:s3:::acme`: an alias names no key in a policy / write the key's own ARN, such as `arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`
    4:24 `encryption.arn:aws:s3:::other`: `amazon` is neither the ARN of an encryption key nor does it begin with `key/` / write `"aws"`, or the key such as `"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"`
    5:1 `functions.orders`: the access point `access-point/a` stands twice / -
    6:1 unknown key `trace` in `functions.orders` / known are `accept`, `application-signals`, `attached-policies`, `claims`, `code-key`, `code-signing`, `database-users`, `dead-letter`, `destinations`, `durable`, `edge`, `encryption`, `environment-key`, `extensions`, `file-systems`, `function-name`, `insights`, `invoked-by`, `log-group`, `log-group-managed`, `max-resources`, `parameters`, `polls`, `required-endpoints`, `role`, `role-shared`, `rotates`, `tracing`, `variables`, `vpc`
    7:11 `functions.orders.tracing`: expected `true` or `false`, found string / -
    8:15 `functions.orders.dead-letter`: `lost` is not the ARN of a queue or a topic / write one such as `arn:aws:sqs:eu-west-1:111122223333:lost-orders`
    9:17 `functions.orders.destinations[0]`: `arn:aws:kms:eu-west-1:111122223333:key/k` is not a queue, topic, bucket, event bus or function / write one such as `arn:aws:sqs:eu-west-1:111122223333:done-orders`
    9:61 `functions.orders.destinations[1]`: `arn:aws:sqs` is cut off: an ARN has six parts / write one such as `arn:aws:sqs:eu-west-1:111122223333:done-orders`
    11:12 `functions.orders.rotates[0]`: `orders/*` is a pattern, and a setting is about one resource / write one such as `orders/db`
    13:8 `functions.orders.polls[0].kind`: `sqss` is no event source that is polled / did you mean `sqs`?
    14:10 `functions.orders.polls[0].source`: the event source is empty / -
    18:12 `functions.orders.polls[1].consumer`: `consumer` is for `kinesis`, and this is `sqs` / leave it out
    "#);
}

#[test]
fn invokers_have_options_of_their_kind() {
    let config = parse(
        r#"
[[functions.orders.invoked-by]]
kind = "url"
auth = "AWS_IAM"
principal = ["arn:aws:iam::444455556666:role/web", "555566667777"]

[[functions.orders.invoked-by]]
kind = "url"
auth = "NONE"
qualifier = "public"

[[functions.orders.invoked-by]]
kind = "role"
source = "arn:aws:iam::{partner}:role/web"
organization = "o-a1b2c3d4e5"

[[functions.orders.invoked-by]]
kind = "s3"
source = "their-uploads"
account = "444455556666"
"#,
    )
    .unwrap();
    let invokers = &config.functions["orders"].configuration.invokers;
    let sources: Vec<&str> = invokers.iter().map(|invoker| &*invoker.source).collect();
    assert_eq!(
        sources,
        [
            "arn:aws:iam::444455556666:role/web",
            "555566667777",
            "*",
            "arn:aws:iam::{partner}:role/web",
            "their-uploads"
        ]
    );
    assert_eq!(invokers[4].options.account.as_deref(), Some("444455556666"));
}

#[test]
fn what_does_not_fit_the_kind_of_an_invoker_is_refused() {
    let found = mistakes(
        r#"[[functions.orders.invoked-by]]
kind = "events"
source = "nightly"
[[functions.orders.invoked-by]]
kind = "url"
source = "x"
auth = "IAM"
[[functions.orders.invoked-by]]
kind = "url"
source = "x"
auth = "AWS_IAM"
principal = []
[[functions.orders.invoked-by]]
kind = "sqs"
source = "jobs"
[[functions.orders.invoked-by]]
kind = "s3"
source = "b"
principal = "444455556666"
[[functions.orders.invoked-by]]
kind = "role"
source = "arn:aws:iam::444455556666:role/web"
organization = "acme"
"#,
    );
    insta::assert_snapshot!(found.join("\n"), @r"
    3:10 `functions.orders.invoked-by[0].source`: `nightly` is no source of `events` / write one such as `rule/nightly`
    6:10 `functions.orders.invoked-by[1].source`: a URL has no source / say who calls it with `principal`
    7:8 `functions.orders.invoked-by[1].auth`: `IAM` is no auth type / write `AWS_IAM`, or `NONE` for a public URL
    10:10 `functions.orders.invoked-by[2].source`: a URL has no source / say who calls it with `principal`
    12:13 `functions.orders.invoked-by[2].principal`: it names nobody / -
    14:8 `functions.orders.invoked-by[3].kind`: `sqs` invokes no function / it is polled with the execution role
    19:13 `functions.orders.invoked-by[4].principal`: `principal` is about `url`, not about `s3` / write `source`
    23:16 `functions.orders.invoked-by[5].organization`: `acme` is no organization / write its id, such as `o-a1b2c3d4e5`
    ");
}

#[test]
fn conditions_are_switched_off_by_name() {
    let text = "[conditions]\nsource-function-arn = false\nvia-service = true\n";
    let config = Config::parse(Path::new("policy.toml"), text).unwrap();
    for name in ConditionName::ALL {
        assert_eq!(
            config.conditions.has(name),
            name != ConditionName::SourceFunctionArn,
            "{name:?}"
        );
    }
    let names: Vec<&str> = ConditionName::ALL.iter().map(|name| name.as_str()).collect();
    assert_eq!(names, keys::CONDITIONS);
}
