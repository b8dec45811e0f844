//! The logs as a table: where they lie and which members there are.

use super::{Dialect, literal};
use crate::iam::{AccountId, Region};

/// The table in Athena.
const TABLE: &str = "cloudtrail_for_policies";
/// The view in Spark: one row for each file; further ones have a number.
const VIEW: &str = "cloudtrail_files";

/// Members of a record and their types, in the words of Hive and of Spark alike. Names ignore case in Athena; in Spark they are the
/// names in the JSON.
const COLUMNS: [(&str, &str); 16] = [
    ("eventVersion", "STRING"),
    (
        "userIdentity",
        "STRUCT<type:STRING, arn:STRING, principalId:STRING, accountId:STRING, invokedBy:STRING, \
         sessionContext:STRUCT<sessionIssuer:STRUCT<type:STRING, arn:STRING>>, \
         inScopeOf:STRUCT<issuerType:STRING, credentialsIssuedTo:STRING>>",
    ),
    ("eventTime", "STRING"),
    ("eventSource", "STRING"),
    ("eventName", "STRING"),
    ("awsRegion", "STRING"),
    ("errorCode", "STRING"),
    ("errorMessage", "STRING"),
    ("requestParameters", "STRING"),
    ("responseElements", "STRING"),
    ("eventID", "STRING"),
    ("resources", "ARRAY<STRUCT<ARN:STRING, accountId:STRING>>"),
    ("eventType", "STRING"),
    ("sharedEventID", "STRING"),
    ("eventCategory", "STRING"),
    ("addendum", "STRUCT<reason:STRING, originalEventID:STRING>"),
];

/// Where CloudTrail delivers.
///
/// What is not given stands in the text as a word in capitals, to be replaced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// The folder that holds a folder for each account; `None` when it is not given.
    pub place: Option<Place>,
    /// The accounts whose logs are read.
    pub accounts: Vec<AccountId>,
    /// The Regions whose logs are read.
    pub regions: Vec<Region>,
    /// The first day, by the date of delivery; 90 days ago when it is not given.
    pub from: Option<Day>,
    /// The last day; today when it is not given.
    pub to: Option<Day>,
}

/// A day, written `2026-11-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(jiff::civil::Date);

impl Day {
    /// As CloudTrail names folders: `2026/11/01`.
    fn folder(self) -> String {
        let Self(date) = self;
        format!("{:04}/{:02}/{:02}", date.year(), date.month(), date.day())
    }
}

impl std::str::FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let wrong = || DayError(text.into());
        if text.len() != 10 {
            return Err(wrong());
        }
        text.parse().map(Self).map_err(|_| wrong())
    }
}

/// Not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a day such as `2026-11-01`")]
pub struct DayError(Box<str>);

impl Layout {
    /// The pattern of folders that Spark reads: of all accounts and Regions where none is given, and of all days.
    #[must_use]
    pub fn pattern(&self) -> Option<String> {
        let place = &self.place.as_ref()?.0;
        let any = |words: Vec<&str>| match words.as_slice() {
            [] => "*".to_owned(),
            [one] => (*one).to_owned(),
            several => format!("{{{}}}", several.join(",")),
        };
        let accounts = any(self.accounts.iter().map(AccountId::as_str).collect());
        let regions = any(self.regions.iter().map(Region::as_str).collect());
        Some(format!("{place}/{accounts}/CloudTrail/{regions}"))
    }
}

/// `s3://BUCKET/[PREFIX/]AWSLogs/[ORGANIZATION/]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Box<str>);

/// Not the folder to which CloudTrail delivers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not where CloudTrail delivers: expected `s3://BUCKET/AWSLogs/`, with the prefix of the trail before `AWSLogs/` and the organization's id after it where there are such"
)]
pub struct PlaceError(Box<str>);

impl std::str::FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let wrong = || PlaceError(text.into());
        let folders = text.strip_prefix("s3://").ok_or_else(wrong)?;
        let folders = folders.strip_suffix('/').unwrap_or(folders);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "!-_.*()/".contains(c);
        if !folders.chars().all(is_plain) || folders.split('/').any(str::is_empty) {
            return Err(wrong());
        }
        let mut from_end = folders.rsplit('/');
        let last = from_end.next().unwrap_or_default();
        let logs = if last.starts_with("o-") { from_end.next() } else { Some(last) };
        if logs != Some("AWSLogs") || from_end.next().is_none() {
            return Err(wrong());
        }
        Ok(Self(format!("s3://{folders}").into()))
    }
}

fn columns(indent: &str, separator: &str) -> String {
    let columns: Vec<String> =
        COLUMNS.iter().map(|(name, kind)| format!("{indent}{name}{separator}{kind}")).collect();
    columns.join(",\n")
}

/// The table in Athena, with projected partitions: none has to be added by hand.
pub(super) fn athena(layout: &Layout) -> String {
    let place = layout.place.as_ref().map_or("s3://BUCKET/AWSLogs", |place| &place.0);
    let given = |words: Vec<&str>, missing: &str| {
        if words.is_empty() { missing.to_owned() } else { words.join(",") }
    };
    let accounts = given(layout.accounts.iter().map(AccountId::as_str).collect(), "ACCOUNT");
    let regions = given(layout.regions.iter().map(Region::as_str).collect(), "REGION");
    let day = |day: Option<Day>, missing: &str| day.map_or_else(|| missing.to_owned(), Day::folder);
    let (from, to) = (day(layout.from, "NOW-90DAYS"), day(layout.to, "NOW"));
    format!(
        "CREATE EXTERNAL TABLE IF NOT EXISTS {TABLE} (
{columns}
)
PARTITIONED BY (account STRING, region STRING, day STRING)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION '{place}/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '{accounts}',
  'projection.region.type' = 'enum',
  'projection.region.values' = '{regions}',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '{from},{to}',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = '{place}/${{account}}/CloudTrail/${{region}}/${{day}}'
)",
        columns = columns("  ", " ").to_lowercase().replace("string", "STRING"),
    )
}

/// The members of each record in Athena.
pub(super) fn athena_records(layout: &Layout) -> String {
    let names: Vec<String> = COLUMNS.iter().map(|(name, _)| name.to_lowercase()).collect();
    let mut days = Vec::new();
    if let Some(from) = layout.from {
        days.push(format!("day >= '{}'", from.folder()));
    }
    if let Some(to) = layout.to {
        days.push(format!("day <= '{}'", to.folder()));
    }
    let filter =
        if days.is_empty() { String::new() } else { format!("\nWHERE {}", days.join(" AND ")) };
    format!("SELECT \"$path\" AS path,\n  {}\nFROM {TABLE}{filter}", names.join(", "))
}

/// A view in Spark for each path. It stops at a file that is no JSON.
pub(super) fn spark(paths: &[String]) -> Vec<String> {
    // Members that are no text there keep the JSON that they are.
    let columns =
        columns("    ", ": ").replace("ARRAY<STRUCT<ARN:STRING, accountId:STRING>>", "STRING");
    let missing = ["s3a://BUCKET/AWSLogs/ACCOUNT/CloudTrail/".to_owned()];
    let paths = if paths.is_empty() { &missing } else { paths };
    let view = |(at, path): (usize, &String)| {
        format!(
            "CREATE OR REPLACE TEMPORARY VIEW {view} (
  Records ARRAY<STRUCT<
{columns}>>
) USING json OPTIONS (
  path {path},
  multiLine 'true',
  recursiveFileLookup 'true',
  pathGlobFilter '*.json{{,.gz}}',
  mode 'FAILFAST'
)",
            view = view_name(at),
            path = literal(Dialect::Spark, path),
        )
    };
    paths.iter().enumerate().map(view).collect()
}

fn view_name(at: usize) -> String {
    if at == 0 { VIEW.to_owned() } else { format!("{VIEW}_{}", at + 1) }
}

/// The members of each record in Spark, of all `views`.
pub(super) fn spark_records(views: usize) -> String {
    let of = |at| {
        let view = view_name(at);
        format!("SELECT input_file_name() AS path, explode(Records) AS record FROM {view}")
    };
    let all: Vec<String> = (0..views).map(of).collect();
    format!("SELECT path, record.* FROM (\n  {}) AS files", all.join("\n  UNION ALL "))
}
