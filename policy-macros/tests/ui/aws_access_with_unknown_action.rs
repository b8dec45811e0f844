use policy_macros::aws_access;

#[aws_access(rds_db(action("rds-db:conect")), on = "dbuser:*/app")]
fn connect() {}

fn main() {
    connect();
}
