//! What does not compile, and what does.

#[test]
fn good_declarations_compile_and_mistakes_are_reported_under_the_wrong_token() {
    let tests = trybuild::TestCases::new();
    tests.pass("tests/pass/*.rs");
    tests.compile_fail("tests/ui/*.rs");
}
