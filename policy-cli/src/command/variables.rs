//! Values of environment variables of the functions that binary targets are: those of `policy.toml`, then those of a template or plan.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use policy_core::calls::Variables;
use policy_core::evidence::assign::Stated;
use policy_core::evidence::{
    Declaration, DeclaredAccess, DeclaredResource, FunctionEvidence, FunctionSettings, SourceOrigin,
};

use crate::deployment::Deployment;
use crate::failure::Failure;
use crate::input::source::Declared;

/// Where values come from.
pub(super) struct Values<'a> {
    stated: &'a Stated,
    deployment: Option<RefCell<Deployment>>,
    /// What the one binary target is called in both, when it is not called by its own name.
    function: Option<&'a str>,
}

/// The functions that a binary target is, as far as its own declarations say; it may have its own name too.
pub(super) fn functions(declarations: &[Declaration], target: &str) -> BTreeSet<Box<str>> {
    let own = declarations.iter().filter(|it| it.target.as_deref() == Some(target));
    let named = own.filter_map(|it| it.function_name()).map(Into::into);
    named.chain([target.into()]).collect()
}

impl<'a> Values<'a> {
    /// What is stated comes before what a template or plan says.
    pub(super) fn new(
        stated: &'a Stated,
        deployment: Option<Deployment>,
        function: Option<&'a str>,
    ) -> Self {
        Self { stated, deployment: deployment.map(RefCell::new), function }
    }

    /// The values that each binary target of a package has. Where it is several functions, those on which they agree.
    pub(super) fn of_targets(&self, declared: &Declared) -> Variables {
        let of_target = |target: &str| {
            let mut all: BTreeMap<Box<str>, BTreeSet<Box<str>>> = BTreeMap::new();
            for function in self.functions(declared, target) {
                for (name, value) in self.of_function(&function, &BTreeSet::new()).0 {
                    all.entry(name).or_default().insert(value);
                }
            }
            let agreed = all.into_iter().filter(|(_, values)| values.len() == 1);
            let agreed = agreed
                .flat_map(|(name, values)| values.into_iter().map(move |it| (name.clone(), it)));
            (target.into(), agreed.collect())
        };
        declared.targets.iter().map(|target| of_target(target)).collect()
    }

    /// Why the template or plan does not tell the values of these variables of a binary target; nothing without one.
    pub(super) fn untold(
        &self,
        declared: &Declared,
        target: &str,
        wanted: &BTreeSet<Box<str>>,
    ) -> Vec<Failure> {
        if self.deployment.is_none() || wanted.is_empty() {
            return Vec::new();
        }
        let functions = self.functions(declared, target);
        let mut said: Vec<Vec<Failure>> =
            functions.iter().map(|function| self.of_function(function, wanted).1).collect();
        // A name under which it knows the function is enough.
        if let Some(at) = said.iter().position(Vec::is_empty) {
            return said.swap_remove(at);
        }
        said.into_iter().next().unwrap_or_default()
    }

    fn functions(&self, declared: &Declared, target: &str) -> BTreeSet<Box<str>> {
        match self.function {
            Some(function) => BTreeSet::from([function.into()]),
            None => functions(&declared.declarations, target),
        }
    }

    /// The variables of a function, and what is wrong with those that are wanted.
    fn of_function(
        &self,
        name: &str,
        wanted: &BTreeSet<Box<str>>,
    ) -> (BTreeMap<Box<str>, Box<str>>, Vec<Failure>) {
        let own = self.stated.functions.get(name);
        let mut settings = FunctionSettings { name: name.into(), ..FunctionSettings::default() };
        settings.parameters = self.stated.parameters.clone();
        if let Some(own) = own {
            settings.parameters.extend(own.parameters.clone());
            settings.configuration = own.configuration.clone();
        }
        settings.parameters.extend(self.stated.overrides.clone());
        let mut evidence = FunctionEvidence {
            settings,
            environment: self.stated.environment.clone(),
            declarations: vec![naming(wanted)],
            ..FunctionEvidence::default()
        };
        let mut untold = Vec::new();
        if let Some(deployment) = &self.deployment {
            let mut deployment = deployment.borrow_mut();
            untold = deployment.fill(&mut evidence).failures;
            // Where it is known by the name that it is deployed under.
            if let Some(deployed) = own.and_then(|own| own.function_name.as_deref()) {
                let deployed = deployed.rsplit(':').next().unwrap_or(deployed);
                evidence.settings.name = deployed.into();
                let again = deployment.fill(&mut evidence).failures;
                if again.len() < untold.len() || again.is_empty() {
                    untold = again;
                }
            }
        }
        (evidence.settings.configuration.variables, untold)
    }
}

/// A declaration that names these variables, so that the template says what it does not tell of them.
fn naming(wanted: &BTreeSet<Box<str>>) -> Declaration {
    let origin =
        SourceOrigin { package: "".into(), file: "".into(), line: 0, column: 0, item: "".into() };
    let resources = wanted.iter().map(|name| DeclaredResource::Environment {
        name: name.clone(),
        form: policy_core::evidence::EnvironmentForm::Name,
    });
    Declaration {
        package: "".into(),
        crate_name: "".into(),
        target: None,
        function: None,
        origin: origin.clone(),
        accesses: vec![DeclaredAccess {
            client: "".into(),
            names: Vec::new(),
            levels: Vec::new(),
            resources: resources.collect(),
            kms_key: None,
            owner: None,
            limits: BTreeMap::new(),
            keep: None,
            via_role: None,
            origin,
        }],
        invokers: Vec::new(),
        polls: Vec::new(),
    }
}
