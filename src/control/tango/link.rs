//! [`Target`]: where a device is found; [`Link`]: a connection to it, with what was learnt over it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::tango::backend::{Backend as _, BackendDev};
use ::tango::corba::CorbaBackend;
use ::tango::dev::{AttrInfo, CommandInfo, DevSource};
use ::tango::error::{Error, ErrorKind};
use ::tango::value::{Scalar, Spectrum, Value};

use super::failure::{Failure, words};
use super::runtime;
use crate::control::Listing;

/// What a Tango database answers to on its server.
const DATABASE: &str = "database";
/// How many types a link remembers.
const MAX_TYPES: usize = 1024;

/// The host and port of a database.
pub(super) type Address = (String, u16);

/// Where a device is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// On the server at this address.
    Direct(Address, String),
    /// Wherever one of these databases says.
    Database(Vec<Address>, String),
}

/// Reads `host:port`.
pub(super) fn address(text: &str) -> Option<Address> {
    let (host, port) = text.trim().rsplit_once(':')?;
    let good = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    Some((host.to_owned(), port.parse().ok().filter(|_| good)?))
}

impl Target {
    /// Where a device of this name is, `tango://host:port/` and `#dbase=no` included.
    pub(super) fn of(device: &str, databases: &[Address]) -> Result<Self, Failure> {
        let (path, database) = match device.strip_suffix("#dbase=no") {
            Some(path) => (path, false),
            None => (device, true),
        };
        let bad = || Failure::Unsupported(format!("`{device}` is no device's name"));
        match path.strip_prefix("tango://") {
            Some(rest) => {
                let (host, name) = rest.split_once('/').ok_or_else(bad)?;
                let address = address(host).ok_or_else(bad)?;
                let name = name.to_owned();
                Ok(if database { Self::Database(vec![address], name) } else { Self::Direct(address, name) })
            }
            None if databases.is_empty() => Err(Failure::NotConnected(
                "no Tango database is configured; set TANGO_HOST, or name the server: tango://host:port/…#dbase=no"
                    .into(),
            )),
            None => Ok(Self::Database(databases.to_vec(), path.to_owned())),
        }
    }

    /// The device over a client of one's own, and which server it is.
    pub(super) async fn open(&self, client: &CorbaBackend) -> Result<(Arc<dyn BackendDev>, String), Failure> {
        let (databases, name) = match self {
            Self::Direct((host, port), name) => {
                let device = client.connect_at(host, *port, name).await.map_err(|error| unreachable(&error))?;
                return Ok((device, format!("{host}:{port}")));
            }
            Self::Database(databases, name) => (databases, name),
        };
        let mut last = Failure::NotConnected("no database".to_owned());
        for (host, port) in databases {
            match client.connect_at(host, *port, DATABASE).await {
                Ok(database) => {
                    let server = Import::of(&*database, name, &format!("{host}:{port}")).await?;
                    let device = client.connect(&server.reference).await.map_err(|error| {
                        Failure::NotConnected(format!("its server {} does not answer: {}", server.name, words(&error)))
                    })?;
                    return Ok((device, server.name));
                }
                Err(error) => {
                    last =
                        Failure::NotConnected(format!("the database {host}:{port} does not answer: {}", words(&error)));
                }
            }
        }
        Err(last)
    }
}

fn unreachable(error: &Error) -> Failure {
    Failure::NotConnected(words(error))
}

/// Where a database says that a device is.
struct Import {
    reference: String,
    name: String,
}

impl Import {
    async fn of(database: &dyn BackendDev, device: &str, host: &str) -> Result<Self, Failure> {
        // A call of one's own and not rstango's: that one would hold the client for as long as the database thinks, and
        // a client that is held cannot be closed.
        let answer = database
            .command(Scalar::from("DbImportDevice"), Value::from(device), DevSource::Dev)
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::Reason(reason) => {
                    Failure::NotConnected(format!("the database {host} has no such device ({reason})"))
                }
                _ => Failure::NotConnected(format!("the database {host} does not say where it is: {}", words(&error))),
            })?;
        let strange = || Failure::NotConnected(format!("the database {host} answers what is not understood"));
        let Value::LongString(numbers, texts) = answer else { return Err(strange()) };
        let text = |at: usize| texts.iter().nth(at).map(str::to_owned);
        let name = format!("{}@{}", text(3).unwrap_or_default(), text(4).unwrap_or_default());
        if numbers.iter().next() != Some(1) {
            return Err(Failure::NotConnected(format!("its server {name} does not run, says the database {host}")));
        }
        Ok(Self { reference: text(1).ok_or_else(strange)?, name })
    }
}

/// A connection to one device. Types are remembered as long as it lasts: a server that was restarted may have others.
pub(super) struct Link {
    pub(super) device: Arc<dyn BackendDev>,
    /// Which server answers.
    pub(super) server: String,
    /// What keeps the connection open. No call holds it, so that taking it away ends them all.
    client: Mutex<Option<Arc<CorbaBackend>>>,
    attributes: Mutex<HashMap<String, Arc<AttrInfo>>>,
    commands: Mutex<HashMap<String, Arc<CommandInfo>>>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Link {
    /// Connects, over a client of its own: what goes wrong on one device's connection reaches no other.
    pub(super) async fn connect(target: &Target) -> Result<Arc<Self>, Failure> {
        let client = CorbaBackend::new();
        let opened = target.open(&client).await;
        match opened {
            Ok((device, server)) => Ok(Arc::new(Self {
                device,
                server,
                client: Mutex::new(Some(client)),
                attributes: Mutex::default(),
                commands: Mutex::default(),
            })),
            Err(failure) => {
                runtime::close(client);
                Err(failure)
            }
        }
    }

    /// Closes the connection. Calls on it come back with an error and are not cancelled.
    pub(super) fn close(&self) {
        if let Some(client) = self.client.lock().unwrap_or_else(PoisonError::into_inner).take() {
            runtime::close(client);
        }
    }

    /// What the device has.
    pub(super) async fn list(&self) -> Result<Listing, Error> {
        let class = self.device.info().await?.class;
        let attributes = self.device.attr_info(None).await?;
        let commands = self.device.command_info(None).await?;
        Ok(Listing {
            class,
            attributes: attributes.iter().map(|named| named.name.value().to_string()).collect(),
            commands: commands.iter().map(|named| named.name.value().to_string()).collect(),
        })
    }

    /// What an attribute is, fresh from the device.
    pub(super) async fn fresh_attribute(&self, name: &str) -> Result<Arc<AttrInfo>, Error> {
        let names = Spectrum::from(&[name][..]);
        let info = self.device.attr_info(Some(names)).await?.into_iter().next().ok_or_else(nothing)?.value?;
        let info = Arc::new(info);
        remember(&self.attributes, name, &info);
        Ok(info)
    }

    /// What an attribute is.
    pub(super) async fn attribute(&self, name: &str) -> Result<Arc<AttrInfo>, Error> {
        match recall(&self.attributes, name) {
            Some(info) => Ok(info),
            None => self.fresh_attribute(name).await,
        }
    }

    /// What a command takes and gives, fresh from the device.
    pub(super) async fn fresh_command(&self, name: &str) -> Result<Arc<CommandInfo>, Error> {
        let names = Spectrum::from(&[name][..]);
        let info = self.device.command_info(Some(names)).await?.into_iter().next().ok_or_else(nothing)?.value?;
        let info = Arc::new(info);
        remember(&self.commands, name, &info);
        Ok(info)
    }

    /// What a command takes and gives.
    pub(super) async fn command(&self, name: &str) -> Result<Arc<CommandInfo>, Error> {
        match recall(&self.commands, name) {
            Some(info) => Ok(info),
            None => self.fresh_command(name).await,
        }
    }

    /// Forgets an attribute's type, which the device has just called wrong.
    pub(super) fn forget(&self, name: &str) {
        self.attributes.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.close();
    }
}

fn nothing() -> Error {
    Error::new(ErrorKind::InvalidData).with_description("The device answered with nothing")
}

fn recall<T>(types: &Mutex<HashMap<String, Arc<T>>>, name: &str) -> Option<Arc<T>> {
    types.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
}

fn remember<T>(types: &Mutex<HashMap<String, Arc<T>>>, name: &str, info: &Arc<T>) {
    let mut types = types.lock().unwrap_or_else(PoisonError::into_inner);
    if types.len() >= MAX_TYPES {
        types.clear();
    }
    types.insert(name.to_owned(), Arc::clone(info));
}
