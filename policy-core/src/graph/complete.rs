//! From what a declaration writes to ARN patterns: parameters, variables, and the parts of an ARN
//! that only the run knows.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::evidence::{
    DeclaredOwner, DeclaredResource, Environment, EnvironmentForm, FunctionSettings, SourceOrigin,
};
use crate::iam::{Arn, ArnPattern, Pattern};
use crate::names::queue::QueueUrl;

use super::error::{Missing, MissingKind};

/// Stand-ins for what is missing; they never reach a document, since missing values are an error.
const SOME_ACCOUNT: &str = "000000000000";
const SOME_REGION: &str = "us-east-1";

/// What completes the ARNs of one function, and what turned out to be missing.
pub(super) struct Completer<'a> {
    settings: &'a FunctionSettings,
    environment: &'a Environment,
    missing: RefCell<BTreeMap<MissingKind, Missing>>,
}

/// A declared resource with its parameters filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// A whole ARN, possibly with wildcards.
    Arn(String),
    /// The part after the fifth colon.
    Tail(String),
    /// A bare name, for the placeholder of the resource type.
    Name(String),
    /// `*`, with a reason.
    Any,
}

/// Who wants a value: the text as the user wrote it and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) text: &'a str,
    pub(super) origin: Option<&'a SourceOrigin>,
}

impl<'a> Completer<'a> {
    pub(super) fn new(settings: &'a FunctionSettings, environment: &'a Environment) -> Self {
        Self { settings, environment, missing: RefCell::new(BTreeMap::new()) }
    }

    pub(super) fn into_missing(self) -> Vec<Missing> {
        self.missing.into_inner().into_values().collect()
    }

    /// The partition of the run.
    pub(super) fn partition(&self) -> &str {
        self.environment.partition.as_str()
    }

    /// The function's account, where anything says it.
    pub(super) fn known_account(&self) -> Option<&str> {
        let deployed = self.settings.deployed.as_ref().map(Arn::account);
        let role = self.settings.role.as_ref().map(|role| role.arn().account());
        self.environment.account.as_ref().map(|a| a.as_str()).or(deployed).or(role)
    }

    /// The function's Region, where anything says it.
    pub(super) fn known_region(&self) -> Option<&str> {
        let deployed = self.settings.deployed.as_ref().map(Arn::region);
        self.environment.region.as_ref().map(|r| r.as_str()).or(deployed)
    }

    /// The account, or a stand-in after noting that it is missing.
    pub(super) fn account(&self, wanted: Wanted<'_>) -> &str {
        self.known_account()
            .unwrap_or_else(|| self.miss(MissingKind::Account, wanted, SOME_ACCOUNT))
    }

    /// The Region, or a stand-in after noting that it is missing.
    pub(super) fn region(&self, wanted: Wanted<'_>) -> &str {
        self.known_region().unwrap_or_else(|| self.miss(MissingKind::Region, wanted, SOME_REGION))
    }

    fn miss<'t>(&self, kind: MissingKind, wanted: Wanted<'_>, stand_in: &'t str) -> &'t str {
        let missing = Missing::new(kind.clone(), wanted.text, wanted.origin);
        let mut known = self.missing.borrow_mut();
        let entry = known.entry(kind).or_insert_with(|| missing.clone());
        // Each value is asked for once, for the first that wants it whatever the order.
        if missing < *entry {
            *entry = missing;
        }
        stand_in
    }

    /// Fills parameters and variables.
    ///
    /// # Errors
    /// A sentence about what is wrong with the value.
    pub(super) fn write(
        &self,
        resource: &DeclaredResource,
        origin: Option<&SourceOrigin>,
    ) -> Result<Written, String> {
        Ok(match resource {
            DeclaredResource::Arn(text) => Written::Arn(self.fill(text, origin)?),
            DeclaredResource::Tail(text) => Written::Tail(self.fill(text, origin)?),
            DeclaredResource::Any { .. } => Written::Any,
            DeclaredResource::Environment { name, form } => self.variable(name, *form, origin)?,
        })
    }

    /// Replaces `{name}`; `${name}` is a policy variable and stays.
    pub(super) fn fill(&self, text: &str, origin: Option<&SourceOrigin>) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let Some(end) = rest[at..].find('}').map(|end| at + end) else { break };
            let name = &rest[at + 1..end];
            if rest[..at].ends_with('$') {
                filled.push_str(&rest[..=end]);
            } else {
                filled.push_str(&rest[..at]);
                match self.settings.parameters.get(name) {
                    Some(value) if value.contains(['*', '?', '$', '{']) || value.is_empty() => {
                        return Err(format!(
                            "the value `{value}` of `{{{name}}}` is no literal text; a wildcard belongs into the declaration"
                        ));
                    }
                    Some(value) => filled.push_str(value),
                    None => {
                        let kind = MissingKind::Parameter(name.into());
                        filled.push_str(self.miss(kind, Wanted { text, origin }, "x"));
                    }
                }
            }
            rest = &rest[end + 1..];
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn variable(
        &self,
        name: &str,
        form: EnvironmentForm,
        origin: Option<&SourceOrigin>,
    ) -> Result<Written, String> {
        let (word, example) = match form {
            EnvironmentForm::Url => {
                ("url", "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs")
            }
            EnvironmentForm::Arn => ("arn", "arn:aws:sqs:eu-west-1:111122223333:jobs"),
            EnvironmentForm::Name => ("name", "jobs"),
        };
        let Some(value) = self.settings.configuration.variables.get(name) else {
            let kind = MissingKind::Variable {
                name: name.into(),
                function: self.settings.name.clone(),
                example,
            };
            let text = format!("env(\"{name}\", as = \"{word}\")");
            self.miss(kind, Wanted { text: &text, origin }, "");
            return Ok(Written::Name("x".to_owned()));
        };
        let refused =
            |expected: &str| format!("the variable `{name}` is `{value}`, not {expected}");
        match form {
            EnvironmentForm::Arn => {
                let arn: Arn = value.parse().map_err(|_| refused("an ARN"))?;
                Ok(Written::Arn(Pattern::literal(arn.as_str()).to_string()))
            }
            EnvironmentForm::Name if value.is_empty() || value.contains(['*', '?', '$']) => {
                Err(refused("a name"))
            }
            EnvironmentForm::Name => Ok(Written::Name(value.to_string())),
            EnvironmentForm::Url => {
                queue_of_url(value, self.partition()).map(Written::Arn).ok_or_else(|| {
                    refused("a queue URL such as `https://sqs.eu-west-1.amazonaws.com/111122223333/jobs`")
                })
            }
        }
    }

    /// Completes `written` by one ARN format of a resource type
    /// (`arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`). `None` when they cannot fit.
    /// Account and Region that are not known are noted as missing when `wanted` says by whom.
    pub(super) fn complete(
        &self,
        written: &Written,
        format: &str,
        owner: Option<&DeclaredOwner>,
        wanted: Option<Wanted<'_>>,
    ) -> Option<String> {
        let tail = match written {
            Written::Arn(arn) => return Some(arn.clone()),
            Written::Any => return Some("*".to_owned()),
            Written::Tail(tail) => tail.clone(),
            Written::Name(name) => name_in(format, name)?,
        };
        let mut parts = format.splitn(6, ':');
        let (_, _, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account) = (parts.next()?, parts.next()?);
        let region = match region {
            "" => "",
            _ if region.starts_with("${") => match wanted {
                Some(wanted) => self.region(wanted),
                None => self.known_region().unwrap_or(SOME_REGION),
            },
            fixed => fixed,
        };
        let account = match (account, owner) {
            ("", _) => "",
            (open, Some(DeclaredOwner::Account(id))) if open.starts_with("${") => id.as_str(),
            (open, Some(DeclaredOwner::Any { .. })) if open.starts_with("${") => "*",
            (open, None) if open.starts_with("${") => match wanted {
                Some(wanted) => self.account(wanted),
                None => self.known_account().unwrap_or(SOME_ACCOUNT),
            },
            (fixed, _) => fixed,
        };
        Some(format!("arn:{}:{service}:{region}:{account}:{tail}", self.partition()))
    }
}

/// How many placeholders the resource part of an ARN format has, and how much text besides.
pub(super) fn complexity(format: &str) -> (usize, usize) {
    let resource = format.splitn(6, ':').nth(5).unwrap_or_default();
    let names: usize = resource
        .match_indices("${")
        .filter_map(|(at, _)| resource[at..].find('}').map(|end| end + 1))
        .sum();
    (resource.matches("${").count(), resource.len() - names)
}

/// The resource part of `format` with its first placeholder replaced by `name` and the others by `*`.
fn name_in(format: &str, name: &str) -> Option<String> {
    let service = format.split(':').nth(2)?;
    let resource = format.splitn(6, ':').nth(5)?;
    let name = if service == "ssm" { name.strip_prefix('/').unwrap_or(name) } else { name };
    // The ARN of a secret ends in six characters that its name does not tell.
    let first = match service {
        "secretsmanager" => format!("{name}-??????"),
        _ => name.to_owned(),
    };
    let mut written = String::new();
    let (mut rest, mut seen) = (resource, false);
    while let Some(at) = rest.find("${") {
        let end = at + rest[at..].find('}')?;
        written.push_str(&rest[..at]);
        written.push_str(if seen { "*" } else { &first });
        seen = true;
        rest = &rest[end + 1..];
    }
    written.push_str(rest);
    seen.then_some(written)
}

/// The ARN of the queue that a URL names.
fn queue_of_url(url: &str, partition: &str) -> Option<String> {
    QueueUrl::parse(url).map(|queue| queue.arn(partition))
}

/// The text as a pattern over ARNs, `${…}` being policy variables.
pub(super) fn pattern(text: &str) -> ArnPattern {
    ArnPattern::new(Pattern::parse(text, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> FunctionSettings {
        let mut settings = FunctionSettings { name: "orders".into(), ..Default::default() };
        settings.parameters.insert("stage".into(), "prod".into());
        settings.parameters.insert("wide".into(), "*".into());
        settings.configuration.variables.insert(
            "QUEUE_URL".into(),
            "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs".into(),
        );
        settings
    }

    fn environment() -> Environment {
        Environment {
            account: "111122223333".parse().ok(),
            region: "eu-west-1".parse().ok(),
            ..Default::default()
        }
    }

    const NOBODY: Wanted<'static> = Wanted { text: "x", origin: None };

    #[test]
    fn parameters_are_filled_and_policy_variables_stay() {
        let (settings, environment) = (settings(), environment());
        let completer = Completer::new(&settings, &environment);
        assert_eq!(
            completer.fill("table/o-{stage}-${aws:userid}", None).as_deref(),
            Ok("table/o-prod-${aws:userid}")
        );
        assert!(completer.fill("table/{wide}", None).is_err());
        assert!(completer.into_missing().is_empty());
    }

    #[test]
    fn what_is_missing_is_named_with_what_to_write() {
        let settings = FunctionSettings { name: "orders".into(), ..Default::default() };
        let environment = Environment::default();
        let completer = Completer::new(&settings, &environment);
        completer.fill("table/{stage}", None).unwrap();
        completer.account(NOBODY);
        completer
            .write(
                &DeclaredResource::Environment {
                    name: "TABLE".into(),
                    form: EnvironmentForm::Name,
                },
                None,
            )
            .unwrap();
        let text: Vec<String> =
            completer.into_missing().iter().map(|m| format!("{m}: {}", m.help())).collect();
        assert!(text.iter().any(|t| t.contains("--account ID")), "{text:?}");
        assert!(text.iter().any(|t| t.contains("--param stage=VALUE")), "{text:?}");
        assert!(text.iter().any(|t| t.contains("variables.TABLE = ")), "{text:?}");
    }

    #[test]
    fn tails_and_names_are_completed_by_the_format_of_the_type() {
        let (settings, environment) = (settings(), environment());
        let completer = Completer::new(&settings, &environment);
        let complete = |written, format| completer.complete(&written, format, None, Some(NOBODY));
        let queue = "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}";
        assert_eq!(
            complete(Written::Tail("jobs".into()), queue).as_deref(),
            Some("arn:aws:sqs:eu-west-1:111122223333:jobs")
        );
        let object = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
        assert_eq!(
            complete(Written::Name("b".into()), object).as_deref(),
            Some("arn:aws:s3:::b/*")
        );
        let secret = "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId}";
        assert_eq!(
            complete(Written::Name("db".into()), secret).as_deref(),
            Some("arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-??????")
        );
        let owner = DeclaredOwner::Account("444455556666".parse().unwrap());
        assert_eq!(
            completer
                .complete(&Written::Tail("jobs".into()), queue, Some(&owner), Some(NOBODY))
                .as_deref(),
            Some("arn:aws:sqs:eu-west-1:444455556666:jobs")
        );
    }

    #[test]
    fn a_queue_url_names_its_queue() {
        let (settings, environment) = (settings(), environment());
        let completer = Completer::new(&settings, &environment);
        let url =
            DeclaredResource::Environment { name: "QUEUE_URL".into(), form: EnvironmentForm::Url };
        assert_eq!(
            completer.write(&url, None),
            Ok(Written::Arn("arn:aws:sqs:eu-west-1:111122223333:jobs".into()))
        );
        for bad in ["http://sqs.eu-west-1.amazonaws.com/111122223333/jobs", "jobs", "https://x/y"] {
            assert_eq!(queue_of_url(bad, "aws"), None, "{bad}");
        }
    }
}
