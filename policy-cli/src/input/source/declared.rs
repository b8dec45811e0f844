//! Candidates of the module tree, read with the grammar of the macros.

use std::path::Path;

use policy_core::catalog::Catalog;
use policy_core::declare::{self, SourceFile};
use policy_core::evidence::Declaration;
use policy_core::finding::{Code, Finding};
use syn::{Attribute, Data, DeriveInput, Meta};

use super::attributes::resolve;
use super::cfg::Configuration;
use super::modules::{Candidate, CandidateKind, MacroNames, Unknown};
use super::{Declared, Features, place};
use crate::failure::Failure;

/// What a candidate is read with.
pub(super) struct Context<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) configuration: &'a Configuration,
    pub(super) features: &'a Features,
    pub(super) names: &'a MacroNames,
    pub(super) shown: &'a dyn Fn(&Path) -> std::path::PathBuf,
    pub(super) source: &'a dyn Fn(&Path) -> SourceFile,
}

impl Context<'_> {
    /// Adds what the candidate declares, or why that cannot be known.
    pub(super) fn read(
        &self,
        candidate: &Candidate,
        declared: &mut Declared,
        failures: &mut Vec<Failure>,
    ) {
        match &candidate.kind {
            CandidateKind::Type(input) => {
                if !self.derives(&input.attrs) {
                    return;
                }
                if let Some(unknown) = &candidate.unknown {
                    declared.findings.push(self.left_out(unknown, &format!("`{}`", input.ident)));
                    return;
                }
                let mut input = input.clone();
                self.strip_fields(&mut input, candidate, declared);
                let file = (self.source)(&candidate.file);
                match declare::parse_derive(&input, &file, self.catalog) {
                    Ok(parsed) => declared.declarations.push(parsed.declaration),
                    Err(broken) => {
                        self.mistakes(candidate, broken.mistakes.errors(), failures);
                    }
                }
            }
            CandidateKind::Function(name, attributes) => {
                for attribute in attributes.iter().filter(|attribute| self.is_access(attribute)) {
                    if let Some(unknown) = &candidate.unknown {
                        declared.findings.push(self.left_out(unknown, &format!("`{name}`")));
                        return;
                    }
                    match self.function(name, attribute, candidate) {
                        Ok(declaration) => declared.declarations.push(declaration),
                        Err(mistakes) => self.mistakes(candidate, mistakes.errors(), failures),
                    }
                }
            }
            CandidateKind::Macro(span) => {
                let place = place(&(self.shown)(&candidate.file), *span);
                declared.findings.push(
                    Finding::new(
                        Code::SourceUnread,
                        "a macro names `AwsAccess` or `aws_access`; what it declares is known only after expansion",
                    )
                    .at(place)
                    .help("write the declaration outside the macro, or read the built binary with `--binary`"),
                );
            }
            CandidateKind::Include(span) => {
                let place = place(&(self.shown)(&candidate.file), *span);
                declared.findings.push(
                    Finding::new(
                        Code::SourceUnread,
                        "`include!` of a file that only a build makes; what it declares is not read",
                    )
                    .severity(policy_core::finding::Severity::Note)
                    .at(place)
                    .help("read the built binary with `--binary` if that file declares accesses"),
                );
            }
        }
    }

    fn function(
        &self,
        name: &syn::Ident,
        attribute: &Attribute,
        candidate: &Candidate,
    ) -> Result<Declaration, declare::Mistakes> {
        let tokens = match &attribute.meta {
            Meta::List(list) => list.tokens.clone(),
            _ => proc_macro2::TokenStream::new(),
        };
        let file = (self.source)(&candidate.file);
        declare::parse_function(tokens, attribute.pound_token.span, name, &file, self.catalog)
    }

    /// Whether a `derive` among the attributes is ours.
    fn derives(&self, attributes: &[Attribute]) -> bool {
        attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).any(|attribute| {
            let mut found = false;
            // A `derive` that does not parse is the compiler's to report.
            let _ = attribute.parse_nested_meta(|meta| {
                found |= is_named(&meta.path, &self.names.derive);
                Ok(())
            });
            found
        })
    }

    fn is_access(&self, attribute: &Attribute) -> bool {
        is_named(attribute.path(), &self.names.attribute)
    }

    /// Takes out the fields that a `cfg` leaves out, as the compiler does before a derive.
    fn strip_fields(
        &self,
        input: &mut DeriveInput,
        candidate: &Candidate,
        declared: &mut Declared,
    ) {
        let Data::Struct(data) = &mut input.data else { return };
        let syn::Fields::Named(fields) = &mut data.fields else { return };
        let kept = std::mem::take(&mut fields.named).into_iter().filter_map(|mut field| {
            let resolved = resolve(&field.attrs, self.configuration, self.features);
            let attributes = resolved.attributes?;
            if let Some((predicates, span)) = resolved.unknown {
                let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                let unknown = Unknown { predicates, file: candidate.file.clone(), span };
                let what = format!("field `{name}` of `{}`", input.ident);
                declared.findings.push(self.left_out(&unknown, &what));
                return None;
            }
            field.attrs = attributes;
            Some(field)
        });
        fields.named = kept.collect();
    }

    fn left_out(&self, unknown: &Unknown, what: &str) -> Finding {
        Finding::new(
            Code::CfgUnknown,
            format!(
                "{what} declares accesses under {}, which only a build can evaluate; they are left out",
                unknown.predicates
            ),
        )
        .at(place(&(self.shown)(&unknown.file), unknown.span))
        .help("read the built binary with `--binary`, or use a cargo feature instead")
    }

    fn mistakes(&self, candidate: &Candidate, errors: &[syn::Error], failures: &mut Vec<Failure>) {
        let file = (self.shown)(&candidate.file);
        failures.extend(
            errors
                .iter()
                .map(|error| Failure::input(error.to_string()).at(place(&file, error.span()))),
        );
    }
}

/// Whether a path ends in one of `names`: whole where it was renamed, qualified or not otherwise.
fn is_named(path: &syn::Path, names: &std::collections::BTreeSet<String>) -> bool {
    path.segments.last().is_some_and(|last| names.contains(&last.ident.to_string()))
}
