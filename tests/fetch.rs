//! Fetched keys. All requests go to servers on this machine.

mod attacks;
mod caching;
mod provider;

use super::support::server::{Authority, GOOD, Reply, Request, Server};
use super::support::{Folder, Run, json, root};

/// A folder with a signing key, its public JWK Set and a token, and the CA of the servers.
struct Bench {
    folder: Folder,
    /// The cache and the file of the CA, which a refused command must not change.
    apart: Folder,
    authority: Authority,
}

impl Bench {
    fn new() -> Bench {
        let bench = Bench {
            folder: Folder::new(),
            apart: Folder::new(),
            authority: Authority::named("authority"),
        };
        bench.apart.write("ca.pem", bench.authority.pem());
        bench.folder.keygen("ES256", "key.jwk");
        let set = (bench.folder).run("convert -k key.jwk --public --to jwks");
        bench.folder.write("jwks.json", set.accepted());
        let token = bench.folder.run("sign -k key.jwk sub=alice --exp 99d");
        bench.folder.write("token.jwt", token.accepted());
        bench
    }

    /// Returns the public JWK Set.
    fn set(&self) -> String {
        self.folder.text("jwks.json")
    }

    /// Starts a server with TLS that sends this response to every request.
    fn server(&self, reply: Reply) -> Server {
        self.answering(move |_| reply.clone())
    }

    /// Starts a server with TLS.
    fn answering(&self, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        Server::tls(&self.authority, GOOD, answer)
    }

    /// Returns a run with a separate cache that trusts the CA.
    fn run(&self, arguments: &str) -> Run<'_> {
        let ca = self.apart.path("ca.pem");
        self.run_bare(arguments).env("SSL_CERT_FILE", ca.to_str().unwrap())
    }

    /// Returns a run with a separate cache.
    fn run_bare(&self, arguments: &str) -> Run<'_> {
        let cache = self.apart.path("cache");
        self.folder.run(arguments).env("XDG_CACHE_HOME", cache.to_str().unwrap())
    }

    /// Returns the files in the cache, without the locks.
    fn kept(&self) -> Vec<std::path::PathBuf> {
        let folder = self.apart.path("cache/jotsmith");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect()
    }

    /// Makes the cache entries older by this number of seconds.
    fn age(&self, seconds: i64) {
        for path in self.kept() {
            let mut entry = json(std::fs::read(&path).unwrap());
            for name in ["fetched", "missed"] {
                if let Some(time) = entry[name].as_i64() {
                    entry[name] = (time - seconds).into();
                }
            }
            std::fs::write(&path, entry.to_string()).unwrap();
        }
    }
}
