//! Any text gives a configuration, or errors with places inside it.

use proptest::prelude::*;

use super::tables::uncommented;
use super::*;

fn inside(errors: &ConfigErrors, text: &str) -> Result<(), TestCaseError> {
    prop_assert!(!errors.problems.is_empty());
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    for problem in &errors.problems {
        let Place::File { spot, .. } = &problem.place else { return Err(TestCaseError::fail("no file")) };
        let line = lines.get(spot.line.wrapping_sub(1)).map(|line| line.chars().count());
        prop_assert!(line.is_some_and(|length| (1..=length + 1).contains(&spot.column)), "{problem} in {text:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_text_gives_a_configuration_or_errors_inside_it(text in "\\PC*") {
        if let Err(errors) = read(&text) {
            inside(&errors, &text)?;
        }
    }

    #[test]
    fn texts_that_look_like_yaml_do_too(text in "([ \\-]{0,4}(osprey|execution|approval|modes|limits|analysis|policy|&a|\\*a|<<|\\$\\{A|!t|'|\"|x)?[:,\\[\\]{}#| ]{0,2} ?(1|true|~|x|\\|)?[\r\n]{0,2}){0,12}") {
        if let Err(errors) = read(&text) {
            inside(&errors, &text)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_mutated_default_file_gives_a_configuration_or_errors_inside_it(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), 0..4usize, "[ -~\n]{0,6}"), 1..4),
        full in any::<bool>(),
    ) {
        let mut text: Vec<char> = if full { uncommented().0.chars().collect() } else { DEFAULT.chars().collect() };
        for (place, cut, new) in changes {
            let at = place.index(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, new.chars());
        }
        let text: String = text.into_iter().collect();
        match read(&text) {
            Ok(config) => prop_assert!(read(&config.effective().to_yaml()).is_ok(), "{}", config.effective().to_yaml()),
            Err(errors) => inside(&errors, &text)?,
        }
    }
}
