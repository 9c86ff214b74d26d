//! A device behind a socket, by the vfio-user protocol (QEMU's `docs/interop/vfio-user.rst`): a client of what this driver needs.

use std::fmt;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytemuck::{Pod, Zeroable};
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_IRQ_SET_DATA_EVENTFD, VFIO_PCI_BAR0_REGION_INDEX,
    VFIO_PCI_MSIX_IRQ_INDEX,
};
use vm_memory::MmapRegion;
use vmm_sys_util::eventfd::EventFd;
use vmm_sys_util::sock_ctrl_msg::ScmSocket;

use super::{Device, system};
use crate::transport::TransportError;

/// A server that does not answer for so long is gone.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest reply that is taken: a version with its capabilities is some hundred bytes.
const LONGEST: usize = 4096;

/// Commands of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
enum Request {
    Version = 1,
    DmaMap = 2,
    DmaUnmap = 3,
    SetIrqs = 8,
    RegionRead = 9,
    RegionWrite = 10,
    DeviceReset = 13,
}

#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
struct Header {
    id: u16,
    command: u16,
    bytes: u32,
    flags: u32,
    error: u32,
}

const HEADER: usize = size_of::<Header>();
const TYPE_MASK: u32 = 0xf;
const REPLY: u32 = 1;
const ERROR: u32 = 1 << 5;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct DmaMap {
    argsz: u32,
    flags: u32,
    offset: u64,
    address: u64,
    size: u64,
}

/// The device reads and writes it.
const READ_WRITE: u32 = 0b11;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct DmaUnmap {
    argsz: u32,
    flags: u32,
    address: u64,
    size: u64,
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct SetIrqs {
    argsz: u32,
    flags: u32,
    index: u32,
    start: u32,
    count: u32,
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Access {
    offset: u64,
    region: u32,
    count: u32,
}

/// A device behind a socket.
pub struct SocketDevice {
    name: String,
    connection: Mutex<Connection>,
}

struct Connection {
    stream: UnixStream,
    next: u16,
}

impl fmt::Debug for SocketDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl SocketDevice {
    /// Connects to a server.
    ///
    /// # Errors
    /// If there is none, or it speaks another version.
    pub fn connect(path: &Path) -> Result<Self, TransportError> {
        let name = format!("card at {}", path.display());
        let failed = |error: std::io::Error| system(&name, "connect", error);
        let stream = UnixStream::connect(path).map_err(failed)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(failed)?;
        let device = Self {
            name,
            connection: Mutex::new(Connection { stream, next: 0 }),
        };
        // Version 0.0, and a JSON text that ends with a zero byte.
        let mut hello = vec![0, 0, 0, 0];
        hello.extend_from_slice(b"{\"capabilities\":{\"max_msg_fds\":2}}\0");
        let reply = device.request(Request::Version, &hello, &[])?;
        let major = reply.first_chunk().map(|bytes| u16::from_le_bytes(*bytes));
        match major {
            Some(0) => Ok(device),
            other => Err(device.gone(format!("it speaks version {other:?} of vfio-user, not 0"))),
        }
    }

    fn gone(&self, reason: impl ToString) -> TransportError {
        TransportError::Gone {
            name: self.name.clone(),
            reason: reason.to_string(),
        }
    }

    /// Sends a request and takes its reply's body. After an error in between the connection is of no use any more.
    fn request(
        &self,
        request: Request,
        body: &[u8],
        fds: &[RawFd],
    ) -> Result<Vec<u8>, TransportError> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let id = connection.next;
        connection.next = id.wrapping_add(1);
        let header = Header {
            id,
            command: request as u16,
            bytes: (HEADER + body.len()) as u32,
            ..Header::default()
        };
        let message = [bytemuck::bytes_of(&header), body].concat();
        let stream = &mut connection.stream;
        // Descriptors go with the first byte; the rest of a message that was cut goes after it.
        let sent = if fds.is_empty() {
            0
        } else {
            let sent = stream.send_with_fds(&[&message[..]], fds);
            sent.map_err(|error| self.gone(error))?
        };
        stream
            .write_all(&message[sent..])
            .map_err(|error| self.gone(error))?;
        let mut header = Header::default();
        stream
            .read_exact(bytemuck::bytes_of_mut(&mut header))
            .map_err(|error| self.gone(error))?;
        let length = header.bytes as usize;
        if header.id != id
            || header.flags & TYPE_MASK != REPLY
            || !(HEADER..=LONGEST).contains(&length)
        {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return Err(self.gone(format!("an answer to {request:?} that is none: {header:?}")));
        }
        let mut reply = vec![0; length - HEADER];
        stream
            .read_exact(&mut reply)
            .map_err(|error| self.gone(error))?;
        if header.flags & ERROR != 0 {
            let reason = format!("the server refuses {request:?}, error {}", header.error);
            return Err(system(&self.name, "ask the server", reason));
        }
        Ok(reply)
    }
}

fn access(offset: u32) -> Access {
    Access {
        offset: offset.into(),
        region: VFIO_PCI_BAR0_REGION_INDEX,
        count: 4,
    }
}

impl Device for SocketDevice {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn read32(&self, offset: u32) -> Result<u32, TransportError> {
        let reply = self.request(
            Request::RegionRead,
            bytemuck::bytes_of(&access(offset)),
            &[],
        )?;
        let value = reply
            .get(size_of::<Access>()..)
            .and_then(|it| it.first_chunk());
        value
            .map(|bytes| u32::from_le_bytes(*bytes))
            .ok_or_else(|| self.gone("a read was answered without a value"))
    }

    fn write32(&self, offset: u32, value: u32) -> Result<(), TransportError> {
        let body = [bytemuck::bytes_of(&access(offset)), &value.to_le_bytes()].concat();
        self.request(Request::RegionWrite, &body, &[]).map(drop)
    }

    fn map(&self, address: u64, memory: &MmapRegion) -> Result<(), TransportError> {
        let Some(file) = memory.file_offset() else {
            let reason = "the memory has no descriptor";
            return Err(system(&self.name, "map host memory", reason));
        };
        let body = DmaMap {
            argsz: size_of::<DmaMap>() as u32,
            flags: READ_WRITE,
            offset: file.start(),
            address,
            size: memory.size() as u64,
        };
        let descriptor = file.file().as_raw_fd();
        self.request(Request::DmaMap, bytemuck::bytes_of(&body), &[descriptor])
            .map(drop)
    }

    fn unmap(&self, address: u64, bytes: u64) -> Result<(), TransportError> {
        let body = DmaUnmap {
            argsz: size_of::<DmaUnmap>() as u32,
            flags: 0,
            address,
            size: bytes,
        };
        self.request(Request::DmaUnmap, bytemuck::bytes_of(&body), &[])
            .map(drop)
    }

    fn signal(&self, events: &[EventFd]) -> Result<(), TransportError> {
        let body = SetIrqs {
            argsz: size_of::<SetIrqs>() as u32,
            flags: VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
            index: VFIO_PCI_MSIX_IRQ_INDEX,
            start: 0,
            count: events.len() as u32,
        };
        let descriptors: Vec<RawFd> = events.iter().map(AsRawFd::as_raw_fd).collect();
        self.request(Request::SetIrqs, bytemuck::bytes_of(&body), &descriptors)
            .map(drop)
    }

    fn reset(&self) -> Result<(), TransportError> {
        self.request(Request::DeviceReset, &[], &[]).map(drop)
    }
}
