//! `network`: a program opens connections of its own.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "network",
    summary: "opens connections of its own",
    why: "A program has one way to a control system: the libraries that go through the gate. A socket is another: it can speak Channel Access by itself, or carry data away.",
    instead: "Read channels with `epics`, `tango` or `p4p`. Hand files and web pages in as inputs.",
    example: Example {
        found: "import socket\ns = socket.create_connection(('10.0.0.5', 5064))\n",
        clean: "import epics\nvalue = epics.caget('SR:DCCT')\n",
    },
    wasi: Severity::Warning,
    host: Severity::Refusal,
    check,
};

const NAMES: &[&str] = &[
    "_socket",
    "aiohttp",
    "asyncio.open_connection",
    "asyncio.open_unix_connection",
    "asyncio.start_server",
    "asyncio.start_unix_server",
    "ftplib",
    "grpc",
    "http.client",
    "http.server",
    "httpx",
    "imaplib",
    "nntplib",
    "paramiko",
    "poplib",
    "psycopg",
    "psycopg2",
    "pymongo",
    "redis",
    "requests",
    "select",
    "selectors",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "websocket",
    "websockets",
    "xmlrpc",
    "zmq",
];

fn check(look: &Look<'_>, seen: &mut Seen) {
    look.uses_below(NAMES, "opens connections of its own", seen);
}
