//! The shapes in which CloudTrail records come, read as a stream: one record is in memory at a time.
//!
//! Understood: `{"Records":[…]}`, a bare list, one record, JSON lines, the output of
//! `aws cloudtrail lookup-events` (whole, or one event a line; the record is text in
//! `CloudTrailEvent`), and EventBridge envelopes (the record is `detail`), in any mixture. A digest
//! file is recognised and holds no calls.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess};

use super::any::{Any, Found, Take};
use super::member::{Fault, KeySeed, Value, quoted, read_value, stop};
use super::record::{Record, RecordKey};

/// What takes the records, one by one.
pub(super) trait Sink {
    /// A record begins.
    fn begin(&mut self);
    /// A record, whole. `Err` stops the reading; the sink knows why.
    fn record(&mut self, record: Record<'_>) -> Result<(), Stop>;
    /// Something stands where a record should.
    fn fault(&mut self, fault: Fault);
    /// The document is of another kind.
    fn no_trail(&mut self, found: String);
    /// A digest file.
    fn digest(&mut self);
    /// An EventBridge event that is about no API call.
    fn other_event(&mut self);
}

/// The sink has noted why the reading stops.
#[derive(Debug)]
pub(super) struct Stop;

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// The document itself, or a line of it.
    Top,
    /// An element of `Records`, `Events` or a bare list.
    Element,
    /// Inside an envelope.
    Inner,
}

/// Reads one item: a record, or a container of records.
pub(super) struct Item<'s, S> {
    pub(super) sink: &'s mut S,
    pub(super) position: Position,
}

#[derive(Debug, PartialEq, Eq)]
enum Key {
    Record(RecordKey),
    Records,
    Events,
    CloudTrailEvent,
    Detail,
    Digest,
    Other(Option<Box<str>>),
}

const EXPECTED: &str = "an object with the members of a CloudTrail record";

impl<S: Sink> Item<'_, S> {
    fn wrong<E: Error>(self, found: String) -> Result<(), E> {
        if self.position == Position::Top {
            self.sink.no_trail(format!(
                "it holds {found}; expected `Records`, a list of records, or one record a line"
            ));
        } else {
            self.sink.fault(Fault { member: "the record".into(), found, expected: EXPECTED });
        }
        Err(stop())
    }
}

impl<'de, S: Sink> Take<'de> for Item<'_, S> {
    type Value = ();

    fn null<E: Error>(self) -> Result<(), E> {
        self.wrong("`null`".into())
    }

    fn text<E: Error>(self, text: Cow<'de, str>) -> Result<(), E> {
        self.wrong(format!("the text {}", quoted(&text)))
    }

    fn other<E: Error>(self, found: Found<'_>) -> Result<(), E> {
        self.wrong(found.to_string())
    }

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        if self.position != Position::Top {
            return self.other(Found::List);
        }
        elements(list, self.sink)
    }

    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { sink, position } = self;
        sink.begin();
        let is_top = position == Position::Top;
        let is_inner = position == Position::Inner;
        let mut record = Record::default();
        let (mut is_container, mut is_digest) = (false, false);
        let mut others: Vec<Box<str>> = Vec::new();
        loop {
            let capture = is_top && others.len() < 3;
            let choose = |key: &str| match RecordKey::named(key) {
                Some(key) => Key::Record(key),
                None if is_inner => Key::Other(None),
                None => match key {
                    "Records" if is_top => Key::Records,
                    "Events" if is_top => Key::Events,
                    "CloudTrailEvent" => Key::CloudTrailEvent,
                    "detail" => Key::Detail,
                    "digestStartTime" | "digestEndTime" | "digestS3Object" => Key::Digest,
                    key => Key::Other(capture.then(|| key.into())),
                },
            };
            let Some(key) = map.next_key_seed(KeySeed(choose))? else { break };
            match key {
                Key::Record(key) => record.read(key, &mut map)?,
                Key::Records | Key::Events => {
                    let member = if key == Key::Records { "Records" } else { "Events" };
                    map.next_value_seed(Any(Elements { sink: &mut *sink, member }))?;
                    is_container = true;
                }
                Key::CloudTrailEvent => {
                    is_container = true;
                    match read_value(&mut map)? {
                        Value::Text(text) => inner(&text, sink)?,
                        other => {
                            let found = match other {
                                Value::Other(found) => found,
                                _ => "`null`".into(),
                            };
                            sink.fault(Fault {
                                member: "CloudTrailEvent".into(),
                                found,
                                expected: "a record as text",
                            });
                            return Err(stop());
                        }
                    }
                }
                Key::Detail => {
                    is_container = true;
                    map.next_value_seed(Any(Item { sink: &mut *sink, position: Position::Inner }))?;
                }
                Key::Digest => {
                    is_digest = true;
                    map.next_value::<IgnoredAny>()?;
                }
                Key::Other(name) => {
                    others.extend(name);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if record.is_record() {
            return sink.record(record).map_err(|Stop| stop());
        }
        if is_container {
            return Ok(());
        }
        if is_digest && is_top {
            sink.digest();
            return Ok(());
        }
        if is_inner {
            sink.other_event();
            return Ok(());
        }
        if is_top {
            let found = match others.as_slice() {
                [] => "it holds an object without members that CloudTrail writes".to_owned(),
                [format, version, ..] if (&**format, &**version) == ("format", "version") => {
                    "it is an observation file, which `--observations` reads".to_owned()
                }
                names => format!("its members are `{}` …", names.join("`, `")),
            };
            sink.no_trail(format!(
                "{found}; expected `Records`, a list of records, or one record a line"
            ));
        } else {
            sink.fault(Fault {
                member: "eventName".into(),
                found: "missing".into(),
                expected: "the name of an API call such as `GetObject`",
            });
        }
        Err(stop())
    }
}

/// Reads a record that stands as text in another.
fn inner<S: Sink, E: Error>(text: &str, sink: &mut S) -> Result<(), E> {
    let mut json = serde_json::Deserializer::from_str(text);
    let item = Item { sink: &mut *sink, position: Position::Inner };
    let read = Any(item).deserialize(&mut json).and_then(|()| json.end());
    read.map_err(|error| {
        // A fault that the sink already knows comes first; it keeps the first it is told.
        sink.fault(Fault {
            member: "CloudTrailEvent".into(),
            found: format!("not JSON ({error})"),
            expected: "a record as text",
        });
        stop()
    })
}

/// The list under `Records` or `Events`.
struct Elements<'s, S> {
    sink: &'s mut S,
    member: &'static str,
}

impl<S: Sink> Elements<'_, S> {
    fn wrong<E: Error>(self, found: &str) -> Result<(), E> {
        self.sink.no_trail(format!("`{}` is {found}, expected a list of records", self.member));
        Err(stop())
    }
}

impl<'de, S: Sink> Take<'de> for Elements<'_, S> {
    type Value = ();

    fn null<E: Error>(self) -> Result<(), E> {
        self.wrong("`null`")
    }

    fn text<E: Error>(self, text: Cow<'de, str>) -> Result<(), E> {
        self.wrong(&quoted(&text))
    }

    fn other<E: Error>(self, found: Found<'_>) -> Result<(), E> {
        self.wrong(&found.to_string())
    }

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        elements(list, self.sink)
    }

    fn object<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        self.other(Found::Object)
    }
}

/// Reads the elements of a list of records.
fn elements<'de, A: SeqAccess<'de>>(mut list: A, sink: &mut impl Sink) -> Result<(), A::Error> {
    loop {
        let item = Item { sink: &mut *sink, position: Position::Element };
        if list.next_element_seed(Any(item))?.is_none() {
            return Ok(());
        }
    }
}
