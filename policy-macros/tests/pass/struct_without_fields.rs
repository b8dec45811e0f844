use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "nightly", invoked_by(events("rule/nightly", qualifier = "live")), polls(sqs("jobs")))]
struct Trigger;

#[derive(AwsAccess)]
struct OnlyActions {
    #[aws(rds_db(action("rds-db:connect")), on = "dbuser:*/app")]
    database: Database,
    #[aws(rds_db(action("rds-db:connect")), on = env("DB_USER_ARN", as = "arn"))]
    other: Other,
}

fn main() {
    let _ = Trigger;
    assert!(OnlyActions::new().is_err());
    let access = OnlyActions { database: Database, other: Other::from_variables("arn") };
    let Database = access.database;
    assert_eq!(access.other.db_user_arn(), "arn");
}
