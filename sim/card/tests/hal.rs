//! The conformance suite of devices, on the RTL, in this process and behind a vfio-user socket.
#![cfg(feature = "verilator")]

use std::sync::Arc;
use std::time::Duration;

use assay_card_sim::{Surroundings, VerilatedCard};
use assay_driver::vfio::{Server, SocketDevice, VfioCard};
use assay_driver::{DmaMap, Options};
use assay_hal::suite::Scale;
use assay_hal::{Hal, hal_test_suite};
use assay_hal_fpga::FpgaHal;
use p3_koala_bear::KoalaBear;

/// A simulated card needs the wall's time, the more the busier the machine is.
const PATIENT: Duration = Duration::from_secs(600);

const OPTIONS: Options = Options {
    queue_log: 6,
    timeout: PATIENT,
    grace: PATIENT,
    look: Duration::from_millis(100),
};

fn card(map: DmaMap) -> VerilatedCard {
    let host = Arc::new(map.clone());
    VerilatedCard::with_host("small", None, Surroundings::default(), map, host).expect("a card")
}

fn rtl() -> Arc<dyn Hal<KoalaBear>> {
    let card = card(DmaMap::default());
    Arc::new(FpgaHal::open("fpga-sim", card, OPTIONS).expect("the driver takes it"))
}

/// The card behind a socket, served by a thread that ends with the connection.
fn socket() -> Arc<dyn Hal<KoalaBear>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("card.socket");
    let map = DmaMap::default();
    let server = Server::bind(&path, Arc::new(card(map.clone())), map).expect("a socket");
    std::thread::spawn(move || server.serve());
    let device = SocketDevice::connect(&path).expect("a server");
    let card = VfioCard::new(device).expect("interrupts");
    Arc::new(FpgaHal::open("vfio-user, RTL", card, OPTIONS).expect("the driver takes it"))
}

hal_test_suite!(rtl_koalabear, Scale::SMALL, rtl());
hal_test_suite!(socket_koalabear, Scale::SMALL, socket());
