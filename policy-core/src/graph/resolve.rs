//! From declared accesses to requests: which actions on which ARN patterns a declaration stands for.

use std::collections::BTreeSet;

use crate::catalog::{Action, Catalog, Operation};
use crate::evidence::{
    DeclaredAccess, DeclaredLimit, DeclaredName, DeclaredOwner, DeclaredResource, SourceOrigin,
};
use crate::finding::{Code, Finding, Place};
use crate::iam::{
    ActionName, ArnPattern, BaseOperator, ConditionBlock, ConditionKey, Operator, Pattern,
    SetQuantifier,
};

use super::complete::{Completer, Wanted, Written, complexity, pattern};
use super::encryption::{Behind, KeyUse, Keys, Untold, indirect};
use super::node::{GrantClass, Owner};
use super::ownership::{Open, open_account};

/// One action on one pattern that a declaration stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DeclaredRequest {
    pub(super) action: ActionName,
    pub(super) resource: ArnPattern,
    pub(super) class: GrantClass,
    pub(super) owner: Owner,
    /// What else a request must show.
    pub(super) limits: ConditionBlock,
    /// Whether it follows from the declaration without being written there.
    pub(super) implied: bool,
    /// Which declared access, by position.
    pub(super) access: usize,
}

/// Resolves declared accesses one by one, gathering findings.
pub(super) struct Resolver<'a> {
    catalog: &'a Catalog,
    completer: &'a Completer<'a>,
    keys: &'a Keys<'a>,
    /// Resources of which nobody says how they are encrypted.
    pub(super) untold: Untold,
    pub(super) requests: BTreeSet<DeclaredRequest>,
    pub(super) findings: Vec<Finding>,
}

/// Where a source origin points, for a finding.
pub(super) fn place(origin: &SourceOrigin) -> Place {
    Place {
        file: origin.file.clone(),
        line: Some(origin.line),
        column: Some(origin.column),
        record: None,
    }
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        catalog: &'a Catalog,
        completer: &'a Completer<'a>,
        keys: &'a Keys<'a>,
    ) -> Self {
        let (requests, findings, untold) = (BTreeSet::new(), Vec::new(), Untold::default());
        Self { catalog, completer, keys, untold, requests, findings }
    }

    /// Adds the requests of one access.
    pub(super) fn access(&mut self, position: usize, access: &DeclaredAccess) {
        let origin = &access.origin;
        if let Some(role) = &access.via_role {
            self.via_role(position, role, origin);
            return;
        }
        let mut written = Vec::new();
        for resource in &access.resources {
            match self.completer.write(resource, Some(origin)) {
                Ok(text) => written.push(text),
                Err(problem) => self.invalid(origin, problem),
            }
        }
        if written.len() < access.resources.len() {
            return;
        }
        self.wide(access);
        let Some(limits) = self.limits(access) else { return };
        let mut used = vec![false; written.len()];
        let mut takes_resources = false;
        for name in self.names(access) {
            let mut unfit = Vec::new();
            let mut fits = false;
            for (action, operations) in name {
                let Some(known) = self.catalog.action(&action) else {
                    self.unknown_action(&action, origin);
                    continue;
                };
                let action = known.name();
                if known.resource_types().next().is_none() {
                    fits = true;
                    let any = pattern("*");
                    self.add(position, &action, any, Owner::Unstated, &limits);
                    self.kms(position, access, &known, &operations, &BTreeSet::new());
                } else {
                    takes_resources = true;
                    let arns =
                        self.on_resources(position, access, &known, &written, &mut used, &limits);
                    if arns.is_empty() {
                        unfit.push(known);
                        continue;
                    }
                    fits = true;
                    self.kms(position, access, &known, &operations, &arns);
                }
            }
            // Of the actions that an operation may need, those that the resources tell are enough.
            if !fits {
                unfit.iter().for_each(|action| self.unfit(access, action, &written));
            }
        }
        // Where nothing fits, that is said already.
        if takes_resources && used.contains(&true) {
            for (i, _) in used.iter().enumerate().filter(|(_, used)| !**used) {
                let text = shown(&written[i]);
                self.invalid(origin, format!("no action of `{}` takes `{text}`", access.client));
            }
        }
    }

    /// The actions behind each name, each with the operations that were named for it.
    fn names(&mut self, access: &DeclaredAccess) -> Vec<Vec<(ActionName, Vec<Operation<'a>>)>> {
        let mut names = Vec::new();
        for name in &access.names {
            match name {
                DeclaredName::Action(action) => {
                    let operations = self.catalog.action(action).map(|a| a.operations().collect());
                    names.push(vec![(action.clone(), operations.unwrap_or_default())]);
                }
                DeclaredName::Operation(name) => {
                    let client = self.catalog.client(&access.client);
                    match client.and_then(|client| client.operation(name)) {
                        Some(operation) => names.push(self.operation(access, name, operation)),
                        None => self.invalid(
                            &access.origin,
                            format!("`{}` has no operation `{name}`", access.client),
                        ),
                    }
                }
            }
        }
        names
    }

    fn operation(
        &mut self,
        access: &DeclaredAccess,
        name: &str,
        operation: Operation<'a>,
    ) -> Vec<(ActionName, Vec<Operation<'a>>)> {
        let primary: Vec<ActionName> = operation.primary_actions().collect();
        if primary.is_empty() && !operation.needs_no_permission() {
            self.invalid(
                &access.origin,
                format!("no action is known for the operation `{name}`; write `action(\"…\")`"),
            );
        }
        if primary.len() > 1 {
            let list: Vec<String> = primary.iter().map(|a| format!("`{a}`")).collect();
            self.findings.push(
                Finding::new(
                    Code::OperationAmbiguous,
                    format!(
                        "`{name}` may need {}; those that fit the resources are granted",
                        list.join(", ")
                    ),
                )
                .at(place(&access.origin))
                .help("name the actions that the code needs with `action(\"…\")`"),
            );
        }
        primary.into_iter().map(|action| (action, vec![operation])).collect()
    }

    /// What the declaration says that its requests show; `None` when a value cannot be written.
    ///
    /// # Source
    /// Amazon DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control": `dynamodb:LeadingKeys` has a set
    /// of values, so it is asked for with `ForAllValues`, which a request without the key satisfies too; hence `Null`.
    fn limits(&mut self, access: &DeclaredAccess) -> Option<ConditionBlock> {
        let mut block = ConditionBlock::default();
        for (limit, values) in &access.limits {
            let filled: Result<Vec<String>, String> = values
                .iter()
                .map(|value| self.completer.fill(value, Some(&access.origin)))
                .collect();
            let filled = match filled {
                Ok(filled) => filled,
                Err(problem) => {
                    self.invalid(&access.origin, problem);
                    return None;
                }
            };
            let is_literal = |value: &String| Pattern::parse(value, true).as_literal().is_some();
            let base = match filled.iter().all(is_literal) {
                true => BaseOperator::StringEquals,
                false => BaseOperator::StringLike,
            };
            let of_set = *limit == DeclaredLimit::LeadingKeys;
            let quantifier = of_set.then_some(SetQuantifier::ForAllValues);
            let operator = Operator { quantifier, base, if_exists: false };
            block.insert(operator, ConditionKey::new(limit.key()), filled);
            if of_set {
                block = block.with(BaseOperator::Null, limit.key(), "false");
            }
        }
        Some(block)
    }

    /// What makes a declaration wide: an access level, any resource.
    fn wide(&mut self, access: &DeclaredAccess) {
        let levels: Vec<String> =
            access.levels.iter().map(|l| l.as_str().to_ascii_lowercase()).collect();
        let mut say = |message: String| {
            self.findings
                .push(Finding::new(Code::WideDeclaration, message).at(place(&access.origin)));
        };
        if !levels.is_empty() {
            let list = levels.join("`, `");
            say(format!(
                "`{list}` stands for {} actions of `{}`",
                access.names.len(),
                access.client
            ));
        }
        for resource in &access.resources {
            if let DeclaredResource::Any { reason } = resource {
                say(format!("`{}` is declared on any resource: {reason}", access.client));
            }
        }
        if let Some(DeclaredOwner::Any { reason }) = &access.owner {
            say(format!("`{}` is declared for resources of any account: {reason}", access.client));
        }
    }

    /// Adds the resources that fit one of the action's resource types, and gives them.
    fn on_resources(
        &mut self,
        position: usize,
        access: &DeclaredAccess,
        action: &Action<'a>,
        written: &[Written],
        used: &mut [bool],
        limits: &ConditionBlock,
    ) -> BTreeSet<String> {
        let mut fitting = BTreeSet::new();
        for (i, text) in written.iter().enumerate() {
            for arn in self.candidates(access, action, text) {
                used[i] = true;
                let name = action.name();
                let owner = self.owner(&name, &arn, access);
                self.add(position, &name, pattern(&arn), owner, limits);
                fitting.insert(arn);
            }
        }
        fitting
    }

    fn unfit(&mut self, access: &DeclaredAccess, action: &Action<'a>, written: &[Written]) {
        let types: BTreeSet<String> = action
            .resource_types()
            .flat_map(|r| {
                r.resource_type.arn_formats().map(|f| format!("`{f}`")).collect::<Vec<_>>()
            })
            .collect();
        let types: Vec<String> = types.into_iter().collect();
        let shown: Vec<String> = written.iter().map(|w| format!("`{}`", shown(w))).collect();
        let what = match shown.as_slice() {
            [] => "no resource is given".to_owned(),
            [one] => format!("{one} is none"),
            several => format!("none of {} is one", several.join(", ")),
        };
        let (name, types) = (action.name(), types.join(" or "));
        self.invalid(
            &access.origin,
            format!("`{name}` needs a resource of the form {types}; {what}"),
        );
    }

    /// The ARN patterns that `written` can be for `action`, sorted, each once.
    fn candidates(
        &self,
        access: &DeclaredAccess,
        action: &Action<'a>,
        written: &Written,
    ) -> BTreeSet<String> {
        if *written == Written::Any {
            return BTreeSet::from(["*".to_owned()]);
        }
        let types: Vec<_> = action.resource_types().collect();
        // A bare name is for the resource that has little else: a table, not the indexes of a table;
        // a bucket, not an access point.
        let is_required = types.iter().any(|t| t.required);
        let simplest = types
            .iter()
            .filter(|t| t.required || !is_required)
            .flat_map(|t| t.resource_type.arn_formats().map(complexity))
            .min();
        let mut candidates = BTreeSet::new();
        for kind in types {
            for format in kind.resource_type.arn_formats() {
                if matches!(written, Written::Name(_)) && Some(complexity(format)) != simplest {
                    continue;
                }
                let owner = access.owner.as_ref();
                let Some(arn) = self.completer.complete(written, format, owner, None) else {
                    continue;
                };
                if !kind.resource_type.matches(&arn) {
                    continue;
                }
                let text = shown(written);
                let wanted = Wanted { text: &text, origin: Some(&access.origin) };
                candidates.extend(self.completer.complete(written, format, owner, Some(wanted)));
            }
        }
        candidates
    }

    /// Who owns what `arn` names, as far as a condition has to say it.
    fn owner(&self, action: &ActionName, arn: &str, access: &DeclaredAccess) -> Owner {
        let wanted = Wanted { text: arn, origin: Some(&access.origin) };
        match (&access.owner, open_account(action, arn)) {
            (_, Open::No) => Owner::Unstated,
            (Some(DeclaredOwner::Account(id)), _) => Owner::Account(id.clone()),
            (Some(DeclaredOwner::Any { .. }), _) => Owner::Anyone,
            (None, Open::Unnamed) => {
                self.completer.account(wanted).parse().map_or(Owner::Unstated, Owner::Assumed)
            }
            (None, Open::Wildcard) => Owner::Unstated,
        }
    }

    /// The keys behind `resources`: what the named operations need from KMS, through their service.
    fn kms(
        &mut self,
        position: usize,
        access: &DeclaredAccess,
        action: &Action<'a>,
        operations: &[Operation<'a>],
        resources: &BTreeSet<String>,
    ) {
        let Some(key) = &access.kms_key else {
            if indirect(operations).is_empty() {
                return;
            }
            for resource in resources {
                match self.keys.behind(resource) {
                    Behind::Unknown => self.untold.add(operations, resource),
                    Behind::Keys(keys) => {
                        let keys = keys.iter();
                        let used = keys.flat_map(|key| {
                            self.keys.uses(operations, resource, key, self.completer)
                        });
                        for used in used.collect::<BTreeSet<KeyUse>>() {
                            self.add_implied(position, used);
                        }
                    }
                }
            }
            return;
        };
        let origin = &access.origin;
        let written = match self.completer.write(key, Some(origin)) {
            Ok(written) => written,
            Err(problem) => return self.invalid(origin, problem),
        };
        let indirect = indirect(operations);
        if indirect.is_empty() {
            self.findings.push(
                Finding::new(
                    Code::DeclarationInvalid,
                    format!("`{}` is not known to use a KMS key for the caller", action.name()),
                )
                .at(place(origin))
                .help("leave out `kms_key`, or declare the KMS action on its own"),
            );
        }
        for (kms_action, _) in indirect {
            let Some(known) = self.catalog.action(&kms_action) else { continue };
            let candidates = self.candidates(access, &known, &written);
            if candidates.is_empty() {
                self.invalid(
                    origin,
                    format!(
                        "`kms_key = \"{}\"` names no key; write `key/KEY-ID` or the key's ARN (an alias is no resource of `{kms_action}`)",
                        shown(&written)
                    ),
                );
            }
            let nothing = BTreeSet::from([String::new()]);
            for arn in candidates {
                for resource in if resources.is_empty() { &nothing } else { resources } {
                    let uses = self.keys.uses(operations, resource, &pattern(&arn), self.completer);
                    for used in uses.into_iter().filter(|used| used.action == known.name()) {
                        self.add_implied(position, used);
                    }
                }
            }
        }
    }

    /// The client uses another role: this function only assumes it.
    fn via_role(&mut self, position: usize, role: &str, origin: &SourceOrigin) {
        let filled = match self.completer.fill(role, Some(origin)) {
            Ok(filled) => filled,
            Err(problem) => return self.invalid(origin, problem),
        };
        let Ok(action) = "sts:AssumeRole".parse::<ActionName>() else { return };
        if filled.parse::<crate::iam::RoleArn>().is_err() {
            return self.invalid(origin, format!("`via_role = \"{filled}\"` is no role ARN"));
        }
        let limits = ConditionBlock::default();
        self.add(position, &action, pattern(&filled), Owner::Unstated, &limits);
    }

    fn add(
        &mut self,
        access: usize,
        action: &ActionName,
        resource: ArnPattern,
        owner: Owner,
        limits: &ConditionBlock,
    ) {
        let (action, limits) = (action.clone(), limits.clone());
        let (class, implied) = (GrantClass::Code, false);
        let request = DeclaredRequest { action, resource, class, owner, limits, implied, access };
        self.requests.insert(request);
    }

    fn add_implied(&mut self, access: usize, used: KeyUse) {
        let KeyUse { action, key: resource, class, limits } = used;
        let (owner, implied) = (Owner::Unstated, true);
        let request = DeclaredRequest { action, resource, class, owner, limits, implied, access };
        self.requests.insert(request);
    }

    fn invalid(&mut self, origin: &SourceOrigin, message: String) {
        let finding = Finding::new(Code::DeclarationInvalid, message).at(place(origin));
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn unknown_action(&mut self, action: &ActionName, origin: &SourceOrigin) {
        let nearest = self.catalog.nearest_action(action.service(), action.name());
        let mut finding = Finding::new(
            Code::ActionUnknown,
            format!("`{action}` is not an action of the catalog of {}", self.catalog.date()),
        )
        .at(place(origin));
        if let Some(nearest) = nearest {
            finding = finding.help(format!("did you mean `{nearest}`?"));
        }
        self.findings.push(finding);
    }
}

fn shown(written: &Written) -> String {
    match written {
        Written::Arn(text) | Written::Tail(text) | Written::Name(text) => text.clone(),
        Written::Any => "*".to_owned(),
    }
}
