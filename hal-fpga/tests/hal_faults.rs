//! Every fault under a list of devices: results stay right, on the emulated card, in this process and behind a vfio-user socket.

use std::sync::Arc;
use std::time::Duration;

use assay_driver::faults::{FaultyHost, Saboteur};
use assay_driver::vfio::{Server, SocketDevice, VfioCard};
use assay_driver::{DmaMap, EmulatedCard, Options, Shape};
use assay_engines::field::FieldId;
use assay_hal_fpga::suite::survives_each_fault;
use p3_koala_bear::KoalaBear;

const OPTIONS: Options = Options {
    queue_log: 6,
    timeout: Duration::from_millis(500),
    grace: Duration::from_millis(200),
    look: Duration::from_millis(10),
};

fn card() -> (Arc<EmulatedCard>, DmaMap, Saboteur) {
    let (map, saboteur) = (DmaMap::default(), Saboteur::default());
    let host = Arc::new(FaultyHost::new(map.clone(), saboteur.clone()));
    let shape = Shape::small(FieldId::KoalaBear, 1 << 20);
    let card = EmulatedCard::with_host(shape, map.clone(), host).expect("a thread");
    (Arc::new(card), map, saboteur)
}

#[test]
fn no_fault_of_a_card_changes_a_result() {
    let make = || {
        let (card, _, saboteur) = card();
        (card, saboteur)
    };
    for row in survives_each_fault::<KoalaBear, _>(make, OPTIONS) {
        println!("{}", row.line("emulated"));
    }
}

#[test]
fn no_fault_of_a_card_behind_a_socket_changes_a_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let number = std::cell::Cell::new(0);
    let make = || {
        let (card, map, saboteur) = card();
        number.set(number.get() + 1);
        let path = folder.path().join(format!("{}.socket", number.get()));
        let server = Server::bind(&path, card, map).expect("a socket");
        std::thread::spawn(move || server.serve());
        let device = SocketDevice::connect(&path).expect("a server");
        (VfioCard::new(device).expect("interrupts"), saboteur)
    };
    for row in survives_each_fault::<KoalaBear, _>(make, OPTIONS) {
        println!("{}", row.line("vfio-user"));
    }
}
