//! A stand-in for `aws-sdk-dynamodb`, of the protocol family json: the same module shape, a few operations, no behaviour.

sdk_shape::sdk! {
    operations {
        get_item GetItemFluentBuilder { table_name get_table_name }
        put_item PutItemFluentBuilder { table_name get_table_name }
        query QueryFluentBuilder { table_name get_table_name, index_name get_index_name }
        delete_item DeleteItemFluentBuilder { table_name get_table_name }
        batch_get_item BatchGetItemFluentBuilder {}
        transact_write_items TransactWriteItemsFluentBuilder {}
    }
    waiters {
        wait_until_table_exists table_exists TableExistsFluentBuilder { table_name get_table_name }
    }
}
