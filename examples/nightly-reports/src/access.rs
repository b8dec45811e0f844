//! Access that is declared once and used by both functions, or by one of them through this library.

use policy_macros::AwsAccess;

/// Who gets reports. Claimed by both functions in `policy.toml`.
#[derive(AwsAccess)]
pub struct Shared {
    /// One item for each kind of report.
    #[aws(dynamodb(GetItem), on = "table/report-settings")]
    pub settings: Settings,
}

/// Reports are written by the one function …
#[derive(AwsAccess)]
#[aws(function = "report-builder")]
pub struct WriteReports {
    #[aws(s3(PutObject), on = "acme-reports/nightly/*")]
    pub reports: ReportsIn,
}

/// … and read by the other.
#[derive(AwsAccess)]
#[aws(function = "report-mailer")]
pub struct ReadReports {
    #[aws(s3(GetObject), on = "acme-reports/nightly/*")]
    pub reports: ReportsOut,
}
