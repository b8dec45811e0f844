//! Policies as parts of deployments: templates of CloudFormation and SAM, configurations of Terraform.
//!
//! A form says the same as the documents: whoever resolves its references with the account and Region of the run reads the
//! documents again, which tests do. Nothing is decided here, and nothing left out but what SAM says by itself (`by_sam`): what a
//! form cannot say is an error.

mod by_sam;
mod cloudformation;
mod document;
mod names;
mod permission;
mod sam;
mod terraform;

use std::collections::{BTreeMap, BTreeSet};

use policy_core::iam::RoleArn;
use policy_core::policy::PolicyDocument;

use super::folder;
use super::json::Json;
use crate::command::generate::{Generated, GeneratedFunction};
use crate::failure::Failure;
use crate::template::Template;
use crate::template::resources::has_stand_in;

pub use by_sam::left_to_sam;
pub use names::Names;

/// How policies are written for a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A CloudFormation template with roles, policies and permissions.
    CloudFormation,
    /// The same for a SAM template, with the roles given to its functions.
    Sam,
    /// A Terraform configuration in JSON.
    Terraform,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::CloudFormation, Self::Sam, Self::Terraform];

    /// The file of a function's folder that holds it.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation.json",
            Self::Sam => "sam.json",
            Self::Terraform => "policies.tf.json",
        }
    }

    /// Whether it is a template, which can refer to a template's resources.
    #[must_use]
    pub fn is_template(self) -> bool {
        matches!(self, Self::CloudFormation | Self::Sam)
    }
}

/// One function, or one role that several share, as a form needs it.
pub struct Part<'g> {
    /// What it is called in messages.
    name: String,
    /// What its resources are called: `OrderApi` in templates.
    id: String,
    /// What the part with its role is called.
    role_id: String,
    /// Its folder.
    folder: String,
    names: Names,
    role: Option<Role<'g>>,
    /// `None` for a role of several functions.
    function: Option<&'g GeneratedFunction>,
}

/// A role and its documents.
struct Role<'g> {
    arn: Option<&'g RoleArn>,
    documents: &'g [PolicyDocument],
    trust: &'g PolicyDocument,
}

/// All functions and shared roles of a run, with ids that tell them apart.
#[must_use]
pub fn parts<'g>(generated: &'g Generated, template: Option<&Template>) -> Vec<Part<'g>> {
    let names = Names::of_functions(generated.functions.iter(), template);
    let of_role: BTreeMap<&RoleArn, &Names> = generated
        .functions
        .iter()
        .zip(&names)
        .rev()
        .filter_map(|(function, names)| Some((function.settings.role.as_ref()?, names)))
        .collect();
    let functions = generated.functions.iter().zip(&names).map(|(function, names)| {
        let policies = &function.policies;
        let shared = generated.shared_role(function);
        Part {
            name: format!("function `{}`", function.settings.name),
            id: words(&function.settings.name),
            role_id: shared.map(|role| words(&role.name)).unwrap_or_default(),
            folder: folder::file_name(&function.settings.name),
            names: names.clone(),
            role: shared.is_none().then_some(Role {
                arn: function.settings.role.as_ref(),
                documents: &policies.execution_role,
                trust: &policies.trust_policy,
            }),
            function: Some(function),
        }
    });
    let mut parts: Vec<Part<'g>> = functions.collect();
    for role in &generated.roles {
        let Some(names) = of_role.get(&role.policies.role) else { continue };
        parts.push(Part {
            name: format!("role `{}`", role.name),
            id: words(&role.name),
            role_id: String::new(),
            folder: super::folders::role_folder_name(&role.name),
            names: (*names).clone(),
            role: Some(Role {
                arn: Some(&role.policies.role),
                documents: &role.policies.execution_role,
                trust: &role.policies.trust_policy,
            }),
            function: None,
        });
    }
    with_distinct_ids(parts)
}

fn with_distinct_ids(mut parts: Vec<Part<'_>>) -> Vec<Part<'_>> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for part in &parts {
        *uses.entry(part.id.to_ascii_lowercase()).or_default() += 1;
    }
    let is_used_twice = |id: &str| uses.get(&id.to_ascii_lowercase()).is_some_and(|uses| *uses > 1);
    for part in &mut parts {
        if !part.role_id.is_empty() && is_used_twice(&part.role_id) {
            let settings = part.function.map(|function| &function.settings);
            let role = settings.and_then(|it| Some(it.spelled(it.role.as_ref()?.name())));
            let name = role.map(|role| format!("role `{role}`")).unwrap_or_default();
            part.role_id = format!("{}{}", part.role_id, digits(&name));
        }
        if is_used_twice(&part.id) {
            part.id = format!("{}{}", part.id, digits(&part.name));
        }
        if part.role.is_some() {
            part.role_id.clone_from(&part.id);
        }
    }
    parts
}

/// The parts in a form.
///
/// # Errors
/// [`Failure`] for what the form cannot say.
pub fn text(form: Form, parts: &[Part<'_>]) -> Result<String, Failure> {
    let value = match form {
        Form::CloudFormation => cloudformation::template(parts)?,
        Form::Sam => sam::template(parts)?,
        Form::Terraform => terraform::configuration(parts)?,
    };
    Ok(value.text())
}

/// A text for people: what stands in for a name that the deployment makes, as the template refers to it.
#[must_use]
pub fn readable(parts: &[Part<'_>], text: String) -> String {
    if !has_stand_in(&text) {
        return text;
    }
    // Functions with the same parameters have the same names.
    let mut seen: Vec<&Names> = Vec::new();
    for names in parts.iter().map(|part| &part.names) {
        if !seen.iter().any(|other| other.is_same(names)) {
            seen.push(names);
        }
    }
    seen.iter().fold(text, |text, names| names.readable(&text))
}

impl Part<'_> {
    /// The name of its folder.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// The names of its world.
    fn names(&self) -> &Names {
        &self.names
    }

    /// Whether the form has nothing to say of it.
    #[must_use]
    pub fn is_empty(&self, form: Form) -> bool {
        let is_silent =
            |function: &GeneratedFunction| function.policies.resource_policies.is_empty();
        self.role.is_none() && form != Form::Sam && self.function.is_none_or(is_silent)
    }

    /// Statements of all resource policies, with what each says to `AddPermission`; in a template of SAM without those that
    /// SAM makes.
    ///
    /// Shape: sorted by id, which is unique: Sids of different qualifiers may be the same. In a template the id of the permission
    /// that it has for the same already.
    fn permissions(&self, form: Form) -> Result<Vec<(String, permission::Permission)>, Failure> {
        let mut found = Vec::new();
        let policies = self.function.iter().flat_map(|it| it.policies.resource_policies.values());
        for document in policies {
            for statement in &document.statements {
                found.push(permission::Permission::of(statement).map_err(|reason| {
                    let sid = statement.sid.as_deref().unwrap_or_default();
                    Failure::input(format!(
                        "{}: no permission says what the statement `{sid}` of the resource policy says: {reason}",
                        self.name
                    ))
                    .help("use `--format json` and put the resource policy itself")
                })?);
            }
        }
        let id = |it: &permission::Permission| words(&it.sid);
        let mut uses: BTreeMap<String, usize> = BTreeMap::new();
        found.iter().for_each(|it| *uses.entry(id(it).to_ascii_lowercase()).or_default() += 1);
        let mut named: Vec<_> = found
            .into_iter()
            .map(|it| match uses[&id(&it).to_ascii_lowercase()] {
                1 => (id(&it), it),
                _ => (format!("{}{}", id(&it), digits(&format!("{it:?}"))), it),
            })
            .collect();
        named.sort_by(|a, b| a.0.cmp(&b.0));
        let mut seen = BTreeSet::new();
        for (id, it) in &mut named {
            let own = self.function.and_then(|function| by_sam::written(function, it));
            *id = match own.filter(|own| form.is_template() && seen.insert(*own)) {
                Some(own) => own.to_owned(),
                None if form.is_template() => format!("{}Permission{id}", self.id),
                None => std::mem::take(id),
            };
        }
        named.sort_by(|a, b| a.0.cmp(&b.0));
        // Last, so that ids are those of every form.
        if let (Form::Sam, Some(function)) = (form, self.function) {
            named.retain(|(_, it)| by_sam::made(function, it).is_none());
        }
        Ok(named)
    }
}

/// The letters and digits of a name, each word with a capital: `OrderApi`.
fn words(name: &str) -> String {
    let mut id = String::new();
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut chars = word.chars();
        id.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        id.push_str(chars.as_str());
    }
    match id.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => id,
        false => format!("Function{id}"),
    }
}

/// Eight hexadecimal digits that follow from a text.
fn digits(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

fn members(of: impl IntoIterator<Item = (String, Json)>) -> Json {
    Json::Object(of.into_iter().collect())
}

/// Resources by their ids, none of which may be there twice.
fn distinct(resources: Vec<(String, Json)>) -> Result<Json, Failure> {
    let mut seen = BTreeSet::new();
    match resources.iter().find(|(id, _)| !seen.insert(id)) {
        None => Ok(Json::Object(resources)),
        Some((id, _)) => Err(Failure::input(format!("two resources would be called `{id}`"))
            .help("choose one function with `--function`")),
    }
}
