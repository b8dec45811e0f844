//! The calls in sources that declare something, given to the functions that the declarations name.
//!
//! A call that is found can be made. One that is not found proves nothing, for dependencies from registries are not read.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::calls::Found;
use policy_core::catalog::Catalog;
use policy_core::evidence::assign::FromCode;
use policy_core::evidence::covered::DeclaredNames;
use policy_core::evidence::{Confidence, Declaration, Reachable};
use policy_core::finding::{Code, Finding};

use crate::command::scan::place;
use crate::config::Config;
use crate::input::source::Declared;

/// Adds what the binary targets of a package can call to their functions. Of a target that is no declared function it says
/// which of its calls nobody declares.
pub(super) fn add(
    declared: &Declared,
    found: BTreeMap<Box<str>, Found>,
    config: &Config,
    catalog: &Catalog,
    code: &mut FromCode,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (target, found) in found {
        let functions = functions(&declared.declarations, &target, declared.targets.len(), config);
        if functions.is_empty() {
            findings.extend(of_no_function(&target, &found, &declared.declarations, catalog));
        }
        for function in functions {
            join(code, function, reachable(found.clone()));
        }
    }
    findings
}

/// What a binary target can call, as far as its source tells.
pub(super) fn reachable(found: Found) -> Reachable {
    let calls = found.calls.into_iter().map(|it| it.call).collect();
    Reachable { calls, is_open: true, ..Reachable::default() }
}

/// Adds what a function can call.
pub(super) fn join(code: &mut FromCode, function: Box<str>, reachable: Reachable) {
    match code.reachable.get_mut(&function) {
        Some(known) => known.join(reachable),
        None => _ = code.reachable.insert(function, reachable),
    }
}

/// The declared functions that a binary target is: those of its own declarations, else the one with its name, else the only one of
/// the only target.
fn functions(
    declarations: &[Declaration],
    target: &str,
    targets: usize,
    config: &Config,
) -> BTreeSet<Box<str>> {
    let named = |it: &Declaration| it.function_name().map(Box::<str>::from);
    let own = declarations.iter().filter(|it| it.target.as_deref() == Some(target));
    let own: BTreeSet<Box<str>> = own.filter_map(named).collect();
    if !own.is_empty() {
        return own;
    }
    let is_claimed = |claims: &[Box<str>]| {
        declarations.iter().any(|it| it.function_name().is_none() && claims.contains(&it.package))
    };
    let claiming = config.functions.iter().filter(|(_, stated)| is_claimed(&stated.claims));
    let claiming = claiming.map(|(name, _)| name.clone());
    let all: BTreeSet<Box<str>> = declarations.iter().filter_map(named).chain(claiming).collect();
    match (all.contains(target), all.len(), targets) {
        (true, ..) => BTreeSet::from([target.into()]),
        (false, 1, 1) => all,
        _ => BTreeSet::new(),
    }
}

/// Calls of a binary target that no declaration is for, as far as nothing in the package declares them.
fn of_no_function(
    target: &str,
    found: &Found,
    declarations: &[Declaration],
    catalog: &Catalog,
) -> Option<Finding> {
    let accesses = declarations.iter().flat_map(|declaration| &declaration.accesses);
    let declared = DeclaredNames::of(accesses, catalog);
    let missing: Vec<_> = found
        .calls
        .iter()
        .map(|it| &it.call)
        .filter(|it| it.confidence != Confidence::Ambiguous && !declared.cover(it, catalog))
        .collect();
    let names: BTreeSet<String> =
        missing.iter().map(|it| format!("`{}({})`", it.client, it.name())).collect();
    let first = missing.first()?;
    let list: Vec<String> = names.into_iter().collect();
    let (is, it) = if list.len() == 1 { ("is", "it") } else { ("are", "them") };
    let message = format!(
        "binary target `{target}` can call {}, which {is} not declared; no declaration is for a function `{target}`, so nothing is granted for {it}",
        list.join(", ")
    );
    let help = format!(
        "declare {it} for `{target}`; where the function has another name, write `function = \"…\"` in the declaration"
    );
    Some(Finding::new(Code::ReachableNotDeclared, message).at(place(first)).help(help))
}
