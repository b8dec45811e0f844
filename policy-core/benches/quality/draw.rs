//! Numbers that look random and are the same every time, and what names are made of.

/// A generator of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Draw(u64);

/// The digits of a ULID: no I, L, O or U.
const CROCKFORD: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end.max(1)
    }

    pub(crate) fn of<'t>(&mut self, items: &[&'t str]) -> &'t str {
        items[self.below(items.len())]
    }

    fn text(&mut self, digits: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(digits[self.below(digits.len())])).collect()
    }

    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.text(b"0123456789abcdef", length)
    }

    pub(crate) fn uuid(&mut self) -> String {
        let hex = self.hex(32);
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }

    /// Ten digits of time, sixteen of chance.
    pub(crate) fn ulid(&mut self, moment: Moment) -> String {
        let mut millis = 1_788_220_800_000 + moment.minutes as u64 * 60_000;
        let mut time = [0; 10];
        for digit in time.iter_mut().rev() {
            *digit = CROCKFORD[usize::try_from(millis % 32).unwrap()];
            millis /= 32;
        }
        time.iter().map(|&b| char::from(b)).chain(self.text(CROCKFORD, 16).chars()).collect()
    }

    pub(crate) fn base64(&mut self, length: usize) -> String {
        self.text(BASE64_URL, length)
    }

    pub(crate) fn base32(&mut self, length: usize) -> String {
        self.text(BASE32, length)
    }
}

/// A time within the 90 days that a log covers, from 2026-09-01.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) minutes: usize,
}

impl Moment {
    pub(crate) const DAYS: usize = 90;

    pub(crate) fn day(self) -> usize {
        self.minutes / (24 * 60)
    }

    /// Month and day of the month.
    fn date(self) -> (usize, usize) {
        let mut day = self.day();
        for (month, days) in [(9, 30), (10, 31), (11, 30)] {
            if day < days {
                return (month, day + 1);
            }
            day -= days;
        }
        (12, day + 1)
    }

    /// `2026-11-01` with another separator.
    pub(crate) fn ymd(self, separator: &str) -> String {
        let (month, day) = self.date();
        format!("2026{separator}{month:02}{separator}{day:02}")
    }

    pub(crate) fn month(self) -> usize {
        self.date().0
    }

    pub(crate) fn day_of_month(self) -> usize {
        self.date().1
    }

    pub(crate) fn hour(self) -> usize {
        self.minutes / 60 % 24
    }

    /// `08-30-00` with another separator.
    pub(crate) fn hms(self, separator: &str) -> String {
        format!("{:02}{separator}{:02}{separator}00", self.hour(), self.minutes % 60)
    }

    /// As CloudTrail writes it.
    pub(crate) fn iso(self) -> String {
        format!("{}T{}Z", self.ymd("-"), self.hms(":"))
    }
}

/// The `n`th of a hundred first names with a number behind them from the hundredth on.
pub(crate) fn person(n: usize) -> String {
    const FIRST: [&str; 20] = [
        "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "kim",
        "laura", "mallory", "niaj", "olivia", "peggy", "quinn", "rupert", "sybil", "trent",
    ];
    const LAST: [&str; 20] = [
        "adams", "baker", "clark", "davis", "evans", "foster", "gray", "hill", "irwin", "jones",
        "klein", "lewis", "moore", "novak", "owen", "price", "reed", "stone", "tran", "young",
    ];
    format!("{}.{}", FIRST[n % 20], LAST[n / 20 % 20])
}
