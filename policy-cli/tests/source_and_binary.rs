//! The source says what the binary says.

#[path = "../../policy-macros/tests/built/mod.rs"]
mod built;

use std::collections::BTreeSet;
use std::path::Path;

use policy_cli::input::binary::Binary;
use policy_cli::input::source::cfg::Configuration;
use policy_cli::input::source::features::Selection;
use policy_cli::input::source::{self, Request};
use policy_core::catalog::Catalog;
use policy_core::evidence::Declaration;

#[test]
fn source_and_binary_give_the_same_declarations() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().expect("the crate lies in the workspace");
    let copy = built::build(root, Path::new(env!("CARGO_TARGET_TMPDIR")), env!("CARGO"));
    let configuration = Configuration::new(None).expect("the host is a target");
    let selection = Selection::default();
    let dir = copy.join("note/order-api");
    for name in ["order-api", "order-worker"] {
        let request = Request {
            dir: &dir,
            selection: &selection,
            configuration: &configuration,
            binary: Some(name),
        };
        let read = source::read(&request, Catalog::embedded()).expect("the sources are read");
        assert_eq!(read.findings, []);
        let mut source: BTreeSet<Declaration> = read.declarations.into_iter().collect();
        source.extend(read.foreign);
        let binary: BTreeSet<Declaration> = Binary::open(&copy.join("target/release").join(name))
            .and_then(|binary| binary.declarations())
            .expect("the binary is read")
            .expect("the binary declares")
            .into_iter()
            .collect();
        if name == "order-api" {
            assert_eq!(source, binary);
        } else {
            // This one links nothing of its libraries, so that their notes stay away.
            assert!(source.is_superset(&binary) && binary.len() == 1, "{binary:#?}");
        }
    }
}
