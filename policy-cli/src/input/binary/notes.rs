//! Declarations in the notes of a binary.

use object::{Object, ObjectSection};
use policy_core::evidence::Declaration;
use policy_core::evidence::note::{self, NoteError, Section};
use policy_core::finding::{Code, Finding};

use super::Binary;
use crate::failure::{Failure, in_file};

/// The sections of ours in every object file.
fn sections(files: &[object::File<'_>]) -> Vec<Section> {
    let mach_o = note::MACH_O_SECTION.split_once(',').unwrap_or_default();
    let mut found = Vec::new();
    for (file, section) in files.iter().flat_map(|file| file.sections().map(move |it| (file, it))) {
        let name = section.name_bytes().unwrap_or_default();
        let ours = if file.format() == object::BinaryFormat::MachO {
            let segment = section.segment_name_bytes().ok().flatten().unwrap_or_default();
            (segment, name) == (mach_o.0.as_bytes(), mach_o.1.as_bytes())
        } else {
            name == note::ELF_SECTION.as_bytes()
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
    found
}

/// What a binary declares; `None` when it has no record of ours.
pub(super) fn declarations(
    files: &[object::File<'_>],
    binary: &Binary,
) -> Result<Option<Vec<Declaration>>, Failure> {
    let sections = sections(files);
    if sections.iter().all(Section::is_empty) {
        return Ok(None);
    }
    let mut declarations = Vec::new();
    let mut findings = Vec::new();
    for section in sections {
        declarations.extend(section.declarations);
        findings.extend(section.errors.iter().map(|error| refused(error, binary)));
    }
    if !findings.is_empty() {
        findings.sort();
        findings.dedup();
        return Err(Failure::findings(findings));
    }
    declarations.sort();
    declarations.dedup();
    Ok(Some(declarations))
}

/// Notes of other owners in sections of that name, as the end of a sentence.
pub(super) fn others(binary: &Binary) -> String {
    let sections = binary.objects().map(|files| sections(&files)).unwrap_or_default();
    match sections.iter().map(|section| section.foreign).sum() {
        0_usize => String::new(),
        1 => "; the section has a note of another owner".to_owned(),
        many => format!("; the section has {many} notes of other owners"),
    }
}

/// A record that cannot be read: too new, or not what it says.
fn refused(error: &NoteError, binary: &Binary) -> Finding {
    let name = &binary.name;
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
    finding.at(in_file(&binary.path))
}
