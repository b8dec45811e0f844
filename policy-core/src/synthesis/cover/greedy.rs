//! A cover that is good without searching: the best rectangle again and again, then improvements.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;

use super::grid::{Block, Grid};

/// Lines up to which the meets of all pairs of lines are candidates too.
const MAX_PAIRED: usize = 48;

/// The best of [`covers`].
pub(super) fn cover(grid: &Grid) -> Vec<Block> {
    let priced = covers(grid).into_iter().map(|cover| (grid.cost(&cover), cover));
    priced.min().map(|(_, cover)| cover).unwrap_or_default()
}

/// Three covers: a statement for each row, one for each column, and a greedy choice among rectangles that cannot be extended;
/// each improved until nothing can be left out or put together.
pub(super) fn covers(grid: &Grid) -> Vec<Vec<Block>> {
    let mut covers = vec![by_rows(grid), by_columns(grid), greedy(grid)];
    for cover in &mut covers {
        improve(grid, cover);
        cover.sort();
    }
    covers
}

fn by_rows(grid: &Grid) -> Vec<Block> {
    let block = |(row, line): (usize, &super::grid::Line)| {
        let mut block = Block { columns: line.cells.clone(), ..grid.empty() };
        block.rows.insert(row);
        block
    };
    grid.rows.iter().enumerate().map(block).collect()
}

fn by_columns(grid: &Grid) -> Vec<Block> {
    let block = |(column, line): (usize, &super::grid::Line)| {
        let mut block = Block { rows: line.cells.clone(), ..grid.empty() };
        block.columns.insert(column);
        block
    };
    grid.columns.iter().enumerate().map(block).collect()
}

/// Rectangles that cannot be extended: those of each row, each column, and of two rows together.
pub(super) fn candidates(grid: &Grid) -> BTreeSet<Block> {
    let mut candidates = BTreeSet::new();
    let mut of_columns = |columns: &FixedBitSet| {
        if columns.is_clear() {
            return;
        }
        let mut block = grid.empty();
        for (row, line) in grid.rows.iter().enumerate() {
            block.rows.set(row, columns.is_subset(&line.cells));
        }
        for (column, line) in grid.columns.iter().enumerate() {
            block.columns.set(column, block.rows.is_subset(&line.cells));
        }
        candidates.insert(block);
    };
    for (number, row) in grid.rows.iter().enumerate() {
        of_columns(&row.cells);
        for other in grid.rows[..number].iter().filter(|_| grid.rows.len() <= MAX_PAIRED) {
            let mut both = row.cells.clone();
            both.intersect_with(&other.cells);
            of_columns(&both);
        }
    }
    for column in &grid.columns {
        let mut columns = FixedBitSet::with_capacity(grid.columns.len());
        columns.insert_range(..);
        column.cells.ones().for_each(|row| columns.intersect_with(&grid.rows[row].cells));
        of_columns(&columns);
    }
    candidates
}

/// Takes the rectangle with the fewest characters for each cell not yet covered, again and again.
fn greedy(grid: &Grid) -> Vec<Block> {
    let candidates = candidates(grid);
    let mut open: Vec<FixedBitSet> = grid.rows.iter().map(|row| row.cells.clone()).collect();
    let mut cover = Vec::new();
    loop {
        let worth = |block: &Block| {
            let new: usize =
                block.rows.ones().map(|row| open[row].intersection_count(&block.columns)).sum();
            // Characters for each new cell, without floating point.
            (new > 0).then(|| grid.chars(block) * 1024 / new)
        };
        let best = candidates.iter().filter_map(|block| Some((worth(block)?, block))).min();
        let Some((_, best)) = best else { return cover };
        best.rows.ones().for_each(|row| open[row].difference_with(&best.columns));
        cover.push(best.clone());
    }
}

/// Leaves out what is covered twice and puts statements together while that saves characters.
pub(super) fn improve(grid: &Grid, cover: &mut Vec<Block>) {
    loop {
        trim(grid, cover);
        let mut saved = None;
        for (i, a) in cover.iter().enumerate() {
            for (j, b) in cover.iter().enumerate().skip(i + 1) {
                let mut both = a.clone();
                both.rows.union_with(&b.rows);
                both.columns.union_with(&b.columns);
                let apart = grid.chars(a) + grid.chars(b);
                if grid.chars(&both) < apart && grid.holds(&both) {
                    let best = (apart - grid.chars(&both), i, j, both);
                    saved = saved.max(Some(best));
                }
            }
        }
        let Some((_, i, j, both)) = saved else { return };
        cover.remove(j);
        cover[i] = both;
    }
}

/// Takes out what the other rectangles cover: rows first, the longest first, then columns.
fn trim(grid: &Grid, cover: &mut Vec<Block>) {
    let mut counts = vec![vec![0_u32; grid.columns.len()]; grid.rows.len()];
    for block in cover.iter() {
        for row in block.rows.ones() {
            block.columns.ones().for_each(|column| counts[row][column] += 1);
        }
    }
    for block in cover.iter_mut().rev() {
        for row in block.rows.clone().ones() {
            if block.columns.ones().all(|column| counts[row][column] > 1) {
                block.rows.set(row, false);
                block.columns.ones().for_each(|column| counts[row][column] -= 1);
            }
        }
        for column in block.columns.clone().ones() {
            if block.rows.ones().all(|row| counts[row][column] > 1) {
                block.columns.set(column, false);
                block.rows.ones().for_each(|row| counts[row][column] -= 1);
            }
        }
    }
    cover.retain(|block| !block.rows.is_clear() && !block.columns.is_clear());
}
