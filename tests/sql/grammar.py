"""The SQL that `policy-cli observe --emit-sql` prints, read by grammars that this project did not write.

usage: grammar.py POLICY_CLI
"""

import subprocess
import sys

import sqlglot
import trino_sql_validator

# Amazon Athena User Guide, "Service Quotas": the most that a query may have, in bytes.
ATHENA_QUERY_BYTES = 262_144

PLACE = ["--bucket-location", "s3://acme-logs/team/AWSLogs/o-a1b2c3d4e5/"]
ACCOUNTS = ["--account", "111122223333", "444455556666", "--region", "eu-west-1", "us-east-1"]
DAYS = ["--from", "2026-11-01", "--to", "2026-11-30"]


def emitted(policy_cli, dialect, part, options):
    command = [policy_cli, "observe", "--emit-sql", dialect, "--part", part, *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def parsed(text, dialect):
    statements = [one for one in sqlglot.parse(text, read=dialect) if one is not None]
    # What sqlglot does not understand it keeps as a command, without looking into it.
    for statement in statements:
        assert not isinstance(statement, sqlglot.exp.Command), f"{dialect}: {text[:200]}"
    return statements


def main(policy_cli):
    for options in ([], [*PLACE, *ACCOUNTS, *DAYS]):
        query = emitted(policy_cli, "athena", "query", options)
        assert len(query.encode()) <= ATHENA_QUERY_BYTES, len(query.encode())
        # No template language: `{{` is text.
        result = trino_sql_validator.validate(query, jinja="reject")
        assert result.valid and result.statement_count == 1, result.error
        assert not result.warnings, result.warnings
        for dialect in ("trino", "athena"):
            [statement] = parsed(query, dialect)
            tables = {table.name for table in statement.find_all(sqlglot.exp.Table)}
            assert "cloudtrail_for_policies" in tables, tables
        # The logs are read, and paid for, once.
        assert query.count("FROM cloudtrail_for_policies") == 1
        # The definition of a table is Hive's: Trino has another.
        table = emitted(policy_cli, "athena", "table", options)
        [create] = parsed(table, "athena")
        assert isinstance(create, sqlglot.exp.Create) and "projection.enabled" in table
        both = emitted(policy_cli, "athena", "all", options)
        assert both == f"{table.strip()};\n\n{query.strip()};\n"
        assert len(parsed(both, "athena")) == 2
    assert len(parsed(emitted(policy_cli, "spark", "query", []), "spark")) == 1
    print("the SQL for Athena is Trino's; that for Spark parses")


if __name__ == "__main__":
    main(sys.argv[1])
