use super::scan::plain_length;

/// One piece of a JSON text. Names and strings are as they are written between their quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Open,
    Close,
    Name(&'a str),
    Text(&'a str),
    Number(&'a str),
    Literal,
}

/// The tokens of `raw`, a value that was checked. Walks without recursion.
pub(crate) fn tokens(raw: &str) -> impl Iterator<Item = Token<'_>> {
    Tokens { rest: raw }
}

struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let is_between = |c| matches!(c, ' ' | '\t' | '\n' | '\r' | ',' | ':');
        self.rest = self.rest.trim_start_matches(is_between);
        let bytes = self.rest.as_bytes();
        match bytes.first()? {
            b'{' | b'[' => {
                self.rest = &self.rest[1..];
                Some(Token::Open)
            }
            b'}' | b']' => {
                self.rest = &self.rest[1..];
                Some(Token::Close)
            }
            b'"' => {
                let mut end = 1;
                loop {
                    end += plain_length(&bytes[end..]);
                    match bytes[end] {
                        b'\\' => end += 2,
                        _ => break,
                    }
                }
                let inner = &self.rest[1..end];
                self.rest = &self.rest[end + 1..];
                let is_name = self
                    .rest
                    .trim_start_matches([' ', '\t', '\n', '\r'])
                    .starts_with(':');
                Some(if is_name {
                    Token::Name(inner)
                } else {
                    Token::Text(inner)
                })
            }
            first => {
                let is_end = |c| is_between(c) || matches!(c, ']' | '}');
                let (token, rest) = self
                    .rest
                    .split_at(self.rest.find(is_end).unwrap_or(self.rest.len()));
                self.rest = rest;
                Some(if first.is_ascii_alphabetic() {
                    Token::Literal
                } else {
                    Token::Number(token)
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_over_every_kind_of_token() {
        use Token::{Close, Literal, Name, Number, Open, Text};
        let found: Vec<_> = tokens(r#"{"a" : [1,"x\"]"], "b":null }"#).collect();
        assert_eq!(
            found,
            [
                Open,
                Name("a"),
                Open,
                Number("1"),
                Text(r#"x\"]"#),
                Close,
                Name("b"),
                Literal,
                Close
            ]
        );
    }
}
