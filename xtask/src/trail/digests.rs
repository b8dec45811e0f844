//! Digest files, as CloudTrail writes them beside log files; unsigned.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::{ACCOUNT, REGION, packed};

/// The digest files of the trail, each with the hash of the one before; unsigned.
pub(super) struct Digests {
    pub(super) folder: PathBuf,
    listed: Vec<String>,
    /// The key and the hash of the last one.
    previous: Option<(String, String)>,
}

impl Digests {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, listed: Vec::new(), previous: None }
    }

    pub(super) fn list(&mut self, name: &str, text: &str) {
        self.listed.push(format!(
            r#"{{"s3Bucket":"acme-trail","s3Object":"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{name}","hashValue":"{}","hashAlgorithm":"SHA-256"}}"#,
            hash(text)
        ));
    }

    /// Writes what was listed since the last one; `files` is all there are so far.
    pub(super) fn write(&mut self, files: u64) -> std::io::Result<()> {
        let minutes = files * 5;
        let (day, hour, minute) = (1 + minutes / 1440, minutes / 60 % 24, minutes % 60);
        let name = format!(
            "{ACCOUNT}_CloudTrail-Digest_{REGION}_main_{REGION}_202611{day:02}T{hour:02}{minute:02}00Z.json.gz"
        );
        let key = format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/2026/11/{day:02}/{name}");
        let previous = match &self.previous {
            None => String::new(),
            Some((key, hash)) => format!(
                r#""previousDigestS3Bucket":"acme-trail","previousDigestS3Object":"{key}","previousDigestHashValue":"{hash}","#
            ),
        };
        let text = format!(
            r#"{{"awsAccountId":"{ACCOUNT}","digestStartTime":"2026-11-01T00:00:00Z","digestEndTime":"2026-11-{day:02}T{hour:02}:{minute:02}:00Z","digestS3Bucket":"acme-trail","digestS3Object":"{key}","digestPublicKeyFingerprint":"00",{previous}"logFiles":[{}]}}"#,
            self.listed.join(",")
        );
        packed(&self.folder.join(format!("2026/11/{day:02}")), &name, &text)?;
        self.previous = Some((key, hash(&text)));
        self.listed.clear();
        Ok(())
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
