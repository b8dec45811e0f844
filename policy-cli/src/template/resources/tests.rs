use std::path::Path;

use super::*;

const TEMPLATE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: { Type: String }
  Team: { Type: String, Default: shop }
Resources:
  Orders: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: orders } }
  Archive: { Type: 'AWS::S3::Bucket' }
  Jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: !Sub 'jobs-${Stage}' } }
  Lost: { Type: 'AWS::SQS::Queue', Properties: { QueueName: !Sub '${AWS::StackName}-lost' } }
  Stripe: { Type: 'AWS::SecretsManager::Secret' }
  Key: { Type: 'AWS::KMS::Key' }
  Api: { Type: 'AWS::Serverless::Function', Properties: { AutoPublishAlias: live } }
  Odd: { Type: 'AWS::Odd::Thing' }
"#;

fn resources(template: &str) -> TemplateResources {
    let template = Template::parse(Path::new("template.yaml"), template).unwrap();
    let environment = Environment {
        account: "111122223333".parse().ok(),
        region: "eu-west-1".parse().ok(),
        ..Environment::default()
    };
    template.resources(&BTreeMap::new(), &environment)
}

#[test]
fn each_resource_has_its_references_known_or_with_a_stand_in() {
    let table = resources(TEMPLATE);
    let ids: Vec<&str> = table.all().iter().map(|it| &*it.logical_id).collect();
    let expected = [
        "AWS::StackId",
        "AWS::StackName",
        "Api",
        "ApiRole",
        "Archive",
        "Jobs",
        "Key",
        "Lost",
        "Orders",
        "ServerlessHttpApi",
        "ServerlessRestApi",
        "Stage",
        "Stripe",
    ];
    assert_eq!(ids, expected);
    let values = |id: &str| -> Vec<(String, String, bool)> {
        let values = &table.get(id).unwrap().values;
        values
            .iter()
            .map(|it| (it.expression.to_string(), it.text.to_string(), it.is_stand_in))
            .collect()
    };
    let is = |expression: &str, text: &str, is_stand_in: bool| {
        (expression.to_owned(), text.to_owned(), is_stand_in)
    };
    let (archive, stage, api) = (stand_in("Archive"), stand_in("Stage"), stand_in("Api"));
    assert_eq!(
        values("Archive"),
        [
            is("Archive", &archive, true),
            is("Archive.Arn", &format!("arn:aws:s3:::{archive}"), true)
        ]
    );
    assert_eq!(values("Stage"), [is("Stage", &stage, true)]);
    assert_eq!(
        values("Orders")[..2],
        [
            is("Orders", "orders", false),
            is("Orders.Arn", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", false)
        ]
    );
    let function = format!("arn:aws:lambda:eu-west-1:111122223333:function:{api}");
    assert_eq!(values("Api")[1], is("Api.Alias", &format!("{function}:live"), true));
    assert_eq!(values("Jobs")[1].1, format!("arn:aws:sqs:eu-west-1:111122223333:jobs-{stage}"));
}

#[test]
fn texts_of_policies_become_expressions_again() {
    let table = resources(TEMPLATE);
    let (archive, stage) = (stand_in("Archive"), stand_in("Stage"));
    for (text, expected) in [
        ("arn:aws:dynamodb:eu-west-1:111122223333:table/orders".to_owned(), "${Orders.Arn}"),
        (
            "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/*".to_owned(),
            "${Orders.Arn}/index/*",
        ),
        (
            format!("arn:aws:s3:::{archive}/${{aws:username}}/*"),
            "${Archive.Arn}/${!aws:username}/*",
        ),
        (
            format!("arn:aws:sns:eu-west-1:111122223333:other-{stage}"),
            "arn:aws:sns:eu-west-1:111122223333:other-${Stage}",
        ),
        (
            format!("arn:aws:sns:eu-west-1:111122223333:{}-news", stand_in("AWS::StackName")),
            "arn:aws:sns:eu-west-1:111122223333:${AWS::StackName}-news",
        ),
    ] {
        assert_eq!(table.substituted(&text, Reach::All).as_deref(), Some(expected), "{text}");
    }
    for text in ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders-old", "*", "orders", "${x}"]
    {
        assert_eq!(table.substituted(text, Reach::All), None, "{text}");
    }
}

#[test]
fn stand_ins_are_called_by_the_ids_of_what_they_stand_for() {
    let table = resources(TEMPLATE);
    let settings = policy_core::evidence::FunctionSettings {
        stand_ins: table.stand_ins().into(),
        ..Default::default()
    };
    for (expression, expected) in [
        ("Archive.Arn", "arn:aws:s3:::Archive"),
        ("Jobs.Arn", "arn:aws:sqs:eu-west-1:111122223333:jobs-Stage"),
        ("Lost.Arn", "arn:aws:sqs:eu-west-1:111122223333:StackName-lost"),
        // Its name and the end of its ARN are both made later.
        ("Stripe", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:Stripe"),
        ("Api.Version", "arn:aws:lambda:eu-west-1:111122223333:function:Api"),
    ] {
        let id = expression.split('.').next().unwrap();
        let values = &table.get(id).unwrap().values;
        let value = values.iter().find(|value| &*value.expression == expression).unwrap();
        assert_eq!(settings.spelled(&value.text), expected);
    }
    assert_eq!(settings.spelled("orders"), "orders");
}

#[test]
fn a_rule_that_sam_makes_for_an_event_has_references_too() {
    let found = resources(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Orders:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events:\n        Tick: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}\n",
    );
    let rule = found.get("OrdersTick").unwrap();
    let arn = rule.values.iter().find(|value| &*value.expression == "OrdersTick.Arn").unwrap();
    assert_eq!(found.substituted(&arn.text, Reach::All).as_deref(), Some("${OrdersTick.Arn}"));
}

#[test]
fn stand_ins_are_legal_names_and_told_apart() {
    for expression in ["A", "Orders", "Orders.Arn", &"Long".repeat(60), "AWS::StackName"] {
        let name = stand_in(expression);
        assert!(name.len() <= 48, "{name}");
        assert!(name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        assert!(name.bytes().all(fits), "{name}");
        assert!(has_stand_in(&format!("arn:aws:s3:::{name}/*")));
    }
    assert_ne!(stand_in("Orders"), stand_in("Orders.Arn"));
    assert!(!has_stand_in("orders-madelater-soon") && !has_stand_in("orders"));
    assert!(!has_stand_in("ordersmadelatertoday") && !has_stand_in("madelater"));
}

#[test]
fn variables_get_stand_ins_only_for_output_that_is_a_template() {
    let text = TEMPLATE
        .replace("AutoPublishAlias: live", "Environment: { Variables: { BUCKET: !Ref Archive } }");
    let mut template = Template::parse(Path::new("template.yaml"), &text).unwrap();
    let context = Context {
        environment: Environment {
            account: "111122223333".parse().ok(),
            region: "eu-west-1".parse().ok(),
            ..Environment::default()
        },
        ..Context::default()
    };
    template.named(&context);
    let before = template.describe("Api", &context);
    assert!(before.unknown_variables.contains_key("BUCKET"));
    assert_eq!(before.function_name, None);
    template.for_template_output();
    let after = template.describe("Api", &context);
    assert_eq!(*after.configuration.variables["BUCKET"], *stand_in("Archive"));
    assert_eq!(after.function_name.as_deref(), Some(&*stand_in("Api")));
}
