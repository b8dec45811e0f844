//! Which functions a binary is.
//!
//! A binary carries the declarations of every library that it links, also those that a library makes for another
//! function. What its own target declares is surest; then the name of the file.

use std::collections::BTreeSet;
use std::path::Path;

use policy_core::evidence::Declaration;

/// What Lambda starts; then the folder around it tells the function (`target/lambda/orders/bootstrap`).
const ENTRY: &str = "bootstrap";

/// The functions that the binary at `path` is, sorted; none when that cannot be told.
///
/// Shape: those that the binary's own target declares; else the one that its file or folder is named for, where
/// `declarations` know it or there are none; else the only one that they know.
#[must_use]
pub fn functions(path: &Path, declarations: &[Declaration]) -> Vec<Box<str>> {
    let names = |own: bool| -> BTreeSet<&str> {
        let of = declarations.iter().filter(|it| !own || it.target.is_some());
        of.filter_map(Declaration::function_name).collect()
    };
    let own = names(true);
    if !own.is_empty() {
        return own.into_iter().map(Into::into).collect();
    }
    let known = names(false);
    match (file_name(path), known.len()) {
        (Some(name), 0) => vec![name.into()],
        (Some(name), _) if known.contains(name.as_str()) => vec![name.into()],
        (_, 1) => known.into_iter().map(Into::into).collect(),
        _ => Vec::new(),
    }
}

/// The file without ending, or the folder around `bootstrap`.
fn file_name(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    if stem != ENTRY {
        return Some(stem.to_owned());
    }
    let path = std::path::absolute(path).ok()?;
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    folder.map(str::to_owned).or_else(|| Some(stem.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy_core::evidence::SourceOrigin;

    fn declaration(target: Option<&str>, function: Option<&str>) -> Declaration {
        Declaration {
            package: "p".into(),
            crate_name: "p".into(),
            target: target.map(Into::into),
            function: function.map(Into::into),
            origin: SourceOrigin {
                package: "p".into(),
                file: "src/main.rs".into(),
                line: 1,
                column: 1,
                item: "Access".into(),
            },
            accesses: Vec::new(),
            invokers: Vec::new(),
            polls: Vec::new(),
        }
    }

    #[test]
    fn the_target_is_surest_then_the_file_then_the_only_name() {
        let own = declaration(Some("mailer"), None);
        let renamed = declaration(Some("mailer"), Some("report-mailer"));
        let library = declaration(None, Some("report-builder"));
        let both = [library.clone(), declaration(None, Some("report-mailer"))];
        let unclaimed = declaration(None, None);
        for (path, declarations, expected) in [
            ("target/debug/x", &[own.clone(), library.clone()][..], "mailer"),
            ("target/debug/mailer", &[renamed.clone(), library.clone()], "report-mailer"),
            ("x", &[own, renamed], "mailer report-mailer"),
            ("lambda/report-mailer/bootstrap", &both, "report-mailer"),
            ("lambda/report-mailer/bootstrap.zip", &both, "report-mailer"),
            ("target/report-builder", &both, "report-builder"),
            ("x", &[library, unclaimed.clone()], "report-builder"),
            ("x", &both, ""),
            ("orders.zip", &[], "orders"),
            ("lambda/orders/bootstrap", &[unclaimed], "orders"),
        ] {
            assert_eq!(functions(Path::new(path), declarations).join(" "), expected, "{path}");
        }
    }
}
