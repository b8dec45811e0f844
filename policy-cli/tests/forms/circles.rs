//! Templates that forms are merged into: everything in them can be made, one thing after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::reader;
use crate::templates::{House, house_of, run};

const MAIN: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "OrderApi")]
struct Access {
    #[aws(dynamodb(GetItem), on = env("TABLE", as = "name"))]
    orders: Orders,
    #[aws(s3(GetObject), on = "acme-uploads/*")]
    uploads: Uploads,
    #[aws(lambda(Invoke), on = env("BILLS", as = "arn"))]
    bills: Bills,
}

#[derive(AwsAccess)]
#[aws(function = "Bills")]
struct BillsAccess {
    #[aws(states(StartExecution), on = env("MACHINE", as = "arn"))]
    machine: Machine,
}

fn main() {}
"#;

/// A function without a name that calls one that starts a machine that calls it; a bucket that notifies it.
fn template() -> Value {
    let function = |more: Value| {
        let mut properties = json!({
            "CodeUri": "s3://builds/code.zip", "Handler": "bootstrap", "Runtime": "provided.al2023",
        });
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"Type": "AWS::Serverless::Function", "Properties": properties})
    };
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {"Stage": {"Type": "String"}},
        "Resources": {
            "OrderApi": function(json!({
                "Environment": {"Variables": {
                    "TABLE": {"Ref": "Orders"},
                    "BILLS": {"Fn::GetAtt": ["Bills", "Arn"]},
                }},
                "Events": {
                    "Create": {"Type": "Api", "Properties": {"Path": "/orders", "Method": "post"}},
                    "Read": {"Type": "HttpApi", "Properties": {"Path": "/orders/{id}", "Method": "any"}},
                    "Own": {"Type": "Api", "Properties": {"RestApiId": {"Ref": "Api"}, "Path": "/own/", "Method": "get"}},
                    "Upload": {"Type": "S3", "Properties": {"Bucket": {"Ref": "Uploads"}, "Events": "s3:ObjectCreated:*"}},
                },
            })),
            "Bills": function(json!({
                "FunctionName": {"Fn::Sub": "${AWS::StackName}-bills-${Stage}"},
                "AutoPublishAlias": "live",
                "Environment": {"Variables": {"MACHINE": {"Fn::Sub": "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:billing"}}},
                "Events": {"News": {"Type": "SNS", "Properties": {"Topic": {"Ref": "News"}}}},
            })),
            "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
                "StateMachineName": "billing",
                "DefinitionSubstitutions": {"F": {"Fn::GetAtt": ["OrderApi", "Arn"]}},
            }},
            "Api": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod"}},
            "Orders": {"Type": "AWS::DynamoDB::Table"},
            "News": {"Type": "AWS::SNS::Topic"},
            "Uploads": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-uploads"}},
        },
    })
}

fn house() -> House {
    house_of(MAIN, &template().to_string())
}

/// The template with the resources of a form in it.
fn merged(form: &str) -> Value {
    let mut template = template();
    let form: Value = serde_json::from_str(form).unwrap();
    for (id, resource) in form["Resources"].as_object().unwrap() {
        let own = &mut template["Resources"][id];
        match own["Properties"].as_object_mut() {
            Some(own) => own.extend(resource["Properties"].as_object().unwrap().clone()),
            None => *own = resource.clone(),
        }
    }
    template
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            for (name, of) in members {
                match (&**name, of) {
                    ("Ref", Value::String(id)) => _ = found.insert(id.clone()),
                    ("Fn::GetAtt", of) => _ = found.insert(of[0].as_str().unwrap().to_owned()),
                    ("Fn::Sub", Value::String(text)) => {
                        let names = text.split("${").skip(1);
                        let names = names.map(|it| it.split(['.', '}']).next().unwrap());
                        found.extend(names.map(ToOwned::to_owned));
                    }
                    _ => references(of, found),
                }
            }
        }
        _ => {}
    }
}

/// The resources that can never be made, since each needs another of them. What SAM adds for the bucket is written out.
fn circle(template: &Value) -> BTreeSet<String> {
    let resources = template["Resources"].as_object().unwrap();
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, resource) in resources {
        references(resource, needs.entry(id.clone()).or_default());
    }
    // An event is SAM's, which makes the bucket and the APIs after the function, not the other way round.
    let order_api = needs.get_mut("OrderApi").unwrap();
    for late in ["Uploads", "Api"] {
        order_api.remove(late);
    }
    for late in ["Uploads", "Api", "ServerlessRestApi", "ServerlessHttpApi"] {
        needs.entry(late.to_owned()).or_default().insert("OrderApi".to_owned());
    }
    loop {
        let known: BTreeSet<String> = needs.keys().cloned().collect();
        needs.retain(|_, needed| !needed.is_disjoint(&known));
        if needs.len() == known.len() {
            return known;
        }
    }
}

fn form(house: &Path, name: &str) -> String {
    let (code, text, problems) = run(house, &["--format", name, "-q"]);
    assert_eq!(code, 0, "{problems}");
    text
}

#[test]
fn nothing_goes_round_in_a_template_with_its_form() {
    let house = house();
    for name in ["sam", "cloudformation"] {
        let text = form(house.path(), name);
        let merged = merged(&text);
        assert_eq!(circle(&merged), BTreeSet::new(), "{name}: {text}");
    }
    // The test can fail: with its policy inside, a role would need its function.
    let mut merged = merged(&form(house.path(), "sam"));
    let policy = merged["Resources"]["OrderApiPolicy"]["Properties"].take();
    merged["Resources"]["OrderApiRole"]["Properties"]["Policies"] = json!([policy]);
    assert!(circle(&merged).contains("OrderApi"));
}

#[test]
fn only_what_needs_a_function_stands_outside_of_the_role() {
    let house = house();
    let value: Value = serde_json::from_str(&form(house.path(), "cloudformation")).unwrap();
    let resources = &value["Resources"];
    // Its name is told without it, and that of the machine and the bucket too.
    let bills = &resources["BillsRole"]["Properties"]["Policies"][0]["PolicyDocument"];
    let text = bills.to_string();
    assert!(text.contains("stateMachine:billing") && !text.contains("Machine."), "{text}");
    assert!(text.contains("function:${AWS::StackName}-bills-${Stage}"), "{text}");
    assert!(resources["BillsPolicy"].is_null(), "{resources}");
    let policy = &resources["OrderApiPolicy"];
    assert_eq!(policy["Type"], "AWS::IAM::Policy");
    assert_eq!(policy["Properties"]["Roles"], json!([{"Ref": "OrderApiRole"}]));
    assert_eq!(
        resources["OrderApiPermissionS3AcmeUploads"]["Properties"]["SourceArn"],
        json!({"Fn::Sub": "arn:${AWS::Partition}:s3:::acme-uploads"})
    );
}

#[test]
fn apis_that_sam_makes_are_referred_to_by_the_ids_that_sam_gives_them() {
    let house = house();
    let (code, text, problems) = run(house.path(), &["--format", "cloudformation"]);
    assert_eq!(code, 0, "{problems}");
    assert!(!problems.contains("invoker-incomplete"), "{problems}");
    let value: Value = serde_json::from_str(&text).unwrap();
    let api = |end: &str| json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:{end}")});
    for (id, source) in [
        ("ApigatewayServerlessRestApiPOSTOrders", api("${ServerlessRestApi}/*/POST/orders")),
        ("ApigatewayServerlessHttpApiOrders", api("${ServerlessHttpApi}/*/*/orders/*")),
        ("ApigatewayApiGETOwn", api("${Api}/*/GET/own")),
    ] {
        let permission = &value["Resources"][format!("OrderApiPermission{id}")]["Properties"];
        assert_eq!(permission["SourceArn"], source, "{text}");
        assert_eq!(permission["SourceAccount"], json!({"Ref": "AWS::AccountId"}));
    }
    // Without a form that can refer to them, nobody knows their ids.
    let (_, text, problems) = run(
        house.path(),
        &["--format", "terraform", "--param", "Orders=orders", "--param", "Bills=bills"],
    );
    assert!(problems.contains("`--param ServerlessRestApi=VALUE`"), "{problems}");
    assert!(!text.to_lowercase().contains("madelater"), "{text}");
}

#[test]
fn an_alias_that_sam_publishes_is_referred_to_as_sam_knows_it() {
    let house = house();
    let value: Value = serde_json::from_str(&form(house.path(), "cloudformation")).unwrap();
    let permission = &value["Resources"]["BillsPermissionSnsNews"]["Properties"];
    assert_eq!(permission["FunctionName"], json!({"Ref": "Bills.Alias"}));
}

#[test]
fn sids_are_made_of_what_the_template_calls_things() {
    let house = house();
    let text = form(house.path(), "sam");
    assert!(!text.to_lowercase().contains("madelater"), "{text}");
    let mut world = reader::world("111122223333", "eu-west-1");
    for (name, value) in [
        ("Orders.Arn", "arn:aws:dynamodb:eu-west-1:111122223333:table/stack-Orders-1A"),
        ("OrderApi", "stack-OrderApi-1A"),
        ("OrderApi.Arn", "arn:aws:lambda:eu-west-1:111122223333:function:stack-OrderApi-1A"),
        ("Stage", "prod"),
        ("AWS::StackName", "stack"),
        ("ServerlessHttpApi", "a1b2"),
        ("ServerlessRestApi", "c3d4"),
        ("Api", "e5f6"),
    ] {
        world.insert(name.to_owned(), value.to_owned());
    }
    let read = reader::template(&text, &world, "OrderApi");
    let sids: Vec<&str> =
        read.role[0].statements.iter().filter_map(|it| it.sid.as_deref()).collect();
    assert_eq!(
        sids,
        [
            "DynamodbGetItemOrders",
            "LambdaInvokeFunctionStackNameBillsStage",
            "PlatformLogsCreateLogGroupAwsLambdaOrderApi",
            "PlatformLogsWriteAwsLambdaOrderApi",
            "S3GetObjectAcmeUploads",
        ]
    );
}

#[test]
fn a_trust_policy_cannot_name_a_function_that_is_named_after_its_role() {
    let house = house();
    let trusting = |function: &str| {
        run(house.path(), &["--format", "sam", "--trust-source-arn", "--function", function])
    };
    let (code, _, problems) = trusting("OrderApi");
    assert_eq!(code, 2, "{problems}");
    assert!(problems.contains("the trust policy names a function"), "{problems}");
    assert!(problems.contains("write `FunctionName`"), "{problems}");
    let (code, text, problems) = trusting("Bills");
    assert_eq!(code, 0, "{problems}");
    assert!(text.contains("function:${AWS::StackName}-bills-${Stage}:*"), "{text}");
}

/// What names the function is a policy of its own, with a frame of its own, and both have to fit.
#[test]
fn two_inline_policies_are_refused_where_only_one_would_fit() {
    let refused = |more: usize| {
        let queue = |number: usize| format!("\"queue-{number:03}-{}\"", "x".repeat(60));
        let mut queues: Vec<String> = (0..80).map(queue).collect();
        queues.push(format!("\"{}\"", "y".repeat(1 + more)));
        let source = format!(
            "#[derive(AwsAccess)]\n#[aws(function = \"OrderApi\")]\nstruct Access {{\n    #[aws(sqs(SendMessage), on = [{}])]\n    queues: Queues,\n}}\n",
            queues.join(", ")
        );
        let house = house_of(&source, &template().to_string());
        // Else everything names the function.
        let config = "[conditions]\nsource-function-arn = false\n";
        std::fs::write(house.path().join("policy.toml"), config).unwrap();
        let (code, text, problems) = run(house.path(), &["--format", "cloudformation"]);
        if code == 2 {
            assert!(problems.contains("of which 10240 are allowed"), "{problems}");
            assert!(problems.contains("write `FunctionName` in the template"), "{problems}");
            return Some(true);
        }
        assert_eq!(code, 0, "{problems}");
        (!text.contains("ManagedPolicy")).then_some(false)
    };
    // From one inline policy with room through one without to managed ones.
    let mut lengths = (1_000..4_000).step_by(1_000);
    let least = lengths.find_map(|more| Some(more).filter(|_| refused(more).is_none()));
    let (mut low, mut high) = (0, least.unwrap());
    assert_eq!(refused(low), Some(false));
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        match refused(middle) {
            Some(true) => return,
            Some(false) => low = middle,
            None => high = middle,
        }
    }
    panic!("it was never refused");
}

/// What refers to a function can only be there when it is.
#[test]
fn what_is_about_a_function_has_its_condition() {
    let mut template = template();
    template["Conditions"] = json!({"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}});
    template["Resources"]["OrderApi"]["Condition"] = json!("IsProd");
    let house = house_of(MAIN, &template.to_string());
    let value: Value = serde_json::from_str(&form(house.path(), "cloudformation")).unwrap();
    for (id, resource) in value["Resources"].as_object().unwrap() {
        let expected = if id.starts_with("OrderApi") { json!("IsProd") } else { Value::Null };
        assert_eq!(resource["Condition"], expected, "{id}");
    }
}
