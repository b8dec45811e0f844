//! Whether digests follow each other without a break, and which of them can be trusted.
//!
//! Each digest holds the hash and the signature of the one before it. Trust goes from the newest digest back: that
//! one by its own signature, if a key was given, and each before it by its signature or by the hash in the next.

use crate::finding::{Code, Finding, Place};

use super::choice::{BACKFILL, new_beginning};
use super::content::{Digest, Sha256, from_hex};

/// A digest file of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenDigest {
    /// The file as the user named it.
    pub file: Box<str>,
    /// The hash of its content, unpacked.
    pub hash: Sha256,
    /// What it says.
    pub digest: Digest,
    /// Its signature, in hexadecimal digits, where it was given beside the file.
    pub signature: Option<Box<str>>,
}

/// Answers for signatures: is the signature (third) of the text (second) by the key of the fingerprint (first)?
/// `Err` says why not.
pub type Verifier<'v> = dyn Fn(&str, &[u8], &[u8]) -> Result<(), String> + 'v;

/// What is added to the name of a digest file for the file that holds its signature.
pub const SIGNATURE_ENDING: &str = ".signature";

/// The folder of digests in a bucket; before it stand a prefix, the organization and the account.
const DIGEST_FOLDER: &str = "CloudTrail-Digest";

/// Digests in order, each with whether it can be trusted.
pub(super) struct Chains {
    pub(super) digests: Vec<GivenDigest>,
    pub(super) trusted: Vec<bool>,
    pub(super) findings: Vec<Finding>,
}

/// A chain: where its digests lie, account, Region and trail as in their names, and whether they are backfills.
type ChainName<'d> = (&'d str, &'d str, bool);

fn chain_name(object: &str) -> ChainName<'_> {
    let (folder, name) = object.rsplit_once('/').unwrap_or(("", object));
    let folder = folder.split(DIGEST_FOLDER).next().unwrap_or(folder);
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let name = name.strip_suffix(".json").unwrap_or(name);
    let (name, is_backfill) = match name.strip_suffix(BACKFILL) {
        Some(name) => (name, true),
        None => (name, false),
    };
    // The rest is the time.
    let name = name.rsplit_once('_').map_or(name, |(name, _)| name);
    (folder, name, is_backfill)
}

/// How a digest stands to the one that is next older.
enum Link {
    /// The older one is what it says.
    Holds,
    /// The older one has another content, in words.
    Altered(String),
    /// It names none, another one, or one that was not given.
    Broken,
}

/// A break, and the digests that cannot be trusted for it.
struct Break {
    finding: Finding,
    digests: Vec<usize>,
}

impl Chains {
    pub(super) fn new(mut digests: Vec<GivenDigest>, verifier: Option<&Verifier<'_>>) -> Self {
        digests.sort_by(|a, b| {
            let key = |it: &GivenDigest| (it.hash, it.signature.is_none());
            let (one, other) = (&a.digest, &b.digest);
            chain_name(&one.object)
                .cmp(&chain_name(&other.object))
                .then_with(|| one.end_time.cmp(&other.end_time))
                .then_with(|| one.object.cmp(&other.object))
                .then_with(|| key(a).cmp(&key(b)))
                .then_with(|| a.file.cmp(&b.file))
        });
        // A copy says nothing new; the one beside which a signature lies is kept.
        digests.dedup_by(|later, kept| {
            kept.hash == later.hash && kept.digest.object == later.digest.object
        });
        let trusted = vec![false; digests.len()];
        let mut chains = Self { digests, trusted, findings: Vec::new() };
        let mut begin = 0;
        while begin < chains.digests.len() {
            let name = chain_name(&chains.digests[begin].digest.object);
            let rest = &chains.digests[begin..];
            let same = |given: &&GivenDigest| chain_name(&given.digest.object) == name;
            let count = rest.iter().take_while(same).count();
            let is_backfill = name.2;
            chains.walk(begin..begin + count, is_backfill, verifier);
            begin += count;
        }
        chains
    }

    /// From the newest digest of a chain to the oldest.
    fn walk(
        &mut self,
        members: std::ops::Range<usize>,
        is_backfill: bool,
        verifier: Option<&Verifier<'_>>,
    ) {
        let mut newer: Option<usize> = None;
        let mut open: Option<Break> = None;
        for index in members.rev() {
            let link = newer.map(|newer| self.link(newer, index, is_backfill));
            let (is_vouched, altered) = match (link, newer) {
                (Some(Link::Holds), Some(newer)) => (Some(self.trusted[newer]), None),
                (Some(Link::Altered(message)), _) => (Some(false), Some(message)),
                // The end of a chain: nothing but its own signature can vouch for it.
                _ => (None, None),
            };
            let signed = verifier.and_then(|verifier| self.signed(index, is_vouched, verifier));
            self.trusted[index] = match &signed {
                Some(outcome) => outcome.is_ok(),
                None => is_vouched.unwrap_or(true),
            };
            if self.trusted[index] {
                self.close(open.take());
            } else if let Some(Err(problem)) = signed {
                self.close(open.take());
                let finding = Finding::new(Code::DigestSignatureInvalid, problem)
                    .at(self.place(index))
                    .help("fetch it again with its signature, or the keys of its Region and time");
                open = Some(Break { finding, digests: vec![index] });
            } else if let Some(message) = altered {
                self.close(open.take());
                open = Some(Break { finding: self.broken(message, index), digests: vec![index] });
            } else if let Some(open) = &mut open {
                open.digests.push(index);
            }
            newer = Some(index);
        }
        self.close(open);
    }

    /// Notes a break, with what is lost by it.
    fn close(&mut self, open: Option<Break>) {
        let Some(Break { mut finding, digests }) = open else { return };
        let files: usize =
            digests.iter().map(|&index| self.digests[index].digest.files.len()).sum();
        let who = match digests.len() {
            1 => "it lists".to_owned(),
            2 => "it and the digest before it list".to_owned(),
            count => format!("it and the {} digests before it list", count - 1),
        };
        if files > 0 {
            finding.message.push_str(&format!("; the log files that {who} do not count: {files}"));
        }
        self.findings.push(finding);
    }

    /// How `newer` stands to `older`, which is next to it in time. What is broken is noted.
    fn link(&mut self, newer: usize, older: usize, is_backfill: bool) -> Link {
        let (after, before) = (&self.digests[newer], &self.digests[older]);
        if after.digest.object == before.digest.object {
            return Link::Altered(format!("`{}` has the same key and another content", after.file));
        }
        let finding = match &after.digest.previous {
            None => self
                .broken(
                    format!(
                        "a new chain begins here: nothing tells what was logged since `{}`, as when logging or validation was off",
                        before.digest.end_time
                    ),
                    newer,
                )
                .severity(new_beginning(is_backfill)),
            Some(previous)
                if previous.object == before.digest.object
                    && previous.bucket == before.digest.bucket =>
            {
                if previous.hash == before.hash {
                    return Link::Holds;
                }
                let message = format!("its content is not what `{}` says it was", after.file);
                return Link::Altered(message);
            }
            Some(previous) => self.broken(
                format!(
                    "it follows `{}/{}`, but the digest given before it is `{}`",
                    previous.bucket, previous.object, before.file
                ),
                newer,
            ),
        };
        self.findings.push(finding);
        Link::Broken
    }

    /// Whether the signature of a digest is right. `None` when there is none and another digest speaks for this one.
    fn signed(
        &self,
        index: usize,
        is_vouched: Option<bool>,
        verifier: &Verifier<'_>,
    ) -> Option<Result<(), String>> {
        let given = &self.digests[index];
        let Some(text) = &given.signature else {
            let missing = format!(
                "no signature was given: expected it in `{}{SIGNATURE_ENDING}`",
                given.file
            );
            return is_vouched.is_none().then_some(Err(missing));
        };
        let signature = from_hex(text.trim()).filter(|signature| !signature.is_empty());
        let Some(signature) = signature else {
            return Some(Err("its signature is not made of hexadecimal digits".into()));
        };
        let text = given.digest.signed_text(&given.hash);
        let outcome = verifier(&given.digest.fingerprint, text.as_bytes(), &signature);
        // A right signature of a digest that another one contradicts proves that one wrong, not this.
        Some(outcome)
    }

    fn place(&self, index: usize) -> Place {
        Place { file: self.digests[index].file.clone(), ..Place::default() }
    }

    fn broken(&self, message: impl Into<String>, index: usize) -> Finding {
        Finding::new(Code::DigestChainBroken, message)
            .at(self.place(index))
            .help("fetch all digest files of the time again from where CloudTrail wrote them")
    }
}
