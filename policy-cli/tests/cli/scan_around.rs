//! `scan --crate` on code that goes around the handles.

use super::House;

const MANIFEST: &str = "[package]\nname = \"orders\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\naws-config = \"1\"\naws-sdk-dynamodb = \"1\"\npolicy-macros = \"0.1\"\n";

#[test]
fn a_preset_set_anew_and_credentials_taken_out_are_warnings() {
    let main = "use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = \"table/orders\")]
    orders: Orders,
}

async fn main() {
    let config = config().await;
    let access = Access::new(&config);
    access.orders.get_item().table_name(\"returns\").send().await;
    sign(config.credentials_provider());
}

#[cfg(test)]
mod tests {
    fn of_another_table(access: &super::Access) {
        access.orders.get_item().table_name(\"orders-test\");
    }
}
";
    let house = House::new(&[("orders/Cargo.toml", MANIFEST), ("orders/src/main.rs", main)]);
    insta::assert_snapshot!(house.run("scan --crate orders"), @r#"
    exit 0
    --- stdout
    src/main.rs
        12:19  dynamodb(GetItem)  dynamodb:GetItem on table/returns

    1 call, declared
    --- stderr
    warning[access-goes-around]: `table_name` of a declared `GetItem` is set anew; the declaration fixes it to `orders`
     --> src/main.rs:12:30
    help: leave it out, or declare the other resource on a field of its own
    warning[access-goes-around]: credentials are taken out of a configuration; what is signed with them no declaration knows
     --> src/main.rs:13:17
    help: declare what is called with them: `#[aws_access(client(action("…")), on = "…")]`
    "#);
}
