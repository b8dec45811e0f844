//! What records were found to show, by their values: a log says the same thing again and again.
//!
//! What a record shows follows from its shape and its values, but for when it was and which event it is; so two records
//! with the same shape and values show the same, and two that differ by the object they are about differ by it in what they
//! show ([`object`]). Values are compared, not only their hashes. What is found a second time is kept, so that what comes
//! once pushes nothing out; memory is bounded.

mod object;

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::aggregate::Aggregate;
use super::event::{Part, TextId};
use super::known::{Found, Known, Slot};
use super::record::TextMember;
use object::{About, Object};

/// Records that are kept.
const KEPT: usize = 1 << 12;
/// Records of which it is known that they came once.
const ONCE: usize = 1 << 16;
/// Identities that are told apart; of more, all is forgotten.
const IDENTITIES: usize = 1 << 11;
/// The longest values of a record that is kept.
const VALUES_BYTES: usize = 2048;
/// Between two values; no UTF-8 has it.
const BETWEEN: u8 = 0xff;
/// The name of the object stands here; no UTF-8 has it.
const NAME: u8 = 0xfe;

/// What a record shows.
#[derive(Debug)]
enum Shown {
    /// A contribution, by its number.
    Same(u32),
    /// The same about another object each time.
    About(Box<About>),
}

#[derive(Debug)]
struct Kept {
    shape: u32,
    values: Box<[u8]>,
    shown: Shown,
}

/// Records by their values.
#[derive(Debug)]
pub(super) struct Remembered {
    kept: Vec<Option<Kept>>,
    once: Vec<u16>,
    /// Values of `userIdentity`, which are most of what records repeat, by number.
    identities: HashMap<Box<[u8]>, u32, RandomState>,
    state: RandomState,
    /// The values of `userIdentity` of the record that is looked for.
    identity: Vec<u8>,
    /// The values of the record that is looked for.
    values: Vec<u8>,
    parts: Vec<Part>,
}

/// A record that is not remembered: its hash, and the object it is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct New<'t> {
    hash: u64,
    object: Option<Object<'t>>,
}

/// Other numbers for what is kept.
pub(super) trait Renumber {
    /// The number of a text.
    fn text(&mut self, id: TextId) -> TextId;
    /// The number of a contribution.
    fn meaning(&mut self, meaning: u32) -> u32;
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            kept: std::iter::repeat_with(|| None).take(KEPT).collect(),
            once: vec![0; ONCE],
            identities: HashMap::default(),
            state: RandomState::default(),
            identity: Vec::new(),
            values: Vec::new(),
            parts: Vec::new(),
        }
    }
}

impl Remembered {
    /// What the record shows, as the number of a contribution to `aggregate`, if a record like it was kept.
    pub(super) fn meaning<'t>(
        &mut self,
        text: &'t [u8],
        known: Known,
        found: &[Found],
        aggregate: &mut Aggregate,
    ) -> Result<u32, New<'t>> {
        let object = Object::of(text, found);
        self.gather(text, found, object);
        let mut hasher = self.state.build_hasher();
        hasher.write_u32(known.shape);
        hasher.write(&self.values);
        let new = New { hash: hasher.finish(), object };
        match &self.kept[index(new.hash, KEPT)] {
            Some(kept) if kept.shape == known.shape && *kept.values == *self.values => {
                match (&kept.shown, object) {
                    (Shown::Same(meaning), _) => Ok(*meaning),
                    (Shown::About(about), Some(object)) => {
                        about.meaning(object, aggregate, &mut self.parts).ok_or(new)
                    }
                    (Shown::About(_), None) => Err(new),
                }
            }
            _ => Err(new),
        }
    }

    /// Puts the values on which depends what a record shows into `values`, one after the other.
    fn gather(&mut self, text: &[u8], found: &[Found], object: Option<Object<'_>>) {
        use TextMember as M;
        self.values.clear();
        self.identity.clear();
        for (at, one) in found.iter().enumerate() {
            if matches!(one.slot, Slot::Text(M::EventTime | M::EventId | M::SharedEventId)) {
                continue;
            }
            let value = one.raw(text);
            if matches!(one.slot, Slot::Identity(_)) {
                self.identity.extend_from_slice(value);
                self.identity.push(BETWEEN);
                continue;
            }
            match object {
                Some(object) if object.is_arn(at) => {
                    self.values.extend_from_slice(object.container());
                    self.values.push(NAME);
                }
                Some(object) if one.slot == Slot::OBJECT_KEY && value == object.name() => {
                    self.values.push(NAME);
                }
                _ => self.values.extend_from_slice(value),
            }
            self.values.push(BETWEEN);
        }
        let identity = self.identity();
        self.values.extend_from_slice(&identity.to_le_bytes());
    }

    /// The number of the identity of the record that is looked for.
    fn identity(&mut self) -> u32 {
        if let Some(&number) = self.identities.get(&*self.identity) {
            return number;
        }
        if self.identities.len() >= IDENTITIES {
            self.forget();
            self.identities.clear();
        }
        let number = u32::try_from(self.identities.len()).unwrap_or(u32::MAX);
        self.identities.insert(self.identity.as_slice().into(), number);
        number
    }

    /// Keeps what the record shows that was looked for last, if it came before. `parts` is what `meaning` stands for.
    pub(super) fn keep(
        &mut self,
        new: New<'_>,
        known: Known,
        meaning: u32,
        parts: &[Part],
        aggregate: &mut Aggregate,
    ) {
        // The other end of the hash than the one that chooses the place.
        let (mark, once) = ((new.hash >> 48) as u16, &mut self.once[index(new.hash, ONCE)]);
        if *once != mark {
            *once = mark;
            return;
        }
        if self.values.len() > VALUES_BYTES {
            return;
        }
        let shown = match new.object {
            None => Shown::Same(meaning),
            Some(object) => match About::new(object, meaning, parts, aggregate) {
                Some(about) => Shown::About(Box::new(about)),
                // It shows something else than the object, and without the name the values do not tell what.
                None => return,
            },
        };
        let kept = Kept { shape: known.shape, values: self.values.as_slice().into(), shown };
        self.kept[index(new.hash, KEPT)] = Some(kept);
    }

    /// Takes over how coarse names have become: `step_of` says it for each part of a contribution.
    pub(super) fn coarsen(&mut self, step_of: impl Fn(u32) -> Option<Vec<u8>>) {
        for kept in self.kept.iter_mut().flatten() {
            if let Shown::About(about) = &mut kept.shown
                && let Some(steps) = step_of(about.example())
            {
                about.coarsen(&steps);
            }
        }
    }

    /// Names are as they are again.
    pub(super) fn refine(&mut self) {
        for kept in self.kept.iter_mut().flatten() {
            if let Shown::About(about) = &mut kept.shown {
                about.refine();
            }
        }
    }

    /// Gives what is kept other numbers.
    pub(super) fn renumber(&mut self, numbers: &mut impl Renumber) {
        for kept in self.kept.iter_mut().flatten() {
            match &mut kept.shown {
                Shown::Same(meaning) => *meaning = numbers.meaning(*meaning),
                Shown::About(about) => about.renumber(numbers),
            }
        }
    }

    /// Forgets the numbers: they are those of another aggregate from now on.
    pub(super) fn forget(&mut self) {
        self.kept.fill_with(|| None);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest bits of a hash")]
fn index(hash: u64, count: usize) -> usize {
    hash as usize % count
}
