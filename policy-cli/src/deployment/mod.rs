//! What a template or a plan says of functions, in one shape, and which of them is meant.
//!
//! `--template` takes a SAM or CloudFormation template (room `template`) or the JSON of a Terraform plan (room `plan`). Both give
//! one [`Described`] for each of their functions; here it is joined with what is stated, as the weaker word. Before evidence is
//! assigned only names and roles are taken, since they decide which calls of a trail are whose; all else afterwards.

mod invoked;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use policy_core::evidence::assign::{RoleSelector, Stated};
use policy_core::evidence::{
    DeclaredResource, Environment, FunctionConfiguration, FunctionEvidence, SettingOrigin,
};
use policy_core::finding::{Code, Finding, Place};

use crate::failure::{Failure, in_file};
use crate::plan::Plan;
use crate::template::Template;

pub(crate) use invoked::polled_kind;
pub use invoked::{Invoked, Permission, SamPermission, WrittenPermission};

/// Largest file that is read; AWS takes templates of 1 MB, plans are larger.
///
/// Units: bytes.
const MAX_BYTES: u64 = 64 << 20;

/// What the values of a template or plan depend on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Values of parameters and names of resources.
    pub given: BTreeMap<Box<str>, Box<str>>,
    /// Account, Region and partition of the run.
    pub environment: Environment,
}

/// A function of a template or plan: what it may be called elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// Its logical id, or its address.
    pub id: String,
    /// Its id, the name it is deployed under, the binary it is built from …
    pub names: BTreeSet<String>,
    /// How the name begins that CloudFormation makes: stack and logical id, where the stack is known.
    pub begins: Option<String>,
}

/// What is said of one function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Described {
    /// The name under which it is deployed.
    pub function_name: Option<Box<str>>,
    /// Its execution role.
    pub role: Option<RoleSelector>,
    /// How many functions of the template or plan have its role.
    pub role_functions: usize,
    /// Whether something else than functions uses the role too.
    pub role_is_shared: bool,
    /// How it is configured.
    pub configuration: FunctionConfiguration,
    /// Variables whose value is not told, with place and reason.
    pub unknown_variables: BTreeMap<Box<str>, (Place, String)>,
    /// What is not understood or not told, and what is said but is no evidence.
    pub findings: Vec<Finding>,
    /// The permissions on it that SAM makes by itself.
    pub by_sam: Vec<SamPermission>,
    /// The permissions on it that are written in the template.
    pub written: Vec<WrittenPermission>,
}

/// What came of completing a function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filled {
    /// What is wrong with variables that its declarations name.
    pub failures: Vec<Failure>,
    /// What is not understood.
    pub findings: Vec<Finding>,
    /// The permissions on the function that SAM makes by itself.
    pub by_sam: Vec<SamPermission>,
    /// The permissions on the function that are written in the template.
    pub written: Vec<WrittenPermission>,
    /// How many functions of the template or plan have its role.
    pub role_functions: usize,
    /// Whether something else than functions uses the role too.
    pub role_is_shared: bool,
}

/// A template or a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    file: PathBuf,
    source: Source,
    /// The functions as the last context names them.
    functions: Option<(Context, Functions)>,
    /// What is not known of it as a whole.
    findings: BTreeSet<Finding>,
}

/// The functions of a template or plan, found by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Functions {
    all: Vec<Named>,
    by_name: BTreeMap<String, Vec<usize>>,
    /// Those whose names CloudFormation makes, by how these begin.
    by_beginning: BTreeMap<String, Vec<usize>>,
}

impl Functions {
    fn new(all: Vec<Named>) -> Self {
        let mut functions = Self { all, ..Self::default() };
        for (at, named) in functions.all.iter().enumerate() {
            for name in &named.names {
                functions.by_name.entry(name.clone()).or_default().push(at);
            }
            if let Some(begins) = &named.begins {
                functions.by_beginning.entry(begins.clone()).or_default().push(at);
            }
        }
        functions
    }

    fn called(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those that may be deployed under that name.
    ///
    /// # Source
    /// AWS CloudFormation User Guide, "Name type": stack, logical id and a unique id of letters and digits.
    fn deployed_as(&self, name: &str) -> impl Iterator<Item = usize> {
        let unique = name.rfind('-').map_or("", |at| &name[at + 1..]);
        let is_unique = !unique.is_empty()
            && unique.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let begins = &name[..name.len() - unique.len()];
        let made = self.by_beginning.get(begins).filter(|_| is_unique);
        self.called(name).iter().chain(made.into_iter().flatten()).copied()
    }

    /// Those that `name` means, or the name under which the function is deployed.
    fn meant(&self, name: &str, deployed: Option<&str>) -> Vec<&Named> {
        let own = self.called(name).iter().copied();
        let meant: BTreeSet<usize> =
            own.chain(deployed.into_iter().flat_map(|it| self.deployed_as(it))).collect();
        meant.into_iter().filter_map(|at| self.all.get(at)).collect()
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Source {
    Template(Template),
    Plan(Plan),
}

impl Deployment {
    /// Reads `file`: a template, or the JSON of `terraform show -json`.
    ///
    /// # Errors
    /// [`Failure`]: what cannot be read, with its place.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let text = crate::input::text(file, "a template or plan", MAX_BYTES)?;
        Self::parse(file, &text)
    }

    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self, Failure> {
        let source = match Plan::parse(file, text)? {
            Some(plan) => Source::Plan(plan),
            None => Source::Template(Template::parse(file, text)?),
        };
        Ok(Self { file: file.to_owned(), source, functions: None, findings: BTreeSet::new() })
    }

    /// The template, where it is one.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        match &self.source {
            Source::Template(template) => Some(template),
            Source::Plan(_) => None,
        }
    }

    /// From now on a name that only the deployment makes is a stand-in ([`Template::for_template_output`]).
    pub fn for_template_output(&mut self) {
        if let Source::Template(template) = &mut self.source {
            template.for_template_output();
        }
    }

    /// What it is called.
    pub(crate) fn what(&self) -> &'static str {
        match self.source {
            Source::Template(_) => "template",
            Source::Plan(_) => "plan",
        }
    }

    /// Whether a value that is given under this name counts for anything.
    #[must_use]
    pub fn asks_for(&self, name: &str) -> bool {
        match &self.source {
            Source::Template(template) => template.asks_for(name),
            Source::Plan(plan) => plan.asks_for(name),
        }
    }

    /// The names of parameters and resources for which values can be given.
    pub(crate) fn asked(&self) -> Vec<&str> {
        match &self.source {
            Source::Template(template) => template.asked().collect(),
            Source::Plan(plan) => plan.asked().collect(),
        }
    }

    /// What is not known of it as a whole, whichever function is meant: of all that was asked of it so far.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter()
    }

    /// The context of a function, without what nothing here asks for: so functions with parameters of their own share what is
    /// found out once.
    fn context(&self, mut given: BTreeMap<Box<str>, Box<str>>, of: &Environment) -> Context {
        given.retain(|name, _| self.asks_for(name));
        Context { given, environment: of.clone() }
    }

    fn functions(&mut self, context: &Context) -> &Functions {
        if self.functions.as_ref().is_none_or(|(known, _)| known != context) {
            let named = match &mut self.source {
                Source::Template(template) => template.named(context),
                Source::Plan(plan) => plan.named(context),
            };
            self.functions = Some((context.clone(), Functions::new(named)));
            self.findings.extend(match &self.source {
                Source::Template(template) => template.findings(),
                Source::Plan(plan) => plan.findings(),
            });
        }
        static NONE: Functions =
            Functions { all: Vec::new(), by_name: BTreeMap::new(), by_beginning: BTreeMap::new() };
        self.functions.as_ref().map_or(&NONE, |(_, functions)| functions)
    }

    /// Who the function is, without how it is configured.
    fn identify(&self, id: &str, context: &Context) -> Described {
        match &self.source {
            Source::Template(template) => template.identify(id, context),
            Source::Plan(plan) => plan.identify(id, context),
        }
    }

    fn describe(&self, id: &str, context: &Context) -> Described {
        match &self.source {
            Source::Template(template) => template.describe(id, context),
            Source::Plan(plan) => plan.describe(id, context),
        }
    }

    /// Adds the names under which functions are deployed, and their roles, where nothing is stated.
    ///
    /// Shape: an entry for every name that one function of the template or plan has alone, and for every function that is stated
    /// under the name it is deployed as.
    pub fn state(&mut self, stated: &mut Stated) {
        let mut given = stated.parameters.clone();
        given.extend(stated.overrides.clone());
        let context = self.context(given, &stated.environment);
        let functions = self.functions(&context);
        let ids = |all: &Vec<usize>| all.iter().map(|at| functions.all[*at].id.clone()).collect();
        let mut by_name: BTreeMap<String, Vec<String>> =
            functions.by_name.iter().map(|(name, all)| (name.clone(), ids(all))).collect();
        // A function that is stated may be called otherwise there.
        for (name, own) in &stated.functions {
            let deployed = own.function_name.as_deref().map(last);
            if let Some(ids) = deployed.and_then(|deployed| by_name.get(deployed)).cloned() {
                by_name.entry(name.to_string()).or_insert(ids);
            }
        }
        let mut described: BTreeMap<String, Described> = BTreeMap::new();
        for (name, ids) in by_name {
            let [id] = ids.as_slice() else { continue };
            let found =
                described.entry(id.clone()).or_insert_with(|| self.identify(id, &context)).clone();
            if found.function_name.is_none() && found.role.is_none() {
                continue;
            }
            let origin = SettingOrigin {
                source: crate::failure::shown(&self.file).into(),
                ..SettingOrigin::default()
            };
            let own = stated.functions.entry(name.into()).or_default();
            if own.origin == SettingOrigin::default() {
                own.origin = origin;
            }
            own.function_name = own.function_name.take().or(found.function_name);
            own.role = own.role.take().or(found.role);
            own.role_is_shared |= found.role_is_shared;
        }
    }

    /// Completes what is known of a function by what is said here.
    pub fn fill(&mut self, evidence: &mut FunctionEvidence) -> Filled {
        let wanted = wanted(evidence);
        let FunctionEvidence { settings, environment, .. } = evidence;
        let context = self.context(settings.parameters.clone(), environment);
        let deployed = settings
            .deployed
            .as_ref()
            .and_then(|arn| arn.resource().strip_prefix("function:").map(ToOwned::to_owned));
        let (what, file) = (self.what(), self.file.clone());
        self.functions(&context);
        if let Source::Template(template) = &self.source {
            settings.stand_ins = template.stand_ins();
        }
        let functions = self.functions(&context);
        let meant = functions.meant(&settings.name, deployed.as_deref());
        let id = match meant.as_slice() {
            [one] => one.id.clone(),
            found => {
                let (message, listed) = unclear(what, &settings.name, found, &functions.all);
                let has = if listed.is_empty() { "none".to_owned() } else { listed.join("; ") };
                let help = format!(
                    "write `FunctionName: {0}`, or `Metadata: {{ BuildProperties: {{ Binary: {0} }} }}`, or the values under \
                     `[functions.{0}]` in policy.toml",
                    settings.name
                );
                if wanted.is_empty() {
                    let finding = Finding::new(
                        Code::SettingUnknown,
                        format!("{message}, so nothing of it counts; it has: {has}"),
                    );
                    let findings = vec![finding.at(in_file(&file)).help(help)];
                    return Filled { findings, ..Filled::default() };
                }
                let place = match &self.source {
                    Source::Template(template) => template.start(),
                    Source::Plan(_) => in_file(&file),
                };
                let failure =
                    Failure::input(message).at(place).note(format!("it has: {has}")).help(help);
                return Filled { failures: vec![failure], ..Filled::default() };
            }
        };
        let described = self.describe(&id, &context);
        settings.configuration.complete_from(described.configuration);
        settings.role_is_shared |= described.role_is_shared || described.role_functions > 1;
        if settings.role.is_none()
            && let Some(RoleSelector::Arn(role)) = described.role
        {
            settings.role = Some(role);
        }
        let untold = described.unknown_variables.into_iter().filter(|(name, _)| {
            wanted.contains(name) && !settings.configuration.variables.contains_key(name)
        });
        let mut untold: Vec<_> = untold.collect();
        untold.sort_by(|(_, (a, _)), (_, (b, _))| a.cmp(b));
        let failures = untold.into_iter().map(|(name, (place, reason))| {
            Failure::input(format!(
                "the {what} does not tell the value of `{name}` for `{}`: {reason}",
                settings.name
            ))
            .at(place)
            .help(format!(
                "write `variables.{name} = \"...\"` under `[functions.{}]` in policy.toml",
                settings.name
            ))
        });
        Filled {
            failures: failures.collect(),
            findings: described.findings,
            by_sam: described.by_sam,
            written: described.written,
            role_functions: described.role_functions,
            role_is_shared: described.role_is_shared,
        }
    }
}

/// None or several of the functions have the name.
fn unclear(what: &str, name: &str, found: &[&Named], all: &[Named]) -> (String, Vec<String>) {
    let told = |named: &Named| {
        let names = named.names.iter().map(String::as_str).collect::<Vec<_>>();
        format!("`{}`", names.join("`, also called `"))
    };
    if found.is_empty() {
        let listed = all.iter().take(10).map(told).collect();
        return (format!("no function of the {what} is called `{name}`"), listed);
    }
    let listed = found.iter().map(|named| told(named)).collect();
    (format!("several functions of the {what} are called `{name}`"), listed)
}

/// The name in a function's ARN; a name as it is.
fn last(name: &str) -> &str {
    name.split(":function:").last().unwrap_or(name)
}

/// The variables that the declarations of a function name and that have no value.
fn wanted(evidence: &FunctionEvidence) -> BTreeSet<Box<str>> {
    let accesses = evidence.declarations.iter().flat_map(|declaration| &declaration.accesses);
    let resources = accesses.flat_map(|access| access.resources.iter().chain(&access.kms_key));
    resources
        .filter_map(|resource| match resource {
            DeclaredResource::Environment { name, .. } => Some(name.clone()),
            _ => None,
        })
        .filter(|name| !evidence.settings.configuration.variables.contains_key(name))
        .collect()
}

#[cfg(test)]
mod tests;
