//! A template of groups of thirteen resources that refer to each other.

use std::fmt::Write;

/// A CloudFormation template of that many groups.
pub(super) fn text(groups: usize) -> String {
    let mut text =
        String::from("Parameters:\n  Stage: { Type: String, Default: prod }\nResources:\n");
    for index in 0..groups {
        writeln!(
            text,
            "{}",
            include_str!("group.yaml").trim_end().replace('0', &index.to_string())
        )
        .unwrap();
    }
    text
}
