//! What records were found to show, by their values: a log says the same thing again and again.
//!
//! What a record shows follows from its shape and its values, but for when it was and which event it is; so two records
//! with the same shape and values show the same. Values are compared, not only their hashes. What is found a second time
//! is kept, so that names that come once push nothing out; memory is bounded.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

use super::known::{Found, Known, Slot};
use super::record::TextMember;

/// Records that are kept.
const KEPT: usize = 1 << 13;
/// Records of which it is known that they came once.
const ONCE: usize = 1 << 16;
/// The longest values of a record that is kept.
const VALUES_BYTES: usize = 2048;
/// Between two values; no UTF-8 has it.
const BETWEEN: u8 = 0xff;

#[derive(Debug, Default, Clone)]
struct Kept {
    /// 0 when nothing is kept.
    shape: u32,
    meaning: u32,
    values: Vec<u8>,
}

/// Records by their values.
#[derive(Debug)]
pub(super) struct Remembered {
    kept: Vec<Kept>,
    once: Vec<u16>,
    state: RandomState,
}

/// A record that is not remembered, by its hash.
#[derive(Debug, Clone, Copy)]
pub(super) struct New(u64);

impl Default for Remembered {
    fn default() -> Self {
        Self {
            kept: vec![Kept::default(); KEPT],
            once: vec![0; ONCE],
            state: RandomState::default(),
        }
    }
}

/// The values on which depends what a record shows.
fn values<'f>(text: &'f [u8], found: &'f [Found]) -> impl Iterator<Item = &'f [u8]> {
    use TextMember as M;
    let depends = |one: &&Found| {
        !matches!(one.slot, Slot::Text(M::EventTime | M::EventId | M::SharedEventId))
    };
    found.iter().filter(depends).map(|one| one.raw(text))
}

impl Remembered {
    /// What the record showed before, as a number.
    pub(super) fn meaning(&self, text: &[u8], known: Known, found: &[Found]) -> Result<u32, New> {
        let mut hasher = self.state.build_hasher();
        hasher.write_u32(known.shape);
        for value in values(text, found) {
            hasher.write(value);
        }
        let hash = hasher.finish();
        let kept = &self.kept[index(hash, KEPT)];
        if kept.shape != known.shape {
            return Err(New(hash));
        }
        let mut rest = &*kept.values;
        for value in values(text, found) {
            match rest.strip_prefix(value).and_then(<[u8]>::split_first) {
                Some((&BETWEEN, after)) => rest = after,
                _ => return Err(New(hash)),
            }
        }
        if rest.is_empty() { Ok(kept.meaning) } else { Err(New(hash)) }
    }

    /// Keeps what a record shows, if it came before.
    pub(super) fn keep(
        &mut self,
        new: New,
        text: &[u8],
        known: Known,
        found: &[Found],
        meaning: u32,
    ) {
        // The other end of the hash than the one that chooses the place.
        let (mark, once) = ((new.0 >> 48) as u16, &mut self.once[index(new.0, ONCE)]);
        if *once != mark {
            *once = mark;
            return;
        }
        let kept = &mut self.kept[index(new.0, KEPT)];
        kept.shape = 0;
        kept.values.clear();
        for value in values(text, found) {
            if kept.values.len() + value.len() > VALUES_BYTES {
                return;
            }
            kept.values.extend_from_slice(value);
            kept.values.push(BETWEEN);
        }
        (kept.shape, kept.meaning) = (known.shape, meaning);
    }

    /// Forgets the numbers: they are those of another aggregate from now on.
    pub(super) fn forget(&mut self) {
        for kept in &mut self.kept {
            kept.shape = 0;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest bits of a hash")]
fn index(hash: u64, count: usize) -> usize {
    hash as usize % count
}
