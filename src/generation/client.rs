//! The HTTP client of an endpoint: TLS by rustls with ring, no redirects, no proxy that was not configured.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Url};

use super::error::excerpt;
use super::settings::ApiSettings;

/// A header whose value is shown nowhere.
pub(super) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let name: HeaderName = name.parse().map_err(|_| format!("`{}` is no name of a header", excerpt(name)))?;
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| format!("the value for {name} has characters that no header can have"))?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// The whole address.
pub(super) fn address(base: &str, path: &str) -> Result<Url, String> {
    let url: Url = base.trim_end_matches('/').parse().map_err(|error| format!("base_url: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("base_url must begin with http:// or https://, not {}:", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("base_url must have no user, password, query or fragment; keys go in api_key or headers".to_owned());
    }
    let mut url = url;
    let whole = format!("{}{path}", url.path().trim_end_matches('/'));
    url.set_path(&whole);
    Ok(url)
}

/// A client that goes to the configured address and nowhere else.
pub(super) fn client(settings: &ApiSettings, base: &Path, url: &Url, connect: Duration) -> Result<Client, String> {
    // Fails if a provider is there already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("aerie/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(connect)
        .pool_idle_timeout(Duration::from_secs(30));
    if let Some(proxy) = &settings.proxy {
        // The text is not repeated: it may hold a password.
        builder = builder.proxy(reqwest::Proxy::all(proxy.expose()).map_err(|_| "proxy is no address".to_owned())?);
    }
    if let Some(file) = &settings.ca_file {
        let unusable = |reason: String| format!("ca_file {}: {reason}", file.display());
        let pem = std::fs::read(base.join(file)).map_err(|error| unusable(error.to_string()))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.to_string()))?;
        if certificates.is_empty() {
            return Err(unusable("there is no certificate in it".to_owned()));
        }
        builder = builder.tls_certs_merge(certificates);
    } else if url.scheme() == "http" && settings.proxy.is_none() {
        // Plain HTTP must work where no certificates are installed.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| {
        let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        format!("no HTTP client can be made: {cause}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_joined_and_checked() {
        for base in ["http://h:1/v1", "http://h:1/v1/", "http://h:1/v1//"] {
            assert_eq!(address(base, "/chat/completions").unwrap().as_str(), "http://h:1/v1/chat/completions");
        }
        for base in ["", "h", "ftp://h", "http://u:p@h", "http://h?key=1", "http://", "http://h#x", "file:///etc"] {
            assert!(address(base, "/x").is_err(), "{base}");
        }
    }
}
