//! The resources of a template: how the template refers to them, and the text that stands for that in policies.
//!
//! For the output forms that are templates themselves. Policies are made, minimised and proved over texts; where the template is
//! at hand, a text such as `arn:aws:dynamodb:eu-west-1:111122223333:table/orders` should become `!GetAtt Orders.Arn` again.
//! The table says which expression a text stands for.
//!
//! A name that CloudFormation makes has no text before the deployment. What becomes of it depends on who reads:
//!
//! - For `json` there is none: [`Deployment::fill`] gives the failure or finding that says what to give
//!   (`--param LOGICALID=NAME`, `variables.X` in policy.toml), so no made-up name can reach a document.
//! - For a form that is a template, [`Template::for_template_output`] is called first. From then on such a name is a *stand-in*:
//!   `ordersmadelater5f0a1b2c3d`, unique by what it stands for, of letters and digits, which every name and id may be made of.
//!   It is part of ARNs like a name that is written. [`TemplateResources::substituted`] turns it, and known names, into `${Orders}`
//!   or `${Orders.Arn}`; a text in which [`has_stand_in`] finds one afterwards has a part that no expression gives, which is a
//!   fault to report and never to write.
//!
//! Account, Region and partition are not in the table: they are the run's own values.

use std::collections::BTreeMap;

use policy_core::evidence::Environment;

use super::node::Node;
use super::value::{Unmade, Values};
use super::{Template, kinds};
use crate::deployment::Context;
#[cfg(doc)]
use crate::deployment::Deployment;

/// What all stand-ins have in them, with ten hexadecimal digits behind.
const MARK: &str = "madelater";
const DIGITS: usize = 10;

/// Pseudo parameters whose values only the deployment tells.
const PSEUDO_PARAMETERS: &[&str] = &["AWS::StackId", "AWS::StackName"];

/// The resources of a template whose values are known or have a stand-in, sorted by logical id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateResources {
    resources: Vec<TemplateResource>,
}

/// One resource; or a parameter without a value, whose type is `Parameter`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateResource {
    /// Its id in the template.
    pub logical_id: Box<str>,
    /// `AWS::DynamoDB::Table`.
    pub kind: Box<str>,
    /// What references to it give: `Ref` first, then attributes in the order of their names.
    pub values: Vec<ResourceValue>,
    /// Whether it is a function or made after one, so that no role of a function may refer to it.
    pub is_late: bool,
}

/// Which resources a text may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All.
    All,
    /// Those that need no function.
    BeforeFunctions,
}

/// A reference and what it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceValue {
    /// As between `${` and `}` in `Fn::Sub`: `Orders` for `!Ref Orders`, `Orders.Arn` for `!GetAtt Orders.Arn`.
    pub expression: Box<str>,
    /// What stands for it in policies.
    pub text: Box<str>,
    /// Whether part of the text is a stand-in.
    pub is_stand_in: bool,
}

/// The stand-in for what `expression` gives.
pub(super) fn stand_in(expression: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, expression.as_bytes());
    let digits: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let letters = expression.chars().filter(char::is_ascii_alphanumeric).take(24);
    let name: String = letters.collect::<String>().to_ascii_lowercase();
    format!("{name}{MARK}{}", &digits[..DIGITS])
}

/// Whether a stand-in is part of `text`.
#[must_use]
pub fn has_stand_in(text: &str) -> bool {
    text.match_indices(MARK).any(|(at, _)| {
        let digits = text[at + MARK.len()..].bytes().take(DIGITS);
        digits.filter(u8::is_ascii_hexdigit).count() == DIGITS
    })
}

impl Template {
    /// From now on a name that only the deployment makes is a stand-in, for an output form that is a template itself.
    pub fn for_template_output(&mut self) {
        self.unmade = Unmade::StandIn;
    }

    /// What stand-ins are called, where names that only the deployment makes are stand-ins.
    pub(crate) fn stand_ins(&self, context: &Context) -> BTreeMap<Box<str>, Box<str>> {
        match self.unmade {
            Unmade::StandIn => self.resources(&context.given, &context.environment).stand_ins(),
            Unmade::Unknown | Unmade::Wildcard => BTreeMap::new(),
        }
    }

    /// What the template's own resources are called. `given` are values of its parameters and names of its resources; stand-ins
    /// are there whether or not the reader asked for them.
    #[must_use]
    pub fn resources(
        &self,
        given: &BTreeMap<Box<str>, Box<str>>,
        environment: &Environment,
    ) -> TemplateResources {
        let values = Values { root: &self.root, given, environment, unmade: Unmade::StandIn };
        let mut resources = Vec::new();
        for id in PSEUDO_PARAMETERS {
            let value = reference(&values, id, "").filter(|value| value.is_stand_in);
            resources.extend(value.map(|value| TemplateResource {
                logical_id: (*id).into(),
                kind: "Parameter".into(),
                values: vec![value],
                is_late: false,
            }));
        }
        let late = self.made_after_functions();
        for (id, parameter) in self.root.get("Parameters").map(Node::map).unwrap_or_default() {
            let value = reference(&values, id, "");
            // A parameter that has a value is that text.
            if let Some(value) = value.filter(|value| value.is_stand_in && is_text(parameter)) {
                let kind = "Parameter".into();
                resources.push(TemplateResource {
                    logical_id: (&**id).into(),
                    kind,
                    values: vec![value],
                    is_late: false,
                });
            }
        }
        let written = self.root.get("Resources").map(Node::map).unwrap_or_default();
        let mut ids: Vec<String> = written.iter().map(|(id, _)| id.clone()).collect();
        ids.extend(["ServerlessRestApi", "ServerlessHttpApi"].map(ToOwned::to_owned));
        ids.extend(written.iter().map(|(id, _)| format!("{id}Role")));
        // SAM makes rules and schedules for the events of functions.
        for (id, resource) in written {
            let events = resource.at(&["Properties", "Events"]).map(Node::map).unwrap_or_default();
            ids.extend(events.iter().map(|(event, _)| format!("{id}{event}")));
        }
        for id in ids {
            let kind = self.kind_of(&id, &values);
            let Some(named) = kind.and_then(kinds::of) else { continue };
            let mut attributes: Vec<&str> =
                named.attributes.iter().map(|(attribute, _)| *attribute).collect();
            attributes.extend(["Alias", "Version"].iter().filter(|_| self.has_alias(&id)));
            attributes.sort_unstable();
            let all = std::iter::once("").chain(attributes);
            let found: Vec<ResourceValue> =
                all.filter_map(|attribute| reference(&values, &id, attribute)).collect();
            if !found.is_empty() {
                resources.push(TemplateResource {
                    is_late: late.contains(&id),
                    logical_id: id.into(),
                    kind: named.kind.into(),
                    values: found,
                });
            }
        }
        resources.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
        resources.dedup_by(|a, b| a.logical_id == b.logical_id);
        TemplateResources { resources }
    }

    fn has_alias(&self, id: &str) -> bool {
        self.root.at(&["Resources", id, "Properties", "AutoPublishAlias"]).is_some()
    }

    /// The type of a resource that is written, or that SAM makes.
    fn kind_of<'s>(&'s self, id: &str, values: &Values<'_>) -> Option<&'s str> {
        match self.root.at(&["Resources", id]) {
            Some(resource) => resource.get("Type").and_then(Node::text),
            None => values.made_by_sam(id),
        }
    }
}

/// Whether a parameter can stand inside a text.
fn is_text(parameter: &Node) -> bool {
    let kind = parameter.get("Type").and_then(Node::text).unwrap_or("String");
    !kind.starts_with("List<") && kind != "CommaDelimitedList"
}

fn reference(values: &Values<'_>, id: &str, attribute: &str) -> Option<ResourceValue> {
    let expression = match attribute {
        "" => id.to_owned(),
        attribute => format!("{id}.{attribute}"),
    };
    let text = values.expression(&expression).ok()?;
    let is_stand_in = has_stand_in(&text);
    Some(ResourceValue { expression: expression.into(), text: text.into(), is_stand_in })
}

impl TemplateResources {
    /// All of them, sorted by logical id.
    #[must_use]
    pub fn all(&self) -> &[TemplateResource] {
        &self.resources
    }

    /// The resource of that id.
    #[must_use]
    pub fn get(&self, logical_id: &str) -> Option<&TemplateResource> {
        let place = |it: &TemplateResource| (*it.logical_id).cmp(logical_id);
        self.resources.binary_search_by(place).ok().map(|at| &self.resources[at])
    }

    /// What each stand-in is called: the logical id of what it stands for.
    #[must_use]
    pub fn stand_ins(&self) -> BTreeMap<Box<str>, Box<str>> {
        let mut called = BTreeMap::new();
        for resource in &self.resources {
            let id = resource.logical_id.trim_start_matches("AWS::");
            for ResourceValue { expression, text, .. } in &resource.values {
                let parts = [stand_in(&resource.logical_id), stand_in(expression)];
                let places = parts.iter().flat_map(|part| text.match_indices(&**part));
                let ends = places.clone().map(|(at, part)| at + part.len()).max();
                let from = places.map(|(at, _)| at).min();
                // A name and what is made behind it are one name to people.
                if let (Some(from), Some(end)) = (from, ends) {
                    called.insert(text[from..end].into(), id.into());
                    for part in parts.into_iter().filter(|part| text.contains(part)) {
                        called.insert(part.into(), id.into());
                    }
                }
            }
        }
        called
    }

    fn values(&self, reach: Reach) -> impl Iterator<Item = &ResourceValue> {
        let reached = move |resource: &&TemplateResource| reach == Reach::All || !resource.is_late;
        self.resources.iter().filter(reached).flat_map(|resource| &resource.values)
    }

    /// `text` as the text of `Fn::Sub`, where it names a resource of the template or has a stand-in; `None` where it does not, and
    /// the text can stay as it is.
    ///
    /// Shape: `${!x}` for what is `${x}` in the policy. An ARN at the beginning is `${Orders.Arn}` where it ends or where `/` or
    /// `:` follows; the longest one counts, of several resources with one ARN the first by id. Stand-ins are replaced wherever
    /// they are.
    #[must_use]
    pub fn substituted(&self, text: &str, reach: Reach) -> Option<String> {
        let fits = |value: &&ResourceValue| {
            let rest = text.strip_prefix(&*value.text);
            value.text.starts_with("arn:")
                && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
        };
        // Of the longest the first, so that an attribute stands only where `Ref` does not give the same.
        let longest =
            self.values(reach).filter(fits).fold(None, |best: Option<&ResourceValue>, value| {
                match best {
                    Some(best) if best.text.len() >= value.text.len() => Some(best),
                    _ => Some(value),
                }
            });
        let (head, rest) = match longest {
            Some(value) => (format!("${{{}}}", value.expression), &text[value.text.len()..]),
            None => (String::new(), text),
        };
        let mut rest = rest.replace("${", "${!");
        if has_stand_in(&rest) {
            for value in self.values(reach).filter(|value| is_whole_stand_in(&value.text)) {
                rest = rest.replace(&*value.text, &format!("${{{}}}", value.expression));
            }
        }
        let is_same = head.is_empty() && rest == text.replace("${", "${!");
        (!is_same).then(|| head + &rest)
    }
}

/// Whether the text is one stand-in and nothing else.
fn is_whole_stand_in(text: &str) -> bool {
    has_stand_in(text) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
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
        for text in
            ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders-old", "*", "orders", "${x}"]
        {
            assert_eq!(table.substituted(text, Reach::All), None, "{text}");
        }
    }

    #[test]
    fn stand_ins_are_called_by_the_ids_of_what_they_stand_for() {
        let table = resources(TEMPLATE);
        let settings = policy_core::evidence::FunctionSettings {
            stand_ins: table.stand_ins(),
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
        let text = TEMPLATE.replace(
            "AutoPublishAlias: live",
            "Environment: { Variables: { BUCKET: !Ref Archive } }",
        );
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
}
