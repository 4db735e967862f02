use crate::payment::amount::Amount;

/// The price as people see it, on the checkout page, in the dashboard and in events: the amount, with two decimals and its
/// thousands grouped, and the currency, such as `1,250.00 USD`.
pub(crate) fn price(amount: Amount, currency: &str) -> String {
    let digits = amount.two_digits();
    let (whole, fraction) = digits.split_at(digits.len() - 3);
    let mut grouped = String::new();
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}{fraction} {currency}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_two_decimals_and_grouped_thousands() {
        for (amount, shown) in [
            ("0.5", "0.50 USD"),
            ("999", "999.00 USD"),
            ("1250", "1,250.00 USD"),
            ("20000", "20,000.00 USD"),
            ("999999999999.99", "999,999,999,999.99 USD"),
        ] {
            assert_eq!(price(Amount::parse(amount).unwrap(), "USD"), shown);
        }
    }
}
