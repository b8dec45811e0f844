//! Questions about services, actions, resource types and condition keys.

use std::ops::Range;

use super::layout::{KEY_IS_TEMPLATE, PERMISSION_ONLY, REQUIRED, Section};
use super::load::compare_folded;
use super::{Catalog, Client, Operation, Visibility};
use crate::iam::{AccessLevel, ActionName};

impl Catalog {
    /// The service of an action prefix (`s3`, `execute-api`), in any case.
    #[must_use]
    pub fn service(&self, prefix: &str) -> Option<Service<'_>> {
        let index = self.find(Section::Services, 0..self.count(Section::Services), prefix)?;
        Some(Service { catalog: self, index })
    }

    /// Every service, by prefix.
    pub fn services(&self) -> impl ExactSizeIterator<Item = Service<'_>> + Clone {
        (0..self.count(Section::Services)).map(move |index| Service { catalog: self, index })
    }

    /// What is known of `action`, spelled in any case.
    #[must_use]
    pub fn action(&self, action: &ActionName) -> Option<Action<'_>> {
        self.service(action.service())?.action(action.name())
    }

    /// Every action, by service and name.
    pub fn actions(&self) -> impl ExactSizeIterator<Item = Action<'_>> + Clone {
        (0..self.count(Section::Actions)).map(move |index| Action { catalog: self, index })
    }

    /// The type of a condition key, in any case, its variable part filled in or not
    /// (`aws:ResourceTag/team`, `aws:ResourceTag/${TagKey}`).
    ///
    /// `service` is the prefix of the action that the key is used with, or `aws` for the keys that
    /// every action knows. Those are found for every service.
    #[must_use]
    pub fn condition_key(&self, service: &str, key: &str) -> Option<ConditionKeyType> {
        let own = self
            .service(service)
            .and_then(|service| self.key_in(Section::ConditionKeys, service.run(6), key));
        own.or_else(|| self.key_in(Section::GlobalKeys, 0..self.count(Section::GlobalKeys), key))
    }

    /// Every key that is not of one service, with its type.
    pub fn global_condition_keys(&self) -> impl Iterator<Item = (&str, ConditionKeyType)> {
        (0..self.count(Section::GlobalKeys)).map(|r| self.key(Section::GlobalKeys, r))
    }

    fn key(&self, section: Section, record: usize) -> (&str, ConditionKeyType) {
        let kind = self.u8(section, record, 2) & !KEY_IS_TEMPLATE;
        (self.string(self.u16(section, record, 0)), ConditionKeyType::from_code(kind))
    }

    fn key_in(&self, section: Section, range: Range<usize>, key: &str) -> Option<ConditionKeyType> {
        let exact = self.find(section, range.clone(), key);
        let record = exact.or_else(|| {
            range
                .filter(|&record| self.u8(section, record, 2) & KEY_IS_TEMPLATE != 0)
                .find(|&record| fills(self.string(self.u16(section, record, 0)), key))
        })?;
        Some(self.key(section, record).1)
    }
}

/// Where the variable part of a condition key starts: at `${`, `<` or the word `tag-key`.
#[must_use]
pub fn template_head(key: &str) -> Option<&str> {
    ["${", "<"]
        .into_iter()
        .find_map(|mark| key.find(mark))
        .or_else(|| key.ends_with("/tag-key").then(|| key.len() - "tag-key".len()))
        .map(|at| &key[..at])
}

/// Whether `key` is `template` with something in the place of the variable part.
fn fills(template: &str, key: &str) -> bool {
    let Some(head) = template_head(template) else { return false };
    let tail = template.rfind(['}', '>']).map_or("", |at| &template[at + 1..]);
    key.len() > head.len() + tail.len()
        && key.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head))
        && key.get(key.len() - tail.len()..).is_some_and(|end| end.eq_ignore_ascii_case(tail))
}

/// One service: what stands before the colon of an action.
#[derive(Clone, Copy)]
pub struct Service<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) index: usize,
}

impl<'c> Service<'c> {
    /// The prefix in lower case.
    #[must_use]
    pub fn prefix(&self) -> &'c str {
        self.catalog.string(self.catalog.u16(Section::Services, self.index, 0))
    }

    fn run(&self, offset: usize) -> Range<usize> {
        let bound = |index| usize::from(self.catalog.u16(Section::Services, index, offset));
        bound(self.index)..bound(self.index + 1)
    }

    /// Its actions, by name.
    pub fn actions(&self) -> impl ExactSizeIterator<Item = Action<'c>> + Clone + use<'c> {
        let catalog = self.catalog;
        self.run(2).map(move |index| Action { catalog, index })
    }

    /// The action of that name (`GetObject`), in any case.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<Action<'c>> {
        let index = self.catalog.find(Section::Actions, self.run(2), name)?;
        Some(Action { catalog: self.catalog, index })
    }

    /// Its resource types, by name.
    pub fn resource_types(
        &self,
    ) -> impl ExactSizeIterator<Item = ResourceType<'c>> + Clone + use<'c> {
        let catalog = self.catalog;
        self.run(4).map(move |index| ResourceType { catalog, index })
    }

    /// The resource type of that name (`bucket`), in any case.
    #[must_use]
    pub fn resource_type(&self, name: &str) -> Option<ResourceType<'c>> {
        let index = self.catalog.find(Section::ResourceTypes, self.run(4), name)?;
        Some(ResourceType { catalog: self.catalog, index })
    }

    /// Its condition keys with their types, by name; a variable part is written `${TagKey}` or `<key>`.
    pub fn condition_keys(
        &self,
    ) -> impl ExactSizeIterator<Item = (&'c str, ConditionKeyType)> + use<'c> {
        let catalog = self.catalog;
        self.run(6).map(move |record| catalog.key(Section::ConditionKeys, record))
    }

    /// The SDK clients whose operations need actions of this service.
    pub fn clients(&self) -> impl ExactSizeIterator<Item = Client<'c>> + use<'c> {
        let catalog = self.catalog;
        catalog
            .list(catalog.u16(Section::Services, self.index, 8))
            .map(move |client| Client { catalog, index: client.into() })
    }
}

/// One action, as the Service Authorization Reference lists it.
#[derive(Clone, Copy)]
pub struct Action<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) index: usize,
}

impl<'c> Action<'c> {
    fn u16(&self, offset: usize) -> u16 {
        self.catalog.u16(Section::Actions, self.index, offset)
    }

    fn bits(&self) -> u8 {
        self.catalog.u8(Section::Actions, self.index, 2)
    }

    /// The service it belongs to.
    #[must_use]
    pub fn service(&self) -> Service<'c> {
        let index = self.catalog.owner(Section::Services, 2, self.index);
        Service { catalog: self.catalog, index }
    }

    /// The name after the colon, as AWS spells it.
    #[must_use]
    pub fn short_name(&self) -> &'c str {
        self.catalog.string(self.u16(0))
    }

    /// The whole name, as AWS spells it: `s3:GetObject`.
    #[must_use]
    pub fn name(&self) -> ActionName {
        ActionName::joined(self.service().prefix(), self.short_name())
    }

    /// Its access levels, weakest first; never empty.
    ///
    /// AWS gives most tagging and permission actions two: `Tagging` and `Write`.
    #[must_use]
    pub fn levels(&self) -> Vec<AccessLevel> {
        let bits = self.bits();
        AccessLevel::ALL
            .into_iter()
            .enumerate()
            .filter_map(|(bit, level)| (bits & (1 << bit) != 0).then_some(level))
            .collect()
    }

    /// Whether the action is only ever checked inside another call, as `iam:PassRole` is.
    #[must_use]
    pub fn is_permission_only(&self) -> bool {
        self.bits() & PERMISSION_ONLY != 0
    }

    /// The resource types it can be limited to. Empty: only `*` can grant it.
    ///
    /// They are alternatives, even where several are marked as required.
    pub fn resource_types(&self) -> impl Iterator<Item = ActionResource<'c>> + use<'c> {
        let catalog = self.catalog;
        catalog.list(self.u16(3)).groups().map(move |[resource, keys]| ActionResource {
            resource_type: ResourceType { catalog, index: usize::from(resource & !REQUIRED) },
            required: resource & REQUIRED != 0,
            keys,
        })
    }

    /// The resource types of this action that `arn` (an ARN, or a pattern of ARNs) can name.
    pub fn resource_types_matching<'a>(
        &self,
        arn: &'a str,
    ) -> impl Iterator<Item = ResourceType<'c>> + use<'a, 'c> {
        self.resource_types().map(|r| r.resource_type).filter(move |kind| kind.matches(arn))
    }

    /// The condition keys it knows whatever the resource, without those of its resource types.
    pub fn condition_keys(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        let catalog = self.catalog;
        catalog.list(self.u16(5)).map(move |key| catalog.string(key))
    }

    /// Actions that a call of this one may need as well (`iam:PassRole` for `lambda:CreateFunction`).
    pub fn dependent_actions(&self) -> impl Iterator<Item = ActionName> + use<'c> {
        let catalog = self.catalog;
        catalog.list(self.u16(7)).map(move |action| Action { catalog, index: action.into() }.name())
    }

    /// The SDK operations that need this action first of all.
    pub fn operations(&self) -> impl ExactSizeIterator<Item = Operation<'c>> + use<'c> {
        let catalog = self.catalog;
        let bound = |index| usize::from(catalog.u16(Section::Actions, index, 9));
        (bound(self.index)..bound(self.index + 1)).map(move |place| Operation {
            catalog,
            index: catalog.u16(Section::ActionOperations, place, 0).into(),
        })
    }

    /// Whether CloudTrail can show that the action was used.
    #[must_use]
    pub fn visibility(&self) -> Visibility<'c> {
        // INVARIANT: at most `u16::MAX` actions.
        self.catalog.visibility(Section::ActionVisibility, self.index as u16)
    }

    /// Whether [`Action::visibility`] was read in AWS's documentation, not concluded.
    #[must_use]
    pub fn visibility_is_documented(&self) -> bool {
        let section = Section::ActionVisibility;
        // INVARIANT: at most `u16::MAX` actions.
        let record = self.catalog.run(section, self.index as u16).next();
        record.is_some_and(|record| self.catalog.u8(section, record, 3) != 0)
    }
}

/// A resource type of an action.
#[derive(Clone, Copy)]
pub struct ActionResource<'c> {
    /// The type.
    pub resource_type: ResourceType<'c>,
    /// Whether the reference marks it as required. Use it only to choose between an ARN and `*`:
    /// where several types are marked, each of them alone is enough.
    pub required: bool,
    keys: u16,
}

impl<'c> ActionResource<'c> {
    /// The condition keys that this action knows on a resource of this type.
    pub fn condition_keys(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        let catalog = self.resource_type.catalog;
        catalog.list(self.keys).map(move |key| catalog.string(key))
    }
}

/// A kind of resource, with the ARNs it has.
#[derive(Clone, Copy)]
pub struct ResourceType<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) index: usize,
}

impl<'c> ResourceType<'c> {
    fn u16(&self, offset: usize) -> u16 {
        self.catalog.u16(Section::ResourceTypes, self.index, offset)
    }

    /// The name, `bucket`.
    #[must_use]
    pub fn name(&self) -> &'c str {
        self.catalog.string(self.u16(0))
    }

    /// The service that lists it.
    #[must_use]
    pub fn service(&self) -> Service<'c> {
        Service { catalog: self.catalog, index: self.u16(6).into() }
    }

    /// Its ARN formats, `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`; never empty.
    pub fn arn_formats(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        self.formats().map(|(format, _)| format)
    }

    /// The formats with what their last placeholder may hold.
    pub(super) fn formats(&self) -> impl Iterator<Item = (&'c str, u16)> + use<'c> {
        let catalog = self.catalog;
        catalog.list(self.u16(2)).groups().map(move |[format, tail]| (catalog.string(format), tail))
    }

    /// The condition keys that a resource of this type gives a value.
    pub fn condition_keys(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        let catalog = self.catalog;
        catalog.list(self.u16(4)).map(move |key| catalog.string(key))
    }
}

/// The type of a condition key's value.
///
/// # Source
/// Service Authorization Reference, "Condition keys"; IAM User Guide, "AWS global condition context keys".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum ConditionKeyType {
    String,
    ArrayOfString,
    Arn,
    ArrayOfArn,
    Bool,
    ArrayOfBool,
    Numeric,
    Date,
    IpAddress,
}

impl ConditionKeyType {
    /// Every type, by its number in the file.
    pub const ALL: [Self; 9] = [
        Self::String,
        Self::ArrayOfString,
        Self::Arn,
        Self::ArrayOfArn,
        Self::Bool,
        Self::ArrayOfBool,
        Self::Numeric,
        Self::Date,
        Self::IpAddress,
    ];

    fn from_code(code: u8) -> Self {
        Self::ALL.get(usize::from(code)).copied().unwrap_or(Self::String)
    }

    /// The type as AWS writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::ArrayOfString => "ArrayOfString",
            Self::Arn => "ARN",
            Self::ArrayOfArn => "ArrayOfARN",
            Self::Bool => "Bool",
            Self::ArrayOfBool => "ArrayOfBool",
            Self::Numeric => "Numeric",
            Self::Date => "Date",
            Self::IpAddress => "IPAddress",
        }
    }

    /// Whether the key holds several values at once, so that a condition needs `ForAllValues` or `ForAnyValue`.
    #[must_use]
    pub fn is_multivalued(self) -> bool {
        matches!(self, Self::ArrayOfString | Self::ArrayOfArn | Self::ArrayOfBool)
    }
}

macro_rules! identity {
    ($($name:ident: $show:ident),*) => {$(
        impl PartialEq for $name<'_> {
            fn eq(&self, other: &Self) -> bool {
                std::ptr::eq(self.catalog, other.catalog) && self.index == other.index
            }
        }

        impl Eq for $name<'_> {}

        impl std::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.$show())
            }
        }
    )*};
}

identity!(Service: prefix, Action: name, ResourceType: name, Client: name, Operation: name);

/// Whether two names differ at most by case.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    compare_folded(a.as_bytes(), b.as_bytes()).is_eq()
}
