//! One rectangle: a resource entry of a statement, and the statements that match its actions.
//!
//! Texts that are easily guessed come first; then the resources are cut into cells.

use std::cell::RefCell;
use std::collections::HashMap;

use super::budget::PATTERN;
use super::cell::{Cells, yes};
use super::cells::{self, Base, Class, Match, Questions as _, Variables};
use super::search::{Drive, Search, Seen, TOO_MUCH};
use super::statements::Globs;
use super::{variables, witness};
use crate::iam::Pattern;
use crate::iam::pattern::explore::Exhausted;
use crate::iam::pattern::universe::Universe;
use crate::semantics::decide::PolicyKind;
use crate::semantics::request::{Context, Request};

/// Patterns with which a text in common is looked for before all are cut together.
const MAX_MEETINGS: usize = 24;

/// What is known of a rectangle, whatever the action is called.
#[derive(Debug)]
pub(super) enum Found {
    Empty,
    /// A resource, which may have variables, and a context.
    Member {
        resource: Pattern,
        context: Context,
    },
    Unknown(String),
}

impl<'p, 'd> Search<'p, 'd> {
    pub(super) fn cut(
        &self,
        drive: &Drive<'d>,
        seen: &Seen<'_, 'd>,
        live: &[Vec<usize>],
        resource: Base<'_>,
    ) -> Found {
        match self.cut_within(drive, seen, live, resource) {
            Ok(found) => found,
            Err(Exhausted) => Found::Unknown(TOO_MUCH.to_owned()),
        }
    }

    fn cut_within(
        &self,
        drive: &Drive<'d>,
        seen: &Seen<'_, 'd>,
        live: &[Vec<usize>],
        resource: Base<'_>,
    ) -> Result<Found, Exhausted> {
        let mut classes = self.classes(drive, live, resource)?;
        // A variable that may spell colons is no text inside one part: any text is looked at, and
        // the pattern itself is one more that must match.
        let (itself, relaxed);
        let mut resource = resource;
        if let Base::Pattern(pattern) = resource
            && variables::begins_in_the_first_parts(pattern)
        {
            (itself, relaxed) =
                (Globs::new(vec![pattern.clone()], false), variables::relaxed(pattern));
            resource = Base::Pattern(&relaxed);
            classes.push(self.itself(drive, &itself));
        }
        let shapes: Vec<Class<'_>> = classes.iter().map(Grouped::shape).collect();
        let with_variables = cells::has_variables(resource, &shapes);
        let mut walk = Cells {
            search: self,
            drive,
            seen,
            live,
            base: resource,
            classes: &classes,
            solved: HashMap::new(),
            bound: None,
            patterns: Vec::new(),
            apart: RefCell::default(),
            found: None,
            doubt: None,
            doubted: Vec::new(),
        };
        // Most that is covered is covered word for word.
        let known: Vec<Option<bool>> = classes.iter().map(|c| c.has(resource)).collect();
        if walk.is_pointless(&known) {
            return Ok(Found::Empty);
        }
        let literal = resource.literal().filter(|_| !with_variables);
        let mut texts: Vec<String> = Vec::new();
        if !with_variables {
            texts.extend(literal.map(ToOwned::to_owned));
            // Texts that are easily guessed spare most of the cutting where there is a member.
            if let Base::Pattern(pattern) = resource {
                texts.extend(["", "example"].map(|filler| witness::filled(pattern, filler)));
            }
            texts.retain(|text| resource.matches(text) && Universe::Arn.holds(text));
        }
        texts.extend(resource.matches("*").then(|| "*".to_owned()));
        texts.dedup();
        let work: usize =
            shapes.iter().flat_map(|class| &class.resources).map(|globs| globs.work()).sum();
        let guess = |text: &str, walk: &mut Cells<'_, 'p, 'd>| {
            self.budget.spend(work)?;
            let listed = |class: &Class<'_>| class.resources.iter().any(|g| g.matches(text));
            let matches: Vec<Match> = shapes.iter().map(|class| yes(listed(class))).collect();
            Ok::<bool, Exhausted>(walk.cell(&matches, &[], Pattern::literal(text)))
        };
        for text in texts {
            if guess(&text, &mut walk)? {
                break;
            }
        }
        let guessed = walk.doubt.clone();
        if walk.found.is_none() && literal.is_none() && !with_variables {
            // Where something else must match too, a text that both match.
            let adds = classes.iter().filter(|class| {
                !class.negated && !class.own && self.problem.leaves[class.leaf].adds
            });
            let wanted = adds.flat_map(|class| &class.resources).flat_map(|globs| &globs.patterns);
            for pattern in wanted.take(MAX_MEETINGS) {
                if let Some(text) = cells::meeting(resource, pattern, self.budget)
                    && guess(&text, &mut walk)?
                {
                    break;
                }
            }
        }
        if literal.is_none() && walk.found.is_none() && self.problem.kind != PolicyKind::Trust {
            cells::resources(resource, &shapes, Variables::Opaque, self.budget, &mut walk)?;
            if walk.found.is_none() && with_variables {
                // Opaque variables prove nothing where a variable may spell what another pattern
                // wants. Of `*`, which no variable spells, it says nothing.
                let spelled = self.spelled(drive, seen, live, resource, &classes)?;
                return Ok(match (spelled, guessed) {
                    (Found::Empty, Some(reason)) => Found::Unknown(reason),
                    (found, _) => found,
                });
            }
        }
        Ok(match (walk.found, walk.doubt) {
            (Some((resource, context)), _) => Found::Member { resource, context },
            (None, Some(reason)) => Found::Unknown(reason),
            (None, None) => Found::Empty,
        })
    }

    /// The piece that is asked about, as one more class, which must match.
    pub(super) fn itself<'s>(&'s self, drive: &Drive<'d>, piece: &'s Globs) -> Grouped<'s> {
        let (leaf, _) = drive.of.unwrap_or_default();
        let (condition, resources) = (self.must(drive), vec![piece]);
        Grouped { leaf, condition, negated: false, resources, own: true }
    }

    /// The live statements by what tells them apart: leaf, conditions, and each negated list.
    fn classes<'s>(
        &'s self,
        drive: &Drive<'d>,
        live: &[Vec<usize>],
        resource: Base<'_>,
    ) -> Result<Vec<Grouped<'s>>, Exhausted> {
        let mut out: Vec<Grouped<'s>> = Vec::new();
        let mut at: HashMap<(usize, &[usize]), usize> = HashMap::new();
        for (leaf, numbers) in live.iter().enumerate() {
            if drive.of.is_some_and(|(own, _)| own == leaf) {
                continue;
            }
            let of = &self.problem.leaves[leaf];
            for number in numbers {
                let globs = &of.statements.list[*number].resource;
                self.budget.spend(globs.patterns.len())?;
                if !globs.may_meet(resource) {
                    continue;
                }
                let condition = of.conditions[*number].as_slice();
                let known = if globs.negated { None } else { at.get(&(leaf, condition)) };
                match known {
                    Some(class) => out[*class].resources.push(globs),
                    None => {
                        if !globs.negated {
                            at.insert((leaf, condition), out.len());
                        }
                        let negated = globs.negated;
                        let resources = vec![globs];
                        out.push(Grouped { leaf, condition, negated, resources, own: false });
                    }
                }
            }
        }
        // What a complement leaves out may be what a variable spells, for it as for the others.
        if let (Base::Except(_), Some((leaf, number)), Some(statement)) =
            (resource, drive.of, &drive.statement)
            && statement.resource.has_variables()
        {
            let of = &self.problem.leaves[leaf];
            let globs = &of.statements.list[number].resource;
            let (condition, resources) = (of.conditions[number].as_slice(), vec![globs]);
            out.push(Grouped { leaf, condition, negated: true, resources, own: true });
        }
        Ok(out)
    }

    /// A request of the cell that reads well and that the evaluator confirms.
    pub(super) fn confirmed(
        &self,
        drive: &Drive<'d>,
        seen: &Seen<'_, 'd>,
        live: &[Vec<usize>],
        base: Base<'_>,
        cell: &Pattern,
        context: &Context,
    ) -> Option<Request> {
        let text = variables::filled(cell, context)?;
        let matching: Vec<&Globs> = live
            .iter()
            .enumerate()
            .flat_map(|(leaf, of)| of.iter().map(move |number| (leaf, *number)))
            .map(|(leaf, n)| &self.problem.leaves[leaf].statements.list[n].resource)
            .collect();
        let ask = witness::Ask {
            catalog: self.catalog,
            kind: self.problem.kind,
            action: seen.action,
            action_text: seen.text,
            resource: base,
            resource_text: &text,
            relevant: seen.statements,
            live: &matching,
        };
        let actions = seen.statements.iter().map(|s| s.action.work()).sum::<usize>();
        let work = matching.iter().map(|globs| globs.work()).sum::<usize>() + actions;
        // Texts that are told are not looked for.
        if seen.action.literal().is_none() || base.literal().is_none() {
            self.budget.spend((work + PATTERN) * 4).ok()?;
        }
        ask.candidates().into_iter().find_map(|(action, resource)| {
            let request = Request {
                principal: self.caller.principal.clone(),
                action,
                resource,
                context: context.clone(),
            };
            self.budget.spend(actions).ok()?;
            let own = drive.statement.as_ref().is_none_or(|s| s.matches(&request));
            (own && self.problem.contains(&request, seen.relevant)).then_some(request)
        })
    }
}

/// Live statements of one leaf with the same conditions, or the statement asked about itself.
pub(super) struct Grouped<'s> {
    /// It must match.
    pub(super) own: bool,
    pub(super) leaf: usize,
    pub(super) condition: &'s [usize],
    pub(super) negated: bool,
    pub(super) resources: Vec<&'s Globs>,
}

impl<'s> Grouped<'s> {
    /// Whether all of the piece is matched, as far as it is written so.
    fn has(&self, piece: Base<'_>) -> Option<bool> {
        let Base::Pattern(one) = piece else { return None };
        let written = |globs: &&Globs| globs.patterns.binary_search(one).is_ok();
        (!self.negated && self.resources.iter().any(written)).then_some(true)
    }

    pub(super) fn shape(&self) -> Class<'s> {
        Class { resources: self.resources.clone(), negated: self.negated }
    }
}
