//! What an event name stands for, worked out once per name: actions, and where the request names
//! their resources.
//!
//! An operation of which a call needs only some actions gets a way to inspect the request; where
//! there is none, the event stays unmapped with that reason.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::catalog::{
    Action, Catalog, EventMapping, Operation, ResourceMember, ResourceType, event_source_label,
    without_api_date,
};
use crate::iam::{ActionName, Arn};

use super::parameters::Parameters;

/// The strongest rules by which a request member was matched to a resource; the rest are hints.
const STRONGEST_RULES: u8 = 2;

/// Distinct names that are remembered; more are worked out each time.
const REMEMBERED: usize = 20_000;

/// An action with what it needs to find its resources.
pub(super) struct ActionPlan<'c> {
    /// The action as the catalog spells it.
    pub(super) name: Box<str>,
    /// What it can be limited to; empty when only `*` can grant it.
    pub(super) types: Vec<ResourceType<'c>>,
    /// Those that every call needs, whatever else it names.
    pub(super) required: Vec<ResourceType<'c>>,
    /// Where the request names them.
    pub(super) members: Vec<ResourceMember<'c>>,
    /// Where it may name them: too weak to be believed.
    pub(super) hints: Vec<ResourceMember<'c>>,
    admitted: RefCell<HashMap<Box<str>, bool>>,
}

/// Answers of [`ActionPlan::admits`] that are remembered.
const REMEMBERED_ARNS: usize = 1_000;

impl<'c> ActionPlan<'c> {
    pub(super) fn new(action: Action<'c>, operation: Option<Operation<'c>>) -> Self {
        let types: Vec<_> = action.resource_types().map(|r| r.resource_type).collect();
        let required =
            action.resource_types().filter(|r| r.required).map(|r| r.resource_type).collect();
        let (members, hints) = operation
            .into_iter()
            .flat_map(|operation| operation.resource_members())
            .filter(|member| types.iter().any(|kind| kind.name() == member.resource_type))
            .partition(|member| {
                member.rule <= STRONGEST_RULES || super::lists::is_listed(member.member)
            });
        let name = action.name().as_str().into();
        Self { name, types, required, members, hints, admitted: RefCell::default() }
    }

    /// Whether `arn` can be a resource of the action.
    ///
    /// Logs name few tables and queues again and again, and very many objects once: the former are
    /// remembered, the latter told from buckets by their slash.
    pub(super) fn admits(&self, arn: &str) -> bool {
        let of_s3 = arn.split_once(":s3:::").filter(|(before, _)| before.matches(':').count() == 1);
        // What is odd in the name of a bucket is judged like everything else.
        let plain =
            of_s3.map(|(_, rest)| rest.split_once('/').map_or((rest, None), |(b, k)| (b, Some(k))));
        if let Some((bucket, key)) = plain
            && !bucket.is_empty()
            && !bucket.contains(':')
            && key != Some("")
        {
            let kind = if key.is_some() { "object" } else { "bucket" };
            return self
                .types
                .iter()
                .any(|own| own.name() == kind && own.service().prefix() == "s3");
        }
        if let Some(&known) = self.admitted.borrow().get(arn) {
            return known;
        }
        let admits = self.types.iter().any(|kind| kind.matches(arn));
        let mut admitted = self.admitted.borrow_mut();
        if admitted.len() < REMEMBERED_ARNS {
            admitted.insert(arn.into(), admits);
        }
        admits
    }
}

/// How the request says which actions it needs, or on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inspection {
    /// `transactItems[].put.tableName` …: one action per item.
    TransactWriteItems,
    /// `transactItems[].get.tableName`.
    TransactGetItems,
    /// The keys of `requestItems`.
    RequestItems,
    /// The statement's verb and table.
    PartiQl,
    /// Reads the source, writes the destination.
    ObjectCopy,
    /// One key decrypts, the other encrypts.
    ReEncrypt,
    /// `entries[].eventBusName`.
    EventBuses,
    /// `delete.objects[].key`.
    DeletedKeys,
    /// A directory bucket, not its objects.
    DirectoryBucket,
    /// `modelId`.
    Model,
    /// `tableCreationParameters.tableName`.
    NewTable,
    /// A path with members in it.
    Path(&'static str),
    /// `secretIdList[]` and `filters[]`.
    SecretBatch,
}

impl Inspection {
    fn of(model: &str, operation: &str) -> Option<Self> {
        Some(match (model, operation) {
            ("dynamodb", "TransactWriteItems") => Self::TransactWriteItems,
            ("dynamodb", "TransactGetItems") => Self::TransactGetItems,
            ("dynamodb", "BatchGetItem" | "BatchWriteItem") => Self::RequestItems,
            ("dynamodb", "ExecuteStatement" | "BatchExecuteStatement" | "ExecuteTransaction") => {
                Self::PartiQl
            }
            ("s3", "CopyObject" | "UploadPartCopy") => Self::ObjectCopy,
            ("kms", "ReEncrypt") => Self::ReEncrypt,
            ("events", "PutEvents") => Self::EventBuses,
            ("s3", "DeleteObjects") => Self::DeletedKeys,
            ("dynamodb", "ImportTable") => Self::NewTable,
            ("secretsmanager", "BatchGetSecretValue") => Self::SecretBatch,
            (
                "bedrock-runtime",
                "Converse" | "ConverseStream" | "InvokeModel" | "InvokeModelWithResponseStream",
            ) => Self::Model,
            (client @ ("apigateway" | "apigatewayv2"), operation) => {
                Self::Path(super::paths::path(client, operation)?)
            }
            _ => return None,
        })
    }
}

/// What an event name stands for.
pub(super) enum Meaning<'c> {
    /// These actions; with `versioned` in their place when the request names a version.
    Actions {
        /// All of them are needed.
        needed: Vec<ActionPlan<'c>>,
        /// What takes their place when the request has a `versionId`.
        versioned: Vec<ActionPlan<'c>>,
        /// How the request tells more.
        inspection: Option<Inspection>,
    },
    /// Operations of several clients that need different actions: the request tells which it was.
    Shared {
        /// By what a client's request is known, and what the event then stands for.
        choices: Vec<(Sign, Meaning<'c>)>,
        /// What to say of a request that does not tell.
        reason: String,
    },
    /// No permission is checked.
    NoPermission,
    /// Not known, with the reason.
    Unmapped(String),
}

impl Meaning<'_> {
    /// What the event stands for with these parameters.
    pub(super) fn with(&self, parameters: &Parameters<'_>) -> &Self {
        let Self::Shared { choices, .. } = self else { return self };
        let mut told = choices.iter().filter(|(sign, _)| sign.is_in(parameters));
        match (told.next(), told.next()) {
            (Some((_, meaning)), None) => meaning,
            _ => self,
        }
    }
}

/// By what the request of a client is known from those of others under the same host and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// A member that the requests of the other clients do not have.
    Has(&'static str),
    /// A member that holds an ARN of API Gateway whose path begins with one of these collections.
    Path(&'static str, &'static [&'static str]),
}

/// The signs of clients, by model name.
///
/// # Source
/// Application Auto Scaling API Reference and Amazon EC2 Auto Scaling API Reference, "Request
/// Parameters" of the operations that both have: the former asks for `ServiceNamespace` in each.
/// Amazon API Gateway Developer Guide, "API Gateway resources that can be tagged": domain names and
/// VPC links can be tagged through either API, so they tell nothing.
const SIGNS: [(&str, Sign); 4] = [
    (
        "apigateway",
        Sign::Path("resourceArn", &["apikeys", "clientcertificates", "restapis", "usageplans"]),
    ),
    ("apigatewayv2", Sign::Path("resourceArn", &["apis"])),
    ("application-autoscaling", Sign::Has("serviceNamespace")),
    ("autoscaling", Sign::Has("autoScalingGroupName")),
];

impl Sign {
    fn of(model: &str) -> Option<Self> {
        SIGNS.iter().find(|(client, _)| *client == model).map(|&(_, sign)| sign)
    }

    fn is_in(self, parameters: &Parameters<'_>) -> bool {
        match self {
            Self::Has(member) => parameters.text(member).is_some_and(|text| !text.is_empty()),
            Self::Path(member, collections) => {
                let arn = parameters.text(member).and_then(|text| text.parse::<Arn>().ok());
                let Some(arn) = arn.filter(|arn| arn.service() == "apigateway") else {
                    return false;
                };
                let path = arn.resource().strip_prefix('/');
                path.and_then(|path| path.split_once('/')).is_some_and(|(collection, id)| {
                    !id.is_empty() && collections.contains(&collection)
                })
            }
        }
    }
}

/// An event name, worked out.
pub(super) struct Plan<'c> {
    /// The API operation, without its version suffix.
    pub(super) operation: Box<str>,
    pub(super) meaning: Meaning<'c>,
}

/// The plans of all names seen.
pub(super) struct Plans<'c> {
    catalog: &'c Catalog,
    known: HashMap<Box<str>, HashMap<Box<str>, Rc<Plan<'c>>>>,
    count: usize,
}

impl<'c> Plans<'c> {
    pub(super) fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, known: HashMap::new(), count: 0 }
    }

    /// The plan of the event `name` of `source`.
    pub(super) fn plan(&mut self, source: &str, name: &str) -> Rc<Plan<'c>> {
        if let Some(plan) = self.known.get(source).and_then(|names| names.get(name)) {
            return Rc::clone(plan);
        }
        let plan = Rc::new(self.work_out(source, name));
        if self.count < REMEMBERED {
            self.count += 1;
            self.known.entry(source.into()).or_default().insert(name.into(), Rc::clone(&plan));
        }
        plan
    }

    fn work_out(&self, source: &str, name: &str) -> Plan<'c> {
        let catalog = self.catalog;
        let bare = || without_api_date(name).into();
        match catalog.event(source, name) {
            EventMapping::Operations(operations) => match operations.first() {
                Some(&first) => {
                    let is_directory = event_source_label(source) == super::directory::SOURCE;
                    let meaning = if is_directory {
                        super::directory::meaning(catalog, first)
                    } else {
                        meaning(catalog, &operations)
                    };
                    Plan { operation: first.name().into(), meaning }
                }
                None => Plan { operation: bare(), meaning: unknown() },
            },
            EventMapping::Action(action) => {
                let meaning = match catalog.action(&action) {
                    Some(action) => Meaning::Actions {
                        needed: vec![ActionPlan::new(action, None)],
                        versioned: Vec::new(),
                        inspection: None,
                    },
                    None => unknown(),
                };
                Plan { operation: bare(), meaning }
            }
            EventMapping::NoPermission(_) => {
                Plan { operation: bare(), meaning: Meaning::NoPermission }
            }
            EventMapping::Unmapped(reason) => {
                Plan { operation: bare(), meaning: Meaning::Unmapped(reason.to_string()) }
            }
        }
    }
}

fn unknown<'c>() -> Meaning<'c> {
    Meaning::Unmapped("the catalog knows no operation or action of that name".into())
}

fn meaning<'c>(catalog: &'c Catalog, operations: &[Operation<'c>]) -> Meaning<'c> {
    let names = |operation: &Operation<'c>| {
        let mut names: Vec<ActionName> = operation.primary_actions().collect();
        names.sort();
        names
    };
    let clients = |operations: &[&Operation<'c>]| {
        let mut clients: Vec<_> =
            operations.iter().map(|operation| operation.client().crate_name()).collect();
        clients.sort_unstable();
        clients.join(", ")
    };
    let known: Vec<_> = operations.iter().filter(|operation| !operation.is_unresolved()).collect();
    let Some(&&first) = known.first() else {
        return Meaning::Unmapped("the operation is known, its action is not".into());
    };
    if known.iter().any(|operation| names(operation) != names(&first)) {
        let reason = format!(
            "operations of several clients have this name and need different actions: {}",
            clients(&known)
        );
        let choice = |operation: &&Operation<'c>| {
            let sign = Sign::of(operation.client().model_name())?;
            Some((sign, meaning(catalog, std::slice::from_ref(*operation))))
        };
        let choices = known.iter().filter_map(choice).collect();
        return Meaning::Shared { choices, reason };
    }
    let inspection = Inspection::of(first.client().model_name(), first.name());
    let mut needed: Vec<_> =
        first.primary().map(|action| ActionPlan::new(action, Some(first))).collect();
    if inspection == Some(Inspection::SecretBatch) {
        let also = ["GetSecretValue", "ListSecrets"].into_iter();
        let also = also.filter_map(|name| first.client().operation(name));
        needed.extend(also.flat_map(|operation| {
            operation.primary().map(move |action| ActionPlan::new(action, Some(operation)))
        }));
    }
    if needed.is_empty() {
        return unknown();
    }
    if first.is_ambiguous() && inspection.is_none() {
        let names: Vec<_> = needed.iter().map(|action| &*action.name).collect();
        return Meaning::Unmapped(format!(
            "needs one or more of {}; the event does not tell which",
            names.join(", ")
        ));
    }
    let versioned = versioned(catalog, first, &needed);
    Meaning::Actions { needed, versioned, inspection }
}

/// The actions on object versions, by operation of Amazon S3.
///
/// # Source
/// Amazon S3 API Reference, "Permissions" of each operation: with a version id the action on versions
/// is needed in place of the one on objects.
const VERSIONED: [(&str, &[&str]); 9] = [
    ("DeleteObject", &["s3:DeleteObjectVersion"]),
    ("DeleteObjectTagging", &["s3:DeleteObjectVersionTagging"]),
    ("GetObject", &["s3:GetObjectVersion"]),
    ("GetObjectAcl", &["s3:GetObjectVersionAcl"]),
    ("GetObjectAttributes", &["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"]),
    ("GetObjectTagging", &["s3:GetObjectVersionTagging"]),
    ("HeadObject", &["s3:GetObjectVersion"]),
    ("PutObjectAcl", &["s3:PutObjectVersionAcl"]),
    ("PutObjectTagging", &["s3:PutObjectVersionTagging"]),
];

fn versioned<'c>(
    catalog: &'c Catalog,
    operation: Operation<'c>,
    needed: &[ActionPlan<'c>],
) -> Vec<ActionPlan<'c>> {
    if operation.client().model_name() != "s3" || needed.is_empty() {
        return Vec::new();
    }
    VERSIONED
        .iter()
        .filter(|(name, _)| *name == operation.name())
        .flat_map(|(_, actions)| actions.iter())
        .filter_map(|action| catalog.action(&action.parse().ok()?))
        .map(|action| ActionPlan::new(action, Some(operation)))
        .collect()
}
