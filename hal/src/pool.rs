//! Threads that compute and never wait for a device: a caller that blocks a thread of rayon's own pool until a device is done cannot make the device wait
//! for that thread.

use std::sync::OnceLock;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder, Yield};

use crate::error::HalError;

/// Computes on the HAL's own threads.
pub fn compute<T: Send>(job: impl FnOnce() -> T + Send) -> Result<T, HalError> {
    static POOL: OnceLock<Result<ThreadPool, String>> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        let builder = ThreadPoolBuilder::new().thread_name(|i| format!("hal {i}"));
        builder.build().map_err(|error| error.to_string())
    });
    match pool {
        Ok(pool) => Ok(pool.install(job)),
        Err(error) => Err(HalError::DeviceLost {
            device: "cpu".to_owned(),
            why: format!("no threads: {error}"),
        }),
    }
}

/// Does what waits for a device. A thread of a pool works for its pool meanwhile: who knows what the device's body needs of it.
pub fn wait_outside<T: Send>(job: impl FnOnce() -> T + Send) -> T {
    if rayon::current_thread_index().is_none() {
        return job();
    }
    thread::scope(|scope| {
        let outside = scope.spawn(job);
        while !outside.is_finished() {
            if rayon::yield_now() != Some(Yield::Executed) {
                thread::park_timeout(PATIENCE);
            }
        }
        match outside.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// How long an idle thread of a pool lets a device work before it looks again.
const PATIENCE: std::time::Duration = std::time::Duration::from_micros(100);

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use rayon::prelude::*;

    use super::*;

    #[test]
    fn a_pool_whose_threads_all_wait_still_computes_what_they_wait_for() {
        let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let sums: Vec<u64> = pool.install(|| {
            (0..8_u64)
                .into_par_iter()
                .map(|i| {
                    wait_outside(|| {
                        // A device whose body computes on the very pool whose thread waits for it.
                        let (sender, receiver) = channel();
                        pool.spawn(move || {
                            let sum = (0..1000_u64).into_par_iter().sum::<u64>();
                            let _ = sender.send(sum + i);
                        });
                        receiver.recv().unwrap()
                    })
                })
                .collect()
        });
        let expected: Vec<u64> = (0..8).map(|i| 499_500 + i).collect();
        assert_eq!(sums, expected);
    }
}
