//! Laws of reading a document.
//!
//! - Any text is read or refused; what is refused has a reason with a place inside the text.
//! - What is read is JSON, and says what a plain reading by `serde_json` says: the same texts in the
//!   same order, no element lost, none there twice.
//! - What is read can be written, in both layouts, and reads back the same.

use std::collections::BTreeMap;

use policy_core::finding::{Finding, Severity};
use policy_core::policy::{
    self, ActionElement, Effect, Parsed, PolicyDocument, PrincipalElement, Principals,
    ResourceElement, Spot, Statement, write,
};
use serde_json::Value;

const FILE: &str = "policy.json";

/// Holds the laws against one text; bytes that are no UTF-8 are read as the text they are nearest to.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    check_text(&text);
    if let Ok(decoded) = policy::decode(&text)
        && decoded != text
    {
        check_text(&decoded);
    }
}

fn check_text(text: &str) {
    match policy::parse(text, FILE) {
        Err(findings) => {
            assert!(
                findings.iter().any(|f| f.severity == Severity::Error),
                "refused without an error: {findings:?}"
            );
            places_are_inside(text, &findings);
        }
        Ok(parsed) => {
            assert!(
                parsed.findings.iter().all(|f| f.severity < Severity::Error),
                "read with an error: {:?}",
                parsed.findings
            );
            places_are_inside(text, &parsed.findings);
            spots_point_at_what_they_name(text, &parsed);
            says_what_the_json_says(text, &parsed.document);
            reads_back_the_same(&parsed.document);
        }
    }
}

/// The character at a place; the line's end counts as one, the text's end as the last line's end.
fn at(lines: &[Vec<char>], spot: Spot) -> Option<char> {
    let line = lines.get(usize::try_from(spot.line).ok()?.checked_sub(1)?)?;
    let column = usize::try_from(spot.column).ok()?.checked_sub(1)?;
    if column == line.len() { Some('\n') } else { line.get(column).copied() }
}

fn lines(text: &str) -> Vec<Vec<char>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split('\n').map(|line| line.chars().collect()).collect()
}

fn places_are_inside(text: &str, findings: &[Finding]) {
    let lines = lines(text);
    let mut before = None;
    for finding in findings {
        assert!(!finding.message.is_empty() && !finding.message.contains('\n'), "{finding:?}");
        assert!(finding.message.len() < 2_000, "a message of {} bytes", finding.message.len());
        let [place] = finding.places.as_slice() else { panic!("not one place: {finding:?}") };
        assert_eq!(&*place.file, FILE);
        if text.len() > policy::MAX_BYTES {
            continue;
        }
        let (Some(line), Some(column)) = (place.line, place.column) else {
            panic!("no line and column: {finding:?}")
        };
        let spot = Spot { line, column };
        assert!(at(&lines, spot).is_some(), "outside the text: {finding:?}");
        assert!(before <= Some(spot), "not in the order of the text: {findings:?}");
        before = Some(spot);
    }
}

fn spots_point_at_what_they_name(text: &str, parsed: &Parsed) {
    let lines = lines(text);
    assert_eq!(parsed.spots.len(), parsed.document.statements.len());
    for (statement, spots) in parsed.document.statements.iter().zip(&parsed.spots) {
        assert_eq!(at(&lines, spots.start), Some('{'), "the start of a statement");
        let action = if statement.action.is_negated() { "NotAction" } else { "Action" };
        let mut elements = vec![(action, statement.action.values())];
        if let Some(resource) = &statement.resource {
            let name = if resource.is_negated() { "NotResource" } else { "Resource" };
            elements.push((name, resource.values()));
        }
        for (name, values) in elements {
            assert_eq!(spots.element(name).and_then(|s| at(&lines, s)), Some('"'), "{name}");
            assert_eq!(spots.values(name).len(), values.len(), "{name}");
            for spot in spots.values(name) {
                assert_eq!(at(&lines, *spot), Some('"'), "a value of {name}");
            }
        }
    }
}

fn reads_back_the_same(document: &PolicyDocument) {
    for text in [write::document(document), write::minified(document)] {
        let again = policy::parse(&text, FILE);
        let again = again.unwrap_or_else(|findings| panic!("{findings:?}\n{text}")).document;
        assert_eq!(&again, document, "\n{text}");
        let (pretty, small) = (write::document(&again), write::minified(&again));
        assert!(text == pretty || text == small, "written otherwise the second time:\n{text}");
    }
}

/// The members of an object by their names in lower case.
fn members(value: &Value) -> BTreeMap<String, &Value> {
    let Value::Object(object) = value else { panic!("not an object: {value}") };
    let members: BTreeMap<String, &Value> =
        object.iter().map(|(name, of)| (name.to_ascii_lowercase(), of)).collect();
    assert_eq!(members.len(), object.len(), "a name twice: {value}");
    members
}

fn texts(value: &Value) -> Vec<&str> {
    let one = std::slice::from_ref(value);
    let values = value.as_array().map_or(one, Vec::as_slice);
    values.iter().map(|v| v.as_str().unwrap_or_else(|| panic!("not a string: {v}"))).collect()
}

fn says_what_the_json_says(text: &str, document: &PolicyDocument) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        panic!("read, but not JSON ({error}): {text}");
    }
    // Fails for a number that no `f64` is near to; documents keep the digits instead.
    let Ok(json) = serde_json::from_str::<Value>(text) else {
        assert!(text.contains(['e', 'E']) || text.len() > 300, "{text}");
        return;
    };
    let top = members(&json);
    let known = ["version", "id", "statement"];
    assert!(top.keys().all(|name| known.contains(&name.as_str())), "an element lost: {text}");
    let string = |name: &str| top.get(name).map(|v| v.as_str());
    assert_eq!(string("version"), document.version.map(|v| Some(v.as_str())));
    assert_eq!(string("id"), document.id.as_deref().map(Some));
    let statements = top.get("statement").unwrap_or_else(|| panic!("no statements: {text}"));
    let one = std::slice::from_ref(*statements);
    let statements = statements.as_array().map_or(one, Vec::as_slice);
    assert_eq!(statements.len(), document.statements.len(), "{text}");
    for (json, statement) in statements.iter().zip(&document.statements) {
        statement_says(&members(json), statement);
    }
}

fn statement_says(json: &BTreeMap<String, &Value>, statement: &Statement) {
    let mut said = 1;
    assert_eq!(json.get("effect").and_then(|v| v.as_str()), Some(statement.effect.as_str()));
    assert_eq!(statement.effect == Effect::Deny, json["effect"] == "Deny");
    if let Some(sid) = &statement.sid {
        said += 1;
        assert_eq!(json["sid"].as_str(), Some(sid.as_str()));
    }
    said += 1;
    match &statement.action {
        ActionElement::Action(values) => assert_eq!(texts(json["action"]), *values),
        ActionElement::NotAction(values) => assert_eq!(texts(json["notaction"]), *values),
    }
    if let Some(element) = &statement.resource {
        said += 1;
        match element {
            ResourceElement::Resource(values) => assert_eq!(texts(json["resource"]), *values),
            ResourceElement::NotResource(values) => assert_eq!(texts(json["notresource"]), *values),
        }
    }
    if let Some(element) = &statement.principal {
        said += 1;
        let (value, principals) = match element {
            PrincipalElement::Principal(of) => (json["principal"], of),
            PrincipalElement::NotPrincipal(of) => (json["notprincipal"], of),
        };
        match principals {
            Principals::Any => assert_eq!(value.as_str(), Some("*")),
            Principals::Map(map) => {
                let kinds = members(value);
                assert_eq!(kinds.len(), map.len());
                for (kind, values) in map {
                    assert_eq!(texts(kinds[&kind.as_str().to_ascii_lowercase()]), *values);
                }
            }
        }
    }
    if let Some(condition) = json.get("condition") {
        said += 1;
        condition_says(condition, statement);
    } else {
        assert!(statement.condition.is_empty());
    }
    assert_eq!(said, json.len(), "an element of a statement lost");
}

fn condition_says(json: &Value, statement: &Statement) {
    let mut expected = BTreeMap::new();
    for (operator, keys) in members(json) {
        for (key, values) in members(keys) {
            let one = std::slice::from_ref(values);
            let values = values.as_array().map_or(one, Vec::as_slice);
            let mut texts: Vec<Option<String>> = values
                .iter()
                .map(|value| match value {
                    Value::String(text) => Some(text.clone()),
                    Value::Bool(flag) => Some(flag.to_string()),
                    // Numbers keep their digits, which `serde_json` does not.
                    _ => None,
                })
                .collect();
            texts.sort();
            texts.dedup();
            expected.insert((operator.clone(), key), texts);
        }
    }
    let found = statement.condition.iter().map(|(operator, key, values)| {
        let operator = operator.to_string().to_ascii_lowercase();
        ((operator, key.as_str().to_ascii_lowercase()), values)
    });
    let found: BTreeMap<_, _> = found.collect();
    assert!(found.keys().eq(expected.keys()), "{found:?}\n{expected:?}");
    for (place, texts) in &expected {
        if texts.iter().all(Option::is_some) {
            let texts: Vec<&str> = texts.iter().flatten().map(String::as_str).collect();
            assert_eq!(texts, found[place], "{place:?}");
        }
    }
}
