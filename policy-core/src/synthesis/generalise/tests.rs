//! Names and what they become; the laws that hold for any names.

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
    for pattern in ["in/2025/a-*.csv", "in/2024/a-*.csv", "out/z", "tenants/t/*", "tenants/u/*"] {
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
    assert_eq!(written(&few, &[]), ["a${*}", "in/2026-11-01.csv", "in/2026-11-02.csv", "who${?}"]);
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
    assert_eq!(written(&some, &[]), ["%41", "a.txt", "b.txt", "dump-2026-11-01.sql", "in/*.csv"]);
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
    let keys = files.iter().flat_map(|folder| files.map(|file| format!("{folder}/{file}.json")));
    let expected: Vec<String> = files.iter().map(|folder| format!("{folder}/*.json")).collect();
    assert_eq!(written(&names(keys), &[]), expected);
}

#[test]
fn a_wildcard_never_reaches_the_tenants_of_another_folder() {
    let mut some: Vec<String> = (10..30).map(|day| format!("2026-11-{day}/summary.json")).collect();
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
