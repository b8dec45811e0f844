//! Which evidence is granted, what is said of the trail, and what was declared before.

use std::path::{Path, PathBuf};

use policy_core::finding::Finding;
use policy_core::graph::{Base, Merge, Rules, Selectors};

use crate::args::{GenerateArgs, MergeRule};
use crate::config::{self, Config};
use crate::failure::{Failure, in_file, shown};
use crate::input;

/// Largest file of event selectors that is read. A trail has at most 500 values.
///
/// Units: bytes.
const MAX_BYTES: u64 = 4 << 20;

/// What the flags and `policy.toml` ask for.
pub(super) struct Asked {
    pub(super) merge: Merge,
    pub(super) selectors: Selectors,
    pub(super) min_window_days: u32,
    pub(super) findings: Vec<Finding>,
    base: Option<PathBuf>,
}

impl Asked {
    /// What was declared before of one function; nothing when it is new.
    pub(super) fn base(&self, function: &str) -> Result<Option<Base>, Failure> {
        self.base.as_deref().map(|dir| input::base::read(dir, function)).transpose()
    }
}

/// Reads flags and settings.
pub(super) fn asked(
    args: &GenerateArgs,
    config: &Config,
    is_observed: bool,
) -> Result<Asked, Failure> {
    let merge = match args.merge {
        None | Some(MergeRule::Checked) => Merge::Checked,
        Some(MergeRule::Union) => Merge::Union,
        Some(MergeRule::Declared) => Merge::Declared,
        Some(MergeRule::Observed) => Merge::Observed,
        Some(MergeRule::Confirmed) => Merge::Confirmed,
    };
    let mut failures = Vec::new();
    if merge == Merge::Confirmed {
        if args.base.is_none() {
            failures.push(
                Failure::input("`--merge confirmed` drops only what was declared before, and nothing says what was")
                    .help("name the folder that `generate` wrote before this change with `--base DIR`"),
            );
        }
        if !is_observed {
            failures.push(
                Failure::input(
                    "`--merge confirmed` drops what a trail proves unused, and there is no trail",
                )
                .help("give one with `--trail PATH` or `--observations FILE`"),
            );
        }
    } else if args.base.is_some() {
        failures.push(
            Failure::input(
                "`--base` says what was declared before, which only `--merge confirmed` asks",
            )
            .help("add `--merge confirmed`, or leave out `--base`"),
        );
    }
    if let Some(dir) = args.base.as_deref().filter(|dir| !dir.is_dir()) {
        failures.push(
            Failure::input(format!("`{}` is no folder", shown(dir)))
                .help("`--base` takes a folder that `generate --out` wrote before"),
        );
    }
    let min_window_days = match &args.min_window {
        None => config.min_window_days.unwrap_or(Rules::MIN_WINDOW_DAYS),
        Some(text) => config::days(text).unwrap_or_else(|| {
            let message = format!("`--min-window`: {}", config::not_days(text));
            failures.push(Failure::input(message).help("write `--min-window 90d`"));
            0
        }),
    };
    let mut findings = Vec::new();
    let mut selectors: Option<Selectors> = None;
    let stated = args.data_events.iter().map(|text| (text, None));
    let written = config.data_events.iter().map(|(text, place)| (text, Some(place)));
    for (text, place) in stated.chain(written) {
        match data_events(text, &mut findings) {
            Ok(more) => {
                selectors = Some(match selectors {
                    Some(known) => known.and(more),
                    None => more,
                });
            }
            Err(failure) => failures.push(match place {
                Some(place) => failure.at(place.clone()),
                None => failure,
            }),
        }
    }
    if !failures.is_empty() {
        return Err(Failure::all(failures));
    }
    let base = args.base.clone();
    let selectors = selectors.unwrap_or_default();
    Ok(Asked { merge, selectors, min_window_days, findings, base })
}

/// A file where one of this name is there or a file was meant, else words.
fn data_events(text: &str, findings: &mut Vec<Finding>) -> Result<Selectors, Failure> {
    let path = Path::new(text);
    if path.is_file() || text.ends_with(".json") {
        let json = input::text(path, "event selectors", MAX_BYTES)?;
        let (selectors, more) = Selectors::from_json(&json, &shown(path)).map_err(|error| {
            Failure::input(error.to_string())
                .at(in_file(path))
                .help("give what `aws cloudtrail get-event-selectors --trail-name NAME` prints")
        })?;
        findings.extend(more);
        return Ok(selectors);
    }
    Selectors::from_words(text).map_err(|error| {
        Failure::input(format!("`--data-events`: {error}")).help(
            "write one such as `s3:read,write:arn:aws:s3:::acme-receipts/`, or name a file with event selectors",
        )
    })
}
