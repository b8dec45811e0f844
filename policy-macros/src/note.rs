//! The note as a static, and where its declaration stands.

use policy_core::declare::SourceFile;
use policy_core::evidence::{Declaration, note};
use proc_macro2::{Literal, Span, TokenStream, TokenTree};
use quote::quote;

/// The static that carries `declaration`; an item, or a statement of a function.
///
/// Every span is the macro's own, so that `#![forbid(unsafe_code)]` has nothing to say about
/// the section: the bytes are plain data.
pub(crate) fn statics(declaration: &Declaration) -> TokenStream {
    let bytes = note::encode(declaration);
    let size = Literal::usize_unsuffixed(bytes.len());
    let bytes = Literal::byte_string(&bytes);
    let (elf, mach_o) = (note::ELF_SECTION, note::MACH_O_SECTION);
    // Formats without notes get nothing; notes are in the byte order of the machine.
    let is_elf = quote!(all(
        unix,
        not(target_vendor = "apple"),
        not(target_os = "aix"),
        not(target_family = "wasm"),
        target_endian = "little",
    ));
    quote! {
        #[cfg(any(target_vendor = "apple", #is_elf))]
        const _: () = {
            #[repr(C, align(4))]
            #[allow(dead_code)]
            struct Note([u8; #size]);

            #[used]
            #[cfg_attr(#is_elf, unsafe(link_section = #elf))]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = #mach_o))]
            static NOTE: Note = Note(*#bytes);
        };
    }
}

/// Whether the statements of a body begin with such a static.
pub(crate) fn is_there(statements: TokenStream) -> bool {
    let first = statements
        .into_iter()
        .take_while(|tree| !matches!(tree, TokenTree::Punct(end) if end.as_char() == ';'));
    let text = first.collect::<TokenStream>().to_string();
    text.contains("const _") && text.contains(note::ELF_SECTION) && text.contains("static NOTE")
}

/// The target that is compiled and the file of `span`, as cargo and the compiler tell them.
pub(crate) fn source_file(span: Span) -> SourceFile {
    let variable = |name| std::env::var(name).unwrap_or_default().into_boxed_str();
    let target = variable("CARGO_BIN_NAME");
    let file = span.file();
    let root = variable("CARGO_MANIFEST_DIR");
    SourceFile {
        package: variable("CARGO_PKG_NAME"),
        crate_name: variable("CARGO_CRATE_NAME"),
        target: (!target.is_empty()).then_some(target),
        file: relative(&file, &root).into(),
    }
}

/// The compiler names files of the workspace relative to it. Others are absolute, and get relative
/// to their package: where a package lies on this machine is nobody else's business.
fn relative(file: &str, package_root: &str) -> String {
    let file = file.replace('\\', "/");
    let root = package_root.replace('\\', "/");
    let inside = match file.strip_prefix(&root) {
        Some(inside) if !root.is_empty() && inside.starts_with('/') => inside,
        _ => &file,
    };
    inside.trim_start_matches("./").trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn files_are_relative_to_the_workspace_or_their_package() {
        let table = [
            ("order-api/src/main.rs", "/home/me/shop/order-api", "order-api/src/main.rs"),
            ("/home/me/lib/src/lib.rs", "/home/me/lib", "src/lib.rs"),
            ("/home/me/library/src/lib.rs", "/home/me/lib", "home/me/library/src/lib.rs"),
            ("order-api\\src\\main.rs", "C:\\shop\\order-api", "order-api/src/main.rs"),
            ("C:\\lib\\src\\lib.rs", "C:\\lib", "src/lib.rs"),
            ("./src/main.rs", "", "src/main.rs"),
        ];
        for (file, root, expected) in table {
            assert_eq!(relative(file, root), expected, "{file}");
        }
    }
}
