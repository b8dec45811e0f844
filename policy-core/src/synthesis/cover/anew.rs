//! A cover made better: some of its rectangles are taken out, and what is open then is covered anew.
//!
//! Other ways of covering the open cells than those that made the cover are looked at: rectangles that are there grow by a row or a
//! column, and new ones leave out rows and columns that add little. It ends where no two rectangles, and
//! of the best cover no three, can be done better in this way, or when the steps that a table may take are used up.

use std::cmp::Reverse;

use fixedbitset::FixedBitSet;

use super::greedy::{self, improve};
use super::grid::{Block, Grid, Line};

/// Lines that are looked at for one grid: a bound for grids of hundreds of lines, of which a grid of 16 by 24 needs a third.
const MAX_STEPS: usize = 40_000_000;

/// The cheapest cover that can be made of `covers`, or from nothing, so.
///
/// Shape: one of `covers` where nothing cheaper is found.
pub(super) fn cheapest(grid: &Grid, covers: Vec<Vec<Block>>) -> Vec<Block> {
    let whole: Vec<Block> = greedy::candidates(grid).into_iter().collect();
    let mut anew = Anew { grid, candidates: &whole, steps: 0 };
    let from_nothing = anew.covered(Vec::new());
    let improved = covers.into_iter().chain(from_nothing).map(|cover| {
        let cover = anew.improved(cover, 2);
        (grid.cost(&cover), cover)
    });
    let best = improved.min().map(|(_, cover)| cover).unwrap_or_default();
    anew.improved(best, 3)
}

struct Anew<'g> {
    grid: &'g Grid,
    /// Rectangles that cannot be extended.
    candidates: &'g [Block],
    steps: usize,
}

/// Characters for each open cell that is covered, scaled; how many cells; which rectangle, and as what.
type Way = (usize, Reverse<usize>, usize, Block);

impl Anew<'_> {
    /// The cover, improved as long as taking out up to `most` rectangles helps; sorted.
    fn improved(&mut self, mut cover: Vec<Block>, most: usize) -> Vec<Block> {
        while let Some(better) = self.better(&cover, most) {
            cover = better;
        }
        cover.sort();
        cover
    }

    /// A cheaper cover that keeps all rectangles but up to `most`.
    fn better(&mut self, cover: &[Block], most: usize) -> Option<Vec<Block>> {
        let cost = self.grid.cost(cover);
        for out in sets(cover.len(), most) {
            let kept = cover.iter().enumerate().filter(|(number, _)| !out.contains(number));
            let other = self.covered(kept.map(|(_, block)| block.clone()).collect())?;
            if self.grid.cost(&other) < cost {
                return Some(other);
            }
        }
        None
    }

    /// Covers what `cover` leaves open, then takes out what is covered twice; `None` where the steps are used up.
    fn covered(&mut self, mut cover: Vec<Block>) -> Option<Vec<Block>> {
        let mut open: Vec<FixedBitSet> =
            self.grid.rows.iter().map(|row| row.cells.clone()).collect();
        cover.iter().for_each(|block| close(&mut open, block));
        while open.iter().any(|row| !row.is_clear()) {
            let (_, _, place, block) = self.way(&cover, &open)?;
            close(&mut open, &block);
            match cover.get_mut(place) {
                Some(grown) => *grown = block,
                None => cover.push(block),
            }
        }
        improve(self.grid, &mut cover);
        Some(cover)
    }

    /// The cheapest way to cover some open cells; `None` where the steps are used up.
    fn way(&mut self, cover: &[Block], open: &[FixedBitSet]) -> Option<Way> {
        let mut best: Option<Way> = None;
        let mut take = |chars: usize, new: usize, place: usize, block: Block| {
            let way = (chars * 1024 / new, Reverse(new), place, block);
            if best.as_ref().is_none_or(|best| way < *best) {
                best = Some(way);
            }
        };
        for candidate in self.candidates {
            if self.steps > MAX_STEPS {
                return None;
            }
            if let Some((block, new)) = self.worth(candidate, open) {
                take(self.grid.chars(&block), new, cover.len(), block);
            }
        }
        for (place, block) in cover.iter().enumerate() {
            self.steps += self.grid.rows.len() + self.grid.columns.len();
            let chars = self.grid.chars(block);
            for (row, line) in self.grid.rows.iter().enumerate() {
                let new = open[row].intersection_count(&block.columns);
                if new > 0 && !block.rows.contains(row) && block.columns.is_subset(&line.cells) {
                    let mut grown = block.clone();
                    grown.rows.insert(row);
                    take(self.grid.chars(&grown) - chars, new, place, grown);
                }
            }
            for (column, line) in self.grid.columns.iter().enumerate() {
                if block.columns.contains(column) || !block.rows.is_subset(&line.cells) {
                    continue;
                }
                let new = block.rows.ones().filter(|&row| open[row].contains(column)).count();
                if new > 0 {
                    let mut grown = block.clone();
                    grown.columns.insert(column);
                    take(self.grid.chars(&grown) - chars, new, place, grown);
                }
            }
        }
        best
    }

    /// The part of a rectangle that covers open cells for the fewest characters each, and how many; lines that add less than
    /// the others are left out, one after the other.
    fn worth(&mut self, candidate: &Block, open: &[FixedBitSet]) -> Option<(Block, usize)> {
        let (rows, columns) = (&self.grid.rows, &self.grid.columns);
        let mut block = candidate.clone();
        loop {
            self.steps += rows.len() + columns.len();
            let (mut in_rows, mut in_columns) = (vec![0; rows.len()], vec![0; columns.len()]);
            for row in block.rows.ones() {
                for column in open[row].intersection(&block.columns) {
                    in_rows[row] += 1;
                    in_columns[column] += 1;
                }
            }
            let new: usize = in_rows.iter().sum();
            if new == 0 {
                return None;
            }
            let chars = self.grid.chars(&block);
            // Cells for its characters, scaled; only of a line that adds less than the others.
            let least = |lines: &[Line], numbers: &FixedBitSet, cells: &[usize]| {
                let adds_little =
                    |&it: &usize| cells[it] == 0 || lines[it].chars() * new > chars * cells[it];
                let value = |it: usize| (cells[it] * 1024 / lines[it].chars(), it);
                numbers.ones().filter(adds_little).map(value).min()
            };
            let row = least(rows, &block.rows, &in_rows);
            let column = least(columns, &block.columns, &in_columns);
            match (row, column) {
                (None, None) => return Some((block, new)),
                (Some((of_row, row)), column) if column.is_none_or(|it| of_row <= it.0) => {
                    block.rows.set(row, false);
                }
                (_, Some((_, column))) => block.columns.set(column, false),
                (Some((_, row)), None) => block.rows.set(row, false),
            }
        }
    }
}

/// Every set of up to `most` numbers below `count`, small sets first.
fn sets(count: usize, most: usize) -> impl Iterator<Item = Vec<usize>> {
    (1..=most.min(count)).flat_map(move |size| {
        let mut next: Option<Vec<usize>> = Some((0..size).collect());
        std::iter::from_fn(move || {
            let set = next.take()?;
            // The last number that can go up; those behind it follow.
            let up = (0..size).rev().find(|&at| set[at] < count - size + at);
            next = up.map(|at| {
                let behind = (at..size).map(|it| set[at] + 1 + it - at);
                set[..at].iter().copied().chain(behind).collect()
            });
            Some(set)
        })
    })
}

fn close(open: &mut [FixedBitSet], block: &Block) {
    block.rows.ones().for_each(|row| open[row].difference_with(&block.columns));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_sets_come_first_and_each_comes_once() {
        let text =
            |count| sets(count, 3).map(|set| format!("{set:?}")).collect::<Vec<_>>().join(" ");
        assert_eq!(text(0), "");
        assert_eq!(text(1), "[0]");
        assert_eq!(text(3), "[0] [1] [2] [0, 1] [0, 2] [1, 2] [0, 1, 2]");
        assert_eq!(sets(9, 3).count(), 9 + 36 + 84);
    }
}
