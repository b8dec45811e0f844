//! Laws of the algebra, on regions of policies made at random.

use proptest::prelude::*;

use super::*;
use crate::semantics::compare::laws::{policy, requests};

fn of(document: &PolicyDocument) -> Region<'_> {
    Region::documents(PolicyKind::Identity, std::slice::from_ref(document))
}

fn member(region: &Region<'_>) -> Member {
    region.member(Catalog::embedded())
}

/// Nothing is in one and not in the other; what cannot be told is no contradiction.
fn same(a: &Region<'_>, b: &Region<'_>) -> Result<(), TestCaseError> {
    for difference in [a.difference(b), b.difference(a)] {
        let found = member(&difference);
        prop_assert!(!matches!(found, Member::Some(_)), "{found:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_member_is_in_the_region_and_where_there_is_none_no_request_is(a in policy(), b in policy()) {
        let (a, b) = (of(&a), of(&b));
        for region in [a.union(&b), a.intersection(&b), a.difference(&b), a.union(&b).complement()] {
            match member(&region) {
                Member::Some(request) => prop_assert!(region.contains(&request), "{request:?}"),
                Member::None => {
                    for request in requests() {
                        prop_assert!(!region.contains(&request), "{request:?}");
                    }
                }
                Member::Unknown(_) => {}
            }
        }
    }

    #[test]
    fn the_operations_mean_what_they_say_of_each_request(a in policy(), b in policy()) {
        let (a, b) = (of(&a), of(&b));
        let (union, both) = (a.union(&b), a.intersection(&b));
        let (less, not) = (a.difference(&b), a.complement());
        for request in requests() {
            let (in_a, in_b) = (a.contains(&request), b.contains(&request));
            prop_assert_eq!(union.contains(&request), in_a || in_b);
            prop_assert_eq!(both.contains(&request), in_a && in_b);
            prop_assert_eq!(less.contains(&request), in_a && !in_b);
            prop_assert_eq!(not.contains(&request), !in_a);
        }
    }

    #[test]
    fn the_laws_of_sets_hold(a in policy(), b in policy(), c in policy()) {
        let (a, b, c) = (of(&a), of(&b), of(&c));
        same(&a.union(&b), &b.union(&a))?;
        same(&a.intersection(&b), &b.intersection(&a))?;
        same(&a.union(&b).complement(), &a.complement().intersection(&b.complement()))?;
        same(&a.intersection(&b.union(&c)), &a.intersection(&b).union(&a.intersection(&c)))?;
        same(&a.difference(&b).union(&a.intersection(&b)), &a)?;
        same(&a.complement().complement(), &a)?;
    }

    #[test]
    fn a_region_less_itself_is_empty_and_with_its_complement_everything(a in policy()) {
        let a = of(&a);
        prop_assert_eq!(member(&a.difference(&a)), Member::None);
        prop_assert_eq!(member(&a.intersection(&a.complement())), Member::None);
        prop_assert_eq!(member(&a.union(&a.complement()).complement()), Member::None);
    }
}

#[test]
fn nothing_has_no_member_and_everything_has_one() {
    assert_eq!(member(&Region::none()), Member::None);
    assert_eq!(Region::none().is_empty(Catalog::embedded()), Some(true));
    let Member::Some(request) = member(&Region::all()) else { panic!("no member") };
    assert!(Region::all().contains(&request));
}
