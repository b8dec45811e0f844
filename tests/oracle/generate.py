"""Random small policies, and pairs of them that are nearly the same.

Two policies drawn apart are almost always incomparable, which tests little. So the second of a pair is mostly the first
with a few changes, of which some keep the meaning (reorder, split, merge), some widen and some narrow it. The words are
few and short, so that patterns overlap often. Everything follows from the seed.
"""

import base64
import copy

import meaning

ACTIONS = [
    "s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "s3:ListBucket", "s3:*", "s3:Get*", "S3:getobject", "s3:*Object",
    "s3:?etObject", "s3:*Object*", "s3:G*t", "sqs:SendMessage", "sqs:*", "sqs:Send*", "*:Get*", "s*:*", "*", "*:*",
    "s?s:SendMessage", "s3:GETOBJECT*", "s3:??tObject", "s3:P*",
]  # fmt: skip

RESOURCE_HEADS = ["arn:aws:s3:::"] * 8 + [
    "arn:aws:sqs:eu-west-1:111122223333:", "arn:aws:sqs:*:111122223333:", "arn:aws:sqs:eu-*:*:", "arn:*:s3:::",
    "arn:aws:s?s:eu-west-1:111122223333:", "arn:aws:*:::",
]  # fmt: skip
RESOURCE_TAILS = [
    "b", "b/*", "b*", "b/a", "b/a/*", "b/ab", "b/?", "*/a", "b/*/a", "*", "c", "c/*", "?/a", "b/a*", "b/*b", "*a*", "??",
    "b/a?", "b/**", "b?*",
]  # fmt: skip
VARIABLE_TAILS = [
    "b/${K}", "b/${K}/*", "${K}/a", "b/${K}*", "b/a${K}", "${K}", "b/${K}/${K}", "*/${K}", "b/${K}${L}", "b/${*}", "b/${?}",
    "b/${$}x", "b/${K, 'a'}", "b/${K, 'ab'}/*", "b/a/${K}", "?${K}", "b/${K}/${L}", "b/${K}-${K}",
]  # fmt: skip
SHORT_ARNS = ["arn:aws:sqs", "arn:aws:s3", "arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1", "arn:*", "arn:aws:s3*", "arn:aws:s3:*"]

TEXTS = ["a", "b", "ab", "A", "aB", "a/b", "b/a", "", "abc", "\u00e9", "\u00c9"]
LIKES = ["*", "a*", "*b", "?", "a?", "*a*", "??", "a*b", "A*", "?*", "a/*", "*/b", "a", "ab"]
ESCAPES = ["${*}", "a${*}", "${?}b", "${$}", "a${*}*"]
SOURCE_ARNS = [
    "arn:aws:s3:::b", "arn:aws:s3:::*", "arn:aws:s3:*:*:b", "arn:aws:sns:eu-west-1:111122223333:t", "arn:aws:sns:*:*:t*",
    "arn:aws:sns:*:111122223333:*", "arn:aws:*:*:*:*", "arn:aws:sns:eu-west-?:*:t:*", "arn:aws:sns:eu-west-1:111122223333:t:u",
]  # fmt: skip
NUMBERS = ["1", "5", "5.0", "10", "10.5", "-1", "1e1", "100"]
DATES = ["2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-06-01", "1767225600"]
NETWORKS = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "10.1.2.3/32", "192.0.2.0/24", "0.0.0.0/0", "10.128.0.0/9"]
BLOBS = [base64.b64encode(text).decode() for text in (b"x", b"yy", b"\xff\x00")]

TEXT_KEYS = ["aws:PrincipalTag/team", "aws:username", "s3:prefix", "aws:RequestedRegion"]
SPELLINGS = {"aws:username": "aws:UserName", "aws:PrincipalTag/team": "AWS:principaltag/Team", "aws:TagKeys": "aws:tagkeys"}
SET_KEYS = ["aws:TagKeys", "dynamodb:Attributes"]
VARIABLE_KEYS = ["aws:username", "aws:PrincipalTag/team"]

HOME, AWAY = "111122223333", "444455556666"
PRINCIPALS = [
    "*", {"AWS": "*"}, {"AWS": HOME}, {"AWS": f"arn:aws:iam::{HOME}:root"}, {"AWS": f"arn:aws:iam::{HOME}:role/orders"},
    {"AWS": f"arn:aws:sts::{HOME}:assumed-role/orders/s1"}, {"AWS": f"arn:aws:sts::{HOME}:assumed-role/orders/s2"},
    {"AWS": [f"arn:aws:iam::{HOME}:user/ann", f"arn:aws:iam::{HOME}:role/orders"]}, {"AWS": AWAY},
    {"AWS": [f"arn:aws:iam::{AWAY}:role/orders", f"arn:aws:sts::{AWAY}:assumed-role/orders/s1"]},
    {"Service": "lambda.amazonaws.com"}, {"Service": ["sns.amazonaws.com", "lambda.amazonaws.com"]},
    {"Federated": f"arn:aws:iam::{HOME}:saml-provider/corp"}, {"AWS": HOME, "Service": "lambda.amazonaws.com"},
]  # fmt: skip

COMPARISONS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
STRINGS = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"]
ARNS = ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]
FAMILIES = [
    STRINGS,
    ARNS,
    ["Numeric" + order for order in COMPARISONS],
    ["Date" + order for order in COMPARISONS],
    ["IpAddress", "NotIpAddress"],
    ["Bool"],
    ["BinaryEquals"],
]


class Generator:
    """Draws policies; `random` is a `random.Random`."""

    def __init__(self, random):
        self.random = random
        # What may occur at all in this pair: pairs without variables are decided completely.
        self.variables = random.random() < 0.4
        self.mixed = random.random() < 0.05
        self.sets = random.random() < 0.4
        self.conditions = random.random() < 0.8
        self.keys = random.sample(TEXT_KEYS, 2)
        # Policies of resources name who may call.
        self.guards = False

    def one(self, choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def some(self, draw, most=3):
        values = list(dict.fromkeys(draw() for _ in range(self.random.randint(1, most))))
        return values[0] if len(values) == 1 and self.chance(0.5) else values

    # --- elements ---

    def resource(self):
        if self.chance(0.1):
            return "*"
        if self.chance(0.08):
            return self.one(SHORT_ARNS)
        if self.variables and self.chance(0.03):
            return self.with_keys(self.one(["arn:aws:s3:${K}::b", "arn:aws:s3${*}:::b", "arn:aws:sqs:${K, 'a'}:*:q", "${K}"]))
        tails = VARIABLE_TAILS if self.variables and self.chance(0.4) else RESOURCE_TAILS
        return self.one(RESOURCE_HEADS) + self.with_keys(self.one(tails))

    def with_keys(self, text):
        first, second = self.random.sample(VARIABLE_KEYS, 2)
        return text.replace("${K", "${" + first).replace("${L", "${" + second)

    def text_value(self, base):
        if self.variables and self.chance(0.2):
            return self.with_keys(self.one(["${K}", "${K}", "a${K}", "${K, 'a'}", "${K}/*", *ESCAPES]))
        return self.one(LIKES if "Like" in base else TEXTS)

    def value(self, base):
        if base.startswith("String"):
            return self.text_value(base)
        if base.startswith("Arn"):
            if self.variables and self.chance(0.15):
                return self.with_keys("arn:aws:s3:::${K}")
            if self.chance(0.05):
                return "*"
            return self.one(SOURCE_ARNS)
        if base.startswith("Numeric"):
            return self.one(NUMBERS)
        if base.startswith("Date"):
            return self.one(DATES)
        if base == "Bool":
            if self.variables and self.chance(0.2):
                return self.with_keys(self.one(["${K}", "${K, 'true'}", "t${K}"]))
            return self.one(["true", "false"])
        return self.one(BLOBS if base == "BinaryEquals" else NETWORKS)

    def key(self, base):
        if self.mixed and self.chance(0.7):
            return "aws:RequestTag/n"
        if base.startswith("String"):
            return self.one(self.keys)
        if base.startswith("Arn"):
            return self.one(["aws:SourceArn", "lambda:FunctionArn"])
        if base.startswith("Numeric"):
            return self.one(["s3:max-keys", "aws:MultiFactorAuthAge"])
        if base.startswith("Date"):
            return "aws:CurrentTime"
        return {"Bool": "aws:SecureTransport", "BinaryEquals": "app:Blob"}.get(base, "aws:SourceIp")

    def condition(self, block):
        """Adds one condition to a block."""
        family = self.one([STRINGS] * 2 + FAMILIES)
        base = self.one(family)
        if self.chance(0.12):
            base, key = "Null", self.one([self.key(base), *(SET_KEYS if self.sets else [])])
            values = self.one(["true", "false", "true", "false", ["true", "false"]])
        elif self.sets and self.chance(0.4):
            key = self.one(SET_KEYS)
            base = self.one(STRINGS if key == SET_KEYS[0] or self.chance(0.7) else FAMILIES[2])
            if any(used.startswith("Numeric") != base.startswith("Numeric") for used in self.used(block, key)):
                return
            base, values = self.one(["ForAllValues:", "ForAnyValue:"]) + base, self.some(lambda: self.value(base))
            base += "IfExists" if self.chance(0.1) else ""
        else:
            key, values = self.key(base), self.some(lambda: self.value(base))
            base += "IfExists" if self.chance(0.2) else ""
        if self.chance(0.1):
            key = SPELLINGS.get(key, key)
        keys = block.setdefault(base, {})
        if key.lower() not in map(str.lower, keys):
            keys[key] = values

    @staticmethod
    def used(block, key):
        return [
            operator.partition(":")[2]
            for operator, keys in block.items()
            for used in keys
            if used.lower() == key.lower() and ":" in operator
        ]

    def statement(self, effect=None):
        out = {"Effect": effect or ("Deny" if self.chance(0.3) else "Allow")}
        if self.guards:
            negated = out["Effect"] == "Deny" and self.chance(0.3)
            out["NotPrincipal" if negated else "Principal"] = self.one(PRINCIPALS[2:] if negated else PRINCIPALS)
        out["NotAction" if self.chance(0.1) else "Action"] = self.some(lambda: self.one(ACTIONS))
        out["NotResource" if self.chance(0.12) else "Resource"] = self.some(self.resource)
        if self.conditions and self.chance(0.6):
            block = {}
            for _ in range(self.random.randint(1, 3)):
                self.condition(block)
            block = {operator: keys for operator, keys in block.items() if keys}
            if block:
                out["Condition"] = block
        return out

    def document(self, most=4):
        statements = [self.statement("Allow")]
        statements.extend(self.statement() for _ in range(self.random.randint(0, most - 1)))
        version = "2012-10-17" if self.variables and self.chance(0.9) or self.chance(0.7) else "2008-10-17"
        out = {"Version": version, "Statement": statements}
        if version == "2008-10-17" and self.chance(0.3):
            del out["Version"]
        return out

    # --- pairs ---

    def pair(self):
        """Two sets of policies: identity policies, in some pairs with what limits them, or a policy of a resource."""
        if self.chance(0.15):
            return self.guarded()
        old, new = self.documents()
        if not self.chance(0.25):
            return {"identity": [old]}, {"identity": [new]}
        old, new = {"identity": [old]}, {"identity": [new]}
        for kind, share in (("boundary", 0.5), ("session", 0.35), ("scp", 0.5)):
            if self.chance(share):
                levels = self.random.randint(1, 2) if kind == "scp" else 1
                first, second = zip(*(self.layer() for _ in range(levels)))
                old[kind], new[kind] = (list(first), list(second)) if kind == "scp" else (first[0], second[0])
        changed = self.random.random()
        if changed < 0.3:
            # Only a layer differs.
            new["identity"] = copy.deepcopy(old["identity"])
        elif changed < 0.7:
            for kind in old:
                if kind != "identity":
                    new[kind] = copy.deepcopy(old[kind])
        if self.chance(0.15):
            # A layer that is on one side only.
            new.pop(self.one(["boundary", "session", "scp"]), None)
        return (old, new) if self.chance(0.5) else (new, old)

    def guarded(self):
        """Two policies of a resource, or two trust policies."""
        self.guards = True
        old, new = self.documents()
        if self.chance(0.3):
            statement = self.one(new["Statement"])
            if "Principal" in statement:
                statement["Principal"] = self.one(PRINCIPALS)
        if self.chance(0.7):
            return {"resource": old}, {"resource": new}
        for statement in old["Statement"] + new["Statement"]:
            statement.pop("Resource", None)
            statement.pop("NotResource", None)
        return {"trust": old}, {"trust": new}

    def layer(self):
        """The documents of one layer, before and after: mostly wide, or all would be empty."""
        old, new = self.documents(2)
        if self.chance(0.5):
            for document in (old, new):
                document["Statement"].append({"Effect": "Allow", "Action": self.one(["*", "s3:*"]), "Resource": "*"})
        return [old], [new]

    def documents(self, most=4):
        """Two documents, the second mostly the first with some changes."""
        old = self.document(most)
        if self.chance(0.05):
            return old, self.document(most)
        new = copy.deepcopy(old)
        gentle = self.chance(0.2)
        for _ in range(self.random.randint(1, 3)):
            mutate = self.one(SAME if gentle else OTHER)
            mutate(self, new["Statement"])
        if self.chance(0.03):
            new["Version"] = "2008-10-17" if new.get("Version") == "2012-10-17" else "2012-10-17"
        self.random.shuffle(new["Statement"])
        return (old, new) if self.chance(0.5) else (new, old)


# --- changes; those in SAME keep the meaning --------------------------------------------------------------------


def reverse_lists(generator, statements):
    """Other order of statements and entries."""
    for statement in statements:
        for name in ("Action", "NotAction", "Resource", "NotResource"):
            if isinstance(statement.get(name), list):
                statement[name].reverse()


def split(generator, statements):
    """One statement becomes two, with half of its actions or resources each."""
    at = generator.random.randrange(len(statements))
    for name in ("Action", "Resource"):
        entries = statements[at].get(name)
        if isinstance(entries, list) and len(entries) > 1:
            second = copy.deepcopy(statements[at])
            statements[at][name], second[name] = entries[:1], entries[1:]
            statements.append(second)
            return


def repeat(generator, statements):
    """A statement stands twice, the second time with a condition more: it adds nothing."""
    statement = copy.deepcopy(generator.one(statements))
    if generator.conditions:
        generator.condition(statement.setdefault("Condition", {}))
        if not all(statement["Condition"].values()):
            del statement["Condition"]
    statements.append(statement)


def other_case(generator, statements):
    """Actions compare without case."""
    for statement in statements:
        for name in ("Action", "NotAction"):
            if name in statement:
                statement[name] = [entry.swapcase() for entry in meaning.as_list(statement[name])]


def part_of_resource(generator, statements):
    """A resource entry more, that another one of the statement contains."""
    statement = generator.one(statements)
    for name in ("Resource", "NotResource"):
        entries = meaning.as_list(statement.get(name, []))
        wild = [entry for entry in entries if "*" in entry and "${" not in entry and entry.count(":") >= 5]
        if wild:
            statement[name] = [*entries, generator.one(wild).replace("*", "a", 1)]


def by_cases(generator, statements):
    """A statement without one condition becomes two that share it between them: key there, key missing."""
    statement = generator.one(statements)
    if not generator.conditions or "Null" in statement.get("Condition", {}):
        return
    second = copy.deepcopy(statement)
    key = generator.key("StringEquals")
    statement.setdefault("Condition", {})["Null"] = {key: "true"}
    second.setdefault("Condition", {})["Null"] = {key: "false"}
    statements.append(second)


def drop_condition(generator, statements):
    with_one = [statement for statement in statements if "Condition" in statement]
    if with_one:
        block = generator.one(with_one)["Condition"]
        del block[generator.one(sorted(block))]
        for statement in with_one:
            if not statement["Condition"]:
                del statement["Condition"]


def add_condition(generator, statements):
    if generator.conditions:
        statement = generator.one(statements)
        generator.condition(statement.setdefault("Condition", {}))
        if not all(statement["Condition"].values()):
            statement["Condition"] = {o: keys for o, keys in statement["Condition"].items() if keys}
        if not statement["Condition"]:
            del statement["Condition"]


def change_entry(generator, statements):
    statement = generator.one(statements)
    name, draw = generator.one(
        [("Action", lambda: generator.one(ACTIONS)), ("Resource", generator.resource)]
    )
    name = name if name in statement else "Not" + name
    entries = list(meaning.as_list(statement[name]))
    change = generator.random.randrange(3)
    if change == 0 and len(entries) > 1:
        entries.pop()
    elif change == 1:
        entries.append(draw())
    else:
        entries[generator.random.randrange(len(entries))] = draw()
    statement[name] = list(dict.fromkeys(entries))


def widen_entry(generator, statements):
    """The last part of an entry becomes `*`, or a letter `?`."""
    statement = generator.one(statements)
    for name in ("Resource", "NotResource"):
        if name in statement:
            entries = list(meaning.as_list(statement[name]))
            at = generator.random.randrange(len(entries))
            if "${" not in entries[at] and entries[at] != "*":
                entries[at] = entries[at][:-1] + generator.one("*?")
            statement[name] = entries


def add_deny(generator, statements):
    statements.append(generator.statement("Deny"))


def add_allow(generator, statements):
    statements.append(generator.statement("Allow"))


def drop_statement(generator, statements):
    if len(statements) > 1:
        statements.remove(generator.one(statements))


def other_operator(generator, statements):
    """Another operator of the same family, with or without `IfExists`, or the other set operator."""
    with_one = [statement for statement in statements if "Condition" in statement]
    if not with_one:
        return
    block = generator.one(with_one)["Condition"]
    operator = generator.one(sorted(block))
    if operator == "Null":
        return
    quantifier, colon, base = operator.rpartition(":")
    suffix = "IfExists" if base.endswith("IfExists") else ""
    base = base.removesuffix("IfExists")
    change = generator.random.randrange(3)
    if change == 0:
        suffix = "" if suffix else "IfExists"
    elif change == 1 and quantifier:
        quantifier = "ForAnyValue" if quantifier == "ForAllValues" else "ForAllValues"
    else:
        base = generator.one(next(family for family in FAMILIES if base in family))
    changed = quantifier + colon + base + suffix
    if changed not in block:
        block[changed] = block.pop(operator)


def other_value(generator, statements):
    with_one = [statement for statement in statements if "Condition" in statement]
    if not with_one:
        return
    block = generator.one(with_one)["Condition"]
    operator = generator.one(sorted(block))
    key = generator.one(sorted(block[operator]))
    if operator == "Null":
        block[operator][key] = generator.one(["true", "false"])
        return
    base = operator.rpartition(":")[2].removesuffix("IfExists")
    values = list(meaning.as_list(block[operator][key]))
    if generator.chance(0.5):
        values.append(generator.value(base))
    else:
        values[generator.random.randrange(len(values))] = generator.value(base)
    block[operator][key] = list(dict.fromkeys(values))


def deny_into_not_resource(generator, statements):
    """A Deny on all actions of some resources is an Allow's NotResource, where there is one Allow."""
    denies = [s for s in statements if s["Effect"] == "Deny" and s.get("Action") == "*" and "Condition" not in s]
    allows = [s for s in statements if s["Effect"] == "Allow" and s.get("Resource") == "*"]
    if denies and allows and "Resource" in denies[0]:
        del allows[0]["Resource"]
        allows[0]["NotResource"] = denies[0]["Resource"]
        if len(allows) == 1:
            statements.remove(denies[0])


SAME = [reverse_lists, split, repeat, other_case, part_of_resource, by_cases]
OTHER = [
    drop_condition, add_condition, change_entry, widen_entry, add_deny, add_allow, drop_statement, other_operator,
    other_value, deny_into_not_resource,
]  # fmt: skip
