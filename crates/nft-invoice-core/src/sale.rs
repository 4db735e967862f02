use crate::amount::Amount;
use crate::callback_data::{CallbackData, Form};
use crate::currency::Currency;
use crate::draft::Value;
use crate::email::Email;
use crate::field::Field;
use crate::web_url::WebUrl;

/// What every invoice says: who pays how much, and what comes back to the merchant.
#[derive(Debug)]
pub struct Sale {
    /// The customer's e-mail address.
    pub email: Email,
    /// What is to be paid.
    pub amount: Amount,
    /// In which currency.
    pub currency: Currency,
    /// Where the payment page sends the customer afterwards.
    pub return_urls: ReturnUrls,
    /// What the gateway hands back in its callback. Put a [`Reference`](crate::Reference) into it.
    pub callback_data: Option<CallbackData>,
}

/// Where the payment page sends the customer. Each may be left out.
#[derive(Debug, Default)]
pub struct ReturnUrls {
    /// After the payment.
    pub success: Option<WebUrl>,
    /// After the customer cancelled.
    pub cancel: Option<WebUrl>,
    /// After the payment, while it is still pending.
    pub pending: Option<WebUrl>,
    /// After a failure or a decline.
    pub failure: Option<WebUrl>,
}

impl Sale {
    /// A sale in US dollars without return URLs and callback data.
    #[must_use]
    pub fn new(email: Email, amount: Amount) -> Self {
        Self {
            email,
            amount,
            currency: Currency::Usd,
            return_urls: ReturnUrls::default(),
            callback_data: None,
        }
    }

    pub(crate) fn members(&self) -> Vec<(Field, Value<'_>)> {
        let urls = &self.return_urls;
        let mut members = vec![
            (Field::Email, text(self.email.as_str())),
            (Field::Amount, Value::Text(self.amount.to_string().into())),
            (Field::Currency, text(self.currency.as_str())),
        ];
        for (field, url) in [
            (Field::SuccessUrl, &urls.success),
            (Field::CancelUrl, &urls.cancel),
            (Field::PendingUrl, &urls.pending),
            (Field::FailureUrl, &urls.failure),
        ] {
            members.extend(url.as_ref().map(|url| (field, text(url.as_str()))));
        }
        let data = self.callback_data.as_ref().map(|data| match data.form() {
            Form::Text(data) => text(data),
            Form::Json(data) => Value::Json(data.as_str().into()),
        });
        members.extend(data.map(|data| (Field::CallbackData, data)));
        members
    }
}

/// A value of plain text.
pub(crate) fn text(text: &str) -> Value<'_> {
    Value::Text(text.into())
}
