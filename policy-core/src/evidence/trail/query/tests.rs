//! That the statement carries what the reader reads: against the code, against the catalog, and on records.
//!
//! Whether the text is SQL is tested by `cargo xtask sql`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::members::{ASKED, by_rule, lower_first};
use super::*;
use crate::evidence::trail::outcome::NOT_AUTHORIZED;
use crate::evidence::trail::parameters::{NESTED, same_member};
use crate::evidence::trail::record::TextMember;
use crate::evidence::trail::refusal::{HIDDEN_KEY, PERFORM};
use crate::evidence::trail::{Aggregate, Reader, headers};

/// The most that Athena takes.
///
/// # Source
/// Amazon Athena User Guide, "Service Quotas".
const ATHENA_QUERY_BYTES: usize = 262_144;

fn both() -> [Query; 2] {
    let catalog = Catalog::embedded();
    [Query::athena(catalog, &Layout::default()), Query::spark(catalog, &[])]
}

#[test]
fn the_statement_fits_athena_with_room_for_a_growing_catalog() {
    for query in both() {
        assert!(query.statement.len() * 2 < ATHENA_QUERY_BYTES, "{}", query.statement.len());
    }
}

#[test]
fn every_text_member_of_a_record_is_a_column_that_the_statement_uses() {
    let [athena, spark] = both();
    for member in TextMember::ALL {
        let column = format!("\n  {} STRING", member.key().to_lowercase());
        assert!(athena.tables[0].contains(&column), "{column}");
        assert!(spark.tables[0].contains(&format!("\n    {}: STRING", member.key())));
        let is_used = athena.statement.matches(&member.key().to_lowercase()).count() > 1;
        assert!(is_used || member == TextMember::EventVersion, "{member:?}");
    }
    for path in ["useridentity.inscopeof.issuertype", "addendum.originaleventid", "r.accountid"] {
        assert!(athena.statement.to_lowercase().contains(path), "{path}");
    }
}

/// The code that reads trails, without its tests.
fn sources() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/evidence/trail");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let code = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let text = code.map(|path| std::fs::read_to_string(path).unwrap());
    text.map(|text| text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()).collect()
}

/// Texts right after any of these are names of request members.
const LOOKUPS: [&str; 11] = [
    "parameters.text(",
    "parameters, ",
    ".nested(",
    " text(",
    "Has(",
    "Path(",
    "EVENT_BUS: &str = ",
    "named(",
    " key(",
    " top(",
    " inside(",
];

#[test]
fn every_request_member_that_the_code_asks_for_is_carried() {
    let mut asked = BTreeSet::new();
    let sources = sources();
    for code in &sources {
        for lookup in LOOKUPS {
            for (at, _) in code.match_indices(lookup) {
                let after = code[at + lookup.len()..].trim_start();
                if let Some(name) = after.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
                    asked.insert(name.0.to_owned());
                }
            }
        }
    }
    assert!(asked.len() >= ASKED.len(), "the look-ups are written in another way: {asked:?}");
    let carried =
        |name: &str| ASKED.iter().chain(&NESTED).any(|carried| same_member(carried, name));
    let missing: Vec<_> = asked.iter().filter(|name| !carried(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for name in ASKED {
        assert!(sources.iter().any(|code| code.contains(&name[1..])), "nothing asks for `{name}`");
        assert_eq!(lower_first(name), name);
    }
}

/// The members of each label.
type Rules = BTreeMap<String, String>;

fn rules() -> Rules {
    let lines = by_rule(Catalog::embedded());
    let pairs = lines.iter().map(|line| line.split_once('=').unwrap());
    pairs.map(|(label, members)| (label.to_owned(), members.to_owned())).collect()
}

/// What the statement makes of `requestParameters`.
fn reduced_parameters(source: &str, parameters: &Value, rules: &Rules) -> Value {
    let label = crate::catalog::event_source_label(source).to_lowercase();
    let members = rules.get(&label).map_or("", |members| members);
    let members: Vec<&str> = members.split(',').collect();
    let kept = parameters.as_object().into_iter().flatten().filter(|(key, value)| {
        let lower = key.to_lowercase();
        let is_header = headers::names()
            .any(|(name, more)| if more { lower.starts_with(name) } else { lower == name });
        let key = lower_first(key);
        let is_listed = is_header || ASKED.contains(&&*key) || members.contains(&&*key);
        NESTED.contains(&&*key) || is_listed && (value.is_string() || value.is_u64())
    });
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// What the statement makes of the record of a role's call, time and ids left in.
fn reduced(record: &Value, rules: &Rules) -> Value {
    let identity = &record["userIdentity"];
    if !matches!(identity["type"].as_str(), Some("AssumedRole" | "Role")) {
        return record.clone();
    }
    let mut kept = Map::new();
    let members = [
        "eventVersion",
        "eventTime",
        "eventID",
        "eventSource",
        "eventName",
        "awsRegion",
        "errorCode",
        "eventType",
        "eventCategory",
        "sharedEventID",
        "addendum",
    ];
    for key in members {
        if let Some(value) = record.get(key) {
            kept.insert(key.to_owned(), value.clone());
        }
    }
    let message = |of: &Value| {
        let message = of["errorMessage"].as_str()?;
        let has_code = of["errorCode"].as_str().is_some_and(|code| !code.is_empty());
        let refuses =
            ["accessdenied", "unauthorized", "authorizationerror", "is not authorized to"]
                .iter()
                .any(|part| message.to_lowercase().contains(part));
        let lacking = message.find(PERFORM).map(|at| {
            let text = &message[at..];
            let end = ["Encoded authorization failure message", "(Service: "];
            let end = end.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
            format!("is {}", &text[..end])
        });
        Some(match lacking {
            _ if message.is_empty() => String::new(),
            _ if !has_code && !refuses => "-".into(),
            _ if message.contains(HIDDEN_KEY) => format!("{NOT_AUTHORIZED}: {HIDDEN_KEY}"),
            Some(lacking) => lacking,
            None if has_code => "-".into(),
            None => NOT_AUTHORIZED.into(),
        })
    };
    if let Some(message) = message(record) {
        kept.insert("errorMessage".into(), json!(message));
    }
    let answer = &record["responseElements"];
    let code = answer["errorCode"].as_str().map(ToOwned::to_owned);
    let texts = [("errorCode", code), ("errorMessage", message(answer))];
    let texts = texts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?))));
    kept.insert("responseElements".into(), Value::Object(texts.collect()));
    let issuer = &identity["sessionContext"]["sessionIssuer"];
    kept.insert(
        "userIdentity".into(),
        json!({
            "type": identity["type"], "arn": identity["arn"], "principalId": identity["principalId"],
            "invokedBy": identity["invokedBy"],
            "sessionContext": {"sessionIssuer": {"type": issuer["type"], "arn": issuer["arn"]}},
            "inScopeOf": {
                "issuerType": identity["inScopeOf"]["issuerType"],
                "credentialsIssuedTo": identity["inScopeOf"]["credentialsIssuedTo"],
            },
        }),
    );
    let source = record["eventSource"].as_str().unwrap_or_default();
    let parameters = reduced_parameters(source, &record["requestParameters"], rules);
    kept.insert("requestParameters".into(), parameters);
    let entry = |entry: &Value| {
        let arn = entry.get("ARN").or(entry.get("arn"));
        json!({"ARN": arn, "accountId": entry["accountId"]})
    };
    let resources = record["resources"].as_array();
    kept.insert(
        "resources".into(),
        json!(resources.map(|all| all.iter().map(entry).collect::<Vec<_>>())),
    );
    Value::Object(kept)
}

fn shows(reader: &mut Reader<'_>, record: &Value) -> Option<String> {
    let mut aggregate = Aggregate::new();
    reader.document(record.to_string().as_bytes(), "a.json", &mut aggregate).ok()?;
    Some(aggregate.to_file().unwrap())
}

fn assert_reduction_changes_nothing(reader: &mut Reader<'_>, record: &Value, rules: &Rules) {
    let whole = shows(reader, record);
    if whole.is_some() {
        assert_eq!(shows(reader, &reduced(record, rules)), whole, "{record:#}");
    }
}

/// The call of a role with these parameters.
fn call(label: &str, name: &str, parameters: &Value) -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": "2026-11-01T08:30:00Z", "eventSource": format!("{label}.amazonaws.com"),
        "eventName": name, "awsRegion": "eu-west-1", "eventID": "00000000-0000-4000-8000-000000000001",
        "eventType": "AwsApiCall", "requestParameters": parameters, "userIdentity": {
            "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/orders-exec/orders",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/orders-exec"}},
        },
    })
}

#[test]
fn no_operation_of_the_catalog_shows_less_after_the_reduction() {
    let catalog = Catalog::embedded();
    let (rules, mut reader) = (rules(), Reader::new(catalog));
    let mut besides: Map<String, Value> =
        ASKED.into_iter().map(|name| (name.to_owned(), json!("orders"))).collect();
    besides.insert("unheardOf".into(), json!("orders"));
    let mut tried = BTreeSet::new();
    for (label, operation) in catalog.event_operations() {
        let members = operation.resource_members().map(|member| member.member.to_owned());
        let mut named: Map<String, Value> = members.map(|key| (key, json!("orders"))).collect();
        // Whole numbers count as names.
        if tried.len().is_multiple_of(3) {
            named.values_mut().for_each(|value| *value = json!(7));
        }
        if named.is_empty() || !tried.insert((label.clone(), operation.name())) {
            continue;
        }
        // By themselves, and for every other one beside what the code asks for.
        if tried.len().is_multiple_of(2) {
            named.extend(besides.clone());
        }
        let record = call(&label, operation.name(), &Value::Object(named));
        assert_reduction_changes_nothing(&mut reader, &record, &rules);
    }
    assert!(tried.len() > 5000, "{}", tried.len());
}

#[test]
fn no_refusal_says_less_after_the_reduction() {
    let (rules, mut reader) = (rules(), Reader::new(Catalog::embedded()));
    let user = "User: arn:aws:sts::111122223333:assumed-role/orders-exec/orders is";
    let lacking = "not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab because no identity-based policy allows the kms:Decrypt action";
    let messages = [
        format!("{user} {lacking}"),
        format!("{user} {lacking} (Service: AWSKMS; Request ID: 1)"),
        format!(
            "You are not authorized to perform this operation. {user} {lacking}. Encoded authorization failure message: x"
        ),
        format!(
            "{user} not authorized to perform: s3:GetObject with an explicit deny in a service control policy"
        ),
        "The key does not exist, or you are not allowed to access.".to_owned(),
        "AccessDenied: you are not allowed to access ü".to_owned(),
        "Access Denied".to_owned(),
        "slow down".to_owned(),
    ];
    let mut told = BTreeSet::new();
    for message in &messages {
        for code in ["AccessDenied", "KMS.NotFoundException", "", "NoSuchKey"] {
            let mut record = call("s3", "GetObject", &json!({"bucketName": "acme", "key": "k"}));
            record["errorCode"] = json!(code);
            record["errorMessage"] = json!(message);
            assert_reduction_changes_nothing(&mut reader, &record, &rules);
            told.insert(shows(&mut reader, &record));
            let error = json!({"errorCode": record["errorCode"], "errorMessage": message});
            record["errorCode"] = Value::Null;
            record["errorMessage"] = Value::Null;
            record["responseElements"] = error;
            assert_reduction_changes_nothing(&mut reader, &record, &rules);
        }
    }
    assert_eq!(told.len(), 6, "{told:#?}");
}

/// Every record in `value`, whatever stands around it.
fn records(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(members) if members.contains_key("eventSource") => found.push(value.clone()),
        Value::Object(members) => members.values().for_each(|value| records(value, found)),
        Value::Array(elements) => elements.iter().for_each(|value| records(value, found)),
        Value::String(text) if text.starts_with('{') => {
            if let Ok(value) = serde_json::from_str(text) {
                records(&value, found);
            }
        }
        _ => {}
    }
}

#[test]
fn no_record_of_the_cases_or_of_the_corpus_shows_less_after_the_reduction() {
    use std::io::Read as _;
    let mut folders =
        vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/trail")];
    folders.extend(
        std::env::var_os("POLICY_CORPUS")
            .map(|root| std::path::Path::new(&root).join("cloudtrail")),
    );
    let mut found = Vec::new();
    while let Some(path) = folders.pop() {
        if path.is_dir() {
            folders.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        if bytes.starts_with(b"\x1f\x8b") {
            let packed = std::mem::take(&mut bytes);
            flate2::read::MultiGzDecoder::new(&*packed).read_to_end(&mut bytes).unwrap();
        }
        let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
        values.map_while(Result::ok).for_each(|value| records(&value, &mut found));
    }
    let (rules, mut reader) = (rules(), Reader::new(Catalog::embedded()));
    for record in &found {
        assert_reduction_changes_nothing(&mut reader, record, &rules);
    }
    assert!(found.len() > 60, "{}", found.len());
}

#[test]
fn a_place_is_the_folder_that_holds_the_accounts() {
    for (text, place) in [
        ("s3://acme-logs/AWSLogs/", "s3://acme-logs/AWSLogs"),
        ("s3://acme-logs/AWSLogs", "s3://acme-logs/AWSLogs"),
        (
            "s3://acme-logs/team/a/AWSLogs/o-a1b2c3d4e5/",
            "s3://acme-logs/team/a/AWSLogs/o-a1b2c3d4e5",
        ),
    ] {
        let layout = Layout { place: Some(text.parse().unwrap()), ..Layout::default() };
        let table = Query::athena(Catalog::embedded(), &layout).tables.remove(0);
        assert!(table.contains(&format!("LOCATION '{place}/'")), "{table}");
        assert!(table.contains(&format!("'{place}/${{account}}/CloudTrail/${{region}}/${{day}}'")));
    }
    for bad in [
        "",
        "acme-logs/AWSLogs",
        "s3://AWSLogs/",
        "s3://acme-logs/",
        "s3://acme-logs//AWSLogs/",
        "s3://acme-logs/AWSLogs/111122223333/",
        "s3://acme-logs/it's/AWSLogs/",
    ] {
        assert!(bad.parse::<Place>().is_err(), "{bad}");
    }
}

#[test]
fn days_limit_the_table_and_the_statement() {
    let day = |text: &str| text.parse::<Day>().unwrap();
    let layout = Layout {
        accounts: vec!["111122223333".parse().unwrap(), "444455556666".parse().unwrap()],
        regions: vec!["eu-west-1".parse().unwrap()],
        from: Some(day("2026-11-01")),
        to: Some(day("2026-11-30")),
        place: None,
    };
    let query = Query::athena(Catalog::embedded(), &layout);
    for part in ["'111122223333,444455556666'", "'eu-west-1'", "'2026/11/01,2026/11/30'"] {
        assert!(query.tables[0].contains(part), "{part}");
    }
    assert!(query.statement.contains("WHERE day >= '2026/11/01' AND day <= '2026/11/30'"));
    for bad in ["", "2026-02-30", "2026/11/01", "1", "2026-11-1", "-02026-11-01"] {
        assert!(bad.parse::<Day>().is_err(), "{bad}");
    }
}

#[test]
fn spark_has_a_view_for_each_path() {
    let query = |paths: &[&str]| {
        let paths: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
        Query::spark(Catalog::embedded(), &paths)
    };
    assert!(query(&["/logs/it's"]).tables[0].contains(r"path '/logs/it\'s'"));
    let two = query(&["/a", r"/b\c"]);
    assert_eq!(two.tables.len(), 2);
    assert!(two.tables[1].contains(r"path '/b\\c'"), "{}", two.tables[1]);
    assert!(two.statement.contains("FROM cloudtrail_files\n  UNION ALL"));
    assert!(two.statement.contains("FROM cloudtrail_files_2)"));
}
