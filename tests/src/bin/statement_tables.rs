//! Prints tables of actions and resources, and the statements that are made of them, one JSON line each, for the search of
//! `cargo xtask covers`.
//!
//! A line is `{"name", "shape", "pairs": [[action, resource], …], "documents": […]}`: the pairs are what the evidence asks for, the
//! documents the execution role that follows. First the thirty functions of `policy-core/tests/cases/functions`, whose pairs are
//! `null` since observed names become patterns, then tables drawn from a seed, `statement_tables [SEED]`. Nothing is judged here.

#[allow(dead_code, clippy::unwrap_used, reason = "tests use the rest")]
#[path = "../../../policy-core/tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use policy_core::catalog::Catalog;
use policy_core::graph::AccessGraph;
use policy_core::policy::write;
use policy_core::synthesis::synthesise;
use serde_json::{Value, json};

use support::Case;

/// Tables of each shape.
const DRAWS: usize = 3;

/// Actions that are granted on a table of DynamoDB; it has the most of which names differ much in length.
const ACTIONS: [&str; 24] = [
    "BatchGetItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "CreateBackup",
    "DeleteItem",
    "DeleteTable",
    "DescribeContinuousBackups",
    "DescribeKinesisStreamingDestination",
    "DescribeTable",
    "DescribeTimeToLive",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "ExportTableToPointInTime",
    "GetItem",
    "ListTagsOfResource",
    "PartiQLDelete",
    "PartiQLInsert",
    "PartiQLUpdate",
    "PutItem",
    "Query",
    "Scan",
    "UpdateContinuousBackups",
    "UpdateItem",
    "UpdateTable",
];

/// The shape of the thirty functions.
const FUNCTIONS: &str = "functions";

/// Rows of columns.
type Cells = Vec<Vec<usize>>;

/// A kind of table: rows, columns, and whether a cell is in it.
struct Shape {
    name: &'static str,
    rows: usize,
    columns: usize,
    make: fn(&mut Draw, &Shape) -> Cells,
}

const SHAPES: [Shape; 10] = [
    Shape { name: "a third at random", rows: 8, columns: 10, make: |d, s| random(d, s, 33) },
    Shape { name: "half at random", rows: 8, columns: 8, make: |d, s| random(d, s, 50) },
    Shape { name: "most at random", rows: 8, columns: 10, make: |d, s| random(d, s, 75) },
    Shape { name: "all but a few", rows: 9, columns: 12, make: |d, s| random(d, s, 92) },
    Shape {
        name: "few actions, many resources",
        rows: 4,
        columns: 28,
        make: |d, s| random(d, s, 50),
    },
    Shape {
        name: "many actions, few resources",
        rows: 20,
        columns: 5,
        make: |d, s| random(d, s, 50),
    },
    Shape { name: "overlapping jobs", rows: 12, columns: 14, make: |d, s| jobs(d, s, 5) },
    Shape { name: "many overlapping jobs", rows: 16, columns: 24, make: |d, s| jobs(d, s, 9) },
    Shape { name: "steps", rows: 9, columns: 12, make: steps },
    Shape { name: "rings", rows: 9, columns: 9, make: ring },
];

fn random(draw: &mut Draw, shape: &Shape, percent: usize) -> Cells {
    let row = |draw: &mut Draw| (0..shape.columns).filter(|_| draw.below(100) < percent).collect();
    (0..shape.rows).map(|_| row(draw)).collect()
}

/// What several jobs do, each some actions on some resources: what roles of services look like.
fn jobs(draw: &mut Draw, shape: &Shape, count: usize) -> Cells {
    let mut cells = vec![BTreeSet::new(); shape.rows];
    for _ in 0..count {
        let some = |draw: &mut Draw, of: usize| -> Vec<usize> {
            let share = 15 + draw.below(25);
            (0..of).filter(|_| draw.below(100) < share).collect()
        };
        let columns = some(draw, shape.columns);
        for row in some(draw, shape.rows) {
            cells[row].extend(&columns);
        }
    }
    cells.into_iter().map(|row| row.into_iter().collect()).collect()
}

/// Each action on fewer resources than the one before, with a slip here and there.
fn steps(draw: &mut Draw, shape: &Shape) -> Cells {
    let row = |draw: &mut Draw, row: usize| {
        let end = shape.columns - row * shape.columns / shape.rows;
        (0..shape.columns).filter(|&column| (column < end) != (draw.below(100) < 4)).collect()
    };
    (0..shape.rows).map(|number| row(draw, number)).collect()
}

/// Each action on some resources that are neighbours, round about.
fn ring(draw: &mut Draw, shape: &Shape) -> Cells {
    let row = |draw: &mut Draw, row: usize| {
        let width = 3 + draw.below(3);
        let columns: BTreeSet<usize> = (row..row + width).map(|it| it % shape.columns).collect();
        columns.into_iter().collect()
    };
    (0..shape.rows).map(|number| row(draw, number)).collect()
}

/// Numbers that follow from a seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }
}

fn main() -> io::Result<()> {
    let seed = std::env::args().nth(1).and_then(|seed| seed.parse().ok()).unwrap_or(1_u64);
    let mut out = io::stdout().lock();
    for function in functions()? {
        let name = function["name"].as_str().unwrap_or_default().to_owned();
        writeln!(out, "{}", line(&name, FUNCTIONS, &function)?)?;
    }
    for shape in &SHAPES {
        let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for number in 0..DRAWS {
            let cells = (shape.make)(&mut draw, shape);
            // Names of 1 to 24 letters.
            let names: Vec<String> = (0..shape.columns)
                .map(|column| format!("t{column}{}", "x".repeat(draw.below(22))))
                .collect();
            let first = draw.below(ACTIONS.len());
            let action = |row: usize| ACTIONS[(first + row * 5) % ACTIONS.len()];
            let rows = cells.iter().enumerate().filter(|(_, columns)| !columns.is_empty());
            let declared: Vec<Value> = rows
                .map(|(row, columns)| {
                    let on: Vec<String> =
                        columns.iter().map(|&it| format!("table/{}", names[it])).collect();
                    json!({"client": "dynamodb", "names": [format!("dynamodb:{}", action(row))], "on": on})
                })
                .collect();
            let evidence = json!({
                "function": "orders",
                "account": "111122223333",
                "region": "eu-west-1",
                "declared": declared,
            });
            writeln!(out, "{}", line(&format!("{} {number}", shape.name), shape.name, &evidence)?)?;
        }
    }
    Ok(())
}

/// The thirty functions, as `tests/functions.rs` reads them.
fn functions() -> io::Result<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy-core/tests/cases/functions");
    let text = std::fs::read_to_string(folder.join("functions.json"))?;
    let functions: Vec<Value> = serde_json::from_str(&text)?;
    let complete = functions.into_iter().map(|mut function| {
        let name = function["name"].as_str().unwrap_or_default().to_owned();
        function["deployed"] =
            json!(format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}"));
        function["function"] = json!(name);
        function["account"] = json!("111122223333");
        function["region"] = json!("eu-west-1");
        function
    });
    Ok(complete.collect())
}

fn line(name: &str, shape: &str, evidence: &Value) -> io::Result<Value> {
    let case = Case::from_value(evidence);
    let catalog = Catalog::embedded();
    let (graph, _) =
        AccessGraph::build(&case.evidence, catalog, case.merge).map_err(io::Error::other)?;
    let (policies, _) = synthesise(&graph, catalog, case.options).map_err(io::Error::other)?;
    let pairs = graph.grants().map(|(_, it)| (it.action.to_string(), it.resource.to_string()));
    let pairs = (shape != FUNCTIONS).then(|| pairs.collect::<BTreeSet<_>>());
    let documents: Vec<Value> = policies
        .execution_role
        .iter()
        .map(|document| serde_json::from_str(&write::minified(document)))
        .collect::<Result<_, _>>()?;
    Ok(json!({ "name": name, "shape": shape, "pairs": pairs, "documents": documents }))
}
