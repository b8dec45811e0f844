//! Permissions that SAM makes by itself, and those of the form beside them.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::templates::{House, house_of, run};

const MAIN: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "OrderApi", invoked_by(sns("elsewhere")))]
struct Access {
    #[aws(sqs(SendMessage), on = "jobs")]
    jobs: Jobs,
}

fn main() {}
"#;

fn template(properties: &Value) -> Value {
    json!({
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "OrderApi": {"Type": "AWS::Serverless::Function", "Properties": properties},
            "News": {"Type": "AWS::SNS::Topic"},
            "Users": {"Type": "AWS::Cognito::UserPool"},
            "Uploads": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-uploads"}},
            "Own": {"Type": "AWS::Serverless::HttpApi", "Properties": {"DefinitionBody": {"openapi": "3.0.1"}}},
            "Managed": {"Type": "AWS::Serverless::HttpApi"},
        },
    })
}

fn house(properties: &Value) -> House {
    house_of(MAIN, &template(properties).to_string())
}

/// The ids of the permissions in a form, without what they begin with, and what is said.
fn permissions(house: &Path, form: &str) -> (BTreeSet<String>, String) {
    let (code, text, problems) = run(house, &["--format", form]);
    assert_eq!(code, 0, "{problems}");
    let value: Value = serde_json::from_str(&text).unwrap();
    let ids = value["Resources"].as_object().unwrap().keys();
    let ids = ids.filter_map(|id| id.strip_prefix("OrderApiPermission"));
    (ids.map(ToOwned::to_owned).collect(), problems)
}

/// What the forms of SAM and of CloudFormation have, and what is said with that of SAM.
fn both(properties: &Value) -> (Vec<String>, Vec<String>, String) {
    let house = house(properties);
    let (sam, said) = permissions(house.path(), "sam");
    let (all, _) = permissions(house.path(), "cloudformation");
    assert!(sam.is_subset(&all), "{sam:?} {all:?}");
    let left = all.difference(&sam).cloned().collect();
    (sam.into_iter().collect(), left, said)
}

fn event(kind: &str, properties: &Value) -> Value {
    json!({"Type": kind, "Properties": properties})
}

#[test]
fn what_sam_makes_for_an_event_is_not_written_again() {
    let (kept, left, said) = both(&json!({"Events": {
        "Create": event("Api", &json!({"Path": "/orders", "Method": "post"})),
        "Read": event("HttpApi", &json!({"Path": "/orders/{id}", "Method": "get"})),
        "Managed": event("HttpApi", &json!({"ApiId": {"Ref": "Managed"}, "Path": "/m", "Method": "get"})),
        "News": event("SNS", &json!({"Topic": {"Ref": "News"}})),
        "Tick": event("Schedule", &json!({"Schedule": "rate(1 hour)"})),
        "Paid": event("EventBridgeRule", &json!({"Pattern": {"source": ["shop"]}})),
        "Log": event("CloudWatchLogs", &json!({"LogGroupName": "/acme/other", "FilterPattern": "x"})),
        "Pool": event("Cognito", &json!({"UserPool": {"Ref": "Users"}, "Trigger": "PreSignUp"})),
        "Thing": event("IoTRule", &json!({"Sql": "select * from 'x'"})),
        "Skill": event("AlexaSkill", &json!({"SkillId": "amzn1.ask.skill.1"})),
        // A role of its own, so there is nothing to leave out.
        "Later": event("ScheduleV2", &json!({"ScheduleExpression": "rate(1 hour)"})),
    }}));
    // What no event of SAM is about stays.
    assert_eq!(kept, ["SnsElsewhere"]);
    assert_eq!(
        left,
        [
            "AlexaAmzn1AskSkill1",
            "ApigatewayManagedGETM",
            "ApigatewayServerlessHttpApiGETOrders",
            "ApigatewayServerlessRestApiPOSTOrders",
            "CognitoIdpUserpoolUsers",
            "EventsRuleOrderApiPaid",
            "EventsRuleOrderApiTick",
            "IotRuleOrderApiThing",
            "LogsAcmeOther",
            "SnsNews",
        ]
    );
    let note = "note[invoker-by-sam]: SAM makes the permissions for `Create`, `Log`, `Managed`, `News`, `Paid`, `Pool`, `Read`, `Skill`, `Thing`, `Tick` of `OrderApi` by itself";
    assert!(said.contains(note), "{said}");
}

#[test]
fn events_go_to_the_alias_that_sam_publishes() {
    let news = json!({"News": event("SNS", &json!({"Topic": {"Ref": "News"}}))});
    let (kept, left, _) = both(&json!({"AutoPublishAlias": "live", "Events": news}));
    assert_eq!((kept, left), (vec!["SnsElsewhere".to_owned()], vec!["SnsNews".to_owned()]));
}

#[test]
fn a_public_url_has_both_permissions_of_sam() {
    let (kept, left, _) = both(&json!({"FunctionUrlConfig": {"AuthType": "NONE"}}));
    assert_eq!(kept, ["SnsElsewhere"]);
    assert_eq!(left, ["UrlEveryone", "ViaUrlEveryone"]);
}

#[test]
fn where_sam_lets_in_more_ours_stays_and_it_is_said() {
    let (kept, left, said) = both(&json!({"Events": {
        "Upload": event("S3", &json!({"Bucket": {"Ref": "Uploads"}, "Events": "s3:ObjectCreated:*"})),
        "All": {"Type": "HttpApi"},
        // SAM makes none for it, since the one for all routes covers it.
        "One": event("HttpApi", &json!({"Path": "/one", "Method": "get"})),
        "Other": event("HttpApi", &json!({"ApiId": {"Ref": "Managed"}, "Path": "/m", "Method": "get"})),
        // Whether SAM makes one follows from a definition that is not read.
        "Own": event("HttpApi", &json!({"ApiId": {"Ref": "Own"}, "Path": "/o", "Method": "get"})),
    }}));
    assert_eq!(
        kept,
        [
            "ApigatewayOwnGETO",
            "ApigatewayServerlessHttpApiDefault",
            "ApigatewayServerlessHttpApiGETOne",
            "S3AcmeUploads",
            "SnsElsewhere",
        ]
    );
    assert_eq!(left, ["ApigatewayManagedGETM"]);
    for who in
        ["`All` of `OrderApi` lets in every route", "`Upload` of `OrderApi` lets in every bucket"]
    {
        assert!(said.contains(&format!("the event {who}")), "{said}");
    }
    assert_eq!(said.matches("[invoker-sam-wider]").count(), 2, "{said}");
}

/// What the finding says to do: then nothing is wider, and the permission is the one that was there.
#[test]
fn a_bucket_that_notifies_without_an_event_keeps_its_permission() {
    let mut template = template(&json!({}));
    template["Resources"]["Uploads"]["DependsOn"] = json!("OrderApiPermissionS3AcmeUploads");
    template["Resources"]["Uploads"]["Properties"]["NotificationConfiguration"] = json!({
        "LambdaConfigurations": [
            {"Event": "s3:ObjectCreated:*", "Function": {"Fn::GetAtt": ["OrderApi", "Arn"]}},
        ],
    });
    let house = house_of(MAIN, &template.to_string());
    let (code, text, said) = run(house.path(), &["--format", "sam"]);
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("invoker-sam-wider"), "{said}");
    let value: Value = serde_json::from_str(&text).unwrap();
    let permission = &value["Resources"]["OrderApiPermissionS3AcmeUploads"]["Properties"];
    // Without a reference to the bucket, which is made after it.
    assert_eq!(
        permission["SourceArn"],
        json!({"Fn::Sub": "arn:${AWS::Partition}:s3:::acme-uploads"})
    );
    assert_eq!(permission["SourceAccount"], json!({"Ref": "AWS::AccountId"}));
}

/// A resource that has the same id in the template is meant to be replaced.
#[test]
fn a_permission_of_the_template_is_written_under_its_id() {
    let mut template = template(&json!({"FunctionName": "order-api"}));
    let resources = template["Resources"].as_object_mut().unwrap();
    let permission = |principal: &str, more: Value| {
        let mut properties = json!({
            "FunctionName": {"Ref": "OrderApi"},
            "Action": "lambda:InvokeFunction",
            "Principal": principal,
        });
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"Type": "AWS::Lambda::Permission", "Properties": properties})
    };
    let theirs = "arn:aws:sns:eu-west-1:444455556666:theirs";
    for (id, permission) in [
        ("News", json!({"Type": "AWS::SNS::Topic"})),
        ("LetNews", permission("sns.amazonaws.com", json!({"SourceArn": {"Ref": "News"}}))),
        (
            "LetUploads",
            permission(
                "s3.amazonaws.com",
                json!({"SourceArn": "arn:aws:s3:::acme-uploads", "SourceAccount": {"Ref": "AWS::AccountId"}}),
            ),
        ),
        ("LetPartner", permission("444455556666", json!({}))),
        ("LetRole", permission("arn:aws:iam::777788889999:role/web", json!({}))),
        (
            "LetAlias",
            permission(
                "sns.amazonaws.com",
                json!({"FunctionName": {"Fn::Sub": "${OrderApi.Arn}:live"}, "SourceArn": theirs}),
            ),
        ),
        // Not known whom: nothing follows from it, and nothing replaces it.
        ("LetAnybody", permission("sqs.amazonaws.com", json!({}))),
    ] {
        resources.insert(id.to_owned(), permission);
    }
    let house = house_of(MAIN, &template.to_string());
    for form in ["sam", "cloudformation"] {
        let (code, text, said) = run(house.path(), &["--format", form]);
        assert_eq!(code, 0, "{said}");
        let value: Value = serde_json::from_str(&text).unwrap();
        let found = value["Resources"].as_object().unwrap();
        let ids = found.iter().filter(|(_, it)| it["Type"] == "AWS::Lambda::Permission");
        let ids: Vec<&str> = ids.map(|(id, _)| &**id).collect();
        let expected = [
            "LetAlias",
            "LetNews",
            "LetPartner",
            "LetRole",
            "LetUploads",
            "OrderApiPermissionSnsElsewhere",
        ];
        assert_eq!(ids, expected, "{form}");
        // Narrower than what it replaces.
        let news = &found["LetNews"]["Properties"];
        assert_eq!(news["SourceAccount"], json!({"Ref": "AWS::AccountId"}));
        let alias = &found["LetAlias"]["Properties"];
        let source =
            theirs.replace("aws:", "${AWS::Partition}:").replace("eu-west-1", "${AWS::Region}");
        assert_eq!(alias["SourceArn"], json!({"Fn::Sub": source}));
        assert_eq!(alias["FunctionName"], json!({"Fn::Sub": "${OrderApi.Arn}:live"}));
    }
}
