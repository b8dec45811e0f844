//! What an edge of the access graph means.

use std::fmt;

/// Why two nodes are connected; read from the first to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edge {
    /// Function → declaration: the code says so.
    Declares,
    /// Function → reachable call: the code can make it.
    Reaches,
    /// Function → observation: the trail shows it.
    Observes,
    /// Function → platform need: Lambda needs it to run the function.
    Needs,
    /// Function → acceptance: a person accepted it by name.
    Accepts,
    /// Declaration → grant: the grant follows from what is declared (the key behind a secret).
    Implies,
    /// Grant → origin: the grant exists because of it.
    Authorises,
    /// Grant → observation or reachable call: the grant, which exists for another reason, allows the call too.
    Covers,
}

impl Edge {
    /// The verb.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declares => "declares",
            Self::Reaches => "reaches",
            Self::Observes => "observes",
            Self::Needs => "needs",
            Self::Accepts => "accepts",
            Self::Implies => "implies",
            Self::Authorises => "authorises",
            Self::Covers => "covers",
        }
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
