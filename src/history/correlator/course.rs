//! Where a line stands among those of its host: in a block that is being read, or behind stretches that were joined.

use super::telling::Context;
use crate::history::clocks::{Clocks, Extent};
use crate::history::message::Message;
use crate::history::symbols::{BySymbol, Symbol, Translation};

/// Where the line at hand stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// The host that wrote it.
    host: Symbol,
    /// How many lines the host had written in the block, with this one; 0 where none is being read.
    pub line: u32,
    /// What the host wrote up to it in the block, or in the stretch from which it comes.
    written: Extent,
    /// What the host wrote up to it, all in all.
    pub before: Extent,
}

/// How far the hosts' clocks went.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// A block is being read: these are the clocks of its hosts.
    clocks: Clocks,
    reading: bool,
    /// What hosts wrote in the stretch.
    extents: BySymbol<Extent>,
    /// What they wrote in each of the stretches that were joined, which are numbered from 1.
    parts: Clocks,
    /// How many were joined.
    joined: u32,
}

impl Course {
    /// A line of an MTA of this host is read.
    #[inline]
    pub fn tick(&mut self, host: Symbol, time: i64) {
        self.reading = true;
        self.clocks.tick(host, time);
    }

    /// Is a block being read?
    #[inline]
    pub fn is_reading(&self) -> bool {
        self.reading
    }

    /// What a host wrote so far in the block that is being read.
    pub fn written(&self, host: Symbol) -> Extent {
        self.clocks.all(host)
    }

    /// What a host wrote in the stretches that were joined.
    pub fn joined(&self, host: Symbol) -> Extent {
        self.extents.get(host).copied().unwrap_or_default()
    }

    /// Where the line at hand stands.
    #[inline]
    pub fn standing(&self, context: &Context<'_>) -> Standing {
        let host = context.host;
        if self.reading {
            let written = self.clocks.all(host);
            return Standing { host, line: self.clocks.lines(host), written, before: written };
        }
        // A line that is told only now stands behind all that was joined here.
        let written = context.before;
        Standing { host, line: 0, written, before: self.joined(host).and(written) }
    }

    /// What a host wrote in the block from its line of this number on, or before the line at hand where none is read.
    #[inline]
    pub fn since_line(&self, line: u32, here: Standing) -> Extent {
        if self.reading { self.clocks.since(here.host, line) } else { here.written }
    }

    /// What the host wrote between a message's last line and the line at hand.
    #[inline]
    pub fn between(&self, message: &Message, here: Standing) -> Extent {
        if self.reading { self.clocks.since(here.host, message.line) } else { self.since(message).and(here.written) }
    }

    /// The clocks of the block that is being read.
    #[inline]
    pub fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    /// The block ends here.
    pub fn end_block(&mut self) {
        self.clocks.drain().for_each(|(host, extent)| *self.extents.of(host) = extent);
        self.reading = false;
    }

    /// The number of the last stretch that was joined.
    #[inline]
    pub fn part(&self) -> u32 {
        self.joined
    }

    /// What hosts wrote in each of the stretches that were joined.
    pub fn parts(&self) -> &Clocks {
        &self.parts
    }

    /// What hosts wrote in all of them.
    pub fn extents(&self) -> &BySymbol<Extent> {
        &self.extents
    }

    /// What the host wrote after a message's last line, up to the end of what was joined.
    pub fn since(&self, message: &Message) -> Extent {
        since(&self.parts, message)
    }

    /// Takes out what hosts, as `hosts` translates them, wrote: all in all, and in each of the stretches.
    pub fn take(&mut self, hosts: &Translation) -> (BySymbol<Extent>, Clocks) {
        let mut extents = BySymbol::default();
        self.extents.drain().for_each(|(host, extent)| *extents.of(hosts.of(host)) = extent);
        self.joined = 0;
        (extents, std::mem::take(&mut self.parts))
    }

    /// Hosts wrote this in one more stretch.
    pub fn join(&mut self, extents: &BySymbol<Extent>) {
        self.joined += 1;
        for (&host, &extent) in extents.iter() {
            self.parts.tick_part(host, self.joined, extent);
            let all = self.extents.of(host);
            *all = all.and(extent);
        }
    }
}

/// What the host wrote after a message's last line, up to the end of these parts.
pub(super) fn since(parts: &Clocks, message: &Message) -> Extent {
    message.after.and(parts.since(message.host, message.part + 1))
}
