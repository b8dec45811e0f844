"""Another search for the statements with the fewest characters, held against those that are made.

usage: search.py TABLES [--nodes N] [--bound PERCENT] [--each]

TABLES is what `statement_tables` prints. Statements of one service and condition cover a table of actions and resources by rectangles. Here
it is covered anew, with nothing but the texts of the table, as a linear program over all rectangles: HiGHS solves it for those that are
there, and from what the program would pay for each cell the cheapest rectangles that are missing are found, over all sets of actions (or of
resources, where these are fewer), until none is missing. What the cells pay then is a proof of how few characters there must be; whole
rectangles among those that were found, and those that are nearly as cheap, are the cover.

Ends with 1 where a statement allows what the evidence does not ask for or leaves out what it asks for, where the statements have fewer
characters than there must be, and where they have more, by --bound, than the search found.
"""

import argparse
import collections
import json
import math
import sys

import highspy
import numpy

# A Sid of the length that statements are reckoned with: their own follows from what is in them.
SID = "x" * 24
# Sets of lines that are looked at are two to the power of these.
MOST_LINES = 17
# Rectangles that are added at once, and those that the cover is chosen from.
STEP, CHOICE = 60, 700
EPSILON = 1e-6


def listed(value):
    return value if isinstance(value, list) else [value]


def chars(actions, resources, condition):
    """What a statement takes in a document, with the comma that follows it."""
    one = lambda values: values[0] if len(values) == 1 else values
    statement = {"Sid": SID, "Effect": "Allow", "Action": one(sorted(actions)), "Resource": one(sorted(resources))}
    if condition is not None:
        statement["Condition"] = condition
    return len(json.dumps(statement, separators=(",", ":"), ensure_ascii=False)) + 1


class Table:
    """A table as numbers: `sides` are its lines, the fewer first, and `there` whether two of them cross."""

    def __init__(self, rows, condition):
        actions, resources = sorted(rows), sorted(set().union(*rows.values()))
        there = numpy.array([[resource in rows[action] for resource in resources] for action in actions])
        turned = len(resources) < len(actions)
        self.there = there.T if turned else there
        sides = (resources, actions) if turned else (actions, resources)
        # Each text with its quotes and a comma.
        weights = [numpy.array([len(json.dumps(text, ensure_ascii=False)) + 1 for text in side]) for side in sides]
        self.outer, self.inner = weights
        # A statement without its two texts, each three characters with its quotes.
        self.frame = chars(["a"], ["r"], condition) - 6
        self.cells = {cell: number for number, cell in enumerate(zip(*numpy.nonzero(self.there)))}
        if len(self.outer) > MOST_LINES:
            raise ValueError(f"{len(self.outer)} lines are more than {MOST_LINES}")
        self.enumerate()

    def doubled(self, start, lines, join):
        """One line for each set of outer lines, by its bits."""
        for line in lines:
            start = numpy.concatenate([start, join(start, line)])
        return start

    def enumerate(self):
        """The sets of outer lines that have an inner line in common."""
        common = self.doubled(numpy.ones((1, len(self.inner)), bool), self.there, numpy.logical_and)
        count = self.doubled(numpy.zeros(1, int), [1] * len(self.outer), numpy.add)
        weight = self.doubled(numpy.zeros(1, int), self.outer, numpy.add)
        self.sets = numpy.nonzero(common.any(axis=1) & (count > 0))[0]
        self.common = common[self.sets]
        # One comma fewer than texts in either list, and brackets where there are several.
        self.base = self.frame + weight[self.sets] + 2 * (count[self.sets] > 1) - 2

    def cost(self, outer, inner):
        brackets = 2 * (len(outer) > 1) + 2 * (len(inner) > 1)
        return int(self.frame + self.outer[outer].sum() + self.inner[inner].sum() + brackets - 2)

    def missing(self, pays, most, below):
        """The rectangles whose cells pay more than they cost, less `below`: how much at the most, and the first `most` of them."""
        paid = numpy.zeros(self.there.shape)
        for cell, number in self.cells.items():
            paid[cell] = pays[number]
        gain = self.doubled(numpy.zeros((1, len(self.inner))), paid, numpy.add)[self.sets]
        net = numpy.where(self.common, gain - self.inner, -numpy.inf)
        good = net > 0
        several = numpy.where(good, net, 0).sum(axis=1) - 2 * (good.sum(axis=1) > 1)
        alone = net.max(axis=1)
        left = self.base - numpy.maximum(several, alone)
        order = numpy.argsort(left, kind="stable")[:most]
        found = []
        for at in order:
            if left[at] >= below:
                break
            outer = [line for line in range(len(self.outer)) if self.sets[at] >> line & 1]
            inner = [int(net[at].argmax())] if alone[at] >= several[at] else [int(it) for it in numpy.nonzero(good[at])[0]]
            found.append((outer, inner))
        return float(left.min()), found


class Program:
    """The rectangles that are known, and how they cover."""

    def __init__(self, table):
        self.table, self.known, self.keys = table, set(), []
        self.solver = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
            self.solver.setOptionValue(option, value)
        for _ in table.cells:
            self.solver.addRow(1.0, highspy.kHighsInf, 0, [], [])
        for outer, inner in table.cells:
            self.add([int(outer)], [int(inner)])

    def add(self, outer, inner):
        if (key := (tuple(outer), tuple(inner))) in self.known:
            return
        self.known.add(key)
        self.keys.append(key)
        cells = sorted(self.table.cells[a, b] for a in outer for b in inner)
        self.solver.addCol(float(self.table.cost(outer, inner)), 0.0, highspy.kHighsInf, len(cells), cells, [1.0] * len(cells))

    def pays(self):
        self.solver.run()
        return numpy.maximum(numpy.array(self.solver.getSolution().row_dual), 0)

    def whole(self, nodes):
        """The characters of the best cover by rectangles that are known."""
        count = self.solver.getNumCol()
        self.solver.setOptionValue("mip_max_nodes", nodes)
        self.solver.setOptionValue("mip_rel_gap", 0.0)
        self.solver.changeColsIntegrality(count, list(range(count)), [highspy.HighsVarType.kInteger] * count)
        self.solver.run()
        used = self.solver.getSolution().col_value
        return trimmed(self.table, [key for key, value in zip(self.keys, used) if value > 0.5])


def trimmed(table, cover):
    """The characters of a cover without the lines of each rectangle that others cover."""
    count = numpy.zeros(table.there.shape, int)
    for outer, inner in cover:
        count[numpy.ix_(outer, inner)] += 1
    cost = 0
    for outer, inner in cover:
        outer, inner = list(outer), list(inner)
        for line in outer[:]:
            if (count[line, inner] > 1).all():
                outer.remove(line)
                count[line, inner] -= 1
        for line in inner[:] if outer else []:
            if (count[outer, line] > 1).all():
                inner.remove(line)
                count[outer, line] -= 1
        cost += table.cost(outer, inner) if outer and inner else 0
    assert (count[table.there] > 0).all()
    return cost


def search(rows, condition, nodes):
    """The characters of the best cover that was found, and the fewest that there must be."""
    table = Table(rows, condition)
    program = Program(table)
    while True:
        pays = program.pays()
        least, found = table.missing(pays, STEP, -EPSILON)
        if not found:
            break
        before = len(program.known)
        for outer, inner in found:
            program.add(outer, inner)
        if len(program.known) == before:
            break
    # Lowered so far that no rectangle is paid more than it costs.
    must = math.ceil(pays.sum() / (1 + max(0.0, -least) / table.base.min()) - 1e-3)
    # The rectangles that the linear program would miss least.
    near = table.missing(pays, CHOICE, math.inf)[1] + [(list(outer), list(inner)) for outer, inner in program.known]
    left = lambda it: table.cost(*it) - sum(pays[table.cells[a, b]] for a in it[0] for b in it[1])
    chosen = Program(table)
    for outer, inner in sorted(near, key=lambda it: (left(it), it))[:CHOICE]:
        chosen.add(outer, inner)
    return chosen.whole(nodes), must


def tables(line):
    """The tables of a role by service and condition: rows, and the statements that cover them."""
    found = collections.defaultdict(list)
    for document in line["documents"]:
        for it in document["Statement"]:
            if it["Effect"] == "Allow":
                actions, resources = listed(it["Action"]), listed(it["Resource"])
                condition = it.get("Condition")
                found[actions[0].split(":")[0], json.dumps(condition)].append((actions, resources, condition))
    for statements in found.values():
        rows = collections.defaultdict(set)
        for actions, resources, _ in statements:
            for action in actions:
                rows[action] |= set(resources)
        yield dict(rows), statements


def wrong_pairs(line):
    """What the statements allow and nothing asks for, and what is asked for and not allowed; of drawn tables."""
    if line["pairs"] is None:
        return [], []
    allowed = {(action, it) for rows, _ in tables(line) for action, columns in rows.items() for it in columns}
    asked = {(action, resource) for action, resource in line["pairs"]}
    return sorted(allowed - asked), sorted(asked - allowed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tables")
    parser.add_argument("--nodes", type=int, default=1, help="how many parts of a table the solver may look at")
    parser.add_argument("--bound", type=float, default=3.0, help="per cent above what is found that fail")
    parser.add_argument("--each", action="store_true", help="print every table that is searched")
    args = parser.parse_args()
    failures, shapes = [], {}
    with open(args.tables, encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            more, fewer = wrong_pairs(line)
            failures += [f"{line['name']}: {action} on {resource} is allowed and not asked for" for action, resource in more]
            failures += [f"{line['name']}: {action} on {resource} is asked for and not allowed" for action, resource in fewer]
            for rows, statements in tables(line):
                if next(iter(rows)).startswith("logs:") and line["shape"] != "functions":
                    continue
                cells = sum(map(len, rows.values()))
                ours = sum(chars(*statement) for statement in statements)
                found, least = search(rows, statements[0][2], args.nodes)
                shapes.setdefault(line["shape"], []).append((ours, found, least, cells))
                if args.each:
                    print(f"{line['name']}: {len(rows)} actions, {cells} cells, {len(statements)} statements, {ours} characters; "
                          f"found {found}, at least {least}", flush=True)
                if ours < least:
                    failures.append(f"{line['name']}: {ours} characters are fewer than there must be, {least}")
                if ours > found * (1 + args.bound / 100):
                    failures.append(f"{line['name']}: {ours} characters, where {found} are enough")
    print("| tables | of | cells | characters | found | proved least | characters / found: all | worst |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for shape, measured in shapes.items():
        ours, found, least = (sum(it[i] for it in measured) for i in range(3))
        worst = max(it[0] / it[1] for it in measured)
        cells = max(it[3] for it in measured)
        print(f"| {shape} | {len(measured)} | ≤ {cells} | {ours} | {found} | {least} | {ours / found:.4f} | {worst:.4f} |")
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
