//! A small account: fourteen kinds of calls by the roles of four functions and a person, with copies, denials and failures.

use super::random::Random;
use super::{ACCOUNT, REGION};

/// A function of the made-up account.
struct Function {
    name: &'static str,
    role: &'static str,
    /// Whether its records say which function the credentials were issued to.
    is_named: bool,
}

const FUNCTIONS: [Function; 5] = [
    Function { name: "thumbnailer", role: "thumbnailer-exec", is_named: true },
    Function { name: "orders", role: "lambda/orders-exec", is_named: true },
    Function { name: "mailer", role: "lambda/shared-exec", is_named: false },
    Function { name: "audit", role: "lambda/shared-exec", is_named: false },
    Function { name: "jane", role: "developers/console", is_named: false },
];

pub(super) struct Maker {
    pub(super) keys: u64,
    pub(super) next_key: u64,
}

/// What differs between the kinds of calls.
struct Call {
    source: &'static str,
    name: &'static str,
    parameters: String,
    response: String,
    extra: String,
    resources: String,
    is_data: bool,
    is_read: bool,
    invoked_by: &'static str,
    error: &'static str,
}

impl Maker {
    fn key(&mut self) -> String {
        let number = self.next_key % self.keys;
        self.next_key += 1;
        format!(
            "in/2026/11/{:02}/order-{number:06}-{:04x}.json",
            1 + number % 28,
            number * 40_503 % 65_536
        )
    }

    pub(super) fn record(&mut self, index: u64, random: &mut Random) -> String {
        let function = &FUNCTIONS[random.below(FUNCTIONS.len() as u64) as usize];
        let kind = random.below(100);
        if kind >= 98 {
            return assume_role(index, random, function);
        }
        let call = self.call(kind, random);
        // Objects are the business of two functions: one reads what the other writes.
        let function = match call.name {
            "GetObject" | "HeadObject" => &FUNCTIONS[0],
            "PutObject" => &FUNCTIONS[1],
            _ => function,
        };
        let second = index / 3 % 60;
        let (day, hour, minute) = (1 + index / 30_000 % 28, index / 1_200 % 24, index / 20 % 60);
        let time = format!("2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        let Function { name, role, is_named } = function;
        let short = role.rsplit('/').next().unwrap_or(role);
        let scope = if *is_named {
            format!(
                ",\"inScopeOf\":{{\"issuerType\":\"AWS::Lambda::Function\",\"credentialsIssuedTo\":\"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}\"}}"
            )
        } else {
            String::new()
        };
        let via = call.invoked_by;
        let invoked =
            if via.is_empty() { String::new() } else { format!(",\"invokedBy\":\"{via}\"") };
        let (address, agent) = if via.is_empty() {
            (
                "203.0.113.24",
                "aws-sdk-rust/1.3.9 ua/2.1 api/s3#1.157.0 os/linux lang/rust#1.95.0 exec-env/AWS_Lambda_provided.al2023 m/E,b",
            )
        } else {
            (via, via)
        };
        let error = call.error;
        let error = if error.is_empty() {
            String::new()
        } else {
            format!(
                ",\"errorCode\":\"{error}\",\"errorMessage\":\"The request was not carried out: {error}\""
            )
        };
        let principal = format!("AROA{:0>17}", short.to_ascii_uppercase().replace('-', ""));
        format!(
            "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"AssumedRole\",\"principalId\":\"{principal}:{name}\",\"arn\":\"arn:aws:sts::{ACCOUNT}:assumed-role/{short}/{name}\",\"accountId\":\"{ACCOUNT}\",\"accessKeyId\":\"ASIA{access}\",\"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"Role\",\"principalId\":\"{principal}\",\"arn\":\"arn:aws:iam::{ACCOUNT}:role/{role}\",\"accountId\":\"{ACCOUNT}\",\"userName\":\"{short}\"}},\"attributes\":{{\"creationDate\":\"{time}\",\"mfaAuthenticated\":\"false\"}}}}{scope}{invoked}}},\"eventTime\":\"{time}\",\"eventSource\":\"{source}.amazonaws.com\",\"eventName\":\"{event}\",\"awsRegion\":\"{REGION}\",\"sourceIPAddress\":\"{address}\",\"userAgent\":\"{agent}\"{error},\"requestParameters\":{parameters},\"responseElements\":{response},\"additionalEventData\":{extra},\"requestID\":\"{request}\",\"eventID\":\"{id}\",\"readOnly\":{read},\"resources\":{resources},\"eventType\":\"AwsApiCall\",\"managementEvent\":{management},\"recipientAccountId\":\"{ACCOUNT}\",\"eventCategory\":\"{category}\",\"tlsDetails\":{{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\"{source}.{REGION}.amazonaws.com\"}}}}",
            access = random.letters(16),
            source = call.source,
            event = call.name,
            parameters = call.parameters,
            response = call.response,
            extra = call.extra,
            request = random.letters(16),
            id = random.uuid(),
            read = call.is_read,
            resources = call.resources,
            management = !call.is_data,
            category = if call.is_data { "Data" } else { "Management" },
        )
    }

    fn call(&mut self, kind: u64, random: &mut Random) -> Call {
        match kind {
            0..30 => self.object("GetObject", random),
            30..45 => self.object("PutObject", random),
            45..50 => self.object("HeadObject", random),
            50..53 => listed(random),
            53..65 => item("GetItem", true, ""),
            65..73 => item(
                "PutItem",
                false,
                if random.below(9) == 0 { "ConditionalCheckFailedException" } else { "" },
            ),
            73..80 => item("Query", true, ""),
            80..85 => queue(),
            85..88 => secret(),
            88..92 => decrypt(),
            92..94 => invoke(),
            94..96 => topic(),
            _ => parameter(random),
        }
    }

    fn object(&mut self, name: &'static str, random: &mut Random) -> Call {
        let size = random.below(900_000);
        let is_read = name != "PutObject";
        let (key, error) = match random.below(200) {
            // What a role may not touch lies apart from what it may.
            0 => (format!("legal-hold/case-{}.json", random.below(40)), "AccessDenied"),
            1 if is_read => (self.key(), "NoSuchKey"),
            _ => (self.key(), ""),
        };
        Call {
            source: "s3",
            name,
            parameters: format!(
                "{{\"bucketName\":\"acme-orders\",\"Host\":\"acme-orders.s3.{REGION}.amazonaws.com\",\"key\":\"{key}\",\"x-id\":\"{name}\"}}"
            ),
            response: if is_read {
                "null".into()
            } else {
                "{\"x-amz-server-side-encryption\":\"AES256\"}".into()
            },
            extra: format!(
                "{{\"SignatureVersion\":\"SigV4\",\"CipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"bytesTransferredIn\":0,\"AuthenticationMethod\":\"AuthHeader\",\"x-amz-id-2\":\"{}\",\"bytesTransferredOut\":{size}}}",
                random.letters(76)
            ),
            resources: format!(
                "[{{\"type\":\"AWS::S3::Object\",\"ARN\":\"arn:aws:s3:::acme-orders/{key}\"}},{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::S3::Bucket\",\"ARN\":\"arn:aws:s3:::acme-orders\"}}]"
            ),
            is_data: true,
            is_read,
            invoked_by: "",
            error,
        }
    }
}

fn listed(random: &mut Random) -> Call {
    Call {
        source: "s3",
        name: "ListObjects",
        parameters: format!(
            "{{\"list-type\":\"2\",\"bucketName\":\"acme-orders\",\"prefix\":\"in/2026/11/\",\"Host\":\"acme-orders.s3.{REGION}.amazonaws.com\"}}"
        ),
        response: "null".into(),
        extra: format!(
            "{{\"SignatureVersion\":\"SigV4\",\"bytesTransferredOut\":{}}}",
            random.below(90_000)
        ),
        resources: format!(
            "[{{\"type\":\"AWS::S3::Object\",\"ARNPrefix\":\"arn:aws:s3:::acme-orders/in/2026/11/\"}},{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::S3::Bucket\",\"ARN\":\"arn:aws:s3:::acme-orders\"}}]"
        ),
        is_data: true,
        is_read: true,
        invoked_by: "",
        error: "",
    }
}

fn item(name: &'static str, is_read: bool, error: &'static str) -> Call {
    let index = if name == "Query" { ",\"indexName\":\"by-date\"" } else { "" };
    Call {
        source: "dynamodb",
        name,
        parameters: format!(
            "{{\"tableName\":\"orders-prod\"{index},\"key\":{{\"id\":\"***\"}},\"consistentRead\":false,\"returnConsumedCapacity\":\"NONE\"}}"
        ),
        response: "null".into(),
        extra: "{}".into(),
        resources: format!(
            "[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::DynamoDB::Table\",\"ARN\":\"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders-prod\"}}]"
        ),
        is_data: true,
        is_read,
        invoked_by: "",
        error,
    }
}

fn management(source: &'static str, name: &'static str, parameters: String) -> Call {
    Call {
        source,
        name,
        parameters,
        response: "null".into(),
        extra: "{}".into(),
        resources: "null".into(),
        is_data: false,
        is_read: true,
        invoked_by: "",
        error: "",
    }
}

fn queue() -> Call {
    let parameters = format!(
        "{{\"queueUrl\":\"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work\",\"messageBody\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}}"
    );
    let resources = format!(
        "[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::SQS::Queue\",\"ARN\":\"arn:aws:sqs:{REGION}:{ACCOUNT}:work\"}}]"
    );
    Call {
        is_data: true,
        is_read: false,
        resources,
        ..management("sqs", "SendMessage", parameters)
    }
}

fn secret() -> Call {
    management("secretsmanager", "GetSecretValue", "{\"secretId\":\"orders/stripe\"}".into())
}

fn decrypt() -> Call {
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab");
    let parameters = format!(
        "{{\"encryptionContext\":{{\"aws:dynamodb:tableName\":\"orders-prod\",\"aws:dynamodb:subscriberId\":\"{ACCOUNT}\"}},\"encryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"}}"
    );
    let resources =
        format!("[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::KMS::Key\",\"ARN\":\"{key}\"}}]");
    Call {
        resources,
        invoked_by: "dynamodb.amazonaws.com",
        ..management("kms", "Decrypt", parameters)
    }
}

fn invoke() -> Call {
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:audit");
    let resources = format!(
        "[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::Lambda::Function\",\"ARN\":\"{arn}\"}}]"
    );
    let parameters = format!("{{\"functionName\":\"{arn}\",\"invocationType\":\"Event\"}}");
    Call { is_data: true, is_read: false, resources, ..management("lambda", "Invoke", parameters) }
}

fn topic() -> Call {
    let arn = format!("arn:aws:sns:{REGION}:{ACCOUNT}:receipts");
    let resources =
        format!("[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::SNS::Topic\",\"ARN\":\"{arn}\"}}]");
    let parameters =
        format!("{{\"topicArn\":\"{arn}\",\"message\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}}");
    Call { is_data: true, is_read: false, resources, ..management("sns", "Publish", parameters) }
}

fn parameter(random: &mut Random) -> Call {
    let name = ["/orders/tax-rate", "/orders/currency"][random.below(2) as usize];
    management("ssm", "GetParameter", format!("{{\"name\":\"{name}\",\"withDecryption\":true}}"))
}

/// Lambda takes the role for a new environment.
fn assume_role(index: u64, random: &mut Random, function: &Function) -> String {
    let time = format!("2026-11-{:02}T06:{:02}:00Z", 1 + index / 30_000 % 28, index / 20 % 60);
    let Function { name, role, .. } = function;
    format!(
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"AWSService\",\"invokedBy\":\"lambda.amazonaws.com\"}},\"eventTime\":\"{time}\",\"eventSource\":\"sts.amazonaws.com\",\"eventName\":\"AssumeRole\",\"awsRegion\":\"{REGION}\",\"sourceIPAddress\":\"lambda.amazonaws.com\",\"userAgent\":\"lambda.amazonaws.com\",\"requestParameters\":{{\"roleArn\":\"arn:aws:iam::{ACCOUNT}:role/{role}\",\"roleSessionName\":\"{name}\"}},\"responseElements\":{{\"credentials\":{{\"accessKeyId\":\"ASIA{access}\",\"sessionToken\":\"{token}\",\"expiration\":\"{time}\"}}}},\"requestID\":\"{request}\",\"eventID\":\"{id}\",\"readOnly\":true,\"resources\":[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::IAM::Role\",\"ARN\":\"arn:aws:iam::{ACCOUNT}:role/{role}\"}}],\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"{ACCOUNT}\",\"sharedEventID\":\"{shared}\",\"eventCategory\":\"Management\"}}",
        access = random.letters(16),
        token = random.letters(400),
        request = random.uuid(),
        id = random.uuid(),
        shared = random.uuid(),
    )
}
