//! What `generate` writes below `--out`: a folder for each function, for each role that several share, and for what goes with them.
//!
//! Which files, and what is in them, and what `--check` says of those that are there; nothing is written or read here (`folder`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use policy_core::policy::PolicyDocument;
use policy_core::render;
use policy_core::synthesis::{Duty, Fragment, RoleDocument};

use super::Detail;
use super::folder::{self, Difference, Folder};
use super::form::{self, Form, Part};
use super::generate::line;
use super::json::Json;
use crate::command::generate::{Generated, GeneratedFunction, GeneratedRole};
use crate::failure::{Failure, shown};

/// The folders of all functions and of the roles that several share. Where `is_whole`, a role that is not shared has an empty
/// one, so that what was written when it was goes away.
#[must_use]
pub fn folders(generated: &Generated, is_whole: bool) -> Vec<Folder> {
    let mut folders: Vec<Folder> = generated
        .functions
        .iter()
        .map(|function| folder(function, generated.shared_role(function).is_some()))
        .collect();
    folders.extend(generated.roles.iter().map(role_folder));
    folders.extend(generated.functions.iter().filter_map(fragments_folder));
    if let Some(boundary) = &generated.boundary {
        let text = policy_core::policy::write::document(&boundary.document);
        let files = BTreeMap::from([("permissions-boundary.json".to_owned(), text)]);
        folders.push(Folder { name: folder::BOUNDARY.to_owned(), files });
    }
    if let Some(duties) = &generated.pipeline {
        let file = |(duty, document): &(Duty, PolicyDocument)| {
            (format!("{}.json", duty.as_str()), policy_core::policy::write::document(document))
        };
        let files = duties.iter().map(file).collect();
        folders.push(Folder { name: folder::PIPELINE.to_owned(), files });
    }
    let own: BTreeSet<String> = generated
        .functions
        .iter()
        .filter(|function| is_whole && generated.shared_role(function).is_none())
        .filter_map(role_folder_of)
        .filter(|name| folders.iter().all(|folder| folder.name != *name))
        .collect();
    folders.extend(own.into_iter().map(|name| Folder { name, files: BTreeMap::new() }));
    folders
}

/// The names of the folders that functions and roles of this run have, whether or not there is something in them.
pub(crate) fn folder_names(generated: &Generated) -> impl Iterator<Item = String> {
    let functions = generated.functions.iter();
    let roles = functions.clone().filter_map(role_folder_of);
    functions.map(|it| folder::file_name(&it.settings.name)).chain(roles)
}

/// The name of the folder that the role of a function has, or would have.
fn role_folder_of(function: &GeneratedFunction) -> Option<String> {
    let settings = &function.settings;
    Some(role_folder_name(&settings.spelled(settings.role.as_ref()?.name())))
}

pub(super) fn role_folder_name(role: &str) -> String {
    format!("{}/{}", folder::ROLES, folder::file_name(role))
}

fn role_folder(role: &GeneratedRole) -> Folder {
    let policies = &role.policies;
    let mut files = BTreeMap::new();
    role_files(&policies.execution_role, &policies.trust_policy, &mut files);
    let evidence = render::evidence::shared_value(&policies.evidence);
    files.insert(folder::EVIDENCE.to_owned(), format!("{evidence:#}\n"));
    Folder { name: role_folder_name(&role.name), files }
}

fn role_files(
    execution_role: &[PolicyDocument],
    trust_policy: &PolicyDocument,
    files: &mut BTreeMap<String, String>,
) {
    for (index, document) in execution_role.iter().enumerate() {
        let name = RoleDocument::at(index).file_name();
        files.insert(name, policy_core::policy::write::document(document));
    }
    let trust_policy = policy_core::policy::write::document(trust_policy);
    files.insert(folder::TRUST_POLICY.to_owned(), trust_policy);
}

/// One fragment; `of` and `reason` say whom it is for.
pub(super) fn fragment_json(
    fragment: &Fragment,
    key: &'static str,
    name: &str,
    is_whole: bool,
) -> Json {
    let mut members = vec![
        (key.to_owned(), name.into()),
        ("kind".to_owned(), fragment.kind.as_str().into()),
        ("of".to_owned(), fragment.of.as_str().into()),
        ("reason".to_owned(), fragment.reason.as_str().into()),
    ];
    if is_whole {
        members.push(("document".to_owned(), Json::document(&fragment.document)));
    }
    Json::Object(members)
}

/// The folder of a function's fragments: one file each, and `index.json`, which says whom each is for.
fn fragments_folder(function: &GeneratedFunction) -> Option<Folder> {
    let fragments = function.fragments.as_ref()?;
    let mut files = BTreeMap::new();
    let mut index = Vec::new();
    for fragment in fragments {
        let file = format!("{}.json", fragment.name);
        index.push(fragment_json(fragment, "file", &file, false));
        files.insert(file, policy_core::policy::write::document(&fragment.document));
    }
    if !files.is_empty() {
        files.insert("index.json".to_owned(), Json::array(index).text());
    }
    let name = format!("{}/{}", folder::file_name(&function.settings.name), folder::FRAGMENTS);
    Some(Folder { name, files })
}

/// The folder of a function.
fn folder(function: &GeneratedFunction, is_shared: bool) -> Folder {
    let policies = &function.policies;
    let mut files = BTreeMap::new();
    if !is_shared {
        role_files(&policies.execution_role, &policies.trust_policy, &mut files);
        let evidence = render::evidence::text(&policies.evidence);
        files.insert(folder::EVIDENCE.to_owned(), evidence);
    }
    for (qualifier, document) in &policies.resource_policies {
        let name = match qualifier.as_str() {
            "" => "resource-policy.json".to_owned(),
            qualifier => format!("resource-policy.{}.json", folder::file_name(qualifier)),
        };
        files.insert(name, policy_core::policy::write::document(document));
    }
    if !function.dropped.is_empty() {
        let text = render::evidence::dropped_text(&function.dropped);
        files.insert(folder::DROPPED.to_owned(), text);
    }
    Folder { name: folder::file_name(&function.settings.name), files }
}

/// The same folders with policies in a form of deployments instead of documents.
///
/// # Errors
/// [`Failure`] for what the form cannot say.
pub fn folders_in(
    form: Form,
    generated: &Generated,
    parts: &[Part<'_>],
    is_whole: bool,
) -> Result<Vec<Folder>, Failure> {
    let mut folders = folders(generated, is_whole);
    let by_folder: BTreeMap<&str, &Part<'_>> =
        parts.iter().map(|part| (part.folder(), part)).collect();
    for folder in &mut folders {
        let Some(part) = by_folder.get(folder.name.as_str()) else {
            // What others must add is for them, whatever the form of ours.
            for text in folder.files.values_mut() {
                *text = form::readable(parts, std::mem::take(text));
            }
            continue;
        };
        folder.files.retain(|name, _| folder::is_reason(name));
        for text in folder.files.values_mut() {
            *text = form::readable(std::slice::from_ref(part), std::mem::take(text));
        }
        if !part.is_empty(form) {
            let text = form::text(form, std::slice::from_ref(part))?;
            folder.files.insert(form.file().to_owned(), text);
        }
    }
    Ok(folders)
}

/// What `--check` found.
#[must_use]
pub fn check_human(
    out: &Path,
    folders: &[Folder],
    differences: &[Difference],
    detail: Detail,
) -> String {
    let mut text = String::new();
    if detail.quiet {
        return text;
    }
    if differences.is_empty() {
        let files: usize = folders.iter().map(|folder| folder.files.len()).sum();
        line(&mut text, format_args!("up to date: {files} files in {}", shown(out)));
    }
    for difference in differences {
        line(
            &mut text,
            format_args!("{}: {}", shown(&out.join(&difference.file)), difference.kind.as_str()),
        );
        text.push_str(&difference.text);
    }
    text
}

/// The same as JSON.
#[must_use]
pub fn check_json(differences: &[Difference]) -> String {
    Json::object([
        ("upToDate", differences.is_empty().into()),
        (
            "differences",
            Json::array(differences.iter().map(|difference| {
                Json::object([
                    ("file", difference.file.as_str().into()),
                    ("kind", difference.kind.as_str().into()),
                    ("text", difference.text.as_str().into()),
                ])
            })),
        ),
    ])
    .text()
}
