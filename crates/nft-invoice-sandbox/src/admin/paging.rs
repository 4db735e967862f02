use std::collections::HashMap;

use crate::problem::Problem;

/// Which part of a long list is asked for: its pages are numbered from 1.
#[derive(Clone, Copy)]
pub(crate) struct Page(usize);

impl Page {
    pub(crate) const FIRST: Self = Self(1);
    /// How much is on a page.
    pub(crate) const SIZE: usize = 50;

    /// The query's `page`; the first without one.
    pub(crate) fn asked(query: &HashMap<String, String>) -> Result<Self, Problem> {
        let Some(text) = query.get("page") else {
            return Ok(Self::FIRST);
        };
        let number = text.trim().parse().ok().filter(|number| *number > 0);
        let number = number.ok_or_else(|| Problem::member("page", "expected a number from 1"))?;
        Ok(Self(number))
    }

    pub(crate) const fn number(self) -> usize {
        self.0
    }

    /// How many there are in all, and those on this page.
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
