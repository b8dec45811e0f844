//! `generate --binary`: whose declarations count, and every file that is refused.

use policy_core::evidence::note;
use policy_core::evidence::{
    Declaration, DeclaredAccess, DeclaredName, DeclaredResource, SourceOrigin,
};

use super::House;

const HERE: &str = "--account 111122223333 --region eu-west-1 --format human -q";

/// The smallest ELF file with one section of this name.
fn elf(name: &str, section: &[u8]) -> Vec<u8> {
    const HEADER: usize = 64;
    let names = format!("\0{name}\0.shstrtab\0");
    let section_at = HEADER;
    let names_at = section_at + section.len();
    let table_at = (names_at + names.len()).next_multiple_of(8);
    let mut file = vec![0; HEADER];
    file[..16].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(16, &3u16.to_le_bytes());
    put(18, &62u16.to_le_bytes());
    put(20, &1u32.to_le_bytes());
    put(40, &(table_at as u64).to_le_bytes());
    put(52, &(HEADER as u16).to_le_bytes());
    put(54, &56u16.to_le_bytes());
    put(58, &64u16.to_le_bytes());
    put(60, &3u16.to_le_bytes());
    put(62, &2u16.to_le_bytes());
    file.extend_from_slice(section);
    file.extend_from_slice(names.as_bytes());
    file.resize(table_at, 0);
    let header = |name: u32, kind: u32, at: usize, size: usize| {
        let mut entry = vec![0; 64];
        entry[..4].copy_from_slice(&name.to_le_bytes());
        entry[4..8].copy_from_slice(&kind.to_le_bytes());
        entry[24..32].copy_from_slice(&(at as u64).to_le_bytes());
        entry[32..40].copy_from_slice(&(size as u64).to_le_bytes());
        entry[48] = 1;
        entry
    };
    file.extend(vec![0; 64]);
    file.extend(header(1, 7, section_at, section.len()));
    file.extend(header(2 + name.len() as u32, 3, names_at, names.len()));
    file
}

/// The smallest Mach-O file for arm64 with one section of this segment and name.
fn mach_o(name: &str, section: &[u8]) -> Vec<u8> {
    const COMMANDS: u32 = 72 + 80;
    let (segment, name) = name.split_once(',').unwrap();
    let sixteen = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(16, 0);
        bytes
    };
    let words =
        |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let longs =
        |longs: &[u64]| longs.iter().flat_map(|long| long.to_le_bytes()).collect::<Vec<_>>();
    let (at, size) = (32 + COMMANDS, section.len() as u64);
    [
        words(&[0xfeed_facf, 0x0100_000c, 0, 2, 1, COMMANDS, 0, 0]),
        words(&[0x19, COMMANDS]),
        sixteen(segment),
        longs(&[0, size, u64::from(at), size]),
        words(&[3, 3, 1, 0]),
        sixteen(name),
        sixteen(segment),
        longs(&[0, size]),
        words(&[at, 2, 0, 0, 0, 0, 0, 0]),
        section.to_vec(),
    ]
    .concat()
}

/// A universal Mach-O around these.
pub(super) fn universal(files: &[Vec<u8>]) -> Vec<u8> {
    const FIRST: usize = 4096;
    let mut bytes = Vec::new();
    let mut word = |word: usize| bytes.extend(u32::try_from(word).unwrap().to_be_bytes());
    word(0xcafe_babe);
    word(files.len());
    for (index, file) in files.iter().enumerate() {
        let cpu = [0x0100_000c, 0x0100_0007][index % 2];
        [cpu, 0, FIRST * (index + 1), file.len(), 12].into_iter().for_each(&mut word);
    }
    for (index, file) in files.iter().enumerate() {
        bytes.resize(FIRST * (index + 1), 0);
        bytes.extend(file);
    }
    bytes
}

pub(super) fn declaration(package: &str, line: u32) -> Declaration {
    let origin = |item: &str, line: u32| SourceOrigin {
        package: package.into(),
        file: "src/main.rs".into(),
        line,
        column: if item == "Access" { 8 } else { 5 },
        item: item.into(),
    };
    Declaration {
        package: package.into(),
        crate_name: package.into(),
        target: Some("orders".into()),
        function: None,
        origin: origin("Access", line),
        accesses: vec![DeclaredAccess {
            client: "dynamodb".into(),
            names: vec![DeclaredName::Operation("GetItem".into())],
            resources: vec![DeclaredResource::Tail("table/orders".into())],
            kms_key: None,
            owner: None,
            limits: Default::default(),
            keep: None,
            levels: Vec::new(),
            via_role: None,
            origin: origin("Access::orders", line + 1),
        }],
        invokers: Vec::new(),
        polls: Vec::new(),
    }
}

pub(super) fn notes(declarations: &[Declaration]) -> Vec<u8> {
    declarations.iter().flat_map(note::encode).collect()
}

pub(super) fn zipped(name: &str, bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

/// A package whose source has one of the declarations.
pub(super) fn house() -> House {
    House::new(&[
        ("Cargo.toml", "[package]\nname = \"orders\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
        (
            "src/main.rs",
            "use policy_macros::AwsAccess;\n#[derive(AwsAccess)]\nstruct Access {\n    #[aws(dynamodb(GetItem), on = \"table/orders\")]\n    orders: Orders,\n}\nfn main() {}\n",
        ),
    ])
}

#[test]
fn declarations_of_the_workspace_that_stand_in_its_source_are_granted() {
    let house = house();
    let binary = elf(note::ELF_SECTION, &notes(&[declaration("orders", 3)]));
    house.write("bootstrap", &binary);
    house.write("function.zip", &zipped("bootstrap", &binary));
    for path in ["bootstrap", "function.zip"] {
        let line = format!("generate --binary {path} {HERE} --out out");
        assert_eq!(house.exit(&line), 0, "{}", house.run(&line));
        let role = std::fs::read_to_string(house.path("out/orders/execution-role.json")).unwrap();
        assert!(role.contains("dynamodb:GetItem"));
    }
    // Source and binary say the same, so together they say no more.
    let both = house
        .command(&format!("generate --crate . --binary bootstrap {HERE} --format json"))
        .output()
        .unwrap();
    let source =
        house.command(&format!("generate --crate . {HERE} --format json")).output().unwrap();
    assert_eq!(both.stdout, source.stdout);
}

#[test]
fn mach_o_binaries_are_read_for_every_machine_in_them() {
    let house = house();
    let ours = mach_o(note::MACH_O_SECTION, &notes(&[declaration("orders", 3)]));
    let other = mach_o(note::MACH_O_SECTION, &notes(&[declaration("queue", 3)]));
    house.write("thin", &ours);
    house.write("both", &universal(&[ours.clone(), other]));
    house.write("one", &universal(&[mach_o("__DATA,__data", b"data"), ours.clone()]));
    for path in ["thin", "both", "one"] {
        let line = format!("generate --binary {path} {HERE} --out out");
        assert_eq!(house.exit(&line), 0, "{path}: {}", house.run(&line));
        let role = std::fs::read_to_string(house.path("out/orders/execution-role.json")).unwrap();
        assert!(role.contains("dynamodb:GetItem"), "{path}");
    }
    let text = house.run("generate --binary both --account 111122223333 --region eu-west-1");
    assert!(text.contains("`queue` is not in the workspace"), "{text}");
    house.write("cut", &ours[..ours.len() - 8]);
    house.write("elsewhere", &mach_o("__TEXT,__aws_access", &notes(&[declaration("orders", 3)])));
    house.write("short", &universal(&[ours])[..4200]);
    for (path, expected) in [
        ("cut", "access-section-malformed"),
        ("elsewhere", "access-section-missing"),
        ("short", "is not a binary"),
    ] {
        let text = house.run(&format!("generate --binary {path} {HERE}"));
        assert!(text.starts_with("exit 2") && text.contains(expected), "{path}: {text}");
    }
}

#[test]
fn declarations_of_others_are_reported_and_granted_only_by_name() {
    let house = house();
    let all = [declaration("orders", 3), declaration("orders", 9), declaration("queue", 3)];
    house.write("bootstrap", &elf(note::ELF_SECTION, &notes(&all)));
    let line = "generate --binary bootstrap --account 111122223333 --region eu-west-1 --out out";
    let text = house.run(line);
    let errors = text.split("--- stderr").nth(1).unwrap_or_default().trim();
    insta::assert_snapshot!(errors, @r#"
    warning[declared-by-dependency]: `bootstrap` holds 1 declaration, not granted: `queue` is not in the workspace
     --> src/main.rs:3:8
    help: to grant them, write `trust-crates = ["queue"]` in policy.toml
    warning[declared-by-dependency]: `bootstrap` holds 1 declaration in the name of `orders`, whose source has no such declaration; not granted
     --> src/main.rs:9:8
    help: build again from this source; if the build had features, name them with `--features`
    warning[calls-unknown]: there may be calls that cannot be read: nothing in it shows the AWS SDK for Rust: it is packed, makes no call, or calls AWS by other means
     --> bootstrap
    help: declare what the code calls; `policy-cli scan` says what can be read
    note[encryption-unknown]: `arn:aws:dynamodb:eu-west-1:111122223333:table/orders` may be encrypted with a customer key, and then calls fail without a grant on it
    help: say `kms_key = "…"` where it is declared, or write the resource under `[encryption]` in policy.toml, with its key's ARN or "aws"
    warning[function-name-assumed]: the log group is taken to be `/aws/lambda/orders`, since all that is known of the function is the name `orders`
    help: give the deployed function with `--function-name`, or its log group in policy.toml
    note[trust-condition-unverified]: the trust policy asks for `aws:SourceAccount`, which AWS documents thinly
    help: deploy once and see that Lambda assumes the role
    "#);
    house.write("policy.toml", b"trust-crates = [\"queue\", \"absent\"]\n");
    let text = house.run(line);
    assert!(!text.contains("`queue` is not in the workspace"), "{text}");
    assert!(text.contains("`trust-crates` names `absent`"), "{text}");
}

#[test]
fn without_a_workspace_nothing_is_ours() {
    let house = House::new(&[]);
    house.write("bootstrap", &elf(note::ELF_SECTION, &notes(&[declaration("orders", 3)])));
    insta::assert_snapshot!(house.run(&format!("generate --binary bootstrap {HERE}")), @r#"
    exit 2
    --- stderr
    warning[declared-by-dependency]: `bootstrap` holds 1 declaration, not granted: no cargo workspace says that `orders` is yours
     --> src/main.rs:3:8
    help: run inside the workspace, name the package with `--crate`, or write `trust-crates = ["orders"]` in policy.toml
    error: no declaration counts, so there is no function
    "#);
}

#[test]
fn files_that_hold_no_declarations_are_told_apart() {
    let house = house();
    let record = notes(&[declaration("orders", 3)]);
    let mut future = record.clone();
    future[8] = 2;
    let mut foreign = record.clone();
    foreign[12] = b'x';
    house.write("text", b"hello");
    house.write("script", b"#!/bin/sh\n");
    house.write("plain", &elf(".data", b"1234"));
    house.write("truncated", &elf(note::ELF_SECTION, &record[..record.len() - 40]));
    house.write("future", &elf(note::ELF_SECTION, &future));
    house.write("foreign", &elf(note::ELF_SECTION, &foreign));
    house.write("oversized", &elf(note::ELF_SECTION, &vec![1; note::MAX_SECTION_BYTES + 1]));
    let cut = elf(note::ELF_SECTION, &record);
    house.write("cut", &cut[..100]);
    house.write("other.zip", &zipped("main.py", b"print()"));
    house.write("bad.zip", b"PK\x03\x04 and no more");
    house.write("text.zip", &zipped("bootstrap", b"#!/bin/sh\n"));
    let texts: Vec<String> = [
        "text",
        "script",
        "plain",
        "truncated",
        "future",
        "foreign",
        "oversized",
        "cut",
        "other.zip",
        "bad.zip",
        "text.zip",
        "gone",
        "src",
    ]
    .iter()
    .map(|path| house.run(&format!("generate --binary {path} {HERE}")))
    .collect();
    insta::assert_snapshot!(texts.join("\n\n"), @r"
    exit 2
    --- stderr
    error: `text` is not a binary: neither ELF nor Mach-O
    help: name the built binary (ELF or Mach-O), or the .zip around `bootstrap`

    exit 2
    --- stderr
    error: `script` is not a binary: neither ELF nor Mach-O
    help: name the built binary (ELF or Mach-O), or the .zip around `bootstrap`

    exit 2
    --- stderr
    error[access-section-missing]: `plain` holds no declared accesses
     --> plain
    help: declare them with `#[derive(AwsAccess)]` and build again; a stripped binary keeps them

    exit 2
    --- stderr
    error[access-section-malformed]: the declared accesses in `truncated` cannot be read: the note at byte 0 needs 280 bytes, but the section has 240 from there
     --> truncated
    help: build the function again; nothing of this file was used

    exit 2
    --- stderr
    error[access-format-unknown]: `future` holds declared accesses in format 2; format 1 is understood
     --> future
    help: upgrade this tool, or rebuild the function with the `policy-macros` of this version

    exit 2
    --- stderr
    error[access-section-missing]: `foreign` holds no declared accesses; the section has a note of another owner
     --> foreign
    help: declare them with `#[derive(AwsAccess)]` and build again; a stripped binary keeps them

    exit 2
    --- stderr
    error[access-section-malformed]: the declared accesses in `oversized` cannot be read: the section has 8388609 bytes; at most 8388608 are read
     --> oversized
    help: build the function again; nothing of this file was used

    exit 2
    --- stderr
    error: `cut` is not a binary: Invalid ELF section header offset/size/alignment
    help: name the built binary (ELF or Mach-O), or the .zip around `bootstrap`

    exit 2
    --- stderr
    error: the archive has no `bootstrap`; it holds `main.py`
     --> other.zip
    help: name the archive that is deployed: its binary is called `bootstrap` and lies at the top

    exit 2
    --- stderr
    error: the archive is not usable: invalid Zip archive: Could not find EOCD
     --> bad.zip

    exit 2
    --- stderr
    error: `text.zip/bootstrap` is not a binary: neither ELF nor Mach-O
    help: name the built binary (ELF or Mach-O), or the .zip around `bootstrap`

    exit 2
    --- stderr
    error: `gone` does not exist; expected a built binary or the .zip around it

    exit 2
    --- stderr
    error: `src` is a folder, expected a built binary or the .zip around it
    ");
}

#[test]
fn a_binary_of_this_project_that_declares_nothing_says_so() {
    let house = house();
    std::fs::copy(env!("CARGO_BIN_EXE_policy-cli"), house.path("bootstrap")).unwrap();
    let text = house.run(&format!("generate --binary bootstrap {HERE}"));
    assert!(text.starts_with("exit 2"), "{text}");
    assert!(text.contains("access-section-missing"), "{text}");
}
