//! Text from programs and models, made harmless: for a terminal's eyes ([`plain`]), for markup ([`coded`]), for links
//! ([`link`]), and short ([`cut`]).

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text without escape sequences of terminals. What would move the cursor, hide, or turn round the text is written as
/// its code; every line ends with a line feed.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if matches!(first, '\u{1b}' | '\u{9b}')
            && let Some(length) = escape(rest)
        {
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
        match first {
            '\n' | '\t' => out.push(first),
            '\r' if rest.starts_with('\n') => {}
            // A bare one has the next text written over this.
            '\r' => out.push('\n'),
            _ if first.is_control() || is_hiding(first) => {
                let _ = write!(out, "\\u{:04x}", u32::from(first));
            }
            _ => out.push(first),
        }
    }
    out
}

/// Characters that cannot be seen or that turn the direction of others.
fn is_hiding(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// How many bytes the escape sequence takes that the text begins with. `None` for one without an end: what follows it is
/// text that nobody shall lose.
fn escape(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    let (_, first) = chars.next()?;
    let (mut at, mut kind) = (first.len_utf8(), '[');
    if first == '\u{1b}' {
        (at, kind) = chars.next()?;
        at += kind.len_utf8();
    }
    let body = text.get(at..)?;
    match kind {
        '[' => {
            let end = body.find(|c: char| !matches!(c, '\u{20}'..='\u{3f}'))?;
            let last = body.get(end..)?.chars().next()?;
            matches!(last, '\u{40}'..='\u{7e}').then_some(at + end + 1)
        }
        // Strings: titles, links, and whatever else a terminal was made to understand.
        ']' | 'P' | 'X' | '^' | '_' => {
            let line = body.split('\n').next()?;
            let bell = line.find('\u{7}').map(|end| end + 1);
            let closed = line.find("\u{1b}\\").map(|end| end + 2);
            [bell, closed].into_iter().flatten().min().map(|end| at + end)
        }
        '\u{20}'..='\u{2f}' => {
            let end = body.find(|c: char| !matches!(c, '\u{20}'..='\u{2f}'))?;
            body.get(end..)?.chars().next().filter(char::is_ascii_graphic).map(|_| at + end + 1)
        }
        '\u{30}'..='\u{7e}' => Some(at),
        _ => None,
    }
}

/// The text as data of HTML and of Markdown at once: every character of ASCII that could mean anything to either, or to
/// what draws mathematics, is written as a character reference, which neither reads as markup.
pub(super) fn coded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, ',' | '-') {
            let _ = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// [`coded`] in one line of a `<code>` element, of at most `max` characters: for tables.
pub(super) fn code_span(text: &str, max: usize) -> String {
    format!("<code>{}</code>", coded(&short(text, max)))
}

/// The text in one line of at most `max` characters.
pub(super) fn short(text: &str, max: usize) -> String {
    let text = plain(text.get(..text.floor_char_boundary(max.saturating_mul(16))).unwrap_or_default());
    let mut chars = text.chars().map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c });
    let mut line: String = chars.by_ref().take(max).collect();
    if chars.next().is_some() {
        line.push('…');
    }
    line
}

/// The text, or its beginning and end with a sentence in between when it is longer than `max` bytes. `whole` says where the
/// whole is.
pub(super) fn cut<'a>(text: &'a str, max: usize, whole: &str) -> Cow<'a, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    let head = text.get(..text.floor_char_boundary(max / 4 * 3)).unwrap_or_default();
    let tail = text.get(text.ceil_char_boundary(text.len() - max / 4)..).unwrap_or_default();
    let left_out = text.len() - head.len() - tail.len();
    Cow::Owned(format!("{head}\n[... {left_out} bytes are left out here. The whole is in {whole}.]\n{tail}"))
}

/// The target of a link to a file below the execution's folder; `None` for a name that leads elsewhere.
pub(super) fn link(name: &str) -> Option<String> {
    if name.is_empty() || name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return None;
    }
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/' | b'_') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_terminals_are_taken_out_and_text_stays() {
        for (text, seen) in [
            ("\u{1b}[1;31mred\u{1b}[0m\n", "red\n"),
            ("\u{1b}]8;;http://evil\u{7}click\u{1b}]8;;\u{1b}\\", "click"),
            ("\u{9b}2Jgone", "gone"),
            ("\u{1b}(Bset\u{1b}c", "set"),
            ("a\r\nb\rc", "a\nb\nc"),
            ("\u{1b}]0;never closed", "\\u001b]0;never closed"),
            ("\u{1b}[12", "\\u001b[12"),
            ("\u{1b}", "\\u001b"),
            ("x\u{8}\u{0}\u{202e}y", "x\\u0008\\u0000\\u202ey"),
            ("Grüße, µm\t✓", "Grüße, µm\t✓"),
        ] {
            assert_eq!(plain(text), seen, "{text:?}");
        }
    }

    #[test]
    fn nothing_coded_is_markup() {
        let hostile =
            "</code><script>alert(1)</script> | `x` [a](http://e) ![b](c) $x$ <b> & *i* https://e.org www.e.org a@b.c";
        let text = coded(hostile);
        assert!(!text.contains(|c| "<>|`[]()!$*@:/\"'\\".contains(c)), "{text}");
        assert_eq!(code_span("a\nb", 10), "<code>a b</code>");
        assert_eq!(code_span("abcdef", 3), "<code>abc…</code>");
    }

    #[test]
    fn a_cut_says_what_is_missing_and_where_it_is() {
        let text = "é".repeat(1000);
        let shown = cut(&text, 100, "x.json");
        assert!(shown.len() < 200 && shown.contains("The whole is in x.json"), "{shown}");
        assert!(shown.contains("1902 bytes") || shown.contains("1900 bytes"), "{shown}");
        assert_eq!(cut("short", 100, "x"), "short");
    }

    #[test]
    fn links_stay_in_the_folder() {
        assert_eq!(link("artifacts/a b)(\"é.csv").unwrap(), "artifacts/a%20b%29%28%22%C3%A9.csv");
        for name in ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a"] {
            assert_eq!(link(name), None, "{name}");
        }
        assert_eq!(link("javascript:alert(1)").unwrap(), "javascript%3Aalert%281%29");
    }
}
