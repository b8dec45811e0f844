"""How small the execution roles are that the cases of synthesis and the examples expect; run by hand.

usage: measure.py

Each role is taken apart into combinations of action, resource and condition, and put together again by another search, over every set of
covered cells (up to 12 cells of one service and condition).
"""

import collections
import glob
import itertools
import json
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAX_CELLS = 12


def listed(value):
    return value if isinstance(value, list) else [value]


def chars(actions, resources, condition):
    one = lambda values: values[0] if len(values) == 1 else values
    statement = {"Sid": "x" * 24, "Effect": "Allow", "Action": one(sorted(actions)), "Resource": one(sorted(resources))}
    if condition != "null":
        statement["Condition"] = json.loads(condition)
    return len(json.dumps(statement, separators=(",", ":"), ensure_ascii=False)) + 1


def fewest(cells, condition):
    actions, resources = sorted({a for a, _ in cells}), sorted({r for _, r in cells})
    number = {cell: 1 << i for i, cell in enumerate(sorted(cells))}
    some = lambda of: [c for n in range(1, len(of) + 1) for c in itertools.combinations(of, n)]
    blocks = [
        (sum(number[a, r] for a in x for r in y), chars(x, y, condition))
        for x in some(actions) for y in some(resources) if all((a, r) in number for a in x for r in y)
    ]
    best = {0: 0}
    for covered in range(1 << len(cells)):
        for mask, cost in blocks if covered in best else ():
            best[covered | mask] = min(best.get(covered | mask, 1 << 60), best[covered] + cost)
    return best[(1 << len(cells)) - 1]


def main():
    folders = [f for p in ("policy-core/tests/cases/synthesis/*", "examples/*/expected/*") for f in glob.glob(os.path.join(ROOT, p))]
    roles = statements = concrete = tables = large = written = least = 0
    for folder in sorted(folders):
        files = sorted(glob.glob(os.path.join(folder, "execution-role*.json")))
        roles += bool(files)
        found = collections.defaultdict(list)
        for file in files:
            with open(file, encoding="utf-8") as text:
                for it in json.load(text)["Statement"]:
                    statements += it["Effect"] == "Allow"
                    concrete += it["Effect"] == "Allow" and listed(it["Resource"]) != ["*"]
                    if it["Effect"] == "Allow":
                        service = listed(it["Action"])[0].split(":")[0]
                        found[service, json.dumps(it.get("Condition"))].append((listed(it["Action"]), listed(it["Resource"])))
        for (_, condition), blocks in found.items():
            cells = {(a, r) for x, y in blocks for a in x for r in y}
            if len(cells) > MAX_CELLS:
                large += 1
                continue
            tables += 1
            written += sum(chars(x, y, condition) for x, y in blocks)
            least += fewest(cells, condition)
    print(f"{roles} roles, {statements} statements that allow, {concrete} of them on named resources")
    print(f"{tables} tables of up to {MAX_CELLS} cells: {written} characters written, {least} at least; {large} larger ones")


main()
