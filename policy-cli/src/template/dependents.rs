//! What a template makes after its functions: the functions, and whatever refers to them.
//!
//! CloudFormation makes a resource after all that it refers to, and refuses a template in which that goes round. A function is made
//! after its role, so a role may refer to nothing that is made after a function. What is found here is a superset where the template
//! does not tell: a reference under a condition counts.

use std::collections::{BTreeMap, BTreeSet};

use super::node::{Kind, Node};
use super::{FUNCTIONS, SAM_FUNCTION, Template};

/// What must be made before: by id, the ids it refers to.
type Needs = BTreeMap<String, BTreeSet<String>>;

impl Template {
    /// The ids of all functions, and of what is made after one of them.
    pub(super) fn made_after_functions(&self) -> BTreeSet<String> {
        let written = self.resources_written();
        let mut needs = Needs::new();
        let mut of_all = BTreeSet::new();
        if let Some(globals) = self.root.at(&["Globals", "Function"]) {
            references(globals, &mut of_all);
        }
        let mut found = BTreeSet::new();
        for (id, resource) in written {
            let kind = resource.get("Type").and_then(Node::text).unwrap_or_default();
            let own = needs.entry(id.clone()).or_default();
            references(resource, own);
            if kind == SAM_FUNCTION {
                own.extend(of_all.iter().cloned());
                events(id, resource, &mut needs);
            }
            if FUNCTIONS.contains(&kind) {
                found.insert(id.clone());
            }
        }
        loop {
            let is_next = |(id, own): &(&String, &BTreeSet<String>)| {
                !found.contains(*id) && !own.is_disjoint(&found)
            };
            let next: Vec<String> =
                needs.iter().filter(is_next).map(|(id, _)| id.clone()).collect();
            if next.is_empty() {
                return found;
            }
            found.extend(next);
        }
    }
}

/// What SAM makes refer to the function of that id, for its events.
///
/// # Source
/// AWS SAM Developer Guide, "Generated CloudFormation resources": APIs whose definitions name the function, rules and schedules
/// with the function as target, the notifications of a bucket and the triggers of a user pool, which SAM writes into them.
fn events(id: &str, function: &Node, needs: &mut Needs) {
    let events = function.at(&["Properties", "Events"]).map(Node::map).unwrap_or_default();
    for (name, event) in events {
        let mut made = BTreeSet::from([format!("{id}{name}")]);
        let mut of =
            |property: &str, otherwise: Option<&str>| match event.at(&["Properties", property]) {
                Some(node) => {
                    references(node, &mut made);
                    made.extend(node.text().map(ToOwned::to_owned));
                }
                None => made.extend(otherwise.map(ToOwned::to_owned)),
            };
        match event.get("Type").and_then(Node::text) {
            Some("Api") => of("RestApiId", Some("ServerlessRestApi")),
            Some("HttpApi") => of("ApiId", Some("ServerlessHttpApi")),
            Some("S3") => of("Bucket", None),
            Some("Cognito") => of("UserPool", None),
            _ => {}
        }
        for resource in made {
            needs.entry(resource).or_default().insert(id.to_owned());
        }
    }
}

/// The ids that a value refers to.
fn references(node: &Node, found: &mut BTreeSet<String>) {
    match &node.kind {
        Kind::Text(_) | Kind::Twice => {}
        Kind::List(items) => items.iter().for_each(|item| references(item, found)),
        Kind::Map(entries) => {
            for (name, of) in entries.as_slice() {
                match &**name {
                    "Ref" | "Fn::GetAtt" | "DependsOn" => named(of, found),
                    "Fn::Sub" => substituted(of, found),
                    _ => {}
                }
                references(of, found);
            }
        }
    }
}

/// Ids that are written out: `Orders`, `Orders.Arn`, a list of them.
fn named(node: &Node, found: &mut BTreeSet<String>) {
    let texts: Vec<&str> = match &node.kind {
        Kind::Text(text) => vec![text],
        Kind::List(items) => items.iter().filter_map(Node::text).collect(),
        Kind::Map(_) | Kind::Twice => Vec::new(),
    };
    found.extend(texts.into_iter().map(id_in));
}

/// The ids in the text of `Fn::Sub`.
fn substituted(node: &Node, found: &mut BTreeSet<String>) {
    let text = match &node.kind {
        Kind::List(items) => items.first().and_then(Node::text),
        _ => node.text(),
    };
    let names = text.into_iter().flat_map(|text| text.split("${").skip(1));
    found.extend(names.filter_map(|rest| rest.split('}').next()).map(id_in));
}

fn id_in(expression: &str) -> String {
    expression.trim().split('.').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn late(resources: &str) -> String {
        let text = format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}");
        let template = Template::parse(Path::new("template.yaml"), &text).unwrap();
        template.made_after_functions().into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn functions_come_late_and_so_does_what_refers_to_them() {
        let found = late(
            r#"
  Orders: { Type: 'AWS::Serverless::Function', Properties: { Events: { Tick: { Type: Schedule } } } }
  Bills: { Type: 'AWS::Lambda::Function' }
  Table: { Type: 'AWS::DynamoDB::Table' }
  Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: !Sub '${Bills.Arn}:live' } }
  Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionSubstitutions: { F: !GetAtt Orders.Arn } } }
  Starts: { Type: 'AWS::Events::Rule', Properties: { Targets: [{ Arn: !Ref Machine }] } }
  Later: { Type: 'AWS::SQS::Queue', DependsOn: [Starts] }
  Text: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'Orders', Tags: [!Sub '${!Orders}'] } }
"#,
        );
        assert_eq!(found, "Bills Later Machine Orders OrdersTick Starts Url");
    }

    #[test]
    fn what_sam_makes_refer_to_a_function_comes_late() {
        let found = late(
            r#"
  Uploads: { Type: 'AWS::S3::Bucket' }
  Others: { Type: 'AWS::S3::Bucket' }
  Users: { Type: 'AWS::Cognito::UserPool' }
  Api: { Type: 'AWS::Serverless::HttpApi' }
  Topic: { Type: 'AWS::SNS::Topic' }
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        A: { Type: S3, Properties: { Bucket: !Ref Uploads } }
        B: { Type: Cognito, Properties: { UserPool: !Ref Users } }
        C: { Type: HttpApi, Properties: { ApiId: !Ref Api } }
        D: { Type: Api, Properties: { Path: /x, Method: get } }
        E: { Type: SNS, Properties: { Topic: !Ref Topic } }
"#,
        );
        let made =
            "Api Orders OrdersA OrdersB OrdersC OrdersD OrdersE ServerlessRestApi Uploads Users";
        assert_eq!(found, made);
    }
}
