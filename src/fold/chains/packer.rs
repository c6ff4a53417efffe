//! zstd for small pieces; without the feature `zst` nothing is made smaller.

#[cfg(feature = "zst")]
pub(super) use with_zstd::{Packer, Unpacker};
#[cfg(not(feature = "zst"))]
pub(super) use without::{Packer, Unpacker};

#[cfg(feature = "zst")]
mod with_zstd {
    use std::fmt;

    use zstd::bulk::{Compressor, Decompressor};

    /// How hard zstd tries: very little, for this is done while the log is read.
    const LEVEL: i32 = -2;

    /// Packs; to make one ready takes longer than to pack with it.
    #[derive(Default)]
    pub struct Packer(Option<Compressor<'static>>);

    impl fmt::Debug for Packer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Packer")
        }
    }

    impl Packer {
        /// What can be [unpacked](Unpacker::unpack) to these bytes; None where zstd gets no memory.
        pub fn pack(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
            if self.0.is_none() {
                self.0 = Some(Compressor::new(LEVEL).ok()?);
            }
            self.0.as_mut()?.compress(bytes).ok()
        }
    }

    /// Unpacks; what was said of [`Packer`] is true of it too.
    #[derive(Default)]
    pub struct Unpacker(Option<Decompressor<'static>>);

    impl Unpacker {
        /// The `len` bytes that were packed.
        pub fn unpack(&mut self, packed: &[u8], len: usize) -> Option<Vec<u8>> {
            if self.0.is_none() {
                self.0 = Some(Decompressor::new().ok()?);
            }
            self.0.as_mut()?.decompress(packed, len).ok().filter(|bytes| bytes.len() == len)
        }
    }
}

#[cfg(not(feature = "zst"))]
mod without {
    #[derive(Debug, Default)]
    pub struct Packer(());

    impl Packer {
        pub fn pack(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
            Some(bytes.to_vec())
        }
    }

    #[derive(Default)]
    pub struct Unpacker(());

    impl Unpacker {
        pub fn unpack(&mut self, packed: &[u8], _: usize) -> Option<Vec<u8>> {
            Some(packed.to_vec())
        }
    }
}
