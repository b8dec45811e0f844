//! The cheapest cover of a small grid, by search.
//!
//! Cell by cell: each belongs to a rectangle that is there and can grow to hold it, or to a new one.
//! Every cover is reached so, for its rectangles are what their cells make them. A branch is cut off
//! where what it costs already, and what the open cells must cost at least, is no less than the best.

use fixedbitset::FixedBitSet;

use super::grid::{Block, Grid};

/// Cells up to which a grid is searched to the end.
pub(super) const MAX_CELLS: usize = 24;

/// Cells of a row or column; more than [`MAX_CELLS`].
type Mask = u32;

/// A rectangle as masks of rows and columns.
type Masks = (Mask, Mask);

/// Statements count, too: one is dearer than none where the characters are the same.
const SCALE: u64 = 64;

/// The cheapest cover, if it is cheaper than `known`; `None` also where the grid is too large.
pub(super) fn cover(grid: &Grid, known: &[Block]) -> Option<Vec<Block>> {
    if grid.cells() > MAX_CELLS {
        return None;
    }
    let mut search = Search::new(grid, known);
    search.open(&mut Vec::new(), 0);
    let best = search.best?;
    let block = |&(rows, columns): &Masks| Block {
        rows: bits(rows, grid.rows.len()),
        columns: bits(columns, grid.columns.len()),
    };
    let mut best: Vec<Block> = best.iter().map(block).collect();
    best.sort();
    Some(best)
}

fn bits(mask: Mask, count: usize) -> FixedBitSet {
    let mut bits = FixedBitSet::with_capacity(count);
    ones(mask).for_each(|number| bits.insert(number));
    bits
}

fn mask(bits: &FixedBitSet) -> Mask {
    bits.ones().fold(0, |mask, number| mask | 1 << number)
}

fn ones(mut mask: Mask) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let number = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(number)
    })
}

/// Characters and members of a line.
type Weight = (u64, u32);

struct Search {
    rows: Vec<Mask>,
    row_weights: Vec<Weight>,
    column_weights: Vec<Weight>,
    statement: u64,
    best_cost: u64,
    best: Option<Vec<Masks>>,
    steps: u64,
}

/// How a cell can be covered: cost and rectangle, by number, as it would become.
type Ways = Vec<(u64, usize, Masks)>;

impl Search {
    fn new(grid: &Grid, known: &[Block]) -> Self {
        let (chars, count) = grid.cost(known);
        let weights = |lines: &[super::grid::Line]| {
            lines.iter().map(|line| (line.chars() as u64 * SCALE, line.count() as u32)).collect()
        };
        Self {
            rows: grid.rows.iter().map(|row| mask(&row.cells)).collect(),
            row_weights: weights(&grid.rows),
            column_weights: weights(&grid.columns),
            statement: grid.statement_chars as u64 * SCALE + 1,
            best_cost: chars as u64 * SCALE + count as u64,
            best: None,
            steps: 0,
        }
    }

    /// Goes on with a partial cover.
    fn open(&mut self, cover: &mut Vec<Masks>, cost: u64) {
        self.steps += 1;
        let Some(open) = self.next(cover, cost) else { return };
        let Some(ways) = open else {
            self.best_cost = cost;
            self.best = Some(cover.clone());
            return;
        };
        for (more, number, masks) in ways {
            if number == cover.len() {
                cover.push(masks);
                self.open(cover, cost + more);
                cover.pop();
            } else {
                let before = std::mem::replace(&mut cover[number], masks);
                self.open(cover, cost + more);
                cover[number] = before;
            }
        }
    }

    /// The ways of the open cell that has the fewest, `Some(None)` where all is covered; `None` where nothing cheaper
    /// than the best can come of it.
    fn next(&self, cover: &[Masks], cost: u64) -> Option<Option<Ways>> {
        let mut least = cost;
        let mut tightest: Option<Ways> = None;
        let (mut rows_seen, mut columns_seen): Masks = (0, 0);
        let mut alone: Vec<(usize, usize)> = Vec::new();
        let mut others: Vec<(u64, usize, usize)> = Vec::new();
        for (row, &cells) in self.rows.iter().enumerate() {
            let covered = cover.iter().filter(|(rows, _)| rows >> row & 1 == 1);
            let open = covered.fold(cells, |open, (_, columns)| open & !columns);
            for column in ones(open) {
                let ways = self.ways(cover, row, column);
                match &ways[..] {
                    // Apart from all that were found before, so that it starts a statement of its own.
                    [(more, ..)] if alone.iter().all(|&it| self.apart(it, (row, column))) => {
                        least += more;
                        rows_seen |= 1 << row;
                        columns_seen |= 1 << column;
                        alone.push((row, column));
                    }
                    _ => {
                        let (row_cost, column_cost) =
                            (self.row_weights[row].0, self.column_weights[column].0);
                        others.push((row_cost.min(column_cost), row, column));
                    }
                }
                if tightest.as_ref().is_none_or(|it| ways.len() < it.len()) {
                    tightest = Some(ways);
                }
            }
        }
        // A cell in a row and column of its own costs at least one of the two somewhere.
        for (more, row, column) in others {
            if rows_seen >> row & 1 == 0 && columns_seen >> column & 1 == 0 {
                least += more;
                rows_seen |= 1 << row;
                columns_seen |= 1 << column;
            }
        }
        (least < self.best_cost).then_some(tightest)
    }

    /// Whether no rectangle can hold both cells.
    fn apart(&self, a: (usize, usize), b: (usize, usize)) -> bool {
        self.rows[a.0] >> b.1 & 1 == 0 || self.rows[b.0] >> a.1 & 1 == 0
    }

    /// How a cell can be covered, cheapest first.
    fn ways(&self, cover: &[Masks], row: usize, column: usize) -> Ways {
        let cell: Masks = (1 << row, 1 << column);
        let mut ways = vec![(self.cost(cell), cover.len(), cell)];
        for (number, &(rows, columns)) in cover.iter().enumerate() {
            let grown = (rows | cell.0, columns | cell.1);
            if ones(grown.0).all(|row| grown.1 & !self.rows[row] == 0) {
                ways.push((self.cost(grown) - self.cost((rows, columns)), number, grown));
            }
        }
        ways.sort_unstable();
        ways
    }

    fn cost(&self, (rows, columns): Masks) -> u64 {
        self.statement + list(&self.row_weights, rows) + list(&self.column_weights, columns)
    }
}

/// The same reckoning as the grid's.
fn list(weights: &[Weight], numbers: Mask) -> u64 {
    let (chars, count) = ones(numbers).fold((0, 0), |(chars, count), number| {
        (chars + weights[number].0, count + weights[number].1)
    });
    chars + SCALE * (2 * u64::from(count > 1)) - SCALE
}

#[cfg(test)]
pub(super) fn steps(grid: &Grid, known: &[Block]) -> u64 {
    let mut search = Search::new(grid, known);
    search.open(&mut Vec::new(), 0);
    search.steps
}
