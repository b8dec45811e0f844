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
mod tests {
    use super::*;
    use crate::names::shape::is_tenant;
    use proptest::prelude::*;

    const BUCKET: &str = "arn:aws:s3:::acme/";

    fn names<T: AsRef<str>>(list: impl IntoIterator<Item = T>) -> Names {
        let mut names = Names::default();
        list.into_iter().for_each(|name| names.insert(name.as_ref()));
        names
    }

    fn refusing(names: &[String]) -> Refused<'_> {
        Refused { names: names.iter().map(String::as_str).collect(), patterns: Vec::new() }
    }

    #[test]
    fn names_of_which_a_pattern_is_known_go_together_with_others() {
        let mut some = names(["in/2026/a-1.csv", "in/2027/a-2.csv", "out/x", "out/y"]);
        for pattern in ["in/2025/a-*.csv", "in/2024/a-*.csv", "out/z", "tenants/t/*", "tenants/u/*"]
        {
            some.insert_many(pattern);
        }
        assert_eq!(
            written(&some, &[]),
            ["in/*/a-*.csv", "out/x", "out/y", "out/z", "tenants/t/*", "tenants/u/*"]
        );
        let patterns = some.patterns(BUCKET, &Refused::default(), MAX_RESOURCES);
        let stands: Vec<(usize, bool, &str)> =
            patterns.iter().map(|p| (p.names, p.more, p.example.as_str())).collect();
        assert_eq!(stands[0], (4, true, "arn:aws:s3:::acme/in/2024/a-*.csv"));
        assert_eq!(stands[1], (1, false, "arn:aws:s3:::acme/out/x"));
    }

    #[test]
    fn what_only_a_pattern_is_known_of_is_granted_beside_tenants_too() {
        let mut some = names((0..6).map(|i| format!("tenants/acme/in/{i}.json")));
        some.insert_many("a-*");
        some.insert_many("t*");
        assert_eq!(written(&some, &[]), ["a-*", "t*"]);
    }

    #[test]
    fn a_refused_pattern_keeps_names_apart_that_it_may_mean() {
        let some = names((0..6).map(|i| format!("in/{i}.json")));
        let refused = |text: &str| Pattern::parse(&format!("{BUCKET}{text}"), true);
        let count = |text: &str| {
            let pattern = refused(text);
            let refused = Refused { patterns: vec![&pattern], ..Refused::default() };
            some.patterns(BUCKET, &refused, MAX_RESOURCES).len()
        };
        assert_eq!(count("in/*.csv"), 1);
        assert_eq!(count("in/7*"), 6);
        assert_eq!(count("in/*"), 6, "the names themselves were used");
    }

    fn written(names: &Names, refused: &[&str]) -> Vec<String> {
        let whole: Vec<String> = refused.iter().map(|name| format!("{BUCKET}{name}")).collect();
        let refused = refusing(&whole);
        let patterns = names.patterns(BUCKET, &refused, MAX_RESOURCES);
        patterns.iter().map(|g| g.pattern.to_string().replace(BUCKET, "")).collect()
    }

    fn keeping_to(budget: usize, names: &Names) -> Vec<String> {
        let budget = NonZeroUsize::new(budget).unwrap();
        let patterns = names.patterns(BUCKET, &Refused::default(), budget);
        patterns.iter().map(|g| g.pattern.to_string().replace(BUCKET, "")).collect()
    }

    #[test]
    fn a_few_names_stay_as_they_are() {
        let few = names(["in/2026-11-01.csv", "in/2026-11-02.csv", "who?", "a*"]);
        assert_eq!(
            written(&few, &[]),
            ["a${*}", "in/2026-11-01.csv", "in/2026-11-02.csv", "who${?}"]
        );
    }

    #[test]
    fn fourteen_thousand_keys_become_few_patterns() {
        let keys = (0..14_300).map(|i| format!("in/2026/11/{:02}/upload-{i:06}.csv", i % 30));
        assert_eq!(written(&names(keys), &[]), ["in/*/*/*/upload-*.csv"]);
        let words = (0..14_300).map(|i| format!("in/{}.csv", word(i)));
        assert_eq!(written(&names(words), &[]), ["in/??????.csv"]);
    }

    fn word(mut i: usize) -> String {
        let mut word = String::new();
        for _ in 0..6 {
            word.push(char::from(b'a' + u8::try_from(i % 26).unwrap()));
            i /= 26;
        }
        word
    }

    #[test]
    fn a_name_without_its_like_stays_as_it_is() {
        let some = names(["in/1.csv", "in/2.csv", "a.txt", "b.txt", "dump-2026-11-01.sql", "%41"]);
        assert_eq!(
            written(&some, &[]),
            ["%41", "a.txt", "b.txt", "dump-2026-11-01.sql", "in/*.csv"]
        );
    }

    #[test]
    fn tenants_are_never_put_together() {
        let keys = (0..200).map(|i| format!("tenants/t{}x/in/{i}.json", word(i % 3)));
        let patterns = written(&names(keys), &[]);
        assert_eq!(patterns.len(), 3);
        assert!(patterns.iter().all(|p| p.starts_with("tenants/t") && p.ends_with("/in/*.json")));
    }

    #[test]
    fn a_refused_name_splits_the_pattern_that_would_cover_it() {
        let keys: Vec<String> = (0..40).map(|i| format!("in/{i}/{}.json", word(i))).collect();
        assert_eq!(written(&names(&keys), &[]), ["in/*/??????.json"]);
        let patterns = written(&names(&keys), &["in/7/secret.json"]);
        assert!(patterns.contains(&format!("in/7/{}.json", word(7))), "{patterns:?}");
        for pattern in patterns {
            assert!(!Pattern::parse(&pattern, true).matches("in/7/secret.json"), "{pattern}");
        }
    }

    #[test]
    fn a_refused_name_beside_counters_leaves_the_names() {
        let keys: Vec<String> = (0..6).map(|i| format!("in/{i}.json")).collect();
        assert_eq!(written(&names(&keys), &["in/7.json"]), keys);
        assert_eq!(written(&names(&keys), &["in/77.json"]), ["in/?.json"]);
    }

    fn name() -> impl Strategy<Value = String> {
        let segment = prop_oneof![
            "[abc]{1,2}",
            "[0-9]{1,3}",
            Just("tenants".to_owned()),
            Just("2026-11-01".to_owned()),
            "[a-cä*?$.-]{1,3}",
        ];
        prop::collection::vec(segment, 1..4).prop_map(|segments| segments.join("/"))
    }

    /// A name in which nothing labels a tenant: three letters suffice for `org`.
    fn plain_name() -> impl Strategy<Value = String> {
        "[a-z]{1,2}(/[a-z0-9]{1,3}){0,3}".prop_filter("labels a tenant", |name| {
            let mut before = None;
            !name.split('/').any(|segment| is_tenant(before.replace(segment), segment))
        })
    }

    #[test]
    fn a_tenant_exceeds_the_budget_rather_than_be_covered() {
        let keys = ["a", "a/0", "a/a", "a/a0", "a/b", "a/c", "a/d", "a/e", "a/f", "a/g", "d", "g"];
        let with_tenant = names(keys.into_iter().chain(["a/org/0"]));
        assert_eq!(written(&with_tenant, &[]).len(), MAX_RESOURCES.get() + 1);
        assert!(written(&names(keys), &[]).len() <= MAX_RESOURCES.get());
    }

    #[test]
    fn a_small_budget_makes_wide_patterns_and_a_large_one_keeps_names() {
        let keys = ["in/a/1", "in/a/2", "in/b/x", "in/b/y", "in/b", "out/1"];
        for (budget, expected) in [
            (1, &["*/*"][..]),
            (2, &["in/*", "out/1"]),
            (4, &["in/a/*", "in/b", "in/b/*", "out/1"]),
            (5, &["in/a/*", "in/b", "in/b/x", "in/b/y", "out/1"]),
        ] {
            assert_eq!(keeping_to(budget, &names(keys)), expected, "{budget}");
        }
        assert_eq!(keeping_to(1, &names(["in/a/1", "in/a/2"])), ["in/a/*"]);
        let words = names((0..20).map(|i| format!("in/{}", word(i))));
        assert_eq!(keeping_to(12, &words), ["in/??????"]);
        assert_eq!(keeping_to(40, &words).len(), 20);
    }

    #[test]
    fn words_that_vary_keep_what_comes_before_and_after_them() {
        let users = (0..20).flat_map(|i| {
            let user = "x".repeat(i + 1);
            ["profile.json", "avatar.png"].map(|file| format!("users/{user}/{file}"))
        });
        assert_eq!(written(&names(users), &[]), ["users/*/avatar.png", "users/*/profile.json"]);
        let notes = (0..20).map(|i| format!("notes/2026-{}.md", "y".repeat(i + 1)));
        assert_eq!(written(&names(notes), &[]), ["notes/*-*.md"]);
        let few = (0..8).map(|i| format!("notes/{}.md", "y".repeat(i + 1)));
        assert_eq!(written(&names(few), &[]).len(), 8);
    }

    #[test]
    fn what_is_deep_goes_together_before_what_is_high() {
        let files = ["alfa", "bravo", "charlie", "delta", "echo"];
        let keys =
            files.iter().flat_map(|folder| files.map(|file| format!("{folder}/{file}.json")));
        let expected: Vec<String> = files.iter().map(|folder| format!("{folder}/*.json")).collect();
        assert_eq!(written(&names(keys), &[]), expected);
    }

    #[test]
    fn a_wildcard_never_reaches_the_tenants_of_another_folder() {
        let mut some: Vec<String> =
            (10..30).map(|day| format!("2026-11-{day}/summary.json")).collect();
        assert_eq!(written(&names(&some), &[]), ["*/summary.json"]);
        some.push("tenants/acme/summary.json".into());
        assert_eq!(
            written(&names(&some), &[]),
            ["????-??-??/summary.json", "tenants/acme/summary.json"]
        );
        // A label beside many words is none of them.
        let words = (0..20).map(|i| format!("{}/summary.json", "x".repeat(i + 1)));
        let words = names(words.chain(["tenants/acme/summary.json".to_owned()]));
        assert_eq!(written(&words, &[]).len(), 21);
    }

    #[test]
    fn what_exceeds_the_budget_says_why_and_what_would_do() {
        let three = NonZeroUsize::new(3).unwrap();
        let excess = |names: &Names, refused: &[&str]| {
            let whole: Vec<String> = refused.iter().map(|name| format!("{BUCKET}{name}")).collect();
            let refused = refusing(&whole);
            assert!(names.patterns(BUCKET, &refused, three).len() > 3);
            let excess = names.excess(BUCKET, &refused, three);
            let instead: Vec<String> =
                excess.instead.iter().map(|p| p.to_string().replace(BUCKET, "")).collect();
            (excess.by_tenants, excess.by_refusals, instead.join(" "))
        };
        let tenants = (0..40).map(|i| format!("tenants/{}/{i}.json", word(i % 5)));
        let tenants = names(tenants);
        assert_eq!(excess(&tenants, &[]), (true, false, "tenants/*/*.json".to_owned()));
        let counters = names((0..6).map(|i| format!("in/{i}.json")));
        let refused = "in/7.json";
        assert_eq!(excess(&counters, &[refused]), (false, true, "in/*.json".to_owned()));
        let mut both = tenants;
        both.merge(&counters);
        let instead = "in/*.json tenants/*/*.json".to_owned();
        assert_eq!(excess(&both, &[refused]), (true, true, instead));
    }

    proptest! {
        #[test]
        fn every_name_is_covered_and_no_refused_one(
            used in prop::collection::btree_set(name(), 0..40),
            refused in prop::collection::btree_set(name(), 0..10),
        ) {
            let refused: Vec<&str> =
                refused.difference(&used).map(String::as_str).collect();
            let patterns: Vec<Pattern> = written(&names(&used), &refused)
                .iter()
                .map(|text| Pattern::parse(text, true))
                .collect();
            for name in &used {
                prop_assert!(patterns.iter().any(|p| p.matches(name)), "{name} {patterns:?}");
            }
            for name in &refused {
                prop_assert!(!patterns.iter().any(|p| p.matches(name)), "{name} {patterns:?}");
            }
        }

        #[test]
        fn no_tenant_is_crossed(used in prop::collection::btree_set(name(), 0..40)) {
            let patterns: Vec<Pattern> = written(&names(&used), &[])
                .iter()
                .map(|text| Pattern::parse(text, true))
                .collect();
            for name in &used {
                let parts: Vec<&str> = name.split('/').collect();
                for at in 0..parts.len() {
                    let before = at.checked_sub(1).map(|before| parts[before]);
                    if is_tenant(before, parts[at]) {
                        let mut other = parts.clone();
                        other[at] = "someone-else";
                        let other = other.join("/");
                        prop_assert!(!patterns.iter().any(|p| p.matches(&other)), "{other} {patterns:?}");
                    }
                }
            }
        }

        #[test]
        fn neither_order_nor_grouping_matters(
            a in prop::collection::vec(name(), 0..30),
            b in prop::collection::vec(name(), 0..30),
        ) {
            let together = names(a.iter().chain(&b));
            let mut merged = names(b.iter().rev());
            merged.merge(&names(a.iter().rev()));
            prop_assert_eq!(&merged, &together);
            merged.merge(&together);
            prop_assert_eq!(written(&merged, &[]), written(&together, &[]));
        }

        #[test]
        fn without_tenants_and_refusals_the_budget_holds(
            used in prop::collection::btree_set(plain_name(), 0..200),
            budget in 1usize..20,
        ) {
            let used = names(&used);
            prop_assert!(keeping_to(budget, &used).len() <= budget);
            prop_assert!(written(&used, &[]).len() <= MAX_RESOURCES.get());
        }
    }
}
