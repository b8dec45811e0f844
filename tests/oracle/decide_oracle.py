"""Holds `decide` against an evaluator written from the guides, on random requests and all kinds of policies.

decide_oracle.py ANSWERS [--requests N] [--seed S] [--findings FOLDER]
"""

import argparse
import collections
import json
import pathlib
import random
import sys
import time

import compare_oracle
import decision
import generate
import words

HOME, AWAY = "111122223333", "444455556666"
CALLERS = [
    f"arn:aws:iam::{HOME}:role/orders", f"arn:aws:sts::{HOME}:assumed-role/orders/s1", f"arn:aws:iam::{HOME}:user/ann",
    f"arn:aws:iam::{AWAY}:role/orders", f"arn:aws:sts::{AWAY}:assumed-role/orders/s1", f"arn:aws:iam::{HOME}:root",
    f"arn:aws:iam::{HOME}:role/aws-service-role/x.amazonaws.com/R", "lambda.amazonaws.com", "anonymous",
    f"arn:aws:iam::{HOME}:saml-provider/corp",
]  # fmt: skip
WEIGHTS = [6, 8, 4, 3, 3, 3, 2, 3, 2, 1]
PRINCIPALS = [
    "*", {"AWS": "*"}, {"AWS": HOME}, {"AWS": f"arn:aws:iam::{HOME}:root"}, {"AWS": CALLERS[0]}, {"AWS": CALLERS[1]},
    {"AWS": [CALLERS[2], CALLERS[0]]}, {"AWS": AWAY}, {"AWS": [CALLERS[3], CALLERS[4]]}, {"Service": "lambda.amazonaws.com"},
    {"Service": "sns.amazonaws.com"}, {"Federated": CALLERS[9]}, {"AWS": CALLERS[1].replace("s1", "s2")},
    {"AWS": CALLERS[6]}, {"AWS": HOME, "Service": "lambda.amazonaws.com"},
]  # fmt: skip
# (action, resource): some owned at home, some elsewhere, some by nobody that the ARN tells.
TARGETS = [
    ("s3:GetObject", "arn:aws:s3:::b/a"), ("s3:GetObject", "arn:aws:s3:::b/ab"), ("s3:PutObject", "arn:aws:s3:::b/a/b"),
    ("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{HOME}:q"), ("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{AWAY}:b"),
    ("lambda:InvokeFunction", f"arn:aws:lambda:eu-west-1:{HOME}:function:b:live"), ("S3:ListBucket", "arn:aws:s3:::b"),
    ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{HOME}:key/b"), ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{AWAY}:key/b"),
    ("sts:AssumeRole", f"arn:aws:iam::{HOME}:role/b"), ("sts:AssumeRole", f"arn:aws:iam::{AWAY}:role/b"),
    ("ec2:DescribeInstances", "*"), ("kms:ListKeys", "*"), ("sts:TagSession", f"arn:aws:iam::{HOME}:role/b"),
    ("iam:GetRole", f"arn:aws:iam::{HOME}:role/b"),
]  # fmt: skip


class Cases(generate.Generator):
    """Draws a request and policies that are mostly about it."""

    def action(self, asked):
        if self.chance(0.75):
            service, name = asked.split(":")
            return self.one(
                [
                    asked,
                    "*",
                    f"{service}:*",
                    f"{service}:{name[:3]}*",
                    asked.upper(),
                    f"*:{name}",
                    f"{service}:?{name[1:]}",
                ]
            )
        return self.one(words.ACTIONS)

    def target(self, asked, context, kind):
        if self.chance(0.2):
            return super().resource()
        parts = asked.split(":")
        choices = ["*", asked, asked[:-1] + "*", asked[:-1] + "?", "arn:*", "*b*"]
        if len(parts) > 5:
            choices += [":".join(parts[:5]) + ":*", ":".join(parts[:3]), ":".join([*parts[:3], "*", *parts[4:]])]
            # Variables stand after the fifth colon only.
            head, last = ":".join(parts[:5]), ":".join(parts[5:])
            choices += [f"{head}:{last.replace('b', v)}" for v in ("${aws:username}", "${aws:username, 'b'}")]
        return self.one(choices)

    def about(self, kind, asked, effect):
        """A statement of a document of a kind, mostly matching what is asked."""
        action, resource, context = asked
        out = {"Effect": effect}
        negated = self.chance(0.08)
        out["NotAction" if negated else "Action"] = self.some(
            lambda: self.one(words.ACTIONS) if negated else self.action(action), 2
        )
        if kind != "trust":
            negated = self.chance(0.08)
            name = "NotResource" if negated else "Resource"
            out[name] = self.some(
                lambda: super(Cases, self).resource() if negated else self.target(resource, context, kind), 2
            )
        if self.chance(0.3):
            block = {}
            for _ in range(self.random.randint(1, 2)):
                self.condition(block)
            block = {operator: keys for operator, keys in block.items() if keys}
            if block:
                out["Condition"] = block
        if kind in ("resource", "trust", "rcp", "endpoint"):
            out["Principal"] = self.one(PRINCIPALS) if kind != "rcp" else "*"
            if effect == "Deny" and kind != "rcp" and self.chance(0.25):
                out["NotPrincipal"] = out.pop("Principal")
                if out["NotPrincipal"] in ("*", {"AWS": "*"}):
                    out["NotPrincipal"] = {"AWS": CALLERS[0]}
        return out

    def documents(self, kind, asked, most=2):
        """Documents of a kind; most of them allow, few deny."""
        out = []
        for _ in range(self.random.randint(1, most)):
            effects = [
                "Deny" if self.chance(0.07 if kind != "rcp" else 0.3) else "Allow"
                for _ in range(self.random.randint(1, 2))
            ]
            version = {"Version": "2012-10-17"} if self.chance(0.85) else {}
            out.append({**version, "Statement": [self.about(kind, asked, effect) for effect in effects]})
        return out

    def context(self):
        out = {}
        draws = {
            "aws:username": lambda: self.one(["b", "a", "zz"]),
            "aws:principaltag/team": lambda: self.one(words.TEXTS[:7]),
            "s3:prefix": lambda: self.one(words.TEXTS[:7]),
            "aws:requestedregion": lambda: self.one(["a", "A", "ab", "eu-west-1"]),
            "aws:sourcearn": lambda: self.one(
                [*words.SOURCE_ARNS[:2], "arn:aws:sns:eu-west-1:111122223333:t:u", "none"]
            ),
            "lambda:functionarn": lambda: self.one(["arn:aws:s3:::b", "arn:aws:sns:eu-west-1:111122223333:t"]),
            "s3:max-keys": lambda: self.one([*words.NUMBERS, "7.25", "none"]),
            "aws:multifactorauthage": lambda: self.one([*words.NUMBERS, "0"]),
            "aws:currenttime": lambda: self.one([*words.DATES, "2026-03-01T10:00:00Z"]),
            "aws:securetransport": lambda: self.one(["true", "false"]),
            "app:blob": lambda: self.one(words.BLOBS),
            "aws:sourceip": lambda: self.one(["10.1.2.3", "10.200.0.1", "192.0.2.9", "2001:db8::1"]),
            "aws:requesttag/n": lambda: self.one(["5", "a", "5.0"]),
            "aws:resourceaccount": lambda: self.one([HOME, HOME, AWAY]),
        }
        for key, draw in draws.items():
            if self.chance(0.2 if key == "aws:resourceaccount" else 0.5):
                out[key] = [draw()]
        for key in words.SET_KEYS:
            if self.chance(0.5):
                numbers = key != words.SET_KEYS[0] and self.chance(0.3)
                out[key.lower()] = self.some_list(words.NUMBERS if numbers else words.TEXTS[:7])
        return out

    def some_list(self, texts):
        return list(dict.fromkeys(self.one(texts) for _ in range(self.random.randint(1, 3))))

    def case(self):
        caller = self.random.choices(CALLERS, WEIGHTS)[0]
        action, resource = self.one(TARGETS)
        asked = (action, resource, self.context())
        policies = {"identity": self.documents("identity", asked)} if self.chance(0.85) else {}
        for kind, share in (("boundary", 0.3), ("session", 0.25), ("endpoint", 0.2)):
            if self.chance(share):
                policies[kind] = self.documents(kind, asked) if self.chance(0.95) else []
        for kind, share in (("scp", 0.3), ("rcp", 0.25)):
            if self.chance(share):
                policies[kind] = [self.documents(kind, asked, 1) for _ in range(self.random.randint(1, 3))]
        if action.startswith("sts:") and self.chance(0.8):
            policies["trust"] = self.documents("trust", asked, 1)[0]
        elif self.chance(0.55):
            policies["resource"] = self.documents("resource", asked, 1)[0]
        if caller.endswith(":root") and not self.chance(0.2):
            for kind in ("identity", "boundary", "session"):
                policies.pop(kind, None)
        else:
            policies.pop("session", None) if ":root" in caller else None
        return caller, asked, policies


def disagrees(answers, caller, asked, policies):
    """None, or (expected, said)."""
    action, resource, context = asked
    question = {"principal": caller, "action": action, "resource": resource, "context": context}
    said = answers.ask({"request": question, "policies": policies})
    expected = decision.decide(policies, caller, asked)
    return (expected, said) if said.get("effect") != expected else None


def shrunk(answers, caller, asked, policies, problem):
    """Fewer policies, statements and conditions, with the same two answers."""
    again = True
    while again:
        again = False
        for less in without_a_kind(policies):
            if disagrees(answers, caller, asked, less) == problem:
                policies, again = less, True
                break
    return policies


def without_a_kind(policies):
    for kind in policies:
        yield {other: value for other, value in policies.items() if other != kind}
    yield from compare_oracle.smaller(policies)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("answers")
    arguments.add_argument("--requests", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--findings", help="folder for disagreements")
    arguments.add_argument("--most", type=int, default=5, help="stop after so many disagreements")
    given = arguments.parse_args()
    answers = compare_oracle.Answers(given.answers)
    effects = collections.Counter()
    problems = asked_in_all = 0
    began = time.monotonic()
    for number in range(given.requests):
        caller, asked, policies = Cases(random.Random(f"{given.seed} {number}")).case()
        problem = disagrees(answers, caller, asked, policies)
        asked_in_all += 1
        effects[decision.decide(policies, caller, asked)] += 1
        if problem is None:
            continue
        problems += 1
        policies = shrunk(answers, caller, asked, policies, problem)
        found = {"principal": caller, "action": asked[0], "resource": asked[1], "context": asked[2]}
        text = json.dumps(
            {"name": f"{given.seed}-{number}", "request": found, "policies": policies, "expected": problem[0]}
        )
        print(f"decide says {problem[1]}, expected is {problem[0]}:\n{text}", flush=True)
        if given.findings:
            place = pathlib.Path(given.findings) / f"decide-{given.seed}-{number}"
            place.mkdir(parents=True, exist_ok=True)
            (place / "case.jsonl").write_text(text + "\n")
            (place / "note.txt").write_text(f"decide says {problem[1]}, expected is {problem[0]}\n")
        if problems >= given.most:
            break
    seconds = time.monotonic() - began
    print(f"seed {given.seed}: {asked_in_all} requests in {seconds:.0f} s, {problems} disagreements")
    for effect, count in sorted(effects.items()):
        print(f"  {effect}: {count} ({100 * count / asked_in_all:.2f} %)")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
