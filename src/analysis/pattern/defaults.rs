//! The patterns that Aerie has: for the framework's API and all libraries together, as Osprey's newer versions use them,
//! and for each control system those of Osprey's configuration template.

/// The control system whose patterns are used if nothing says otherwise.
pub const DEFAULT_CONTROL_SYSTEM: &str = "epics";

const FRAMEWORK_WRITE: &[&str] = &[
    r"\bwrite_channel\s*\(",
    r"\bwrite_channels\s*\(",
    r"\bcaput\s*\(",
    r"epics\.caput\(",
    r"\.put\s*\(",
    r"\.set_value\s*\(",
    r"PV\([^)]*\)\.put",
    r"epics\.PV\([^)]*\)\.put",
    r"DeviceProxy\([^)]*\)\.write_attribute\(",
    r"\.write_attribute\s*\(",
    r"\.write_attribute_asynch\s*\(",
    r"tango\.DeviceProxy\([^)]*\)\.write",
    r"labview\.set_control\(",
    r"\.SetControlValue\(",
    r"connector\.write_channel\(",
    r"\bp4p\b[\s\S]*?\.put\s*\(",
    r"\bp4p\b[\s\S]*?\.post\s*\(",
    r"\.rpc\s*\(",
    r"\bSharedPV\b",
];
const FRAMEWORK_READ: &[&str] = &[
    r"\bread_channel\s*\(",
    r"\bcaget\s*\(",
    r"epics\.caget\(",
    r"\.get\s*\(",
    r"\.get_value\s*\(",
    r"PV\([^)]*\)\.get",
    r"epics\.PV\([^)]*\)\.get",
    r"DeviceProxy\([^)]*\)\.read_attribute\(",
    r"\.read_attribute\s*\(",
    r"\.read_attribute_asynch\s*\(",
    r"tango\.DeviceProxy\([^)]*\)\.read",
    r"labview\.get_control\(",
    r"\.GetControlValue\(",
    r"connector\.read_channel\(",
    r"\bp4p\b[\s\S]*?\.get\s*\(",
    r"\bp4p\b[\s\S]*?\.monitor\s*\(",
];
const EPICS_WRITE: &[&str] = &[r"\.put\("];
const EPICS_READ: &[&str] = &[r"\.get\("];
const TANGO_WRITE: &[&str] =
    &[r"tango\.write_attribute\(", r"device_proxy\.write_attribute\(", r"\.write_attribute\(", r"\.command_inout\s*\("];
const TANGO_READ: &[&str] = &[r"tango\.read_attribute\(", r"device_proxy\.read_attribute\(", r"\.read_attribute\("];
const MOCK_WRITE: &[&str] = &[r"\.caput\(", r"\.write_pv\("];
const MOCK_READ: &[&str] = &[r"\.caget\(", r"\.read_pv\("];

/// The patterns for writes and for reads of a control system.
pub fn default_patterns(control_system_type: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    let (write, read): (&[&str], &[&str]) = match control_system_type {
        "epics" => (EPICS_WRITE, EPICS_READ),
        "tango" => (TANGO_WRITE, TANGO_READ),
        "mock" => (MOCK_WRITE, MOCK_READ),
        _ => (&[], &[]),
    };
    (FRAMEWORK_WRITE.iter().chain(write).copied().collect(), FRAMEWORK_READ.iter().chain(read).copied().collect())
}

/// Whether a pattern is one of Aerie's.
pub(super) fn is_default(pattern: &str) -> bool {
    [FRAMEWORK_WRITE, FRAMEWORK_READ, EPICS_WRITE, EPICS_READ, TANGO_WRITE, TANGO_READ, MOCK_WRITE, MOCK_READ]
        .iter()
        .any(|table| table.contains(&pattern))
}
