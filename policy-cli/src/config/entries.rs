//! Entries of a function's lists: accepted grants, event sources.

use policy_core::catalog::{Catalog, nearest};
use policy_core::evidence::assign::StatedGrant;
use policy_core::evidence::passing;
use policy_core::evidence::{FunctionConfiguration, NeedKind, SettingNeed, SettingPoll};
use policy_core::iam::ActionName;

use super::platform::ON_FAILURE;
use super::resource::{self, Other, SECRET, Wanted};
use super::toml::{Document, Node};
use super::{invoker, keys};

const CONSUMER: Wanted = Wanted {
    what: "a consumer of a stream",
    arns: &[("kinesis", "stream/")],
    other: Other::No,
    example: "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks/consumer/orders:1700000000",
};

const REGISTRY: Wanted = Wanted {
    what: "a schema registry",
    arns: &[("glue", "registry/")],
    other: Other::No,
    example: "arn:aws:glue:eu-west-1:111122223333:registry/shop",
};

/// Keys that only some kinds of event source have.
const ONLY: &[(&str, &[&str])] = &[
    ("consumer", &["kinesis"]),
    ("consumer-group", &["kafka"]),
    ("fed-by", &["sqs"]),
    ("iam", &["kafka"]),
    ("registries", &["kafka"]),
    ("secrets", &["docdb", "kafka", "mq"]),
    ("topics", &["kafka"]),
    ("vpc", &["kafka"]),
];

/// `[[functions.NAME.accept]]`.
pub(super) fn accepted(document: &mut Document<'_>, node: &Node<'_>) -> Option<StatedGrant> {
    let fields = document.fields(node, keys::ACCEPT);
    let action = document.required(&fields, node, "action");
    let resource = document.required(&fields, node, "resource");
    let reason = document.reason(&fields, node);
    let action_node = action?;
    let action: ActionName = document.parsed(&action_node)?;
    let catalog = Catalog::embedded();
    if catalog.action(&action).is_none() {
        let help = catalog
            .nearest_action(action.service(), action.name())
            .map(|near| format!("did you mean `{near}`?"));
        document.refuse(&action_node, format!("there is no action `{action}`"), help);
    }
    let resource_node = resource?;
    let resource = document.text(&resource_node)?;
    if &*resource != "*" && !(resource.starts_with("arn:") && resource.splitn(6, ':').count() == 6)
    {
        document.refuse(
            &resource_node,
            format!("`{resource}` is not a whole ARN"),
            Some("write an ARN of six parts such as `arn:aws:s3:::acme-uploads/*`, or `*`".into()),
        );
        return None;
    }
    if let Some(known) = catalog.action(&action)
        && &*resource != "*"
        && !known.resource_types().any(|it| it.resource_type.matches(&resource))
    {
        let types = || known.resource_types().map(|it| it.resource_type);
        let formats = types().filter_map(|it| it.arn_formats().next().map(str::to_owned));
        // The simplest is what is most often meant.
        let help = match formats.min_by_key(String::len) {
            Some(format) => {
                let format = format.replace("${", "").replace('}', "");
                format!("its resources look like `{format}`")
            }
            None => "it has no resource types, so only `*` can grant it".to_owned(),
        };
        let message = format!("`{action}` does not apply to `{resource}`");
        document.refuse(&resource_node, message, Some(help));
    }
    let passed_to = passed_to(document, fields.get("passed-to"), &action);
    let origin = document.origin(node);
    Some(StatedGrant { action, resource, passed_to, reason: reason?, origin })
}

/// The services that get the role of an accepted `iam:PassRole`.
fn passed_to(
    document: &mut Document<'_>,
    node: Option<&Node<'_>>,
    action: &ActionName,
) -> Vec<Box<str>> {
    let Some(node) = node else { return Vec::new() };
    if !action.as_str().eq_ignore_ascii_case("iam:PassRole") {
        let message = format!("`{action}` hands no role over");
        document.refuse(node, message, Some("it is about `iam:PassRole` alone: remove it".into()));
        return Vec::new();
    }
    let names = document.texts(node);
    if names.is_empty() {
        let help = "name the services that get the role, such as `[\"states.amazonaws.com\"]`";
        document.refuse(node, "no service gets the role".to_owned(), Some(help.into()));
    }
    for (name, node) in &names {
        if let Err(problem) = passing::check(name, Catalog::embedded()) {
            document.refuse(node, problem, None);
        }
    }
    names.into_iter().map(|(name, _)| name).collect()
}

/// `[[functions.NAME.polls]]`.
pub(super) fn poll(
    document: &mut Document<'_>,
    node: &Node<'_>,
    configuration: &mut FunctionConfiguration,
) {
    let fields = document.fields(node, keys::POLLS);
    let mut poll = SettingPoll { origin: document.origin(node), ..SettingPoll::default() };
    let kind = document.required(&fields, node, "kind");
    let source = document.required(&fields, node, "source");
    for (name, node) in &fields {
        match &**name {
            "consumer" => poll.consumer = resource::read(document, node, CONSUMER),
            "secrets" => poll.secrets = texts(document, node, SECRET),
            "iam" => poll.uses_iam = document.truth(node).unwrap_or_default(),
            "vpc" => poll.is_in_vpc = document.truth(node).unwrap_or_default(),
            "fed-by" => poll.fed_by = invoker::feeders(document, node, &invoker::QUEUE),
            "topics" => poll.topics = super::texts(document, node),
            "consumer-group" => poll.consumer_group = document.text(node),
            "registries" => poll.registries = texts(document, node, REGISTRY),
            "on-failure" => {
                if let Some(on) = resource::read(document, node, ON_FAILURE) {
                    let origin = document.origin(node);
                    configuration.needs.push(SettingNeed {
                        kind: NeedKind::PollFailure,
                        on,
                        origin,
                    });
                }
            }
            _ => {}
        }
    }
    let (Some(kind), Some(source_node)) = (kind, source) else { return };
    let known = policy_core::declare::POLLS;
    let Some(kind) = self::kind(document, &kind, known, "is no event source that is polled") else {
        return;
    };
    let Some(source) = document.text(&source_node) else { return };
    if source.trim().is_empty() {
        document.refuse(&source_node, "the event source is empty".into(), None);
    }
    for (name, only) in ONLY {
        if let Some(node) = fields.get(*name).filter(|_| !only.contains(&&*kind)) {
            let message = format!("`{name}` is for `{}`, and this is `{kind}`", only.join("`, `"));
            document.refuse(node, message, Some("leave it out".into()));
        }
    }
    (poll.kind, poll.source) = (kind, source);
    configuration.polls.push(poll);
}

fn texts(document: &mut Document<'_>, node: &Node<'_>, wanted: Wanted) -> Vec<Box<str>> {
    resource::list(document, node, wanted).into_iter().map(|(text, _)| text).collect()
}

/// One of the known kinds.
fn kind(
    document: &mut Document<'_>,
    node: &Node<'_>,
    known: &[&str],
    otherwise: &str,
) -> Option<Box<str>> {
    let kind = document.text(node)?;
    if !known.contains(&&*kind) {
        let help = match nearest(&kind, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are `{}`", known.join("`, `")),
        };
        document.refuse(node, format!("`{kind}` {otherwise}"), Some(help));
    }
    Some(kind)
}
