use super::code::{ErrorCode, WarningCode};
use super::message::{Code, MessageTemplate};

macro_rules! catalog {
    ($all:ident, $kind:ident, $codes:ident; $($code:ident { $($name:ident = $reason:literal [$($param:literal),*] $text:literal;)+ })+) => {
        $($(pub(crate) static $name: MessageTemplate = MessageTemplate {
            code: Code::$kind($codes::$code),
            reason: $reason,
            params: &[$($param),*],
            text: $text,
        };)+)+

        /// Every template, in the order of the codes.
        pub(super) static $all: &[&MessageTemplate] = &[$($(&$name),+),+];
    };
}

catalog! { ERRORS, Error, ErrorCode;
    Required {
        REQUIRED = "" [] "This field is required.";
        KEY_MISSING = "key" [] "The API key is empty.";
        SECRET_MISSING = "secret" [] "The callback secret is empty.";
        REFERENCE_MISSING = "reference" [] "The reference is empty.";
    }
    WrongType {
        NOT_TEXT = "text" [] "Enter text, in quotes.";
        NOT_TEXT_OR_NUMBER = "text_or_number" [] "Enter text in quotes, or a number.";
        NOT_EXACT = "exact" [] "Enter the value as text, so that its digits are kept.";
        NOT_IMAGES = "images" [] "Enter a URL, or an array of URLs.";
        NOT_AN_OBJECT = "object" [] "Enter a JSON object, or a string that contains one.";
        ATTRIBUTES_TYPE = "attributes" [] "The attributes must be an object or an array.";
        INPUT_NOT_AN_OBJECT = "invoice_object" [] "Enter one JSON object with the gateway's names of the fields, such as email and amount.";
        INPUT_IS_AN_ARRAY = "invoice_array" [] "Enter one JSON object, not an array. For several invoices use NDJSON, with one object on each line.";
        REFERENCE_NEEDS_AN_OBJECT = "reference_object" [] "The reference is sent inside of callbackJson, which must be an object for that.";
    }
    Malformed {
        INPUT_EMPTY = "invoice_empty" [] "The input is empty. Enter one JSON object.";
        SECOND_OBJECT = "invoice_second" ["line", "column"] "Only one JSON object was expected, but another one begins at line {line}, column {column}. For several invoices use NDJSON, with one object on each line.";
        JSON_SYNTAX = "json_syntax" ["line", "column"] "The input is not valid JSON at line {line}, column {column}.";
        NOT_UTF8 = "utf8" ["line", "column"] "The input is not valid UTF-8 at line {line}, column {column}. Save the file as UTF-8.";
        UTF16 = "utf16" [] "The input is UTF-16. Save the file as UTF-8.";
        SECRET_SPACES = "secret_spaces" [] "Remove the white space around the callback secret, such as a line end.";
        SURROGATE = "surrogate" [] "The text contains half a surrogate pair, such as \\ud800. Write the whole character.";
        NUMBER_FORM = "number_form" [] "Write the digits as text, in quotes.";
        EMAIL_NO_AT = "email_at" [] "Enter an e-mail address with an @, for example ada@shop.example.";
        EMAIL_SPACE = "email_space" [] "Enter only the e-mail address, without spaces and without a name.";
        EMAIL_QUOTE = "email_quote" [] "Close the quotation mark before the @, and put nothing between it and the @.";
        EMAIL_PART = "email_part" [] "Enter something before and after the @.";
        EMAIL_SPECIAL = "email_special" [] "Enter only the e-mail address: none of ( ) < > [ ] : ; , \\ \" before the @.";
        EMAIL_DOT = "email_dot" [] "Remove the dot at the start or end of the part before the @, or the doubled one.";
        EMAIL_TWO_AT = "email_two_at" [] "Enter one e-mail address with one @.";
        EMAIL_LABEL = "email_label" [] "Correct the domain after the @: letters, digits and hyphens between dots, 1 to 63 octets each.";
        AMOUNT_FORM = "amount" [] "Enter the amount in digits, with a point before any decimals, for example 15.04.";
        AMOUNT_DECIMALS = "amount_decimals" [] "Enter the amount with at most two decimals, for example 15.04.";
        URL_CHARACTER = "url_character" [] "Remove spaces, control characters and any of \\ < > \" from the URL.";
        URL_SCHEME = "url_scheme" [] "Enter the whole URL, beginning with https://.";
        URL_HOST_MISSING = "url_host_missing" [] "Enter a URL with a host, for example https://shop.example/thanks.";
        URL_HOST = "url_host" [] "Correct the host: an IP address, or a name of letters, digits, hyphens and underscores between dots.";
        URL_PORT = "url_port" [] "Enter a port from 0 to 65535.";
        CONTROL_CHARACTER = "control_character" [] "Enter one line, without line breaks, tabs or other control characters.";
        COUNTRY_FORM = "country" [] "Enter the country as two letters (ISO 3166-1 alpha-2), for example DE, FR or US.";
        DATE_FORM = "date" [] "Enter the date as YYYY-MM-DD, for example 1990-12-31.";
        CARD_CHARACTER = "card_character" [] "Enter the card number in digits. Spaces and hyphens between them are allowed.";
        CARD_ZEROS = "card_zeros" [] "Enter a card number that is not all zeros.";
        EXPIRY_FORM = "expiry" [] "Enter the expiry date as MM/YYYY, for example 02/2030.";
        EXPIRY_YEAR = "expiry_year" [] "Enter the year with four digits: MM/YYYY, for example 02/2030.";
        EXPIRY_SHORT_FORM = "expiry_short" [] "Enter the expiry date as MM/YY, for example 02/30.";
        CVC_CHARACTER = "cvc" [] "Enter the card verification code in digits.";
        METADATA_JSON = "metadata_json" [] "The text is not valid JSON. Enter a JSON object.";
        DATA_JSON = "data_json" [] "The text is not valid JSON.";
        IP_FORM = "ipv4" [] "Enter four numbers from 0 to 255 without leading zeros, for example 198.51.100.7.";
        PHONE_FORM = "phone" [] "Enter digits with an optional + in front, spaces . - ( ) / between them, and at most one extension at the end, such as x12.";
        REFERENCE_CHARACTER = "reference" [] "Use only ASCII letters, digits, hyphens, underscores and points.";
        ID_CHARACTER = "id" [] "Enter the id in ASCII letters, digits, hyphens and underscores, for example 1689.";
        KEY_CHARACTER = "key" [] "Use only visible ASCII characters, without spaces and line breaks.";
        DECIMAL_FORM = "decimal" [] "Enter digits with at most one point between them, for example 5 or 0.100.";
    }
    TooShort {
        CARD_TOO_SHORT = "card_digits" ["min"] "Enter at least {min} digits.";
        CVC_TOO_SHORT = "cvc_digits" ["min"] "Enter all {min} or 4 digits, with leading zeros.";
        PHONE_TOO_SHORT = "phone_digits" ["min"] "Enter a phone number of at least {min} digits.";
    }
    TooLong {
        EMAIL_LOCAL_TOO_LONG = "email_local_octets" ["max"] "Use at most {max} octets before the @.";
        TOO_MANY_OCTETS = "octets" ["max"] "Use at most {max} octets.";
        TOO_MANY_CHARACTERS = "characters" ["max"] "Use at most {max} characters.";
        TOO_MANY_DIGITS = "digits" ["max"] "Enter at most {max} digits.";
        TOO_MANY_IMAGES = "elements" ["max"] "Enter at most {max} images.";
    }
    OutOfRange {
        AMOUNT_ZERO = "amount_zero" [] "Enter an amount greater than zero.";
        AMOUNT_TOO_LARGE = "amount_digits" ["max"] "Enter an amount with at most {max} digits before the point.";
        AMOUNT_ABOVE = "amount_maximum" ["max"] "Enter an amount of at most {max}.";
        AMOUNT_BELOW = "amount_minimum" ["min"] "Enter an amount of at least {min}.";
        TOO_DEEP = "depth" ["max"] "Nest objects and arrays at most {max} deep.";
        NO_SUCH_DAY = "day" [] "This day does not exist. Enter a real date.";
        BORN_LATER = "future_date" [] "Enter a date of birth that is not in the future.";
        NO_SUCH_MONTH = "month" [] "Enter a month from 01 to 12.";
        IP_RANGE = "ip_range" [] "Enter the customer's own address: none from 0.0.0.0/8 and 224.0.0.0/4, and not 255.255.255.255.";
    }
    Unsupported {
        CURRENCY = "currency" [] "The gateway accepts only USD. Convert the amount and enter USD.";
        CURRENCY_CASE = "currency_case" [] "Enter USD in upper case.";
        URL_NOT_WEB = "url_not_web" [] "Enter a URL that begins with https:// or http://.";
        IMAGE_SCHEME = "image_scheme" [] "Enter a URL that others can open: https:// or ipfs://.";
        COUNTRY = "country_code" [] "Enter an assigned country code (ISO 3166-1 alpha-2).";
        COUNTRY_HINT = "country_code_hint" ["expected"] "Enter {expected}, the ISO 3166-1 code of this country.";
        CHECKOUT_MODE = "checkout_mode" [] "Enter nft, the only mode the gateway accepts.";
        IPV6 = "ipv6" [] "The gateway accepts only IPv4. For a customer with an IPv6 address, create a hosted invoice.";
        IPV6_MAPPED = "ipv6_mapped" [] "Enter the IPv4 address alone, without the ::ffff: before it.";
        HISTORY_STATUS = "history_status" [] "Enter PAID, UNPAID, WAITING, EXPIRED or ALL.";
        MODE = "mode" [] "Enter hosted or s2s.";
        SORT_ORDER = "sort_order" [] "Enter ASC or DESC.";
    }
    Checksum {
        CARD_CHECKSUM = "" [] "Check the card number: a digit is wrong or two are swapped.";
    }
    Expired {
        CARD_EXPIRED = "" [] "The card has expired. Use another card.";
    }
    NotAllowed {
        NO_CARD_IN_HOSTED = "hosted_card" [] "Remove this field: in a hosted invoice the customer enters the card on the gateway's page.";
        OTHER_REFERENCE = "other_reference" [] "callbackJson already contains another reference. Remove one of the two.";
    }
    Duplicate {
        REPEATED = "" [] "This field is repeated. Keep one of them.";
    }
    CardData {
        CARD_DATA = "" [] "Remove the card number from this field: it is logged or public.";
    }
}

catalog! { WARNINGS, Warning, WarningCode;
    Normalized {
        SPACES_REMOVED = "spaces" [] "White space around the value was removed.";
        CHARACTERS_REPLACED = "characters" ["characters"] "Characters that cannot be seen or are not plain ones were removed or replaced: {characters}.";
        NUMBER_AS_TEXT = "number" [] "A number was read as text. Write it in quotes, so that leading zeros are kept.";
        SEPARATORS_REMOVED = "separators" [] "The card number is sent without its spaces and hyphens.";
        UPPER_CASE = "upper_case" [] "The country code is sent in upper case.";
        DECIMALS_REMOVED = "decimals" [] "The amount is sent with two decimals.";
    }
    Unusual {
        EMAIL_NOT_ASCII = "email_not_ascii" [] "Not every mail system accepts characters outside ASCII (RFC 6531).";
        EMAIL_ONE_LABEL = "email_one_label" [] "The domain has only one label, without a dot. Is it complete?";
        EMAIL_QUOTED = "email_quoted" [] "Not every mail system accepts a quoted part before the @.";
        EMAIL_LITERAL = "email_literal" [] "The domain is an IP address in brackets.";
        AMOUNT_LEADING_ZERO = "amount_leading_zero" [] "The amount has a leading zero. Is it complete?";
        URL_USER_INFO = "url_user_info" [] "The URL contains a user name or password.";
        URL_NOT_ASCII = "url_not_ascii" [] "The URL contains characters outside ASCII. Percent-encode them.";
        URL_PLACEHOLDER = "url_placeholder" [] "The URL looks like a template with a placeholder that was not filled in.";
        URL_ONE_LABEL = "url_one_label" [] "The host has only one label, without a dot. Can the customer reach it?";
        URL_TWO = "url_two" [] "The URL contains a second ://. Was a URL put in front of another, or a list into one text?";
        URL_ENTITY = "url_entity" [] "The URL contains &amp;. It should probably be &.";
        IMAGE_SCHEME_UNUSUAL = "image_scheme" [] "Not every viewer opens a scheme other than https and ipfs.";
        IMAGE_CID = "image_cid" [] "What follows ipfs:// does not look like a content identifier.";
        IMAGE_LIST = "image_list" [] "The text looks like a list of URLs. Use an array for several images.";
        DATA_BROKEN_JSON = "data_broken_json" [] "The text looks like JSON, but is not valid. It is sent as it is.";
        NAME_LONG = "name_long" ["max"] "Cards hold names of at most {max} characters (ISO/IEC 7813).";
        NAME_DIGITS = "name_digits" [] "The name contains many digits. Is it a card number?";
        COUNTRY_USER_ASSIGNED = "country_user_assigned" [] "XK is widely used for Kosovo, but not assigned by ISO 3166. Not every system knows it.";
        BORN_LONG_AGO = "born_long_ago" ["years"] "The date of birth is over {years} years ago.";
        CARD_SHORT = "card_short" ["min"] "The card number has fewer than {min} digits.";
        CARD_UNIONPAY = "card_unionpay" [] "The check digit is wrong. Some UnionPay cards have such numbers; check it.";
        EXPIRY_FAR = "expiry_far" ["years"] "The card expires in over {years} years.";
        CVC_LENGTH = "cvc_length" [] "American Express codes have 4 digits, all others 3.";
        METADATA_NO_NAME = "metadata_name" [] "NFT metadata usually has a name.";
        METADATA_NO_VALUE = "metadata_value" [] "An attribute has no value.";
        METADATA_REPEATED = "metadata_repeated" [] "A key is repeated in one object. Readers keep only one of them.";
        DESCRIPTION_CONTROL = "description_control" [] "The description contains control characters other than line feed and tab.";
        PHONE_LONG = "phone_long" ["max"] "An international number has at most {max} digits (ITU-T E.164).";
        PHONE_EXTENSION = "phone_extension" [] "The phone number has an extension.";
    }
    InsecureUrl {
        INSECURE_URL = "" [] "Anyone between the customer and the server can read and change a plain http page. Use https.";
    }
    LocalAddress {
        LOCAL_ADDRESS = "" [] "Only this machine or its local network can open this URL; a customer cannot.";
    }
    ReservedIp {
        RESERVED_IP = "" [] "No customer on the internet has this address. Is it the address of a proxy?";
    }
    TestCard {
        TEST_CARD = "" [] "This is a published test number. A live gateway declines it.";
    }
    ExpiresSoon {
        EXPIRES_SOON = "" [] "The card expires within its last month.";
    }
    UnknownField {
        UNKNOWN_FIELD = "" [] "The gateway does not document this field. It is sent as it is.";
        UNKNOWN_FIELD_SIMILAR = "similar" ["field"] "The gateway does not document this field. Did you mean {field}?";
    }
    PossibleCard {
        POSSIBLE_CARD = "" [] "This contains digits that look like a card number. Remove them if they are one: the field is logged or public.";
    }
}
