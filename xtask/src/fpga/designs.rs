//! What is measured: our blocks, and cores that others know.

/// A block, and how it is built.
pub struct Design {
    /// How its figures' keys begin.
    pub key: &'static str,
    pub top: &'static str,
    pub source: Source,
    pub target: Target,
}

/// Where its Verilog is.
pub enum Source {
    /// A list of files in `rtl/`, and the top's parameters.
    Rtl {
        list: &'static str,
        parameters: &'static [(&'static str, u32)],
    },
    /// One Verilog file in a wheel.
    Wheel {
        /// Its path in the wheel.
        file: &'static str,
        /// What yosys is told after it was read.
        options: &'static str,
    },
}

/// What it is built for.
pub enum Target {
    /// Placed and routed on an ECP5-85F.
    Ecp5 {
        /// Seed of its placement, unless another is asked for.
        seed: u32,
        /// Share of a region's sites that the placer may fill.
        density: &'static str,
        /// What nextpnr's router is told.
        routing: &'static [&'static str],
        /// Clock that the placer aims at, unless another is asked for.
        aim: u32,
    },
    /// Synthesised for UltraScale+, which no open tool places: counts, no clock.
    UltraScalePlus {
        /// Modules of which there are dozens, all alike: each is synthesised once, alone, and counted as often as it is there. As one netlist they do not fit
        /// into the tool's memory.
        units: &'static [&'static str],
    },
}

const XCUP: Target = Target::UltraScalePlus { units: &[] };
const XCUP_ROUNDS: Target = Target::UltraScalePlus {
    units: &["poseidon2_full", "poseidon2_partial"],
};
/// Parameters that a design and its units share.
pub const SHARED: [&str; 2] = ["Field", "Products"];

impl Target {
    /// What the front end is told.
    pub fn defines(&self) -> &'static str {
        match self {
            Self::Ecp5 { .. } => "",
            Self::UltraScalePlus { .. } => "-D ASSAY_SRL",
        }
    }
}

/// One arc after the other: the best clock, where it ends.
const IN_TURN: &[&str] = &["--router", "router1"];
/// Arcs negotiate, then slow ones look for another way, until none misses the aim: it does not end if one must. What is full of wires between
/// distant multipliers takes hours one arc after the other.
const UNTIL_FAST: &[&str] = &["--router", "router2", "--tmg-ripup"];

const ECP5: Target = ecp5(1, "0.9", 120);
/// Small and fast.
const ECP5_FAST: Target = ecp5(1, "0.9", 200);

const fn ecp5(seed: u32, density: &'static str, aim: u32) -> Target {
    Target::Ecp5 {
        seed,
        density,
        routing: IN_TURN,
        aim,
    }
}

/// Packed denser, what has many multipliers takes hours.
const fn thin(density: &'static str, aim: u32) -> Target {
    Target::Ecp5 {
        seed: 1,
        density,
        routing: UNTIL_FAST,
        aim,
    }
}

const fn core(key: &'static str, top: &'static str, target: Target) -> Design {
    Design {
        key,
        top,
        source: Source::Rtl {
            list: "rtl/files.f",
            parameters: &[],
        },
        target,
    }
}

const fn engine(
    key: &'static str,
    top: &'static str,
    parameters: &'static [(&'static str, u32)],
    target: Target,
) -> Design {
    Design {
        key,
        top,
        source: Source::Rtl {
            list: "rtl/engines.f",
            parameters,
        },
        target,
    }
}

const BABYBEAR: (&str, u32) = ("Field", 1);
const THREE: (&str, u32) = ("Products", 3);
const HALVES: (&str, u32) = ("Share", 2);
const QUARTERS: (&str, u32) = ("Share", 4);

/// In the order of the report.
pub const DESIGNS: &[Design] = &[
    core("core", "assay_core", ECP5),
    core("trace_unit", "assay_trace_unit", ECP5),
    // Denser, the buses between the block RAMs crowd one corner, and the router does not end.
    core("witness_top", "assay_witness_top", ecp5(2, "0.6", 120)),
    // The same flow on cores that others know. RV32IM, AXI4-Lite, no caches:
    Design {
        key: "picorv32",
        top: "picorv32_axi",
        source: Source::Wheel {
            file: "pythondata_cpu_picorv32/verilog/picorv32.v",
            options: "chparam -set ENABLE_MUL 1 -set ENABLE_DIV 1 -set BARREL_SHIFTER 1 picorv32_axi",
        },
        target: ECP5,
    },
    // RV32IM with machine mode, 4 + 4 KiB of cache, static prediction: the nearest to ours in its wheel.
    Design {
        key: "vexriscv",
        top: "VexRiscv",
        source: Source::Wheel {
            file: "pythondata_cpu_vexriscv/verilog/VexRiscv_Full.v",
            options: "",
        },
        target: ECP5,
    },
    engine("multiplier", "field_mul", &[], ECP5_FAST),
    engine("multiplier3", "field_mul", &[THREE], ECP5_FAST),
    engine("multiplier_babybear", "field_mul", &[BABYBEAR], ECP5_FAST),
    engine("butterfly", "ntt_butterfly", &[], ECP5_FAST),
    engine("butterfly3", "ntt_butterfly", &[THREE], ECP5_FAST),
    engine(
        "butterfly_babybear",
        "ntt_butterfly",
        &[BABYBEAR],
        ECP5_FAST,
    ),
    // As the folded cores have it: 8 S-boxes, each half of the words in its turn. BabyBear's have twice the multiplications: 4.
    engine(
        "poseidon2_full",
        "poseidon2_full",
        &[THREE, HALVES],
        thin("0.6", 120),
    ),
    engine("poseidon2_partial", "poseidon2_partial", &[], ECP5),
    engine(
        "poseidon2_full_babybear",
        "poseidon2_full",
        &[BABYBEAR, THREE, QUARTERS],
        thin("0.6", 120),
    ),
    engine(
        "poseidon2_partial_babybear",
        "poseidon2_partial",
        &[BABYBEAR],
        ECP5,
    ),
    engine("ntt2", "assay_ntt", &[THREE], thin("0.6", 100)),
    engine(
        "ntt2_babybear",
        "assay_ntt",
        &[BABYBEAR, THREE],
        thin("0.6", 100),
    ),
    engine(
        "poseidon2_folded",
        "poseidon2_sponge",
        &[THREE, HALVES],
        thin("0.55", 100),
    ),
    engine(
        "poseidon2_folded_babybear",
        "poseidon2_sponge",
        &[BABYBEAR, THREE, QUARTERS],
        // Seed 1 at the density of the other folded core was still being routed after 25 minutes.
        Target::Ecp5 {
            seed: 2,
            density: "0.5",
            routing: UNTIL_FAST,
            aim: 101,
        },
    ),
    engine("butterfly", "ntt_butterfly", &[], XCUP),
    engine("butterfly3", "ntt_butterfly", &[THREE], XCUP),
    engine("butterfly_babybear", "ntt_butterfly", &[BABYBEAR], XCUP),
    engine(
        "poseidon2.koalabear",
        "poseidon2_core",
        &[THREE, ("FullUnits", 8), ("PartialUnits", 20)],
        XCUP_ROUNDS,
    ),
    engine(
        "poseidon2.babybear",
        "poseidon2_core",
        &[BABYBEAR, THREE, ("FullUnits", 8), ("PartialUnits", 13)],
        XCUP_ROUNDS,
    ),
    engine("ntt16", "assay_ntt", &[("Lanes", 16), THREE], XCUP),
    engine(
        "ntt16_babybear",
        "assay_ntt",
        &[BABYBEAR, ("Lanes", 16), THREE],
        XCUP,
    ),
];

/// The keys of all blocks; one that is built for both devices is there once.
pub fn blocks() -> Vec<&'static str> {
    let mut keys: Vec<_> = DESIGNS.iter().map(|design| design.key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
