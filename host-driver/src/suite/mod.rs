//! What every body of the card has to survive, for the tests of each: faults one at a time, and many commands with faults among them.

mod outcome;
mod single;
mod soak;

pub use outcome::Outcome;
pub use single::survives_each_fault;
pub use soak::{Soaked, soak};

use crate::driver::Driver;
use crate::error::DriverError;
use crate::job::Job;
use crate::memory::CardBuffer;
use crate::ticket::Ticket;
use crate::transport::Transport;

fn put<T: Transport>(
    driver: &Driver<T>,
    words: &[u32],
) -> Result<(CardBuffer, Ticket), DriverError> {
    let bytes = (words.len() as u64 * 4).next_multiple_of(64);
    let buffer = driver.allocate(bytes)?;
    let host = driver.host_buffer(bytes)?;
    host.dma().write(0, words);
    let ticket = driver.submit(Job::upload(host, bytes, &buffer, 0)?)?;
    Ok((buffer, ticket))
}

fn get<T: Transport>(
    driver: &Driver<T>,
    buffer: &CardBuffer,
    after: &Ticket,
    words: usize,
) -> Result<Vec<u32>, DriverError> {
    let bytes = (words as u64 * 4).next_multiple_of(64);
    let host = driver.host_buffer(bytes)?;
    let job = Job::download(buffer, 0, bytes, host)?.after([after]);
    let ticket = driver.submit(job)?;
    driver.wait(&ticket)?;
    let mut found = vec![0; words];
    let host = ticket.take_buffer().ok_or(DriverError::Stale)?;
    host.dma().read(0, &mut found);
    Ok(found)
}

/// Words to the card and back.
///
/// # Errors
/// What went wrong on the way.
pub fn echo<T: Transport>(driver: &Driver<T>, words: &[u32]) -> Result<Vec<u32>, DriverError> {
    let (buffer, ticket) = put(driver, words)?;
    get(driver, &buffer, &ticket, words.len())
}
