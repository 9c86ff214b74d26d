//! The card behind the driver's seam.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use assay_abi::plants::Plant;
use assay_driver::{DmaBuffer, DmaMap, HostMemory, Transport, TransportError};

use crate::body::{Body, Misbehaviour, Surroundings};

/// Clock cycles between two looks at the wall's clock.
const SLICE: u32 = 256;
const NAME: &str = "Verilated card";

/// The Verilated card as a device of this process. Its time goes on only while the host is in a call, above all while it waits; so a run depends on nothing
/// but what the host does, in its order.
pub struct VerilatedCard {
    state: Mutex<State>,
    /// Threads that want the card while another waits in it.
    callers: AtomicU32,
    map: DmaMap,
}

struct State {
    body: Body,
    /// What it did that no card may do: from then on the device is gone.
    broken: Option<Misbehaviour>,
}

impl VerilatedCard {
    /// The card that `build/models.rs` calls `name`, with host memory of its own.
    ///
    /// # Errors
    /// [`Misbehaviour::Unbuilt`] if it is not in this build.
    pub fn new(name: &str, surroundings: Surroundings) -> Result<Self, Misbehaviour> {
        let map = DmaMap::default();
        Self::with_host(name, None, surroundings, map.clone(), Arc::new(map))
    }

    /// The same, with a planted bug, and host memory that may be more than the map which it allocates from: a fault, or a counter.
    ///
    /// # Errors
    /// [`Misbehaviour::Unbuilt`] if it is not in this build.
    pub fn with_host(
        name: &str,
        plant: Option<&Plant>,
        surroundings: Surroundings,
        map: DmaMap,
        host: Arc<dyn HostMemory>,
    ) -> Result<Self, Misbehaviour> {
        let body = Body::new(name, plant, host, surroundings)?;
        let state = State { body, broken: None };
        Ok(Self {
            state: Mutex::new(state),
            callers: AtomicU32::new(0),
            map,
        })
    }

    /// The host memory that it reaches.
    #[must_use]
    pub fn map(&self) -> &DmaMap {
        &self.map
    }

    /// The card itself, between two calls.
    pub fn with_body<R>(&self, f: impl FnOnce(&mut Body) -> R) -> R {
        f(&mut self.lock().body)
    }

    /// The card, before whoever only waits for it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.callers.fetch_add(1, Ordering::Relaxed);
        let state = self.lock_last();
        self.callers.fetch_sub(1, Ordering::Relaxed);
        state
    }

    fn lock_last(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run<R>(
        &self,
        f: impl FnOnce(&mut Body) -> Result<R, Misbehaviour>,
    ) -> Result<R, TransportError> {
        Self::run_in(self.lock(), f)
    }

    fn run_in<R>(
        mut state: MutexGuard<'_, State>,
        f: impl FnOnce(&mut Body) -> Result<R, Misbehaviour>,
    ) -> Result<R, TransportError> {
        let gone = |what: &Misbehaviour| TransportError::Gone {
            name: NAME.to_owned(),
            reason: what.to_string(),
        };
        if let Some(what) = &state.broken {
            return Err(gone(what));
        }
        f(&mut state.body).map_err(|what| {
            let error = gone(&what);
            state.broken = Some(what);
            error
        })
    }
}

impl Transport for VerilatedCard {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn read32(&self, offset: u32) -> Result<u32, TransportError> {
        self.run(|body| body.read32(offset))
    }

    fn write32(&self, offset: u32, value: u32) -> Result<(), TransportError> {
        self.run(|body| body.write32(offset, value))
    }

    fn allocate(&self, bytes: usize) -> Result<DmaBuffer, TransportError> {
        self.map.allocate(bytes)
    }

    fn wait(&self, timeout: Duration) -> Result<u32, TransportError> {
        let start = Instant::now();
        loop {
            let raised = Self::run_in(self.lock_last(), |body| {
                for _ in 0..SLICE {
                    let interrupts = body.take_interrupts();
                    if interrupts != 0 {
                        return Ok(interrupts);
                    }
                    body.cycle()?;
                }
                Ok(body.take_interrupts())
            })?;
            if raised != 0 || start.elapsed() >= timeout {
                return Ok(raised);
            }
            while self.callers.load(Ordering::Relaxed) != 0 {
                thread::yield_now();
            }
        }
    }

    fn reset(&self) -> Result<(), TransportError> {
        self.run(Body::reset)
    }
}
