use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::evidence::{
    DeclaredAccess, DeclaredInvoker, DeclaredLimit, DeclaredName, DeclaredOwner, DeclaredPoll,
    DeclaredResource, EnvironmentForm, InvokerOptions, SourceOrigin, UrlAuth,
};
use crate::iam::AccessLevel;

fn origin(line: u32, item: &str) -> SourceOrigin {
    SourceOrigin {
        package: "order-api".into(),
        file: "order-api/src/main.rs".into(),
        line,
        column: 5,
        item: item.into(),
    }
}

fn orders() -> Declaration {
    Declaration {
        package: "order-api".into(),
        crate_name: "order_api".into(),
        target: Some("order-api".into()),
        function: None,
        origin: origin(8, "Access"),
        accesses: vec![DeclaredAccess {
            client: "dynamodb".into(),
            names: vec![
                DeclaredName::Operation("GetItem".into()),
                DeclaredName::Action("dynamodb:PutItem".parse().unwrap()),
            ],
            levels: vec![],
            resources: vec![DeclaredResource::Tail("table/orders-{stage}".into())],
            kms_key: None,
            owner: None,
            limits: BTreeMap::new(),
            keep: None,
            via_role: None,
            origin: origin(10, "Access::orders"),
        }],
        invokers: vec![],
        polls: vec![],
    }
}

fn with_kind(kind: u32) -> Vec<u8> {
    let mut note = encode(&orders());
    note[8..12].copy_from_slice(&kind.to_le_bytes());
    note
}

#[test]
fn a_note_is_laid_out_as_elf_says() {
    let note = encode(&orders());
    assert_eq!(note.len() % 4, 0);
    assert_eq!(&note[..4], 11_u32.to_le_bytes());
    assert_eq!(&note[8..12], 1_u32.to_le_bytes());
    assert_eq!(&note[12..24], b"aws-access\0\0");
    assert_eq!(note[24], b'{');
}

#[test]
fn the_record_of_format_1_is_pinned() {
    insta::assert_snapshot!(record::write(&orders()), @r#"{"accesses":[{"client":"dynamodb","column":5,"item":"Access::orders","line":10,"names":[{"operation":"GetItem"},{"action":"dynamodb:PutItem"}],"on":[{"tail":"table/orders-{stage}"}]}],"column":5,"crate":"order_api","file":"order-api/src/main.rs","item":"Access","line":8,"package":"order-api","target":"order-api"}"#);
}

#[test]
fn an_empty_or_zero_section_holds_nothing() {
    assert!(decode_section(&[]).is_empty());
    assert!(decode_section(&[0; 64]).is_empty());
    assert!(decode_section(&[0; 3]).is_empty());
}

#[test]
fn padding_between_records_is_skipped_and_order_does_not_matter() {
    let mut other = orders();
    other.package = "a-lambda".into();
    other.origin.package = "a-lambda".into();
    let mut bytes = encode(&orders());
    bytes.extend([0; 20]);
    bytes.extend(encode(&other));
    bytes.extend(encode(&orders()));
    let section = decode_section(&bytes);
    assert_eq!(section.errors, []);
    assert_eq!(section.declarations, [other, orders()]);
}

#[test]
fn foreign_notes_are_counted_and_skipped() {
    let mut bytes = Vec::new();
    for field in [4_u32, 8, 1] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(b"GNU\0\x01\x02\x03\x04\x05\x06\x07\x08");
    bytes.extend(encode(&orders()));
    let section = decode_section(&bytes);
    assert_eq!((section.foreign, section.errors.len()), (1, 0));
    assert_eq!(section.declarations, [orders()]);
}

#[test]
fn a_future_format_is_told_apart_and_the_next_record_is_read() {
    let mut bytes = with_kind(3);
    bytes.extend(encode(&orders()));
    let section = decode_section(&bytes);
    assert_eq!(section.errors, [NoteError::FutureVersion { offset: 0, version: 3 }]);
    assert!(section.errors[0].is_too_new());
    assert!(!section.is_empty());
    assert_eq!(section.declarations, [orders()]);
}

#[test]
fn a_section_cut_anywhere_is_truncated_or_complete() {
    let whole = encode(&orders());
    let record = 24 + record::write(&orders()).len();
    for end in 4..whole.len() {
        let section = decode_section(&whole[..end]);
        if end < record {
            assert!(
                matches!(section.errors[..], [NoteError::Truncated { offset: 0, .. }]),
                "cut at {end}"
            );
        } else {
            // Only the padding is gone.
            assert_eq!(section.declarations, [orders()], "cut at {end}");
        }
    }
}

#[test]
fn a_record_larger_than_the_limit_is_skipped() {
    let mut long = orders();
    long.accesses[0].keep = Some("x".repeat(MAX_RECORD_BYTES).into());
    let mut bytes = encode(&long);
    bytes.extend(encode(&orders()));
    let section = decode_section(&bytes);
    assert!(matches!(section.errors[..], [NoteError::RecordOversized { offset: 0, .. }]));
    assert_eq!(section.declarations, [orders()]);
}

#[test]
fn a_section_larger_than_the_limit_is_not_read() {
    let section = decode_section(&vec![1; MAX_SECTION_BYTES + 1]);
    assert_eq!(section.errors, [NoteError::SectionOversized { size: MAX_SECTION_BYTES + 1 }]);
}

#[test]
fn more_records_than_the_limit_are_not_read() {
    let one = encode(&orders());
    let section = decode_section(&one.repeat(MAX_RECORDS + 1));
    assert_eq!(section.errors, [NoteError::TooManyRecords { offset: one.len() * MAX_RECORDS }]);
}

#[test]
fn malformed_records_say_what_is_wrong() {
    let table = [
        ("", "not JSON: EOF while parsing a value at line 1 column 0"),
        ("[]", "not a JSON object"),
        (r#"{"crate":"a"}"#, "`package` is missing"),
        (r#"{"package":1}"#, "`package` is not a string"),
        (
            r#"{"package":"a","crate":"a","file":"a","line":-1,"column":1,"item":"A"}"#,
            "`line` is not a number of 32 bits",
        ),
        (
            r#"{"package":"a","crate":"a","file":"a","line":1,"column":1,"item":"A","wish":"x"}"#,
            "`wish` is not a field of this format",
        ),
        (
            r#"{"package":"a","crate":"a","file":"a","line":1,"column":1,"item":"A","accesses":{}}"#,
            "`accesses` is not an array",
        ),
        (
            r#"{"package":"a","crate":"a","file":"a","line":1,"column":1,"item":"A","accesses":[{"client":"s3","names":[{"action":"s3"}]}]}"#,
            "`accesses[0].names[0].action`: `s3` is not an action such as `s3:GetObject`",
        ),
        (
            r#"{"package":"a","crate":"a","file":"a","line":1,"column":1,"item":"A","accesses":[{"client":"s3","names":[],"owner":{"account":"1"}}]}"#,
            "`accesses[0].owner.account`: `1` is not an account id of 12 digits",
        ),
    ];
    for (text, reason) in table {
        assert_eq!(record::read(text.as_bytes()), Err(reason.to_owned()), "{text}");
    }
}

#[test]
fn there_is_no_format_0() {
    let section = decode_section(&with_kind(0));
    assert!(matches!(&section.errors[..], [NoteError::Malformed { .. }]));
}

fn text() -> impl Strategy<Value = Box<str>> {
    "[a-z\"\\\\é\u{1F980}\n/{}:*-]{0,12}".prop_map(Into::into)
}

fn place() -> impl Strategy<Value = SourceOrigin> {
    (text(), text(), any::<u32>(), any::<u32>(), text()).prop_map(
        |(package, file, line, column, item)| SourceOrigin { package, file, line, column, item },
    )
}

fn resource() -> impl Strategy<Value = DeclaredResource> {
    prop_oneof![
        text().prop_map(DeclaredResource::Arn),
        text().prop_map(DeclaredResource::Tail),
        text().prop_map(|reason| DeclaredResource::Any { reason }),
        (text(), prop::sample::select(EnvironmentForm::ALL.to_vec()))
            .prop_map(|(name, form)| DeclaredResource::Environment { name, form }),
    ]
}

fn access() -> impl Strategy<Value = DeclaredAccess> {
    let name = prop_oneof![
        text().prop_map(DeclaredName::Operation),
        "[a-z]{1,5}:[A-Z][a-z]{1,8}".prop_map(|a| DeclaredName::Action(a.parse().unwrap())),
    ];
    let owner = prop_oneof![
        "[0-9]{12}".prop_map(|a| DeclaredOwner::Account(a.parse().unwrap())),
        text().prop_map(|reason| DeclaredOwner::Any { reason }),
    ];
    let names = prop::collection::vec(name, 0..4);
    let levels = prop::sample::subsequence(AccessLevel::ALL.to_vec(), 0..3);
    let resources = prop::collection::vec(resource(), 0..4);
    let options = (
        prop::option::of(resource()),
        prop::option::of(owner),
        prop::option::of(text()),
        prop::option::of(text()),
        limits(),
    );
    (text(), names, levels, resources, options, place()).prop_map(
        |(client, names, levels, resources, (kms_key, owner, keep, via_role, limits), origin)| {
            DeclaredAccess {
                client,
                names,
                levels,
                resources,
                kms_key,
                owner,
                limits,
                keep,
                via_role,
                origin,
            }
        },
    )
}

fn limits() -> impl Strategy<Value = BTreeMap<DeclaredLimit, Vec<Box<str>>>> {
    let limit = prop::sample::select(DeclaredLimit::ALL.to_vec());
    let values = prop::collection::btree_set(text(), 1..3);
    let values = values.prop_map(|values| values.into_iter().collect());
    prop::collection::btree_map(limit, values, 0..3)
}

fn declaration() -> impl Strategy<Value = Declaration> {
    let auth = prop::option::of(prop::sample::select(UrlAuth::ALL.to_vec()));
    let options = (prop::option::of(text()), prop::option::of(text()), auth)
        .prop_map(|(organization, account, auth)| InvokerOptions { organization, account, auth });
    let invoker = (text(), text(), prop::option::of(text()), options, place()).prop_map(
        |(kind, source, qualifier, options, origin)| DeclaredInvoker {
            kind,
            source,
            qualifier,
            options,
            origin,
        },
    );
    let poll = (text(), text(), place()).prop_map(|(kind, source, origin)| DeclaredPoll {
        kind,
        source,
        origin,
    });
    (
        (text(), text(), prop::option::of(text()), prop::option::of(text()), place()),
        prop::collection::vec(access(), 0..3),
        prop::collection::vec(invoker, 0..3),
        prop::collection::vec(poll, 0..3),
    )
        .prop_map(
            |((package, crate_name, target, function, origin), accesses, invokers, polls)| {
                Declaration {
                    package,
                    crate_name,
                    target,
                    function,
                    origin,
                    accesses,
                    invokers,
                    polls,
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_encoded_is_decoded(mut declarations in prop::collection::vec(declaration(), 0..4)) {
        let bytes: Vec<u8> = declarations.iter().flat_map(encode).collect();
        declarations.sort();
        declarations.dedup();
        let section = decode_section(&bytes);
        prop_assert_eq!(section.errors, []);
        prop_assert_eq!(section.declarations, declarations);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = decode_section(&bytes);
    }

    #[test]
    fn a_flipped_byte_never_panics(at in 0_usize..400, value: u8) {
        let mut bytes = encode(&orders()).repeat(2);
        let at = at % bytes.len();
        bytes[at] = value;
        let _ = decode_section(&bytes);
    }
}

#[test]
fn the_example_of_the_format_page_is_a_record() {
    let page = include_str!("../../../../docs/note-format.md");
    let (_, example) = page.split_once("An example record").expect("the page has an example");
    let json = &example[example.find('{').expect("it opens")..];
    let declaration = record::read(json.trim().as_bytes()).expect("the example is a record");
    assert_eq!(declaration.function_name(), Some("order-api"));
    assert_eq!(declaration.accesses[0].names.len(), 2);
    assert_eq!(&*declaration.accesses[0].origin.item, "Access::orders");
    // And the numbers that the page gives are the ones that hold.
    for number in [
        format!("Format number: **{VERSION}**"),
        format!("`{ELF_SECTION}`"),
        format!("`{MACH_O_SECTION}`"),
        format!("section above {} MiB", MAX_SECTION_BYTES >> 20),
        format!("record above {} MiB", MAX_RECORD_BYTES >> 20),
    ] {
        assert!(page.contains(&number), "{number}");
    }
}
