const HOST: &str = "http://localhost:2773";

pub async fn flags() -> String {
    let url = "http://localhost:2772/applications/shop/environments/prod/configurations/flags"; //~ appconfigdata.GetLatestConfiguration @extensions-and-tokens extension on ?; appconfigdata.StartConfigurationSession @extensions-and-tokens extension on ?
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

pub async fn secret(id: &str) -> String {
    let url = format!("{HOST}/secretsmanager/get?secretId={id}"); //~ secretsmanager.GetSecretValue @extensions-and-tokens extension on ?
    let client = reqwest::Client::new();
    client.get(url).send().await.unwrap().text().await.unwrap()
}

pub async fn parameter() -> String {
    let url = "http://localhost:2773/systemsmanager/parameters/get?name=%2Fshop%2Furl&withDecryption=true"; //~ ssm.GetParameter @extensions-and-tokens extension on parameter/shop/url
    reqwest::get(url).await.unwrap().text().await.unwrap()
}
