"""An emulator of AWS that enforces policies lets the order example do its work under its generated policy, and no longer when
the statement for it is taken out.

usage: enforce.py POLICY_CLI FOLDER

The emulator, ministack, listens on every address. It is started in a network namespace of its own, where there is nothing but the
loopback; where the system allows none, the test says so and is skipped. FOLDER holds its log.
"""

import copy
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REGION = "eu-west-1"
ACCOUNT = "111122223333"
ROLE = "order-api"
# The emulator makes no calls for Lambda, so that nothing carries the key; and no service of it asks KMS for a caller.
CARRIED_BY_LAMBDA_ALONE = "lambda:SourceFunctionArn"
FORWARDED = "kms:ViaService"
REFUSED = {"AccessDenied", "AccessDeniedException", "AccessDeniedFault", "403"}


def inside_a_namespace(arguments):
    """Runs this script again where the loopback is all there is."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return None
    script = 'ip link set lo up && exec "$@"'
    again = [sys.executable, "-B", os.path.abspath(__file__), "--inside", *arguments]
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode != 0:
        return None
    return subprocess.run(["unshare", "-rn", "sh", "-c", script, "sh", *again]).returncode


class Emulator:
    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        home = tempfile.mkdtemp(dir=folder)
        settings = {"GATEWAY_PORT": str(self.port), "AUTH": "true", "IOT_MTLS_ENABLED": "0", "HOME": home, "MINISTACK_ACCOUNT_ID": ACCOUNT}
        self.log = open(os.path.join(folder, "ministack.log"), "wb")
        self.process = subprocess.Popen(
            [os.path.join(os.path.dirname(sys.executable), "ministack")],
            env={**os.environ, **settings}, cwd=home, stdout=self.log, stderr=self.log,
        )

    def wait(self):
        for _ in range(300):
            assert self.process.poll() is None, "ministack ended; see its log"
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("ministack does not listen after 30 s")

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()

    def client(self, service, credentials=None):
        import boto3
        from botocore.config import Config

        credentials = credentials or {"AccessKeyId": "test", "SecretAccessKey": "test", "SessionToken": None}
        return boto3.client(
            service, endpoint_url=f"http://127.0.0.1:{self.port}", region_name=REGION,
            aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )


def generated(policy_cli, folder):
    """The statements that `generate` writes for the example."""
    out = os.path.join(folder, "policies")
    command = [policy_cli, "generate", "--crate", "examples/order-api", "--account", ACCOUNT, "--region", REGION, "--out", out, "-q"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    with open(os.path.join(out, "order-api", "execution-role.json"), encoding="utf-8") as file:
        document = json.load(file)
    for statement in document["Statement"]:
        for keys in list(statement.get("Condition", {}).values()):
            keys.pop(CARRIED_BY_LAMBDA_ALONE, None)
        statement["Condition"] = {operator: keys for operator, keys in statement.get("Condition", {}).items() if keys}
    return document


def world(emulator):
    """What the example works on."""
    root = emulator.client
    root("dynamodb").create_table(
        TableName="orders-prod", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "customer", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-customer", "KeySchema": [{"AttributeName": "customer", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
    )
    for bucket in ("acme-receipts", "acme-order-uploads"):
        root("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        root("s3").put_object(Bucket=bucket, Key="incoming/1.json", Body=b"{}")
    root("sqs").create_queue(QueueName="warehouse-prod")
    root("secretsmanager").create_secret(Name="order-api/stripe", SecretString="secret")


def calls(client):
    """What the example calls: the action that IAM decides on, and the call."""
    item = {"id": {"S": "1"}, "customer": {"S": "a"}}
    queue = client("sqs", None).get_queue_url(QueueName="warehouse-prod")["QueueUrl"]
    return {
        ("dynamodb:PutItem", "order"): lambda c: c("dynamodb").put_item(TableName="orders-prod", Item=item),
        ("dynamodb:GetItem", "order"): lambda c: c("dynamodb").get_item(TableName="orders-prod", Key={"id": {"S": "1"}}),
        ("dynamodb:UpdateItem", "order"): lambda c: c("dynamodb").update_item(
            TableName="orders-prod", Key={"id": {"S": "1"}}, UpdateExpression="SET paid = :p", ExpressionAttributeValues={":p": {"BOOL": True}}),
        ("dynamodb:Query", "index"): lambda c: c("dynamodb").query(
            TableName="orders-prod", IndexName="by-customer", KeyConditionExpression="customer = :c",
            ExpressionAttributeValues={":c": {"S": "a"}}),
        ("s3:PutObject", "acme-receipts/*"): lambda c: c("s3").put_object(Bucket="acme-receipts", Key="pay-1.json", Body=b"{}"),
        ("s3:GetObject", "acme-receipts/*"): lambda c: c("s3").get_object(Bucket="acme-receipts", Key="incoming/1.json"),
        ("s3:GetObject", "acme-order-uploads/"): lambda c: c("s3").get_object(Bucket="acme-order-uploads", Key="incoming/1.json"),
        ("s3:ListBucket", "acme-receipts"): lambda c: c("s3").list_objects_v2(Bucket="acme-receipts"),
        ("secretsmanager:GetSecretValue", "stripe"): lambda c: c("secretsmanager").get_secret_value(SecretId="order-api/stripe"),
        ("sqs:SendMessage", "warehouse"): lambda c: c("sqs").send_message(QueueUrl=queue, MessageBody="{}"),
    }


def answers(emulator, document, work):
    """Which calls are refused under a policy."""
    from botocore.exceptions import ClientError

    emulator.client("iam").put_role_policy(RoleName=ROLE, PolicyName="execution-role", PolicyDocument=json.dumps(document))
    role = emulator.client("iam").get_role(RoleName=ROLE)["Role"]["Arn"]
    session = emulator.client("sts").assume_role(RoleArn=role, RoleSessionName=ROLE)["Credentials"]
    refused = set()
    for call, make in work.items():
        try:
            make(lambda service: emulator.client(service, session))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            assert code in REFUSED, f"{call}: {error}"
            refused.add(call)
    return refused


def main(policy_cli, folder):
    emulator = Emulator(folder)
    try:
        emulator.wait()
        world(emulator)
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}]}
        emulator.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
        document = generated(policy_cli, folder)
        work = calls(emulator.client)
        refused = answers(emulator, document, work)
        assert not refused, f"refused under the whole policy: {sorted(refused)}"
        tried = set()
        for index, statement in enumerate(document["Statement"]):
            rest = copy.deepcopy(document)
            del rest["Statement"][index]
            refused = answers(emulator, rest, work)
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            if all(action.startswith("logs:") for action in actions):
                print(f"  {statement['Sid']}: for Lambda, not for the code")
                continue
            if FORWARDED in json.dumps(statement.get("Condition")):
                assert not refused, statement["Sid"]
                print(f"  {statement['Sid']}: for calls that a service forwards, which the emulator does not make")
                continue
            expected = {call for call in work if call[0] in actions and call[1] in json.dumps(statement["Resource"])}
            assert refused == expected, f"{statement['Sid']}: refused {sorted(refused)}, expected {sorted(expected)}"
            tried |= refused
            print(f"  {statement['Sid']}: without it {len(refused)} calls are refused")
        left = set(work) - tried
        assert not left, f"never refused: {sorted(left)}"
        print(f"{len(work)} calls pass under the generated policy; each of {len(tried)} fails without its statement")
    finally:
        emulator.end()


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        main(*sys.argv[2:])
    else:
        os.makedirs(sys.argv[2], exist_ok=True)
        code = inside_a_namespace(sys.argv[1:])
        if code is None:
            print("SKIPPED: no network namespace can be made here (`unshare -rn`), and ministack would listen on every address")
            code = 0
        sys.exit(code)
