"""Random small policies, and pairs of them that are nearly the same.

Two policies drawn apart are almost always incomparable, which tests little. So the second of a pair is mostly the first
with a few changes (`changes.py`): some keep the meaning (reorder, split, repeat), some widen and some narrow it.
Everything follows from the seed.
"""

import copy

import changes
import words


class Generator:
    """Draws policies; `random` is a `random.Random`."""

    def __init__(self, random):
        self.random = random
        # What may occur at all in this pair: pairs without variables are decided completely.
        self.variables = random.random() < 0.4
        self.mixed = random.random() < 0.05
        self.sets = random.random() < 0.4
        self.conditions = random.random() < 0.8
        self.keys = random.sample(words.TEXT_KEYS, 2)
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
            return self.one(words.SHORT_ARNS)
        if self.variables and self.chance(0.03):
            return self.with_keys(
                self.one(["arn:aws:s3:${K}::b", "arn:aws:s3${*}:::b", "arn:aws:sqs:${K, 'a'}:*:q", "${K}"])
            )
        tails = words.VARIABLE_TAILS if self.variables and self.chance(0.4) else words.RESOURCE_TAILS
        return self.one(words.RESOURCE_HEADS) + self.with_keys(self.one(tails))

    def with_keys(self, text):
        first, second = self.random.sample(words.VARIABLE_KEYS, 2)
        return text.replace("${K", "${" + first).replace("${L", "${" + second)

    def text_value(self, base):
        if self.variables and self.chance(0.2):
            return self.with_keys(self.one(["${K}", "${K}", "a${K}", "${K, 'a'}", "${K}/*", *words.ESCAPES]))
        return self.one(words.LIKES if "Like" in base else words.TEXTS)

    def value(self, base):
        if base.startswith("String"):
            return self.text_value(base)
        if base.startswith("Arn"):
            if self.variables and self.chance(0.15):
                return self.with_keys("arn:aws:s3:::${K}")
            if self.chance(0.05):
                return "*"
            return self.one(words.SOURCE_ARNS)
        if base.startswith("Numeric"):
            return self.one(words.NUMBERS)
        if base.startswith("Date"):
            return self.one(words.DATES)
        if base == "Bool":
            if self.variables and self.chance(0.2):
                return self.with_keys(self.one(["${K}", "${K, 'true'}", "t${K}"]))
            return self.one(["true", "false"])
        return self.one(words.BLOBS if base == "BinaryEquals" else words.NETWORKS)

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
        family = self.one([words.STRINGS] * 2 + words.FAMILIES)
        base = self.one(family)
        if self.chance(0.12):
            base, key = "Null", self.one([self.key(base), *(words.SET_KEYS if self.sets else [])])
            values = self.one(["true", "false", "true", "false", ["true", "false"]])
        elif self.sets and self.chance(0.4):
            key = self.one(words.SET_KEYS)
            base = self.one(words.STRINGS if key == words.SET_KEYS[0] or self.chance(0.7) else words.FAMILIES[2])
            if any(used.startswith("Numeric") != base.startswith("Numeric") for used in self.used(block, key)):
                return
            base, values = self.one(["ForAllValues:", "ForAnyValue:"]) + base, self.some(lambda: self.value(base))
            base += "IfExists" if self.chance(0.1) else ""
        else:
            key, values = self.key(base), self.some(lambda: self.value(base))
            base += "IfExists" if self.chance(0.2) else ""
        if self.chance(0.1):
            key = words.SPELLINGS.get(key, key)
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
            out["NotPrincipal" if negated else "Principal"] = self.one(
                words.PRINCIPALS[2:] if negated else words.PRINCIPALS
            )
        out["NotAction" if self.chance(0.1) else "Action"] = self.some(lambda: self.one(words.ACTIONS))
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
                statement["Principal"] = self.one(words.PRINCIPALS)
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
            mutate = self.one(changes.SAME if gentle else changes.OTHER)
            mutate(self, new["Statement"])
        if self.chance(0.03):
            new["Version"] = "2008-10-17" if new.get("Version") == "2012-10-17" else "2012-10-17"
        self.random.shuffle(new["Statement"])
        return (old, new) if self.chance(0.5) else (new, old)
