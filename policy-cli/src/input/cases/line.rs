//! One line of a case file as JSON with places, duplicate members kept.
//!
//! A map would lose what stands twice, and a tree would lose where it stands; here an object is the
//! list of its members, whose values are pieces of the line that are read when their turn comes.

use std::borrow::Cow;
use std::fmt;

use policy_core::catalog::nearest;
use policy_core::finding::Place;
use policy_core::policy::Spot;
use serde_json::value::RawValue;

use crate::failure::Failure;

/// A line, and the mistakes found in it so far.
pub(super) struct Line<'a> {
    /// The file as the user named it.
    pub(super) file: &'a str,
    /// From 1.
    pub(super) number: u32,
    pub(super) text: &'a str,
    pub(super) mistakes: Vec<Failure>,
}

/// One member of an object.
pub(super) struct Member<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: &'a RawValue,
}

impl<'a> Member<'a> {
    /// The piece of the line to point at for the name.
    fn at(&self) -> &'a str {
        match &self.name {
            Cow::Borrowed(name) => name,
            // Spelled with escapes: its value stands beside it.
            Cow::Owned(_) => self.value.get(),
        }
    }
}

/// An object whose members are known and stand once; what is wrong with others is noted.
pub(super) struct Object<'a> {
    pub(super) members: Vec<Member<'a>>,
    /// What messages call it.
    what: String,
    /// Its piece of the line.
    at: &'a str,
    /// Nothing was wrong with it: what is not there was not meant to be there under another name.
    whole: bool,
}

impl<'a> Object<'a> {
    /// A member that is there and not null.
    pub(super) fn optional(&self, name: &str) -> Option<&'a RawValue> {
        let found = self.members.iter().find(|member| member.name == name)?;
        (Kind::of(found.value) != Kind::Null).then_some(found.value)
    }

    /// A member that must be there; `help` says what to write.
    pub(super) fn required(
        &self,
        line: &mut Line<'a>,
        name: &str,
        help: &str,
    ) -> Option<&'a RawValue> {
        let found = self.optional(name);
        if found.is_none() && self.whole {
            line.mistake(self.at, format!("{} has no `{name}`", self.what), help);
        }
        found
    }
}

/// What JSON calls a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    Text,
    Number,
    Boolean,
    Null,
}

impl Kind {
    pub(super) fn of(value: &RawValue) -> Self {
        match value.get().as_bytes().first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b'"') => Self::Text,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'n') => Self::Null,
            _ => Self::Number,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Null => "null",
        }
    }
}

impl<'a> Line<'a> {
    /// The whole line as an object of `known` members; the syntax of everything in it is checked.
    pub(super) fn object(&mut self, what: &str, known: &[&str]) -> Option<Object<'a>> {
        match serde_json::from_str::<Members<'a>>(self.text) {
            Ok(members) => Some(self.checked(members.0, self.text, what, known)),
            Err(error) => {
                let byte = error.column().saturating_sub(1).min(self.text.len());
                let at = self.text.get(byte..).unwrap_or(self.text);
                let why = error.to_string();
                let why = why.split(" at line ").next().unwrap_or_default();
                let (at, message) = match error.classify() {
                    serde_json::error::Category::Data => {
                        (self.text.trim_start(), format!("{what} is an object"))
                    }
                    _ => (at, format!("not JSON: {why}")),
                };
                let help = "write one object a line, `{\"name\": …, \"request\": …, \"policies\": …, \
                            \"expected\": …}`";
                self.mistake(at, message, help);
                None
            }
        }
    }

    /// The members of `value`, which messages call `what`.
    pub(super) fn members(
        &mut self,
        value: &'a RawValue,
        what: &str,
        known: &[&str],
    ) -> Option<Object<'a>> {
        let members = self.any_members(value, what)?;
        Some(self.checked(members, value.get(), what, known))
    }

    /// Drops what is not known or stands twice.
    fn checked(
        &mut self,
        members: Vec<Member<'a>>,
        at: &'a str,
        what: &str,
        known: &[&str],
    ) -> Object<'a> {
        let before = self.mistakes.len();
        let mut kept: Vec<Member<'a>> = Vec::with_capacity(members.len());
        for member in members {
            if !known.contains(&&*member.name) {
                let help = match nearest(&member.name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("{what} has {}", listed(known)),
                };
                let message = format!("unknown member `{}` in {what}", short(&member.name));
                self.mistake(member.at(), message, help);
            } else if kept.iter().any(|other| other.name == member.name) {
                let message = format!("`{}` stands twice in {what}", member.name);
                self.mistake(member.at(), message, "keep one of them");
            } else {
                kept.push(member);
            }
        }
        let whole = self.mistakes.len() == before;
        Object { members: kept, what: what.to_owned(), at: at.trim_start(), whole }
    }

    /// The members of `value`, whatever their names.
    pub(super) fn any_members(
        &mut self,
        value: &'a RawValue,
        what: &str,
    ) -> Option<Vec<Member<'a>>> {
        match serde_json::from_str::<Members<'a>>(value.get()) {
            Ok(members) => Some(members.0),
            Err(_) => {
                self.wrong_kind(value, what, "an object");
                None
            }
        }
    }

    /// The items of an array.
    pub(super) fn items(&mut self, value: &'a RawValue, what: &str) -> Option<Vec<&'a RawValue>> {
        let items = serde_json::from_str(value.get());
        if items.is_err() {
            self.wrong_kind(value, what, "an array");
        }
        items.ok()
    }

    /// A string.
    pub(super) fn string(&mut self, value: &'a RawValue, what: &str) -> Option<String> {
        if Kind::of(value) != Kind::Text {
            self.wrong_kind(value, what, "a string");
            return None;
        }
        self.decoded(value, what)
    }

    /// A string, or a number or boolean as its text.
    pub(super) fn scalar(&mut self, value: &'a RawValue, what: &str) -> Option<String> {
        match Kind::of(value) {
            Kind::Text => self.decoded(value, what),
            Kind::Number | Kind::Boolean => Some(value.get().to_owned()),
            Kind::Object | Kind::Array | Kind::Null => {
                self.wrong_kind(value, what, "a string, a number or a boolean");
                None
            }
        }
    }

    fn decoded(&mut self, value: &'a RawValue, what: &str) -> Option<String> {
        match serde_json::from_str(value.get()) {
            Ok(text) => Some(text),
            // The syntax is right, so that only an escape can be wrong.
            Err(_) => {
                let message = format!("{what} has an escape that stands for no character");
                self.mistake(value.get(), message, "write both halves of a surrogate pair");
                None
            }
        }
    }

    pub(super) fn wrong_kind(&mut self, value: &'a RawValue, what: &str, expected: &str) {
        let message = format!("{what} is {}, expected {expected}", Kind::of(value).noun());
        self.mistake(value.get(), message, format!("write {expected}"));
    }

    /// Notes a mistake; `at` is a piece of the line.
    pub(super) fn mistake(
        &mut self,
        at: &'a str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let Spot { line, column } = self.spot(at);
        let place =
            Place { file: self.file.into(), line: Some(line), column: Some(column), record: None };
        self.mistakes.push(Failure::input(message).at(place).help(help));
    }

    /// Where a piece of the line begins.
    pub(super) fn spot(&self, at: &'a str) -> Spot {
        let byte = (at.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let before = self.text.get(..byte).unwrap_or(self.text);
        let column = u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX);
        Spot { line: self.number, column }
    }
}

/// The user's word, cut to what fits a line.
pub(super) fn short(text: &str) -> String {
    let mut out: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().nth(80).is_some() {
        out.push('…');
    }
    out
}

pub(super) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// An object as the list of its members.
struct Members<'a>(Vec<Member<'a>>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(Name(name)) = map.next_key()? {
                    members.push(Member { name, value: map.next_value()? });
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

/// The name of a member, a piece of the line unless it is spelled with escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}
