//! How good generalising must stay: the benchmark `quality` on short logs.
//!
//! For each shape of names, how many in a hundred later calls the policies learnt from the earlier
//! ones allow at least, and how many in a hundred unused names at most.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

#[path = "../benches/quality/draw.rs"]
mod draw;
#[path = "../benches/quality/measure.rs"]
mod measure;
#[path = "../benches/quality/shapes.rs"]
#[allow(dead_code, reason = "the benchmark uses the rest")]
mod shapes;

use std::collections::BTreeSet;

use measure::Trial;
use policy_core::synthesis::SynthesisError;
use shapes::SHAPES;

const EVENTS: usize = 300;

/// Shape, at least so many later calls allowed, at most so many unused names allowed elsewhere in the
/// container and in the same folders; all in percent. Nothing allowed at all is 0.
const BOUNDS: &[(&str, usize, usize, usize)] = &[
    ("dated keys", 100, 0, 0),
    ("dates as folders", 100, 0, 0),
    ("date partitions", 100, 0, 0),
    ("times, other separators", 100, 0, 66),
    ("UUID keys", 100, 0, 0),
    ("UUID folders", 100, 0, 0),
    ("ULID keys", 100, 0, 0),
    ("base64 ids (11 and 21)", 100, 0, 33),
    ("base32 ids (26)", 100, 0, 100),
    ("hash-prefixed keys", 100, 0, 0),
    ("short hash before the name", 100, 0, 33),
    ("counters", 100, 0, 33),
    ("counted parts of runs", 100, 0, 0),
    ("counters with letters", 100, 0, 33),
    ("versions", 100, 0, 0),
    ("languages", 100, 0, 33),
    ("user names", 100, 0, 0),
    ("words as files", 100, 0, 33),
    ("mixed depth", 100, 0, 0),
    ("few fixed names", 100, 0, 0),
    ("fixed names in folders", 100, 0, 0),
    ("many folders of fixed names", 100, 0, 33),
    ("prefixes that drift", 92, 0, 66),
    ("tenants", 100, 0, 33),
    ("customers with a number", 100, 0, 0),
    ("accounts and partitions", 100, 0, 0),
    ("tenant as partition", 100, 0, 0),
    ("refused names elsewhere", 100, 0, 0),
    ("refused names beside", 100, 0, 0),
    ("refused names of the same kind", 0, 0, 0),
    ("log streams", 100, 0, 0),
    ("SSM parameters", 100, 0, 0),
    ("executions of a state machine", 100, 0, 0),
];

#[test]
fn every_shape_keeps_what_it_allows_and_what_it_does_not() {
    let mut wrong = Vec::new();
    for shape in SHAPES {
        let bound = BOUNDS.iter().find(|bound| bound.0 == shape.name);
        let (_, later, elsewhere, beside) = *bound.unwrap_or(&("", 101, 0, 0));
        let found = match Trial::new(shape, EVENTS).generated() {
            Ok(rule) => (rule.later.percent(), rule.elsewhere.percent(), rule.beside.percent()),
            Err(SynthesisError::OverQuota(_)) => (0, 0, 0),
            Err(error) => panic!("{}: {error}", shape.name),
        };
        if found.0 < later || found.1 > elsewhere || found.2 > beside {
            wrong.push(format!("(\"{}\", {}, {}, {}),", shape.name, found.0, found.1, found.2));
        }
    }
    assert!(wrong.is_empty(), "worse than written, or not written:\n{}", wrong.join("\n"));
    assert_eq!(BOUNDS.len(), SHAPES.len(), "a bound without a shape");
}

#[test]
fn no_tenant_is_crossed_no_refused_name_covered_and_no_container_left() {
    let (mut tenants, mut refused) = (0, 0);
    for shape in SHAPES {
        let Ok(rule) = Trial::new(shape, EVENTS).generated() else { continue };
        assert_eq!(rule.foreign.some, 0, "{}: a tenant is crossed", shape.name);
        assert_eq!(rule.refused.some, 0, "{}: a refused name is covered", shape.name);
        assert_eq!(rule.outside.some, 0, "{}: the container is left", shape.name);
        tenants += rule.foreign.all;
        refused += rule.refused.all;
    }
    assert!(tenants > 5 && refused > 5, "the shapes ask nothing");
}

#[test]
fn more_names_than_the_reader_keeps_stay_below_their_folders() {
    for name in ["short hash before the name", "user names", "words as files", "tenants"] {
        let shape = SHAPES.iter().find(|shape| shape.name == name).unwrap();
        let rule = Trial::new(shape, 900).generated().unwrap();
        assert_eq!((rule.later.percent(), rule.elsewhere.percent()), (100, 0), "{name}");
        assert_eq!((rule.foreign.some, rule.outside.some), (0, 0), "{name}");
    }
}

#[test]
fn the_order_of_a_log_changes_no_byte() {
    for shape in SHAPES {
        let trial = Trial::new(shape, EVENTS);
        assert_eq!(trial.policies(false), trial.policies(true), "{}", shape.name);
    }
}

#[test]
fn the_baselines_are_what_they_are_called() {
    let names: BTreeSet<&str> = SHAPES.iter().map(|shape| shape.name).collect();
    assert_eq!(names.len(), SHAPES.len(), "two shapes have one name");
    for shape in SHAPES {
        let trial = Trial::new(shape, EVENTS);
        let exact = trial.exact();
        assert_eq!((exact.elsewhere.some, exact.beside.some, exact.refused.some), (0, 0, 0));
        assert_eq!(exact.exact, exact.resources);
        let container = trial.container();
        assert_eq!((container.later.percent(), container.elsewhere.percent()), (100, 100));
        assert_eq!((container.resources, container.exact, container.outside.some), (1, 0, 0));
    }
}
