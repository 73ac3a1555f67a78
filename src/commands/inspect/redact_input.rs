//! `--redact`: copies a text without the parts of tokens and keys that give access.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Args;
use super::input::no_such_file;
use crate::inspection::parse::{InputKind, detect_input};
use crate::inspection::redact::{Counts, Redactor};
use crate::io::context::Context;
use crate::io::file::{Audience, stage_file};
use crate::io::source::{Source, io_error};
use crate::output::exit::CliError;

/// The number of bytes that are read at once.
const PIECE: usize = 1024 * 1024;

/// Copies the redacted input to the output.
pub(super) fn run(args: &Args, context: &Context) -> Result<u8> {
    if args.inputs.len() > 1 {
        return Err(CliError::usage("--redact reads one input").into());
    }
    let counts = match args.output.file() {
        None => copy_redacted(args, context, &mut context.console.stdout())?,
        Some(path) => {
            let mut file = stage_file(path, b"", Audience::Reader, args.output.force)?;
            let counts = copy_redacted(args, context, file.writer())?;
            file.commit()?;
            counts
        }
    };
    context.console.print_note(&format!(
        "redacted {} tokens, {} members of keys and tokens in JSON, and {} private keys in PEM",
        counts.tokens, counts.members, counts.pem_blocks
    ));
    context.console.print_warning(
        "claims remain readable; opaque tokens, passwords and API keys are not detected",
    );
    Ok(0)
}

fn copy_redacted(args: &Args, context: &Context, out: &mut impl Write) -> Result<Counts> {
    let source = match args.inputs.first().map(String::as_str) {
        None | Some("-") => Source::Stdin,
        Some(text) if text.starts_with("env:") => {
            text.parse().map_err(|why| CliError::usage(format!("the input {why}")))?
        }
        Some(text) => {
            let path = text.strip_prefix('@').unwrap_or(text);
            if path == text && !Path::new(path).exists() {
                if matches!(detect_input(text.as_bytes()), InputKind::Nothing) {
                    return Err(no_such_file(text));
                }
                let mut redactor = Redactor::default();
                let mut redacted = Vec::new();
                redactor.push(text.as_bytes(), &mut redacted);
                let counts = redactor.finish(&mut redacted);
                redacted.push(b'\n');
                out.write_all(&redacted)?;
                out.flush()?;
                return Ok(counts);
            }
            Source::File(path.into())
        }
    };
    let mut input = context.inputs.open(&source, "text")?.reader;
    let mut redactor = Redactor::default();
    let (mut piece, mut redacted) = (vec![0; PIECE], Vec::new());
    loop {
        let read = match input.read(&mut piece) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read.map_err(|error| io_error(&error)).with_context(|| source.to_string())?,
        };
        if read == 0 {
            break;
        }
        redactor.push(&piece[..read], &mut redacted);
        out.write_all(&redacted)?;
        redacted.clear();
    }
    let counts = redactor.finish(&mut redacted);
    out.write_all(&redacted)?;
    out.flush()?;
    Ok(counts)
}
