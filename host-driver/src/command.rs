//! Commands as they lie in the ring.

use assay_abi::{Command, Engine, Opcode, card, command_flags};

/// The checksum that a command must carry.
#[must_use]
pub fn crc(command: &Command) -> u32 {
    let bytes = command.as_bytes();
    crc32fast::hash(&bytes[..Command::BYTES - 4])
}

/// A command without a checksum, all else 0.
#[must_use]
pub fn command(opcode: Opcode) -> Command {
    Command {
        opcode: opcode.code(),
        version: card::COMMAND_VERSION,
        ..Command::default()
    }
}

/// The engine that runs such commands; none a `nop`.
pub(crate) fn engine(opcode: Opcode) -> Option<Engine> {
    Some(match opcode {
        Opcode::Nop => return None,
        Opcode::Upload | Opcode::Fill => Engine::TransferIn,
        Opcode::Download => Engine::TransferOut,
        Opcode::Ntt => Engine::Ntt,
        Opcode::Merkle | Opcode::Permute => Engine::Hash,
        Opcode::Open => Engine::Open,
        Opcode::Feed => Engine::Feed,
        Opcode::Trace => Engine::Trace,
    })
}

/// The same command with its checksum.
#[must_use]
pub fn sealed(command: Command) -> Command {
    Command {
        crc: crc(&command),
        ..command
    }
}

/// The same command, waiting for others.
#[must_use]
pub fn waiting(mut command: Command, waits: &[u16]) -> Command {
    debug_assert!(waits.len() <= 2, "a command waits for two at most");
    if let Some(&sequence) = waits.first() {
        command.flags |= command_flags::WAIT_A;
        command.wait_a = sequence;
    }
    if let Some(&sequence) = waits.get(1) {
        command.flags |= command_flags::WAIT_B;
        command.wait_b = sequence;
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_the_standard_one_over_the_bytes_before_it() {
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
        let nop = sealed(command(Opcode::Nop));
        assert_eq!(nop.crc, crc32fast::hash(&nop.as_bytes()[..60]));
        for byte in 0..60 {
            let mut bytes = *nop.as_bytes();
            bytes[byte] ^= 1;
            assert_ne!(crc(&Command::from_bytes(&bytes)), nop.crc);
        }
    }
}
