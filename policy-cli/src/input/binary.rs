//! Declarations from a built binary: ELF, Mach-O, or the `.zip` around `bootstrap`.
//!
//! Limits come first: a file, an archive entry or a section that is too large is refused before it
//! is read. The room finds the section; what is in it is read by `policy_core::evidence::note`, and
//! whose declarations count is decided by [`super::trust`].

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::{FileKind, Object, ObjectSection, ReadCache, ReadRef};
use policy_core::evidence::Declaration;
use policy_core::evidence::note::{self, NoteError, Section};
use policy_core::finding::{Code, Finding};

use crate::failure::{Failure, in_file, shown};

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

/// Reads the declarations of `path`, sorted.
///
/// # Errors
/// [`Failure`]: not there, not a binary, no section (`access-section-missing`), a section that is cut
/// off or malformed (`access-section-malformed`) or too new (`access-format-unknown`).
pub fn read(path: &Path) -> Result<Vec<Declaration>, Failure> {
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
    if magic[..read].starts_with(b"PK\x03\x04") || magic[..read].starts_with(b"PK\x05\x06") {
        if size > MAX_ARCHIVE_BYTES {
            return Err(too_large(path, size, MAX_ARCHIVE_BYTES));
        }
        let binary = unzip(file, path)?;
        let name = format!("{name}/{ENTRY}");
        return declarations(sections(&binary[..]), &name, path);
    }
    let cache = ReadCache::new(file);
    declarations(sections(&cache), &name, path)
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

/// What was found in an object file.
enum Found {
    /// The file is no ELF or Mach-O.
    NotAnObject(String),
    /// There is no record of ours, but so many notes of other owners in sections of that name.
    Missing { foreign: usize },
    /// What the sections hold.
    Sections(Vec<Section>),
}

fn sections<'data, R: ReadRef<'data>>(data: R) -> Found {
    let refused = |error: object::Error| Found::NotAnObject(error.to_string());
    match FileKind::parse(data) {
        Ok(FileKind::MachOFat32) => match MachOFatFile32::parse(data) {
            Ok(fat) => of_all(fat.arches(), data),
            Err(error) => refused(error),
        },
        Ok(FileKind::MachOFat64) => match MachOFatFile64::parse(data) {
            Ok(fat) => of_all(fat.arches(), data),
            Err(error) => refused(error),
        },
        Ok(_) => match object::File::parse(data) {
            Ok(file) => of_one(&file),
            Err(error) => refused(error),
        },
        Err(_) => Found::NotAnObject("neither ELF nor Mach-O".to_owned()),
    }
}

/// The sections of every machine in a universal Mach-O.
fn of_all<'data, A: FatArch, R: ReadRef<'data>>(arches: &[A], data: R) -> Found {
    let mut all = Vec::new();
    let mut foreign = 0;
    for arch in arches {
        let found = match arch.data(data).and_then(object::File::parse) {
            Ok(file) => of_one(&file),
            Err(error) => return Found::NotAnObject(error.to_string()),
        };
        match found {
            Found::Sections(sections) => all.extend(sections),
            Found::Missing { foreign: notes } => foreign += notes,
            refused @ Found::NotAnObject(_) => return refused,
        }
    }
    if all.is_empty() { Found::Missing { foreign } } else { Found::Sections(all) }
}

fn of_one<'data, R: ReadRef<'data>>(file: &object::File<'data, R>) -> Found {
    let mach_o = note::MACH_O_SECTION.split_once(',').unwrap_or_default();
    let mut found = Vec::new();
    for section in file.sections() {
        let name = section.name_bytes().unwrap_or_default();
        let ours = match file.format() {
            object::BinaryFormat::Elf => name == note::ELF_SECTION.as_bytes(),
            object::BinaryFormat::MachO => {
                let segment = section.segment_name_bytes().ok().flatten().unwrap_or_default();
                (segment, name) == (mach_o.0.as_bytes(), mach_o.1.as_bytes())
            }
            _ => return Found::NotAnObject("neither ELF nor Mach-O".to_owned()),
        };
        if !ours {
            continue;
        }
        let size = usize::try_from(section.size()).unwrap_or(usize::MAX);
        if size > note::MAX_SECTION_BYTES {
            let errors = vec![NoteError::SectionOversized { size }];
            found.push(Section { errors, ..Section::default() });
            continue;
        }
        match section.data() {
            Ok(bytes) => found.push(note::decode_section(bytes)),
            Err(_) => {
                // The header promises bytes that the file does not have.
                let errors = vec![NoteError::Truncated { offset: 0, needed: size, available: 0 }];
                found.push(Section { errors, ..Section::default() });
            }
        }
    }
    if found.iter().all(Section::is_empty) {
        Found::Missing { foreign: found.iter().map(|section| section.foreign).sum() }
    } else {
        Found::Sections(found)
    }
}

fn declarations(found: Found, name: &str, path: &Path) -> Result<Vec<Declaration>, Failure> {
    let sections = match found {
        Found::NotAnObject(reason) => {
            return Err(Failure::input(format!("`{name}` is not a binary: {reason}"))
                .help("name the built binary (ELF or Mach-O), or the .zip around `bootstrap`"));
        }
        Found::Missing { foreign } => {
            let others = match foreign {
                0 => String::new(),
                1 => "; the section has a note of another owner".to_owned(),
                many => format!("; the section has {many} notes of other owners"),
            };
            let finding = Finding::new(
                Code::AccessSectionMissing,
                format!("`{name}` holds no declared accesses{others}"),
            )
            .help("declare them with `#[derive(AwsAccess)]` and build again; a stripped binary keeps them");
            return Err(Failure::findings(vec![finding.at(in_file(path))]));
        }
        Found::Sections(sections) => sections,
    };
    let mut declarations = Vec::new();
    let mut findings = Vec::new();
    for section in sections {
        declarations.extend(section.declarations);
        findings.extend(section.errors.iter().map(|error| refused(error, name, path)));
    }
    if !findings.is_empty() {
        findings.sort();
        findings.dedup();
        return Err(Failure::findings(findings));
    }
    declarations.sort();
    declarations.dedup();
    Ok(declarations)
}

/// A record that cannot be read: too new, or not what it says.
fn refused(error: &NoteError, name: &str, path: &Path) -> Finding {
    let finding = if let NoteError::FutureVersion { version, .. } = error {
        Finding::new(
            Code::AccessFormatUnknown,
            format!(
                "`{name}` holds declared accesses in format {version}; format {} is understood",
                note::VERSION
            ),
        )
        .help("upgrade this tool, or rebuild the function with the `policy-macros` of this version")
    } else {
        Finding::new(
            Code::AccessSectionMalformed,
            format!("the declared accesses in `{name}` cannot be read: {error}"),
        )
        .help("build the function again; nothing of this file was used")
    };
    finding.at(in_file(path))
}
