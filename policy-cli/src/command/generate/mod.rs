//! `generate`: evidence in, the policies of each function out.

mod callable;
mod declared;
mod emitted;
mod findings;
mod left_over;
mod merge;
mod proved;
mod refused;
mod roles;
pub(super) mod stated;

use std::collections::BTreeMap;

use policy_core::catalog::Catalog;
use policy_core::evidence::assign::{self, Seen};
use policy_core::evidence::{
    Environment, FunctionEvidence, FunctionSettings, SettingName, SettingOrigin, SourceOrigin,
};
use policy_core::finding::{Finding, Place, Severity};
use policy_core::graph::{AccessGraph, Dropped, Recording, Rules};
use policy_core::iam::RoleArn;
use policy_core::policy::PolicyDocument;
use policy_core::synthesis::{
    self, AttachQuota, Boundary, Duty, Fragment, FunctionPolicies, TrustConditions, Wildcards,
};

use super::Outcome;
use super::parameters::Asked;
use super::variables::Values;
use crate::args::{GenerateArgs, GenerateFormat, LimitArgs, WildcardRule};
use crate::deployment::{Deployment, Filled, SamPermission, WrittenPermission};
use crate::failure::Failure;
use crate::input;
use crate::input::limits;
use crate::input::trail::{self, Progress, TrailEvidence, Verify};
use crate::output::exit::Exit;
use crate::output::folder::{self, Folder};
use crate::output::form::{self, Form};
use crate::output::{self, Detail};
use crate::template::Template;

use findings::{absent, waive};
use refused::{distinct, incomplete, nothing, unassigned, unmade};

pub use proved::Within;
pub use roles::GeneratedRole;

/// What one run of `generate` made.
#[derive(Debug, Clone, Default)]
pub struct Generated {
    /// The functions, sorted by name.
    pub functions: Vec<GeneratedFunction>,
    /// The roles that several functions share, sorted.
    pub roles: Vec<GeneratedRole>,
    /// The permissions boundary of all functions; `None` when that is not asked for.
    pub boundary: Option<Boundary>,
    /// The duties of the pipeline; `None` when they are not asked for.
    pub pipeline: Option<Vec<(Duty, PolicyDocument)>>,
    /// Findings about no single function.
    pub findings: Vec<Reported>,
    /// What was read of the trail.
    pub trail: Option<TrailSummary>,
}

/// One function of [`Generated`].
#[derive(Debug, Clone)]
pub struct GeneratedFunction {
    /// What is known of it.
    pub settings: FunctionSettings,
    /// Where it runs.
    pub environment: Environment,
    /// Its documents.
    pub policies: FunctionPolicies,
    /// What they were made from; `None` where nothing else is made from it.
    pub graph: Option<Box<AccessGraph>>,
    /// Declared accesses that are proved unused.
    pub dropped: Vec<Dropped>,
    /// What others must add for it; `None` when that is not asked for.
    pub fragments: Option<Vec<Fragment>>,
    /// What boundary and SCPs leave of its evidence; `None` where none are given.
    pub within: Option<Within>,
    /// The permissions on it that SAM makes by itself, for events of its template.
    pub by_sam: Vec<SamPermission>,
    /// The permissions on it that are written in its template.
    pub written: Vec<WrittenPermission>,
    /// Findings about it.
    pub findings: Vec<Reported>,
}

/// A finding, with why it is waived if it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reported {
    /// The finding.
    pub finding: Finding,
    /// The reason of the waiver.
    pub waived: Option<Box<str>>,
}

/// How much of a trail was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrailSummary {
    /// Files of which everything was read.
    pub files: u64,
    /// Files of which nothing was used.
    pub refused_files: u64,
    /// Records.
    pub records: u64,
    /// Events, copies counted once.
    pub events: u64,
}

/// Runs `generate`.
///
/// # Errors
/// [`Failure`] when the input does not allow policies to be made; then nothing is written.
pub fn run(args: &GenerateArgs, detail: Detail) -> Result<Outcome, Failure> {
    let format = args.format.unwrap_or(match args.out {
        Some(_) => GenerateFormat::Human,
        None => GenerateFormat::Json,
    });
    let catalog = Catalog::embedded();
    let is_observed = !args.trails.is_empty() || !args.observations.is_empty();
    if args.crates.is_empty() && args.binaries.is_empty() && !is_observed {
        return Err(Failure::input("there is nothing to generate from")
            .help("name declarations with `--crate DIR` or `--binary FILE`, observations with `--trail PATH` or `--observations FILE`, or both"));
    }
    let config = stated::config(args)?;
    let mut stated = stated::stated(args, &config)?;
    let asked = merge::asked(args, &config, is_observed)?;
    let given = LimitArgs {
        boundary: args.boundary.clone(),
        scp: args.scp.clone(),
        session_policy: Vec::new(),
    };
    input::stdin_once(given.paths().chain(&args.trails))?;
    let limits = limits::read(&given)?;
    let mut deployment = args.template.as_deref().map(Deployment::read).transpose()?;
    let form = form_of(format);
    if let (Some(deployment), Some(form)) = (&mut deployment, form)
        && form.is_template()
    {
        deployment.for_template_output();
    }
    let values = Values::new(&stated, deployment.clone(), None);
    let declared = declared::read(args, &config, &values, catalog)?;
    let trail = read_trail(args, detail)?;
    if let Some(trail) = &trail
        && trail.is_partial()
        && !args.keep_going
    {
        let read = &trail.observations;
        return Ok(super::partial(trail.refused.clone(), read.files, trail.refused_files, true));
    }
    let mut generated = Generated {
        trail: trail.as_ref().map(|trail| TrailSummary {
            files: trail.observations.files,
            refused_files: trail.refused_files,
            records: trail.observations.records,
            events: trail.observations.events,
        }),
        ..Generated::default()
    };
    let is_partial = trail.as_ref().is_some_and(TrailEvidence::is_partial);
    let recording = trail
        .as_ref()
        .map(|trail| Recording::of_trail(&trail.observations, catalog).partial(is_partial));
    let recording = recording.unwrap_or_default();
    let mut findings = declared.findings;
    findings.extend(asked.findings.iter().cloned());
    let no_declarations =
        declared.code.declarations.is_empty() && declared.code.reachable.is_empty();
    let mut asked_for = Asked::default();
    asked_for.by_settings(&config.asked_parameters);
    asked_for.by_declarations(&declared.code.declarations);
    // Of a package of which one binary was read, the others may ask.
    let unused = match args.bin {
        Some(_) => Vec::new(),
        None => asked_for.unused(&stated.overrides, deployment.as_ref()),
    };
    if let Some(deployment) = &mut deployment {
        deployment.state(&mut stated);
    }
    let (seen, assignment) = assigned(declared.code, trail, &stated)?;
    findings.extend(assignment.findings);
    findings.extend(unused.iter().cloned());
    if let Some(trail) = &seen {
        let roles: Vec<_> = assignment
            .functions
            .iter()
            .filter_map(|function| function.settings.role.clone())
            .collect();
        // Without declarations every role is meant, also one of which no call could be used.
        let is_meant = |role: &RoleArn| {
            let account = stated.environment.account.as_ref();
            no_declarations
                && stated.only.is_none()
                && stated.role.as_ref().is_none_or(|selector| selector.selects(role))
                && account.is_none_or(|account| account.as_str() == role.arn().account())
        };
        findings.extend(trail.findings(|role| roles.contains(role) || is_meant(role)));
    }
    if assignment.functions.is_empty() {
        return Err(nothing(args, no_declarations, findings));
    }
    let options = synthesis::Options {
        trust: TrustConditions { source_arn: args.trust_source_arn, ..TrustConditions::default() },
        conditions: config.conditions,
        prove: args.prove || !limits.is_empty(),
        wildcards: match args.wildcards {
            WildcardRule::Never => Wildcards::Never,
            WildcardRule::Exact => Wildcards::Exact,
        },
        ..synthesis::Options::default()
    };
    findings.extend(limits.findings.iter().cloned());
    let (mut failures, mut ready) = (Vec::new(), Vec::new());
    let mut filled: BTreeMap<Box<str>, Filled> = BTreeMap::new();
    for mut evidence in assignment.functions {
        evidence.settings.allow_unknown = args.allow_unknown;
        if !args.require_vpce.is_empty() {
            evidence.settings.configuration.required_endpoints =
                args.require_vpce.iter().map(|id| id.as_str().into()).collect();
            let origin = SettingOrigin { source: "--require-vpce".into(), ..Default::default() };
            evidence.settings.configuration.told(SettingName::RequiredEndpoints, origin);
        }
        let mut found = deployment.as_mut().map(|it| it.fill(&mut evidence)).unwrap_or_default();
        if !found.failures.is_empty() {
            failures.append(&mut found.failures);
            continue;
        }
        filled.insert(evidence.settings.name.clone(), found);
        ready.push(evidence);
    }
    findings.extend(deployment.iter().flat_map(Deployment::findings).cloned());
    let shared = roles::shared(&mut ready, &assignment.roles_of_others, &filled);
    let mut chosen = BTreeMap::new();
    for evidence in ready {
        let name = &evidence.settings.name;
        let of_function = config.function_max_resources.get(name).copied();
        let max_resources = args.max_resources.or(of_function).or(config.max_resources);
        let options = synthesis::Options {
            max_resources: max_resources.unwrap_or(synthesis::MAX_RESOURCES),
            attach: AttachQuota {
                quota: config.quotas.managed_per_role,
                others: *config.function_attached.get(name).unwrap_or(&config.quotas.attached),
            },
            ..options
        };
        chosen.insert(name.clone(), options);
        let keeps_graph = !args.emit.is_empty()
            || evidence.settings.role.as_ref().is_some_and(|it| shared.contains(it));
        let base = asked.base(&evidence.settings.name)?;
        let rules = Rules {
            merge: asked.merge,
            recording: &recording,
            selectors: &asked.selectors,
            base: base.as_ref(),
            min_window_days: asked.min_window_days,
        };
        let filled = filled.remove(&evidence.settings.name).unwrap_or_default();
        match function(evidence, catalog, rules, options, keeps_graph) {
            Ok(mut function) => {
                function.findings.extend(filled.findings.into_iter().map(reported));
                function.by_sam = filled.by_sam;
                function.written = filled.written;
                if form == Some(Form::Sam) {
                    function.findings.extend(form::left_to_sam(&function).map(reported));
                }
                function.findings.sort();
                generated.functions.push(function);
            }
            Err(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        // A name that is misspelt may be why another has no value.
        failures.extend(unused.into_iter().map(|finding| Failure::findings(vec![finding])));
        return Err(Failure::all(distinct(failures)));
    }
    emitted::fragments(&mut generated, args, catalog)?;
    generated.roles = roles::make(&generated, shared, &chosen, catalog)?;
    roles::said_of_the_role(&mut generated);
    proved::within_all(&mut generated, &limits);
    if !is_selective(args) {
        findings.extend(absent(&config, &generated));
    }
    if let Some(out) = args.out.as_deref().filter(|_| !is_selective(args) && !is_partial) {
        findings.extend(left_over::findings(out, &generated)?);
    }
    generated.findings = findings.into_iter().map(reported).collect();
    emitted::boundary(&mut generated, args)?;
    emitted::pipeline(&mut generated, args, &config, catalog)?;
    waive(&mut generated, &config, is_selective(args));
    finish(
        args,
        (format, deployment.as_ref().and_then(Deployment::template)),
        detail,
        &generated,
        is_partial,
    )
}

fn read_trail(args: &GenerateArgs, detail: Detail) -> Result<Option<TrailEvidence>, Failure> {
    if args.trails.is_empty() && args.observations.is_empty() {
        return Ok(None);
    }
    let progress = if detail.quiet { Progress::hidden() } else { Progress::on_terminal() };
    let verify = Verify::asked(args.verify_digests, args.digest_key.as_deref())?;
    let gathered = trail::gather(&args.trails, &args.observations, &verify, &progress)?;
    gathered.evidence().map(Some)
}

type Assigned = (Option<TrailEvidence>, assign::Assignment);

fn assigned(
    code: assign::FromCode,
    mut trail: Option<TrailEvidence>,
    stated: &assign::Stated,
) -> Result<Assigned, Failure> {
    let seen = trail.as_mut().map(|trail| Seen {
        calls: std::mem::take(&mut trail.observations.calls),
        roles: trail.observations.roles.keys().cloned().collect(),
    });
    match assign::assign(code, seen, stated) {
        Ok(assignment) => Ok((trail, assignment)),
        Err(error) => Err(unassigned(&error, stated)),
    }
}

fn function(
    mut evidence: FunctionEvidence,
    catalog: &Catalog,
    rules: Rules<'_>,
    options: synthesis::Options,
    keeps_graph: bool,
) -> Result<GeneratedFunction, Failure> {
    let (graph, mut findings) = AccessGraph::build_by(&evidence, catalog, rules)
        .map_err(|error| incomplete(&error, &evidence.settings.name))?;
    // The graph holds all of it; of a large trail there should not be two copies.
    evidence.observed = Vec::new();
    let (policies, more) = synthesis::synthesise(&graph, catalog, options)
        .map_err(|error| unmade(&error, &format!("function `{}`", evidence.settings.name)))?;
    findings.extend(more);
    findings.sort();
    findings.dedup();
    let findings = findings.into_iter().map(reported).collect();
    let dropped = graph.dropped().to_vec();
    let graph = keeps_graph.then(|| Box::new(graph));
    let FunctionEvidence { settings, environment, .. } = evidence;
    Ok(GeneratedFunction {
        settings,
        environment,
        policies,
        graph,
        dropped,
        fragments: None,
        within: None,
        by_sam: Vec::new(),
        written: Vec::new(),
        findings,
    })
}

fn reported(finding: Finding) -> Reported {
    Reported { finding, waived: None }
}

/// The place of a source origin.
pub(crate) fn place_of(origin: &SourceOrigin) -> Place {
    Place {
        file: origin.file.clone(),
        line: Some(origin.line),
        column: Some(origin.column),
        record: None,
    }
}

/// Whether the run leaves functions out on purpose, so that unused settings mean nothing.
fn is_selective(args: &GenerateArgs) -> bool {
    args.function.is_some() || args.role.is_some() || args.bin.is_some()
}

/// The form of a deployment that a format is.
fn form_of(format: GenerateFormat) -> Option<Form> {
    match format {
        GenerateFormat::Human | GenerateFormat::Json => None,
        GenerateFormat::Cloudformation => Some(Form::CloudFormation),
        GenerateFormat::Sam => Some(Form::Sam),
        GenerateFormat::Terraform => Some(Form::Terraform),
    }
}

/// Writes or compares, and renders.
fn finish(
    args: &GenerateArgs,
    (format, template): (GenerateFormat, Option<&Template>),
    detail: Detail,
    generated: &Generated,
    is_partial: bool,
) -> Result<Outcome, Failure> {
    // Only what is written for a deployment has names of the template in it.
    let parts = form_of(format).map(|_| form::parts(generated, template)).unwrap_or_default();
    let is_whole = !is_selective(args);
    let folders: Vec<Folder> = match form_of(format) {
        None => output::folders::folders(generated, is_whole),
        Some(form) => output::folders::folders_in(form, generated, &parts, is_whole)?,
    };
    folder::check_names(&folders)?;
    let readable = |text: String| form::readable(&parts, text);
    let mut findings = generated.open_findings();
    for finding in &mut findings {
        finding.message = readable(std::mem::take(&mut finding.message));
        finding.help = finding.help.take().map(readable);
    }
    let is_no = is_partial || findings.iter().any(|finding| finding.severity == Severity::Error);
    let mut exit = if is_no { Exit::No } else { Exit::Done };
    let data = match (&args.out, args.check) {
        (Some(out), true) => {
            let mut differences = folder::compare(out, &folders)?;
            differences.extend(left_over::differences(out, generated));
            if !differences.is_empty() {
                exit = Exit::No;
            }
            match format {
                GenerateFormat::Json => output::folders::check_json(&differences),
                _ => output::folders::check_human(out, &folders, &differences, detail),
            }
        }
        (Some(out), false) => {
            folder::write(out, &folders)?;
            match format {
                GenerateFormat::Json => output::generate::json(generated),
                _ => output::generate::human(generated, Some((out, &folders)), detail, &readable),
            }
        }
        (None, _) => match (format, form_of(format)) {
            (_, Some(form)) => form::text(form, &parts)?,
            (GenerateFormat::Human, _) => {
                output::generate::human(generated, None, detail, &readable)
            }
            (_, None) => output::generate::json(generated),
        },
    };
    Ok(Outcome { data, findings, exit })
}
