//! Everything that was found, in order: raw calls with their places, binaries and resources.

use crate::evidence::{
    CallPlace, Confidence, DeclaredName, ReachableCall, ReachableResource, SourceOrigin,
    UnknownCalls,
};

use super::facts::{Facts, RawCall, What};
use super::program::Program;
use super::reach::Reached;
use super::resources::in_url;
use super::sdk::{self, Extension};
use super::types::FunctionId;
use super::values::Solver;
use super::{CallKind, Found, FoundCall, MadeClient, Variables};

/// What is known of the crates of a build.
pub(super) struct Analysis<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    pub(super) facts: &'p Facts,
    pub(super) reached: &'p Reached,
}

impl Analysis<'_, '_> {
    /// Everything that was found, in order; with `binary` what that one reaches, and what may be hidden anywhere.
    pub(super) fn found(&self, variables: &Variables, binary: Option<&str>) -> Found {
        let Self { program, facts, reached } = *self;
        let solver = Solver::new(program, facts, variables);
        let mut found = Found::default();
        let is_meant = |function: FunctionId| {
            binary.is_none_or(|binary| reached.binaries(function).iter().any(|it| **it == *binary))
        };
        let look = |function: FunctionId| match binary {
            Some(binary) => solver.look(&[binary.into()]),
            None => solver.look(&reached.binaries(function)),
        };
        let is_made = |call: &RawCall| facts.calls.iter().any(|made| made.what == call.what);
        let passed_on = facts.passed_on.iter().filter(|call| !is_made(call));
        for call in facts.calls.iter().chain(passed_on).filter(|call| is_meant(call.function)) {
            look(call.function);
            solver.add(call, reached, &mut found);
        }
        solver.extensions(reached, &is_meant, &mut found);
        for hidden in &facts.hidden {
            found.unknown.push(UnknownCalls {
                place: format!("{}:{}", hidden.file, hidden.line).into(),
                client: hidden.client.as_deref().map(Into::into),
                reason: hidden.reason.as_str().into(),
            });
        }
        for (function, at, client) in facts.clients.iter().filter(|(it, ..)| is_meant(*it)) {
            let place = solver.place(*function, *at, reached);
            if let CallPlace::Source { origin, binaries } = place {
                let client = (&**client).into();
                found.clients.push(MadeClient { client, origin, binaries });
            }
        }
        found.clients.sort();
        found.calls.sort_by(|a, b| order(a).cmp(&order(b)));
        found.calls.dedup();
        found.unknown.sort();
        found.unknown.dedup();
        found
    }
}

/// By place first, as a reader goes through the files.
fn order(found: &FoundCall) -> impl Ord + '_ {
    let place = match &found.call.place {
        CallPlace::Source { origin, .. } => Some((&origin.file, origin.line, origin.column)),
        CallPlace::Binary { .. } => None,
    };
    (place, found)
}

impl Solver<'_, '_> {
    fn place(&self, function: FunctionId, at: (u32, u32), reached: &Reached) -> CallPlace {
        let owner = &self.program.functions[function.0];
        CallPlace::Source {
            origin: SourceOrigin {
                package: self.program.crates[owner.crate_index].package.clone(),
                file: owner.file.into(),
                line: at.0,
                column: at.1,
                item: self.program.enclosing(function).into(),
            },
            binaries: reached.binaries(function),
        }
    }

    fn add(&self, raw: &RawCall, reached: &Reached, found: &mut Found) {
        let place = self.place(raw.function, (raw.line, raw.column), reached);
        let sure = if raw.is_sure { Confidence::Certain } else { Confidence::Likely };
        let mut add = |client: &str, name: DeclaredName, confidence, resource| {
            let call = ReachableCall {
                client: client.into(),
                name,
                place: place.clone(),
                confidence,
                resource,
            };
            found.calls.push(FoundCall { call, kind: raw.kind });
        };
        match &raw.what {
            What::Operation(client, name) => {
                let confidence = match raw.kind {
                    CallKind::HandedOver => Confidence::Likely,
                    _ => sure,
                };
                let resource = self.resource_of(client, name, raw);
                add(client, DeclaredName::Operation(name.as_str().into()), confidence, resource);
            }
            What::OneOf(candidates) if raw.is_sent => {
                let confidence = match candidates.len() {
                    1 => Confidence::Likely,
                    _ => Confidence::Ambiguous,
                };
                for (client, name) in candidates {
                    let resource = self.resource_of(client, name, raw);
                    let name = DeclaredName::Operation(name.as_str().into());
                    add(client, name, confidence, resource);
                }
            }
            What::OneOf(_) => {}
            What::Action(client, action) => {
                let Ok(action) = action.parse() else { return };
                let reason = "the token that is made does not name the resource".into();
                add(
                    client,
                    DeclaredName::Action(action),
                    sure,
                    ReachableResource::Unknown { reason },
                );
            }
            What::NoOperation(client, method) if raw.is_sent => {
                let file = self.program.functions[raw.function.0].file;
                found.unknown.push(UnknownCalls {
                    place: format!("{file}:{}", raw.line).into(),
                    client: Some((&**client).into()),
                    reason: format!(
                        "the catalog knows no operation of `{}{client}` for the method `{method}`",
                        sdk::CRATE_PREFIX
                    )
                    .into(),
                });
            }
            What::NoOperation(..) => {}
        }
    }

    /// Calls behind HTTP to an extension.
    fn extensions(
        &self,
        reached: &Reached,
        is_meant: &dyn Fn(FunctionId) -> bool,
        found: &mut Found,
    ) {
        let has = |wanted: &[Extension]| {
            self.facts.extensions.iter().any(|(_, _, extension, _)| wanted.contains(extension))
        };
        let configuration: &[_] = &[
            ("appconfigdata", "GetLatestConfiguration"),
            ("appconfigdata", "StartConfigurationSession"),
        ];
        let extensions = self.facts.extensions.iter();
        for (function, at, extension, text) in extensions.filter(|(it, ..)| is_meant(*it)) {
            let (calls, confidence): (&[_], _) = match extension {
                Extension::Secret => (&[("secretsmanager", "GetSecretValue")], Confidence::Certain),
                Extension::Parameter => (&[("ssm", "GetParameter")], Confidence::Certain),
                Extension::Configuration => (configuration, Confidence::Certain),
                Extension::ConfigurationHost if has(&[Extension::Configuration]) => continue,
                Extension::ConfigurationHost => (configuration, Confidence::Likely),
                Extension::SecretHost if has(&[Extension::Secret, Extension::Parameter]) => {
                    continue;
                }
                Extension::SecretHost => (
                    &[("secretsmanager", "GetSecretValue"), ("ssm", "GetParameter")],
                    Confidence::Ambiguous,
                ),
            };
            for (client, name) in calls {
                let call = ReachableCall {
                    client: (*client).into(),
                    name: DeclaredName::Operation((*name).into()),
                    place: self.place(*function, *at, reached),
                    confidence,
                    resource: in_url(text, *extension),
                };
                found.calls.push(FoundCall { call, kind: CallKind::Extension });
            }
        }
    }
}
