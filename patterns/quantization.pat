patterns! {
    /// A float rounded as if it were quantized may stay as it is.
    #[lossy]
    #[group(remove_fakequant)]
    #[group(opt_in)]
    rule drop_fake_quant {
        match FakeQuant(x) { .. }
        rewrite x
        example { x: f32[2, 3] }
    }

    /// A float quantized and back may stay as it is.
    #[lossy]
    #[quantized]
    #[group(remove_quantdequant)]
    #[group(opt_in)]
    rule drop_quantize_dequantize {
        match Dequantize(Quantize(x))
        rewrite x
        example { x: f32[2, 3] }
        counterexample { x: i8[2, 3] }
    }

    /// Quantizing as it is quantized already is nothing.
    #[lossy]
    #[quantized]
    #[group(remove_redundant_quantize)]
    #[group(opt_in)]
    rule drop_equal_quantize {
        match Quantize(x)
        rewrite x
        example { x: i8[2, 3] }
        counterexample { x: f32[2, 3] }
    }

    /// A dense layer of mixed precision rounds its result once, not twice.
    #[lossy]
    #[quantized]
    #[group(remove_qdq_for_mpo)]
    #[group(opt_in)]
    rule drop_second_rounding_of_fc {
        match Dequantize(Quantize(once @ Dequantize(Quantize(FullyConnected(_x, _w, _b?) { .. }))))
        rewrite once
        example { _x: f32[2, 3], _w: const f32[4, 3], _b?: f32[4] }
    }

    /// A matrix product of mixed precision rounds its result once, not twice.
    #[lossy]
    #[quantized]
    #[group(remove_qdq_for_mpo)]
    #[group(opt_in)]
    rule drop_second_rounding_of_batch_matmul {
        match Dequantize(Quantize(once @ Dequantize(Quantize(BatchMatMul(_x, _y) { .. }))))
        rewrite once
        example { _x: f32[2, 3], _y: f32[3, 4] }
    }
}
