/// A path with query parameters; those without a value are left out.
pub(super) fn link(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut link = path.to_owned();
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        link.push(if link.contains('?') { '&' } else { '?' });
        link += &format!("{name}={}", encoded(value));
    }
    link
}

fn encoded(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode = |byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    value.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_values_and_leaves_out_empty_ones() {
        let parameters = [("a", "x+y@b.example"), ("b", ""), ("c", "é&\"")];
        let expected = "/_sbx?a=x%2By%40b.example&c=%C3%A9%26%22";
        assert_eq!(link("/_sbx", &parameters), expected);
        assert_eq!(link("/_sbx", &[]), "/_sbx");
    }
}
