//! Attributes of any tokens: read or refused, never a panic.

use proptest::prelude::*;

use super::*;

/// Words and strings of the grammar, some that are not, and lists of them.
fn tokens() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "dynamodb",
        "s3",
        "rds_db",
        "nonsense",
        "GetItem",
        "GetObject",
        "read",
        "action",
        "env",
        "any",
        "on",
        "owner",
        "kms_key",
        "keep",
        "via_role",
        "crate",
        "as",
        "invoked_by",
        "polls",
        "function",
        "=",
        "= env",
        "on =",
        "::",
        "!",
        "7",
        "\"*\"",
        "\"table/orders\"",
        "\"arn:aws:s3:::b/*\"",
        "\"{stage}\"",
        "\"arn:::\"",
        "\"arn:aws:iam::{a}:role/x\"",
        "\"\"",
        "\"key/1\"",
        "'x'",
        "b\"x\"",
        "\"a{\"",
        "\"url\"",
    ];
    let word = prop_oneof![
        9 => prop::sample::select(WORDS).prop_map(str::to_owned),
        1 => "[ -~\u{e9}\u{1F980}]{0,12}".prop_map(|text| format!("{text:?}")),
    ];
    word.prop_recursive(3, 40, 5, |inner| {
        let between = prop::sample::select(vec![",", ",", ",", " "]);
        let list = prop::collection::vec((inner, between), 0..5);
        let list = list.prop_map(|parts| {
            parts.iter().map(|(part, between)| format!("{part}{between}")).collect::<String>()
        });
        let around = prop::sample::select(vec![("(", ")"), ("(", ")"), ("[", "]"), ("", "")]);
        (prop::sample::select(WORDS), around, list)
            .prop_map(|(word, (open, close), list)| format!("{word} {open}{list}{close}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_tokens_are_read_without_panic(parts in prop::collection::vec(tokens(), 0..5)) {
        let text = parts.join(", ");
        let _ = syn::parse_str::<TokenStream>(&text).map(|_| function(&text));
        let source = format!("struct Access {{ #[aws({text})] orders: Orders }}");
        if let Ok(input) = syn::parse_str(&source) {
            let _ = parse_derive(&input, &file(), Catalog::embedded());
        }
    }
}
