//! A trail and a template, without code.

use super::{Event, House, log};

const TEMPLATE: &str = "Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: { Tracing: Active, VpcConfig: { SubnetIds: [subnet-1] } }
";

const LINE: &str =
    "generate --trail trail --template template.yaml --account 111122223333 --region eu-west-1";

fn role(house: &House, line: &str) -> (String, String) {
    let output = house.command(line).output().unwrap();
    let read: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let function = &read["functions"][0];
    (function["executionRole"].to_string(), function["findings"].to_string())
}

#[test]
fn the_template_says_what_lambda_needs_of_a_function_that_only_the_trail_shows() {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
    let event = Event::data("dynamodb:GetItem", table);
    let of = |name: &str| {
        House::new(&[
            ("trail/a.json", &log(&[event.clone().issued(name)])),
            ("template.yaml", TEMPLATE),
        ])
    };
    // By its logical id; by the name that CloudFormation made of it in this stack.
    for (name, more) in
        [("Orders", ""), ("shop-Orders-1A2B3C4D5E6F", " --param AWS::StackName=shop")]
    {
        let (role, findings) = role(&of(name), &format!("{LINE}{more}"));
        for part in ["dynamodb:GetItem", "xray:PutTraceSegments", "ec2:CreateNetworkInterface"] {
            assert!(role.contains(part), "{name}, {part}: {role}");
        }
        assert!(!findings.contains("setting-unknown"), "{name}: {findings}");
    }
    // A function that is not in it is said, and has what the trail shows.
    for name in ["bills", "shop-Orders-1A2B3C4D5E6F", "shop-Orders-backup"] {
        let (role, findings) = role(&of(name), LINE);
        assert!(role.contains("dynamodb:GetItem") && !role.contains("xray:"), "{name}: {role}");
        let said =
            format!("no function of the template is called `{name}`, so nothing of it counts");
        assert!(findings.contains("setting-unknown") && findings.contains(&said), "{findings}");
    }
}
