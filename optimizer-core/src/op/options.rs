//! The option tables of operators, typed.
//!
//! Invariant: [`Options`] holds exactly what the file's two unions hold; a missing table reads as its defaults.

use crate::circle::schema::*;
use std::fmt::{self, Debug};

/// Both option unions of an operator; at most one is set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options(pub BuiltinOptionsT, pub BuiltinOptions2T);

/// The options of an operator that has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoOptions {}

/// One option table.
pub trait OptionsTable: Clone + Debug + Default + PartialEq + 'static {
    /// The table, if it is the one that is set.
    fn get(options: &Options) -> Option<&Self>;
    fn wrap(self) -> Options;
    /// The fused activation; none for tables without one.
    fn activation(&self) -> Activation {
        Activation::None
    }
}

/// The numbers of subgraphs in all options but those of CALL, where they are unsigned.
macro_rules! called {
    ($options:expr, $each:ident $(, $mutable:tt)?) => {{
        use {BuiltinOptions2T as Second, BuiltinOptionsT as First};
        match (& $($mutable)? $options.0, & $($mutable)? $options.1) {
            (First::CallOnceOptions(o), _) => vec![& $($mutable)? o.init_subgraph_index],
            (First::IfOptions(o), _) => {
                vec![& $($mutable)? o.then_subgraph_index, & $($mutable)? o.else_subgraph_index]
            }
            (First::WhileOptions(o), _) => {
                vec![& $($mutable)? o.cond_subgraph_index, & $($mutable)? o.body_subgraph_index]
            }
            (_, Second::StablehloWhileOptions(o)) => {
                vec![& $($mutable)? o.cond_subgraph_index, & $($mutable)? o.body_subgraph_index]
            }
            (_, Second::StablehloReduceOptions(o)) => vec![& $($mutable)? o.body_subgraph_index],
            (_, Second::StablehloScatterOptions(o)) => {
                vec![& $($mutable)? o.update_computation_subgraph_index]
            }
            (_, Second::StablehloReduceWindowOptions(o)) => vec![& $($mutable)? o.body_subgraph_index],
            (_, Second::StablehloSortOptions(o)) => vec![& $($mutable)? o.comparator_subgraph_index],
            (_, Second::StableHLOCompositeOptions(o)) => {
                vec![& $($mutable)? o.decomposition_subgraph_index]
            }
            (_, Second::StablehloCaseOptions(o)) => o.branch_subgraph_indices.$each().flatten().collect(),
            (_, Second::StablehloCustomCallOptions(o)) => o.called_computations.$each().flatten().collect(),
            _ => Vec::new(),
        }
    }};
}

impl Options {
    /// The table, or its defaults where the file leaves it out.
    pub fn table<T: OptionsTable>(&self) -> T {
        T::get(self).cloned().unwrap_or_default()
    }

    /// The subgraphs that the operator calls, by number.
    pub fn subgraphs(&self) -> Vec<i64> {
        match &self.0 {
            BuiltinOptionsT::CallOptions(call) => vec![call.subgraph.into()],
            _ => called!(self, iter).into_iter().map(|&number| number.into()).collect(),
        }
    }

    /// Adds `by` to the number of each subgraph that the operator calls.
    pub fn shift_subgraphs(&mut self, by: u16) {
        match &mut self.0 {
            BuiltinOptionsT::CallOptions(call) => call.subgraph += u32::from(by),
            _ => called!(self, iter_mut, mut).into_iter().for_each(|number| *number += i32::from(by)),
        }
    }

    pub fn is_none(&self) -> bool {
        *self == Options::default()
    }
}

impl OptionsTable for NoOptions {
    fn get(options: &Options) -> Option<&NoOptions> {
        const NONE: &NoOptions = &NoOptions {};
        options.is_none().then_some(NONE)
    }

    fn wrap(self) -> Options {
        Options::default()
    }
}

macro_rules! tables {
    (@one $variant:ident $table:ident { $($activation:tt)* }) => {
        impl OptionsTable for $table {
            fn get(options: &Options) -> Option<&$table> {
                match &options.0 {
                    BuiltinOptionsT::$variant(table) => Some(table),
                    _ => None,
                }
            }
            fn wrap(self) -> Options {
                Options(BuiltinOptionsT::$variant(Box::new(self)), BuiltinOptions2T::NONE)
            }
            $($activation)*
        }
    };
    (@two $variant:ident $table:ident) => {
        impl OptionsTable for $table {
            fn get(options: &Options) -> Option<&$table> {
                match &options.1 {
                    BuiltinOptions2T::$variant(table) => Some(table),
                    _ => None,
                }
            }
            fn wrap(self) -> Options {
                Options(BuiltinOptionsT::NONE, BuiltinOptions2T::$variant(Box::new(self)))
            }
        }
    };
    (activated { $($av:ident($at:ident))* } plain { $($pv:ident($pt:ident))* } second { $($sv:ident($st:ident))* }) => {
        impl Options {
            /// The fused activation, if the table has one.
            pub fn activation(&self) -> Option<Activation> {
                match &self.0 {
                    $(BuiltinOptionsT::$av(table) => Some(table.act),)*
                    _ => None,
                }
            }

            /// The same, to be changed.
            pub fn activation_mut(&mut self) -> Option<&mut Activation> {
                match &mut self.0 {
                    $(BuiltinOptionsT::$av(table) => Some(&mut table.act),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for Options {
            /// The table by its Rust name, `MulOptionsT { act: Relu }`; with `#` one field a line.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match (&self.0, &self.1) {
                    $((BuiltinOptionsT::$av(table), _) => table.fmt(f),)*
                    $((BuiltinOptionsT::$pv(table), _) => table.fmt(f),)*
                    $((_, BuiltinOptions2T::$sv(table)) => table.fmt(f),)*
                    _ => Ok(()),
                }
            }
        }

        $(tables! { @one $av $at { fn activation(&self) -> Activation { self.act } } })*
        $(tables! { @one $pv $pt {} })*
        $(tables! { @two $sv $st })*
    };
}

#[rustfmt::skip]
tables! {
    activated {
    Conv2DOptions(Conv2DOptionsT) DepthwiseConv2DOptions(DepthwiseConv2DOptionsT)
    Pool2DOptions(Pool2DOptionsT) SVDFOptions(SVDFOptionsT) RNNOptions(RNNOptionsT)
    FullyConnectedOptions(FullyConnectedOptionsT) ConcatenationOptions(ConcatenationOptionsT)
    AddOptions(AddOptionsT) L2NormOptions(L2NormOptionsT) LSTMOptions(LSTMOptionsT) MulOptions(MulOptionsT)
    SubOptions(SubOptionsT) DivOptions(DivOptionsT) SequenceRNNOptions(SequenceRNNOptionsT)
    TransposeConvOptions(TransposeConvOptionsT)
    BidirectionalSequenceLSTMOptions(BidirectionalSequenceLSTMOptionsT)
    BidirectionalSequenceRNNOptions(BidirectionalSequenceRNNOptionsT)
    UnidirectionalSequenceLSTMOptions(UnidirectionalSequenceLSTMOptionsT) Conv3DOptions(Conv3DOptionsT)
    GRUOptions(GRUOptionsT) BCQFullyConnectedOptions(BCQFullyConnectedOptionsT)
    InstanceNormOptions(InstanceNormOptionsT)
    } plain {
    ConcatEmbeddingsOptions(ConcatEmbeddingsOptionsT) LSHProjectionOptions(LSHProjectionOptionsT)
    SoftmaxOptions(SoftmaxOptionsT) LocalResponseNormalizationOptions(LocalResponseNormalizationOptionsT)
    ResizeBilinearOptions(ResizeBilinearOptionsT) CallOptions(CallOptionsT) ReshapeOptions(ReshapeOptionsT)
    SkipGramOptions(SkipGramOptionsT) SpaceToDepthOptions(SpaceToDepthOptionsT)
    EmbeddingLookupSparseOptions(EmbeddingLookupSparseOptionsT) PadOptions(PadOptionsT)
    GatherOptions(GatherOptionsT) BatchToSpaceNDOptions(BatchToSpaceNDOptionsT)
    SpaceToBatchNDOptions(SpaceToBatchNDOptionsT) TransposeOptions(TransposeOptionsT)
    ReducerOptions(ReducerOptionsT) SqueezeOptions(SqueezeOptionsT) StridedSliceOptions(StridedSliceOptionsT)
    ExpOptions(ExpOptionsT) TopKV2Options(TopKV2OptionsT) SplitOptions(SplitOptionsT)
    LogSoftmaxOptions(LogSoftmaxOptionsT) CastOptions(CastOptionsT) DequantizeOptions(DequantizeOptionsT)
    MaximumMinimumOptions(MaximumMinimumOptionsT) ArgMaxOptions(ArgMaxOptionsT) LessOptions(LessOptionsT)
    NegOptions(NegOptionsT) PadV2Options(PadV2OptionsT) GreaterOptions(GreaterOptionsT)
    GreaterEqualOptions(GreaterEqualOptionsT) LessEqualOptions(LessEqualOptionsT)
    SelectOptions(SelectOptionsT) SliceOptions(SliceOptionsT) SparseToDenseOptions(SparseToDenseOptionsT)
    TileOptions(TileOptionsT) ExpandDimsOptions(ExpandDimsOptionsT) EqualOptions(EqualOptionsT)
    NotEqualOptions(NotEqualOptionsT) ShapeOptions(ShapeOptionsT) PowOptions(PowOptionsT)
    ArgMinOptions(ArgMinOptionsT) FakeQuantOptions(FakeQuantOptionsT) PackOptions(PackOptionsT)
    LogicalOrOptions(LogicalOrOptionsT) OneHotOptions(OneHotOptionsT) LogicalAndOptions(LogicalAndOptionsT)
    LogicalNotOptions(LogicalNotOptionsT) UnpackOptions(UnpackOptionsT) FloorDivOptions(FloorDivOptionsT)
    SquareOptions(SquareOptionsT) ZerosLikeOptions(ZerosLikeOptionsT) FillOptions(FillOptionsT)
    FloorModOptions(FloorModOptionsT) RangeOptions(RangeOptionsT)
    ResizeNearestNeighborOptions(ResizeNearestNeighborOptionsT) LeakyReluOptions(LeakyReluOptionsT)
    SquaredDifferenceOptions(SquaredDifferenceOptionsT) MirrorPadOptions(MirrorPadOptionsT)
    AbsOptions(AbsOptionsT) SplitVOptions(SplitVOptionsT) UniqueOptions(UniqueOptionsT)
    ReverseV2Options(ReverseV2OptionsT) AddNOptions(AddNOptionsT) GatherNdOptions(GatherNdOptionsT)
    CosOptions(CosOptionsT) WhereOptions(WhereOptionsT) RankOptions(RankOptionsT)
    ReverseSequenceOptions(ReverseSequenceOptionsT) MatrixDiagOptions(MatrixDiagOptionsT)
    QuantizeOptions(QuantizeOptionsT) MatrixSetDiagOptions(MatrixSetDiagOptionsT)
    HardSwishOptions(HardSwishOptionsT) IfOptions(IfOptionsT) WhileOptions(WhileOptionsT)
    DepthToSpaceOptions(DepthToSpaceOptionsT) NonMaxSuppressionV4Options(NonMaxSuppressionV4OptionsT)
    NonMaxSuppressionV5Options(NonMaxSuppressionV5OptionsT) ScatterNdOptions(ScatterNdOptionsT)
    SelectV2Options(SelectV2OptionsT) DensifyOptions(DensifyOptionsT) SegmentSumOptions(SegmentSumOptionsT)
    BatchMatMulOptions(BatchMatMulOptionsT) CumsumOptions(CumsumOptionsT) CallOnceOptions(CallOnceOptionsT)
    BroadcastToOptions(BroadcastToOptionsT) Rfft2dOptions(Rfft2dOptionsT) HashtableOptions(HashtableOptionsT)
    HashtableFindOptions(HashtableFindOptionsT) HashtableImportOptions(HashtableImportOptionsT)
    HashtableSizeOptions(HashtableSizeOptionsT) VarHandleOptions(VarHandleOptionsT)
    ReadVariableOptions(ReadVariableOptionsT) AssignVariableOptions(AssignVariableOptionsT)
    RandomOptions(RandomOptionsT) BucketizeOptions(BucketizeOptionsT) GeluOptions(GeluOptionsT)
    DynamicUpdateSliceOptions(DynamicUpdateSliceOptionsT)
    UnsortedSegmentProdOptions(UnsortedSegmentProdOptionsT)
    UnsortedSegmentMaxOptions(UnsortedSegmentMaxOptionsT)
    UnsortedSegmentMinOptions(UnsortedSegmentMinOptionsT)
    UnsortedSegmentSumOptions(UnsortedSegmentSumOptionsT) ATan2Options(ATan2OptionsT)
    SignOptions(SignOptionsT) BitcastOptions(BitcastOptionsT) BitwiseXorOptions(BitwiseXorOptionsT)
    RightShiftOptions(RightShiftOptionsT) AttentionOptions(AttentionOptionsT)
    RunModelOptions(RunModelOptionsT) RoPEOptions(RoPEOptionsT) RmsNormOptions(RmsNormOptionsT)
    BCQGatherOptions(BCQGatherOptionsT)
    } second {
    StablehloConcatenateOptions(StablehloConcatenateOptionsT)
    StablehloBroadcastInDimOptions(StablehloBroadcastInDimOptionsT)
    StablehloSliceOptions(StablehloSliceOptionsT) StablehloConvolutionOptions(StablehloConvolutionOptionsT)
    StablehloCustomCallOptions(StablehloCustomCallOptionsT) StablehloReduceOptions(StablehloReduceOptionsT)
    StablehloScatterOptions(StablehloScatterOptionsT) StablehloCompareOptions(StablehloCompareOptionsT)
    StablehloDynamicSliceOptions(StablehloDynamicSliceOptionsT) StablehloPadOptions(StablehloPadOptionsT)
    StablehloIotaOptions(StablehloIotaOptionsT) StablehloDotGeneralOptions(StablehloDotGeneralOptionsT)
    StablehloReduceWindowOptions(StablehloReduceWindowOptionsT) StablehloSortOptions(StablehloSortOptionsT)
    StablehloWhileOptions(StablehloWhileOptionsT) StablehloGatherOptions(StablehloGatherOptionsT)
    StablehloTransposeOptions(StablehloTransposeOptionsT) DilateOptions(DilateOptionsT)
    StablehloRngBitGeneratorOptions(StablehloRngBitGeneratorOptionsT)
    ReduceWindowOptions(ReduceWindowOptionsT) StableHLOCompositeOptions(StableHLOCompositeOptionsT)
    StablehloShiftLeftOptions(StablehloShiftLeftOptionsT) StablehloCaseOptions(StablehloCaseOptionsT)
    }
}
