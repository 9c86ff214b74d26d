//! The driver on a card behind a vfio-user socket: the same results, and what happens when either side goes.

mod common;

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use assay_driver::faults::{FaultyHost, Saboteur};
use assay_driver::suite::{Outcome, survives_each_fault};
use assay_driver::vfio::{KernelDevice, Server, SocketDevice, VfioCard};
use assay_driver::{
    DmaMap, Driver, DriverError, EmulatedCard, Job, Options, Shape, Transport, TransportError,
};
use assay_engines::field::FieldId;
use assay_engines::poseidon2::Poseidon2Field;
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;

/// A card that serves `clients`, one after the other.
struct Served {
    path: PathBuf,
    _folder: tempfile::TempDir,
    map: DmaMap,
    card: Arc<EmulatedCard>,
    thread: JoinHandle<Vec<Result<(), TransportError>>>,
}

fn serve(shape: Shape, clients: usize) -> Served {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("card.socket");
    let map = DmaMap::default();
    let card = EmulatedCard::with_host(shape, map.clone(), Arc::new(map.clone()));
    let card = Arc::new(card.expect("a thread"));
    let server = Server::bind(&path, card.clone(), map.clone()).expect("a socket");
    let thread = std::thread::spawn(move || (0..clients).map(|_| server.serve()).collect());
    Served {
        path,
        _folder: folder,
        map,
        card,
        thread,
    }
}

type Card = Driver<VfioCard<SocketDevice>>;

fn open(path: &Path) -> Card {
    let device = SocketDevice::connect(path).expect("a server");
    let card = VfioCard::new(device).expect("interrupts");
    Driver::open(card, Options::default()).expect("a card")
}

impl Served {
    /// All clients have gone: how each went.
    fn end(self) -> Vec<Result<(), TransportError>> {
        let ends = self.thread.join().expect("the server does not panic");
        assert_eq!(self.map.mappings(), 0, "no client's memory is left");
        ends
    }
}

fn small(field: FieldId) -> Shape {
    Shape::small(field, 64 << 20)
}

fn chains<F: Poseidon2Field>() {
    let served = serve(small(F::ID), 1);
    common::chains_match_p3::<F, _>(open(&served.path));
    assert_eq!(served.end(), [Ok(())]);
}

#[test]
fn chains_match_p3_behind_a_socket() {
    chains::<KoalaBear>();
    chains::<BabyBear>();
}

#[test]
fn transforms_and_threads_behind_a_socket() {
    let served = serve(Shape::new(FieldId::KoalaBear, 2, 16, 20, 64 << 20), 1);
    let driver = open(&served.path);
    common::transforms_and_orders_match_p3(&driver);
    common::threads_share_a_card(&driver);
    assert_eq!(
        driver.health().interrupts_lost,
        0,
        "interrupts come through"
    );
    drop(driver);
    assert_eq!(served.end(), [Ok(())]);
}

/// The table's row of something that only processes do to each other.
fn tell(fault: &str, outcome: &str, recovered: Duration) {
    let outcome = Outcome {
        fault: fault.to_owned(),
        level: "driver",
        outcome: outcome.to_owned(),
        recovered,
    };
    println!("{}", outcome.line("vfio-user"));
}

#[test]
fn each_fault_behind_a_socket_costs_what_it_must_and_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let number = std::cell::Cell::new(0);
    let make = || {
        let (map, saboteur) = (DmaMap::default(), Saboteur::default());
        let host = Arc::new(FaultyHost::new(map.clone(), saboteur.clone()));
        let card = EmulatedCard::with_host(small(FieldId::KoalaBear), map.clone(), host);
        number.set(number.get() + 1);
        let path = folder.path().join(format!("{}.socket", number.get()));
        let server = Server::bind(&path, Arc::new(card.expect("a thread")), map);
        let server = server.expect("a socket");
        std::thread::spawn(move || server.serve());
        let device = SocketDevice::connect(&path).expect("a server");
        (VfioCard::new(device).expect("interrupts"), saboteur)
    };
    let options = Options {
        queue_log: 6,
        timeout: Duration::from_millis(500),
        grace: Duration::from_millis(200),
        look: Duration::from_millis(10),
    };
    for row in survives_each_fault(make, options) {
        println!("{}", row.line("vfio-user"));
    }
}

#[test]
fn a_second_client_waits_and_then_has_the_card_to_itself() {
    let served = serve(small(FieldId::KoalaBear), 2);
    let first = open(&served.path);
    let path = served.path.clone();
    let second = std::thread::spawn(move || {
        let driver = open(&path);
        common::threads_share_a_card(&driver);
    });
    // The second is not served while the first is there: its card is not disturbed.
    common::transforms_and_orders_match_p3(&first);
    assert!(!second.is_finished());
    let began = Instant::now();
    drop(first);
    second.join().expect("it was served");
    let recovered = began.elapsed();
    assert_eq!(served.end(), [Ok(()), Ok(())]);
    tell(
        "two processes open one card",
        "the second waits until the first is gone, then has it to itself",
        recovered,
    );
}

/// Runs in a process of its own, for the test after it, which kills it.
#[test]
#[ignore = "the other process of `a_client_that_is_killed_leaves_a_card_for_the_next`"]
fn client_that_is_to_be_killed() {
    let path = std::env::var_os("ASSAY_CARD_SOCKET").expect("a socket");
    let driver = open(Path::new(&path));
    let states = 1 << 16;
    let buffer = driver.allocate(states * 64).expect("memory");
    let mut told = false;
    loop {
        let job = Job::permute(&buffer, &buffer, states);
        driver.submit(job).expect("submitted");
        if !told {
            told = true;
            println!("working");
            std::io::stdout().flush().expect("a pipe");
        }
    }
}

#[test]
fn a_client_that_is_killed_leaves_a_card_for_the_next() {
    let served = serve(small(FieldId::KoalaBear), 2);
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args([
            "--ignored",
            "--exact",
            "client_that_is_to_be_killed",
            "--nocapture",
        ])
        .env("ASSAY_CARD_SOCKET", &served.path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("another process");
    let mut out = child.stdout.take().expect("a pipe");
    let mut said = Vec::new();
    while !said.ends_with(b"working") {
        let mut byte = [0];
        out.read_exact(&mut byte).expect("it says that it works");
        said.extend(byte);
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it is gone");
    let began = Instant::now();
    let driver = open(&served.path);
    let recovered = began.elapsed();
    common::transforms_and_orders_match_p3(&driver);
    drop(driver);
    let ends = served.end();
    assert_eq!(ends.len(), 2);
    assert_eq!(ends[1], Ok(()));
    tell(
        "process killed in the middle of a job",
        "the next one finds the card reset, and nothing of the first mapped",
        recovered,
    );
}

#[test]
fn a_server_that_goes_is_a_card_that_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("card.socket");
    let map = DmaMap::default();
    let card = EmulatedCard::with_host(
        small(FieldId::KoalaBear),
        map.clone(),
        Arc::new(map.clone()),
    );
    let server = Server::bind(&path, Arc::new(card.expect("a thread")), map).expect("a socket");
    // Between client and server, to be cut.
    let between = folder.path().join("between.socket");
    let listener = UnixListener::bind(&between).expect("a socket");
    let serving = std::thread::spawn(move || server.serve());
    drop(listener);
    let error = SocketDevice::connect(&between).expect_err("nobody listens");
    assert!(error.to_string().contains("connect"), "{error}");
    let device = SocketDevice::connect(&path).expect("a server");
    let driver = Driver::open(
        VfioCard::new(device).expect("interrupts"),
        Options::default(),
    );
    let driver = driver.expect("a card");
    drop(driver);
    assert_eq!(serving.join().expect("no panic"), Ok(()));
    let error = SocketDevice::connect(&path)
        .map(drop)
        .expect_err("the server has ended");
    assert!(matches!(error, TransportError::System { .. }), "{error}");
}

/// A server that says something else than the protocol does.
fn lying(answer: Vec<u8>) -> TransportError {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("liar.socket");
    let listener = UnixListener::bind(&path).expect("a socket");
    let liar = std::thread::spawn(move || {
        let (mut stream, _): (UnixStream, _) = listener.accept().expect("a client");
        let mut request = [0; 64];
        let _ = stream.read(&mut request).expect("a request");
        stream.write_all(&answer).expect("an answer");
    });
    let error = SocketDevice::connect(&path).expect_err("it lies");
    liar.join().expect("no panic");
    error
}

#[test]
fn answers_that_are_none_are_refused() {
    let header = |id: u16, bytes: u32, flags: u32| {
        let mut header = Vec::new();
        header.extend(id.to_le_bytes());
        header.extend(1_u16.to_le_bytes());
        header.extend(bytes.to_le_bytes());
        header.extend(flags.to_le_bytes());
        header.extend(7_u32.to_le_bytes());
        header
    };
    let version = |major: u8| [header(0, 20, 1), vec![major, 0, 0, 0]].concat();
    for (what, answer, said) in [
        ("nothing", Vec::new(), "gone"),
        ("half a header", header(0, 16, 1)[..9].to_vec(), "gone"),
        ("another's answer", header(5, 16, 1), "that is none"),
        ("a request", header(0, 16, 0), "that is none"),
        ("a short message", header(0, 3, 1), "that is none"),
        ("an endless message", header(0, u32::MAX, 1), "that is none"),
        ("an error", header(0, 16, 1 | 1 << 5), "error 7"),
        ("another version", version(1), "version Some(1)"),
        ("no version", header(0, 16, 1), "version None"),
    ] {
        let error = lying(answer).to_string();
        assert!(error.contains(said), "{what}: {error}");
    }
}

#[test]
fn a_register_that_there_is_not_is_refused_and_the_connection_stays() {
    let served = serve(small(FieldId::KoalaBear), 1);
    let device = SocketDevice::connect(&served.path).expect("a server");
    let card = VfioCard::new(device).expect("interrupts");
    for offset in [8192, 8190, u32::MAX - 3] {
        let error = card.read32(offset).expect_err("no register");
        assert!(matches!(error, TransportError::System { .. }), "{error}");
    }
    assert_eq!(card.read32(0), Ok(assay_abi::card::IDENTITY));
    assert_eq!(card.wait(Duration::from_millis(1)), Ok(0));
    // Whoever resets the card behind a driver's back is noticed.
    let driver = Driver::open(card, Options::default()).expect("a card");
    served.card.reset().expect("a reset");
    let ticket = driver.submit(Job::nop()).expect("submitted");
    let error = driver.wait(&ticket).expect_err("its queue is off");
    assert!(matches!(error, DriverError::Reset { .. }), "{error}");
    drop(driver);
    assert_eq!(served.end(), [Ok(())]);
}

#[test]
fn a_pci_device_that_there_is_not_is_an_error_that_says_so() {
    let Err(error) = KernelDevice::open("ffff:ff:1f.7") else {
        panic!("there is one");
    };
    assert!(
        error.to_string().contains("there is no such PCI device"),
        "{error}"
    );
    KernelDevice::list().expect("a list, if only of none");
}
