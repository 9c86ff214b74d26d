//! A PCI device that the kernel's `vfio-pci` holds, by the type-1 container.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_abi::{card, card_regs};
use memmap2::{MmapOptions, MmapRaw};
use vfio_bindings::bindings::vfio::{
    VFIO_PCI_BAR0_REGION_INDEX, VFIO_PCI_CONFIG_REGION_INDEX, VFIO_REGION_INFO_FLAG_MMAP,
};
use vfio_ioctls::{VfioContainer, VfioDevice};
use vm_memory::MmapRegion;
use vmm_sys_util::eventfd::EventFd;

use super::{BAR_BYTES, Device, system};
use crate::transport::TransportError;

/// PCI's command register, and its bits that let a device answer and be a master.
const COMMAND: u64 = 4;
const MEMORY_AND_MASTER: u8 = 0b110;

/// A device of the kernel.
pub struct KernelDevice {
    name: String,
    device: VfioDevice,
    container: Arc<VfioContainer>,
    registers: MmapRaw,
}

impl KernelDevice {
    /// PCI devices that `vfio-pci` holds, by address. Whether one is a card of ours its identity register says.
    ///
    /// # Errors
    /// If the system's list cannot be read; that there is none is an empty list.
    pub fn list() -> std::io::Result<Vec<String>> {
        let folder = match std::fs::read_dir("/sys/bus/pci/drivers/vfio-pci") {
            Ok(folder) => folder,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for entry in folder {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.contains(':') {
                found.push(name);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Opens the device at a PCI address such as `0000:01:00.0`.
    ///
    /// # Errors
    /// [`TransportError::System`] says which step failed: the device is absent, held by another driver or by another process, or has no registers to map.
    pub fn open(address: &str) -> Result<Self, TransportError> {
        let name = format!("card {address}");
        let path = PathBuf::from("/sys/bus/pci/devices").join(address);
        if !path.exists() {
            let reason = "there is no such PCI device";
            return Err(system(&name, "find the device", reason));
        }
        Self::check_driver(&name, &path)?;
        let container = VfioContainer::new(None)
            .map_err(|error| system(&name, "open /dev/vfio/vfio", error))?;
        let container = Arc::new(container);
        let device = VfioDevice::new(&path, container.clone(), true).map_err(|error| {
            system(
                &name,
                "open the device, unless another process has it",
                error,
            )
        })?;
        let region = VFIO_PCI_BAR0_REGION_INDEX;
        let size = device.get_region_size(region);
        let mappable = device.get_region_flags(region) & VFIO_REGION_INFO_FLAG_MMAP != 0;
        if size < BAR_BYTES as u64 || !mappable {
            let reason = format!(
                "its first base address register has {size} bytes, {BAR_BYTES} are needed, mappable"
            );
            return Err(system(&name, "map the registers", reason));
        }
        let mut command = [0];
        device.region_read(VFIO_PCI_CONFIG_REGION_INDEX, &mut command, COMMAND);
        command[0] |= MEMORY_AND_MASTER;
        device.region_write(VFIO_PCI_CONFIG_REGION_INDEX, &command, COMMAND);
        let registers = MmapOptions::new()
            .offset(device.get_region_offset(region))
            .len(BAR_BYTES)
            .map_raw(&device)
            .map_err(|error| system(&name, "map the registers", error))?;
        Ok(Self {
            name,
            device,
            container,
            registers,
        })
    }

    fn check_driver(name: &str, path: &Path) -> Result<(), TransportError> {
        let driver = std::fs::read_link(path.join("driver")).ok();
        let driver = driver.as_deref().and_then(Path::file_name);
        match driver.map(|it| it.to_string_lossy().into_owned()) {
            Some(driver) if driver == "vfio-pci" => Ok(()),
            other => {
                let held = other.map_or("by no driver".to_owned(), |it| format!("by {it}"));
                let reason = format!(
                    "it is held {held}, not by vfio-pci: bind it with `driverctl set-override` or through /sys/bus/pci/drivers/vfio-pci/bind"
                );
                Err(system(name, "take the device", reason))
            }
        }
    }

    fn register(&self, offset: u32) -> Result<*mut u32, TransportError> {
        let at = offset as usize;
        if at + 4 > BAR_BYTES || !at.is_multiple_of(4) {
            return Err(system(
                &self.name,
                "reach a register",
                format!("there is none at {offset:#x}"),
            ));
        }
        Ok(self.registers.as_mut_ptr().wrapping_add(at).cast())
    }
}

impl Device for KernelDevice {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn read32(&self, offset: u32) -> Result<u32, TransportError> {
        let register = self.register(offset)?;
        // SAFETY: `register` found it aligned and within the mapping, which lives as long as `self`; a device register may be read at any time.
        Ok(u32::from_le(unsafe { register.read_volatile() }))
    }

    fn write32(&self, offset: u32, value: u32) -> Result<(), TransportError> {
        let register = self.register(offset)?;
        // What was written to memory for the card must be there before the card is told.
        std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
        // SAFETY: as for reads; the registers are the device's memory, to which no Rust reference exists.
        unsafe { register.write_volatile(value.to_le()) };
        Ok(())
    }

    fn map(&self, address: u64, memory: &MmapRegion) -> Result<(), TransportError> {
        // SAFETY: the memory is a mapping of its own that outlives the IOMMU's: `Mapping` is dropped before the region is. It is reached by volatile copies only.
        let mapped = unsafe {
            self.container
                .vfio_dma_map(address, memory.size(), memory.as_ptr())
        };
        mapped.map_err(|error| {
            system(&self.name, "map host memory (see `ulimit -l` and /sys/module/vfio_iommu_type1/parameters/dma_entry_limit)", error)
        })
    }

    fn unmap(&self, address: u64, bytes: u64) -> Result<(), TransportError> {
        self.container
            .vfio_dma_unmap(address, bytes as usize)
            .map_err(|error| system(&self.name, "unmap host memory", error))
    }

    fn signal(&self, events: &[EventFd]) -> Result<(), TransportError> {
        self.device
            .enable_msix(events.iter().collect())
            .map_err(|error| system(&self.name, "enable MSI-X", error))
    }

    fn reset(&self) -> Result<(), TransportError> {
        // The crate does not say whether it worked: the registers do.
        self.write32(
            card::WINDOW_CARD + card_regs::QUEUE_LOG,
            card::QUEUE_LOG_MAX,
        )?;
        self.device.reset();
        match self.read32(card::WINDOW_CARD + card_regs::QUEUE_LOG)? {
            0 => Ok(()),
            found => {
                let reason = format!("a register reads {found:#x} where a reset leaves 0");
                Err(system(&self.name, "reset the device", reason))
            }
        }
    }
}
