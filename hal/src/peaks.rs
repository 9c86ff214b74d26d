//! What a device reaches at best: the ceilings that what it does is held against.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use p3_field::PackedValue;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use crate::error::HalError;
use crate::field::HalField;
use crate::pool::compute;

/// Ceilings of a device, measured on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Peaks {
    /// Bytes a second of a copy in the device's memory, those read and those written counted.
    pub copy: f64,
    /// Field multiplications a second, with nothing from memory.
    pub multiplications: f64,
    /// 32-bit integer instructions a second, where the device counts what its operations take of them ([`Cost::instructions`](crate::Cost)).
    pub instructions: Option<f64>,
    /// How that was measured: sizes, threads, how often.
    pub method: String,
}

/// Bytes of each of the two buffers of a copy: more than caches hold.
const COPIED: usize = 256 << 20;
/// Copies, of which the fastest counts.
const COPIES: usize = 5;
/// A thread's piece of a copy.
const PIECE: usize = 1 << 20;
/// Products that do not wait for each other: enough for the pipeline, few enough for the registers.
const CHAINS: usize = 8;
/// Products of a chain between two looks at the clock.
const PRODUCTS: u64 = 1 << 14;
/// How long each thread multiplies.
const MULTIPLIED: Duration = Duration::from_millis(200);

/// The peaks of the CPU, on the threads that compute.
pub fn of_cpu<F: HalField>() -> Result<Peaks, HalError> {
    let (copy, multiplications, threads) = compute(|| {
        (
            copied(COPIED, COPIES),
            multiplied::<F>(MULTIPLIED),
            rayon::current_num_threads(),
        )
    })?;
    let mebibytes = COPIED >> 20;
    Ok(Peaks {
        copy,
        multiplications,
        instructions: None,
        method: format!(
            "{threads} threads: the fastest of {COPIES} copies of {mebibytes} MiB; {} ms of independent products of {} in vectors of {}",
            MULTIPLIED.as_millis(),
            F::NAME,
            F::Packing::WIDTH,
        ),
    })
}

/// Bytes a second of the fastest copy.
fn copied(bytes: usize, times: usize) -> f64 {
    let source = vec![1_u8; bytes];
    let mut target = vec![0_u8; bytes];
    let seconds = (0..times).map(|_| {
        let began = Instant::now();
        target
            .par_chunks_mut(PIECE)
            .zip(source.par_chunks(PIECE))
            .for_each(|(target, source)| target.copy_from_slice(source));
        black_box(&mut target);
        began.elapsed().as_secs_f64()
    });
    let fastest = seconds.fold(f64::INFINITY, f64::min);
    2.0 * bytes as f64 / fastest
}

/// Products a second of all threads together.
fn multiplied<F: HalField>(each: Duration) -> f64 {
    let rates = rayon::broadcast(|_| {
        let factor = F::Packing::from(F::GENERATOR);
        let mut chains = [black_box(factor); CHAINS];
        let (began, mut products) = (Instant::now(), 0);
        while began.elapsed() < each {
            for _ in 0..PRODUCTS {
                for chain in &mut chains {
                    *chain *= factor;
                }
            }
            products += PRODUCTS * (CHAINS * F::Packing::WIDTH) as u64;
        }
        black_box(chains);
        products as f64 / began.elapsed().as_secs_f64()
    });
    rates.into_iter().sum()
}

/// The kernel's counters of what processor packages take.
pub struct Packages {
    zones: Vec<Zone>,
}

struct Zone {
    file: PathBuf,
    /// Where the counter begins anew, in microjoules.
    range: u64,
    /// The counter's last value, and the sum of its steps.
    seen: Mutex<(u64, u64)>,
}

impl Packages {
    /// Those that this process may read.
    pub fn new() -> Self {
        Self::under(Path::new("/sys/class/powercap"))
    }

    fn under(folder: &Path) -> Self {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        // `intel-rapl:0` is a package, `intel-rapl:0:1` a part of it.
        let is_package = |name: &str| {
            name.strip_prefix("intel-rapl:")
                .is_some_and(|rest| !rest.contains(':'))
        };
        let packages = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_package));
        let zones = packages.filter_map(|entry| {
            let file = entry.path().join("energy_uj");
            Some(Zone {
                range: number(&entry.path().join("max_energy_range_uj"))?,
                seen: Mutex::new((number(&file)?, 0)),
                file,
            })
        });
        Self {
            zones: zones.collect(),
        }
    }

    /// Joules of all packages since the first look; `None` where nobody tells.
    pub fn joules(&self) -> Option<f64> {
        let sums = self.zones.iter().map(Zone::microjoules);
        let sums: Vec<u64> = sums.collect::<Option<_>>()?;
        (!sums.is_empty()).then(|| sums.iter().sum::<u64>() as f64 * 1e-6)
    }
}

impl Zone {
    fn microjoules(&self) -> Option<u64> {
        let now = number(&self.file)?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, sum) = *seen;
        let step = match now.checked_sub(last) {
            Some(step) => step,
            None => now + self.range.saturating_sub(last),
        };
        *seen = (now, sum + step);
        Some(sum + step)
    }
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use p3_koala_bear::KoalaBear;

    use super::*;

    #[test]
    fn a_copy_and_a_product_take_time() {
        let (copy, multiplications) = compute(|| {
            (
                copied(4 << 20, 2),
                multiplied::<KoalaBear>(Duration::from_millis(2)),
            )
        })
        .unwrap();
        // A terabyte a second, or a tera of products, is none of this machine's doing: the compiler has left the work out.
        assert!((1e6..1e13).contains(&copy), "{copy} bytes/s");
        assert!(
            (1e5..1e13).contains(&multiplications),
            "{multiplications}/s"
        );
    }

    #[test]
    fn energy_is_summed_over_packages_and_over_the_counters_end() {
        let folder = tempfile::tempdir().unwrap();
        let write = |zone: &str, name: &str, value: u64| {
            let zone = folder.path().join(zone);
            fs::create_dir_all(&zone).unwrap();
            fs::write(zone.join(name), format!("{value}\n")).unwrap();
        };
        assert_eq!(Packages::under(folder.path()).joules(), None);
        for (zone, energy) in [
            ("intel-rapl:0", 9_000_000),
            ("intel-rapl:1", 500),
            ("intel-rapl:0:0", 77),
        ] {
            write(zone, "energy_uj", energy);
            write(zone, "max_energy_range_uj", 10_000_000);
        }
        let packages = Packages::under(folder.path());
        assert_eq!(packages.joules(), Some(0.0));
        write("intel-rapl:0", "energy_uj", 1_000_000);
        write("intel-rapl:1", "energy_uj", 1_000_500);
        assert_eq!(packages.joules(), Some(3.0));
        assert_eq!(packages.joules(), Some(3.0));
        fs::remove_file(folder.path().join("intel-rapl:1/energy_uj")).unwrap();
        assert_eq!(packages.joules(), None);
    }
}
