//! Getting bytes out: constants that come from a file go to a file without passing through here.
//!
//! Invariant: what comes out does not depend on which way it took.

use super::Result;
use crate::circle::error::WriteError;
use crate::ir::{Data, Input};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Below this, copying through the buffer is cheaper than two calls of the system.
const WORTH_A_CALL: usize = 128 << 10;

/// Where the bytes go.
pub(super) enum Sink<'a> {
    File(BufWriter<&'a File>),
    Any(&'a mut dyn Write),
}

/// A sink, and the run of input bytes that is still to be copied to it.
pub(super) struct Stream<'s, 'a> {
    sink: Sink<'s>,
    run: Option<(&'a Input, Range<usize>)>,
}

impl<'a> Sink<'a> {
    pub(super) fn file(file: &'a File) -> Sink<'a> {
        Sink::File(BufWriter::with_capacity(1 << 20, file))
    }

    fn out(&mut self) -> &mut dyn Write {
        match self {
            Sink::File(file) => file,
            Sink::Any(out) => out,
        }
    }
}

impl<'s, 'a> Stream<'s, 'a> {
    pub(super) fn new(sink: Sink<'s>) -> Stream<'s, 'a> {
        Stream { sink, run: None }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.copy_run()?;
        Ok(self.sink.out().write_all(bytes)?)
    }

    /// Writes `gap`, then `data`. Neighbours in the input that have just this gap between them become one copy.
    pub(super) fn place(&mut self, gap: &[u8], data: &'a Data) -> Result<()> {
        let Data::Mapped { input, range } = data else {
            self.bytes(gap)?;
            return self.bytes(data.bytes());
        };
        match &mut self.run {
            Some((source, run)) if follows(source, run, gap, input, range) => run.end = range.end,
            _ => {
                self.bytes(gap)?;
                self.run = Some((input, range.clone()));
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.copy_run()?;
        Ok(self.sink.out().flush()?)
    }

    fn copy_run(&mut self) -> Result<()> {
        let Some((input, range)) = self.run.take() else { return Ok(()) };
        match (&mut self.sink, &input.file) {
            (Sink::File(out), Some(file)) if range.len() >= WORTH_A_CALL => copy(file, range, out),
            (sink, _) => Ok(sink.out().write_all(&input.bytes()[range])?),
        }
    }
}

fn follows(source: &Input, run: &Range<usize>, gap: &[u8], input: &Input, range: &Range<usize>) -> bool {
    std::ptr::eq(source, input)
        && run.end.checked_add(gap.len()) == Some(range.start)
        && &input.bytes()[run.end..range.start] == gap
}

/// Copies inside the kernel where the system can (`copy_file_range` on Linux).
fn copy(file: &Mutex<File>, range: Range<usize>, out: &mut BufWriter<&File>) -> Result<()> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.seek(SeekFrom::Start(range.start as u64))?;
    out.flush()?;
    let copied = io::copy(&mut (&*file).take(range.len() as u64), out.get_mut())?;
    if copied == range.len() as u64 { Ok(()) } else { Err(WriteError::InputChanged) }
}
