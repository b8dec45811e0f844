//! `cfg` predicates, evaluated without building.

use std::collections::{BTreeMap, BTreeSet};

use cfg_expr::targets::{TargetInfo, get_builtin_target_by_triple};
use cfg_expr::{Expression, Predicate};

use crate::failure::Failure;

/// What `cfg` is evaluated for.
#[derive(Debug, Clone)]
pub struct Configuration {
    target: &'static TargetInfo,
    /// Take every alternative: what any build could hold.
    all: bool,
}

/// The triple of the machine that this tool was built for.
///
/// Only the parts that `cfg` can ask for matter; where the vendor is unknown, `unknown` stands.
#[must_use]
pub fn host_triple() -> String {
    let arch = match std::env::consts::ARCH {
        "x86" => "i686",
        arch => arch,
    };
    let environment = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
    match std::env::consts::OS {
        "macos" => format!("{arch}-apple-darwin"),
        "windows" => format!("{arch}-pc-windows-msvc"),
        os => format!("{arch}-unknown-{os}-{environment}"),
    }
}

impl Configuration {
    /// For a target triple; the host's by default.
    ///
    /// # Errors
    /// [`Failure`] when rustc has no such target.
    pub fn new(triple: Option<&str>) -> Result<Self, Failure> {
        let host = host_triple();
        let name = triple.unwrap_or(&host);
        let target = get_builtin_target_by_triple(name).ok_or_else(|| {
            Failure::input(format!("`{name}` is not a target of rustc")).help(
                "write a triple such as `aarch64-unknown-linux-gnu`; `rustc --print target-list` lists them",
            )
        })?;
        Ok(Self { target, all: false })
    }

    /// The same, but every alternative is taken.
    #[must_use]
    pub fn with_all(&self) -> Self {
        Self { all: true, ..self.clone() }
    }

    /// The triple.
    #[must_use]
    pub fn triple(&self) -> &str {
        self.target.triple.as_str()
    }

    /// Whether the key of `[target.KEY.dependencies]` holds: a triple or `cfg(…)`.
    #[must_use]
    pub fn target_matches(&self, key: &str) -> bool {
        if self.all {
            return true;
        }
        if !key.starts_with("cfg(") {
            return key == self.triple();
        }
        Expression::parse(key).is_ok_and(|expression| {
            expression.eval(|predicate: &Predicate<'_>| match predicate {
                Predicate::Target(target) => {
                    use cfg_expr::expr::TargetMatcher;
                    self.target.matches(target)
                }
                _ => false,
            })
        })
    }

    /// Evaluates the text between the parentheses of `cfg(…)`.
    #[must_use]
    pub fn evaluate(&self, text: &str, features: &BTreeSet<String>) -> Truth {
        let expression = match Expression::parse(text) {
            Ok(expression) => expression,
            Err(error) => return Truth::Unknown(format!("`{text}`: {}", error.reason)),
        };
        let mut unknown: BTreeMap<String, ()> = BTreeMap::new();
        let value: Option<bool> = expression.eval(|predicate: &Predicate<'_>| match predicate {
            Predicate::Target(target) => {
                use cfg_expr::expr::TargetMatcher;
                if self.all { None } else { Some(self.target.matches(target)) }
            }
            Predicate::Flag("true") => Some(true),
            Predicate::Flag("false") => Some(false),
            // Tests are never deployed.
            Predicate::Test | Predicate::ProcMacro => Some(false),
            Predicate::Feature(_) if self.all => None,
            Predicate::Feature(name) => Some(features.contains(*name)),
            Predicate::Flag("doc" | "docsrs" | "doctest" | "miri" | "clippy" | "rust_analyzer") => {
                Some(false)
            }
            Predicate::Flag(name) if self.all || is_family(name) => {
                if self.all {
                    None
                } else {
                    Some(false)
                }
            }
            Predicate::DebugAssertions if self.all => None,
            Predicate::DebugAssertions => {
                unknown.insert("debug_assertions".into(), ());
                None
            }
            Predicate::TargetFeature(name) => {
                unknown.insert(format!("target_feature = \"{name}\""), ());
                None
            }
            Predicate::Flag(name) => {
                unknown.insert((*name).to_owned(), ());
                None
            }
            Predicate::KeyValue { key, val } => {
                unknown.insert(format!("{key} = \"{val}\""), ());
                None
            }
        });
        match value {
            Some(true) => Truth::Yes,
            Some(false) => Truth::No,
            // What any build could hold.
            None if self.all => Truth::Yes,
            None => {
                let names: Vec<String> =
                    unknown.into_keys().map(|name| format!("`{name}`")).collect();
                Truth::Unknown(names.join(", "))
            }
        }
    }
}

/// Names that rustc sets by target; those of other targets are unset.
fn is_family(name: &str) -> bool {
    matches!(name, "unix" | "windows")
}

/// Whether a predicate holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// It depends on what only a build knows: these predicates.
    Unknown(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(text: &str, features: &[&str]) -> Truth {
        let features = features.iter().map(|name| (*name).to_owned()).collect();
        let linux = Configuration::new(Some("aarch64-unknown-linux-musl")).unwrap();
        linux.evaluate(text, &features)
    }

    #[test]
    fn predicates_of_target_and_features_are_known() {
        for (text, features, expected) in [
            ("unix", &[][..], true),
            ("windows", &[], false),
            ("not(windows)", &[], true),
            ("target_arch = \"aarch64\"", &[], true),
            ("all(target_os = \"linux\", target_env = \"gnu\")", &[], false),
            ("feature = \"audit\"", &["audit"], true),
            ("feature = \"audit\"", &[], false),
            ("any(feature = \"a\", all(unix, feature = \"b\"))", &["b"], true),
            ("test", &[], false),
            ("any(test, unix)", &[], true),
            ("true", &[], true),
            ("false", &[], false),
            ("panic = \"unwind\"", &[], true),
            ("target_pointer_width = \"64\"", &[], true),
            ("all()", &[], true),
            ("any()", &[], false),
        ] {
            let expected = if expected { Truth::Yes } else { Truth::No };
            assert_eq!(evaluate(text, features), expected, "{text}");
        }
    }

    #[test]
    fn what_a_build_script_or_flag_sets_is_unknown_unless_it_does_not_matter() {
        assert_eq!(evaluate("has_uring", &[]), Truth::Unknown("`has_uring`".into()));
        assert_eq!(evaluate("all(has_uring, windows)", &[]), Truth::No);
        assert_eq!(evaluate("any(has_uring, unix)", &[]), Truth::Yes);
        assert_eq!(evaluate("backend = \"x\"", &[]), Truth::Unknown("`backend = \"x\"`".into()));
        assert!(matches!(evaluate("debug_assertions", &[]), Truth::Unknown(_)));
    }

    #[test]
    fn with_all_takes_every_alternative_but_tests() {
        let all = Configuration::new(None).unwrap().with_all();
        let none = BTreeSet::new();
        for text in
            ["feature = \"x\"", "not(feature = \"x\")", "windows", "unix", "odd", "not(odd)"]
        {
            assert_eq!(all.evaluate(text, &none), Truth::Yes, "{text}");
        }
        assert_eq!(all.evaluate("test", &none), Truth::No);
    }

    #[test]
    fn the_host_is_a_target_of_rustc() {
        assert!(Configuration::new(None).is_ok(), "{}", host_triple());
        assert!(Configuration::new(Some("arm64")).is_err());
    }
}
