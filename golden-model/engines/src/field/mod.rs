//! The fields that the engines are built for, and their elements as the card's memory has them.

mod latency;

pub use latency::{
    ADD_LATENCY, Products, SUB_LATENCY, ext_mul_latency, mul_latency, reduce_latency,
};

use p3_baby_bear::BabyBear;
use p3_field::extension::BinomiallyExtendable;
use p3_field::{PrimeField32, TwoAdicField};
use p3_koala_bear::KoalaBear;

/// Which field an engine is built for: the values of the RTL's parameter `Field`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldId {
    /// p = 2^31 - 2^24 + 1.
    KoalaBear = 0,
    /// p = 2^31 - 2^27 + 1.
    BabyBear = 1,
}

impl FieldId {
    /// How models and reports call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KoalaBear => "koalabear",
            Self::BabyBear => "babybear",
        }
    }

    /// p.
    #[must_use]
    pub fn modulus(self) -> u32 {
        match self {
            Self::KoalaBear => KoalaBear::ORDER_U32,
            Self::BabyBear => BabyBear::ORDER_U32,
        }
    }
}

/// A field of Plonky3 that the engines can be built for.
pub trait EngineField: PrimeField32 + TwoAdicField + BinomiallyExtendable<4> {
    /// Its number in the RTL.
    const ID: FieldId;

    /// The word x * 2^32 mod p that Plonky3 and the card's memory hold for x.
    #[must_use]
    fn to_word(self) -> u32 {
        ((u64::from(self.as_canonical_u32()) << 32) % u64::from(Self::ORDER_U32)) as u32
    }

    /// The element that a word stands for; `None` if the word is not below p.
    #[must_use]
    fn from_word(word: u32) -> Option<Self> {
        // In Montgomery form 1 is 2^32 mod p.
        let one = Self::ONE.to_word();
        (word < Self::ORDER_U32).then(|| Self::from_u32(word) * Self::from_u32(one).inverse())
    }
}

impl EngineField for KoalaBear {
    const ID: FieldId = FieldId::KoalaBear;
}

impl EngineField for BabyBear {
    const ID: FieldId = FieldId::BabyBear;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_are_what_p3_holds_in_memory<F: EngineField>() {
        assert_eq!(size_of::<F>(), 4);
        for value in [0, 1, 2, 0x1234_5678, F::ORDER_U32 - 1] {
            let element = F::from_u32(value);
            let word = element.to_word();
            assert_eq!(F::from_word(word), Some(element));
            // p3's packed representation: the elements' words side by side.
            assert_eq!(element.to_unique_u32(), word);
        }
        assert_eq!(F::from_word(F::ORDER_U32), None);
        assert_eq!(F::ORDER_U32, F::ID.modulus());
    }

    #[test]
    fn words_are_what_p3_holds_in_memory_in_both_fields() {
        words_are_what_p3_holds_in_memory::<KoalaBear>();
        words_are_what_p3_holds_in_memory::<BabyBear>();
    }
}
