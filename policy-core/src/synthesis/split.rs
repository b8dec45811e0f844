//! Statements → documents that fit the quotas.
//!
//! The rule, which is to keep what lies in the files where it lies when a statement comes or goes: all statements in one inline policy
//! where that has room; else in the order of their Sids, each in the first policy that has room for it, the inline one before managed ones. So
//! no statement moves that stands before the one that comes, and what moves is what it pushes out. Only where that takes more
//! policies than may be attached, statements are placed largest first, and then in smaller parts.
//!
//! Which statements there are is decided before, but for the division of those that are too large for a policy.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::policy::quota::{INLINE_ROLE_CHARS, MANAGED_CHARS, MANAGED_PER_ROLE_MAX, size_chars};
use crate::policy::{PolicyDocument, ResourceElement, Statement};

use super::error::OverQuota;
use super::minimize::Bundle;
use super::room::AttachQuota;
use super::sid;

/// How statements are divided, by turns until the policies have room: what is larger than the first number into parts of at most the second.
/// Parts of half a managed policy fill policies of both kinds well; full ones repeat less.
///
/// Units: characters of a document with the statement alone.
pub(super) const DIVISIONS: [Division; 6] = [
    Division { above: MANAGED_CHARS, part: MANAGED_CHARS / 2, cut: Cut::ByName },
    Division { above: MANAGED_CHARS, part: MANAGED_CHARS / 2, cut: Cut::WhenFull },
    Division { above: MANAGED_CHARS, part: MANAGED_CHARS, cut: Cut::WhenFull },
    Division { above: MANAGED_CHARS / 2, part: MANAGED_CHARS / 2, cut: Cut::WhenFull },
    Division { above: MANAGED_CHARS / 4, part: MANAGED_CHARS / 4, cut: Cut::WhenFull },
    Division { above: MANAGED_CHARS / 8, part: MANAGED_CHARS / 8, cut: Cut::WhenFull },
];

/// Which statements are divided, and into what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Division {
    above: usize,
    part: usize,
    cut: Cut,
}

/// Before which resource a part begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Before one that its name chooses, about in the middle, until the parts fit: so that a resource that comes or goes changes its own
    /// part, and all others seldom.
    ByName,
    /// Before the first that the part has no room for.
    WhenFull,
}

/// Statements named in the over-quota message.
const LARGEST: usize = 3;

/// The numbers of the statements of each policy.
type Places = Vec<Vec<usize>>;

/// The policies of a role: the first inline, the others managed; `None` where the role has no room for them.
///
/// Shape: every statement once; within a document in their order; no document empty, but one where there is no statement.
pub(super) fn placed(statements: &[Statement], free: usize) -> Option<Vec<PolicyDocument>> {
    if !is_over_inline(statements) {
        return Some(vec![PolicyDocument::new(statements.to_vec())]);
    }
    let sizes: Vec<usize> = statements.iter().map(statement_chars).collect();
    let in_order: Vec<usize> = (0..sizes.len()).collect();
    let mut largest_first = in_order.clone();
    largest_first.sort_by_key(|&at| (Reverse(sizes[at]), at));
    let mut places =
        filled(&in_order, &sizes, free).or_else(|| filled(&largest_first, &sizes, free))?;
    places.iter_mut().for_each(|numbers| numbers.sort_unstable());
    // The inline one stays the first.
    places[1..].sort();
    let document = |numbers: Vec<usize>| {
        PolicyDocument::new(numbers.into_iter().map(|number| statements[number].clone()).collect())
    };
    Some(places.into_iter().map(document).collect())
}

/// Every statement in the first policy that has room; `None` where one finds none.
///
/// What only the inline policy can hold comes before all others.
fn filled(order: &[usize], sizes: &[usize], free: usize) -> Option<Places> {
    let frame = document_chars(&[]);
    let is_inline_only = |number: usize| frame + sizes[number] > MANAGED_CHARS;
    let (first, others): (Vec<usize>, Vec<usize>) =
        order.iter().partition(|&&number| is_inline_only(number));
    let mut policies: Vec<(usize, Vec<usize>)> = Vec::new();
    for number in first.into_iter().chain(others) {
        let fitting = policies.iter_mut().enumerate().find(|(index, (size, _))| {
            let quota = if *index == 0 { INLINE_ROLE_CHARS } else { MANAGED_CHARS };
            // A comma stands between two statements.
            size + 1 + sizes[number] <= quota
        });
        match fitting {
            Some((_, (size, numbers))) => {
                *size += 1 + sizes[number];
                numbers.push(number);
            }
            None => {
                let quota = if policies.is_empty() { INLINE_ROLE_CHARS } else { MANAGED_CHARS };
                if frame + sizes[number] > quota || policies.len() > free {
                    return None;
                }
                policies.push((frame + sizes[number], vec![number]));
            }
        }
    }
    Some(policies.into_iter().map(|(_, numbers)| numbers).collect())
}

/// A number that follows from a name, and is far from that of names like it (FNV-1a, then the end of MurmurHash3).
fn chosen_by(name: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    hash ^ (hash >> 33)
}

fn document_chars(statements: &[Statement]) -> usize {
    size_chars(&PolicyDocument::new(statements.to_vec()))
}

fn statement_chars(statement: &Statement) -> usize {
    document_chars(std::slice::from_ref(statement)) - document_chars(&[])
}

/// Whether a role of these statements needs managed policies.
pub(super) fn is_over_inline(statements: &[Statement]) -> bool {
    document_chars(statements) > INLINE_ROLE_CHARS
}

/// What does not fit, by how much, and what to do: for statements of which no division found a place.
pub(super) fn over(
    whole: &[Statement],
    divided: &[Vec<Statement>],
    room: AttachQuota,
) -> OverQuota {
    let frame = document_chars(&[]);
    let is_too_large = |it: &&Statement| statement_chars(it) + frame > INLINE_ROLE_CHARS;
    let smallest = divided.last().map_or(whole, Vec::as_slice);
    if let Some(statement) = smallest.iter().find(is_too_large) {
        return OverQuota::of_statement(name(statement), statement_chars(statement) + frame);
    }
    let mut by_size: Vec<(usize, &Statement)> =
        whole.iter().map(|statement| (statement_chars(statement), statement)).collect();
    by_size.sort_by_key(|(size, statement)| (Reverse(*size), name(statement)));
    let largest: Vec<String> = by_size
        .iter()
        .take(LARGEST)
        .map(|(size, statement)| format!("`{}` ({size})", name(statement)))
        .collect();
    let widest = whole.iter().max_by_key(|it| (resources(it), Reverse(name(it))));
    let widest = widest.map(|statement| (name(statement).to_owned(), resources(statement)));
    // How many managed policies it would take, if they could be attached.
    let fits = |free: &usize| divided.iter().any(|statements| placed(statements, *free).is_some());
    let needed = (room.free() + 1..=MANAGED_PER_ROLE_MAX).find(fits);
    let least = divided.iter().map(|statements| document_chars(statements)).min();
    let size = document_chars(whole);
    OverQuota::of_role((size, least.unwrap_or(size)), room, &largest, widest, needed)
}

fn name(statement: &Statement) -> &str {
    statement.sid.as_deref().unwrap_or_default()
}

fn resources(statement: &Statement) -> usize {
    statement.resource.as_ref().map_or(0, |it: &ResourceElement| it.values().len())
}

/// The bundles, those that are too large in parts: of resources in their order, and of actions where one resource with all of them is
/// too large.
///
/// Shape: every action on every resource of a bundle in one part.
pub(super) fn divided(bundles: Vec<Bundle>, division: Division) -> Vec<Bundle> {
    let mut done = Vec::new();
    for bundle in bundles {
        if alone_chars(&bundle) <= division.above {
            done.push(bundle);
            continue;
        }
        for part in by_actions(&bundle, division.part) {
            done.extend(by_resources(&part, division));
        }
    }
    done.sort();
    done
}

/// The bundle as itself where its longest resource with all actions leaves room for others; else with few of the actions each.
fn by_actions(bundle: &Bundle, limit: usize) -> Vec<Bundle> {
    let longest = bundle.resources.iter().max_by_key(|resource| resource.len()).cloned();
    let narrow = Bundle { resources: longest.into_iter().collect(), ..bundle.clone() };
    if alone_chars(&narrow) <= limit {
        return vec![bundle.clone()];
    }
    let none = Bundle { actions: BTreeSet::new(), ..narrow };
    let chars = |action: &crate::iam::ActionName| action.as_str().len() + QUOTES_AND_COMMA;
    let groups = grouped(&bundle.actions, alone_chars(&none), limit / 2, chars);
    groups.into_iter().map(|actions| Bundle { actions, ..bundle.clone() }).collect()
}

/// The bundle with few of the resources each.
fn by_resources(bundle: &Bundle, division: Division) -> Vec<Bundle> {
    let none = Bundle { resources: BTreeSet::new(), ..bundle.clone() };
    let base = alone_chars(&none);
    let chars = |resource: &String| {
        serde_json::Value::from(resource.as_str()).to_string().chars().count() + 1
    };
    let groups = match division.cut {
        Cut::WhenFull => grouped(&bundle.resources, base, division.part, chars),
        Cut::ByName => {
            let all: Vec<(&String, usize)> =
                bundle.resources.iter().map(|resource| (resource, chars(resource))).collect();
            let mut groups = Vec::new();
            cut_by_name(&all, division.part.saturating_sub(base), &mut groups);
            groups
        }
    };
    groups.into_iter().map(|resources| Bundle { resources, ..bundle.clone() }).collect()
}

/// The resources, each with its characters, in groups of at most so many characters.
fn cut_by_name(all: &[(&String, usize)], room: usize, groups: &mut Vec<BTreeSet<String>>) {
    let total: usize = all.iter().map(|(_, chars)| chars).sum();
    if total <= room || all.len() < 2 {
        groups.push(all.iter().map(|(resource, _)| (*resource).clone()).collect());
        return;
    }
    let mut before = 0;
    let mut middle = Vec::new();
    for (index, (resource, chars)) in all.iter().enumerate() {
        if index > 0 && (total..=2 * total).contains(&(3 * before)) {
            middle.push((chosen_by(resource), index));
        }
        before += chars;
    }
    // Only a resource longer than a third of all leaves none.
    let at = middle.into_iter().min().map_or(all.len() / 2, |(_, index)| index);
    cut_by_name(&all[..at], room, groups);
    cut_by_name(&all[at..], room, groups);
}

/// Characters around a word in a list.
const QUOTES_AND_COMMA: usize = 3;

/// The words in their order, in groups of which each is as large as fits beside `base`; one word that does not fit is a group.
fn grouped<T: Ord + Clone>(
    words: &BTreeSet<T>,
    base: usize,
    limit: usize,
    chars: impl Fn(&T) -> usize,
) -> Vec<BTreeSet<T>> {
    let mut groups: Vec<BTreeSet<T>> = Vec::new();
    let mut size = 0;
    for word in words {
        let more = chars(word);
        match groups.last_mut() {
            Some(group) if size + more <= limit => {
                group.insert(word.clone());
                size += more;
            }
            _ => {
                groups.push(BTreeSet::from([word.clone()]));
                size = base + more;
            }
        }
    }
    groups
}

/// Characters of a document with the bundle alone, whatever it will be called.
fn alone_chars(bundle: &Bundle) -> usize {
    document_chars(&[Statement {
        sid: Some("x".repeat(sid::LENGTH + sid::SUFFIX_CHARS)),
        condition: bundle.condition.clone(),
        ..Statement::allow(bundle.actions.iter().map(|a| a.as_str()), bundle.resources.clone())
    }])
}

#[cfg(test)]
mod tests;
