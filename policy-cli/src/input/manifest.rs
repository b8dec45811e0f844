//! Cargo packages: their targets and dependencies, workspace inheritance included.
//!
//! The room reads manifests as cargo does, without running cargo. It does not resolve versions:
//! only dependencies given by path are followed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_toml::{Dependency, DepsSet, Manifest};

use crate::failure::{Failure, in_file, shown};

/// Largest manifest that is read.
///
/// Units: bytes.
const MAX_MANIFEST_BYTES: u64 = 4 << 20;

/// One package on disk.
#[derive(Debug, Clone)]
pub struct Package {
    /// `package.name`.
    pub name: Box<str>,
    /// The folder of its manifest, absolute.
    pub dir: PathBuf,
    /// Its library target.
    pub library: Option<Target>,
    /// Its binary targets, sorted by name.
    pub binaries: Vec<Target>,
    /// `[features]`.
    pub features: BTreeMap<String, Vec<String>>,
    /// Its normal dependencies, by key: one for each table that names it.
    pub dependencies: BTreeMap<String, Vec<PathDependency>>,
    /// Keys by which its code may name the macro crate, when the manifest renames it.
    pub macro_names: BTreeSet<String>,
    /// Whether it is a crate of procedural macros, which never ends up in a binary.
    pub is_proc_macro: bool,
}

/// A crate to be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The target's name: `order-api`.
    pub name: Box<str>,
    /// Its root file, absolute.
    pub root: PathBuf,
    /// Features without which cargo leaves it out.
    pub required_features: Vec<String>,
}

impl Target {
    /// The crate's name as `CARGO_CRATE_NAME` gives it.
    #[must_use]
    pub fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// A normal dependency. Those that have no path are kept for their features only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathDependency {
    /// The folder, absolute; `None` when it is not given by path.
    pub dir: Option<PathBuf>,
    /// The package's own name, when the key renames it.
    pub package: Option<Box<str>>,
    /// `optional = true`.
    pub optional: bool,
    /// `features = […]`.
    pub features: Vec<String>,
    /// Unless `default-features = false`.
    pub default_features: bool,
    /// `[target.'cfg(…)'.dependencies]`: the table that names it, unless it is for every target.
    pub target: Option<String>,
}

/// Reads the package in `dir`.
///
/// # Errors
/// [`Failure`] when there is no manifest, it does not parse, or it is no package.
pub fn read(dir: &Path) -> Result<Package, Failure> {
    let given = dir;
    let dir = dir
        .canonicalize()
        .map_err(|error| super::unreadable(given, "the folder of a package", &error))?;
    if dir.is_file() {
        let failure = Failure::input(format!("`{}` is a file, expected a folder", shown(given)));
        return Err(match given.parent().filter(|_| given.ends_with("Cargo.toml")) {
            Some(folder) if folder.as_os_str().is_empty() => failure.help("write `.`"),
            Some(folder) => failure.help(format!("write `{}`", shown(folder))),
            None => failure.help("name the folder of a package, the one with its Cargo.toml"),
        });
    }
    let path = dir.join("Cargo.toml");
    let named = given.join("Cargo.toml");
    if !path.is_file() {
        return Err(Failure::input(format!("there is no Cargo.toml in `{}`", shown(given)))
            .help("name the folder of a package, the one with its Cargo.toml"));
    }
    let text = super::text(&path, "a Cargo manifest", MAX_MANIFEST_BYTES)?;
    let mut manifest =
        Manifest::from_str(&text).map_err(|error| refused(&error, &named, Some(&text)))?;
    let Some(package) = &manifest.package else {
        let members = manifest.workspace.map(|workspace| workspace.members).unwrap_or_default();
        let members: Vec<String> = members.iter().map(|member| format!("`{member}`")).collect();
        let failure = Failure::input(format!(
            "`{}` is no package: its Cargo.toml has no `[package]`",
            shown(given)
        ));
        return Err(if members.is_empty() {
            failure
        } else {
            failure.help(format!("name packages of the workspace: {}", members.join(", ")))
        });
    };
    let name = package.name().into();
    manifest.complete_from_path(&path).map_err(|error| refused(&error, &named, None))?;
    let dir = path.parent().unwrap_or(Path::new("/")).to_path_buf();
    let macro_names = macro_names(&manifest);
    let is_proc_macro = manifest.lib.as_ref().is_some_and(|lib| lib.proc_macro);
    let mut binaries: Vec<Target> =
        manifest.bin.iter().filter_map(|product| target(product, &dir)).collect();
    binaries.sort_by(|a, b| a.name.cmp(&b.name));
    let mut dependencies = BTreeMap::new();
    collect(&manifest.dependencies, None, &dir, &mut dependencies);
    for (predicate, target) in &manifest.target {
        collect(&target.dependencies, Some(predicate), &dir, &mut dependencies);
    }
    Ok(Package {
        name,
        library: manifest.lib.as_ref().and_then(|product| target(product, &dir)),
        binaries,
        features: manifest.features.into_iter().collect(),
        dependencies,
        macro_names,
        is_proc_macro,
        dir,
    })
}

fn target(product: &cargo_toml::Product, dir: &Path) -> Option<Target> {
    Some(Target {
        name: product.name.as_deref()?.into(),
        root: dir.join(product.path.as_deref()?),
        required_features: product.required_features.clone(),
    })
}

fn collect(
    set: &DepsSet,
    target: Option<&String>,
    dir: &Path,
    into: &mut BTreeMap<String, Vec<PathDependency>>,
) {
    for (key, dependency) in set {
        let detail = dependency.detail();
        into.entry(key.clone()).or_default().push(PathDependency {
            dir: detail.and_then(|detail| detail.path.as_ref()).map(|path| dir.join(path)),
            package: dependency.package().map(Into::into),
            optional: dependency.optional(),
            features: dependency.req_features().to_vec(),
            default_features: detail.is_none_or(|detail| detail.default_features),
            target: target.cloned(),
        });
    }
}

/// The keys under which dependencies rename `policy-macros`.
fn macro_names(manifest: &Manifest) -> BTreeSet<String> {
    manifest
        .dependencies
        .iter()
        .filter(|(_, dependency)| dependency.package() == Some("policy-macros"))
        .map(|(key, _)| key.replace('-', "_"))
        .collect()
}

/// Folders of all dependencies by path, of every kind: those make a workspace member too.
pub(super) fn all_paths(
    manifest: &Manifest,
    dir: &Path,
    root: Option<(&Manifest, &Path)>,
) -> Vec<PathBuf> {
    let inherited = |key: &str| -> Option<PathBuf> {
        let (manifest, root) = root?;
        let dependency = manifest.workspace.as_ref()?.dependencies.get(key)?;
        Some(root.join(dependency.detail()?.path.as_ref()?))
    };
    let mut sets =
        vec![&manifest.dependencies, &manifest.dev_dependencies, &manifest.build_dependencies];
    for target in manifest.target.values() {
        sets.extend([&target.dependencies, &target.dev_dependencies, &target.build_dependencies]);
    }
    sets.into_iter()
        .flatten()
        .filter_map(|(key, dependency)| match dependency {
            Dependency::Inherited(_) => inherited(key),
            other => Some(dir.join(other.detail()?.path.as_ref()?)),
        })
        .collect()
}

/// A manifest without what its workspace and folder add.
pub(super) fn read_alone(path: &Path) -> Result<Manifest, Failure> {
    let text = super::text(path, "a Cargo manifest", MAX_MANIFEST_BYTES)?;
    Manifest::from_str(&text).map_err(|error| refused(&error, path, Some(&text)))
}

fn refused(error: &cargo_toml::Error, path: &Path, text: Option<&str>) -> Failure {
    let mut place = in_file(path);
    let message = match error {
        cargo_toml::Error::Parse(error) => {
            if let (Some(span), Some(text)) = (error.span(), text) {
                let (line, column) = super::line_column(text, span.start);
                (place.line, place.column) = (Some(line), Some(column));
            }
            error.message().lines().next().unwrap_or_default().to_owned()
        }
        other => other.to_string().lines().next().unwrap_or_default().to_owned(),
    };
    Failure::input(format!("the manifest is not usable: {message}")).at(place)
}
