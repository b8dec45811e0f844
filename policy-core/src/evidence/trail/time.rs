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
        if let Some(time) = Self::delivered(text.as_bytes()) {
            return Some(time);
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

impl EventTime {
    /// Reads a time as log files write it, `2026-11-01T08:30:00Z`; `None` for another, and for one that may be none.
    fn delivered(text: &[u8]) -> Option<Self> {
        let &[
            y0,
            y1,
            y2,
            y3,
            b'-',
            m0,
            m1,
            b'-',
            d0,
            d1,
            b'T',
            h0,
            h1,
            b':',
            i0,
            i1,
            b':',
            s0,
            s1,
            b'Z',
        ] = text
        else {
            return None;
        };
        let digits = [y0, y1, y2, y3, m0, m1, d0, d1, h0, h1, i0, i1, s0, s1];
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let two = |tens: u8, ones: u8| u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
        let (year, month, day) = (two(y0, y1) * 100 + two(y2, y3), two(m0, m1), two(d0, d1));
        let (hour, minute, second) = (two(h0, h1), two(i0, i1), two(s0, s1));
        // Every month has 28 days; the others are left to the calendar.
        let is_sure = (1970..2106).contains(&year)
            && (1..=12).contains(&month)
            && (1..=28).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !is_sure {
            return None;
        }
        // Years begin in March, so that the day that is sometimes there is the last of its year.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
        // 719,469 such days before 1970-01-01.
        let seconds =
            u64::from(days - 719_469) * 86_400 + u64::from(hour * 3600 + minute * 60 + second);
        u32::try_from(seconds).ok().map(Self)
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
    fn the_short_way_gives_what_the_calendar_gives() {
        for year in 1970..2106 {
            for (month, day) in (1..=12).flat_map(|month| [(month, 1), (month, 17), (month, 28)]) {
                let text =
                    format!("{year}-{month:02}-{day:02}T{:02}:05:{:02}Z", month * 2 - 1, day);
                let short = EventTime::delivered(text.as_bytes());
                let time: Timestamp = text.parse().unwrap();
                let expected = u32::try_from(time.as_second()).ok().map(EventTime);
                assert_eq!(short, expected, "{text}");
            }
        }
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
