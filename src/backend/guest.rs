//! The Python that runs around programs, carried in the binary: `runtimes/guest/`, the same everywhere, and
//! `runtimes/outside/`, for programs outside the sandbox.

use sha2::{Digest, Sha256};

macro_rules! files {
    ($folder:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../runtimes/", $folder, "/", $path)))),*]
    };
}

/// Path below a folder of the library, and contents.
pub(super) type Files = &'static [(&'static str, &'static str)];

/// The guest of every backend.
pub(super) const GUEST: Files = files![
    "guest":
    "PyTango/__init__.py",
    "aerie_guest/__init__.py",
    "aerie_guest/artifacts.py",
    "aerie_guest/context.py",
    "aerie_guest/control.py",
    "aerie_guest/door.py",
    "aerie_guest/figures.py",
    "aerie_guest/integers/__init__.py",
    "aerie_guest/integers/compiled.py",
    "aerie_guest/integers/of_numpy.py",
    "aerie_guest/integers/of_pandas.py",
    "aerie_guest/integers/of_scipy.py",
    "aerie_guest/integers/wrap.py",
    "aerie_guest/preload.py",
    "aerie_guest/program.py",
    "aerie_guest/restore.py",
    "aerie_guest/values.py",
    "aerie_guest/warm_science.py",
    "epics/__init__.py",
    "epics/alarm.py",
    "epics/autosave.py",
    "epics/ca.py",
    "epics/compat.py",
    "epics/dbr.py",
    "epics/device.py",
    "epics/devices.py",
    "epics/motor.py",
    "epics/multiproc.py",
    "epics/pv.py",
    "epics/qt.py",
    "epics/utils.py",
    "epics/wx.py",
    "osprey/__init__.py",
    "osprey/errors.py",
    "osprey/runtime/__init__.py",
    "p4p/__init__.py",
    "p4p/client/Qt.py",
    "p4p/client/__init__.py",
    "p4p/client/_values.py",
    "p4p/client/asyncio.py",
    "p4p/client/cothread.py",
    "p4p/client/raw.py",
    "p4p/client/thread.py",
    "p4p/nt/__init__.py",
    "p4p/nt/common.py",
    "p4p/nt/enum.py",
    "p4p/nt/ndarray.py",
    "p4p/nt/scalar.py",
    "p4p/rpc.py",
    "p4p/server/__init__.py",
    "p4p/version.py",
    "p4p/wrapper.py",
    "tango/__init__.py",
    "tango/_data.py",
    "tango/_described.py",
    "tango/_enums.py",
    "tango/_errors.py",
    "tango/_events.py",
    "tango/_print.py",
    "tango/_values.py",
    "tango/asyncio.py",
    "tango/attribute_proxy.py",
    "tango/databaseds.py",
    "tango/device_proxy.py",
    "tango/futures.py",
    "tango/gevent.py",
    "tango/server.py",
    "tango/test_context.py",
    "tango/test_utils.py",
    "tango/utils.py",
];

/// What it takes to be a guest outside the sandbox.
pub(super) const OUTSIDE: Files = files![
    "outside":
    "_host.py",
    "aerie_outside/__init__.py",
    "aerie_outside/bundle.py",
    "aerie_outside/clock.py",
    "aerie_outside/compile.py",
    "aerie_outside/distributions.py",
    "aerie_outside/functions.py",
    "aerie_outside/hooks.py",
    "aerie_outside/host.py",
    "aerie_outside/kernel.py",
    "aerie_outside/kernel_files.py",
    "aerie_outside/kernel_streams.py",
    "aerie_outside/limits.py",
    "aerie_outside/local.py",
    "aerie_outside/paths.py",
    "aerie_outside/place.py",
    "start.py",
];

/// Digest of all these files, in hexadecimal.
pub(super) fn digest(lists: &[Files]) -> String {
    let mut hasher = Sha256::new();
    for (path, text) in lists.iter().copied().flatten() {
        hasher.update((path.len() as u64).to_le_bytes());
        hasher.update(path);
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    crate::execution::hexadecimal(&hasher.finalize())
}
