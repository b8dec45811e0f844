//! Ctrl-C: what is written is whole or as it was.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::House;

fn record(id: u32) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","sessionContext":{{"sessionIssuer":{{"type":"Role","arn":"arn:aws:iam::111122223333:role/lambda/orders-exec"}}}}}},"eventTime":"2026-11-01T08:30:00Z","eventSource":"dynamodb.amazonaws.com","eventName":"GetItem","awsRegion":"eu-west-1","requestParameters":{{"tableName":"orders-{id}"}},"eventID":"00000000-0000-4000-8000-{id:012}","eventType":"AwsApiCall"}}"#
    )
}

/// Starts a command that an interrupt ends, also where whoever runs the tests ignores interrupts, as shells let what they start in the
/// background do: a program inherits what is ignored, but not what is handled.
fn started(command: &mut Command) -> Child {
    static HANDLED: Once = Once::new();
    HANDLED.call_once(|| {
        let acts = Arc::new(AtomicBool::new(true));
        // The tests themselves still end.
        signal_hook::flag::register_conditional_default(Signal::SIGINT as i32, acts).unwrap();
    });
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn interrupt(child: &Child) {
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
}

fn ended(child: &mut Child) -> std::process::ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "it does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Names of what lies in a folder.
fn names(house: &House, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(house.path(folder)).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn an_interrupt_while_logs_are_read_leaves_the_old_file() {
    let house = House::new(&[("out/o.json", "as it was")]);
    let mut child =
        started(house.command("observe --trail - --out out/o.json").stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    // It is reading: the beginning of the log has gone through the pipe, which holds far less.
    let log = format!(r#"{{"Records":[{},"#, (0..2000).map(record).collect::<Vec<_>>().join(","));
    stdin.write_all(log.as_bytes()).unwrap();
    interrupt(&child);
    assert_eq!(ended(&mut child).signal(), Some(Signal::SIGINT as i32));
    drop(stdin);
    assert_eq!(names(&house, "out"), ["o.json"]);
    assert_eq!(std::fs::read_to_string(house.path("out/o.json")).unwrap(), "as it was");
}

#[test]
fn an_interrupt_at_any_time_leaves_files_that_are_whole() {
    let log = format!(r#"{{"Records":[{}]}}"#, (0..50).map(record).collect::<Vec<_>>().join(","));
    let house = House::new(&[("a.json", &log)]);
    house.run("observe --trail a.json --out whole.json");
    let whole = std::fs::read_to_string(house.path("whole.json")).unwrap();
    let start = Instant::now();
    house.run("observe --trail a.json --out whole.json");
    // Some of the signals come after the end of the program.
    let run = start.elapsed() * 3 / 2;
    let (mut interrupted, mut wrote) = (0, 0);
    for step in 0..40 {
        house.write("out/o.json", b"as it was");
        let mut child = started(&mut house.command("observe --trail a.json --out out/o.json"));
        std::thread::sleep(run * step / 40);
        interrupt(&child);
        let status = ended(&mut child);
        assert!(status.success() || status.signal() == Some(Signal::SIGINT as i32), "{status}");
        let text = std::fs::read_to_string(house.path("out/o.json")).unwrap();
        assert!(text == "as it was" || text == whole, "{step}: {text}");
        assert!(!status.success() || text == whole, "{step}: it said that it wrote");
        assert_eq!(names(&house, "out"), ["o.json"], "{step}");
        interrupted += u32::from(!status.success());
        wrote += u32::from(text == whole);
    }
    assert!(interrupted > 0, "no run was interrupted");
    assert!(interrupted + wrote >= 40);
}

const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\npolicy-macros = \"0.1\"\naws-sdk-sqs = \"1\"\n";

/// A package that declares many functions, so that writing takes a while.
fn shop() -> House {
    let mut main = String::from("use policy_macros::AwsAccess;\nfn main() {}\n");
    for number in 0..60 {
        main.push_str(&format!(
            "#[derive(AwsAccess)]\n#[aws(function = \"f{number}\")]\nstruct A{number} {{ #[aws(sqs(SendMessage), on = \"jobs-{{stage}}\")] q: Queue }}\n"
        ));
    }
    House::new(&[("Cargo.toml", MANIFEST), ("src/main.rs", &main)])
}

/// Everything below a folder, with what it says.
fn tree(house: &House, folder: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for name in names(house, folder) {
        let path = format!("{folder}/{name}");
        match house.path(&path).is_dir() {
            true => found.extend(tree(house, &path)),
            false => {
                let text = std::fs::read_to_string(house.path(&path)).unwrap();
                found.insert(path, text);
            }
        }
    }
    found
}

#[test]
fn an_interrupt_while_policies_are_written_comes_after_them() {
    let house = shop();
    let line = |stage: &str, out: &str| {
        format!(
            "generate --crate . --param stage={stage} --account 111122223333 --region eu-west-1 --out {out}"
        )
    };
    assert_eq!(house.exit(&line("test", "out")), 0);
    let old = tree(&house, "out");
    assert_eq!(house.exit(&line("prod", "out")), 0);
    let new = tree(&house, "out");
    assert!(old.len() > 150 && old.keys().eq(new.keys()), "{}", old.len());
    let mut interrupted = 0;
    for attempt in 0..20 {
        for (path, text) in &old {
            house.write(path, text.as_bytes());
        }
        let mut child = started(&mut house.command(&line("prod", "out")));
        let start = Instant::now();
        // What is written lies beside the rest first.
        let is_writing =
            || names(&house, "out").iter().any(|name| name.starts_with(".policy-cli-"));
        let mut over = None;
        while over.is_none() && !is_writing() {
            assert!(start.elapsed() < Duration::from_secs(60), "it writes nothing");
            over = child.try_wait().unwrap();
        }
        // Who has ended and was waited for can get no signal.
        if over.is_none() {
            interrupt(&child);
        }
        let status = ended(&mut child);
        assert!(status.success() || status.signal() == Some(Signal::SIGINT as i32), "{status}");
        // Nothing half, nothing beside it.
        assert_eq!(tree(&house, "out"), new, "{attempt}: {status}");
        interrupted += u32::from(!status.success());
        if interrupted >= 3 {
            return;
        }
    }
    panic!("only {interrupted} runs were interrupted while they wrote");
}

#[test]
fn an_interrupt_at_any_time_leaves_all_policies_old_or_all_new() {
    let house = shop();
    let line = |stage: &str| {
        format!(
            "generate --crate . --param stage={stage} --account 111122223333 --region eu-west-1 --out out"
        )
    };
    assert_eq!(house.exit(&line("test")), 0);
    let old = tree(&house, "out");
    let start = Instant::now();
    assert_eq!(house.exit(&line("prod")), 0);
    let run = start.elapsed() * 5 / 4;
    let new = tree(&house, "out");
    for step in 0..16 {
        for (path, text) in &old {
            house.write(path, text.as_bytes());
        }
        let mut child = started(&mut house.command(&line("prod")));
        std::thread::sleep(run * step / 16);
        interrupt(&child);
        let status = ended(&mut child);
        let found = tree(&house, "out");
        assert!(found == old || found == new, "{step}: {status}");
        assert!(!status.success() || found == new, "{step}: it said that it wrote");
    }
}
