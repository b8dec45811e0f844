//! Findings as SARIF 2.1.0, which code hosts and editors show beside the code.
//!
//! # Source
//! OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0": §3.14 run, §3.27 result, §3.30 region.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use policy_core::finding::{Finding, Place, Severity};

use super::json::Json;

/// What a path keeps as it is in a URI.
const IN_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One run with a result for each finding.
#[must_use]
pub fn text(findings: &[Finding]) -> String {
    let codes: BTreeSet<&str> = findings.iter().map(|it| it.code.as_str()).collect();
    let rules = codes.iter().map(|code| Json::object([("id", (*code).into())]));
    let driver = Json::object([
        ("name", "policy-cli".into()),
        ("semanticVersion", env!("CARGO_PKG_VERSION").into()),
        ("rules", Json::array(rules)),
    ]);
    let run = Json::object([
        ("tool", Json::object([("driver", driver)])),
        ("columnKind", "unicodeCodePoints".into()),
        ("results", Json::array(findings.iter().map(result))),
    ]);
    Json::object([
        ("$schema", "https://json.schemastore.org/sarif-2.1.0.json".into()),
        ("version", "2.1.0".into()),
        ("runs", Json::array([run])),
    ])
    .text()
}

fn result(finding: &Finding) -> Json {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push_str("; help: ");
        text.push_str(help);
    }
    let places = finding.places.iter().filter(|place| !place.file.is_empty());
    Json::object([
        ("ruleId", finding.code.as_str().into()),
        ("level", level.into()),
        ("message", Json::object([("text", text.into())])),
        ("locations", Json::array(places.map(location))),
    ])
}

fn location(place: &Place) -> Json {
    let uri = utf8_percent_encode(&place.file, IN_PATH).to_string();
    let mut physical = vec![("artifactLocation".to_owned(), Json::object([("uri", uri.into())]))];
    if let Some(line) = place.line {
        let mut region = vec![("startLine".to_owned(), Json::from(line))];
        region.extend(place.column.map(|column| ("startColumn".to_owned(), Json::from(column))));
        physical.push(("region".to_owned(), Json::Object(region)));
    }
    Json::object([("physicalLocation", Json::Object(physical))])
}

#[cfg(test)]
mod tests {
    use policy_core::finding::Code;

    use super::*;

    #[test]
    fn a_finding_is_a_result_at_its_places() {
        let at =
            Place { file: "src/my file.rs".into(), line: Some(3), column: Some(7), record: None };
        let finding = Finding::new(Code::ReachableNotDeclared, "`GetItem` is not declared")
            .severity(Severity::Error)
            .at(at)
            .help("declare it");
        let read: serde_json::Value = serde_json::from_str(&text(&[finding])).unwrap();
        let run = &read["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "reachable-not-declared");
        let result = &run["results"][0];
        assert_eq!(result["level"], "error");
        assert_eq!(result["message"]["text"], "`GetItem` is not declared; help: declare it");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "src/my%20file.rs");
        assert_eq!(place["region"], serde_json::json!({ "startLine": 3, "startColumn": 7 }));
    }

    #[test]
    fn nothing_found_is_a_run_without_results() {
        let read: serde_json::Value = serde_json::from_str(&text(&[])).unwrap();
        assert_eq!(read["version"], "2.1.0");
        assert_eq!(read["runs"][0]["results"], serde_json::json!([]));
    }
}
