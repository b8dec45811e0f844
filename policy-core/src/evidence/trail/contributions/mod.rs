//! What events contribute, each distinct contribution once, known by a number.
//!
//! However many names a log has, few are kept: when a container (a bucket, a log group) has more names in one kind of call
//! than [`NameLimits`] allows, they are made coarser by the first step of `names::fold` that leaves few enough. The step
//! depends on the set of names alone, so neither the order of events nor their division into files matters. What
//! cannot be made coarser without crossing from one resource or tenant to another becomes unknown: it grants nothing and
//! is reported.
//!
//! Numbers stay valid when names are made coarser; [`Contributions::resolved`] tells which contribution stands for one.

mod coarse;
mod kinds;

use std::num::NonZeroUsize;

use hashbrown::HashMap;

use super::event::{Part, TextId};
use super::observations::Observations;
use super::table::Table;
use coarse::Entering;
use kinds::{Group, Kind, Spread};

pub(super) use coarse::Texts;
pub use kinds::NameLimits;

/// Stands for more sessions, identities or values than are kept.
const MANY: &str = Observations::MANY;

/// Contributions and their texts.
#[derive(Debug)]
pub(super) struct Contributions {
    texts: Table<str>,
    meanings: Table<[Part]>,
    /// `None`: everything is kept as it is.
    limits: Option<NameLimits>,
    /// Names of one kind that are kept as they are: [`NameLimits::in_container`], or half of it, a quarter … as far as
    /// [`NameLimits::in_all`] asks for.
    kept: NonZeroUsize,
    /// Names of each kind, whatever the session, as they were.
    spread: HashMap<Kind, Spread>,
    /// Names of all kinds, where of each no more than one above `kept` is counted. That makes it a function of
    /// the set of names, which only grows: making names coarser and sessions one does not change it.
    names: usize,
    groups: HashMap<Kind, Group>,
    /// Which contribution stands for one that was made coarser.
    stands_for: HashMap<u32, u32>,
}

impl Contributions {
    /// Keeps to `limits`.
    pub(super) fn limited(limits: NameLimits) -> Self {
        let kept = NonZeroUsize::new(limits.in_container).unwrap_or(NonZeroUsize::MIN);
        Self { limits: Some(limits), ..Self::raw(kept) }
    }

    /// Keeps everything as it is; it may come from where no more than `kept` names of one kind were.
    pub(super) fn raw(kept: NonZeroUsize) -> Self {
        Self {
            texts: Table::default(),
            meanings: Table::default(),
            limits: None,
            kept,
            spread: HashMap::new(),
            names: 0,
            groups: HashMap::new(),
            stands_for: HashMap::new(),
        }
    }

    /// How many names of one kind are kept as they are.
    pub(super) fn kept(&self) -> NonZeroUsize {
        self.kept
    }

    pub(super) fn limits(&self) -> Option<NameLimits> {
        self.limits
    }

    pub(super) fn text_id(&mut self, text: &str) -> TextId {
        self.texts.id(text)
    }

    pub(super) fn text(&self, id: TextId) -> &str {
        self.texts.value(id)
    }

    pub(super) fn texts(&self) -> &Table<str> {
        &self.texts
    }

    /// The texts alone.
    pub(super) fn into_texts(self) -> Table<str> {
        self.texts
    }

    /// The parts of a contribution that [stands](Self::resolved).
    pub(super) fn parts(&self, meaning: u32) -> &[Part] {
        self.meanings.value(meaning)
    }

    /// How many numbers were given.
    pub(super) fn len(&self) -> usize {
        self.meanings.len()
    }

    /// The contribution that stands for one.
    pub(super) fn resolved(&self, mut meaning: u32) -> u32 {
        while let Some(&other) = self.stands_for.get(&meaning) {
            meaning = other;
        }
        meaning
    }

    /// The number of what is contributed, whose texts are this table's. Nothing is made coarser.
    pub(super) fn id(&mut self, parts: &[Part]) -> u32 {
        self.meanings.id(parts)
    }

    /// The numbers here of all that `other` holds, by the numbers there.
    pub(super) fn merge(&mut self, other: &Self) -> Vec<u32> {
        if self.limits.is_none()
            && let Some(limits) = other.limits
        {
            self.limit(limits);
        }
        if other.kept < self.kept {
            self.keep(other.kept);
        }
        let mut ids = vec![None; other.texts.len()];
        let mut numbers = Vec::with_capacity(other.meanings.len());
        for meaning in (0..).take(other.meanings.len()) {
            if other.stands_for.contains_key(&meaning) {
                numbers.push(u32::MAX);
                continue;
            }
            let parts = other.meanings.value(meaning);
            numbers.push(self.enter(parts, &mut Texts::Other(&other.texts, &mut ids)));
        }
        for meaning in (0..).zip(0..numbers.len()) {
            numbers[meaning.1] = numbers[other.resolved(meaning.0) as usize];
        }
        numbers
    }

    /// Keeps to `limits` from now on. Numbers stay valid.
    pub(super) fn limit(&mut self, limits: NameLimits) {
        self.kept = self.kept.min(Self::limited(limits).kept);
        self.limits = Some(limits);
        let mut pending = Vec::new();
        for meaning in (0..).take(self.meanings.len()) {
            self.again(meaning, &mut pending);
        }
        self.settle(pending);
    }

    /// Enters a contribution; what it has too much of is made coarser at once.
    pub(super) fn enter(&mut self, parts: &[Part], texts: &mut Texts<'_>) -> u32 {
        let mut entering = Entering::default();
        let coarse = self.coarse(parts, texts, &mut entering);
        if let Some(known) = self.meanings.find(&coarse) {
            // Its members are known too.
            if !entering.pending.is_empty() {
                self.settle(entering.pending);
            }
            return self.resolved(known);
        }
        let id = self.meanings.id(&coarse);
        if self.limits.is_some() {
            self.note(id, &mut entering);
            self.settle(entering.pending);
        }
        self.resolved(id)
    }

    /// Enters a contribution once more, after a kind of it has become coarser.
    fn again(&mut self, meaning: u32, pending: &mut Vec<(Kind, u8)>) {
        let parts = self.meanings.value(meaning).to_vec();
        let mut entering = Entering::default();
        let coarse = self.coarse(&parts, &mut Texts::Own, &mut entering);
        let id = self.meanings.id(&coarse);
        if id != meaning {
            self.stands_for.insert(meaning, id);
        }
        self.note(id, &mut entering);
        pending.append(&mut entering.pending);
    }
}
