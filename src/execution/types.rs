//! [`Types`]: what an execution's plain JSON results do not say of themselves: that a list was an array or a tuple, that a
//! number was one of numpy. It comes from the guest: it is checked for form and size, and serves to rebuild values only.

use serde::{Deserialize, Serialize};

/// Most places that are named; the guest leaves out what is beyond.
const MAX_PLACES: usize = 10_000;
/// Most axes that an array has in numpy.
const MAX_AXES: usize = 64;

/// The types that `results` lost as JSON, by place (`docs/results.md`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Types {
    /// At most 10,000.
    pub places: Places,
    /// How many more there were.
    #[serde(default)]
    pub left_out: u64,
}

impl Types {
    /// Whether the JSON says all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.0.is_empty() && self.left_out == 0
    }
}

/// At most 10,000 places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Place>")]
pub struct Places(Vec<Place>);

impl Places {
    /// The places.
    #[must_use]
    pub fn as_slice(&self) -> &[Place] {
        &self.0
    }
}

impl TryFrom<Vec<Place>> for Places {
    type Error = String;

    fn try_from(places: Vec<Place>) -> Result<Self, String> {
        if places.len() > MAX_PLACES {
            return Err(format!("there are {} places of types, more than {MAX_PLACES}", places.len()));
        }
        Ok(Self(places))
    }
}

/// One place and what was there. `at` is a JSON pointer (RFC 6901) into `results`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase", deny_unknown_fields)]
pub enum Place {
    /// A list that was a tuple.
    Tuple {
        /// Where.
        at: String,
    },
    /// A number or text that was a scalar of numpy.
    Numpy {
        /// Where.
        at: String,
        /// Of which type.
        dtype: Dtype,
        /// Whether not this place but each item of the list there is meant.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        each: bool,
    },
    /// Nested lists that were an array.
    Ndarray {
        /// Where.
        at: String,
        /// Of which type.
        dtype: Dtype,
        /// Its length along each axis.
        shape: Shape,
    },
}

impl Place {
    /// Its JSON pointer.
    #[must_use]
    pub fn at(&self) -> &str {
        match self {
            Self::Tuple { at } | Self::Numpy { at, .. } | Self::Ndarray { at, .. } => at,
        }
    }
}

/// A plain type of numpy: a boolean, integer, real, complex, text or bytes, such as `float32` or `>f4`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Dtype(String);

impl Dtype {
    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Dtype {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let plain = [
            "bool",
            "int8",
            "int16",
            "int32",
            "int64",
            "uint8",
            "uint16",
            "uint32",
            "uint64",
            "float16",
            "float32",
            "float64",
            "complex64",
            "complex128",
            "str",
            "bytes",
        ];
        let ordered = ["i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8"];
        let fine =
            plain.contains(&name.as_str()) || name.strip_prefix(['<', '>']).is_some_and(|name| ordered.contains(&name));
        if fine { Ok(Self(name)) } else { Err("a type is not one of numpy's plain ones".to_owned()) }
    }
}

/// Lengths along at most 64 axes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u32>")]
pub struct Shape(Vec<u32>);

impl Shape {
    /// The lengths.
    #[must_use]
    pub fn lengths(&self) -> &[u32] {
        &self.0
    }
}

impl TryFrom<Vec<u32>> for Shape {
    type Error = String;

    fn try_from(lengths: Vec<u32>) -> Result<Self, String> {
        if lengths.len() > MAX_AXES { Err(format!("an array has at most {MAX_AXES} axes")) } else { Ok(Self(lengths)) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn types_are_read_as_they_are_written() {
        let text = json!({ "places": [
            { "is": "tuple", "at": "/a" },
            { "is": "numpy", "at": "/b", "dtype": "float32", "each": true },
            { "is": "ndarray", "at": "", "dtype": ">i8", "shape": [2, 0] },
        ], "left_out": 3 });
        let types: Types = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(&types).unwrap(), text);
    }

    #[test]
    fn types_of_another_form_are_refused() {
        let place = |place: Value| json!({ "places": [place] });
        for bad in [
            json!([]),
            json!({}),
            json!({ "places": [], "left_out": -1 }),
            json!({ "places": [], "more": 1 }),
            json!({ "places": vec![json!({ "is": "tuple", "at": "/a" }); 10_001] }),
            place(json!({ "at": "/a" })),
            place(json!({ "is": "tuple" })),
            place(json!({ "is": "tuple", "at": "/a", "file": "x" })),
            place(json!({ "is": "object", "at": "/a" })),
            place(json!({ "is": "numpy", "at": "/a", "dtype": "object" })),
            place(json!({ "is": "numpy", "at": "/a", "dtype": "<O" })),
            place(json!({ "is": "numpy", "at": "/a", "dtype": "U100000000" })),
            place(json!({ "is": "ndarray", "at": "/a", "dtype": "int8", "shape": [-1] })),
            place(json!({ "is": "ndarray", "at": "/a", "dtype": "int8", "shape": [1e300] })),
            place(json!({ "is": "ndarray", "at": "/a", "dtype": "int8", "shape": vec![1; 65] })),
        ] {
            assert!(serde_json::from_value::<Types>(bad.clone()).is_err(), "{bad}");
        }
    }
}
