//! The rows about `compare`: real changes, wildcards that overlap, documents made to hurt.

use std::time::Duration;

use policy_core::catalog::Catalog;
use policy_core::policy::{Effect, PolicyDocument, ResourceElement, Statement};
use policy_core::semantics::{Comparison, compare};

use super::inputs::Stopwatch;
use super::{Row, inputs};

const PAIRS: &str = "median 1 ms, worst 100 ms, 200 MiB";
const OVERLAP: &str = "50 ms";
const HOSTILE: &str = "5 s";

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row { name: "compare: version pairs of managed policies", target: PAIRS, run: pairs },
        Row { name: "compare: 200 patterns a side, nested", target: OVERLAP, run: nested },
        Row { name: "compare: 200 patterns a side, crossing", target: OVERLAP, run: crossing },
        Row { name: "compare: 200 patterns a side, actions too", target: OVERLAP, run: actions },
        Row { name: "compare: 200 statements a side, crossing", target: OVERLAP, run: statements },
        Row { name: "compare: hostile, two Allows", target: HOSTILE, run: hostile_allows },
        Row { name: "compare: hostile, with itself", target: HOSTILE, run: hostile_itself },
        Row { name: "compare: hostile, Allow against Deny", target: HOSTILE, run: hostile_deny },
        Row { name: "compare: hostile, Deny of half", target: HOSTILE, run: hostile_half },
        Row { name: "compare: hostile, NotResource", target: HOSTILE, run: hostile_not },
        Row { name: "compare: hostile, one statement", target: HOSTILE, run: hostile_one },
        Row { name: "compare: hostile, actions", target: HOSTILE, run: hostile_actions },
        Row { name: "compare: hostile, with conditions", target: HOSTILE, run: hostile_keys },
        Row { name: "compare: 100,000 statements, itself", target: HOSTILE, run: large_itself },
        Row { name: "compare: 100,000 statements, one changed", target: HOSTILE, run: large_one },
    ]
}

fn pairs() -> String {
    let Some(pairs) = inputs::version_pairs() else {
        return "POLICY_CORPUS is not set".to_owned();
    };
    // The catalog is in the page cache and the allocator is warm, as in the second file of a run.
    timed(&pairs[0].1, &pairs[0].2);
    let mut times: Vec<(Duration, &str)> =
        pairs.iter().map(|(name, old, new)| (timed(old, new).0, name.as_str())).collect();
    times.sort();
    let (worst, name) = times[times.len() - 1];
    let sum: Duration = times.iter().map(|(time, _)| *time).sum();
    format!(
        "median {}, worst {} ({name}), {} pairs in {}",
        shown(times[times.len() / 2].0),
        shown(worst),
        times.len(),
        shown(sum)
    )
}

fn timed(old: &PolicyDocument, new: &PolicyDocument) -> (Duration, Comparison) {
    let start = Stopwatch::start();
    let (old, new) = (std::slice::from_ref(old), std::slice::from_ref(new));
    let answer = compare(old, new, Catalog::embedded());
    (start.elapsed(), answer)
}

fn shown(time: Duration) -> String {
    match time.as_secs_f64() {
        s if s < 0.001 => format!("{:.0} us", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

/// One comparison: time and answer.
fn once(old: &PolicyDocument, new: &PolicyDocument) -> String {
    let (time, answer) = timed(old, new);
    format!(
        "{}: {}, +{} -{} ?{}",
        shown(time),
        answer.relation.as_str(),
        answer.added.len(),
        answer.removed.len(),
        answer.unknown.len()
    )
}

fn allow(action: &str, resources: impl IntoIterator<Item = String>) -> PolicyDocument {
    PolicyDocument::new(vec![Statement::allow([action], resources)])
}

fn object(pattern: impl std::fmt::Display) -> String {
    format!("arn:aws:s3:::{pattern}")
}

/// Prefixes of each other, new ones a little longer.
fn nested() -> String {
    let side = |more: usize| {
        let letters = |i: usize| "abcdefghij".chars().cycle().take(i + more).collect::<String>();
        allow("s3:*", (0..200).map(move |i| object(format!("{}*/x{i}*", letters(i)))))
    };
    once(&side(0), &side(1))
}

/// Each pattern meets nearly every other: different beginnings, middles and ends.
fn crossing() -> String {
    let side = |from: usize| {
        allow("s3:GetObject", (from..from + 200).map(|i| object(format!("*{i}*/*{}*", i % 17))))
    };
    once(&side(0), &side(50))
}

/// The same with as many action patterns.
fn actions() -> String {
    let side = |from: usize| {
        let letters = |i: usize| char::from(b'a' + u8::try_from(i % 26).unwrap());
        let action = |i: usize| format!("s3:*{}*{}*", letters(i), letters(i / 26 + i));
        let resource = |i: usize| object(format!("*{i}*/{}*", i % 17));
        PolicyDocument::new(vec![Statement::allow(
            (from..from + 200).map(action),
            (from..from + 200).map(resource),
        )])
    };
    once(&side(0), &side(50))
}

/// The same patterns, one to a statement, and a `Deny` of some on the new side.
fn statements() -> String {
    let statement =
        |i: usize| Statement::allow(["s3:GetObject"], [object(format!("*{i}*/*{}*", i % 17))]);
    let old = PolicyDocument::new((0..200).map(statement).collect());
    let mut new = PolicyDocument::new((50..250).map(statement).collect());
    for i in 0..20 {
        let mut deny = statement(i * 7);
        deny.effect = Effect::Deny;
        new.statements.push(deny);
    }
    once(&old, &new)
}

/// How many statements the hostile documents have.
const MANY: usize = 10_000;

/// A pattern of its own for each number: the letters of the number stand between runs.
fn knot(i: usize) -> String {
    let letters = "abcdefgh".as_bytes();
    let mut out = "*".to_owned();
    let mut rest = i;
    for _ in 0..5 {
        out.push(char::from(letters[rest % 8]));
        out.push('*');
        rest /= 8;
    }
    format!("{out}a*a*a*a*b")
}

fn knots(from: usize) -> PolicyDocument {
    let statement =
        |i| Statement::allow(["s3:GetObject"], [object(format!("{}/{}", knot(i), knot(i + 1)))]);
    PolicyDocument::new((from..from + MANY).map(statement).collect())
}

fn with_effect(mut document: PolicyDocument, effect: Effect) -> PolicyDocument {
    document.statements.iter_mut().for_each(|statement| statement.effect = effect);
    document
}

/// Half of each side is the other's.
fn hostile_allows() -> String {
    once(&knots(0), &knots(MANY / 2))
}

fn hostile_itself() -> String {
    let mut turned = knots(0);
    turned.statements.reverse();
    once(&knots(0), &turned)
}

/// Everything is allowed; ten thousand denials on one side, nearly the same on the other.
fn hostile_deny() -> String {
    let side = |from| {
        let mut out = with_effect(knots(from), Effect::Deny);
        out.statements.push(Statement::allow(["s3:*"], ["*"]));
        out
    };
    once(&side(0), &side(1))
}

/// As many `Allow`s as `Deny`s, all different.
fn hostile_half() -> String {
    let side = |from| {
        let mut out = knots(from);
        for (i, statement) in out.statements.iter_mut().enumerate() {
            if i % 2 == 0 {
                statement.effect = Effect::Deny;
            }
        }
        out
    };
    once(&side(0), &side(1))
}

fn hostile_not() -> String {
    let side = |from| {
        let mut out = knots(from);
        for statement in &mut out.statements {
            let Some(ResourceElement::Resource(values)) = statement.resource.take() else {
                continue;
            };
            statement.resource = Some(ResourceElement::NotResource(values));
        }
        out
    };
    once(&side(0), &side(MANY / 2))
}

/// All the patterns in one statement a side.
fn hostile_one() -> String {
    let side = |from: usize| allow("s3:GetObject", (from..from + MANY).map(|i| object(knot(i))));
    once(&side(0), &side(MANY / 2))
}

fn hostile_actions() -> String {
    let side = |from: usize| {
        let statement = |i| Statement::allow([format!("s3:{}", knot(i))], ["*"]);
        PolicyDocument::new((from..from + MANY).map(statement).collect())
    };
    once(&side(0), &side(MANY / 2))
}

/// Every statement asks for something else of one of forty keys.
fn hostile_keys() -> String {
    use policy_core::iam::{BaseOperator, ConditionBlock};
    let side = |from: usize| {
        let mut out = knots(from);
        for (i, statement) in out.statements.iter_mut().enumerate() {
            let n = from + i;
            let key = format!("aws:RequestTag/t{}", n % 40);
            let other = format!("aws:PrincipalTag/t{}", n % 7);
            statement.condition = ConditionBlock::default()
                .with(BaseOperator::StringLike, &key, &knot(n))
                .with(BaseOperator::StringNotLike, &other, &knot(n + 3));
        }
        out
    };
    once(&side(0), &side(MANY / 2))
}

/// 100,000 statements, as a careless generator writes them: one object each.
fn large() -> PolicyDocument {
    let statement = |i: usize| {
        let action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"][i % 3];
        Statement::allow([action], [object(format!("orders-{}/in/{i}/*", i % 1000))])
    };
    PolicyDocument::new((0..100_000).map(statement).collect())
}

fn large_itself() -> String {
    once(&large(), &large())
}

fn large_one() -> String {
    let mut new = large();
    let last = new.statements.len() / 2;
    new.statements[last] = Statement::allow(["s3:GetObject"], [object("orders-x/in/*")]);
    once(&large(), &new)
}
