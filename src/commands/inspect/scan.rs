//! `--scan`: finds tokens and private keys in streams and source trees. Matches are shortened in the report, so that the
//! report is not another leak.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Args;
use super::git_index::GitIndexes;
use super::scan_match::{MatchKind, ScanMatch};
use crate::crypto::key::PRIVATE_MEMBERS;
use crate::crypto::policy::MAX_TOKEN;
use crate::inspection::findings::Severity;
use crate::inspection::parse::{Token, tokens_in, tolerant_json};
use crate::io::context::Context;
use crate::io::source::{Source, io_error};
use crate::io::stream::Summary;
use crate::output::sarif;
use crate::output::styled_text::StyledText;
use anyhow::{Context as _, Result};
use ignore::WalkBuilder;
use memchr::memmem::Finder;

/// The number of bytes that are read at once.
const READ: usize = 1024 * 1024;
/// The maximum length of a JWK that is recognized, in bytes.
const MAX_JWK: usize = 16 * 1024;

/// Scans the inputs, or stdin, and returns the number of matches of severity `fail_on` or higher.
pub(super) fn run(args: &Args, fail_on: Option<Severity>, context: &Context) -> Result<usize> {
    let mut matches: Vec<ScanMatch> = Vec::new();
    let mut bad = 0;
    let console = &context.console;
    let mut report = |mut found: ScanMatch| {
        found.findings.retain(|finding| !args.allow.iter().any(|id| id == finding.rule.id));
        let worst = found.findings.iter().map(|finding| finding.severity).max();
        bad += usize::from(fail_on.is_some() && worst >= fail_on);
        if args.sarif {
            matches.push(found);
            return Ok(());
        }
        if console.json {
            return console.write_report(&found.report(args.show_tokens, context.now));
        }
        let mut page = StyledText::default();
        found.write_text(args.show_tokens, context.now, &mut page);
        console.write_bytes(console.render_text(&page).as_bytes())
    };
    let mut scan = |source: &Source, artifact: &str| {
        let input = context.inputs.open(source, "text")?;
        let progress = console.start_progress(input.len, false);
        let report_progress = |lines, bytes| {
            let done = Summary { lines, failed: 0 };
            progress.set_position(done, bytes);
        };
        scan_stream(
            input.reader,
            artifact,
            context.now,
            &mut report,
            report_progress,
        )
    };
    if args.inputs.is_empty() {
        scan(&Source::Stdin, "stdin")?;
    }
    for typed in &args.inputs {
        if typed == "-" || typed.starts_with("env:") {
            scan(
                &typed.parse().map_err(crate::output::exit::CliError::usage)?,
                typed,
            )?;
            continue;
        }
        let path = typed.strip_prefix('@').unwrap_or(typed);
        let (files, skipped) = list_files(Path::new(path), args.no_ignore);
        if skipped > 0 {
            let noun = if skipped == 1 { "file" } else { "files" };
            console.print_warning(&format!(
                "{path}: skipped {skipped} {noun} that .gitignore names; --no-ignore scans them"
            ));
        }
        for file in files {
            let file = file.map_err(crate::output::exit::CliError::failed)?;
            let name = file.display().to_string();
            // A file in a folder that cannot be read does not end the scan. A file that is named in the command line does.
            match scan(&Source::File(file), &name) {
                Err(error) if name != path && !is_closed(&error) => {
                    console.print_warning(&format!("{error:#}"))
                }
                outcome => outcome?,
            }
        }
    }
    if args.sarif {
        let located = matches.iter().flat_map(|found| {
            found.findings.iter().map(|finding| sarif::Located {
                artifact: &found.artifact,
                line: found.line,
                finding,
            })
        });
        console.write_bytes(sarif::build_log(located).as_bytes())?;
    }
    Ok(bad)
}

/// Whether writing to stdout failed.
fn is_closed(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some()
}

/// Reads a stream to its end and reports every match, in constant memory.
fn scan_stream(
    mut input: impl Read,
    artifact: &str,
    now: i64,
    mut report: impl FnMut(ScanMatch) -> Result<()>,
    mut progress: impl FnMut(u64, u64),
) -> Result<()> {
    let mut buffer: Vec<u8> = Vec::with_capacity(2 * READ);
    let (mut line, mut column, mut total) = (1, 1, 0);
    let finders = Finders::default();
    loop {
        let kept = buffer.len();
        buffer.resize(kept + READ, 0);
        let read = loop {
            match input.read(&mut buffer[kept..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                read => {
                    break read
                        .map_err(|error| io_error(&error))
                        .with_context(|| artifact.to_owned())?;
                }
            }
        };
        buffer.truncate(kept + read);
        total += read as u64;
        // A match that begins before `end` is complete in the buffer. The rest is searched after the next read.
        let end = match read {
            0 => buffer.len(),
            _ => complete_len(&buffer[..buffer.len().saturating_sub(MAX_JWK)]),
        };
        let mut seen = 0;
        let found = finders.find_all(&buffer);
        for (at, kind) in found.into_iter().take_while(|(at, _)| *at < end) {
            (line, column) = advance_position(&buffer[seen..at], line, column);
            seen = at;
            let findings = kind.findings(now);
            report(ScanMatch {
                artifact: artifact.to_owned(),
                line,
                column,
                kind,
                findings,
            })?;
        }
        (line, column) = advance_position(&buffer[seen..end], line, column);
        buffer.drain(..end);
        progress(line as u64, total);
        if read == 0 {
            return Ok(());
        }
    }
}

/// Returns the length of the buffer that can be searched: up to its last line break, or else its last character that is not
/// part of a token.
fn complete_len(buffer: &[u8]) -> usize {
    let in_token = |b: &u8| b.is_ascii_alphanumeric() || b"-_.~".contains(b);
    let line = memchr::memrchr(b'\n', buffer).map(|at| at + 1);
    let gap = || buffer.iter().rposition(|b| !in_token(b)).map(|at| at + 1);
    match line.or_else(gap) {
        Some(end) => end,
        // The text is longer than any token.
        None if buffer.len() > 2 * MAX_TOKEN => buffer.len(),
        None => 0,
    }
}

fn advance_position(bytes: &[u8], line: usize, column: usize) -> (usize, usize) {
    match memchr::memrchr(b'\n', bytes) {
        Some(last) => (
            line + memchr::memchr_iter(b'\n', bytes).count(),
            bytes.len() - last,
        ),
        None => (line, column + bytes.len()),
    }
}

struct Finders {
    pem: Finder<'static>,
    jwk: Finder<'static>,
}

impl Default for Finders {
    fn default() -> Finders {
        Finders {
            pem: Finder::new("-----BEGIN "),
            jwk: Finder::new("\"kty\""),
        }
    }
}

impl Finders {
    /// Returns all matches in a text, in their order.
    fn find_all(&self, text: &[u8]) -> Vec<(usize, MatchKind)> {
        let mut found: Vec<(usize, MatchKind)> = Vec::new();
        for range in tokens_in(text) {
            // Two short parts may be code or ordinary text. A long text with one dot may be a token that is cut off.
            let token = &text[range.clone()];
            let dots = memchr::memchr_iter(b'.', token).count();
            if dots >= 2 || token.len() >= 64 {
                let token = String::from_utf8_lossy(token);
                found.push((
                    range.start,
                    MatchKind::Token(Box::new(Token::parse_tolerant(&token))),
                ));
            }
        }
        for at in self.pem.find_iter(text) {
            let label = &text[at + 11..(at + 60).min(text.len())];
            let label = memchr::memchr(b'-', label).map(|end| &label[..end]);
            if let Some(label) = label.filter(|label| label.ends_with(b"PRIVATE KEY")) {
                found.push((
                    at,
                    MatchKind::PrivateKey(format!("PEM {}", String::from_utf8_lossy(label))),
                ));
            }
        }
        let mut jwks = JwkSearch::new(text);
        for at in self.jwk.find_iter(text) {
            if let Some((start, kind)) = jwks.private_jwk_at(at) {
                found.push((start, MatchKind::PrivateKey(kind)));
            }
        }
        found.sort_by_key(|(at, _)| *at);
        found
    }
}

/// The search for private JWKs in a text. It parses at most about eight times the length of the text.
struct JwkSearch<'t> {
    text: &'t [u8],
    /// The start of the last object that was parsed, and the end of what was parsed.
    last: Option<(usize, usize)>,
    /// How many more bytes are parsed before nested objects are no longer parsed separately.
    budget: usize,
}

impl<'t> JwkSearch<'t> {
    fn new(text: &'t [u8]) -> JwkSearch<'t> {
        JwkSearch {
            text,
            last: None,
            budget: 8 * text.len() + 16 * MAX_JWK,
        }
    }

    /// Returns the private JWK whose member "kty" is at this position.
    fn private_jwk_at(&mut self, at: usize) -> Option<(usize, String)> {
        /// How many opening braces before the member are tried: an object that is closed before the member is skipped.
        const MAX_TRIES: usize = 4;
        let window = at.saturating_sub(MAX_JWK);
        let mut before = at;
        for _ in 0..MAX_TRIES {
            let start = window + memchr::memrchr(b'{', &self.text[window..before])?;
            if let Some((last, end)) = self.last {
                // An object is parsed once for every "kty" in it. When the budget is used up, an object in another one is not
                // parsed separately.
                if last == start || (self.budget == 0 && start < end) {
                    return None;
                }
            }
            let end = (start + MAX_JWK).min(self.text.len());
            let (node, faults) = tolerant_json::parse_tolerant(&self.text[start..end]);
            let read = faults.iter().rev().find_map(tolerant_json::Fault::position);
            let read = read.unwrap_or(end - start);
            // Checking the encoding of the window takes time too.
            self.budget = self.budget.saturating_sub(read + (end - start) / 16);
            if start + read > at {
                self.last = Some((start, start + read));
                return private_kind(&node).map(|kind| (start, kind));
            }
            before = start;
        }
        None
    }
}

/// Returns the description of an object if it is a private JWK.
fn private_kind(node: &tolerant_json::Node) -> Option<String> {
    let jwk = node.to_object()?;
    let kty = jwk.get("kty")?.as_str()?;
    let is_private = |name: &&'static str| {
        let value = jwk.get(*name).and_then(serde_json::Value::as_str);
        value.is_some_and(|text| text.len() > 8)
    };
    PRIVATE_MEMBERS.iter().any(is_private).then(|| format!("private JWK of kty {kty}"))
}

/// Describes why a folder cannot be read.
fn walk_error(error: &ignore::Error) -> String {
    match error {
        ignore::Error::WithDepth { err, .. } => walk_error(err),
        ignore::Error::WithPath { path, err } => match err.io_error() {
            Some(why) => format!("{}: {}", path.display(), io_error(why).message),
            None => error.to_string(),
        },
        _ => error.to_string(),
    }
}

/// Returns the files below a path in their order, hidden ones included, and the number of files that are skipped: those that
/// .gitignore lists and git does not track. Other ignore files are not respected, because they could hide a key in the tree.
/// Without `no_ignore`, .git is not scanned.
fn list_files(path: &Path, no_ignore: bool) -> (Vec<Result<PathBuf, String>>, usize) {
    let walk = |respect_gitignore: bool| {
        let mut walk = WalkBuilder::new(path);
        walk.standard_filters(false)
            .parents(respect_gitignore)
            .git_ignore(respect_gitignore)
            .require_git(false)
            .sort_by_file_path(Path::cmp)
            .filter_entry(move |entry| no_ignore || entry.file_name() != ".git");
        walk.build().filter_map(|entry| match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                Some(Ok(entry.into_path()))
            }
            Ok(_) => None,
            Err(error) => Some(Err(walk_error(&error))),
        })
    };
    let mut files: Vec<Result<PathBuf, String>> = walk(false).collect();
    let all = files.len();
    if !no_ignore {
        let kept: HashSet<PathBuf> = walk(true).flatten().collect();
        let mut indexes = GitIndexes::default();
        files.retain(|file| match file {
            Ok(file) => kept.contains(file) || indexes.may_track(file),
            Err(_) => true,
        });
    }
    let skipped = all - files.len();
    (files, skipped)
}
