//! The suite on the emulated card, in this process and behind a vfio-user socket, and what a prover needs of it.

use std::sync::Arc;

use assay_driver::vfio::{Server, SocketDevice, VfioCard};
use assay_driver::{DmaMap, EmulatedCard, Options, Shape as Build};
use assay_engines::field::EngineField;
use assay_hal::suite::Scale;
use assay_hal::{
    CpuHal, DualHal, Fallback, Hal, HalError, HalField, HostMatrix, Kind, Member, Policy,
    Transform, elements, hal_test_suite, share,
};
use assay_hal_fpga::FpgaHal;
use p3_baby_bear::BabyBear;
use p3_field::{Field, PrimeCharacteristicRing};
use p3_koala_bear::KoalaBear;
use p3_matrix::dense::RowMajorMatrix;

const MEMORY: u64 = 64 << 20;

fn open<F: HalField + EngineField>(build: Build) -> FpgaHal<F, Arc<EmulatedCard>> {
    let card = Arc::new(EmulatedCard::new(build).unwrap());
    FpgaHal::open("fpga-emu", card, Options::default()).unwrap()
}

fn small<F: HalField + EngineField>() -> Arc<dyn Hal<F>> {
    Arc::new(open::<F>(Build::small(F::ID, MEMORY)))
}

fn wide<F: HalField + EngineField>() -> Arc<dyn Hal<F>> {
    Arc::new(open::<F>(Build::new(F::ID, 4, 16, 20, MEMORY)))
}

/// A small card behind a vfio-user socket, served by a thread that ends with the connection.
fn socket<F: HalField + EngineField>() -> Arc<dyn Hal<F>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card.socket");
    let map = DmaMap::default();
    let host = Arc::new(map.clone());
    let card = EmulatedCard::with_host(Build::small(F::ID, MEMORY), map.clone(), host).unwrap();
    let server = Server::bind(&path, Arc::new(card), map).unwrap();
    std::thread::spawn(move || server.serve());
    let device = SocketDevice::connect(&path).unwrap();
    let card = VfioCard::new(device).unwrap();
    Arc::new(FpgaHal::open("vfio-user", card, Options::default()).unwrap())
}

fn list() -> Arc<dyn Hal<KoalaBear>> {
    let members = vec![
        Member::checked(small()),
        Member::trusted(Arc::new(CpuHal::new().unwrap())),
    ];
    Arc::new(Fallback::new(members, Policy::default()).unwrap())
}

hal_test_suite!(card_koalabear, Scale::QUICK, small::<KoalaBear>());
hal_test_suite!(card_babybear, Scale::SMALL, small::<BabyBear>());
hal_test_suite!(wide_koalabear, Scale::SMALL, wide::<KoalaBear>());
hal_test_suite!(socket_koalabear, Scale::SMALL, socket::<KoalaBear>());
hal_test_suite!(card_then_cpu, Scale::SMALL, list());

fn counting(height: usize, width: usize) -> HostMatrix<KoalaBear> {
    let values = (0..height * width).map(KoalaBear::from_usize);
    share(RowMajorMatrix::new(values.collect(), width))
}

#[test]
fn nothing_is_left_on_the_card_when_its_handles_are_gone() {
    let hal = open::<KoalaBear>(Build::small(KoalaBear::ID, MEMORY));
    let free = hal.driver().free_bytes();
    let shift = KoalaBear::GENERATOR;
    for _ in 0..5 {
        let buffer = hal.upload(counting(64, 21)).unwrap();
        let lde = hal
            .transform(
                &buffer,
                Transform::Lde {
                    added_bits: 1,
                    shift,
                },
            )
            .unwrap();
        let tree = hal.commit(&[lde, buffer]).unwrap();
        hal.open_rows(&tree, &[3, 100]).unwrap().wait().unwrap();
    }
    hal.driver().drain().unwrap();
    assert_eq!(hal.driver().free_bytes(), free);
    let usage = hal.usage();
    for kind in [Kind::Upload, Kind::Lde, Kind::Commit, Kind::Open] {
        let of = usage.iter().find(|usage| usage.kind == kind).unwrap();
        assert_eq!(of.count.calls, 5, "{kind}");
        assert!(of.count.cycles.unwrap() > 0, "{kind}");
    }
}

#[test]
fn a_card_with_too_little_memory_says_so_and_the_cpu_goes_on() {
    let card = open::<KoalaBear>(Build::small(KoalaBear::ID, 1 << 16));
    let lde = Transform::Lde {
        added_bits: 1,
        shift: KoalaBear::GENERATOR,
    };
    let input = counting(256, 20);
    let buffer = card.upload(input.clone()).unwrap();
    match card.transform(&buffer, lde) {
        Err(HalError::OutOfMemory { device, .. }) => assert_eq!(device, "fpga-emu"),
        result => panic!("{result:?}"),
    }
    drop(buffer);
    let cpu: Arc<dyn Hal<KoalaBear>> = Arc::new(CpuHal::new().unwrap());
    let expected = {
        let buffer = cpu.upload(input.clone()).unwrap();
        let lde = cpu.transform(&buffer, lde).unwrap();
        cpu.download(&lde).unwrap().wait().unwrap()
    };
    let members = vec![Member::checked(Arc::new(card)), Member::trusted(cpu)];
    let hal = Fallback::new(members, Policy::default()).unwrap();
    let buffer = hal.upload(input).unwrap();
    let done = hal.transform(&buffer, lde).unwrap();
    let found = hal.download(&done).unwrap().wait().unwrap();
    assert_eq!(elements(&found), elements(&expected));
}

#[test]
fn transfers_of_whole_huge_pages_pass_a_socket_on_a_machine_that_has_none() {
    let hal = socket::<KoalaBear>();
    // Two MiB, and twice as much.
    for width in [8, 16] {
        let input = counting(1 << 16, width);
        let buffer = hal.upload(input.clone()).unwrap();
        let found = hal.download(&buffer).unwrap().wait().unwrap();
        assert_eq!(elements(&found), elements(&input));
    }
}

#[test]
fn a_card_of_another_field_is_refused() {
    let card = Arc::new(EmulatedCard::new(Build::small(BabyBear::ID, MEMORY)).unwrap());
    match FpgaHal::<KoalaBear, _>::open("fpga-emu", card, Options::default()) {
        Err(HalError::Unsupported { what, .. }) => println!("cannot {what}"),
        result => panic!("{:?}", result.map(drop)),
    }
}

#[test]
fn the_card_and_the_cpu_agree_after_every_operation() {
    let cpu: Arc<dyn Hal<KoalaBear>> = Arc::new(CpuHal::new().unwrap());
    let hal = DualHal::new(small(), cpu).unwrap();
    let lde = Transform::Lde {
        added_bits: 2,
        shift: KoalaBear::GENERATOR,
    };
    let buffer = hal.upload(counting(128, 33)).unwrap();
    let low = hal.upload(counting(64, 2)).unwrap();
    let extended = hal.transform(&buffer, lde).unwrap();
    let tree = hal.commit(&[low, extended]).unwrap();
    let rows: Vec<usize> = (0..40).map(|i| i * 12).collect();
    hal.open_rows(&tree, &rows).unwrap().wait().unwrap();
}
