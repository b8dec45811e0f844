//! Time of one catalog lookup: `cargo bench -p policy-core --bench catalog`.
//!
//! The target is 2 µs after the first. Last numbers (2026-11-22, two busy cores of a virtual machine), first and then:
//! action 2.0 µs, 0.23 µs · with name, levels and types 5.3, 0.37 · operation with its actions 7.4, 0.38 · event 3.1, 0.29
//! · condition key 2.7, 0.19 · ARN against a type 5.4, 0.37 · nearest of 800 names 296, 161 (only after a mistake).
//! Not optimised, as a macro runs it (`--profile dev`), on the same machine at five times its load: action 4.7 µs, operation
//! with its actions 6.8, ARN against a type 17.
#![expect(clippy::print_stdout, reason = "a benchmark prints its numbers")]

use std::hint::black_box;
use std::time::Instant;

use policy_core::catalog::Catalog;
use policy_core::iam::ActionName;

/// Prints the time of the first call and the mean of the following ones, in nanoseconds.
fn measure<T>(name: &str, inputs: &[T], mut call: impl FnMut(&T)) {
    let Some(first) = inputs.first() else { return };
    let start = Instant::now();
    call(first);
    let cold = start.elapsed().as_nanos();
    let calls = if cfg!(debug_assertions) { 30_000 } else { 400_000 };
    let rounds = (calls / inputs.len()).max(1);
    let start = Instant::now();
    for _ in 0..rounds {
        inputs.iter().for_each(&mut call);
    }
    let each = start.elapsed().as_nanos() / (rounds * inputs.len()) as u128;
    println!("{name:<44} first {cold:>7} ns   then {each:>6} ns");
}

fn main() {
    let start = Instant::now();
    let catalog = Catalog::embedded();
    println!(
        "embedded: {} bytes, ready in {} ns",
        catalog.size_bytes(),
        start.elapsed().as_nanos()
    );

    let actions: Vec<ActionName> = catalog.actions().map(|action| action.name()).collect();
    measure("action (all)", &actions, |action| {
        black_box(catalog.action(black_box(action)));
    });
    measure("action, name, levels, resource types (all)", &actions, |action| {
        if let Some(found) = catalog.action(black_box(action)) {
            black_box((found.name(), found.levels(), found.resource_types().count()));
        }
    });
    let operations: Vec<(&str, &str)> =
        catalog.operations().map(|o| (o.client().name(), o.name())).collect();
    measure("client, operation, primary actions (all)", &operations, |(client, name)| {
        let operation = catalog.client(client).and_then(|client| client.operation(name));
        black_box(operation.map(|operation| operation.primary_actions().count()));
    });
    let events = [
        ("lambda.amazonaws.com", "UpdateFunctionCode20150331v2"),
        ("s3.amazonaws.com", "ListObjects"),
        ("monitoring.amazonaws.com", "PutMetricData"),
        ("dynamodb.amazonaws.com", "GetItem"),
        ("sts.amazonaws.com", "GetCallerIdentity"),
        ("nowhere.amazonaws.com", "Nothing"),
    ];
    measure("event", &events, |(source, name)| {
        black_box(catalog.event(source, name));
    });
    let keys = [("s3", "s3:prefix"), ("s3", "aws:ResourceTag/team"), ("sqs", "aws:SourceIp")];
    measure("condition key", &keys, |(service, key)| {
        black_box(catalog.condition_key(service, key));
    });
    let arns = [
        "arn:aws:s3:::receipts/in/2026/10/27/1.pdf",
        "arn:aws:s3:::receipts/*",
        "arn:aws:s3:::receipts",
    ];
    let object = catalog.service("s3").and_then(|s3| s3.resource_type("object"));
    measure("ARN fits a resource type", &arns, |arn| {
        black_box(object.map(|object| object.matches(arn)));
    });
    measure("nearest of 800 actions", &["DescribeInstanse", "RunInstance"], |text| {
        black_box(catalog.nearest_action("ec2", text));
    });
}
