//! What `observe` says, and its file, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use policy_core::evidence::trail::Query;

use super::{Detail, interrupt};
use crate::args::SqlPart;
use crate::failure::{Failure, shown};

/// What was read, for people.
#[must_use]
pub fn human(files: u64, records: u64, out: &Path, detail: Detail) -> String {
    if detail.quiet {
        return String::new();
    }
    let plural =
        |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!(
        "{} of {}, written to {}\n",
        plural(records, "record"),
        plural(files, "file"),
        shown(out)
    )
}

/// The SQL, ready to be run: both parts are told apart by semicolons, one part stands alone.
#[must_use]
pub fn sql(query: &Query, part: SqlPart) -> String {
    let Query { tables, statement } = query;
    match part {
        SqlPart::All => format!("{};\n\n{statement};\n", tables.join(";\n\n")),
        SqlPart::Table => format!("{}\n", tables.join(";\n\n")),
        SqlPart::Query => format!("{statement}\n"),
    }
}

/// Writes to `out` what `fill` gives, a piece at a time; `out` is what it was before if that fails.
///
/// # Errors
/// [`Failure`] when it cannot be written.
pub fn write(
    out: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let unwritable =
        |error: io::Error| Failure::input(format!("cannot write `{}`: {error}", shown(out)));
    if out.is_dir() {
        return Err(Failure::input(format!("`{}` is a folder", shown(out)))
            .help("name a file with `--out`"));
    }
    interrupt::wait(|| {
        let (beside, file) = beside(out).map_err(unwritable)?;
        let written = filled(file, fill).and_then(|()| fs::rename(&beside, out));
        written.map_err(|error| {
            // What cannot be removed is left for the user to see.
            let _ = fs::remove_file(&beside);
            unwritable(error)
        })
    })
}

fn filled(file: File, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut writer = io::BufWriter::with_capacity(256 * 1024, file);
    fill(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// A new file in the same folder, which can take the place of `out` in one step.
fn beside(out: &Path) -> io::Result<(PathBuf, File)> {
    let id = std::process::id();
    let mut attempt = 0_u32;
    loop {
        let path = out.with_file_name(format!(".policy-cli-{id}-{attempt}"));
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            // An interrupted run may have left one, and in a container every run has the same number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 1000 => {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("o.json");
        for text in ["one", "two"] {
            write(&out, |file| file.write_all(text.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&out).unwrap(), text);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn what_cannot_be_written_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write(folder.path(), |file| file.write_all(b"text")).is_err());
        assert!(
            write(&folder.path().join("no/such/folder.json"), |file| file.write_all(b"text"))
                .is_err()
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
