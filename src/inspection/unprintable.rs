//! The characters that are escaped before text is printed to a terminal. There is no other list of them.

/// Whether a character can control a terminal, reorders or hides text, or is invisible but not a space.
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffc}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character is unprintable and does not occur in ordinary text. Joiners and variation selectors occur in emoji
/// and in several scripts.
pub fn is_deceptive(c: char) -> bool {
    let is_ordinary = matches!(c,
        '\u{200c}' | '\u{200d}' | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}');
    is_unprintable(c) && !is_ordinary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invisible_character_is_escaped() {
        for c in "\u{34f}\u{115f}\u{1160}\u{3164}\u{ffa0}\u{17b4}\u{17b5}\u{180b}\u{180f}\u{fe00}\u{fe0f}\u{2800}\
                  \u{1bca0}\u{1bca3}\u{1d173}\u{1d17a}\u{fffc}\u{202e}\u{200b}\u{feff}\u{e0041}\u{1b}\u{9b}"
            .chars()
        {
            assert!(is_unprintable(c), "{c:?}");
        }
        assert!(!"né 漢字 😀".contains(is_unprintable));
    }

    #[test]
    fn emoji_joiners_and_variation_selectors_are_not_deceptive() {
        for text in [
            "👩\u{200d}💻",
            "❤\u{fe0f}",
            "می\u{200c}خواهم",
            "葛\u{e0100}",
        ] {
            assert!(
                text.contains(is_unprintable) && !text.contains(is_deceptive),
                "{text}"
            );
        }
        assert!("a\u{202e}b".contains(is_deceptive) && "\u{3164}".contains(is_deceptive));
    }
}
