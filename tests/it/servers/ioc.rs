//! EPICS servers: Base (the reference), pythonSoftIOC, caproto (Channel Access only), p4p (PV Access only).

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, OnceLock};

use super::Witness;
use super::ports::Port;
use super::process::{Recipe, Server};

/// Which server; what each serves stands at the top of its Python file.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// EPICS Base 7: the records of `machine.db`, over Channel Access and PV Access.
    Base,
    /// pythonSoftIOC, over Channel Access and PV Access.
    Soft,
    /// caproto, over Channel Access.
    Caproto,
    /// p4p, over PV Access.
    P4p,
    /// caproto, over Channel Access, which keeps a list of every put that arrives.
    Puts,
}

impl Kind {
    fn script(self) -> &'static str {
        match self {
            Self::Base => "base_ioc.py",
            Self::Soft => "soft_ioc.py",
            Self::Caproto => "caproto_ioc.py",
            Self::P4p => "p4p_server.py",
            Self::Puts => "puts_ioc.py",
        }
    }

    fn serves_ca(self) -> bool {
        !matches!(self, Self::P4p)
    }

    fn serves_pva(self) -> bool {
        !matches!(self, Self::Caproto | Self::Puts)
    }
}

impl Drop for Ioc {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.puts);
    }
}

/// A running EPICS server.
pub(crate) struct Ioc {
    server: Server,
    prefix: String,
    ca: Port,
    repeater: Port,
    pva: Port,
    search: Port,
    puts: PathBuf,
    witness: OnceLock<Witness>,
}

impl Ioc {
    /// The server of this kind that all tests of this process share. It is left running and in no particular state.
    pub(crate) fn shared(kind: Kind) -> &'static Self {
        static BASE: LazyLock<Ioc> = LazyLock::new(|| Ioc::start(Kind::Base));
        static SOFT: LazyLock<Ioc> = LazyLock::new(|| Ioc::start(Kind::Soft));
        static CAPROTO: LazyLock<Ioc> = LazyLock::new(|| Ioc::start(Kind::Caproto));
        static P4P: LazyLock<Ioc> = LazyLock::new(|| Ioc::start(Kind::P4p));
        match kind {
            Kind::Base => &BASE,
            Kind::Soft => &SOFT,
            Kind::Caproto => &CAPROTO,
            Kind::P4p => &P4P,
            Kind::Puts => panic!("its list would be everybody's: start one"),
        }
    }

    /// A server of the caller's own, with a prefix and ports that no other has.
    pub(crate) fn start(kind: Kind) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let prefix = format!("T{}:", STARTED.fetch_add(1, Ordering::Relaxed));
        let (ca, repeater, pva, search) = (Port::take(), Port::take(), Port::take(), Port::take());
        let mut ports = Vec::new();
        if kind.serves_ca() {
            ports.push(ca.number());
        }
        if kind.serves_pva() {
            ports.push(pva.number());
        }
        let number = |port: &Port| port.number().to_string();
        let environment = [
            ("EPICS_CA_SERVER_PORT", number(&ca)),
            ("EPICS_CAS_SERVER_PORT", number(&ca)),
            ("EPICS_CAS_BEACON_PORT", number(&repeater)),
            ("EPICS_CA_REPEATER_PORT", number(&repeater)),
            ("EPICS_PVAS_SERVER_PORT", number(&pva)),
            ("EPICS_PVAS_BROADCAST_PORT", number(&search)),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let puts = super::environment::folder().join(format!("puts-{}", ca.number()));
        let mut arguments = vec![prefix.clone()];
        if matches!(kind, Kind::Puts) {
            arguments.push(puts.display().to_string());
        }
        let recipe = Recipe { script: kind.script(), arguments, environment, ports };
        let server = Server::start(recipe);
        Self { server, prefix, ca, repeater, pva, search, puts, witness: OnceLock::new() }
    }

    /// What every name in this server begins with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A name with the prefix.
    pub(crate) fn name(&self, record: &str) -> String {
        format!("{}{record}", self.prefix)
    }

    /// The port of [`Self::ca_address`].
    pub(crate) fn ca_port(&self) -> u16 {
        self.ca.number()
    }

    /// The puts that arrived in a [`Kind::Puts`], in their order: `A 1.5`.
    pub(crate) fn puts(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.puts).expect("the list of puts");
        text.lines().map(str::to_owned).collect()
    }

    /// Where Channel Access is served: UDP search and TCP on the same port.
    pub(crate) fn ca_address(&self) -> String {
        self.ca.address()
    }

    /// Where PV Access is served, over TCP.
    pub(crate) fn pva_address(&self) -> String {
        self.pva.address()
    }

    /// Where PV Access answers searches, over UDP.
    pub(crate) fn pva_search_address(&self) -> String {
        self.search.address()
    }

    /// The environment in which an EPICS client reaches this server and no other.
    pub(crate) fn client_environment(&self) -> Vec<(String, String)> {
        let number = |port: &Port| port.number().to_string();
        let environment = [
            ("EPICS_CA_ADDR_LIST", self.ca_address()),
            ("EPICS_CA_AUTO_ADDR_LIST", "NO".to_owned()),
            ("EPICS_CA_SERVER_PORT", number(&self.ca)),
            ("EPICS_CA_REPEATER_PORT", number(&self.repeater)),
            ("EPICS_CA_MAX_ARRAY_BYTES", "16000000".to_owned()),
            ("EPICS_PVA_ADDR_LIST", self.pva_search_address()),
            ("EPICS_PVA_AUTO_ADDR_LIST", "NO".to_owned()),
            ("EPICS_PVA_SERVER_PORT", number(&self.pva)),
            ("EPICS_PVA_BROADCAST_PORT", number(&self.search)),
        ];
        environment.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    /// An independent client of this server.
    pub(crate) fn witness(&self) -> &Witness {
        self.witness.get_or_init(|| Witness::start(&self.client_environment()))
    }

    /// Its process.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Its process, to kill and restart.
    pub(crate) fn server_mut(&mut self) -> &mut Server {
        &mut self.server
    }
}
