//! What real builds leave of the operations that they call, for machines that no test builds for.
//!
//! One folder for each build under `cases/linked`: `symbols.txt`, one name a line; `data.txt`, one run of loaded text a line;
//! `expected.txt`, what each of them tells by itself.

use std::fs;
use std::path::Path;

use policy_core::catalog::Catalog;
use policy_core::evidence::linked::{Image, read};
use policy_core::evidence::{CallPlace, Reachable};

/// `word: client.Operation source confidence` of each call; what is the SDK's own, and what is unknown, too.
fn lines(word: &str, reachable: &Reachable) -> Vec<String> {
    let mut lines = Vec::new();
    for (own, calls) in [("", &reachable.calls), ("own ", &reachable.own)] {
        for call in calls {
            let CallPlace::Binary { source, .. } = &call.place else { panic!("{call:?}") };
            let (source, confidence) = (source.as_str(), call.confidence.as_str());
            lines.push(format!(
                "{word}: {own}{}.{} {source} {confidence}",
                call.client,
                call.name()
            ));
        }
    }
    lines.extend(reachable.unknown.iter().map(|it| format!("{word}: unknown {}", it.reason)));
    lines
}

#[test]
fn every_build_tells_what_it_calls_by_symbols_and_by_strings_alone() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/linked");
    let mut count = 0;
    for case in fs::read_dir(cases).unwrap() {
        let case = case.unwrap().path();
        let text = |name: &str| fs::read_to_string(case.join(name)).unwrap();
        let (symbols, data) = (text("symbols.txt"), text("data.txt"));
        let of = |text: &'_ str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (symbols, data) = (of(&symbols), of(&data));
        let by_symbols = Image {
            name: "b".into(),
            symbols: symbols.iter().map(|it| it.as_bytes()).collect(),
            ..Image::default()
        };
        let by_strings = Image {
            name: "b".into(),
            data: data.iter().map(|it| it.as_bytes()).collect(),
            ..Image::default()
        };
        let catalog = Catalog::embedded();
        let mut found = lines("symbols", &read(&by_symbols, catalog));
        found.extend(lines("strings", &read(&by_strings, catalog)));
        assert_eq!(found, of(&text("expected.txt")), "{}", case.display());
        count += 1;
    }
    assert!(count > 0);
}
