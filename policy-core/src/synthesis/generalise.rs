//! Many observed names become few patterns.
//!
//! The rule is a function of the set of names, so that neither their order nor how they came
//! together matters. It never leaves a container (bucket, log group, table …), never crosses a part
//! that tells tenants or accounts apart, and never covers a name that was only refused. Where it
//! cannot keep to the budget without that, it exceeds the budget, and [`Names::excess`] says why.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use crate::iam::{ArnPattern, Pattern};

use super::walk::{Caps, DEPTH, Found, Shapes, Walk};
use crate::names::spaces::Spaces;

/// Names up to this number in one container are kept as they are.
pub const KEEP_EXACT: usize = 4;
/// Patterns for one action in one container, as far as tenants and refusals allow, unless told.
pub const MAX_RESOURCES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(11);
/// Names inside one container.
///
/// Shape: a set; [`Names::insert`] and [`Names::merge`] are commutative, associative and idempotent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// As texts of patterns.
    names: BTreeSet<Box<str>>,
}

/// What was only refused.
#[derive(Debug, Clone, Default)]
pub struct Refused<'a> {
    /// Whole ARNs.
    pub names: BTreeSet<&'a str>,
    /// Whole ARNs of which some may have been used too.
    pub patterns: Vec<&'a Pattern>,
}

/// A pattern with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generalised {
    /// The pattern over whole ARNs.
    pub pattern: ArnPattern,
    /// How many names it stands for.
    pub names: usize,
    /// Whether some of these stand for several themselves.
    pub more: bool,
    /// The smallest of them, as a whole ARN.
    pub example: String,
}

impl Generalised {
    /// Whether the pattern is a name itself.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.pattern.pattern().as_literal().is_some()
    }
}

/// Why the patterns are more than there should be, and what they would be otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// Whether parts that tell tenants apart are among the reasons.
    pub by_tenants: bool,
    /// Whether names that were only refused are among the reasons.
    pub by_refusals: bool,
    /// The patterns that would do, were there no such reasons; without what is a name itself.
    pub instead: Vec<ArnPattern>,
}

impl Names {
    /// Adds a name.
    pub fn insert(&mut self, name: &str) {
        self.insert_many(&Pattern::literal(name).to_string());
    }

    /// Adds names of which only a pattern is known, by its text.
    pub fn insert_many(&mut self, pattern: &str) {
        if !self.names.contains(pattern) {
            self.names.insert(pattern.into());
        }
    }

    /// Adds every name of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.names.extend(other.names.iter().cloned());
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Patterns that together cover every name, sorted by pattern, each once.
    ///
    /// `container` comes before each name; `refused` are none of the names here, and no pattern may cover
    /// them; `budget` is how many patterns there should be.
    #[must_use]
    pub fn patterns(
        &self,
        container: &str,
        refused: &Refused<'_>,
        budget: NonZeroUsize,
    ) -> Vec<Generalised> {
        self.best(container, refused, budget, Tenants::Apart)
    }

    /// Why [`Names::patterns`] are more than `budget`; to be asked only when they are.
    #[must_use]
    pub fn excess(&self, container: &str, refused: &Refused<'_>, budget: NonZeroUsize) -> Excess {
        let none = Refused::default();
        let fits = |patterns: &[Generalised]| patterns.len() <= budget.get();
        let without_tenants = fits(&self.best(container, refused, budget, Tenants::Together));
        let without_refusals = fits(&self.best(container, &none, budget, Tenants::Apart));
        let instead = self.best(container, &none, budget, Tenants::Together);
        Excess {
            by_tenants: without_tenants || !without_refusals,
            by_refusals: without_refusals || !without_tenants,
            instead: instead.into_iter().filter(|it| !it.is_exact()).map(|it| it.pattern).collect(),
        }
    }

    fn best(
        &self,
        container: &str,
        refused: &Refused<'_>,
        budget: NonZeroUsize,
        tenants: Tenants,
    ) -> Vec<Generalised> {
        let is_refused = |pattern: &Pattern| {
            let whole = within(container, pattern);
            // A name that was used is none of those that were refused.
            let is_name = whole.as_literal().is_some();
            refused.names.iter().any(|name| whole.matches(name))
                || !is_name && refused.patterns.iter().any(|other| other.intersects(&whole))
        };
        let names = || self.names.iter().map(|name| &**name);
        let spaces = match tenants {
            Tenants::Apart => Spaces::of(names()),
            Tenants::Together => Spaces::none(),
        };
        if self.names.len() <= KEEP_EXACT.min(budget.get()) {
            let names = names().map(Found::name).filter(|it| !is_refused(&it.pattern));
            return names.map(|found| whole(container, &found)).collect();
        }
        let shapes = Shapes::of(names());
        let mut best: Option<Vec<Found<'_>>> = None;
        let depth = names().map(|name| name.split('/').count()).max().unwrap_or_default();
        for caps in ways(budget, depth.min(DEPTH)) {
            let walk = Walk { is_refused: &is_refused, spaces: &spaces, shapes: &shapes, caps };
            let Some(found) = walk.patterns(names()) else { continue };
            let found = without_covered(found);
            if best.as_ref().is_none_or(|best| found.len() < best.len()) {
                best = Some(found);
            }
            if best.as_ref().is_some_and(|best| best.len() <= budget.get()) {
                break;
            }
        }
        let mut best: Vec<Generalised> =
            best.unwrap_or_default().into_iter().map(|found| whole(container, &found)).collect();
        best.sort();
        best
    }
}

/// The caps to be tried; the first that keeps to the budget is taken.
///
/// They grow tighter from the deepest parts up, so that what is high up in the paths stays apart as long as
/// it can; one and none at all are tried at a depth before the next. A larger budget begins with more and tries all
/// of a smaller one.
fn ways(budget: NonZeroUsize, depth: usize) -> impl Iterator<Item = Caps> {
    let caps: Vec<usize> = (0..=budget.ilog2()).rev().map(|power| 1 << power).collect();
    let shallow = caps.iter().copied().filter(|cap| *cap > 1).min().unwrap_or(1);
    let first = Caps { deep: caps[0], shallow: caps[0], from: 0 };
    let from = move || (0..=depth).rev();
    let mut ways = vec![first];
    for pair in caps.windows(2).filter(|pair| pair[1] > 1) {
        ways.extend(from().map(|from| Caps { deep: pair[1], shallow: pair[0], from }));
    }
    let last = from().flat_map(move |from| [1, 0].map(|deep| Caps { deep, shallow, from }));
    ways.into_iter().chain(last)
}

/// Without patterns that another covers; with very many each is taken as needed.
fn without_covered(mut found: Vec<Found<'_>>) -> Vec<Found<'_>> {
    const COMPARED: usize = 64;
    found.sort_by(|a, b| a.pattern.cmp(&b.pattern));
    if found.len() > COMPARED {
        return found;
    }
    let mut at = 0;
    while at < found.len() {
        let by = (0..found.len())
            .find(|&other| other != at && found[other].pattern.surely_contains(&found[at].pattern));
        match by {
            Some(other) => {
                let covered = std::mem::take(&mut found[at].names);
                found[other].names.extend(covered);
                found.remove(at);
            }
            None => at += 1,
        }
    }
    found
}

fn whole(container: &str, found: &Found<'_>) -> Generalised {
    let names = || found.names.iter().map(|text| Pattern::parse(text, true));
    let shown = |name: Pattern| name.as_literal().map_or_else(|| name.to_string(), Into::into);
    let example = names().map(shown).min().unwrap_or_default();
    Generalised {
        pattern: ArnPattern::new(within(container, &found.pattern)),
        names: found.names.len(),
        more: names().any(|name| name.as_literal().is_none()),
        example: format!("{container}{example}"),
    }
}

fn within(container: &str, pattern: &Pattern) -> Pattern {
    let mut whole = Pattern::literal(container);
    pattern.tokens().iter().for_each(|token| whole.push(token.clone()));
    whole
}

/// Whether parts that tell tenants apart may be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tenants {
    Apart,
    Together,
}

#[cfg(test)]
mod tests;
