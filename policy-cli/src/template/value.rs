//! The text that a value of a template comes to, as far as the template tells.
//!
//! Names that CloudFormation makes, values that lie elsewhere and functions that look something up are unknown, each with its
//! reason, or a stand-in where the reader asks for those (`resources`). Nothing is guessed.

use std::collections::BTreeMap;

use policy_core::evidence::Environment;

use super::kinds::{self, Form, Named};
use super::node::{Kind, Node};
use super::resources::stand_in;

/// Deepest nesting of references that is followed: a template whose values refer to each other in a ring ends here.
const MAX_DEPTH: usize = 16;

/// Why a value is not known.
pub(super) type Unknown = String;

/// What becomes of a part that only the deployment tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmade {
    /// The value is unknown.
    Unknown,
    /// Inside an ARN whose other parts are known, a wildcard stands for it; else the value is unknown.
    Wildcard,
    /// A stand-in.
    StandIn,
}

/// What the values of a template depend on.
#[derive(Clone, Copy)]
pub(super) struct Values<'t> {
    pub(super) root: &'t Node,
    /// Values of parameters and names of resources, by name.
    pub(super) given: &'t BTreeMap<Box<str>, Box<str>>,
    pub(super) environment: &'t Environment,
    pub(super) unmade: Unmade,
}

/// A resource whose type has names.
struct Known<'t> {
    logical: &'t str,
    named: &'static Named,
    /// `None` where the transform of SAM makes it.
    resource: Option<&'t Node>,
}

impl Values<'_> {
    /// The text of a value.
    pub(super) fn text(&self, node: &Node) -> Result<String, Unknown> {
        self.within(node, MAX_DEPTH)
    }

    /// What a reference gives: `Orders`, `Orders.Arn`.
    pub(super) fn expression(&self, expression: &str) -> Result<String, Unknown> {
        self.reference(expression, MAX_DEPTH)
    }

    /// Whether the condition of that name holds.
    pub(super) fn condition(&self, name: &str) -> Result<bool, Unknown> {
        self.holds(name, MAX_DEPTH)
    }

    /// The value that counts of one that depends on a condition; nothing for `AWS::NoValue`.
    pub(super) fn chosen<'n>(&self, node: &'n Node) -> Result<Option<&'n Node>, Unknown> {
        self.choice(node, MAX_DEPTH)
    }

    /// The value of a property, where it is there and counts.
    pub(super) fn property<'n>(
        &self,
        of: &'n Node,
        keys: &[&str],
    ) -> Result<Option<&'n Node>, Unknown> {
        let mut node = of;
        for key in keys {
            let Some(next) = node.get(key) else { return Ok(None) };
            match self.chosen(next)? {
                Some(next) => node = next,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    pub(super) fn choice<'n>(
        &self,
        node: &'n Node,
        depth: usize,
    ) -> Result<Option<&'n Node>, Unknown> {
        let depth = depth.checked_sub(1).ok_or("its references do not end")?;
        let Kind::Map(entries) = &node.kind else { return Ok(Some(node)) };
        match entries.as_slice() {
            [(name, of)] if name == "Ref" && of.text() == Some("AWS::NoValue") => Ok(None),
            [(name, argument)] if name == "Fn::If" => {
                let Kind::List(parts) = &argument.kind else {
                    return Err("`Fn::If` needs a list".into());
                };
                let [condition, then, other] = parts.as_slice() else {
                    return Err("`Fn::If` needs a condition and two values".into());
                };
                let condition = condition.text().ok_or("`Fn::If` names its condition")?;
                let holds = self.holds(condition, depth)?;
                self.choice(if holds { then } else { other }, depth)
            }
            _ => Ok(Some(node)),
        }
    }

    pub(super) fn within(&self, node: &Node, depth: usize) -> Result<String, Unknown> {
        let depth = depth.checked_sub(1).ok_or("its references do not end")?;
        let (name, argument) = match &node.kind {
            Kind::Text(text) if text.contains("{{resolve:") => {
                return Err(format!("`{text}` is looked up when it is deployed"));
            }
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
                [Node { kind: Kind::Text(between), .. }, list] => {
                    Ok(self.list(list, depth)?.join(between))
                }
                _ => Err("`Fn::Join` needs a text and a list".into()),
            },
            ("Fn::Select", Kind::List(parts)) => match parts.as_slice() {
                [index, list] => {
                    let index = self.within(index, depth)?;
                    let texts = self.list(list, depth)?;
                    let found = index.parse().ok().and_then(|at: usize| texts.get(at).cloned());
                    found.ok_or_else(|| format!("`Fn::Select` finds no entry `{index}`"))
                }
                _ => Err("`Fn::Select` needs a number and a list".into()),
            },
            ("Fn::FindInMap", Kind::List(parts)) => match parts.as_slice() {
                [map, first, second] => {
                    let keys = [
                        self.within(map, depth)?,
                        self.within(first, depth)?,
                        self.within(second, depth)?,
                    ];
                    let path = ["Mappings", &*keys[0], &*keys[1], &*keys[2]];
                    let found = self.root.at(&path).and_then(Node::text).map(ToOwned::to_owned);
                    found.ok_or_else(|| {
                        format!("`Mappings` has no `{}`.`{}`.`{}`", keys[0], keys[1], keys[2])
                    })
                }
                _ => Err("`Fn::FindInMap` needs a map and two keys".into()),
            },
            ("Fn::If", _) => match self.choice(node, depth)? {
                Some(chosen) => self.within(chosen, depth),
                None => Err("a condition leaves it out".into()),
            },
            (name, _) => Err(format!("`{name}` is not worked out")),
        }
    }

    fn list(&self, node: &Node, depth: usize) -> Result<Vec<String>, Unknown> {
        let depth = depth.checked_sub(1).ok_or("its references do not end")?;
        let Some(node) = self.choice(node, depth)? else { return Ok(Vec::new()) };
        match &node.kind {
            Kind::List(parts) => parts.iter().map(|part| self.within(part, depth)).collect(),
            Kind::Map(entries) => match entries.as_slice() {
                [(name, Node { kind: Kind::List(parts), .. })] if name == "Fn::Split" => {
                    let [by, text] = parts.as_slice() else {
                        return Err("`Fn::Split` needs two texts".into());
                    };
                    let (by, text) = (self.within(by, depth)?, self.within(text, depth)?);
                    Ok(text.split(&by).map(ToOwned::to_owned).collect())
                }
                // A parameter whose type is a list.
                [(name, _)] if name == "Ref" => {
                    let text = self.within(node, depth)?;
                    Ok(text.split(',').map(|part| part.trim().to_owned()).collect())
                }
                [(name, _)] => Err(format!("`{name}` is not worked out")),
                _ => Err("it is a map".into()),
            },
            _ => Err("it is no list".into()),
        }
    }

    fn reference(&self, name: &str, depth: usize) -> Result<String, Unknown> {
        let environment = self.environment;
        let lacking = |what: &str, flag: &str| format!("{what} is not known; give `{flag}`");
        let given = self.given.get(name);
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
            "AWS::NoValue" => return Err("it is left out".into()),
            name if name.starts_with("AWS::") => {
                if let Some(given) = given {
                    return Ok(given.to_string());
                }
                return match (name, self.unmade) {
                    (_, Unmade::StandIn) => Ok(stand_in(name)),
                    ("AWS::StackName", _) => {
                        Err(lacking("the name of the stack", "--param AWS::StackName=NAME"))
                    }
                    _ => Err(format!("`{name}` is not known here")),
                };
            }
            _ => {}
        }
        if let Some(parameter) = self.root.at(&["Parameters", name]) {
            if let Some(given) = given {
                return Ok(given.to_string());
            }
            let help = format!("give `--param {name}=VALUE`");
            let kind = parameter.get("Type").and_then(Node::text).unwrap_or_default();
            let lies_in_ssm = kind.starts_with("AWS::SSM::Parameter::Value");
            let default = parameter.get("Default").and_then(Node::text);
            return match default.filter(|_| !lies_in_ssm) {
                Some(text) => Ok(text.to_owned()),
                None if self.unmade == Unmade::StandIn => Ok(stand_in(name)),
                None if lies_in_ssm => {
                    Err(format!("the value of the parameter `{name}` lies in SSM; {help}"))
                }
                None => Err(format!("the parameter `{name}` has no default; {help}")),
            };
        }
        if let Some((of, attribute)) = name.split_once('.') {
            return self.attribute(of, attribute, depth);
        }
        let known = self.known(name)?;
        self.value(&known, "", known.named.reference, depth)
    }

    fn attribute(&self, of: &str, attribute: &str, depth: usize) -> Result<String, Unknown> {
        if let Some(given) = self.given.get(&*format!("{of}.{attribute}")) {
            return Ok(given.to_string());
        }
        let known = self.known(of)?;
        let kind = known.named.kind;
        if kind == "AWS::Serverless::Function"
            && let Some(resource) = known.resource
            && let Some(alias) = resource.at(&["Properties", "AutoPublishAlias"])
            && matches!(attribute, "Alias" | "Version")
        {
            // SAM makes an alias, and a version for each of its deployments.
            let function = self.name(&known, depth)?;
            let qualifier = match attribute {
                "Alias" => self.within(alias, depth)?,
                _ => self.unmade(&format!("{of}.Version"), "the number of the version")?,
            };
            let arn = self.filled("arn:{P}:lambda:{R}:{A}:function:{N}", &known, "", depth)?;
            let arn = arn.replace("{N}", &function);
            return Ok(format!("{arn}:{qualifier}"));
        }
        match known.named.attributes.iter().find(|(name, _)| *name == attribute) {
            Some((_, form)) => self.value(&known, attribute, form, depth),
            None => Err(format!("`{attribute}` of `{of}` ({kind}) is not worked out")),
        }
    }

    /// The resource of that id.
    fn known<'s>(&'s self, of: &'s str) -> Result<Known<'s>, Unknown> {
        let resource = self.root.at(&["Resources", of]);
        let kind = match resource {
            Some(resource) => resource.get("Type").and_then(Node::text).unwrap_or_default(),
            None => self.made_by_sam(of).ok_or_else(|| format!("the template has no `{of}`"))?,
        };
        match kinds::of(kind) {
            Some(named) => Ok(Known { logical: of, named, resource }),
            None => Err(format!("what a reference to `{of}` ({kind}) gives is not worked out")),
        }
    }

    /// The type of a resource that the transform of SAM adds: APIs for events that name none, roles of functions without one.
    pub(super) fn made_by_sam(&self, of: &str) -> Option<&'static str> {
        self.root.get("Transform")?;
        match of {
            "ServerlessRestApi" => return Some("AWS::Serverless::Api"),
            "ServerlessHttpApi" => return Some("AWS::Serverless::HttpApi"),
            _ => {}
        }
        if let Some(kind) = self.made_for_an_event(of) {
            return Some(kind);
        }
        let function = self.root.at(&["Resources", of.strip_suffix("Role")?])?;
        let is_without = function.get("Type").and_then(Node::text)
            == Some("AWS::Serverless::Function")
            && function.at(&["Properties", "Role"]).is_none();
        is_without.then_some("AWS::IAM::Role")
    }

    /// The type of what SAM makes for an event of a function: its id is the function's and the event's.
    fn made_for_an_event(&self, of: &str) -> Option<&'static str> {
        let resources = self.root.get("Resources")?;
        let ends = of.char_indices().map(|(end, _)| end).filter(|end| *end > 0);
        let made = ends.filter_map(|end| {
            let (id, event) = of.split_at(end);
            let at = resources.place_of(id)?;
            let event = resources.map()[at].1.at(&["Properties", "Events", event])?;
            let kind = match event.get("Type").and_then(Node::text)? {
                "CloudWatchEvent" | "EventBridgeRule" | "Schedule" => "AWS::Events::Rule",
                "IoTRule" => "AWS::IoT::TopicRule",
                "ScheduleV2" => "AWS::Scheduler::Schedule",
                _ => return None,
            };
            Some((at, kind))
        });
        // Of several the first of the file.
        made.min().map(|(_, kind)| kind)
    }

    /// What a reference gives: by form, or as it is given on the command line.
    fn value(
        &self,
        known: &Known<'_>,
        attribute: &str,
        form: Form,
        depth: usize,
    ) -> Result<String, Unknown> {
        if let Some(given) = self.given.get(known.logical)
            && given.starts_with("arn:")
            && form.starts_with("arn:")
        {
            return Ok(given.to_string());
        }
        let filled = self.filled(form, known, attribute, depth)?;
        if !form.contains("{N}") {
            return Ok(filled);
        }
        // Last, so that nothing in a name is taken for a mark.
        Ok(filled.replace("{N}", &self.name(known, depth)?))
    }

    /// The resource's own name.
    fn name(&self, known: &Known<'_>, depth: usize) -> Result<String, Unknown> {
        let logical = known.logical;
        if let Some(given) = self.given.get(logical) {
            let last = given.rsplit([':', '/']).next().filter(|_| given.starts_with("arn:"));
            return Ok(last.unwrap_or(given).to_owned());
        }
        let property = known.named.property;
        let expression = match known.named.name_by() {
            Some("") | None => logical.to_owned(),
            Some(attribute) => format!("{logical}.{attribute}"),
        };
        let written = match known.resource {
            Some(resource) if !property.is_empty() => {
                self.property(resource, &["Properties", property])
            }
            _ => Ok(None),
        };
        let found = match written {
            Ok(Some(node)) => self.within(node, depth),
            Ok(None) if property.is_empty() => {
                let kind = known.named.kind;
                return self.unmade(&expression, &format!("the id of `{logical}` ({kind})"));
            }
            Ok(None) => Err(format!(
                "`{logical}` has no `{property}`, so CloudFormation makes its name; give it with `--param {logical}=NAME`"
            )),
            Err(reason) => Err(reason),
        };
        match found {
            Err(_) if self.unmade == Unmade::StandIn => Ok(stand_in(&expression)),
            found => found,
        }
    }

    /// A part that only the deployment tells.
    fn unmade(&self, expression: &str, what: &str) -> Result<String, Unknown> {
        match self.unmade {
            Unmade::StandIn => Ok(stand_in(expression)),
            Unmade::Unknown | Unmade::Wildcard => {
                let of = expression.split('.').next().unwrap_or_default();
                Err(format!(
                    "{what} is known only once it is deployed; then give it with `--param {of}=VALUE`"
                ))
            }
        }
    }

    fn suffix(&self) -> &'static str {
        let is_china = self.environment.partition.to_string() == "aws-cn";
        if is_china { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// The form with all marks but the name's filled.
    fn filled(
        &self,
        form: Form,
        known: &Known<'_>,
        attribute: &str,
        depth: usize,
    ) -> Result<String, Unknown> {
        let mut out = form.replace("{S}", self.suffix());
        for (mark, pseudo) in
            [("{P}", "AWS::Partition"), ("{R}", "AWS::Region"), ("{A}", "AWS::AccountId")]
        {
            if out.contains(mark) {
                out = out.replace(mark, &self.reference(pseudo, 1)?);
            }
        }
        let property = |name: &str| match known.resource {
            Some(resource) => self.property(resource, &["Properties", name]),
            None => Ok(None),
        };
        if out.contains("{?}") {
            let expression = match attribute {
                "" => known.logical.to_owned(),
                attribute => format!("{}.{attribute}", known.logical),
            };
            let made = match self.unmade {
                // The characters that Secrets Manager adds are six.
                Unmade::Wildcard if known.named.kind == "AWS::SecretsManager::Secret" => {
                    "??????".to_owned()
                }
                Unmade::Wildcard if form.starts_with("arn:") => "*".to_owned(),
                _ => self.unmade(&expression, &format!("the end of `{expression}`"))?,
            };
            out = out.replace("{?}", &made);
        }
        if out.contains("{path}") {
            let path = property("Path")?.map(|node| self.within(node, depth)).transpose()?;
            out = out.replace("{path}", path.as_deref().unwrap_or("/"));
        }
        if out.contains("{bus}") {
            let bus = property("EventBusName")?.map(|node| self.within(node, depth)).transpose()?;
            let name = bus.as_deref().and_then(|bus| bus.rsplit('/').next()).unwrap_or("default");
            let bus = if name == "default" { String::new() } else { format!("{name}/") };
            out = out.replace("{bus}", &bus);
        }
        if out.contains("{F}") {
            let function = property("FunctionName")?.ok_or("it names no function")?;
            let function = self.within(function, depth)?;
            let name = function.split(":function:").last().unwrap_or_default();
            let name = name.split(':').next().unwrap_or_default();
            out = out.replace("{F}", name);
        }
        Ok(out)
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
        if out.contains("{{resolve:") {
            return Err(format!("`{text}` is looked up when it is deployed"));
        }
        Ok(out)
    }
}
