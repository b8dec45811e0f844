//! The action of a request in lower case, without an allocation for any action AWS has.

use crate::iam::ActionName;

/// The longest action that is kept in place. Units: bytes; AWS's longest has about 80.
const IN_PLACE: usize = 104;

/// An action in lower case.
#[derive(Debug)]
pub(super) struct Action(Text);

#[derive(Debug)]
enum Text {
    InPlace { bytes: [u8; IN_PLACE], size: usize },
    Long(String),
}

impl Action {
    pub(super) fn new(action: &ActionName) -> Self {
        let written = action.as_str();
        let mut bytes = [0; IN_PLACE];
        let text = match bytes.get_mut(..written.len()) {
            None => Text::Long(written.to_ascii_lowercase()),
            Some(place) => {
                place.copy_from_slice(written.as_bytes());
                place.make_ascii_lowercase();
                Text::InPlace { bytes, size: written.len() }
            }
        };
        Self(text)
    }

    /// The whole action.
    pub(super) fn as_str(&self) -> &str {
        match &self.0 {
            // An action is ASCII, so this is text.
            Text::InPlace { bytes, size } => str::from_utf8(&bytes[..*size]).unwrap_or_default(),
            Text::Long(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_of_any_length_is_in_lower_case() {
        for name in ["GetObject".to_owned(), "X".repeat(IN_PLACE), "Y".repeat(1000)] {
            let action: ActionName = format!("S3:{name}").parse().unwrap();
            let folded = Action::new(&action);
            assert_eq!(folded.as_str(), format!("s3:{}", name.to_ascii_lowercase()));
        }
    }
}
