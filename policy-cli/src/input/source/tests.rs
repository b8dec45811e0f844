//! Sources as small trees, and what they declare.

use super::*;

const DEPENDENCY: &str = "policy-macros = \"0.1\"\n";

/// A folder with these files.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

fn manifest(name: &str, rest: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{DEPENDENCY}{rest}"
    )
}

/// A declaring struct.
fn declares(name: &str) -> String {
    format!(
        "#[derive(AwsAccess)]\nstruct {name} {{\n    #[aws(s3(GetObject), on = \"{}/*\")]\n    bucket: {name}Bucket,\n}}\n",
        name.to_lowercase()
    )
}

struct Reading<'a> {
    features: &'a [&'a str],
    no_default: bool,
    target: &'a str,
    binary: Option<&'a str>,
}

const PLAIN: Reading<'static> =
    Reading { features: &[], no_default: false, target: "x86_64-unknown-linux-gnu", binary: None };

fn declared(dir: &Path, reading: &Reading<'_>) -> Result<Declared, Failure> {
    let selection = Selection {
        features: reading.features.iter().map(|name| (*name).to_owned()).collect(),
        all: false,
        no_default: reading.no_default,
    };
    let configuration = Configuration::new(Some(reading.target)).unwrap();
    let request = Request {
        dir,
        selection: &selection,
        configuration: &configuration,
        binary: reading.binary,
    };
    read(&request, Catalog::embedded())
}

/// `package/target file:line item` of each declaration, then the findings.
fn lines(dir: &Path, reading: &Reading<'_>) -> String {
    let declared = declared(dir, reading).unwrap();
    let mut lines: Vec<String> = Vec::new();
    for (mark, list) in [("", &declared.declarations), ("foreign ", &declared.foreign)] {
        lines.extend(list.iter().map(|declaration| {
            format!(
                "{mark}{}/{} {}:{} {}",
                declaration.package,
                declaration.target.as_deref().unwrap_or("-"),
                declaration.origin.file,
                declaration.origin.line,
                declaration.origin.item
            )
        }));
    }
    lines.extend(declared.findings.iter().map(|finding| {
        let line = finding.places.first().and_then(|place| place.line).unwrap_or_default();
        format!("{}@{line}: {}", finding.code.as_str(), finding.message)
    }));
    lines.join("\n")
}

/// Why the tree is refused.
fn refused(dir: &Path, reading: &Reading<'_>) -> String {
    let failure = declared(dir, reading).unwrap_err();
    let root = shown(dir);
    let problems = failure.problems().iter().map(|problem| {
        let place = problem.places.first().cloned().unwrap_or_default();
        let help = problem.help.as_deref().unwrap_or("-");
        format!(
            "{} @ {}:{}:{} / {help}",
            problem.message,
            place.file,
            place.line.unwrap_or(0),
            place.column.unwrap_or(0)
        )
    });
    problems.collect::<Vec<_>>().join("\n").replace(&root, "DIR")
}

#[test]
fn modules_are_followed_wherever_they_lie() {
    let dir = tree(&[
        ("Cargo.toml", &manifest("shop", "")),
        (
            "src/main.rs",
            &format!(
                "mod beside;\nmod folder;\n#[path = \"odd/place.rs\"]\nmod elsewhere;\nmod inline {{\n    mod nested;\n    #[path = \"pathed.rs\"]\n    mod renamed;\n}}\nfn main() {{\n    {}}}\ninclude!(\"included.rs\");\n",
                declares("InBody")
            ),
        ),
        ("src/beside.rs", &format!("mod child;\n{}", declares("Beside"))),
        ("src/beside/child.rs", &declares("Child")),
        ("src/folder/mod.rs", &format!("mod child;\n{}", declares("Folder"))),
        ("src/folder/child.rs", &declares("FolderChild")),
        ("src/odd/place.rs", &format!("mod sibling;\n{}", declares("Odd"))),
        ("src/odd/sibling.rs", &declares("Sibling")),
        ("src/inline/nested.rs", &declares("Nested")),
        ("src/inline/pathed.rs", &declares("Pathed")),
        ("src/included.rs", &declares("Included")),
        ("src/unused.rs", &declares("Unused")),
    ]);
    insta::assert_snapshot!(lines(dir.path(), &PLAIN), @r"
    shop/shop src/beside.rs:3 Beside
    shop/shop src/beside/child.rs:2 Child
    shop/shop src/folder/child.rs:2 FolderChild
    shop/shop src/folder/mod.rs:3 Folder
    shop/shop src/included.rs:2 Included
    shop/shop src/inline/nested.rs:2 Nested
    shop/shop src/inline/pathed.rs:2 Pathed
    shop/shop src/main.rs:12 InBody
    shop/shop src/odd/place.rs:3 Odd
    shop/shop src/odd/sibling.rs:2 Sibling
    ");
}

#[test]
fn cfg_is_evaluated_for_features_and_target() {
    let source = format!(
        "#[cfg(feature = \"audit\")]\nmod audit;\n#[cfg(target_arch = \"aarch64\")]\nmod arm {{ {} }}\n#[cfg(test)]\nmod tests {{ {} }}\n{}fn main() {{}}\n",
        declares("Arm"),
        declares("Test"),
        "#[derive(AwsAccess)]
struct Main {
    #[cfg(feature = \"audit\")]
    #[aws(s3(PutObject), on = \"audit/*\")]
    audit: Audit,
    #[cfg_attr(feature = \"audit\", aws(s3(GetObject), on = \"wide/*\"))]
    #[cfg_attr(not(feature = \"audit\"), aws(s3(GetObject), on = \"narrow/*\"))]
    data: Data,
}
#[cfg_attr(feature = \"audit\", derive(AwsAccess))]
struct Sometimes {
    #[cfg_attr(feature = \"audit\", aws(s3(GetObject), on = \"sometimes/*\"))]
    data: SometimesData,
}
",
    );
    let features = "\n[features]\ndefault = []\naudit = []\n";
    let dir = tree(&[
        ("Cargo.toml", &manifest("shop", features)),
        ("src/main.rs", &source),
        ("src/audit.rs", &declares("InAudit")),
    ]);
    insta::assert_snapshot!(lines(dir.path(), &PLAIN), @"shop/shop src/main.rs:18 Main");
    let audit = Reading { features: &["audit"], target: "aarch64-unknown-linux-gnu", ..PLAIN };
    insta::assert_snapshot!(lines(dir.path(), &audit), @r"
    shop/shop src/audit.rs:2 InAudit
    shop/shop src/main.rs:5 Arm
    shop/shop src/main.rs:18 Main
    shop/shop src/main.rs:27 Sometimes
    ");
    let resources = |reading: &Reading<'_>| -> Vec<String> {
        let declared = declared(dir.path(), reading).unwrap();
        let main = declared.declarations.iter().find(|it| &*it.origin.item == "Main").unwrap();
        main.accesses.iter().map(|access| format!("{:?}", access.resources[0])).collect()
    };
    assert_eq!(resources(&PLAIN), ["Tail(\"narrow/*\")"]);
    assert_eq!(resources(&audit), ["Tail(\"audit/*\")", "Tail(\"wide/*\")"]);
}

#[test]
fn what_cannot_be_evaluated_is_a_finding_and_declares_nothing() {
    let dir = tree(&[
        ("Cargo.toml", &manifest("shop", "")),
        (
            "src/main.rs",
            &format!(
                "#![cfg_attr(odd, feature(never_type))]\n#[cfg(has_uring)]\nmod fast;\n#[cfg(has_uring)]\nmod plain {{ fn nothing() {{}} }}\n#[cfg(all(has_uring, windows))]\nmod off;\nmacro_rules! make {{ () => {{ {} }} }}\nmake!();\ninclude!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));\nfn main() {{}}\n",
                declares("Made")
            ),
        ),
        ("src/fast.rs", &declares("Fast")),
    ]);
    insta::assert_snapshot!(lines(dir.path(), &PLAIN), @r"
    cfg-unknown@2: `Fast` declares accesses under `has_uring`, which only a build can evaluate; they are left out
    source-unread@15: `include!` of a file that only a build makes; what it declares is not read
    source-unread@8: a macro names `AwsAccess` or `aws_access`; what it declares is known only after expansion
    ");
}

#[test]
fn renamed_and_qualified_macros_are_known() {
    let dir = tree(&[
        ("Cargo.toml", &manifest("shop", "")),
        (
            "src/main.rs",
            "use policy_macros::{AwsAccess as Declares, aws_access as access};
mod inner;
#[derive(Debug, Declares)]
struct Renamed { #[aws(s3(GetObject), on = \"a/*\")] a: A }
#[derive(policy_macros::AwsAccess)]
struct Qualified { #[aws(s3(GetObject), on = \"b/*\")] b: B }
#[derive(Debug)]
struct Plain { b: u8 }
#[access(s3(action(\"s3:GetObject\")), on = \"c/*\")]
async fn main() {}
struct Handler;
impl Handler {
    #[policy_macros::aws_access(s3(action(\"s3:GetObject\")), on = \"d/*\")]
    fn method(&self) {}
}
trait Store {
    #[policy_macros::aws_access(s3(action(\"s3:GetObject\")), on = \"f/*\")]
    fn provided(&self) {}
    fn required(&self);
}
",
        ),
        (
            "src/inner.rs",
            "use super::*;\n#[derive(Declares)]\nstruct Inner { #[aws(s3(GetObject), on = \"e/*\")] e: E }\n",
        ),
    ]);
    insta::assert_snapshot!(lines(dir.path(), &PLAIN), @r"
    shop/shop src/inner.rs:3 Inner
    shop/shop src/main.rs:4 Renamed
    shop/shop src/main.rs:6 Qualified
    shop/shop src/main.rs:10 main
    shop/shop src/main.rs:14 method
    shop/shop src/main.rs:18 provided
    ");
}

#[test]
fn binaries_libraries_and_paths_of_a_workspace_are_told_apart() {
    let shop = manifest(
        "shop",
        "shared = { workspace = true, features = [\"used\"] }\noutside = { path = \"../../outside\" }\nextra = { path = \"../extra\", optional = true }\n\n[dev-dependencies]\ndevonly = { path = \"../devonly\" }\n\n[features]\nadmin = [\"dep:extra\", \"shared/more\"]\n\n[[bin]]\nname = \"admin\"\npath = \"src/bin/admin.rs\"\nrequired-features = [\"admin\"]\n",
    );
    let shared_source = format!(
        "#[cfg(feature = \"used\")]\nmod used {{ {} }}\n#[cfg(feature = \"more\")]\nmod more {{ {} }}\n{}",
        declares("Used"),
        declares("More"),
        declares("Shared")
    );
    let dir = tree(&[
        (
            "house/Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\nexclude = [\"target\"]\n\n[workspace.dependencies]\nshared = { path = \"shared\" }\n",
        ),
        ("house/shop/Cargo.toml", &shop),
        ("house/shop/src/lib.rs", &declares("Library")),
        (
            "house/shop/src/bin/orders.rs",
            &format!(
                "mod helper {{ {} }}\n{}fn main() {{}}\n",
                declares("Helper"),
                declares("Orders")
            ),
        ),
        ("house/shop/src/bin/admin.rs", &format!("{}fn main() {{}}\n", declares("Admin"))),
        ("house/shared/Cargo.toml", &manifest("shared", "\n[features]\nused = []\nmore = []\n")),
        ("house/shared/src/lib.rs", &shared_source),
        ("house/extra/Cargo.toml", &manifest("extra", "")),
        ("house/extra/src/lib.rs", &declares("Extra")),
        ("house/devonly/Cargo.toml", &manifest("devonly", "")),
        ("house/devonly/src/lib.rs", &declares("DevOnly")),
        ("outside/Cargo.toml", &manifest("outside", "")),
        ("outside/src/lib.rs", &declares("Outside")),
    ]);
    let shop = dir.path().join("house/shop");
    let text = |reading: &Reading<'_>| {
        lines(&shop, reading).replace(&shown(&dir.path().canonicalize().unwrap()), "DIR")
    };
    insta::assert_snapshot!(text(&PLAIN), @r"
    shared/- shared/src/lib.rs:3 Used
    shared/- shared/src/lib.rs:16 Shared
    shop/orders shop/src/bin/orders.rs:2 Helper
    shop/orders shop/src/bin/orders.rs:8 Orders
    shop/- shop/src/lib.rs:2 Library
    foreign outside/- src/lib.rs:2 Outside
    ");
    let admin = Reading { features: &["admin"], binary: Some("admin"), ..PLAIN };
    insta::assert_snapshot!(text(&admin), @r"
    extra/- extra/src/lib.rs:2 Extra
    shared/- shared/src/lib.rs:3 Used
    shared/- shared/src/lib.rs:10 More
    shared/- shared/src/lib.rs:16 Shared
    shop/admin shop/src/bin/admin.rs:2 Admin
    shop/- shop/src/lib.rs:2 Library
    foreign outside/- src/lib.rs:2 Outside
    ");
    let absent = Reading { binary: Some("order"), ..PLAIN };
    insta::assert_snapshot!(refused(&shop, &absent), @"package `shop` has no binary target `order` @ DIR/Cargo.toml:0:0 / its binary targets are `admin`, `orders`");
    let off = Reading { binary: Some("admin"), ..PLAIN };
    insta::assert_snapshot!(refused(&shop, &off), @"binary target `admin` needs features that are off: `admin` @ :0:0 / add `--features admin`");
    let unknown = Reading { features: &["adnim"], ..PLAIN };
    insta::assert_snapshot!(refused(&shop, &unknown).replace(&shown(&dir.path().canonicalize().unwrap()), "DIR"), @"package `shop` has no feature `adnim` @ DIR/Cargo.toml:0:0 / its features are `admin`");
    insta::assert_snapshot!(refused(&dir.path().join("house"), &PLAIN), @"`DIR` is no package: its Cargo.toml has no `[package]` @ :0:0 / name packages of the workspace: `*`");
}

#[test]
fn features_follow_defaults_implied_and_weak_entries() {
    let dir = tree(&[
        (
            "shop/Cargo.toml",
            &manifest(
                "shop",
                "one = { path = \"../one\", default-features = false }\ntwo = { path = \"../two\", optional = true }\n\n[features]\ndefault = [\"base\"]\nbase = []\nwith-two = [\"two\", \"two?/weak\"]\nweak-only = [\"two?/weak\"]\n",
            ),
        ),
        (
            "shop/src/main.rs",
            &format!(
                "#[cfg(feature = \"base\")] mod base {{ {} }}\n#[cfg(feature = \"two\")] mod two {{ {} }}\nfn main() {{}}\n",
                declares("Base"),
                declares("Two")
            ),
        ),
        ("one/Cargo.toml", &manifest("one", "\n[features]\ndefault = [\"std\"]\nstd = []\n")),
        (
            "one/src/lib.rs",
            &format!("#[cfg(feature = \"std\")] mod std_only {{ {} }}", declares("Std")),
        ),
        ("two/Cargo.toml", &manifest("two", "\n[features]\nweak = []\n")),
        (
            "two/src/lib.rs",
            &format!("#[cfg(feature = \"weak\")] mod weak {{ {} }}", declares("Weak")),
        ),
        ("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"one\", \"two\"]\n"),
    ]);
    let shop = dir.path().join("shop");
    let items = |features: &[&str], no_default: bool| {
        let declared = declared(&shop, &Reading { features, no_default, ..PLAIN }).unwrap();
        let items: Vec<String> =
            declared.declarations.iter().map(|it| it.origin.item.to_string()).collect();
        items.join(" ")
    };
    assert_eq!(items(&[], false), "Base");
    assert_eq!(items(&[], true), "");
    assert_eq!(items(&["with-two"], true), "Two Weak");
    assert_eq!(items(&["weak-only"], true), "");
    assert_eq!(items(&["weak-only", "two"], true), "Two Weak");
    assert_eq!(items(&["one/std"], true), "Std");
}

#[test]
fn what_a_macro_crate_depends_on_is_not_linked_and_not_read() {
    let dir = tree(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"made\", \"helper\"]\n"),
        (
            "shop/Cargo.toml",
            &manifest("shop", "made = { path = \"../made\", features = [\"x\"] }\n"),
        ),
        ("shop/src/main.rs", &format!("{}fn main() {{}}\n", declares("Shop"))),
        (
            "made/Cargo.toml",
            &manifest(
                "made",
                "helper = { path = \"../helper\" }\n\n[features]\nx = []\n\n[lib]\nproc-macro = true\n",
            ),
        ),
        ("made/src/lib.rs", &declares("Made")),
        ("helper/Cargo.toml", &manifest("helper", "")),
        ("helper/src/lib.rs", &declares("Helper")),
    ]);
    let shop = dir.path().join("shop");
    assert_eq!(lines(&shop, &PLAIN), "shop/shop shop/src/main.rs:2 Shop");
}

#[test]
fn sources_that_are_no_crate_are_refused_with_their_place() {
    let case = |files: &[(&str, &str)]| {
        let dir = tree(files);
        refused(dir.path(), &PLAIN).replace(&shown(&dir.path().canonicalize().unwrap()), "DIR")
    };
    let package = manifest("shop", "");
    insta::assert_snapshot!(case(&[]), @"there is no Cargo.toml in `DIR` @ :0:0 / name the folder of a package, the one with its Cargo.toml");
    insta::assert_snapshot!(case(&[("Cargo.toml", "[package\n")]), @"the manifest is not usable: unclosed table, expected `]` @ DIR/Cargo.toml:1:9 / -");
    insta::assert_snapshot!(case(&[("Cargo.toml", &package), ("src/main.rs", "fn main() {\n    let x = ;\n}\n")]), @"the source does not parse: expected an expression @ DIR/src/main.rs:2:13 / -");
    insta::assert_snapshot!(case(&[("Cargo.toml", &package), ("src/main.rs", "mod gone;\nfn main() {}\n")]), @"there is no file for module `gone` @ DIR/src/main.rs:1:5 / expected `DIR/src/gone.rs` or `DIR/src/gone/mod.rs`");
    insta::assert_snapshot!(case(&[("Cargo.toml", &package), ("src/main.rs", "#[path = \"main.rs\"]\nmod again;\nfn main() {}\n")]), @"the module takes in itself @ DIR/src/main.rs:2:5 / -");
    insta::assert_snapshot!(case(&[("Cargo.toml", &package), ("src/main.rs", "#[derive(AwsAccess)]\nstruct A {\n    #[aws(s3(GetObjects), on = \"b/*\")]\n    b: B,\n}\nfn main() {}\n")]), @"`GetObjects` is neither an operation nor an action of `s3`; did you mean `GetObject`? @ DIR/src/main.rs:3:14 / -");
    let missing = Path::new("/nonexistent/shop");
    insta::assert_snapshot!(refused(missing, &PLAIN), @"`DIR` does not exist; expected the folder of a package @ :0:0 / -");
}

#[test]
fn modules_of_an_included_file_lie_beside_it() {
    let dir = tree(&[
        ("Cargo.toml", &manifest("shop", "")),
        ("src/main.rs", "mod inner { include!(\"made/list.rs\"); }\nfn main() {}\n"),
        ("src/made/list.rs", "mod orders;\n#[path = \"odd.rs\"]\nmod pathed;\n"),
        ("src/made/orders.rs", &declares("Orders")),
        ("src/made/odd.rs", &declares("Odd")),
        ("src/inner/orders.rs", &declares("NeverCompiled")),
    ]);
    insta::assert_snapshot!(lines(dir.path(), &PLAIN), @r"
    shop/shop src/made/odd.rs:2 Odd
    shop/shop src/made/orders.rs:2 Orders
    ");
}

#[test]
fn conditional_attributes_stand_where_the_compiler_puts_them() {
    let dir = tree(&[
        ("Cargo.toml", &manifest("shop", "")),
        (
            "src/main.rs",
            "#[cfg_attr(unix, derive(AwsAccess))]
struct Access { #[cfg_attr(unix, aws(s3(GetObject), on = \"a/*\"))] a: A }
#[cfg_attr(all(unix, not(windows),), aws_access(s3(action(\"s3:GetObject\")), on = \"b/*\"))]
fn main() {}
",
        ),
    ]);
    let declared = declared(dir.path(), &PLAIN).unwrap();
    let columns: Vec<_> = declared
        .declarations
        .iter()
        .flat_map(|declaration| &declaration.accesses)
        .map(|access| (&*access.origin.item, access.origin.line, access.origin.column))
        .collect();
    // As the notes of a binary have them.
    assert_eq!(columns, [("Access::a", 2, 17), ("main", 3, 38)]);
}

#[test]
fn names_that_another_package_exports_are_known() {
    let dir = tree(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"common\"]\n"),
        ("shop/Cargo.toml", &manifest("shop", "common = { path = \"../common\" }\n")),
        (
            "shop/src/main.rs",
            "use common::{Declares, access};
#[derive(Declares)]
struct Access { #[aws(s3(GetObject), on = \"a/*\")] a: A }
#[derive(Private)]
struct Other { a: u8 }
#[access(s3(action(\"s3:GetObject\")), on = \"b/*\")]
fn main() {}
",
        ),
        ("common/Cargo.toml", &manifest("common", "")),
        (
            "common/src/lib.rs",
            "pub use policy_macros::{AwsAccess as Declares, aws_access as access};\nuse policy_macros::AwsAccess as Private;\n",
        ),
    ]);
    insta::assert_snapshot!(lines(&dir.path().join("shop"), &PLAIN), @r"
    shop/shop shop/src/main.rs:3 Access
    shop/shop shop/src/main.rs:7 main
    ");
}

#[test]
fn a_dependency_may_be_named_for_every_target_and_again_for_one() {
    let one = "[target.'cfg(windows)'.dependencies]\nshared = { path = \"../shared\", features = [\"more\"] }\n";
    let dir = tree(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"shared\"]\n"),
        (
            "shop/Cargo.toml",
            &manifest("shop", &format!("shared = {{ path = \"../shared\" }}\n\n{one}")),
        ),
        ("shop/src/main.rs", "fn main() {}\n"),
        ("shared/Cargo.toml", &manifest("shared", "\n[features]\nmore = []\n")),
        (
            "shared/src/lib.rs",
            &format!(
                "{}#[cfg(feature = \"more\")]\nmod more {{ {} }}\n",
                declares("Shared"),
                declares("More")
            ),
        ),
    ]);
    let shop = dir.path().join("shop");
    insta::assert_snapshot!(lines(&shop, &PLAIN), @"shared/- shared/src/lib.rs:2 Shared");
    let windows = Reading { target: "x86_64-pc-windows-msvc", ..PLAIN };
    insta::assert_snapshot!(lines(&shop, &windows), @r"
    shared/- shared/src/lib.rs:2 Shared
    shared/- shared/src/lib.rs:8 More
    ");
}
