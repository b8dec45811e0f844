use policy_macros::aws_access;

#[aws_access]
fn connect() {}

fn main() {}
