//! Every rule of a declaration, against the catalog.
//!
//! - `names`: the client, operations, actions, access levels;
//! - `preset`: which members of a request the resources fix;
//! - `resource`: ARNs, tails, variables, and whether they fit what is done to them;
//! - this file: what belongs to the whole declaration, and the options.

mod fit;
mod limits;
mod names;
mod preset;
mod resource;

use syn::LitStr;

use crate::catalog::Catalog;
use crate::evidence::{
    Declaration, DeclaredAccess, DeclaredInvoker, DeclaredOwner, DeclaredPoll, DeclaredResource,
    InvokerKind, InvokerOptions, InvokerWay, SourceOrigin, UrlAuth, WrongPart,
};
use crate::iam::RoleArn;

use super::ast::{WrittenAccess, WrittenOwner, WrittenResource, WrittenSource, WrittenWhole};
use super::mistakes::unknown;
use super::{DeclaredField, FieldClient, FieldMethod, FieldVariable, Mistakes, SourceFile};
pub(super) use fit::shape;
use names::Names;
pub(super) use names::WAIT_UNTIL;
pub(super) use preset::{Naming, presets};

/// Kinds of event source that `polls(…)` knows: those that Lambda reads with the execution role.
///
/// # Source
/// AWS Lambda Developer Guide, "How Lambda processes records from stream and queue-based event sources".
pub const POLLS: &[&str] = &["docdb", "dynamodb", "kafka", "kinesis", "mq", "sqs"];

/// What people call an event source beside its name.
const OTHER_WORDS: &[(&str, &str)] = &[("documentdb", "docdb"), ("msk", "kafka")];

/// Checks the parts that stand on the struct and adds them to `declaration`.
pub(super) fn whole(
    written: WrittenWhole,
    declaration: &mut Declaration,
    file: &SourceFile,
    mistakes: &mut Mistakes,
) {
    if let Some(function) = written.function {
        let name = function.value();
        let fits = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !fits {
            mistakes.at(
                function.span(),
                format!("`{name}` is not a function name: up to 64 letters, digits, `-` and `_`"),
            );
        }
        declaration.function = Some(name.into());
    }
    let item = declaration.origin.item.clone();
    for written in written.invoked_by {
        let origin = super::origin(file, written.kind.span(), &item);
        declaration.invokers.extend(invoker(&written, origin, mistakes));
    }
    for written in written.polls {
        if let Some(kind) = event_source(&written, mistakes) {
            let origin = super::origin(file, written.kind.span(), &item);
            let source = written.source.value().into();
            declaration.polls.push(DeclaredPoll { kind, source, origin });
        }
    }
}

/// One entry of `invoked_by(…)`; what is known of it even where a part is wrong.
fn invoker(
    written: &WrittenSource,
    origin: SourceOrigin,
    mistakes: &mut Mistakes,
) -> Option<DeclaredInvoker> {
    let word = written.kind.to_string();
    let kind = match InvokerKind::all().iter().find(|kind| kind.word == word) {
        Some(kind) if kind.way != InvokerWay::Polled => kind,
        Some(_) => {
            mistakes.at(
                written.kind.span(),
                format!("`{word}` is polled with the execution role: write `polls({word}(…))`"),
            );
            return None;
        }
        None => {
            let message = match InvokerKind::meant(&word) {
                Some(meant) => format!("unknown invoker `{word}`; did you mean `{meant}`?"),
                None => unknown("invoker", &word, &InvokerKind::words().collect::<Vec<_>>()),
            };
            mistakes.at(written.kind.span(), message);
            return None;
        }
    };
    let before = mistakes.errors().len();
    let source = &written.source;
    // Who calls a URL may be left open.
    if kind.way != InvokerWay::Url || !source.value().is_empty() {
        if source.value().trim().is_empty() {
            mistakes.at(source.span(), "the source of the invoker is empty");
        } else {
            resource::text(source, mistakes);
        }
    }
    let literals = &written.options;
    for text in [&literals.organization, &literals.account].into_iter().flatten() {
        resource::text(text, mistakes);
    }
    let qualifier = literals.qualifier.as_ref().map(|text| qualifier(text, mistakes));
    let auth = literals.auth.as_ref().and_then(|text| {
        let auth = UrlAuth::of(&text.value());
        if auth.is_none() {
            let words = UrlAuth::ALL.map(UrlAuth::as_str);
            mistakes.at(text.span(), unknown("auth type", &text.value(), &words));
        }
        auth
    });
    let options = InvokerOptions {
        organization: literals.organization.as_ref().map(|text| text.value().into()),
        account: literals.account.as_ref().map(|text| text.value().into()),
        auth,
    };
    if mistakes.errors().len() == before {
        check(kind, written, qualifier.as_deref(), &options, mistakes);
    }
    let (kind, source) = (word.into(), source.value().into());
    Some(DeclaredInvoker { kind, source, qualifier, options, origin })
}

/// Whether source and options fit the kind. What holds a `{parameter}` is checked when that has a value.
fn check(
    kind: &InvokerKind,
    written: &WrittenSource,
    qualifier: Option<&str>,
    options: &InvokerOptions,
    mistakes: &mut Mistakes,
) {
    let source = written.source.value();
    let given =
        [Some(source.as_str()), options.organization.as_deref(), options.account.as_deref()];
    if given.into_iter().flatten().any(|text| text.contains('{')) {
        return;
    }
    if let Err(wrong) = kind.check(&source, qualifier, options) {
        let literals = &written.options;
        let literal = match wrong.part {
            WrongPart::Source => Some(&written.source),
            WrongPart::Qualifier => literals.qualifier.as_ref(),
            WrongPart::Organization => literals.organization.as_ref(),
            WrongPart::Account => literals.account.as_ref(),
            WrongPart::Auth => literals.auth.as_ref(),
        };
        let span = literal.map_or(written.kind.span(), LitStr::span);
        let message = match wrong.help {
            Some(help) => format!("{}: {help}", wrong.problem),
            None => wrong.problem,
        };
        mistakes.at(span, message);
    }
}

fn event_source(written: &WrittenSource, mistakes: &mut Mistakes) -> Option<Box<str>> {
    if written.source.value().trim().is_empty() {
        mistakes.at(written.source.span(), "the source of the event source is empty");
        return None;
    }
    resource::text(&written.source, mistakes)?;
    let kind = written.kind.to_string();
    let word = kind.as_str();
    if POLLS.contains(&word) {
        return Some(kind.into());
    }
    let message = if InvokerKind::words().any(|known| known == word) {
        format!("`{word}` invokes the function itself: write `invoked_by({word}(…))`")
    } else if let Some((_, meant)) = OTHER_WORDS.iter().find(|(other, _)| *other == word) {
        format!("unknown event source `{word}`; did you mean `{meant}`?")
    } else {
        unknown("event source", word, POLLS)
    };
    mistakes.at(written.kind.span(), message);
    None
}

fn qualifier(text: &LitStr, mistakes: &mut Mistakes) -> Box<str> {
    let qualifier = text.value();
    let fits = (1..=128).contains(&qualifier.len())
        && qualifier.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if qualifier == "$LATEST" {
        mistakes.at(
            text.span(),
            "`$LATEST` has no policy of its own: leave `qualifier` out for the unqualified function",
        );
    } else if !fits {
        mistakes.at(
            text.span(),
            format!("`{qualifier}` is neither an alias nor a version: write `live` or `7`"),
        );
    }
    qualifier.into()
}

/// What the checks of one access know beside its text.
pub(super) struct Check<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) origin: SourceOrigin,
    /// Whether all of the attribute could be read; if not, nothing is called missing.
    pub(super) complete: bool,
}

impl Check<'_> {
    /// Checks an access; tells `field` what its handle can do.
    pub(super) fn access(
        self,
        written: WrittenAccess,
        field: &mut DeclaredField,
        mistakes: &mut Mistakes,
    ) -> Option<DeclaredAccess> {
        let mut names = Names::read(self.catalog, &written, self.complete, mistakes);
        let resources = resource::read(&self, &written, &mut names, mistakes);
        let kms_key = written.kms_key.as_ref().and_then(|key| resource::key(&self, key, mistakes));
        let owner = match &written.owner {
            None => None,
            Some(WrittenOwner::Any(reason)) => {
                Some(DeclaredOwner::Any { reason: reason.value().into() })
            }
            Some(WrittenOwner::Account(account)) => match account.value().parse() {
                Ok(account) => Some(DeclaredOwner::Account(account)),
                Err(error) => {
                    mistakes.at(account.span(), error);
                    None
                }
            },
        };
        add_to_field(&names, &written, &resources, owner.as_ref(), field, mistakes);
        let limits = limits::read(self.catalog, &written, &names.declared(), mistakes);
        Some(DeclaredAccess {
            client: written.client.to_string().into(),
            names: names.declared(),
            levels: names.levels(),
            resources,
            kms_key,
            owner,
            limits,
            keep: written.keep.map(|reason| reason.value().into()),
            via_role: written.via_role.map(|role| self::role(&role, mistakes)),
            origin: self.origin,
        })
    }
}

fn role(text: &LitStr, mistakes: &mut Mistakes) -> Box<str> {
    let role = text.value();
    if let Some(filled) = resource::filled(text, mistakes)
        && let Err(error) = filled.parse::<RoleArn>()
    {
        // The message should show what was written, not what it was filled with.
        mistakes.at(text.span(), format!("`{role}` is not {}", error.expected()));
    }
    role.into()
}

/// Tells the field about its client, methods and variables.
fn add_to_field(
    names: &Names<'_>,
    written: &WrittenAccess,
    resources: &[DeclaredResource],
    owner: Option<&DeclaredOwner>,
    field: &mut DeclaredField,
    mistakes: &mut Mistakes,
) {
    for resource in &written.on {
        if let WrittenResource::Environment { name, .. } = resource
            && resource::is_variable_name(&name.value())
            && !field.variables.iter().any(|variable| variable.name == name.value())
        {
            field.variables.push(FieldVariable { name: name.value(), span: name.span() });
        }
    }
    let path = written.krate.as_ref().and_then(|path| krate(path, mistakes));
    let Some(client) = names.client().filter(|_| names.calls().next().is_some()) else {
        if let Some(path) = &written.krate {
            mistakes.at(
                path.span(),
                "`crate` says where an SDK client is, and no operation of one is declared here: remove it",
            );
        }
        return;
    };
    let crate_name = client.crate_name();
    let role = written.via_role.as_ref().map(LitStr::value);
    match &mut field.client {
        Some(first) if first.crate_name != crate_name => {
            mistakes.at(
                written.client.span(),
                format!(
                    "`{}` has the client `{}` already, and a handle holds one: declare `{}` on a field of its own",
                    field.name,
                    first.crate_name.trim_start_matches("aws_sdk_"),
                    written.client
                ),
            );
            return;
        }
        Some(first) if first.role != role => {
            let span = written.via_role.as_ref().map_or(written.client.span(), LitStr::span);
            mistakes.at(
                span,
                format!(
                    "a handle holds one client, and that of `{}` {}: declare this on a field of its own",
                    field.name,
                    match &first.role {
                        Some(role) => format!("uses `{role}`"),
                        None => "uses no role but the function's".to_owned(),
                    }
                ),
            );
            return;
        }
        Some(first) => first.path = first.path.take().or(path),
        None => {
            let span = written.client.span();
            let crate_name = crate_name.to_owned();
            field.client = Some(FieldClient { crate_name, path, role, span });
        }
    }
    let in_words: Vec<String> = resources.iter().map(resource::in_words).collect();
    for called in names.calls() {
        let name = called.method();
        let naming = preset::naming(called.operation, resources, owner);
        if let Some(method) = field.methods.iter_mut().find(|method| method.name == name) {
            method.resources.extend(in_words.iter().cloned());
            method.naming = preset::agree(std::mem::take(&mut method.naming), naming);
        } else {
            field.methods.push(FieldMethod {
                operation: called.operation.name().to_owned(),
                name,
                waiter: called.waiter,
                span: called.span,
                actions: called.actions,
                resources: in_words.clone(),
                naming,
            });
        }
    }
}

/// `crate = "path"`, from the root of this crate or of another.
fn krate(text: &LitStr, mistakes: &mut Mistakes) -> Option<syn::Path> {
    let path: syn::Path = match text.parse_with(syn::Path::parse_mod_style) {
        Ok(path) => path,
        Err(_) => {
            mistakes.at(
                text.span(),
                format!(
                    "`{}` is not a path: write `\"crate::sdk::dynamodb\"` or the name of the crate",
                    text.value()
                ),
            );
            return None;
        }
    };
    let relative = |segment: &syn::PathSegment| segment.ident == "self" || segment.ident == "super";
    if path.segments.first().is_some_and(relative) {
        mistakes.at(
            text.span(),
            "the path is used from a module that the derive makes: write it from the root, `\"crate::…\"`",
        );
        return None;
    }
    Some(path)
}
