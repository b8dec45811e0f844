//! `scan --suggest`: for each binary the declaration that its calls need, formatted.
//!
//! A call of which the source does not tell the resource gets no `on`, so that the declaration does not compile before
//! somebody says it. Nothing is suggested for a call that may be one of several; it is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use policy_core::catalog::Catalog;
use policy_core::evidence::{
    CallPlace, Confidence, DeclaredName, DeclaredResource, ReachableCall, ReachableResource,
};

use crate::command::scan::Report;
use crate::failure::Failure;

/// On what calls of one attribute are made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum On<'a> {
    Known(&'a [DeclaredResource]),
    /// Its actions have no resource types.
    NoType,
    Unknown,
}

/// The attributes of one field: on what, and the names with where they are called and why nothing is known of it.
type Attributes<'a> = BTreeMap<On<'a>, BTreeMap<String, BTreeSet<String>>>;

/// The declarations, one for each binary target.
///
/// # Errors
/// [`Failure`] when what was made is no Rust, which is a fault of the tool.
pub fn declarations(report: &Report, catalog: &Catalog) -> Result<String, Failure> {
    let mut text = String::new();
    let targets: Vec<Option<&str>> = match report.targets.len() {
        0 => vec![None],
        _ => report.targets.iter().map(|target| Some(&**target)).collect(),
    };
    for target in targets {
        let calls = report.calls.iter().filter(|call| match (&call.place, target) {
            (CallPlace::Source { binaries, .. }, Some(target)) => {
                binaries.iter().any(|it| **it == *target)
            }
            (CallPlace::Source { .. }, None) => true,
            (CallPlace::Binary { .. }, _) => false,
        });
        let made = declaration(&calls.collect::<Vec<_>>(), target, catalog);
        let file = syn::parse_file(&made).map_err(|error| {
            Failure::fault(format!("the declaration that was made is no Rust: {error}"))
        })?;
        if !text.is_empty() {
            text.push('\n');
        }
        if let (Some(target), true) = (target, report.targets.len() > 1) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "// {target}");
        }
        text.push_str(&prettyplease::unparse(&file));
    }
    Ok(text)
}

fn declaration(calls: &[&ReachableCall], target: Option<&str>, catalog: &Catalog) -> String {
    let mut fields: BTreeMap<&str, Attributes<'_>> = BTreeMap::new();
    let mut unsure: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for call in calls {
        let place = place(call);
        if call.confidence == Confidence::Ambiguous {
            let name = format!("`{}({})`", call.client, call.name());
            unsure.entry(place).or_default().insert(name);
            continue;
        }
        let name = match &call.name {
            DeclaredName::Operation(name) => name.to_string(),
            DeclaredName::Action(action) => format!("action({:?})", action.to_string()),
        };
        // Of several sides the operation stands where it writes, and what it does besides is named by the action.
        let mut parts: Vec<(String, &ReachableResource)> = Vec::new();
        match &call.resource {
            ReachableResource::ByAction(sides) => {
                let mut sides = sides.iter().rev();
                parts.extend(sides.next().map(|(_, resource)| (name, resource)));
                parts.extend(sides.map(|(action, resource)| {
                    (format!("action({:?})", action.to_string()), resource)
                }));
            }
            resource => parts.push((name, resource)),
        }
        let attributes = fields.entry(&call.client).or_default();
        for (name, resource) in parts {
            let (on, place) = match resource {
                ReachableResource::Known(resources) => (On::Known(resources), place.clone()),
                _ if needs_nothing(call, catalog) => (On::NoType, place.clone()),
                ReachableResource::Unknown { reason } => {
                    (On::Unknown, format!("{place}: on what is not told, {reason}"))
                }
                ReachableResource::ByAction(_) => (On::Unknown, place.clone()),
            };
            attributes.entry(on).or_default().entry(name).or_default().insert(place);
        }
    }
    let mut text = String::from("use policy_macros::AwsAccess;\n");
    match target {
        Some(target) => text.push_str(&format!("/// What `{target}` may do in AWS.\n")),
        None => text.push_str("/// What this library may do in AWS.\n"),
    }
    for (place, candidates) in unsure {
        let candidates: Vec<String> = candidates.into_iter().collect();
        text.push_str(&format!(
            "///\n/// Left out: {place} is one of {}.\n",
            candidates.join(", ")
        ));
    }
    text.push_str("#[derive(AwsAccess)]\npub struct Access {\n");
    for (client, attributes) in &fields {
        let field = client.trim_start_matches("r#");
        for (name, place) in attributes
            .values()
            .flatten()
            .flat_map(|(name, places)| places.iter().map(move |place| (name, place)))
        {
            text.push_str(&format!("/// {name}: {place}\n"));
        }
        for (on, names) in attributes {
            let names: Vec<&str> = names.keys().map(String::as_str).collect();
            text.push_str(&format!("#[aws({client}({}){})]\n", names.join(", "), on.written()));
        }
        text.push_str(&format!("pub {field}: {},\n", handle(client)));
    }
    text.push_str("}\n");
    text
}

impl On<'_> {
    fn written(&self) -> String {
        match self {
            On::Known([DeclaredResource::Any { reason }]) => {
                format!(", any_resource = {:?}", &**reason)
            }
            On::Known([one]) => format!(", on = {}", resource(one)),
            On::Known(several) => {
                let several: Vec<String> = several.iter().map(resource).collect();
                format!(", on = [{}]", several.join(", "))
            }
            On::NoType => ", any_resource = \"the action has no resource type\"".to_owned(),
            On::Unknown => String::new(),
        }
    }
}

fn resource(resource: &DeclaredResource) -> String {
    match resource {
        DeclaredResource::Arn(text) | DeclaredResource::Tail(text) => format!("{text:?}"),
        other => super::scan::shown(other),
    }
}

/// Whether no action of the call is on a resource, though it needs some.
fn needs_nothing(call: &ReachableCall, catalog: &Catalog) -> bool {
    let actions = call.actions(catalog);
    !actions.is_empty()
        && actions.iter().all(|action| {
            catalog.action(action).is_some_and(|it| it.resource_types().next().is_none())
        })
}

/// `file:line`
fn place(call: &ReachableCall) -> String {
    match &call.place {
        CallPlace::Source { origin, .. } => format!("{}:{}", origin.file, origin.line),
        CallPlace::Binary { file, .. } => file.to_string(),
    }
}

/// The type of a field: `dynamodb` → `Dynamodb`, `rds_db` → `RdsDb`.
fn handle(client: &str) -> String {
    let words = client.split(['_', '-']).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let mut chars = word.chars();
            let first = chars.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(chars).collect::<String>()
        })
        .collect()
}
