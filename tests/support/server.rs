//! A server on loopback with configurable responses, with or without TLS, that records the requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslMethod, SslVersion};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};

/// A CA that a test trusts.
pub struct Authority {
    certificate: X509,
    key: PKey<Private>,
}

/// The contents of the certificate of a server.
#[derive(Clone, Copy)]
pub struct Certificate {
    /// The host name.
    pub host: &'static str,
    /// The start and end of its validity, in Unix seconds.
    pub life: (i64, i64),
}

/// A valid certificate.
pub const GOOD: Certificate = Certificate {
    host: "localhost",
    life: (0, 4_000_000_000),
};

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

impl Authority {
    /// Creates a CA with this name.
    pub fn named(name: &str) -> Authority {
        let key = key();
        let certificate = issue(name, &key, (0, 4_000_000_000), None, &key);
        Authority { certificate, key }
    }

    /// Returns its certificate in PEM, for `--ca`.
    pub fn pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    fn acceptor(&self, certificate: Certificate, newest: SslVersion) -> SslAcceptor {
        let own = key();
        let Certificate { host, life } = certificate;
        let issued = issue(host, &own, life, Some(&self.certificate), &self.key);
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_security_level(0);
        acceptor.set_min_proto_version(None).unwrap();
        acceptor.set_max_proto_version(Some(newest)).unwrap();
        acceptor.set_private_key(&own).unwrap();
        acceptor.set_certificate(&issued).unwrap();
        acceptor.build()
    }
}

/// Returns a certificate of `key` that `signer` signs. Without an issuer `by`, it is a self-signed CA certificate.
fn issue(
    name: &str,
    key: &PKey<Private>,
    (from, until): (i64, i64),
    by: Option<&X509>,
    signer: &PKey<Private>,
) -> X509 {
    let mut names = X509NameBuilder::new().unwrap();
    names.append_entry_by_text("CN", name).unwrap();
    let names = names.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(name.len() as u32).unwrap();
    let serial = Asn1Integer::from_bn(&serial).unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&names).unwrap();
    builder.set_issuer_name(by.map_or(&names, |by| by.subject_name())).unwrap();
    let time = |seconds| Asn1Time::from_unix(seconds).unwrap();
    builder.set_not_before(&time(from)).unwrap();
    builder.set_not_after(&time(until)).unwrap();
    builder.set_pubkey(key).unwrap();
    match by {
        None => {
            let ca = BasicConstraints::new().critical().ca().build().unwrap();
            builder.append_extension(ca).unwrap();
        }
        Some(by) => {
            let mut san = SubjectAlternativeName::new();
            match name.parse::<std::net::IpAddr>() {
                Ok(_) => san.ip(name),
                Err(_) => san.dns(name),
            };
            let san = san.build(&builder.x509v3_context(Some(by), None)).unwrap();
            builder.append_extension(san).unwrap();
        }
    }
    builder.sign(signer, MessageDigest::sha256()).unwrap();
    builder.build()
}

/// A request to a server.
pub struct Request {
    /// The path with the query.
    pub path: String,
    /// The header in lower case.
    pub header: String,
}

/// A response of a server. The header is without the lines that every response has.
#[derive(Clone, Default)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Lines of the header, each with its line break.
    pub header: String,
    /// The body.
    pub body: Vec<u8>,
    /// How long to wait before each byte of the body.
    pub pause: Duration,
}

impl Reply {
    /// Returns a successful response with this body.
    pub fn body(body: impl Into<Vec<u8>>) -> Reply {
        Reply {
            status: 200,
            body: body.into(),
            ..Reply::default()
        }
    }

    /// Returns an empty response with this status.
    pub fn status(status: u16) -> Reply {
        Reply {
            status,
            ..Reply::default()
        }
    }

    /// Adds a line to the header.
    pub fn header(mut self, line: impl std::fmt::Display) -> Reply {
        self.header += &format!("{line}\r\n");
        self
    }

    fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        let len = self.body.len();
        let Reply { status, header, .. } = self;
        write!(
            out,
            "HTTP/1.1 {status} Word\r\ncontent-length: {len}\r\nconnection: close\r\n{header}\r\n"
        )?;
        if self.pause.is_zero() {
            out.write_all(&self.body)?;
            return out.flush();
        }
        for byte in &self.body {
            out.write_all(&[*byte])?;
            out.flush()?;
            thread::sleep(self.pause);
        }
        Ok(())
    }
}

/// A server that responds until the test ends.
pub struct Server {
    /// The URL: `https://localhost:PORT` or `http://localhost:PORT`.
    pub url: String,
    /// The port.
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server without TLS.
    pub fn plain(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        Server::start("http", None, answer)
    }

    /// Starts a server with TLS.
    pub fn tls(
        authority: &Authority,
        certificate: Certificate,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let acceptor = authority.acceptor(certificate, SslVersion::TLS1_3);
        Server::start("https", Some(acceptor), answer)
    }

    /// Starts a server that supports only an old TLS version.
    pub fn old_tls(authority: &Authority) -> Server {
        let acceptor = authority.acceptor(GOOD, SslVersion::TLS1_1);
        Server::start("https", Some(acceptor), |_| Reply::body("{\"keys\":[]}"))
    }

    fn start(
        scheme: &str,
        acceptor: Option<SslAcceptor>,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer, acceptor) = (asked.clone(), Arc::new(answer), Arc::new(acceptor));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer, acceptor) = (log.clone(), answer.clone(), acceptor.clone());
                // A client that refuses the response closes the connection, which is not an error.
                thread::spawn(move || -> std::io::Result<()> {
                    match &*acceptor {
                        None => serve(stream, &log, &*answer),
                        Some(acceptor) => match acceptor.accept(stream) {
                            Ok(stream) => serve(stream, &log, &*answer),
                            Err(_) => Ok(()),
                        },
                    }
                });
            }
        });
        Server {
            url: format!("{scheme}://localhost:{port}"),
            port,
            asked,
        }
    }

    /// Returns the paths that were requested since the last call.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn serve(
    mut stream: impl Read + Write,
    log: &Mutex<Vec<String>>,
    answer: &dyn Fn(&Request) -> Reply,
) -> std::io::Result<()> {
    let mut header = String::new();
    let mut reader = BufReader::new(&mut stream);
    while !header.ends_with("\r\n\r\n") {
        if reader.read_line(&mut header)? == 0 {
            return Ok(());
        }
    }
    let path = header.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(path.clone());
    let header = header.to_ascii_lowercase();
    answer(&Request { path, header }).write(&mut stream)
}

/// Starts a proxy on loopback that connects to any port on loopback. Returns its URL and the list of its requests.
pub fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://user:pass@{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let log = requests.clone();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let log = log.clone();
            thread::spawn(move || tunnel(client, &log));
        }
    });
    (url, requests)
}

fn tunnel(mut client: TcpStream, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut header = String::new();
    let mut byte = [0];
    while !header.ends_with("\r\n\r\n") {
        client.read_exact(&mut byte)?;
        header.push(byte[0].into());
    }
    let target = header.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(header);
    let port = target.rsplit(':').next().unwrap_or_default();
    let mut server = TcpStream::connect(format!("127.0.0.1:{port}"))?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        to_server.shutdown(std::net::Shutdown::Write)
    });
    std::io::copy(&mut server, &mut client)?;
    client.shutdown(std::net::Shutdown::Both)
}
