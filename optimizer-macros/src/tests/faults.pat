/// Unbound on the right.
#[exact]
rule unbound { match Neg(Neg(x)) rewrite Abs(y) example { x: f32[2] } }

/// A value and a constant.
#[exact]
rule both { match Mul(Neg(c), c: const f32[n]) rewrite c example { c: f32[2] } }

/// Alternatives.
#[exact]
rule uneven { match Neg(Abs(x) | Neg(y)) rewrite x example { x: f32[2] } }

def loops(x) = Neg(turns(x));
def turns(x) = Abs(loops(x));

/// Broken syntax.
#[exact]
rule syntax { match Neg(x) where rewrite x }

/// Does not end.
#[exact]
rule ends { match Neg(x) }

rule bare { match Neg(Neg(x)) rewrite x }

/// Unknown attribute.
#[exactly]
rule attribute { match Neg(Neg(x)) rewrite x example { x: f32[2] } }
