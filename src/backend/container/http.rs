//! How a Jupyter server is asked: each question has a deadline, each answer a bound, each failure a name.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Client, Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::endpoint::{Endpoint, below};
use super::error::{Error, excerpt};
use super::rest::{Server, random};
use crate::config::Secret;

/// Most bytes of an answer.
const MAX_ANSWER: usize = 8 << 20;

/// What a plain question is asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    None,
    /// The configured token, in the header.
    Configured,
    /// A token that nobody has.
    Random,
    /// The configured token, in the address, which logs keep.
    InAddress,
}

impl Server {
    /// The HTTP status that a question is answered with, whatever it means.
    pub async fn status_of(&self, path: &[&str], with: Credential) -> Result<u16, Error> {
        let mut url = below(self.base(), path);
        if let (Credential::InAddress, Some(token)) = (with, &self.endpoint().token) {
            url.query_pairs_mut().append_pair("token", token.expose());
        }
        let header = match with {
            Credential::Configured => self.endpoint().authorization()?,
            Credential::Random => {
                Endpoint { token: Some(Secret::new(random(16)?)), ..Endpoint::new("", 1) }.authorization()?
            }
            Credential::None | Credential::InAddress => None,
        };
        let mut request = self.client().get(url);
        if let Some(header) = header {
            request = request.header(AUTHORIZATION, header);
        }
        let (within, what) = (self.timing().answer, "answer");
        match tokio::time::timeout(within, request.send()).await {
            Ok(answer) => Ok(answer.map_err(|error| self.broken(&error.without_url()))?.status().as_u16()),
            Err(_) => Err(Error::TimedOut { server: self.address(), what, after: within }),
        }
    }

    /// A request to a resource, with the token.
    pub(super) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<reqwest::RequestBuilder, Error> {
        let mut url = below(self.base(), path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.client().request(method, url);
        if let Some(token) = self.endpoint().authorization()? {
            request = request.header(AUTHORIZATION, token);
        }
        Ok(request)
    }

    pub(super) async fn ask(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
        within: Duration,
        what: &'static str,
    ) -> Result<Answer, Error> {
        let mut request = self.request(method, path, &[])?;
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let asked = async {
            let mut response = request.send().await.map_err(|error| self.broken(&error))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(&error))? {
                if body.len() + chunk.len() > MAX_ANSWER {
                    return Err(self.no_jupyter(format!("an answer is longer than {MAX_ANSWER} bytes")));
                }
                body.extend_from_slice(&chunk);
            }
            self.judge(status, &headers, &body, what)?;
            Ok(Answer { server: self.clone(), body })
        };
        let late = |_| Error::TimedOut { server: self.address(), what, after: within };
        tokio::time::timeout(within, asked).await.map_err(late)?
    }

    /// What an answer's status means.
    pub(super) fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        what: &'static str,
    ) -> Result<(), Error> {
        let server = self.address();
        if status.is_success() {
            return Ok(());
        }
        if status.is_redirection() {
            let to = headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("an unknown address");
            let to = excerpt(to.split(['?', '#']).next().unwrap_or_default());
            return Err(Error::Redirected { server, to });
        }
        if matches!(status.as_u16(), 401 | 403) {
            let sent = self.endpoint().token.as_ref().is_some_and(|token| !token.is_empty());
            return Err(Error::Denied { server, sent });
        }
        let message = match serde_json::from_slice::<Said>(body) {
            Ok(Said { message, reason }) => message.filter(|text| !text.is_empty()).or(reason).unwrap_or_default(),
            // A Jupyter server answers in JSON; a proxy before it that has trouble does not.
            Err(_) if status.is_server_error() => String::from_utf8_lossy(&body[..body.len().min(4096)]).into_owned(),
            Err(_) => return Err(self.no_jupyter(format!("it answers with status {status} and no JSON"))),
        };
        let mut message = excerpt(&message);
        if let Some(token) = self.endpoint().token.as_ref().filter(|token| !token.is_empty()) {
            message = message.replace(token.expose(), "***");
        }
        Err(Error::Failed { server, what, status: status.as_u16(), message })
    }

    pub(super) fn no_jupyter(&self, reason: String) -> Error {
        Error::NotJupyter { server: self.address(), reason }
    }

    /// What a request that got no answer means.
    pub(super) fn broken(&self, error: &reqwest::Error) -> Error {
        let server = self.address();
        let mut cause: &(dyn std::error::Error + 'static) = error;
        let mut tls = false;
        loop {
            tls |= cause.is::<rustls::Error>();
            let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
            let next: Option<&(dyn std::error::Error + 'static)> = match inner {
                Some(inner) => Some(inner),
                None => cause.source(),
            };
            let Some(next) = next else { break };
            cause = next;
        }
        let reason = if error.is_timeout() { "it does not answer".to_owned() } else { excerpt(&cause.to_string()) };
        if tls {
            return Error::Tls { server, reason };
        }
        if reason.contains("invalid HTTP") {
            return self.no_jupyter("it does not speak HTTP (if it speaks HTTPS, set https)".to_owned());
        }
        if error.is_connect() { Error::Unreachable { server, reason } } else { Error::Broken { server, reason } }
    }
}

/// The body of an error.
#[derive(Deserialize)]
struct Said {
    message: Option<String>,
    reason: Option<String>,
}

pub(super) struct Answer {
    server: Server,
    body: Vec<u8>,
}

impl Answer {
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body)
            .map_err(|error| self.server.no_jupyter(format!("its answer cannot be read: {error}")))
    }
}

pub(super) fn client(endpoint: &Endpoint, connect: Duration) -> Result<Client, Error> {
    // Fails if a provider is there already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("aerie/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .tcp_nodelay(true)
        .connect_timeout(connect)
        .pool_idle_timeout(Duration::from_secs(20));
    if let Some(file) = &endpoint.ca_file {
        builder = builder.tls_certs_merge(certificates(file)?);
    } else if !endpoint.https {
        // Plain HTTP must work where no certificates are installed.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| {
        let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        Error::Settings(format!("no HTTP client can be made: {cause}"))
    })
}

fn certificates(file: &Path) -> Result<Vec<reqwest::Certificate>, Error> {
    let unusable = |reason: String| Error::Settings(format!("ca_file {}: {reason}", file.display()));
    let pem = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
    let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable("there is no certificate in it".to_owned()));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::super::rest::Timing;
    use super::*;

    fn server() -> Server {
        let endpoint = Endpoint { token: Some(crate::config::Secret::new("geheim1234")), ..Endpoint::new("h", 1) };
        Server::new(endpoint, "Lab 7/../x", Timing::default()).unwrap()
    }

    #[tokio::test]
    async fn each_status_says_what_it_means() {
        let judge = |status: u16, body: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(LOCATION, "/hub/login?token=geheim1234".parse().unwrap());
            server().judge(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), "x")
        };
        assert_eq!(judge(201, "anything"), Ok(()));
        assert!(matches!(judge(403, ""), Err(Error::Denied { sent: true, .. })));
        assert!(matches!(judge(302, ""), Err(Error::Redirected { to, .. }) if to == "/hub/login"));
        assert!(matches!(judge(404, "<html>"), Err(Error::NotJupyter { .. })));
        let Err(Error::Failed { message, .. }) = judge(500, "{\"message\": \"bad geheim1234\", \"reason\": null}")
        else {
            panic!()
        };
        assert_eq!(message, "bad ***");
        assert!(matches!(judge(502, "<html>Bad gateway</html>"), Err(Error::Failed { status: 502, .. })));
    }

    #[tokio::test]
    async fn the_token_shows_in_no_request_and_no_debug() {
        let server = server();
        let request = server.request(Method::GET, &["api", "x"], &[]).unwrap().build().unwrap();
        assert!(!format!("{request:?} {server:?}").contains("geheim"));
        assert_eq!(request.url().as_str(), "http://h:1/api/x");
        assert_eq!(server.owner(), "aerie-Lab-7----x");
    }
}
