//! `Events` of a SAM function: who invokes it, and what Lambda polls for it; which permissions SAM makes for them.
//!
//! # Source
//! AWS SAM Developer Guide, "EventSource" and the page of each type; "Generated CloudFormation resources" for the ids of what SAM
//! makes: the function's id and the event's, one after the other. What its permissions ask for is what its translator writes
//! (release 1.110.0): the source ARN, of a skill the token, of a bucket the account alone.

use policy_core::finding::{Code, Finding};

use super::describe::Describer;
use super::node::{Kind, Node};
use super::polls;
use crate::deployment::{Invoked, SamPermission};

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
    // SAM lets everyone in, and nobody else.
    if &*invoked.source == "*" {
        by_sam(describer, "FunctionUrlConfig", &invoked);
    }
    describer.invoker(invoked, origin);
}

/// That SAM makes the permission of an invoker.
fn by_sam(describer: &mut Describer<'_>, event: &str, invoked: &Invoked) {
    let (event, invoked) = (event.into(), invoked.clone());
    describer.out.by_sam.push(SamPermission { event, invoked });
}

/// What SAM's permission for the event of an API lets in.
enum OfApi {
    /// The route of the event.
    Exact,
    /// More.
    Wider,
    /// It is not known whether there is one.
    Unclear,
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
                    self.invoked_beside("s3", bucket);
                    self.wider(
                        "every bucket of the account, not only its own",
                        "write the notification into the bucket (`NotificationConfiguration`) in place of the event, with a permission that names it; see docs/findings.md",
                    );
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

    /// Who invokes by the event, whom the permission of SAM lets in alone.
    fn invoked(&mut self, kind: &str, source: String) {
        let invoked = self.invoked_beside(kind, source);
        by_sam(self.describer, self.name, &invoked);
    }

    /// Who invokes by the event, of which SAM has no permission, or another.
    fn invoked_beside(&mut self, kind: &str, source: String) -> Invoked {
        let origin = self.describer.origin(self.node, &self.path());
        let invoked = Invoked {
            kind: kind.into(),
            source: source.into(),
            qualifier: self.qualifier.map(Into::into),
            ..Invoked::default()
        };
        self.describer.invoker(invoked.clone(), origin);
        invoked
    }

    /// That SAM's permission for the event lets more in than what invokes by it.
    fn wider(&mut self, who: &str, help: &str) {
        let message = format!(
            "the permission that SAM makes for the event `{}` of `{}` lets in {who}",
            self.name, self.describer.id
        );
        let place = self.node.place(&self.describer.template.file);
        let finding = Finding::new(Code::InvokerSamWider, message).at(place).help(help);
        self.describer.out.findings.push(finding);
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
        let is_default = is_http && is_default_route(self.node);
        let source = match is_default {
            true => format!("{id}/*/$default"),
            false => {
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
        match self.permission_of_api(is_http) {
            OfApi::Exact => self.invoked("apigateway", source),
            OfApi::Unclear => _ = self.invoked_beside("apigateway", source),
            OfApi::Wider => {
                self.invoked_beside("apigateway", source);
                if is_default {
                    self.wider(
                        "every route of the API",
                        "name routes with `Path` and `Method` where they are known",
                    );
                }
            }
        }
    }

    /// What SAM's permission for the event of an API lets in. Of a function that has the default route of an HTTP API there is one for
    /// all of its routes, and no other.
    fn permission_of_api(&mut self, is_http: bool) -> OfApi {
        if !is_http {
            return OfApi::Exact;
        }
        let api = self.node.at(&["Properties", "ApiId"]);
        let root = self.describer.values.root;
        let written =
            api.and_then(|api| api.get("Ref")?.text()).map(|id| root.at(&["Resources", id]));
        let of = |event: &'t Node| {
            event.at(&["Properties", "ApiId"]).and_then(|it| it.get("Ref")?.text())
        };
        let has_all = |event: &'t Node| {
            event.get("Type").and_then(Node::text) == Some("HttpApi")
                && is_default_route(event)
                && of(event) == of(self.node)
        };
        let events = self.describer.resource.at(&["Properties", "Events"]).map(Node::map);
        if events.unwrap_or_default().iter().any(|(_, event)| has_all(event)) {
            return OfApi::Wider;
        }
        match (api, written.flatten()) {
            (None, _) => OfApi::Exact,
            // What the definition of an API has is not read.
            (Some(_), Some(written)) if written.at(&["Properties", "DefinitionBody"]).is_none() => {
                OfApi::Exact
            }
            _ => OfApi::Unclear,
        }
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
            self.invoked_beside("scheduler", format!("schedule/{group}/{name}"));
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

/// Whether an event of an HTTP API is its default route.
fn is_default_route(event: &Node) -> bool {
    event.at(&["Properties", "Path"]).is_none_or(|path| path.text() == Some("$default"))
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
