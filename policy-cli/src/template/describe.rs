//! One function of a template, with all that the template says of it.
//!
//! Who it is and what is said beside the function is here; needs are in `platform`, events in `events`, resources that are about
//! a function in `beside`, keys, which are the same for all functions, in `encryption`. Whatever is neither understood nor known to ask nothing of a role becomes a finding
//! at its place.

use std::sync::Arc;

use policy_core::evidence::assign::RoleSelector;
use policy_core::evidence::{NeedKind, SettingName, SettingNeed, SettingOrigin, SettingPoll};
use policy_core::finding::{Code, Finding};

use super::node::{Kind, Node};
use super::value::{Unknown, Unmade, Values};
use super::{SAM_FUNCTION, Template, beside, events, platform};
use crate::deployment::{Context, Described, Invoked};

/// Properties that are read, of functions of both types.
const READ: &[&str] = &[
    "AutoPublishAlias",
    "CodeSigningConfigArn",
    "DeadLetterConfig",
    "DeadLetterQueue",
    "DurableConfig",
    "Environment",
    "EventInvokeConfig",
    "Events",
    "FileSystemConfigs",
    "FunctionName",
    "FunctionUrlConfig",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "Policies",
    "Role",
    "SourceKMSKeyArn",
    "Tracing",
    "TracingConfig",
    "VpcConfig",
];

/// Properties that ask nothing of the role: what runs and how much of it; what the deployment, not the function, needs.
///
/// # Source
/// AWS CloudFormation User Guide, "AWS::Lambda::Function"; AWS SAM Developer Guide, "AWS::Serverless::Function".
const ASKS_NOTHING: &[&str] = &[
    "Architectures",
    "AssumeRolePolicyDocument",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "CapacityProviderConfig",
    "Code",
    "CodeUri",
    "DeploymentPreference",
    "Description",
    "EphemeralStorage",
    "FunctionScalingConfig",
    "Handler",
    "ImageConfig",
    "ImageUri",
    "InlineCode",
    "MemorySize",
    "PackageType",
    "PermissionsBoundary",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "PublishToLatestPublished",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "RolePath",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "Tags",
    "TenancyConfig",
    "Timeout",
    "VersionDeletionPolicy",
    "VersionDescription",
];

/// A function being read.
pub(super) struct Describer<'t> {
    pub(super) template: &'t Template,
    pub(super) values: Values<'t>,
    pub(super) id: &'t str,
    pub(super) resource: &'t Node,
    pub(super) is_sam: bool,
    pub(super) out: Described,
}

impl Template {
    /// Who the function of that id is: its name, its role and who else has that.
    pub(crate) fn identify(&self, id: &str, context: &Context) -> Described {
        let Some(mut describer) = self.describer(id, context) else { return Described::default() };
        describer.identity();
        describer.out
    }

    fn describer<'t>(&'t self, id: &str, context: &'t Context) -> Option<Describer<'t>> {
        let values = self.values(context, self.unmade);
        let at = self.root.get("Resources")?.place_of(id)?;
        let (id, resource) = self.resources_written().get(at)?;
        let is_sam = resource.get("Type").and_then(Node::text) == Some(SAM_FUNCTION);
        let out = Described::default();
        Some(Describer { template: self, values, id, resource, is_sam, out })
    }

    /// What is said of the function of that id.
    pub(crate) fn describe(&self, id: &str, context: &Context) -> Described {
        let Some(mut describer) = self.describer(id, context) else { return Described::default() };
        describer.identity();
        describer.variables();
        platform::read(&mut describer);
        events::read(&mut describer);
        beside::read(&mut describer);
        describer.out.configuration.encryption_beside = Arc::clone(&self.index.encryption);
        describer.granted_by_hand();
        describer.not_understood();
        let mut out = describer.out;
        out.findings.sort();
        out.findings.dedup();
        out
    }
}

impl<'t> Describer<'t> {
    /// A property, with what SAM says for all functions where the function says nothing.
    pub(super) fn property(&mut self, name: &str) -> Option<&'t Node> {
        let (resource, values, root) = (self.resource, self.values, self.values.root);
        let own =
            self.value(&["Properties", name], values.property(resource, &["Properties", name]));
        let of_all = &["Globals", "Function", name];
        own.or_else(|| {
            let is_said = resource.at(&["Properties", name]).is_some();
            if !self.is_sam || is_said {
                return None;
            }
            self.value(of_all, values.property(root, of_all))
        })
    }

    /// Part of a value that is there.
    pub(super) fn part(&mut self, of: &'t Node, keys: &[&str]) -> Option<&'t Node> {
        let found = self.values.property(of, keys);
        if let Err(reason) = &found {
            self.unknown(of, &keys.join("."), reason);
        }
        found.ok().flatten()
    }

    fn value(
        &mut self,
        path: &[&str],
        found: Result<Option<&'t Node>, Unknown>,
    ) -> Option<&'t Node> {
        if let Err(reason) = &found {
            self.unknown(self.resource, &path.join("."), reason);
        }
        found.ok().flatten()
    }

    /// The text of a value; where it is not told, that is a finding.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        match self.values.text(node) {
            Ok(text) => Some(text),
            Err(reason) => {
                self.unknown(node, what, &reason);
                None
            }
        }
    }

    /// The same for something in whose ARN a wildcard may stand for what only the deployment tells.
    pub(super) fn pattern(&mut self, node: &Node, what: &str) -> Option<String> {
        let unmade = match self.values.unmade {
            Unmade::Unknown => Unmade::Wildcard,
            unmade => unmade,
        };
        match (Values { unmade, ..self.values }).text(node) {
            Ok(text) => Some(text),
            Err(reason) => {
                self.unknown(node, what, &reason);
                None
            }
        }
    }

    /// The text of a part, where that is there.
    pub(super) fn text_at(&mut self, of: &'t Node, keys: &[&str]) -> Option<String> {
        let node = self.part(of, keys)?;
        self.text(node, &keys.join("."))
    }

    /// The entries of a list; one value counts as a list of it.
    pub(super) fn items(&mut self, node: &'t Node) -> Vec<&'t Node> {
        let Kind::List(items) = &node.kind else { return vec![node] };
        let chosen = items.iter().filter_map(|item| match self.values.chosen(item) {
            Ok(chosen) => chosen.map(Ok),
            Err(reason) => Some(Err((item, reason))),
        });
        let chosen: Vec<Result<&Node, (&Node, Unknown)>> = chosen.collect();
        let mut known = Vec::new();
        for item in chosen {
            match item {
                Ok(item) => known.push(item),
                Err((item, reason)) => self.unknown(item, "an entry", &reason),
            }
        }
        known
    }

    /// That something is not told or not understood.
    pub(super) fn unknown(&mut self, node: &Node, what: &str, reason: &str) {
        let message = format!("`{what}` of `{}` is not known: {reason}", self.id);
        self.out
            .findings
            .push(Finding::new(Code::SettingUnknown, message).at(node.place(&self.template.file)));
    }

    /// Where a value of the function is written.
    pub(super) fn origin(&self, node: &Node, path: &str) -> SettingOrigin {
        self.origin_of(node, &format!("Resources.{}.Properties.{path}", self.id))
    }

    /// Where any value is written.
    pub(super) fn origin_of(&self, node: &Node, path: &str) -> SettingOrigin {
        SettingOrigin {
            source: crate::failure::shown(&self.template.file).into(),
            path: path.into(),
            line: Some(node.line),
            column: Some(node.column),
        }
    }

    /// Keeps where a setting of one value is written.
    pub(super) fn told(&mut self, setting: SettingName, node: &Node, path: &str) {
        let origin = self.origin(node, path);
        self.out.configuration.told(setting, origin);
    }

    pub(super) fn need(&mut self, kind: NeedKind, on: String, origin: SettingOrigin) {
        let need = SettingNeed { kind, on: on.into(), origin };
        if !self.out.configuration.needs.contains(&need) {
            self.out.configuration.needs.push(need);
        }
    }

    pub(super) fn invoker(&mut self, invoked: Invoked, origin: SettingOrigin) {
        self.out.configuration.invokers.push(invoked.setting(origin));
    }

    pub(super) fn poll(&mut self, poll: SettingPoll) {
        self.out.configuration.polls.push(poll);
    }

    fn identity(&mut self) {
        if let Some(name) = self.property("FunctionName") {
            // Without it the name is unknown, as of most functions: `function-name-assumed` says so.
            if let Ok(name) = self.values.text(name) {
                let name = name.split(":function:").last().unwrap_or_default();
                self.out.function_name = Some(name.into());
            }
        } else if self.values.unmade == Unmade::StandIn {
            self.out.function_name = self.values.expression(self.id).ok().map(Into::into);
        }
        self.out.role_functions = self.template.role_functions(self.id);
        self.out.role_is_shared = self.template.shares_role(self.id);
        if let Some(role) = self.property("Role")
            && let Ok(text) = self.values.text(role)
        {
            self.out.role = RoleSelector::parse(&text).ok();
        }
        if let Some(role) = self.template.role_of(self.id) {
            self.trusted(role);
        }
    }

    /// Whom the template's own role of the function lets assume it.
    fn trusted(&mut self, role: &'t Node) {
        let keys = ["Properties", "AssumeRolePolicyDocument", "Statement"];
        let Some(statements) = self.part(role, &keys) else { return };
        for statement in self.items(statements) {
            let Some(principal) = self.part(statement, &["Principal"]) else { continue };
            for (kind, who) in principal.map() {
                for node in self.items(who) {
                    let Ok(who) = self.values.text(node) else { continue };
                    match (&**kind, &*who) {
                        ("Service", "lambda.amazonaws.com") => {}
                        ("Service", "edgelambda.amazonaws.com") => {
                            self.out.configuration.is_edge = Some(true);
                            let mut all = self.template.resources_written().iter();
                            let own = all.find(|(_, written)| std::ptr::eq(written, role));
                            let id = own.map(|(id, _)| id.as_str()).unwrap_or_default();
                            let path = format!("Resources.{id}.{}", keys.join("."));
                            let origin = self.origin_of(node, &path);
                            self.out.configuration.told(SettingName::Edge, origin);
                        }
                        _ => self.out.role_is_shared = true,
                    }
                }
            }
        }
    }

    fn variables(&mut self) {
        let keys = ["Properties", "Environment", "Variables"];
        let of_all = ["Globals", "Function", "Environment", "Variables"];
        let own = self.resource.at(&keys).into_iter();
        // Only the functions of SAM have what is said for all.
        let of_all = self.values.root.at(&of_all).filter(|_| self.is_sam);
        let mut seen = std::collections::BTreeSet::new();
        for (name, node) in own.chain(of_all).flat_map(Node::map) {
            // A function's own value hides the one for all functions, also where it is not known.
            if !seen.insert(name) {
                continue;
            }
            match self.values.text(node) {
                Ok(value) => {
                    let path = format!("Environment.Variables.{name}");
                    self.told(SettingName::Variable((&**name).into()), node, &path);
                    let variables = &mut self.out.configuration.variables;
                    variables.insert((&**name).into(), value.into());
                }
                Err(reason) => {
                    let place = node.place(&self.template.file);
                    self.out.unknown_variables.insert((&**name).into(), (place, reason));
                }
            }
        }
    }

    /// Policies that somebody attached: what was granted, not what is needed.
    fn granted_by_hand(&mut self) {
        let mut granted: Vec<&Node> = self.property("Policies").into_iter().collect();
        if let Some(role) = self.template.role_of(self.id) {
            let of_role = ["Policies", "ManagedPolicyArns"].map(|name| ["Properties", name]);
            granted.extend(of_role.iter().filter_map(|keys| role.at(keys)));
        }
        for node in granted {
            let count = match &node.kind {
                Kind::List(items) => items.len(),
                _ => 1,
            };
            let plural = if count == 1 { "policy is" } else { "policies are" };
            let message = format!(
                "{count} {plural} attached to `{}` by hand: what somebody granted is no evidence of what is needed, so nothing follows from it",
                self.id
            );
            let finding = Finding::new(Code::GrantedByHand, message);
            self.out.findings.push(finding.at(node.place(&self.template.file)));
        }
    }

    fn not_understood(&mut self) {
        let own = self.resource.get("Properties").map(Node::map).unwrap_or_default();
        let of_all = self.values.root.at(&["Globals", "Function"]).filter(|_| self.is_sam);
        for (name, node) in own.iter().chain(of_all.map(Node::map).unwrap_or_default()) {
            if !READ.contains(&&**name) && !ASKS_NOTHING.contains(&&**name) {
                self.unknown(node, name, "this property is not understood");
            }
        }
    }
}
