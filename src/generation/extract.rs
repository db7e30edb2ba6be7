//! [`extract_code`]: the program in a model's answer.
//!
//! The rule, in this order:
//!
//! 1. Line ends become `\n`; a byte-order mark and blocks of thought (`<think>…</think>` outside of fences) go.
//! 2. An answer whose first statement is code is all program, whatever fences its texts hold.
//! 3. Of the fenced blocks marked as Python the largest, of equals the last; if none is marked so, likewise of the unmarked
//!    ones. Blocks marked as something else never. The indentation of a fence is taken off its block. A fence inside a
//!    triple-quoted text does not end a block. A block without an end counts only where there is no other.
//! 4. An answer wrapped in backticks on one line is what is between them.
//! 5. Unfenced code after chatter: from the first line that is a statement on, with the comments right above it.
//!
//! What is found need not be good Python: the analysis says so, with line and column.

/// There is no program in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCode {
    /// Nothing, or thoughts only.
    #[error("the answer is empty")]
    Empty,
    /// Prose only.
    #[error("the answer holds no Python program")]
    Prose,
}

/// The program in an answer.
pub fn extract_code(answer: &str) -> Result<String, NoCode> {
    let text = answer.replace("\r\n", "\n");
    let text = without_thoughts(text.trim_start_matches('\u{feff}'));
    if text.trim().is_empty() {
        return Err(NoCode::Empty);
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let first_fence = lines.iter().position(|line| Fence::opening(line).is_some()).unwrap_or(lines.len());
    let first_statement = lines.iter().position(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    if first_statement.is_some_and(|at| at < first_fence && is_statement(lines[at])) {
        return Ok(trim(&text).to_owned());
    }
    let fenced = blocks(&lines);
    if !fenced.is_empty() {
        return choose(&fenced).ok_or(NoCode::Prose);
    }
    if let Some(code) = in_backticks(text.trim()) {
        return Ok(code.to_owned());
    }
    after_chatter(&lines).ok_or(NoCode::Prose)
}

/// Takes blocks of thought off, where they stand on lines of their own outside of fences. A server that swallowed the opening
/// tag leaves a line with the closing one.
fn without_thoughts(text: &str) -> String {
    const TAGS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];
    let headless = TAGS.iter().find_map(|(open, close)| {
        let before = text.find(open).map_or(text, |at| &text[..at]);
        let mut at = 0;
        before.split_inclusive('\n').find_map(|line| {
            at += line.len();
            (line.trim() == *close).then_some(at)
        })
    });
    let mut rest = headless.map_or(text, |at| &text[at..]);
    let mut kept = String::with_capacity(rest.len());
    let mut fence: Option<Fence> = None;
    while !rest.is_empty() {
        let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = &rest[..end];
        let thought = TAGS.iter().find(|(open, _)| fence.is_none() && line.trim_start().starts_with(open));
        if let Some((open, close)) = thought {
            let inside = rest.find(open).map_or(0, |at| at + open.len());
            // A thought that never ends is all that there is.
            rest = rest[inside..].find(close).map_or("", |at| &rest[inside + at + close.len()..]);
            continue;
        }
        match &fence {
            Some(open) if open.is_closed_by(line) => fence = None,
            Some(_) => {}
            None => fence = Fence::opening(line),
        }
        kept.push_str(line);
        rest = &rest[end..];
    }
    kept
}

/// The line that opens a block.
#[derive(Debug, Clone, Copy)]
struct Fence<'a> {
    mark: char,
    length: usize,
    indent: &'a str,
    language: Language,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Unmarked,
    Other,
}

impl<'a> Fence<'a> {
    fn opening(line: &'a str) -> Option<Self> {
        let body = line.trim_start();
        let indent = &line[..line.len() - body.len()];
        let mark = body.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let after = body.trim_start_matches(mark);
        let length = body.len() - after.len();
        if length < 3 || (mark == '`' && after.contains('`')) {
            return None;
        }
        let word = after.trim().trim_start_matches(['{', '.']);
        let word =
            word.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '+' || c == '-')).next().unwrap_or("");
        let language = match word.to_ascii_lowercase().as_str() {
            "" => Language::Unmarked,
            "python" | "py" | "python3" | "py3" | "ipython" | "ipython3" | "tool_code" => Language::Python,
            _ => Language::Other,
        };
        Some(Self { mark, length, indent, language })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let body = line.trim();
        let indent = line.len() - line.trim_start().len();
        body.len() >= self.length && body.chars().all(|c| c == self.mark) && indent <= self.indent.len() + 3
    }

    /// A line of the block without the fence's indentation.
    fn dedent<'l>(&self, line: &'l str) -> &'l str {
        line.strip_prefix(self.indent).unwrap_or_else(|| {
            let spaces = line.len() - line.trim_start().len();
            // Only white space is taken off, which may be of several bytes.
            let end =
                line.char_indices().map(|(at, _)| at).take_while(|at| *at <= spaces.min(self.indent.len())).last();
            &line[end.unwrap_or(0)..]
        })
    }
}

#[derive(Debug)]
struct Block {
    language: Language,
    code: String,
    closed: bool,
}

fn blocks(lines: &[&str]) -> Vec<Block> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some(fence) = Fence::opening(lines[at]) else {
            at += 1;
            continue;
        };
        let body = &lines[at + 1..];
        // Quotes that never end are broken Python; then the first closing fence counts.
        let length = closing(&fence, body, true).or_else(|| closing(&fence, body, false));
        let code: Vec<&str> = body[..length.unwrap_or(body.len())].iter().map(|line| fence.dedent(line)).collect();
        found.push(Block { language: fence.language, code: code.join("\n"), closed: length.is_some() });
        at += 2 + length.unwrap_or(body.len());
    }
    found
}

/// How many lines a block has, if it ends. `in_texts`: fences inside triple-quoted texts do not end it.
fn closing(fence: &Fence<'_>, body: &[&str], in_texts: bool) -> Option<usize> {
    let mut quotes = Quotes::default();
    body.iter().position(|line| {
        let open = in_texts && fence.language != Language::Other && quotes.open.is_some();
        let closes = !open && fence.is_closed_by(line);
        quotes.read(line);
        closes
    })
}

fn choose(blocks: &[Block]) -> Option<String> {
    let any_closed = blocks.iter().any(|block| block.closed);
    let candidates = |language: Language| {
        blocks
            .iter()
            .filter(move |block| block.language == language && (block.closed || !any_closed))
            .filter(|block| !block.code.trim().is_empty())
            .max_by_key(|block| block.code.len())
    };
    let code = candidates(Language::Python).or_else(|| candidates(Language::Unmarked))?;
    Some(code.code.clone())
}

/// Whether a triple-quoted text is open, line by line.
#[derive(Debug, Default)]
struct Quotes {
    open: Option<char>,
}

impl Quotes {
    fn read(&mut self, line: &str) {
        let mut chars = line.chars();
        let mut single: Option<char> = None;
        while let Some(c) = chars.next() {
            let tripled = |quote: char| chars.as_str().strip_prefix([quote, quote].iter().collect::<String>().as_str());
            match (self.open, single, c) {
                (_, _, '\\') => {
                    chars.next();
                }
                (Some(quote), ..) if c == quote => {
                    if let Some(rest) = tripled(c) {
                        self.open = None;
                        chars = rest.chars();
                    }
                }
                (Some(_), ..) => {}
                (None, Some(quote), _) => {
                    if c == quote {
                        single = None;
                    }
                }
                (None, None, '#') => return,
                (None, None, '"' | '\'') => match tripled(c) {
                    Some(rest) => {
                        self.open = Some(c);
                        chars = rest.chars();
                    }
                    None => single = Some(c),
                },
                (None, None, _) => {}
            }
        }
    }
}

/// `` `print(1)` `` or ```` ```python print(1)``` ````: an answer on one line, wrapped as a whole.
fn in_backticks(text: &str) -> Option<&str> {
    let inside = text.trim_start_matches('`');
    let length = text.len() - inside.len();
    let inside = inside.strip_suffix(&"`".repeat(length))?;
    if length == 0 || inside.contains(['`', '\n']) {
        return None;
    }
    let inside = ["python ", "py "].iter().find_map(|word| inside.strip_prefix(word)).unwrap_or(inside).trim();
    (!inside.is_empty()).then_some(inside)
}

/// Code after chatter.
fn after_chatter(lines: &[&str]) -> Option<String> {
    let statement = lines.iter().position(|line| is_statement(line))?;
    let comments = lines[..statement].iter().rev().take_while(|line| line.starts_with('#')).count();
    Some(trim(&lines[statement - comments..].join("\n")).to_owned())
}

/// Without empty lines around; the indentation of the first line stays.
fn trim(text: &str) -> &str {
    let text = text.trim_end();
    let blank: usize = text.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    &text[blank..]
}

/// Whether a line that begins at the margin is surely a Python statement and not prose.
fn is_statement(line: &str) -> bool {
    let line = line.trim_end();
    let first = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
    match first {
        "import" => line[6..].split('#').next().is_some_and(is_import_list),
        "from" => line[4..].split_once(" import ").is_some_and(|(module, names)| {
            is_dotted(module.trim())
                && (names.trim_start().starts_with(['(', '*', '\\']) || is_import_list(&format!(" {names}")))
        }),
        "def" | "class" | "if" | "for" | "while" | "with" | "try" | "async" | "match" => {
            let code = line.split('#').next().unwrap_or("").trim_end();
            code.ends_with([':', '(', '[', '{', ',', '\\']) || (code.contains(':') && code.contains(['=', '(']))
        }
        "assert" | "raise" | "del" | "return" | "global" => !line.ends_with([':', '.']) && line.len() > first.len(),
        "pass" => line == "pass",
        "" => {
            let after = line.strip_prefix('@');
            line.starts_with("\"\"\"")
                || line.starts_with("'''")
                || after.is_some_and(|name| is_dotted(name.split('(').next().unwrap_or("")))
        }
        "r" | "R" | "u" | "b" if line[1..].starts_with("\"\"\"") || line[1..].starts_with("'''") => true,
        _ => is_assignment(line) || is_call(line),
    }
}

fn is_import_list(names: &str) -> bool {
    names.starts_with(' ')
        && names.trim().trim_end_matches([',', '\\']).split([',', ';']).all(|name| {
            let words: Vec<&str> = name.split_whitespace().collect();
            match words.as_slice() {
                [module] => is_dotted(module) || module.contains('='),
                [module, "as", alias] => is_dotted(module) && is_dotted(alias),
                _ => false,
            }
        })
}

fn is_dotted(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.ends_with('.')
        && name.chars().all(plain)
}

/// `x = 1`, `a, b = f()`, `x: int = 3`, `d['k'][0] += 1`.
fn is_assignment(line: &str) -> bool {
    let Some((target, value)) = line.split_once('=') else { return false };
    let target = target.trim_end_matches(['+', '-', '*', '/', '%', '&', '|', '^', '@', '<', '>', ':']).trim_end();
    let target = target.split_once(':').map_or(target, |(name, _)| name);
    let starts = target.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '(' || c == '[' || c == '*');
    // Two words side by side are prose, unless they stand in brackets or quotes.
    let outside: String =
        target.split_inclusive([']', ')']).map(|part| part.split(['[', '(']).next().unwrap_or("")).collect();
    let prose = outside.split(',').any(|name| name.split_whitespace().count() > 1);
    starts && !prose && !value.starts_with('=') && !value.trim().is_empty()
}

/// `print(1)`, `plt.plot(`.
fn is_call(line: &str) -> bool {
    let Some((name, rest)) = line.split_once('(') else { return false };
    let code = rest.split('#').next().unwrap_or("").trim_end();
    is_dotted(name) && (code.is_empty() || code.ends_with([')', '(', '[', '{', ',', ']', '"', '\'']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(answer: &str) -> String {
        extract_code(answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    const PROGRAM: &str = "import numpy as np\n\nresults = {'mean': np.mean([1, 2])}";

    #[test]
    fn a_program_is_found_however_it_is_wrapped() {
        for answer in [
            PROGRAM.to_owned(),
            format!("\n\n{PROGRAM}\n\n"),
            format!("```python\n{PROGRAM}\n```"),
            format!("```py\n{PROGRAM}\n```"),
            format!("```Python3 title=\"a.py\"\n{PROGRAM}\n```"),
            format!("```{{.python}}\n{PROGRAM}\n```"),
            format!("```\n{PROGRAM}\n```"),
            format!("~~~python\n{PROGRAM}\n~~~"),
            format!("````python\n{PROGRAM}\n````"),
            format!(
                "Here is the code:\n\n```python\n{PROGRAM}\n```\n\nIt computes the mean. Run it with `python a.py`."
            ),
            format!("1. Do this:\n\n   ```python\n   {}\n   ```\n", PROGRAM.replace('\n', "\n   ")),
            format!("- tab:\n\t```python\n\t{}\n\t```\n", PROGRAM.replace('\n', "\n\t")),
            format!(
                "```bash\npip install numpy && echo a long line that is no Python at all, longer than the program\n```\n\n```python\n{PROGRAM}\n```\n```text\nmean: 1.5\n```"
            ),
            format!("```python\nx = 1\n```\nBetter:\n```python\n{PROGRAM}\n```\nThen:\n```python\nprint(2)\n```"),
            format!("```python\n{PROGRAM}"),
            format!("Here is the program:\n\n{PROGRAM}\n"),
            format!("Sure! I will use numpy for this.\nThe answer = the mean:\n{PROGRAM}"),
            format!("<think>\nMaybe ```python\nx = 1\n```?\n</think>\n```python\n{PROGRAM}\n```"),
            format!("<think>short</think>{PROGRAM}"),
            format!("I think\n```python\nno = 1\n```\n</think>\n{PROGRAM}"),
            format!("<thinking>hm</thinking>\n\n<think>well</think>\n```\n{PROGRAM}\n```"),
            format!("\u{feff}```python\r\n{}\r\n```\r\n", PROGRAM.replace('\n', "\r\n")),
            format!("# Solution\n\n```python\n{PROGRAM}\n```"),
        ] {
            assert_eq!(code(&answer), PROGRAM, "{answer}");
        }
    }

    #[test]
    fn one_line_in_backticks_is_code() {
        for answer in ["`print(1)`", "```print(1)```", "```python print(1)```", " `print(1)`\n"] {
            assert_eq!(code(answer), "print(1)", "{answer}");
        }
    }

    #[test]
    fn of_blocks_of_the_same_size_the_last_counts() {
        assert_eq!(code("```python\nx = 1\n```\n```python\nx = 2\n```"), "x = 2");
        assert_eq!(code("```\nx = 1 + 1 + 1\n```\n```python\nx = 2\n```"), "x = 2");
    }

    #[test]
    fn fences_inside_texts_do_not_end_a_program() {
        let program = "def f():\n    \"\"\"Example:\n```python\nf()\n```\n    \"\"\"\n    return '```'  # it's fine\nresults = {}";
        assert_eq!(code(&format!("Here:\n```python\n{program}\n```\nDone.")), program);
        assert_eq!(code(program), program);
        let docstring = "\"\"\"Says\n```\nhello\n```\n\"\"\"\nresults = {}";
        assert_eq!(code(docstring), docstring);
        assert_eq!(code("```python\ns = \"\"\"never ended\n```\nSorry."), "s = \"\"\"never ended");
    }

    #[test]
    fn whole_programs_without_fences_stay_whole() {
        for program in [
            "if True:\n    x = 1\ny = 2",
            "# A comment\n\n# another\nx = 1",
            "from math import (\n    sin,\n)\nresults = {'s': sin(1)}",
            "from math import sin, cos as c\ny = 1",
            "@cache\ndef f(): return 1\nresults = f()",
            "plt.plot(x, y)\nresults = 1",
            "x: int = 3\ny = x",
            "results['a b'][0] += 1\ny = 3",
            "a, b = 1, 2\nc = 3",
            "for i in range(3): print(i)\nx = 1",
            "pass",
        ] {
            assert_eq!(code(program), program);
        }
        let commented = "Take this.\n# computes\nx = 1";
        assert_eq!(code(commented), "# computes\nx = 1");
    }

    #[test]
    fn an_answer_without_a_program_is_no_code() {
        for answer in ["", " \n\t\n", "\u{feff}", "<think>only thoughts", "<think>a</think>\n"] {
            assert_eq!(extract_code(answer), Err(NoCode::Empty), "{answer:?}");
        }
        for answer in [
            "I cannot write this program, sorry.",
            "import taxes are high.",
            "from the data we import nothing at all",
            "The answer = 5 is wrong.",
            "```bash\nrm -rf /\n```",
            "```python\n\n```",
            "```json\n{\"a\": 1}\n```",
            "Note (see above): nothing.",
            "``",
            "`",
        ] {
            assert_eq!(extract_code(answer), Err(NoCode::Prose), "{answer:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(answer in any::<String>()) {
            let _ = extract_code(&answer);
        }

        #[test]
        fn nothing_like_an_answer_makes_it_panic(parts in proptest::collection::vec(
            prop::sample::select(vec!["```", "````", "~~~", "python", "\n", "\r\n", "\r", " ", "\t", "<think>", "</think>",
                "'''", "\"\"\"", "`", "import x", "=", "é\u{2003}", "\u{feff}", "\\", "#", "x = 1", "("]), 0..40)) {
            let _ = extract_code(&parts.concat());
        }

        #[test]
        fn a_fenced_program_comes_back_exact(program in "([ a-zA-Z0-9_=+*()#:.,äß'\"\\\\-]{0,20}\n){0,8}[ a-z=0-9]{0,10}[a-z0-9]") {
            prop_assume!(!program.contains("'''") && !program.contains("\"\"\""));
            for answer in [
                format!("```python\n{program}\n```"),
                format!("Here it is:\n\n~~~py\n{program}\n~~~\nDone."),
            ] {
                prop_assert_eq!(extract_code(&answer).unwrap(), program.clone());
            }
        }

        #[test]
        fn a_fenced_program_with_any_texts_comes_back_exact(text in "[a-z` \n\"]{0,60}") {
            let text = text.replace("\"\"\"", "").trim_end_matches(['"', '\\']).to_owned();
            let program = format!("x = 1\ns = \"\"\"{text}\"\"\"\nresults = {{'s': s}}");
            prop_assume!(!text.contains("\"\"\""));
            prop_assert_eq!(extract_code(&format!("```python\n{program}\n```")).unwrap(), program);
        }
    }
}
