use policy_core::evidence::{Environment, FunctionConfiguration, SettingEncryption, SettingName};
use serde_json::{Value, json};

use super::*;
use crate::deployment::{Deployment, Described};

const PLAN: &str = include_str!("../../tests/plans/shop.json");

fn described(address: &str, given: &[(&str, &str)]) -> Described {
    let mut plan = Plan::parse(Path::new("plan.json"), PLAN).unwrap().unwrap();
    let context = Context {
        given: given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        environment: Environment {
            account: "111122223333".parse().ok(),
            region: "eu-west-1".parse().ok(),
            ..Environment::default()
        },
    };
    plan.named(&context);
    let mut described = plan.describe(address, &context);
    described.findings.extend(plan.findings());
    described
}

/// One line for each setting.
fn lines(configuration: &FunctionConfiguration) -> Vec<String> {
    let mut lines = Vec::new();
    for need in &configuration.needs {
        lines.push(format!("{} {} @{}", need.kind.as_str(), need.on, need.origin.path));
    }
    for poll in &configuration.polls {
        lines.push(format!("polls {} {} @{}", poll.kind, poll.source, poll.origin.path));
    }
    for invoker in &configuration.invokers {
        let qualifier = invoker.qualifier.as_deref().unwrap_or("-");
        lines.push(format!("invoked by {} {} as {qualifier}", invoker.kind, invoker.source));
    }
    for (resource, key) in configuration.encryption_beside.iter() {
        let key = match key {
            SettingEncryption::ByAws => "aws",
            SettingEncryption::CustomerKey(key) => key,
        };
        lines.push(format!("{resource} by {key}"));
    }
    lines
}

fn findings(described: &Described) -> Vec<String> {
    let all = described.findings.iter();
    all.map(|finding| format!("{}: {}", finding.code.as_str(), finding.message)).collect()
}

#[test]
fn a_function_of_a_plan_has_its_needs_sources_and_invokers() {
    let described = described("aws_lambda_function.orders", &[("aws_kms_key.shop", "k1")]);
    assert_eq!(described.function_name.as_deref(), Some("orders"));
    assert_eq!(
        described.role.as_ref().map(ToString::to_string).as_deref(),
        Some("arn:aws:iam::111122223333:role/lambda/orders-exec")
    );
    assert!(!described.role_is_shared);
    let configuration = &described.configuration;
    assert_eq!(configuration.log_group_is_managed, Some(true));
    let key = "arn:aws:kms:eu-west-1:111122223333:key/k1";
    assert_eq!(configuration.environment_key.as_deref(), Some(key));
    let variables: Vec<(&str, &str)> =
        configuration.variables.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(variables, [("STAGE", "prod"), ("TABLE", "orders")]);
    assert!(described.unknown_variables.contains_key("QUEUE_URL"));
    let told: Vec<(&SettingName, &str)> =
        configuration.origins.iter().map(|(setting, at)| (setting, &*at.path)).collect();
    let variable = |name: &str| SettingName::Variable(name.into());
    assert_eq!(
        told,
        [
            (&SettingName::LogGroupIsManaged, "aws_cloudwatch_log_group.orders"),
            (&variable("STAGE"), "aws_lambda_function.orders.environment.0.variables.STAGE"),
            (&variable("TABLE"), "aws_lambda_function.orders.environment.0.variables.TABLE"),
            (&SettingName::EnvironmentKey, "aws_lambda_function.orders.kms_key_arn"),
        ]
    );
    for (resource, _) in configuration.encryption_beside.iter() {
        let origin = configuration.encryption_beside.origin(resource).unwrap();
        assert!(origin.source.ends_with(".json") && !origin.path.is_empty(), "{resource}");
    }
    insta::assert_snapshot!(lines(configuration).join("\n"), @r#"
    tracing  @aws_lambda_function.orders.tracing_config
    vpc  @aws_lambda_function.orders.vpc_config
    dead-letter arn:aws:sqs:eu-west-1:111122223333:lost @aws_lambda_function.orders.dead_letter_config
    file-system arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-1 @aws_lambda_function.orders.file_system_config
    insights  @aws_lambda_function.orders.layers
    poll-failure arn:aws:sqs:eu-west-1:111122223333:lost @aws_lambda_event_source_mapping.changes.destination_config
    destination arn:aws:events:eu-west-1:111122223333:event-bus/shop @aws_lambda_function_event_invoke_config.orders.on_success
    polls dynamodb arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/* @aws_lambda_event_source_mapping.changes
    polls sqs arn:aws:sqs:eu-west-1:111122223333:jobs @aws_lambda_event_source_mapping.jobs
    invoked by url  as live
    invoked by events arn:aws:events:eu-west-1:111122223333:rule/shop/paid as live
    invoked by s3 arn:aws:s3:::acme-uploads as live
    arn:aws:dynamodb:eu-west-1:111122223333:table/orders by aws
    arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders by aws
    arn:aws:s3:::acme-uploads by arn:aws:kms:eu-west-1:111122223333:key/k1
    arn:aws:sqs:eu-west-1:111122223333:jobs by arn:aws:kms:eu-west-1:111122223333:key/k1
    arn:aws:sqs:eu-west-1:111122223333:lost by aws
    "#);
    insta::assert_snapshot!(findings(&described).join("\n"), @r#"
    granted-by-hand: 1 policy is attached to `aws_iam_role.orders` by hand: what somebody granted is no evidence of what is needed, so nothing follows from it
    setting-unknown: `aws_lambda_function.orders.sparkles` is not known: this argument is not understood
    setting-unknown: `aws_lambda_permission.api.source_arn` is not known: it is made with `aws_apigatewayv2_api.shop.execution_arn`, which is known only after apply
    setting-unknown: `aws_lambda_permission.news.source_arn` is not known: `aws_sns_topic.news` has no `name`; give it with `--param aws_sns_topic.news=NAME`
    "#);
}

#[test]
fn a_key_that_is_made_later_is_unknown_until_it_is_given() {
    let described = described("aws_lambda_function.orders", &[]);
    let reasons = findings(&described);
    let expected = "setting-unknown: `the key of aws_sqs_queue.jobs` is not known: `aws_kms_key.shop.arn` is known only after apply; then give its id with `--param aws_kms_key.shop=ID`";
    assert!(reasons.iter().any(|reason| reason == expected), "{reasons:#?}");
    let jobs = "arn:aws:sqs:eu-west-1:111122223333:jobs";
    assert!(described.configuration.encryption_beside.iter().all(|(name, _)| name != jobs));
}

/// A plan of these resources, by type, name and values, with what they refer to.
fn plan(resources: &[(&str, &str, Value)], references: &[(&str, &str, &str)]) -> Plan {
    let planned = resources.iter().map(|(kind, name, values)| {
        let local = name.split('[').next().unwrap();
        json!({ "address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": local, "values": values })
    });
    let open = references.iter().map(|(address, argument, _)| {
        json!({ "address": address, "change": { "after_unknown": { *argument: true } } })
    });
    let written = references.iter().map(|(address, argument, target)| {
        let expressions = json!({ *argument: { "references": [target] } });
        json!({ "address": address, "mode": "managed", "expressions": expressions })
    });
    let text = json!({
        "format_version": "1.2",
        "planned_values": { "root_module": { "resources": planned.collect::<Vec<_>>() } },
        "resource_changes": open.collect::<Vec<_>>(),
        "configuration": { "root_module": { "resources": written.collect::<Vec<_>>() } },
    });
    Plan::parse(Path::new("plan.json"), &text.to_string()).unwrap().unwrap()
}

/// What a plan tells of keys: a line for each resource, or why not.
fn keys(mut plan: Plan) -> Vec<String> {
    let environment = Environment {
        account: "111122223333".parse().ok(),
        region: "eu-west-1".parse().ok(),
        ..Environment::default()
    };
    plan.named(&Context { environment, ..Context::default() });
    let told = plan.index.encryption.iter().map(|(resource, key)| match key {
        SettingEncryption::ByAws => format!("{resource} by aws"),
        SettingEncryption::CustomerKey(key) => format!("{resource} by {key}"),
    });
    told.chain(plan.findings().into_iter().map(|finding| finding.message)).collect()
}

#[test]
fn the_key_of_a_bucket_stands_with_the_resource_that_names_or_refers_to_it() {
    let rule = |key: &str| json!([{ "apply_server_side_encryption_by_default": [{ "kms_master_key_id": key }] }]);
    let of = "aws_s3_bucket_server_side_encryption_configuration";
    let found = keys(plan(
        &[
            ("aws_s3_bucket", "named", json!({ "bucket": "acme-named" })),
            ("aws_s3_bucket", "meant", json!({ "bucket": "acme-meant" })),
            ("aws_s3_bucket", "plain", json!({ "bucket": "acme-plain" })),
            (of, "a", json!({ "bucket": "acme-named", "rule": rule("k1") })),
            (of, "b", json!({ "rule": rule("k2") })),
            (of, "c", json!({ "bucket": "acme-plain", "rule": [] })),
        ],
        &[(&format!("{of}.b"), "bucket", "aws_s3_bucket.meant.id")],
    ));
    assert_eq!(
        found,
        [
            "arn:aws:s3:::acme-meant by key/k2",
            "arn:aws:s3:::acme-named by key/k1",
            "arn:aws:s3:::acme-plain by aws",
        ]
    );
}

#[test]
fn an_alias_is_the_key_that_the_plan_gives_it_and_no_other_alias() {
    let queue = |key: &str, name: &str| json!({ "name": name, "kms_master_key_id": key });
    let alias = |name: &str, key: &str| json!({ "name": name, "target_key_id": key });
    let whole = "arn:aws:kms:eu-west-1:111122223333:alias/shop";
    let found = keys(plan(
        &[
            ("aws_sqs_queue", "a", queue("alias/shop", "a")),
            ("aws_sqs_queue", "b", queue(whole, "b")),
            ("aws_sqs_queue", "c", queue("alias/aws/sqs", "c")),
            ("aws_sqs_queue", "d", queue("alias/round", "d")),
            ("aws_sqs_queue", "e", queue("alias/nowhere", "e")),
            ("aws_sqs_queue", "f", queue("arn:aws:s3:::acme", "f")),
            ("aws_kms_alias", "shop", alias("alias/shop", "k1")),
            ("aws_kms_alias", "round", alias("alias/round", "alias/round")),
        ],
        &[],
    ));
    assert_eq!(
        found,
        [
            "arn:aws:sqs:eu-west-1:111122223333:a by key/k1",
            "arn:aws:sqs:eu-west-1:111122223333:b by key/k1",
            "arn:aws:sqs:eu-west-1:111122223333:c by aws",
            "`the key of aws_sqs_queue.d` is not known: `alias/round` is no key of KMS",
            "`the key of aws_sqs_queue.e` is not known: which key the alias `nowhere` stands for is not in the plan",
            "`the key of aws_sqs_queue.f` is not known: `arn:aws:s3:::acme` is no key of KMS",
        ]
    );
}

#[test]
fn of_many_instances_only_the_one_that_is_named_is_meant() {
    let queue = |name: &str| json!({ "name": name });
    let plan = plan(
        &[
            ("aws_sqs_queue", "jobs[\"a\"]", queue("jobs-a")),
            ("aws_sqs_queue", "jobs[\"b\"]", queue("jobs-b")),
            ("aws_sqs_queue", "jobs_old[0]", queue("old")),
            ("aws_sqs_queue", "jobsmore", queue("more")),
        ],
        &[
            ("aws_sqs_queue.jobsmore", "one", "aws_sqs_queue.jobs[\"b\"].arn"),
            ("aws_sqs_queue.jobs_old", "only", "aws_sqs_queue.jobs_old.arn"),
        ],
    );
    let values = read::Values { plan: &plan, context: &Context::default() };
    let led = |address: &str, path: &str| values.reference(address, path, 8);
    let to = |address: &str| Ok((address.to_owned(), "arn".to_owned()));
    assert_eq!(led("aws_sqs_queue.jobsmore", "one"), to("aws_sqs_queue.jobs[\"b\"]"));
    assert_eq!(led("aws_sqs_queue.jobs_old[0]", "only"), to("aws_sqs_queue.jobs_old[0]"));
}

#[test]
fn a_module_gets_its_values_from_where_it_is_called() {
    let described = described("module.reports.aws_lambda_function.this", &[]);
    assert_eq!(described.function_name.as_deref(), Some("nightly-reports"));
    assert!(described.role_is_shared, "Step Functions may assume it too");
    assert_eq!(described.configuration.is_edge, Some(true));
    assert_eq!(
        lines(&described.configuration)[0],
        "dead-letter arn:aws:sqs:eu-west-1:111122223333:lost @module.reports.aws_lambda_function.this.dead_letter_config"
    );
}

#[test]
fn a_function_is_known_by_its_address_its_names_and_its_module() {
    let mut plan = Plan::parse(Path::new("plan.json"), PLAN).unwrap().unwrap();
    let named = plan.named(&Context::default());
    let names: Vec<Vec<&str>> =
        named.iter().map(|it| it.names.iter().map(String::as_str).collect()).collect();
    assert_eq!(
        names,
        [
            vec!["aws_lambda_function.orders", "orders"],
            vec!["module.reports.aws_lambda_function.this", "nightly-reports", "reports", "this"],
        ]
    );
}

#[test]
fn what_is_no_plan_is_read_as_a_template_or_refused() {
    let parse = |text: &str| Plan::parse(Path::new("x.json"), text);
    assert_eq!(parse("Resources: {}").unwrap(), None);
    assert_eq!(parse(r#"{"Resources":{"format_version":{}}}"#).unwrap(), None);
    let state = parse(r#"{"format_version":"1.0","values":{}}"#).unwrap_err();
    assert!(state.to_string().contains("no `planned_values`"), "{state}");
    let new = parse(r#"{"format_version":"2.0","planned_values":{}}"#).unwrap_err();
    assert_eq!(new.to_string(), "the plan has format 2.0, and formats 1.x are understood");
    assert!(Deployment::parse(Path::new("plan.json"), PLAN).unwrap().template().is_none());
}
