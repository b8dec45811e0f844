//! Names and bytes of a binary that tell which operations are linked.

use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol, SectionKind};
use policy_core::catalog::Catalog;
use policy_core::evidence::Reachable;
use policy_core::evidence::linked::{self, Image};

use super::Binary;

/// The segment of a Mach-O that holds its symbol table.
const LINK_EDIT: &[u8] = b"__LINKEDIT";

/// The operations that the binary can call, whatever the machine.
pub(super) fn reachable(
    files: &[object::File<'_>],
    binary: &Binary,
    catalog: &Catalog,
) -> Reachable {
    let mut image = Image { name: binary.name.as_str().into(), ..Image::default() };
    for file in files {
        let linked = file.symbols().filter(|symbol| !symbol.is_undefined());
        image.symbols.extend(linked.filter_map(|symbol| symbol.name_bytes().ok()));
        let loaded: Vec<&[u8]> = file
            .segments()
            .filter(|segment| segment.name_bytes().ok().flatten() != Some(LINK_EDIT))
            .filter_map(|segment| segment.data().ok())
            .collect();
        if loaded.is_empty() {
            // An object file that is not linked yet.
            let sections = file.sections().filter(|section| is_loaded(section.kind()));
            image.data.extend(sections.filter_map(|section| section.data().ok()));
        } else {
            image.data.extend(loaded);
        }
    }
    linked::read(&image, catalog)
}

fn is_loaded(kind: SectionKind) -> bool {
    matches!(
        kind,
        SectionKind::Text
            | SectionKind::Data
            | SectionKind::ReadOnlyData
            | SectionKind::ReadOnlyDataWithRel
            | SectionKind::ReadOnlyString
    )
}
