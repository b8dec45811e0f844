//! The table as numbers: which row has which columns, and what each costs to write.

use fixedbitset::FixedBitSet;

/// Rows and columns that are the same count as one line each.
///
/// That loses nothing: of two equal rows the one that stands in fewer rectangles could stand wherever the
/// other does not have to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) rows: Vec<Line>,
    pub(super) columns: Vec<Line>,
    pub(super) statement_chars: usize,
}

/// Some equal rows, or columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The numbers of what it stands for, in the table.
    members: Vec<usize>,
    /// Characters of all of them in a list.
    chars: usize,
    /// The lines that cross it.
    pub(super) cells: FixedBitSet,
}

/// Rows and columns of a grid, by number: a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Block {
    pub(super) rows: FixedBitSet,
    pub(super) columns: FixedBitSet,
}

impl Grid {
    /// A grid of rows of columns; `row_chars` and `column_chars` are what each takes in a list.
    pub(super) fn new(
        cells: Vec<Vec<usize>>,
        row_chars: Vec<usize>,
        column_chars: Vec<usize>,
        statement_chars: usize,
    ) -> Self {
        let (height, width) = (row_chars.len(), column_chars.len());
        let line = |number: usize, chars: usize, crossing: usize| Line {
            members: vec![number],
            chars,
            cells: FixedBitSet::with_capacity(crossing),
        };
        let mut rows: Vec<Line> =
            row_chars.into_iter().enumerate().map(|(n, chars)| line(n, chars, width)).collect();
        let mut columns: Vec<Line> =
            column_chars.into_iter().enumerate().map(|(n, chars)| line(n, chars, height)).collect();
        for (row, cells) in cells.into_iter().enumerate() {
            for column in cells {
                rows[row].cells.insert(column);
                columns[column].cells.insert(row);
            }
        }
        Self { rows, columns, statement_chars }.with_equal_lines_joined()
    }

    fn with_equal_lines_joined(mut self) -> Self {
        // Rows that are equal stay equal when equal columns become one, and no new ones become so.
        self.rows = joined(self.rows);
        self.columns = crossing(&self.rows, &self.columns);
        self.columns = joined(self.columns);
        self.rows = crossing(&self.columns, &self.rows);
        self
    }

    /// The parts that share no row and no column.
    pub(super) fn pieces(&self) -> Vec<Self> {
        let mut left = FixedBitSet::with_capacity(self.rows.len());
        left.insert_range(..);
        let mut pieces = Vec::new();
        while let Some(first) = left.minimum() {
            let mut rows = FixedBitSet::with_capacity(self.rows.len());
            let mut columns = FixedBitSet::with_capacity(self.columns.len());
            let mut open = vec![first];
            rows.insert(first);
            while let Some(row) = open.pop() {
                for column in self.rows[row].cells.ones() {
                    columns.insert(column);
                    for next in self.columns[column].cells.ones() {
                        if !rows.put(next) {
                            open.push(next);
                        }
                    }
                }
            }
            left.difference_with(&rows);
            let of = |lines: &[Line], kept: &FixedBitSet, crossing: &FixedBitSet| {
                kept.ones()
                    .map(|number| {
                        let line = &lines[number];
                        let cells = crossing.ones().map(|other| line.cells.contains(other));
                        Line { cells: bits(cells), ..line.clone() }
                    })
                    .collect()
            };
            pieces.push(Self {
                rows: of(&self.rows, &rows, &columns),
                columns: of(&self.columns, &columns, &rows),
                statement_chars: self.statement_chars,
            });
        }
        pieces
    }

    /// Combinations of rows and columns in it.
    pub(super) fn cells(&self) -> usize {
        self.rows.iter().map(|row| row.cells.count_ones(..)).sum()
    }

    /// No rows and no columns.
    pub(super) fn empty(&self) -> Block {
        Block {
            rows: FixedBitSet::with_capacity(self.rows.len()),
            columns: FixedBitSet::with_capacity(self.columns.len()),
        }
    }

    /// Whether every combination of the block is in the grid.
    pub(super) fn holds(&self, block: &Block) -> bool {
        block.rows.ones().all(|row| block.columns.is_subset(&self.rows[row].cells))
    }

    /// Characters of the block as a statement.
    pub(super) fn chars(&self, block: &Block) -> usize {
        self.statement_chars
            + list(block.rows.ones().map(|row| &self.rows[row]))
            + list(block.columns.ones().map(|column| &self.columns[column]))
    }

    /// Characters of all, and how many there are.
    pub(super) fn cost(&self, blocks: &[Block]) -> (usize, usize) {
        (blocks.iter().map(|block| self.chars(block)).sum(), blocks.len())
    }

    /// The rows and columns of the table that a block stands for.
    pub(super) fn members(&self, block: &Block) -> (Vec<usize>, Vec<usize>) {
        let members = |lines: &[Line], numbers: &FixedBitSet| {
            numbers.ones().flat_map(|number| lines[number].members.clone()).collect()
        };
        (members(&self.rows, &block.rows), members(&self.columns, &block.columns))
    }
}

impl Line {
    /// Characters of its members in a list.
    pub(super) fn chars(&self) -> usize {
        self.chars
    }

    /// How many it stands for.
    pub(super) fn count(&self) -> usize {
        self.members.len()
    }
}

/// Characters of lines as a JSON value: a text, or a list of texts.
fn list<'l>(lines: impl Iterator<Item = &'l Line>) -> usize {
    let (chars, count) =
        lines.fold((0, 0), |(chars, count), line| (chars + line.chars(), count + line.count()));
    // Each text is reckoned with a comma; the last has none, and a list has brackets.
    chars + 2 * usize::from(count > 1) - 1
}

/// Lines with the same cells become one.
fn joined(lines: Vec<Line>) -> Vec<Line> {
    let mut kept: Vec<Line> = Vec::new();
    let mut known: std::collections::BTreeMap<FixedBitSet, usize> = Default::default();
    for line in lines {
        match known.get(&line.cells) {
            Some(&same) => {
                kept[same].chars += line.chars;
                kept[same].members.extend(line.members);
            }
            None => {
                known.insert(line.cells.clone(), kept.len());
                kept.push(line);
            }
        }
    }
    kept
}

/// `lines` with cells for the lines that cross them now.
fn crossing(others: &[Line], lines: &[Line]) -> Vec<Line> {
    let crossed = lines.iter().enumerate().map(|(number, line)| Line {
        cells: bits(others.iter().map(|other| other.cells.contains(number))),
        ..line.clone()
    });
    crossed.collect()
}

fn bits(values: impl Iterator<Item = bool>) -> FixedBitSet {
    let values: Vec<bool> = values.collect();
    let mut bits = FixedBitSet::with_capacity(values.len());
    values.iter().enumerate().for_each(|(number, &value)| bits.set(number, value));
    bits
}
