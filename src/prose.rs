//! How messages to people are written: what is wrong above what to do, lines that fit a terminal, numbers with commas.

/// The form of every message: what is wrong with what; below it, indented by two, what to do.
#[must_use]
pub fn message(what: &str, advice: Option<&str>) -> String {
    let advice = advice.into_iter().flat_map(str::lines);
    advice.fold(what.to_owned(), |text, line| text + "\n  " + line)
}

/// Advice in lines that, indented as [`message`] does it, are no wider than `width`.
#[must_use]
pub fn wrapped(advice: &str, width: usize) -> String {
    let (mut lines, mut column) = (String::new(), 0);
    for word in advice.split(' ') {
        if column > 0 {
            let fits = INDENT + column + 1 + word.len() <= width;
            lines.push(if fits { ' ' } else { '\n' });
            column = if fits { column + 1 } else { 0 };
        }
        lines.push_str(word);
        column += word.len();
    }
    lines
}

/// By so much [`message`] indents advice.
const INDENT: usize = 2;

/// A number as messages show it: `61440` as `61,440`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_advice_are_as_wide_as_they_may_be() {
        for (width, lines) in
            [(9, "one two\nthree"), (8, "one\ntwo\nthree"), (15, "one two three"), (1, "one\ntwo\nthree")]
        {
            assert_eq!(wrapped("one two three", width), lines, "{width}");
        }
    }

    #[test]
    fn numbers_get_their_commas() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (61_440, "61,440"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(n), text);
        }
    }
}
