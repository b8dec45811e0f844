//! Folders in `--out` of functions and roles that are not there any more.
//!
//! They are named, never removed: who else writes into `--out` is not known, and a policy that is taken away by mistake is an outage.

use std::collections::BTreeSet;
use std::path::Path;

use policy_core::finding::{Code, Finding};

use super::Generated;
use crate::failure::{Failure, in_file, shown};
use crate::output::folder::{self, Difference, DifferenceKind, ROLES};
use crate::output::folders::folder_names;

/// One finding for each folder in `out` with files of ours that no function and no role of this run has.
///
/// # Errors
/// [`Failure`] when `out` cannot be read.
pub(super) fn findings(out: &Path, generated: &Generated) -> Result<Vec<Finding>, Failure> {
    let known: BTreeSet<String> =
        folder_names(generated).map(|name| name.to_ascii_lowercase()).collect();
    let left = folder::ours_in(out)?.into_iter();
    let left = left.filter(|name| !known.contains(&name.to_ascii_lowercase()));
    let found = left.map(|name| {
        let path = out.join(&name);
        let of = match name.split_once('/') {
            Some((ROLES, role)) => format!("a role `{role}` that no functions share here"),
            _ => format!("a function `{name}` that is not here"),
        };
        let message = format!("`{}` has policies of {of}; they may still be deployed", shown(&path));
        let help = format!(
            "delete the folder `{}`; where something else writes it, give that a folder of its own with `--out`, or waive this",
            shown(&path)
        );
        Finding::new(Code::FolderLeftOver, message).at(in_file(&path)).help(help)
    });
    Ok(found.collect())
}

/// What `--check` says of those that are not waived.
pub(super) fn differences(out: &Path, generated: &Generated) -> Vec<Difference> {
    let open = generated.findings.iter().filter(|reported| {
        reported.finding.code == Code::FolderLeftOver && reported.waived.is_none()
    });
    let begins = format!("{}/", shown(out));
    let places = open.flat_map(|reported| &reported.finding.places);
    let named = places.map(|place| place.file.strip_prefix(&begins).unwrap_or(&place.file));
    named
        .map(|name| Difference {
            file: name.to_owned(),
            kind: DifferenceKind::LeftOver,
            text: String::new(),
        })
        .collect()
}
