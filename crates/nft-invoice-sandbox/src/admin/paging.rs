/// A page of a list, numbered from 1.
#[derive(Clone, Copy)]
pub(crate) struct Page(usize);

impl Page {
    pub(crate) const FIRST: Self = Self(1);
    /// The number of items on a page.
    pub(crate) const SIZE: usize = 50;

    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        match text.trim().parse() {
            Ok(number) if number > 0 => Ok(Self(number)),
            _ => Err("expected a page number of 1 or more"),
        }
    }

    pub(crate) const fn number(self) -> usize {
        self.0
    }

    /// Returns the total, and the items on this page.
    pub(crate) fn of<T>(self, all: impl Iterator<Item = T>) -> (usize, Vec<T>) {
        let before = (self.0 - 1).saturating_mul(Self::SIZE);
        let (mut total, mut shown) = (0, Vec::new());
        for one in all {
            if total >= before && shown.len() < Self::SIZE {
                shown.push(one);
            }
            total += 1;
        }
        (total, shown)
    }
}
