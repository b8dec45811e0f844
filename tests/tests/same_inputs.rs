//! The same inputs, in any order and any packing, give the same bytes.

use std::{fs, io::Write, path::Path};

use policy_tests::{PLACE, assert_same_files, files, policy_cli, root};

/// What `generate` writes for the order example with these trail paths.
fn generate(trail: &[&Path], out: &Path) {
    let mut arguments =
        vec!["generate".into(), "--crate".into(), "examples/order-api".into(), "--trail".into()];
    arguments.extend(trail.iter().map(|path| path.as_os_str().to_owned()));
    arguments.extend(PLACE.map(Into::into));
    arguments.extend(["--out".into(), out.as_os_str().to_owned()]);
    policy_cli(arguments).expect_code(0);
}

#[test]
fn twice_the_same_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let trail = root().join("examples/order-api/trail");
    generate(&[&trail], &first);
    generate(&[&trail], &second);
    assert_same_files(&first, &second);
}

#[test]
fn log_files_in_another_order_packed_otherwise_and_named_twice_give_the_same_policies() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let sources = root().join("examples/order-api/trail-source");
    let mut copies = Vec::new();
    for (number, (name, bytes)) in files(&sources).into_iter().enumerate() {
        if !name.ends_with(".json") || name.contains("Digest") {
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        let copy = folder.path().join(format!("copy-{number}.json"));
        // Every other file as one record a line, the form of exports.
        if number % 2 == 0 {
            fs::write(&copy, text).unwrap();
            copies.push(copy);
        } else {
            let copy = copy.with_extension("jsonl.gz");
            let mut packed = flate2::write::GzEncoder::new(
                fs::File::create(&copy).unwrap(),
                flate2::Compression::fast(),
            );
            let document: serde_json::Value = serde_json::from_str(&text).unwrap();
            for record in document["Records"].as_array().unwrap() {
                writeln!(packed, "{record}").unwrap();
            }
            packed.finish().unwrap();
            copies.push(copy);
        }
    }
    assert_eq!(copies.len(), 5);
    copies.reverse();
    copies.push(copies[0].clone());
    generate(&[&root().join("examples/order-api/trail")], &first);
    generate(&copies.iter().map(|path| path.as_path()).collect::<Vec<_>>(), &second);
    for folder in [&first, &second] {
        // Places in logs are part of the evidence, and they do differ.
        for name in files(folder).keys().filter(|name| name.ends_with("evidence.json")) {
            fs::remove_file(folder.join(name)).unwrap();
        }
    }
    assert_same_files(&first, &second);
}

#[test]
fn the_packed_trail_holds_the_readable_records() {
    let example = root().join("examples/order-api");
    let packed = files(&example.join("trail"));
    for (name, source) in files(&example.join("trail-source")) {
        if !name.ends_with(".json") {
            continue;
        }
        let expected: serde_json::Value = serde_json::from_slice(&source).unwrap();
        let found: serde_json::Value = match (packed.get(&name), packed.get(&format!("{name}.gz")))
        {
            (Some(plain), None) => serde_json::from_slice(plain).unwrap(),
            (None, Some(gz)) => {
                serde_json::from_reader(flate2::read::GzDecoder::new(gz.as_slice())).unwrap()
            }
            _ => panic!("{name} is not packed once; run `cargo xtask example-trail`"),
        };
        assert_eq!(found, expected, "{name}: run `cargo xtask example-trail`");
    }
}
