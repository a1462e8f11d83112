//! Recurrent layers, which keep state between runs.
//!
//! Invariant: none of them is pure.

use crate::circle::schema::*;
use crate::op::{Effect, operators};

operators! {
    /// One step of a long short-term memory.
    LSTM = LSTM(..) LSTMOptionsT { effect: Effect::Opaque }
    /// A long short-term memory over a sequence.
    UnidirectionalSequenceLSTM = UNIDIRECTIONAL_SEQUENCE_LSTM(
        input, input_to_input, input_to_forget, input_to_cell, input_to_output, recurrent_to_input,
        recurrent_to_forget, recurrent_to_cell, recurrent_to_output, cell_to_input, cell_to_forget,
        cell_to_output, input_bias, forget_bias, cell_bias, output_bias, projection,
        projection_bias, output_state, cell_state, input_norm, forget_norm, cell_norm, output_norm
    ) UnidirectionalSequenceLSTMOptionsT { effect: Effect::Opaque }
    /// Two long short-term memories, forwards and backwards.
    BidirectionalSequenceLSTM = BIDIRECTIONAL_SEQUENCE_LSTM(
        ..
    ) BidirectionalSequenceLSTMOptionsT { effect: Effect::Opaque }
    /// One step of a recurrent layer.
    RNN = RNN(input, weights, recurrent_weights, bias, state) RNNOptionsT { effect: Effect::Opaque }
    /// A recurrent layer over a sequence.
    UnidirectionalSequenceRNN = UNIDIRECTIONAL_SEQUENCE_RNN(
        input, weights, recurrent_weights, bias, state
    ) SequenceRNNOptionsT { effect: Effect::Opaque }
    /// Two recurrent layers, forwards and backwards.
    BidirectionalSequenceRNN = BIDIRECTIONAL_SEQUENCE_RNN(
        ..
    ) BidirectionalSequenceRNNOptionsT { effect: Effect::Opaque }
    /// A layer of rank-limited filters over time.
    SVDF = SVDF(input, feature_weights, time_weights, bias, state) SVDFOptionsT { effect: Effect::Opaque }
}
