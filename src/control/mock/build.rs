//! From a description's text to a machine: types, values and names checked against one another.

use std::collections::HashMap;

use serde_yaml::Value as Yaml;

use super::core::{Core, Script, class};
use super::model::{Effect, Faults, Follow, Initial, Model, PutFault};
use super::motion::Motion;
use super::script::{
    Answers, Beyond, Bounds, ChannelText, CommandText, FaultsText, Follows, Machine, PutText, ScriptError, Time,
    line_of,
};
use super::types;
use crate::channel::{Channel, Description, Kind, NativeType, Part, Protocol, Range, ScalarKind, Value};

/// The machine that a text describes.
pub(super) fn machine(text: Machine, source: &str, file: &str) -> Result<Core, ScriptError> {
    let wrong = |name: &str, message: String| ScriptError {
        file: file.to_owned(),
        line: line_of(source, name),
        message: if name.is_empty() { message } else { format!("`{name}`: {message}") },
    };
    let mut script = Script { only: text.only, ..Script::default() };
    let mut follows: Vec<(String, Channel, Follows, bool)> = Vec::new();
    for (name, mut about) in text.channels.0 {
        let channel = channel_of(&name).map_err(|message| wrong(&name, message))?;
        let own = about.follows.take();
        let has_value = about.value.is_some();
        if let Some(follow) = &own
            && follow.channel.is_some()
        {
            about.writable = Some(about.writable.unwrap_or(false));
        }
        let model = channel_model(&channel, about).map_err(|message| wrong(&name, message))?;
        insert(&mut script, &channel, model).map_err(|message| wrong(&name, message))?;
        if let Some(own) = own {
            follows.push((name, channel, own, has_value));
        }
    }
    for (name, channel, own, has_value) in follows {
        link(&mut script, &channel, &own, has_value).map_err(|message| wrong(&name, message))?;
    }
    for (name, about) in text.commands.0 {
        let spelled = if name.ends_with("()") { name.clone() } else { format!("{name}()") };
        let command = Channel::parse(Protocol::Tango, &spelled).map_err(|error| wrong(&name, error.to_string()))?;
        let model = command_model(&script, about).map_err(|message| wrong(&name, message))?;
        insert(&mut script, &command, model).map_err(|message| wrong(&name, message))?;
    }
    let noise = text.noise.unwrap_or(1.0);
    if !noise.is_finite() || noise < 0.0 {
        return Err(wrong("noise", "it is a factor from 0 on".to_owned()));
    }
    let mut core = Core::new(text.seed, script);
    core.noise = noise;
    core.delay = text.delay.map_or(0, |time| time.0);
    core.lag = text.lag.map_or(0, |time| time.0);
    core.most = text.most_names.unwrap_or(core.most);
    Ok(core)
}

/// A name of four parts is Tango's, any other is of EPICS.
pub(super) fn channel_of(name: &str) -> Result<Channel, String> {
    let tango = name.to_ascii_lowercase().starts_with("tango:") || name.split('/').count() == 4;
    let channel = Channel::parse(if tango { Protocol::Tango } else { Protocol::Ca }, name);
    channel.map_err(|error| error.reason.to_owned())
}

fn insert(script: &mut Script, channel: &Channel, model: Model) -> Result<(), String> {
    if let Some((device, _)) = channel.tango_parts() {
        script.devices.insert(device);
    }
    let models = of_class(script, channel);
    match models.insert(channel.name().to_owned(), model) {
        None => Ok(()),
        Some(_) => Err("it is there twice, under two spellings".to_owned()),
    }
}

fn of_class<'a>(script: &'a mut Script, channel: &Channel) -> &'a mut HashMap<String, Model> {
    let [epics, tango] = &mut script.models;
    if class(channel.protocol()) == 0 { epics } else { tango }
}

fn channel_model(channel: &Channel, text: ChannelText) -> Result<Model, String> {
    if channel.part() == Part::Command {
        return Err("it is a command: write it under `commands`".to_owned());
    }
    let protocol = channel.protocol();
    let native = native_of(protocol, &text.kind, text.shape)?;
    if (native.kind == Kind::Enum) == text.labels.is_empty() {
        return Err("`labels` and `type: enum` belong together".to_owned());
    }
    let control = bounds(text.limits, "limits")?;
    let about = Description {
        writable: text.writable.unwrap_or(true),
        unit: text.unit,
        precision: text.precision,
        control,
        display: text.display.map_or(Ok(control), |display| bounds(Some(display), "display"))?,
        warning: bounds(text.warning, "warning")?,
        alarm: bounds(text.alarm, "alarm")?,
        labels: text.labels,
        text: text.text,
        server: "simulated".to_owned(),
        ..Description::of(native)
    };
    let value = match &text.value {
        Some(value) => value_of(value, &about.native, &about.labels)?,
        None => zero(&about.native),
    };
    let mut model = Model::of(about, value, protocol);
    if !text.noise.is_finite() || text.noise < 0.0 {
        return Err("`noise` is a standard deviation, from 0 on".to_owned());
    }
    model.noise = text.noise;
    model.severity = text.severity;
    model.clamps = text.beyond.map_or(model.clamps, |beyond| beyond == Beyond::Clamp);
    model.faults = faults(text.faults, text.delay);
    Ok(model)
}

fn faults(text: FaultsText, delay: Option<Time>) -> Faults {
    let delay = delay.map_or(0, |time| time.0);
    Faults {
        delay: match &text.answers {
            Some(Answers::Late(time)) => delay.saturating_add(time.0),
            _ => delay,
        },
        never_answers: text.answers == Some(Answers::Never),
        wrong_type: text.answers == Some(Answers::WrongType),
        drops_after: text.drops_after,
        put: match text.put {
            None => PutFault::None,
            Some(PutText::Lost) => PutFault::Lost,
            Some(PutText::Fails(words)) => PutFault::Fails(words),
            Some(PutText::Unknown) => PutFault::Unknown,
            Some(PutText::UnknownLost) => PutFault::UnknownLost,
        },
    }
}

fn bounds(text: Option<Bounds>, key: &str) -> Result<Range, String> {
    let Some(Bounds(low, high)) = text else { return Ok(Range::default()) };
    let ordered = match (low, high) {
        (Some(low), Some(high)) => low < high,
        (low, high) => !low.or(high).is_some_and(f64::is_nan),
    };
    if ordered { Ok(Range { low, high }) } else { Err(format!("`{key}` is [low, high], low below high")) }
}

/// Makes one channel follow another, or itself.
fn link(script: &mut Script, channel: &Channel, text: &Follows, has_value: bool) -> Result<(), String> {
    if !text.offset.is_finite() || text.rate.is_some_and(|rate| !rate.is_finite() || rate <= 0.0) {
        return Err("`offset` is a number and `rate` one above 0".to_owned());
    }
    let setpoint = text.channel.as_deref().map_or_else(|| Ok(channel.clone()), channel_of)?;
    if class(setpoint.protocol()) != class(channel.protocol()) {
        return Err(format!("it cannot follow `{setpoint}`, which is of another protocol"));
    }
    let models = of_class(script, channel);
    let Some(leader) = models.get(setpoint.name()).cloned() else {
        return Err(format!("it follows `{setpoint}`, which is not described"));
    };
    let Some(model) = models.get_mut(channel.name()) else { return Ok(()) };
    let first = leader.first_value(|_| Value::None);
    if !has_value {
        let shown = model.shifted(first.clone(), text.offset);
        types::fits(&model.about.native, &model.about.labels, &shown)
            .map_err(|message| format!("it cannot follow `{setpoint}`: {message}"))?;
        model.initial = Initial::Value(shown);
    }
    let place = leader.followers.len();
    model.follow = Some(Follow { names: vec![setpoint.name().to_owned()], place, offset: text.offset });
    let own = model.first_value(|_| Value::None);
    let start = match (&own, &first) {
        (Value::Float(own), Value::Float(_)) => Some(Value::Float(own - text.offset)),
        _ => Some(own).filter(|own| types::fits(&leader.about.native, &leader.about.labels, own).is_ok()),
    };
    let motion = Motion { lag: text.lag.map_or(0, |time| time.0), rate: text.rate, start };
    if let Some(leader) = models.get_mut(setpoint.name()) {
        leader.followers.push(motion);
    }
    Ok(())
}

fn command_model(script: &Script, text: CommandText) -> Result<Model, String> {
    let none = || "none".to_owned();
    let argument = native_of(Protocol::Tango, &text.argument.unwrap_or_else(none), Vec::new())?;
    let result = native_of(Protocol::Tango, &text.result.unwrap_or_else(none), Vec::new())?;
    let is_argument = |value: &Yaml| value.as_str() == Some("argument");
    let returns = match &text.returns {
        Some(value) if is_argument(value) && argument.kind == result.kind => None,
        Some(value) => Some(value_of(value, &result, &[])?),
        None => Some(zero(&result)),
    };
    let mut sets = Vec::new();
    for (name, value) in &text.sets.0 {
        let target = channel_of(name)?;
        let [_, tango] = &script.models;
        let Some(model) = tango.get(target.name()) else {
            return Err(format!("it sets `{target}`, which is not a described attribute"));
        };
        let value = if is_argument(value) && argument.kind != Kind::None {
            None
        } else {
            Some(value_of(value, &model.about.native, &model.about.labels)?)
        };
        sets.push((target.name().to_owned(), value));
    }
    let about = Description {
        argument: Some(argument),
        readable: false,
        server: "simulated".to_owned(),
        ..Description::of(result)
    };
    let mut model = Model::of(about, Value::None, Protocol::Tango);
    model.effect = Effect::Set { sets, returns };
    model.faults = faults(text.faults, text.delay);
    Ok(model)
}

fn native_of(protocol: Protocol, kind: &str, shape: Vec<usize>) -> Result<NativeType, String> {
    use ScalarKind as S;
    let kind = match kind {
        "double" | "f64" => Kind::Number(S::F64),
        "float" | "f32" => Kind::Number(S::F32),
        "bool" => Kind::Number(S::Bool),
        "i8" => Kind::Number(S::I8),
        "u8" => Kind::Number(S::U8),
        "short" | "i16" => Kind::Number(S::I16),
        "u16" => Kind::Number(S::U16),
        "int" | "i32" => Kind::Number(S::I32),
        "u32" => Kind::Number(S::U32),
        "i64" => Kind::Number(S::I64),
        "u64" => Kind::Number(S::U64),
        "text" => Kind::Text,
        "enum" => Kind::Enum,
        "none" if protocol == Protocol::Tango => Kind::None,
        _ => return Err(format!("there is no type `{kind}`; types are double, float, bool, i8 to u64, text and enum")),
    };
    let most = match kind {
        Kind::Number(_) => 2,
        Kind::Text => 1,
        _ => 0,
    };
    let elements = shape.iter().try_fold(1_usize, |product, side| product.checked_mul(*side));
    if shape.len() > most || elements.is_none_or(|elements| elements == 0 || elements > 16 << 20) {
        return Err(format!("`shape` has at most {most} sides here, and 16 million elements"));
    }
    Ok(types::native(protocol, kind, shape))
}

fn zero(native: &NativeType) -> Value {
    match (native.kind, native.shape.as_slice()) {
        (Kind::Number(scalar), [_, ..]) => {
            let count = native.shape.iter().product();
            types::array(scalar, native.shape.clone(), std::iter::repeat_n(0.0, count))
                .map_or(Value::None, Value::Array)
        }
        (Kind::Text, [_, ..]) => Value::Texts(Vec::new()),
        (Kind::Text, []) => Value::Text(String::new()),
        (kind, _) => types::of_float(kind, 0.0).unwrap_or(Value::None),
    }
}

fn value_of(yaml: &Yaml, native: &NativeType, labels: &[String]) -> Result<Value, String> {
    let wrong = || format!("the value does not fit its type {}", native.name);
    let value = match (native.kind, native.shape.as_slice(), yaml) {
        (Kind::None, [], Yaml::Null) => Value::None,
        (Kind::Number(ScalarKind::Bool), [], Yaml::Bool(value)) => Value::Bool(*value),
        (Kind::Number(scalar), [], Yaml::Number(number)) if scalar.is_float() => {
            Value::Float(number.as_f64().ok_or_else(wrong)?)
        }
        (Kind::Number(_), [], Yaml::Number(number)) => {
            let integer = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
            Value::Int(integer.ok_or_else(wrong)?)
        }
        (Kind::Text, [], Yaml::String(text)) => Value::Text(text.clone()),
        (Kind::Text, [_], Yaml::Sequence(items)) => {
            let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            Value::Texts(texts.ok_or_else(wrong)?)
        }
        (Kind::Enum, [], Yaml::String(label)) => {
            let found = labels.iter().zip(0_u32..).find(|(one, _)| *one == label);
            Value::Enum(found.ok_or_else(|| format!("`{label}` is none of its labels"))?.1)
        }
        (Kind::Enum, [], Yaml::Number(number)) => {
            Value::Enum(number.as_u64().and_then(|index| index.try_into().ok()).ok_or_else(wrong)?)
        }
        (Kind::Number(scalar), [_], Yaml::Sequence(items)) => {
            let numbers: Option<Vec<f64>> = items.iter().map(Yaml::as_f64).collect();
            let numbers = numbers.ok_or_else(wrong)?;
            Value::Array(types::array(scalar, vec![numbers.len()], numbers.into_iter()).ok_or_else(wrong)?)
        }
        (Kind::Number(scalar), [_, _], Yaml::Sequence(rows)) => {
            let rows: Option<Vec<&Vec<Yaml>>> = rows.iter().map(Yaml::as_sequence).collect();
            let rows = rows.ok_or_else(wrong)?;
            let columns = rows.first().map_or(0, |row| row.len());
            if rows.iter().any(|row| row.len() != columns) {
                return Err("its rows have different lengths".to_owned());
            }
            let numbers: Option<Vec<f64>> = rows.iter().flat_map(|row| row.iter()).map(Yaml::as_f64).collect();
            let numbers = numbers.ok_or_else(wrong)?;
            Value::Array(types::array(scalar, vec![rows.len(), columns], numbers.into_iter()).ok_or_else(wrong)?)
        }
        _ => return Err(wrong()),
    };
    types::fits(native, labels, &value).map(|()| value)
}
