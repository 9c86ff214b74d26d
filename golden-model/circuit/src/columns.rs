//! Names for the cells of a row.

/// One cell, or an array of them.
pub(crate) trait Cells<T> {
    /// How many.
    const COUNT: usize;

    /// Takes them in order.
    fn take(next: &mut impl FnMut() -> T) -> Self;

    /// Gives them in order.
    fn put(self, next: &mut impl FnMut(T));
}

impl<T> Cells<T> for T {
    const COUNT: usize = 1;

    #[inline]
    fn take(next: &mut impl FnMut() -> T) -> Self {
        next()
    }

    #[inline]
    fn put(self, next: &mut impl FnMut(T)) {
        next(self);
    }
}

impl<T, const N: usize> Cells<T> for [T; N] {
    const COUNT: usize = N;

    #[inline]
    fn take(next: &mut impl FnMut() -> T) -> Self {
        core::array::from_fn(|_| next())
    }

    #[inline]
    fn put(self, next: &mut impl FnMut(T)) {
        self.into_iter().for_each(next);
    }
}

/// Declares a struct whose fields are a row's cells, in order: `T` is one cell, `[T; n]` are several.
macro_rules! columns {
    (
        $(#[$meta:meta])*
        $name:ident<$t:ident> {
            $( $(#[$field_meta:meta])* $field:ident: $type:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name<$t> {
            $( $(#[$field_meta])* pub $field: $type, )*
        }

        impl<$t> $name<$t> {
            /// Cells in a row.
            pub const WIDTH: usize = 0 $( + <$type as $crate::columns::Cells<$t>>::COUNT )*;

            /// Names of the cells, in order.
            #[cfg(feature = "witness")]
            #[must_use]
            pub fn names() -> alloc::vec::Vec<alloc::string::String> {
                let mut names = alloc::vec::Vec::new();
                $(
                    let (name, count) =
                        (stringify!($field), <$type as $crate::columns::Cells<$t>>::COUNT);
                    names.extend((0..count).map(|at| match count {
                        1 => alloc::string::String::from(name),
                        _ => alloc::format!("{name}[{at}]"),
                    }));
                )*
                names
            }
        }

        impl<$t: Copy> $name<$t> {
            /// Names the cells of a row.
            ///
            /// # Panics
            /// If the row is shorter.
            #[inline]
            pub fn read(row: &[$t]) -> Self {
                let mut at = 0;
                let mut next = || {
                    at += 1;
                    row[at - 1]
                };
                Self { $( $field: $crate::columns::Cells::<$t>::take(&mut next), )* }
            }

            /// Writes the cells to a row.
            ///
            /// # Panics
            /// If the row is shorter.
                    #[inline]
            pub fn write(self, row: &mut [$t]) {
                let mut at = 0;
                let mut next = |cell| {
                    row[at] = cell;
                    at += 1;
                };
                $( $crate::columns::Cells::<$t>::put(self.$field, &mut next); )*
            }
        }
    };
}

pub(crate) use columns;
