//! One operator about to run: what a kernel sees, and the checks around it.
//!
//! Invariant: a kernel runs only on operands that its shape rule accepts, and its results are of the types that the
//! rule says.

use crate::interp::machine::fits;
use crate::interp::{Meanings, RunError, Tensor, Word};
use crate::ir::{DType, Element, Shape, Type};
use crate::op::{Description, Kernel, Operand, Options, OptionsTable, Quantized, Site};
use ndarray::ArrayViewD;
use std::cell::Cell;

/// What a kernel returns.
pub type KernelResult = Result<Vec<Tensor>, KernelError>;

/// The results of one operator may not take more bytes.
pub const LARGEST_RESULT: usize = 1 << 32;

/// One operator about to run.
pub struct Call<'a> {
    pub options: &'a Options,
    pub operands: Vec<Option<&'a Tensor>>,
    /// The types of the results: as declared for [`evaluate`], where they may be empty; inside a kernel as the shape
    /// rule says, and known unless they depend on content.
    pub results: Vec<Type>,
    /// What the numbers of operands and results stand for.
    pub meanings: Meanings,
}

/// Why a kernel cannot compute.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    #[error("operand {0} is missing")]
    Missing(usize),
    #[error("no kernel for {0}")]
    Unsupported(String),
    #[error("{0}")]
    Invalid(String),
    #[error("the run takes more work than it may; allow more (--run-work), or leave it out")]
    Work,
    #[error("in graph {0}: {1}")]
    Graph(usize, Box<RunError>),
}

/// Runs an operator whose operands are at hand.
///
/// # Errors
/// [`KernelError::Unsupported`] without a kernel for such operands, and what the kernel reports.
pub fn evaluate(op: &Description, call: Call) -> KernelResult {
    evaluate_within(op, call, LARGEST_RESULT, &mut u64::MAX.clone())
}

/// The same, with results of at most `budget` bytes together, and no more than is left of `work`.
pub(super) fn evaluate_within(op: &Description, call: Call, budget: usize, work: &mut u64) -> KernelResult {
    let kernel = kernel(op, &call.meanings)?;
    let call = with_results(op, call, budget)?;
    spend(op, &call, work)?;
    let computed = kernel(&call)?;
    match computed.len() == call.results.len()
        && computed.iter().zip(&call.results).all(|(t, ty)| fits(t, ty))
    {
        true => Ok(computed),
        false => Err(KernelError::invalid("the kernel's results are not of the inferred types")),
    }
}

/// The kernel for numbers of such meanings: one that does not know of scales never sees numbers that need them.
fn kernel(op: &Description, meanings: &Meanings) -> Result<Kernel, KernelError> {
    let kernel = match op.quantized {
        _ if meanings.are_plain() => {
            return op.kernel.ok_or_else(|| KernelError::Unsupported(op.name.to_owned()));
        }
        Quantized::AsStored if meanings.agree() => op.kernel,
        Quantized::By(kernel) => Some(kernel),
        Quantized::AsStored | Quantized::Refused => None,
    };
    kernel.ok_or_else(|| KernelError::Unsupported(format!("quantized {}", op.name)))
}

/// The call with the types of its results, which take at most `budget` bytes.
pub(super) fn with_results<'a>(
    op: &Description,
    call: Call<'a>,
    budget: usize,
) -> Result<Call<'a>, KernelError> {
    let results = result_types(op, &call)?;
    check_size(&results, budget)?;
    Ok(Call { results, ..call })
}

/// What any operator takes, however small: finding it, its operands and its kernel.
const OPERATOR: u64 = 256;
/// What an element takes that is read, written or made by chance.
pub const ELEMENT: u64 = 8;

/// Takes from `work` what an operator needs, in multiply-accumulates of its kernel: for itself, for the elements that it
/// reads and writes, and for what it does with them.
///
/// # Errors
/// [`KernelError::Work`] if that is more than is left.
pub(super) fn spend(op: &Description, call: &Call, work: &mut u64) -> Result<(), KernelError> {
    let read = call.operands.iter().flatten().map(|tensor| tensor.dims.iter().product::<usize>());
    let written = call.results.iter().map(|ty| padded_dims(ty).fold(1, usize::saturating_mul));
    let elements = read.chain(written).fold(0, usize::saturating_add) as u64;
    let [macs, steps] = [op.macs, op.steps].map(|count| count.map_or(0, |count| at_site(call, count)));
    let needed =
        [elements.saturating_mul(ELEMENT), macs, steps].into_iter().fold(OPERATOR, u64::saturating_add);
    *work = work.checked_sub(needed).ok_or(KernelError::Work)?;
    Ok(())
}

/// The types of the results. Where the rule leaves a dim open, only the content decides, and the kernel finds out.
fn result_types(op: &Description, call: &Call) -> Result<Vec<Type>, KernelError> {
    let types = op.shape.and_then(|rule| at_site(call, rule));
    let fits = |types: &Vec<Type>| call.results.is_empty() || call.results.len() == types.len();
    types
        .filter(fits)
        .ok_or_else(|| KernelError::invalid("the operands do not fit each other or the options"))
}

/// What `rule` says of a call.
fn at_site<R>(call: &Call, rule: fn(&Site) -> R) -> R {
    let shapes: Vec<_> = call.operands.iter().map(|t| t.map(Tensor::shape)).collect();
    let operands = call.operands.iter().zip(&shapes).map(|(t, s)| site_operand(*t, s)).collect();
    let fresh = Cell::new(0);
    let site = Site::new(call.options, operands, call.results.iter().collect(), &fresh);
    rule(&site)
}

fn site_operand<'a>(tensor: Option<&'a Tensor>, shape: &'a Option<Shape>) -> Option<Operand<'a>> {
    let (tensor, shape) = (tensor?, shape.as_ref()?);
    Some(Operand { dtype: tensor.dtype, shape, data: Some(&tensor.data) })
}

fn check_size(results: &[Type], budget: usize) -> Result<(), KernelError> {
    let bytes = results.iter().map(padded_bytes).fold(0, usize::saturating_add);
    match bytes <= budget.min(LARGEST_RESULT) {
        true => Ok(()),
        false => Err(KernelError::invalid(format!(
            "results of {bytes} bytes are too large for what a run may take (--run-memory)"
        ))),
    }
}

/// The bytes, where dims of zero do not make up for others that no memory can hold.
fn padded_bytes(ty: &Type) -> usize {
    padded_dims(ty).fold(ty.dtype.bytes().unwrap_or(1), usize::saturating_mul)
}

/// The extents of the dims, unknown ones and zeros being 1.
fn padded_dims(ty: &Type) -> impl Iterator<Item = usize> {
    let dims = ty.shape.as_ref().map_or(&[][..], Shape::dims);
    dims.iter().map(|d| d.known().unwrap_or(1).max(1))
}

impl KernelError {
    pub(crate) fn invalid(message: impl Into<String>) -> KernelError {
        KernelError::Invalid(message.into())
    }

    pub(crate) fn dtype(dtype: DType) -> KernelError {
        KernelError::Unsupported(format!("operands of {}", dtype.name()))
    }
}

impl<'a> Call<'a> {
    pub fn operand(&self, i: usize) -> Result<&'a Tensor, KernelError> {
        self.operands.get(i).copied().flatten().ok_or(KernelError::Missing(i))
    }

    pub fn options<T: OptionsTable>(&self) -> T {
        self.options.table()
    }

    /// The elements of an operand, which must be of type `T`.
    pub(crate) fn view<T: Element>(&self, i: usize) -> Result<ArrayViewD<'a, T>, KernelError> {
        let tensor = self.operand(i)?;
        tensor.view().ok_or_else(|| KernelError::dtype(tensor.dtype))
    }

    /// The numbers of an i32 or i64 operand.
    pub(crate) fn ints(&self, i: usize) -> Result<Vec<i64>, KernelError> {
        let tensor = self.operand(i)?;
        tensor.ints().ok_or_else(|| KernelError::dtype(tensor.dtype))
    }

    /// The dims of a result.
    pub(crate) fn dims(&self, result: usize) -> Result<Vec<usize>, KernelError> {
        let ty = self.results.get(result);
        ty.and_then(|t| t.shape.as_ref()?.known()).ok_or_else(|| KernelError::invalid("a result is unknown"))
    }

    /// The elements of an operand, known only by their bytes.
    pub(crate) fn words<W: Word>(&self, i: usize) -> Result<ArrayViewD<'a, W>, KernelError> {
        let tensor = self.operand(i)?;
        tensor.words().ok_or_else(|| KernelError::dtype(tensor.dtype))
    }
}
