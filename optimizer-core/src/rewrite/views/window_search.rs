//! Where the largest element of each window is, by operators that every runtime has.
//!
//! Invariant: indices are computed in f32 only while all of them are exact in it; elements are finite.

use crate::circle::schema::*;
use crate::ir::DType;
use crate::op::{
    Add, ArgMax, Cast, Concatenation, Conv2D, CustomMaxPoolWithArgmax, Floor, MaxPool2D, Mul, Neg, PadV2,
    Reshape, Split, Window,
};
use crate::rewrite::{At, Builder, IntoOperand, Node, Reject, Val, Wire};
use ndarray::{Array1, Array4};

/// The largest integer up to which f32 has all of them.
const EXACT: usize = 1 << 24;

/// More elements than a window of any model has.
const LARGEST_WINDOW: usize = 1 << 12;

/// A pool that also tells where; its feature maps have known dims.
pub struct WindowSearch {
    options: Pool2DOptionsT,
    input: [usize; 4],
    /// How the window moves along rows and columns.
    windows: [Window; 2],
    /// Rows and columns of the result.
    places: [usize; 2],
    dtype: DType,
}

/// The search in a value: its first result is the largest element of each window, its second where that is.
pub struct Found<'g>(WindowSearch, Val<'g>);

impl WindowSearch {
    /// `None` if dims are unknown, or indices too large to be exact.
    pub fn of(pool: Node<'_, CustomMaxPoolWithArgmax>) -> Option<WindowSearch> {
        let x = pool.operator().operands().first().copied().flatten()?;
        let input: [usize; 4] = pool.graph().value(x).shape()?.known()?.try_into().ok()?;
        let [_, rows, columns, _] = pool.result(0).shape().known()?.try_into().ok()?;
        let search = WindowSearch {
            windows: pool.options().pooling_windows()?,
            options: pool.options(),
            input,
            places: [rows, columns],
            dtype: pool.result(1).dtype(),
        };
        (search.is_sound() && search.is_exact()).then_some(search)
    }

    fn is_sound(&self) -> bool {
        let places = [0, 1].map(|axis| self.windows[axis].positions(self.input[axis + 1]));
        !self.input.contains(&0) && !self.places.contains(&0) && places == self.places.map(Some)
    }

    fn is_exact(&self) -> bool {
        let [vertical, horizontal] = self.windows;
        let elements = self.input[1..].iter().try_fold(1, |n: usize, &d| n.checked_mul(d));
        elements.is_some_and(|n| n <= EXACT) && vertical.size * horizontal.size <= LARGEST_WINDOW
    }

    pub fn over(self, x: Val<'_>) -> Found<'_> {
        Found(self, x)
    }

    /// The window's index of the largest element, for each channel.
    fn build(&self, b: &mut Builder<'_>, x: Wire) -> Result<Vec<Wire>, Reject> {
        let at = At::default();
        let options = Pool2DOptionsT { act: Activation::None, ..self.options.clone() };
        let largest = b.op::<MaxPool2D, _>([x], options, at)?.result(0);
        let channels = self.input[3];
        let (axis, padded) = (b.operand(3i32), self.padded(b, x)?);
        let split = b.op::<Split, _>([axis, padded], SplitOptionsT { num_splits: channels as i32 }, at)?;
        let channel = |channel| {
            let within = self.within_window(b, split.result(channel as u32))?;
            self.within_map(b, within, channel)
        };
        let indices = (0..channels).map(channel).collect::<Result<Vec<_>, _>>()?;
        let options = ConcatenationOptionsT { axis: 3, ..Default::default() };
        let joined = b.op_of_any::<Concatenation>(indices, Vec::new(), options, at)?.result(0);
        let cast = CastOptionsT { in_data_type: DType::F32, out_data_type: self.dtype };
        Ok(vec![largest, b.op::<Cast, _>([joined], cast, at)?.result(0)])
    }

    /// The input with what no window takes for its largest around it.
    fn padded(&self, b: &mut Builder<'_>, x: Wire) -> Result<Wire, Reject> {
        if self.options.padding != Padding::Same {
            return Ok(x);
        }
        let around = |axis: usize| self.windows[axis].padding_around(self.input[axis + 1]).unwrap_or([0, 0]);
        let amounts = [[0, 0], around(0), around(1), [0, 0]];
        let amounts = ndarray::arr2(&amounts.map(|pair| pair.map(|n| n as i32)));
        let (amounts, lowest) = (b.operand(amounts), b.operand(f32::MIN));
        Ok(b.op::<PadV2, _>([x, amounts, lowest], PadV2OptionsT::default(), At::default())?.result(0))
    }

    /// The number of the largest element among those of its window: a filter for each lays them out as channels.
    fn within_window(&self, b: &mut Builder<'_>, x: Wire) -> Result<Wire, Reject> {
        let ([vertical, horizontal], at) = (self.windows, At::default());
        let (height, width) = (vertical.size, horizontal.size);
        let filter = Array4::from_shape_fn([height * width, height, width, 1], |(i, y, x, _)| {
            if i == y * width + x { 1.0f32 } else { 0.0 }
        });
        let operands = [x, b.operand(filter), b.operand(Array1::<f32>::zeros(height * width))];
        let (stride_h, stride_w) = (vertical.stride as i32, horizontal.stride as i32);
        let options = Conv2DOptionsT { padding: Padding::Valid, stride_h, stride_w, ..Default::default() };
        let laid_out = b.op::<Conv2D, _>(operands, options, at)?.result(0);
        let axis = b.operand(3i32);
        let number = b.op::<ArgMax, _>([laid_out, axis], ArgMaxOptionsT { output_type: DType::I32 }, at)?;
        let dims = [self.input[0], self.places[0], self.places[1], 1].map(|n| n as i32).to_vec();
        let (new_shape, shape) = (Some(dims.clone()), b.operand(Array1::from(dims)));
        let map = b.op::<Reshape, _>([number.result(0), shape], ReshapeOptionsT { new_shape }, at)?.result(0);
        let cast = CastOptionsT { in_data_type: DType::I32, out_data_type: DType::F32 };
        Ok(b.op::<Cast, _>([map], cast, at)?.result(0))
    }

    /// From the number within the window to the index within the feature map.
    fn within_map(&self, b: &mut Builder<'_>, number: Wire, channel: usize) -> Result<Wire, Reject> {
        let [_, horizontal] = self.windows;
        let [_, _, width, channels] = self.input;
        // A little more than the reciprocal, so that no quotient of integers falls below itself.
        let quotient = scaled(b, number, (1.0 + f32::EPSILON * 4.0) / horizontal.size as f32)?;
        let row = b.op::<Floor, _>([quotient], Default::default(), At::default())?.result(0);
        let start = scaled(b, row, horizontal.size as f32)?;
        let back = b.op::<Neg, _>([start], NegOptionsT {}, At::default())?.result(0);
        let column = sum(b, number, back)?;
        let rows = scaled(b, row, width as f32)?;
        let (rows, columns) = (scaled(b, rows, channels as f32)?, scaled(b, column, channels as f32)?);
        let offset = sum(b, rows, columns)?;
        let corner = b.operand(self.corners(channel));
        sum(b, offset, corner)
    }

    /// The index of each window's first element; one in the padding may be negative.
    fn corners(&self, channel: usize) -> Array4<f32> {
        let [_, height, width, channels] = self.input;
        let first = |axis: usize, extent: usize, place: usize| {
            let window = self.windows[axis];
            (place * window.stride) as i64 - window.before(extent) as i64
        };
        Array4::from_shape_fn([1, self.places[0], self.places[1], 1], |(_, y, x, _)| {
            let element = first(0, height, y) * width as i64 + first(1, width, x);
            (element * channels as i64 + channel as i64) as f32
        })
    }
}

fn scaled(b: &mut Builder<'_>, x: Wire, by: f32) -> Result<Wire, Reject> {
    let by = b.operand(by);
    Ok(b.op::<Mul, _>([x, by], MulOptionsT::default(), At::default())?.result(0))
}

fn sum(b: &mut Builder<'_>, x: Wire, y: Wire) -> Result<Wire, Reject> {
    Ok(b.op::<Add, _>([x, y], AddOptionsT::default(), At::default())?.result(0))
}

impl<'g> IntoOperand<'g> for Found<'g> {
    fn into_wire(self, b: &mut Builder<'g>) -> Wire {
        self.into_wires(b).first().copied().unwrap_or(Wire::Absent)
    }

    fn into_wires(self, b: &mut Builder<'g>) -> Vec<Wire> {
        let x = self.1.into_wire(b);
        self.0.build(b, x).unwrap_or_default()
    }
}
