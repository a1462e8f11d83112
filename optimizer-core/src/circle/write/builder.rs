//! The flatbuffer builder, with equal lists of integers written once.
//!
//! Invariant: lists are immutable in the file, so sharing them changes nothing but the size.

use super::Result;
use crate::circle::error::WriteError;
use flatbuffers::{FlatBufferBuilder, Vector, WIPOffset};
use foldhash::HashMap;
use std::ops::{Deref, DerefMut};

type Ints = WIPOffset<Vector<'static, i32>>;

#[derive(Default)]
pub(super) struct Builder {
    fbb: FlatBufferBuilder<'static>,
    ints: HashMap<Vec<i32>, Ints>,
}

/// Tables may grow to this; the library panics at twice as much.
const LIMIT: usize = 1 << 30;

impl Builder {
    /// Refuses to add `bytes` where they would make the tables too large.
    pub(super) fn check_room(&self, bytes: usize) -> Result<()> {
        let room = LIMIT.saturating_sub(self.fbb.unfinished_data().len());
        if bytes <= room { Ok(()) } else { Err(WriteError::TooLarge) }
    }

    /// A vector of `list`: shapes and operand lists repeat in every model.
    pub(super) fn ints(&mut self, list: &[i32]) -> Ints {
        if let Some(&shared) = self.ints.get(list) {
            return shared;
        }
        let vector = self.fbb.create_vector(list);
        self.ints.insert(list.to_vec(), vector);
        vector
    }
}

impl Deref for Builder {
    type Target = FlatBufferBuilder<'static>;

    fn deref(&self) -> &Self::Target {
        &self.fbb
    }
}

impl DerefMut for Builder {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.fbb
    }
}
