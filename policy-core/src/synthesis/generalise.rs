//! Many observed names become few patterns.
//!
//! The rule is a function of the set of names, so that neither their order nor how they came
//! together matters. It never leaves a container (bucket, log group, table …), never crosses a part
//! that tells tenants or accounts apart, and never covers a name that was only refused. Where it
//! cannot keep to the budget without that, it exceeds the budget, and [`Names::excess`] says why.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use crate::iam::{ArnPattern, Pattern, Token};

use crate::names::shape::{is_tenant, template};

/// Names up to this number in one container are kept as they are.
pub const KEEP_EXACT: usize = 4;
/// Patterns for one action in one container, as far as tenants and refusals allow, unless told.
pub const MAX_RESOURCES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(11);
/// Segments deeper than this become one `*`.
pub(super) const DEPTH: usize = 8;

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

/// A name and what of it is below the prefix at hand.
#[derive(Clone, Copy)]
struct Rest<'a> {
    name: &'a str,
    rest: &'a str,
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
    /// `container` comes before each name; `refused` are none of the names here; no pattern may cover them; `budget` is how many patterns there should be.
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
        let rests: Vec<Rest<'_>> =
            self.names.iter().map(|name| Rest { name, rest: name }).collect();
        let mut walk = Walk { container, refused, tenants, children: 0 };
        if rests.len() <= KEEP_EXACT.min(budget.get()) {
            return rests
                .iter()
                .filter_map(|r| walk.write(Pattern::parse(r.name, true), &[*r]))
                .collect();
        }
        let mut best: Option<Vec<Generalised>> = None;
        for children in caps(budget) {
            walk.children = children;
            let Some(found) = walk.below(&rests, &Pattern::default(), None, 0) else { continue };
            if best.as_ref().is_none_or(|best| found.len() < best.len()) {
                best = Some(found);
            }
            if best.as_ref().is_some_and(|best| best.len() <= budget.get()) {
                break;
            }
        }
        let mut best = best.unwrap_or_default();
        best.sort();
        best
    }
}

/// More different children than this under one prefix become one `*`; the first that keeps to
/// `budget` is taken. A larger budget tries more caps and all of a smaller one.
fn caps(budget: NonZeroUsize) -> impl Iterator<Item = usize> {
    (0..=budget.ilog2()).rev().map(|power| 1 << power).chain([0])
}

/// Whether parts that tell tenants apart may be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tenants {
    Apart,
    Together,
}

/// One way through the names, for one cap on children.
struct Walk<'a> {
    container: &'a str,
    refused: &'a Refused<'a>,
    tenants: Tenants,
    /// 0: not even a name beside what is below it.
    children: usize,
}

impl Walk<'_> {
    /// Patterns for all `names`, which share `prefix`; `None` when each would cover a refused name,
    /// which a literal prefix never does.
    fn below(
        &self,
        names: &[Rest<'_>],
        prefix: &Pattern,
        before: Option<&str>,
        depth: usize,
    ) -> Option<Vec<Generalised>> {
        let mut groups: BTreeMap<String, BTreeMap<&str, Vec<Rest<'_>>>> = BTreeMap::new();
        for name in names {
            let segment = name.rest.split('/').next().unwrap_or_default();
            let shape = match self.keeps(before, segment) {
                true => segment.to_owned(),
                false => shape_of(segment),
            };
            groups.entry(shape).or_default().entry(segment).or_default().push(*name);
        }
        let is_wide = groups.len() > self.children.max(1)
            || self.children == 0 && ends_and_goes_on(names)
            || depth >= DEPTH;
        if is_wide && !self.has_tenant(names, before) {
            let mut any = prefix.clone();
            any.push(Token::Run);
            match self.write(any, names) {
                Some(pattern) => return Some(vec![pattern]),
                // Divided by what the prefix leaves open the names may do better.
                None if prefix.as_literal().is_none() => return None,
                None => {}
            }
        }
        let mut found = Vec::new();
        for (shape, segments) in &groups {
            let shape = Pattern::parse(shape, true);
            // One name shows nothing that varies.
            let is_one = segments.values().map(Vec::len).sum::<usize>() == 1;
            if shape.as_literal().is_none() && !is_one {
                let mut shared = prefix.clone();
                push(&mut shared, &shape);
                let members: Vec<Rest<'_>> = segments.values().flatten().copied().collect();
                if let Some(patterns) = self.step(&members, &shared, None, depth) {
                    found.extend(patterns);
                    continue;
                }
            }
            for (segment, members) in segments {
                let mut own = prefix.clone();
                push(&mut own, &Pattern::parse(segment, true));
                found.extend(self.step(members, &own, Some(segment), depth)?);
            }
        }
        Some(found)
    }

    /// Patterns for names whose next segment `prefix` already covers: those that end with it, and
    /// those that go on.
    fn step(
        &self,
        names: &[Rest<'_>],
        prefix: &Pattern,
        segment: Option<&str>,
        depth: usize,
    ) -> Option<Vec<Generalised>> {
        let mut found = Vec::new();
        let (longer, ending): (Vec<Rest<'_>>, Vec<Rest<'_>>) =
            names.iter().copied().partition(|name| name.rest.contains('/'));
        if !ending.is_empty() {
            found.push(self.write(prefix.clone(), &ending)?);
        }
        if !longer.is_empty() {
            let longer: Vec<Rest<'_>> = longer
                .iter()
                .filter_map(|n| Some(Rest { name: n.name, rest: n.rest.split_once('/')?.1 }))
                .collect();
            let mut below = prefix.clone();
            below.push_text("/");
            found.extend(self.below(&longer, &below, segment, depth + 1)?);
        }
        Some(found)
    }

    /// Whether a segment must stay as it is.
    fn keeps(&self, before: Option<&str>, segment: &str) -> bool {
        self.tenants == Tenants::Apart && is_tenant(before, segment)
    }

    fn has_tenant(&self, names: &[Rest<'_>], before: Option<&str>) -> bool {
        names.iter().any(|name| {
            let mut before = before;
            name.rest.split('/').any(|segment| self.keeps(before.replace(segment), segment))
        })
    }

    /// The pattern, unless it covers a refused name.
    fn write(&self, pattern: Pattern, names: &[Rest<'_>]) -> Option<Generalised> {
        let mut whole = Pattern::literal(self.container);
        push(&mut whole, &pattern);
        // A name that was used is none of those that were refused.
        let is_name = whole.as_literal().is_some();
        if self.refused.names.iter().any(|name| whole.matches(name))
            || !is_name && self.refused.patterns.iter().any(|other| other.intersects(&whole))
        {
            return None;
        }
        let texts = || names.iter().map(|n| Pattern::parse(n.name, true));
        let is_many = |text: &Pattern| text.as_literal().is_none();
        let shown = |text: Pattern| text.as_literal().map_or_else(|| text.to_string(), Into::into);
        let example = texts().map(shown).min().unwrap_or_default();
        Some(Generalised {
            pattern: ArnPattern::new(whole),
            names: names.len(),
            more: texts().any(|text| is_many(&text)),
            example: format!("{}{example}", self.container),
        })
    }
}

/// The part with what varies in it as `*`; one of which only a pattern is known is such already.
fn shape_of(segment: &str) -> String {
    match Pattern::parse(segment, true).as_literal() {
        Some(text) => template(text),
        None => segment.to_owned(),
    }
}

fn push(pattern: &mut Pattern, more: &Pattern) {
    more.tokens().iter().for_each(|token| pattern.push(token.clone()));
}

/// Whether some of the names end with the next segment and others go on.
fn ends_and_goes_on(names: &[Rest<'_>]) -> bool {
    let goes_on = names.iter().filter(|name| name.rest.contains('/')).count();
    goes_on > 0 && goes_on < names.len()
}

#[cfg(test)]
mod tests {
    use super::*;
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

    fn within(budget: usize, names: &Names) -> Vec<String> {
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
        assert_eq!(written(&names(words), &[]), ["in/*"]);
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
        assert_eq!(written(&names(&keys), &[]), ["in/*/*"]);
        let patterns = written(&names(&keys), &["in/7/secret.json"]);
        assert!(patterns.contains(&format!("in/7/{}.json", word(7))), "{patterns:?}");
        for pattern in patterns {
            assert!(!Pattern::parse(&pattern, true).matches("in/7/secret.json"), "{pattern}");
        }
    }

    #[test]
    fn a_refused_name_beside_counters_leaves_the_names() {
        let keys: Vec<String> = (0..6).map(|i| format!("in/{i}.json")).collect();
        assert_eq!(written(&names(&keys), &["in/77.json"]), keys);
    }

    fn name() -> impl Strategy<Value = String> {
        let segment = prop_oneof![
            "[abc]{1,2}",
            "[0-9]{1,3}",
            Just("tenants".to_owned()),
            Just("2026-11-01".to_owned()),
            "[a-c*?$]{1,2}",
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
        for (budget, expected) in
            [(1, &["*"][..]), (4, &["*"]), (5, &["in/a/*", "in/b", "in/b/x", "in/b/y", "out/1"])]
        {
            assert_eq!(within(budget, &names(keys)), expected, "{budget}");
        }
        assert_eq!(within(1, &names(["in/a/1", "in/a/2"])), ["in/a/*"]);
        let words = names((0..20).map(|i| format!("in/{}", word(i))));
        assert_eq!(within(12, &words), ["in/*"]);
        assert_eq!(within(40, &words).len(), 20);
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
        assert_eq!(excess(&tenants, &[]), (true, false, "tenants/*".to_owned()));
        let counters = names((0..6).map(|i| format!("in/{i}.json")));
        let refused = "in/77.json";
        assert_eq!(excess(&counters, &[refused]), (false, true, "in/*.json".to_owned()));
        let mut both = tenants;
        both.merge(&counters);
        let instead = "in/*.json tenants/*".to_owned();
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
            prop_assert!(within(budget, &used).len() <= budget);
            prop_assert!(written(&used, &[]).len() <= MAX_RESOURCES.get());
        }
    }
}
