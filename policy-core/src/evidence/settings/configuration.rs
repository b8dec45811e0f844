//! How the deployed function is configured, whoever says it: `policy.toml`, a template, a plan.
//!
//! Values are kept as they are written, `{parameter}`s included; the graph completes them. Nothing here grants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{EncryptionTable, SettingInvoker, SettingOrigin};

/// What configuration says of one function, apart from who it is. What is not said is `None` or empty, never a guess.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunctionConfiguration {
    /// `LoggingConfig.LogGroup`; `None` is `/aws/lambda/NAME`.
    pub log_group: Option<Box<str>>,
    /// Whether somebody else makes the log group, so that the role need not.
    pub log_group_is_managed: Option<bool>,
    /// Values of environment variables, for `env("NAME", …)`.
    pub variables: BTreeMap<Box<str>, Box<str>>,
    /// Who invokes the function, beside what the code declares.
    pub invokers: Vec<SettingInvoker>,
    /// Event sources that Lambda polls with the role, beside what the code declares.
    pub polls: Vec<SettingPoll>,
    /// What else Lambda, or what it puts beside the code, does with the role.
    pub needs: Vec<SettingNeed>,
    /// What a person says that it does not do (`tracing = false`), whatever a weaker source says.
    pub unneeded: BTreeSet<NeedKind>,
    /// How resources are encrypted, by their ARN or what completes it (`arn:aws:s3:::acme-receipts`).
    pub encryption: BTreeMap<Box<str>, SettingEncryption>,
    /// How the resources are encrypted that are deployed with it, the same for all functions of a deployment; what `encryption` says
    /// of a resource comes before.
    pub encryption_beside: Arc<EncryptionTable>,
    /// `KMSKeyArn`: the key of the function's own environment variables. Lambda works with a grant on it, so the role needs
    /// nothing; kept to explain why.
    pub environment_key: Option<Box<str>>,
    /// Whether CloudFront runs copies of the function (Lambda@Edge).
    pub is_edge: Option<bool>,
    /// VPC endpoints through one of which the code's calls must come; empty where they may come from anywhere.
    pub required_endpoints: Vec<Box<str>>,
    /// The configuration that says who must have signed the code (`CodeSigningConfigArn`).
    pub code_signing: Option<Box<str>>,
    /// `SourceKMSKeyArn`: the key with which Lambda encrypts the code; its own policy lets Lambda in.
    pub code_key: Option<Box<str>>,
    /// Where the settings are written that have no entry of their own; of `encryption_beside` the table knows it.
    pub origins: BTreeMap<SettingName, SettingOrigin>,
}

/// A setting that is a value, not an entry with an origin of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingName {
    /// [`FunctionConfiguration::log_group`].
    LogGroup,
    /// [`FunctionConfiguration::log_group_is_managed`].
    LogGroupIsManaged,
    /// One of [`FunctionConfiguration::variables`].
    Variable(Box<str>),
    /// One of [`FunctionConfiguration::unneeded`].
    Unneeded(NeedKind),
    /// One of [`FunctionConfiguration::encryption`].
    Encryption(Box<str>),
    /// [`FunctionConfiguration::environment_key`].
    EnvironmentKey,
    /// [`FunctionConfiguration::is_edge`].
    Edge,
    /// [`FunctionConfiguration::required_endpoints`].
    RequiredEndpoints,
    /// [`FunctionConfiguration::code_signing`].
    CodeSigning,
    /// [`FunctionConfiguration::code_key`].
    CodeKey,
}

impl FunctionConfiguration {
    /// Keeps where a setting is written.
    pub fn told(&mut self, setting: SettingName, origin: SettingOrigin) {
        self.origins.insert(setting, origin);
    }

    /// Whether it says anything of a setting.
    fn says(&self, setting: &SettingName) -> bool {
        match setting {
            SettingName::LogGroup => self.log_group.is_some(),
            SettingName::LogGroupIsManaged => self.log_group_is_managed.is_some(),
            SettingName::Variable(name) => self.variables.contains_key(name),
            SettingName::Unneeded(kind) => self.unneeded.contains(kind),
            SettingName::Encryption(resource) => self.encryption.contains_key(resource),
            SettingName::EnvironmentKey => self.environment_key.is_some(),
            SettingName::Edge => self.is_edge.is_some(),
            SettingName::RequiredEndpoints => !self.required_endpoints.is_empty(),
            SettingName::CodeSigning => self.code_signing.is_some(),
            SettingName::CodeKey => self.code_key.is_some(),
        }
    }

    /// Adds what a weaker source says: single values only where nothing is said yet; of lists what is not there yet.
    ///
    /// Of one entry in both the stronger source's stays, with its origin.
    pub fn complete_from(&mut self, weaker: Self) {
        let Self {
            log_group,
            log_group_is_managed,
            variables,
            invokers,
            polls,
            needs,
            unneeded,
            encryption,
            encryption_beside,
            environment_key,
            is_edge,
            required_endpoints,
            code_signing,
            code_key,
            mut origins,
        } = weaker;
        origins.retain(|setting, _| !self.says(setting));
        self.log_group = self.log_group.take().or(log_group);
        self.log_group_is_managed = self.log_group_is_managed.or(log_group_is_managed);
        for (name, value) in variables {
            self.variables.entry(name).or_insert(value);
        }
        for (resource, stated) in encryption {
            self.encryption.entry(resource).or_insert(stated);
        }
        if self.encryption_beside.is_empty() {
            self.encryption_beside = encryption_beside;
        }
        let is_same = |a: &SettingInvoker, b: &SettingInvoker| {
            (&a.kind, &a.source, &a.qualifier, &a.options)
                == (&b.kind, &b.source, &b.qualifier, &b.options)
        };
        add(&mut self.invokers, invokers, is_same);
        add(&mut self.polls, polls, |a, b| (&a.kind, &a.source) == (&b.kind, &b.source));
        let said: BTreeSet<NeedKind> = self.needs.iter().map(|need| need.kind).collect();
        let counts = |kind: NeedKind| {
            !self.unneeded.contains(&kind) && (!kind.is_single() || !said.contains(&kind))
        };
        let needs = needs.into_iter().filter(|need| counts(need.kind)).collect();
        add(&mut self.needs, needs, |a, b| (a.kind, &a.on) == (b.kind, &b.on));
        self.unneeded.extend(unneeded.into_iter().filter(|kind| !said.contains(kind)));
        self.environment_key = self.environment_key.take().or(environment_key);
        self.is_edge = self.is_edge.or(is_edge);
        if self.required_endpoints.is_empty() {
            self.required_endpoints = required_endpoints;
        }
        self.code_signing = self.code_signing.take().or(code_signing);
        self.code_key = self.code_key.take().or(code_key);
        origins.retain(|setting, _| self.says(setting));
        self.origins.append(&mut origins);
    }
}

fn add<T>(known: &mut Vec<T>, weaker: Vec<T>, is_same: impl Fn(&T, &T) -> bool) {
    for entry in weaker {
        if !known.iter().any(|it| is_same(it, &entry)) {
            known.push(entry);
        }
    }
}

/// An event-source mapping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SettingPoll {
    /// The kind of source, in the words of `polls(…)`: `sqs`, `kinesis`, `dynamodb`, `kafka`, `mq`, `docdb`.
    pub kind: Box<str>,
    /// An ARN, or the part that the kind completes; for Kafka of one's own any text, since it has no ARN.
    pub source: Box<str>,
    /// An enhanced fan-out consumer of a Kinesis stream, by its ARN.
    pub consumer: Option<Box<str>>,
    /// Secrets with which the poller signs in, each an ARN or `secret:NAME`.
    pub secrets: Vec<Box<str>>,
    /// Whether the poller signs in with the role (`kafka-cluster:` actions).
    pub uses_iam: bool,
    /// Kafka topics; empty where they are not known.
    pub topics: Vec<Box<str>>,
    /// The Kafka consumer group; `None` is one that Lambda names.
    pub consumer_group: Option<Box<str>>,
    /// Whether the source is reached through network interfaces; for Kafka of one's own, which may also be on the internet.
    pub is_in_vpc: bool,
    /// Schema registries (Glue) that the poller reads, each an ARN.
    pub registries: Vec<Box<str>>,
    /// Who puts messages into an SQS queue for itself: buckets, topics, rules.
    pub fed_by: Vec<SettingInvoker>,
    /// Where that is written.
    pub origin: SettingOrigin,
}

/// Something that a setting asks of the role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingNeed {
    /// What for.
    pub kind: NeedKind,
    /// On what: an ARN, or the part that the kind completes; empty where the kind names no resource.
    pub on: Box<str>,
    /// Where that is written.
    pub origin: SettingOrigin,
}

/// What a setting asks the role for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedKind {
    /// `TracingConfig.Mode`: segments for X-Ray.
    Tracing,
    /// `VpcConfig`: network interfaces.
    NetworkInterfaces,
    /// `DeadLetterConfig`: a queue or a topic.
    DeadLetter,
    /// `DestinationConfig` of asynchronous invocations: a queue, topic, bucket, bus or function.
    Destination,
    /// `DestinationConfig.OnFailure` of an event-source mapping: a queue, topic or bucket.
    PollFailure,
    /// `FileSystemConfigs`: an EFS access point, read and written.
    FileSystem,
    /// The same, read only.
    FileSystemReadOnly,
    /// The Lambda Insights extension.
    Insights,
    /// Application Signals.
    ApplicationSignals,
    /// A secret that the function rotates.
    Rotation,
    /// Checkpoints of a durable function.
    DurableExecution,
    /// A database user for which the code signs in with IAM (RDS, RDS Proxy): `dbuser:RESOURCE/USER`.
    DatabaseUser,
    /// A secret that the AWS Parameters and Secrets extension fetches.
    SecretsExtension,
    /// A parameter that the same extension fetches.
    ParametersExtension,
    /// A configuration that the AppConfig extension fetches: `application/A/environment/E/configuration/C`.
    AppConfigExtension,
}

impl NeedKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Tracing,
        Self::NetworkInterfaces,
        Self::DeadLetter,
        Self::Destination,
        Self::PollFailure,
        Self::FileSystem,
        Self::FileSystemReadOnly,
        Self::Insights,
        Self::ApplicationSignals,
        Self::Rotation,
        Self::DurableExecution,
        Self::DatabaseUser,
        Self::SecretsExtension,
        Self::ParametersExtension,
        Self::AppConfigExtension,
    ];

    /// The word in `policy.toml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tracing => "tracing",
            Self::NetworkInterfaces => "vpc",
            Self::DeadLetter => "dead-letter",
            Self::Destination => "destination",
            Self::PollFailure => "poll-failure",
            Self::FileSystem => "file-system",
            Self::FileSystemReadOnly => "file-system-read-only",
            Self::Insights => "insights",
            Self::ApplicationSignals => "application-signals",
            Self::Rotation => "rotation",
            Self::DurableExecution => "durable-execution",
            Self::DatabaseUser => "database-user",
            Self::SecretsExtension => "secrets-extension",
            Self::ParametersExtension => "parameters-extension",
            Self::AppConfigExtension => "appconfig-extension",
        }
    }

    /// Whether a function has at most one of it: what a stronger source says of the kind is then all that counts.
    #[must_use]
    pub fn is_single(self) -> bool {
        self.is_bare() || self == Self::DeadLetter
    }

    /// Whether it needs no resource to be named.
    #[must_use]
    pub fn is_bare(self) -> bool {
        matches!(
            self,
            Self::Tracing
                | Self::NetworkInterfaces
                | Self::Insights
                | Self::ApplicationSignals
                | Self::DurableExecution
        )
    }
}

/// How a resource is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingEncryption {
    /// With a key of AWS, or not at all: nobody needs a permission for it.
    ByAws,
    /// With a key of the customer's: its ARN, or `key/KEY-ID`.
    CustomerKey(Box<str>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(source: &str) -> SettingOrigin {
        SettingOrigin {
            source: source.into(),
            path: "functions.orders".into(),
            ..SettingOrigin::default()
        }
    }

    #[test]
    fn what_a_stronger_source_says_stays_and_lists_are_joined() {
        let need = |source: &str, on: &str| SettingNeed {
            kind: NeedKind::Destination,
            on: on.into(),
            origin: origin(source),
        };
        let mut stronger = FunctionConfiguration {
            log_group: Some("/mine".into()),
            variables: BTreeMap::from([("A".into(), "mine".into())]),
            needs: vec![need("policy.toml", "arn:aws:sqs:eu-west-1:111122223333:lost")],
            ..FunctionConfiguration::default()
        };
        stronger.complete_from(FunctionConfiguration {
            log_group: Some("/theirs".into()),
            variables: BTreeMap::from([
                ("A".into(), "theirs".into()),
                ("B".into(), "theirs".into()),
            ]),
            needs: vec![
                need("template.yaml", "arn:aws:sqs:eu-west-1:111122223333:lost"),
                need("template.yaml", "arn:aws:sqs:eu-west-1:111122223333:other"),
            ],
            is_edge: Some(true),
            ..FunctionConfiguration::default()
        });
        assert_eq!(stronger.log_group.as_deref(), Some("/mine"));
        assert_eq!(&*stronger.variables["A"], "mine");
        assert_eq!(&*stronger.variables["B"], "theirs");
        assert_eq!(stronger.is_edge, Some(true));
        let sources: Vec<&str> = stronger.needs.iter().map(|need| &*need.origin.source).collect();
        assert_eq!(sources, ["policy.toml", "template.yaml"]);
    }

    #[test]
    fn of_what_a_function_has_once_only_the_strongest_word_counts() {
        let need = |kind: NeedKind, source: &str, on: &str| SettingNeed {
            kind,
            on: on.into(),
            origin: origin(source),
        };
        let queue = "arn:aws:sqs:eu-west-1:111122223333:lost";
        let mut stronger = FunctionConfiguration {
            needs: vec![need(NeedKind::DeadLetter, "policy.toml", queue)],
            unneeded: BTreeSet::from([NeedKind::Tracing]),
            ..FunctionConfiguration::default()
        };
        stronger.complete_from(FunctionConfiguration {
            needs: vec![
                need(NeedKind::Tracing, "template.yaml", ""),
                need(
                    NeedKind::DeadLetter,
                    "template.yaml",
                    "arn:aws:sns:eu-west-1:111122223333:lost",
                ),
                need(NeedKind::NetworkInterfaces, "template.yaml", ""),
            ],
            // Said by the weaker one, denied for those that are weaker still.
            unneeded: BTreeSet::from([NeedKind::DeadLetter, NeedKind::Insights]),
            ..FunctionConfiguration::default()
        });
        let kinds: Vec<(NeedKind, &str)> =
            stronger.needs.iter().map(|need| (need.kind, &*need.origin.source)).collect();
        assert_eq!(
            kinds,
            [(NeedKind::DeadLetter, "policy.toml"), (NeedKind::NetworkInterfaces, "template.yaml")]
        );
        assert_eq!(stronger.unneeded, BTreeSet::from([NeedKind::Tracing, NeedKind::Insights]));
    }

    #[test]
    fn a_value_keeps_the_place_of_whoever_said_it() {
        let from = |source: &str, name: &str| {
            let mut configuration = FunctionConfiguration {
                log_group: Some(source.into()),
                variables: BTreeMap::from([(name.into(), source.into())]),
                unneeded: BTreeSet::from([NeedKind::Tracing]),
                ..FunctionConfiguration::default()
            };
            let variable = SettingName::Variable(name.into());
            for setting in
                [SettingName::LogGroup, variable, SettingName::Unneeded(NeedKind::Tracing)]
            {
                configuration.told(setting, origin(source));
            }
            configuration
        };
        let mut stronger = FunctionConfiguration {
            needs: vec![SettingNeed {
                kind: NeedKind::Tracing,
                on: "".into(),
                origin: origin("policy.toml"),
            }],
            ..from("policy.toml", "A")
        };
        (stronger.unneeded, stronger.is_edge) = (BTreeSet::new(), Some(true));
        stronger.origins.remove(&SettingName::Unneeded(NeedKind::Tracing));
        let mut weaker = from("template.yaml", "B");
        weaker.environment_key = Some("key/k".into());
        weaker.told(SettingName::EnvironmentKey, origin("template.yaml"));
        stronger.complete_from(weaker);
        let told: Vec<(&SettingName, &str)> =
            stronger.origins.iter().map(|(setting, origin)| (setting, &*origin.source)).collect();
        assert_eq!(
            told,
            [
                (&SettingName::LogGroup, "policy.toml"),
                (&SettingName::Variable("A".into()), "policy.toml"),
                (&SettingName::Variable("B".into()), "template.yaml"),
                (&SettingName::EnvironmentKey, "template.yaml"),
            ]
        );
    }

    #[test]
    fn every_kind_of_need_has_a_word_of_its_own() {
        let words: BTreeSet<&str> = NeedKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(words.len(), NeedKind::ALL.len());
    }
}
