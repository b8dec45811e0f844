//! The members of an observation file, as types.
//!
//! Words are checked while they are read, so that a wrong one is told with its place.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::evidence::Outcome;
use crate::evidence::trail::NameLimits;
use crate::evidence::trail::event::EventKey;
use crate::evidence::trail::time::EventTime;
use crate::iam::{AccountId, ActionName, Arn, Region, RoleArn, ServicePrincipal};
use crate::names::{container, fold};

/// The first members of every version.
#[derive(Deserialize)]
pub(super) struct Head<'a> {
    #[serde(borrow, default)]
    pub(super) format: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(super) version: Option<u64>,
}

/// The whole file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Contents<'a> {
    pub(super) format: Cow<'a, str>,
    pub(super) version: u64,
    pub(super) files: u64,
    pub(super) refused_files: u64,
    pub(super) records: u64,
    /// Events with this id and above may be counted only; the ids of all below are known.
    pub(super) ids_below: Option<Key>,
    /// How many names of one kind are kept as they are.
    #[serde(default = "usually_kept")]
    pub(super) names_kept: NonZeroUsize,
    pub(super) kinds: Vec<Object<Kind<'a>>>,
}

fn usually_kept() -> NonZeroUsize {
    NonZeroUsize::new(NameLimits::default().in_container).unwrap_or(NonZeroUsize::MIN)
}

/// Events that show the same.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Kind<'a> {
    pub(super) shows: Vec<Shown<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<Object<Known<'a>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) counted: Option<Object<Counted<'a>>>,
}

/// An event that is known by id.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Known<'a> {
    pub(super) time: Time,
    pub(super) id: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) shared: Option<Key>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) addendum: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) corrects: Option<Key>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) conflicting: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls it with")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Events that are only counted.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Counted<'a> {
    pub(super) events: u64,
    pub(super) first: Time,
    pub(super) last: Time,
    pub(super) smallest: Vec<Object<Sampled<'a>>>,
}

/// One of the smallest events of a count.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Sampled<'a> {
    pub(super) time: Time,
    pub(super) id: Cow<'a, str>,
}

/// One thing that an event shows.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Shown<'a> {
    Call(Object<Call<'a>>),
    Unmapped(Object<Unmapped<'a>>),
    NoPermission(Object<NoPermission<'a>>),
    NotACall(Object<OfKind<'a>>),
    OtherIdentity(Object<OfKind<'a>>),
    Service(Object<Service<'a>>),
    Unattributed(Object<Unattributed<'a>>),
    Unusable(Object<Unusable<'a>>),
}

/// A call of a role without a known action.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unmapped<'a> {
    pub(super) role: Word<'a, RoleArn>,
    pub(super) source: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
    pub(super) reason: Cow<'a, str>,
}

/// A call of a role that needs no permission.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoPermission<'a> {
    pub(super) role: Word<'a, RoleArn>,
    pub(super) source: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
}

/// No API call, or of no role: what else.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfKind<'a> {
    pub(super) kind: Cow<'a, str>,
}

/// A call that an AWS service made for itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service<'a> {
    pub(super) service: Cow<'a, str>,
    pub(super) source: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
}

/// A call of a session whose role cannot be told.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unattributed<'a> {
    pub(super) identity: Cow<'a, str>,
    pub(super) reason: Cow<'a, str>,
}

/// A member that cannot be used.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unusable<'a> {
    pub(super) member: Cow<'a, str>,
    pub(super) value: Option<Cow<'a, str>>,
}

/// A call of a role.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Call<'a> {
    pub(super) role: Word<'a, RoleArn>,
    pub(super) function: Function<'a>,
    pub(super) action: Word<'a, ActionName>,
    pub(super) operation: Cow<'a, str>,
    pub(super) resource: Resource<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) resource_account: Option<Word<'a, AccountId>>,
    pub(super) region: Word<'a, Region>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) via: Option<Word<'a, ServicePrincipal>>,
    #[serde(with = "OutcomeWord")]
    pub(super) outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<Cow<'a, str>>,
}

/// Which function called.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Function<'a> {
    Issued(Word<'a, Arn>),
    Session(Cow<'a, str>),
    Unknown,
}

/// What a call was done to.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Resource<'a> {
    Arn(Word<'a, Arn>),
    SecretNamed(Word<'a, SecretName>),
    Names(Object<Names<'a>>),
    Many,
    None,
    Unknown,
}

/// More names than are kept: `container`, `head` and `tail` in a row, the last the text of a pattern.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Names<'a> {
    pub(super) container: Cow<'a, str>,
    pub(super) head: Cow<'a, str>,
    pub(super) tail: Cow<'a, str>,
    pub(super) step: u8,
}

impl Names<'_> {
    /// Whether names can have become this.
    pub(super) fn is_possible(&self) -> bool {
        let Self { container, head, tail, step } = self;
        let whole = format!("{container}x");
        let parts = container::split(&whole);
        (1..=fold::LAST + 1).contains(step)
            && whole.parse::<Arn>().is_ok()
            && (parts.container, parts.inner) == (container, Some("x"))
            && (head.is_empty() || head.ends_with('/'))
            && {
                let again = fold::fold(head, tail, false, *step);
                (again.head, &*again.tail) == (&**head, &**tail)
            }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Outcome", rename_all = "camelCase")]
enum OutcomeWord {
    Succeeded,
    FailedAfterAuthorisation,
    FailedUnclear,
    Denied,
}

/// A JSON object that reads as a `T`: a list of the values in order does not.
pub(super) struct Object<T>(pub(super) T);

impl<T: Serialize> Serialize for Object<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<fn() -> T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// A text that reads as a `W`.
pub(super) struct Word<'a, W> {
    pub(super) text: Cow<'a, str>,
    word: PhantomData<fn() -> W>,
}

impl<'a, W> Word<'a, W> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text: Cow::Borrowed(text), word: PhantomData }
    }
}

impl<W> Serialize for Word<'_, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, W: FromStr<Err: fmt::Display>> Deserialize<'de> for Word<'_, W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse::<W>().map_err(D::Error::custom)?;
        Ok(Self { text: Cow::Owned(text), word: PhantomData })
    }
}

/// The ARN of a secret without its random part.
pub(super) struct SecretName;

impl FromStr for SecretName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole: Option<Arn> = format!("{text}-000000").parse().ok();
        match whole {
            Some(arn) if arn.service() == "secretsmanager" => Ok(Self),
            _ => Err(format!("`{text}` is not the ARN of a secret without its random part")),
        }
    }
}

/// An id, or its hash, in the form of a UUID.
#[derive(Clone, Copy)]
pub(super) struct Key(pub(super) EventKey);

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.uuid())
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        EventKey::written(&text).map(Self).ok_or_else(|| {
            D::Error::custom(format!("`{text}` is not an id in the form of a UUID, in lower case"))
        })
    }
}

/// A time as CloudTrail writes it.
#[derive(Clone, Copy)]
pub(super) struct Time(pub(super) EventTime);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        EventTime::parse(&text).map(Self).ok_or_else(|| {
            D::Error::custom(format!("`{text}` is not a UTC time such as `2026-11-01T08:30:00Z`"))
        })
    }
}
