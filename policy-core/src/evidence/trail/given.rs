//! What a reader holds goes over to an aggregate, again and again to the same one.
//!
//! The reader keeps its tables, so that what its records show needs to be worked out, and taken over, once. Only what an
//! event shows that goes over is taken over: a document that was refused leaves nothing.

use std::sync::Arc;

use super::aggregate::{Aggregate, Event};
use super::contributions::{Contributions, Texts};
use super::event::{CallPart, Part, ResourcePart, TextId};
use super::log::Entry;
use super::remembered::{Remembered, Renumber, Steps};

/// Texts, or contributions, in the tables of a reader at which only what is remembered is kept.
const TABLES: usize = 1 << 13;

/// What a reader holds, and what its numbers are in the aggregate that it goes to.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) aggregate: Aggregate,
    /// The aggregate that the numbers below are of.
    whole: Option<Arc<()>>,
    /// The aggregate that what was held went to the last time, rather than one document.
    pub(super) given_to: Option<Arc<()>>,
    /// Numbers there of contributions and texts here, as far as they went over.
    meanings: Vec<Option<u32>>,
    texts: Vec<Option<TextId>>,
}

impl Default for Held {
    fn default() -> Self {
        Self {
            aggregate: Aggregate::raw(),
            whole: None,
            given_to: None,
            meanings: Vec::new(),
            texts: Vec::new(),
        }
    }
}

impl Held {
    /// What is held from now on goes where the last went that was held and given.
    pub(super) fn aim_as_before(&self, remembered: &mut Remembered) {
        let is_same = match (&self.whole, &self.given_to) {
            (Some(whole), Some(before)) => Arc::ptr_eq(whole, before),
            _ => false,
        };
        if !is_same {
            remembered.refine();
        }
    }

    /// What is held from now on goes to `whole`.
    pub(super) fn aim(&mut self, whole: &Aggregate, remembered: &mut Remembered) {
        if !self.whole.as_ref().is_some_and(|known| Arc::ptr_eq(known, whole.identity())) {
            self.whole = Some(Arc::clone(whole.identity()));
            self.meanings.clear();
            self.texts.clear();
            // How coarse names were elsewhere says nothing here.
            remembered.refine();
        }
    }

    /// Moves everything to `whole`; `remembered` has numbers of what is held.
    pub(super) fn give(&mut self, whole: &mut Aggregate, remembered: &mut Remembered) {
        self.aim(whole, remembered);
        let held = &mut self.aggregate;
        self.meanings.resize(held.contributions.len(), None);
        self.texts.resize(held.contributions.texts().len(), None);
        let Aggregate { contributions, log, .. } = held;
        let (meanings, texts) = (&mut self.meanings, &mut self.texts);
        for entry in log.drain() {
            let event = Event { time: entry.time, meaning: entry.meaning };
            let number = event.meaning();
            let meaning = *meanings[number as usize].get_or_insert_with(|| {
                let mut texts = Texts::Other(contributions.texts(), texts);
                whole.contributions.enter(contributions.parts(number), &mut texts)
            });
            whole.log.push(Entry { meaning: meaning | event.flags(), ..entry });
        }
        whole.take_over(held);
        if self.is_large(TABLES) {
            self.tidy(remembered);
        }
        let there = &whole.contributions;
        remembered.coarsen(|meaning| {
            let number = self.meanings.get(meaning as usize).copied()??;
            Some(steps(there.parts(there.resolved(number))))
        });
    }
}

impl Held {
    fn is_large(&self, bound: usize) -> bool {
        let contributions = &self.aggregate.contributions;
        contributions.len() > bound || contributions.texts().len() > bound
    }

    /// Keeps of the tables only what is remembered; nothing else is held.
    fn tidy(&mut self, remembered: &mut Remembered) {
        let old = std::mem::take(self);
        (self.whole, self.given_to) = (old.whole, old.given_to);
        let from = &old.aggregate.contributions;
        let mut kept = Kept {
            from,
            to: &mut self.aggregate.contributions,
            texts: vec![None; from.texts().len()],
            meanings: vec![None; from.len()],
        };
        remembered.renumber(&mut kept);
        let Kept { texts, meanings, .. } = kept;
        let there = |numbers: &[Option<u32>], known: &[Option<u32>]| -> Vec<Option<u32>> {
            let mut there = Vec::new();
            for (number, known) in numbers.iter().zip(known) {
                let Some(number) = number.map(|number| number as usize) else { continue };
                there.resize(there.len().max(number + 1), None);
                there[number] = *known;
            }
            there
        };
        self.meanings = there(&meanings, &old.meanings);
        self.texts = there(&texts, &old.texts);
        if self.is_large(TABLES / 2) {
            *self = Self { given_to: self.given_to.take(), ..Self::default() };
            remembered.forget();
        }
    }
}

/// What is kept of tables, in new ones.
struct Kept<'t> {
    from: &'t Contributions,
    to: &'t mut Contributions,
    /// Numbers there by numbers here.
    texts: Vec<Option<TextId>>,
    meanings: Vec<Option<u32>>,
}

impl Renumber for Kept<'_> {
    fn text(&mut self, id: TextId) -> TextId {
        let (from, to) = (self.from, &mut *self.to);
        *self.texts[id as usize].get_or_insert_with(|| to.text_id(from.text(id)))
    }

    fn meaning(&mut self, meaning: u32) -> u32 {
        if let Some(known) = self.meanings[meaning as usize] {
            return known;
        }
        let parts = self.from.parts(meaning).iter();
        let parts: Vec<Part> = parts.map(|part| part.renumbered(|id| self.text(id))).collect();
        let id = self.to.id(&parts);
        self.meanings[meaning as usize] = Some(id);
        id
    }
}

/// How coarse the names are, part by part.
fn steps(parts: &[Part]) -> Steps {
    let mut steps = Steps::default();
    for (step, part) in steps.iter_mut().zip(parts) {
        if let Part::Call(CallPart { resource: ResourcePart::Folded(folded), .. }) = part {
            *step = folded.step;
        }
    }
    steps
}
