//! What is emitted after a mistake: the errors, and enough for the rest of the crate to find its
//! names, so that nothing but the mistake is reported.

use policy_core::declare::{BrokenStruct, Mistakes};
use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::DeriveInput;

use crate::construct;
use crate::handles::Handles;

/// The errors of a struct, and its handle types as far as they were understood.
pub(crate) fn derive(input: &DeriveInput, broken: BrokenStruct) -> TokenStream {
    let errors = errors(broken.mistakes);
    let handles = Handles { input, fields: &broken.fields };
    let module = handles.module();
    let name = &input.ident;
    let (generics, types, bounds) = input.generics.split_for_impl();
    // A field without a handle cannot be filled in, so the body is no longer real; the signature is.
    let result = construct::new_result(&handles);
    let new = construct::has_new(&handles, input).then(|| {
        let parameters: Vec<_> = (0..handles.configurations().len().max(1))
            .map(|number| format_ident!("_{number}"))
            .collect();
        let kinds: Vec<_> =
            (0..parameters.len()).map(|number| format_ident!("C{number}")).collect();
        quote! {
            #[automatically_derived]
            impl #generics #name #types #bounds {
                #[doc(hidden)]
                #[allow(dead_code)]
                pub fn new<#(#kinds: ?::core::marker::Sized),*>(
                    #(#parameters: &#kinds),*
                ) -> #result {
                    ::core::unimplemented!()
                }
            }
        }
    });
    quote!(#errors #module #new)
}

/// The errors of a function, and the function as it was.
pub(crate) fn function(mistakes: Mistakes, item: TokenStream) -> TokenStream {
    let errors = errors(mistakes);
    quote!(#errors #item)
}

/// The mistakes as errors; nothing when there are none.
pub(crate) fn errors(mistakes: Mistakes) -> TokenStream {
    mistakes.into_errors().iter().map(syn::Error::to_compile_error).collect()
}

/// The error for something that is not a function, beside the item as it was.
pub(crate) fn not_a_function(item: TokenStream) -> TokenStream {
    let first = item.clone().into_iter().next();
    let span = first.as_ref().map_or_else(proc_macro2::Span::call_site, TokenTree::span);
    let error = syn::Error::new(
        span,
        "`aws_access` stands on a function with a body; a struct takes `#[derive(AwsAccess)]`",
    )
    .to_compile_error();
    quote!(#error #item)
}
