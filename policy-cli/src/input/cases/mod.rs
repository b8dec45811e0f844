//! Files of cases: policy unit tests, one JSON object a line.
//!
//! Every malformed line is reported, all at once, with its place. A case is handed on as soon as it is
//! read, so that a large file is not held as a tree; whoever takes them must not speak before the
//! end. `line` is JSON with places, `case` what a line says, `documents` its policies.

mod case;
mod documents;
mod line;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use policy_core::finding::{Finding, Place};
use policy_core::semantics::Policies;

pub use case::Case;
pub use documents::Held;

use self::documents::Documents;
use self::line::Line;
use crate::failure::{Failure, in_file, shown};

/// Largest file that is read. Units: bytes.
const MAX_BYTES: u64 = 1 << 30;

/// Reads every case of `files` in their order and hands it to `take` with the name of its file. `given`
/// stands for documents that a case does not give; where it has none, each case must.
///
/// # Errors
/// Every malformed line of every file, and files without a case.
pub fn each(
    files: &[PathBuf],
    given: Option<&Policies>,
    mut take: impl FnMut(&Rc<str>, Case),
) -> Result<Vec<Finding>, Failure> {
    let none = Policies::default();
    let mut documents = Documents::new(given.unwrap_or(&none));
    let mut failures = Vec::new();
    for path in files {
        match bytes(path) {
            Ok(bytes) => {
                let name: Rc<str> = name(path).into();
                let mut reader = Lines {
                    path,
                    file: &name,
                    documents: &mut documents,
                    bare: given.is_some(),
                    failures: &mut failures,
                };
                reader.read(&bytes, |case| take(&name, case));
            }
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() { Ok(documents.findings) } else { Err(Failure::all(failures)) }
}

/// The file as messages call it.
fn name(path: &Path) -> String {
    if path == Path::new("-") { "stdin".to_owned() } else { shown(path) }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return super::bytes(path, "a file of cases", MAX_BYTES);
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::input(format!("cannot read stdin: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("stdin has more than {MAX_BYTES} bytes, which is the limit");
        return Err(Failure::input(message));
    }
    Ok(bytes)
}

struct Lines<'a, 'd, 'g> {
    path: &'a Path,
    file: &'a str,
    documents: &'d mut Documents<'g>,
    bare: bool,
    failures: &'d mut Vec<Failure>,
}

impl Lines<'_, '_, '_> {
    fn read(&mut self, bytes: &[u8], mut take: impl FnMut(Case)) {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if let Some(failure) = self.of_other_shape(bytes) {
            self.failures.push(failure);
            return;
        }
        let mut cases = 0_usize;
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.trim_ascii().is_empty() {
                continue;
            }
            cases += 1;
            match std::str::from_utf8(line) {
                Ok(text) => {
                    let mistakes = Vec::new();
                    let mut line = Line { file: self.file, number, text, mistakes };
                    if let Some(case) = case::read(&mut line, self.documents, self.bare) {
                        take(case);
                    }
                    self.failures.append(&mut line.mistakes);
                }
                Err(error) => self.failures.push(self.not_utf8(number, line, error.valid_up_to())),
            }
        }
        if cases == 0 {
            let failure = Failure::input("there is no case in it").at(self.place(None, None));
            self.failures.push(failure.help("write one JSON object a line"));
        }
    }

    /// A file that is JSON of another shape: one list, or one object over several lines.
    fn of_other_shape(&self, bytes: &[u8]) -> Option<Failure> {
        let start = bytes.trim_ascii_start();
        let first = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let (what, filter) = match first.trim_ascii_end() {
            [b'[', ..] => ("a list", ".[]"),
            b"{" => ("an object over several lines", "."),
            _ => return None,
        };
        let failure = Failure::input(format!("expected one JSON object a line, found {what}"));
        let help = format!("write one case a line: `jq -c '{filter}' {}`", shown(self.path));
        Some(failure.at(self.place(Some(1), Some(1))).help(help))
    }

    fn not_utf8(&self, number: u32, line: &[u8], byte: usize) -> Failure {
        let before = line.get(..byte).and_then(|before| std::str::from_utf8(before).ok());
        let column = before.map_or(0, |before| before.chars().count()) + 1;
        let place = self.place(Some(number), u32::try_from(column).ok());
        Failure::input("not UTF-8 text").at(place).help("write the file in UTF-8")
    }

    fn place(&self, line: Option<u32>, column: Option<u32>) -> Place {
        if line.is_none() && self.path != Path::new("-") {
            return in_file(self.path);
        }
        Place { file: self.file.into(), line, column, record: None }
    }
}
