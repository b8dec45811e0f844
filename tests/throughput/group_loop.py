"""Groups the calls of roles in CloudTrail files with a plain loop, as scripts do.

Reads file names from the file that is named; prints seconds, groups and calls.
"""

import gzip
import json
import sys
import time


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as names:
        files = names.read().split("\n")
    start = time.monotonic()
    groups = {}
    for name in files:
        with gzip.open(name) as packed:
            records = json.load(packed)["Records"]
        for record in records:
            identity = record["userIdentity"]
            if identity.get("type") != "AssumedRole":
                continue
            resources = record.get("resources") or [{}]
            key = (
                identity["sessionContext"]["sessionIssuer"]["arn"],
                record["eventSource"],
                record["eventName"],
                record.get("errorCode"),
                resources[0].get("ARN"),
            )
            time_of_event = record["eventTime"]
            group = groups.get(key)
            if group is None:
                groups[key] = [1, time_of_event, time_of_event]
            else:
                group[0] += 1
                group[1] = min(group[1], time_of_event)
                group[2] = max(group[2], time_of_event)
    calls = sum(group[0] for group in groups.values())
    print(time.monotonic() - start, len(groups), calls)


main()
