//! What a site says in `config.yml`, nested below `osprey:` or flat: one noun a file. Texts only; whoever opens files hands
//! them over.

mod control_system;

pub use control_system::{
    Connector, ControlSystemConfig, EpicsConnector, Gateway, Gateways, Kind, LimitsChecking, MockConnector,
    OnViolation, SettingsError, TangoConnector, WriteVerification, expand,
};
