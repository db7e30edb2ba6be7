//! What a kernel is sent: the guest's files when it is new, and a call that runs the job.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Map, Value};

use super::DoorToken;
use crate::backend::guest::{GUEST, OUTSIDE};

/// Python that takes the files in; they are put in the place of [`PLACE`].
const PREPARE: &str = include_str!("../../../runtimes/outside/prepare.py");
const PLACE: &str = "@BUNDLE@";
/// What is for the sandbox, or for local processes, alone.
const NOT_FOR_KERNELS: &[&str] = &["aerie_guest/integers", "start.py"];

/// Python that makes a new kernel ready for a job: some 100 kB, whatever the server has installed.
pub(super) fn code() -> String {
    let needed =
        GUEST.iter().chain(OUTSIDE).filter(|(path, _)| !NOT_FOR_KERNELS.iter().any(|not| path.starts_with(not)));
    let files: Map<String, Value> = needed.map(|(path, text)| ((*path).to_owned(), Value::from(*text))).collect();
    let text = Value::Object(files).to_string();
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    let packed = packed.write_all(text.as_bytes()).and_then(|()| packed.finish()).unwrap_or_default();
    PREPARE.replace(PLACE, &STANDARD.encode(packed))
}

/// Python that runs the job that is asked for with this token.
pub(super) fn call(token: &DoorToken) -> String {
    format!("__import__(\"aerie_outside.kernel\", fromlist=[\"run\"]).run({:?})", token.expose())
}
