//! How many bits a parameter set is worth: every error term, by Plonky3's own bounds (`p3-security`), at the largest tables that a
//! verifier accepts.
//!
//! A cheating prover wins if any of the terms goes wrong, so what counts is their sum, not the worst of them.

use alloc::{vec, vec::Vec};

use assay_circuit::{
    Felt,
    table::{MIN_LOG_HEIGHT, Table, airs},
};
use p3_air::{BaseAir, symbolic::AirLayout};
use p3_batch_stark::{ProverData, num_batched_openings, symbolic::get_symbolic_constraints};
use p3_field::BasedVectorSpace;
use p3_lookup::{LogUpGadget, Lookups};
use p3_security::{
    ErrorBits, GrindingSites, InstanceShape, SecurityAssumption, StarkAirParams,
    deep::deep_ali_error,
    fri::{self, FriRegime},
    grinding::boost,
    logup::{self, LogUpAir},
    proximity::{alpha_udr, list_size_udr},
};
use p3_uni_stark::OpeningShape;

use crate::{
    config::{Challenge, config},
    parameters::{LOG_BLOWUP, LOG_FINAL_POLY_LEN, MAX_LOG_ARITY, Parameters, Settings},
    shape::{self, MAX_LOG_HEIGHT},
};

/// Bits of the challenges' field, rounded down: 4 × 30.99.
const MODULUS_BITS: usize = 123;
/// Bits of collision resistance of a digest of eight elements: half of 8 × 30.99, rounded down.
const COLLISION_BITS: usize = 123;
/// Constraints and interactions have at most this degree, so that a quotient has two chunks at blow-up 2.
const MAX_DEGREE: usize = 3;
/// Points at which a column is opened, at most.
const MAX_POINTS: usize = 2;

/// What is believed about Reed-Solomon codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regime {
    /// Nothing that is not proven: unique decoding.
    Proven,
    /// That a random word is as hard to fake as any ("random words" in `p3-security`).
    Conjectured,
}

/// One way in which a false claim could pass, and how unlikely it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// What would have to happen.
    pub name: &'static str,
    /// Minus the binary logarithm of its probability, grinding included.
    pub bits: f64,
}

/// The terms of a set in a regime.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// All of them.
    pub terms: Vec<Term>,
    /// Minus the binary logarithm of their sum.
    pub bits: f64,
}

/// What the tables are, as far as soundness depends on it: each as high as a verifier accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// One line a table.
    pub tables: Vec<TableShape>,
}

/// A table's part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableShape {
    /// Which.
    pub table: Table,
    /// Binary logarithm of its greatest height.
    pub log_height: usize,
    /// Main columns.
    pub main: usize,
    /// Columns that the key fixes.
    pub preprocessed: usize,
    /// Columns of the lookup argument, each an element of the challenges' field.
    pub permutation: usize,
    /// Constraints, those of the lookup argument among them.
    pub constraints: usize,
    /// Tuples that a row puts on the buses.
    pub interactions: usize,
    /// Elements of the widest of them.
    pub tuple: usize,
    /// Sum of the declared bounds of a row's multiplicities.
    pub weight: u64,
    /// Columns times points at which the commitment scheme opens them.
    pub openings: usize,
}

impl Tables {
    /// The tables of every proof, for the longest program.
    #[must_use]
    pub fn largest() -> Self {
        let airs = airs(None);
        let heights = vec![MIN_LOG_HEIGHT; airs.len()];
        let config = config(Parameters::default());
        let lookups = ProverData::from_airs_and_degrees(&config, &airs, &heights)
            .map_or_else(|_| Vec::new(), |data| data.common.lookups);
        let tables = Table::ALL.iter().zip(&airs).zip(&lookups);
        let tables = tables.map(|((&table, air), lookups)| {
            let interactions: usize = lookups.iter().map(|lookup| lookup.elements.len()).sum();
            let tuples = lookups.iter().flat_map(|lookup| &lookup.elements);
            let layout = AirLayout::from_air::<Felt>(air);
            let (base, extension) = get_symbolic_constraints::<Felt, Challenge, _, _>(
                air,
                layout,
                lookups,
                &LogUpGadget::new(),
            );
            let (main, preprocessed) = (
                BaseAir::<Felt>::width(air),
                BaseAir::<Felt>::preprocessed_width(air),
            );
            TableShape {
                table,
                log_height: match table {
                    Table::Program => MAX_LOG_HEIGHT,
                    _ => *shape::log_heights(table, &(0..1)).end(),
                },
                main,
                preprocessed,
                permutation: if lookups.is_empty() {
                    0
                } else {
                    lookups.len() + 1
                },
                constraints: base.len() + extension.len(),
                interactions,
                tuple: tuples.map(Vec::len).max().unwrap_or(0),
                weight: Lookups::total_count_weight(lookups),
                openings: num_batched_openings(
                    main,
                    !BaseAir::<Felt>::main_next_row_columns(air).is_empty(),
                    preprocessed,
                    !BaseAir::<Felt>::preprocessed_next_row_columns(air).is_empty(),
                    MAX_DEGREE - 1,
                    lookups.len(),
                    <Challenge as BasedVectorSpace<Felt>>::DIMENSION,
                    OpeningShape::TwoAdic,
                ),
            }
        });
        Self {
            tables: tables.collect(),
        }
    }

    /// Σ weight · height over all tables: the largest multiplicity that can add up on a bus. Below the modulus, or sums could wrap.
    #[must_use]
    pub fn multiplicity(&self) -> u64 {
        let each = |table: &TableShape| table.weight << table.log_height;
        self.tables.iter().map(each).sum()
    }

    /// The report on a set.
    #[must_use]
    pub fn report(&self, parameters: Parameters, regime: Regime) -> Report {
        let Settings {
            queries,
            query_pow,
            batch_pow,
            commit_pow,
            lookup_pow,
            ood_pow,
        } = parameters.settings();
        let low_degree = FriRegime {
            log_blowup: LOG_BLOWUP,
            num_queries: queries,
            log_final_poly_len: LOG_FINAL_POLY_LEN,
            max_log_arity: MAX_LOG_ARITY,
            commit_pow_bits: commit_pow,
            query_pow_bits: query_pow,
        };
        let shape = |log_trace_length, num_batched_functions| InstanceShape {
            log_trace_length,
            modulus_bits: MODULUS_BITS,
            collision_resistance: COLLISION_BITS,
            num_batched_functions,
        };
        let sum =
            |terms: &mut dyn Iterator<Item = ErrorBits>| ErrorBits::sum(&terms.collect::<Vec<_>>());
        let openings = self.tables.iter().map(|table| table.openings).sum();
        let widest = shape(MAX_LOG_HEIGHT, openings);
        let constraints = self.tables.iter().map(|table| table.constraints).sum();
        let composition =
            p3_security::air::composition_error(constraints, list_size_udr(), MODULUS_BITS);
        let out_of_domain = sum(&mut self.tables.iter().map(|table| {
            let air = StarkAirParams {
                num_constraints: table.constraints,
                max_constraint_degree: MAX_DEGREE,
                num_quotient_chunks: MAX_DEGREE - 1,
                max_combo: MAX_POINTS,
            };
            deep_ali_error(&air, &shape(table.log_height, 1), list_size_udr())
        }));
        let lookups = sum(&mut self.tables.iter().map(|table| {
            let air = LogUpAir {
                num_interactions: table.interactions,
                // The widest tuple of all sets the powers of the challenge for all.
                max_message_width: self.tables.iter().map(|t| t.tuple).max().unwrap_or(0),
            };
            logup::security_term(&air, &shape(table.log_height, 1), &GrindingSites::NONE)
                .map_or(ErrorBits::from_log2(f64::INFINITY), |term| term.bits)
        }));
        let batching = ErrorBits::from_log2(SecurityAssumption::UniqueDecoding.prox_gaps_error(
            MAX_LOG_HEIGHT,
            LOG_BLOWUP,
            MODULUS_BITS,
            openings,
        ));
        // p3-security bounds the first round; each further one has at most half its domain, so all together at most twice its error.
        let folding = fri::commit_phase_error_udr(&low_degree, &widest)
            .map_or(f64::INFINITY, |error| error.bits() - 1.0);
        let query = match regime {
            Regime::Proven => fri::query_phase_error(
                alpha_udr(MAX_LOG_HEIGHT, LOG_BLOWUP, MAX_POINTS),
                queries,
                query_pow,
            ),
            Regime::Conjectured => fri::conjectured_error(&low_degree, &widest),
        };
        let terms = vec![
            (
                "constraints cancel in their random combination",
                composition,
            ),
            (
                "constraints hold at the out-of-domain point by chance",
                boost(out_of_domain, ood_pow),
            ),
            (
                "an unbalanced bus balances, or a fraction is undefined",
                boost(lookups, lookup_pow),
            ),
            (
                "a word far from the code comes close when openings are batched",
                boost(batching, batch_pow),
            ),
            (
                "a word far from the code comes close in a folding",
                ErrorBits::from_log2(folding),
            ),
            ("no query hits a difference", query),
            (
                "a collision of Poseidon2",
                ErrorBits::from_log2(COLLISION_BITS as f64),
            ),
        ];
        let errors: Vec<_> = terms.iter().map(|&(_, error)| error).collect();
        Report {
            bits: ErrorBits::sum(&errors).bits(),
            terms: terms
                .into_iter()
                .map(|(name, error)| Term {
                    name,
                    bits: error.bits(),
                })
                .collect(),
        }
    }
}
