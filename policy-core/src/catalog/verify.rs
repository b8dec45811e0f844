//! Whether a catalog file refers only to what it holds.
//!
//! Checked once for a file that a user brings; the embedded one is held by the tests.

use super::layout::{
    FALLBACK, MEMBER_IS_NO_TEXT, NONE, PERMISSION_ONLY, PRIMARY_IS_LIST, REQUIRED, Section,
};
use super::{Catalog, CatalogError};

/// What a `u16` field refers to.
#[derive(Clone, Copy)]
enum Field {
    String,
    List,
    /// A record of the section.
    Record(Section),
    /// The first record of a run in the section: may be its end.
    Run(Section),
    /// A record of the section, or nothing.
    Optional(Section),
}

/// Checks every reference of `catalog`.
///
/// # Errors
/// [`CatalogError::Damaged`] with the first part that is wrong.
pub(super) fn references(catalog: &Catalog) -> Result<(), CatalogError> {
    let damaged = |what| CatalogError::Damaged { what };
    ends(catalog, Section::StringEnds, Section::StringBytes).ok_or(damaged("string table"))?;
    ends(catalog, Section::ListEnds, Section::ListItems).ok_or(damaged("list table"))?;
    if !catalog.string(0).is_empty() || catalog.list(0).len() != 0 {
        return Err(damaged("number 0 is not the empty string and list"));
    }
    let strings = catalog.count(Section::StringEnds);
    // INVARIANT: at most `u16::MAX` + 1 strings can be referred to.
    for number in 0..strings.min(usize::from(u16::MAX)) {
        if str::from_utf8(catalog.string_bytes(number as u16)).is_err() {
            return Err(damaged("text that is not UTF-8"));
        }
    }
    use Field::{List, Optional, Record, Run, String};
    let fields: [(Section, &[(usize, Field)]); 16] = [
        (
            Section::Services,
            &[
                (0, String),
                (2, Run(Section::Actions)),
                (4, Run(Section::ResourceTypes)),
                (6, Run(Section::ConditionKeys)),
                (8, List),
            ],
        ),
        (
            Section::Actions,
            &[(0, String), (3, List), (5, List), (7, List), (9, Run(Section::ActionOperations))],
        ),
        (Section::ActionOperations, &[(0, Record(Section::Operations))]),
        (
            Section::ResourceTypes,
            &[(0, String), (2, List), (4, List), (6, Record(Section::Services))],
        ),
        (Section::ConditionKeys, &[(0, String)]),
        (Section::GlobalKeys, &[(0, String)]),
        (
            Section::Clients,
            &[
                (0, String),
                (2, String),
                (4, String),
                (6, Optional(Section::Services)),
                (8, String),
                (10, Run(Section::Operations)),
            ],
        ),
        (Section::ClientNames, &[(0, String), (2, Record(Section::Clients))]),
        (Section::Operations, &[(0, String), (5, List), (7, List)]),
        (Section::Indirect, &[(0, Record(Section::Operations)), (2, Record(Section::Actions))]),
        (Section::EventSources, &[(0, String), (2, List), (4, List)]),
        (Section::EventAliases, &[(0, String), (2, String), (4, List)]),
        (Section::FreeEvents, &[(0, String), (2, String), (4, String)]),
        (Section::UnmappedEvents, &[(0, String), (2, String), (4, String)]),
        (Section::FreeOperations, &[(0, Record(Section::Operations)), (2, String)]),
        (Section::Waiters, &[(0, Record(Section::Operations)), (2, String)]),
    ];
    for (section, fields) in fields {
        for record in 0..catalog.count(section) {
            for &(offset, field) in fields {
                let value = usize::from(catalog.u16(section, record, offset));
                let fits = match field {
                    String => value < strings,
                    List => value < catalog.count(Section::ListEnds),
                    Record(of) => value < catalog.count(of),
                    Run(of) => value <= catalog.count(of),
                    Optional(of) => value == usize::from(NONE) || value < catalog.count(of),
                };
                if !fits {
                    return Err(damaged("a reference to nothing"));
                }
            }
        }
    }
    lists(catalog).ok_or(damaged("a list of what is not there"))
}

/// Ends never fall and never leave the table.
fn ends(catalog: &Catalog, ends: Section, items: Section) -> Option<()> {
    let mut last = 0;
    for record in 0..catalog.count(ends) {
        let end = catalog.u32(ends, record);
        (last <= end && end <= catalog.count(items)).then_some(())?;
        last = end;
    }
    (catalog.count(ends) > 0).then_some(())
}

/// The items of every list are of the kind that its owner expects.
fn lists(catalog: &Catalog) -> Option<()> {
    let strings = catalog.count(Section::StringEnds);
    let all = |list: u16, stride: usize, limits: &[usize]| -> Option<()> {
        let list = catalog.list(list);
        list.len().is_multiple_of(stride).then_some(())?;
        list.enumerate().all(|(i, item)| usize::from(item) < limits[i % stride]).then_some(())
    };
    let count = |section| catalog.count(section);
    let number_of_lists = count(Section::ListEnds);
    for action in 0..count(Section::Actions) {
        let field = |offset| catalog.u16(Section::Actions, action, offset);
        for [resource, keys] in catalog.list(field(3)).groups::<2>() {
            let resource = usize::from(resource & !REQUIRED);
            (resource < count(Section::ResourceTypes)).then_some(())?;
            (usize::from(keys) < number_of_lists).then_some(())?;
            all(keys, 1, &[strings])?;
        }
        all(field(5), 1, &[strings])?;
        all(field(7), 1, &[count(Section::Actions)])?;
        (catalog.u8(Section::Actions, action, 2) < PERMISSION_ONLY * 2).then_some(())?;
    }
    for service in 0..count(Section::Services) {
        all(catalog.u16(Section::Services, service, 8), 1, &[count(Section::Clients)])?;
    }
    for resource in 0..count(Section::ResourceTypes) {
        all(catalog.u16(Section::ResourceTypes, resource, 2), 2, &[strings, 8])?;
        all(catalog.u16(Section::ResourceTypes, resource, 4), 1, &[strings])?;
    }
    for operation in 0..count(Section::Operations) {
        let field = |offset| catalog.u16(Section::Operations, operation, offset);
        let source = catalog.u8(Section::Operations, operation, 2);
        let actions = count(Section::Actions);
        if source & PRIMARY_IS_LIST != 0 {
            (usize::from(field(3)) < number_of_lists).then_some(())?;
            all(field(3), 1, &[actions])?;
        } else {
            (usize::from(field(3)) < actions).then_some(())?;
        }
        all(field(5), 1, &[actions])?;
        let rules = 2 * usize::from(MEMBER_IS_NO_TEXT);
        all(field(7), 4, &[count(Section::ResourceTypes), strings, strings, rules])?;
    }
    for source in 0..count(Section::EventSources) {
        all(catalog.u16(Section::EventSources, source, 2), 1, &[count(Section::Services)])?;
        catalog
            .list(catalog.u16(Section::EventSources, source, 4))
            .all(|client| usize::from(client & !FALLBACK) < count(Section::Clients))
            .then_some(())?;
    }
    for alias in 0..count(Section::EventAliases) {
        all(catalog.u16(Section::EventAliases, alias, 4), 1, &[count(Section::Operations)])?;
    }
    Some(())
}
