//! A small assembler: instruction words at increasing addresses, with labels that may be used before they are bound.

use crate::encode::{self, BranchOp, ImmOp, Reg};

/// A place in the code, made by [`Assembler::label`] and given its address by [`Assembler::bind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Label(usize);

/// Why [`Assembler::finish`] refuses a program.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AsmError {
    /// A label is used, but was never bound.
    #[error("the label used at {at:#010x} was never bound")]
    Unbound {
        /// Address of the word that uses it.
        at: u32,
    },
    /// A branch or jump cannot reach its label.
    #[error("{at:#010x} cannot reach {target:#010x}: the offset has {bits} bits")]
    OutOfReach {
        /// Address of the branch or jump.
        at: u32,
        /// Address of the label.
        target: u32,
        /// Width of the offset's field.
        bits: u32,
    },
}

#[derive(Debug, Clone, Copy)]
enum Fix {
    Branch(BranchOp, Reg, Reg),
    Jal(Reg),
    /// `AUIPC` here and an instruction with a 12-bit I-immediate in the next word.
    PcRelative,
    Address,
}

#[derive(Debug, Clone, Copy)]
struct Use {
    word: usize,
    label: Label,
    addend: i32,
    fix: Fix,
}

/// Code under construction.
#[derive(Debug, Clone)]
pub struct Assembler {
    base: u32,
    words: Vec<u32>,
    labels: Vec<Option<u32>>,
    uses: Vec<Use>,
    symbols: Vec<(String, u32)>,
}

impl Assembler {
    /// Starts at this address, a multiple of 4.
    pub fn new(base: u32) -> Assembler {
        assert!(base.is_multiple_of(4), "code at {base:#x}");
        Assembler {
            base,
            words: Vec::new(),
            labels: Vec::new(),
            uses: Vec::new(),
            symbols: Vec::new(),
        }
    }

    /// Address of the next word.
    pub fn pc(&self) -> u32 {
        self.base + 4 * self.words.len() as u32
    }

    /// Words so far.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether nothing was emitted yet.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Appends a word: an instruction, or data.
    pub fn emit(&mut self, word: u32) {
        self.words.push(word);
    }

    /// A label without an address yet.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// A label at the next word.
    pub fn here(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    /// Gives the label the address of the next word.
    ///
    /// # Panics
    /// If it has one.
    pub fn bind(&mut self, label: Label) {
        let pc = self.pc();
        assert!(
            self.labels[label.0].replace(pc).is_none(),
            "label bound twice"
        );
    }

    /// Names the next word in the ELF file's symbol table.
    pub fn symbol(&mut self, name: impl Into<String>) {
        self.symbols.push((name.into(), self.pc()));
    }

    fn emit_use(&mut self, label: Label, addend: i32, fix: Fix) {
        self.uses.push(Use {
            word: self.words.len(),
            label,
            addend,
            fix,
        });
        self.words.push(0);
    }

    /// A branch to a label.
    pub fn branch(&mut self, op: BranchOp, a: Reg, b: Reg, target: Label) {
        self.emit_use(target, 0, Fix::Branch(op, a, b));
    }

    /// `JAL` to a label.
    pub fn jal(&mut self, d: Reg, target: Label) {
        self.emit_use(target, 0, Fix::Jal(d));
    }

    /// The address of a label, plus `addend`, as a data word.
    pub fn address(&mut self, label: Label, addend: i32) {
        self.emit_use(label, addend, Fix::Address);
    }

    /// `AUIPC base` and `second`, an instruction with an I-immediate of 0 that is based on it: together they address label + addend.
    pub fn pc_relative(&mut self, base: Reg, label: Label, addend: i32, second: u32) {
        self.emit_use(label, addend, Fix::PcRelative);
        *self.words.last_mut().expect("just pushed") = encode::auipc(base, 0);
        self.words.push(second);
    }

    /// Loads the address of a label, plus `addend`: two instructions.
    pub fn la(&mut self, d: Reg, label: Label, addend: i32) {
        self.pc_relative(d, label, addend, encode::imm_op(ImmOp::Addi, d, d, 0));
    }

    /// Loads a constant: one or two instructions.
    pub fn li(&mut self, d: Reg, value: u32) {
        let low = (value as i32) << 20 >> 20;
        let upper = value.wrapping_sub(low as u32) >> 12;
        if upper == 0 {
            self.emit(encode::imm_op(ImmOp::Addi, d, Reg::ZERO, low));
            return;
        }
        self.emit(encode::lui(d, upper));
        if low != 0 {
            self.emit(encode::imm_op(ImmOp::Addi, d, d, low));
        }
    }

    /// Resolves all labels.
    ///
    /// # Errors
    /// [`AsmError`] if a label is unbound or out of reach.
    pub fn finish(mut self) -> Result<Code, AsmError> {
        for u in &self.uses {
            let at = self.base + 4 * u.word as u32;
            let target = self.labels[u.label.0]
                .ok_or(AsmError::Unbound { at })?
                .wrapping_add_signed(u.addend);
            let offset = target.wrapping_sub(at) as i32;
            let reach = |bits: u32| {
                let half = 1_i32 << (bits - 1);
                if (-half..half).contains(&offset) {
                    Ok(())
                } else {
                    Err(AsmError::OutOfReach { at, target, bits })
                }
            };
            match u.fix {
                Fix::Branch(op, a, b) => {
                    reach(13)?;
                    self.words[u.word] = encode::branch(op, a, b, offset);
                }
                Fix::Jal(d) => {
                    reach(21)?;
                    self.words[u.word] = encode::jal(d, offset);
                }
                Fix::PcRelative => {
                    let low = offset << 20 >> 20;
                    self.words[u.word] |= (offset.wrapping_sub(low)) as u32;
                    self.words[u.word + 1] |= (low as u32) << 20;
                }
                Fix::Address => self.words[u.word] = target,
            }
        }
        Ok(Code {
            base: self.base,
            words: self.words,
            labels: self.labels,
            symbols: self.symbols,
        })
    }
}

/// Finished code.
#[derive(Debug, Clone)]
pub struct Code {
    /// Address of the first word.
    pub base: u32,
    /// The words.
    pub words: Vec<u32>,
    /// Names and addresses for the symbol table, by address.
    pub symbols: Vec<(String, u32)>,
    labels: Vec<Option<u32>>,
}

impl Code {
    /// Address of a label.
    pub fn address_of(&self, label: Label) -> Option<u32> {
        self.labels[label.0]
    }

    /// The words as little-endian bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.words
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_resolve_forward_and_backward() {
        let mut asm = Assembler::new(0x1000);
        let end = asm.label();
        let start = asm.here();
        asm.branch(BranchOp::Beq, Reg::ZERO, Reg::ZERO, end);
        asm.jal(Reg::ZERO, start);
        asm.bind(end);
        asm.address(end, 4);
        let code = asm.finish().unwrap();
        assert_eq!(
            code.words,
            [
                encode::branch(BranchOp::Beq, Reg::ZERO, Reg::ZERO, 8),
                encode::jal(Reg::ZERO, -4),
                0x100c
            ]
        );
    }

    #[test]
    fn pc_relative_addresses_carry_into_the_upper_part() {
        for addend in [
            -4096_i32,
            -2049,
            -2048,
            -1,
            0,
            2047,
            2048,
            0x7ffff800_u32 as i32,
        ] {
            let mut asm = Assembler::new(0x4_0000);
            let label = asm.here();
            asm.la(Reg::RA, label, addend);
            let code = asm.finish().unwrap();
            let upper = code.words[0] & 0xffff_f000;
            let low = (code.words[1] as i32) >> 20;
            let got = 0x4_0000_u32.wrapping_add(upper).wrapping_add_signed(low);
            assert_eq!(
                got,
                0x4_0000_u32.wrapping_add_signed(addend),
                "addend {addend}"
            );
        }
    }

    #[test]
    fn constants_of_every_shape_are_loaded() {
        for value in [
            0,
            1,
            2047,
            2048,
            0x7ff,
            0x800,
            0xfff,
            0x1000,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_f800,
            0xffff_f7ff,
            u32::MAX,
        ] {
            let mut asm = Assembler::new(0);
            asm.li(Reg::RA, value);
            let mut x = 0_u32;
            for word in asm.finish().unwrap().words {
                x = match word & 0x7f {
                    0x37 => word & 0xffff_f000,
                    _ if word >> 15 & 31 == 0 => ((word as i32) >> 20) as u32,
                    _ => x.wrapping_add_signed((word as i32) >> 20),
                };
            }
            assert_eq!(x, value, "{value:#x}");
        }
    }

    #[test]
    fn a_label_that_is_unbound_or_too_far_is_refused() {
        let mut asm = Assembler::new(0);
        let label = asm.label();
        asm.branch(BranchOp::Bne, Reg::RA, Reg::ZERO, label);
        assert_eq!(
            asm.clone().finish().unwrap_err(),
            AsmError::Unbound { at: 0 }
        );
        for _ in 0..1023 {
            asm.emit(encode::NOP);
        }
        asm.bind(label);
        assert_eq!(
            asm.finish().unwrap_err(),
            AsmError::OutOfReach {
                at: 0,
                target: 4096,
                bits: 13
            }
        );
    }
}
