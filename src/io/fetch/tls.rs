//! TLS for the HTTP client, with OpenSSL.

use std::fmt;
use std::io::{Read, Write};

use openssl::error::ErrorStack;
use openssl::ssl::{HandshakeError, MidHandshakeSslStream};
use openssl::ssl::{SslConnector, SslMethod, SslStream, SslVersion};
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::X509VerifyFlags;
use openssl::x509::{X509, X509VerifyResult};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    TransportAdapter,
};

use crate::crypto::certificate_chain::ChainFault;
use crate::output::exit::CliError;

/// Establishes TLS on a connection that needs it.
#[derive(Clone)]
pub struct Tls(SslConnector);

impl Tls {
    /// Returns a connector for TLS 1.2 or later. The certificate of the server must be for its host and lead to one of the
    /// certificates in `ca` (PEM), or if that is `None`, to a CA that this machine trusts.
    ///
    /// # Errors
    /// If `ca` contains no certificate.
    pub fn new(ca: Option<&[u8]>) -> Result<Tls, CliError> {
        connector(ca)
            .map(Tls)
            .map_err(|_| CliError::failed("the CA file contains no PEM certificate"))
    }
}

fn connector(ca: Option<&[u8]>) -> Result<SslConnector, ErrorStack> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    let mut store = X509StoreBuilder::new()?;
    let Some(ca) = ca else {
        // The default paths of OpenSSL are those of the build machine, so that the paths of this machine are searched.
        builder.set_cert_store(store.build());
        let places = openssl_probe::probe();
        let file = places.cert_file.iter().map(|file| (Some(&**file), None));
        let folders = places.cert_dir.iter().map(|folder| (None, Some(&**folder)));
        for (file, folder) in file.chain(folders) {
            // If no CA certificate can be loaded, no server is trusted, and the handshake reports it.
            let _ = builder.load_verify_locations(file, folder);
        }
        return Ok(builder.build());
    };
    let certificates = X509::stack_from_pem(ca)?;
    if certificates.is_empty() {
        return Err(ErrorStack::get());
    }
    for certificate in certificates {
        store.add_cert(certificate)?;
    }
    // An intermediate CA or the certificate of the server is trusted without its root, if it is given.
    store.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
    builder.set_cert_store(store.build());
    Ok(builder.build())
}

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, TlsTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else {
            return Err(Error::ConnectionFailed);
        };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let host = details.uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let mut inner = TransportAdapter::new(transport.boxed(), details.current_time.clone());
        inner.set_timeout(details.timeout);
        let stream = self.0.connect(host, inner).map_err(handshake_error)?;
        let config = details.config;
        Ok(Some(Either::B(TlsTransport {
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
            stream,
        })))
    }
}

/// Converts a failed handshake to an error.
fn handshake_error(error: HandshakeError<TransportAdapter>) -> Error {
    let stream: MidHandshakeSslStream<TransportAdapter> = match error {
        HandshakeError::Failure(stream) | HandshakeError::WouldBlock(stream) => stream,
        HandshakeError::SetupFailure(_) => return Error::Tls("TLS could not be set up"),
    };
    let verdict = stream.ssl().verify_result();
    if verdict != X509VerifyResult::OK {
        return Error::Other(Box::new(certificate_error(verdict)));
    }
    match stream.into_error().into_io_error() {
        Ok(error) => error.into(),
        Err(_) => Error::Tls("the server does not speak TLS 1.2 or later"),
    }
}

/// Describes why the server's certificate is not trusted.
fn certificate_error(verdict: X509VerifyResult) -> CliError {
    match ChainFault::from_verify_result(verdict) {
        ChainFault::NotYetValid => CliError::failed("the server's certificate is not valid yet"),
        ChainFault::Expired => CliError::failed("the server's certificate has expired"),
        ChainFault::OtherHost => CliError::failed("the server's certificate is for another host"),
        ChainFault::NoTrustedRoot | ChainFault::WrongSignature => {
            CliError::failed("the server's certificate is not signed by a trusted CA")
                .with_hint("name the certificate of its CA with --ca FILE")
        }
        _ => CliError::failed(format!(
            "the server's certificate is not trusted: {}",
            verdict.error_string()
        )),
    }
}

/// A TLS connection.
pub struct TlsTransport {
    buffers: LazyBuffers,
    stream: SslStream<TransportAdapter>,
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.get_mut().set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.get_mut().set_timeout(timeout);
        let read = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTransport")
    }
}
