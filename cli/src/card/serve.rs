//! `assay card serve`.

use std::sync::Arc;

use assay_driver::vfio::Server;

use super::ServeArgs;
use super::place::emulated;
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt;
use crate::output::print_line;

pub fn run(args: &ServeArgs) -> Outcome {
    let card = Arc::new(emulated()?);
    let map = card.map().clone();
    let server = Server::bind(&args.socket, card, map).map_err(Failure::surroundings)?;
    print_line(&format!("listening at {}", args.socket.display()))?;
    let (ended, ends) = std::sync::mpsc::channel();
    let clients = args.clients.unwrap_or(u64::MAX);
    // It waits for clients where Ctrl-C does not reach it.
    std::thread::spawn(move || {
        for _ in 0..clients {
            if let Err(error) = server.serve() {
                tracing::warn!("{error}");
            }
        }
        drop(server);
        let _ = ended.send(());
    });
    loop {
        match ends.recv_timeout(std::time::Duration::from_millis(100)) {
            Ok(()) => return Ok(Exit::Success),
            Err(_) if interrupt::asked() => {
                // The thread still holds the socket; its name goes, as it would with the thread.
                let _ = std::fs::remove_file(&args.socket);
                return Err(Failure::Interrupted);
            }
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Failure::surroundings(anyhow::anyhow!("the server ended")));
            }
        }
    }
}
