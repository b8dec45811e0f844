//! One CloudTrail record: only the members that matter, borrowed from the input where it allows.
//!
//! It is read member by member, in any order; a wrong type is a fault of the record. What the
//! members mean is decided elsewhere: here all texts are alike, and all numbers, on which `known` relies.

mod identity;

use std::borrow::Cow;

use serde::de::{MapAccess, SeqAccess};

use super::any::{Any, Found, Take};
use super::member::{Fault, Faults, ObjectOf, TextOf, quoted, read_text};
use super::parameters::{ParameterMembers, Parameters};
use super::response::{ResponseError, ResponseMembers};
use identity::IdentityMembers;

/// The members of a record that are text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextMember {
    EventVersion,
    EventTime,
    EventSource,
    EventName,
    AwsRegion,
    EventId,
    SharedEventId,
    EventType,
    EventCategory,
    ErrorCode,
    ErrorMessage,
}

impl TextMember {
    pub(super) const ALL: [Self; 11] = [
        Self::EventVersion,
        Self::EventTime,
        Self::EventSource,
        Self::EventName,
        Self::AwsRegion,
        Self::EventId,
        Self::SharedEventId,
        Self::EventType,
        Self::EventCategory,
        Self::ErrorCode,
        Self::ErrorMessage,
    ];

    /// The key in the record.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::EventVersion => "eventVersion",
            Self::EventTime => "eventTime",
            Self::EventSource => "eventSource",
            Self::EventName => "eventName",
            Self::AwsRegion => "awsRegion",
            Self::EventId => "eventID",
            Self::SharedEventId => "sharedEventID",
            Self::EventType => "eventType",
            Self::EventCategory => "eventCategory",
            Self::ErrorCode => "errorCode",
            Self::ErrorMessage => "errorMessage",
        }
    }

    /// What it should hold.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::EventVersion => "a version such as `1.11`",
            Self::EventTime => "a UTC time such as `2026-11-01T08:30:00Z`",
            Self::EventSource => "an event source such as `s3.amazonaws.com`",
            Self::EventName => "the name of an API call such as `GetObject`",
            Self::AwsRegion => "a Region code such as `eu-west-1`",
            Self::EventId | Self::SharedEventId => "an event id as text",
            Self::EventType => "an event type such as `AwsApiCall`",
            Self::EventCategory => "an event category such as `Management`",
            Self::ErrorCode => "an error code such as `AccessDenied`",
            Self::ErrorMessage => "an error message as text",
        }
    }

    pub(super) fn named(key: &str) -> Option<Self> {
        // The shared beginning and the length settle almost every key before a comparison.
        Self::ALL.into_iter().find(|member| member.key() == key)
    }
}

/// `userIdentity`, as far as it attributes the call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Identity<'a> {
    pub(super) kind: Option<Cow<'a, str>>,
    pub(super) arn: Option<Cow<'a, str>>,
    pub(super) principal_id: Option<Cow<'a, str>>,
    pub(super) account_id: Option<Cow<'a, str>>,
    pub(super) invoked_by: Option<Cow<'a, str>>,
    pub(super) issuer_kind: Option<Cow<'a, str>>,
    pub(super) issuer_arn: Option<Cow<'a, str>>,
    pub(super) scope_kind: Option<Cow<'a, str>>,
    pub(super) scope_issued_to: Option<Cow<'a, str>>,
}

/// One entry of `resources[]`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ResourceEntry<'a> {
    pub(super) arn: Option<Cow<'a, str>>,
    pub(super) account: Option<Cow<'a, str>>,
}

/// One record.
#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    texts: [Option<Cow<'a, str>>; TextMember::ALL.len()],
    pub(super) identity: Identity<'a>,
    pub(super) parameters: Parameters<'a>,
    /// `errorCode` and `errorMessage` of `responseElements`, where some services put them.
    pub(super) response: ResponseError<'a>,
    pub(super) resources: Vec<ResourceEntry<'a>>,
    /// `addendum.originalEventID`.
    pub(super) original_event_id: Option<Cow<'a, str>>,
    /// Whether there is an `addendum`.
    pub(super) is_addendum: bool,
    /// The members read so far that are no text.
    read: [bool; NESTED],
    faults: Faults,
}

/// How many members of a record are read that are no text.
const NESTED: usize = 5;

/// Records are equal that say the same; how they were read is nothing.
impl PartialEq for Record<'_> {
    fn eq(&self, other: &Self) -> bool {
        // Every member is named, so that none can be forgotten.
        let Self {
            texts,
            identity,
            parameters,
            response,
            resources,
            original_event_id,
            is_addendum,
            faults,
            read: _,
        } = self;
        *texts == other.texts
            && *identity == other.identity
            && *parameters == other.parameters
            && *response == other.response
            && *resources == other.resources
            && *original_event_id == other.original_event_id
            && *is_addendum == other.is_addendum
            && *faults == other.faults
    }
}

impl<'a> Record<'a> {
    /// Whether `other` says the same, but for parameters of it that are kept whole.
    pub(super) fn is_outline_of(&self, other: &Self) -> bool {
        let Self { texts, identity, parameters, response, resources, .. } = self;
        *texts == other.texts
            && *identity == other.identity
            && parameters.is_outline_of(&other.parameters)
            && *response == other.response
            && *resources == other.resources
            && (&self.original_event_id, self.is_addendum, &self.faults)
                == (&other.original_event_id, other.is_addendum, &other.faults)
    }

    /// A text member; `None` when it is absent or `null`.
    pub(super) fn text(&self, member: TextMember) -> Option<&str> {
        self.texts[member as usize].as_deref()
    }

    /// Sets a text member.
    pub(super) fn put_text(&mut self, member: TextMember, value: Cow<'a, str>) {
        self.texts[member as usize] = Some(value);
    }

    /// Sets a member of the resource `entry`, counted from 0: its ARN or its account.
    pub(super) fn put_resource(&mut self, entry: usize, is_arn: bool, value: Cow<'a, str>) {
        if self.resources.len() <= entry {
            self.resources.resize_with(entry + 1, ResourceEntry::default);
        }
        let entry = &mut self.resources[entry];
        *(if is_arn { &mut entry.arn } else { &mut entry.account }) = Some(value);
    }

    /// Whether any member says that this is a CloudTrail record.
    pub(super) fn is_record(&self) -> bool {
        use TextMember as M;
        [M::EventVersion, M::EventSource, M::EventName, M::EventType]
            .iter()
            .any(|&member| self.texts[member as usize].is_some())
    }

    /// The first fault, taken out.
    pub(super) fn take_fault(&mut self) -> Option<Fault> {
        self.faults.take()
    }

    /// Reads the value of one member.
    pub(super) fn read<A: MapAccess<'a>>(
        &mut self,
        key: RecordKey,
        map: &mut A,
    ) -> Result<(), A::Error> {
        if let Some((place, member)) = key.nested()
            && std::mem::replace(&mut self.read[place], true)
        {
            self.faults.note(member, "written twice".into(), "one value");
        }
        match key {
            RecordKey::Text(member) => read_text(
                map,
                member.key(),
                member.expected(),
                &mut self.texts[member as usize],
                &mut self.faults,
            ),
            RecordKey::Identity => map.next_value_seed(Any(ObjectOf {
                member: "userIdentity",
                faults: &mut self.faults,
                read: IdentityMembers(&mut self.identity),
            })),
            RecordKey::Parameters => map.next_value_seed(Any(ParameterMembers {
                parameters: &mut self.parameters,
                faults: &mut self.faults,
            })),
            RecordKey::Response => map.next_value_seed(Any(ResponseMembers(&mut self.response))),
            RecordKey::Resources => map.next_value_seed(Any(Resources {
                entries: &mut self.resources,
                faults: &mut self.faults,
            })),
            RecordKey::Addendum => {
                self.is_addendum = true;
                map.next_value_seed(Any(ObjectOf {
                    member: "addendum",
                    faults: &mut self.faults,
                    read: [TextOf {
                        keys: ["originalEventID"; 2],
                        member: "addendum.originalEventID",
                        expected: "an event id as text",
                        slot: &mut self.original_event_id,
                    }],
                }))
            }
        }
    }
}

/// A key of a record that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordKey {
    Text(TextMember),
    Identity,
    Parameters,
    Response,
    Resources,
    Addendum,
}

impl RecordKey {
    /// The member named `key`; `None` when it does not matter.
    pub(super) fn named(key: &str) -> Option<Self> {
        match key {
            "userIdentity" => Some(Self::Identity),
            "requestParameters" => Some(Self::Parameters),
            "responseElements" => Some(Self::Response),
            "resources" => Some(Self::Resources),
            "addendum" => Some(Self::Addendum),
            _ => TextMember::named(key).map(Self::Text),
        }
    }

    /// The number and the name of a member that is no text.
    fn nested(self) -> Option<(usize, &'static str)> {
        Some(match self {
            Self::Text(_) => return None,
            Self::Identity => (0, "userIdentity"),
            Self::Parameters => (1, "requestParameters"),
            Self::Response => (2, "responseElements"),
            Self::Resources => (3, "resources"),
            Self::Addendum => (4, "addendum"),
        })
    }
}

struct Resources<'r, 'a> {
    entries: &'r mut Vec<ResourceEntry<'a>>,
    faults: &'r mut Faults,
}

const RESOURCES: &str = "a list of objects";

impl<'de> Take<'de> for Resources<'_, 'de> {
    type Value = ();

    fn null<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn text<E>(self, text: Cow<'de, str>) -> Result<(), E> {
        self.faults.note("resources", quoted(&text), RESOURCES);
        Ok(())
    }

    fn other<E>(self, found: Found<'_>) -> Result<(), E> {
        self.faults.note("resources", found.to_string(), RESOURCES);
        Ok(())
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let mut entry = ResourceEntry::default();
            let members = [
                TextOf {
                    keys: ["ARN", "arn"],
                    member: "resources[].ARN",
                    expected: "an ARN",
                    slot: &mut entry.arn,
                },
                TextOf {
                    keys: ["accountId"; 2],
                    member: "resources[].accountId",
                    expected: "an account id as text",
                    slot: &mut entry.account,
                },
            ];
            let faults = &mut *self.faults;
            let object = ObjectOf { member: "resources[]", faults, read: members };
            if list.next_element_seed(Any(object))?.is_none() {
                return Ok(());
            }
            if entry.arn.is_some() || entry.account.is_some() {
                self.entries.push(entry);
            }
        }
    }
}
