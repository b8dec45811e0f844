"""Holds `compare` against Z3 on random pairs of small policies.

    compare_oracle.py ANSWERS [--pairs N] [--seed S] [--findings FOLDER]

ANSWERS is the program `semantics_answers`, which says what `compare` answers. A pair on which the two disagree is made
as small as it can be while they still do, printed as the files of a case folder, and fails the run. So do more pairs
than one in a thousand, and more than five, that `compare` cannot tell.
"""

import argparse
import collections
import copy
import json
import pathlib
import random
import subprocess
import sys
import time

import classes
import encode
import generate
import layers

BEYOND = "a difference that the values tried for variables do not show"

RELATIONS = {
    (False, False): "equivalent",
    (True, False): "wider",
    (False, True): "narrower",
    (True, True): "incomparable",
}


class Answers:
    """The program that answers for the Rust side, one line each way."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the answering program ended on {json.dumps(question)}")
        return json.loads(line)


class Verdict:
    """What came of one pair. `problem` is None unless the two disagree."""

    def __init__(self, relation, problem=None, note=""):
        self.relation = relation
        self.problem = problem
        self.note = note


def request_of(witness):
    return witness["action"].lower(), witness["resource"], witness["context"], witness["principal"]


def judge(answers, old, new):
    """Asks both and compares what they say."""
    said = answers.ask({"old": old, "new": new})
    if "error" in said:
        return Verdict("refused", "refused", said["error"])
    for name, allowing, other in (("added", new, old), ("removed", old, new)):
        for witness in said[name]:
            request = request_of(witness)
            if not layers.allows(allowing, request) or layers.allows(other, request):
                return Verdict(said["relation"], "witness", f"{name}: {json.dumps(witness)} does not separate the two")
    if said["relation"] == "cannot-tell":
        return Verdict("cannot-tell", None, "; ".join(said["unknown"]))
    question = encode.Question(old, new)
    try:
        removed, added = question.solve()
    except (encode.Unknown, classes.TooMany) as error:
        return Verdict("undecided by the oracle", None, repr(error))
    expected = RELATIONS[added is not None, removed is not None]
    strange = [
        witness
        for name in ("added", "removed")
        for witness in said[name]
        if not classes.in_universe(request_of(witness))
    ]
    if expected == said["relation"]:
        return Verdict(expected, None, "a witness with a resource that is no ARN" if strange else "")
    claims = (bool(said["added"]), bool(said["removed"]))
    if RELATIONS[claims] != said["relation"]:
        return Verdict(expected, "relation", f"says {said['relation']}, shows witnesses for {RELATIONS[claims]}")
    missed = [request for request, claim in ((added, claims[0]), (removed, claims[1])) if request and not claim]
    if missed:
        return Verdict(expected, "relation", f"says {said['relation']}, is {expected}: {json.dumps(missed)}")
    # Its witnesses were confirmed above, so the difference exists: the choice of values was too small.
    if question.complete:
        return Verdict(expected, "oracle", f"says {said['relation']}, the complete encoding says {expected}")
    return Verdict(said["relation"], None, BEYOND)


# --- making a pair smaller --------------------------------------------------------------------------------------


def smaller(value):
    """Every value with one part less: an entry of a list of several, a condition, a statement."""
    if isinstance(value, list):
        for at, entry in enumerate(value):
            if len(value) > 1:
                yield value[:at] + value[at + 1 :]
            for less in smaller(entry):
                yield value[:at] + [less] + value[at + 1 :]
        if len(value) == 1 and isinstance(value[0], str):
            yield value[0]
    elif isinstance(value, dict):
        for name in value:
            if name in ("Condition", "boundary", "session", "scp") or name not in ELEMENTS and len(value) > 1:
                yield {other: value[other] for other in value if other != name}
            for less in smaller(value[name]):
                yield {**value, name: less}


ELEMENTS = {
    "Version", "Statement", "Effect", "Action", "NotAction", "Resource", "NotResource", "identity", "resource", "trust",
    "Principal", "NotPrincipal",
}  # fmt: skip


def shrunk(answers, old, new, problem):
    """The smallest pair found that still has the same problem."""
    pair = [copy.deepcopy(old), copy.deepcopy(new)]
    deadline = time.monotonic() + 60
    again = True
    while again and time.monotonic() < deadline:
        again = False
        for attempt in smaller_pairs(pair):
            if judge(answers, *attempt).problem == problem:
                pair, again = attempt, True
                break
    return pair


def smaller_pairs(pair):
    """Pairs with one part less: a layer on both sides, any part of one side, the same part of both."""
    for kind in set(pair[0]) & set(pair[1]) - {"identity", "resource", "trust"}:
        yield [{other: value for other, value in policies.items() if other != kind} for policies in pair]
    old, new = pair
    yield from ([less, new] for less in smaller(old))
    yield from ([old, less] for less in smaller(new))
    for kind in set(old) & set(new):
        if old[kind] == new[kind]:
            yield from ([{**old, kind: less}, {**new, kind: less}] for less in smaller(old[kind]))


def report(answers, name, old, new, verdict, folder):
    """Prints a disagreement as the files of a case folder, and writes them when asked to."""
    old, new = shrunk(answers, old, new, verdict.problem)
    note = judge(answers, old, new).note
    files = {"note.txt": f"{verdict.problem}: {note}\n"}
    for side, policies in (("old", old), ("new", new)):
        only = (
            policies["identity"][0] if list(policies) == ["identity"] and len(policies["identity"]) == 1 else policies
        )
        files[f"{side}.json"] = json.dumps(only, indent=2) + "\n"
    for file, text in files.items():
        print(f"--- {name}/{file}\n{text}", end="", flush=True)
        if folder:
            place = pathlib.Path(folder) / name
            place.mkdir(parents=True, exist_ok=True)
            (place / file).write_text(text)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("answers")
    arguments.add_argument("--pairs", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--first", type=int, default=0, help="number of the first pair")
    arguments.add_argument("--findings", help="folder for disagreements")
    arguments.add_argument("--assignments", type=int, default=48, help="choices of the values of variables in a pair")
    arguments.add_argument("--most", type=int, default=5, help="stop after so many disagreements")
    given = arguments.parse_args()
    encode.ASSIGNMENTS = given.assignments
    answers = Answers(given.answers)
    relations = collections.Counter()
    notes = collections.Counter()
    problems = 0
    began = time.monotonic()
    asked = 0
    for number in range(given.first, given.first + given.pairs):
        old, new = generate.Generator(random.Random(f"{given.seed} {number}")).pair()
        verdict = judge(answers, old, new)
        asked += 1
        if asked % 1000 == 0:
            print(f"{asked} pairs asked", file=sys.stderr, flush=True)
        relations[verdict.relation] += 1
        if verdict.problem:
            problems += 1
            report(answers, f"{verdict.problem}-{given.seed}-{number}", old, new, verdict, given.findings)
            if problems >= given.most:
                break
        elif verdict.note:
            notes[verdict.note] += 1
    seconds = time.monotonic() - began
    print(
        f"seed {given.seed}: {asked} pairs in {seconds:.0f} s, {asked / seconds:.1f} a second, {problems} disagreements"
    )
    for relation, count in sorted(relations.items()):
        print(f"  {relation}: {count} ({100 * count / asked:.2f} %)")
    for note, count in notes.most_common(10):
        print(f"  note: {note}: {count}")
    # In a few pairs one more or less is chance; in many it is not.
    untold, allowed = relations["cannot-tell"], max(5, asked // 1000)
    if untold > allowed:
        print(f"too many pairs could not be told: {untold}, of which {allowed} may be")
    sys.exit(1 if problems or untold > allowed else 0)


if __name__ == "__main__":
    main()
