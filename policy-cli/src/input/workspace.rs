//! Which packages are ours: the members of the enclosing cargo workspace.
//!
//! Members as cargo finds them: the globs of `members`, and path dependencies inside the root
//! folder, less `exclude`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_toml::Manifest;

use super::manifest;
use crate::failure::Failure;

/// A cargo workspace, or a package that is alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workspace {
    /// The folder of the root manifest, absolute.
    pub root: PathBuf,
    /// Folders of the members, absolute, by package name.
    pub members: BTreeMap<Box<str>, PathBuf>,
}

impl Workspace {
    /// The workspace that `dir` belongs to; `None` when no manifest is there or above.
    ///
    /// # Errors
    /// [`Failure`] when a manifest cannot be read.
    pub fn enclosing(dir: &Path) -> Result<Option<Self>, Failure> {
        let Some((root, manifest)) = root_of(dir)? else { return Ok(None) };
        Self::of_root(root, &manifest).map(Some)
    }

    /// The root folder of the workspace that the package in `dir` belongs to.
    ///
    /// # Errors
    /// [`Failure`] when a manifest cannot be read.
    pub fn root(dir: &Path) -> Result<PathBuf, Failure> {
        Ok(root_of(dir)?.map_or_else(|| dir.to_path_buf(), |(root, _)| root))
    }

    fn of_root(root: PathBuf, manifest: &Manifest) -> Result<Self, Failure> {
        let mut members = BTreeMap::new();
        let mut open: Vec<PathBuf> = Vec::new();
        if manifest.package.is_some() {
            open.push(root.clone());
        }
        let workspace = manifest.workspace.as_ref();
        for member in workspace.map(|workspace| &workspace.members[..]).unwrap_or_default() {
            open.extend(expand(&root, member));
        }
        let excluded: Vec<PathBuf> = workspace
            .map(|workspace| workspace.exclude.iter().map(|path| root.join(path)).collect())
            .unwrap_or_default();
        let mut seen = std::collections::BTreeSet::new();
        while let Some(dir) = open.pop() {
            let Ok(dir) = dir.canonicalize() else { continue };
            if !seen.insert(dir.clone()) || excluded.iter().any(|path| dir.starts_with(path)) {
                continue;
            }
            let path = dir.join("Cargo.toml");
            if !path.is_file() {
                continue;
            }
            let member = if dir == root { manifest.clone() } else { manifest::read_alone(&path)? };
            if let Some(package) = &member.package {
                members.insert(package.name().into(), dir.clone());
            }
            if workspace.is_some() {
                let paths = manifest::all_paths(&member, &dir, Some((manifest, &root)));
                // A path may go up and down again, so compare where it ends.
                open.extend(
                    paths.into_iter().filter(|path| {
                        path.canonicalize().is_ok_and(|path| path.starts_with(&root))
                    }),
                );
            }
        }
        Ok(Self { root, members })
    }

    /// Whether the package in `dir` is a member.
    #[must_use]
    pub fn has_dir(&self, dir: &Path) -> bool {
        self.members.values().any(|member| member == dir)
    }
}

/// The root manifest for `dir`: the nearest above with `[workspace]`, else the nearest package.
fn root_of(dir: &Path) -> Result<Option<(PathBuf, Manifest)>, Failure> {
    let start = dir
        .canonicalize()
        .map_err(|error| super::unreadable(dir, "the folder of a package", &error))?;
    let mut package: Option<(PathBuf, Manifest)> = None;
    for dir in start.ancestors() {
        let path = dir.join("Cargo.toml");
        if !path.is_file() {
            continue;
        }
        let manifest = manifest::read_alone(&path)?;
        if let Some(workspace) = &manifest.workspace {
            let left_out = workspace.exclude.iter().any(|path| start.starts_with(dir.join(path)));
            if !left_out {
                return Ok(Some((dir.to_path_buf(), manifest)));
            }
            break;
        }
        if package.is_none() && manifest.package.is_some() {
            let named = manifest.package.as_ref().and_then(|package| package.workspace.clone());
            if let Some(named) = named {
                let root = dir.join(named);
                let root = root.canonicalize().unwrap_or(root);
                let manifest = manifest::read_alone(&root.join("Cargo.toml"))?;
                return Ok(Some((root, manifest)));
            }
            package = Some((dir.to_path_buf(), manifest));
        }
    }
    Ok(package)
}

/// The folders that a glob of `members` names.
fn expand(root: &Path, member: &str) -> Vec<PathBuf> {
    if !member.contains(['*', '?', '[']) {
        return vec![root.join(member)];
    }
    let pattern = format!("{}/{member}", glob::Pattern::escape(&root.display().to_string()));
    glob::glob(&pattern).map(|paths| paths.flatten().collect()).unwrap_or_default()
}
