//! CloudTrail records, written member by member.

use serde_json::{Value, json};

/// The account of the fixtures.
pub(super) const ACCOUNT: &str = "111122223333";

/// One record, a call of the role `orders-exec` by the function `orders` unless a test says otherwise.
#[derive(Clone)]
pub(super) struct Event(Value);

impl Event {
    /// A data event: `s3:GetObject`, the source being its first word.
    pub(super) fn data(call: &str, arn: &str) -> Self {
        Self::new(call, arn, "Data")
    }

    /// A management event.
    pub(super) fn management(call: &str, arn: &str) -> Self {
        Self::new(call, arn, "Management")
    }

    fn new(call: &str, arn: &str, category: &str) -> Self {
        let (service, name) = call.split_once(':').unwrap();
        let region = arn.split(':').nth(3).filter(|region| !region.is_empty());
        let resources = match arn {
            "" => json!([]),
            arn => json!([{ "ARN": arn, "accountId": ACCOUNT }]),
        };
        let event = Self(json!({
            "eventVersion": "1.11",
            "userIdentity": {},
            "eventTime": "2026-11-01T08:30:00Z",
            "eventSource": format!("{service}.amazonaws.com"),
            "eventName": name,
            "awsRegion": region.unwrap_or("eu-west-1"),
            "requestParameters": null,
            "responseElements": null,
            "eventType": "AwsApiCall",
            "eventCategory": category,
            "managementEvent": category == "Management",
            "recipientAccountId": ACCOUNT,
            "resources": resources,
        }));
        event.by("arn:aws:iam::111122223333:role/lambda/orders-exec", "orders").issued("orders")
    }

    /// Called in a session of a role.
    pub(super) fn by(mut self, role: &str, session: &str) -> Self {
        let name = role.rsplit('/').next().unwrap();
        let account = role.split(':').nth(4).unwrap();
        self.0["userIdentity"] = json!({
            "type": "AssumedRole",
            "principalId": format!("AROAEXAMPLE:{session}"),
            "arn": format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"),
            "accountId": account,
            "sessionContext": { "sessionIssuer": { "type": "Role", "arn": role, "accountId": account } },
        });
        self
    }

    /// With credentials that were issued to a function.
    pub(super) fn issued(mut self, function: &str) -> Self {
        self.0["userIdentity"]["inScopeOf"] = json!({
            "issuerType": "AWS::Lambda::Function",
            "credentialsIssuedTo": format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{function}"),
        });
        self
    }

    /// Sets one member, by its pointer: `/errorCode`.
    pub(super) fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        self.0.pointer_mut(parent).unwrap()[name] = value.into();
        self
    }

    /// On a day, counted from the first of August 2026.
    pub(super) fn day(self, day: u32) -> Self {
        let (month, day) = match day {
            0..=30 => (8, day + 1),
            31..=60 => (9, day - 30),
            61..=91 => (10, day - 60),
            _ => (11, day - 91),
        };
        self.with("/eventTime", format!("2026-{month:02}-{day:02}T08:30:00Z"))
    }
}

/// A log file; each record gets an id of its own by its place.
pub(super) fn log(events: &[Event]) -> String {
    let records: Vec<Value> = events
        .iter()
        .enumerate()
        .map(|(n, event)| {
            let mut record = event.0.clone();
            record["eventID"] = format!("00000000-0000-4000-8000-{n:012}").into();
            record
        })
        .collect();
    json!({ "Records": records }).to_string()
}
