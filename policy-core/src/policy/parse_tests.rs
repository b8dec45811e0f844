use super::*;
use crate::iam::{BaseOperator, ConditionKey, Operator, SetQuantifier};
use crate::policy::write as json;
use proptest::prelude::*;

fn mistakes(text: &str) -> Vec<String> {
    parse(text, "policy.json")
        .expect_err("this should be refused")
        .iter()
        .map(|f| {
            let at = &f.places[0];
            format!(
                "{}:{}:{} {}",
                at.file,
                at.line.unwrap_or(0),
                at.column.unwrap_or(0),
                f.code.as_str()
            )
        })
        .collect()
}

#[test]
fn hostile_nesting_is_refused_before_anything_recurses() {
    let text = "[".repeat(1_000_000);
    assert_eq!(mistakes(&text), ["policy.json:1:33 policy-malformed"]);
    let text = format!("{{\"a\":{}", "{\"a\":".repeat(500_000));
    assert_eq!(mistakes(&text), ["policy.json:1:161 policy-malformed"]);
}

#[test]
fn a_text_above_the_size_limit_is_refused_kindly() {
    let text = " ".repeat(MAX_BYTES + 1);
    let findings = parse(&text, "policy.json").unwrap_err();
    assert!(findings[0].message.contains("20000001 bytes"), "{}", findings[0].message);
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    assert!(parse("\u{feff}{\"Statement\":[]}", "policy.json").is_ok());
}

#[test]
fn spots_point_at_elements_and_values() {
    let text = "{\"Statement\": [\n  {\"Effect\": \"Allow\",\n   \"Action\": [\"s3:GetObject\",\n     \"s3:PutObject\"], \"Resource\": \"*\"}]}";
    let parsed = parse(text, "policy.json").unwrap();
    let spots = &parsed.spots[0];
    assert_eq!(spots.start, Spot { line: 2, column: 3 });
    assert_eq!(spots.element("Action"), Some(Spot { line: 3, column: 4 }));
    assert_eq!(spots.values("Action")[1], Spot { line: 4, column: 6 });
    assert_eq!(spots.values("Resource").len(), 1);
}

#[test]
fn a_document_inside_a_file_has_the_places_of_the_file() {
    let origin = Spot { line: 7, column: 20 };
    let text = "{\"Statement\": 7,\n \"Statment\": 8}";
    let findings = parse_at(text, "cases.jsonl", origin).unwrap_err();
    let places: Vec<_> = findings.iter().map(|f| (f.places[0].line, f.places[0].column)).collect();
    assert_eq!(places, [(Some(7), Some(34)), (Some(8), Some(2))]);
    let findings = parse_at("{\"a\" 1}", "cases.jsonl", origin).unwrap_err();
    assert_eq!(findings[0].places[0].column, Some(25));
}

#[test]
fn columns_count_characters_however_long_the_line() {
    let padding = "é".repeat(3_000);
    let text = format!("{{\"Id\":\"{padding}\",\"Statement\":7}}");
    assert_eq!(mistakes(&text), ["policy.json:1:3022 policy-malformed"]);
}

#[test]
fn a_document_of_one_long_line_is_read_in_time_that_grows_with_it() {
    let statement = r#"{"Effect":"Allow","Action":["s3:a","s3:b"],"Resource":"*"}"#;
    let text = format!("{{\"Statement\":[{}]}}", vec![statement; 5_000].join(","));
    assert_eq!(parse(&text, "policy.json").unwrap().spots.len(), 5_000);
}

#[test]
fn the_exact_text_of_values_is_kept() {
    let text = r#"{"Statement":{"Effect":"Allow","Action":"S3:getobject","Resource":"arn:aws:s3:::b/\u00e9 /${x}",
        "Condition":{"numericlessthan":{"s3:max-keys":1.50},"Bool":{"aws:SecureTransport":true}}}}"#;
    let document = parse(text, "policy.json").unwrap().document;
    let statement = &document.statements[0];
    assert_eq!(statement.action.values(), ["S3:getobject"]);
    assert_eq!(statement.resource.as_ref().unwrap().values(), ["arn:aws:s3:::b/é /${x}"]);
    let values: Vec<_> = statement.condition.iter().map(|(_, _, v)| v[0].clone()).collect();
    assert_eq!(values, ["true", "1.50"]);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z*?:/${}\"\\\\ é]{0,12}", Just("arn:aws:s3:::b/*".to_owned())]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..4)
}

fn action_texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-z]{1,3}:[A-Za-z*?]{0,6}|\\*", 0..4)
}

fn principals() -> impl Strategy<Value = Principals> {
    let kind = prop::sample::select(PrincipalKind::ALL.to_vec());
    prop_oneof![
        Just(Principals::Any),
        prop::collection::btree_map(kind, texts(), 0..4).prop_map(Principals::Map),
    ]
}

fn conditions() -> impl Strategy<Value = ConditionBlock> {
    let quantifier = prop::sample::select(vec![
        None,
        Some(SetQuantifier::ForAllValues),
        Some(SetQuantifier::ForAnyValue),
    ]);
    let base = prop::sample::select(BaseOperator::ALL.to_vec());
    let entry = (quantifier, base, any::<bool>(), "[a-z]{1,3}:[A-Z][a-z/]{0,5}", texts());
    prop::collection::vec(entry, 0..4).prop_map(|entries| {
        let mut block = ConditionBlock::default();
        for (quantifier, base, if_exists, key, values) in entries {
            let null = base == BaseOperator::Null;
            let values = if null { vec!["true".to_owned()] } else { values };
            let operator = Operator { quantifier, base, if_exists: if_exists && !null };
            block.insert(operator, ConditionKey::new(&key), values);
        }
        block
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    (
        prop::option::of(text()),
        any::<bool>(),
        prop::option::of((any::<bool>(), principals())),
        (any::<bool>(), action_texts()),
        prop::option::of((any::<bool>(), texts())),
        conditions(),
    )
        .prop_map(|(sid, deny, principal, action, resource, condition)| {
            let principal = principal.map(|(negated, of)| {
                if negated {
                    PrincipalElement::NotPrincipal(of)
                } else {
                    PrincipalElement::Principal(of)
                }
            });
            let resource = resource.map(|(negated, values)| {
                if negated {
                    ResourceElement::NotResource(values)
                } else {
                    ResourceElement::Resource(values)
                }
            });
            let resource = match (&principal, resource) {
                (None, None) => Some(ResourceElement::Resource(vec!["*".into()])),
                (_, resource) => resource,
            };
            Statement {
                sid,
                effect: if deny { Effect::Deny } else { Effect::Allow },
                principal,
                action: if action.0 {
                    ActionElement::NotAction(action.1)
                } else {
                    ActionElement::Action(action.1)
                },
                resource,
                condition,
            }
        })
}

fn document() -> impl Strategy<Value = PolicyDocument> {
    let version = prop::sample::select(vec![None, Some(Version::V2008), Some(Version::V2012)]);
    (version, prop::option::of(text()), prop::collection::vec(statement(), 0..4))
        .prop_map(|(version, id, statements)| PolicyDocument { version, id, statements })
}

proptest! {
    #[test]
    fn what_is_rendered_reads_back_the_same(document in document()) {
        for text in [json::document(&document), json::minified(&document)] {
            let parsed = parse(&text, "policy.json");
            prop_assert!(parsed.is_ok(), "{:?}\n{}", parsed, text);
            prop_assert_eq!(&parsed.unwrap().document, &document);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\[\\]{}:,\" a-zA-Z0-9\\\\.é-]{0,80}") {
        let _ = parse(&text, "policy.json");
    }

    #[test]
    fn no_cut_of_a_document_makes_the_reader_panic(document in document(), cut in 0.0..1.0_f64) {
        let text = json::document(&document);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a fraction of a length")]
        let mut at = (text.len() as f64 * cut) as usize;
        while !text.is_char_boundary(at) { at -= 1; }
        let _ = parse(&text[..at], "policy.json");
        let _ = parse(&text[at..], "policy.json");
    }
}
