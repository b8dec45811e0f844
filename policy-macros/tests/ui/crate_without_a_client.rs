use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(rds_db(action("rds-db:connect")), on = "dbuser:*/app", crate = "x")]
    orders: Orders,
}

fn main() {}
