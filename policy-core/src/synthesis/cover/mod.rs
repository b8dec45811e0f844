//! A table of actions and resources, covered by rectangles with the fewest characters.
//!
//! A rectangle is a statement: all of its actions on all of its resources. Covering a table with the
//! fewest rectangles is hard in general, so small tables are searched through (`exact`) and larger
//! ones are covered greedily (`greedy`) and then improved, a rectangle or two taken out and their cells covered anew (`anew`). Tables come apart into pieces that share no
//! action and no resource, and actions with the same resources count as one, which makes nearly every
//! table of a real function small.

mod anew;
mod exact;
mod greedy;
mod grid;

use std::collections::{BTreeMap, BTreeSet};

use crate::iam::ActionName;

use grid::Grid;

/// The resources of each action, under one condition.
pub(super) type Table = BTreeMap<ActionName, BTreeSet<String>>;

/// Actions and resources all of whose combinations are in the table.
pub(super) type Rectangle = (BTreeSet<ActionName>, BTreeSet<String>);

/// Rectangles that cover the table and never leave it.
///
/// Shape: sorted. Fewest characters, of equally many the fewest rectangles, where each piece of the table
/// has at most [`exact::MAX_CELLS`] cells once actions with the same resources, and resources with the same
/// actions, are counted as one; else no worse than one rectangle for each set of resources.
/// Units: `statement_chars` is what a statement costs besides its actions and resources.
pub(super) fn cheapest(table: &Table, statement_chars: usize) -> Vec<Rectangle> {
    let actions: Vec<&ActionName> = table.keys().collect();
    let resources: BTreeSet<&String> = table.values().flatten().collect();
    let numbers: BTreeMap<&String, usize> =
        resources.iter().enumerate().map(|(number, resource)| (*resource, number)).collect();
    let resources: Vec<&String> = resources.into_iter().collect();
    let cells = table.values().map(|row| row.iter().map(|resource| numbers[resource]).collect());
    let grid = Grid::new(
        cells.collect(),
        actions.iter().map(|action| written_chars(action.as_str())).collect(),
        resources.iter().map(|resource| written_chars(resource)).collect(),
        statement_chars,
    );
    let mut cover = Vec::new();
    for piece in grid.pieces() {
        let found = if piece.cells() <= exact::MAX_CELLS {
            let known = greedy::cover(&piece);
            exact::cover(&piece, &known).unwrap_or(known)
        } else {
            anew::cheapest(&piece, greedy::covers(&piece))
        };
        for block in found {
            let (rows, columns) = piece.members(&block);
            cover.push((
                rows.into_iter().map(|row| actions[row].clone()).collect(),
                columns.into_iter().map(|column| resources[column].clone()).collect(),
            ));
        }
    }
    cover.sort();
    cover
}

/// Characters of a text in a JSON list, its quotes and a comma included.
fn written_chars(text: &str) -> usize {
    serde_json::Value::from(text).to_string().chars().count() + 1
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
