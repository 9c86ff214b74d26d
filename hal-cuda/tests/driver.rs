//! The way to a GPU, on a driver that is not NVIDIA's: `fake/cuda.rs`, compiled here and found as libcuda.so.1. Each scenario is a child process
//! of its own, since a driver is loaded once. What this cannot show is what a GPU would do; what it shows is that every call of the driver has the
//! right arguments, that nothing is left, and that each thing that goes wrong is the right error.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use assay_hal_cuda::{Argument, Device, DeviceError, GpuDevice, Grid, Kernel, sources_hash};
use sha2::{Digest, Sha256};

/// Names the scenario to the child.
const SCENARIO: &str = "ASSAY_FAKE_SCENARIO";

/// Folders with the driver, and with one of before CUDA 11.2, which lacks a function.
struct Drivers {
    _folder: tempfile::TempDir,
    good: PathBuf,
    old: PathBuf,
}

fn drivers() -> &'static Drivers {
    static DRIVERS: OnceLock<Drivers> = OnceLock::new();
    DRIVERS.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake/cuda.rs");
        let build = |name: &str, options: &[&str]| {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
            let mut rustc = Command::new(rustc);
            rustc.args(["--edition", "2024", "--crate-type", "cdylib", "-O"]);
            rustc.args(options).arg(&source).arg("-o");
            let output = rustc.arg(path.join("libcuda.so.1")).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            path
        };
        Drivers {
            good: build("good", &[]),
            old: build("old", &["--cfg", "old"]),
            _folder: folder,
        }
    })
}

/// What a child said, and what its driver noted.
struct Told {
    said: String,
    noted: String,
}

impl Told {
    fn line(&self, start: &str) -> &str {
        let mut lines = self.said.lines();
        let line = lines.find_map(|line| line.strip_prefix(start));
        line.unwrap_or_else(|| panic!("no `{start}` in: {}", self.said))
    }
}

/// Images of these targets, whose code is their name; the driver notes what it loads.
fn images(targets: &[&str], sources: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut list = format!("sources {sources}\n");
    for target in targets {
        let code = format!("code {target}\0");
        fs::write(folder.path().join(target), &code).unwrap();
        let hash = Sha256::digest(code.as_bytes());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(list, "image {target} {target} {hash}").unwrap();
    }
    fs::write(folder.path().join("images.txt"), list).unwrap();
    folder
}

fn run_with(driver: &Path, images: &Path, scenario: &str, like: &[(&str, &str)]) -> Told {
    let notes = tempfile::NamedTempFile::new().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "inside", "--ignored", "--nocapture"]);
    child.env("LD_LIBRARY_PATH", driver).env(SCENARIO, scenario);
    child.env("ASSAY_CUDA_IMAGES", images);
    child
        .env("FAKE_LOG", notes.path())
        .envs(like.iter().copied());
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    let noted = fs::read_to_string(notes.path()).unwrap();
    Told { said, noted }
}

const ALL: [&str; 3] = ["sm_80", "sm_90", "compute_80"];

fn run(scenario: &str, like: &[(&str, &str)]) -> Told {
    let images = images(&ALL, sources_hash());
    run_with(&drivers().good, images.path(), scenario, like)
}

/// Nothing of what was taken from the driver is still held.
fn assert_all_given_back(told: &Told) {
    let left = "left blocks 0 pinned 0 streams 0 events 0 modules 0 contexts 0";
    assert!(told.noted.contains(left), "{}", told.noted);
}

/// The child.
#[test]
#[ignore = "a part of the other tests, with a driver of their own"]
fn inside() {
    let device = match GpuDevice::open(0) {
        Ok(device) => device,
        Err(error) => return println!("\nerror: {error}"),
    };
    println!("\nopened: {}", device.name());
    match std::env::var(SCENARIO).as_deref() {
        Ok("open") => {}
        Ok("copies") => copies(&device),
        Ok("launches") => launches(&device),
        Ok("memory") => memory(&device),
        Ok("lost") => lost(&device),
        #[cfg(feature = "host")]
        Ok("conformance") => kernels::conformance(device),
        scenario => panic!("{scenario:?}"),
    }
}

/// The kernels behind the driver: those that are compiled for the host, which the driver is told of by their address.
#[cfg(feature = "host")]
mod kernels {
    use std::ffi::{CStr, c_char, c_void};
    use std::fs;
    use std::sync::Arc;

    use assay_hal::suite::{Scale, parts};
    use assay_hal::{Hal, HalField};
    use assay_hal_cuda::{CudaHal, GpuDevice};
    use p3_koala_bear::KoalaBear;

    /// As in `kernels/host.cc`.
    #[repr(C)]
    struct HostGrid {
        blocks: [u32; 3],
        threads: u32,
        shared_words: u32,
        backwards: u32,
        plant: u32,
    }

    unsafe extern "C" {
        fn assay_host_launch(
            name: *const c_char,
            grid: *const HostGrid,
            arguments: *const u64,
            count: usize,
        ) -> u32;
    }

    /// What the driver calls for a launch; it gives the kernel's name, x, y, z, threads, bytes of shared memory, and the parameters.
    unsafe extern "C" fn run(
        name: *const c_char,
        sizes: *const [u32; 5],
        parameters: *mut *mut c_void,
    ) {
        /// What another number of arguments gives.
        const OTHER: u32 = 4;
        // SAFETY: the driver passes what `cuLaunchKernel` was given: a name, sizes, and as many parameters of 8 bytes as the kernel has. How many
        // that is, is asked with a grid of no blocks, which reads none of them. Addresses among them are those of the driver's memory.
        unsafe {
            let [x, y, z, threads, shared] = *sizes;
            let mut grid = HostGrid {
                blocks: [0, 0, 0],
                threads,
                shared_words: shared / 4,
                backwards: 1,
                plant: 0,
            };
            let mut counts = 0..64;
            let takes = |&count: &usize| {
                assay_host_launch(name, &raw const grid, std::ptr::null(), count) != OTHER
            };
            let count = counts.find(takes).expect("a number of arguments");
            grid.blocks = [x, y, z];
            let words = (0..count).map(|i| **parameters.add(i).cast::<*const u64>());
            let words: Vec<u64> = words.collect();
            let code = assay_host_launch(name, &raw const grid, words.as_ptr(), count);
            assert_eq!(code, 0, "{:?}", CStr::from_ptr(name));
        }
    }

    /// The suite of every HAL.
    pub fn conformance(device: GpuDevice) {
        let file = std::env::var_os("FAKE_RUNNER").expect("a file for the address");
        fs::write(file, (run as *const () as usize).to_string()).unwrap();
        let hal: Arc<dyn Hal<KoalaBear>> = Arc::new(CudaHal::new(device).unwrap());
        let mut cases = 0;
        for (name, part) in parts::<KoalaBear>() {
            let tally = part(&hal, Scale::SMALL);
            let tally = tally.unwrap_or_else(|failure| panic!("{name}: {failure}"));
            cases += tally.done;
        }
        println!("conformance: {cases} cases in {}", KoalaBear::NAME);
    }
}

#[cfg(feature = "host")]
#[test]
fn the_suite_of_every_hal_passes_through_the_driver_and_leaves_nothing() {
    let address = tempfile::NamedTempFile::new().unwrap();
    let path = address.path().to_str().unwrap();
    let told = run("conformance", &[("FAKE_RUNNER", path)]);
    println!("matched {}", told.line("conformance: "));
    assert_all_given_back(&told);
}

fn grid(x: u32) -> Grid {
    Grid {
        blocks: [x, 2, 1],
        threads: 128,
        shared_bytes: 64 << 10,
    }
}

fn copies(device: &GpuDevice) {
    // Sizes around those of the buffers, at offsets.
    let buffer = 2 << 20;
    let mut copied = 0;
    for words in [1, 1000, buffer - 1, buffer, buffer + 1, 4 * buffer + 17] {
        let memory = device.allocate(words + 5).unwrap();
        let sent: Vec<u32> = (0..words as u32)
            .map(|i| i.wrapping_mul(0x9e37_79b9))
            .collect();
        device.write(&memory, 3, &sent).unwrap();
        let mut came = vec![0; words + 1];
        device.read(&memory, 2, &mut came).unwrap();
        assert_eq!(came[0], 0xa5a5_a5a5, "what is beside it was written");
        assert!(came[1..] == sent, "{words} words");
        copied += words;
        let beyond = device.write(&memory, 6, &sent).unwrap_err();
        assert!(matches!(beyond, DeviceError::Copy { .. }), "{beyond}");
        let beyond = device.read(&memory, usize::MAX, &mut came).unwrap_err();
        assert!(matches!(beyond, DeviceError::Copy { .. }), "{beyond}");
    }
    println!("copied: {copied}");
}

fn launches(device: &GpuDevice) {
    let memory = device.allocate(100).unwrap();
    let at = |offset| Argument::Memory {
        memory: &memory,
        offset,
    };
    let arguments = [at(7), Argument::U32(u32::MAX), Argument::U64(1 << 40)];
    let kernel = Kernel::ALL[0];
    device.launch(kernel, grid(3), &arguments).unwrap();
    let others = [at(0), arguments[1], Argument::U64(5)];
    device.launch(kernel, grid(4), &others).unwrap();
    let error = device.launch(kernel, grid(1), &[at(101)]).unwrap_err();
    println!("beyond: {error}");
    let error = device.launch(kernel, grid(0), &arguments).unwrap_err();
    println!("empty: {error}");
    device.synchronise().unwrap();
}

fn memory(device: &GpuDevice) {
    let (free, total) = device.memory().unwrap().unwrap();
    println!("memory: {free} of {total}");
    let first = device.allocate(1000).unwrap();
    let error = device.allocate(10_000).map(drop).unwrap_err();
    println!("full: {error}");
    drop(first);
    device.allocate(2000).unwrap();
}

fn lost(device: &GpuDevice) {
    let memory = device.allocate(100).unwrap();
    let kernel = Kernel::ALL[0];
    let argument = || Argument::Memory {
        memory: &memory,
        offset: 0,
    };
    let number = Argument::U32(1);
    let launched = device.launch(kernel, grid(1), &[argument(), number, Argument::U64(1)]);
    println!("launch: {launched:?}");
    let mut words = [0; 4];
    println!("read: {:?}", device.read(&memory, 0, &mut words));
    println!("write: {:?}", device.write(&memory, 0, &words));
    println!("allocate: {:?}", device.allocate(1).map(drop));
    println!("synchronise: {:?}", device.synchronise());
    println!("memory: {:?}", device.memory());
}

#[test]
fn each_thing_that_a_driver_can_lack_is_one_sentence() {
    let says = |like: &[(&str, &str)]| run("open", like).line("error: ").to_owned();
    let old = {
        let images = images(&ALL, sources_hash());
        let told = run_with(&drivers().old, images.path(), "open", &[]);
        told.line("error: ").to_owned()
    };
    let sentences = [
        (
            says(&[("FAKE_VERSION", "11040")]),
            "it speaks CUDA 11.4, 12.0 is needed",
        ),
        (old, "the CUDA driver lacks cuStreamQuery"),
        (
            says(&[("FAKE_INIT", "803")]),
            "the CUDA driver does not start: CUDA_ERROR_OF_A_TEST (error 803)",
        ),
        (
            says(&[("FAKE_INIT", "100")]),
            "no CUDA device: the driver shows none",
        ),
        (
            says(&[("FAKE_COUNT", "0")]),
            "no CUDA device: the driver shows none",
        ),
        (
            says(&[("FAKE_CAPABILITY", "75")]),
            "CUDA device 0 (Fake GPU) is too old: its compute capability is 7.5",
        ),
        (
            says(&[("FAKE_POOLS", "0")]),
            "CUDA device 0 (Fake GPU) has no memory pools",
        ),
        (
            says(&[("FAKE_FAIL", "cuDevicePrimaryCtxRetain:1:2")]),
            "CUDA device 0 (Fake GPU) cannot be opened: CUDA_ERROR_OF_A_TEST (error 2)",
        ),
        (
            says(&[("FAKE_FAIL", "cuMemHostAlloc:2:2")]),
            "CUDA device 0 (Fake GPU) cannot pin host memory",
        ),
    ];
    for (found, expected) in &sentences {
        assert!(found.contains(expected), "{found}");
    }
    println!("matched {} sentences", sentences.len());
}

#[test]
fn the_best_code_is_loaded_and_what_does_not_load_is_followed_by_the_next() {
    let loaded = |like: &[(&str, &str)]| {
        let told = run("open", like);
        assert_eq!(told.line("opened: "), "cuda Fake GPU");
        assert_all_given_back(&told);
        let noted = told.noted.lines().filter(|line| line.starts_with("loaded"));
        noted.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(loaded(&[]), "loaded code sm_90");
    assert_eq!(loaded(&[("FAKE_CAPABILITY", "89")]), "loaded code sm_80");
    assert_eq!(
        loaded(&[("FAKE_CAPABILITY", "120")]),
        "loaded code compute_80"
    );
    let refused = [("FAKE_FAIL", "cuModuleLoadData:1:209")];
    assert_eq!(loaded(&refused), "loaded code compute_80");
}

#[test]
fn images_that_will_not_do_and_no_compiler_are_one_sentence() {
    let says = |targets: &[&str], sources: &str, like: &[(&str, &str)]| {
        let images = images(targets, sources);
        let told = run_with(&drivers().good, images.path(), "open", like);
        assert!(told.noted.contains("contexts 0"), "{}", told.noted);
        told.line("error: ").to_owned()
    };
    let stale = says(&ALL, "01d", &[]);
    let start = "no kernels for CUDA device 0 (Fake GPU, compute capability 9.0): ";
    assert!(
        stale.starts_with(start) && stale.contains("are of other kernel sources (01d;"),
        "{stale}"
    );
    assert!(stale.contains("; no NVRTC: libnvrtc.so"), "{stale}");
    let other = says(&["sm_100"], sources_hash(), &[]);
    assert!(other.contains("runs on compute capability 9.0;"), "{other}");
    let name = Kernel::ALL[0].name();
    let lacks = says(&ALL, sources_hash(), &[("FAKE_LACKS", name)]);
    assert!(
        lacks.contains(&format!("{name}: CUDA_ERROR_OF_A_TEST (error 500)")),
        "{lacks}"
    );
}

#[test]
fn words_come_back_as_they_went_and_nothing_beside_them_is_touched() {
    let told = run("copies", &[]);
    println!("matched {} words", told.line("copied: "));
    assert_all_given_back(&told);
}

#[test]
fn a_launch_has_the_grid_and_the_arguments_that_it_was_given() {
    let told = run("launches", &[]);
    let launched: Vec<Vec<&str>> = told
        .noted
        .lines()
        .filter_map(|line| line.strip_prefix("launched "))
        .map(|line| line.split(' ').collect())
        .collect();
    let [first, second] = &launched[..] else {
        panic!("{}", told.noted);
    };
    let name = Kernel::ALL[0].name();
    assert_eq!(first[..6], [name, "3", "2", "1", "128", "65536"]);
    assert_eq!(
        first[7..],
        [&u32::MAX.to_string(), &(1_u64 << 40).to_string()]
    );
    let address = |words: &[&str]| words[6].parse::<u64>().unwrap();
    assert_eq!(address(first), address(second) + 7 * 4);
    assert!(told.noted.contains("allowed 8 65536"), "{}", told.noted);
    assert!(told.line("beyond: ").contains("word 101 of 100"));
    assert!(
        told.line("empty: ")
            .contains("[0, 2, 1] blocks of 128 threads")
    );
    assert_all_given_back(&told);
}

#[test]
fn memory_that_is_full_says_how_much_is_free_and_is_tried_again_when_the_pool_gave_back() {
    let told = run("memory", &[("FAKE_BYTES", "10000")]);
    assert_eq!(told.line("memory: "), "10000 of 10000");
    assert_eq!(
        told.line("full: "),
        "40000 bytes of device memory are needed, 6000 are free"
    );
    assert!(told.noted.contains("trimmed"), "{}", told.noted);
    assert_all_given_back(&told);
    // The first call fails, the one after trimming does not.
    let told = run("copies", &[("FAKE_FAIL", "cuMemAllocAsync:1:2")]);
    assert!(
        told.noted.contains("failed cuMemAllocAsync 2\ntrimmed"),
        "{}",
        told.noted
    );
}

#[test]
fn a_lost_gpu_is_lost_for_all_that_comes_after_and_a_refused_call_is_not() {
    for (fail, first_lost) in [
        ("cuLaunchKernel:1:719", "launch: "),
        ("cuMemcpyDtoHAsync_v2:1:700", "read: "),
        ("cuMemcpyHtoDAsync_v2:1:716", "write: "),
        ("cuStreamSynchronize:1:999", "synchronise: "),
    ] {
        let told = run("lost", &[("FAKE_FAIL", fail)]);
        let steps = [
            "launch: ",
            "read: ",
            "write: ",
            "allocate: ",
            "synchronise: ",
            "memory: ",
        ];
        let first = steps.iter().position(|step| *step == first_lost).unwrap();
        for (i, step) in steps.iter().enumerate() {
            let is_lost = told.line(step).starts_with("Err(Lost");
            assert_eq!(is_lost, i >= first, "{fail}: {step}{}", told.line(step));
        }
    }
    let told = run("lost", &[("FAKE_FAIL", "cuLaunchKernel:1:701")]);
    assert!(
        told.line("launch: ").starts_with("Err(Launch"),
        "{}",
        told.said
    );
    assert!(told.line("read: ").starts_with("Ok"), "{}", told.said);
    assert_all_given_back(&told);
}
