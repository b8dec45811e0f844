"""Changes to the statements of a policy, of which those in SAME keep the meaning.

Each takes the generator, for its random numbers and its words, and the list of statements, which it changes. One that
finds nothing to change leaves it as it is.
"""

import copy

import meaning
import words


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
    name, draw = generator.one([("Action", lambda: generator.one(words.ACTIONS)), ("Resource", generator.resource)])
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
        base = generator.one(next(family for family in words.FAMILIES if base in family))
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
