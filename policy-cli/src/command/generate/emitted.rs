//! What is made beside the policies of functions: `--emit`.

use policy_core::catalog::Catalog;
use policy_core::evidence::FunctionSettings;
use policy_core::finding::{Code, Finding};
use policy_core::graph::AccessGraph;
use policy_core::policy::PolicyDocument;
use policy_core::synthesis;

use super::refused::unmade;
use super::{Generated, is_selective, reported};
use crate::args::{Emit, GenerateArgs};
use crate::config::Config;
use crate::failure::Failure;

/// Makes what others must add for each function, if that is asked for.
///
/// # Errors
/// [`Failure`] when a fragment does not pass its proof.
pub(super) fn fragments(
    generated: &mut Generated,
    args: &GenerateArgs,
    catalog: &Catalog,
) -> Result<(), Failure> {
    if !args.emit.contains(&Emit::Fragments) {
        return Ok(());
    }
    for function in &mut generated.functions {
        let Some(graph) = &function.graph else { continue };
        let made = synthesis::fragments(graph, &function.policies, catalog);
        let of = format!("function `{}`", function.settings.name);
        let (fragments, findings) = made.map_err(|error| unmade(&error, &of))?;
        function.findings.extend(findings.into_iter().map(reported));
        function.findings.sort();
        function.fragments = Some(fragments);
    }
    Ok(())
}

/// Makes the permissions boundary of all functions, if that is asked for.
///
/// # Errors
/// [`Failure`] when it is too large or does not pass its proof, and when not all functions are there.
pub(super) fn boundary(generated: &mut Generated, args: &GenerateArgs) -> Result<(), Failure> {
    if !args.emit.contains(&Emit::Boundary) {
        return Ok(());
    }
    if is_selective(args) {
        return Err(Failure::input("a boundary is for all functions, and only some are asked for")
            .help("leave out `--function`, `--role` and `--bin`, or `--emit boundary`"));
    }
    let documents: Vec<(&AccessGraph, &[PolicyDocument])> = generated
        .functions
        .iter()
        .filter_map(|function| {
            let documents = match generated.shared_role(function) {
                Some(role) => &role.policies.execution_role[..],
                None => &function.policies.execution_role[..],
            };
            Some((function.graph.as_deref()?, documents))
        })
        .collect();
    let made = synthesis::boundary(&documents);
    let (boundary, findings) = made.map_err(|error| unmade(&error, "all functions"))?;
    generated.findings.extend(findings.into_iter().map(reported));
    generated.boundary = Some(boundary);
    Ok(())
}

/// Makes the duties of the pipeline, if that is asked for.
///
/// # Errors
/// [`Failure`] when one is too large or does not pass its proof, and when not all functions are there.
pub(super) fn pipeline(
    generated: &mut Generated,
    args: &GenerateArgs,
    config: &Config,
    catalog: &Catalog,
) -> Result<(), Failure> {
    if !args.emit.contains(&Emit::Pipeline) {
        return Ok(());
    }
    if is_selective(args) {
        return Err(Failure::input("a pipeline is for all functions, and only some are asked for")
            .help("leave out `--function`, `--role` and `--bin`, or `--emit pipeline`"));
    }
    let functions: Vec<&FunctionSettings> =
        generated.functions.iter().map(|function| &function.settings).collect();
    let graph = generated.functions.iter().find_map(|function| function.graph.as_deref());
    let environment = graph.map(|graph| graph.environment().clone()).unwrap_or_default();
    let made = synthesis::pipeline(&functions, &environment, &config.pipeline, catalog);
    let (duties, findings) = made.map_err(|error| unmade(&error, "the pipeline"))?;
    let unattached = managed(generated).map(|(name, count)| {
        let policies = if count == 1 { "the managed policy" } else { "the managed policies" };
        let message = format!(
            "the duty `policy` lacks what makes and attaches {policies} of `{name}` ({count} beside the inline one)"
        );
        Finding::new(Code::PipelineIncomplete, message).help(
            "let who makes the role do that, or cover resources by a pattern of their names so that the inline policy has room for all",
        )
    });
    let findings: Vec<Finding> = findings.into_iter().chain(unattached).collect();
    generated.findings.extend(findings.into_iter().map(reported));
    generated.pipeline = Some(duties);
    Ok(())
}

/// The functions and shared roles whose inline policy has no room for all, with how many managed policies they have.
fn managed(generated: &Generated) -> impl Iterator<Item = (&str, usize)> {
    let own = generated.functions.iter().filter(|it| generated.shared_role(it).is_none());
    let of_functions =
        own.map(|it| (&*it.settings.name, it.policies.execution_role.len().saturating_sub(1)));
    let of_roles = generated
        .roles
        .iter()
        .map(|it| (&*it.name, it.policies.execution_role.len().saturating_sub(1)));
    of_functions.chain(of_roles).filter(|(_, count)| *count > 0)
}
