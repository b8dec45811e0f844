//! Which events a trail is said to record: `--data-events`, in words or as AWS prints event selectors.
//!
//! A selector counts only as far as it is understood in full: a field or operator that is not known makes it count for
//! nothing, and is reported.
//!
//! # Source
//! AWS CloudTrail API Reference, "EventSelector", "DataResource", "AdvancedEventSelector" and "AdvancedFieldSelector".

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::direction::Direction;
use crate::finding::{Code, Finding};
use crate::iam::{Pattern, Token};

/// Event selectors; what any of them takes is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selectors {
    takes: BTreeSet<Takes>,
    /// The Region of the trail, where its ARN is there.
    region: Option<Box<str>>,
    /// Whether somebody says so of the resources themselves, rather than of a trail, which may be of one Region.
    of_resources: bool,
}

/// What one selector takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Takes {
    /// Data events of this `resources.type`; `None`: management events.
    kind: Option<Box<str>>,
    read: bool,
    write: bool,
    /// All of them must hold for `resources.ARN`.
    arns: Vec<Test>,
    /// All of them must hold for `eventName`.
    names: Vec<Test>,
    /// All of them must hold for `eventSource`.
    sources: Vec<Test>,
}

/// One operator of a field with its values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Test {
    operator: Operator,
    values: Vec<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operator {
    Equals,
    StartsWith,
    EndsWith,
    NotEquals,
    NotStartsWith,
    NotEndsWith,
}

impl Operator {
    const ALL: [(&'static str, Self); 6] = [
        ("Equals", Self::Equals),
        ("StartsWith", Self::StartsWith),
        ("EndsWith", Self::EndsWith),
        ("NotEquals", Self::NotEquals),
        ("NotStartsWith", Self::NotStartsWith),
        ("NotEndsWith", Self::NotEndsWith),
    ];
}

impl Test {
    fn patterns(&self) -> impl Iterator<Item = Pattern> + '_ {
        self.values.iter().map(|value| {
            let mut pattern = Pattern::default();
            if matches!(self.operator, Operator::EndsWith | Operator::NotEndsWith) {
                pattern.push(Token::Run);
            }
            pattern.push_text(value);
            if matches!(self.operator, Operator::StartsWith | Operator::NotStartsWith) {
                pattern.push(Token::Run);
            }
            pattern
        })
    }

    /// Whether it holds for every text of `wanted`.
    fn holds(&self, wanted: &Pattern) -> bool {
        match self.operator {
            Operator::Equals | Operator::StartsWith | Operator::EndsWith => {
                self.patterns().any(|own| own.contains(wanted))
            }
            Operator::NotEquals | Operator::NotStartsWith | Operator::NotEndsWith => {
                self.patterns().all(|own| !own.intersects(wanted))
            }
        }
    }
}

/// Why a statement about selectors cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectorError {
    /// Words of another form.
    #[error("`{text}` is not `KIND:read,write[:ARN]`: {problem}")]
    Words {
        /// What was written.
        text: Box<str>,
        /// What is wrong.
        problem: String,
    },
    /// JSON that holds no event selectors.
    #[error("{problem}")]
    Json {
        /// What is wrong.
        problem: String,
    },
}

/// Short words for the kinds that functions use most.
const WORDS: [(&str, &str); 11] = [
    ("cognito-identity", "AWS::Cognito::IdentityPool"),
    ("dynamodb", "AWS::DynamoDB::Table"),
    ("dynamodb-streams", "AWS::DynamoDB::Stream"),
    ("firehose", "AWS::KinesisFirehose::DeliveryStream"),
    ("kinesis", "AWS::Kinesis::Stream"),
    ("lambda", "AWS::Lambda::Function"),
    ("rds-data", "AWS::RDS::DBCluster"),
    ("s3", "AWS::S3::Object"),
    ("s3express", "AWS::S3Express::Object"),
    ("sns", "AWS::SNS::Topic"),
    ("sqs", "AWS::SQS::Queue"),
];

impl Selectors {
    /// From words: `s3:read,write:arn:aws:s3:::acme-receipts/`, `dynamodb:read`, `AWS::SQS::Queue:write:arn:…`.
    ///
    /// An ARN that ends in `/`, `:` or `*` stands for all that begin so, any other for itself. Without one all resources of
    /// the kind are meant.
    ///
    /// # Errors
    /// [`SelectorError::Words`].
    pub fn from_words(text: &str) -> Result<Self, SelectorError> {
        let wrong = |problem: String| SelectorError::Words { text: text.into(), problem };
        let (kind, rest) = if text.starts_with("AWS::") {
            let end = text.match_indices(':').map(|(at, _)| at).nth(4);
            end.map(|end| (text[..end].to_owned(), &text[end + 1..]))
                .ok_or_else(|| wrong("it does not say `read`, `write` or `read,write`".into()))?
        } else {
            let (word, rest) = text
                .split_once(':')
                .ok_or_else(|| wrong("it does not say `read`, `write` or `read,write`".into()))?;
            let kind = WORDS.iter().find(|(short, _)| *short == word).map(|(_, kind)| *kind);
            let kind = kind.ok_or_else(|| {
                let words: Vec<String> = WORDS.iter().map(|(w, _)| format!("`{w}`")).collect();
                let words = words.join(", ");
                wrong(format!("`{word}` is neither {words} nor a type such as `AWS::SQS::Queue`"))
            })?;
            (kind.to_owned(), rest)
        };
        let (ways, arn) = match rest.split_once(':') {
            Some((ways, arn)) => (ways, Some(arn)),
            None => (rest, None),
        };
        let (mut read, mut write) = (false, false);
        for way in ways.split(',') {
            match way {
                "read" => read = true,
                "write" => write = true,
                other => return Err(wrong(format!("`{other}` is neither `read` nor `write`"))),
            }
        }
        let arns = match arn {
            None => Vec::new(),
            Some(arn) if arn.starts_with("arn:") => {
                let is_prefix = arn.ends_with(['/', ':', '*']);
                let value = arn.strip_suffix('*').unwrap_or(arn);
                if value.contains(['*', '?']) {
                    return Err(wrong("a wildcard stands at the end only".into()));
                }
                let operator = if is_prefix { Operator::StartsWith } else { Operator::Equals };
                vec![Test { operator, values: vec![value.into()] }]
            }
            Some(other) => return Err(wrong(format!("`{other}` is not an ARN"))),
        };
        let takes = Takes {
            kind: Some(kind.into()),
            read,
            write,
            arns,
            names: Vec::new(),
            sources: Vec::new(),
        };
        Ok(Self { takes: BTreeSet::from([takes]), region: None, of_resources: true })
    }

    /// From what `aws cloudtrail get-event-selectors` prints. `name` is the file.
    ///
    /// # Errors
    /// [`SelectorError::Json`] when it holds no event selectors.
    pub fn from_json(text: &str, name: &str) -> Result<(Self, Vec<Finding>), SelectorError> {
        let wrong = |problem: String| SelectorError::Json { problem };
        let value: Value =
            serde_json::from_str(text).map_err(|error| wrong(format!("is not JSON: {error}")))?;
        let lists = ["EventSelectors", "AdvancedEventSelectors"];
        let list = |member: &str| value.get(member).filter(|list| !list.is_null());
        if lists.iter().all(|member| list(member).is_none()) {
            return Err(wrong(
                "holds neither `EventSelectors` nor `AdvancedEventSelectors`".into(),
            ));
        }
        let mut selectors = Self::default();
        let region = value.get("TrailARN").and_then(Value::as_str).and_then(super::region_of);
        selectors.region = region.map(Into::into);
        let mut findings = Vec::new();
        for member in lists {
            let Some(list) = list(member) else { continue };
            let list = list.as_array().ok_or_else(|| wrong(format!("`{member}` is no list")))?;
            for (at, selector) in list.iter().enumerate() {
                let read = match member {
                    "EventSelectors" => basic(selector),
                    _ => advanced(selector),
                };
                match read {
                    Ok(takes) => selectors.takes.extend(takes),
                    Err(problem) => findings.push(
                        Finding::new(
                            Code::SelectorNotUnderstood,
                            format!("`{member}[{at}]` of `{name}` is left out: {problem}"),
                        )
                        .help("what only it takes counts as not recorded"),
                    ),
                }
            }
        }
        Ok((selectors, findings))
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.takes.extend(other.takes);
        // Two trails, and which of them takes what, are not told apart.
        self.region = match (self.region, other.region) {
            (Some(mine), Some(theirs)) if mine != theirs => None,
            (mine, theirs) => mine.or(theirs),
        };
        self.of_resources &= other.of_resources;
        self
    }

    pub(super) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    pub(super) fn are_of_every_region(&self) -> bool {
        self.of_resources
    }

    /// Whether data events of `kind` on all that `resource` names are taken, for every one of these operations.
    pub(super) fn show_data(
        &self,
        kind: &str,
        resource: &str,
        operations: &[&str],
        direction: Direction,
    ) -> bool {
        let wanted = Pattern::parse(&selected_by(kind, resource), true);
        let names: Vec<Pattern> = operations.iter().map(|name| Pattern::literal(name)).collect();
        self.every_way(direction, |takes, way| {
            takes.kind.as_deref() == Some(kind)
                && takes.goes(way)
                && takes.sources.is_empty()
                && takes.arns.iter().all(|test| test.holds(&wanted))
                && (takes.names.is_empty()
                    || (!names.is_empty()
                        && takes
                            .names
                            .iter()
                            .all(|test| names.iter().all(|name| test.holds(name)))))
        })
    }

    /// Whether management events of a service are taken.
    pub(super) fn show_management(&self, service: &str, direction: Direction) -> bool {
        let host = match service.to_ascii_lowercase().as_str() {
            "rds-data" => "rdsdata.amazonaws.com".to_owned(),
            other => format!("{other}.amazonaws.com"),
        };
        let source = Pattern::literal(&host);
        self.every_way(direction, |takes, way| {
            takes.kind.is_none()
                && takes.goes(way)
                && takes.arns.is_empty()
                && takes.names.is_empty()
                // Which hosts a service logs under is not always its prefix: only what is left out is told.
                && takes.sources.iter().all(|test| {
                    test.operator == Operator::NotEquals && test.holds(&source)
                })
        })
    }

    fn every_way(&self, direction: Direction, takes: impl Fn(&Takes, Direction) -> bool) -> bool {
        let some = |way| self.takes.iter().any(|one| takes(one, way));
        match direction {
            Direction::Either => some(Direction::Read) && some(Direction::Write),
            way => some(way),
        }
    }
}

impl Takes {
    fn goes(&self, way: Direction) -> bool {
        match way {
            Direction::Read => self.read,
            Direction::Write => self.write,
            Direction::Either => self.read && self.write,
        }
    }
}

/// What `resources.ARN` holds in the events of all that `resource` names.
fn selected_by(kind: &str, resource: &str) -> String {
    let container = crate::names::container::name(resource);
    match kind {
        // A call on a bucket is an event of its objects, whatever their names.
        "AWS::S3::Object" if container == resource => format!("{resource}/*"),
        "AWS::S3::Object" | "AWS::S3Express::Object" | "AWS::DynamoDB::Stream" => {
            resource.to_owned()
        }
        _ => container.to_owned(),
    }
}

fn texts(value: &Value, member: &str) -> Result<Vec<Box<str>>, String> {
    let list = value.as_array().ok_or_else(|| format!("`{member}` is no list"))?;
    let text = |one: &Value| one.as_str().map(Into::into);
    list.iter().map(text).collect::<Option<_>>().ok_or_else(|| format!("`{member}` holds no texts"))
}

fn members<'v>(value: &'v Value, known: &[&str]) -> Result<&'v Map<String, Value>, String> {
    let object = value.as_object().ok_or("it is no object")?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => Err(format!("`{unknown}` is not known")),
        None => Ok(object),
    }
}

/// A member of `EventSelectors`.
fn basic(value: &Value) -> Result<Vec<Takes>, String> {
    let known = [
        "DataResources",
        "ExcludeManagementEventSources",
        "IncludeManagementEvents",
        "ReadWriteType",
    ];
    let selector = members(value, &known)?;
    // What is left out is what the API takes by default.
    let (read, write) = match selector.get("ReadWriteType").map(Value::as_str) {
        None | Some(Some("All")) => (true, true),
        Some(Some("ReadOnly")) => (true, false),
        Some(Some("WriteOnly")) => (false, true),
        Some(_) => return Err("`ReadWriteType` is none of `All`, `ReadOnly`, `WriteOnly`".into()),
    };
    let blank =
        Takes { kind: None, read, write, arns: Vec::new(), names: Vec::new(), sources: Vec::new() };
    let mut takes = Vec::new();
    match selector.get("IncludeManagementEvents") {
        None | Some(Value::Bool(true)) => {
            let excluded = selector.get("ExcludeManagementEventSources");
            let excluded = excluded.map(|it| texts(it, "ExcludeManagementEventSources"));
            let values = excluded.transpose()?.unwrap_or_default();
            let mut management = blank.clone();
            if !values.is_empty() {
                management.sources.push(Test { operator: Operator::NotEquals, values });
            }
            takes.push(management);
        }
        Some(Value::Bool(false)) => {}
        Some(_) => return Err("`IncludeManagementEvents` is neither true nor false".into()),
    }
    let resources = match selector.get("DataResources") {
        None | Some(Value::Null) => &[][..],
        Some(list) => list.as_array().ok_or("`DataResources` is no list")?,
    };
    for resource in resources {
        let resource = members(resource, &["Type", "Values"])?;
        let kind = resource.get("Type").and_then(Value::as_str).ok_or("`Type` is no text")?;
        let values = texts(resource.get("Values").unwrap_or(&Value::Null), "Values")?;
        for value in values {
            let is_bare =
                value.split(':').nth(5).is_some_and(|it| !it.is_empty() && !it.contains('/'));
            if kind == "AWS::S3::Object" && is_bare {
                return Err(format!("`{value}` names a bucket, which takes a `/` at its end"));
            }
            // `arn:aws:s3` and `arn:aws:lambda` stand for all; objects are named by what their ARNs begin with.
            let is_whole = value.split(':').count() >= 6 && kind != "AWS::S3::Object";
            let operator = if is_whole { Operator::Equals } else { Operator::StartsWith };
            let arns = vec![Test { operator, values: vec![value] }];
            takes.push(Takes { kind: Some(kind.into()), arns, ..blank.clone() });
        }
    }
    Ok(takes)
}

/// A member of `AdvancedEventSelectors`.
fn advanced(value: &Value) -> Result<Vec<Takes>, String> {
    let selector = members(value, &["FieldSelectors", "Name"])?;
    let fields = selector.get("FieldSelectors").and_then(Value::as_array);
    let fields = fields.ok_or("`FieldSelectors` is no list")?;
    let mut category = None;
    let mut kinds: Option<Vec<Box<str>>> = None;
    let (mut read, mut write) = (true, true);
    let (mut arns, mut names, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    for field in fields {
        let field = field.as_object().ok_or("a field selector is no object")?;
        let name = field.get("Field").and_then(Value::as_str).ok_or("`Field` is no text")?;
        let mut tests = Vec::new();
        for (operator, values) in field.iter().filter(|(key, _)| *key != "Field") {
            let known = Operator::ALL.iter().find(|(word, _)| word == operator);
            let (_, known) = known.ok_or_else(|| format!("`{operator}` is not known"))?;
            let values = texts(values, operator)?;
            // The output of some clients holds all operators, those without values as empty lists.
            if !values.is_empty() {
                tests.push(Test { operator: *known, values });
            }
        }
        if tests.is_empty() {
            return Err(format!("`{name}` has no operator"));
        }
        let equals = || match tests.as_slice() {
            [Test { operator: Operator::Equals, values }] => Ok(values.clone()),
            _ => Err(format!("`{name}` has another operator than `Equals`")),
        };
        match name {
            "eventCategory" => category = Some(equals()?),
            "resources.type" => kinds = Some(equals()?),
            "readOnly" => {
                for value in [&mut read, &mut write] {
                    *value = false;
                }
                for value in equals()? {
                    match &*value {
                        "true" => read = true,
                        "false" => write = true,
                        other => return Err(format!("`readOnly` is `{other}`")),
                    }
                }
            }
            "resources.ARN" => arns.append(&mut tests),
            "eventName" => names.append(&mut tests),
            "eventSource" => sources.append(&mut tests),
            other => return Err(format!("the field `{other}` is not known")),
        }
    }
    let category = category.ok_or("it has no `eventCategory`")?;
    let takes = Takes { kind: None, read, write, arns, names, sources };
    match (category.iter().map(|it| &**it).collect::<Vec<_>>().as_slice(), kinds) {
        (["Management"], None) => Ok(vec![takes]),
        (["Data"], Some(kinds)) => {
            Ok(kinds.into_iter().map(|kind| Takes { kind: Some(kind), ..takes.clone() }).collect())
        }
        (["Data"], None) => Err("it has no `resources.type`".into()),
        // Neither tells of calls that become observations.
        (["NetworkActivity" | "Insight"], _) => Ok(Vec::new()),
        _ => Err("its `eventCategory` is not known".into()),
    }
}
