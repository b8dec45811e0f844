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

use std::collections::{BTreeMap, BTreeSet};

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
    /// Those that give an ARN, by that, in the order of the resources.
    arns: BTreeMap<Box<str>, Vec<Reference>>,
    /// Those whose texts have stand-ins, in the order of the resources.
    made: Vec<Reference>,
    /// Those of them that have a stand-in with these digits.
    by_digits: BTreeMap<Box<str>, BTreeSet<usize>>,
}

/// A reference as it is looked up by its text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reference {
    text: Box<str>,
    expression: Box<str>,
    is_late: bool,
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
    /// The condition of the template under which it is made.
    pub condition: Option<Box<str>>,
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
    digits_in(text).next().is_some()
}

/// The digits of each stand-in in `text`.
fn digits_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(MARK).filter_map(|(at, _)| {
        let digits = text[at + MARK.len()..].get(..DIGITS)?;
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(digits)
    })
}

impl Template {
    /// From now on a name that only the deployment makes is a stand-in, for an output form that is a template itself.
    pub fn for_template_output(&mut self) {
        self.unmade = Unmade::StandIn;
    }

    /// What stand-ins are called, where names that only the deployment makes are stand-ins.
    pub(super) fn stand_ins_under(&self, context: &Context) -> BTreeMap<Box<str>, Box<str>> {
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
                condition: None,
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
                    condition: None,
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
                let condition = self.root.at(&["Resources", &id, "Condition"]).and_then(Node::text);
                resources.push(TemplateResource {
                    condition: condition.map(Into::into),
                    is_late: late.contains(&id),
                    logical_id: id.into(),
                    kind: named.kind.into(),
                    values: found,
                });
            }
        }
        resources.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
        resources.dedup_by(|a, b| a.logical_id == b.logical_id);
        TemplateResources::new(resources)
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
    fn new(resources: Vec<TemplateResource>) -> Self {
        let mut table = Self::default();
        for resource in &resources {
            for ResourceValue { expression, text, is_stand_in } in &resource.values {
                let reference = Reference {
                    text: text.clone(),
                    expression: expression.clone(),
                    is_late: resource.is_late,
                };
                if *is_stand_in {
                    for digits in digits_in(text) {
                        let made = table.by_digits.entry(digits.into()).or_default();
                        made.insert(table.made.len());
                    }
                    table.made.push(reference.clone());
                }
                if text.starts_with("arn:") {
                    table.arns.entry(text.clone()).or_default().push(reference);
                }
            }
        }
        table.resources = resources;
        table
    }

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

    /// `text` as the text of `Fn::Sub`, where it names a resource of the template or has a stand-in; `None` where it does not, and
    /// the text can stay as it is.
    ///
    /// Shape: `${!x}` for what is `${x}` in the policy. An ARN at the beginning is `${Orders.Arn}` where it ends or where `/` or
    /// `:` follows; the longest one counts, of several resources with one ARN the first by id. Stand-ins are replaced wherever
    /// they are.
    #[must_use]
    pub fn substituted(&self, text: &str, reach: Reach) -> Option<String> {
        let reached = |it: &&Reference| reach == Reach::All || !it.is_late;
        let arn = |end: usize| self.arns.get(&text[..end])?.iter().find(reached);
        let ends = text.rmatch_indices(['/', ':']).map(|(end, _)| end);
        let mut ends = std::iter::once(text.len()).chain(ends);
        let longest = ends.find_map(|end| Some((&arn(end)?.expression, end)));
        let (head, rest) = match longest {
            Some((expression, end)) => (format!("${{{expression}}}"), &text[end..]),
            None => (String::new(), text),
        };
        let mut rest = rest.replace("${", "${!");
        for made in self.made_in(&rest).iter().filter(|it| reached(it)) {
            if is_whole_stand_in(&made.text) {
                rest = rest.replace(&*made.text, &format!("${{{}}}", made.expression));
            }
        }
        let is_same = head.is_empty() && rest == text.replace("${", "${!");
        (!is_same).then(|| head + &rest)
    }

    /// What has a stand-in in common with `text`, in the order of the resources.
    fn made_in(&self, text: &str) -> Vec<&Reference> {
        let made = digits_in(text).filter_map(|digits| self.by_digits.get(digits)).flatten();
        let made: BTreeSet<usize> = made.copied().collect();
        made.into_iter().filter_map(|at| self.made.get(at)).collect()
    }

    /// A text for people: names that only the deployment makes as the template refers to them.
    #[must_use]
    pub fn readable(&self, text: &str) -> String {
        let mut made = self.made_in(text);
        made.sort_by_key(|made| std::cmp::Reverse(made.text.len()));
        made.into_iter().fold(text.to_owned(), |text, made| {
            text.replace(&*made.text, &format!("${{{}}}", made.expression))
        })
    }
}

/// Whether the text is one stand-in and nothing else.
fn is_whole_stand_in(text: &str) -> bool {
    has_stand_in(text) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests;
