use std::fmt;

use super::date::Date;
use super::field_value::{FieldValue, ValueWriter, only_text};
use super::input::{Cleaning, Content};
use super::rules::Rules;
use crate::error::{Notes, ValueError, catalog};

/// The customer's date of birth, written as `YYYY-MM-DD`. There is no minimum age.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateOfBirth(Date);

opaque_debug!(DateOfBirth);
parses!(DateOfBirth);
serde_as_text!(DateOfBirth);

impl DateOfBirth {
    /// Returns the day.
    #[must_use]
    pub const fn date(self) -> Date {
        self.0
    }
}

impl From<Date> for DateOfBirth {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl FieldValue for DateOfBirth {
    type Checked<'a> = Self;
    const CLEANING: Cleaning = Cleaning::Inside;

    fn check(content: Content<'_>, _: usize, notes: &mut Notes<'_>) -> Option<Self> {
        let read = only_text(content).and_then(|text| text.parse().map(Self));
        notes.keep(read)
    }

    fn judge(born: &Self, rules: &Rules) -> Result<(), ValueError> {
        if born.0 > rules.today {
            return Err(ValueError::new(&catalog::BORN_LATER));
        }
        Ok(())
    }

    fn warn(born: &Self, rules: &Rules, notes: &mut Notes<'_>) {
        if born.0.is_over_years_before(130, rules.today) {
            notes.warn_with(&catalog::BORN_LONG_AGO, 130_usize);
        }
    }

    fn view(&self) -> Self {
        *self
    }

    fn build(born: Self) -> Self {
        born
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        out.text(self.0.text(&mut [0; 10]));
    }
}

impl fmt::Display for DateOfBirth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_a_birth_until_today() {
        let rules = Rules::on("2025-06-15".parse().unwrap());
        for (born, valid) in [
            ("2025-06-14", true),
            ("2025-06-15", true),
            ("2025-06-16", false),
        ] {
            let born: DateOfBirth = born.parse().unwrap();
            assert_eq!(DateOfBirth::judge(&born, &rules).is_ok(), valid, "{born}");
        }
    }
}
