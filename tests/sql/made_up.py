"""A made-up trail with everything that the statement has to get right: copies, corrections, contradictions, odd members."""

import gzip
import json
import os

ACCOUNT, OTHER = "111122223333", "444455556666"
REGION = "eu-west-1"


def identity(role="orders-exec", session="orders", issued=True, **more):
    """A session of a role that a function has."""
    found = {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/lambda/{role}",
                "userName": role,
            },
            "attributes": {"creationDate": "2026-11-01T08:00:00Z", "mfaAuthenticated": "false"},
        },
    }
    if issued:
        function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{session}"
        found["inScopeOf"] = {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": function}
    return found | more


class Trail:
    """Records, by file."""

    def __init__(self):
        self.files = {}
        self.number = 0

    def id(self):
        self.number += 1
        # Such that the order of ids is not that of times.
        return f"{self.number * 2654435761 % 2**32:08x}-0000-4000-8000-{self.number:012x}"

    def add(self, source, name, parameters=None, file="a", times=1, **more):
        for _ in range(times):
            event_id = self.id()
            second = self.number * 7 % 3600
            record = {
                "eventVersion": "1.11",
                "userIdentity": identity(),
                "eventTime": f"2026-11-01T08:{second // 60:02}:{second % 60:02}Z",
                "eventSource": f"{source}.amazonaws.com",
                "eventName": name,
                "awsRegion": REGION,
                "sourceIPAddress": f"192.0.2.{self.number % 250}",
                "userAgent": f"agent/{self.number}",
                "requestParameters": parameters,
                "responseElements": None,
                "requestID": f"request-{self.number}",
                "eventID": event_id,
                "readOnly": True,
                "eventType": "AwsApiCall",
                "managementEvent": False,
                "recipientAccountId": ACCOUNT,
                "eventCategory": "Data",
            }
            record |= more
            record = {key: value for key, value in record.items() if value is not ABSENT}
            self.put(record, file)
        return record

    def put(self, record, file):
        self.files.setdefault(file, []).append(record)

    def write(self, folder):
        """One line a file as CloudTrail writes it, and one with line breaks; most packed, one in two members."""
        folder = os.path.join(folder, "AWSLogs", ACCOUNT, "CloudTrail", REGION, "2026", "11", "01")
        os.makedirs(folder)
        for at, (name, records) in enumerate(sorted(self.files.items())):
            path = os.path.join(folder, f"{ACCOUNT}_CloudTrail_{REGION}_{name}.json")
            text = json.dumps({"Records": records}, ensure_ascii=at % 2 == 0, indent=at % 3 or None)
            data = text.encode()
            if at % 4 == 1:
                with open(path, "wb") as file:
                    file.write(data)
                continue
            with open(path + ".gz", "wb") as file:
                half = len(data) // 2
                file.write(gzip.compress(data[:half]) + gzip.compress(data[half:]))


ABSENT = object()


def trail():
    made = Trail()
    calls(made)
    parameters(made)
    outcomes(made)
    callers(made)
    copies(made)
    odd(made)
    return made


def calls(made):
    table = {"tableName": "orders-prod", "key": {"id": "x"}}
    made.add("dynamodb", "GetItem", table, times=40)
    made.add("dynamodb", "GetItem", table, file="b", times=30, userIdentity=identity(session="returns"))
    made.add("dynamodb", "Query", {"tableName": "orders-prod", "indexName": "by-date"}, times=3)
    for role in ("orders-exec", "nightly-exec"):
        for function in ("orders", "nightly"):
            for issued in (True, False):
                who = identity(role, function, issued)
                made.add("sqs", "SendMessage", queue(f"jobs-{function}"), file=role, times=2, userIdentity=who)
    for key in ("in/1.pdf", 'ü ☃ "quoted" \\ 🦀.pdf', "{in}/[x]", "tab\there\u0001", "it's, \u2028=%25"):
        arn = f"arn:aws:s3:::acme-invoices/{key}"
        resources = [{"type": "AWS::S3::Object", "ARN": arn}, {"accountId": OTHER, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::acme-invoices"}]
        for more in ({"resources": resources}, {}, {"resources": []}, {"resources": None}):
            request = {"bucketName": "acme-invoices", "key": key, "X-Amz-Date": f"day {made.number}"}
            made.add("s3", "GetObject", request, file="s3", times=2, **more)
    lower = [{"arn": f"arn:aws:s3:::acme-invoices/{name}"} for name in "ab"]
    made.add("s3", "GetObject", None, file="s3", resources=lower)
    made.add("s3", "GetObject", None, file="s3", resources=[{"ARN": "arn:aws:s3:::XXXX bucket"}, {"ARN": None}])


def queue(name):
    return {"queueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}", "messageBody": "HIDDEN"}


def parameters(made):
    def add(source, name, *requests):
        for request in requests:
            made.add(source, name, request, file="parameters", times=2)

    add("dynamodb", "PutItem", None, {}, "HIDDEN_DUE_TO_SECURITY_REASONS")
    # Only text is a name.
    for value in ("orders", 5, 5.5, True, None, ["orders"], {"orders": 1}, "", "5", "true", "null", '["orders"]', '{"a":1}'):
        add("dynamodb", "DeleteItem", {"tableName": value}, {"TableName": value})
        add("secretsmanager", "GetSecretValue", {"secretId": value, "versionId": value})
    put = {"put": {"tableName": "orders", "item": {"id": "1"}}}
    update = {"update": {"tableName": "lines", "updateExpression": "SET a = :a"}}
    add("dynamodb", "TransactWriteItems", {"transactItems": [put, update]}, {"transactItems": [{"other": 1}]}, {"transactItems": 7}, {"transactItems": "text"})
    add("dynamodb", "BatchGetItem", {"requestItems": {"orders": {"keys": []}, "ü": {}}}, {"requestItems": None})
    add("dynamodb", "ExecuteStatement", {"statement": 'SELECT * FROM "orders"."by-date" WHERE a = \'ü\''}, {"statement": "DROP"})
    add("dynamodb", "BatchExecuteStatement", {"statements": [{"statement": "DELETE FROM orders WHERE id = ?"}]})
    add("events", "PutEvents", {"entries": [{"eventBusName": "orders"}, {"source": "x"}]})
    add("ssm", "GetParameters", {"names": ["/orders/a", "/orders/b:3"]}, {"names": "text"})
    add("s3", "CopyObject", {"bucketName": "acme", "key": "to", "x-amz-copy-source": "acme/a%20b?versionId=1", "x-amz-tagging-directive": "COPY"})
    add("s3", "PutObject", {"bucketName": "acme", "key": "to", "X-Amz-Acl": "private", "x-amz-grant-read": "id=1", "x-amz-date": "now"})
    add("lambda", "Invoke", {"functionName": "jobs:live"}, {"functionName": "jobs", "qualifier": "7"})
    add("autoscaling", "DescribeScalingActivities", {"serviceNamespace": "ecs"}, {"autoScalingGroupName": "web"}, {})
    add("kms", "ReEncrypt", {"sourceKeyId": "a-b", "destinationKeyId": "alias/x"})
    add("sts", "AssumeRole", {"roleArn": f"arn:aws:iam::{OTHER}:role/x", "roleSessionName": "one"}, {"roleArn": f"arn:aws:iam::{OTHER}:role/x", "roleSessionName": "two"})


def outcomes(made):
    for code in ("AccessDenied", "Client.UnauthorizedOperation", "NoSuchKey", "ThrottlingException", "", None):
        for message in (ABSENT, None, "", "is NOT Authorized to perform", "User x: AccessDenied", "slow down: ü"):
            made.add("s3", "PutObject", {"bucketName": "acme", "key": "k"}, file="outcomes", times=2, errorCode=code, errorMessage=message)
    lacking = "User: arn:aws:sts::111122223333:assumed-role/orders-exec/orders is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/1 because no identity-based policy allows the kms:Decrypt action"
    for message in (lacking, lacking + " (Service: AWSKMS; Request ID: 1)", "The key does not exist, or you are not allowed to access. ü", "with an explicit deny"):
        for code in ("AccessDenied", ABSENT):
            made.add("s3", "GetObject", {"bucketName": "acme", "key": "k"}, file="outcomes", times=2, errorCode=code, errorMessage=message)
            made.add("s3", "GetObject", {"bucketName": "acme", "key": "a"}, file="outcomes", responseElements={"errorCode": "AccessDenied", "errorMessage": message})
    answers = [
        {"errorCode": "AccessDenied"}, {"errorMessage": "not authorized"}, {"errorCode": "X", "errorMessage": "y"}, {"errorCode": 5, "errorMessage": "y"},
        {"errorCode": "", "errorMessage": "is not authorized to"}, {"nested": {"errorCode": "AccessDenied"}}, {"errorMessage": None}, {"errorMessage": ""}, [1], "text", 5,
    ]
    for answer in answers:
        made.add("states", "StartExecution", {"stateMachineArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m"}, file="outcomes", times=2, responseElements=answer)


def callers(made):
    def add(who, times=2, **more):
        made.add("dynamodb", "Scan", {"tableName": "orders"}, file="callers", times=times, userIdentity=who, **more)

    for kind in ("IAMUser", "Root", "AWSAccount", "FederatedUser", None):
        add({"type": kind, "arn": f"arn:aws:iam::{ACCOUNT}:user/{made.number}", "invokedBy": "x"})
    add(None)
    add({})
    add({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"})
    add({"type": "AWSService"})
    add(identity(invokedBy="dynamodb.amazonaws.com"))
    add(identity(invokedBy="AWS Internal"))
    add(identity(issued=False, arn="arn:aws:sts::111122223333:assumed-role/orders-exec"))
    add(identity(issued=False, arn=None))
    add(identity(issued=False, principalId=None))
    add(identity(inScopeOf={}))
    add(identity(inScopeOf={"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": "arn:aws:lambda:eu-west-1:REDACTED:function:x"}))
    add(identity(sessionContext=None))
    add(identity(sessionContext={"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::XXX:role/x"}}))
    add(identity(sessionContext={"sessionIssuer": {"type": "User", "arn": "x"}}))
    add({"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/plain"})
    add(identity(), eventType="AwsServiceEvent")
    add(identity(), eventCategory="NetworkActivity", eventType="AwsVpceEvents")
    add(identity(), eventCategory="Insight", eventType="AwsCloudTrailInsight")
    add(identity(), eventCategory=ABSENT, eventType=ABSENT)
    add(identity(), eventCategory="Management")
    add(identity(), awsRegion=None)
    add(identity(), awsRegion="nowhere")
    for source in ("DynamoDB.amazonaws.com", "dynamodb.amazonaws.com.cn", "dynamodb", "unheard-of.amazonaws.com"):
        add(identity(), eventSource=source)


def copies(made):
    """Events that stand in several files."""

    def event(name, times=1, **more):
        return made.add("dynamodb", name, {"tableName": "copies"}, file="c", times=times, **more)

    # The same, in another file and in the same one.
    for _ in range(5):
        made.put(event("GetItem"), "d")
    same = event("GetItem")
    made.put(same, "c")
    # Copies that differ in nothing that matters, and in what does.
    made.put(event("GetItem") | {"userAgent": "another", "requestID": "another"}, "d")
    made.put(event("UpdateItem") | {"eventName": "DeleteItem"}, "d")
    made.put(event("UpdateItem") | {"eventTime": "2026-11-01T09:00:00Z"}, "d")
    made.put(event("UpdateItem") | {"errorCode": "AccessDenied"}, "d")
    made.put(event("UpdateItem") | {"userIdentity": {"type": "IAMUser"}}, "d")
    # Corrections, in whatever order they come.
    corrected = [event("PutItem") for _ in range(6)]
    for at, original in enumerate(corrected):
        addendum = {"reason": "UPDATED_DATA", "originalEventID": original["eventID"]}
        made.add("dynamodb", "BatchWriteItem", {"requestItems": {"copies": 1}}, file="bcd"[at % 3], times=at % 2 + 1, addendum=addendum)
    made.put(corrected[0], "d")
    event("Scan", addendum={"reason": "DELIVERY_DELAY"})
    event("Scan", addendum={"reason": "UPDATED_DATA", "originalEventID": "00000000-0000-4000-8000-00000000ffff"})
    itself = event("Query")
    made.put(itself | {"addendum": {"originalEventID": itself["eventID"]}}, "c")
    # Of one call in two accounts: with the same record, with another, with a correction.
    for at in range(6):
        shared = {"sharedEventID": made.id()}
        mine = event("GetItem", **shared)
        theirs = mine | {"eventID": made.id(), "recipientAccountId": OTHER}
        if at % 3 == 1:
            theirs["userIdentity"] = {"type": "AWSAccount", "accountId": ACCOUNT}
        if at % 3 == 2:
            addendum = {"reason": "UPDATED_DATA", "originalEventID": theirs["eventID"]}
            event("TransactWriteItems", addendum=addendum)
        made.put(theirs, "d")
        made.put(theirs, "b")
    alone = event("GetItem")
    # An id that is also the shared id of others.
    event("GetItem", sharedEventID=alone["eventID"])


def odd(made):
    table = {"tableName": "odd"}
    for event_id in ("EXAMPLE", "not-a-uuid, ü", made.id().upper()):
        made.put(made.add("dynamodb", "GetItem", table, file="e", eventID=event_id), "f")
    made.add("dynamodb", "UpdateItem", table, file="e", eventID=ABSENT)
    for time in ("2026-11-01 08:30:00", "2026-11-01T08:30:00.123Z", "2026-11-01T19:30:00+11:00", ABSENT, None):
        made.add("dynamodb", "GetItem", table, file="e", eventTime=time)
    for name in ("NoSuchOperation", "CreateTable20120810"):
        made.add("dynamodb", name, table, file="f", times=4)
    made.add("sts", "GetCallerIdentity", None, file="f", times=4)
    made.add("s3", "ListBuckets", None, file="f", times=4)
