//! The note in built binaries: what `strip`, fat LTO, `panic = "abort"` and `opt-level = "z"` leave of it.

mod built;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use object::{Object, ObjectSection};
use policy_core::evidence::{Declaration, note};

/// The folder with the built fixtures.
fn build() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().expect("the crate lies in the workspace");
    built::build(root, Path::new(env!("CARGO_TARGET_TMPDIR")), env!("CARGO")).join("target/release")
}

fn declarations(binary: &Path) -> Vec<Declaration> {
    let bytes = fs::read(binary).expect("the binary");
    let file = object::File::parse(&*bytes).expect("an object file");
    let name = if cfg!(target_vendor = "apple") { "__aws_access" } else { note::ELF_SECTION };
    let section = file.section_by_name(name).expect("the section is there");
    assert_eq!(section.align() % 4, 0);
    let section = note::decode_section(section.data().expect("its bytes"));
    assert_eq!(section.errors, []);
    assert_eq!(section.foreign, 0);
    section.declarations
}

/// `package item function file:line:column`, one a line.
fn listing(declarations: &[Declaration]) -> String {
    let line = |d: &Declaration| {
        let function = d.function_name().unwrap_or("-");
        let place = &d.origin;
        let at = format!("{}:{}:{}", place.file, place.line, place.column);
        let parts: Vec<_> =
            d.accesses.iter().map(|a| format!("{}:{}", a.client, a.origin.line)).collect();
        format!("{} {} {function} {at} [{}]\n", d.package, place.item, parts.join(" "))
    };
    declarations.iter().map(line).collect()
}

#[test]
fn notes_survive_what_makes_a_binary_small() {
    let release = build();
    let api = release.join("order-api");
    let before = declarations(&api);
    assert_eq!(
        listing(&before),
        "order-api Access order-api order-api/src/main.rs:8:12 [dynamodb:9]\n\
         order-api connect order-api order-api/src/main.rs:16:4 [rds_db:15]\n\
         outside answer - src/lib.rs:4:8 [s3:3]\n\
         shared trace order-api shared/src/audit.rs:4:8 [xray:3]\n"
    );
    assert_eq!(before[0].crate_name.as_ref(), "order_api");
    assert_eq!(before[0].invokers[0].qualifier.as_deref(), Some("live"));

    // The other binary of the package carries its own, and nothing of this one.
    assert_eq!(
        listing(&declarations(&release.join("order-worker"))),
        "order-api Access order-worker order-api/src/bin/order-worker.rs:7:8 [sqs:8]\n"
    );

    // The tool itself, once more.
    let stripped = release.join("order-api-stripped");
    match Command::new("strip").arg("-o").arg(&stripped).arg(&api).status() {
        Ok(status) if status.success() => assert_eq!(declarations(&stripped), before),
        answer => eprintln!("`strip` was not run: {answer:?}"),
    }
}
