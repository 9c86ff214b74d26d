//! One device of a list, and what is held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::api::Hal;
use crate::error::HalError;
use crate::field::HalField;
use crate::operation::Kind;
use crate::usage::{Count, Counts, Usage};

/// A device of a list.
pub struct Member<F> {
    /// The device.
    pub hal: Arc<dyn Hal<F>>,
    /// Whether its results are taken as they are.
    pub trusted: bool,
}

impl<F: HalField> Member<F> {
    /// A device whose results are checked.
    #[must_use]
    pub fn checked(hal: Arc<dyn Hal<F>>) -> Self {
        Self {
            hal,
            trusted: false,
        }
    }

    /// A device whose results are taken as they are: the CPU.
    #[must_use]
    pub fn trusted(hal: Arc<dyn Hal<F>>) -> Self {
        Self { hal, trusted: true }
    }
}

pub struct Device<F> {
    pub member: Member<F>,
    pub name: String,
    failures: AtomicU32,
    out: AtomicBool,
    counts: Counts,
    told: Mutex<BTreeSet<Kind>>,
}

impl<F: HalField> Device<F> {
    pub fn new(member: Member<F>) -> Self {
        Self {
            name: member.hal.capabilities().device,
            member,
            failures: AtomicU32::new(0),
            out: AtomicBool::new(false),
            counts: Counts::default(),
            told: Mutex::new(BTreeSet::new()),
        }
    }

    pub fn hal(&self) -> &dyn Hal<F> {
        &*self.member.hal
    }

    pub fn is_out(&self) -> bool {
        self.out.load(Ordering::Relaxed)
    }

    pub fn succeeded(&self) {
        self.failures.store(0, Ordering::Relaxed);
    }

    /// What it did not do counts against it.
    pub fn failed(&self, kind: Kind, error: &HalError, give_up_after: u32) {
        let mut count = Count::default();
        let device = self.name.as_str();
        if error.is_refusal() {
            count.refused = 1;
            self.counts.add(kind, &count);
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.insert(kind) {
                tracing::warn!(device, operation = kind.name(), %error, "refused: goes to the next device");
            }
            return;
        }
        match error {
            HalError::WrongResult { .. } => count.wrong = 1,
            _ => count.failed = 1,
        }
        self.counts.add(kind, &count);
        tracing::warn!(device, operation = kind.name(), %error, "failed: repeated elsewhere");
        let failures = 1 + self.failures.fetch_add(1, Ordering::Relaxed);
        if failures >= give_up_after {
            self.leave_out("too many failures in a row");
        }
    }

    pub fn leave_out(&self, why: &str) {
        if !self.out.swap(true, Ordering::Relaxed) {
            tracing::warn!(device = self.name.as_str(), why, "left out from now on");
        }
    }

    /// What it did, and what is held against it.
    pub fn usage(&self) -> Vec<Usage> {
        let mut sums: BTreeMap<(String, Kind), Count> = BTreeMap::new();
        let theirs = self.hal().usage().into_iter();
        for Usage {
            device,
            kind,
            count,
        } in theirs.chain(self.counts.usage(&self.name))
        {
            sums.entry((device, kind)).or_default().add(&count);
        }
        let usage = sums.into_iter().map(|((device, kind), count)| Usage {
            device,
            kind,
            count,
        });
        usage.collect()
    }
}
