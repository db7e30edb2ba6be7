//! The results of one execution are the context of the next, with the types that they had.

use std::path::Path;

use aerie::artifacts::{Chained, ExecutionFolder, NewFolder, as_context};
use aerie::backend::Report;
use aerie::execution::{ExecutionId, Status};
use serde_json::{Value, json};

use crate::support::{job, run, run_job, scratch};

/// Runs a program in the folder `place`, with this context and these inputs.
fn stage(place: &Path, code: &str, context: &Value, inputs: &[(String, std::path::PathBuf)]) -> Report {
    let now = jiff::Zoned::now();
    let id = ExecutionId::from_parts(1, 7);
    let folder = ExecutionFolder::create(&NewFolder::At(place.to_owned()), id, &now).expect("a folder");
    for (name, source) in inputs {
        folder.add_input(name, source).expect("an input");
    }
    let mut job = job(code);
    job.context.clone_from(context.as_object().expect("an object"));
    job.workspace = Some(folder.workspace());
    let report = run_job(job);
    folder.finish(id, "wasi", &report, (&now, &now)).expect("it is kept");
    report
}

/// Runs `first`, and `second` with what it gave as `context.before`; gives both, and what was between them.
fn chain(first: &str, second: &str) -> (Report, Chained, Report) {
    let state = scratch();
    let one = stage(&state.path().join("one"), first, &json!({}), &[]);
    assert_eq!(one.outcome.status, Status::Succeeded, "{}", one.outcome.stderr);
    let chained = as_context(&state.path().join("one")).expect("it can be a context");
    let context = json!({ "before": chained.value, "made_by": first });
    let two = stage(&state.path().join("two"), second, &context, &chained.files);
    (one, chained, two)
}

const MAKE: &str = r"
import datetime, decimal, fractions, zoneinfo
import numpy as np, pandas as pd
rows = np.array([(1, 2.5, '2026-01-01T00:00:00.000000001'), (2, -1, 'NaT')], dtype=[('a', '<i4'), ('b', '<f8'), ('t', 'M8[ns]')])
deep = pd.MultiIndex.from_arrays([pd.Categorical(['q', 'p', 'q'], ['q', 'p'], ordered=True), pd.to_datetime(['2026-01-01', None, '2026-01-02']), [1.5, 2, 3]], names=['c', ('t', 1), None])
wide = pd.DataFrame({
    ('a', 1): pd.Categorical([3, 1, None], [3, 2, 1], ordered=True), ('a', 2): pd.period_range('2026-01', periods=3, freq='M'), ('b', 1): pd.interval_range(0, 3),
    ('b', 2): pd.to_datetime(['2026-01-01', '2026-07-01', None]).tz_localize('Europe/Berlin').as_unit('s'), ('c', 1): np.array([1, 2, 3], 'float32'), ('c', 2): ['x', None, 'z'],
    ('d', 1): pd.array([1, None, 3], 'Int64'), ('d', 2): pd.to_timedelta([1, 2, 3], unit='s'), ('e', 1): [(1, 2), None, np.float32(0.5)], ('e', 2): [True, False, True]}, index=deep)
objects = np.empty(3, dtype=object)
objects[:] = [[1, 2], (3, 4), np.arange(2, dtype='int8')]
results = {
    'small': np.arange(6, dtype='float32').reshape(2, 3) / 3, 'whole': np.array([[1, -2]], 'int16'), 'flags': np.array([True, False]), 'most': np.array([2**64 - 1], 'uint64'),
    'none': np.zeros((0, 3), 'int8'), 'point': np.array(7.5, 'float16'), 'other end': np.arange(3, dtype='>f4'),
    'complex': np.array([[1 + 2j, complex('nan')]], 'complex64'), 'holes': np.array([1, np.nan, -np.inf], 'float32'), 'long': np.array([1, 3], np.longdouble) / 3, 'text': np.array(['a', 'bcd']),
    'rows': rows, 'row': rows[0], 'record': np.rec.array(rows), 'objects': objects, 'times': np.array(['2026-01-01', 'NaT'], 'M8[25s]'), 'spans': np.array([5, 6], 'm8[ns]'),
    'masked': np.ma.array([1, 2, 3], mask=[0, 1, 0], dtype='int8'), 'masked rows': np.ma.array(rows, mask=[(True, False, True), (False, False, False)]),
    'large': np.linspace(0, 1, 40_000).reshape(200, 200), 'large rows': np.tile(rows, 6_000), 'large masked': np.ma.array(np.arange(11_000), mask=[0, 1] * 5_500),
    'frame': wide, 'across': wide.T, 'empty': pd.DataFrame(), 'plain': pd.DataFrame(np.eye(2)), 'dates': pd.DataFrame({'v': [1, 2]}, index=pd.date_range('2026', periods=2, freq='MS', tz='UTC', name='d')),
    'large frame': pd.DataFrame({'c': pd.Categorical(['p', 'q'] * 6_000, ['q', 'p', 'r']), 'p': pd.period_range('2026', periods=12_000, freq='D'), 'o': [(1, np.float32(2.5))] * 12_000},
                                index=pd.date_range('2026', periods=12_000, freq='h', tz='Europe/Berlin')),
    'series': pd.Series([1.5, None], name=('beam', 1), dtype='float32'), 'large series': pd.Series(range(12_000), name='n', dtype='int32'), 'by month': pd.Series([1, 2], index=pd.period_range('2026-01', periods=2, freq='M')),
    'index': deep, 'steps': pd.RangeIndex(1, 9, 2, name='r'), 'array': pd.array([1, None], 'Int64'), 'period': pd.Period('2026-01-05', 'W-SUN'), 'interval': pd.Interval(0, 1.5, 'both'), 'stamp': pd.Timestamp('2026-10-25 02:30:00+01:00').tz_convert('Europe/Berlin'),
    'tuple': (1, (2.5, 'x'), [], (np.int64(1), np.int64(2))), 'scalars': [np.float32(0.1), np.int8(1), np.bool_(True), np.complex64(1j), np.str_('s'), np.bytes_(b'b'), np.longdouble(1) / 3, np.float64('nan')],
    'list of scalars': list(np.arange(3, dtype='uint16')), 'nested': {'a/b': {'~': (1,), '': [(2,), {3: np.arange(2, dtype='int8'), (4, np.int8(5)): {6: 'x'}}]}},
    'nan': float('nan'), 'big': -(2**70), 'bytes': b'\x00\xff', 'mutable': bytearray(b'x'), 'decimal': decimal.Decimal('1.10'), 'fraction': fractions.Fraction(1, 3), 'set': {1, 'a', (1, 2), np.float32(1.5)}, 'frozen': frozenset([2, 1]),
    'span': datetime.timedelta(days=-1, microseconds=7), 'missing span': np.timedelta64('NaT', '25s'), 'long span': np.timedelta64(2, '25s'), 'moment': np.datetime64('2026-11-22T12:00:50', '25s'),
    'zone': datetime.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')), 'offset': datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=2))), 'lone': '\ud800',
}
";

const COMPARE: &str = r"
import numpy as np, pandas as pd
space = {}
exec(context.made_by, space)
def same(one, other):
    if type(one) is not type(other) and not (type(one) is dict and isinstance(other, dict)):
        return False
    if isinstance(one, (pd.DataFrame, pd.Series, pd.Index)):
        {pd.DataFrame: pd.testing.assert_frame_equal, pd.Series: pd.testing.assert_series_equal}.get(type(one), pd.testing.assert_index_equal)(one, other)
        return True
    if isinstance(one, pd.api.extensions.ExtensionArray):
        pd.testing.assert_extension_array_equal(one, other)
        return True
    if isinstance(one, np.ndarray):
        if one.dtype != other.dtype or one.shape != other.shape:
            return False
        if one.dtype.kind == 'V' or isinstance(one, np.ma.MaskedArray):
            return repr(one.tolist()) == repr(other.tolist())
        if one.dtype.kind == 'O':
            return all(same(a, b) for a, b in zip(one.ravel(), other.ravel()))
        np.testing.assert_array_equal(one, other, strict=True)
        return True
    if isinstance(one, dict):
        return list(map(repr, one)) == list(map(repr, other)) and all(same(a, b) for a, b in zip(one.values(), other.values()))
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other))
    if isinstance(one, (set, frozenset)):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    if isinstance(one, np.generic) and one.dtype != other.dtype:
        return False
    return repr(one) == repr(other)
bad = []
for key, value in space['results'].items():
    try:
        fine = same(value, context.before[key])
    except Exception as error:
        fine = False
        print(key, type(error).__name__, error)
    if not fine:
        bad.append([key, repr(value), repr(context.before[key])])
results = {'bad': bad, 'compared': len(space['results'])}
";

#[test]
fn arrays_frames_and_the_rest_keep_their_types_from_one_program_to_the_next() {
    let (one, chained, two) = chain(MAKE, COMPARE);
    assert_eq!(two.outcome.results, Some(json!({ "bad": [], "compared": 56 })), "{}", two.outcome.stderr);
    assert_eq!(chained.left_out, 0);
    let names: Vec<_> = chained.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names.iter().all(|name| name.starts_with("chained_")), "{names:?}");
    // For people it is still plain.
    let results = one.outcome.results.expect("results");
    assert_eq!(
        (&results["whole"], &results["flags"], &results["list of scalars"]),
        (&json!([[1, -2]]), &json!([true, false]), &json!([0, 1, 2]))
    );
    assert_eq!(results["tuple"], json!([1, [2.5, "x"], [], [1, 2]]));
}

#[test]
fn a_third_program_gets_what_the_first_one_made() {
    let state = scratch();
    let place = |name: &str| state.path().join(name);
    stage(&place("one"), MAKE, &json!({}), &[]);
    let first = as_context(&place("one")).expect("it can be a context");
    let passed = stage(&place("two"), "results = context.before", &json!({ "before": first.value }), &first.files);
    assert_eq!(passed.outcome.status, Status::Succeeded, "{}", passed.outcome.stderr);
    let second = as_context(&place("two")).expect("it can be a context");
    let context = json!({ "before": second.value, "made_by": MAKE });
    let third = stage(&place("three"), COMPARE, &context, &second.files);
    assert_eq!(third.outcome.results, Some(json!({ "bad": [], "compared": 56 })), "{}", third.outcome.stderr);
}

#[test]
fn what_json_says_itself_has_no_types_beside_it() {
    let state = scratch();
    let report = stage(&state.path().join("one"), "results = {'a': [1, 2.5, None, {'b': 'x'}]}", &json!({}), &[]);
    assert!(report.outcome.types.is_empty());
    assert!(!state.path().join("one/results.types.json").exists());
}

#[test]
fn types_beyond_ten_thousand_are_counted_and_their_places_stay_plain() {
    let (_, chained, two) = chain(
        "results = [(n,) for n in range(10_050)]",
        "results = [sum(type(x) is tuple for x in context.before), sum(type(x) is list for x in context.before)]",
    );
    assert_eq!((two.outcome.results, chained.left_out), (Some(json!([10_000, 50])), 50));
    let long = "results = {'k' * 5_000: [(n,) for n in range(500)]}";
    let (one, chained, _) = chain(long, "pass");
    assert!(chained.left_out > 300, "{}", chained.left_out);
    assert!(serde_json::to_vec(&one.outcome.types).expect("JSON").len() < 600 << 10);
}

#[test]
fn records_with_long_doubles_are_the_programs_error() {
    let error = run("import numpy as np\nresults = np.zeros(2, dtype=[('a', 'g')])").outcome.error.expect("an error");
    assert!(error.kind == "ResultsError" && error.message.contains("long doubles"), "{error:?}");
}

#[test]
fn forged_types_and_files_reach_nothing() {
    const LEFT: &str = "import os\nos.makedirs('d')\nopen('d/x.npy', 'w').close()\n";
    let forge = |results: &Value, types: &Value| {
        format!(
            "import json, os\nfrom aerie_guest import door\n\
             door.call('job.finish', {{'exit_status': 0, 'error': None, 'types': json.loads({:?})}}, {:?}.encode())\nos._exit(0)",
            types.to_string(),
            results.to_string()
        )
    };
    let state = scratch();
    for (number, file) in
        ["../../etc/passwd", "/etc/passwd", "artifacts/link.npy", "artifacts/d/x.npy", "artifacts/none.npy"]
            .iter()
            .enumerate()
    {
        let place = state.path().join(number.to_string());
        let results = json!({ "a": { "$type": "ndarray", "dtype": "int8", "shape": [1], "file": file } });
        let report = stage(&place, &format!("{LEFT}{}", forge(&results, &json!({ "places": [] }))), &json!({}), &[]);
        assert_eq!(report.outcome.results.as_ref(), Some(&results), "{}", report.outcome.stderr);
        // The sandbox makes no links; whatever made this one, it is not followed.
        std::os::unix::fs::symlink("/etc/passwd", place.join("artifacts/link.npy")).expect("a link");
        let error = as_context(&place).expect_err("it is refused").to_string();
        assert!(error.contains(file.rsplit('/').next().expect("a name")), "{error}");
    }
    let place = state.path().join("types");
    let results = json!({ "a": [1, 2], "later": { "$type": "of later", "x": [1] } });
    let types = json!({ "places": [
        { "is": "tuple", "at": "/nowhere" },
        { "is": "ndarray", "at": "/a", "dtype": "int8", "shape": [4_294_967_295_u32, 4_294_967_295_u32] },
        { "is": "tuple", "at": "/later" },
    ] });
    let report = stage(&place, &forge(&results, &types), &json!({}), &[]);
    assert_eq!(report.outcome.status, Status::Succeeded, "{}", report.outcome.stderr);
    let chained = as_context(&place).expect("what does not fit is left");
    assert_eq!((&chained.value, chained.left_out), (&results, 3));
    let seen =
        stage(&state.path().join("seen"), "results = context.before.later.x", &json!({ "before": chained.value }), &[]);
    assert_eq!(seen.outcome.results, Some(json!([1])), "{}", seen.outcome.stderr);
    let object = json!({ "places": [{ "is": "ndarray", "at": "/a", "dtype": "object", "shape": [2] }] });
    let report = run(&forge(&results, &object));
    let error = report.outcome.error.expect("an error");
    assert!(error.kind == "HostError" && error.message.contains("plain ones"), "{error:?}");
    assert_eq!(report.outcome.results, None);
}

#[test]
fn files_that_a_context_names_must_be_there_and_be_what_it_says() {
    let told = |file: &str| {
        let context = json!({ "a": { "$type": "ndarray", "dtype": "int8", "shape": [1], "file": file } });
        let mut job = job("results = dict(context.a)['file']");
        job.context = context.as_object().expect("an object").clone();
        run_job(job).outcome
    };
    let missing = told("/inputs/chained_00000000_none.npy").error.expect("an error");
    assert!(
        missing.kind == "ContextError" && missing.message.contains("/inputs/chained_00000000_none.npy"),
        "{missing:?}"
    );
    // Nothing but an input is opened.
    for file in ["/inputs/../etc/passwd", "/etc/passwd", "artifacts/a.npy", "/inputs"] {
        let outcome = told(file);
        assert_eq!(outcome.results, Some(json!(file)), "{}", outcome.stderr);
    }
    let state = scratch();
    for (number, (make, words)) in [
        ("np.save('x.npy', np.arange(2, dtype='int8'))", "another array"),
        ("np.save('x.npy', np.array([print], dtype=object), allow_pickle=True)", "allow_pickle=False"),
        ("open('x.npy', 'wb').write(b'junk')", "x.npy"),
    ]
    .iter()
    .enumerate()
    {
        let place = state.path().join(number.to_string());
        stage(&place, &format!("import numpy as np\n{make}"), &json!({}), &[]);
        let context = json!({ "a": { "$type": "ndarray", "dtype": "int8", "shape": [1], "file": "/inputs/x.npy" } });
        let input = ("x.npy".to_owned(), place.join("artifacts/x.npy"));
        let report = stage(&place.join("next"), "results = 1", &context, &[input]);
        let error = report.outcome.error.expect("an error");
        assert!(error.kind == "ContextError" && error.message.contains(words), "{error:?}");
    }
}
