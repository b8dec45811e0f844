//! Values of conditions: decimal numbers, dates, addresses, booleans, bytes.

use std::cmp::Ordering;
use std::net::IpAddr;

use base64::Engine as _;
use ipnet::IpNet;

/// A decimal number, compared exactly: `1.10` is `1.1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// Significant digits, without zeros at either end; empty for zero.
    digits: Vec<u8>,
    /// Where the point stands: the value is 0.DIGITS × 10^point.
    point: i64,
}

impl Decimal {
    /// Reads `-12.50`, `+3`, `1e3`; `None` for all else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], rest[at + 1..].parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if !all.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let zeros = all.iter().take_while(|b| **b == b'0').count();
        let mut digits = all[zeros..].to_vec();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            return Some(Self { negative: false, digits, point: 0 });
        }
        let point =
            i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()? + i64::from(exponent);
        Some(Self { negative, digits, point })
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => {
                self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits))
            }
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A point in time, in nanoseconds since 1970: an ISO 8601 form of the W3C note, or epoch seconds.
///
/// A date without a time is its midnight, a time without an offset is in UTC.
///
/// # Source
/// IAM User Guide, "Date condition operators": W3C implementations of ISO 8601, or epoch time.
pub(super) fn date(text: &str) -> Option<i128> {
    let text = text.trim();
    let all_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // Four digits are a year.
    if all_digits && text.len() != 4 {
        return text.parse::<i128>().ok()?.checked_mul(1_000_000_000);
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_nanosecond());
    }
    let whole = match (all_digits, text.len()) {
        (true, 4) => format!("{text}-01-01"),
        (false, 7) => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let civil = whole.parse::<jiff::civil::DateTime>().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_nanosecond())
}

/// A block of addresses; one without a prefix length is one address.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// One address.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    text.trim().parse().ok()
}

/// `true` or `false`, without regard to case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// The bytes of a base64 text.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value() {
        let order =
            ["-1e3", "-10", "-9.5", "-0.001", "0", "0.09", "0.1", "1.05", "1.1", "9", "10", "1e2"];
        for (i, a) in order.iter().enumerate() {
            for (j, b) in order.iter().enumerate() {
                let (x, y) = (Decimal::parse(a).unwrap(), Decimal::parse(b).unwrap());
                assert_eq!(x.cmp(&y), i.cmp(&j), "{a} and {b}");
            }
        }
        assert_eq!(Decimal::parse("1.10"), Decimal::parse("+01.1"));
        assert_eq!(Decimal::parse("-0"), Decimal::parse("0.00"));
        assert_eq!(Decimal::parse("100"), Decimal::parse("1E2"));
        for bad in ["", "-", ".", "1a", "0x10", "1e", "١"] {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_are_read_in_every_w3c_form_and_as_epoch() {
        let day = date("2026-11-01").unwrap();
        assert_eq!(date("2026-11-01T00:00:00Z"), Some(day));
        assert_eq!(date("2026-11-01T00:00Z"), Some(day));
        assert_eq!(date("2026-11-01T02:00:00+02:00"), Some(day));
        assert_eq!(date("2026-11"), Some(day));
        assert_eq!(date("1793491200"), Some(day));
        assert_eq!(date("0"), date("1970-01-01"));
        assert!(date("2026").unwrap() < day);
        assert!(date("2026-11-01T00:00:00.5Z").unwrap() > day);
        for bad in ["", "yesterday", "2026-13-01", "99999999999999999999999999999999999999999"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_address_without_a_prefix_is_one_address() {
        assert!(network("203.0.113.7").unwrap().contains(&address("203.0.113.7").unwrap()));
        assert!(!network("203.0.113.7").unwrap().contains(&address("203.0.113.8").unwrap()));
        assert!(network("203.0.113.7/24").unwrap().contains(&address("203.0.113.8").unwrap()));
        assert!(network("2001:db8::/32").unwrap().contains(&address("2001:DB8:0::1").unwrap()));
        assert_eq!(network("203.0.113.0/33"), None);
    }
}
