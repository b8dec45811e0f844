//! Whether documents are of one kind, so that what they allow can be compared.
//!
//! Documents that are held against each other as one kind must be of it: an identity policy read as
//! the policy of a resource names nobody, and so would allow nothing. A document without statements
//! is of any kind.

use policy_core::finding::Finding;
use policy_core::lint::DocumentKind;
use policy_core::semantics::{PolicyKind, misfits};

use super::policy::NamedDocument;
use crate::failure::Failure;

/// Refuses documents of which the statements are of different kinds, and documents that are not all
/// of the same kind.
///
/// # Errors
/// [`Failure`] that names the statements, or a document of each kind.
pub fn same<'d>(documents: impl IntoIterator<Item = &'d NamedDocument>) -> Result<(), Failure> {
    let (mut first, mut misfits): (Option<(DocumentKind, &str)>, Vec<Finding>) = Default::default();
    let mut other = None;
    for named in documents {
        let Some(kind) = of(named) else { continue };
        misfits.extend(unfit(named));
        match first {
            None => first = Some((kind, &named.name)),
            Some((seen, _)) if seen != kind => {
                other.get_or_insert((kind, &named.name));
            }
            Some(_) => {}
        }
    }
    if !misfits.is_empty() {
        return Err(Failure::findings(misfits));
    }
    let (Some((kind, name)), Some((another, second))) = (first, other) else { return Ok(()) };
    let (kind, another) = (used_as(kind).noun(), used_as(another).noun());
    let message = format!("`{name}` is {kind} and `{second}` is {another}");
    Err(Failure::input(message).help("compare policies of one kind with each other"))
}

/// What keeps the statements of a document from being of one kind.
#[must_use]
pub fn unfit(named: &NamedDocument) -> Vec<Finding> {
    let kind = DocumentKind::of(std::slice::from_ref(&named.document));
    misfits(used_as(kind), &named.document, &named.spots, &named.file)
}

/// The kind of a document; `None` when it has no statement to tell.
fn of(named: &NamedDocument) -> Option<DocumentKind> {
    let documents = std::slice::from_ref(&named.document);
    (!named.document.statements.is_empty()).then(|| DocumentKind::of(documents))
}

fn used_as(kind: DocumentKind) -> PolicyKind {
    match kind {
        DocumentKind::Identity => PolicyKind::Identity,
        DocumentKind::Resource => PolicyKind::Resource,
        DocumentKind::Trust => PolicyKind::Trust,
    }
}
