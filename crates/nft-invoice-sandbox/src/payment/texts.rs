use std::borrow::Cow;

/// The name of a text field of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Email,
    Currency,
    Name,
    Country,
    /// The raw JSON value.
    CallbackJson,
    /// The merchant's reference in it.
    Reference,
    NftDescription,
    /// The raw JSON value.
    NftImages,
    /// The JSON object, even if it was sent as a string.
    NftMetadata,
    SuccessUrl,
    FailureUrl,
    CancelUrl,
    PendingUrl,
}

/// The texts of an order in a single allocation, because most orders have few of them.
#[derive(Default)]
pub(crate) struct Texts {
    joined: Box<str>,
    /// The end of each text, which is the start of the next one.
    ends: [u32; Text::ALL.len()],
}

impl Text {
    pub(crate) const ALL: [Self; 13] = [
        Self::Email,
        Self::Currency,
        Self::Name,
        Self::Country,
        Self::CallbackJson,
        Self::Reference,
        Self::NftDescription,
        Self::NftImages,
        Self::NftMetadata,
        Self::SuccessUrl,
        Self::FailureUrl,
        Self::CancelUrl,
        Self::PendingUrl,
    ];
}

impl Texts {
    /// Collects the texts returned by `find`; an empty text counts as missing.
    pub(crate) fn collect<'a>(find: impl Fn(Text) -> Option<Cow<'a, str>>) -> Self {
        let found = Text::ALL.map(|text| find(text).unwrap_or_default());
        let mut joined = String::with_capacity(found.iter().map(|text| text.len()).sum());
        let ends = found.map(|text| {
            joined.push_str(&text);
            u32::try_from(joined.len()).expect("an order is smaller than 4 GiB")
        });
        Self {
            joined: joined.into(),
            ends,
        }
    }

    pub(crate) fn get(&self, text: Text) -> Option<&str> {
        let place = text as usize;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        let found = &self.joined[start as usize..self.ends[place] as usize];
        (!found.is_empty()).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_every_collected_text() {
        for missing in Text::ALL {
            let written = |text| (text != missing).then(|| format!("é {text:?}"));
            let texts = Texts::collect(|text| written(text).map(Cow::Owned));
            for text in Text::ALL {
                assert_eq!(texts.get(text), written(text).as_deref(), "no {missing:?}");
            }
        }
        assert!(
            Text::ALL
                .iter()
                .all(|text| Texts::default().get(*text).is_none())
        );
    }
}
