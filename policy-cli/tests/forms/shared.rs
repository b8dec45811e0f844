//! Forms of a role that several functions share, of wildcards in actions, and what is read back from them, through the program.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use policy_core::policy::{PolicyDocument, parse};
use serde_json::Value;

use crate::reader::{self, Read};
use crate::templates::{House, house_of};

const MAIN: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "orders", invoked_by(events("rule/nightly")), polls(sqs("jobs")))]
struct Orders {
    #[aws(dynamodb(GetItem, PutItem), on = "table/orders")]
    orders: OrdersTable,
}

#[derive(AwsAccess)]
#[aws(function = "bills")]
struct Bills {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: BillsTable,
    #[aws(s3(PutObjectTagging, DeleteObjectTagging, GetObjectTagging), on = "acme-bills/*")]
    bills: BillsBucket,
}

fn main() {}
"#;

const TEMPLATE: &str = r#"{"Transform": "AWS::Serverless-2016-10-31", "Resources": {
  "orders": {"Type": "AWS::Serverless::Function", "Properties": {"FunctionName": "orders", "Role": {"Fn::GetAtt": ["Exec", "Arn"]}}},
  "bills": {"Type": "AWS::Serverless::Function", "Properties": {"FunctionName": "bills", "Role": {"Fn::GetAtt": ["Exec", "Arn"]}}},
  "Exec": {"Type": "AWS::IAM::Role"}
}}"#;

const SHARED: &str = r#"[functions.orders]
function-name = "orders"
role = "arn:aws:iam::111122223333:role/lambda/shop-exec"
[functions.bills]
function-name = "bills"
role = "arn:aws:iam::111122223333:role/lambda/shop-exec"
"#;

fn house() -> House {
    let house = house_of(MAIN, TEMPLATE);
    std::fs::write(house.path().join("policy.toml"), SHARED).unwrap();
    house
}

/// Exit code, stdout and stderr of `generate` without a template.
fn generate(house: &Path, line: &str) -> (i32, String, String) {
    let whole = format!("generate --crate . --account 111122223333 --region eu-west-1 {line}");
    let output = Command::new(env!("CARGO_BIN_EXE_policy-cli"))
        .args(whole.split_whitespace())
        .current_dir(house)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_owned()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// What `generate` prints, which must have ended well.
fn printed(house: &Path, line: &str) -> String {
    let (code, text, problems) = generate(house, line);
    assert_eq!(code, 0, "{problems}");
    text
}

fn documents(value: &Value) -> Vec<PolicyDocument> {
    let read = |it: &Value| parse(&it.to_string(), "json").unwrap().document;
    match value {
        Value::Array(all) => all.iter().map(read).collect(),
        one => vec![read(one)],
    }
}

/// The documents of the role, and who may invoke `orders`, as `--format json` has them.
fn expected(house: &Path, line: &str) -> (Vec<PolicyDocument>, Vec<PolicyDocument>, Value) {
    let made: Value =
        serde_json::from_str(&printed(house, &format!("{line} --format json -q"))).unwrap();
    let role = &made["roles"][0];
    let invoked = made["functions"][1]["resourcePolicies"][""].clone();
    (documents(&role["executionRole"]), documents(&role["trustPolicy"]), invoked)
}

/// What the form says of the role, and the statement that it has for the invoker of `orders`.
fn read(form: &str, role: &str, orders: &str) -> Read {
    let world = reader::world("111122223333", "eu-west-1");
    if form == "terraform" {
        let permissions = reader::terraform_permissions(orders, "orders");
        return Read { permissions, ..reader::terraform(role, "shop_exec") };
    }
    let permissions = reader::template(orders, &world, "OrdersPermission").permissions;
    Read { permissions, ..reader::template(role, &world, "ShopExec") }
}

const FILES: [(&str, &str); 3] = [
    ("cloudformation", "cloudformation.json"),
    ("sam", "sam.json"),
    ("terraform", "policies.tf.json"),
];

/// Every form of the shared role, from stdout and from the folders, says what the documents say.
fn all_read_back(house: &Path, line: &str) {
    let (role, trust, invoked) = expected(house, line);
    assert_eq!(role.len(), 1);
    for (form, file) in FILES {
        let line = format!("{line} --format {form} -q");
        let whole = printed(house, &line);
        printed(house, &format!("{line} --out out"));
        let at = |folder: &str| {
            let path = house.join("out").join(folder).join(file);
            std::fs::read_to_string(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display()))
        };
        for (of_role, of_orders) in
            [(whole.clone(), whole.clone()), (at("roles/shop-exec"), at("orders"))]
        {
            let found = read(form, &of_role, &of_orders);
            assert_eq!(found.role, role, "{form}");
            assert_eq!(found.trust, trust, "{form}");
            let mut expected = documents(&invoked)[0].statements.clone();
            if form != "terraform" {
                expected.iter_mut().for_each(|it| it.sid = None);
            }
            assert_eq!(found.permissions, expected, "{form}");
        }
        let (code, said, _) = generate(house, &format!("{line} --out out --check"));
        assert_eq!(code, 0, "{said}");
    }
}

#[test]
fn every_form_of_a_shared_role_reads_back() {
    all_read_back(house().path(), "");
}

#[test]
fn each_form_has_one_role_which_its_functions_get() {
    let house = house();
    let sam: Value = serde_json::from_str(&printed(house.path(), "--format sam -q")).unwrap();
    let resources = sam["Resources"].as_object().unwrap();
    let kinds: BTreeMap<&str, usize> = resources.values().fold(BTreeMap::new(), |mut kinds, it| {
        *kinds.entry(it["Type"].as_str().unwrap()).or_default() += 1;
        kinds
    });
    let expected = BTreeMap::from([
        ("AWS::IAM::Role", 1),
        ("AWS::Lambda::Permission", 1),
        ("AWS::Serverless::Function", 2),
    ]);
    assert_eq!(kinds, expected);
    for function in ["Bills", "Orders"] {
        let role = &resources[function]["Properties"]["Role"];
        assert_eq!(*role, serde_json::json!({"Fn::GetAtt": ["ShopExecRole", "Arn"]}));
    }
    let terraform: Value =
        serde_json::from_str(&printed(house.path(), "--format terraform -q")).unwrap();
    let role = &terraform["resource"]["aws_iam_role"]["shop_exec"];
    assert_eq!((&role["name"], &role["path"]), (&"shop-exec".into(), &"/lambda/".into()));
}

/// Where a function has nothing of its own in a form, no file is written for it, and none is said to be.
#[test]
fn what_is_written_where_is_said() {
    let house = house();
    for (form, file) in FILES {
        std::fs::remove_dir_all(house.path().join("out")).ok();
        let said = printed(house.path(), &format!("--format {form} --out out"));
        let is_there = house.path().join("out/bills").join(file).exists();
        assert_eq!(is_there, form == "sam", "{form}");
        assert_eq!(said.contains("written to out/bills"), is_there, "{form}: {said}");
        assert!(said.contains("written to out/roles/shop-exec"), "{form}: {said}");
        assert!(house.path().join("out/roles/shop-exec/evidence.json").exists());
    }
}

/// Conditions would refuse what others do with the role.
#[test]
fn what_else_of_a_template_has_the_role_leaves_conditions_out() {
    let line = "--template template.yaml --format sam -q";
    for (more, is_apart) in [
        ("", true),
        (
            r#", "Other": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Exec", "Arn"]}}}"#,
            false,
        ),
        (
            r#", "Steps": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": {"Fn::GetAtt": ["Exec", "Arn"]}}}"#,
            false,
        ),
    ] {
        let role = r#""Exec": {"Type": "AWS::IAM::Role"}"#;
        let house = house_of(MAIN, &TEMPLATE.replace(role, &format!("{role}{more}")));
        let text = printed(house.path(), line);
        assert_eq!(text.contains("lambda:SourceFunctionArn"), is_apart, "{more}");
    }
}

#[test]
fn a_role_of_the_template_without_a_name_is_called_by_its_id() {
    let house = house();
    std::fs::remove_file(house.path().join("policy.toml")).unwrap();
    let line = "--template template.yaml --format sam";
    let text = printed(house.path(), &format!("{line} -q"));
    // Nobody else has it, so that conditions keep the functions apart.
    assert!(text.contains("lambda:SourceFunctionArn"), "{text}");
    let alone = printed(house.path(), &format!("{line} -q --function bills"));
    assert!(!alone.contains("lambda:SourceFunctionArn"), "{alone}");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert!(!value["Resources"]["ExecRole"].is_null(), "{text}");
    assert!(!text.to_lowercase().contains("madelater"), "{text}");
    let said = printed(house.path(), &format!("{line} --out out"));
    assert!(said.contains("role Exec (of bills, orders)"), "{said}");
    assert!(house.path().join("out/roles/Exec/sam.json").exists());
}

/// The actions on tags of objects, as the document of the shared role has them.
fn tagging(house: &Path, wildcards: &str) -> Vec<String> {
    let (role, ..) = expected(house, wildcards);
    let found = role[0].statements.iter().map(|it| it.action.values());
    let found = found.filter(|actions| actions.iter().any(|it| it.contains("Tagging")));
    let mut all: Vec<String> = found.flatten().cloned().collect();
    all.sort();
    all
}

#[test]
fn wildcards_in_actions_are_written_when_they_are_asked_for_and_read_back() {
    let house = house();
    let apart =
        ["s3:DeleteObjectTagging", "s3:GetObjectTagging", "s3:PutObjectTagging"].map(str::to_owned);
    assert_eq!(tagging(house.path(), ""), apart);
    assert_eq!(tagging(house.path(), "--wildcards never"), apart);
    assert_eq!(tagging(house.path(), "--wildcards exact"), ["s3:*ObjectTagging"]);
    for (wildcards, count) in [("never", 0), ("exact", 1)] {
        let (code, _, said) = generate(house.path(), &format!("--wildcards {wildcards}"));
        let notes = said.lines().filter(|line| line.starts_with("note[action-wildcard]"));
        let of_tagging = notes.filter(|line| line.contains("`s3:*ObjectTagging`")).count();
        assert_eq!((code, of_tagging), (0, count), "{said}");
    }
    let (code, _, said) = generate(house.path(), "--wildcards some");
    assert_eq!(code, 2);
    assert!(said.contains("never") && said.contains("exact"), "{said}");
    all_read_back(house.path(), "--wildcards exact");
    all_read_back(house.path(), "--wildcards never");
}
