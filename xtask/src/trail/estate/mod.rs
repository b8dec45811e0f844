//! A large account landscape: four hundred roles in four places, each busy in its own way with a few of a dozen services.
//!
//! Made to weigh what real logs weigh: about 1.8 kB an event, nested parameters and answers, the credentials of
//! `AssumeRole`, bodies of `RunInstances`, denials whose messages quote ARNs, names of objects that keep changing.

mod calls;

use std::fmt::Write;

use super::random::Random;
use calls::Call;

/// Accounts with their Regions; a file is about one of them.
const PLACES: [(&str, &str); 4] = [
    ("111122223333", "eu-west-1"),
    ("111122223333", "us-east-1"),
    ("444455556666", "eu-west-1"),
    ("444455556666", "eu-central-1"),
];

/// Roles of a place.
const ROLES: u64 = 100;

/// Execution environments of a function at the same time, each with credentials of its own.
const ENVIRONMENTS: u64 = 4;

/// Events of a place between two changes of all its credentials: some hours.
const EVENTS_A_SHIFT: u64 = 12_000;

/// Words that names are made of.
const WORDS: [&str; 10] = [
    "orders",
    "billing",
    "thumbnail",
    "ledger",
    "catalog",
    "mailer",
    "search",
    "audit",
    "export",
    "session",
];

/// One file's worth of the landscape.
pub(in crate::trail) struct Estate {
    account: &'static str,
    region: &'static str,
    keys: u64,
    only_objects: bool,
}

/// A role at work.
struct Worker {
    role: u64,
    word: &'static str,
    environment: u64,
    shift: u64,
}

impl Worker {
    fn function(&self) -> String {
        format!("{}-{:02}", self.word, self.role)
    }

    /// Some roles have a path.
    fn path(&self) -> &'static str {
        ["", "service/", "lambda/prod/", ""][(self.role % 4) as usize]
    }
}

impl Estate {
    pub(in crate::trail) fn new(file: u64, keys: u64, only_objects: bool) -> Self {
        let (account, region) = PLACES[(file % PLACES.len() as u64) as usize];
        Self { account, region, keys, only_objects }
    }

    pub(in crate::trail) fn place(&self) -> (&'static str, &'static str) {
        (self.account, self.region)
    }

    /// Appends the event `index` to `text`.
    pub(in crate::trail) fn record(&mut self, index: u64, random: &mut Random, text: &mut String) {
        let role = random.below(ROLES);
        let worker = Worker {
            role,
            word: WORDS[(role % WORDS.len() as u64) as usize],
            environment: random.below(ENVIRONMENTS),
            shift: index / EVENTS_A_SHIFT,
        };
        // Writing to a string cannot fail.
        let _ = match random.below(100) {
            0..2 if !self.only_objects => self.assumed_by_lambda(&worker, index, random, text),
            _ => {
                let call = self.call(&worker, index, random);
                self.by_role(&worker, &call, index, random, text)
            }
        };
    }

    fn time(index: u64) -> String {
        let second = index * 2 + index % 7;
        let (day, of_day) = (1 + second / 86_400 % 28, second % 86_400);
        format!("2026-11-{day:02}T{:02}:{:02}:{:02}Z", of_day / 3600, of_day / 60 % 60, of_day % 60)
    }

    fn by_role(
        &self,
        worker: &Worker,
        call: &Call,
        index: u64,
        random: &mut Random,
        text: &mut String,
    ) -> std::fmt::Result {
        let Self { account, region, .. } = self;
        let (function, path) = (worker.function(), worker.path());
        let name = format!("{function}-exec");
        // The same role and environment have the same credentials until the next shift.
        let mut credentials = Random(
            worker.role << 32
                ^ worker.environment << 24
                ^ worker.shift << 40
                ^ account.len() as u64,
        );
        let id = Random(worker.role ^ 0x5eed).letters(17);
        let began = Self::time(worker.shift * EVENTS_A_SHIFT + worker.environment * 131);
        write!(
            text,
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","principalId":"AROA{id}:{function}","arn":"arn:aws:sts::{account}:assumed-role/{name}/{function}","accountId":"{account}","accessKeyId":"ASIA{}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROA{id}","arn":"arn:aws:iam::{account}:role/{path}{name}","accountId":"{account}","userName":"{name}"}},"attributes":{{"creationDate":"{began}","mfaAuthenticated":"false"}}}}"#,
            credentials.letters(16),
        )?;
        if !call.invoked_by.is_empty() {
            write!(text, r#","invokedBy":"{}""#, call.invoked_by)?;
        }
        if !worker.role.is_multiple_of(3) {
            write!(
                text,
                r#","inScopeOf":{{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:aws:lambda:{region}:{account}:function:{function}"}}"#
            )?;
        }
        let agent = match worker.role % 3 {
            _ if !call.invoked_by.is_empty() => call.invoked_by.to_owned(),
            0 => "aws-sdk-rust/1.3.9 ua/2.1 api/s3#1.157.0 os/linux lang/rust#1.95.0 exec-env/AWS_Lambda_provided.al2023 m/E,b".to_owned(),
            1 => "[Boto3/1.35.20 md/Botocore#1.35.20 ua/2.0 os/linux#5.10.226 md/arch#x86_64 lang/python#3.12.5 exec-env/AWS_Lambda_python3.12 cfg/retry-mode#legacy Botocore/1.35.20]".to_owned(),
            _ => "aws-sdk-nodejs/2.1692.0 linux/v20.17.0 exec-env/AWS_Lambda_nodejs20.x promise".to_owned(),
        };
        let address = if call.invoked_by.is_empty() {
            format!("10.{}.{}.{}", worker.role % 8, worker.environment, worker.shift % 250 + 1)
        } else {
            call.invoked_by.to_owned()
        };
        write!(
            text,
            r#"}},"eventTime":"{}","eventSource":"{}.amazonaws.com","eventName":"{}","awsRegion":"{region}","sourceIPAddress":"{address}","userAgent":"{agent}""#,
            Self::time(index),
            call.source,
            call.name
        )?;
        if let Some((code, message)) = &call.error {
            write!(text, r#","errorCode":"{code}","errorMessage":"{message}""#)?;
        }
        write!(
            text,
            r#","requestParameters":{},"responseElements":{}"#,
            call.parameters, call.response
        )?;
        if let Some(extra) = &call.extra {
            write!(text, r#","additionalEventData":{extra}"#)?;
        }
        write!(
            text,
            r#","requestID":"{}","eventID":"{}","readOnly":{}"#,
            random.uuid(),
            random.uuid(),
            call.is_read
        )?;
        if !call.resources.is_empty() {
            write!(text, r#","resources":{}"#, call.resources)?;
        }
        write!(
            text,
            r#","eventType":"AwsApiCall","managementEvent":{},"recipientAccountId":"{account}","eventCategory":"{}","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{}.{region}.amazonaws.com"}}}}"#,
            !call.is_data,
            if call.is_data { "Data" } else { "Management" },
            call.source
        )
    }

    /// Lambda takes the role for a new environment.
    fn assumed_by_lambda(
        &self,
        worker: &Worker,
        index: u64,
        random: &mut Random,
        text: &mut String,
    ) -> std::fmt::Result {
        let Self { account, region, .. } = self;
        let time = Self::time(index);
        let (function, path) = (worker.function(), worker.path());
        let role = format!("arn:aws:iam::{account}:role/{path}{function}-exec");
        write!(
            text,
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}},"eventTime":"{time}","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"{region}","sourceIPAddress":"lambda.amazonaws.com","userAgent":"lambda.amazonaws.com","requestParameters":{{"roleArn":"{role}","roleSessionName":"{function}"}},"responseElements":{{"credentials":{{"accessKeyId":"ASIA{}","sessionToken":"{}","expiration":"{time}"}}}},"requestID":"{}","eventID":"{}","readOnly":true,"resources":[{{"accountId":"{account}","type":"AWS::IAM::Role","ARN":"{role}"}}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"{account}","sharedEventID":"{}","eventCategory":"Management"}}"#,
            random.letters(16),
            random.letters(400),
            random.uuid(),
            random.uuid(),
            random.uuid(),
        )
    }
}
