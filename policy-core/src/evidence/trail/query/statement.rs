//! The statement: records → rows.
//!
//! Its steps are the `WITH` parts, in this order. The logs are read once: an engine that puts a part in wherever it is
//! named would else read, and bill, them several times.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::members::{ASKED, OF_ROLE, by_rule, is_header, text_member};
use super::{Dialect, literal};
use crate::catalog::Catalog;
use crate::evidence::trail::outcome::{DENIED_PARTS, NOT_AUTHORIZED};
use crate::evidence::trail::parameters::NESTED;
use crate::evidence::trail::record::{Identity, TextMember};
use crate::evidence::trail::reduced::{COLUMNS, VERSION};
use crate::evidence::trail::refusal::{HIDDEN_KEY, PERFORM};

/// How many ids a row names.
const SAMPLE: usize = crate::evidence::CallCount::SAMPLE;

/// The statement over `records`, a query that gives the members of each record and the `path` of its file.
pub(super) fn statement(dialect: Dialect, catalog: &Catalog, records: &str) -> String {
    let steps = [
        ("records", records.to_owned()),
        ("judged", judged(dialect, catalog)),
        ("chosen", chosen(dialect)),
        ("reduced", reduced(dialect)),
        ("named", NAMED.to_owned()),
        ("versions", VERSIONS.to_owned()),
        ("events", EVENTS.to_owned()),
        ("families", FAMILIES.to_owned()),
        ("counted", COUNTED.to_owned()),
    ];
    let mut text = String::from("WITH ");
    for (at, (name, step)) in steps.iter().enumerate() {
        let separator = if at == 0 { "" } else { ",\n" };
        let _ = write!(text, "{separator}{name} AS (\n{step}\n)");
    }
    text.push('\n');
    text.push_str(&rows(dialect));
    text
}

/// What decides how much of a record matters.
fn judged(dialect: Dialect, catalog: &Catalog) -> String {
    let normal = |member: &str| match dialect {
        Dialect::Athena => member.to_owned(),
        // Spark keeps blanks and escapes as they were written; this is the same JSON in one form.
        Dialect::Spark => format!("get_json_object({member}, '$')"),
    };
    let (requestparameters, resources) = (normal("requestparameters"), normal("resources"));
    let code = answered(dialect, "errorCode");
    let message = answered(dialect, "errorMessage");
    format!(
        "SELECT path, eventid AS id, sharedeventid AS shared_id, eventtime AS time,
  CASE WHEN addendum IS NULL THEN 0 ELSE 1 END AS is_addendum, addendum.originaleventid AS corrects,
  useridentity, eventsource, eventname, awsregion, eventtype, eventcategory, errorcode, errormessage,
  {requestparameters} AS requestparameters, {resources} AS resources,
  CASE WHEN (eventcategory IS NULL OR eventcategory IN ('Management', 'Data'))
    AND (eventtype IS NULL OR eventtype = 'AwsApiCall') THEN 1 ELSE 0 END AS is_call,
  CASE WHEN useridentity.type IN ('AssumedRole', 'Role') THEN 'role'
    WHEN useridentity.type = 'AWSService' THEN 'service' ELSE 'other' END AS caller,
  ',' || element_at({split}('{members}', chr(10), '='), {LABEL}) || ',' AS members,
  {code} AS answer_code,
  {message} AS answer_message
FROM records",
        members = by_rule(catalog).join("\n"),
        split = match dialect {
            Dialect::Athena => "split_to_map",
            Dialect::Spark => "str_to_map",
        },
    )
}

/// The event source before its domain, in lower case, as `catalog::event_source_label`.
const LABEL: &str = "regexp_replace(lower(eventsource), '[.](amazonaws[.]com|amazonaws[.]com[.]cn|amazon[.]com|aws[.]internal)$', '')";

/// A text member of `responseElements`.
fn answered(dialect: Dialect, member: &str) -> String {
    let scalar = match dialect {
        Dialect::Athena => format!("json_extract_scalar(responseelements, '$.{member}')"),
        Dialect::Spark => format!("get_json_object(responseelements, '$.{member}')"),
    };
    let is_text = match dialect {
        Dialect::Athena => {
            format!("json_format(json_extract(responseelements, '$.{member}')) LIKE '\"%'")
        }
        Dialect::Spark => {
            let entry = entry(&format!("'{member}'"), &scalar);
            format!("position({entry} IN get_json_object(responseelements, '$')) > 0")
        }
    };
    format!(
        "CASE WHEN position('\"{member}\"' IN responseelements) > 0\n    THEN CASE WHEN {is_text} THEN {scalar} END END"
    )
}

/// `"key":"value"` in the form in which `get_json_object` writes it, which is not quite that of `to_json`.
fn entry(key: &str, value: &str) -> String {
    format!("btrim(get_json_object(to_json(map({key}, {value})), '$'), '{{}}')")
}

/// The request parameters that the reader looks at, of calls of roles: texts and whole numbers, and some with all they hold.
fn chosen(dialect: Dialect) -> String {
    let lower = "lower(substr(k, 1, 1)) || substr(k, 2)";
    let words = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| literal(dialect, word)).collect();
        words.join(", ")
    };
    let asked = words(&ASKED);
    let whole = words(&NESTED);
    let listed = format!(
        "{lower} IN ({asked})\n      OR position(',' || {lower} || ',' IN members) > 0\n      OR {}",
        is_header()
    );
    let is_whole = format!("{lower} IN ({whole})");
    let parameters = match dialect {
        Dialect::Athena => format!(
            "json_format(CAST(map_filter(TRY(CAST(json_parse(requestparameters) AS MAP(VARCHAR, JSON))),
    (k, v) -> {is_whole}
    OR (json_format(v) LIKE '\"%' OR regexp_like(json_format(v), '^[0-9]+$')) AND ({listed})) AS JSON))"
        ),
        // A text there is told from a number, a list or an object by its quotes in the text of the whole, which is in the
        // form in which Spark writes JSON.
        Dialect::Spark => format!(
            "'{{' || array_join(map_values(transform_values(
    map_filter(from_json(requestparameters, 'map<string,string>'), (k, v) -> v IS NOT NULL AND ({is_whole}
    OR {listed})),
    (k, v) -> CASE WHEN position({text} IN requestparameters) > 0 THEN {text}
      WHEN regexp_like(v, '^[0-9]+$') THEN {number}
      WHEN {is_whole} THEN '\"' || k || '\":' || v END)), ',') || '}}'",
            text = entry("k", "v"),
            number = entry("k", "try_cast(v AS BIGINT)"),
        ),
    };
    format!(
        "SELECT judged.*,\n  CASE WHEN is_call = 1 AND caller = 'role' THEN {parameters} END AS parameters\nFROM judged"
    )
}

/// Each record as JSON without time and ids.
fn reduced(dialect: Dialect) -> String {
    let record = object(dialect, &pieces(dialect));
    format!(
        "SELECT path, id, shared_id, time, is_addendum, corrects,\n  {record} AS record\nFROM chosen"
    )
}

/// The members of a reduced record: when they are carried, their name and their JSON.
fn pieces(dialect: Dialect) -> Vec<String> {
    let mut pieces = Vec::new();
    for member in TextMember::ALL {
        if let Some((condition, value)) = text_member(member) {
            let value = if member == TextMember::ErrorMessage {
                message_kind("errorcode", value)
            } else {
                value.to_owned()
            };
            pieces.push(piece(member.key(), condition, &quoted(dialect, &value)));
        }
    }
    pieces.push(piece("userIdentity", "is_call = 1", &identity(dialect)));
    let given = |value: &str| format!("{OF_ROLE} AND {value} IS NOT NULL");
    pieces.push(piece("requestParameters", &given("parameters"), "parameters"));
    let answer = object(
        dialect,
        &[
            piece("errorCode", "answer_code IS NOT NULL", &quoted(dialect, "answer_code")),
            piece(
                "errorMessage",
                "answer_message IS NOT NULL",
                &quoted(dialect, &message_kind("answer_code", "answer_message")),
            ),
        ],
    );
    let is_answered =
        format!("{OF_ROLE} AND (answer_code IS NOT NULL OR answer_message IS NOT NULL)");
    pieces.push(piece("responseElements", &is_answered, &answer));
    pieces.push(piece("resources", &given("resources"), &resources(dialect)));
    pieces
}

/// Who called, as far as it matters.
fn identity(dialect: Dialect) -> String {
    // Held against the reader: a member that it reads and this leaves out does not compile.
    let Identity {
        kind,
        arn,
        principal_id,
        account_id: _,
        invoked_by,
        issuer_kind,
        issuer_arn,
        scope_kind,
        scope_issued_to,
    } = PATHS;
    let member = |path: &Option<Cow<'_, str>>, when: &str| {
        let path = path.as_deref().unwrap_or_default();
        let (_, key) = path.rsplit_once('.').unwrap_or_default();
        piece(key, &format!("{when}{path} IS NOT NULL"), &quoted(dialect, path))
    };
    let role = "caller = 'role' AND ";
    // A session that the ARN names is not looked for in the id.
    let nameless =
        "caller = 'role' AND coalesce(useridentity.arn, '') NOT LIKE '%:assumed-role/%/%' AND ";
    let issuer = object(dialect, &[member(&issuer_kind, ""), member(&issuer_arn, "")]);
    let context = object(
        dialect,
        &[piece("sessionIssuer", "useridentity.sessioncontext.sessionissuer IS NOT NULL", &issuer)],
    );
    let scope = object(dialect, &[member(&scope_kind, ""), member(&scope_issued_to, "")]);
    let members = [
        member(&kind, ""),
        member(&arn, role),
        member(&principal_id, nameless),
        member(&invoked_by, "caller <> 'other' AND "),
        piece(
            "sessionContext",
            "caller = 'role' AND useridentity.sessioncontext IS NOT NULL",
            &context,
        ),
        piece("inScopeOf", "caller = 'role' AND useridentity.inscopeof IS NOT NULL", &scope),
    ];
    object(dialect, &members)
}

/// Where each member of the identity stands in the table.
const PATHS: Identity<'static> = Identity {
    kind: Some(Cow::Borrowed("useridentity.type")),
    arn: Some(Cow::Borrowed("useridentity.arn")),
    principal_id: Some(Cow::Borrowed("useridentity.principalId")),
    account_id: None,
    invoked_by: Some(Cow::Borrowed("useridentity.invokedBy")),
    issuer_kind: Some(Cow::Borrowed("useridentity.sessioncontext.sessionissuer.type")),
    issuer_arn: Some(Cow::Borrowed("useridentity.sessioncontext.sessionissuer.arn")),
    scope_kind: Some(Cow::Borrowed("useridentity.inscopeof.issuerType")),
    scope_issued_to: Some(Cow::Borrowed("useridentity.inscopeof.credentialsIssuedTo")),
};

fn resources(dialect: Dialect) -> String {
    match dialect {
        Dialect::Athena => {
            let entry = object(
                dialect,
                &[
                    piece("ARN", "r.arn IS NOT NULL", &quoted(dialect, "r.arn")),
                    piece("accountId", "r.accountid IS NOT NULL", &quoted(dialect, "r.accountid")),
                ],
            );
            format!("'[' || array_join(transform(resources, r -> {entry}), ',') || ']'")
        }
        // Read as the JSON that it is.
        Dialect::Spark => "resources".to_owned(),
    }
}

/// What the reader makes of an error message: whether it is there, without a code whether it refuses, and of a refusal what was
/// lacking, from where the action stands. What differs from call to call at its end is cut.
pub(super) fn message_kind(code: &str, message: &str) -> String {
    let refusals = DENIED_PARTS.into_iter().chain([NOT_AUTHORIZED]).collect::<Vec<_>>().join("|");
    format!(
        "CASE WHEN {message} = '' THEN ''
      WHEN coalesce({code}, '') = '' AND NOT regexp_like(lower({message}), '{refusals}') THEN '-'
      WHEN position('{HIDDEN_KEY}' IN {message}) > 0 THEN '{NOT_AUTHORIZED}: {HIDDEN_KEY}'
      WHEN position('{PERFORM}' IN {message}) > 0 THEN regexp_replace(
        'is ' || substr({message}, position('{PERFORM}' IN {message})), '(Encoded authorization failure message|[(]Service: ).*', '')
      WHEN coalesce({code}, '') = '' THEN '{NOT_AUTHORIZED}' ELSE '-' END"
    )
}

fn piece(key: &str, condition: &str, value: &str) -> String {
    format!("CASE WHEN {condition} THEN '\"{key}\":' || {value} END")
}

/// A nullable text as JSON text.
fn quoted(dialect: Dialect, value: &str) -> String {
    match dialect {
        Dialect::Athena => format!("json_format(CAST({value} AS JSON))"),
        Dialect::Spark => format!("nullif(btrim(to_json(array({value})), '[]'), 'null')"),
    }
}

/// A JSON object of the pieces that are not null.
fn object(dialect: Dialect, pieces: &[String]) -> String {
    let pieces = pieces.join(",\n    ");
    let list = match dialect {
        Dialect::Athena => format!("ARRAY[\n    {pieces}]"),
        Dialect::Spark => format!("array(\n    {pieces})"),
    };
    format!("'{{' || array_join({list}, ',') || '}}'")
}

/// Each record under its id, under the id of the event that it corrects, and under the file that it stands in.
const NAMED: &str = "SELECT role,
  CASE role WHEN 'event' THEN id WHEN 'original' THEN corrects ELSE path END AS id,
  CASE WHEN role = 'event' THEN shared_id END AS shared_id,
  CASE WHEN role = 'event' THEN time END AS time,
  CASE WHEN role = 'event' THEN is_addendum END AS is_addendum,
  CASE WHEN role = 'event' THEN corrects END AS corrects,
  CASE WHEN role = 'event' THEN record END AS record
FROM reduced CROSS JOIN (VALUES ('event'), ('original'), ('file')) AS roles (role)
WHERE role <> 'original' OR corrects IS NOT NULL AND (id IS NULL OR corrects <> id)";

/// Records that are alike in all, ids and time included.
const VERSIONS: &str =
    "SELECT role, id, shared_id, time, is_addendum, corrects, record, count(*) AS copies
FROM named
GROUP BY role, id, shared_id, time, is_addendum, corrects, record";

/// Which events have to be judged by themselves, and in which account each was first seen.
const EVENTS: &str = "SELECT role, id, shared_id, time, is_addendum, corrects, record, copies,
  CASE WHEN role = 'file' THEN 0
    WHEN is_addendum = 1 OR id IS NULL OR time IS NULL OR length(id) <> 36 OR length(time) <> 20 THEN 1
    WHEN NOT regexp_like(id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$') THEN 1
    WHEN NOT regexp_like(time, '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$') THEN 1
    WHEN sum(CASE WHEN role = 'event' THEN 1 ELSE 0 END) OVER (PARTITION BY id) > 1 THEN 1
    WHEN sum(CASE WHEN role = 'original' THEN 1 ELSE 0 END) OVER (PARTITION BY id) > 0 THEN 1
    ELSE 0 END AS is_alone,
  min(shared_id) OVER (PARTITION BY id) AS common_id
FROM versions";

/// Events that several accounts have of one call, together.
const FAMILIES: &str = "SELECT role, id, shared_id, time, is_addendum, corrects, record, copies,
  max(is_alone) OVER (PARTITION BY role, coalesce('shared ' || common_id, 'event ' || id)) AS is_alone,
  min(id) OVER (PARTITION BY role, coalesce('shared ' || common_id, 'event ' || id)) AS first_id,
  min(record) OVER (PARTITION BY role, coalesce('shared ' || common_id, 'event ' || id)) AS first_record,
  max(record) OVER (PARTITION BY role, coalesce('shared ' || common_id, 'event ' || id)) AS last_record
FROM events
WHERE role <> 'original'";

/// What each row will be about: files, a kind of event, or one event.
const COUNTED: &str = "SELECT
  CASE WHEN role = 'file' THEN 'files'
    WHEN is_alone = 1 OR first_record <> last_record THEN 'event' ELSE 'counted' END AS kind,
  CASE WHEN is_alone = 1 OR first_record <> last_record THEN id END AS event_id,
  CASE WHEN is_alone = 1 OR first_record <> last_record THEN shared_id END AS shared_event_id,
  CASE WHEN is_alone = 1 OR first_record <> last_record THEN time END AS event_time,
  CASE WHEN is_alone = 1 OR first_record <> last_record THEN is_addendum END AS is_addendum,
  CASE WHEN is_alone = 1 OR first_record <> last_record THEN corrects END AS corrected_event_id,
  record, copies, time, id,
  CASE WHEN role = 'event' AND is_alone = 0 AND first_record = last_record AND id = first_id THEN 1 ELSE 0 END AS stands
FROM families";

const ALIKE: &str =
    "kind, record, event_id, shared_event_id, event_time, is_addendum, corrected_event_id";

/// One row for each kind.
fn rows(dialect: Dialect) -> String {
    let smallest = match dialect {
        Dialect::Athena => format!(
            "array_join(array_sort(min(time || ' ' || id, {SAMPLE}) FILTER (WHERE stands = 1)), ' ')"
        ),
        Dialect::Spark => {
            "nullif(array_join(array_sort(array_agg(time || ' ' || id) FILTER (WHERE smallest = 1)), ' '), '')"
                .to_owned()
        }
    };
    let from = match dialect {
        Dialect::Athena => "counted".to_owned(),
        // Such an engine has no aggregate of the smallest few; the window sorts on disk where it must.
        Dialect::Spark => format!(
            "(
  SELECT counted.*, CASE WHEN stands = 1 AND {SAMPLE} >= row_number() OVER (
    PARTITION BY {ALIKE} ORDER BY stands DESC, time, id) THEN 1 ELSE 0 END AS smallest
  FROM counted) AS placed"
        ),
    };
    let values = [
        VERSION.to_string(),
        "kind".to_owned(),
        "record".to_owned(),
        "sum(copies)".to_owned(),
        "sum(CASE WHEN kind = 'counted' THEN stands ELSE 1 END)".to_owned(),
        "coalesce(event_time, min(CASE WHEN stands = 1 THEN time END))".to_owned(),
        "max(CASE WHEN stands = 1 THEN time END)".to_owned(),
        smallest,
        "event_id".to_owned(),
        "shared_event_id".to_owned(),
        "is_addendum".to_owned(),
        "corrected_event_id".to_owned(),
    ];
    let columns: Vec<String> = values
        .iter()
        .zip(COLUMNS)
        .map(
            |(value, name)| {
                if value == name { value.clone() } else { format!("{value} AS {name}") }
            },
        )
        .collect();
    format!("SELECT {}\nFROM {from}\nGROUP BY {ALIKE}", columns.join(",\n  "))
}
