//! The pages under `docs/` keep up with the code.

use policy_core::finding::Code;

#[test]
fn every_finding_has_a_heading_and_every_heading_is_a_finding() {
    let page = include_str!("../../docs/findings.md");
    let headings: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`')).collect();
    let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(headings, codes);
}

#[test]
fn the_severity_on_the_page_is_the_one_in_the_code() {
    let page = include_str!("../../docs/findings.md");
    for code in Code::ALL {
        let text = page.split(&format!("## `{}`\n", code.as_str())).nth(1).unwrap_or_default();
        let written = text.trim_start().split(['*', '.']).nth(1).unwrap_or_default();
        assert_eq!(written, code.severity().as_str(), "{}", code.as_str());
    }
}

#[test]
fn the_example_of_policy_toml_is_read() {
    let page = include_str!("../../docs/policy-toml.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let example = example.unwrap_or_default();
    let path = std::path::Path::new("docs/policy-toml.md");
    let config = policy_cli::config::Config::parse(path, example);
    let config = config.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(config.functions["orders"].accepted.len(), 2);
    assert_eq!(config.waivers.len(), 1);
}

#[test]
fn the_example_of_simulate_gives_what_the_page_says() {
    let page = include_str!("../../docs/simulate.md");
    let blocks: Vec<&str> =
        page.split("```jsonl\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [cases, answers] = blocks.as_slice() else { panic!("{} blocks", blocks.len()) };
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("cases.jsonl"), cases).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_policy-cli"))
        .args(["simulate", "--cases", "cases.jsonl", "--format", "json"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), *answers);
    assert!(output.status.success() && output.stderr.is_empty());
}
