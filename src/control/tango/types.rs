//! What Tango's types are called, and what they are here.

use ::tango::value::{AttrDataFormat, AttrDataKind, CommandDataKind};

use crate::channel::{Kind, NativeType, ScalarKind};

/// The labels of a `DevState`, by index.
pub(super) const STATES: [&str; 14] = [
    "ON", "OFF", "CLOSE", "OPEN", "INSERT", "EXTRACT", "MOVING", "STANDBY", "FAULT", "INIT", "RUNNING", "ALARM",
    "DISABLE", "UNKNOWN",
];

/// What enumerations in a row or a grid are made of: indices.
pub(super) const INDEX: ScalarKind = ScalarKind::I16;

/// An attribute's element type.
pub(super) fn attribute_kind(kind: AttrDataKind) -> (Kind, &'static str) {
    let number = Kind::Number;
    match kind {
        AttrDataKind::Bool => (number(ScalarKind::Bool), "DevBoolean"),
        AttrDataKind::Octet => (number(ScalarKind::U8), "DevUChar"),
        AttrDataKind::UShort => (number(ScalarKind::U16), "DevUShort"),
        AttrDataKind::Short => (number(ScalarKind::I16), "DevShort"),
        AttrDataKind::ULong => (number(ScalarKind::U32), "DevULong"),
        AttrDataKind::Long => (number(ScalarKind::I32), "DevLong"),
        AttrDataKind::ULong64 => (number(ScalarKind::U64), "DevULong64"),
        AttrDataKind::Long64 => (number(ScalarKind::I64), "DevLong64"),
        AttrDataKind::Float => (number(ScalarKind::F32), "DevFloat"),
        AttrDataKind::Double => (number(ScalarKind::F64), "DevDouble"),
        AttrDataKind::State => (Kind::Enum, "DevState"),
        AttrDataKind::String => (Kind::Text, "DevString"),
        AttrDataKind::Enum => (Kind::Enum, "DevEnum"),
        AttrDataKind::Encoded => (Kind::Structure, "DevEncoded"),
    }
}

/// An attribute's type.
pub(super) fn attribute_type(kind: AttrDataKind, format: AttrDataFormat) -> NativeType {
    let (kind, name) = attribute_kind(kind);
    let shape = match format {
        AttrDataFormat::Scalar => Vec::new(),
        AttrDataFormat::Spectrum(most) => vec![most],
        AttrDataFormat::Image(columns, rows) => vec![rows, columns],
    };
    NativeType { kind, shape, name: name.to_owned() }
}

/// The most elements that a CORBA sequence has: a command's arrays have no bound of their own.
const MOST: usize = u32::MAX as usize;

/// The type of a command's argument or result.
pub(super) fn command_type(kind: CommandDataKind) -> NativeType {
    let number = Kind::Number;
    let (kind, array, name) = match kind {
        CommandDataKind::Void => (Kind::None, false, "DevVoid"),
        CommandDataKind::Bool => (number(ScalarKind::Bool), false, "DevBoolean"),
        CommandDataKind::Octet => (number(ScalarKind::U8), false, "DevUChar"),
        CommandDataKind::UShort => (number(ScalarKind::U16), false, "DevUShort"),
        CommandDataKind::Short => (number(ScalarKind::I16), false, "DevShort"),
        CommandDataKind::ULong => (number(ScalarKind::U32), false, "DevULong"),
        CommandDataKind::Long => (number(ScalarKind::I32), false, "DevLong"),
        CommandDataKind::ULong64 => (number(ScalarKind::U64), false, "DevULong64"),
        CommandDataKind::Long64 => (number(ScalarKind::I64), false, "DevLong64"),
        CommandDataKind::Float => (number(ScalarKind::F32), false, "DevFloat"),
        CommandDataKind::Double => (number(ScalarKind::F64), false, "DevDouble"),
        CommandDataKind::State => (Kind::Enum, false, "DevState"),
        CommandDataKind::String => (Kind::Text, false, "DevString"),
        CommandDataKind::BoolArray => (number(ScalarKind::Bool), true, "DevVarBooleanArray"),
        CommandDataKind::OctetArray => (number(ScalarKind::U8), true, "DevVarCharArray"),
        CommandDataKind::UShortArray => (number(ScalarKind::U16), true, "DevVarUShortArray"),
        CommandDataKind::ShortArray => (number(ScalarKind::I16), true, "DevVarShortArray"),
        CommandDataKind::ULongArray => (number(ScalarKind::U32), true, "DevVarULongArray"),
        CommandDataKind::LongArray => (number(ScalarKind::I32), true, "DevVarLongArray"),
        CommandDataKind::ULong64Array => (number(ScalarKind::U64), true, "DevVarULong64Array"),
        CommandDataKind::Long64Array => (number(ScalarKind::I64), true, "DevVarLong64Array"),
        CommandDataKind::FloatArray => (number(ScalarKind::F32), true, "DevVarFloatArray"),
        CommandDataKind::DoubleArray => (number(ScalarKind::F64), true, "DevVarDoubleArray"),
        CommandDataKind::StateArray => (Kind::Enum, true, "DevVarStateArray"),
        CommandDataKind::StringArray => (Kind::Text, true, "DevVarStringArray"),
        CommandDataKind::LongStringArray => (Kind::Structure, false, "DevVarLongStringArray"),
        CommandDataKind::DoubleStringArray => (Kind::Structure, false, "DevVarDoubleStringArray"),
        CommandDataKind::Encoded => (Kind::Structure, false, "DevEncoded"),
    };
    let shape = if array { vec![MOST] } else { Vec::new() };
    NativeType { kind, shape, name: name.to_owned() }
}
