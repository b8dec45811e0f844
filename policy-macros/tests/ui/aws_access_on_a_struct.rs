use policy_macros::aws_access;

#[aws_access(rds_db(action("rds-db:connect")), on = "dbuser:*/app")]
struct Database;

fn main() {}
