//! No bytes make the reader panic, and what it refuses it names.

use crate::files::{add_relu, buffers, graph, meaning, models, operator, pack, read, refusal, tensor, write};
use optimizer_core::circle::schema::*;

/// Reads `bytes`; what is accepted must be written with nothing lost, and read as the same again.
fn survives(bytes: &[u8]) {
    let Ok(model) = read(bytes) else { return };
    let once = write(&model);
    let again = read(&once).unwrap_or_else(|error| panic!("wrote what it cannot read: {error}"));
    assert!(once == write(&again));
    let (said, kept) = (meaning(bytes), meaning(&once));
    if said != kept {
        // Numbers that are not equal to themselves still look alike.
        let (said, kept) = (format!("{said:#?}"), format!("{kept:#?}"));
        let lost = said.lines().zip(kept.lines()).find(|(said, kept)| said != kept);
        assert_eq!(lost, None, "{bytes:?}");
    }
}

#[test]
fn cut_files_are_refused_or_whole() {
    for (_, bytes) in models() {
        (0..bytes.len()).for_each(|length| survives(&bytes[..length]));
    }
}

#[test]
fn flipped_bytes_do_no_harm() {
    for (_, bytes) in models() {
        flip_each_byte(bytes, &[0xff]);
    }
    flip_each_byte(pack(&add_relu()), &[0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80]);
}

fn flip_each_byte(mut bytes: Vec<u8>, masks: &[u8]) {
    for at in 0..bytes.len() {
        for mask in masks {
            bytes[at] ^= mask;
            survives(&bytes);
            bytes[at] ^= mask;
        }
    }
}

#[test]
fn random_bytes_do_no_harm() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let sound = pack(&add_relu());
    for _ in 0..5_000 {
        let length = random() % 200;
        let mut noise: Vec<u8> = (0..length).map(|_| (random() % 16) as u8).collect();
        if let Some(identifier) = noise.get_mut(4..8) {
            identifier.copy_from_slice(b"CIR0");
        }
        survives(&noise);
        let mut damaged = sound.clone();
        for _ in 0..1 + random() % 4 {
            let at = random() as usize % damaged.len();
            damaged[at] = random() as u8;
        }
        survives(&damaged);
    }
}

#[test]
fn what_is_no_model_is_refused() {
    assert_eq!(refusal(b""), "0 bytes are too few for a model; check that the file was written to its end");
    assert_eq!(
        refusal(b"PK\x03\x04abc\n........"),
        "not a circle or tflite model, its identifier is abc\\n and not CIR0 or TFL3; check which file this is"
    );
    let bytes = pack(&add_relu());
    let cut = refusal(&bytes[..bytes.len() / 2]);
    assert!(cut.starts_with("damaged or cut off: ") && !cut.contains('\n'), "{cut}");
    assert_eq!(refusal(&pack(&ModelT::default())), "the main subgraph is missing; export the model again");
}

/// Each change to a sound model, and what the reader says of it.
#[test]
fn faults_are_named_with_their_place() {
    type Change = fn(&mut ModelT);
    #[rustfmt::skip]
    let cases: &[(Change, &str)] = &[
        (|m| m.version = 9,
            "format version 9 is not one this program knows (circle 0, tflite 3); export it with a known version"),
        (|m| graph(m).inputs = Some(vec![4]),
            "subgraph 0: graph input tensor 4 does not exist, there are 4; the file is damaged, export it again"),
        (|m| graph(m).outputs = Some(vec![-1]),
            "subgraph 0: graph output tensor -1 does not exist, there are 4; the file is damaged, export it again"),
        (|m| tensor(m, 1).buffer = 2,
            "subgraph 0, tensor 1 (c): buffer 2 does not exist, there are 2; the file is damaged, export it again"),
        (|m| operator(m, 0).inputs = Some(vec![0, 7]),
            "subgraph 0, operator 0 (ADD): operand tensor 7 does not exist, there are 4; the file is damaged, export it again"),
        (|m| operator(m, 0).outputs = Some(vec![-1]),
            "subgraph 0, operator 0 (ADD): result tensor -1 does not exist, there are 4; the file is damaged, export it again"),
        (|m| operator(m, 1).intermediates = Some(vec![-2]),
            "subgraph 0, operator 1 (RELU): intermediate tensor -2 does not exist, there are 4; the file is damaged, export it again"),
        (|m| operator(m, 1).opcode_index = 2,
            "subgraph 0, operator 1 (of unknown kind): operator code 2 does not exist, there are 2; the file is damaged, export it again"),
        (|m| operator(m, 1).outputs = Some(vec![2]),
            "subgraph 0, tensor 2 (y): is computed by operator 0 and by operator 1; only one may, export the model again"),
        (|m| operator(m, 1).outputs = Some(vec![3, 3]),
            "subgraph 0, tensor 3 (z): is computed by operator 1 and by operator 1; only one may, export the model again"),
        (|m| operator(m, 1).outputs = Some(vec![0]),
            "subgraph 0, tensor 0 (x): is a graph input and yet computed by operator 1; export the model again"),
        (|m| operator(m, 1).outputs = Some(vec![1]),
            "subgraph 0, tensor 1 (c): is a constant and yet computed by operator 1; export the model again"),
        (|m| operator(m, 0).inputs = Some(vec![0, 3]),
            "subgraph 0, operator 0 (ADD): depends on its own result; operators may not form a cycle, export the model again"),
        (|m| tensor(m, 1).shape = Some(vec![3]),
            "subgraph 0, tensor 1 (c): its shape [3] needs 12 bytes but its buffer has 8; export the model again"),
        (|m| tensor(m, 1).shape = Some(vec![i32::MAX; 4]),
            "subgraph 0, tensor 1 (c): its shape [2147483647, 2147483647, 2147483647, 2147483647] has more elements than can be counted; export the model again"),
        (|m| tensor(m, 2).shape = Some(vec![-2]),
            "subgraph 0, tensor 2 (y): its shape [-2] has a negative extent; unknown ones are -1 in the shape signature, export the model again"),
        (|m| tensor(m, 2).shape_signature = Some(vec![-1, 2]),
            "subgraph 0, tensor 2 (y): its shape [2] and shape signature [-1, 2] differ in rank; export the model again"),
        (|m| tensor(m, 2).type_ = DType(90),
            "subgraph 0, tensor 2 (y): element type 90 is not known to circle 0.10; use a newer circle-opt"),
        (|m| m.operator_codes.as_mut().unwrap()[1].builtin_code = BuiltinOperator(4000),
            "operator code 1: operator 4000 is not known to circle 0.10; use a newer circle-opt"),
        (|m| m.operator_codes.as_mut().unwrap()[1] = table!(OperatorCodeT { builtin_code: BuiltinOperator::CUSTOM }),
            "operator code 1: the name of a custom operator is missing; export the model again"),
        (|m| operator(m, 1).builtin_options = BuiltinOptionsT::IfOptions(Box::new(table!(IfOptionsT { else_subgraph_index: 1 }))),
            "subgraph 0, operator 1 (RELU): subgraph 1 does not exist, there are 1; the file is damaged, export it again"),
        (|m| m.signature_defs = Some(vec![table!(SignatureDefT { subgraph_index: 1 })]),
            "signature 0: subgraph 1 does not exist, there are 1; the file is damaged, export it again"),
        (|m| m.signature_defs = Some(vec![table!(SignatureDefT { inputs: Some(vec![table!(TensorMapT { tensor_index: 4 })]) })]),
            "signature 0: tensor 4 does not exist, there are 4; the file is damaged, export it again"),
        (|m| m.metadata = Some(vec![table!(MetadataT { buffer: 5 })]),
            "metadata 0: buffer 5 does not exist, there are 2; the file is damaged, export it again"),
        (|m| m.metadata_buffer = Some(vec![-1]),
            "buffer -1 does not exist, there are 2; the file is damaged, export it again"),
        (|m| (buffers(m)[1].data, buffers(m)[1].offset, buffers(m)[1].size_) = (None, 1 << 40, 8),
            "buffer 1: bytes 1099511627776..1099511627784 lie outside the file of 488 bytes; it was cut off, copy it again"),
        (|m| (buffers(m)[1].data, buffers(m)[1].offset, buffers(m)[1].size_) = (None, u64::MAX, u64::MAX),
            "buffer 1: bytes 18446744073709551615..18446744073709551615 lie outside the file of 488 bytes; it was cut off, copy it again"),
        (|m| buffers(m)[1].offset = 16,
            "buffer 1: has bytes inside the file's tables and at an offset as well; export the model again"),
        (|m| buffers(m).extend([(16, 12), (24, 8)].map(|(offset, size)| table!(BufferT { offset: offset, size_: size }))),
            "buffer 3: its bytes overlap those of buffer 2 in part; the file is damaged, export it again"),
        (|m| operator(m, 1).large_custom_options_offset = 1 << 30,
            "subgraph 0, operator 1 (RELU): bytes 1073741824..1073741824 lie outside the file of 504 bytes; it was cut off, copy it again"),
    ];
    let (mut said, mut want) = (Vec::new(), Vec::new());
    for (change, message) in cases {
        let mut model = add_relu();
        change(&mut model);
        said.push(refusal(&pack(&model)));
        want.push(message.to_string());
    }
    assert_eq!(said, want);
}

#[test]
fn sharing_a_range_is_no_overlap() {
    let mut model = add_relu();
    buffers(&mut model).extend([16, 16].map(|offset| table!(BufferT { offset: offset, size_: 8 })));
    assert!(read(&pack(&model)).is_ok());
}

#[test]
fn fields_of_a_newer_schema_are_refused() {
    let sound = add_relu();
    let mut builder = flatbuffers::FlatBufferBuilder::new();
    let start = builder.start_table();
    builder.push_slot_always::<u32>(Buffer::VT_SIZE_ + 4, 1);
    let buffer = flatbuffers::WIPOffset::<Buffer>::new(builder.end_table(start).value());
    let buffers = builder.create_vector(&[buffer]);
    let graphs: Vec<_> = sound.subgraphs.iter().flatten().map(|graph| graph.pack(&mut builder)).collect();
    let subgraphs = builder.create_vector(&graphs);
    let args = ModelArgs { buffers: Some(buffers), subgraphs: Some(subgraphs), ..ModelArgs::default() };
    let root = Model::create(&mut builder, &args);
    finish_model_buffer(&mut builder, root);
    let message = "buffer 0: table Buffer has field 4, newer than circle 0.10; use a newer circle-opt";
    assert_eq!(refusal(builder.finished_data()), message);
}

#[test]
fn options_of_a_newer_schema_are_refused() {
    let mut bytes = pack(&add_relu());
    let kind = |bytes: &[u8]| {
        root_as_model(bytes).map(|m| Some(m.subgraphs()?.get(0).operators()?.get(0).builtin_options_type()))
    };
    let at = (0..bytes.len()).find(|&at| {
        let old = std::mem::replace(&mut bytes[at], 200);
        let found = kind(&bytes).is_ok_and(|kind| kind == Some(BuiltinOptions(200)));
        bytes[at] = old;
        found
    });
    bytes[at.expect("the type is a byte of the file")] = 200;
    let message =
        "subgraph 0, operator 0 (ADD): options table 200 is not known to circle 0.10; use a newer circle-opt";
    assert_eq!(refusal(&bytes), message);
}

#[test]
fn many_shares_of_large_options_are_refused() {
    let mut model = add_relu();
    operator(&mut model, 1).custom_options = Some(vec![7; 1 << 20]);
    let op = operator(&mut model, 1).clone();
    let mut builder = flatbuffers::FlatBufferBuilder::new();
    let op = op.pack(&mut builder);
    let operators = builder.create_vector(&vec![op; 3000]);
    let graph =
        SubGraph::create(&mut builder, &SubGraphArgs { operators: Some(operators), ..Default::default() });
    let subgraphs = Some(builder.create_vector(&[graph]));
    let root = Model::create(&mut builder, &ModelArgs { subgraphs, ..ModelArgs::default() });
    finish_model_buffer(&mut builder, root);
    let said = refusal(builder.finished_data());
    assert!(said.starts_with("damaged or cut off: Apparent size too large"), "{said}");
}
