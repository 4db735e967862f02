//! The one table of fields. Everything that enumerates fields is derived from it.

/// Calls `$use!` with a row a field, in the order in which errors are reported and bodies are written:
///
/// documentation, variant, Rust name, type, name on the wire, `required` (in both modes), `s2s` (required there,
/// optional in hosted), `card` (required in S2S, forbidden in hosted) or `optional`; `shown` or `secret`; the
/// gateway's codes for a missing and for an invalid value; then for the documentation the rule, an example as JSON,
/// and the source: D is the gateway's document of this call, P its other public pages.
macro_rules! with_fields {
    ($use:ident) => {
        $use! {
            /// The customer's e-mail address.
            { Email email Email "email" required shown [Some(50002), Some(50005)]
                "One address a mail system can deliver to (RFC 5321, RFC 6531). At most 64 octets before the @ and 254 in all."
                r#""aaaaaa@domain.fr""# "D, P" }
            /// The amount in units of the currency.
            { Amount amount Amount "amount" required shown [Some(50003), None]
                "Digits, with a point before any decimals; decimals after the second are zeros. 0.01 to 999999999999.99."
                r#""15.04""# "D" }
            /// The currency. The gateway accepts only US dollars.
            { Currency currency Currency "devise" required shown [Some(50004), Some(50009)]
                "`USD`. Only JSON has to contain it; forms and setters need not." r#""USD""# "D" }
            /// The page that the customer returns to after a successful payment.
            { SuccessUrl success_url WebUrl "success_url" optional shown [None, None]
                "An absolute http or https URL of at most 2048 octets." r#""https://shop.example/thanks""# "D" }
            /// The page that the customer returns to after a cancelled payment.
            { CancelUrl cancel_url WebUrl "cancel_url" optional shown [None, None]
                "An absolute http or https URL of at most 2048 octets." r#""https://shop.example/cart""# "D" }
            /// The page that the customer returns to while the payment is pending.
            { PendingUrl pending_url WebUrl "pending_url" optional shown [None, None]
                "An absolute http or https URL of at most 2048 octets." r#""https://shop.example/pending""# "D" }
            /// The page that the customer returns to after a failed payment.
            { FailureUrl failure_url WebUrl "failure_url" optional shown [None, None]
                "An absolute http or https URL of at most 2048 octets." r#""https://shop.example/sorry""# "D" }
            /// The merchant's own data, returned in the callback and in infos.
            { CallbackData callback_data CallbackData "callbackJson" optional shown [None, None]
                "Any JSON value of at most 64 KiB, nested at most 64 deep." r#"{"order": 7}"# "D" }
            /// The cardholder's name.
            { CardholderName cardholder_name CardholderName "name" s2s shown [None, None]
                "One line of at most 255 characters." r#""John Smith""# "D" }
            /// The first line of the billing address.
            { AddressLine1 address_line1 AddressLine "address1" s2s shown [None, None]
                "One line of at most 255 characters." r#""1000 Lombard St""# "D" }
            /// The second line of the billing address, which the gateway requires in S2S although many addresses have none.
            { AddressLine2 address_line2 AddressLine "address2" s2s shown [None, None]
                "One line of at most 255 characters." r#""Flat 2""# "D" }
            /// The city of the billing address.
            { City city AddressLine "city" s2s shown [None, None]
                "One line of at most 255 characters." r#""San Francisco""# "D" }
            /// The country of the billing address.
            { Country country CountryCode "country" s2s shown [None, None]
                "An assigned ISO 3166-1 alpha-2 code, or `XK`. Lower case is accepted." r#""DE""# "D" }
            /// The postal code of the billing address.
            { PostalCode postal_code PostalCode "postcode" s2s shown [None, None]
                "One line of at most 32 characters." r#""90210""# "D" }
            /// The customer's date of birth.
            { DateOfBirth date_of_birth DateOfBirth "date_of_birth" s2s shown [None, None]
                "A day as `YYYY-MM-DD` that is not in the future." r#""1990-12-31""# "D" }
            /// The card's number.
            { CardNumber card_number CardNumber "card_number" card secret [None, None]
                "8 to 19 digits with a right check digit (Luhn), which numbers beginning with 62 need not have. Spaces and hyphens are removed."
                r#""4242424242424242""# "D" }
            /// The last month in which the card is valid.
            { Expiry expiry Expiry "card_expiry_date" card secret [None, None]
                "`MM/YYYY`. Valid until the first day of the following month." r#""02/2030""# "D" }
            /// The card verification code.
            { Cvc cvc Cvc "card_ccv" card secret [None, None]
                "3 or 4 digits, as text." r#""000""# "D" }
            /// The images of the NFT.
            { Images images Images "nftImageUrls" s2s shown [None, None]
                "A URL, or an array of 1 to 100 URLs, of at most 2048 octets each: https, http, ipfs or another scheme but `javascript`, `file` and `data`."
                r#""https://cdn.shop.example/nft/7.png""# "D" }
            /// The IPFS metadata of the NFT. It is permanently public.
            { Metadata metadata Metadata "ipfsMetadata" s2s shown [None, None]
                "A JSON object, or a string that contains one, of at most 64 KiB, nested at most 64 deep. Its `attributes` are an object, an array or null."
                r#"{"name": "My NFT", "attributes": {"power": 10}}"# "D" }
            /// The description of the NFT.
            { Description description Description "nftDescription" s2s shown [None, None]
                "At most 4096 characters." r#""My NFT description""# "D" }
            /// What is sold.
            { CheckoutMode checkout_mode CheckoutMode "checkoutMode" required shown [None, None]
                "`nft`. Only JSON has to contain it; forms and setters need not." r#""nft""# "D" }
            /// The customer's IPv4 address.
            { CustomerIp customer_ip CustomerIp "customer_ip" s2s shown [None, None]
                "Four decimal octets without leading zeros; none in 0.0.0.0/8 and 224.0.0.0/4, and not 255.255.255.255."
                r#""198.51.100.7""# "D" }
            /// The customer's phone number.
            { Phone phone Phone "phone" s2s shown [None, None]
                "4 to 17 digits with an optional leading +, spaces . - ( ) / between them, and at most one extension such as `x12`."
                r#""020 7946 0018""# "D" }
        }
    };
}
