use crate::error::DeviceError;
use crate::kernel::Kernel;

/// Memory, copies and launches of one device, in one order (a stream): what is asked later is done later, whichever thread asks.
pub trait Device: Send + Sync + 'static {
    /// An allocation of 32-bit words. Dropped, it is free after what was asked before.
    type Memory: Send + Sync + 'static;

    /// How messages and tables call the device.
    fn name(&self) -> String;

    /// Bytes that are free, and bytes that there are, where the device can tell.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn memory(&self) -> Result<Option<(u64, u64)>, DeviceError>;

    /// So many words, with whatever is in them; at least one.
    ///
    /// # Errors
    /// [`DeviceError::OutOfMemory`].
    fn allocate(&self, words: usize) -> Result<Self::Memory, DeviceError>;

    /// Words to the device, from `offset` on. The words may change when it returns.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn write(&self, to: &Self::Memory, offset: usize, words: &[u32]) -> Result<(), DeviceError>;

    /// Words from the device, from `offset` on. Waits for everything that was asked before.
    ///
    /// # Errors
    /// [`DeviceError`], that of an earlier launch included.
    fn read(
        &self,
        from: &Self::Memory,
        offset: usize,
        words: &mut [u32],
    ) -> Result<(), DeviceError>;

    /// Runs a kernel on a grid. Arguments are those of the kernel's text, in its order.
    ///
    /// # Errors
    /// [`DeviceError::Launch`].
    fn launch(
        &self,
        kernel: Kernel,
        grid: Grid,
        arguments: &[Argument<'_, Self::Memory>],
    ) -> Result<(), DeviceError>;

    /// Waits for everything that was asked before.
    ///
    /// # Errors
    /// [`DeviceError`], that of an earlier launch included.
    fn synchronise(&self) -> Result<(), DeviceError>;
}

/// How many blocks, and what each of them has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// In x, y and z. Kernels use x and y.
    pub blocks: [u32; 3],
    /// Of a block.
    pub threads: u32,
    /// Bytes of shared memory of a block.
    pub shared_bytes: u32,
}

/// What a kernel is given.
#[derive(Debug)]
pub enum Argument<'a, M> {
    /// The address of a word of memory.
    Memory {
        /// Which memory.
        memory: &'a M,
        /// Which word.
        offset: usize,
    },
    /// A number.
    U32(u32),
    /// A number.
    U64(u64),
}

impl<M> Clone for Argument<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Argument<'_, M> {}
