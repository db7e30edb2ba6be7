//! A Tango device server, alone or with a Tango database that knows it.

use std::sync::{LazyLock, OnceLock};

use tempfile::TempDir;

use super::Witness;
use super::ports::Port;
use super::process::{Recipe, Server};

/// A running device server.
pub(crate) struct Tango {
    // Dropped in this order: a device server without its database takes long to notice.
    server: Server,
    database: Option<Database>,
    port: Port,
    device: &'static str,
    witness: OnceLock<Witness>,
}

struct Database {
    server: Server,
    port: Port,
    /// Holds its file.
    _folder: TempDir,
}

impl Database {
    fn start() -> Self {
        let port = Port::take();
        let folder = TempDir::new().expect("a folder for the Tango database");
        let file = folder.path().join("tango.db").to_str().expect("a path in UTF-8").to_owned();
        let number = port.number().to_string();
        let server = Server::start(Recipe {
            script: "tango_database.py",
            arguments: [number.as_str(), "tango_device/test", "PowerSupply", Tango::DEVICE].map(str::to_owned).to_vec(),
            environment: vec![("PYTANGO_DATABASE_NAME".to_owned(), file), ("TANGO_HOST".to_owned(), port.address())],
            ports: vec![port.number()],
        });
        Self { server, port, _folder: folder }
    }
}

impl Tango {
    /// The device's name, as a database knows it.
    pub(crate) const DEVICE: &str = "test/ps/1";

    /// The device server without a database that all tests of this process share.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<Tango> = LazyLock::new(Tango::start);
        &SHARED
    }

    /// The server of the device with every type, without a database, that all tests of this process share.
    pub(crate) fn zoo() -> &'static Self {
        static SHARED: LazyLock<Tango> = LazyLock::new(|| Tango::start_zoo(&[]));
        &SHARED
    }

    /// The same, of the caller's own, with this environment.
    pub(crate) fn start_zoo(environment: &[(&str, &str)]) -> Self {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::start_in(None, "tango_zoo.py", "test/zoo/1", environment)
    }

    /// A device server of the caller's own, without a database.
    pub(crate) fn start() -> Self {
        Self::start_in(None, "tango_device.py", Self::DEVICE, Vec::new())
    }

    /// A device server of the caller's own, with a database of its own.
    pub(crate) fn start_with_database() -> Self {
        Self::start_in(Some(Database::start()), "tango_device.py", Self::DEVICE, Vec::new())
    }

    fn start_in(
        database: Option<Database>,
        script: &'static str,
        device: &'static str,
        mut environment: Vec<(String, String)>,
    ) -> Self {
        let port = Port::take();
        let mut arguments = vec!["test"];
        match &database {
            Some(database) => environment.push(("TANGO_HOST".to_owned(), database.port.address())),
            None => arguments.extend(["-nodb", "-dlist", device]),
        }
        let end_point = format!("giop:tcp:{}", port.address());
        arguments.extend(["-ORBendPoint", &end_point]);
        let server = Server::start(Recipe {
            script,
            arguments: arguments.into_iter().map(str::to_owned).collect(),
            environment,
            ports: vec![port.number()],
        });
        Self { server, database, port, device, witness: OnceLock::new() }
    }

    /// The device's full name: by its database if it has one, else by the server's own address.
    pub(crate) fn trl(&self) -> String {
        match &self.database {
            Some(database) => format!("tango://{}/{}", database.port.address(), self.device),
            None => format!("tango://{}/{}#dbase=no", self.port.address(), self.device),
        }
    }

    /// Where the device server accepts.
    pub(crate) fn address(&self) -> String {
        self.port.address()
    }

    /// What `TANGO_HOST` must be to find the device by its name alone, if there is a database.
    pub(crate) fn host(&self) -> Option<String> {
        self.database.as_ref().map(|database| database.port.address())
    }

    /// An independent client.
    pub(crate) fn witness(&self) -> &Witness {
        self.witness.get_or_init(|| {
            let host = self.host().map(|host| ("TANGO_HOST".to_owned(), host));
            Witness::start(&host.into_iter().collect::<Vec<_>>())
        })
    }

    /// The device server's process.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// The device server's process, to kill and restart.
    pub(crate) fn server_mut(&mut self) -> &mut Server {
        &mut self.server
    }

    /// The database's process, to kill and restart.
    pub(crate) fn database_mut(&mut self) -> Option<&mut Server> {
        self.database.as_mut().map(|database| &mut database.server)
    }
}
