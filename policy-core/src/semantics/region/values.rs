//! Values that tell the operators of one type apart: at, between and around the bounds they name.

use std::collections::BTreeSet;

use crate::semantics::value::{self, Decimal};

/// The key and the default of a policy variable, by what stands between its braces.
pub(super) fn variable(name: &str) -> (&str, Option<&str>) {
    match name.split_once(',') {
        None => (name.trim(), None),
        Some((key, rest)) => {
            let quoted = rest.trim();
            (key.trim(), quoted.strip_prefix('\'').and_then(|q| q.strip_suffix('\'')))
        }
    }
}

/// The example value of a key, the same wherever a witness needs one.
pub(super) fn example(key: &str) -> String {
    let key = key.to_ascii_lowercase();
    if key.ends_with("account") {
        return "111122223333".to_owned();
    }
    format!("value-of-{}", key.replace([':', '/'], "-"))
}

/// The forms of a number, besides the one given, that are other texts and the same number.
pub(super) fn other_forms(number: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    for zeros in ["", "0", "00"] {
        let point = if number.contains('.') { "" } else { "." };
        out.push(format!("{sign}{zeros}{digits}{point}0"));
        out.push(format!("{sign}{zeros}{digits}{point}00"));
        out.push(format!("{sign}{zeros}{digits}"));
        out.push(format!("{number}{}", " ".repeat(zeros.len() + 1)));
    }
    if sign.is_empty() {
        out.push(format!("+{number}"));
    }
    out.extend(number.strip_prefix("0.").map(|rest| format!(".{rest}")));
    out
}

/// Every bound, and one number between each two, below all and above all.
pub(super) fn numbers(values: &[&str], out: &mut Vec<String>) -> bool {
    let mut bounds: Vec<(Decimal, &str)> =
        values.iter().filter_map(|v| Some((Decimal::parse(v)?, *v))).collect();
    bounds.sort();
    bounds.dedup_by(|a, b| a.0 == b.0);
    let as_float = |text: &str| text.trim().parse::<f64>().ok();
    let mut complete = true;
    let mut between = |low: Option<&(Decimal, &str)>, high: Option<&(Decimal, &str)>| {
        let number = match (low.map(|l| as_float(l.1)), high.map(|h| as_float(h.1))) {
            (None, None) => Some(0.0),
            (None, Some(high)) => high.map(|h| h - 1.0),
            (Some(low), None) => low.map(|l| l + 1.0),
            (Some(low), Some(high)) => low.zip(high).map(|(l, h)| f64::midpoint(l, h)),
        };
        let text = number.map(|n| format!("{n}")).unwrap_or_default();
        let fits = Decimal::parse(&text)
            .is_some_and(|n| low.is_none_or(|l| l.0 < n) && high.is_none_or(|h| n < h.0));
        complete &= fits;
        if fits {
            out.push(text);
        }
    };
    between(None, bounds.first());
    for pair in bounds.windows(2) {
        between(pair.first(), pair.last());
    }
    if !bounds.is_empty() {
        between(bounds.last(), None);
    }
    out.extend(bounds.iter().map(|(_, text)| (*text).to_owned()));
    complete
}

/// Every bound, and one second between each two, before all and after all.
pub(super) fn dates(values: &[&str], out: &mut Vec<String>) -> bool {
    const SECOND: i128 = 1_000_000_000;
    let mut bounds: Vec<i128> = values.iter().filter_map(|v| value::date(v)).collect();
    bounds.sort_unstable();
    bounds.dedup();
    let mut points: Vec<i128> = Vec::new();
    let mut complete = true;
    for pair in bounds.windows(2) {
        complete &= pair[1] - pair[0] > SECOND;
        points.push(pair[0].midpoint(pair[1]) / SECOND * SECOND);
    }
    points.extend(bounds.first().map_or(Some(0), |b| Some(b - 86_400 * SECOND)));
    points.extend(bounds.last().map(|b| b + 86_400 * SECOND));
    points.extend(&bounds);
    for point in points {
        match jiff::Timestamp::from_nanosecond(point) {
            Ok(at) => out.push(at.to_string()),
            Err(_) => complete = false,
        }
    }
    complete
}

/// Where each block of addresses begins and what follows it; blocks nest or are apart, so every
/// cell has such an address.
pub(super) fn addresses(values: &[&str], out: &mut Vec<String>) -> bool {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    for network in values.iter().filter_map(|v| value::network(v)) {
        out.push(network.network().to_string());
        let after = match network.broadcast() {
            IpAddr::V4(last) => {
                u32::from(last).checked_add(1).map(|n| IpAddr::V4(Ipv4Addr::from(n)))
            }
            IpAddr::V6(last) => {
                u128::from(last).checked_add(1).map(|n| IpAddr::V6(Ipv6Addr::from(n)))
            }
        };
        out.extend(after.map(|a| a.to_string()));
    }
    out.extend(["0.0.0.0".to_owned(), "::".to_owned()]);
    true
}

/// Texts of digits alone, one for each way in which such a text can lie to these numbers and these
/// dates at once: it is a number, and the seconds since 1970 or, with four digits, a year. `None`
/// where a number is too large for that.
pub(super) fn digits(numbers: &[&str], dates: &[&str]) -> Option<Vec<String>> {
    let mut points: BTreeSet<i128> = BTreeSet::from([0]);
    let mut add = |point: i128| points.extend((-1..=2).map(|step| point + step));
    for number in numbers.iter().filter(|n| Decimal::parse(n).is_some()) {
        let number: f64 = number.trim().parse().ok()?;
        if number.abs() > 1e15 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "within 10^15")]
        add(number.floor() as i128);
    }
    for date in dates.iter().filter_map(|date| value::date(date)) {
        add(date.div_euclid(1_000_000_000));
        let at = jiff::Timestamp::from_nanosecond(date).ok()?;
        add(i128::from(at.to_zoned(jiff::tz::TimeZone::UTC).year()));
    }
    points.retain(|point| *point >= 0);
    let years = points.iter().filter(|point| **point < 10_000).map(|year| format!("{year:04}"));
    Some(points.iter().map(|point| format!("{point:06}")).chain(years).collect())
}
