//! What the tests of proofs share: one guest, proved once for each test file.
#![allow(dead_code)] // each test file uses its part

use std::sync::{Arc, OnceLock};

use assay_abi::Po2;
use assay_executor::{Image, Input, Segment, Session, SessionConfig, SessionSummary};
use assay_prover::{Budget, Options, Prover, Silent, prove_session};
use assay_verifier::{Digest, Parameters, Receipt, Verified, VerifyError, verify};

/// A guest with an input that takes a few of the smallest segments, reads and commits.
pub struct Case {
    pub image: Arc<Image>,
    pub input: Input,
}

pub fn case() -> Case {
    let image = Image::from_elf(&assay_guests::find("crc32").unwrap().elf().unwrap()).unwrap();
    let words = assay_guests::sample_of_size("crc32", 700).unwrap().words();
    Case {
        image: Arc::new(image),
        input: Input::from_words(words).unwrap(),
    }
}

impl Case {
    pub fn session(&self) -> Session {
        let config = SessionConfig {
            po2: Po2::MIN,
            cycle_limit: None,
            roots: true,
        };
        Session::new(self.image.clone(), self.input.clone(), config)
    }

    pub fn segments(&self) -> Vec<Segment> {
        let mut segments = Vec::new();
        self.session().run(&mut segments).unwrap();
        segments
    }
}

/// A session that was proved.
pub struct Proved {
    pub case: Case,
    pub prover: Prover,
    pub summary: SessionSummary,
    pub receipt: Receipt,
    pub image_id: Digest,
}

/// The guest, proved with the set `test`.
pub fn proved() -> &'static Proved {
    static PROVED: OnceLock<Proved> = OnceLock::new();
    PROVED.get_or_init(|| {
        let case = case();
        let prover = Prover::new(case.image.text_content(), Parameters::Test).unwrap();
        let budget = Budget::available();
        let options = Options {
            parallel: 1,
            queue: 2,
            budget: &budget,
            store: None,
        };
        let (summary, seals) = prove_session(&prover, case.session(), &options, &Silent).unwrap();
        let receipt = Receipt {
            parameters: Parameters::Test,
            program: prover.program(&case.image),
            seals,
            journal: summary.journal.words().to_vec(),
        };
        println!(
            "{} cycles in {} segments, {} bytes",
            summary.cycles,
            summary.segments,
            receipt.to_bytes().len()
        );
        let image_id = prover.image_id(&case.image);
        Proved {
            case,
            prover,
            summary,
            receipt,
            image_id,
        }
    })
}

impl Proved {
    pub fn check(&self, receipt: &Receipt) -> Result<Verified, VerifyError> {
        verify(receipt, &self.image_id, &Parameters::ALL)
    }
}
