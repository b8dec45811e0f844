//! What records were found to show, by their values: a log says the same thing again and again.
//!
//! What a record shows follows from its shape and its values, but for when it was and which event it is; so two records
//! with the same shape and values show the same, two that differ by the caller show the same of another ([`who`]), and two that
//! differ by the object they are about differ by it in what they show ([`object`]). Values are compared, not only their hashes. What
//! is found a second time is kept, so that what comes once pushes nothing out; memory is bounded.

mod object;
mod who;

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::aggregate::Aggregate;
use super::caller::Caller;
use super::event::{Part, TextId};
use super::known::{Found, Known, Slot};
use super::record::TextMember;
use object::{About, Object};
use who::{Scopes, Who};

/// Records that are kept, whoever called.
const KEPT: usize = 1 << 12;
/// Records of which it is known that they came once.
const ONCE: usize = 1 << 16;
/// Records that are kept, with who called; of more, all pairs are forgotten.
const PAIRS: usize = 1 << 12;
/// Identities that are told apart; of more, all is forgotten.
const IDENTITIES: usize = 1 << 11;
/// The longest values of a record that is kept.
const VALUES_BYTES: usize = 2048;
/// The most parts of what a record shows that is kept.
const PARTS: usize = 4;
/// Between two values; no UTF-8 has it.
const BETWEEN: u8 = 0xff;
/// The name of the object stands here; no UTF-8 has it.
const NAME: u8 = 0xfe;

/// What a record shows, without who called.
#[derive(Debug)]
enum Shown {
    Same(Box<[Part]>),
    /// The same about another object each time.
    About(About),
}

#[derive(Debug)]
struct Kept {
    /// No other has had this number.
    number: u32,
    shape: u32,
    values: Box<[u8]>,
    shown: Shown,
}

/// How coarse names are in each part of what a record shows; 0 is as they are.
pub(super) type Steps = [u8; PARTS];

/// What a record shows, with who called.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// The number of it; where it is about an object, of an example.
    meaning: u32,
    steps: Steps,
    is_about: bool,
}

/// Records by their values.
#[derive(Debug)]
pub(super) struct Remembered {
    kept: Vec<Option<Kept>>,
    once: Vec<u16>,
    /// By the number of an identity, and that of what is kept.
    pairs: HashMap<(u32, u32), Pair, RandomState>,
    /// How many were kept so far.
    count: u32,
    /// Values of `userIdentity`, which are most of what records repeat, by number.
    identities: HashMap<Box<[u8]>, u32, RandomState>,
    /// Who they stand for, by number.
    who: Vec<Who>,
    scopes: Scopes,
    state: RandomState,
    /// The values of `userIdentity` of the record that is looked for, and their number.
    identity: Vec<u8>,
    identity_number: u32,
    /// The values of the record that is looked for.
    values: Vec<u8>,
    parts: Vec<Part>,
}

/// A record that is not remembered: the object it is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct New<'t> {
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
            pairs: HashMap::default(),
            count: 0,
            identities: HashMap::default(),
            who: Vec::new(),
            scopes: Scopes::default(),
            state: RandomState::default(),
            identity: Vec::new(),
            identity_number: 0,
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
        let number = self.identity();
        self.identity_number = number;
        let who = self.who[number as usize];
        self.values.extend_from_slice(&who.scope(number).to_le_bytes());
        let new = New { object };
        let hash = self.hash(known);
        let Some(kept) = &self.kept[index(hash, KEPT)] else { return Err(new) };
        if kept.shape != known.shape || *kept.values != *self.values {
            return Err(new);
        }
        let key = (number, kept.number);
        let pair = self.pairs.get(&key).copied();
        let meaning = match (&kept.shown, object, pair) {
            (Shown::Same(_), _, Some(pair)) => return Ok(pair.meaning),
            (Shown::Same(parts), _, None) => {
                self.parts.clear();
                self.parts.extend(parts.iter().map(|&part| who.put_in(part)));
                aggregate.meaning(&self.parts)
            }
            (Shown::About(about), Some(object), pair) => {
                let steps = pair.map_or([0; PARTS], |pair| pair.steps);
                about.meaning(object, who, steps, aggregate, &mut self.parts)
            }
            (Shown::About(_), None, _) => return Err(new),
        };
        if pair.is_none() {
            if self.pairs.len() >= PAIRS {
                self.pairs.clear();
            }
            let is_about = matches!(kept.shown, Shown::About(_));
            self.pairs.insert(key, Pair { meaning, steps: [0; PARTS], is_about });
        }
        Ok(meaning)
    }

    fn hash(&self, known: Known) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u32(known.shape);
        hasher.write(&self.values);
        hasher.finish()
    }

    /// Puts the values on which depends what a record shows, but for who called, into `values`, one after the other; those of
    /// `userIdentity` into `identity`.
    fn gather(&mut self, text: &[u8], found: &[Found], object: Option<Object<'_>>) {
        use TextMember as M;
        self.values.clear();
        self.identity.clear();
        for (at, one) in found.iter().enumerate() {
            let value = match one.slot {
                Slot::Text(M::EventTime | M::EventId | M::SharedEventId) => continue,
                Slot::Identity(_) => {
                    self.identity.extend_from_slice(one.raw(text));
                    self.identity.push(BETWEEN);
                    continue;
                }
                _ => one.raw(text),
            };
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
    }

    /// The number of the identity of the record that is looked for.
    fn identity(&mut self) -> u32 {
        if let Some(&number) = self.identities.get(&*self.identity) {
            return number;
        }
        if self.identities.len() >= IDENTITIES {
            self.forget();
            self.identities.clear();
            self.who.clear();
            self.scopes.clear();
        }
        let number = u32::try_from(self.who.len()).unwrap_or(u32::MAX);
        self.who.push(Who::New);
        self.identities.insert(self.identity.as_slice().into(), number);
        number
    }

    /// Whether it is not known yet who called, in the record that was looked for last.
    pub(super) fn is_new_caller(&self) -> bool {
        self.who[self.identity_number as usize] == Who::New
    }

    /// Takes note of who called, in the record that was looked for last.
    pub(super) fn called(&mut self, caller: &Caller<'_>, aggregate: &mut Aggregate) {
        let who = Who::new(caller, &mut self.scopes, aggregate);
        let number = self.identity_number;
        self.who[number as usize] = who;
        let scope = self.values.len() - size_of::<u32>();
        self.values.truncate(scope);
        self.values.extend_from_slice(&who.scope(number).to_le_bytes());
    }

    /// Keeps what the record shows that was looked for last, if it came before.
    pub(super) fn keep(
        &mut self,
        new: New<'_>,
        known: Known,
        parts: &[Part],
        aggregate: &mut Aggregate,
    ) {
        let hash = self.hash(known);
        // The other end of the hash than the one that chooses the place.
        let (mark, once) = ((hash >> 48) as u16, &mut self.once[index(hash, ONCE)]);
        if *once != mark {
            *once = mark;
            return;
        }
        if self.values.len() > VALUES_BYTES || parts.len() > PARTS {
            return;
        }
        let who = self.who[self.identity_number as usize];
        let scope = who.scope(self.identity_number);
        if !self.values.ends_with(&scope.to_le_bytes()) {
            // All was forgotten since it was looked for.
            return;
        }
        let apart: Option<Box<[Part]>> = parts.iter().map(|&part| who.taken_out(part)).collect();
        let Some(apart) = apart else { return };
        let shown = match new.object {
            None => Shown::Same(apart),
            Some(object) => match About::new(object, &apart, aggregate) {
                Some(about) => Shown::About(about),
                // It shows something else than the object, and without the name the values do not tell what.
                None => return,
            },
        };
        if self.count == u32::MAX {
            self.forget();
        }
        self.count = self.count.wrapping_add(1);
        let values = self.values.as_slice().into();
        let kept = Kept { number: self.count, shape: known.shape, values, shown };
        self.kept[index(hash, KEPT)] = Some(kept);
    }

    /// Takes over how coarse names have become: `steps_of` says it for a contribution, part by part.
    pub(super) fn coarsen(&mut self, steps_of: impl Fn(u32) -> Option<Steps>) {
        for pair in self.pairs.values_mut().filter(|pair| pair.is_about) {
            if let Some(steps) = steps_of(pair.meaning) {
                pair.steps = steps;
            }
        }
    }

    /// Names are as they are again.
    pub(super) fn refine(&mut self) {
        self.pairs.values_mut().for_each(|pair| pair.steps = [0; PARTS]);
    }

    /// Gives what is kept other numbers.
    pub(super) fn renumber(&mut self, numbers: &mut impl Renumber) {
        self.who.iter_mut().for_each(|who| who.renumber(numbers));
        for kept in self.kept.iter_mut().flatten() {
            match &mut kept.shown {
                Shown::Same(parts) => {
                    for part in parts {
                        *part = part.renumbered(|id| numbers.text(id));
                    }
                }
                Shown::About(about) => about.renumber(numbers),
            }
        }
        // What is the same each time is soon put together again; how coarse names are is not soon known again.
        self.pairs.retain(|_, pair| pair.is_about);
        if self.pairs.len() > PAIRS / 2 {
            self.pairs.clear();
        }
        for pair in self.pairs.values_mut() {
            pair.meaning = numbers.meaning(pair.meaning);
        }
    }

    /// Forgets the numbers: they are those of another aggregate from now on.
    pub(super) fn forget(&mut self) {
        self.kept.fill_with(|| None);
        self.pairs.clear();
        self.who.fill(Who::New);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest bits of a hash")]
fn index(hash: u64, count: usize) -> usize {
    hash as usize % count
}
