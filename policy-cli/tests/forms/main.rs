//! Each form says exactly what the documents say.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

mod beside_sam;
mod circles;
mod reader;
mod shared;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../../../policy-core/tests/support/mod.rs"]
mod support;
mod templates;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use policy_cli::command::generate::{Generated, GeneratedFunction};
use policy_cli::failure::Failure;
use policy_cli::output::form::{self, Form};
use policy_core::catalog::Catalog;
use policy_core::evidence::{Environment, FunctionSettings};
use policy_core::graph::AccessGraph;
use policy_core::iam::BaseOperator;
use policy_core::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, PrincipalKind, Principals,
    ResourceElement, Statement,
};
use policy_core::synthesis::{FunctionPolicies, synthesise};
use proptest::prelude::*;

use reader::Read;
use support::Case;

fn generated(
    settings: FunctionSettings,
    environment: Environment,
    policies: FunctionPolicies,
) -> GeneratedFunction {
    GeneratedFunction {
        settings,
        environment,
        policies,
        graph: None,
        dropped: Vec::new(),
        fragments: None,
        within: None,
        by_sam: Vec::new(),
        written: Vec::new(),
        findings: Vec::new(),
    }
}

/// The form of some functions, each with a role of its own.
fn form_of(form: Form, functions: &[GeneratedFunction]) -> Result<String, Failure> {
    let generated = Generated { functions: functions.to_vec(), ..Generated::default() };
    form::text(form, &form::parts(&generated, None))
}

/// The functions of the cases of synthesis, but those that end in an error.
fn cases() -> &'static [(String, GeneratedFunction)] {
    static CASES: LazyLock<Vec<(String, GeneratedFunction)>> = LazyLock::new(read_cases);
    &CASES
}

fn read_cases() -> Vec<(String, GeneratedFunction)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy-core/tests/cases/synthesis");
    let catalog = Catalog::embedded();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let case = Case::read(&path.join("evidence.json"));
        let Ok((graph, _)) = AccessGraph::build(&case.evidence, catalog, case.merge) else {
            continue;
        };
        let Ok((policies, _)) = synthesise(&graph, catalog, case.options) else { continue };
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (settings, environment) = (case.evidence.settings, case.evidence.environment);
        found.push((name, generated(settings, environment, policies)));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// What the function's documents say, as a form can say it.
fn said(function: &GeneratedFunction, sids: bool) -> Read {
    let policies = &function.policies;
    let mut permissions: Vec<Statement> =
        policies.resource_policies.values().flat_map(|it| it.statements.clone()).collect();
    if !sids {
        permissions.iter_mut().for_each(|it| it.sid = None);
    }
    sorted(Read {
        role: policies.execution_role.clone(),
        trust: vec![policies.trust_policy.clone()],
        permissions,
    })
}

fn sorted(mut read: Read) -> Read {
    read.role.sort();
    read.permissions.sort();
    read
}

/// Reads every form of the function back.
fn holds(function: &GeneratedFunction) -> Result<(), String> {
    let account = function.environment.account.as_ref().map_or("", |it| it.as_str());
    let region = function.environment.region.as_ref().map_or("", |it| it.as_str());
    for form in Form::ALL {
        let text =
            form_of(form, std::slice::from_ref(function)).map_err(|failure| failure.to_string())?;
        let found = match form {
            Form::Terraform => reader::terraform(&text, "orders"),
            _ => {
                let mut world = reader::world(account, region);
                let partition = function.environment.partition.to_string();
                world.insert("AWS::Partition".to_owned(), partition);
                reader::template(&text, &world, "Orders")
            }
        };
        let expected = said(function, form == Form::Terraform);
        if sorted(found) != expected {
            return Err(format!("{form:?} says something else:\n{text}"));
        }
    }
    Ok(())
}

#[test]
fn every_case_of_synthesis_reads_back_from_every_form() {
    let cases = cases();
    assert!(cases.len() > 30, "cases are missing");
    let permissions: usize =
        cases.iter().map(|(_, function)| said(function, true).permissions.len()).sum();
    assert!(permissions > 5, "cases with invokers are missing");
    for (name, function) in cases {
        let mut function = function.clone();
        function.settings.name = "orders".into();
        holds(&function).unwrap_or_else(|problem| panic!("{name}: {problem}"));
    }
}

/// Account and Region are written out nowhere, but where they are not the run's own.
#[test]
fn the_runs_own_account_and_region_are_pseudo_parameters() {
    let function = statement_on("arn:aws:sqs:eu-west-1:111122223333:jobs-111122223333");
    let text = form_of(Form::CloudFormation, &[function]).unwrap();
    let sub = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:jobs-111122223333";
    assert!(text.contains(&format!(r#""Fn::Sub": "{sub}""#)), "{text}");
    let function = statement_on("arn:aws-cn:sqs:us-east-1:444455556666:jobs");
    let text = form_of(Form::CloudFormation, &[function]).unwrap();
    assert!(text.contains(r#""Resource": "arn:aws-cn:sqs:us-east-1:444455556666:jobs""#), "{text}");
}

#[test]
fn what_no_permission_says_is_an_error() {
    let mut function = statement_on("*");
    let mut statement = permission("S3Uploads", "s3.amazonaws.com", "");
    statement.condition = statement.condition.with(BaseOperator::StringLike, "aws:SourceArn", "*");
    let document = PolicyDocument::new(vec![statement]);
    function.policies.resource_policies.insert(String::new(), document);
    for form in Form::ALL {
        let problem = form_of(form, std::slice::from_ref(&function)).unwrap_err().to_string();
        assert!(problem.contains("`S3Uploads`"), "{problem}");
        assert!(problem.contains("`StringLike` on `aws:SourceArn`"), "{problem}");
    }
}

/// The first is written into the role, the others are attached to it.
#[test]
fn a_form_says_which_policy_is_inline_and_which_are_managed() {
    let one = |number: usize| {
        let statement = Statement {
            sid: Some(format!("One{number}")),
            ..Statement::allow(["sqs:SendMessage"], ["*"])
        };
        PolicyDocument::new(vec![statement])
    };
    let function = function((1..=3).map(one).collect(), BTreeMap::new());
    let value = |form: Form| -> serde_json::Value {
        serde_json::from_str(&form_of(form, std::slice::from_ref(&function)).unwrap()).unwrap()
    };
    for form in [Form::CloudFormation, Form::Sam] {
        let resources = &value(form)["Resources"];
        let role = &resources["OrdersRole"]["Properties"];
        assert_eq!(role["Policies"].as_array().unwrap().len(), 1);
        assert_eq!(role["Policies"][0]["PolicyName"], "execution-role");
        assert_eq!(role["Policies"][0]["PolicyDocument"]["Statement"][0]["Sid"], "One1");
        let arns = serde_json::json!([{ "Ref": "OrdersPolicy2" }, { "Ref": "OrdersPolicy3" }]);
        assert_eq!(role["ManagedPolicyArns"], arns);
        for number in 2..=3 {
            let policy = &resources[format!("OrdersPolicy{number}")];
            assert_eq!(policy["Type"], "AWS::IAM::ManagedPolicy");
            let sid = &policy["Properties"]["PolicyDocument"]["Statement"][0]["Sid"];
            assert_eq!(*sid, format!("One{number}"));
        }
    }
    let terraform = &value(Form::Terraform)["resource"];
    let names = |kind: &str| -> Vec<String> {
        terraform[kind].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names("aws_iam_role_policy"), ["orders"]);
    assert_eq!(names("aws_iam_policy"), ["orders_2", "orders_3"]);
    assert_eq!(names("aws_iam_role_policy_attachment"), ["orders_2", "orders_3"]);
    let inline = terraform["aws_iam_role_policy"]["orders"]["policy"].as_str().unwrap();
    assert!(inline.contains("One1"), "{inline}");
}

#[test]
fn functions_with_one_id_are_told_apart() {
    let mut functions = [statement_on("*"), statement_on("*")];
    functions[0].settings.name = "order-api".into();
    functions[1].settings.name = "order_api".into();
    let text = form_of(Form::CloudFormation, &functions).unwrap();
    assert_eq!(text.matches("AWS::IAM::Role").count(), 2);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["Resources"].as_object().unwrap().len(), 2, "{text}");
}

fn statement_on(resource: &str) -> GeneratedFunction {
    let statement =
        Statement { sid: Some("One".into()), ..Statement::allow(["sqs:SendMessage"], [resource]) };
    function(vec![PolicyDocument::new(vec![statement])], BTreeMap::new())
}

fn function(
    execution_role: Vec<PolicyDocument>,
    resource_policies: BTreeMap<String, PolicyDocument>,
) -> GeneratedFunction {
    let trust = PolicyDocument::new(vec![Statement {
        principal: Some(service("lambda.amazonaws.com")),
        resource: None,
        ..Statement::allow(["sts:AssumeRole"], ["*"])
    }]);
    let environment = Environment {
        account: "111122223333".parse().ok(),
        region: "eu-west-1".parse().ok(),
        ..Environment::default()
    };
    let (_, first) = cases()[0].clone();
    let settings = FunctionSettings { name: "orders".into(), ..first.settings };
    let policies = FunctionPolicies {
        execution_role,
        trust_policy: trust,
        resource_policies,
        ..first.policies
    };
    generated(settings, environment, policies)
}

fn service(name: &str) -> PrincipalElement {
    let services = [(PrincipalKind::Service, vec![name.to_owned()])];
    PrincipalElement::Principal(Principals::Map(services.into()))
}

fn permission(sid: &str, principal: &str, qualifier: &str) -> Statement {
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
    let function = match qualifier {
        "" => function.to_owned(),
        qualifier => format!("{function}:{qualifier}"),
    };
    Statement {
        sid: Some(sid.to_owned()),
        effect: Effect::Allow,
        principal: Some(service(principal)),
        action: ActionElement::Action(vec!["lambda:InvokeFunction".to_owned()]),
        resource: Some(ResourceElement::Resource(vec![function])),
        condition: Default::default(),
    }
}

/// Texts of what policies are made of, and what templates give a meaning to.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "arn:aws:s3:::orders/",
        "arn:aws:sqs:eu-west-1:111122223333:",
        "arn:aws:sqs:us-east-1:111122223333:",
        "arn:aws:sqs:*:*:",
        "111122223333",
        "secretsmanager.eu-west-1.amazonaws.com",
        "eu-west-1",
        "${aws:PrincipalTag/team}",
        "${*}",
        "${$}",
        "%{if",
        "{",
        "}",
        "!",
        "*",
        "?",
        "/",
        ":",
        "\"",
        "\\",
        "é",
        "a",
    ]);
    prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

fn statement() -> impl Strategy<Value = Statement> {
    let texts = || prop::collection::btree_set(text(), 1..3);
    let operator = prop::sample::select(vec![
        BaseOperator::StringEquals,
        BaseOperator::StringLike,
        BaseOperator::ArnLike,
    ]);
    (texts(), prop::option::of((operator, texts())), any::<bool>()).prop_map(
        |(resources, condition, denies)| {
            let mut statement = Statement::allow(["s3:GetObject", "s3:Put*"], resources);
            statement.sid = Some("Reads".to_owned());
            if denies {
                statement.effect = Effect::Deny;
            }
            if let Some((operator, values)) = condition {
                for value in values {
                    statement.condition =
                        statement.condition.with(operator, "aws:ResourceAccount", &value);
                }
            }
            statement
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_document_reads_back_from_every_form(
        documents in prop::collection::vec(prop::collection::vec(statement(), 1..4), 1..3),
        sources in prop::collection::btree_set((prop::sample::select(vec!["", "live"]), text()), 0..4),
    ) {
        let role = documents.into_iter().map(PolicyDocument::new).collect();
        let mut resource_policies: BTreeMap<String, PolicyDocument> = BTreeMap::new();
        for (number, (qualifier, source)) in sources.into_iter().enumerate() {
            let mut one = permission(&format!("One{number}"), "s3.amazonaws.com", qualifier);
            one.condition = one
                .condition
                .with(BaseOperator::StringEquals, "aws:SourceAccount", "111122223333")
                .with(BaseOperator::ArnLike, "aws:SourceArn", &source);
            let document = resource_policies.entry(qualifier.to_owned()).or_insert_with(|| PolicyDocument::new(Vec::new()));
            document.statements.push(one);
        }
        let function = function(role, resource_policies);
        if let Err(problem) = holds(&function) {
            // The one text that Terraform has no escape for.
            prop_assert!(problem.contains("cannot be written for Terraform"), "{problem}");
        }
    }
}
