//! Questions about SDK clients and their operations.
//!
//! An operation is what is called (`ListObjectsV2`); an action is what IAM checks
//! (`s3:ListBucket`). *Primary* actions are needed by every call; *conditional* ones only when the request
//! says so (a tag header, a version id), so that they are never granted on the name alone.

use std::ops::Range;

use super::layout::{MEMBER_IS_NO_TEXT, NONE, PRIMARY_IS_LIST, Section};
use super::{Action, Catalog, ResourceType, Service};
use crate::iam::ActionName;

impl Catalog {
    /// The client with that name.
    ///
    /// Shape: the SDK crate without `aws_sdk_` (`dynamodb`, `sfn`, `cloudwatchlogs`), with it
    /// (`aws_sdk_sfn`, `aws-sdk-sfn`), or an IAM prefix with `_` for `-` when one client alone has it
    /// (`states`, `logs`, `iot_data`). A service without a client, such as `rds-db`, is found by
    /// [`Catalog::service`] only.
    #[must_use]
    pub fn client(&self, name: &str) -> Option<Client<'_>> {
        let folded: String =
            name.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect();
        let suffix = folded.strip_prefix("aws_sdk_").unwrap_or(&folded);
        let names = 0..self.count(Section::ClientNames);
        let record = self.find(Section::ClientNames, names, suffix)?;
        Some(Client { catalog: self, index: self.u16(Section::ClientNames, record, 2).into() })
    }

    /// Every client, by crate.
    pub fn clients(&self) -> impl ExactSizeIterator<Item = Client<'_>> + Clone {
        (0..self.count(Section::Clients)).map(move |index| Client { catalog: self, index })
    }

    /// Every operation, by client and name.
    pub fn operations(&self) -> impl ExactSizeIterator<Item = Operation<'_>> + Clone {
        (0..self.count(Section::Operations)).map(move |index| Operation { catalog: self, index })
    }

    pub(super) fn visibility(&self, section: Section, key: u16) -> Visibility<'_> {
        let Some(record) = self.run(section, key).next() else { return Visibility::Unlisted };
        match self.u8(section, record, 2) {
            1 => Visibility::Management,
            2 => Visibility::Data { resource_type: self.string(self.u16(section, record, 4)) },
            3 => Visibility::Never,
            _ => Visibility::Unlisted,
        }
    }
}

/// One SDK client: a crate with the operations of a service.
#[derive(Clone, Copy)]
pub struct Client<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) index: usize,
}

impl<'c> Client<'c> {
    fn text(&self, offset: usize) -> &'c str {
        self.catalog.string(self.catalog.u16(Section::Clients, self.index, offset))
    }

    /// The crate as Rust code names it: `aws_sdk_dynamodb`.
    #[must_use]
    pub fn crate_name(&self) -> &'c str {
        self.text(0)
    }

    /// The crate without `aws_sdk_`: what a declaration writes.
    #[must_use]
    pub fn name(&self) -> &'c str {
        self.crate_name().strip_prefix("aws_sdk_").unwrap_or(self.crate_name())
    }

    /// The name of the service model that SDKs of other languages share: `stepfunctions`.
    #[must_use]
    pub fn model_name(&self) -> &'c str {
        self.text(2)
    }

    /// The SDK id, `DynamoDB`, `Cognito Identity Provider`.
    #[must_use]
    pub fn sdk_id(&self) -> &'c str {
        self.text(4)
    }

    /// The first label of its endpoints, which is not always the IAM prefix: `monitoring`.
    #[must_use]
    pub fn endpoint_prefix(&self) -> &'c str {
        self.text(8)
    }

    /// The service whose actions its operations need; `None` where AWS documents no such service.
    #[must_use]
    pub fn service(&self) -> Option<Service<'c>> {
        let index = self.catalog.u16(Section::Clients, self.index, 6);
        (index != NONE).then(|| Service { catalog: self.catalog, index: index.into() })
    }

    /// The prefix of that service.
    #[must_use]
    pub fn iam_prefix(&self) -> Option<&'c str> {
        self.service().map(|service| service.prefix())
    }

    fn run(&self) -> Range<usize> {
        let bound = |index| usize::from(self.catalog.u16(Section::Clients, index, 10));
        bound(self.index)..bound(self.index + 1)
    }

    /// Its operations, by name.
    pub fn operations(&self) -> impl ExactSizeIterator<Item = Operation<'c>> + Clone + use<'c> {
        let catalog = self.catalog;
        self.run().map(move |index| Operation { catalog, index })
    }

    /// The operation of that API name (`GetItem`), in any case.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<Operation<'c>> {
        let index = self.catalog.find(Section::Operations, self.run(), name)?;
        Some(Operation { catalog: self.catalog, index })
    }

    /// The operation of that method of the Rust client (`get_item`, `list_objects_v2`).
    #[must_use]
    pub fn operation_of_method(&self, method: &str) -> Option<Operation<'c>> {
        let name: String = method.chars().filter(|&c| c != '_').collect();
        self.operation(&name)
    }
}

/// One operation of a client.
#[derive(Clone, Copy)]
pub struct Operation<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) index: usize,
}

impl<'c> Operation<'c> {
    fn u16(&self, offset: usize) -> u16 {
        self.catalog.u16(Section::Operations, self.index, offset)
    }

    // INVARIANT: the encoder refuses more than `u16::MAX` operations.
    fn key(&self) -> u16 {
        self.index as u16
    }

    /// The API name, `GetItem`.
    #[must_use]
    pub fn name(&self) -> &'c str {
        self.catalog.string(self.u16(0))
    }

    /// The client that has it.
    #[must_use]
    pub fn client(&self) -> Client<'c> {
        let index = self.catalog.owner(Section::Clients, 10, self.index);
        Client { catalog: self.catalog, index }
    }

    fn source_byte(&self) -> u8 {
        self.catalog.u8(Section::Operations, self.index, 2)
    }

    /// How its actions are known.
    #[must_use]
    pub fn mapping(&self) -> MappingSource {
        let code = usize::from(self.source_byte() & !PRIMARY_IS_LIST);
        MappingSource::ALL.get(code).copied().unwrap_or(MappingSource::Unresolved)
    }

    /// The actions that a call needs. Empty when it needs no permission or none is known: ask
    /// [`Operation::needs_no_permission`].
    ///
    /// When [`Operation::is_ambiguous`] holds, the request tells which of them one call needs.
    pub fn primary_actions(&self) -> impl Iterator<Item = ActionName> + use<'c> {
        self.primary().map(|action| action.name())
    }

    /// The same actions, with what is known of them.
    pub fn primary(&self) -> impl Iterator<Item = Action<'c>> + use<'c> {
        let catalog = self.catalog;
        let is_list = self.source_byte() & PRIMARY_IS_LIST != 0;
        let one = (!is_list).then(|| self.u16(3));
        let list = if is_list { catalog.list(self.u16(3)) } else { catalog.list(0) };
        one.into_iter().chain(list).map(move |action| Action { catalog, index: action.into() })
    }

    /// Actions that a call needs only when the request says so.
    pub fn conditional_actions(&self) -> impl Iterator<Item = ActionName> + use<'c> {
        let catalog = self.catalog;
        catalog.list(self.u16(5)).map(move |action| Action { catalog, index: action.into() }.name())
    }

    /// Whether one call may need only some of the primary actions, as `TransactWriteItems` does.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.mapping() == MappingSource::Ambiguous
    }

    /// Whether its actions are not known. It may well need one.
    #[must_use]
    pub fn is_unresolved(&self) -> bool {
        self.mapping() == MappingSource::Unresolved
    }

    /// Whether IAM checks nothing when it is called.
    #[must_use]
    pub fn needs_no_permission(&self) -> bool {
        self.mapping() == MappingSource::NoPermission
    }

    /// Why IAM checks nothing, as a sentence without full stop.
    #[must_use]
    pub fn no_permission_reason(&self) -> Option<&'c str> {
        let record = self.catalog.run(Section::FreeOperations, self.key()).next()?;
        Some(self.catalog.string(self.catalog.u16(Section::FreeOperations, record, 2)))
    }

    /// Whether CloudTrail shows a call of it, and as what kind of event.
    #[must_use]
    pub fn visibility(&self) -> Visibility<'c> {
        self.catalog.visibility(Section::OperationVisibility, self.key())
    }

    /// Whether [`Operation::visibility`] was read in AWS's documentation, not concluded.
    #[must_use]
    pub fn visibility_is_documented(&self) -> bool {
        let section = Section::OperationVisibility;
        let record = self.catalog.run(section, self.key()).next();
        record.is_some_and(|record| self.catalog.u8(section, record, 3) != 0)
    }

    /// Actions of other services that AWS checks against the caller when it makes the call
    /// for it, such as `kms:Decrypt` behind an encrypted object.
    pub fn indirect(&self) -> impl Iterator<Item = IndirectAction<'c>> + use<'c> {
        let catalog = self.catalog;
        catalog.run(Section::Indirect, self.key()).map(move |record| {
            let at = |offset| catalog.u16(Section::Indirect, record, offset);
            let via = catalog.string(at(4));
            IndirectAction {
                action: Action { catalog, index: at(2).into() }.name(),
                via_service: (!via.is_empty()).then_some(via),
                is_documented: catalog.u8(Section::Indirect, record, 6) != 0,
            }
        })
    }

    /// Where the request names the resource.
    pub fn resource_members(&self) -> impl Iterator<Item = ResourceMember<'c>> + use<'c> {
        let catalog = self.catalog;
        catalog.list(self.u16(7)).groups().map(move |[kind, placeholder, member, rule]| {
            ResourceMember {
                resource_type: ResourceType { catalog, index: kind.into() }.name(),
                placeholder: catalog.string(placeholder),
                member: catalog.string(member),
                rule: rule.to_le_bytes()[0] & !MEMBER_IS_NO_TEXT.to_le_bytes()[0],
                is_text: rule & MEMBER_IS_NO_TEXT == 0,
            }
        })
    }

    /// The SDK's waiters that poll this operation, by name: `TableExists` of `DescribeTable`.
    pub fn waiters(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        let catalog = self.catalog;
        let records = catalog.run(Section::Waiters, self.key());
        records.map(move |record| catalog.string(catalog.u16(Section::Waiters, record, 2)))
    }
}

/// How the actions of an operation are known, surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MappingSource {
    /// The service has an action of the same name.
    SameName,
    /// AWS's own table of operations and actions.
    Reference,
    /// Curated here, from AWS's documentation.
    Curated,
    /// API Gateway: the action is the HTTP verb.
    HttpVerb,
    /// The action's documentation is the operation's page.
    DocumentationLink,
    /// A public data set of 2022.
    DataSet2022,
    /// Several primary actions of which one call needs only some: the request must be looked at.
    Ambiguous,
    /// IAM checks nothing.
    NoPermission,
    /// Not known.
    Unresolved,
}

impl MappingSource {
    /// Every source, by its number in the file.
    pub const ALL: [Self; 9] = [
        Self::SameName,
        Self::Reference,
        Self::Curated,
        Self::HttpVerb,
        Self::DocumentationLink,
        Self::DataSet2022,
        Self::Ambiguous,
        Self::NoPermission,
        Self::Unresolved,
    ];
}

/// Whether CloudTrail can show a call.
///
/// # Source
/// AWS CloudTrail User Guide, "Logging data events" and "Logging management events".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility<'c> {
    /// A management event: in every trail, unless the trail leaves out KMS or RDS Data API events.
    Management,
    /// A data event: only in a trail that selects this resource type.
    Data {
        /// `resources.type` of the event selector, `AWS::S3::Object`.
        resource_type: &'c str,
    },
    /// No event of any kind.
    Never,
    /// Not in the table. Most such operations are management events, but nothing may be concluded from
    /// their absence.
    Unlisted,
}

/// An action that AWS checks against the caller behind a call.
///
/// # Source
/// IAM User Guide, "Forward access sessions"; AWS KMS Developer Guide, "kms:ViaService".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndirectAction<'c> {
    /// The action.
    pub action: ActionName,
    /// The service in `kms:ViaService` (`dynamodb` of `dynamodb.REGION.amazonaws.com`); `None` where no
    /// such condition holds.
    pub via_service: Option<&'c str>,
    /// Whether it was read in AWS's documentation or a tested table, not concluded.
    pub is_documented: bool,
}

/// Where a request names its resource: this member fills that placeholder of the type's ARN format.
///
/// One member per placeholder; alternatives beside it and members inside lists are not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceMember<'c> {
    /// The resource type, of the client's service.
    pub resource_type: &'c str,
    /// The placeholder, `QueueName`; `*arn*` when the member may hold a whole ARN or a bare name.
    pub placeholder: &'c str,
    /// The input member by its API name, `QueueUrl`.
    pub member: &'c str,
    /// How it was matched: 0 is the same name, 6 a guess; treat 4 to 6 as hints only.
    pub rule: u8,
    /// Whether it is one plain text; else a list, a structure, a number or one of a set of words.
    pub is_text: bool,
}

impl ResourceMember<'_> {
    /// Whether the member may hold a whole ARN or a bare name.
    #[must_use]
    pub fn is_whole_arn(&self) -> bool {
        self.placeholder == super::layout::WHOLE_ARN
    }
}
