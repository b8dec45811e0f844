//! The command line from outside: command, exit code, stdout and stderr in one snapshot.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

mod bad_input;
mod binary;
mod check;
mod diff;
mod digests;
mod emit;
mod generate;
mod interrupt;
mod limits;
mod max_resources;
mod observe;
mod prove;
mod quotas;
mod reachable;
mod review;
mod scan;
mod scan_around;
mod scan_source;
mod setting_places;
mod shared_roles;
mod simulate;
mod source_reachable;
mod source_values;
mod sql;
mod stdin;
mod template;
mod trail;
mod usage;

use std::path::Path;
use std::process::Command;

/// A folder to run in.
struct House {
    dir: tempfile::TempDir,
}

/// What differs from machine to machine, and what stands for it.
fn filtered(text: &str, dir: &Path) -> String {
    let dir = dir.canonicalize().unwrap().display().to_string();
    let table = [
        (dir.as_str(), "DIR"),
        (env!("CARGO_PKG_VERSION"), "VERSION"),
        ("policy-cli.exe", "policy-cli"),
    ];
    table.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

impl House {
    /// With these files, by path and text.
    fn new(files: &[(&str, &str)]) -> Self {
        let house = Self { dir: tempfile::tempdir().unwrap() };
        for (path, text) in files {
            house.write(path, text.as_bytes());
        }
        house
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.dir.path().join(path)
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_policy-cli"));
        command.args(line.split_whitespace()).current_dir(self.dir.path());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    /// Runs `policy-cli LINE`; arguments are divided at blanks.
    fn run(&self, line: &str) -> String {
        let output = self.command(line).output().unwrap();
        let code = output.status.code().map_or("none".to_owned(), |code| code.to_string());
        let mut text = format!("exit {code}\n");
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let part = filtered(&String::from_utf8_lossy(bytes), self.dir.path());
            if !part.is_empty() {
                text.push_str(&format!("--- {name}\n{}\n", part.trim_end()));
            }
        }
        text.trim_end().to_owned()
    }

    /// What is printed, as JSON.
    fn json(&self, line: &str) -> serde_json::Value {
        let output = self.command(line).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The exit code alone.
    fn exit(&self, line: &str) -> i32 {
        self.command(line).output().unwrap().status.code().unwrap()
    }
}
