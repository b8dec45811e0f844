//! Directory buckets: what is done to their objects is allowed by `s3express:CreateSession` on the bucket.
//!
//! # Source
//! Amazon S3 User Guide, "Authorizing Zonal endpoint API operations with CreateSession" and "Logging with AWS
//! CloudTrail for directory buckets".

use crate::catalog::{Catalog, Operation};
use crate::iam::Arn;

use super::copied::copied;
use super::inspect::{Need, checked, unknown_or};
use super::plan::{ActionPlan, Inspection, Meaning};
use super::record::Record;
use super::resource::{Owned, Place, Target, listed};

/// The host under which directory buckets log.
pub(super) const SOURCE: &str = "s3express";

const SESSION: &str = "s3express:CreateSession";

/// The operations on objects, and on the bucket through the endpoint of its zone.
const ZONAL: [&str; 18] = [
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateMultipartUpload",
    "CreateSession",
    "DeleteObject",
    "DeleteObjects",
    "GetObject",
    "GetObjectAttributes",
    "HeadBucket",
    "HeadObject",
    "ListMultipartUploads",
    "ListObjects",
    "ListObjectsV2",
    "ListParts",
    "PutObject",
    "RenameObject",
    "UploadPart",
];

/// What an operation of Amazon S3 on a directory bucket stands for.
pub(super) fn meaning<'c>(catalog: &'c Catalog, operation: Operation<'c>) -> Meaning<'c> {
    let name = operation.name();
    let plan = |action: &str| {
        let action = catalog.action(&action.parse().ok()?)?;
        Some(ActionPlan::new(action, Some(operation)))
    };
    let copies = matches!(name, "CopyObject" | "UploadPartCopy");
    let needed: Vec<_> = if copies {
        [SESSION, "s3:GetObject"].into_iter().filter_map(plan).collect()
    } else if ZONAL.contains(&name) {
        plan(SESSION).into_iter().collect()
    } else {
        // Those of the control plane have actions of their own, named like the ones of other buckets.
        let own = operation.primary_actions().next();
        let own = own.map(|action| format!("s3express:{}", action.name()));
        plan(&format!("s3express:{name}")).or_else(|| plan(&own?)).into_iter().collect()
    };
    if needed.is_empty() {
        return Meaning::Unmapped("no action on directory buckets is known by that name".into());
    }
    let inspection = Some(Inspection::DirectoryBucket);
    Meaning::Actions { needed, versioned: Vec::new(), inspection }
}

/// The bucket of the call, and of a copy the source too.
pub(super) fn needs<'p>(
    actions: &'p [ActionPlan<'_>],
    record: &Record<'_>,
    place: Place<'_>,
) -> Vec<Need<'p>> {
    let mut needs = Vec::new();
    let source = record.parameters.text("x-amz-copy-source");
    for action in actions {
        if &*action.name == "s3:GetObject" {
            // A source in a directory bucket needs a session of its own.
            let of_bucket = source.map(|text| text.trim_start_matches('/'));
            let of_bucket = of_bucket.and_then(|text| text.split(['/', '?']).next());
            match of_bucket.filter(|bucket| bucket.ends_with("--x-s3")) {
                Some(bucket) => needs.extend(actions.first().map(|session| Need {
                    action: &session.name,
                    on: of_name(session, bucket, place),
                })),
                None => {
                    let copied = source.and_then(|text| copied(text, place));
                    let version = copied.as_ref().is_some_and(|copied| copied.has_version);
                    let on = unknown_or(copied.map(|copied| copied.arn));
                    let versioned = "s3:GetObjectVersion";
                    let name = if version { versioned } else { &action.name };
                    needs.push(Need { action: name, on: checked(action, on) });
                }
            }
            continue;
        }
        if action.types.is_empty() {
            let on = Owned { target: Target::None, account: None };
            needs.push(Need { action: &action.name, on });
            continue;
        }
        let mut found = listed(action, record);
        if found.is_empty() {
            let bucket = record.parameters.text("bucketName").unwrap_or_default();
            found.push(of_name(action, bucket, place));
        }
        needs.extend(found.into_iter().map(|on| Need { action: &action.name, on }));
    }
    needs
}

fn of_name(action: &ActionPlan<'_>, bucket: &str, place: Place<'_>) -> Owned {
    let Place { partition, region, account } = place;
    let arn = format!("arn:{partition}:s3express:{region}:{account}:bucket/{bucket}");
    let is_name = bucket.ends_with("--x-s3") && !bucket.contains([':', '/']);
    let arn = Some(arn).filter(|arn| is_name && arn.parse::<Arn>().is_ok());
    checked(action, unknown_or(arn))
}
