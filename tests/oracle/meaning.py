"""What a policy document says about one request.

Written from the IAM User Guide alone and sharing nothing with the Rust evaluator: plain text in, yes or no out.
A document is the JSON value as AWS writes it. A request is an action, a resource and a context: a dict from the
lower-cased key to the list of its values, without the keys that are missing.

Where the guide leaves a question open, this follows `policy-core/src/semantics/choice.rs`: in an Allow the
reading that grants more, in a Deny the one that refuses less. Deliberately not here: several layers of policies
(`layers.py`) and anything about sets of requests (`classes.py`, `encode.py`).
"""

import base64
import binascii
import datetime
import functools
import ipaddress
import re
from fractions import Fraction

# Pieces of a pattern: one character, any one character, any run of characters; the last two also for "within one
# part of an ARN"; one character whatever its case.
CHAR, ONE, RUN, ONE_IN_PART, RUN_IN_PART, FOLDED = range(6)
RUNS = (RUN, RUN_IN_PART)

NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}

MISSING = None


def as_list(value):
    """One or many, as AWS allows both."""
    return value if isinstance(value, list) else [value]


def as_text(value):
    """A condition value as text: true and 5 may be written without quotes."""
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


# --- patterns ---------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1 << 16)
def pieces_of(text, wild, variables):
    """A written text as pieces; a variable is ("key", default or None), still to be filled in."""
    out = []
    at = 0
    while at < len(text):
        end = text.find("}", at) if variables and text.startswith("${", at) else -1
        if end >= 0:
            name = text[at + 2 : end]
            if name in ("*", "?", "$"):
                out.append((CHAR, name))
            else:
                key, comma, default = name.partition(",")
                default = default.strip()
                out.append(("variable", key.strip().lower(), default[1:-1] if comma else MISSING))
            at = end + 1
            continue
        letter = text[at]
        out.append((RUN, "") if wild and letter == "*" else (ONE, "") if wild and letter == "?" else (CHAR, letter))
        at += 1
    return tuple(out)


def fill(text, wild, variables, context):
    """The pieces with variables replaced by the text of their key, or None when one has no single value."""
    out = []
    for piece in pieces_of(text, wild, variables):
        if piece[0] != "variable":
            out.append(piece)
            continue
        values = context.get(piece[1], [])
        if len(values) > 1 or not values and piece[2] is MISSING:
            return None
        out.extend((CHAR, letter) for letter in (values[0] if values else piece[2]))
    return tuple(out)


class Matcher:
    """A pattern as a set of positions, one bit each, that moves along a text."""

    def __init__(self, pieces):
        # Two runs in a row are one.
        pieces = [
            piece for at, piece in enumerate(pieces) if piece[0] not in RUNS or piece != pieces[at - 1] or at == 0
        ]
        self.pieces = pieces
        self.exact = {}
        self.one = self.one_in_part = self.run = self.run_in_part = 0
        for at, (kind, letter) in enumerate(pieces):
            bit = 1 << at
            if kind in (CHAR, FOLDED):
                for spelling in {letter} if kind == CHAR else {letter.lower(), letter.upper()}:
                    self.exact[spelling] = self.exact.get(spelling, 0) | bit
            self.one |= bit * (kind == ONE)
            self.one_in_part |= bit * (kind == ONE_IN_PART)
            self.run |= bit * (kind == RUN)
            self.run_in_part |= bit * (kind == RUN_IN_PART)
        self.last = 1 << len(pieces)
        self.start = self.skip(1)
        # What was found out: texts, steps, and the letters that a set of positions can tell from others.
        self.known = {}
        self.after = {}
        self.named = {0: frozenset()}

    def skip(self, states):
        """Adds the positions after runs, since a run may be empty; twice, for two runs of different kinds."""
        runs = self.run | self.run_in_part
        states |= (states & runs) << 1
        return states | (states & runs) << 1

    def step(self, states, letter):
        """The positions after one more letter."""
        part = letter != ":"
        moving = self.exact.get(letter, 0) | self.one | self.one_in_part * part
        staying = self.run | self.run_in_part * part
        return self.skip((states & moving) << 1 | states & staying)

    def next(self, states, letter):
        """`step`, remembered."""
        found = self.after.get((states, letter))
        if found is None:
            found = self.after[states, letter] = self.step(states, letter)
        return found

    def letters(self, states):
        """The letters that lead elsewhere than a letter that no pattern names."""
        found = self.named.get(states)
        if found is None:
            found = {letter for letter, places in self.exact.items() if states & places}
            if states & (self.one_in_part | self.run_in_part):
                found.add(":")
            self.named[states] = found
        return found

    def matches(self, text):
        found = self.known.get(text)
        if found is None:
            states = self.start
            for letter in text:
                states = self.step(states, letter)
            found = self.known[text] = states & self.last != 0
        return found


@functools.lru_cache(maxsize=4096)
def matcher(pieces):
    return Matcher(pieces)


def matches(pieces, text):
    """Whether the pieces match the whole text."""
    return matcher(pieces).matches(text)


# --- elements ---------------------------------------------------------------------------------------------------


def action_pieces(entry):
    return pieces_of(entry.lower(), True, False)


def resource_entries(entry, effect, negated, kind):
    """The patterns that one Resource entry stands for: an incomplete ARN is completed with `*`.

    The guide says so of identity policies and not of session policies, nothing of SCPs, and leaves open whether the
    entry is a plain pattern besides: see `short_arn_of_an_scp_is_completed`, `short_arn_is_a_plain_pattern_too`.
    """
    parts = entry.split(":")
    generous = is_generous(effect, negated)
    completes = kind in ("identity", "boundary") or kind == "scp" and generous
    if len(parts) >= 6 or not entry.startswith("arn:") or "${" in entry or not completes:
        return [entry]
    completed = entry + ":*" * (6 - len(parts))
    return [completed, entry] if generous else [completed]


def arn_pieces(pieces, generous):
    """The pieces of an ARN operator's value: wildcards of the first five parts stay within their part."""
    if pieces == ((RUN, ""),):
        # See `arn_like_bare_star_matches_any_arn`.
        if not generous:
            return None
        pieces = tuple((CHAR, c) for c in "arn:") + ((RUN, ""), (CHAR, ":")) * 4 + ((RUN, ""),)
    out = []
    colons = 0
    for kind, letter in pieces:
        if kind == CHAR and letter == ":":
            colons += 1
        if colons < 5:
            kind = {ONE: ONE_IN_PART, RUN: RUN_IN_PART}.get(kind, kind)
        out.append((kind, letter))
    return tuple(out) if colons >= 5 else None


def is_arn(text):
    return text.count(":") >= 5 and text.startswith("arn:")


# --- values -----------------------------------------------------------------------------------------------------


def number(text):
    """A decimal number, exactly, or None."""
    try:
        return Fraction(text) if "/" not in text and "_" not in text else None
    except ValueError:
        return None


def instant(text):
    """A point in time: a date, a date with time and offset, or seconds since 1970; four digits are a year."""
    if text.isdigit() and len(text) != 4:
        return Fraction(int(text))
    if text.isdigit():
        text += "-01-01"
    try:
        at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=datetime.timezone.utc)
    since = at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return Fraction(since.days * 86400 + since.seconds) + Fraction(since.microseconds, 1_000_000)


def address(text):
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


@functools.lru_cache(maxsize=4096)
def network(text):
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def octets(text):
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


ORDERS = {
    "Equals": lambda given, wanted: given == wanted,
    "LessThan": lambda given, wanted: given < wanted,
    "LessThanEquals": lambda given, wanted: given <= wanted,
    "GreaterThan": lambda given, wanted: given > wanted,
    "GreaterThanEquals": lambda given, wanted: given >= wanted,
}


def text_pieces(base, wanted, variables, context, generous):
    """For the operators on text: the pattern of one value of the policy; None when it matches nothing."""
    wild = base in ("StringLike", "ArnLike", "ArnEquals")
    pieces = fill(wanted, wild, variables, context)
    if pieces is None:
        return None
    if base == "StringEqualsIgnoreCase":
        return tuple((FOLDED, letter.lower()) for _, letter in pieces)
    if base in ("ArnLike", "ArnEquals"):
        return arn_pieces(pieces, generous)
    return pieces


def is_text(base):
    return base.startswith("String") or base.startswith("Arn")


def is_generous(effect, negated):
    """Whether a doubtful match counts: in an Allow it does, in a Deny not; where a match excludes, the reverse."""
    return (effect == "Allow") != negated


def value_matches(base, wanted, given, variables, context, generous):
    """Whether one value of the policy matches one value of the request, by an operator that is not negated."""
    if is_text(base):
        pieces = text_pieces(base, wanted, variables, context, generous)
        if pieces is None or base.startswith("Arn") and not is_arn(given):
            return False
        return matches(pieces, given)
    if base == "Bool":
        if variables and "${" in wanted:
            # See `variable_under_bool_is_filled_in`.
            pieces = fill(wanted, False, True, context) if generous else None
            wanted = "" if pieces is None else "".join(letter for _, letter in pieces)
        return given.lower() == wanted.lower() and wanted.lower() in ("true", "false")
    if base == "BinaryEquals":
        return octets(wanted) is not None and octets(wanted) == octets(given)
    if base == "IpAddress":
        block, one = network(wanted), address(given)
        return block is not None and one is not None and one.version == block.version and one in block
    read = number if base.startswith("Numeric") else instant
    left, right = read(given), read(wanted)
    if left is None or right is None:
        return False
    return ORDERS[base.removeprefix("Numeric").removeprefix("Date")](left, right)


# --- conditions -------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024)
def operator_parts(operator):
    """(set operator or "", positive operator, negated, IfExists)."""
    quantifier, colon, name = operator.partition(":")
    if not colon:
        quantifier, name = "", operator
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    return quantifier, NEGATED.get(name, name), name in NEGATED, if_exists


def when_missing(operator, wanted, effect):
    """What a condition says when its key is not in the request."""
    quantifier, base, negated, if_exists = operator_parts(operator)
    if base == "Null":
        return any(value.lower() == "true" for value in wanted)
    if if_exists:
        return True
    if quantifier == "ForAllValues":
        # One table of the guide says that a negated operator does not match here, the text says it does.
        return effect == "Allow" if negated else True
    if quantifier == "ForAnyValue":
        return False
    return negated


def member_holds(operator, wanted, given, variables, context, effect):
    """What a condition says of one value: any of the policy's values, or none of them when negated."""
    _, base, negated, _ = operator_parts(operator)
    generous = is_generous(effect, negated)
    return negated != any(value_matches(base, one, given, variables, context, generous) for one in wanted)


def condition_holds(operator, key, wanted, variables, context, effect):
    """One operator on one key."""
    quantifier, base, _, _ = operator_parts(operator)
    given = context.get(key.lower(), [])
    if not given:
        return when_missing(operator, wanted, effect)
    if base == "Null":
        return any(value.lower() == "false" for value in wanted)
    each = [member_holds(operator, wanted, one, variables, context, effect) for one in given]
    return any(each) if quantifier == "ForAnyValue" else all(each)


# --- statements -------------------------------------------------------------------------------------------------


def has_variables(document):
    return document.get("Version") == "2012-10-17"


def conditions_of(statement):
    """(operator, key, values) in the order of the document."""
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield operator, key, tuple(as_text(value) for value in as_list(values))


def action_test(statement):
    """The test whether a statement is about an action, given in lower case."""
    negated = "NotAction" in statement
    entries = as_list(statement["NotAction" if negated else "Action"])
    tests = [matcher(action_pieces(entry)).matches for entry in entries]
    return lambda action: negated != any(test(action) for test in tests)


def resource_patterns(statement, kind):
    """(negated, every pattern that the element stands for)."""
    negated = "NotResource" in statement
    out = []
    for entry in as_list(statement.get("NotResource" if negated else "Resource", [])):
        out.extend(resource_entries(entry, statement["Effect"], negated, kind))
    return negated, out


FIRST_FIVE_PARTS = re.compile(r"((\$\{[^}]*\}|[^:])*:){5}")


def resource_pieces(pattern, variables, context, generous):
    """A pattern of a resource, variables filled in; None when it matches nothing."""
    start = 0
    if variables and not generous:
        # Before the fifth colon they are text; see `variable_before_the_fifth_colon_is_filled_in`.
        parts = FIRST_FIVE_PARTS.match(pattern)
        start = parts.end() if parts else len(pattern)
    filled = fill(pattern[start:], True, variables, context)
    return None if filled is None else pieces_of(pattern[:start], True, False) + filled


def resource_test(statement, variables, context, kind):
    """The test whether a statement is about a resource, in this context."""
    if "Resource" not in statement and "NotResource" not in statement:
        # Only the policies of a resource may leave it out.
        return lambda _resource: kind not in ("identity", "boundary", "session", "scp")
    negated, patterns = resource_patterns(statement, kind)
    generous = is_generous(statement["Effect"], negated)
    filled = [resource_pieces(pattern, variables, context, generous) for pattern in patterns]
    tests = [matcher(pieces).matches for pieces in filled if pieces is not None]
    return lambda resource: negated != any(test(resource) for test in tests)


def statement_covers(statement, variables, request, kind):
    """Whether a statement matches, its principal left aside."""
    action, resource, context = request
    return (
        action_test(statement)(action.lower())
        and resource_test(statement, variables, context, kind)(resource)
        and all(
            condition_holds(operator, key, wanted, variables, context, statement["Effect"])
            for operator, key, wanted in conditions_of(statement)
        )
    )


def covering(kind, documents, effect, request):
    """(document, statement) numbers of each statement of an effect that matches, in documents of one kind."""
    return [
        (number, index)
        for number, document in enumerate(documents)
        for index, statement in enumerate(as_list(document["Statement"]))
        if statement["Effect"] == effect and statement_covers(statement, has_variables(document), request, kind)
    ]
