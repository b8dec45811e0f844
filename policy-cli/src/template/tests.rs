use std::collections::BTreeMap;

use policy_core::evidence::{
    Declaration, DeclaredAccess, DeclaredResource, Environment, EnvironmentForm, FunctionEvidence,
    FunctionSettings, SourceOrigin,
};

use super::*;
use crate::deployment::{Context, Deployment};

const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Environment:
      Variables:
        STAGE: !Ref Stage
        HIDDEN: for all
Parameters:
  Stage: { Type: String, Default: prod }
  Topic: { Type: String }
  Secret: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /shop/secret }
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties: { TableName: !Sub 'orders-${Stage}' }
  Unnamed: { Type: 'AWS::DynamoDB::Table', Properties: {} }
  Queue:
    Type: AWS::SQS::Queue
    Properties: { QueueName: !Join ['-', [jobs, !Ref Stage]] }
  Ring: { Type: 'AWS::S3::Bucket', Properties: { BucketName: !Ref Ring } }
  Key: { Type: 'AWS::KMS::Key' }
  OrdersFunction:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda, BuildProperties: { Binary: orders } }
    Properties:
      FunctionName: !Sub '${AWS::StackName}-orders'
      CodeUri: .
      Environment:
        Variables:
          TEXT: "17"
          NUMBER: 17
          TABLE: !Ref Table
          TABLE_ARN: !GetAtt Table.Arn
          LONG: { 'Fn::GetAtt': [Queue, Arn] }
          QUEUE_URL: !Ref Queue
          MIXED: !Sub ['${Of}/${!Literal}/${Table.Arn}/${AWS::Region}', { Of: !Ref Stage }]
          UNNAMED: !Ref Unnamed
          TOPIC: !Ref Topic
          SECRET: !Ref Secret
          RING: !Ref Ring
          KEY: !GetAtt Key.Arn
          IMPORTED: !ImportValue other
          HIDDEN: !ImportValue mine
          GONE: !Ref Nothing
          TWICE: one
          TWICE: two
          HOOK: !Sub 'https://${AWS::StackName}.example'
"#;

/// A template as the command has it.
struct Given(Deployment);

impl Given {
    fn fill(&self, evidence: &mut FunctionEvidence) -> Vec<Failure> {
        self.0.clone().fill(evidence).failures
    }
}

fn template(text: &str) -> Given {
    Given(Deployment::parse(Path::new("template.yaml"), text).unwrap())
}

/// A function whose declarations name these variables.
fn function(name: &str, wanted: &[&str]) -> FunctionEvidence {
    let origin = SourceOrigin {
        file: "src/main.rs".into(),
        line: 1,
        column: 1,
        item: "Access::field".into(),
        package: "shop".into(),
    };
    let resources = wanted.iter().map(|name| DeclaredResource::Environment {
        name: (*name).into(),
        form: EnvironmentForm::Name,
    });
    let access = DeclaredAccess {
        client: "s3".into(),
        names: Vec::new(),
        levels: Vec::new(),
        resources: resources.collect(),
        kms_key: None,
        owner: None,
        limits: Default::default(),
        keep: None,
        via_role: None,
        origin: origin.clone(),
    };
    let declaration = Declaration {
        package: "shop".into(),
        crate_name: "shop".into(),
        target: None,
        function: None,
        origin,
        accesses: vec![access],
        invokers: Vec::new(),
        polls: Vec::new(),
    };
    FunctionEvidence {
        settings: FunctionSettings { name: name.into(), ..FunctionSettings::default() },
        environment: Environment {
            account: "111122223333".parse().ok(),
            region: "eu-west-1".parse().ok(),
            ..Environment::default()
        },
        declarations: vec![declaration],
        ..FunctionEvidence::default()
    }
}

fn messages(failures: &[Failure]) -> Vec<String> {
    let problems = failures.iter().flat_map(Failure::problems);
    problems
        .map(|problem| {
            let place = &problem.places[0];
            let line = place.line.unwrap_or_default();
            format!("{}:{line} {}", place.file, problem.message)
        })
        .collect()
}

#[test]
fn variables_get_the_values_that_the_template_tells() {
    let mut evidence = function("orders", &["TABLE"]);
    assert_eq!(messages(&template(TEMPLATE).fill(&mut evidence)), [""; 0]);
    let expected = [
        ("LONG", "arn:aws:sqs:eu-west-1:111122223333:jobs-prod"),
        (
            "MIXED",
            "prod/${Literal}/arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod/eu-west-1",
        ),
        ("NUMBER", "17"),
        ("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs-prod"),
        ("STAGE", "prod"),
        ("TABLE", "orders-prod"),
        ("TABLE_ARN", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod"),
        ("TEXT", "17"),
    ];
    let expected: BTreeMap<Box<str>, Box<str>> =
        expected.map(|(name, value)| (name.into(), value.into())).into();
    assert_eq!(evidence.settings.configuration.variables, expected);
}

#[test]
fn what_the_template_does_not_tell_is_said_where_a_declaration_needs_it() {
    let wanted = [
        "UNNAMED",
        "TOPIC",
        "SECRET",
        "RING",
        "KEY",
        "IMPORTED",
        "HIDDEN",
        "GONE",
        "TWICE",
        "HOOK",
        "ELSEWHERE",
    ];
    let mut evidence = function("orders", &wanted);
    let found = messages(&template(TEMPLATE).fill(&mut evidence));
    let told = |name: &str, reason: &str, line: u32| {
        format!(
            "template.yaml:{line} the template does not tell the value of `{name}` for `orders`: {reason}"
        )
    };
    assert_eq!(
        found,
        [
            told(
                "UNNAMED",
                "`Unnamed` has no `TableName`, so CloudFormation makes its name; give it with `--param Unnamed=NAME`",
                39
            ),
            told("TOPIC", "the parameter `Topic` has no default; give `--param Topic=VALUE`", 40),
            told(
                "SECRET",
                "the value of the parameter `Secret` lies in SSM; give `--param Secret=VALUE`",
                41
            ),
            told("RING", "its references do not end", 42),
            told(
                "KEY",
                "the id of `Key` (AWS::KMS::Key) is known only once it is deployed; then give it with `--param Key=VALUE`",
                43
            ),
            told("IMPORTED", "`Fn::ImportValue` is not worked out", 44),
            told("HIDDEN", "`Fn::ImportValue` is not worked out", 45),
            told("GONE", "the template has no `Nothing`", 46),
            told("TWICE", "it is written twice", 47),
            told(
                "HOOK",
                "the name of the stack is not known; give `--param AWS::StackName=NAME`",
                49
            ),
        ]
    );
    assert_eq!(
        evidence.settings.configuration.variables.get("HIDDEN"),
        None,
        "not the one for all functions"
    );
}

#[test]
fn settings_and_parameters_come_before_the_template() {
    let mut evidence = function("orders", &["TOPIC", "TABLE"]);
    evidence.settings.configuration.variables.insert("TABLE".into(), "mine".into());
    for (name, value) in [("Topic", "t"), ("Stage", "test"), ("AWS::StackName", "shop")] {
        evidence.settings.parameters.insert(name.into(), value.into());
    }
    assert_eq!(messages(&template(TEMPLATE).fill(&mut evidence)), [""; 0]);
    let variables = &evidence.settings.configuration.variables;
    let value = |name: &str| variables.get(name).map(|value| &**value);
    assert_eq!(value("TABLE"), Some("mine"));
    assert_eq!(value("TOPIC"), Some("t"));
    assert_eq!(value("STAGE"), Some("test"));
    assert_eq!(value("HOOK"), Some("https://shop.example"));
}

#[test]
fn a_function_is_known_by_its_id_its_name_its_binary_or_its_folder() {
    let text = TEMPLATE.replace("CodeUri: .", "CodeUri: target/lambda/order-api/");
    for name in ["orders", "OrdersFunction", "order-api"] {
        let mut evidence = function(name, &["TABLE"]);
        assert_eq!(messages(&template(&text).fill(&mut evidence)), [""; 0], "{name}");
        assert!(evidence.settings.configuration.variables.contains_key("TABLE"), "{name}");
    }
    let mut evidence = function("shop-orders", &["TABLE"]);
    evidence.settings.parameters.insert("AWS::StackName".into(), "shop".into());
    assert_eq!(messages(&template(&text).fill(&mut evidence)), [""; 0]);

    let other = messages(&template(&text).fill(&mut function("other", &["TABLE"])));
    assert_eq!(other, ["template.yaml:2 no function of the template is called `other`"]);
    let unneeded = template(&text).fill(&mut function("other", &[]));
    assert_eq!(messages(&unneeded), [""; 0], "no variable of it is asked for");

    let twice = format!(
        "{TEMPLATE}  orders: {{ Type: 'AWS::Lambda::Function', Properties: {{ Role: x }} }}\n"
    );
    let several = messages(&template(&twice).fill(&mut function("orders", &["TABLE"])));
    assert_eq!(several, ["template.yaml:2 several functions of the template are called `orders`"]);
    let unneeded = template(&twice).fill(&mut function("orders", &[]));
    assert_eq!(messages(&unneeded), [""; 0], "no variable of it is asked for");
}

#[test]
fn what_is_said_for_all_functions_is_said_for_those_of_sam() {
    let plain = TEMPLATE.replace("AWS::Serverless::Function", "AWS::Lambda::Function");
    let mut evidence = function("orders", &["TABLE"]);
    assert_eq!(messages(&template(&plain).fill(&mut evidence)), [""; 0]);
    assert!(evidence.settings.configuration.variables.contains_key("TABLE"));
    assert_eq!(evidence.settings.configuration.variables.get("STAGE"), None);
}

#[test]
fn json_is_read_as_well() {
    let text = r#"{
	"Resources": {
		"F": {
			"Type": "AWS::Lambda::Function",
			"Properties": { "FunctionName": "orders", "Environment": { "Variables": { "B": { "Ref": "B" } } } }
		},
		"B": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "acme" } }
	}
}"#;
    let mut evidence = function("orders", &["B"]);
    assert_eq!(messages(&template(text).fill(&mut evidence)), [""; 0]);
    assert_eq!(
        evidence.settings.configuration.variables.get("B").map(|value| &**value),
        Some("acme")
    );
}

#[test]
fn what_is_no_template_is_refused_with_its_place() {
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    for (text, expected) in [
        ("", "template.yaml:0 the template is empty"),
        ("a: 1\n", "template.yaml:1 this is no template: it has no `Resources`"),
        ("a: &x 1\nb: *x\n", "template.yaml:2 CloudFormation knows no YAML aliases"),
        ("a: 1\n---\nb: 2\n", "template.yaml:2 a template is one document"),
        ("? [a]\n: 1\n", "template.yaml:1 a key must be text"),
        (&deep, "template.yaml:1 nested deeper than 64 levels"),
    ] {
        let failure = Template::parse(Path::new("template.yaml"), text).unwrap_err();
        assert_eq!(messages(&[failure]), [expected], "{text}");
    }
    let broken = Template::parse(Path::new("template.yaml"), "a: [1\n").unwrap_err();
    assert!(messages(&[broken])[0].contains("the template is not YAML"));
}

/// Describes every function of a template; gives how many there are.
fn read_whole(mut template: Template) -> usize {
    let environment = Environment {
        account: "111122223333".parse().ok(),
        region: "eu-west-1".parse().ok(),
        ..Environment::default()
    };
    let context = Context { environment, ..Context::default() };
    let named = template.named(&context);
    for named in &named {
        let described = template.describe(&named.id, &context);
        for finding in &described.findings {
            assert!(finding.places.iter().all(|place| place.line.is_some()), "{finding:?}");
        }
    }
    named.len()
}

#[test]
fn every_template_of_the_corpus_is_read() {
    let Some(corpus) = std::env::var_os("POLICY_CORPUS") else { return };
    let mut folders = vec![PathBuf::from(corpus).join("templates")];
    let (mut files, mut functions) = (0, 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.contains("template") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let template = Template::parse(&path, &text);
            let template = template.unwrap_or_else(|failure| panic!("{:?}", failure.problems()));
            files += 1;
            functions += read_whole(template);
        }
    }
    assert!(files > 80 && functions > 80, "{files} templates with {functions} functions");
}

#[test]
fn conditions_maps_and_parts_of_lists_are_worked_out() {
    let text = r#"
Parameters: { Stage: { Type: String, Default: prod }, Open: { Type: String } }
Mappings: { Tables: { prod: { name: orders } } }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsTest: !Not [!Condition IsProd]
  IsOpen: !Equals [!Ref Open, 'yes']
  Either: !Or [!Condition IsOpen, !Condition IsProd]
  Both: !And [!Condition IsOpen, !Condition IsProd]
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders
      Environment:
        Variables:
          A: !If [IsProd, yes, no]
          B: !If [IsTest, yes, !If [Either, maybe, no]]
          C: !FindInMap [Tables, !Ref Stage, name]
          D: !Select [1, !Split ['/', 'a/b/c']]
          E: !If [Both, yes, no]
          F: !If [IsProd, !Ref 'AWS::NoValue', no]
          G: '{{resolve:ssm:/shop/name}}'
          H: !FindInMap [Tables, test, name]
"#;
    let wanted = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let mut evidence = function("orders", &wanted);
    let found = messages(&template(text).fill(&mut evidence));
    let values: Vec<(&str, &str)> = evidence
        .settings
        .configuration
        .variables
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    assert_eq!(values, [("A", "yes"), ("B", "maybe"), ("C", "orders"), ("D", "b")]);
    let told = |name: &str, reason: &str, line: u32| {
        format!(
            "template.yaml:{line} the template does not tell the value of `{name}` for `orders`: {reason}"
        )
    };
    assert_eq!(
        found,
        [
            told(
                "E",
                "whether the condition `IsOpen` holds is not known: the parameter `Open` has no default; give `--param Open=VALUE`",
                21
            ),
            told("F", "a condition leaves it out", 22),
            told("G", "`{{resolve:ssm:/shop/name}}` is looked up when it is deployed", 23),
            told("H", "`Mappings` has no `Tables`.`test`.`name`", 24),
        ]
    );
}
