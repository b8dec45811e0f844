//! `scan --binary`: what each kind of file tells, and what it does not.
//!
//! The files are written here, with the symbols and literals that builds of the SDK have; `tests/` reads real builds.

use object::write::{Object, Symbol, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope,
};
use policy_core::evidence::{DeclaredName, note};

use super::House;
use super::binary::{declaration, house, notes, universal, zipped};

pub(super) const LEGACY: &str = "_ZN100_$LT$aws_sdk_dynamodb..operation..get_item..GetItemRequestSerializer$u20$as$u20$core..fmt..Debug\
    $GT$3fmt17h7a56ee204694b414E";
pub(super) const V0: &str = "_RNvXs2_NtNtCs1aBcDeFgHiJ_11aws_sdk_sqs9operation12send_messageNtB5_28SendMessageRequestSerializer\
    NtNtNtCs2kLmNoPqRsT_22aws_smithy_runtime_api6client6ser_de16SerializeRequest15serialize_input";
const TARGETS: &str = "event aws_sdk_dynamodb::operation::get_itemrequest_idaws_sdk_s3::operation::create_session\
    aws_sdk_sts::operation::assume_rolerpc.serviceaws_config::default_provider";
const PATHS: &str = "/home/build/.cargo/registry/src/index-1/aws-sdk-sqs-1.119.0/src/operation/send_message.rscorrect type";

/// An object file with these symbols in its code and these literals in its read-only data.
pub(super) struct Fixture<'a> {
    pub(super) format: BinaryFormat,
    pub(super) machine: Architecture,
    pub(super) symbols: &'a [&'a str],
    pub(super) literals: &'a [&'a str],
    pub(super) notes: &'a [u8],
}

impl Default for Fixture<'_> {
    fn default() -> Self {
        Self {
            format: BinaryFormat::Elf,
            machine: Architecture::X86_64,
            symbols: &[],
            literals: &[],
            notes: &[],
        }
    }
}

impl Fixture<'_> {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut object = Object::new(self.format, self.machine, Endianness::Little);
        let text = object.section_id(object::write::StandardSection::Text);
        for name in self.symbols {
            let symbol = object.add_symbol(Symbol {
                name: name.as_bytes().to_vec(),
                value: 0,
                size: 4,
                kind: SymbolKind::Text,
                scope: SymbolScope::Compilation,
                weak: false,
                section: SymbolSection::Undefined,
                flags: SymbolFlags::None,
            });
            object.add_symbol_data(symbol, text, &[0xc3, 0, 0, 0], 4);
        }
        let data = object.section_id(object::write::StandardSection::ReadOnlyData);
        for literal in self.literals {
            object.append_section_data(data, literal.as_bytes(), 1);
        }
        if !self.notes.is_empty() {
            let (segment, name) = match self.format {
                BinaryFormat::MachO => note::MACH_O_SECTION.split_once(',').unwrap(),
                _ => ("", note::ELF_SECTION),
            };
            let kind = SectionKind::Data;
            let section = object.add_section(segment.into(), name.into(), kind);
            object.append_section_data(section, self.notes, 4);
        }
        object.write().unwrap()
    }
}

#[test]
fn a_binary_lists_its_calls_and_says_which_nobody_declared() {
    let house = House::new(&[]);
    let file = Fixture {
        symbols: &[LEGACY, V0],
        literals: &[TARGETS],
        notes: &notes(&[declaration("orders", 3)]),
        ..Fixture::default()
    };
    house.write("target/orders", &file.bytes());
    insta::assert_snapshot!(house.run("scan --binary target/orders"), @r"
    exit 1
    --- stdout
    target/orders
      dynamodb(GetItem)  dynamodb:GetItem
      sqs(SendMessage)   sqs:SendMessage  not declared
      linked by the SDK for itself: s3(CreateSession), sts(AssumeRole)

    2 calls, 1 of them not declared
    --- stderr
    error[reachable-not-declared]: `SendMessage` of `sqs` can be called but is not declared
     --> target/orders
    help: declare it where the client is made: `#[aws(sqs(SendMessage), on = …)]`, or take the call out
    ");
    insta::assert_snapshot!(house.run("scan --binary target/orders --format json -q"), @r#"
    exit 1
    --- stdout
    {
      "calls": [
        {
          "service": "dynamodb",
          "operation": "GetItem",
          "actions": [
            "dynamodb:GetItem"
          ],
          "client": "dynamodb",
          "file": null,
          "line": null,
          "column": null,
          "enclosing": null,
          "binaries": [
            "target/orders"
          ],
          "resource": null,
          "resourceUnknown": "a binary does not tell its resources",
          "source": "symbols",
          "confidence": "certain"
        },
        {
          "service": "sqs",
          "operation": "SendMessage",
          "actions": [
            "sqs:SendMessage"
          ],
          "client": "sqs",
          "file": null,
          "line": null,
          "column": null,
          "enclosing": null,
          "binaries": [
            "target/orders"
          ],
          "resource": null,
          "resourceUnknown": "a binary does not tell its resources",
          "source": "symbols",
          "confidence": "certain"
        }
      ],
      "undeclared": [
        {
          "service": "sqs",
          "operation": "SendMessage",
          "actions": [
            "sqs:SendMessage"
          ],
          "client": "sqs",
          "file": null,
          "line": null,
          "column": null,
          "enclosing": null,
          "binaries": [
            "target/orders"
          ],
          "resource": null,
          "resourceUnknown": "a binary does not tell its resources",
          "source": "symbols",
          "confidence": "certain"
        }
      ],
      "own": [
        {
          "service": "s3",
          "operation": "CreateSession",
          "actions": [
            "s3express:CreateSession"
          ],
          "client": "s3",
          "file": null,
          "line": null,
          "column": null,
          "enclosing": null,
          "binaries": [
            "target/orders"
          ],
          "resource": null,
          "resourceUnknown": "a binary does not tell its resources",
          "source": "strings",
          "confidence": "likely"
        },
        {
          "service": "sts",
          "operation": "AssumeRole",
          "actions": [
            "sts:AssumeRole"
          ],
          "client": "sts",
          "file": null,
          "line": null,
          "column": null,
          "enclosing": null,
          "binaries": [
            "target/orders"
          ],
          "resource": null,
          "resourceUnknown": "a binary does not tell its resources",
          "source": "strings",
          "confidence": "likely"
        }
      ],
      "unknown": []
    }
    --- stderr
    error[reachable-not-declared]: `SendMessage` of `sqs` can be called but is not declared
     --> target/orders
    help: declare it where the client is made: `#[aws(sqs(SendMessage), on = …)]`, or take the call out
    "#);
}

#[test]
fn what_is_declared_and_cannot_be_called_is_said() {
    let house = House::new(&[]);
    let notes = notes(&[declaration("orders", 3)]);
    let file = Fixture { literals: &[PATHS], notes: &notes, ..Fixture::default() };
    house.write("bootstrap", &file.bytes());
    insta::assert_snapshot!(house.run("scan --binary bootstrap"), @r"
    exit 1
    --- stdout
    bootstrap
      sqs(SendMessage)  sqs:SendMessage (likely, by strings)  not declared

    1 call, not declared
    --- stderr
    warning[declared-not-reachable]: `GetItem` of `Access::orders` is declared, but no code in `bootstrap` calls it
     --> src/main.rs:4:5
    help: take it out of the declaration, or add the call that it is for
    error[reachable-not-declared]: `SendMessage` of `sqs` can be called but is not declared
     --> bootstrap
    help: declare it where the client is made: `#[aws(sqs(SendMessage), on = …)]`, or take the call out
    ");
}

#[test]
fn every_declared_call_is_an_answer_of_yes() {
    let house = House::new(&[]);
    let notes = notes(&[declaration("orders", 3)]);
    let file = Fixture { symbols: &[LEGACY], notes: &notes, ..Fixture::default() };
    house.write("bootstrap", &file.bytes());
    insta::assert_snapshot!(house.run("scan --binary bootstrap"), @r"
    exit 0
    --- stdout
    bootstrap
      dynamodb(GetItem)  dynamodb:GetItem

    1 call, declared
    ");
    assert_eq!(house.run("scan --binary bootstrap -q"), "exit 0");
}

#[test]
fn a_dependency_does_not_hide_its_calls_by_declaring_them() {
    let house = house();
    let mut theirs = declaration("queue", 9);
    theirs.accesses[0].client = "sqs".into();
    theirs.accesses[0].names = vec![DeclaredName::Operation("SendMessage".into())];
    let notes = notes(&[declaration("orders", 3), theirs]);
    let file = Fixture { symbols: &[LEGACY, V0], notes: &notes, ..Fixture::default() };
    house.write("bootstrap", &file.bytes());
    insta::assert_snapshot!(house.run("scan --binary bootstrap"), @r#"
    exit 1
    --- stdout
    bootstrap
      dynamodb(GetItem)  dynamodb:GetItem
      sqs(SendMessage)   sqs:SendMessage  not declared

    2 calls, 1 of them not declared
    --- stderr
    warning[declared-by-dependency]: `bootstrap` holds 1 declaration, not granted: `queue` is not in the workspace
     --> src/main.rs:9:8
    help: to grant them, write `trust-crates = ["queue"]` in policy.toml
    error[reachable-not-declared]: `SendMessage` of `sqs` can be called but is not declared
     --> bootstrap
    help: declare it where the client is made: `#[aws(sqs(SendMessage), on = …)]`, or take the call out
    "#);
    house.write("policy.toml", b"trust-crates = [\"queue\"]\n");
    assert_eq!(house.run("scan --binary bootstrap -q"), "exit 0");
}

#[test]
fn formats_machines_and_archives_tell_the_same() {
    let house = House::new(&[]);
    let underscored = [format!("_{LEGACY}"), format!("_{V0}")];
    let underscored: Vec<&str> = underscored.iter().map(String::as_str).collect();
    let (arm, intel) = (Architecture::Aarch64, Architecture::X86_64);
    let elf = |machine| Fixture { machine, symbols: &[LEGACY, V0], ..Fixture::default() }.bytes();
    // The writer puts the underscore of Mach-O in front itself.
    let mach_o = |machine| {
        let format = BinaryFormat::MachO;
        Fixture { format, machine, symbols: &[LEGACY, V0], ..Fixture::default() }.bytes()
    };
    let literal = |machine| {
        let format = BinaryFormat::MachO;
        Fixture { format, machine, literals: &[TARGETS, PATHS], ..Fixture::default() }.bytes()
    };
    let stripped = Fixture { machine: arm, literals: &[TARGETS, PATHS], ..Fixture::default() };
    let raw = Fixture { symbols: &underscored, ..Fixture::default() };
    for (name, bytes, source) in [
        ("elf-x86-64", elf(intel), "symbols"),
        ("elf-aarch64", elf(arm), "symbols"),
        ("mach-o", mach_o(arm), "symbols"),
        ("underscored", raw.bytes(), "symbols"),
        ("universal", universal(&[mach_o(arm), mach_o(intel)]), "symbols"),
        ("universal-mixed", universal(&[literal(arm), mach_o(intel)]), "symbols"),
        ("stripped", stripped.bytes(), "strings"),
        ("mach-o-stripped", literal(arm), "strings"),
        ("bootstrap.zip", zipped("bootstrap", &elf(arm)), "symbols"),
        ("stripped.zip", zipped("bootstrap", &stripped.bytes()), "strings"),
    ] {
        house.write(name, &bytes);
        let line = format!("scan --binary {name} --format json");
        let output = house.command(&line).output().unwrap();
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let calls: Vec<String> = found["calls"]
            .as_array()
            .unwrap()
            .iter()
            .map(|call| format!("{}:{}/{}", call["service"], call["operation"], call["source"]))
            .collect();
        let expected = ["dynamodb GetItem", "sqs SendMessage"].map(|call| {
            let (service, operation) = call.split_once(' ').unwrap();
            format!("\"{service}\":\"{operation}\"/\"{source}\"")
        });
        assert_eq!(calls, expected, "{name}");
        assert_eq!(found["undeclared"], found["calls"], "{name}");
        assert_eq!(found["unknown"], serde_json::json!([]), "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_unknown_and_an_answer_of_no() {
    let house = House::new(&[]);
    house.write("plain", &Fixture { literals: &["no name"], ..Fixture::default() }.bytes());
    let newer = "aws_sdk_newthing::operation::do_it.";
    let file = Fixture { literals: &[newer], symbols: &[LEGACY], ..Fixture::default() };
    house.write("newer", &file.bytes());
    house.write("text", b"hello");
    insta::assert_snapshot!(house.run("scan --binary plain"), @r"
    exit 1
    --- stdout
    plain
      unknown: nothing in it shows the AWS SDK for Rust: it is packed, makes no call, or calls AWS by other means

    no call was found; there may be more
    --- stderr
    warning[access-section-missing]: `plain` holds no declared accesses
     --> plain
    help: declare them with `#[derive(AwsAccess)]` and build again; a stripped binary keeps them
    error[calls-unknown]: there may be calls that cannot be read: nothing in it shows the AWS SDK for Rust: it is packed, makes no call, or calls AWS by other means
     --> plain
    help: build it with symbols, as `cargo build` does by default, and scan that; declare what it calls
    ");
    insta::assert_snapshot!(house.run("scan --binary newer -q"), @r"
    exit 1
    --- stderr
    error[calls-unknown]: there may be calls of `newthing` that cannot be read: the catalog of 2026-10-27 has no client `aws_sdk_newthing`
     --> newer
    help: build it with symbols, as `cargo build` does by default, and scan that; declare what it calls
    error[reachable-not-declared]: `GetItem` of `dynamodb` can be called but is not declared
     --> newer
    help: declare it where the client is made: `#[aws(dynamodb(GetItem), on = …)]`, or take the call out
    ");
    insta::assert_snapshot!(house.run("scan --binary text gone"), @r"
    exit 2
    --- stderr
    error: `gone` does not exist; expected a built binary or the .zip around it
    error: `text` is not a binary: neither ELF nor Mach-O
    help: name the built binary (ELF or Mach-O), or the .zip around `bootstrap`
    ");
}

#[test]
fn several_binaries_in_any_order_give_the_same_text() {
    let house = House::new(&[]);
    house.write("a", &Fixture { symbols: &[LEGACY], ..Fixture::default() }.bytes());
    house.write("b", &Fixture { symbols: &[V0], ..Fixture::default() }.bytes());
    for format in ["human", "json"] {
        let one = house.run(&format!("scan --binary a b --format {format}"));
        assert_eq!(one, house.run(&format!("scan --binary b a b --format {format}")));
    }
}
