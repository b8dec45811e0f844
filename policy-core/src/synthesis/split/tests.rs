//! The laws of placing and dividing, and what happens at the edges of the quotas.

use proptest::prelude::*;

use super::*;
use crate::iam::ActionName;

/// A statement of so many characters in a document, its place among others by its number.
fn statement(number: usize, chars: usize) -> Statement {
    let of = |resource: String| Statement {
        sid: Some(format!("Statement{number:04}")),
        ..Statement::allow(["s3:GetObject"], [resource])
    };
    let bare = statement_chars(&of(String::new()));
    of("x".repeat(chars.saturating_sub(bare)))
}

fn statements(chars: &[usize]) -> Vec<Statement> {
    chars.iter().enumerate().map(|(number, &chars)| statement(number, chars)).collect()
}

/// Characters of a document that are no statement's.
fn frame() -> usize {
    document_chars(&[])
}

fn all(documents: &[PolicyDocument]) -> Vec<Statement> {
    let mut all: Vec<Statement> =
        documents.iter().flat_map(|document| document.statements.clone()).collect();
    all.sort_by(|a, b| a.sid.cmp(&b.sid));
    all
}

fn quota(index: usize) -> usize {
    if index == 0 { INLINE_ROLE_CHARS } else { MANAGED_CHARS }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_statement_is_in_one_policy_that_fits(
        chars in prop::collection::vec(120..6000_usize, 1..24),
        free in 0..12_usize,
    ) {
        let statements = statements(&chars);
        let Some(documents) = placed(&statements, free) else {
            // As many policies as may be are half full at least, and there is more.
            prop_assert!(document_chars(&statements) > INLINE_ROLE_CHARS + free * MANAGED_CHARS / 2 - MANAGED_CHARS / 2);
            return Ok(());
        };
        prop_assert_eq!(&all(&documents), &statements);
        prop_assert!(documents.len() <= free + 1);
        for (index, document) in documents.iter().enumerate() {
            prop_assert!(size_chars(document) <= quota(index) && !document.statements.is_empty());
            prop_assert!(document.statements.is_sorted_by_key(|it| it.sid.clone()));
        }
        // Nothing is managed while there is room inline, and no two managed policies would fit into one.
        for (i, later) in documents.iter().enumerate() {
            for (earlier, before) in documents[..i].iter().enumerate() {
                let both = [&before.statements[..], &later.statements].concat();
                prop_assert!(document_chars(&both) > quota(earlier));
            }
        }
    }

    #[test]
    fn no_statement_moves_that_stands_before_the_one_that_comes(
        chars in prop::collection::vec(120..900_usize, 30..80),
        at in any::<prop::sample::Index>(),
        more in 120..400_usize,
    ) {
        let after = statements(&chars);
        let at = at.index(after.len());
        let mut before = after.clone();
        before.remove(at);
        let mut after = after;
        after[at] = Statement { sid: after[at].sid.clone(), ..statement(at, more) };
        let (before, after) = (places(&before), places(&after));
        for (sid, place) in &before {
            if *sid < format!("Statement{at:04}") {
                prop_assert_eq!(after[sid], *place, "{}", sid);
            }
        }
    }

    #[test]
    fn parts_have_every_action_on_every_resource_once_and_fit(
        actions in 1..60_usize,
        resources in prop::collection::vec(1..300_usize, 1..60),
    ) {
        let bundle = bundle(actions, &resources);
        for division in DIVISIONS {
            let parts = divided(vec![bundle.clone()], division);
            let whole = alone_chars(&bundle) <= division.above;
            prop_assert_eq!(whole, parts == [bundle.clone()]);
            let mut pairs = std::collections::BTreeMap::new();
            for part in &parts {
                prop_assert!(whole || alone_chars(part) <= division.part || part.actions.len() * part.resources.len() == 1);
                prop_assert_eq!(&part.condition, &bundle.condition);
                for action in &part.actions {
                    for resource in &part.resources {
                        *pairs.entry((action, resource)).or_insert(0) += 1;
                    }
                }
            }
            prop_assert_eq!(pairs.len(), bundle.actions.len() * bundle.resources.len());
            prop_assert!(pairs.values().all(|count| *count == 1));
        }
    }
}

fn bundle(actions: usize, resources: &[usize]) -> Bundle {
    let action = |number| -> ActionName { format!("s3:Action{number:03}").parse().unwrap() };
    let resource = |(number, chars): (usize, &usize)| {
        format!("arn:aws:s3:::\"{}{number:03}", "x".repeat(*chars))
    };
    Bundle {
        actions: (0..actions).map(action).collect(),
        resources: resources.iter().enumerate().map(resource).collect(),
        condition: Default::default(),
    }
}

/// Which policy each statement is in.
fn places(statements: &[Statement]) -> std::collections::BTreeMap<String, usize> {
    let documents = placed(statements, 10).unwrap();
    let of_each = documents.iter().enumerate().flat_map(|(index, document)| {
        document.statements.iter().map(move |it| (it.sid.clone().unwrap_or_default(), index))
    });
    of_each.collect()
}

#[test]
fn a_small_statement_moves_few_others() {
    // 200 statements of 100 to 399 characters, of which every tenth comes last, by turns.
    let chars: Vec<usize> = (0..200).map(|number| 100 + number * 7919 % 300).collect();
    let whole = statements(&chars);
    let mut moved = 0;
    let mut worst = 0;
    for at in (0..200).step_by(10) {
        let mut before = whole.clone();
        before.remove(at);
        let (before, after) = (places(&before), places(&whole));
        let count = before.iter().filter(|(sid, place)| after[*sid] != **place).count();
        moved += count;
        worst = worst.max(count);
    }
    assert!(places(&whole).values().max() > Some(&5), "few policies");
    assert!(moved <= 20 * 8 && worst <= 14, "{moved} in 20 turns, at most {worst}");
}

/// Parts have their Sids from their first resources, and their places from their Sids.
#[test]
fn a_resource_that_comes_changes_its_own_part_and_seldom_another() {
    let whole = bundle(2, &[60; 200]);
    let parts = |bundle: &Bundle| -> BTreeSet<BTreeSet<String>> {
        let parts = divided(vec![bundle.clone()], DIVISIONS[0]);
        parts.into_iter().map(|part| part.resources).collect()
    };
    let after = parts(&whole);
    let (mut changed, mut renamed) = (0, 0);
    for resource in whole.resources.iter().step_by(4) {
        let mut before = whole.clone();
        before.resources.remove(resource);
        let before = parts(&before);
        changed += after.difference(&before).count();
        let first = |parts: &BTreeSet<BTreeSet<String>>| -> BTreeSet<String> {
            parts.iter().filter_map(|part| part.first().cloned()).collect()
        };
        renamed += first(&after).difference(&first(&before)).count();
    }
    assert!(after.len() < 12, "{}", after.len());
    assert!(changed <= 50 * 13 / 10 && renamed <= 50 / 4, "{changed}, {renamed} in 50 turns");
}

#[test]
fn one_inline_policy_up_to_its_last_character() {
    let room = INLINE_ROLE_CHARS - frame();
    let half = (room - 1) / 2;
    let fits = statements(&[half, room - 1 - half]);
    let documents = placed(&fits, 0).unwrap();
    assert_eq!(documents.iter().map(size_chars).collect::<Vec<_>>(), [INLINE_ROLE_CHARS]);
    let over = statements(&[half, room - half]);
    assert_eq!(document_chars(&over), INLINE_ROLE_CHARS + 1);
    assert_eq!(placed(&over, 0), None);
    assert_eq!(placed(&over, 1).map(|it| it.len()), Some(2));
}

#[test]
fn a_managed_policy_up_to_its_last_character() {
    let (inline, managed) = (INLINE_ROLE_CHARS - frame(), MANAGED_CHARS - frame());
    let sizes = |chars: &[usize], free| -> Option<Vec<usize>> {
        Some(placed(&statements(chars), free)?.iter().map(size_chars).collect())
    };
    let both = Some(vec![INLINE_ROLE_CHARS, MANAGED_CHARS]);
    assert_eq!(sizes(&[inline, managed], 1), both);
    // What only the inline policy can hold comes first, wherever it stands.
    assert_eq!(sizes(&[managed, inline], 1), both);
    assert_eq!(sizes(&[inline, managed], 0), None);
    assert_eq!(sizes(&[inline, managed + 1], 1), None, "two that only an inline one can hold");
    assert_eq!(sizes(&[inline + 1], 9), None);
}

#[test]
fn as_many_managed_policies_as_may_be_attached() {
    for quota in [10, 20] {
        let mut chars = vec![INLINE_ROLE_CHARS - frame()];
        chars.extend(std::iter::repeat_n(MANAGED_CHARS - frame(), quota));
        assert_eq!(placed(&statements(&chars), quota).map(|it| it.len()), Some(quota + 1));
        assert_eq!(placed(&statements(&chars), quota - 1), None);
        chars.push(120);
        assert_eq!(placed(&statements(&chars), quota), None);
    }
}

#[test]
fn largest_first_only_where_the_order_takes_too_many() {
    // In their order the first two fill the inline policy so that 5,500 has no room beside 5,500.
    let whole = statements(&[3_000, 2_000, 5_500, 4_500, 4_000]);
    let sids = |free| -> Option<Vec<Vec<String>>> {
        let of = |it: &PolicyDocument| {
            it.statements
                .iter()
                .filter_map(|it| it.sid.clone())
                .map(|it| it[11..].to_owned())
                .collect()
        };
        Some(placed(&whole, free)?.iter().map(of).collect())
    };
    let expected = |places: &[&[&str]]| -> Option<Vec<Vec<String>>> {
        Some(places.iter().map(|it| it.iter().map(|it| (*it).to_owned()).collect()).collect())
    };
    assert_eq!(sids(2), expected(&[&["00", "01", "03"], &["02"], &["04"]]));
    assert_eq!(sids(2), sids(10));
    assert_eq!(sids(1), None);
    let whole = statements(&[3_000, 3_000, 5_000, 5_000]);
    assert_eq!(placed(&whole, 1).map(|it| it.len()), Some(2), "both large ones are inline");
}

#[test]
fn one_resource_with_very_many_actions_is_divided_by_actions() {
    let wide = bundle(600, &[20]);
    assert!(alone_chars(&wide) > MANAGED_CHARS);
    let parts = divided(vec![wide], DIVISIONS[0]);
    assert!(
        parts.len() > 3 && parts.iter().all(|part| part.resources.len() == 1),
        "{}",
        parts.len()
    );
}

#[test]
fn what_is_over_says_what_by_how_much_and_what_to_do() {
    let many = statements(&[5_000; 24]);
    let says = |whole: &[Statement], quota, others| {
        let over = over(whole, &[whole.to_vec()], AttachQuota { quota, others });
        (over.to_string(), over.help().to_owned())
    };
    let (message, help) = says(&many, 10, 2);
    assert_eq!(
        message,
        "the execution role needs 120062 characters without white space; it has room for 59392, which are 10240 inline and 8 managed policies of 6144 each, since 2 of the 10 that may be attached are attached already: 60670 too many; the largest statements are `Statement0000` (5000), `Statement0001` (5000), `Statement0002` (5000)"
    );
    assert_eq!(help, "divide the function");
    let some = statements(&[5_000; 12]);
    let (message, help) = says(&some, 10, 2);
    assert!(message.contains(": 658 too many;"), "{message}");
    assert_eq!(
        help,
        "have the account's quota of managed policies per role raised to 12 and write `managed-policies-per-role = 12` under `[quotas]` in policy.toml, or detach 2 of the 2 policies that are attached already, or divide the function"
    );
    let (message, _) = says(&statements(&[11_000]), 10, 0);
    assert_eq!(
        message,
        "the statement `Statement0000` cannot be made smaller and needs 11039 characters without white space; the largest policy of a role, an inline one, has 10240, 799 fewer"
    );
    // Less than there is room for, but not in pieces of these sizes.
    let (message, help) = says(&statements(&[5_300; 3]), 1, 0);
    assert!(
        message
            .contains(": no division of its statements fills these so far that all find a place;"),
        "{message}"
    );
    assert!(
        help.starts_with("have the account's quota of managed policies per role raised to 2 "),
        "{help}"
    );
    let (message, _) = says(&statements(&[5_000; 3]), 3, 3);
    assert!(
        message.contains("no managed policies, since 3 of the 3 that may be attached are"),
        "{message}"
    );
}
