//! Emits the binding of names to values, and the checks of their types.
//!
//! Invariant: the first occurrence of a name binds it under the author's token, every later one compares.

use super::matcher::Matcher;
use super::vocabulary::*;
use crate::ast::{Binder, Dim, Type};
use crate::plan::Kind;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

impl Matcher<'_> {
    /// Binds or compares a name with the `Option` in the local `slot`.
    pub(super) fn bind_optional(&mut self, binder: &Binder, slot: &Ident) {
        if self.note_bound(&binder.name) {
            self.compare_optional(binder, slot);
        } else if self.is_constant(binder) {
            self.bind_optional_array(binder, slot);
            return;
        } else {
            let name = &binder.name;
            self.code.push(quote!(let #name = #slot;));
        }
        if let Some(kind) = &binder.kind {
            let value = self.code.fresh("v");
            let checks = self.checks_apart(|inner| inner.check_type(binder, kind, &value));
            self.code.push(quote!(if let Some(#value) = #slot { #checks }));
        }
    }

    /// Binds or compares a name with the value in the local `value`.
    pub(super) fn bind_present(&mut self, binder: &Binder, value: &Ident) {
        let name = &binder.name;
        if self.note_bound(name) {
            self.compare_present(binder, value);
            binder.kind.iter().for_each(|kind| self.check_type(binder, kind, value));
        } else if self.is_constant(binder) {
            self.bind_array(binder, value);
        } else {
            binder.kind.iter().for_each(|kind| self.check_type(binder, kind, value));
            let bound = if self.is_optional(name) { quote!(Some(#value)) } else { quote!(#value) };
            self.code.push(quote!(let #name = #bound;));
        }
    }

    fn compare_optional(&mut self, binder: &Binder, slot: &Ident) {
        let known = self.value_of(&binder.name);
        let known = if self.is_optional(&binder.name) { known } else { quote!(Some(#known)) };
        self.compare_known(binder, quote!(#slot), known);
    }

    fn compare_present(&mut self, binder: &Binder, value: &Ident) {
        let known = self.value_of(&binder.name);
        let value = if self.is_optional(&binder.name) { quote!(Some(#value)) } else { quote!(#value) };
        self.compare_known(binder, value, known);
    }

    fn compare_known(&mut self, binder: &Binder, found: TokenStream, known: TokenStream) {
        let what = format!("`{}`", binder.name);
        self.code.require_equal(found, known, &what, &at(binder.name.span()));
    }

    fn is_optional(&self, name: &Ident) -> bool {
        let kind = self.scope.get(name);
        matches!(kind, Some(Kind::Value { optional: true } | Kind::Constant { optional: true }))
    }

    /// Whether this occurrence reads the constant's content.
    fn is_constant(&self, binder: &Binder) -> bool {
        binder.kind.as_ref().is_some_and(|kind| kind.constant && kind.element.is_some())
    }

    fn bind_array(&mut self, binder: &Binder, value: &Ident) {
        let Some(kind) = &binder.kind else { return };
        let (name, twin, read) = (&binder.name, value_of_constant(&binder.name), read_array(kind, value));
        if self.is_optional(name) {
            let array = self.code.fresh("array");
            self.code.bind(quote!(#array), read);
            self.code.push(quote!(let (#name, #twin) = (Some(#array), Some(#value));));
        } else {
            self.code.bind(quote!(#name), read);
            self.code.push(quote!(let #twin = #value;));
        }
        self.check_dims(binder, kind, value);
    }

    fn bind_optional_array(&mut self, binder: &Binder, slot: &Ident) {
        let Some(kind) = &binder.kind else { return };
        let (name, twin) = (&binder.name, value_of_constant(&binder.name));
        let (value, array) = (self.code.fresh("v"), self.code.fresh("array"));
        let (read, fail) = (read_array(kind, &value), self.code.fail());
        let checks = self.checks_apart(|inner| inner.check_dims(binder, kind, &value));
        self.code.push(quote! {
            let #twin = #slot;
            let #name = match #slot {
                Some(#value) => {
                    let Some(#array) = #read else { #fail };
                    #checks
                    Some(#array)
                }
                None => None,
            };
        });
    }

    /// The statements that `emit` adds, taken out of the code again.
    fn checks_apart(&mut self, emit: impl FnOnce(&mut Self)) -> TokenStream {
        let start = self.code.len();
        emit(self);
        self.code.split_off(start)
    }

    fn check_type(&mut self, binder: &Binder, kind: &Type, value: &Ident) {
        let (m, at) = (matching(), at(kind.span));
        match (&kind.element, kind.constant) {
            (Some(_), true) => {
                let array = read_array(kind, value);
                self.code.require(quote!(#array.is_some()));
            }
            (Some(element), false) => self.code.require(quote!(#m.dtype::<#element>(#value, #at).is_some())),
            (None, true) => self.code.require(quote!(#m.is_const(#value, #at).is_some())),
            (None, false) => {}
        }
        self.check_dims(binder, kind, value);
    }

    fn check_dims(&mut self, binder: &Binder, kind: &Type, value: &Ident) {
        let Some(dims) = &kind.dims else { return };
        if matches!(dims.as_slice(), [Dim::Rest(_)]) {
            return;
        }
        let slots: Vec<Option<Ident>> = dims.iter().map(|dim| self.dim_slot(dim)).collect();
        let patterns = dims.iter().zip(&slots).map(|(dim, slot)| match (dim, slot) {
            (Dim::Rest(_), _) => quote!(..),
            (_, Some(slot)) => quote!(#slot),
            (_, None) => quote!(_),
        });
        let (m, fail, at) = (matching(), self.code.fail(), at(kind.span));
        let (what, found, wanted) = (format!("`{}`", binder.name), shown(value), written(&dims_text(dims)));
        self.code.push(quote! {
            let [#(#patterns),*] = *#value.dims() else { #m.compared(#what, #at, #found, #wanted); #fail };
        });
        for ((axis, dim), slot) in axes(dims).into_iter().zip(dims).zip(&slots) {
            if let Some(slot) = slot {
                self.check_dim(&format!("dim {axis} of `{}`", binder.name), dim, slot);
            }
        }
    }

    fn dim_slot(&mut self, dim: &Dim) -> Option<Ident> {
        matches!(dim, Dim::Exactly(_) | Dim::Named(_)).then(|| self.code.fresh("d"))
    }

    fn check_dim(&mut self, what: &str, dim: &Dim, slot: &Ident) {
        let (m, fail) = (matching(), self.code.fail());
        let refusal = |wanted: TokenStream, place: Span| {
            let at = at(place);
            quote!({ #m.dim_differs(#what, #at, #slot, #wanted); #fail })
        };
        match dim {
            Dim::Exactly(n) => {
                let refusal = refusal(quote!(Some(#n)), n.span());
                self.code.push(quote!(if #slot != #n #refusal));
            }
            Dim::Named(name) if self.note_bound(name) => {
                let refusal = refusal(quote!(Some(#name)), name.span());
                self.code.push(quote!(if #slot != #name #refusal));
            }
            Dim::Named(name) => {
                let refusal = refusal(quote!(None), name.span());
                self.code.push(quote!(let Some(#name) = #slot.known() else #refusal; let _ = #name;));
            }
            Dim::Any(_) | Dim::Rest(_) => {}
        }
    }
}

/// The number of each dim; those behind `..` count from the end.
fn axes(dims: &[Dim]) -> Vec<isize> {
    let rest = dims.iter().position(|dim| matches!(dim, Dim::Rest(_))).unwrap_or(dims.len());
    let number = |i: usize| if i < rest { i as isize } else { i as isize - dims.len() as isize };
    (0..dims.len()).map(number).collect()
}

/// Dims as they are written.
fn dims_text(dims: &[Dim]) -> String {
    let dim = |dim: &Dim| match dim {
        Dim::Exactly(n) => n.to_string(),
        Dim::Named(name) => name.to_string(),
        Dim::Any(_) => "_".to_owned(),
        Dim::Rest(_) => "..".to_owned(),
    };
    format!("[{}]", dims.iter().map(dim).collect::<Vec<_>>().join(", "))
}

/// The view of a constant in `value`, as an `Option`.
fn read_array(kind: &Type, value: &Ident) -> TokenStream {
    let (m, at, element) = (matching(), at(kind.span), &kind.element);
    let rank = array_rank(kind);
    quote!(#m.constant::<#element, #rank>(#value, #at))
}

/// The ndarray dimension of a constant's view.
pub(crate) fn array_rank(kind: &Type) -> TokenStream {
    let dims = kind.dims.as_deref();
    let fixed = dims.filter(|dims| !dims.iter().any(|dim| matches!(dim, Dim::Rest(_))));
    match fixed.map(<[Dim]>::len) {
        Some(n @ 0..=6) => {
            let name = quote::format_ident!("Ix{n}");
            quote!(::optimizer_core::prelude::#name)
        }
        _ => quote!(::optimizer_core::prelude::IxDyn),
    }
}
