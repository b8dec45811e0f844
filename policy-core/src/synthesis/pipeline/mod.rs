//! Who builds, signs, deploys and governs exactly these functions: four duties that share no right to change anything.
//!
//! A statement is only written when all that limits it is known; what is missing is said with what to write. So a missing
//! input never makes a duty wider.

mod duties;
mod edge;
mod proof;

use crate::catalog::Catalog;
use crate::evidence::{Environment, FunctionSettings};
use crate::finding::{Code, Finding};
use crate::policy::PolicyDocument;
use crate::policy::quota::Quota;

use super::error::SynthesisError;
use super::room;
use super::trust::is_edge;

/// What is known of the pipeline; `[pipeline]` of `policy.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PipelineInputs {
    /// `bucket/prefix/` of what is built from.
    pub source: Option<Box<str>>,
    /// `bucket/prefix/` where packages wait to be signed.
    pub unsigned: Option<Box<str>>,
    /// `bucket/prefix/` of signed packages.
    pub signed: Option<Box<str>>,
    /// The build project (AWS CodeBuild).
    pub project: Option<Box<str>>,
    /// The ARN of the signing profile.
    pub signing_profile: Option<Box<str>>,
    /// Its version.
    pub signing_profile_version: Option<Box<str>>,
    /// The ARN of the code-signing configuration, for functions that name none.
    pub code_signing: Option<Box<str>>,
    /// The ARN of the permissions boundary that execution roles must have.
    pub boundary: Option<Box<str>>,
    /// The ARNs of the distributions (Amazon CloudFront) that functions at the edge are put on.
    pub distributions: Vec<Box<str>>,
}

/// The document of each duty that could be written.
pub type Duties = Vec<(Duty, PolicyDocument)>;

/// A part in the making of functions, held by one role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// Makes packages.
    Build,
    /// Signs them.
    Sign,
    /// Puts them into functions.
    Deploy,
    /// Says what functions may do, and who may invoke them.
    Policy,
}

impl Duty {
    /// Every duty, in the order of the work.
    pub const ALL: [Self; 4] = [Self::Build, Self::Sign, Self::Deploy, Self::Policy];

    /// The word for it; the name of its file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Sign => "sign",
            Self::Deploy => "deploy",
            Self::Policy => "policy",
        }
    }

    /// What it may hold of that on these resources alone: an action, and ARNs as patterns.
    fn may_hold_on(self) -> Option<(&'static str, Vec<String>)> {
        let of_edge = || edge::LINKED_ROLES.map(|linked| edge::linked_role("*", "*", linked));
        (self == Self::Deploy).then(|| ("iam:CreateServiceLinkedRole", of_edge().to_vec()))
    }

    /// What it must not hold, of anything.
    fn must_not_hold(self) -> &'static [&'static str] {
        match self {
            Self::Build => &["signer:*", "lambda:*", "iam:*"],
            Self::Sign => &[
                "lambda:*",
                "iam:*",
                "codebuild:*",
                "signer:PutSigningProfile",
                "signer:RevokeSignature",
                "signer:AddProfilePermission",
            ],
            Self::Deploy => &[
                "signer:*",
                "lambda:PutFunctionCodeSigningConfig",
                "lambda:DeleteFunctionCodeSigningConfig",
                "lambda:UpdateCodeSigningConfig",
                "lambda:DeleteCodeSigningConfig",
                "lambda:AddPermission",
                "lambda:RemovePermission",
                "lambda:PutResourcePolicy",
                "lambda:DeleteResourcePolicy",
                "iam:Create*",
                "iam:Put*",
                "iam:Attach*",
                "iam:Update*",
                "iam:Delete*",
            ],
            Self::Policy => &["lambda:UpdateFunctionCode", "signer:*", "iam:PassRole"],
        }
    }
}

/// The documents of the duties that could be written; findings sorted.
///
/// Shape: in the order of [`Duty::ALL`]; none at all when two of them could change the same, which is an error finding. The same
/// functions in any order give the same bytes.
///
/// # Errors
/// [`SynthesisError::OverQuota`]; [`SynthesisError::Proof`] when a duty holds what it must not, or not what it is for.
///
/// # Source
/// AWS Lambda Developer Guide, "Using code signing to verify code integrity with Lambda"; Amazon CloudFront Developer Guide, "Set up IAM
/// permissions and roles for Lambda@Edge"; AWS Signer Developer Guide; IAM User Guide,
/// "Grant a user permissions to pass a role to an AWS service" and "Permissions boundaries for IAM entities".
pub fn pipeline(
    functions: &[&FunctionSettings],
    environment: &Environment,
    inputs: &PipelineInputs,
    catalog: &Catalog,
) -> Result<(Duties, Vec<Finding>), SynthesisError> {
    let mut functions = functions.to_vec();
    functions.sort_by(|a, b| a.name.cmp(&b.name));
    let mut maker = duties::Maker::new(&functions, environment, inputs);
    let mut documents = Vec::new();
    for duty in Duty::ALL {
        let statements = maker.statements(duty);
        if !statements.is_empty() {
            documents.push((duty, PolicyDocument::new(statements)));
        }
    }
    let mut findings = maker.findings;
    if !inputs.distributions.is_empty() && !functions.iter().any(|it| is_edge(it)) {
        let message =
            "`distributions` under `[pipeline]` are for functions at the edge, and none is";
        let help = "write `edge = true` for the functions that CloudFront runs, or take it out";
        findings.push(Finding::new(Code::ConfigUnused, message).help(help));
    }
    for (duty, document) in &documents {
        room::measured(&format!("the duty `{}`", duty.as_str()), document, Quota::Managed)?;
        proof::holds(*duty, document, catalog)?;
    }
    let overlaps = proof::overlaps(&documents, catalog);
    if !overlaps.is_empty() {
        documents.clear();
    }
    findings.extend(overlaps.into_iter().map(|overlap| {
        Finding::new(Code::PipelineOverlap, overlap)
            .help("give each duty a place of its own: other buckets or prefixes for what is unsigned and signed")
    }));
    findings.sort();
    findings.dedup();
    Ok((documents, findings))
}
