//! Texts of policies as expressions of a template.

use std::collections::BTreeMap;
use std::sync::Arc;

use policy_core::evidence::Environment;

use crate::command::generate::GeneratedFunction;
use crate::failure::Failure;
use crate::output::json::Json;
use crate::template::Template;
use crate::template::resources::{Reach, TemplateResource, TemplateResources, has_stand_in};

/// What stands for the account, the Region, the partition and the resources of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    environment: Environment,
    own: Arc<TemplateResources>,
    is_given: bool,
}

/// Pseudo parameters.
const PARTITION: &str = "${AWS::Partition}";
const REGION: &str = "${AWS::Region}";
const ACCOUNT: &str = "${AWS::AccountId}";

impl Names {
    /// Those of each function: the template's own resources where one is given, found once for all functions for which they are the same.
    pub(super) fn of_functions<'g>(
        functions: impl Iterator<Item = &'g GeneratedFunction>,
        template: Option<&Template>,
    ) -> Vec<Self> {
        let mut found: BTreeMap<_, Arc<TemplateResources>> = BTreeMap::new();
        let names = functions.map(|function| {
            let environment = function.environment.clone();
            let Some(template) = template else {
                return Self { environment, own: Arc::default(), is_given: false };
            };
            let mut given = function.settings.parameters.clone();
            given.retain(|name, _| template.asks_for(name));
            let made = found.entry((given, environment.clone()));
            let own = made.or_insert_with_key(|(given, environment)| {
                Arc::new(template.resources(given, environment))
            });
            Self { environment, own: Arc::clone(own), is_given: true }
        });
        names.collect()
    }

    /// The logical id of the function in the template: the resource of its name or ARN.
    pub(super) fn function_id(&self, function: &GeneratedFunction) -> Option<&str> {
        self.function(function).map(|it| &*it.logical_id)
    }

    /// The condition of the template under which the function is made.
    pub(super) fn condition(&self, function: &GeneratedFunction) -> Option<&str> {
        self.function(function)?.condition.as_deref()
    }

    fn function(&self, function: &GeneratedFunction) -> Option<&TemplateResource> {
        if !self.is_given {
            return None;
        }
        let kinds = ["AWS::Serverless::Function", "AWS::Lambda::Function"];
        let deployed = function.settings.deployed.as_ref().map(|arn| arn.as_str());
        let mut functions = self.own.all().iter().filter(|it| kinds.contains(&&*it.kind));
        functions.find(|it| {
            let mut texts = it.values.iter().map(|value| &*value.text);
            *it.logical_id == *function.settings.name
                || texts.any(|text| text == &*function.settings.name || Some(text) == deployed)
        })
    }

    /// A text as a template writes it: a reference, a text with references in it, or itself.
    ///
    /// # Errors
    /// [`Failure`], a fault of ours, where a name that only the deployment makes would be left as text.
    pub(super) fn value(&self, text: &str) -> Result<Json, Failure> {
        self.written(text, &self.expression(text, Reach::All))
    }

    /// The same for what is made before the functions, as far as names tell it: a reference to a function, or to what is made
    /// after one, stands only where nothing else gives the name ([`Self::is_late`]).
    ///
    /// # Errors
    /// As [`Self::value`].
    pub(super) fn early_value(&self, text: &str) -> Result<Json, Failure> {
        match self.is_late(text) {
            true => self.value(text),
            false => self.written(text, &self.expression(text, Reach::BeforeFunctions)),
        }
    }

    /// Whether only a reference to a function, or to what is made after one, gives this text.
    pub(super) fn is_late(&self, text: &str) -> bool {
        has_stand_in(text) && has_stand_in(&self.expression(text, Reach::BeforeFunctions))
    }

    /// The text of `Fn::Sub`; stand-ins that nothing within reach gives are left.
    fn expression(&self, text: &str, reach: Reach) -> String {
        let substituted = self.own.substituted(text, reach);
        self.with_pseudo_parameters(substituted.unwrap_or_else(|| text.replace("${", "${!")))
    }

    fn written(&self, text: &str, expression: &str) -> Result<Json, Failure> {
        if has_stand_in(expression) {
            return Err(Failure::fault(format!(
                "no expression of the template stands for a part of `{text}`"
            )));
        }
        if !expression.replace("${!", "").contains("${") {
            return Ok(text.into());
        }
        Ok(match whole(expression).map(|it| (it, it.split_once('.'))) {
            // What SAM publishes is no attribute of a resource, and SAM knows it by `Ref` alone.
            Some((all, Some((id, "Alias" | "Version")))) if self.is_of_sam(id) => {
                Json::object([("Ref", all.into())])
            }
            Some((_, Some((id, attribute)))) => {
                Json::object([("Fn::GetAtt", Json::array([id.into(), attribute.into()]))])
            }
            Some((id, None)) => Json::object([("Ref", id.into())]),
            None => Json::object([("Fn::Sub", expression.into())]),
        })
    }

    fn is_of_sam(&self, id: &str) -> bool {
        self.own.get(id).is_some_and(|it| &*it.kind == "AWS::Serverless::Function")
    }

    /// The run's own account, Region and partition, where an ARN or a host name has a field for them.
    fn with_pseudo_parameters(&self, text: String) -> String {
        let partition = self.environment.partition.as_str();
        let region = self.environment.region.as_ref().map(|it| it.as_str()).unwrap_or_default();
        let account = self.environment.account.as_ref().map(|it| it.as_str()).unwrap_or_default();
        let replaced =
            |field: &str, own: &str, parameter: &str| match field == own && !own.is_empty() {
                true => parameter.to_owned(),
                false => field.to_owned(),
            };
        if !account.is_empty() && text == account {
            return ACCOUNT.to_owned();
        }
        // `secretsmanager.eu-west-1.amazonaws.com`, as `kms:ViaService` has it.
        if let Some((service, rest)) = text.split_once('.')
            && rest.strip_prefix(region) == Some(".amazonaws.com")
            && !region.is_empty()
            && service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        {
            return format!("{service}.{REGION}.amazonaws.com");
        }
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        match fields[..] {
            ["arn", its_partition, service, its_region, its_account, rest] => format!(
                "arn:{}:{service}:{}:{}:{rest}",
                replaced(its_partition, partition, PARTITION),
                replaced(its_region, region, REGION),
                replaced(its_account, account, ACCOUNT),
            ),
            _ => text,
        }
    }

    /// Whether both have the resources of a template under the same parameters.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.own, &other.own)
    }

    /// A text for people: what stands in for a name that the deployment makes, as the template refers to it.
    pub(super) fn readable(&self, text: &str) -> String {
        self.own.readable(text)
    }
}

/// The expression, where it is one reference and nothing else.
fn whole(expression: &str) -> Option<&str> {
    let inner = expression.strip_prefix("${")?.strip_suffix('}')?;
    (!inner.starts_with('!') && !inner.contains(['{', '}', '$'])).then_some(inner)
}
