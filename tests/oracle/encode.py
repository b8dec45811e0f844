"""Does one set of policies allow a request that another does not? Asked of Z3.

The unknowns are the class of the action, the class of the resource, for each condition key the class of its value
or that it is missing, and for a key with set operators which classes have a value in the set. A statement is a
formula over these, a document a formula over its statements, layers of policies a formula over documents; the
question is whether `first and not second` can be satisfied.

A policy variable ties the resource to the value of a key. Each key that is used as a variable therefore runs through
finitely many texts, and Z3 is asked once for each choice of them. A difference that is found is a difference;
with variables, that none is found is not a proof, and `Question.complete` says so.
"""

import itertools
import random

import z3

import classes
import decision
import layers
import meaning

# Texts that a key used as a variable runs through, and choices for all such keys together.
VARIABLE_TEXTS = 24
ASSIGNMENTS = 48
MILLISECONDS = 10_000

# Who may call a resource: one of each kind that the generator names, and one of each that it does not.
CALLERS = [
    "arn:aws:iam::111122223333:role/orders", "arn:aws:sts::111122223333:assumed-role/orders/s1",
    "arn:aws:sts::111122223333:assumed-role/orders/s2", "arn:aws:sts::111122223333:assumed-role/orders/other",
    "arn:aws:iam::111122223333:role/other", "arn:aws:sts::111122223333:assumed-role/other/s1",
    "arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:user/other", "arn:aws:iam::444455556666:role/orders",
    "arn:aws:sts::444455556666:assumed-role/orders/s1", "arn:aws:sts::444455556666:assumed-role/orders/other",
    "arn:aws:iam::444455556666:role/other", "arn:aws:sts::444455556666:assumed-role/other/s1",
    "arn:aws:iam::777788889999:role/other", "lambda.amazonaws.com", "sns.amazonaws.com", "other.amazonaws.com",
    "arn:aws:iam::111122223333:saml-provider/corp", "arn:aws:iam::111122223333:saml-provider/other", "anonymous",
    "arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root",
]  # fmt: skip


class Question:
    """Two sets of policies, each an object from kind to documents."""

    def __init__(self, old, new):
        self.sides = (old, new)
        # (kind of policy, statement, whether it has variables)
        self.statements = [
            (kind, statement, meaning.has_variables(document))
            for side in self.sides
            for kind, documents in layers.must_allow(side)
            for document in documents
            for statement in meaning.as_list(document["Statement"])
        ]
        self.conditions = {}
        self.set_keys = set()
        for _, statement, variables in self.statements:
            for operator, key, wanted in meaning.conditions_of(statement):
                of_key = self.conditions.setdefault(key.lower(), [])
                entry = (operator, wanted, variables, statement["Effect"])
                if entry not in of_key:
                    of_key.append(entry)
                if meaning.operator_parts(operator)[0]:
                    self.set_keys.add(key.lower())
        self.callers = CALLERS if "resource" in old or "trust" in old else []
        self.variable_keys = self.keys_of_variables()
        self.complete = not self.variable_keys
        self.cache = {}

    def keys_of_variables(self):
        keys = set()
        for text, wild, variables in self.texts():
            for piece in meaning.pieces_of(text, wild, variables):
                if piece[0] == "variable":
                    keys.add(piece[1])
        return sorted(keys)

    def texts(self):
        """Every text in which variables are filled in."""
        for kind, statement, variables in self.statements:
            for pattern in meaning.resource_patterns(statement, kind)[1]:
                yield pattern, True, variables
        for conditions in self.conditions.values():
            for operator, wanted, variables, _ in conditions:
                base = meaning.operator_parts(operator)[1]
                if meaning.is_text(base) or base == "Bool":
                    for one in wanted:
                        yield one, base in ("StringLike", "ArnLike", "ArnEquals"), variables

    # --- values of variables ---

    def assignments(self):
        """Choices of a text, or of nothing, for every key used as a variable."""
        if not self.variable_keys:
            return [{}]
        shared = self.fragments()
        lists = []
        for key in self.variable_keys:
            own = classes.candidates(self.conditions.get(key, []), {}, ()).texts
            texts = list(dict.fromkeys(["zz", *own[:8], *shared]))[:VARIABLE_TEXTS]
            lists.append([None, *texts])
        every = list(itertools.islice(itertools.product(*lists), 4 * ASSIGNMENTS**2))
        if len(every) > ASSIGNMENTS:
            # Those in which all keys agree come first: they are what two variables can tell.
            same = [choice for choice in every if len(set(choice)) == 1]
            rest = [choice for choice in every if len(set(choice)) > 1]
            random.Random(0).shuffle(rest)
            every = (same + rest)[:ASSIGNMENTS]
        return [{key: [text] for key, text in zip(self.variable_keys, choice) if text is not None} for choice in every]

    def fragments(self):
        """What a variable would have to be for one pattern to spell what another one does, and the defaults."""
        patterns = {meaning.pieces_of(*text): None for text in self.texts()}
        plain = {spelled(pieces, filler): None for pieces in patterns for filler in ("", "z")}
        out = {piece[2]: None for pieces in patterns for piece in pieces if piece[0] == "variable" and piece[2]}
        for pieces in patterns:
            for at, piece in enumerate(pieces):
                if piece[0] == "variable":
                    before, after = without_variables(pieces[:at]), without_variables(pieces[at + 1 :])
                    for text in plain:
                        out.update(dict.fromkeys(between(before, after, text)))
        return sorted(out, key=lambda text: (len(text), text))

    # --- classes ---

    def resources(self, context):
        """Resources, and for each filled-in pattern whether it matches each of them."""
        filled = {}
        for kind, statement, variables in self.statements:
            negated, patterns = meaning.resource_patterns(statement, kind)
            for pattern in patterns:
                generous = meaning.is_generous(statement["Effect"], negated)
                pieces = meaning.resource_pieces(pattern, variables, context, generous)
                if pieces is not None:
                    filled[pieces] = None
        return self.classes_of(tuple(sorted(filled)), classes.Arns())

    def classes_of(self, patterns, universe):
        key = (patterns, type(universe))
        if key not in self.cache:
            self.cache[key] = classes.representatives(patterns, universe)
        return self.cache[key]

    def actions(self):
        patterns = {
            meaning.action_pieces(entry): None
            for _, statement, _ in self.statements
            for name in ("Action", "NotAction")
            for entry in meaning.as_list(statement.get(name, []))
        }
        return self.classes_of(tuple(sorted(patterns)), classes.Actions())

    def candidates(self, key, conditions, context):
        """Values of a key; they depend on the context only where a value has a variable."""
        varies = any("${" in one for _, wanted, variables, _ in conditions if variables for one in wanted)
        of = (key, *(sorted((name, values[0]) for name, values in context.items()) if varies else ()))
        if of not in self.cache:
            self.cache[of] = classes.candidates(conditions, context)
        return self.cache[of]

    # --- the question ---

    def solve(self):
        """[request only the old allow or None, request only the new allow or None], or raises `Unknown`."""
        found = [None, None]
        asked = set()
        for context in self.assignments():
            model = Model(self, context)
            if model.text in asked:
                continue
            asked.add(model.text)
            for side in (0, 1):
                if found[side] is None:
                    found[side] = model.only(side)
            if all(found):
                break
        return found


def spelled(pieces, filler):
    """A text that a pattern spells, with `filler` for wildcards and `v` for variables."""
    letters = {meaning.RUN: filler, meaning.ONE: "z", "variable": "v"}
    return "".join(letters.get(piece[0], piece[1]) for piece in pieces)


def without_variables(pieces):
    return tuple((meaning.RUN, "") if piece[0] == "variable" else piece for piece in pieces)


def between(before, after, text):
    """The parts of a text that stand between a match of `before` and a match of `after`."""
    matcher = meaning.matcher(before)
    states = matcher.start
    starts = [0] if states & matcher.last else []
    for at, letter in enumerate(text):
        states = matcher.next(states, letter)
        if states & matcher.last:
            starts.append(at + 1)
    if starts:
        ends = [at for at in range(starts[0], len(text) + 1) if meaning.matches(after, text[at:])]
        for start in starts:
            yield from (text[start:end] for end in ends if end >= start)


class Unknown(Exception):
    """Z3 gave no answer."""


class Model:
    """The unknowns of one question, for one choice of the variables' values, as text in SMT-LIB."""

    def __init__(self, question, context):
        self.question = question
        self.context = context
        self.lines = []
        self.fields = {}
        self.named = {}
        self.solver = None
        self.field("action", question.actions(), one=True)
        if question.callers:
            self.field("caller", question.callers, one=True)
        self.field("resource", question.resources(context), one=True)
        for key, conditions in question.conditions.items():
            if key in question.variable_keys:
                continue
            found = question.candidates(key, conditions, context)
            question.complete &= found.complete
            if key in question.set_keys:
                self.field(key, found.texts, one=False)
            else:
                self.field(key, [None, *found.texts], one=True)
        for name, policies in zip(("old", "new"), question.sides):
            formula = self.allows(policies)
            self.lines.append(f"(define-fun {name} () Bool {formula})")
        self.lines.append("(declare-const only0 Bool)(declare-const only1 Bool)")
        self.lines.append("(assert (=> only0 (and old (not new))))(assert (=> only1 (and new (not old))))")
        self.text = "\n".join(self.lines)

    def field(self, name, texts, one):
        """One unknown for each class; `one` when exactly one of them is the case."""
        number = len(self.fields)
        chosen = [(text, f"c{number}_{at}") for at, text in enumerate(texts)]
        self.fields[name] = chosen
        self.lines.extend(f"(declare-const {switch} Bool)" for _, switch in chosen)
        if one:
            switches = " ".join(switch for _, switch in chosen)
            self.lines.append(f"(assert (or {switches}))(assert ((_ at-most 1) {switches}))")

    def name(self, of, make):
        """A name for a formula that is used more than once."""
        if of not in self.named:
            formula = make()
            name = f"f{len(self.named)}"
            self.lines.append(f"(define-fun {name} () Bool {formula})")
            self.named[of] = name
        return self.named[of]

    def among(self, name, holds):
        """That the chosen class of a field is one for which `holds` is true."""
        return either([switch for text, switch in self.fields[name] if holds(text)])

    def condition(self, operator, key, wanted, variables, effect):
        if key in self.question.variable_keys:
            return boolean(meaning.condition_holds(operator, key, wanted, variables, self.context, effect))
        if key not in self.question.set_keys:

            def single(text):
                context = self.context if text is None else {**self.context, key: [text]}
                return meaning.condition_holds(operator, key, wanted, variables, context, effect)

            return self.among(key, single)
        quantifier, base, _, _ = meaning.operator_parts(operator)
        some = either([switch for _, switch in self.fields[key]])
        missing = boolean(meaning.when_missing(operator, wanted, effect))
        if base == "Null":
            present = boolean(any(value.lower() == "false" for value in wanted))
        else:

            def member(text):
                return meaning.member_holds(operator, wanted, text, variables, self.context, effect)

            if quantifier == "ForAnyValue":
                present = self.among(key, member)
            else:
                present = f"(not {self.among(key, lambda text: not member(text))})"
        return f"(ite {some} {present} {missing})"

    def statement(self, kind, statement, variables):
        effect = statement["Effect"]
        parts = [
            self.name(
                ("action", str(statement.get("Action")), str(statement.get("NotAction"))),
                lambda: self.among("action", meaning.action_test(statement)),
            ),
            self.name(
                (
                    "resource",
                    str(statement.get("Resource")),
                    str(statement.get("NotResource")),
                    effect,
                    variables,
                    kind,
                ),
                lambda: self.among("resource", meaning.resource_test(statement, variables, self.context, kind)),
            ),
        ]
        if self.question.callers:
            parts.append(self.among("caller", lambda text: decision.names(statement, decision.Caller(text), False)))
        for operator, key, wanted in meaning.conditions_of(statement):
            of = (operator, key.lower(), wanted, variables, effect)
            parts.append(self.name(of, lambda of=of: self.condition(*of)))
        return f"(and {' '.join(parts)})"

    def any_statement(self, kind, documents, effect):
        """That a statement of this effect matches."""
        return either(
            [
                self.statement(kind, statement, meaning.has_variables(document))
                for document in documents
                for statement in meaning.as_list(document["Statement"])
                if statement["Effect"] == effect
            ]
        )

    def allows(self, policies):
        """Every layer allows, and no document denies."""
        lists = layers.must_allow(policies)
        allow = [self.any_statement(kind, documents, "Allow") for kind, documents in lists]
        deny = [self.any_statement(kind, documents, "Deny") for kind, documents in lists]
        return f"(and {' '.join(allow)} (not {either(deny)}))"

    def only(self, side):
        """A request that this side allows and the other does not."""
        if self.solver is None:
            self.solver = z3.SolverFor("QF_FD")
            self.solver.set("timeout", MILLISECONDS)
            self.solver.from_string(self.text)
        answer = self.solver.check(z3.Bool(f"only{side}"))
        if answer == z3.unknown:
            raise Unknown(self.solver.reason_unknown())
        if answer != z3.sat:
            return None
        request = self.request(self.solver.model())
        allowing, other = self.question.sides[side], self.question.sides[1 - side]
        assert layers.allows(allowing, request) and not layers.allows(other, request), (allowing, other, request)
        return request

    def request(self, model):
        """The request of a model, to be asked of the evaluator and to be shown."""
        true = {declared.name() for declared in model.decls() if z3.is_true(model[declared])}
        context = dict(self.context)
        texts = {}
        for name, chosen in self.fields.items():
            taken = [text for text, switch in chosen if switch in true]
            if name in ("action", "resource", "caller"):
                texts[name] = taken[0]
            elif taken and taken[0] is not None:
                context[name] = taken
        return texts["action"], texts["resource"], context, texts.get("caller")


def either(parts):
    return f"(or {' '.join(parts)})" if parts else "false"


def boolean(value):
    return "true" if value else "false"
