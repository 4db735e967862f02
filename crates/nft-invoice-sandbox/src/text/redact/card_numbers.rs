use super::secret_fields::MASK;

/// Masks every run of 13 to 19 digits with a valid check digit, except its last four digits.
pub(super) fn hide_card_numbers(text: &str) -> String {
    let groups = digit_groups(text);
    let mut hidden = vec![false; groups.len()];
    for first in 0..groups.len() {
        let mut digits = String::new();
        for last in first..groups.len() {
            if last > first && !joined(&text[groups[last - 1].1..groups[last].0]) {
                break;
            }
            digits.push_str(&text[groups[last].0..groups[last].1]);
            if digits.len() > 19 {
                break;
            }
            if digits.len() >= 13 && luhn(&digits) {
                hidden[first..=last].fill(true);
            }
        }
    }

    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    let mut group = 0;
    while group < groups.len() {
        if !hidden[group] {
            group += 1;
            continue;
        }
        let (start, mut end) = groups[group];
        let mut last4 = String::new();
        while group < groups.len() && hidden[group] {
            end = groups[group].1;
            last4.push_str(&text[groups[group].0..end]);
            group += 1;
            if group < groups.len() && !joined(&text[end..groups[group].0]) {
                break;
            }
        }
        shown.push_str(&text[at..start]);
        shown.push_str(MASK);
        shown.push_str(&last4[last4.len() - 4..]);
        at = end;
    }
    shown.push_str(&text[at..]);
    shown
}

/// The positions of runs of digits.
fn digit_groups(text: &str) -> Vec<(usize, usize)> {
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for (place, _) in text.bytes().enumerate().filter(|(_, b)| b.is_ascii_digit()) {
        match groups.last_mut() {
            Some((_, end)) if *end == place => *end += 1,
            _ => groups.push((place, place + 1)),
        }
    }
    groups
}

/// Whether the text between two groups of digits can be a separator.
fn joined(between: &str) -> bool {
    let hyphen = |c| c == '-' || ('\u{2010}'..='\u{2015}').contains(&c);
    between.chars().count() <= 3
        && between
            .chars()
            .all(|c| hyphen(c) || (c.is_whitespace() && c != '\n'))
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| {
            let digit = u32::from(digit - b'0') * weight;
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}
