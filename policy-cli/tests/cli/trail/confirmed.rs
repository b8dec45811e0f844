//! `--merge confirmed`, from the first run to the third.

use super::{Event, House, evidence, findings, house};

const SOURCE: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "orders")]
struct Access {
    #[aws(dynamodb(GetItem, Query), on = "table/orders")]
    orders: Orders,
    #[aws(dynamodb(Scan), on = "table/orders", keep = "the yearly report")]
    report: Report,
    #[aws(s3(DeleteObject), on = "acme-receipts/*")]
    receipts: Receipts,
}

fn main() {}
"#;
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
const HERE: &str =
    "generate --crate orders --account 111122223333 --region eu-west-1 --trail trail";

fn ninety_days() -> House {
    let call = || Event::data("dynamodb:GetItem", TABLE);
    house(SOURCE, &[call().day(0), call().day(40), call().day(90)])
}

fn actions(house: &House, out: &str) -> Vec<String> {
    house.run(&format!("{HERE} --merge confirmed --base old --out out {out}"));
    let word = |line: String| line.split(' ').next().unwrap().to_owned();
    evidence(house, "orders").into_iter().map(word).collect()
}

#[test]
fn what_ninety_days_prove_unused_is_dropped_and_said() {
    let house = ninety_days();
    house.run(&format!("{HERE} --out old"));
    let said = house.run(&format!("{HERE} --merge confirmed --base old --out out"));
    insta::assert_snapshot!(findings(&said, "declared-unused").join("\n"), @r#"
    warning[declared-unused]: `dynamodb:Query` of `Access::orders` on `arn:aws:dynamodb:eu-west-1:111122223333:table/orders` is not granted: it was declared before, the trail would have shown it from 2026-08-01T08:30:00Z to 2026-10-30T08:30:00Z (90 days), and no event is a call of it
    help: take it out of the declaration; say `keep = "reason"` if a rare path needs it
    "#);
    assert_eq!(
        evidence(&house, "orders"),
        [
            format!("dynamodb:GetItem {TABLE} confirmed issued"),
            format!("dynamodb:Scan {TABLE} declared-only -"),
            "s3:DeleteObject arn:aws:s3:::acme-receipts/* unobservable -".to_owned(),
        ]
    );
    let dropped = std::fs::read_to_string(house.path("out/orders/dropped.json")).unwrap();
    let dropped: serde_json::Value = serde_json::from_str(&dropped).unwrap();
    assert_eq!(dropped[0]["action"], "dynamodb:Query");
    assert_eq!(dropped[0]["resource"], TABLE);
    assert_eq!(dropped[0]["declared"][0]["item"], "Access::orders");
    // The next run starts from there, and grants it no more than this one.
    std::fs::rename(house.path("old"), house.path("older")).unwrap();
    std::fs::rename(house.path("out"), house.path("old")).unwrap();
    assert_eq!(actions(&house, ""), ["dynamodb:GetItem", "dynamodb:Scan", "s3:DeleteObject"]);
    let check = house.run(&format!("{HERE} --merge confirmed --base old --out out --check"));
    assert!(check.starts_with("exit 0"), "{check}");
    // Another rule takes the file away again.
    house.run(&format!("{HERE} --out out"));
    assert!(!house.path("out/orders/dropped.json").exists());
}

#[test]
fn the_base_the_window_and_the_trail_must_all_agree() {
    let house = ninety_days();
    let all = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "s3:DeleteObject"];
    // Nothing was declared before.
    std::fs::create_dir(house.path("old")).unwrap();
    assert_eq!(actions(&house, ""), all);
    // Only some of it was.
    let before = SOURCE.replace("GetItem, Query", "GetItem");
    house.write("orders/src/main.rs", before.as_bytes());
    house.run(&format!("{HERE} --out old"));
    house.write("orders/src/main.rs", SOURCE.as_bytes());
    assert_eq!(actions(&house, ""), all);
    house.run(&format!("{HERE} --out old"));
    assert_eq!(actions(&house, "--min-window 91d"), all);
    assert_eq!(actions(&house, "--min-window 13w"), all);
    assert_eq!(actions(&house, "--min-window 12w").len(), 3);
    house.write("orders/policy.toml", b"min-window = \"100d\"\n");
    assert_eq!(actions(&house, ""), all);
    assert_eq!(actions(&house, "--min-window 90d").len(), 3);
    // A file that cannot be read may hold the call.
    house.write("trail/b.json", b"{");
    assert_eq!(actions(&house, "--keep-going --min-window 90d"), all);
}

#[test]
fn an_event_without_a_known_action_may_be_the_call() {
    let call = || Event::data("dynamodb:GetItem", TABLE);
    let unknown = Event::data("dynamodb:NoSuchCall", TABLE).day(50);
    let house = house(SOURCE, &[call().day(0), unknown, call().day(90)]);
    house.run(&format!("{HERE} --out old"));
    let said = house.run(&format!("{HERE} --merge confirmed --base old --out out"));
    let kept = findings(&said, "declared-not-observed").join("\n");
    assert!(
        kept.contains(
            "it is kept, for events of which action or caller is not known may be calls of it"
        ),
        "{kept}"
    );
}

#[test]
fn observations_prove_what_the_logs_prove() {
    let house = ninety_days();
    house.run(&format!("{HERE} --out old"));
    let by_logs = house.run(&format!("{HERE} --merge confirmed --base old --format json"));
    house.run("observe --trail trail --out observed.json");
    let line = HERE.replace("--trail trail", "--observations observed.json");
    let by_file = house.run(&format!("{line} --merge confirmed --base old --format json"));
    assert!(by_logs.contains("\"dropped\""), "{by_logs}");
    assert_eq!(by_logs, by_file);
}

#[test]
fn what_confirmed_needs_is_asked_for() {
    let house = ninety_days();
    let missing = house.run(&format!("{HERE} --merge confirmed"));
    insta::assert_snapshot!(missing, @r"
    exit 2
    --- stderr
    error: `--merge confirmed` drops only what was declared before, and nothing says what was
    help: name the folder that `generate` wrote before this change with `--base DIR`
    ");
    let no_trail = HERE.replace(" --trail trail", "");
    for (line, part) in [
        (format!("{no_trail} --merge confirmed --base orders"), "there is no trail"),
        (format!("{HERE} --merge confirmed --base nowhere"), "`nowhere` is no folder"),
        (format!("{HERE} --base orders"), "which only `--merge confirmed` asks"),
        (format!("{HERE} --min-window 90"), "`90` is neither a number of days"),
    ] {
        let said = house.run(&line);
        assert!(said.starts_with("exit 2") && said.contains(part), "{said}");
    }
    house.write("bad/orders/evidence.json", b"{}");
    let said = house.run(&format!("{HERE} --merge confirmed --base bad"));
    assert!(said.starts_with("exit 2") && said.contains("not what `generate` writes"), "{said}");
}
