use policy_core::evidence::{Environment, FunctionConfiguration, SettingEncryption};

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
    plan.describe(address, &context)
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
    for (resource, key) in &configuration.encryption {
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
    assert_eq!(described.configuration.encryption.get(jobs), None);
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
