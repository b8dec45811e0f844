//! What was written → what it is meant as: which node is the client, which the options.
//!
//! Knows the words of the attributes, not the words of AWS: no catalog here.

use proc_macro2::Span;
use syn::{Ident, LitStr};

use crate::evidence::DeclaredLimit;

use super::attr::Node;
use super::mistakes::{Mistakes, quoted, unknown};

/// `client(…), on = …, …`: one access as written.
#[derive(Debug)]
pub(super) struct WrittenAccess {
    pub(super) client: Ident,
    pub(super) names: Vec<WrittenName>,
    pub(super) on: Vec<WrittenResource>,
    pub(super) any_resource: Option<LitStr>,
    pub(super) kms_key: Option<WrittenResource>,
    pub(super) owner: Option<WrittenOwner>,
    pub(super) limits: Vec<(DeclaredLimit, Vec<LitStr>)>,
    pub(super) keep: Option<LitStr>,
    pub(super) via_role: Option<LitStr>,
    pub(super) krate: Option<LitStr>,
}

/// A name in the parentheses of a client.
#[derive(Debug)]
pub(super) enum WrittenName {
    /// `GetItem`, `read`
    Word(Ident),
    /// `action("dynamodb:GetItem")`
    Action(LitStr),
}

/// What stands after `on =` or `kms_key =`.
#[derive(Debug)]
pub(super) enum WrittenResource {
    Text(LitStr),
    Environment { name: LitStr, form: LitStr },
}

/// What stands after `owner =`.
#[derive(Debug)]
pub(super) enum WrittenOwner {
    Account(LitStr),
    Any(LitStr),
}

/// What belongs to the whole declaration.
#[derive(Debug, Default)]
pub(super) struct WrittenWhole {
    pub(super) function: Option<LitStr>,
    pub(super) invoked_by: Vec<WrittenSource>,
    pub(super) polls: Vec<WrittenSource>,
}

/// `events("rule/nightly", qualifier = "live")`
#[derive(Debug)]
pub(super) struct WrittenSource {
    pub(super) kind: Ident,
    /// Of a URL, the principal.
    pub(super) source: LitStr,
    pub(super) options: WrittenOptions,
}

/// What follows the source of an invoker.
#[derive(Debug, Clone, Default)]
pub(super) struct WrittenOptions {
    pub(super) qualifier: Option<LitStr>,
    pub(super) organization: Option<LitStr>,
    pub(super) account: Option<LitStr>,
    pub(super) auth: Option<LitStr>,
    principals: Vec<LitStr>,
}

const WHOLE: [&str; 3] = ["function", "invoked_by", "polls"];
const INVOKER_OPTIONS: [&str; 5] = ["qualifier", "organization", "account", "auth", "principal"];
const OPTIONS: [&str; 12] = [
    "on",
    "any_resource",
    "kms_key",
    "owner",
    "leading_keys",
    "list_prefix",
    "namespace",
    "passed_to",
    "version_stage",
    "keep",
    "via_role",
    "crate",
];

/// Sorts the nodes that stand on a struct.
pub(super) fn whole(nodes: Vec<Node>, whole: &mut WrittenWhole, mistakes: &mut Mistakes) {
    let mut misplaced = false;
    for node in nodes {
        match whole.take(node, mistakes) {
            None => {}
            // The options of an access that was said to be misplaced.
            Some(Node::Set(..)) if misplaced => {}
            Some(Node::Call(name, _)) if !OPTIONS.contains(&name.to_string().as_str()) => {
                misplaced = true;
                mistakes.at(
                    name.span(),
                    format!(
                        "`{name}(…)` does not stand on the struct: write `#[aws({name}(…))]` on the field that holds its handle; here go {}",
                        quoted(&WHOLE)
                    ),
                );
            }
            Some(node) => mistakes.at(
                node.span(),
                format!("not understood on the struct: here go {}", quoted(&WHOLE)),
            ),
        }
    }
}

/// Sorts the nodes of one access. `None` when there is no client, which is a mistake of its own;
/// `at` is what it underlines.
pub(super) fn access(
    nodes: Vec<Node>,
    at: Span,
    mut whole: Option<&mut WrittenWhole>,
    mistakes: &mut Mistakes,
) -> Option<WrittenAccess> {
    let mut client: Option<(Ident, Vec<WrittenName>)> = None;
    let mut settings: Vec<(Ident, Node)> = Vec::new();
    let mut found_whole = false;
    let mut broken = false;
    for node in nodes {
        let node = match whole.as_deref_mut() {
            Some(whole) => match whole.take(node, mistakes) {
                Some(node) => node,
                None => {
                    found_whole = true;
                    continue;
                }
            },
            None => node,
        };
        match node {
            Node::Call(name, _) if WHOLE.contains(&name.to_string().as_str()) => {
                mistakes.at(name.span(), format!("`{name}` stands on the struct, not on a field"));
            }
            Node::Call(name, _) if name == "env" || name == "any" || name == "action" => {
                let place = match name.to_string().as_str() {
                    "env" => "after `on =`",
                    "any" => "after `owner =`",
                    _ => "inside a client: `dynamodb(action(\"…\"))`",
                };
                mistakes.at(name.span(), format!("`{name}(…)` goes {place}"));
                broken = true;
            }
            Node::Call(name, _) if OPTIONS.contains(&name.to_string().as_str()) => {
                mistakes.at(name.span(), format!("write `{name} = …`"));
                broken = true;
            }
            Node::Call(name, arguments) => {
                if let Some((first, _)) = &client {
                    mistakes.at(
                        name.span(),
                        format!(
                            "one attribute declares one client, and `{first}` is named already: write a second `#[aws(…)]`, on a field of its own unless it is the same client"
                        ),
                    );
                } else {
                    let names = names(&name, arguments, mistakes);
                    client = Some((name, names));
                }
            }
            Node::Set(name, value) => {
                let key = name.to_string();
                if WHOLE.contains(&key.as_str()) {
                    mistakes
                        .at(name.span(), format!("`{name}` stands on the struct, not on a field"));
                } else if !OPTIONS.contains(&key.as_str()) {
                    mistakes.at(name.span(), unknown("option", &key, &OPTIONS));
                } else if settings.iter().any(|(other, _)| *other == key) {
                    mistakes.at(name.span(), format!("`{name}` is written twice"));
                } else {
                    settings.push((name, *value));
                }
            }
            Node::Word(word) => {
                mistakes.at(
                    word.span(),
                    format!("`{word}` needs what is called there: write `{word}(GetItem, …)`"),
                );
                broken = true;
            }
            node @ (Node::Text(_) | Node::List(..)) => {
                mistakes.at(node.span(), "say what this is: `on = …`");
                broken = true;
            }
        }
    }
    let Some((client, names)) = client else {
        if !found_whole || !settings.is_empty() {
            if !broken && mistakes.is_empty() {
                mistakes.at(at, "no client is named: write `dynamodb(GetItem), on = \"table/…\"`");
            }
            return None;
        }
        return None;
    };
    Some(options(client, names, settings, mistakes))
}

fn options(
    client: Ident,
    names: Vec<WrittenName>,
    settings: Vec<(Ident, Node)>,
    mistakes: &mut Mistakes,
) -> WrittenAccess {
    let mut access = WrittenAccess {
        client,
        names,
        on: Vec::new(),
        any_resource: None,
        kms_key: None,
        owner: None,
        limits: Vec::new(),
        keep: None,
        via_role: None,
        krate: None,
    };
    for (key, value) in settings {
        match key.to_string().as_str() {
            "on" => match value {
                Node::List(span, nodes) => {
                    if nodes.is_empty() {
                        mistakes.at(span, "the list is empty: name a resource, or leave `on` out and give `any_resource = \"reason\"`");
                    }
                    access.on.extend(nodes.into_iter().filter_map(|n| resource(n, mistakes)));
                }
                node => access.on.extend(resource(node, mistakes)),
            },
            "kms_key" => access.kms_key = resource(value, mistakes),
            "owner" => access.owner = owner(value, mistakes),
            "any_resource" => access.any_resource = reason(value, mistakes),
            "keep" => access.keep = reason(value, mistakes),
            word if let Some(limit) = limit(word) => {
                access.limits.push((limit, texts(value, mistakes)));
            }
            "via_role" => access.via_role = text(value, "`\"arn:aws:iam::…:role/…\"`", mistakes),
            _ => access.krate = text(value, "`\"crate::sdk::dynamodb\"`", mistakes),
        }
    }
    access
}

fn names(client: &Ident, nodes: Vec<Node>, mistakes: &mut Mistakes) -> Vec<WrittenName> {
    if nodes.is_empty() && mistakes.is_empty() {
        mistakes
            .at(client.span(), format!("`{client}()` names nothing: write what is called there"));
    }
    let mut names = Vec::new();
    for node in nodes {
        match node {
            Node::Word(word) => names.push(WrittenName::Word(word)),
            Node::Call(word, arguments) if word == "action" => match arguments.as_slice() {
                [Node::Text(action)] => names.push(WrittenName::Action(action.clone())),
                _ => mistakes
                    .at(word.span(), "`action` takes one string: `action(\"dynamodb:GetItem\")`"),
            },
            Node::Text(text) => mistakes.at(
                text.span(),
                format!(
                    "write the operation without quotes, or `action(\"{}\")` for an IAM action",
                    text.value()
                ),
            ),
            Node::Set(key, _) => mistakes.at(
                key.span(),
                format!("options go after the parenthesis: `{client}(…), {key} = …`"),
            ),
            node => mistakes.at(
                node.span(),
                "expected an operation such as `GetItem` or `action(\"dynamodb:GetItem\")`",
            ),
        }
    }
    names
}

fn resource(node: Node, mistakes: &mut Mistakes) -> Option<WrittenResource> {
    match node {
        Node::Text(text) => Some(WrittenResource::Text(text)),
        Node::Call(word, arguments) if word == "env" => environment(&word, arguments, mistakes),
        node => {
            mistakes.at(
                node.span(),
                "expected a resource: an ARN, what follows the account in it such as `\"table/orders\"`, or `env(\"NAME\", as = \"arn\")`",
            );
            None
        }
    }
}

fn environment(
    word: &Ident,
    arguments: Vec<Node>,
    mistakes: &mut Mistakes,
) -> Option<WrittenResource> {
    let (mut name, mut form) = (None, None);
    for node in arguments {
        match node {
            Node::Text(text) if name.is_none() => name = Some(text),
            Node::Set(key, value) if key == "as" && form.is_none() => {
                form = text(*value, "`\"url\"`, `\"arn\"` or `\"name\"`", mistakes);
            }
            node => {
                mistakes.at(
                    node.span(),
                    "`env` takes a name and `as = …`: `env(\"QUEUE_URL\", as = \"url\")`",
                );
                return None;
            }
        }
    }
    match (name, form) {
        (Some(name), Some(form)) => Some(WrittenResource::Environment { name, form }),
        (None, _) => {
            mistakes.at(word.span(), "name the variable: `env(\"QUEUE_URL\", as = \"url\")`");
            None
        }
        (Some(name), None) => {
            if mistakes.is_empty() {
                mistakes.at(
                    word.span(),
                    format!(
                        "say what the variable holds: `env(\"{}\", as = \"url\")`, `\"arn\"` or `\"name\"`",
                        name.value()
                    ),
                );
            }
            None
        }
    }
}

fn owner(node: Node, mistakes: &mut Mistakes) -> Option<WrittenOwner> {
    match node {
        Node::Text(account) => Some(WrittenOwner::Account(account)),
        Node::Call(word, mut arguments) if word == "any" && arguments.len() == 1 => {
            reason(arguments.remove(0), mistakes).map(WrittenOwner::Any)
        }
        node => {
            mistakes.at(
                node.span(),
                "expected an account of 12 digits in quotes, or `any(\"reason\")`",
            );
            None
        }
    }
}

fn text(node: Node, expected: &str, mistakes: &mut Mistakes) -> Option<LitStr> {
    match node {
        Node::Text(text) => Some(text),
        node => {
            mistakes.at(node.span(), format!("expected a string: {expected}"));
            None
        }
    }
}

fn limit(word: &str) -> Option<DeclaredLimit> {
    DeclaredLimit::ALL.into_iter().find(|limit| limit.as_str() == word)
}

/// A string, or a list of strings.
fn texts(node: Node, mistakes: &mut Mistakes) -> Vec<LitStr> {
    let expected = "`\"in/*\"`, or a list of such";
    match node {
        Node::List(span, nodes) => {
            if nodes.is_empty() {
                mistakes.at(span, "the list is empty: no request could show it");
            }
            nodes.into_iter().filter_map(|node| text(node, expected, mistakes)).collect()
        }
        node => text(node, expected, mistakes).into_iter().collect(),
    }
}

fn reason(node: Node, mistakes: &mut Mistakes) -> Option<LitStr> {
    let text = text(node, "the reason, in quotes", mistakes)?;
    if text.value().trim().is_empty() {
        mistakes.at(text.span(), "the reason is empty: say it to the next reader");
        return None;
    }
    Some(text)
}

impl WrittenWhole {
    /// Takes the node if it is one of the whole declaration; else gives it back.
    fn take(&mut self, node: Node, mistakes: &mut Mistakes) -> Option<Node> {
        match node {
            Node::Set(key, value) if key == "function" => {
                if self.function.is_some() {
                    mistakes.at(key.span(), "`function` is written twice");
                } else {
                    self.function = text(*value, "`\"order-api\"`", mistakes);
                }
            }
            Node::Call(key, nodes) if key == "invoked_by" => {
                let sources = sources(&key, nodes, true, mistakes);
                self.invoked_by.extend(sources);
            }
            Node::Call(key, nodes) if key == "polls" => {
                self.polls.extend(sources(&key, nodes, false, mistakes));
            }
            Node::Word(key) | Node::Set(key, _) if WHOLE.contains(&key.to_string().as_str()) => {
                mistakes.at(
                    key.span(),
                    format!("write `{key}(sqs(\"…\"))`")
                        .replace("sqs", if key == "invoked_by" { "events" } else { "sqs" }),
                );
            }
            node => return Some(node),
        }
        None
    }
}

fn sources(
    list: &Ident,
    nodes: Vec<Node>,
    invokers: bool,
    mistakes: &mut Mistakes,
) -> Vec<WrittenSource> {
    let example = if invokers { "events(\"rule/nightly\")" } else { "sqs(\"jobs\")" };
    if nodes.is_empty() && mistakes.is_empty() {
        mistakes.at(list.span(), format!("`{list}()` names nothing: write `{list}({example})`"));
    }
    let mut sources = Vec::new();
    for node in nodes {
        let Node::Call(kind, arguments) = node else {
            mistakes.at(node.span(), format!("expected a source such as `{example}`"));
            continue;
        };
        let before = mistakes.errors().len();
        let (mut texts, mut options) = (Vec::new(), WrittenOptions::default());
        for argument in arguments {
            match argument {
                Node::Text(text) => texts.push(text),
                Node::Set(key, value) if invokers => options.take(&key, *value, mistakes),
                node if invokers => mistakes.at(
                    node.span(),
                    format!("expected a string or `qualifier = \"live\"`, as in `{example}`"),
                ),
                node => mistakes.at(node.span(), format!("expected a string, as in `{example}`")),
            }
        }
        let is_url = invokers && kind == "url";
        if is_url && let Some(text) = texts.first() {
            let text = text.value();
            mistakes.at(kind.span(), format!("say who calls the URL: `principal = \"{text}\"`"));
        }
        if !is_url && let Some(principal) = options.principals.first() {
            mistakes.at(
                principal.span(),
                format!("`principal` is about `url`; of `{kind}` write the source alone"),
            );
        }
        // What was refused already is not also missing.
        let is_whole = mistakes.errors().len() == before;
        if is_url {
            texts = std::mem::take(&mut options.principals);
            if texts.is_empty() && is_whole {
                // Anyone, or the callers of the own account: what the auth type says.
                let open = options.auth.as_ref().is_some_and(|auth| auth.value() == "NONE")
                    || options.organization.is_some();
                texts.push(LitStr::new(if open { "*" } else { "" }, kind.span()));
            }
        } else if texts.is_empty() && is_whole {
            mistakes.at(kind.span(), format!("`{kind}` needs its source: `{example}`"));
        }
        // Several sources of one kind may share the parentheses.
        sources.extend(texts.into_iter().map(|source| WrittenSource {
            kind: kind.clone(),
            source,
            options: options.clone(),
        }));
    }
    sources
}

impl WrittenOptions {
    /// Takes `key = value`.
    fn take(&mut self, key: &Ident, value: Node, mistakes: &mut Mistakes) {
        let name = key.to_string();
        if name == "principal" {
            let values = match value {
                Node::List(_, values) => values,
                value => vec![value],
            };
            if !self.principals.is_empty() {
                mistakes.at(key.span(), "`principal` is written twice: give a list");
            }
            let expected = "`\"arn:aws:iam::444455556666:role/web\"`";
            self.principals.extend(values.into_iter().filter_map(|v| text(v, expected, mistakes)));
            return;
        }
        let (place, expected) = match name.as_str() {
            "qualifier" => (&mut self.qualifier, "`\"live\"`"),
            "organization" => (&mut self.organization, "`\"o-a1b2c3d4e5\"`"),
            "account" => (&mut self.account, "`\"444455556666\"`"),
            "auth" => (&mut self.auth, "`\"AWS_IAM\"`"),
            _ => {
                mistakes.at(key.span(), unknown("option", &name, &INVOKER_OPTIONS));
                return;
            }
        };
        if place.is_some() {
            mistakes.at(key.span(), format!("`{name}` is written twice"));
        } else {
            *place = text(value, expected, mistakes);
        }
    }
}
