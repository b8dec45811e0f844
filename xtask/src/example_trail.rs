//! `cargo xtask example-trail`: packs the CloudTrail records of the example.
//!
//! The records are kept readable in `trail-source/`. They lie in `trail/` as CloudTrail delivers them: the same folders,
//! one line a file, gzip. One file stays plain, as after `gunzip`. Key order is kept, since CloudTrail has a fixed one.
//! The same sources give the same bytes: gzip stores no name and no time.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, GzBuilder};

use crate::run::{Outcome, root};

/// Files whose name has this in it stay plain.
const PLAIN: &str = "_20261105T";

/// Writes `examples/order-api/trail/` anew.
pub(crate) fn pack() -> Outcome {
    let example = root().join("examples/order-api");
    let (from, to) = (example.join("trail-source"), example.join("trail"));
    let trail = to.join("AWSLogs");
    if trail.exists() {
        fs::remove_dir_all(&trail).map_err(|error| format!("{}: {error}", trail.display()))?;
    }
    let mut files = Vec::new();
    collect(&from, &mut files).map_err(|error| format!("{}: {error}", from.display()))?;
    files.sort();
    for file in files {
        let relative = file.strip_prefix(&from).map_err(|error| error.to_string())?;
        write_packed(&file, &to.join(relative))
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}

fn write_packed(from: &Path, to: &Path) -> std::io::Result<()> {
    let line = without_white_space(&fs::read_to_string(from)?);
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    if to.to_string_lossy().contains(PLAIN) {
        return fs::write(to, line);
    }
    let mut packed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    packed.write_all(line.as_bytes())?;
    fs::write(to.with_extension("json.gz"), packed.finish()?)
}

/// JSON without the white space between its tokens.
fn without_white_space(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for character in text.chars() {
        if in_string || !character.is_ascii_whitespace() {
            line.push(character);
        }
        if character == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && character == '\\' && !escaped;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::without_white_space;

    #[test]
    fn white_space_inside_strings_stays() {
        assert_eq!(
            without_white_space(" {\n  \"a\": \"one \\\" two\",\n  \"b \\\\\": [ 1, 2 ]\n}\n"),
            r#"{"a":"one \" two","b \\":[1,2]}"#
        );
    }
}
