//! Ctrl-C: what is written is whole or as it was.
#![cfg(unix)]

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::House;

fn record(id: u32) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","sessionContext":{{"sessionIssuer":{{"type":"Role","arn":"arn:aws:iam::111122223333:role/lambda/orders-exec"}}}}}},"eventTime":"2026-11-01T08:30:00Z","eventSource":"dynamodb.amazonaws.com","eventName":"GetItem","awsRegion":"eu-west-1","requestParameters":{{"tableName":"orders-{id}"}},"eventID":"00000000-0000-4000-8000-{id:012}","eventType":"AwsApiCall"}}"#
    )
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
    let mut child = house
        .command("observe --trail - --out out/o.json")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
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
        let mut child = house
            .command("observe --trail a.json --out out/o.json")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
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
