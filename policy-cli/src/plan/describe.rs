//! One function of a plan, with all that the plan says of it.

use std::sync::Arc;

use policy_core::evidence::assign::RoleSelector;
use policy_core::evidence::{NeedKind, SettingName, SettingNeed};
use policy_core::finding::{Code, Finding};
use serde_json::Value;

use super::read::{Resource, Values, at, list};
use super::{Plan, beside};
use crate::deployment::{Context, Described};
use crate::failure::in_file;

/// Arguments that are read, and those that ask nothing of the role.
///
/// # Source
/// Terraform AWS provider, "aws_lambda_function".
const KNOWN: &[&str] = &[
    "architectures",
    "arn",
    "capacity_provider_config",
    "code_sha256",
    "code_signing_config_arn",
    "dead_letter_config",
    "description",
    "durable_config",
    "environment",
    "ephemeral_storage",
    "file_system_config",
    "filename",
    "function_name",
    "handler",
    "id",
    "image_config",
    "image_uri",
    "invoke_arn",
    "kms_key_arn",
    "last_modified",
    "layers",
    "logging_config",
    "memory_size",
    "package_type",
    "publish",
    "publish_to",
    "qualified_arn",
    "qualified_invoke_arn",
    "region",
    "replace_security_groups_on_destroy",
    "replacement_security_group_ids",
    "reserved_concurrent_executions",
    "response_streaming_invoke_arn",
    "role",
    "runtime",
    "s3_bucket",
    "s3_key",
    "s3_object_version",
    "signing_job_arn",
    "signing_profile_version_arn",
    "skip_destroy",
    "snap_start",
    "source_code_hash",
    "source_code_size",
    "source_kms_key_arn",
    "tags",
    "tags_all",
    "tenancy_config",
    "timeout",
    "timeouts",
    "tracing_config",
    "version",
    "vpc_config",
];

/// Layers that say what they need, by part of their name.
const LAYERS: &[(&str, NeedKind)] = &[
    ("AWSOpenTelemetryDistro", NeedKind::ApplicationSignals),
    ("LambdaInsightsExtension", NeedKind::Insights),
];

/// Layers that fetch what no plan names, with the key of `policy.toml` that does.
const FETCHING: &[(&str, &str)] = &[
    ("AWS-AppConfig-Extension", "extensions.appconfig"),
    ("AWS-Parameters-and-Secrets-Lambda-Extension", "extensions.secrets"),
];

/// A function being read.
pub(super) struct Describer<'p> {
    pub(super) values: Values<'p>,
    pub(super) address: &'p str,
    pub(super) function: &'p Resource,
    pub(super) out: Described,
}

impl Plan {
    /// Who the function of that address is: its name, its role and who else has that.
    pub(crate) fn identify(&self, address: &str, context: &Context) -> Described {
        let Some(mut describer) = self.describer(address, context) else {
            return Described::default();
        };
        describer.identity();
        describer.role();
        describer.out
    }

    fn unknown(&self, what: &str, reason: &str) -> Finding {
        let message = format!("`{what}` is not known: {reason}");
        Finding::new(Code::SettingUnknown, message).at(in_file(&self.file))
    }

    /// What is not known of the plan as a whole: the keys of resources, whichever function uses them.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let unknown = self.index.unknown_keys.iter();
        unknown
            .map(|(address, reason)| self.unknown(&format!("the key of {address}"), reason))
            .collect()
    }

    fn describer<'p>(&'p self, address: &str, context: &'p Context) -> Option<Describer<'p>> {
        let (address, function) = self.resources.get_key_value(address)?;
        let values = Values { plan: self, context };
        Some(Describer { values, address, function, out: Described::default() })
    }

    /// What is said of the function of that address.
    pub(crate) fn describe(&self, address: &str, context: &Context) -> Described {
        let Some(mut describer) = self.describer(address, context) else {
            return Described::default();
        };
        describer.identity();
        describer.variables();
        describer.needs();
        beside::read(&mut describer);
        describer.out.configuration.encryption_beside = Arc::clone(&self.index.encryption);
        describer.role();
        describer.not_understood();
        let mut out = describer.out;
        out.findings.sort();
        out.findings.dedup();
        out
    }
}

impl Describer<'_> {
    /// A text of the function; where it is not told, that is a finding.
    pub(super) fn text(&mut self, path: &str) -> Option<String> {
        self.text_of(self.address, path)
    }

    /// A text of any resource.
    pub(super) fn text_of(&mut self, address: &str, path: &str) -> Option<String> {
        match self.values.text(address, path) {
            Ok(text) => text.filter(|text| !text.is_empty()),
            Err(reason) => {
                self.unknown(&format!("{address}.{path}"), &reason);
                None
            }
        }
    }

    /// That something is not told or not understood.
    pub(super) fn unknown(&mut self, what: &str, reason: &str) {
        self.out.findings.push(self.values.plan.unknown(what, reason));
    }

    /// Keeps where a setting of one value is written, under `path` of the function.
    fn told(&mut self, setting: SettingName, path: &str) {
        let origin = self.values.plan.origin(&format!("{}.{path}", self.address));
        self.out.configuration.told(setting, origin);
    }

    pub(super) fn need(&mut self, kind: NeedKind, on: String, path: &str) {
        let origin = self.values.plan.origin(path);
        let need = SettingNeed { kind, on: on.into(), origin };
        if !self.out.configuration.needs.contains(&need) {
            self.out.configuration.needs.push(need);
        }
    }

    /// A need of the function's own, under `path`.
    fn own_need(&mut self, kind: NeedKind, on: String, path: &str) {
        self.need(kind, on, &format!("{}.{path}", self.address));
    }

    fn identity(&mut self) {
        self.out.function_name = self.text("function_name").map(Into::into);
        if let Ok(Some(role)) = self.values.text(self.address, "role") {
            self.out.role = RoleSelector::parse(&role).ok();
        }
    }

    fn variables(&mut self) {
        let known = at(&self.function.values, "environment.0.variables").as_object();
        for (name, value) in known.into_iter().flatten() {
            if let Some(value) = value.as_str() {
                let path = format!("environment.0.variables.{name}");
                self.told(SettingName::Variable(name.as_str().into()), &path);
                let variables = &mut self.out.configuration.variables;
                variables.insert(name.as_str().into(), value.into());
            }
        }
        // Which of its references a variable is made of, and with what around it, no plan tells.
        let open = at(&self.function.unknown, "environment.0.variables").as_object();
        for (name, _) in open.into_iter().flatten() {
            let reason = "it is known only after apply".to_owned();
            let place = in_file(&self.values.plan.file);
            self.out.unknown_variables.insert(name.as_str().into(), (place, reason));
        }
        if self.function.unknown["environment"] == true
            || at(&self.function.unknown, "environment.0.variables") == &Value::Bool(true)
        {
            let path = format!("{}.environment", self.address);
            self.unknown(&path, "its variables are known only after apply");
        }
    }

    fn needs(&mut self) {
        match self.text("tracing_config.0.mode").as_deref() {
            Some("Active") => self.own_need(NeedKind::Tracing, String::new(), "tracing_config"),
            Some("PassThrough") | None => {}
            Some(other) => {
                let reason = format!("`{other}` is no mode of tracing");
                self.unknown(&format!("{}.tracing_config", self.address), &reason);
            }
        }
        let subnets = at(&self.function.values, "vpc_config.0.subnet_ids");
        let open = at(&self.function.unknown, "vpc_config.0.subnet_ids");
        let is_open = open == &Value::Bool(true) || !list(open).is_empty();
        if !list(subnets).is_empty() || is_open {
            self.own_need(NeedKind::NetworkInterfaces, String::new(), "vpc_config");
        }
        if let Some(target) = self.text("dead_letter_config.0.target_arn") {
            self.own_need(NeedKind::DeadLetter, target, "dead_letter_config");
        }
        for index in 0..list(&self.function.values["file_system_config"]).len() {
            let Some(arn) = self.text(&format!("file_system_config.{index}.arn")) else { continue };
            if arn.contains(":elasticfilesystem:") {
                self.own_need(NeedKind::FileSystem, arn, "file_system_config");
            } else {
                let reason = format!("what mounting `{arn}` needs is not worked out");
                self.unknown(&format!("{}.file_system_config", self.address), &reason);
            }
        }
        for layer in list(&self.function.values["layers"]).iter().filter_map(Value::as_str) {
            for (_, kind) in LAYERS.iter().filter(|(name, _)| layer.contains(name)) {
                self.own_need(*kind, String::new(), "layers");
            }
            for (name, key) in FETCHING.iter().filter(|(name, _)| layer.contains(name)) {
                let reason = format!(
                    "no plan says what `{name}` fetches; say it with `{key}` in policy.toml"
                );
                self.unknown(&format!("{}.layers", self.address), &reason);
            }
        }
        if !list(&self.function.values["durable_config"]).is_empty() {
            self.own_need(NeedKind::DurableExecution, String::new(), "durable_config");
        }
        let group = self.text("logging_config.0.log_group");
        let named = match (&group, &self.out.function_name) {
            (Some(group), _) => Some(group.clone()),
            (None, Some(name)) => Some(format!("/aws/lambda/{name}")),
            (None, None) => None,
        };
        let index = &self.values.plan.index;
        let made = named.and_then(|name| index.log_group(&name));
        let made = made.map(|address| self.values.plan.origin(address));
        let key = self.text("kms_key_arn");
        let code_signing = self.text("code_signing_config_arn");
        let code_key = self.text("source_kms_key_arn");
        let told = [
            (SettingName::LogGroup, "logging_config.0.log_group", group.is_some()),
            (SettingName::EnvironmentKey, "kms_key_arn", key.is_some()),
            (SettingName::CodeSigning, "code_signing_config_arn", code_signing.is_some()),
            (SettingName::CodeKey, "source_kms_key_arn", code_key.is_some()),
        ];
        for (setting, path, _) in told.into_iter().filter(|(_, _, is_said)| *is_said) {
            self.told(setting, path);
        }
        let configuration = &mut self.out.configuration;
        configuration.log_group_is_managed = made.as_ref().map(|_| true);
        if let Some(origin) = made {
            configuration.told(SettingName::LogGroupIsManaged, origin);
        }
        configuration.code_key = code_key.map(Into::into);
        configuration.log_group = group.map(Into::into);
        configuration.environment_key = key.map(Into::into);
        configuration.code_signing = code_signing.map(Into::into);
    }

    /// Who else has the role, whom it trusts, and what somebody attached to it.
    fn role(&mut self) {
        let plan = self.values.plan;
        let Some((own, functions, attached)) = plan.index.role(self.address) else { return };
        let written = plan.resources.get(own).map(|role| &role.values).unwrap_or(&Value::Null);
        let inside =
            list(&written["inline_policy"]).len() + list(&written["managed_policy_arns"]).len();
        self.out.role_functions = functions;
        let count = attached + inside;
        if count > 0 {
            let plural = if count == 1 { "policy is" } else { "policies are" };
            let message = format!(
                "{count} {plural} attached to `{own}` by hand: what somebody granted is no evidence of what is needed, so nothing follows from it"
            );
            let finding = Finding::new(Code::GrantedByHand, message);
            self.out.findings.push(finding.at(in_file(&plan.file)));
        }
        let trust = written["assume_role_policy"].as_str();
        let trust = trust.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let statements = trust.as_ref().map(|trust| &trust["Statement"]).unwrap_or(&Value::Null);
        let statements = statements.as_array().cloned().unwrap_or_else(|| vec![statements.clone()]);
        for statement in statements {
            for (kind, who) in statement["Principal"].as_object().into_iter().flatten() {
                let whos = who.as_array().cloned().unwrap_or_else(|| vec![who.clone()]);
                for who in whos {
                    match (&**kind, who.as_str()) {
                        ("Service", Some("lambda.amazonaws.com")) => {}
                        ("Service", Some("edgelambda.amazonaws.com")) => {
                            self.out.configuration.is_edge = Some(true);
                            let origin = plan.origin(&format!("{own}.assume_role_policy"));
                            self.out.configuration.told(SettingName::Edge, origin);
                        }
                        _ => self.out.role_is_shared = true,
                    }
                }
            }
        }
    }

    fn not_understood(&mut self) {
        let arguments = self.function.values.as_object();
        for (name, value) in arguments.into_iter().flatten() {
            let says_nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if !says_nothing && !KNOWN.contains(&&**name) {
                let path = format!("{}.{name}", self.address);
                self.unknown(&path, "this argument is not understood");
            }
        }
    }
}
