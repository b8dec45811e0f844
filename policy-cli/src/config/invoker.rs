//! `[[functions.NAME.invoked-by]]`: who invokes a function, in the words of `invoked_by(…)`.

use policy_core::catalog::nearest;
use policy_core::evidence::{
    InvokerKind, InvokerOptions, InvokerWay, SettingInvoker, UrlAuth, WrongPart,
};

use super::keys;
use super::toml::{Document, Node};
use super::words::is_qualifier;

/// The invokers of one table: several where a URL has several principals.
pub(super) fn read(document: &mut Document<'_>, node: &Node<'_>) -> Vec<SettingInvoker> {
    let fields = document.fields(node, keys::INVOKED_BY);
    let Some(kind_node) = document.required(&fields, node, "kind") else { return Vec::new() };
    let Some(word) = document.text(&kind_node) else { return Vec::new() };
    let kind = InvokerKind::all().iter().find(|kind| *kind.word == *word);
    let Some(kind) = kind.filter(|kind| kind.way != InvokerWay::Polled) else {
        let mut words = InvokerKind::words();
        let help = match InvokerKind::meant(&word).or_else(|| nearest(&word, words.clone())) {
            _ if kind.is_some() => "it is polled with the execution role".to_owned(),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are `{}`", words.by_ref().collect::<Vec<_>>().join("`, `")),
        };
        document.refuse(&kind_node, format!("`{word}` invokes no function"), Some(help));
        return Vec::new();
    };
    let mut text = |name: &str| fields.get(name).and_then(|node| document.text(node));
    let (qualifier, auth) = (text("qualifier"), text("auth"));
    let (organization, account) = (text("organization"), text("account"));
    let auth = auth.and_then(|word| {
        let auth = UrlAuth::of(&word);
        if let (None, Some(node)) = (auth, fields.get("auth")) {
            let help = "write `AWS_IAM`, or `NONE` for a public URL";
            document.refuse(node, format!("`{word}` is no auth type"), Some(help.into()));
        }
        auth
    });
    let mut is_broken = fields.contains_key("auth") && auth.is_none();
    if let (Some(node), Some(qualifier)) = (fields.get("qualifier"), &qualifier)
        && !is_qualifier(qualifier)
    {
        let message = format!("`{qualifier}` is neither an alias nor a version");
        document.refuse(node, message, Some("write `live` or `7`, or leave it out".into()));
        is_broken = true;
    }
    let options = InvokerOptions { organization, account, auth };
    let fed_by = match fields.get("fed-by") {
        Some(node) if kind.word == "sns" => feeders(document, node, &TOPIC),
        Some(node) => {
            let message = format!("`fed-by` is for `sns`, and this is `{}`", kind.word);
            document.refuse(node, message, Some("leave it out".into()));
            Vec::new()
        }
        None => Vec::new(),
    };
    let sources = match kind.way {
        InvokerWay::Url => principals(document, &fields, node, &options),
        _ => source(document, &fields, node, kind),
    };
    let mut invokers = Vec::new();
    for (source, source_node) in sources {
        let given = [Some(&source), options.organization.as_ref(), options.account.as_ref()];
        // What holds a parameter is checked when that has a value; what is refused is not also unfit.
        let is_open = is_broken || given.into_iter().flatten().any(|text| text.contains('{'));
        let checked = kind.check(&source, qualifier.as_deref(), &options);
        if let Err(wrong) = checked.or_else(|wrong| if is_open { Ok(()) } else { Err(wrong) }) {
            let part = match wrong.part {
                WrongPart::Source => Some(&source_node),
                WrongPart::Qualifier => fields.get("qualifier"),
                WrongPart::Organization => fields.get("organization"),
                WrongPart::Account => fields.get("account"),
                WrongPart::Auth => fields.get("auth"),
            };
            document.refuse(part.unwrap_or(node), wrong.problem, wrong.help);
        }
        invokers.push(SettingInvoker {
            kind: word.clone(),
            source,
            qualifier: qualifier.clone(),
            options: options.clone(),
            fed_by: fed_by.clone(),
            origin: document.origin(node),
        });
    }
    invokers
}

/// What can be fed, and by which kinds of invoker: those that are documented to send both source conditions there.
pub(super) struct Fed {
    what: &'static str,
    by: &'static [&'static str],
}

/// A queue that is polled.
pub(super) const QUEUE: Fed = Fed { what: "queue", by: &["events", "s3", "sns"] };
/// A topic that invokes. EventBridge is not among what feeds it, for its pages say that a topic's policy cannot have conditions for it.
pub(super) const TOPIC: Fed = Fed { what: "topic", by: &["s3"] };

/// What feeds a queue or a topic, in the words of invokers.
pub(super) fn feeders(
    document: &mut Document<'_>,
    node: &Node<'_>,
    fed: &Fed,
) -> Vec<SettingInvoker> {
    let items = document.items(node, "an array of tables");
    items.iter().filter_map(|item| feeder(document, item, fed)).collect()
}

fn feeder(document: &mut Document<'_>, node: &Node<'_>, fed: &Fed) -> Option<SettingInvoker> {
    let fields = document.fields(node, keys::FED_BY);
    let kind_node = document.required(&fields, node, "kind")?;
    let word = document.text(&kind_node)?;
    let Some(kind) = InvokerKind::of(&word).filter(|kind| fed.by.contains(&kind.word)) else {
        let help = format!("what feeds a {} is `{}`", fed.what, fed.by.join("`, `"));
        document.refuse(&kind_node, format!("`{word}` feeds no {}", fed.what), Some(help));
        return None;
    };
    let (source, source_node) = source(document, &fields, node, kind).pop()?;
    let account = fields.get("account").and_then(|node| document.text(node));
    let options = InvokerOptions { account, ..InvokerOptions::default() };
    let is_open = source.contains('{') || options.account.iter().any(|text| text.contains('{'));
    if let Err(wrong) = kind.check(&source, None, &options)
        && !is_open
    {
        let part = match wrong.part {
            WrongPart::Account => fields.get("account"),
            _ => Some(&source_node),
        };
        document.refuse(part.unwrap_or(node), wrong.problem, wrong.help);
    }
    let origin = document.origin(node);
    Some(SettingInvoker { kind: kind.word.into(), source, options, origin, ..Default::default() })
}

type Fields<'d> = std::collections::BTreeMap<Box<str>, Node<'d>>;

fn source<'d>(
    document: &mut Document<'_>,
    fields: &Fields<'d>,
    node: &Node<'d>,
    kind: &InvokerKind,
) -> Vec<(Box<str>, Node<'d>)> {
    if let Some(node) = fields.get("principal") {
        let message = format!("`principal` is about `url`, not about `{}`", kind.word);
        document.refuse(node, message, Some("write `source`".into()));
    }
    let Some(source_node) = document.required(fields, node, "source") else { return Vec::new() };
    let Some(source) = document.text(&source_node) else { return Vec::new() };
    if source.trim().is_empty() {
        document.refuse(&source_node, "the source of the invoker is empty".into(), None);
        return Vec::new();
    }
    vec![(source, source_node)]
}

/// Who calls a URL: one or several; left out, anyone or the callers of the own account.
fn principals<'d>(
    document: &mut Document<'_>,
    fields: &Fields<'d>,
    node: &Node<'d>,
    options: &InvokerOptions,
) -> Vec<(Box<str>, Node<'d>)> {
    if let Some(node) = fields.get("source") {
        let message = "a URL has no source".to_owned();
        document.refuse(node, message, Some("say who calls it with `principal`".into()));
    }
    let Some(principal) = fields.get("principal") else {
        let is_open = options.auth == Some(UrlAuth::None) || options.organization.is_some();
        return vec![(if is_open { "*" } else { "" }.into(), node.clone())];
    };
    if principal.as_str().is_some() {
        return document
            .text(principal)
            .map(|text| (text, principal.clone()))
            .into_iter()
            .collect();
    }
    let found = document.texts(principal);
    if found.is_empty() {
        document.refuse(principal, "it names nobody".into(), None);
    }
    found
}
