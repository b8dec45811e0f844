#![forbid(unsafe_code)]

mod inner {
    use policy_macros::{AwsAccess, aws_access};

    #[derive(AwsAccess)]
    pub(crate) struct Access {
        #[aws(dynamodb(GetItem), on = "table/orders")]
        pub(crate) orders: Orders,
    }

    pub struct Repository;

    impl Repository {
        #[aws_access(execute_api(action("execute-api:Invoke")), on = "a1b2c3d4e5/prod/POST/orders")]
        #[aws_access(invoked_by(events("rule/nightly")), function = "nightly")]
        pub async fn call(&self) -> u8 {
            7
        }
    }
}

fn main() {
    use policy_macros::AwsAccess;

    #[derive(AwsAccess)]
    struct Local {
        #[aws(dynamodb(PutItem), on = "table/orders")]
        writer: Writer,
    }

    let access = inner::Access::new(&aws_config::SdkConfig);
    let orders: &inner::Orders = &access.orders;
    let _ = orders.get_item();
    let _ = Local::new(&aws_config::SdkConfig).writer.put_item();
    drop(inner::Repository.call());
}
