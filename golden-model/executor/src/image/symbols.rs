/// Names of places in the text, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SymbolTable {
    /// By ascending address, one for an address.
    symbols: Vec<Symbol>,
}

/// A place with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    pub address: u32,
    /// In bytes; 0 if it reaches to the next.
    pub size: u32,
    pub name: String,
}

impl SymbolTable {
    /// Of several at one address the largest stays, then the first by name, so that the choice does not depend on the
    /// order in the file.
    pub(crate) fn new(mut symbols: Vec<Symbol>) -> Self {
        symbols.sort_by(|a, b| (a.address, b.size, &a.name).cmp(&(b.address, a.size, &b.name)));
        symbols.dedup_by_key(|symbol| symbol.address);
        Self { symbols }
    }

    /// The symbol that holds an address, and the offset in it, in bytes.
    #[must_use]
    pub fn find(&self, address: u32) -> Option<(&str, u32)> {
        let after = self
            .symbols
            .partition_point(|symbol| symbol.address <= address);
        let symbol = &self.symbols[after.checked_sub(1)?];
        let offset = address - symbol.address;
        (symbol.size == 0 || offset < symbol.size).then_some((&*symbol.name, offset))
    }

    /// The address of a symbol by its demangled name.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<u32> {
        let symbol = self.symbols.iter().find(|symbol| symbol.name == name)?;
        Some(symbol.address)
    }

    /// Names and addresses, by ascending address.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.symbols
            .iter()
            .map(|symbol| (&*symbol.name, symbol.address))
    }
}
