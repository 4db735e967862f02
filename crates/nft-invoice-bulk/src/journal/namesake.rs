use std::collections::HashSet;

/// An input of the journal whose name is that of the input that is loaded, or that with a number.
///
/// Counts its rows, without those that corrected rows have replaced, unless the loaded input contains them.
#[derive(Clone, Debug, Default)]
pub(super) struct Namesake {
    pub(super) name: String,
    /// Rows that the loaded input contains, or says that it replaces.
    pub(super) shared: u64,
    /// Rows that the gateway rejected, and that it does not contain.
    pub(super) rejected: u64,
    /// Invalid rows that it does not contain.
    pub(super) invalid: u64,
    /// Invalid rows without a reference: what they contain is not known.
    pub(super) nameless: u64,
    /// Those of them in whose lines the loaded input has such rows, too.
    pub(super) same_lines: u64,
    /// All other rows that it does not contain.
    pub(super) others: u64,
    /// Its rows with an id of the merchant's.
    pub(super) ids: u64,
    /// Those of them whose id a new row of the loaded input has, too.
    pub(super) same_ids: u64,
}

/// How many rows of the loaded input are new.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NewCounts {
    pub(super) valid: u64,
    pub(super) invalid: u64,
    /// How many of the valid ones take the places of rows that their notes name.
    pub(super) noted: u64,
}

/// What the loaded input is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recognized<'a> {
    /// This input, perhaps sorted, extended or corrected.
    Same {
        name: &'a str,
        /// Its rejected rows that are gone were corrected: new rows take their places.
        replaces_rejected: bool,
        /// So were its invalid ones, which are removed otherwise.
        replaces_invalid: bool,
        /// Whether it has new rows.
        has_new: bool,
    },
    /// Another one.
    Other {
        /// Whether all its rows are known, and none from an input of this name.
        is_known: bool,
    },
}

/// Recognizes the loaded input among the inputs of its name: it is the one of which it contains a row and misses none.
///
/// An input of which every row was invalid has no row to be recognized by once it is corrected. If it is not
/// permitted that rows of the journal are missing, a person means this input, unless it has ids, and all of them are gone.
pub(super) fn recognize(
    namesakes: &[Namesake],
    new: NewCounts,
    rows: u64,
    allow_missing: bool,
) -> Recognized<'_> {
    let count = new.valid + new.invalid;
    let contained = namesakes.iter().find_map(|it| it.contained_in(new));
    let corrected = || {
        let mut invalid = namesakes
            .iter()
            .filter(|it| it.is_invalid() && it.has_ids_in_common());
        let it = invalid.next().filter(|_| count > 0 && !allow_missing);
        it.and_then(|it| it.completed_by(new))
    };
    contained.or_else(corrected).unwrap_or(Recognized::Other {
        is_known: rows > 0 && count == 0 && namesakes.iter().all(|it| it.shared == 0),
    })
}

/// Whether `input` is called `name`, or that with a number.
pub(super) fn is_called(input: &str, name: &str) -> bool {
    let number = input.strip_prefix(name).map(|rest| {
        let number = rest.strip_prefix(" (")?.strip_suffix(')')?;
        (!number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit()))
            .then_some(number)
    });
    input == name || number.flatten().is_some_and(|number| !number.is_empty())
}

/// What another input of this name is called.
pub(super) fn free_name(name: &str, taken: &HashSet<String>) -> String {
    let numbered = (2_u64..).map(|number| format!("{name} ({number})"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    let is_free = |name: &String| !taken.contains(name);
    names.find(is_free).unwrap_or_default()
}

impl Namesake {
    /// This input, if the loaded one contains a row of it and misses none.
    fn contained_in(&self, new: NewCounts) -> Option<Recognized<'_>> {
        let is_nameless = self.invalid + self.rejected + self.others == 0;
        let is_there = self.shared > 0 || (is_nameless && self.same_lines > 0);
        is_there.then(|| self.completed_by(new)).flatten()
    }

    /// Whether nothing but invalid rows is left of it.
    fn is_invalid(&self) -> bool {
        self.shared + self.rejected + self.others == 0 && self.invalid + self.nameless > 0
    }

    fn has_ids_in_common(&self) -> bool {
        self.ids == 0 || self.same_ids > 0
    }

    /// This input, unless rows of it are missing: a gone row that was rejected has been corrected if nothing else is gone,
    /// and there are as many new ones.
    fn completed_by(&self, new: NewCounts) -> Option<Recognized<'_>> {
        let valid = new.valid.saturating_sub(new.noted);
        let invalid = new.invalid.saturating_sub(self.same_lines);
        let replaces_all = self.rejected + self.invalid <= valid;
        let is_complete = self.others == 0 && self.rejected <= valid + invalid;
        is_complete.then(|| Recognized::Same {
            name: &self.name,
            replaces_rejected: self.rejected > 0,
            replaces_invalid: replaces_all && self.invalid > 0,
            has_new: new.valid + invalid > 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> Namesake {
        Namesake {
            name: "drop.csv".to_owned(),
            ..Namesake::default()
        }
    }

    fn new(valid: u64, invalid: u64) -> NewCounts {
        NewCounts {
            valid,
            invalid,
            noted: 0,
        }
    }

    /// What becomes of rejected and invalid rows that are gone, and whether there are new ones.
    fn same(it: &Namesake, new: NewCounts) -> Option<(bool, bool, bool)> {
        match recognize(std::slice::from_ref(it), new, 100, true) {
            Recognized::Same {
                replaces_rejected,
                replaces_invalid,
                has_new,
                ..
            } => Some((replaces_rejected, replaces_invalid, has_new)),
            Recognized::Other { .. } => None,
        }
    }

    #[test]
    fn an_input_is_the_one_that_it_contains() {
        let shared = |shared| Namesake { shared, ..input() };
        assert_eq!(same(&shared(3), new(0, 0)), Some((false, false, false)));
        assert_eq!(same(&shared(1), new(9, 0)), Some((false, false, true)));
        assert_eq!(same(&shared(1), new(0, 1)), Some((false, false, true)));
        assert_eq!(same(&shared(0), new(9, 0)), None);
        let cut = Namesake {
            others: 1,
            ..shared(9)
        };
        assert_eq!(same(&cut, new(0, 0)), None);
        let missing = Recognized::Other { is_known: false };
        assert_eq!(recognize(&[cut], new(0, 0), 9, true), missing);
        let moved = Recognized::Other { is_known: true };
        assert_eq!(recognize(&[], new(0, 0), 9, true), moved);
        assert_eq!(recognize(&[], new(0, 0), 0, true), missing);
        assert_eq!(recognize(&[], new(1, 0), 9, true), missing);
    }

    #[test]
    fn the_first_input_that_is_contained_is_taken() {
        let named = |name: &str, shared, others| Namesake {
            name: name.to_owned(),
            shared,
            others,
            ..Namesake::default()
        };
        let all = [named("a", 8, 1), named("a (2)", 1, 0), named("a (3)", 5, 0)];
        match recognize(&all, new(0, 0), 9, true) {
            Recognized::Same { name, .. } => assert_eq!(name, "a (2)"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rejected_rows_were_corrected_if_nothing_else_is_gone() {
        let gone = |rejected, invalid| Namesake {
            shared: 1,
            rejected,
            invalid,
            ..input()
        };
        for (rejected, invalid, rows, expected) in [
            (1, 0, new(1, 0), Some((true, false, true))),
            (1, 0, new(0, 0), None),
            (2, 0, new(1, 0), None),
            (2, 0, new(1, 1), Some((true, false, true))),
            (0, 2, new(2, 0), Some((false, true, true))),
            (0, 2, new(1, 0), Some((false, false, true))),
            (0, 2, new(0, 0), Some((false, false, false))),
            (1, 1, new(2, 0), Some((true, true, true))),
            (1, 1, new(1, 0), Some((true, false, true))),
        ] {
            let found = same(&gone(rejected, invalid), rows);
            assert_eq!(found, expected, "{rejected} {invalid} {rows:?}");
            let others = Namesake {
                others: 1,
                ..gone(rejected, invalid)
            };
            assert_eq!(same(&others, rows), None);
        }
        // The place of a row that a note names is not that of another one.
        let noted = NewCounts {
            noted: 1,
            ..new(1, 0)
        };
        assert_eq!(same(&gone(1, 0), noted), None);
    }

    #[test]
    fn an_input_of_invalid_rows_is_corrected_unless_it_is_added() {
        let invalid = [Namesake {
            invalid: 2,
            nameless: 1,
            ..input()
        }];
        for (allow_missing, rows, is_same) in [
            (false, new(3, 0), true),
            (false, new(0, 0), false),
            (true, new(3, 0), false),
        ] {
            let found = recognize(&invalid, rows, 3, allow_missing);
            assert_eq!(matches!(found, Recognized::Same { .. }), is_same);
        }
        for (same_ids, is_same) in [(0, false), (1, true)] {
            let with_ids = [Namesake {
                ids: 2,
                same_ids,
                ..invalid[0].clone()
            }];
            let found = recognize(&with_ids, new(3, 0), 3, false);
            assert_eq!(matches!(found, Recognized::Same { .. }), is_same);
        }
        let valid = [Namesake {
            others: 1,
            ..invalid[0].clone()
        }];
        let found = recognize(&valid, new(3, 0), 3, false);
        assert_eq!(found, Recognized::Other { is_known: false });
    }

    #[test]
    fn nameless_rows_are_known_by_their_lines_if_there_is_nothing_else() {
        let nameless = Namesake {
            nameless: 2,
            same_lines: 1,
            ..input()
        };
        assert_eq!(same(&nameless, new(0, 1)), Some((false, false, false)));
        assert_eq!(same(&nameless, new(0, 2)), Some((false, false, true)));
        let others = Namesake {
            invalid: 1,
            ..nameless
        };
        assert_eq!(same(&others, new(0, 1)), None);
    }

    #[test]
    fn another_input_gets_the_next_number() {
        let taken = ["a", "a (2)", "a (x)", "a (4)"].map(str::to_owned).into();
        assert_eq!(free_name("a", &taken), "a (3)");
        assert_eq!(free_name("b", &taken), "b");
        for (input, name, expected) in [
            ("a", "a", true),
            ("a (2)", "a", true),
            ("a (12)", "a", true),
            ("a (2) (2)", "a", false),
            ("a (2) (2)", "a (2)", true),
            ("a ()", "a", false),
            ("a (x)", "a", false),
            ("a (02)", "a", false),
            ("ab", "a", false),
        ] {
            assert_eq!(is_called(input, name), expected, "{input}");
        }
    }
}
