//! Laws of reading observation files.
//!
//! - Any text is read or refused; what is refused has a reason.
//! - What is read is written in one form, which reads back the same.
//! - Joined with itself, or with nothing, a file shows the same calls, or is refused with the event that stands
//!   against it.

use std::collections::BTreeSet;

use policy_core::evidence::CallKey;
use policy_core::evidence::trail::{Aggregate, Observations};

/// Holds the laws against one text; bytes that are no UTF-8 are read as the text they are nearest to.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut aggregate = match Aggregate::from_file(&text) {
        Ok(aggregate) => aggregate,
        Err(error) => {
            let message = error.to_string();
            assert!(!message.is_empty() && !message.contains('\n'), "{message}");
            return;
        }
    };
    let written = written(&mut aggregate);
    let mut again = read(&written);
    assert_eq!(self::written(&mut again), written, "written otherwise the second time");
    let observed = finished(aggregate);
    assert_eq!(finished(again), observed, "read back otherwise\n{written}");
    for finding in observed.findings(|_| true) {
        assert!(!finding.message.is_empty() && !finding.message.contains('\n'), "{finding:?}");
    }
    for parts in [vec![read(&written)], vec![read(&written), read(&written)]] {
        match Aggregate::new().joined(parts) {
            Ok(joined) => assert_eq!(keys(&finished(joined)), keys(&observed), "{written}"),
            Err(error) => assert!(!error.to_string().is_empty(), "{error}"),
        }
    }
}

fn read(text: &str) -> Aggregate {
    Aggregate::from_file(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn written(aggregate: &mut Aggregate) -> String {
    aggregate.to_file().unwrap_or_else(|error| panic!("{error}"))
}

fn finished(aggregate: Aggregate) -> Observations {
    aggregate.finish().unwrap_or_else(|error| panic!("{error}"))
}

/// What grants stand on.
fn keys(observed: &Observations) -> BTreeSet<&CallKey> {
    observed.calls.iter().map(|call| &call.key).collect()
}
