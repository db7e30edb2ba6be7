//! The table of guesses: which words in a name mean which quantity.

/// What a word stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sort {
    /// A physical quantity.
    Quantity(Quantity),
    /// One of some labels: the labels, the first index, whether programs may set it.
    Labels(&'static [&'static str], u32, bool),
    /// A text: what it says, whether programs may set it.
    Text(&'static str, bool),
    /// A count: how many at first, the most, whether it is only observed.
    Count(i32, i32, bool),
    /// A row of numbers, of the quantity that the name's other words say.
    Row(usize),
    /// Rows and columns of bytes.
    Image(usize, usize),
}

/// A physical quantity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quantity {
    pub nominal: f64,
    /// How far apart channels are, in the quantity's unit.
    pub spread: f64,
    /// Standard deviation of a measurement.
    pub noise: f64,
    pub unit: &'static str,
    pub precision: i32,
    /// What may be written and is displayed; equal for no limits.
    pub limits: (f64, f64),
    /// Outside is a warning; equal for none.
    pub warning: (f64, f64),
    /// Outside is an alarm; equal for none.
    pub alarm: (f64, f64),
    /// Whether it is only observed, unless the name says that it is a setpoint.
    pub measured: bool,
}

/// Words and what they mean. `=` before a word: it stands alone. After a blank: another word that must be there too.
#[derive(Debug)]
pub(super) struct Guess {
    pub words: &'static [&'static str],
    pub sort: Sort,
}

const fn q(nominal: f64, spread: f64, noise: f64, unit: &'static str, precision: i32, limits: (f64, f64)) -> Quantity {
    Quantity {
        nominal,
        spread,
        noise,
        unit,
        precision,
        limits,
        warning: (0.0, 0.0),
        alarm: (0.0, 0.0),
        measured: false,
    }
}

const fn measured(quantity: Quantity, warning: (f64, f64), alarm: (f64, f64)) -> Sort {
    Sort::Quantity(Quantity { warning, alarm, measured: true, ..quantity })
}

/// What a name without any of the words is.
pub(super) const UNKNOWN: Quantity = q(0.0, 0.0, 0.0, "", 3, (0.0, 0.0));

const NONE: (f64, f64) = (0.0, 0.0);

/// Of several words the last in the name counts; at the same place the longest, then the first in the table.
pub(super) const GUESSES: &[Guess] = &[
    // Before the beam's position, which has the same word for one of its numbers.
    Guess { words: &["=orbit", "orbitx", "orbity"], sort: Sort::Row(96) },
    // Only observed.
    Guess {
        words: &["current beam", "=curr beam", "dcct", "=dct"],
        sort: measured(q(500.0, 0.0, 0.05, "mA", 3, (0.0, 600.0)), (0.0, 520.0), (0.0, 550.0)),
    },
    Guess { words: &["lifetime"], sort: measured(q(8.5, 0.5, 0.02, "h", 2, (0.0, 100.0)), (2.0, 100.0), (0.5, 100.0)) },
    Guess {
        words: &["=tune", "tunex", "tuney", "=nux", "=nuy", "=qx", "=qy"],
        sort: measured(q(0.22, 0.03, 1e-4, "", 5, (0.0, 0.5)), NONE, NONE),
    },
    Guess {
        words: &["pressure", "vacuum", "=press", "=ccg", "=ig"],
        sort: measured(q(1e-9, 2e-10, 1e-11, "Torr", 12, (0.0, 1.0)), (0.0, 1e-8), (0.0, 1e-7)),
    },
    Guess {
        words: &["temperature", "=temp", "=tc", "=rtd"],
        sort: measured(q(25.0, 2.0, 0.02, "degC", 2, (0.0, 120.0)), (10.0, 45.0), (5.0, 60.0)),
    },
    Guess { words: &["humidity"], sort: measured(q(45.0, 3.0, 0.1, "%", 1, (0.0, 100.0)), (20.0, 70.0), (10.0, 85.0)) },
    Guess { words: &["flow"], sort: measured(q(10.0, 1.0, 0.02, "l/min", 2, (0.0, 50.0)), (5.0, 50.0), (3.0, 50.0)) },
    Guess {
        words: &["=bpm", "pos bpm", "position bpm", "=orbit"],
        sort: measured(q(0.0, 0.05, 2e-4, "mm", 5, (-20.0, 20.0)), (-1.0, 1.0), (-3.0, 3.0)),
    },
    Guess {
        words: &["=loss", "losses", "=blm"],
        sort: measured(q(5.0, 1.0, 0.3, "1/s", 1, (0.0, 1e6)), (0.0, 1e3), (0.0, 1e4)),
    },
    Guess { words: &["emittance", "=emit"], sort: measured(q(2.0, 0.1, 0.01, "nm rad", 3, (0.0, 100.0)), NONE, NONE) },
    Guess {
        words: &["radiation", "=dose"],
        sort: measured(q(0.1, 0.02, 0.005, "uSv/h", 3, (0.0, 1e4)), (0.0, 0.5), (0.0, 2.0)),
    },
    Guess { words: &["=charge"], sort: measured(q(1.0, 0.05, 0.005, "nC", 3, (0.0, 100.0)), NONE, NONE) },
    Guess { words: &["size", "=sigma"], sort: measured(q(60.0, 5.0, 0.1, "um", 2, (0.0, 1e4)), NONE, NONE) },
    // Set and observed.
    Guess { words: &["energy"], sort: Sort::Quantity(q(1900.0, 0.0, 0.01, "MeV", 2, (0.0, 3000.0))) },
    Guess {
        words: &["hcm", "vcm", "corrector", "=hcor", "=vcor", "=ch", "=cv"],
        sort: Sort::Quantity(q(0.0, 2.0, 1e-3, "A", 4, (-20.0, 20.0))),
    },
    Guess {
        words: &["current", "=curr", "=i", "quad", "sext", "=qf", "=qd", "=sf", "=sd", "bend", "dipole", "magnet"],
        sort: Sort::Quantity(q(100.0, 10.0, 0.005, "A", 4, (0.0, 500.0))),
    },
    Guess {
        words: &["voltage", "=volt", "=volts", "=hv"],
        sort: Sort::Quantity(q(5000.0, 50.0, 0.5, "V", 2, (0.0, 10000.0))),
    },
    Guess { words: &["frequency", "=freq"], sort: Sort::Quantity(q(499.65, 0.0, 1e-6, "MHz", 6, (490.0, 510.0))) },
    Guess { words: &["phase", "=phi"], sort: Sort::Quantity(q(0.0, 30.0, 0.01, "deg", 3, (-180.0, 180.0))) },
    Guess { words: &["power"], sort: Sort::Quantity(q(50.0, 5.0, 0.02, "kW", 2, (0.0, 300.0))) },
    Guess { words: &["=gap"], sort: Sort::Quantity(q(30.0, 5.0, 1e-4, "mm", 4, (10.0, 300.0))) },
    Guess {
        words: &["position", "=pos", "motor", "=mtr", "slit", "=stage"],
        sort: Sort::Quantity(q(0.0, 5.0, 1e-4, "mm", 4, (-100.0, 100.0))),
    },
    Guess { words: &["angle", "=theta", "=tilt"], sort: Sort::Quantity(q(0.0, 5.0, 1e-4, "deg", 4, (-180.0, 180.0))) },
    Guess { words: &["field"], sort: Sort::Quantity(q(1.2, 0.05, 1e-5, "T", 5, (-10.0, 10.0))) },
    Guess { words: &["chromaticity", "=chrom"], sort: Sort::Quantity(q(2.0, 0.2, 0.01, "", 2, (-10.0, 10.0))) },
    Guess { words: &["=gain"], sort: Sort::Quantity(q(1.0, 0.0, 0.0, "", 3, (0.0, 100.0))) },
    Guess { words: &["delay"], sort: Sort::Quantity(q(100.0, 20.0, 0.0, "ns", 3, (0.0, 1e9))) },
    Guess { words: &["=rate"], sort: Sort::Quantity(q(10.0, 0.0, 0.0, "Hz", 2, (0.0, 1000.0))) },
    Guess {
        words: &["exposure", "acquiretime", "=duration"],
        sort: Sort::Quantity(q(0.1, 0.0, 0.0, "s", 4, (0.0, 3600.0))),
    },
    Guess { words: &["velocity", "=velo", "speed"], sort: Sort::Quantity(q(1.0, 0.0, 0.001, "mm/s", 3, (0.0, 50.0))) },
    Guess { words: &["level", "percent"], sort: Sort::Quantity(q(50.0, 5.0, 0.05, "%", 1, (0.0, 100.0))) },
    // Labels.
    Guess { words: &["state"], sort: Sort::Labels(&["Off", "Standby", "On", "Ramping", "Fault"], 2, true) },
    Guess { words: &["=mode", "opmode"], sort: Sort::Labels(&["Off", "Manual", "Auto", "Maintenance"], 2, true) },
    Guess { words: &["status", "=sts", "=stat"], sort: Sort::Labels(&["OK", "Warning", "Fault"], 0, false) },
    Guess { words: &["enable"], sort: Sort::Labels(&["Disabled", "Enabled"], 1, true) },
    Guess { words: &["=on", "onoff", "switch", "=sw"], sort: Sort::Labels(&["Off", "On"], 1, true) },
    Guess { words: &["valve", "shutter", "=gv"], sort: Sort::Labels(&["Closed", "Open"], 1, true) },
    Guess { words: &["interlock", "=ilk", "permit"], sort: Sort::Labels(&["Tripped", "OK"], 1, false) },
    Guess { words: &["fault", "=alarm", "=error"], sort: Sort::Labels(&["No", "Yes"], 0, false) },
    Guess { words: &["polarity"], sort: Sort::Labels(&["Positive", "Negative"], 0, true) },
    Guess { words: &["trigger", "=trig"], sort: Sort::Labels(&["Internal", "External"], 0, true) },
    // Texts.
    Guess { words: &["=name", "devicename"], sort: Sort::Text("", false) },
    Guess { words: &["=desc", "description"], sort: Sort::Text("simulated", true) },
    Guess {
        words: &["message", "=msg", "comment", "=title", "operator", "=filename"],
        sort: Sort::Text("simulated", true),
    },
    Guess { words: &["version", "=host", "=hostname", "=serial"], sort: Sort::Text("simulated", false) },
    // Counts.
    Guess { words: &["=count", "counter", "=counts", "=turns"], sort: Sort::Count(1000, i32::MAX, true) },
    Guess { words: &["=num", "number", "=index", "bucket", "=averages", "=navg"], sort: Sort::Count(1, 1000, false) },
    // Many at once.
    Guess { words: &["=wf", "=wfm", "waveform", "trace", "spectrum", "profile", "=array"], sort: Sort::Row(1024) },
    Guess { words: &["image"], sort: Sort::Image(64, 64) },
];
