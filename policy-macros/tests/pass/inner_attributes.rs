#![deny(unused_variables)]

use policy_macros::aws_access;

#[aws_access(rds_db(action("rds-db:connect")), on = "dbuser:*/app")]
fn connect() -> u8 {
    //! Connects.
    #![allow(unused_variables)]
    let unused = 1;
    7
}

fn main() {
    assert_eq!(connect(), 7);
}
