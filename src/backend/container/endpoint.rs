//! [`Endpoint`]: where a Jupyter server is. The token goes into a header and nowhere else.

use std::net::Ipv6Addr;
use std::path::PathBuf;

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::Error;
use crate::config::Secret;

/// One Jupyter server and the kernels that are used there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name or an address; an IPv6 address with or without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is secured by TLS.
    pub https: bool,
    /// The server's `base_url`, such as `/jupyter`; empty or `/` for none.
    pub base_path: String,
    /// The server's token.
    pub token: Option<Secret>,
    /// Certificates (PEM) to trust besides the system's own.
    pub ca_file: Option<PathBuf>,
    /// The kernelspec.
    pub kernel_name: String,
}

impl Endpoint {
    /// A server without TLS, base path and token, and its kernelspec `python3`.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            https: false,
            base_path: String::new(),
            token: None,
            ca_file: None,
            kernel_name: "python3".to_owned(),
        }
    }

    /// The address of the server, with its base path and a slash at the end.
    pub fn base(&self) -> Result<Url, Error> {
        let wrong = |reason: String| Err(Error::Settings(reason));
        let host = self.host.trim();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let host = match bare.parse::<Ipv6Addr>() {
            Ok(address) => format!("[{address}]"),
            Err(_) if host.contains(|c: char| "/?#@:\\[]%".contains(c) || c.is_whitespace() || c.is_control()) => {
                return wrong(format!(
                    "host {:?} is no host name or address; port, https and base_path have settings of their own",
                    self.host
                ));
            }
            Err(_) => host.to_owned(),
        };
        if self.port == 0 {
            return wrong("port is 0; give the port that the server listens on".to_owned());
        }
        let scheme = if self.https { "https" } else { "http" };
        let Ok(mut url) = Url::parse(&format!("{scheme}://{host}:{}/", self.port)) else {
            return wrong(format!("host {:?} is no host name or address", self.host));
        };
        if self.base_path.contains(|c: char| "?#\\".contains(c) || c.is_control())
            || self.base_path.split('/').any(|segment| matches!(segment, "." | ".."))
        {
            return wrong(format!("base_path {:?} is no path", self.base_path));
        }
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(self.base_path.split('/').filter(|segment| !segment.is_empty())).push("");
        }
        Ok(url)
    }

    /// The header that holds the token.
    pub(super) fn authorization(&self) -> Result<Option<HeaderValue>, Error> {
        let Some(token) = self.token.as_ref().filter(|token| !token.is_empty()) else { return Ok(None) };
        let mut value = HeaderValue::from_str(&format!("token {}", token.expose()))
            .map_err(|_| Error::Settings("the token has characters that no header can have".to_owned()))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

/// The address of a resource below a base address.
pub(super) fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str, https: bool, base_path: &str) -> Result<String, Error> {
        let endpoint =
            Endpoint { host: host.to_owned(), https, base_path: base_path.to_owned(), ..Endpoint::new("", 8888) };
        endpoint.base().map(|url| url.to_string())
    }

    #[test]
    fn addresses_are_built_from_their_parts() {
        for (host, https, base_path, url) in [
            ("localhost", false, "", "http://localhost:8888/"),
            ("localhost", false, "/", "http://localhost:8888/"),
            ("10.0.0.1", true, "jupyter", "https://10.0.0.1:8888/jupyter/"),
            ("Lab.Example", true, "/user/a b/", "https://lab.example:8888/user/a%20b/"),
            ("lab", false, "//a//b//", "http://lab:8888/a/b/"),
            ("::1", false, "", "http://[::1]:8888/"),
            ("[fe80::2]", true, "/x", "https://[fe80::2]:8888/x/"),
        ] {
            assert_eq!(at(host, https, base_path).unwrap(), url);
        }
        let base = Url::parse("http://h:1/x/").unwrap();
        assert_eq!(below(&base, &["api", "kernels", "a/b?c"]).as_str(), "http://h:1/x/api/kernels/a%2Fb%3Fc");
    }

    #[test]
    fn what_is_no_host_or_path_is_refused() {
        for host in
            ["", " ", "http://h", "h:1", "u@h", "h/x", "h?x", "[::1", "::1%eth0", "a b", "a\nb", "1.2.3.4.5.6", "[]"]
        {
            assert!(at(host, false, "").is_err(), "{host}");
        }
        for path in ["/a?token=x", "/a#b", "/../etc", "a\\b", "a\nb"] {
            assert!(at("h", false, path).is_err(), "{path}");
        }
        assert!(Endpoint::new("h", 0).base().is_err());
    }

    #[test]
    fn the_token_is_in_the_header_and_nowhere_else() {
        let endpoint = Endpoint { token: Some(Secret::new("geheim1234")), ..Endpoint::new("h", 1) };
        let header = endpoint.authorization().unwrap().unwrap();
        assert_eq!(header.to_str().unwrap(), "token geheim1234");
        assert!(!format!("{endpoint:?} {header:?} {}", endpoint.base().unwrap()).contains("geheim"));
        let broken = Endpoint { token: Some(Secret::new("geheim\u{7f}x")), ..Endpoint::new("h", 1) };
        assert!(!broken.authorization().unwrap_err().to_string().contains("geheim"));
        assert_eq!(Endpoint::new("h", 1).authorization().unwrap(), None);
    }
}
