/// One field of a layout: enough to name it in a report and to read it from bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, as in the contract.
    pub name: &'static str,
    /// Its first byte.
    pub offset: u32,
    /// Its length in bytes.
    pub bytes: u32,
    /// What it means.
    pub doc: &'static str,
}

impl Field {
    /// The field's bytes in `layout`; `None` if `layout` is too short to hold it.
    #[must_use]
    pub fn slice<'a>(&self, layout: &'a [u8]) -> Option<&'a [u8]> {
        let start = self.offset as usize;
        layout.get(start..start + self.bytes as usize)
    }

    /// The field's little-endian value in `layout`; `None` if it is wider than 8 bytes or `layout` is too short.
    #[must_use]
    pub fn value(&self, layout: &[u8]) -> Option<u64> {
        let bytes = self.slice(layout)?;
        let mut value = [0; 8];
        value.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(u64::from_le_bytes(value))
    }
}
