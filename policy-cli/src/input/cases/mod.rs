//! Files of cases: policy unit tests, one JSON object a line.
//!
//! Every malformed line is reported, all at once, with its place. A case is handed on as soon as it is
//! read, so that a large file is not held as a tree; whoever takes them must not speak before the
//! end. `line` is JSON with places, `case` what a line says, `documents` its policies.

mod case;
mod documents;
mod line;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use policy_core::finding::{Finding, Place};
use policy_core::semantics::Policies;

pub use case::Case;
pub use documents::Held;

use self::documents::Documents;
use self::line::Line;
use crate::failure::{Failure, in_file, shown};

/// Longest line that is read. Units: bytes.
const MAX_LINE_BYTES: u64 = 256 << 20;

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
        let name: Rc<str> = name(path).into();
        let mut lines = Lines {
            path,
            file: &name,
            documents: &mut documents,
            bare: given.is_some(),
            failures: &mut failures,
        };
        let read = match open(path) {
            Ok(reader) => lines.read(reader, |case| take(&name, case)),
            Err(failure) => Err(failure),
        };
        failures.extend(read.err());
    }
    if failures.is_empty() { Ok(documents.findings) } else { Err(Failure::all(failures)) }
}

/// The file as messages call it.
fn name(path: &Path) -> String {
    if path == Path::new("-") { "stdin".to_owned() } else { shown(path) }
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let what = "a file of cases";
    if path.is_dir() {
        return Err(Failure::input(format!("`{}` is a folder, expected {what}", shown(path))));
    }
    match File::open(path) {
        Ok(file) => Ok(Box::new(BufReader::with_capacity(1 << 16, file))),
        Err(error) => Err(super::unreadable(path, what, &error)),
    }
}

struct Lines<'a, 'd, 'g> {
    path: &'a Path,
    file: &'a str,
    documents: &'d mut Documents<'g>,
    bare: bool,
    failures: &'d mut Vec<Failure>,
}

impl Lines<'_, '_, '_> {
    fn read(
        &mut self,
        mut reader: Box<dyn BufRead>,
        mut take: impl FnMut(Case),
    ) -> Result<(), Failure> {
        let (mut buffer, mut number, mut cases) = (Vec::new(), 0_u32, 0_usize);
        loop {
            buffer.clear();
            let mut limited = reader.by_ref().take(MAX_LINE_BYTES + 1);
            let read = limited.read_until(b'\n', &mut buffer);
            if read.map_err(|error| super::unreadable(self.path, "a file of cases", &error))? == 0 {
                break;
            }
            number = number.saturating_add(1);
            if buffer.len() as u64 > MAX_LINE_BYTES {
                let message = format!("a line of more than {MAX_LINE_BYTES} bytes is not read");
                return Err(Failure::input(message).at(self.place(Some(number), None)));
            }
            let mark = if number == 1 { "\u{feff}".as_bytes() } else { b"" };
            let line = buffer.strip_prefix(mark).unwrap_or(&buffer);
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.trim_ascii().is_empty() {
                continue;
            }
            if cases == 0
                && let Some(failure) = self.of_other_shape(number, line)
            {
                return Err(failure);
            }
            cases += 1;
            match std::str::from_utf8(line) {
                Ok(text) => {
                    let mut line = Line { file: self.file, number, text, mistakes: Vec::new() };
                    if let Some(case) = case::read(&mut line, self.documents, self.bare) {
                        take(case);
                    }
                    self.failures.append(&mut line.mistakes);
                }
                Err(error) => self.failures.push(self.not_utf8(number, line, error.valid_up_to())),
            }
        }
        if cases > 0 {
            return Ok(());
        }
        let failure = Failure::input("there is no case in it").at(self.place(None, None));
        Err(failure.help("write one JSON object a line"))
    }

    /// A file that is JSON of another shape, by its first line: one list, or one object over several
    /// lines.
    fn of_other_shape(&self, number: u32, line: &[u8]) -> Option<Failure> {
        let (what, filter) = match line.trim_ascii() {
            [b'[', ..] => ("a list", ".[]"),
            b"{" => ("an object over several lines", "."),
            _ => return None,
        };
        let failure = Failure::input(format!("expected one JSON object a line, found {what}"));
        let help = format!("write one case a line: `jq -c '{filter}' {}`", shown(self.path));
        Some(failure.at(self.place(Some(number), Some(1))).help(help))
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
