//! The time of an event, packed.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Seconds since 1970-01-01T00:00:00Z. Written as CloudTrail writes it, `2026-11-01T08:30:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct EventTime(u32);

impl EventTime {
    /// Reads `2026-11-01T08:30:00Z`; also with a blank for the `T`, with a fraction (cut off), with an
    /// offset, and without zone (then UTC), as exports of CloudTrail write it. `None` for any other
    /// text, for an impossible date, and before 1970 or after 2105.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_shaped = text.is_ascii()
            && text.len() >= 19
            && matches!(text.as_bytes()[10], b'T' | b' ')
            && text.as_bytes()[4] == b'-'
            && text.as_bytes()[13] == b':';
        if !is_shaped {
            return None;
        }
        let time: Timestamp = match text.parse() {
            Ok(time) => time,
            Err(_) => text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp(),
        };
        u32::try_from(time.as_second()).ok().map(Self)
    }

    pub(super) fn bytes(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }

    pub(super) fn of_bytes(bytes: [u8; 4]) -> Self {
        Self(u32::from_le_bytes(bytes))
    }
}

impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // INVARIANT: every number of seconds that fits is a time that can be written.
        Timestamp::from_second(self.0.into()).unwrap_or_default().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_written() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2105-12-31T12:00:00Z"] {
            assert_eq!(EventTime::parse(text).unwrap().to_string(), text);
        }
        assert!(
            EventTime::parse("2026-11-01T08:30:00Z") < EventTime::parse("2026-11-01T08:30:01Z")
        );
    }

    #[test]
    fn exports_write_the_time_in_other_ways() {
        let expected = EventTime::parse("2026-11-01T08:30:00Z");
        assert!(expected.is_some());
        for text in [
            "2026-11-01 08:30:00",
            "2026-11-01 08:30:00.000000000",
            "2026-11-01T08:30:00.123Z",
            "2026-11-01T08:30:00.000+0000",
            "2026-11-01T08:30:00+00:00",
            "2026-11-01T19:30:00+11:00",
        ] {
            assert_eq!(EventTime::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_utc_time_is_refused() {
        for bad in [
            "",
            "yesterday",
            "...",
            "2026-11-01",
            "2026-02-30T00:00:00Z",
            "2026-11-01T24:00:00Z",
            "2026-11-01T08:30:00.Z",
            "1969-11-01T08:30:00Z",
            "２０２６-11-01T08:30:00Z",
        ] {
            assert_eq!(EventTime::parse(bad), None, "{bad}");
        }
    }
}
