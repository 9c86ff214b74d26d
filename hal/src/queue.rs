//! A thread that does jobs in order, and the places where it leaves their results.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use crate::error::HalError;

/// A result that is there, or will be.
#[derive(Debug)]
pub struct Slot<T>(Arc<OnceLock<Result<Arc<T>, HalError>>>);

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Slot<T> {
    /// Waits for it.
    ///
    /// # Errors
    /// Why there is none.
    pub fn wait(&self) -> Result<Arc<T>, HalError> {
        self.0.wait().clone()
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Does jobs one after the other. Dropped, it finishes what was recorded.
pub struct Queue {
    device: String,
    jobs: Mutex<Option<Sender<Job>>>,
    worker: Option<JoinHandle<()>>,
}

impl Queue {
    /// A queue for the device with this name.
    ///
    /// # Errors
    /// [`HalError::DeviceLost`] if the system has no thread to spare.
    pub fn new(device: &str) -> Result<Self, HalError> {
        let (sender, receiver) = channel::<Job>();
        let worker = thread::Builder::new()
            .name(format!("hal {device}"))
            .spawn(move || receiver.into_iter().for_each(|job| job()))
            .map_err(|error| HalError::DeviceLost {
                device: device.to_owned(),
                why: format!("no thread for its queue: {error}"),
            })?;
        Ok(Self {
            device: device.to_owned(),
            jobs: Mutex::new(Some(sender)),
            worker: Some(worker),
        })
    }

    /// Records a job. It is left out if nobody can ask for its result any more when its turn comes.
    pub fn run<T: Send + Sync + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, HalError> + Send + 'static,
    ) -> Slot<T> {
        let slot = Slot(Arc::new(OnceLock::new()));
        let (result, device) = (slot.clone(), self.device.clone());
        let job = Box::new(move || {
            if Arc::strong_count(&result.0) == 1 {
                return;
            }
            let done = panic::catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|payload| {
                let why = format!("its code panicked: {}", said(&*payload));
                Err(HalError::DeviceLost { device, why })
            });
            // Nobody else fills this place.
            let _ = result.0.set(done.map(Arc::new));
        });
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(unsent)) = jobs.as_ref().map(|jobs| jobs.send(job)) {
            // The thread cannot end before the queue; were it so, the job is done here rather than never.
            (unsent.0)();
        }
        slot
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let jobs = self.jobs.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(jobs.take());
        if let Some(worker) = self.worker.take() {
            // A job's panic was caught.
            let _ = worker.join();
        }
    }
}

/// What a panic said.
fn said(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}
