//! Action wildcards that match nothing but what is granted, for those who want them.
//!
//! What an action wildcard matches is what AWS has, and AWS adds actions. The catalog is one day's
//! knowledge, so a wildcard that is exact today may match more tomorrow: that is why nothing is
//! shortened unless it is asked for, and why each wildcard is reported with the catalog's date.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::finding::{Code, Finding};
use crate::iam::{ActionName, ActionPattern};

use super::minimize::Bundle;

/// Whether actions may be written as patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wildcards {
    /// Every action by its name.
    #[default]
    Never,
    /// `Get*` where the catalog knows of no other action that it matches.
    Exact,
}

/// Actions up to which every set of patterns is tried; of more, the one that saves most is taken each time.
const MAX_TRIED: usize = 12;

/// The `Action` element of a statement: as few characters as `wildcards` allows.
///
/// Shape: sorted; every action matches an entry, and every entry matches an action that no other does.
pub(super) fn written(
    bundle: &Bundle,
    wildcards: Wildcards,
    catalog: &Catalog,
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let actions: Vec<&ActionName> = bundle.actions.iter().collect();
    if wildcards == Wildcards::Never || actions.len() < 2 {
        return actions.iter().map(|action| action.as_str().to_owned()).collect();
    }
    let mut entries = Vec::new();
    for entry in shortest(&actions, candidates(&actions, catalog)) {
        if entry.covers.len() > 1 {
            findings.push(reported(&entry, &actions, catalog));
        }
        entries.push(entry.text);
    }
    entries.sort();
    entries
}

/// A text for the `Action` element, and which of the actions it matches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    text: String,
    covers: BTreeSet<usize>,
}

impl Entry {
    fn chars(&self) -> usize {
        self.text.len() + 3
    }
}

/// Each action by name, and every pattern of whole words with one `*` that matches two of them or more and no
/// other action that the catalog knows.
fn candidates(actions: &[&ActionName], catalog: &Catalog) -> Vec<Entry> {
    let mut texts = BTreeSet::new();
    for action in actions {
        let name = action.name();
        let cuts: Vec<usize> = words(name).collect();
        for &head in &cuts {
            for &tail in cuts.iter().filter(|&&tail| tail >= head) {
                let text = format!("{}:{}*{}", action.service(), &name[..head], &name[tail..]);
                texts.insert(text);
            }
        }
    }
    let service = actions.first().and_then(|action| catalog.service(action.service()));
    let known: Vec<ActionName> =
        service.iter().flat_map(|service| service.actions().map(|action| action.name())).collect();
    let exact = texts.into_iter().filter_map(|text| {
        let pattern = ActionPattern::new(&text);
        let covers: BTreeSet<usize> =
            (0..actions.len()).filter(|&i| pattern.matches(actions[i])).collect();
        let is_exact =
            known.iter().all(|action| !pattern.matches(action) || actions.contains(&action));
        (covers.len() > 1 && is_exact && service.is_some()).then_some(Entry { text, covers })
    });
    let by_name = actions
        .iter()
        .enumerate()
        .map(|(i, action)| Entry { text: action.as_str().to_owned(), covers: BTreeSet::from([i]) });
    by_name.chain(exact).collect()
}

/// Where words of a name begin, and its end: `GetObject` at 0, 3 and 9.
fn words(name: &str) -> impl Iterator<Item = usize> {
    let bytes = name.as_bytes();
    let begins = move |&at: &usize| {
        at == 0
            || at == bytes.len()
            || bytes[at].is_ascii_uppercase() && !bytes[at - 1].is_ascii_uppercase()
    };
    (0..=bytes.len()).filter(begins)
}

/// Entries that match all actions, with the fewest characters.
fn shortest(actions: &[&ActionName], mut candidates: Vec<Entry>) -> Vec<Entry> {
    // Of equally long ones the first counts, so the order must not depend on anything else.
    candidates.sort_by(|a, b| (a.chars(), &a.text).cmp(&(b.chars(), &b.text)));
    if actions.len() > MAX_TRIED {
        return taken(actions.len(), &candidates);
    }
    let mut best: Vec<Option<(usize, usize, usize)>> = vec![None; 1 << actions.len()];
    best[0] = Some((0, 0, 0));
    let masks: Vec<usize> =
        candidates.iter().map(|entry| entry.covers.iter().map(|i| 1 << i).sum()).collect();
    for covered in 0..best.len() {
        let Some((chars, ..)) = best[covered] else { continue };
        for (number, entry) in candidates.iter().enumerate() {
            let with = covered | masks[number];
            let cost = chars + entry.chars();
            if with != covered && best[with].is_none_or(|(known, ..)| cost < known) {
                best[with] = Some((cost, covered, number));
            }
        }
    }
    let mut entries = Vec::new();
    let mut at = best.len() - 1;
    while let Some((_, before, number)) = best[at].filter(|_| at != 0) {
        entries.push(candidates[number].clone());
        at = before;
    }
    entries
}

/// The entry with the fewest characters for each action not yet matched, again and again; then less what the
/// others match.
fn taken(count: usize, candidates: &[Entry]) -> Vec<Entry> {
    let mut open: BTreeSet<usize> = (0..count).collect();
    let mut taken: Vec<Entry> = Vec::new();
    loop {
        let worth = |entry: &Entry| {
            let new = entry.covers.intersection(&open).count();
            (new > 0).then(|| entry.chars() * 1024 / new)
        };
        let best = candidates.iter().filter_map(|entry| Some((worth(entry)?, entry))).min();
        let Some((_, best)) = best else { break };
        open.retain(|action| !best.covers.contains(action));
        taken.push(best.clone());
    }
    let mut at = 0;
    while at < taken.len() {
        let others: BTreeSet<usize> = taken
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .flat_map(|(_, entry)| entry.covers.iter().copied())
            .collect();
        match taken[at].covers.is_subset(&others) {
            true => _ = taken.remove(at),
            false => at += 1,
        }
    }
    taken
}

fn reported(entry: &Entry, actions: &[&ActionName], catalog: &Catalog) -> Finding {
    let list: Vec<String> =
        entry.covers.iter().map(|&action| format!("`{}`", actions[action])).collect();
    Finding::new(
        Code::ActionWildcard,
        format!(
            "`{}` stands for {}: the catalog of {} knows of no other action that it matches",
            entry.text,
            list.join(", "),
            catalog.date()
        ),
    )
    .help("AWS may add an action that it matches; leave out `--wildcards` to write names only")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::iam::ConditionBlock;

    fn bundle(actions: &[&str]) -> Bundle {
        Bundle {
            actions: actions.iter().map(|action| action.parse().unwrap()).collect(),
            resources: BTreeSet::from(["*".to_owned()]),
            condition: ConditionBlock::default(),
        }
    }

    fn of(actions: &[&str], wildcards: Wildcards) -> (Vec<String>, Vec<Finding>) {
        let mut findings = Vec::new();
        let catalog = Catalog::embedded();
        let entries = written(&bundle(actions), wildcards, catalog, &mut findings);
        (entries, findings)
    }

    #[test]
    fn names_stay_names_unless_wildcards_are_asked_for() {
        let actions = ["sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"];
        assert_eq!(of(&actions, Wildcards::Never), (actions.map(str::to_owned).into(), vec![]));
        let (entries, findings) = of(&actions, Wildcards::Exact);
        assert_eq!(entries, ["sqs:*Message"]);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains(Catalog::embedded().date()), "{findings:?}");
    }

    #[test]
    fn what_matches_another_action_is_not_taken() {
        let (entries, findings) = of(&["sqs:ReceiveMessage", "sqs:SendMessage"], Wildcards::Exact);
        assert_eq!(entries, ["sqs:ReceiveMessage", "sqs:SendMessage"]);
        assert_eq!(findings, []);
    }

    #[test]
    fn a_service_that_the_catalog_does_not_know_has_no_wildcards() {
        let (entries, _) = of(&["nosuch:GetThing", "nosuch:PutThing"], Wildcards::Exact);
        assert_eq!(entries, ["nosuch:GetThing", "nosuch:PutThing"]);
    }

    fn some_actions() -> impl Strategy<Value = Vec<ActionName>> {
        let service = prop::sample::select(vec!["dynamodb", "sqs", "kinesis", "s3", "kms"]);
        (service, prop::collection::vec(any::<prop::sample::Index>(), 1..20)).prop_map(
            |(service, chosen)| {
                let known: Vec<ActionName> = Catalog::embedded()
                    .service(service)
                    .unwrap()
                    .actions()
                    .map(|action| action.name())
                    .collect();
                let chosen: BTreeSet<ActionName> =
                    chosen.iter().map(|index| index.get(&known).clone()).collect();
                chosen.into_iter().collect()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_entries_match_what_is_granted_and_nothing_else(actions in some_actions()) {
            let names: Vec<&str> = actions.iter().map(ActionName::as_str).collect();
            let (entries, _) = of(&names, Wildcards::Exact);
            let patterns: Vec<_> = entries.iter().map(|text| ActionPattern::new(text)).collect();
            for known in Catalog::embedded().actions() {
                let known = known.name();
                let is_matched = patterns.iter().any(|pattern| pattern.matches(&known));
                prop_assert_eq!(is_matched, actions.contains(&known), "{}", known);
            }
            let chars = |texts: &[&str]| texts.iter().map(|text| text.len() + 3).sum::<usize>();
            let written: Vec<&str> = entries.iter().map(String::as_str).collect();
            prop_assert!(chars(&written) <= chars(&names));
            for (i, pattern) in patterns.iter().enumerate() {
                let alone = |action: &ActionName| {
                    let mut others = patterns.iter().enumerate().filter(|(other, _)| *other != i);
                    pattern.matches(action) && others.all(|(_, other)| !other.matches(action))
                };
                prop_assert!(actions.iter().any(alone), "{entries:?}");
            }
        }
    }
}
