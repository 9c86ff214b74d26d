//! Shapes: degrees, columns, widths of tuples.

use std::{println, vec::Vec};

use p3_air::{BaseAir, symbolic::AirLayout};
use p3_field::extension::BinomialExtensionField;
use p3_lookup::{
    InteractionSymbolicBuilder, LookupProtocol, Lookups, check_bus_widths,
    check_multiplicity_height_bound, logup::LogUpGadget,
};

use super::{MAX_DEGREE, SegmentAir, Table, airs, cells};
use crate::Felt;

type Extension = BinomialExtensionField<Felt, 4>;

/// Lookups as the prover packs them.
fn lookups(air: &SegmentAir) -> Lookups<Felt> {
    let gadget = LogUpGadget::new();
    Lookups::from_air::<Extension, _>(air).pack_same_bus(&gadget, MAX_DEGREE)
}

#[test]
fn constraints_have_degree_3_with_their_lookups() {
    let gadget = LogUpGadget::new();
    for air in airs(None) {
        let mut builder =
            InteractionSymbolicBuilder::<Felt, Extension>::new(AirLayout::from_air(&air));
        p3_air::Air::eval(&air, &mut builder);
        let degree = builder
            .base_constraints()
            .iter()
            .map(|constraint| constraint.degree_multiple())
            .max();
        let name = air.table().name();
        assert!(degree.unwrap_or(0) <= MAX_DEGREE, "{name}: {degree:?}");
        for lookup in lookups(&air).iter() {
            assert!(gadget.constraint_degree(lookup) <= MAX_DEGREE, "{name}");
        }
        // Without the hint nothing is packed where all constraints are of degree 2.
        assert_eq!(air.max_constraint_degree(), Some(MAX_DEGREE), "{name}");
    }
}

#[test]
fn tuples_of_a_bus_have_one_width_and_multiplicities_do_not_wrap() {
    let all: Vec<_> = airs(None).iter().map(lookups).collect();
    check_bus_widths(&all).expect("one width a bus");
    // The largest segment: no table is higher than 2^22 rows.
    let heights: Vec<_> = Table::ALL.iter().map(|_| 1 << 22).collect();
    check_multiplicity_height_bound(&all, &heights).expect("sums below p");
}

#[test]
fn instruction_table_commits_85_cells_a_row() {
    let mut total = [0; 2];
    for air in airs(None) {
        let [main, permutation] = cells(&air);
        println!(
            "{:8} {main:4} main + {permutation:3} permutation columns",
            air.table().name()
        );
        total = [total[0] + main, total[1] + permutation];
        if air.table() == Table::Cpu {
            assert_eq!([main, permutation], [49, 36]);
        }
    }
    println!("{:8} {:4} main + {:3}", "all", total[0], total[1]);
}
