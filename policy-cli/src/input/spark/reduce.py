"""Runs the reduction on Spark: reduce.py FOLDER [REMOTE].

FOLDER holds tables.json and query.sql; rows.jsonl is written there, or problem.txt with one line for people.
"""

import json
import os
import socket
import sys
from urllib.parse import urlsplit

FOLDER, REMOTE = sys.argv[1], (sys.argv[2:] or [None])[0]


def text(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def is_there(remote):
    """Asked before the client, which would try for minutes."""
    url = urlsplit(remote)
    with socket.create_connection((url.hostname, url.port or 15002), timeout=20):
        pass


def reduce():
    if REMOTE:
        try:
            is_there(REMOTE)
        except (OSError, ValueError) as error:
            raise SystemExit(f"no Spark Connect server answers at `{REMOTE}` ({error})")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("policy-cli observe")
    spark = (builder.remote(REMOTE) if REMOTE else builder).getOrCreate()
    try:
        for table in json.loads(text("tables.json")):
            spark.sql(table)
        with open(os.path.join(FOLDER, "rows.jsonl"), "w", encoding="utf-8") as file:
            for row in spark.sql(text("query.sql")).toLocalIterator():
                cells = {name: cell for name, cell in row.asDict().items() if cell is not None}
                file.write(json.dumps(cells, ensure_ascii=False) + "\n")
    finally:
        spark.stop()


def line(error):
    """What went wrong, without the stack of the engine."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


try:
    reduce()
except BaseException as error:
    with open(os.path.join(FOLDER, "problem.txt"), "w", encoding="utf-8") as file:
        file.write(line(error))
    sys.exit(1)
