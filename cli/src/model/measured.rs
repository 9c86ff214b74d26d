//! The figures that this build was committed with.

use assay_model::{Engines, Resources, Utilisation};
use serde_json::{Map, Value};

use crate::exit::Failure;

const FIGURES: &str = include_str!("../../../benches/results/figures.json");

/// What was measured of the engines, by key.
pub struct Measured(Map<String, Value>);

impl Measured {
    pub fn read() -> Result<Self, Failure> {
        serde_json::from_str(FIGURES)
            .map(Self)
            .map_err(|error| Failure::Input(error.into()))
    }

    fn get(&self, key: &str) -> Option<f64> {
        self.0.get(key).and_then(Value::as_f64)
    }

    /// What the engines reach, where nothing else is given: of the NTT engine through memory, of hashing.
    pub fn utilisation(
        &self,
        four_step: Option<f64>,
        merkle: Option<f64>,
    ) -> Result<Utilisation, Failure> {
        Ok(Utilisation {
            four_step: self.share(four_step, "ntt.utilisation.2^16")?,
            merkle: self.share(merkle, "merkle.utilisation")?,
        })
    }

    /// A share that was given, or else measured.
    fn share(&self, given: Option<f64>, key: &str) -> Result<f64, Failure> {
        let share = given.or_else(|| self.get(key)).ok_or_else(|| {
            anyhow::anyhow!(
                "`{key}` is not among the committed figures: give it, or run `cargo xtask figures --only {key} --save`"
            )
        })?;
        if share > 0.0 && share <= 1.0 {
            Ok(share)
        } else {
            Err(anyhow::anyhow!("a utilisation of {share}: it is above 0 and at most 1").into())
        }
    }

    /// What the engines take of a device, by synthesis; that was done for 16 lanes.
    pub fn resources(&self, engines: &Engines) -> Option<Resources> {
        let block = |key: &str| {
            let get = |name: &str| self.get(&format!("{key}.xcup_{name}"));
            Some(Resources {
                dsp: get("dsp")?,
                lut: get("lut")? + get("srl")? + get("lutram")?,
                ramb36: get("ramb36")?,
                uram: get("uram")?,
            })
        };
        let known = engines.lanes == 16;
        known.then_some(())?;
        Some(engines.resources(&block("ntt16")?, &block("poseidon2.koalabear")?))
    }
}
