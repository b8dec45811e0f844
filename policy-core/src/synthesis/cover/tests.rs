//! Covers are exact, and the cheapest where that is claimed.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::grid::Grid;
use super::{Rectangle, Table, anew, cheapest, exact, greedy, written_chars};
use crate::policy::{PolicyDocument, Statement, quota};

const ACTIONS: [&str; 6] =
    ["s3:GetObject", "s3:PutObject", "s3:GetObjectVersionTagging", "s3:A", "s3:B", "s3:ListBucket"];
const RESOURCES: [&str; 6] = [
    "*",
    "arn:aws:s3:::acme-order-uploads/incoming/*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::acme-reports/*",
    "arn:aws:s3:::\"quoted\"/*",
    "arn:aws:s3:::acme-receipts-of-a-very-long-name-indeed/for/one/year",
];
const STATEMENT: usize = 40;

/// A table with row `i` of the bits `rows[i]`.
fn table(rows: &[u8]) -> Table {
    let of = |bits: u8| RESOURCES.iter().enumerate().filter(move |(i, _)| bits >> i & 1 == 1);
    let rows = ACTIONS.iter().zip(rows).filter(|(_, bits)| **bits != 0);
    rows.map(|(action, &bits)| {
        (action.parse().unwrap(), of(bits).map(|(_, resource)| (*resource).to_owned()).collect())
    })
    .collect()
}

fn grid(table: &Table) -> Grid {
    let resources: Vec<&String> =
        table.values().flatten().collect::<BTreeSet<_>>().into_iter().collect();
    let number = |resource| resources.iter().position(|other| *other == resource).unwrap();
    Grid::new(
        table.values().map(|row| row.iter().map(number).collect()).collect(),
        table.keys().map(|action| written_chars(action.as_str())).collect(),
        resources.iter().map(|resource| written_chars(resource)).collect(),
        STATEMENT,
    )
}

/// Characters as a document has them, the statement itself reckoned with `STATEMENT`.
fn chars(cover: &[Rectangle]) -> usize {
    let document = |statements: Vec<Statement>| quota::size_chars(&PolicyDocument::new(statements));
    let frame = r#"{"Effect":"Allow","Action":,"Resource":}"#.len() + document(Vec::new());
    let of = |(actions, resources): &Rectangle| {
        let statement = Statement::allow(actions.iter().map(|a| a.as_str()), resources.clone());
        document(vec![statement]) - frame + STATEMENT
    };
    cover.iter().map(of).sum()
}

/// The fewest characters of any cover, by looking at each set of covered cells.
fn fewest_chars(table: &Table) -> usize {
    let cells: Vec<(&crate::iam::ActionName, &String)> = table
        .iter()
        .flat_map(|(action, row)| row.iter().map(move |resource| (action, resource)))
        .collect();
    let actions: Vec<_> = table.keys().collect();
    let resources: Vec<_> = table.values().flatten().collect::<BTreeSet<_>>().into_iter().collect();
    let mut rectangles: Vec<(usize, usize)> = Vec::new();
    for rows in 1..1_usize << actions.len() {
        for columns in 1..1_usize << resources.len() {
            let chosen = |of: usize, i: usize| of >> i & 1 == 1;
            let rows: BTreeSet<_> = (0..actions.len())
                .filter(|&i| chosen(rows, i))
                .map(|i| actions[i].clone())
                .collect();
            let columns: BTreeSet<String> = (0..resources.len())
                .filter(|&i| chosen(columns, i))
                .map(|i| resources[i].clone())
                .collect();
            if !rows.iter().all(|action| columns.is_subset(&table[action])) {
                continue;
            }
            let mask = cells.iter().enumerate().fold(0, |mask, (i, (action, resource))| {
                let is_in = rows.contains(*action) && columns.contains(*resource);
                mask | usize::from(is_in) << i
            });
            rectangles.push((mask, chars(&[(rows, columns)])));
        }
    }
    // Covers grow, so that every set is final when it is reached.
    let mut fewest = vec![usize::MAX; 1 << cells.len()];
    fewest[0] = 0;
    for covered in 0..fewest.len() {
        if fewest[covered] == usize::MAX {
            continue;
        }
        for (mask, chars) in &rectangles {
            let (with, cost) = (covered | mask, fewest[covered] + chars);
            fewest[with] = fewest[with].min(cost);
        }
    }
    fewest[fewest.len() - 1]
}

/// The table that a cover writes down.
fn written(cover: &[Rectangle]) -> Table {
    let mut table: Table = BTreeMap::new();
    for (actions, resources) in cover {
        for action in actions {
            table.entry(action.clone()).or_default().extend(resources.iter().cloned());
        }
    }
    table
}

fn rows(count: usize, width: u32) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0..(1_u8 << width), 1..=count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_cover_has_fewer_characters(rows in rows(4, 3)) {
        let table = table(&rows);
        prop_assert_eq!(chars(&cheapest(&table, STATEMENT)), fewest_chars(&table));
    }

    #[test]
    fn no_cover_has_fewer_characters_where_there_are_more_resources(rows in rows(2, 6)) {
        let table = table(&rows);
        prop_assert_eq!(chars(&cheapest(&table, STATEMENT)), fewest_chars(&table));
    }

    #[test]
    fn exactly_the_table_is_written(rows in rows(6, 6)) {
        let table = table(&rows);
        prop_assert_eq!(written(&cheapest(&table, STATEMENT)), table);
    }

    #[test]
    fn the_greedy_cover_is_exact_too_and_no_worse_than_one_statement_for_each_set(rows in rows(6, 6)) {
        let table = table(&rows);
        for piece in grid(&table).pieces() {
            let cover = greedy::cover(&piece);
            prop_assert!(cover.iter().all(|block| piece.holds(block)));
            let cells: BTreeSet<(usize, usize)> = cover
                .iter()
                .flat_map(|b| b.rows.ones().flat_map(|row| b.columns.ones().map(move |c| (row, c))))
                .collect();
            prop_assert_eq!(cells.len(), piece.cells());
            let plain: usize = piece
                .rows
                .iter()
                .enumerate()
                .map(|(row, line)| {
                    let mut block = piece.empty();
                    block.rows.insert(row);
                    block.columns.clone_from(&line.cells);
                    piece.chars(&block)
                })
                .sum();
            prop_assert!(piece.cost(&cover).0 <= plain);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn covering_anew_leaves_nothing_open_and_is_no_worse_than_where_it_starts(rows in rows(6, 6)) {
        for piece in grid(&table(&rows)).pieces() {
            let cover = anew::cheapest(&piece, greedy::covers(&piece));
            prop_assert!(cover.iter().all(|block| piece.holds(block)));
            let cells: BTreeSet<(usize, usize)> = cover
                .iter()
                .flat_map(|b| b.rows.ones().flat_map(|row| b.columns.ones().map(move |c| (row, c))))
                .collect();
            prop_assert_eq!(cells.len(), piece.cells());
            prop_assert!(piece.cost(&cover) <= piece.cost(&greedy::cover(&piece)));
        }
    }
}

/// Four by four has 2^16 sets of cells to look at, so these are few: rings and triangles, where rectangles
/// overlap or where greedy choices mislead.
#[test]
fn no_cover_has_fewer_characters_in_tables_that_mislead() {
    for rows in [
        [0b0011, 0b0110, 0b1100, 0b1001],
        [0b0111, 0b1110, 0b1101, 0b1011],
        [0b0001, 0b0011, 0b0111, 0b1111],
        [0b0110, 0b1111, 0b1111, 0b0110],
        [0b1110, 0b0111, 0b0110, 0b1001],
    ] {
        let table = table(&rows);
        assert_eq!(chars(&cheapest(&table, STATEMENT)), fewest_chars(&table), "{rows:?}");
    }
}

/// Pieces of three hundred random grids of `height` by `width` lines and more, three in four of their cells there.
fn pieces(height: usize, width: usize) -> Vec<Grid> {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut pieces = Vec::new();
    let mut tried = 0;
    while tried < 300 {
        let (height, width) = (height + tried % 4, width + tried % 5);
        let cells: Vec<Vec<usize>> = (0..height)
            .map(|_| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                (0..width).filter(|column| random >> (column * 3) & 0b11 != 0).collect()
            })
            .collect();
        let columns: BTreeSet<usize> = cells.iter().flatten().copied().collect();
        if cells.iter().any(Vec::is_empty) || columns.len() < width {
            continue;
        }
        tried += 1;
        let chars = |count: usize, base: usize| (0..count).map(|i| base + 7 * i % 40).collect();
        pieces.extend(Grid::new(cells, chars(height, 15), chars(width, 45), 110).pieces());
    }
    pieces
}

/// What a search may take: the bound on cells stands on it.
#[test]
fn grids_at_the_bound_are_searched_in_few_steps() {
    let small = pieces(4, 5).into_iter().filter(|it| it.cells() <= exact::MAX_CELLS);
    let steps = small.map(|piece| exact::steps(&piece, &greedy::cover(&piece)));
    let most = steps.max().unwrap();
    assert!(most > 100, "the grids ask nothing: {most}");
    assert!(most < 50_000, "{most} steps");
}

#[test]
fn covering_anew_finds_the_cheapest_cover_of_nearly_all_small_grids() {
    let (mut grids, mut cheapest, mut before, mut chars, mut fewest) = (0, 0, 0, 0, 0);
    for piece in pieces(4, 5).into_iter().filter(|it| it.cells() <= exact::MAX_CELLS) {
        let greedy = greedy::cover(&piece);
        let best = exact::cover(&piece, &greedy).unwrap_or_else(|| greedy.clone());
        let best = piece.cost(&best);
        let found = piece.cost(&anew::cheapest(&piece, greedy::covers(&piece)));
        assert!(found >= best);
        grids += 1;
        before += usize::from(piece.cost(&greedy) == best);
        cheapest += usize::from(found == best);
        (chars, fewest) = (chars + found.0, fewest + best.0);
    }
    let said = format!("{cheapest} of {grids}, {before} before; {chars} characters of {fewest}");
    assert!(cheapest * 100 >= grids * 95 && chars * 1000 <= fewest * 1001, "{said}");
    assert!(before * 100 < grids * 50, "{said}");
}

/// Roles of hundreds of actions or resources are covered by what the greedy choice gives, when steps are used up.
#[test]
fn very_large_grids_take_no_more_than_their_steps() {
    let is_in = |row: usize, column: usize| {
        let mixed = ((row * 131 + column) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 62 > 1
    };
    let row = |row: usize| (0..120).filter(|&column| is_in(row, column)).collect();
    let cells: Vec<Vec<usize>> = (0..70).map(row).collect();
    for piece in Grid::new(cells, vec![20; 70], vec![60; 120], 110).pieces() {
        let covers = greedy::covers(&piece);
        let start = piece.cost(&greedy::cover(&piece));
        assert!(piece.cost(&anew::cheapest(&piece, covers)) <= start);
    }
}
