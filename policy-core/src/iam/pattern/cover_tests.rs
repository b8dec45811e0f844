use super::*;
use proptest::prelude::*;
use regex::Regex;

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text, true)
}

fn oracle(text: &str) -> Regex {
    let body: String = text
        .chars()
        .map(|c| match c {
            '*' => ".*".to_owned(),
            '?' => ".".to_owned(),
            c => regex::escape(&c.to_string()),
        })
        .collect();
    Regex::new(&format!("^(?s:{body})$")).unwrap()
}

/// Every text over `letters` up to a length, shortest first.
fn texts(letters: &[char], longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..longest {
        let until = all.len();
        for i in from..until {
            for c in letters {
                all.push(format!("{}{c}", all[i]));
            }
        }
        from = until;
    }
    all
}

#[test]
fn wide_patterns_contain_narrow_ones_and_not_the_reverse() {
    let table = [
        ("*", "arn:aws:s3:::b/*", true),
        ("arn:aws:s3:::b*", "arn:aws:s3:::b/*", true),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b*", false),
        ("a*b", "a*?b", true),
        ("a*?b", "a*b", false),
        ("?*", "*?", true),
        ("*a*", "*ab*", true),
        ("*ab*", "*a*", false),
        ("b/${aws:userid}/*", "b/${aws:UserId}/x", true),
        ("b/*", "b/${aws:userid}/*", true),
        ("b/${aws:userid}/*", "b/*", false),
        ("b/${aws:userid}", "b/${aws:username}", false),
        ("b/?", "b/${aws:userid}", false),
    ];
    for (wide, narrow, expected) in table {
        assert_eq!(pattern(wide).contains(&pattern(narrow)), expected, "{wide} over {narrow}");
    }
}

#[test]
fn several_patterns_cover_what_none_of_them_covers_alone() {
    let set = [pattern("a"), pattern("a?*"), pattern("b*")];
    assert_eq!(patterns_cover(&set, &pattern("a*"), 1000), Cover::Yes);
    let some = [pattern("?"), pattern("???*")];
    assert_eq!(patterns_cover(&some, &pattern("?*"), 1000), Cover::No("xx".into()));
}

#[test]
fn a_witness_is_a_text_of_the_pattern_outside_the_set() {
    let set = [pattern("s3:Get*"), pattern("s3:Put*")];
    let Cover::No(witness) = patterns_cover(&set, &pattern("s3:*Object"), 1000) else {
        panic!("covered")
    };
    assert_eq!(witness, "s3:Object");
}

#[test]
fn entangled_patterns_use_up_their_budget_and_say_so() {
    let set = [pattern("*a??????????????????"), pattern("*b??????????????????c*")];
    let one = pattern("*b*a*?????????");
    assert_eq!(patterns_cover(&set, &one, 50), Cover::Unknown);
}

#[test]
fn patterns_meet_where_one_text_fits_both() {
    for (a, b, expected) in [
        ("a*", "*b", true),
        ("a*", "b*", false),
        ("*a", "*b", false),
        ("a?c", "ab*", true),
        ("*ab*", "*ba*", true),
        ("a?", "a", false),
        ("x${v}", "x*", true),
        ("x${v}", "xy", false),
    ] {
        assert_eq!(pattern(a).intersects(&pattern(b)), expected, "{a} and {b}");
        assert_eq!(pattern(b).intersects(&pattern(a)), expected, "{b} and {a}");
    }
}

proptest! {
    #[test]
    fn matching_agrees_with_a_regular_expression(glob in "[ab.*?]{0,10}", text in "[abc.\n]{0,10}") {
        prop_assert_eq!(Pattern::parse(&glob, false).matches(&text), oracle(&glob).is_match(&text));
    }

    #[test]
    fn covering_agrees_with_brute_force(
        set in prop::collection::vec("[ab*?]{0,5}", 0..4),
        one in "[ab*?]{0,5}",
    ) {
        let set: Vec<Pattern> = set.iter().map(|p| pattern(p)).collect();
        let one = pattern(&one);
        let letters = ['a', 'b', 'x'];
        let brute = texts(&letters, 7)
            .into_iter()
            .find(|t| one.matches(t) && !set.iter().any(|p| p.matches(t)));
        match (patterns_cover(&set, &one, 100_000), brute) {
            (Cover::Yes, None) => {}
            (Cover::No(witness), brute) => {
                prop_assert!(one.matches(&witness), "{} not in {}", witness, one);
                prop_assert!(!set.iter().any(|p| p.matches(&witness)));
                // Shortest first: brute force over short texts finds one no shorter.
                if let Some(brute) = brute {
                    prop_assert_eq!(brute.len(), witness.len());
                } else {
                    prop_assert!(witness.len() > 7);
                }
            }
            (answer, brute) => prop_assert!(false, "{:?} but brute force says {:?}", answer, brute),
        }
    }

    #[test]
    fn meeting_agrees_with_brute_force(a in "[ab*?]{0,5}", b in "[ab*?]{0,5}") {
        let (a, b) = (pattern(&a), pattern(&b));
        let brute = texts(&['a', 'b', 'x'], 8).iter().any(|t| a.matches(t) && b.matches(t));
        prop_assert_eq!(a.intersects(&b), brute);
    }

    #[test]
    fn cheap_answers_are_true(a in "[ab*?]{0,5}", b in "[ab*?]{0,5}") {
        let (a, b) = (pattern(&a), pattern(&b));
        prop_assert!(!a.surely_contains(&b) || a.contains(&b));
        prop_assert!(a.may_meet(&b) || !texts(&['a', 'b', 'x'], 6).iter().any(|t| a.matches(t) && b.matches(t)));
    }
}
