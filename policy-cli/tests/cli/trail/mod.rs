//! `generate` on logs: whose calls they are, and what the trail could have shown.

mod attribution;
mod confirmed;
mod denied;
mod event;
mod pass_role;
mod template;
mod unknown;
mod visibility;

use super::House;
use event::{ACCOUNT, Event, log};

/// A house with one package and one log file.
fn house(source: &str, events: &[Event]) -> House {
    let manifest = |name: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\npolicy-macros = \"0.1\"\n"
        )
    };
    House::new(&[
        ("orders/Cargo.toml", &manifest("orders")),
        ("orders/src/main.rs", source),
        ("trail/a.json", &log(events)),
    ])
}

/// The lines of stderr that tell of these findings, with their help.
fn findings(text: &str, code: &str) -> Vec<String> {
    let wanted = format!("[{code}]");
    let mut told = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.contains(&wanted) {
            while lines.next_if(|next| next.starts_with(" -->")).is_some() {}
            let help = lines.next_if(|next| next.starts_with("help: "));
            told.push(match help {
                Some(help) => format!("{line}\n{help}"),
                None => line.to_owned(),
            });
        }
    }
    told
}

/// `evidence.json` of a function below `out`: action, resource, verdict, attribution.
fn evidence(house: &House, function: &str) -> Vec<String> {
    let own = std::fs::read_to_string(house.path(&format!("out/{function}/evidence.json")));
    // Of a role that functions share, whose need it is stands in each entry.
    let shared = || std::fs::read_to_string(house.path("out/roles/orders-exec/evidence.json"));
    let text = own.or_else(|_| shared()).unwrap();
    let mut entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    entries.retain(|entry| entry["function"].as_str().is_none_or(|of| of == function));
    let word = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let line = |entry: &serde_json::Value| {
        format!(
            "{} {} {} {}",
            word(&entry["action"]),
            word(&entry["resource"]),
            word(&entry["verdict"]),
            word(&entry["observed"]["attribution"])
        )
    };
    entries.iter().map(line).filter(|line| !line.starts_with("logs:")).collect()
}
