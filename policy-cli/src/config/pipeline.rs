//! `[pipeline]`: where packages are built, signed and kept, for `--emit pipeline`.

use policy_core::synthesis::PipelineInputs;

use super::keys;
use super::resource::{self, Other, Wanted};
use super::toml::{Document, Node};

const PROFILE: Wanted = Wanted {
    what: "a signing profile",
    arns: &[("signer", "/signing-profiles/")],
    other: Other::No,
    example: "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/acme",
};

const BOUNDARY: Wanted = Wanted {
    what: "a customer managed policy",
    arns: &[("iam", "policy/")],
    other: Other::No,
    example: "arn:aws:iam::111122223333:policy/lambda-boundary",
};

const DISTRIBUTION: Wanted = Wanted {
    what: "a distribution",
    arns: &[("cloudfront", "distribution/")],
    other: Other::No,
    example: "arn:aws:cloudfront::111122223333:distribution/E1A2B3C4D5E6F7",
};

pub(super) fn table(document: &mut Document<'_>, node: &Node<'_>) -> PipelineInputs {
    let mut inputs = PipelineInputs::default();
    for (name, node) in document.fields(node, keys::PIPELINE) {
        match &*name {
            "source" => inputs.source = place(document, &node),
            "unsigned" => inputs.unsigned = place(document, &node),
            "signed" => inputs.signed = place(document, &node),
            "project" => inputs.project = word(document, &node, "a build project", "orders-build"),
            "signing-profile" => inputs.signing_profile = resource::read(document, &node, PROFILE),
            "signing-profile-version" => {
                inputs.signing_profile_version =
                    word(document, &node, "the version of a signing profile", "a1b2c3d4e5");
            }
            "code-signing" => {
                let wanted = super::function::CODE_SIGNING;
                inputs.code_signing = resource::read(document, &node, wanted);
            }
            "distributions" => {
                let found = resource::list(document, &node, DISTRIBUTION);
                inputs.distributions = found.into_iter().map(|(arn, _)| arn).collect();
            }
            _ => inputs.boundary = resource::read(document, &node, BOUNDARY),
        }
    }
    inputs
}

/// `bucket/prefix/`: a duty that reached a whole bucket would reach the others' places too.
fn place(document: &mut Document<'_>, node: &Node<'_>) -> Option<Box<str>> {
    let text = document.text(node)?;
    let (bucket, prefix) = text.split_once('/').unwrap_or((&text, ""));
    let is_bucket = (3..=63).contains(&bucket.len())
        && bucket
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b));
    let is_prefix = prefix.len() > 1 && prefix.ends_with('/') && !prefix.contains(['*', '?', '$']);
    if !is_bucket || !is_prefix {
        let help = "write one such as `acme-artifacts/unsigned/`";
        let message = format!("`{text}` is not a bucket and a prefix that ends with `/`");
        document.refuse(node, message, Some(help.into()));
        return None;
    }
    Some(text)
}

fn word(
    document: &mut Document<'_>,
    node: &Node<'_>,
    what: &str,
    example: &str,
) -> Option<Box<str>> {
    let text = document.text(node)?;
    let fits = (1..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !fits {
        let help = format!("write one such as `{example}`");
        document.refuse(node, format!("`{text}` is not {what}"), Some(help));
        return None;
    }
    Some(text)
}
