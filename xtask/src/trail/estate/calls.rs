//! The calls of the landscape: what each asks, what it is answered, on what, and how it ends.

use std::fmt::Write;

use super::super::random::Random;
use super::{Estate, WORDS, Worker};

/// What differs between calls; the rest of a record is the same for all.
pub(super) struct Call {
    pub(super) source: &'static str,
    pub(super) name: &'static str,
    pub(super) parameters: String,
    pub(super) response: String,
    pub(super) extra: Option<String>,
    pub(super) resources: String,
    pub(super) is_data: bool,
    pub(super) is_read: bool,
    pub(super) invoked_by: &'static str,
    /// Code and message of the error.
    pub(super) error: Option<(&'static str, String)>,
}

impl Call {
    fn management(source: &'static str, name: &'static str, parameters: String) -> Self {
        Self {
            source,
            name,
            parameters,
            response: "null".into(),
            extra: None,
            resources: String::new(),
            is_data: false,
            is_read: true,
            invoked_by: "",
            error: None,
        }
    }
}

impl Estate {
    pub(super) fn call(&self, worker: &Worker, index: u64, random: &mut Random) -> Call {
        let kind = random.below(100);
        if self.only_objects {
            return self.object(worker, "GetObject", index, random);
        }
        // What a role does follows from what it is for; all of them read a secret now and then.
        match (worker.role % 5, kind) {
            (_, 0..3) => self.secret(worker),
            (_, 3..6) => self.decrypt(worker, "dynamodb.amazonaws.com"),
            (0 | 1, 6..55) => self.object(worker, "GetObject", index, random),
            (0 | 1, 55..80) => self.object(worker, "PutObject", index, random),
            (0 | 1, 80..90) => self.object(worker, "HeadObject", index, random),
            (0 | 1, _) => self.listed(worker, random),
            (2, 6..40) => self.item(worker, "GetItem", random),
            (2, 40..70) => self.item(worker, "UpdateItem", random),
            (2, 70..95) => self.item(worker, "Query", random),
            (2, _) => self.batch(worker),
            (3, 6..35) => self.queue(worker, "SendMessage"),
            (3, 35..60) => self.queue(worker, "DeleteMessage"),
            (3, 60..75) => self.topic(worker),
            (3, 75..85) => self.invoke(worker),
            (3, 85..95) => self.buses(worker, random),
            (3, _) => self.executed(worker, random),
            (_, 6..12) => self.launched(worker, random),
            (_, 12..30) => self.instances(worker, random),
            (_, 30..50) => self.metric(worker),
            (_, 50..65) => self.parameter(worker, random),
            (_, 65..80) => self.stream(worker, index),
            (_, 80..90) => self.assume(worker, random),
            _ => Call::management("sts", "GetCallerIdentity", "null".into()),
        }
    }

    fn denied(&self, worker: &Worker, action: &str, arn: &str) -> Option<(&'static str, String)> {
        let Self { account, .. } = self;
        let function = worker.function();
        Some((
            "AccessDenied",
            format!(
                r#"User: arn:aws:sts::{account}:assumed-role/{function}-exec/{function} is not authorized to perform: {action} on resource: \"{arn}\" because no identity-based policy allows the {action} action"#
            ),
        ))
    }

    fn object(&self, worker: &Worker, name: &'static str, index: u64, random: &mut Random) -> Call {
        let Self { account, region, keys, .. } = self;
        let number = index % keys;
        let bucket = format!("acme-{}-{account}", WORDS[(number % 10) as usize]);
        let is_read = name != "PutObject";
        let mut key = format!(
            "in/2026/11/{:02}/{}-{number:07}-{:04x}.json",
            1 + number % 28,
            WORDS[(number / 10 % 10) as usize],
            number * 40_503 % 65_536
        );
        let error = match random.below(100) {
            // What a role may not touch lies apart from what it may.
            0 => {
                key = format!("legal-hold/case-{}.json", random.below(40));
                self.denied(worker, &format!("s3:{name}"), &format!("arn:aws:s3:::{bucket}/{key}"))
            }
            1 if is_read => Some(("NoSuchKey", "The specified key does not exist.".into())),
            _ => None,
        };
        Call {
            parameters: format!(
                r#"{{"bucketName":"{bucket}","Host":"{bucket}.s3.{region}.amazonaws.com","key":"{key}","x-id":"{name}"}}"#
            ),
            response: if is_read || error.is_some() {
                "null".into()
            } else {
                r#"{"x-amz-server-side-encryption":"AES256"}"#.into()
            },
            extra: Some(format!(
                r#"{{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":{},"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{}=","bytesTransferredOut":{}}}"#,
                if is_read { 0 } else { random.below(900_000) },
                random.letters(75),
                if is_read { random.below(900_000) } else { 0 }
            )),
            resources: format!(
                r#"[{{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::{bucket}/{key}"}},{{"accountId":"{account}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::{bucket}"}}]"#
            ),
            is_data: true,
            is_read,
            error,
            ..Call::management("s3", name, String::new())
        }
    }

    fn listed(&self, worker: &Worker, random: &mut Random) -> Call {
        let Self { account, region, .. } = self;
        let bucket = format!("acme-{}-{account}", worker.word);
        Call {
            extra: Some(format!(
                r#"{{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{}=","bytesTransferredOut":{}}}"#,
                random.letters(75),
                random.below(90_000)
            )),
            resources: format!(
                r#"[{{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::{bucket}/in/2026/11/"}},{{"accountId":"{account}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::{bucket}"}}]"#
            ),
            is_data: true,
            ..Call::management(
                "s3",
                "ListObjects",
                format!(
                    r#"{{"list-type":"2","bucketName":"{bucket}","prefix":"in/2026/11/","Host":"{bucket}.s3.{region}.amazonaws.com"}}"#
                ),
            )
        }
    }

    fn table(&self, worker: &Worker) -> (String, String) {
        let Self { account, region, .. } = self;
        let table = format!(
            "{}-{}",
            worker.word,
            if worker.role.is_multiple_of(2) { "prod" } else { "eu" }
        );
        let arn = format!("arn:aws:dynamodb:{region}:{account}:table/{table}");
        let resources =
            format!(r#"[{{"accountId":"{account}","type":"AWS::DynamoDB::Table","ARN":"{arn}"}}]"#);
        (table, resources)
    }

    fn item(&self, worker: &Worker, name: &'static str, random: &mut Random) -> Call {
        let (table, resources) = self.table(worker);
        let id = random.uuid();
        let parameters = match name {
            "Query" => format!(
                r#"{{"tableName":"{table}","indexName":"by-date","keyConditionExpression":"d = :d","limit":{},"scanIndexForward":false}}"#,
                25 + random.below(4) * 25
            ),
            "UpdateItem" => format!(
                r#"{{"tableName":"{table}","key":{{"tenant":"***","id":"{id}"}},"returnValues":"ALL_NEW","conditionExpression":"attribute_exists(id) AND version = :v"}}"#
            ),
            _ => format!(
                r#"{{"tableName":"{table}","key":{{"tenant":"***","id":"{id}"}},"consistentRead":false,"returnConsumedCapacity":"NONE"}}"#
            ),
        };
        let error = match name {
            "UpdateItem" if random.below(9) == 0 => {
                Some(("ConditionalCheckFailedException", "The conditional request failed".into()))
            }
            _ => None,
        };
        Call {
            resources,
            is_data: true,
            is_read: name != "UpdateItem",
            error,
            ..Call::management("dynamodb", name, parameters)
        }
    }

    fn batch(&self, worker: &Worker) -> Call {
        let (table, resources) = self.table(worker);
        Call {
            resources,
            is_data: true,
            ..Call::management(
                "dynamodb",
                "BatchGetItem",
                format!(
                    r#"{{"requestItems":{{"{table}":{{"keys":[{{"id":"***"}},{{"id":"***"}}],"consistentRead":false}}}}}}"#
                ),
            )
        }
    }

    fn queue(&self, worker: &Worker, name: &'static str) -> Call {
        let Self { account, region, .. } = self;
        let queue = format!("{}-work", worker.word);
        let url = format!("https://sqs.{region}.amazonaws.com/{account}/{queue}");
        let (what, response) = if name == "SendMessage" {
            (
                r#""messageBody":"HIDDEN_DUE_TO_SECURITY_REASONS""#,
                r#"{"messageId":"4c2d8e3f-0a1b-4c2d-8e3f-3f0c1d5e0a1b","mD5OfMessageBody":"0cc175b9c0f1b6a831c399e269772661"}"#,
            )
        } else {
            (r#""receiptHandle":"HIDDEN_DUE_TO_SECURITY_REASONS""#, "null")
        };
        Call {
            response: response.into(),
            resources: format!(
                r#"[{{"accountId":"{account}","type":"AWS::SQS::Queue","ARN":"arn:aws:sqs:{region}:{account}:{queue}"}}]"#
            ),
            is_data: true,
            is_read: false,
            ..Call::management("sqs", name, format!(r#"{{"queueUrl":"{url}",{what}}}"#))
        }
    }

    fn topic(&self, worker: &Worker) -> Call {
        let Self { account, region, .. } = self;
        let arn = format!("arn:aws:sns:{region}:{account}:{}-events", worker.word);
        Call {
            response: r#"{"messageId":"d1c5b7e8-12ab-54cd-86ef-1234567890ab"}"#.into(),
            resources: format!(
                r#"[{{"accountId":"{account}","type":"AWS::SNS::Topic","ARN":"{arn}"}}]"#
            ),
            is_data: true,
            is_read: false,
            ..Call::management(
                "sns",
                "Publish",
                format!(r#"{{"topicArn":"{arn}","message":"HIDDEN_DUE_TO_SECURITY_REASONS"}}"#),
            )
        }
    }

    fn invoke(&self, worker: &Worker) -> Call {
        let Self { account, region, .. } = self;
        let called = WORDS[((worker.role + 3) % 10) as usize];
        let arn = format!("arn:aws:lambda:{region}:{account}:function:{called}-render");
        Call {
            resources: format!(
                r#"[{{"accountId":"{account}","type":"AWS::Lambda::Function","ARN":"{arn}"}}]"#
            ),
            extra: Some(format!(r#"{{"functionVersion":"{arn}:7"}}"#)),
            is_data: true,
            is_read: false,
            ..Call::management(
                "lambda",
                "Invoke",
                format!(r#"{{"functionName":"{called}-render","invocationType":"Event"}}"#),
            )
        }
    }

    fn buses(&self, worker: &Worker, random: &mut Random) -> Call {
        let mut entries = String::new();
        let mut answers = String::new();
        for number in 0..1 + random.below(3) {
            let comma = if number == 0 { "" } else { "," };
            let _ = write!(
                entries,
                r#"{comma}{{"time":"Nov 3, 2026, 8:30:00 AM","source":"acme.{}","detailType":"OrderPlaced","detail":"HIDDEN_DUE_TO_SECURITY_REASONS","eventBusName":"acme-main"}}"#,
                worker.word
            );
            let _ = write!(answers, r#"{comma}{{"eventId":"{}"}}"#, random.uuid());
        }
        Call {
            response: format!(r#"{{"failedEntryCount":0,"entries":[{answers}]}}"#),
            is_read: false,
            ..Call::management("events", "PutEvents", format!(r#"{{"entries":[{entries}]}}"#))
        }
    }

    fn executed(&self, worker: &Worker, random: &mut Random) -> Call {
        let Self { account, region, .. } = self;
        let (machine, run) = (format!("{}-flow", worker.word), random.uuid());
        let place = format!("arn:aws:states:{region}:{account}");
        Call {
            response: format!(
                r#"{{"executionArn":"{place}:execution:{machine}:{run}","startDate":"Nov 3, 2026, 8:30:00 AM"}}"#
            ),
            is_read: false,
            ..Call::management(
                "states",
                "StartExecution",
                format!(
                    r#"{{"stateMachineArn":"{place}:stateMachine:{machine}","name":"{run}","input":"***"}}"#
                ),
            )
        }
    }

    fn secret(&self, worker: &Worker) -> Call {
        let parameters = format!(r#"{{"secretId":"{}/stripe"}}"#, worker.word);
        Call::management("secretsmanager", "GetSecretValue", parameters)
    }

    fn decrypt(&self, worker: &Worker, invoked_by: &'static str) -> Call {
        let Self { account, region, .. } = self;
        let (table, _) = self.table(worker);
        let key =
            format!("arn:aws:kms:{region}:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab");
        Call {
            resources: format!(
                r#"[{{"accountId":"{account}","type":"AWS::KMS::Key","ARN":"{key}"}}]"#
            ),
            invoked_by,
            ..Call::management(
                "kms",
                "Decrypt",
                format!(
                    r#"{{"encryptionContext":{{"aws:dynamodb:tableName":"{table}","aws:dynamodb:subscriberId":"{account}"}},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}}"#
                ),
            )
        }
    }

    fn parameter(&self, worker: &Worker, random: &mut Random) -> Call {
        let name = ["tax-rate", "currency", "limits"][random.below(3) as usize];
        let parameters = format!(r#"{{"name":"/{}/{name}","withDecryption":true}}"#, worker.word);
        Call::management("ssm", "GetParameter", parameters)
    }

    fn metric(&self, worker: &Worker) -> Call {
        let parameters = format!(
            r#"{{"namespace":"acme/{}","metricData":[{{"metricName":"Latency","dimensions":[{{"name":"Stage","value":"prod"}},{{"name":"Function","value":"{}"}}],"unit":"Milliseconds"}}]}}"#,
            worker.word,
            worker.function()
        );
        Call { is_read: false, ..Call::management("monitoring", "PutMetricData", parameters) }
    }

    fn stream(&self, worker: &Worker, index: u64) -> Call {
        let function = worker.function();
        let parameters = format!(
            r#"{{"logGroupName":"/aws/lambda/{function}","logStreamName":"2026/11/03/[$LATEST]{:032x}"}}"#,
            u128::from(index) * 0x9e37_79b9_7f4a_7c15_f39c_c060
        );
        Call { is_read: false, ..Call::management("logs", "CreateLogStream", parameters) }
    }

    fn assume(&self, worker: &Worker, random: &mut Random) -> Call {
        let Self { account, .. } = self;
        let role = format!("arn:aws:iam::444455556666:role/partner/{}-reader", worker.word);
        let session = worker.function();
        let error = match random.below(8) {
            0 => self.denied(worker, "sts:AssumeRole", &role),
            _ => None,
        };
        Call {
            response: if error.is_some() {
                "null".into()
            } else {
                format!(
                    r#"{{"credentials":{{"accessKeyId":"ASIA{}","sessionToken":"{}","expiration":"Nov 3, 2026, 9:30:00 AM"}},"assumedRoleUser":{{"assumedRoleId":"AROA{}:{session}","arn":"arn:aws:sts::444455556666:assumed-role/{}-reader/{session}"}}}}"#,
                    random.letters(16),
                    random.letters(300),
                    random.letters(17),
                    worker.word
                )
            },
            resources: format!(
                r#"[{{"accountId":"{account}","type":"AWS::IAM::Role","ARN":"{role}"}}]"#
            ),
            error,
            ..Call::management(
                "sts",
                "AssumeRole",
                format!(
                    r#"{{"roleArn":"{role}","roleSessionName":"{session}","durationSeconds":3600}}"#
                ),
            )
        }
    }

    fn instances(&self, worker: &Worker, random: &mut Random) -> Call {
        let mut items = String::new();
        for number in 0..1 + random.below(6) {
            let comma = if number == 0 { "" } else { "," };
            let _ = write!(items, r#"{comma}{{"instanceId":"i-{:017x}"}}"#, random.next() >> 4);
        }
        let parameters = format!(
            r#"{{"instancesSet":{{"items":[{items}]}},"filterSet":{{"items":[{{"name":"tag:team","valueSet":{{"items":[{{"value":"{}"}}]}}}},{{"name":"instance-state-name","valueSet":{{"items":[{{"value":"running"}},{{"value":"pending"}}]}}}}]}}}}"#,
            worker.word
        );
        let error = match random.below(20) {
            0 => Some((
                "Client.UnauthorizedOperation",
                r#"You are not authorized to perform this operation. User: \"self\" is not authorized to perform: ec2:DescribeInstances"#.to_owned(),
            )),
            _ => None,
        };
        Call { error, ..Call::management("ec2", "DescribeInstances", parameters) }
    }

    fn launched(&self, worker: &Worker, random: &mut Random) -> Call {
        let Self { account, region, .. } = self;
        let mut instances = String::new();
        for number in 0..1 + random.below(2) {
            let comma = if number == 0 { "" } else { "," };
            let (id, face) = (random.next() >> 4, random.next() >> 4);
            let host = 4 + random.below(250);
            let _ = write!(
                instances,
                r#"{comma}{{"instanceId":"i-{id:017x}","imageId":"ami-0abcdef1234567890","bootMode":"uefi-preferred","instanceState":{{"code":0,"name":"pending"}},"privateDnsName":"ip-10-0-1-{host}.{region}.compute.internal","amiLaunchIndex":{number},"productCodes":{{}},"instanceType":"m7g.large","launchTime":1793694600000,"placement":{{"availabilityZone":"{region}a","tenancy":"default"}},"monitoring":{{"state":"pending"}},"subnetId":"subnet-0123456789abcdef0","vpcId":"vpc-0123456789abcdef0","privateIpAddress":"10.0.1.{host}","stateReason":{{"code":"pending","message":"pending"}},"architecture":"arm64","rootDeviceType":"ebs","rootDeviceName":"/dev/xvda","blockDeviceMapping":{{}},"virtualizationType":"hvm","hypervisor":"xen","tagSet":{{"items":[{{"key":"team","value":"{word}"}},{{"key":"Name","value":"{word}-{host}"}}]}},"groupSet":{{"items":[{{"groupId":"sg-0123456789abcdef0","groupName":"{word}"}}]}},"sourceDestCheck":true,"networkInterfaceSet":{{"items":[{{"networkInterfaceId":"eni-{face:017x}","subnetId":"subnet-0123456789abcdef0","vpcId":"vpc-0123456789abcdef0","ownerId":"{account}","status":"in-use","macAddress":"0a:1b:2c:3d:4e:{host:02x}","privateIpAddress":"10.0.1.{host}","sourceDestCheck":true,"interfaceType":"interface","attachment":{{"attachmentId":"eni-attach-{face:017x}","deviceIndex":0,"networkCardIndex":0,"status":"attaching","attachTime":1793694600000,"deleteOnTermination":true}}}}]}},"ebsOptimized":false,"enaSupport":true,"cpuOptions":{{"coreCount":2,"threadsPerCore":1}},"capacityReservationSpecification":{{"capacityReservationPreference":"open"}},"enclaveOptions":{{"enabled":false}},"metadataOptions":{{"state":"pending","httpTokens":"required","httpPutResponseHopLimit":2,"httpEndpoint":"enabled"}}}}"#,
                word = worker.word
            );
        }
        Call {
            response: format!(
                r#"{{"requestId":"{}","reservationId":"r-{:017x}","ownerId":"{account}","groupSet":{{}},"instancesSet":{{"items":[{instances}]}}}}"#,
                random.uuid(),
                random.next() >> 4
            ),
            is_read: false,
            ..Call::management(
                "ec2",
                "RunInstances",
                format!(
                    r#"{{"instancesSet":{{"items":[{{"imageId":"ami-0abcdef1234567890","minCount":1,"maxCount":2}}]}},"instanceType":"m7g.large","blockDeviceMapping":{{}},"monitoring":{{"enabled":false}},"disableApiTermination":false,"subnetId":"subnet-0123456789abcdef0","clientToken":"{}","iamInstanceProfile":{{"name":"{}-host"}},"tagSpecificationSet":{{"items":[{{"resourceType":"instance","tags":[{{"key":"team","value":"{}"}}]}}]}}}}"#,
                    random.uuid(),
                    worker.word,
                    worker.word
                ),
            )
        }
    }
}
