use policy_macros::aws_access;

#[aws_access(cognitoidentityprovider(GetClientToken), on = "userpool/eu-west-1_a1b2c3d4e")]
fn token() {}

fn main() {
    token();
}
