//! A plan of groups of thirteen resources: written out, made with `for_each`, and in modules, with what is known only after apply.

use serde_json::{Map, Value, json};

/// Where a group is written.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// At the root under a name of its own.
    Root,
    /// At the root as one of many instances.
    Instance,
    /// In a module of its own.
    Module,
}

/// One resource: type, planned values, what is known after apply, and what that refers to.
struct Resource {
    kind: &'static str,
    values: Value,
    /// Argument, with type and attribute of the resource of the group that it is.
    open: Vec<(&'static str, &'static str, &'static str)>,
}

fn resource(
    kind: &'static str,
    values: Value,
    open: &[(&'static str, &'static str, &'static str)],
) -> Resource {
    Resource { kind, values, open: open.to_vec() }
}

/// The thirteen resources around one function.
fn group(index: usize, place: Place) -> Vec<Resource> {
    // What is written out refers to names; elsewhere names are planned where they are used, as for instances they must be.
    let is_instance = place == Place::Instance;
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "lambda.amazonaws.com" }
    }] });
    let mut function = json!({
        "function_name": format!("orders-{index}"), "runtime": "provided.al2023", "handler": "bootstrap",
        "memory_size": 256, "timeout": 30, "architectures": ["arm64"], "publish": false,
        "environment": [{ "variables": { "STAGE": "prod", "TABLE": format!("orders-{index}") } }],
        "tracing_config": [{ "mode": "Active" }],
    });
    let mut open = vec![
        ("role", "aws_iam_role", "arn"),
        ("dead_letter_config.0.target_arn", "aws_sqs_queue", "arn"),
    ];
    if is_instance {
        function["role"] = json!(format!("arn:aws:iam::111122223333:role/orders-{index}"));
        function["dead_letter_config"] =
            json!([{ "target_arn": format!("arn:aws:sqs:eu-west-1:111122223333:jobs-{index}") }]);
        open.clear();
    }
    vec![
        resource("aws_lambda_function", function, &open),
        resource(
            "aws_iam_role",
            json!({ "name": format!("orders-{index}"), "path": "/", "assume_role_policy": trust.to_string() }),
            &[],
        ),
        resource(
            "aws_iam_role_policy",
            json!({ "name": "inline", "policy": "{}" }),
            &[("role", "aws_iam_role", "id")],
        ),
        resource(
            "aws_iam_role_policy_attachment",
            json!({ "policy_arn": "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess" }),
            &[("role", "aws_iam_role", "name")],
        ),
        resource(
            "aws_cloudwatch_log_group",
            json!({ "name": format!("/aws/lambda/orders-{index}"), "retention_in_days": 14 }),
            &[],
        ),
        resource(
            "aws_lambda_permission",
            json!({ "action": "lambda:InvokeFunction", "principal": "sns.amazonaws.com" }),
            &[
                ("function_name", "aws_lambda_function", "function_name"),
                ("source_arn", "aws_sns_topic", "arn"),
            ],
        ),
        resource(
            "aws_lambda_event_source_mapping",
            json!({ "batch_size": 10, "enabled": true }),
            &[
                ("function_name", "aws_lambda_function", "arn"),
                ("event_source_arn", "aws_sqs_queue", "arn"),
            ],
        ),
        resource(
            "aws_lambda_function_event_invoke_config",
            json!({ "maximum_retry_attempts": 1 }),
            &[("function_name", "aws_lambda_function", "function_name")],
        ),
        resource(
            "aws_sqs_queue",
            json!({ "name": format!("jobs-{index}"), "kms_master_key_id": format!("alias/shop-{}", index % 10) }),
            &[],
        ),
        resource("aws_sns_topic", json!({ "name": format!("news-{index}") }), &[]),
        resource(
            "aws_dynamodb_table",
            json!({ "name": format!("orders-{index}"), "server_side_encryption": [] }),
            &[],
        ),
        resource("aws_s3_bucket", json!({ "bucket": format!("acme-{index}") }), &[]),
        resource(
            "aws_s3_bucket_server_side_encryption_configuration",
            json!({ "rule": [{ "apply_server_side_encryption_by_default": [{
                "sse_algorithm": "aws:kms", "kms_master_key_id": "arn:aws:kms:eu-west-1:111122223333:key/k1"
            }] }] }),
            &[("bucket", "aws_s3_bucket", "id")],
        ),
    ]
}

/// The value with `inner` under the first step of `path`, as blocks are nested.
fn nested(path: &str, inner: Value) -> (String, Value) {
    let mut steps: Vec<&str> = path.split('.').collect();
    let first = steps.remove(0).to_owned();
    let inner = steps.into_iter().rev().fold(inner, |inner, step| match step.parse::<usize>() {
        Ok(_) => json!([inner]),
        Err(_) => json!({ step: inner }),
    });
    (first, inner)
}

/// `terraform show -json` of that many groups, with the keys that their queues have.
pub(super) fn text(groups: usize) -> String {
    let (mut planned, mut changes, mut written) = (Vec::new(), Vec::new(), Vec::new());
    let (mut children, mut calls) = (Vec::new(), Map::new());
    let mut once = Vec::new();
    for index in 0..groups {
        let place = [Place::Root, Place::Instance, Place::Module][index % 3];
        let (name, key, module) = match place {
            Place::Root => (format!("orders_{index}"), String::new(), String::new()),
            Place::Instance => ("each".to_owned(), format!("[\"orders-{index}\"]"), String::new()),
            Place::Module => ("this".to_owned(), String::new(), format!("module.orders_{index}.")),
        };
        let (mut own, mut own_written) = (Vec::new(), Vec::new());
        for Resource { kind, values, open } in group(index, place) {
            let address = format!("{module}{kind}.{name}{key}");
            let (mut unknown, mut expressions) = (Map::new(), Map::new());
            for (argument, target, attribute) in open {
                let (first, after) = nested(argument, Value::Bool(true));
                unknown.insert(first, after);
                let whole = format!("{target}.{name}");
                let references = match place {
                    Place::Instance => json!([
                        format!("{whole}[\"orders-{index}\"].{attribute}"),
                        format!("{whole}[\"orders-{index}\"]"),
                        whole
                    ]),
                    _ => json!([format!("{whole}.{attribute}"), whole]),
                };
                let (first, reference) = nested(argument, json!({ "references": references }));
                expressions.insert(first, reference);
            }
            own.push(json!({
                "address": address, "mode": "managed", "type": kind, "name": name, "values": values,
            }));
            changes.push(json!({
                "address": address, "change": { "actions": ["create"], "after_unknown": unknown },
            }));
            let local = json!({ "address": format!("{kind}.{name}"), "mode": "managed", "expressions": expressions });
            match place {
                Place::Root => written.push(local),
                // What is written of many instances is written once.
                Place::Instance if index == 1 => once.push(local),
                Place::Instance => {}
                Place::Module => own_written.push(local),
            }
        }
        if place == Place::Module {
            let address = format!("module.orders_{index}");
            children.push(json!({ "address": address, "resources": own }));
            calls.insert(
                format!("orders_{index}"),
                json!({ "module": { "resources": own_written } }),
            );
        } else {
            planned.append(&mut own);
        }
    }
    written.append(&mut once);
    for index in 0..10 {
        planned.push(json!({
            "address": format!("aws_kms_alias.shop_{index}"), "mode": "managed", "type": "aws_kms_alias",
            "name": format!("shop_{index}"),
            "values": { "name": format!("alias/shop-{index}"), "target_key_id": format!("k{index}") },
        }));
    }
    json!({
        "format_version": "1.2", "terraform_version": "1.9.8",
        "planned_values": { "root_module": { "resources": planned, "child_modules": children } },
        "resource_changes": changes,
        "configuration": { "root_module": { "resources": written, "module_calls": calls } },
    })
    .to_string()
}
