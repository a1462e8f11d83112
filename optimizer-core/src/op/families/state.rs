//! Variables, hash tables and random numbers.
//!
//! Invariant: none of them is pure.

use super::fill::held_shape;
use crate::circle::schema::*;
use crate::interp::{Call, KernelError, KernelResult, Scope};
use crate::ir::{DType, Shape, Type};
use crate::op::shapes::held_dim;
use crate::op::{Effect, Site, operators};

operators! {
    /// A resource variable.
    VarHandle = VAR_HANDLE(..) VarHandleOptionsT { effect: Effect::Opaque, routine: Some(var_handle) }
    /// The content of a resource variable.
    ReadVariable = READ_VARIABLE(variable) ReadVariableOptionsT {
        effect: Effect::Opaque, routine: Some(read_variable)
    }
    /// Sets a resource variable.
    AssignVariable = ASSIGN_VARIABLE(variable, value) AssignVariableOptionsT {
        effect: Effect::Opaque, routine: Some(assign_variable)
    }
    /// A hash table.
    Hashtable = HASHTABLE(..) HashtableOptionsT { effect: Effect::Opaque, shape: Some(table_shape) }
    /// Values by key.
    HashtableFind = HASHTABLE_FIND(table, keys, default) HashtableFindOptionsT {
        effect: Effect::Opaque, shape: Some(found_shape)
    }
    /// Fills a hash table.
    HashtableImport = HASHTABLE_IMPORT(table, keys, values) HashtableImportOptionsT {
        effect: Effect::Opaque, shape: Some(|_| Some(Vec::new()))
    }
    /// The number of entries.
    HashtableSize = HASHTABLE_SIZE(table) HashtableSizeOptionsT { effect: Effect::Opaque, shape: Some(size_shape) }
    /// Random numbers from 0 to before 1.
    RandomUniform = RANDOM_UNIFORM(shape) RandomOptionsT { effect: Effect::Opaque, shape: Some(random_shape) }
    /// Normally distributed random numbers.
    RandomStandardNormal = RANDOM_STANDARD_NORMAL(shape) RandomOptionsT { effect: Effect::Opaque, shape: Some(random_shape) }
    /// Random classes.
    Multinomial = MULTINOMIAL(logits, count) RandomOptionsT { effect: Effect::Opaque, shape: Some(multinomial_shape) }
}

/// The handle of a table.
fn table_shape(_: &Site) -> Option<Vec<Type>> {
    Some(vec![Type::fixed(DType::Resource, &[1])])
}

/// A value for each key, of the default's type.
fn found_shape(site: &Site) -> Option<Vec<Type>> {
    Some(vec![Type::new(site.operand(2)?.dtype, site.shape(1)?.clone())])
}

fn size_shape(_: &Site) -> Option<Vec<Type>> {
    Some(vec![Type::fixed(DType::I64, &[1])])
}

fn random_shape(site: &Site) -> Option<Vec<Type>> {
    Some(vec![Type::new(DType::F32, held_shape(site, 0)?)])
}

/// Classes are i32 or i64, as declared.
fn multinomial_shape(site: &Site) -> Option<Vec<Type>> {
    let &[batch, _] = site.shape(0)?.dims() else { return None };
    let count = held_dim(site, 1)?;
    Some(vec![Type::new(site.results.first()?.dtype, Shape::from(vec![batch, count]))])
}

fn var_handle(call: &Call, scope: &mut Scope) -> KernelResult {
    let options = call.options::<VarHandleOptionsT>();
    let name = [options.container, options.shared_name].map(Option::unwrap_or_default).join("/");
    let declared = call.results.first().ok_or(KernelError::Missing(0))?;
    Ok(vec![scope.handle(name, declared)])
}

fn read_variable(call: &Call, scope: &mut Scope) -> KernelResult {
    let content = scope.resource(call.operand(0)?)?.clone();
    Ok(vec![content.ok_or_else(|| KernelError::invalid("the variable is read before it is assigned"))?])
}

fn assign_variable(call: &Call, scope: &mut Scope) -> KernelResult {
    *scope.resource(call.operand(0)?)? = Some(call.operand(1)?.clone());
    Ok(Vec::new())
}
