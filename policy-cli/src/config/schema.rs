//! The JSON schema of `policy.toml` held against the reader.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

const SCHEMA: &str = include_str!("../../../docs/policy-toml.schema.json");
const PAGE: &str = include_str!("../../../docs/policy-toml.md");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn in_json(text: &str) -> Value {
    ::toml::from_str(text).unwrap()
}

/// What the schema says of the table at `path`.
fn table<'s>(schema: &'s Value, path: &str) -> &'s Value {
    let mut at = schema;
    for step in path.split('.').filter(|step| !step.is_empty()) {
        at = match step.strip_suffix("[]") {
            Some(key) => &at["properties"][key]["items"],
            None if step == "*" => &at["additionalProperties"],
            None => &at["properties"][step],
        };
        assert!(!at.is_null(), "the schema has no `{step}` of `{path}`");
    }
    at
}

#[test]
fn the_schema_has_exactly_the_keys_that_are_read() {
    let schema = schema();
    for (path, keys) in keys::TABLES {
        let table = table(&schema, path);
        let known: BTreeSet<&str> =
            table["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            known,
            keys.iter().copied().collect(),
            "`{path}` in docs/policy-toml.schema.json"
        );
        assert_eq!(table["additionalProperties"], false, "`{path}` takes other keys");
    }
}

#[test]
fn the_schema_has_exactly_the_words_that_are_read() {
    let schema = schema();
    let invokers: Vec<&str> = policy_core::evidence::InvokerKind::words().collect();
    for (path, known) in [
        ("functions.*.invoked-by[].kind", &invokers[..]),
        ("functions.*.polls[].kind", policy_core::declare::POLLS),
    ] {
        let words: Vec<&str> = table(&schema, path)["enum"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(Value::as_str)
            .collect();
        assert_eq!(words, known, "`{path}` in docs/policy-toml.schema.json");
    }
}

/// The TOML examples of the page.
fn examples() -> Vec<&'static str> {
    PAGE.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn every_example_of_the_page_is_read_and_fits_the_schema() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    assert!(examples().len() >= 3);
    for example in examples() {
        Config::parse(Path::new("policy.toml"), example).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&in_json(example)).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{example}");
    }
}

#[test]
fn every_key_is_in_an_example_of_the_page() {
    let all: Vec<Value> = examples().into_iter().map(in_json).collect();
    for (path, keys) in keys::TABLES {
        let mut tables: Vec<&Value> = all.iter().collect();
        for step in path.split('.').filter(|step| !step.is_empty()) {
            tables = match step.strip_suffix("[]") {
                Some(key) => tables.iter().flat_map(|it| it[key].as_array()).flatten().collect(),
                None if step == "*" => {
                    tables.iter().flat_map(|it| it.as_object()).flat_map(|it| it.values()).collect()
                }
                None => tables.iter().map(|it| &it[step]).collect(),
            };
        }
        for key in *keys {
            assert!(
                tables.iter().any(|table| !table[key].is_null()),
                "no example of docs/policy-toml.md has `{key}` of `{path}`"
            );
        }
    }
}

#[test]
fn what_the_reader_refuses_the_schema_refuses_too() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    for text in tests::REFUSED {
        assert!(Config::parse(Path::new("policy.toml"), text).is_err(), "{text}");
        assert!(!validator.is_valid(&in_json(text)), "{text}");
    }
}
