//! Queues in URLs.

use crate::iam::{AccountId, Region};

/// The queue that a URL of Amazon SQS names.
///
/// # Source
/// Amazon SQS Developer Guide, "Amazon SQS queue and message identifiers": `https://HOST/ACCOUNT/NAME`;
/// hosts `sqs.REGION.amazonaws.com`, `REGION.queue.amazonaws.com` (legacy) and their `.cn` forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueUrl<'u> {
    /// What stands before the account.
    pub(crate) host: &'u str,
    /// The Region in the host.
    pub(crate) region: &'u str,
    /// The account that owns the queue.
    pub(crate) account: &'u str,
    /// Its name.
    pub(crate) name: &'u str,
}

impl<'u> QueueUrl<'u> {
    /// Reads a URL; `None` when it is not of that form.
    pub(crate) fn parse(url: &'u str) -> Option<Self> {
        let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
        let (account, name) = path.split_once('/')?;
        account.parse::<AccountId>().ok()?;
        let mut labels = host.split('.');
        let region = match (labels.next()?, labels.next()?) {
            ("sqs", region) | (region, "queue") => region,
            _ => return None,
        };
        region.parse::<Region>().ok()?;
        let is_name = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        is_name.then_some(Self { host, region, account, name })
    }

    /// Its ARN.
    pub(crate) fn arn(&self, partition: &str) -> String {
        format!("arn:{partition}:sqs:{}:{}:{}", self.region, self.account, self.name)
    }

    /// Its ARN where the host is one of AWS, which tells the partition: not an emulator's.
    #[cfg(any(feature = "source", test))]
    pub(crate) fn arn_by_host(&self) -> Option<String> {
        let partition = match self.region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let suffix = if partition == "aws-cn" { ".amazonaws.com.cn" } else { ".amazonaws.com" };
        self.host.ends_with(suffix).then(|| self.arn(partition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_its_queue_and_by_its_host_the_partition() {
        for (url, arn) in [
            (
                "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs.fifo",
                Some("arn:aws:sqs:eu-west-1:111122223333:jobs.fifo"),
            ),
            (
                "https://eu-west-1.queue.amazonaws.com/111122223333/jobs",
                Some("arn:aws:sqs:eu-west-1:111122223333:jobs"),
            ),
            (
                "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/jobs",
                Some("arn:aws-cn:sqs:cn-north-1:111122223333:jobs"),
            ),
            (
                "https://sqs.us-gov-west-1.amazonaws.com/111122223333/jobs",
                Some("arn:aws-us-gov:sqs:us-gov-west-1:111122223333:jobs"),
            ),
            ("https://sqs.eu-west-1.localhost.example/000000000000/jobs", None),
            ("http://sqs.eu-west-1.amazonaws.com/111122223333/jobs", None),
            ("https://sqs.eu-west-1.amazonaws.com/1111/jobs", None),
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/a/b", None),
        ] {
            let found = QueueUrl::parse(url).and_then(|url| url.arn_by_host());
            assert_eq!(found.as_deref(), arn, "{url}");
        }
    }
}
