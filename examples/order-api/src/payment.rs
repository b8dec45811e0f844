//! Calls of the payment provider, signed with a secret that both sides know.

use hmac::{Hmac, KeyInit, Mac};
use lambda_runtime::Error;
use serde::Deserialize;
use sha2::Sha256;

use crate::{App, order, receipt};

/// A payment, as the provider reports it.
#[derive(Deserialize)]
struct Payment {
    id: String,
    order: String,
}

/// What became of a report.
pub enum Reported {
    Done,
    NotSigned,
    NoSuchOrder,
}

/// Takes in the report of a payment, if its signature is right.
pub async fn report(app: &App, body: &str, signature: &str) -> Result<Reported, Error> {
    let secret = app.access.signing_secret.get_secret_value().send().await?;
    let secret = secret.secret_string().ok_or("the signing secret has no text")?;
    if !is_signed(body, signature, secret)? {
        return Ok(Reported::NotSigned);
    }
    let payment: Payment = serde_json::from_str(body)?;
    if !order::mark_paid(app, &payment.order).await? {
        return Ok(Reported::NoSuchOrder);
    }
    receipt::store(app, &payment.order, &payment.id, body.to_owned()).await?;
    Ok(Reported::Done)
}

/// Whether `signature` is the hexadecimal HMAC-SHA256 of `body`. Compares in constant time.
fn is_signed(body: &str, signature: &str, secret: &str) -> Result<bool, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(body.as_bytes());
    Ok(hex::decode(signature).is_ok_and(|signature| mac.verify_slice(&signature).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn the_signature_is_hmac_sha256() {
        let body = "what do ya want for nothing?";
        let signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(is_signed(body, signature, "Jefe").unwrap());
        assert!(!is_signed(body, signature, "Jeff").unwrap());
        assert!(!is_signed(body, "not hexadecimal", "Jefe").unwrap());
    }
}
