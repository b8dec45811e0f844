"""Groups the calls of roles in CloudTrail files with DuckDB's `read_json`, on two threads.

Reads file names from the file that is named; prints seconds, groups and calls.
"""

import sys
import time

import duckdb

SHAPE = """STRUCT(
    userIdentity STRUCT("type" VARCHAR, sessionContext STRUCT(sessionIssuer STRUCT(arn VARCHAR))),
    eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR, errorCode VARCHAR,
    resources STRUCT("ARN" VARCHAR)[])[]"""

QUERY = f"""
SELECT count(*), sum(calls)::BIGINT FROM (
    SELECT r.userIdentity.sessionContext.sessionIssuer.arn AS role, r.eventSource AS source, r.eventName AS name,
        r.errorCode AS error, r.resources[1].ARN AS resource,
        count(*) AS calls, min(r.eventTime) AS first_seen, max(r.eventTime) AS last_seen
    FROM (SELECT unnest(Records) AS r
          FROM read_json(?, columns = {{Records: '{SHAPE}'}}, maximum_object_size = 200000000))
    WHERE r.userIdentity.type = 'AssumedRole'
    GROUP BY ALL)
"""


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as names:
        files = names.read().split("\n")
    connection = duckdb.connect(config={"threads": 2})
    start = time.monotonic()
    groups, calls = connection.execute(QUERY, [files]).fetchone()
    print(time.monotonic() - start, groups, calls)


main()
