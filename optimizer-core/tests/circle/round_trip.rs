//! Everything a file says is read and written again.

use crate::files::{add_relu, buffers, folder, meaning, models, pack, read, tensor, write};
use optimizer_core::circle::schema::*;
use optimizer_core::circle::{load, save};
use optimizer_core::ir::{Data, Format, Shape, Type, Value};
use std::fs;
use std::path::Path;

#[test]
fn every_model_survives() {
    for (name, bytes) in models() {
        let model = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = write(&model);
        assert_eq!(meaning(&bytes), meaning(&written), "{name}");
    }
}

#[test]
fn writing_again_gives_the_same_bytes() {
    for (name, bytes) in models() {
        let once = write(&read(&bytes).expect("it was read before"));
        let twice = write(&read(&once).expect("what is written can be read"));
        assert!(once == twice, "{name}");
    }
}

#[test]
fn a_mapped_file_gives_the_bytes_an_owned_one_gives() {
    let out = tempfile::tempdir().expect("there is room for a folder");
    for (name, bytes) in models() {
        let model = load(&folder().join(&name)).expect("it was read before");
        let path = out.path().join(&name);
        save(&model, &path, true).expect("the folder can be written to");
        assert!(
            fs::read(&path).expect("it was written") == write(&read(&bytes).expect("as before")),
            "{name}"
        );
    }
}

#[test]
fn long_runs_are_copied_whole_between_files() {
    let out = tempfile::tempdir().expect("there is room for a folder");
    let (first, second) = (out.path().join("first.circle"), out.path().join("second.circle"));
    let mut model = add_relu();
    for (index, length) in [(2usize, 300_000), (3, 17), (4, 200_001)] {
        let bytes: Vec<u8> = (0..length).map(|n| (n * index) as u8).collect();
        buffers(&mut model).push(table!(BufferT { data: Some(bytes) }));
        let kept = table!(TensorT {
            name: Some(format!("kept{index}")),
            shape: Some(vec![length as i32]),
            type_: DType::U8,
            buffer: index as u32,
        });
        crate::files::graph(&mut model).tensors.as_mut().expect("it has tensors").push(kept);
    }
    let packed = pack(&model);
    fs::write(&first, &packed).expect("the folder can be written to");
    save(&load(&first).expect("it is sound"), &second, false).expect("it can be written");
    let written = fs::read(&second).expect("it was written");
    assert_eq!(meaning(&packed), meaning(&written));
    save(&load(&second).expect("it is sound"), &first, false).expect("it can be written");
    assert!(fs::read(&first).expect("it was written") == written);
}

#[test]
fn constants_start_at_multiples_of_16() {
    for (name, bytes) in models() {
        let written = write(&read(&bytes).expect("it was read before"));
        for buffer in root_as_model(&written).expect("it is sound").buffers().into_iter().flatten() {
            let data = buffer.data().map(|data| data.bytes().as_ptr() as usize - written.as_ptr() as usize);
            assert_eq!(data.unwrap_or(0) % 16, 0, "{name}");
            assert_eq!(buffer.offset() % 16, 0, "{name}");
        }
    }
}

#[test]
fn shared_constants_stay_shared() {
    let (_, bytes) =
        models().into_iter().find(|(name, _)| name == "if_branches.circle").expect("it is there");
    let model = read(&bytes).expect("it was read before");
    let data =
        |graph: usize| model.graphs[graph].values().find_map(|(_, v)| v.data.clone()).expect("c is constant");
    assert!(data(1).is_same(&data(2)));
    let written = root_as_model(&write(&model)).expect("it is sound").unpack();
    let graphs = written.subgraphs.expect("it has graphs");
    let buffer = |graph: usize| graphs[graph].tensors.as_ref().expect("it has tensors")[1].buffer;
    assert_eq!(buffer(1), buffer(2));
}

#[test]
fn badly_aligned_constants_can_be_viewed() {
    let bytes = pack(&add_relu());
    for shift in 0..8 {
        let mut input = vec![0; shift];
        input.extend(&bytes);
        // Where the bytes start in memory must not matter.
        let model = read(&input[shift..]).expect("it is sound");
        let (_, c) = model.graphs[0].values().nth(1).expect("c is the second");
        assert_eq!(c.data.as_ref().and_then(|data| data.elements::<f32>()).map(<[f32]>::len), Some(2));
    }
}

#[test]
fn tflite_codes_are_spelled_for_old_readers() {
    let mut model = add_relu();
    let codes = model.operator_codes.as_mut().expect("it has codes");
    (codes[0].builtin_code, codes[0].deprecated_builtin_code) = (BuiltinOperator::BROADCAST_TO, 127);
    (codes[1].builtin_code, codes[1].deprecated_builtin_code) =
        (BuiltinOperator::ADD, BuiltinOperator::RELU.0 as i8);
    let mut read = read(&pack(&model)).expect("it is sound");
    (read.format, read.version) = (Format::Tflite, 3);
    let bytes = write(&read);
    assert_eq!(&bytes[4..8], b"TFL3");
    let codes = root_as_model(&bytes).expect("it is sound").unpack().operator_codes.expect("it has codes");
    let codes: Vec<_> = codes.iter().map(|code| (code.builtin_code, code.deprecated_builtin_code)).collect();
    assert_eq!(codes, [(BuiltinOperator::BROADCAST_TO, 127), (BuiltinOperator::RELU, 19)]);
}

#[test]
fn shapes_mean_what_the_writers_of_files_mean() {
    let mut model = add_relu();
    tensor(&mut model, 0).shape = Some(vec![]);
    tensor(&mut model, 2).shape_signature = Some(vec![-1]);
    tensor(&mut model, 3).shape = None;
    let read_shapes = |model: &ModelT| {
        let model = read(&pack(model)).expect("it is sound");
        let shapes = model.graphs[0].values().map(|(_, v)| v.ty.to_string()).collect::<Vec<_>>();
        shapes.join(" ")
    };
    assert_eq!(read_shapes(&model), "f32[] f32[2] f32[?] f32[..]");
    tensor(&mut model, 3).has_rank = true;
    assert_eq!(read_shapes(&model), "f32[..] f32[2] f32[?] f32[]");
}

#[test]
fn a_changed_type_is_spelled_anew() {
    let mut table = add_relu();
    tensor(&mut table, 2).shape_signature = Some(vec![-1]);
    let mut model = read(&pack(&table)).expect("it is sound");
    let (y, _) = model.graphs[0].values().nth(2).expect("y is the third");
    model.graphs[0].value_mut(y).ty.shape = Some(Shape::fixed(&[5]));
    let written = root_as_model(&write(&model)).expect("it is sound").unpack();
    let y = &written.subgraphs.as_ref().expect("one")[0].tensors.as_ref().expect("four")[2];
    assert_eq!((y.shape.clone(), y.shape_signature.clone()), (Some(vec![5]), None));
}

#[test]
fn new_constants_follow_those_of_the_file() {
    let mut model = read(&pack(&add_relu())).expect("it is sound");
    let graph = &mut model.graphs[0];
    let (add, _) = graph.ops().next().expect("add is the first");
    let ones =
        Value::constant("ones", Type::fixed(optimizer_core::ir::DType::F32, &[2]), Data::of(vec![1f32, 1.]));
    let ones = graph.add_value(ones);
    graph.set_operand(add, 1, Some(ones));
    let (c, _) = graph.values().nth(1).expect("c is the second");
    graph.drop_value(c);
    let written = root_as_model(&write(&model)).expect("it is sound").unpack();
    let graph = &written.subgraphs.as_ref().expect("one")[0];
    let names: Vec<_> = graph.tensors.iter().flatten().filter_map(|t| t.name.as_deref()).collect();
    assert_eq!(names, ["x", "y", "z", "ones"]);
    assert_eq!(graph.operators.as_ref().expect("two")[0].inputs, Some(vec![0, 3]));
    assert_eq!(written.buffers.expect("two")[1].data, Some(vec![0, 0, 128, 63, 0, 0, 128, 63]));
}

#[test]
fn options_without_a_table_stay_so_until_they_change() {
    let (_, bytes) = models().into_iter().find(|(name, _)| name == "signature.tflite").expect("it is there");
    let model = read(&bytes).expect("it was read before");
    let null = |bytes: &[u8]| {
        let file = root_as_model(bytes).expect("it is sound");
        let cast = file.subgraphs().expect("one").get(0).operators().expect("two").get(0);
        (cast.builtin_options_type(), cast.builtin_options().is_none())
    };
    assert_eq!(null(&write(&model)), (BuiltinOptions::CastOptions, true));
}

#[test]
fn retired_fields_of_old_files_stay() {
    let mut model = add_relu();
    model.signature_defs = Some(vec![table!(SignatureDefT { tag: Some("serve".into()) })]);
    let resize = table!(ResizeBilinearOptionsT { new_height: 3, new_width: -1, align_corners: true });
    crate::files::operator(&mut model, 0).builtin_options =
        BuiltinOptionsT::ResizeBilinearOptions(Box::new(resize));
    let bytes = pack(&model);
    assert_eq!(meaning(&write(&read(&bytes).expect("it is sound"))), meaning(&bytes));
}

#[test]
fn a_file_may_replace_itself() {
    let out = tempfile::tempdir().expect("there is room for a folder");
    let path = out.path().join("model.circle");
    let bytes = pack(&add_relu());
    fs::write(&path, &bytes).expect("the folder can be written to");
    save(&load(&path).expect("it is sound"), &path, false).expect("it can be replaced");
    assert_eq!(meaning(&fs::read(&path).expect("it is there")), meaning(&bytes));
    assert_eq!(fs::read_dir(out.path()).expect("it is there").count(), 1);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_modes_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let out = tempfile::tempdir().expect("there is room for a folder");
    let (target, link) = (out.path().join("target.circle"), out.path().join("link.circle"));
    let model = read(&pack(&add_relu())).expect("it is sound");
    fs::write(&target, b"old").expect("the folder can be written to");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).expect("it is ours");
    symlink("target.circle", &link).expect("the folder can be written to");
    save(&model, &link, false).expect("it can be written");
    assert!(link.is_symlink());
    assert_eq!(fs::read(&target).expect("it is there"), write(&model));
    assert_eq!(fs::metadata(&target).expect("it is there").permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_failed_save_leaves_no_trace() {
    let out = tempfile::tempdir().expect("there is room for a folder");
    let model = read(&pack(&add_relu())).expect("it is sound");
    let folder = out.path().join("is a folder");
    fs::create_dir(&folder).expect("the folder can be written to");
    for path in [folder.as_path(), &out.path().join("no/such/place"), Path::new("/proc/self/nothing/here")] {
        let error = save(&model, path, false).expect_err("no file can be here").to_string();
        assert!(error.starts_with(&format!("cannot write {}", path.display())), "{error}");
    }
    assert_eq!(fs::read_dir(out.path()).expect("it is there").count(), 1);
}
