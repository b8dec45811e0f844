//! The text that a value of a template comes to, as far as the template tells.
//!
//! Names that CloudFormation makes, values that lie elsewhere and functions that look something up are unknown, each with its
//! reason. Nothing is guessed.

use std::collections::BTreeMap;

use policy_core::evidence::Environment;

use super::node::{Kind, Node};

/// Deepest nesting of references that is followed: a template whose values refer to each other in a ring ends here.
const MAX_DEPTH: usize = 16;

/// Why a value is not known.
pub(super) type Unknown = String;

/// What the values of a template depend on.
pub(super) struct Values<'t> {
    pub(super) root: &'t Node,
    /// Values of parameters, by name.
    pub(super) given: &'t BTreeMap<Box<str>, Box<str>>,
    pub(super) environment: &'t Environment,
}

/// A type of resource whose names are known.
struct Named {
    kind: &'static str,
    /// The property with its name.
    property: &'static str,
    /// What `Ref` gives.
    reference: Form,
    /// What `Fn::GetAtt` gives, by attribute.
    attributes: &'static [(&'static str, Form)],
}

/// A text with `{P}` (partition), `{R}` (Region), `{A}` (account), `{S}` (suffix of URLs) and `{N}` (name).
type Form = &'static str;

const NAME: Form = "{N}";
const QUEUE_URL: Form = "https://sqs.{R}.{S}/{A}/{N}";
const TABLE: &[(&str, Form)] = &[("Arn", "arn:{P}:dynamodb:{R}:{A}:table/{N}")];
const FUNCTION: &[(&str, Form)] = &[("Arn", "arn:{P}:lambda:{R}:{A}:function:{N}")];
const MACHINE: Form = "arn:{P}:states:{R}:{A}:stateMachine:{N}";

/// # Source
/// AWS CloudFormation User Guide, "Return values" of each resource type; AWS SAM Developer Guide, likewise.
const NAMED: &[Named] = &[
    Named {
        kind: "AWS::DynamoDB::Table",
        property: "TableName",
        reference: NAME,
        attributes: TABLE,
    },
    Named {
        kind: "AWS::Serverless::SimpleTable",
        property: "TableName",
        reference: NAME,
        attributes: TABLE,
    },
    Named {
        kind: "AWS::Events::EventBus",
        property: "Name",
        reference: NAME,
        attributes: &[("Arn", "arn:{P}:events:{R}:{A}:event-bus/{N}"), ("Name", NAME)],
    },
    Named {
        kind: "AWS::Kinesis::Stream",
        property: "Name",
        reference: NAME,
        attributes: &[("Arn", "arn:{P}:kinesis:{R}:{A}:stream/{N}")],
    },
    Named {
        kind: "AWS::Lambda::Function",
        property: "FunctionName",
        reference: NAME,
        attributes: FUNCTION,
    },
    Named {
        kind: "AWS::Serverless::Function",
        property: "FunctionName",
        reference: NAME,
        attributes: FUNCTION,
    },
    Named {
        kind: "AWS::S3::Bucket",
        property: "BucketName",
        reference: NAME,
        attributes: &[("Arn", "arn:{P}:s3:::{N}")],
    },
    Named {
        kind: "AWS::SNS::Topic",
        property: "TopicName",
        reference: "arn:{P}:sns:{R}:{A}:{N}",
        attributes: &[("TopicArn", "arn:{P}:sns:{R}:{A}:{N}"), ("TopicName", NAME)],
    },
    Named {
        kind: "AWS::SQS::Queue",
        property: "QueueName",
        reference: QUEUE_URL,
        attributes: &[
            ("Arn", "arn:{P}:sqs:{R}:{A}:{N}"),
            ("QueueName", NAME),
            ("QueueUrl", QUEUE_URL),
        ],
    },
    Named { kind: "AWS::SSM::Parameter", property: "Name", reference: NAME, attributes: &[] },
    Named {
        kind: "AWS::Serverless::StateMachine",
        property: "Name",
        reference: MACHINE,
        attributes: &[("Arn", MACHINE), ("Name", NAME)],
    },
    Named {
        kind: "AWS::StepFunctions::StateMachine",
        property: "StateMachineName",
        reference: MACHINE,
        attributes: &[("Arn", MACHINE), ("Name", NAME)],
    },
];

impl Values<'_> {
    /// The text of a value.
    pub(super) fn text(&self, node: &Node) -> Result<String, Unknown> {
        self.within(node, MAX_DEPTH)
    }

    fn within(&self, node: &Node, depth: usize) -> Result<String, Unknown> {
        let depth = depth.checked_sub(1).ok_or("its references do not end")?;
        let (name, argument) = match &node.kind {
            Kind::Text(text) => return Ok(text.clone()),
            Kind::List(_) => return Err("it is a list".into()),
            Kind::Twice => return Err("it is written twice".into()),
            Kind::Map(entries) => match entries.as_slice() {
                [(name, argument)] => (&**name, argument),
                _ => return Err("it is a map".into()),
            },
        };
        match (name, &argument.kind) {
            ("Ref", Kind::Text(of)) => self.reference(of, depth),
            ("Fn::GetAtt", Kind::Text(text)) if text.contains('.') => {
                let (of, attribute) = text.split_once('.').unwrap_or_default();
                self.attribute(of, attribute, depth)
            }
            ("Fn::GetAtt", Kind::List(parts)) => match parts.as_slice() {
                [of, attribute] => match (of.text(), attribute.text()) {
                    (Some(of), Some(attribute)) => self.attribute(of, attribute, depth),
                    _ => Err("`Fn::GetAtt` names its resource by a function".into()),
                },
                _ => Err("`Fn::GetAtt` needs a resource and an attribute".into()),
            },
            ("Fn::Sub", Kind::Text(text)) => self.substituted(text, &[], depth),
            ("Fn::Sub", Kind::List(parts)) => match parts.as_slice() {
                [Node { kind: Kind::Text(text), .. }, map] => {
                    self.substituted(text, map.map(), depth)
                }
                _ => Err("`Fn::Sub` needs a text, and may have a map".into()),
            },
            ("Fn::Join", Kind::List(parts)) => match parts.as_slice() {
                [Node { kind: Kind::Text(between), .. }, Node { kind: Kind::List(parts), .. }] => {
                    let texts: Result<Vec<String>, Unknown> =
                        parts.iter().map(|part| self.within(part, depth)).collect();
                    texts.map(|texts| texts.join(between))
                }
                _ => Err("`Fn::Join` needs a text and a list".into()),
            },
            (name, _) => Err(format!("`{name}` is not worked out")),
        }
    }

    fn reference(&self, name: &str, depth: usize) -> Result<String, Unknown> {
        let environment = self.environment;
        if let Some(given) = self.given.get(name) {
            return Ok(given.to_string());
        }
        let lacking = |what: &str, flag: &str| format!("{what} is not known; give `{flag}`");
        match name {
            "AWS::AccountId" => {
                let account = environment.account.as_ref().map(ToString::to_string);
                return account.ok_or_else(|| lacking("the account", "--account ID"));
            }
            "AWS::Region" => {
                let region = environment.region.as_ref().map(ToString::to_string);
                return region.ok_or_else(|| lacking("the Region", "--region REGION"));
            }
            "AWS::Partition" => return Ok(environment.partition.to_string()),
            "AWS::URLSuffix" => return Ok(self.suffix().to_owned()),
            "AWS::StackName" => {
                return Err(lacking("the name of the stack", "--param AWS::StackName=NAME"));
            }
            name if name.starts_with("AWS::") => return Err(format!("`{name}` is not known here")),
            _ => {}
        }
        if let Some(parameter) = self.root.at(&["Parameters", name]) {
            let help = format!("give `--param {name}=VALUE`");
            let kind = parameter.get("Type").and_then(Node::text).unwrap_or_default();
            if kind.starts_with("AWS::SSM::Parameter::Value") {
                return Err(format!("the value of the parameter `{name}` lies in SSM; {help}"));
            }
            return match parameter.get("Default").and_then(Node::text) {
                Some(text) => Ok(text.to_owned()),
                None => Err(format!("the parameter `{name}` has no default; {help}")),
            };
        }
        let (named, own) = self.named(name, depth)?;
        self.filled(named.reference, &own)
    }

    fn attribute(&self, of: &str, attribute: &str, depth: usize) -> Result<String, Unknown> {
        let (named, own) = self.named(of, depth)?;
        match named.attributes.iter().find(|(name, _)| *name == attribute) {
            Some((_, form)) => self.filled(form, &own),
            None => Err(format!("`{attribute}` of `{of}` ({}) is not worked out", named.kind)),
        }
    }

    /// The type and the name of a resource.
    fn named(&self, of: &str, depth: usize) -> Result<(&'static Named, String), Unknown> {
        let Some(resource) = self.root.at(&["Resources", of]) else {
            return Err(format!("the template has no `{of}`"));
        };
        let kind = resource.get("Type").and_then(Node::text).unwrap_or_default();
        let Some(named) = NAMED.iter().find(|named| named.kind == kind) else {
            return Err(format!("what a reference to `{of}` ({kind}) gives is not worked out"));
        };
        match resource.at(&["Properties", named.property]) {
            Some(name) => Ok((named, self.within(name, depth)?)),
            None => {
                Err(format!("`{of}` has no `{}`, so CloudFormation makes its name", named.property))
            }
        }
    }

    fn suffix(&self) -> &'static str {
        let is_china = self.environment.partition.to_string() == "aws-cn";
        if is_china { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    fn filled(&self, form: Form, name: &str) -> Result<String, Unknown> {
        let mut out = form.replace("{S}", self.suffix());
        for (mark, pseudo) in
            [("{P}", "AWS::Partition"), ("{R}", "AWS::Region"), ("{A}", "AWS::AccountId")]
        {
            if out.contains(mark) {
                out = out.replace(mark, &self.reference(pseudo, 1)?);
            }
        }
        // Last, so that nothing in a name is taken for a mark.
        Ok(out.replace("{N}", name))
    }

    /// `${Name}`, `${Resource.Attribute}` and `${!Literal}` in a text.
    fn substituted(
        &self,
        text: &str,
        own: &[(String, Node)],
        depth: usize,
    ) -> Result<String, Unknown> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                return Err(format!("`{text}` has a `${{` without `}}`"));
            };
            rest = after;
            let name = name.trim();
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str(&format!("${{{literal}}}"));
            } else if let Some((_, value)) = own.iter().find(|(key, _)| key == name) {
                out.push_str(&self.within(value, depth)?);
            } else if let Some((of, attribute)) = name.split_once('.') {
                out.push_str(&self.attribute(of, attribute, depth)?);
            } else {
                out.push_str(&self.reference(name, depth)?);
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}
