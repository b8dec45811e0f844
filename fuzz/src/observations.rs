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
    let aggregate = match Aggregate::from_file(&text) {
        Ok(aggregate) => aggregate,
        Err(error) => {
            let message = error.to_string();
            assert!(!message.is_empty() && !message.contains('\n'), "{message}");
            return;
        }
    };
    let written = aggregate.to_file();
    let again = Aggregate::from_file(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(again.to_file(), written, "written otherwise the second time");
    let observed = aggregate.clone().finish();
    assert_eq!(again.clone().finish(), observed, "read back otherwise\n{written}");
    for finding in observed.findings(|_| true) {
        assert!(!finding.message.is_empty() && !finding.message.contains('\n'), "{finding:?}");
    }
    for parts in [vec![again.clone(), Aggregate::new()], vec![again, aggregate]] {
        match Aggregate::joined(parts) {
            Ok(joined) => assert_eq!(keys(&joined.finish()), keys(&observed), "{written}"),
            Err(error) => assert!(!error.event().is_empty(), "{error}"),
        }
    }
}

/// What grants stand on.
fn keys(observed: &Observations) -> BTreeSet<&CallKey> {
    observed.calls.iter().map(|call| &call.key).collect()
}
