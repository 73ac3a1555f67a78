//! Keys that are fetched. All requests go to this machine.

mod attacks;
mod caching;
mod provider;

use super::support::server::{Authority, GOOD, Reply, Request, Server};
use super::support::{Folder, Run, json, root};

/// A folder with a signing key, its public set and a token, and a server's authority.
struct Bench {
    folder: Folder,
    /// The cache and the file of the authority, which a refusal may not change.
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

    /// The public set.
    fn set(&self) -> String {
        self.folder.text("jwks.json")
    }

    /// A server with TLS that answers all with this.
    fn server(&self, reply: Reply) -> Server {
        self.answering(move |_| reply.clone())
    }

    /// A server with TLS.
    fn answering(&self, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        Server::tls(&self.authority, GOOD, answer)
    }

    /// A run with a cache of its own, that believes the authority.
    fn run(&self, arguments: &str) -> Run<'_> {
        let ca = self.apart.path("ca.pem");
        self.run_bare(arguments)
            .env("SSL_CERT_FILE", ca.to_str().unwrap())
    }

    /// A run with a cache of its own.
    fn run_bare(&self, arguments: &str) -> Run<'_> {
        let cache = self.apart.path("cache");
        self.folder
            .run(arguments)
            .env("XDG_CACHE_HOME", cache.to_str().unwrap())
    }

    /// The files of the cache, without the locks.
    fn kept(&self) -> Vec<std::path::PathBuf> {
        let folder = self.apart.path("cache/jotsmith");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        paths
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .collect()
    }

    /// As if what is kept had been fetched so many seconds earlier.
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
