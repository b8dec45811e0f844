//! `Events` of a SAM function: who invokes it, and what Lambda polls for it.
//!
//! # Source
//! AWS SAM Developer Guide, "EventSource" and the page of each type; "Generated CloudFormation resources" for the ids of what SAM
//! makes: the function's id and the event's, one after the other.

use super::describe::Describer;
use super::node::{Kind, Node};
use super::polls;
use crate::deployment::Invoked;

pub(super) fn read(describer: &mut Describer<'_>) {
    // Events go to the alias that SAM publishes.
    let qualifier = match describer.property("AutoPublishAlias") {
        Some(node) => describer.text(node, "AutoPublishAlias"),
        None => None,
    };
    url(describer, qualifier.as_deref());
    let Some(events) = describer.property("Events") else { return };
    for (name, event) in events.map() {
        let event = match describer.values.chosen(event) {
            Ok(Some(event)) => event,
            Ok(None) => continue,
            Err(reason) => {
                describer.unknown(event, &format!("Events.{name}"), &reason);
                continue;
            }
        };
        let kind = event.get("Type").and_then(Node::text).unwrap_or_default();
        let mut event = Event {
            describer: &mut *describer,
            name,
            node: event,
            qualifier: qualifier.as_deref(),
        };
        event.read(kind);
    }
}

/// `FunctionUrlConfig`: a URL of the function, or of the alias that SAM publishes.
fn url(describer: &mut Describer<'_>, qualifier: Option<&str>) {
    let Some(config) = describer.property("FunctionUrlConfig") else { return };
    let Some(auth) = describer.text_at(config, &["AuthType"]) else { return };
    let origin = describer.origin(config, "FunctionUrlConfig");
    let source = if auth == "NONE" { "*" } else { "" };
    let invoked = Invoked {
        kind: "url".into(),
        source: source.into(),
        qualifier: qualifier.map(Into::into),
        auth: Some(auth.into()),
        ..Invoked::default()
    };
    describer.invoker(invoked, origin);
}

/// One event.
struct Event<'d, 't> {
    describer: &'d mut Describer<'t>,
    name: &'t str,
    node: &'t Node,
    qualifier: Option<&'d str>,
}

impl<'t> Event<'_, 't> {
    fn read(&mut self, kind: &str) {
        match kind {
            "AlexaSkill" => match self.text("SkillId") {
                Some(skill) => self.invoked("alexa", skill),
                None if self.property("SkillId").is_none() => {
                    self.unknown("without `SkillId` any skill may invoke the function; name yours");
                }
                None => {}
            },
            "Api" => self.api("RestApiId", "ServerlessRestApi"),
            "CloudWatchEvent" | "EventBridgeRule" => self.rule("RuleName"),
            "CloudWatchLogs" => {
                if let Some(group) = self.text("LogGroupName") {
                    self.invoked("logs", group);
                }
            }
            "Cognito" => self.user_pool(),
            "DocumentDB" => self.polled("Cluster", "docdb"),
            "DynamoDB" => self.polled("Stream", "dynamodb"),
            "HttpApi" => self.api("ApiId", "ServerlessHttpApi"),
            "IoTRule" => self.made("rule/", "iot"),
            "Kinesis" => self.polled("Stream", "kinesis"),
            "MQ" => self.polled("Broker", "mq"),
            "MSK" => self.polled("Stream", "kafka"),
            "S3" => {
                if let Some(bucket) = self.text("Bucket") {
                    self.invoked("s3", bucket);
                }
            }
            "SNS" => self.topic(),
            "SQS" => self.polled("Queue", "sqs"),
            "Schedule" => self.rule("Name"),
            "ScheduleV2" => self.schedule(),
            "SelfManagedKafka" => self.polled("KafkaBootstrapServers", "kafka"),
            other => {
                let reason = format!("events of type `{other}` are not understood");
                self.unknown(&reason);
            }
        }
    }

    fn property(&mut self, name: &str) -> Option<&'t Node> {
        self.describer.part(self.node, &["Properties", name])
    }

    fn path(&self) -> String {
        format!("Events.{}", self.name)
    }

    /// The text of a property; where it is not told, that is a finding.
    fn text(&mut self, name: &str) -> Option<String> {
        let node = self.property(name)?;
        let path = format!("{}.{name}", self.path());
        self.describer.text(node, &path)
    }

    fn unknown(&mut self, reason: &str) {
        let (path, node) = (self.path(), self.node);
        self.describer.unknown(node, &path, reason);
    }

    fn invoked(&mut self, kind: &str, source: String) {
        let origin = self.describer.origin(self.node, &self.path());
        let invoked = Invoked {
            kind: kind.into(),
            source: source.into(),
            qualifier: self.qualifier.map(Into::into),
            ..Invoked::default()
        };
        self.describer.invoker(invoked, origin);
    }

    fn polled(&mut self, property: &str, kind: &str) {
        let path = self.path();
        let Some(properties) = self.node.get("Properties") else {
            self.unknown("it has no properties");
            return;
        };
        let source = self.property(property);
        polls::read(self.describer, properties, source, Some(kind), &path);
    }

    /// A path of an API; the stage is any, as SAM writes it.
    fn api(&mut self, property: &str, implicit: &str) {
        let id = match self.property(property) {
            Some(node) => {
                let path = format!("{}.{property}", self.path());
                self.describer.text(node, &path)
            }
            None => match self.describer.values.expression(implicit) {
                Ok(id) => Some(id),
                Err(reason) => {
                    self.unknown(&reason);
                    None
                }
            },
        };
        let Some(id) = id else { return };
        let is_http = property == "ApiId";
        let source = match (self.property("Path").is_some(), is_http) {
            (false, true) => format!("{id}/*/$default"),
            _ => {
                let (Some(path), Some(method)) = (self.text("Path"), self.text("Method")) else {
                    self.unknown("`Path` and `Method` say what invokes the function");
                    return;
                };
                let any = method.eq_ignore_ascii_case("any") || method == "*";
                let method = if any { "*".to_owned() } else { method.to_ascii_uppercase() };
                // A path has no slash at its end, as SAM writes it and API Gateway sends it.
                let path = path.strip_suffix('/').unwrap_or(&path).trim_start_matches('/');
                format!("{id}/*/{method}/{}", any_parameter(path))
            }
        };
        self.invoked("apigateway", source);
    }

    /// A rule that SAM makes for the event.
    fn rule(&mut self, property: &str) {
        let bus = match self.property("EventBusName") {
            Some(_) => match self.text("EventBusName") {
                Some(bus) => bus,
                None => return,
            },
            None => "default".to_owned(),
        };
        let bus = bus.rsplit('/').next().unwrap_or_default();
        let bus = if bus == "default" { String::new() } else { format!("{bus}/") };
        match self.property(property) {
            Some(_) => {
                if let Some(name) = self.text(property) {
                    self.invoked("events", format!("rule/{bus}{name}"));
                }
            }
            None => self.made(&format!("rule/{bus}"), "events"),
        }
    }

    /// Something whose name CloudFormation makes.
    fn made(&mut self, before: &str, kind: &str) {
        let id = format!("{}{}", self.describer.id, self.name);
        match self.describer.values.expression(&id) {
            Ok(name) => self.invoked(kind, format!("{before}{name}")),
            Err(reason) => self.unknown(&reason),
        }
    }

    /// A schedule invokes with a role of its own.
    fn schedule(&mut self) {
        let group = match self.property("GroupName") {
            Some(_) => self.text("GroupName"),
            None => Some("default".to_owned()),
        };
        let name = match self.property("Name") {
            Some(_) => self.text("Name"),
            None => {
                let id = format!("{}{}", self.describer.id, self.name);
                let found = self.describer.values.expression(&id);
                found.map_err(|reason| self.unknown(&reason)).ok()
            }
        };
        if let (Some(group), Some(name)) = (group, name) {
            self.invoked("scheduler", format!("schedule/{group}/{name}"));
        }
    }

    fn user_pool(&mut self) {
        // A reference gives the id of the pool.
        if let Some(pool) = self.text("UserPool") {
            self.invoked("cognito_idp", format!("userpool/{pool}"));
        }
    }

    /// A topic, or the queue between it and the function.
    fn topic(&mut self) {
        let Some(between) = self.property("SqsSubscription") else {
            if let Some(topic) = self.text("Topic") {
                self.invoked("sns", topic);
            }
            return;
        };
        match &between.kind {
            Kind::Text(text) if text == "false" => {
                if let Some(topic) = self.text("Topic") {
                    self.invoked("sns", topic);
                }
            }
            Kind::Map(_) => {
                let (path, properties) = (self.path(), between);
                let source = self.describer.part(between, &["QueueArn"]);
                polls::read(self.describer, properties, source, Some("sqs"), &path);
            }
            _ => self.unknown(
                "SAM makes a queue between topic and function, whose name is not known; name one with `SqsSubscription.QueueArn`, or under `polls` in policy.toml",
            ),
        }
    }
}

/// `{parameter}`s of a path match anything.
fn any_parameter(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, after)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push('*');
        rest = after;
    }
    out.push_str(rest);
    out
}
