//! The client of an access and the names in its parentheses: operation first, action second.

use proc_macro2::Span;
use syn::{Ident, LitStr};

use super::super::Mistakes;
use super::super::ast::{WrittenAccess, WrittenName};
use crate::catalog::{Action, Catalog, Client, Operation, Service, rust_name};
use crate::evidence::DeclaredName;
use crate::iam::{AccessLevel, ActionName};

/// The words that stand for all actions of a level.
const LEVELS: [(&str, AccessLevel); 4] = [
    ("list", AccessLevel::List),
    ("read", AccessLevel::Read),
    ("write", AccessLevel::Write),
    ("tagging", AccessLevel::Tagging),
];

/// How the SDK's methods that wait begin.
pub(in super::super) const WAIT_UNTIL: &str = "wait_until_";

/// A method of an SDK client that an access names.
pub(super) struct Called<'c> {
    pub(super) span: Span,
    /// What is called, or polled by the waiter.
    pub(super) operation: Operation<'c>,
    /// The waiter, `TableExists`.
    pub(super) waiter: Option<String>,
    pub(super) actions: Vec<String>,
}

impl Called<'_> {
    /// As the Rust SDK names it.
    pub(super) fn method(&self) -> String {
        match &self.waiter {
            Some(waiter) => format!("{WAIT_UNTIL}{}", rust_name(waiter)),
            None => rust_name(self.operation.name()),
        }
    }
}

/// What an access names, as far as it exists.
pub(super) struct Names<'c> {
    client: Option<Client<'c>>,
    pub(super) names: Vec<Name<'c>>,
}

/// One name that exists.
pub(super) struct Name<'c> {
    pub(super) span: Span,
    kind: Kind,
    /// For an operation the actions of which a call needs one or more; for a level all of its actions.
    pub(super) actions: Vec<Action<'c>>,
}

#[derive(PartialEq)]
enum Kind {
    Operation(String),
    /// A waiter of the SDK, which polls the operation.
    Waiter {
        operation: String,
        waiter: String,
    },
    Action,
    Level(AccessLevel),
}

impl<'c> Names<'c> {
    /// Looks everything up. With `complete` an empty list is a mistake too.
    pub(super) fn read(
        catalog: &'c Catalog,
        written: &WrittenAccess,
        complete: bool,
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut names = Self { client: None, names: Vec::new() };
        let word = written.client.to_string();
        names.client = catalog.client(&word);
        let service = match names.client {
            Some(client) => client.service(),
            None => catalog.service(&word.replace('_', "-")),
        };
        if names.client.is_none() && service.is_none() {
            mistakes.at(written.client.span(), unknown_client(catalog, &word));
        }
        let known = names.client.is_some() || service.is_some();
        let mut unresolved: Vec<(Span, &str)> = Vec::new();
        for name in &written.names {
            let found = match name {
                WrittenName::Action(text) => action(catalog, text, mistakes),
                WrittenName::Word(_) if !known => None,
                WrittenName::Word(name) => {
                    word_of(names.client, service, name, &written.client, mistakes)
                }
            };
            let Some(found) = found else { continue };
            if names.names.iter().any(|other| other.is(&found)) {
                mistakes.at(found.span, format!("{} is written twice", found.in_words()));
                continue;
            }
            if let Some(called) = names.called(&found)
                && called.operation.is_unresolved()
            {
                unresolved.push((found.span, called.operation.name()));
            }
            names.names.push(found);
        }
        let forced = names.names.iter().any(|name| name.kind == Kind::Action);
        if complete && !forced {
            for (span, operation) in unresolved {
                mistakes.at(
                    span,
                    format!(
                        "the catalog of {} does not tell which action `{operation}` needs: name it beside, `{word}({operation}, action(\"…\"))`",
                        catalog.date()
                    ),
                );
            }
        }
        names
    }

    pub(super) fn client(&self) -> Option<Client<'c>> {
        self.client
    }

    /// The operations and waiters that the SDK's client has.
    pub(super) fn calls(&self) -> impl Iterator<Item = Called<'c>> {
        self.names.iter().filter_map(|name| self.called(name))
    }

    fn called(&self, name: &Name<'c>) -> Option<Called<'c>> {
        let (operation, waiter) = match &name.kind {
            Kind::Operation(operation) => (operation, None),
            Kind::Waiter { operation, waiter } => (operation, Some(waiter.clone())),
            _ => return None,
        };
        let operation = self.client?.operation(operation)?;
        let actions = name.actions.iter().map(|action| action.name().to_string()).collect();
        Some(Called { span: name.span, operation, waiter, actions })
    }

    /// The names as the evidence holds them: levels spelled out, nothing twice.
    pub(super) fn declared(&self) -> Vec<DeclaredName> {
        let mut declared: Vec<DeclaredName> = Vec::new();
        let mut add = |name: DeclaredName| {
            if !declared.contains(&name) {
                declared.push(name);
            }
        };
        for name in &self.names {
            match &name.kind {
                Kind::Operation(operation) | Kind::Waiter { operation, .. } => {
                    add(DeclaredName::Operation(operation.as_str().into()))
                }
                Kind::Action | Kind::Level(_) => {
                    name.actions.iter().for_each(|action| add(DeclaredName::Action(action.name())));
                }
            }
        }
        declared
    }

    /// The access levels that were written, weakest first.
    pub(super) fn levels(&self) -> Vec<AccessLevel> {
        let mut levels: Vec<_> = self
            .names
            .iter()
            .filter_map(|name| match name.kind {
                Kind::Level(level) => Some(level),
                _ => None,
            })
            .collect();
        levels.sort();
        levels
    }
}

impl Name<'_> {
    fn is(&self, other: &Self) -> bool {
        self.kind == other.kind
            && (self.kind != Kind::Action
                || self.actions.first().map(Action::name)
                    == other.actions.first().map(Action::name))
    }

    /// Whether it stands for many actions, of which only those that fit are meant.
    pub(super) fn is_level(&self) -> bool {
        matches!(self.kind, Kind::Level(_))
    }

    /// What a message calls it: the action that IAM checks, and the operation where that has another name.
    pub(super) fn in_words(&self) -> String {
        let action = self.actions.first().map(|action| action.name());
        match (&self.kind, action) {
            (Kind::Level(level), _) => format!("`{}`", level.as_str().to_lowercase()),
            (Kind::Operation(operation), None) => format!("`{operation}`"),
            (Kind::Operation(operation), Some(action)) if action.name() != operation => {
                format!("`{operation}` needs `{action}`, which")
            }
            (Kind::Waiter { operation, waiter }, action) => {
                let action = action.map_or_else(|| operation.clone(), |action| action.to_string());
                format!("`{WAIT_UNTIL}{}` needs `{action}`, which", rust_name(waiter))
            }
            (_, Some(action)) => format!("`{action}`"),
            (_, None) => "this".to_owned(),
        }
    }
}

fn unknown_client(catalog: &Catalog, word: &str) -> String {
    let plain = word.trim_start_matches("aws_sdk_");
    match catalog.nearest_client(plain) {
        Some(near) => format!("unknown client `{word}`; did you mean `{near}`?"),
        None => match crate::catalog::nearest(
            &plain.replace('_', "-"),
            catalog.services().map(|service| service.prefix()),
        ) {
            Some(near) => {
                format!("unknown client `{word}`; did you mean `{}`?", near.replace('-', "_"))
            }
            None => format!(
                "unknown client `{word}`: write the SDK crate without `aws_sdk_`, such as `dynamodb`"
            ),
        },
    }
}

/// A bare word: operation, action or access level.
fn word_of<'c>(
    client: Option<Client<'c>>,
    service: Option<Service<'c>>,
    name: &Ident,
    written: &Ident,
    mistakes: &mut Mistakes,
) -> Option<Name<'c>> {
    let (word, span) = (name.to_string(), name.span());
    let operation = client.and_then(|client| client.operation(&word));
    if let Some(operation) = operation.filter(|operation| operation.name() == word) {
        let kind = Kind::Operation(operation.name().to_owned());
        return Some(Name { span, kind, actions: operation.primary().collect() });
    }
    if let Some(rest) = word.strip_prefix(WAIT_UNTIL)
        && let Some(client) = client
    {
        return waiter(client, rest, name, written, mistakes);
    }
    let found = service.and_then(|service| service.action(&word));
    if let Some(action) = found.filter(|action| action.short_name() == word) {
        return Some(Name { span, kind: Kind::Action, actions: vec![action] });
    }
    if let (Some((_, level)), Some(service)) =
        (LEVELS.into_iter().find(|(text, _)| *text == word), service)
    {
        let actions = service.actions().filter(|action| strongest(action) == Some(level));
        return Some(Name { span, kind: Kind::Level(level), actions: actions.collect() });
    }
    let near = client
        .and_then(|client| client.operation_of_method(&word).map(|operation| operation.name()))
        .or_else(|| client.and_then(|client| client.nearest_operation(&word)))
        .or_else(|| found.map(|action| action.short_name()))
        .or_else(|| {
            let actions = service?.actions().map(|action| action.short_name());
            crate::catalog::nearest(&word, actions)
        })
        .or_else(|| crate::catalog::nearest(&word, LEVELS.map(|(text, _)| text)));
    let what = match client {
        Some(_) => "neither an operation nor an action",
        None => "not an action",
    };
    let help = match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None if word.starts_with(|c: char| c.is_lowercase()) => {
            ": write an operation as the API names it, or `list`, `read`, `write` or `tagging`"
                .to_owned()
        }
        None => String::new(),
    };
    mistakes.at(span, format!("`{word}` is {what} of `{written}`{help}"));
    None
}

/// A waiter, written as the SDK's method: `wait_until_table_exists`.
fn waiter<'c>(
    client: Client<'c>,
    rest: &str,
    name: &Ident,
    written: &Ident,
    mistakes: &mut Mistakes,
) -> Option<Name<'c>> {
    let mut known: Vec<(String, &str, Operation<'c>)> = client
        .operations()
        .flat_map(|operation| {
            operation.waiters().map(move |waiter| (rust_name(waiter), waiter, operation))
        })
        .collect();
    if let Some(at) = known.iter().position(|(method, ..)| method == rest) {
        let (_, waiter, operation) = known.swap_remove(at);
        let kind =
            Kind::Waiter { operation: operation.name().to_owned(), waiter: waiter.to_owned() };
        return Some(Name { span: name.span(), kind, actions: operation.primary().collect() });
    }
    let near = crate::catalog::nearest(rest, known.iter().map(|(method, ..)| method.as_str()));
    let help = match near {
        Some(near) => format!("; did you mean `{WAIT_UNTIL}{near}`?"),
        None => String::new(),
    };
    mistakes.at(name.span(), format!("`{name}` is no waiter of `{written}`{help}"));
    None
}

/// The level by which an action is called: AWS marks most tagging actions as writing too.
fn strongest(action: &Action<'_>) -> Option<AccessLevel> {
    // Read is the weakest here: an action that lists is called one that lists.
    let rank = |level: &AccessLevel| match level {
        AccessLevel::Read => 0,
        AccessLevel::List => 1,
        AccessLevel::Write => 2,
        AccessLevel::Tagging => 3,
        _ => 4,
    };
    action.levels().into_iter().max_by_key(rank)
}

fn action<'c>(catalog: &'c Catalog, text: &LitStr, mistakes: &mut Mistakes) -> Option<Name<'c>> {
    let (value, span) = (text.value(), text.span());
    if value.contains(['*', '?']) {
        mistakes.at(
            span,
            format!("`{value}` has a wildcard: name each action, or write `list`, `read`, `write` or `tagging`"),
        );
        return None;
    }
    let name: ActionName = match value.parse() {
        Ok(name) => name,
        Err(error) => {
            mistakes.at(span, error);
            return None;
        }
    };
    if let Some(action) = catalog.action(&name) {
        return Some(Name { span, kind: Kind::Action, actions: vec![action] });
    }
    let Some(service) = catalog.service(name.service()) else {
        let near = crate::catalog::nearest(
            name.service(),
            catalog.services().map(|service| service.prefix()),
        );
        let help = match near {
            Some(near) => format!("; did you mean `{near}:{}`?", name.name()),
            None => {
                ": the part before the colon is the service prefix, as in `s3:GetObject`".into()
            }
        };
        mistakes.at(span, format!("`{}` is not a service that IAM knows{help}", name.service()));
        return None;
    };
    let help = match catalog.nearest_action(service.prefix(), name.name()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    mistakes.at(span, format!("`{value}` is not an action of `{}`{help}", service.prefix()));
    None
}
