//! The folder of a function: which files, written all or not at all, or compared.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use policy_core::render;
use serde_json::Value;

use super::form::Form;
use super::interrupt;
use crate::failure::{Failure, in_file, shown};

/// The files of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its name below `--out`.
    pub name: String,
    /// Text by file name.
    pub files: BTreeMap<String, String>,
}

/// One file that is not what would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The file, relative to `--out`.
    pub file: String,
    /// What is wrong with it.
    pub kind: DifferenceKind,
    /// What would change, as a unified diff.
    pub text: String,
}

/// How a file is not what would be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// It is not there.
    Missing,
    /// It says something else.
    Differs,
    /// It would be removed.
    Stale,
    /// A whole folder of a function or role that is not there any more; it is left where it is.
    LeftOver,
}

impl DifferenceKind {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Differs => "differs",
            Self::Stale => "stale",
            Self::LeftOver => "left-over",
        }
    }
}

/// The folder of roles that several functions share, below `--out`.
pub const ROLES: &str = "roles";
/// The folder of what others must add, in the folder of a function.
pub const FRAGMENTS: &str = "fragments";
/// The folder of the permissions boundary, below `--out`.
pub const BOUNDARY: &str = "boundary";
/// The folder of the pipeline's duties, below `--out`.
pub const PIPELINE: &str = "pipeline";
/// The file of the evidence.
pub const EVIDENCE: &str = "evidence.json";
/// The file of declared accesses that are proved unused; there only where some are.
pub const DROPPED: &str = "dropped.json";
/// The first file of the execution role.
pub const EXECUTION_ROLE: &str = "execution-role.json";
/// The file of the trust policy.
pub const TRUST_POLICY: &str = "trust-policy.json";

/// A name that is safe as one part of a path everywhere.
#[must_use]
pub fn file_name(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.+=,@$".contains(c);
    let name: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => name,
    }
}

/// Whether a file name is one that `generate` writes into this folder.
fn is_ours(folder: &Folder, name: &str) -> bool {
    if Form::ALL.iter().any(|form| form.file() == name) {
        return true;
    }
    let Some(stem) = name.strip_suffix(".json") else { return false };
    if folder.name.rsplit_once('/').is_some_and(|(_, last)| last == FRAGMENTS) {
        return true;
    }
    let numbered = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    if folder.name == PIPELINE && matches!(stem, "build" | "sign" | "deploy" | "policy") {
        return true;
    }
    matches!(
        stem,
        "permissions-boundary"
            | "dropped"
            | "evidence"
            | "execution-role"
            | "resource-policy"
            | "trust-policy"
    ) || stem.strip_prefix("execution-role-").is_some_and(numbered)
        || stem.starts_with("resource-policy.")
}

/// The folders below `out`, those of shared roles among them, that hold files of functions or roles as `generate` writes them; sorted.
///
/// # Errors
/// [`Failure`] when a folder that is there cannot be read.
pub fn ours_in(out: &Path) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for name in folders_in(out)? {
        if name == ROLES {
            let roles = folders_in(&out.join(ROLES))?;
            found.extend(roles.into_iter().map(|role| format!("{ROLES}/{role}")));
        }
        // Without `--emit` nobody says what these hold.
        if name != BOUNDARY && name != PIPELINE {
            found.push(name);
        }
    }
    found.sort();
    let mut ours = Vec::new();
    for name in found {
        let folder = Folder { name, files: BTreeMap::new() };
        if !stale(&out.join(&folder.name), &folder)?.is_empty() {
            ours.push(folder.name);
        }
    }
    Ok(ours)
}

/// Names of the folders in `dir`, but for those of runs under way.
fn folders_in(dir: &Path) -> Result<Vec<String>, Failure> {
    // What is no folder has none; where one is needed, whoever writes says so.
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(dir).map_err(|error| unreadable(dir, &error))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(dir, &error))?;
        let name =
            entry.file_name().to_str().filter(|name| !name.starts_with('.')).map(str::to_owned);
        names.extend(name.filter(|_| entry.path().is_dir()));
    }
    Ok(names)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::input(format!("cannot read it: {error}")).at(in_file(path))
}

/// Refuses functions whose folders would be the same, on any file system.
///
/// # Errors
/// [`Failure`] that names both.
pub fn check_names(folders: &[Folder]) -> Result<(), Failure> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let of_roles = format!("{ROLES}/");
    let has_roles = folders.iter().any(|folder| folder.name.starts_with(&of_roles));
    for folder in folders {
        if has_roles && folder.name.eq_ignore_ascii_case(ROLES) {
            return Err(Failure::input(format!(
                "function `{}` would be written to the folder of shared roles",
                folder.name
            ))
            .help("give the function another name, or each function a role of its own"));
        }
        if let Some(other) = seen.insert(folder.name.to_ascii_lowercase(), &folder.name) {
            return Err(Failure::input(format!(
                "`{other}` and `{}` would be written to one folder",
                folder.name
            ))
            .help("choose one with `--function`"));
        }
    }
    Ok(())
}

/// Writes all folders below `out`, or nothing. Files of an earlier run that are not written any
/// more are removed; other files are left alone.
///
/// # Errors
/// [`Failure`] when something cannot be written; then what was there before is there again.
pub fn write(out: &Path, folders: &[Folder]) -> Result<(), Failure> {
    interrupt::wait(|| write_all(out, folders))
}

fn write_all(out: &Path, folders: &[Folder]) -> Result<(), Failure> {
    fs::create_dir_all(out).map_err(|error| unwritable(out, &error))?;
    let staging = Staging::new(out)?;
    for folder in folders {
        let dir = staging.path.join("new").join(&folder.name);
        fs::create_dir_all(&dir).map_err(|error| unwritable(&dir, &error))?;
        for (name, text) in &folder.files {
            let path = dir.join(name);
            fs::write(&path, text).map_err(|error| unwritable(&path, &error))?;
        }
    }
    let mut moves = Moves::default();
    for folder in folders {
        let done = swap(&staging.path, out, folder, &mut moves);
        if let Err((path, error)) = done {
            moves.undo();
            return Err(unwritable(&path, &error).note("nothing was changed"));
        }
    }
    Ok(())
}

type Stuck = (PathBuf, io::Error);

/// Moves the old files of one function away and the new ones in.
fn swap(staging: &Path, out: &Path, folder: &Folder, moves: &mut Moves) -> Result<(), Stuck> {
    let target = out.join(&folder.name);
    if folder.files.is_empty() && !target.is_dir() {
        return Ok(());
    }
    let old = staging.join("old").join(&folder.name);
    for dir in [&target, &old] {
        fs::create_dir_all(dir).map_err(|error| (dir.clone(), error))?;
    }
    let entries = fs::read_dir(&target).map_err(|error| (target.clone(), error))?;
    for entry in entries {
        let entry = entry.map_err(|error| (target.clone(), error))?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| is_ours(folder, name)) {
            if !entry.path().is_file() {
                let error = io::Error::other("something that is no file has this name");
                return Err((entry.path(), error));
            }
            moves.rename(entry.path(), old.join(&name))?;
        }
    }
    for name in folder.files.keys() {
        moves.rename(staging.join("new").join(&folder.name).join(name), target.join(name))?;
    }
    Ok(())
}

/// Renames that can be taken back.
#[derive(Default)]
struct Moves {
    done: Vec<(PathBuf, PathBuf)>,
}

impl Moves {
    fn rename(&mut self, from: PathBuf, to: PathBuf) -> Result<(), Stuck> {
        fs::rename(&from, &to).map_err(|error| (to.clone(), error))?;
        self.done.push((from, to));
        Ok(())
    }

    fn undo(&mut self) {
        for (from, to) in self.done.drain(..).rev() {
            // A second failure leaves the file in the staging folder, which then stays.
            let _ = fs::rename(to, from);
        }
    }
}

/// A folder beside the others that goes away again.
struct Staging {
    path: PathBuf,
}

impl Staging {
    /// A name of its own: an interrupted run may have left one, and in a container every run has
    /// the same number.
    fn new(out: &Path) -> Result<Self, Failure> {
        let id = std::process::id();
        let mut attempt = 0_u32;
        loop {
            let path = out.join(format!(".policy-cli-{id}-{attempt}"));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 1000 => {
                    attempt += 1;
                }
                Err(error) => return Err(unwritable(&path, &error)),
            }
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed is left for the user to see.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    if path.exists() && !path.is_dir() && error.kind() == io::ErrorKind::AlreadyExists {
        return Failure::input(format!("`{}` is not a folder", shown(path)))
            .help("name another folder with `--out`, or move what is there");
    }
    Failure::input(format!("cannot write `{}`: {error}", shown(path)))
}

/// What in `out` is not what would be written.
///
/// # Errors
/// [`Failure`] when a file that is there cannot be read.
pub fn compare(out: &Path, folders: &[Folder]) -> Result<Vec<Difference>, Failure> {
    let mut differences = Vec::new();
    for folder in folders {
        let dir = out.join(&folder.name);
        for (name, wanted) in &folder.files {
            let path = dir.join(name);
            let file = format!("{}/{name}", folder.name);
            let found = match fs::read_to_string(&path) {
                Ok(found) => Some(found),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => {
                    return Err(
                        Failure::input(format!("cannot read it: {error}")).at(in_file(&path))
                    );
                }
            };
            let kind = match &found {
                None => DifferenceKind::Missing,
                Some(found) if same(name, found, wanted) => continue,
                Some(_) => DifferenceKind::Differs,
            };
            let found = found.unwrap_or_default();
            let (old, new) = if is_reason(name) {
                (steady(&found).unwrap_or(found), steady(wanted).unwrap_or_default())
            } else {
                (found, wanted.clone())
            };
            let text = render::diff::unified(&old, &new, &file, &file);
            differences.push(Difference { file, kind, text });
        }
        for name in stale(&dir, folder)? {
            let file = format!("{}/{name}", folder.name);
            differences.push(Difference { file, kind: DifferenceKind::Stale, text: String::new() });
        }
    }
    Ok(differences)
}

/// Our files in `dir` that would not be written.
fn stale(dir: &Path, folder: &Folder) -> Result<Vec<String>, Failure> {
    let Ok(entries) = fs::read_dir(dir) else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Failure::input(error.to_string()).at(in_file(dir)))?;
        if let Some(name) = entry.file_name().to_str()
            && is_ours(folder, name)
            && !folder.files.contains_key(name)
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Whether a file says why, and so holds what moves with every run.
#[must_use]
pub fn is_reason(name: &str) -> bool {
    name == EVIDENCE || name == DROPPED
}

/// Policies byte for byte; evidence by what does not move with every run.
fn same(name: &str, found: &str, wanted: &str) -> bool {
    if !is_reason(name) {
        return found == wanted;
    }
    match (steady(found), steady(wanted)) {
        (Some(found), Some(wanted)) => found == wanted,
        _ => false,
    }
}

/// Sid, action, resource, condition and verdict of each entry: counts, dates and lines may move.
fn steady(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    let entries: Option<Vec<Value>> = value
        .as_array()?
        .iter()
        .map(|entry| {
            let entry = entry.as_object()?;
            let kept = ["sid", "action", "resource", "condition", "verdict", "function"];
            Some(Value::Object(
                kept.iter()
                    .filter_map(|key| Some(((*key).to_owned(), entry.get(*key)?.clone())))
                    .collect(),
            ))
        })
        .collect();
    Some(format!("{:#}\n", Value::from(entries?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_interrupted_run_left_is_no_obstacle() {
        let out = tempfile::tempdir().unwrap();
        let left = Staging::new(out.path()).unwrap();
        let folder = Folder {
            name: "orders".to_owned(),
            files: BTreeMap::from([(EVIDENCE.to_owned(), "[]\n".to_owned())]),
        };
        write(out.path(), std::slice::from_ref(&folder)).unwrap();
        assert_eq!(fs::read_to_string(out.path().join("orders/evidence.json")).unwrap(), "[]\n");
        assert!(left.path.is_dir(), "another run's files are left alone");
    }
}
