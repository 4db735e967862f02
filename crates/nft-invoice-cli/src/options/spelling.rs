/// The words of `known` that differ from `word` in at most two letters.
pub fn similar<'a>(word: &str, known: &[&'a str]) -> Vec<&'a str> {
    let near = known.iter().filter(|known| distance(word, known) <= 2);
    near.copied().collect()
}

/// How many letters differ between `a` and `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for j in 0..b.len() {
            let changed = diagonal + usize::from(letter != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_that_of_levenshtein() {
        for (a, b, expected) in [
            ("", "", 0),
            ("checksum", "checksum", 0),
            ("cheksum", "checksum", 1),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
