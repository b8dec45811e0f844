//! Who can invoke a function: the kinds, as data, and what their sources look like.
//!
//! One table for the macros, for `policy.toml` and for the writer of resource policies. The room knows
//! words and shapes; statements are made in `synthesis`.

mod form;
mod table;

#[cfg(feature = "engine")]
pub(crate) use form::account_of;
pub use form::{Surroundings, Wrong, WrongPart};

/// What is said of an invoker beside its kind, source and qualifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct InvokerOptions {
    /// `organization = "o-…"`: the callers must belong to it (`aws:PrincipalOrgID`).
    pub organization: Option<Box<str>>,
    /// `account = "…"`: who owns the source, where its ARN does not say it (a bucket).
    pub account: Option<Box<str>>,
    /// `auth = "…"`: how callers of a function URL prove who they are.
    pub auth: Option<UrlAuth>,
}

/// How callers of a function URL prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UrlAuth {
    /// They sign their requests.
    AwsIam,
    /// Not at all: the URL is public.
    None,
}

impl UrlAuth {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::AwsIam, Self::None];

    /// The word of AWS.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsIam => "AWS_IAM",
            Self::None => "NONE",
        }
    }

    /// The type of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|auth| auth.as_str() == word)
    }
}

/// A kind of invoker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvokerKind {
    /// The word in `invoked_by(…)`.
    pub word: &'static str,
    /// A source as it is written, for messages.
    pub example: &'static str,
    /// How it invokes.
    pub way: InvokerWay,
}

/// How a kind of invoker invokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvokerWay {
    /// A service calls for a resource that has an ARN.
    Source(SourceForm),
    /// A service calls, and AWS does not document which source ARN it sends: its account tells it.
    Account {
        /// Who calls.
        principal: &'static str,
        /// The service in ARNs of its sources.
        service: &'static str,
    },
    /// A service calls with a token that its user chose: `lambda:EventSourceToken`.
    Token {
        /// Who calls.
        principal: &'static str,
    },
    /// A role calls.
    Role,
    /// Whoever another account lets.
    OtherAccount,
    /// Whoever in an organization.
    Organization,
    /// Callers of the function's URL.
    Url,
    /// A service calls with a role that is its own, so that role's policy must allow and no statement is needed here.
    OwnRole {
        /// Who assumes that role.
        principal: &'static str,
    },
    /// Lambda polls it with the execution role.
    Polled,
}

/// A source that has an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceForm {
    /// Who calls.
    pub principal: &'static str,
    /// What completes a source that is no ARN: `{P}`, `{R}`, `{A}` and `{}` stand for partition, Region,
    /// account and what is written.
    pub format: &'static str,
    /// What the part after the account must start with.
    pub starts: &'static str,
    /// What it must end with; added where it is missing.
    pub ends: &'static str,
    /// Whether the service is documented to send `aws:SourceAccount` too.
    pub sends_account: bool,
    /// Whether it calls the URL of the function, which takes two statements.
    pub by_url: bool,
}

impl SourceForm {
    /// Whether its ARNs say whose the source is.
    #[must_use]
    pub fn names_account(&self) -> bool {
        self.format.contains("{A}")
    }

    /// The service in its ARNs.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.format.split(':').nth(2).unwrap_or_default()
    }
}

impl InvokerKind {
    /// The kind of this word, which may be another that people use for it.
    #[must_use]
    pub fn of(word: &str) -> Option<&'static Self> {
        let word = word.replace('-', "_");
        let word = Self::meant(&word).unwrap_or(&word);
        table::ALL.iter().find(|kind| kind.word == word)
    }

    /// The kind that somebody means who says another word for it.
    #[must_use]
    pub fn meant(word: &str) -> Option<&'static str> {
        table::OTHER_WORDS.iter().find(|(other, _)| *other == word).map(|(_, kind)| *kind)
    }

    /// Every kind, by its word.
    #[must_use]
    pub fn all() -> &'static [Self] {
        table::ALL
    }

    /// The words of all that invoke; polled sources are none of them.
    pub fn words() -> impl Iterator<Item = &'static str> + Clone {
        table::ALL.iter().filter(|kind| kind.way != InvokerWay::Polled).map(|kind| kind.word)
    }

    /// How it is written in `invoked_by(…)`.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}({})", self.word, self.example)
    }
}
