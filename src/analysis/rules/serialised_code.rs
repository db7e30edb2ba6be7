//! `serialised-code`: a program loads pickled or marshalled data.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "serialised-code",
    summary: "loads pickled or marshalled data",
    why: "Loading a pickle runs what the pickle says, which may be anything: https://docs.python.org/3/library/pickle.html.",
    instead: "Store data as JSON, CSV, `.npy` (with `allow_pickle=False`) or Parquet.",
    example: Example {
        found: "import pickle\ndata = pickle.load(open('data.pkl', 'rb'))\n",
        clean: "import json\ndata = json.load(open('data.json'))\n",
    },
    wasi: Severity::Note,
    host: Severity::Refusal,
    check,
};

const NAMES: &[&str] = &[
    "_pickle.load",
    "_pickle.loads",
    "cloudpickle.load",
    "cloudpickle.loads",
    "dill.load",
    "dill.loads",
    "joblib.load",
    "jsonpickle.decode",
    "marshal.load",
    "marshal.loads",
    "pandas.read_pickle",
    "pickle.Unpickler",
    "pickle.load",
    "pickle.loads",
    "shelve.open",
    "torch.load",
    "yaml.full_load",
    "yaml.unsafe_load",
];

fn check(look: &Look<'_>, seen: &mut Seen) {
    look.uses_below(NAMES, "loads pickled or marshalled data", seen);
}
