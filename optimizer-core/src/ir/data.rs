//! The bytes of constants: a range of the mapped input file, or bytes that a rewrite computed.
//!
//! Invariant: bytes never change once a `Data` exists, so sharing one is always safe.

use crate::ir::DType;
use bytemuck::Pod;
use memmap2::Mmap;
use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// The bytes of an input, mapped from a file where there is one.
pub struct Input {
    bytes: Backing,
    /// The open file behind the map, for copying ranges inside the kernel; locked because its cursor is shared.
    pub(crate) file: Option<Mutex<File>>,
    /// Length and time of the file when it was mapped.
    stamp: Option<Stamp>,
}

type Stamp = (u64, SystemTime);

enum Backing {
    Map(Mmap),
    Owned(Vec<u8>),
}

impl Input {
    /// Maps `file` read-only.
    ///
    /// # Errors
    /// Whatever the system says of the map.
    #[allow(unsafe_code)]
    pub fn map(file: File) -> std::io::Result<Input> {
        // SAFETY: the map is read-only and private to us; another process that truncates the file while we
        // read it is outside what any reader of mapped files can prevent.
        let stamp = stamp(&file);
        let map = unsafe { Mmap::map(&file)? };
        Ok(Input { bytes: Backing::Map(map), file: Some(Mutex::new(file)), stamp })
    }

    /// Bytes that came from elsewhere, such as standard input.
    pub fn owned(bytes: Vec<u8>) -> Input {
        Input { bytes: Backing::Owned(bytes), file: None, stamp: None }
    }

    /// Whether the file was written to since it was mapped, as far as its length and time tell.
    pub fn has_changed(&self) -> bool {
        let file = self.file.as_ref().map(|file| file.lock().unwrap_or_else(PoisonError::into_inner));
        file.is_some_and(|file| stamp(&file) != self.stamp)
    }

    pub fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Backing::Map(map) => map,
            Backing::Owned(bytes) => bytes,
        }
    }
}

fn stamp(file: &File) -> Option<Stamp> {
    let metadata = file.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

/// The little-endian bytes of one constant.
#[derive(Clone)]
pub enum Data {
    /// A range of the input.
    Mapped { input: Arc<Input>, range: Range<usize> },
    /// Bytes computed by a rewrite, in the layout of their element type.
    Owned(Arc<dyn AsRef<[u8]> + Send + Sync>),
}

struct Elements<T>(Vec<T>);

/// Bytes that start at a multiple of 8.
struct Aligned {
    words: Vec<u64>,
    len: usize,
}

impl AsRef<[u8]> for Aligned {
    fn as_ref(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.len]
    }
}

impl<T: Pod> AsRef<[u8]> for Elements<T> {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

impl Data {
    /// Takes over the elements without copying them.
    pub fn of<T: Pod + Send + Sync>(elements: Vec<T>) -> Data {
        Data::Owned(Arc::new(Elements(elements)))
    }

    /// A copy of `bytes` that is aligned for every element type.
    pub fn aligned(bytes: &[u8]) -> Data {
        let mut words = vec![0u64; bytes.len().div_ceil(8)];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
        Data::Owned(Arc::new(Aligned { words, len: bytes.len() }))
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Data::Mapped { input, range } => &input.bytes()[range.clone()],
            Data::Owned(bytes) => (**bytes).as_ref(),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Data::Mapped { range, .. } => range.len(),
            Data::Owned(bytes) => (**bytes).as_ref().len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes as elements; `None` if the length or the alignment does not fit.
    pub fn elements<T: Pod>(&self) -> Option<&[T]> {
        bytemuck::try_cast_slice(self.bytes()).ok()
    }

    /// Whether both are the very same bytes, by place and not by content.
    pub fn is_same(&self, other: &Data) -> bool {
        self.key() == other.key()
    }

    /// Place and length of the bytes: equal keys mean shared bytes.
    pub fn key(&self) -> (usize, usize) {
        (self.bytes().as_ptr() as usize, self.len())
    }
}

/// By content; [`Data::is_same`] compares by place.
impl PartialEq for Data {
    fn eq(&self, other: &Data) -> bool {
        self.is_same(other) || self.bytes() == other.bytes()
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Data({} bytes)", self.len())
    }
}

/// A Rust type that is the element type of a circle tensor.
pub trait Element: Pod + Send + Sync + PartialEq + fmt::Debug {
    const DTYPE: DType;
}

macro_rules! elements {
    ($($rust:ty => $dtype:ident),* $(,)?) => {
        $(impl Element for $rust { const DTYPE: DType = DType::$dtype; })*
    };
}

elements! {
    f32 => F32, f64 => F64, half::f16 => F16, half::bf16 => BF16,
    i8 => I8, i16 => I16, i32 => I32, i64 => I64,
    u8 => U8, u16 => U16, u32 => U32, u64 => U64,
}

impl DType {
    /// Bytes of one element; `None` where elements are not whole bytes or not of one size.
    pub fn bytes(self) -> Option<usize> {
        Some(match self {
            DType::Bool | DType::I8 | DType::U8 => 1,
            DType::F16 | DType::BF16 | DType::I16 | DType::U16 => 2,
            DType::F32 | DType::I32 | DType::U32 => 4,
            DType::F64 | DType::I64 | DType::U64 | DType::Complex64 => 8,
            DType::Complex128 => 16,
            _ => return None,
        })
    }

    /// The name people write: `f32`, `i8`, `bool`.
    pub fn name(self) -> String {
        self.variant_name().unwrap_or("unknown").to_lowercase()
    }
}
