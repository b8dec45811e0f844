//! Evidence in a built binary: ELF, Mach-O, or the `.zip` around `bootstrap`.
//!
//! Limits come first: a file, an archive entry or a section that is too large is refused before it
//! is read. The room finds sections, symbols and segments; what is in them is read by
//! `policy_core::evidence::note` and `policy_core::evidence::linked`, and whose declarations count is
//! decided by [`super::trust`].

mod function;
mod linked;
mod notes;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use object::FileKind;
use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use policy_core::catalog::Catalog;
use policy_core::evidence::{Declaration, Reachable};
use policy_core::finding::{Code, Finding};

use crate::failure::{Failure, in_file, shown};
pub use function::functions;

/// Largest binary that is read, on its own or out of an archive.
///
/// Units: bytes. Lambda takes 250 MiB unpacked; a debug build on disk may be larger.
pub const MAX_BINARY_BYTES: u64 = 1 << 30;
/// Largest archive that is opened.
///
/// Units: bytes. Lambda takes 50 MiB directly and 250 MiB from S3.
pub const MAX_ARCHIVE_BYTES: u64 = 512 << 20;
/// Most entries of an archive that is opened.
const MAX_ENTRIES: usize = 65_536;
/// The entry that Lambda starts.
const ENTRY: &str = "bootstrap";

/// A binary in memory.
#[derive(Debug, Clone)]
pub struct Binary {
    /// As the user named it; inside an archive, with the entry.
    pub name: String,
    /// The file, or the archive around it.
    pub path: PathBuf,
    bytes: Vec<u8>,
}

impl Binary {
    /// Reads `path`.
    ///
    /// # Errors
    /// [`Failure`]: not there, too large, an archive without `bootstrap`.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let what = "a built binary or the .zip around it";
        let unreadable = |error: std::io::Error| super::unreadable(path, what, &error);
        let mut file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(Failure::input(format!("`{}` is a folder, expected {what}", shown(path))));
        }
        let size = metadata.len();
        if size > MAX_BINARY_BYTES {
            return Err(too_large(path, size, MAX_BINARY_BYTES));
        }
        let mut magic = [0; 4];
        let read = file.read(&mut magic).map_err(unreadable)?;
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let name = shown(path);
        let path = path.to_owned();
        if magic[..read].starts_with(b"PK\x03\x04") || magic[..read].starts_with(b"PK\x05\x06") {
            if size > MAX_ARCHIVE_BYTES {
                return Err(too_large(&path, size, MAX_ARCHIVE_BYTES));
            }
            let bytes = unzip(file, &path)?;
            return Ok(Self { name: format!("{name}/{ENTRY}"), path, bytes });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        // The file may grow while it is read.
        file.take(MAX_BINARY_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(Self { name, path, bytes })
    }

    /// Its declarations, sorted; `None` when it has none.
    ///
    /// # Errors
    /// [`Failure`]: not a binary, a section that is cut off or malformed (`access-section-malformed`) or too
    /// new (`access-format-unknown`).
    pub fn declarations(&self) -> Result<Option<Vec<Declaration>>, Failure> {
        notes::declarations(&self.objects()?, self)
    }

    /// The operations that it can call.
    ///
    /// # Errors
    /// [`Failure`] when it is not a binary.
    pub fn reachable(&self, catalog: &Catalog) -> Result<Reachable, Failure> {
        Ok(linked::reachable(&self.objects()?, self, catalog))
    }

    /// What is said of a binary without declarations.
    #[must_use]
    pub fn undeclared(&self) -> Finding {
        let message = format!("`{}` holds no declared accesses{}", self.name, notes::others(self));
        Finding::new(Code::AccessSectionMissing, message)
            .at(in_file(&self.path))
            .help("declare them with `#[derive(AwsAccess)]` and build again; a stripped binary keeps them")
    }

    /// The object files in it: one, or one for each machine.
    fn objects(&self) -> Result<Vec<object::File<'_>>, Failure> {
        objects(&self.bytes).map_err(|reason| {
            Failure::input(format!("`{}` is not a binary: {reason}", self.name))
                .help("name the built binary (ELF or Mach-O), or the .zip around `bootstrap`")
        })
    }
}

fn objects(data: &[u8]) -> Result<Vec<object::File<'_>>, String> {
    let refused = |error: object::Error| error.to_string();
    let other = || "neither ELF nor Mach-O".to_owned();
    let files = match FileKind::parse(data).map_err(|_| other())? {
        FileKind::MachOFat32 => {
            of_all(MachOFatFile32::parse(data).map_err(refused)?.arches(), data)?
        }
        FileKind::MachOFat64 => {
            of_all(MachOFatFile64::parse(data).map_err(refused)?.arches(), data)?
        }
        _ => vec![object::File::parse(data).map_err(refused)?],
    };
    let ours = [object::BinaryFormat::Elf, object::BinaryFormat::MachO];
    if files.iter().all(|file| ours.contains(&file.format())) { Ok(files) } else { Err(other()) }
}

/// The file of every machine in a universal Mach-O.
fn of_all<'data, A: FatArch>(
    arches: &[A],
    data: &'data [u8],
) -> Result<Vec<object::File<'data>>, String> {
    let file = |arch: &A| arch.data(data).and_then(object::File::parse);
    arches.iter().map(|arch| file(arch).map_err(|error| error.to_string())).collect()
}

fn too_large(path: &Path, size: u64, limit: u64) -> Failure {
    Failure::input(format!("`{}` has {size} bytes; at most {limit} are read", shown(path)))
}

/// The bytes of `bootstrap`.
fn unzip(file: File, path: &Path) -> Result<Vec<u8>, Failure> {
    let broken = |error: zip::result::ZipError| {
        Failure::input(format!("the archive is not usable: {error}")).at(in_file(path))
    };
    let mut archive = zip::ZipArchive::new(file).map_err(broken)?;
    if archive.len() > MAX_ENTRIES {
        return Err(Failure::input(format!(
            "the archive has {} entries; at most {MAX_ENTRIES} are read",
            archive.len()
        ))
        .at(in_file(path)));
    }
    let Some(index) = archive.index_for_name(ENTRY) else {
        let mut names: Vec<String> = archive
            .file_names_raw()
            .map(|name| format!("`{}`", String::from_utf8_lossy(name)))
            .collect();
        names.sort();
        let more = if names.len() > 5 { " and others" } else { "" };
        names.truncate(5);
        let holds = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        return Err(Failure::input(format!(
            "the archive has no `{ENTRY}`; it holds {holds}{more}"
        ))
        .at(in_file(path))
        .help("name the archive that is deployed: its binary is called `bootstrap` and lies at the top"));
    };
    let mut entry = archive.by_index(index).map_err(broken)?;
    if entry.size() > MAX_BINARY_BYTES {
        return Err(too_large(&path.join(ENTRY), entry.size(), MAX_BINARY_BYTES));
    }
    let mut bytes = Vec::new();
    // The size in the directory may lie, so the limit holds on what really comes out.
    entry.by_ref().take(MAX_BINARY_BYTES + 1).read_to_end(&mut bytes).map_err(|error| {
        Failure::input(format!("the archive is not usable: `{ENTRY}`: {error}")).at(in_file(path))
    })?;
    if bytes.len() as u64 > MAX_BINARY_BYTES {
        return Err(too_large(&path.join(ENTRY), bytes.len() as u64, MAX_BINARY_BYTES));
    }
    Ok(bytes)
}
