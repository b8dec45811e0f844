"""Finitely many texts that stand for all texts.

Text patterns are run side by side as automata: every text belongs to the class of the patterns that match it, and
one text is kept of each class that exists. For numbers, dates and addresses the ends of the intervals cut the line,
and one value of each piece is kept. Both are complete. Where one key is compared both as text and as a number,
the candidates of both are joined; that is not complete, and `Candidates.complete` says so.
"""

import base64
import datetime
import ipaddress
from fractions import Fraction

import meaning

# A letter that no pattern names stands for all letters that no pattern names.
SPARE_LETTERS = "zqwvkj"
LIMIT = 60_000


class TooMany(Exception):
    """The automata have more states together than are looked at."""


class AnyText:
    """Every text."""

    start = 0

    def letters(self, _state):
        return ()

    def next(self, _state, _letter):
        return 0

    def inside(self, _state):
        return True


class Arns(AnyText):
    """ARNs of six parts, and `*` for the actions that have no resource."""

    def letters(self, state):
        return "arn:*"[state] + ("*" if state == 0 else "") if state < 4 else ":" if state < 8 else ""

    def next(self, state, letter):
        if state == 0 and letter == "*":
            return 9
        if state < 4:
            return state + 1 if letter == "arn:"[state] else None
        if state == 9:
            return None
        return state + 1 if letter == ":" and state < 8 else state

    def inside(self, state):
        return state >= 8


class Actions(AnyText):
    """Actions in lower case: a service prefix, a colon, a name."""

    def letters(self, state):
        return ":"

    def next(self, state, letter):
        if letter == ":":
            return 2 if state == 1 else None
        if not (letter.isalnum() or letter == "-" or letter == "_" and state >= 2):
            return None
        return {0: 1, 1: 1, 2: 3, 3: 3}[state]

    def inside(self, state):
        return state == 3


def in_universe(request):
    """Whether action and resource of a request are such as the automata look at."""
    for universe, text in ((Actions(), request[0]), (Arns(), request[1])):
        state = universe.start
        for letter in text:
            state = None if state is None else universe.next(state, letter)
        if state is None or not universe.inside(state):
            return False
    return True


def representatives(patterns, universe):
    """One text for each set of patterns that some text of the universe matches, and matches alone."""
    machines = [meaning.matcher(pieces) for pieces in patterns]
    used = {letter for pieces in patterns for _, letter in pieces}
    spare = next(letter for letter in SPARE_LETTERS if letter not in used and letter.upper() not in used)
    # A state is that of the universe and those of the patterns that can still match.
    first = (universe.start, tuple((number, machine.start) for number, machine in enumerate(machines)))
    seen = {first: ""}
    queue = [first]
    found = {}
    for state in queue:
        text = seen[state]
        there, live = state
        if universe.inside(there):
            found.setdefault(tuple(number for number, states in live if states & machines[number].last), text)
        letters = {spare, *universe.letters(there)}
        for number, states in live:
            letters |= machines[number].letters(states)
        for letter in sorted(letters):
            next_there = universe.next(there, letter)
            if next_there is None:
                continue
            next_live = []
            for number, states in live:
                states = machines[number].next(states, letter)
                if states:
                    next_live.append((number, states))
            after = (next_there, tuple(next_live))
            if after not in seen:
                if len(seen) > LIMIT:
                    raise TooMany
                seen[after] = text + letter
                queue.append(after)
    for matched, text in found.items():
        for number, machine in enumerate(machines):
            machine.known[text] = number in matched
    return list(found.values())


# --- values of condition keys -----------------------------------------------------------------------------------


def number_text(value):
    """An exact decimal; the numbers here have few digits after the point."""
    scaled = value * 10**6
    assert scaled.denominator == 1
    sign = "-" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled.numerator), 10**6)
    return f"{sign}{whole}.{rest:06}".rstrip("0").rstrip(".")


def date_text(value):
    at = datetime.datetime.fromtimestamp(float(value), datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def around(points, between, text):
    """Each point, one value between each two, one below and one above all."""
    points = sorted(set(points))
    out = list(points)
    out.extend((low + high) / 2 for low, high in zip(points, points[1:]))
    if points:
        out.extend((points[0] - between, points[-1] + between))
    return [text(value) for value in out]


def numbers(wanted):
    points = [value for value in map(meaning.number, wanted) if value is not None]
    return [*around(points, Fraction(1), number_text), "none"]


def dates(wanted):
    points = [value for value in map(meaning.instant, wanted) if value is not None]
    points = [Fraction(int(value)) for value in points]
    return [*around(points, Fraction(86400), date_text), "none"]


def addresses(wanted):
    ends = {0, 2**32 - 1}
    for one in wanted:
        block = meaning.network(one)
        if block is not None and block.version == 4:
            low, high = int(block.network_address), int(block.broadcast_address)
            ends.update(end for end in (low, high, low - 1, high + 1) if 0 <= end < 2**32)
    return [*(str(ipaddress.IPv4Address(end)) for end in sorted(ends)), "2001:db8::1", "none"]


def octets(wanted):
    return [*wanted, base64.b64encode(b"\x00none").decode(), "?"]


def booleans(_wanted):
    return ["true", "false", "none"]


KINDS = {"Numeric": numbers, "Date": dates, "IpAddress": addresses, "BinaryEquals": octets, "Bool": booleans}


def kind_of(base):
    """The family of an operator: "text", "Null", or a name in KINDS."""
    if meaning.is_text(base):
        return "text"
    return next((kind for kind in KINDS if base.startswith(kind)), "Null")


class Candidates:
    """Texts for one condition key."""

    def __init__(self, texts, complete):
        self.texts = texts
        self.complete = complete


def candidates(conditions, context, extra=()):
    """Values of a key that its conditions can tell apart.

    `conditions` are (operator, values, variables, effect); `context` fills in variables; `extra` texts are kept too.
    """
    by_kind = {}
    patterns = []
    for operator, wanted, variables, effect in conditions:
        _, base, negated, _ = meaning.operator_parts(operator)
        kind = kind_of(base)
        by_kind.setdefault(kind, []).extend(wanted)
        if kind != "text":
            continue
        for one in wanted:
            pieces = meaning.text_pieces(base, one, variables, context, meaning.is_generous(effect, negated))
            if pieces is not None and pieces not in patterns:
                patterns.append(pieces)
                if base.startswith("Arn"):
                    patterns.append(ANY_ARN)
    kinds = set(by_kind) - {"Null"}
    texts = []
    if kinds <= {"text"}:
        texts.extend(representatives(list(dict.fromkeys(patterns)), AnyText()))
    else:
        if "text" in kinds:
            texts.extend(representatives(list(dict.fromkeys(patterns)), AnyText()))
        for kind in sorted(kinds - {"text"}):
            texts.extend(KINDS[kind](by_kind[kind]))
            # A text that is also a number, a date … by chance: the values of the other operators as they stand.
            texts.extend(by_kind[kind])
        if len(kinds) > 1:
            texts.extend(one for kind in sorted(kinds) for one in by_kind[kind])
    texts.extend(extra)
    return Candidates(list(dict.fromkeys(texts)), len(kinds) <= 1)


# `arn:` and five colons: what an ARN operator looks at at all.
ANY_ARN = meaning.arn_pieces(((meaning.RUN, ""),), True)
