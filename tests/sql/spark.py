"""Spark runs the SQL that `policy-cli observe --emit-sql spark` prints, and shows what the native reader shows.

usage: spark.py POLICY_CLI FOLDER

FOLDER is emptied; Spark's own files go there too. Everything listens on the loopback alone and ends with the test.
"""

import csv
import gzip
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import made_up

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VIEW_PATH = "s3a://BUCKET/AWSLogs/ACCOUNT/CloudTrail/"
COLUMNS = (
    "policy_reduced_trail kind record records events first_time last_time smallest event_id shared_event_id is_addendum corrected_event_id"
).split()


class Cli:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def run(self, *arguments, may_fail=False):
        command = [self.program, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, cwd=self.folder)
        assert may_fail or done.returncode == 0, f"{command}: {done.stderr.decode()}"
        return done

    def observed(self, name, *inputs):
        """The file that `observe` writes, with every event that may be only counted."""
        # Beside a result of a query events are counted; this one has an event that is in no trail.
        self.run("observe", *inputs, "--join", "counting.jsonl", "--out", f"{name}.json")
        with open(os.path.join(self.folder, f"{name}.json"), encoding="utf-8") as file:
            return PLACE.sub('"id":"a place"', file.read())

    def generated(self, *inputs):
        done = self.run("generate", "--merge", "observed", *inputs, may_fail=True)
        return done.returncode, PLACE_IN_EVIDENCE.sub('"a place"', done.stdout.decode()), done.stderr


# What stands in for an id that a record lacks.
PLACE = re.compile(r'"id":"[^"]*, record [0-9]+"')
PLACE_IN_EVIDENCE = re.compile(r'"[^"]*, record [0-9]+"')

COUNTING = [
    {
        "policy_reduced_trail": 1, "kind": "counted", "records": 1, "events": 1, "record": '{"eventType":"AwsServiceEvent"}',
        "first_time": "2026-01-01T00:00:00Z", "last_time": "2026-01-01T00:00:00Z",
        "smallest": "2026-01-01T00:00:00Z ffffffff-ffff-4fff-8fff-ffffffffffff",
    },
    {"policy_reduced_trail": 1, "kind": "files", "records": 1, "events": 1},
]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """Spark Connect over a local cluster: two workers in processes of their own."""

    def __init__(self, folder):
        self.port = free_port()
        settings = {
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": self.port,
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.local.dir": os.path.join(folder, "spark-local"),
            "spark.sql.warehouse.dir": os.path.join(folder, "spark-warehouse"),
            "spark.sql.shuffle.partitions": 2,
            "spark.ui.enabled": "false",
        }
        submit = os.path.join(os.path.dirname(sys.executable), "spark-submit")
        command = [submit, "--master", "local-cluster[2,1,1024]"]
        for key, value in settings.items():
            command += ["--conf", f"{key}={value}"]
        command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
        self.log = os.path.join(folder, "server.log")
        with open(self.log, "wb") as log:
            # A group of its own, to end the workers with it.
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True
            )

    def wait(self):
        for _ in range(240):
            assert self.process.poll() is None, self.tail()
            with open(self.log, encoding="utf-8", errors="replace") as log:
                if "Spark Connect server started at" in log.read():
                    return
            time.sleep(0.5)
        raise AssertionError(f"Spark did not start in two minutes: {self.tail()}")

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-2000:]

    def end(self):
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sign)
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                return


def records(value):
    """Every record in a JSON value, whatever stands around it."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return
    if isinstance(value, dict) and "eventSource" in value:
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from records(inner)


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return data


def cases(cli, folder):
    """The records of the repository's cases that the reader takes, each input as CloudTrail would deliver it."""
    os.makedirs(folder)
    root = os.path.join(ROOT, "policy-core/tests/cases/trail")
    count = 0
    for case in sorted(os.listdir(root)):
        for name in sorted(os.listdir(os.path.join(root, case))):
            path = os.path.join(root, case, name)
            if not name.startswith("input") or cli.run("observe", "--trail", path, may_fail=True).returncode:
                continue
            found = []
            for text in [read(path).decode()] if name.endswith(".json") else read(path).decode().splitlines():
                found += records(json.loads(text)) if text.strip() else []
            if found:
                count += 1
                with open(os.path.join(folder, f"{case}-{name}.json"), "w", encoding="utf-8") as file:
                    json.dump({"Records": found}, file)
    assert count > 40, count


def trails(cli, folder):
    """Every trail by name: a folder whose files are all as CloudTrail delivers them."""
    made_up.trail().write(os.path.join(folder, "made-up"))
    cases(cli, os.path.join(folder, "cases"))
    found = {
        "made-up": os.path.join(folder, "made-up"),
        "cases": os.path.join(folder, "cases"),
        "example": os.path.join(ROOT, "examples/order-api/trail/AWSLogs/111122223333/CloudTrail"),
    }
    corpus = os.environ.get("POLICY_CORPUS")
    if corpus:
        # Those that are delivered files, in place.
        found["corpus"] = os.path.join(corpus, "cloudtrail/invictus")
        found["corpus-events"] = os.path.join(corpus, "cloudtrail/traildiscover.records.json.gz")
    else:
        print("POLICY_CORPUS is not set: the corpus was not read")
    return found


def write_csv(path, rows):
    """As Athena writes results: everything in quotes, and nothing at all for NULL."""
    quoted = lambda cell: "" if cell is None else '"' + str(cell).replace('"', '""') + '"'
    with open(path, "w", encoding="utf-8", newline="") as file:
        for row in [COLUMNS, *([row.get(name) for name in COLUMNS] for row in rows)]:
            file.write(",".join(map(quoted, row)) + "\n")
    with open(path, encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) == len(rows) + 1


def write_json(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({name: cell for name, cell in row.items() if cell is not None}) + "\n")


def hold(cli, name, path, rows, seconds):
    """The rows show what the native reader shows of the same files."""
    native = cli.observed(f"{name}-native", "--trail", path)
    write_csv(os.path.join(cli.folder, f"{name}.csv"), rows)
    write_json(os.path.join(cli.folder, f"{name}.jsonl"), rows)
    for result in (f"{name}.csv", f"{name}.jsonl"):
        reduced = cli.observed(f"{name}-spark", "--join", result)
        assert reduced == native, f"{name}: {name}-spark.json and {name}-native.json in {cli.folder} differ"
    policies = cli.generated("--trail", path)
    assert policies == cli.generated("--observations", f"{name}.csv"), f"{name}: other policies"
    kinds = native.count('{"shows":')
    print(f"{name}: {len(rows)} rows, {kinds} kinds of events, as in the logs; {seconds:.1f} s")


def main(policy_cli, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": os.path.join(folder, "spark-work")}
    os.environ["TMPDIR"] = folder
    os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    os.environ.pop("SPARK_HOME", None)
    server = Server(folder)
    try:
        cli = Cli(os.path.abspath(policy_cli), folder)
        write_json(os.path.join(folder, "counting.jsonl"), COUNTING)
        found = trails(cli, folder)
        table, query = (
            cli.run("observe", "--emit-sql", "spark", "--part", part).stdout.decode() for part in ("table", "query")
        )
        assert VIEW_PATH in table
        server.wait()
        from pyspark.sql import SparkSession

        remote = f"sc://127.0.0.1:{server.port}"
        spark = SparkSession.builder.remote(remote).getOrCreate()
        try:
            for name, path in found.items():
                begun = time.time()
                spark.sql(table.replace(VIEW_PATH, path))
                rows = [row.asDict() for row in spark.sql(query).collect()]
                hold(cli, name, path, rows, time.time() - begun)
        finally:
            # While there is a server to say it to.
            spark.stop()
        engine(cli, found, remote)
    finally:
        server.end()


def engine(cli, found, remote):
    """The same through `observe --engine spark`."""
    inputs = ["--trail", found["example"], found["made-up"]]
    native = cli.observed("engine-native", *inputs)
    spark = cli.observed("engine-spark", "--engine", "spark", "--remote", remote, *inputs)
    assert spark == native, "the engine: other observations"
    bad = os.path.join(cli.folder, "bad")
    os.makedirs(bad)
    with open(os.path.join(bad, "a.json"), "w", encoding="utf-8") as file:
        file.write('{"Records":[{')
    refused = cli.run("observe", "--engine", "spark", "--remote", remote, "--trail", bad, "--out", "bad.json", may_fail=True)
    said = refused.stderr.decode()
    assert refused.returncode == 2 and not os.path.exists(os.path.join(cli.folder, "bad.json")), said
    assert "Spark could not reduce the logs" in said and "a.json" in said and "\tat " not in said, said
    print("the engine shows what the native reader shows, and names the file that it cannot read")


if __name__ == "__main__":
    main(sys.argv[1], os.path.abspath(sys.argv[2]))
