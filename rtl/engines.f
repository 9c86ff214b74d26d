// Sources of the engines in order, as files.f is for core and trace unit; what both use is in both. The tops for simulation are
// in rtl/bench.
rtl/generated/assay_abi_pkg.sv
rtl/generated/assay_engine_plant_pkg.sv
rtl/generated/assay_poseidon2_pkg.sv
rtl/prim/prim_check.sv
rtl/prim/prim_stable_check.sv
rtl/prim/prim_fifo_sync.sv
rtl/prim/prim_plant.sv
rtl/prim/prim_ram_1r1w.sv
rtl/prim/prim_delay.sv
rtl/prim/prim_fifo_ram.sv
// field (rtl/field)
rtl/field/field_pkg.sv
rtl/field/field_add.sv
rtl/field/field_sub.sv
rtl/field/field_product.sv
rtl/field/field_redc.sv
rtl/field/field_mul.sv
rtl/field/field_square.sv
rtl/field/field_reduce.sv
rtl/field/field_ext_mul.sv
// ntt (rtl/ntt)
rtl/ntt/ntt_pkg.sv
rtl/ntt/ntt_delay.sv
rtl/ntt/ntt_reversed_count.sv
rtl/ntt/ntt_commutator.sv
rtl/ntt/ntt_twiddles.sv
rtl/ntt/ntt_butterfly.sv
rtl/ntt/ntt_stage.sv
rtl/ntt/ntt_pipe.sv
rtl/ntt/ntt_powers.sv
rtl/ntt/ntt_scaling.sv
rtl/ntt/ntt_coefs.sv
rtl/ntt/ntt_load.sv
rtl/ntt/ntt_store.sv
rtl/ntt/ntt_schedule.sv
rtl/ntt/assay_ntt.sv
rtl/ntt/ntt_bursts.sv
rtl/ntt/assay_ntt_memory.sv
// poseidon2 (rtl/poseidon2)
rtl/poseidon2/poseidon2_pkg.sv
rtl/poseidon2/poseidon2_phase.sv
rtl/poseidon2/poseidon2_sbox.sv
rtl/poseidon2/poseidon2_external.sv
rtl/poseidon2/poseidon2_full_constants.sv
rtl/poseidon2/poseidon2_full.sv
rtl/poseidon2/poseidon2_term.sv
rtl/poseidon2/poseidon2_partial_constant.sv
rtl/poseidon2/poseidon2_partial.sv
rtl/poseidon2/poseidon2_core.sv
rtl/poseidon2/poseidon2_sponge.sv
rtl/poseidon2/merkle_pkg.sv
rtl/poseidon2/merkle_rows.sv
rtl/poseidon2/merkle_nodes.sv
rtl/poseidon2/assay_merkle.sv
// extension and tree at once (rtl/commit)
rtl/commit/commit_rows.sv
rtl/commit/assay_commit.sv
// tops for simulation (rtl/bench)
rtl/bench/bench_field.sv
rtl/bench/bench_ntt.sv
rtl/bench/bench_ntt_memory.sv
rtl/bench/bench_sponge.sv
rtl/bench/bench_merkle.sv
rtl/bench/bench_commit.sv
