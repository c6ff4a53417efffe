//! Reads, folds and appends: on the caller's thread, or on several that share the work.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;

use super::order::{FileEnd, Interleaved, Job};
use super::{OnUnparsed, Ready, ScanOptions};
use crate::fold::partial::{Partial, Stretch};

/// Reads a block into an empty partial.
fn fold(job: &Job, part: &mut Partial) {
    part.read(Stretch {
        file: job.file,
        block: job.block,
        bytes: &job.bytes,
        clock: job.clock.clone(),
        position: job.position,
    });
}

/// Everything on the caller's thread.
pub(super) fn fold_alone(
    mut whole: Partial,
    ready: Vec<Ready>,
    first_file: u32,
    options: &ScanOptions,
    on_bytes: &(dyn Fn(u64) + Sync),
    on_unparsed: &mut OnUnparsed<'_>,
) -> (Partial, Vec<FileEnd>) {
    let mut reader = Interleaved::new(ready, first_file, options);
    let mut spare = Vec::new();
    let mut part = Partial::new(options.fold, false);
    while let Ok(job) = reader.next(std::mem::take(&mut spare)) {
        on_bytes(reader.bytes);
        fold(&job, &mut part);
        whole.take_in(&mut part, &job.bytes, job.horizon);
        if part.holds_much() {
            whole.sum_up(&mut part);
        }
        whole.health.unparsed.drain(..).for_each(|line| on_unparsed(&line));
        spare = job.bytes;
    }
    whole.sum_up(&mut part);
    (whole, reader.ends)
}

/// What one block under way needs; it is used again for another one.
struct Bench {
    buffer: Vec<u8>,
    partial: Box<Partial>,
}

/// What was folded and waits for its turn, and what it is appended to.
struct Merge {
    /// All that was appended; None while a thread appends to it.
    whole: Option<Box<Partial>>,
    /// The number of the block whose turn it is.
    next: usize,
    waiting: HashMap<usize, (Job, Box<Partial>)>,
    /// Benches that no block needs.
    free: Vec<Bench>,
    /// A thread panicked: the others are not to wait for it.
    broken: bool,
}

/// What the threads share.  Each of them reads a block, folds it and appends it if it is its turn: so what it works on
/// lies near it, and no thread waits for another but where there is nothing to do.
struct Shop<'a> {
    reader: Mutex<Interleaved<'a>>,
    merge: Mutex<Merge>,
    freed: Condvar,
    on_bytes: &'a (dyn Fn(u64) + Sync),
    /// Only the thread that appends calls it.
    on_unparsed: Mutex<&'a mut OnUnparsed<'a>>,
}

/// The lock, even after a panic elsewhere: that is told by the pool.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shop<'_> {
    /// Has so many `threads` work.
    fn open<'s>(&'s self, jobs: &rayon::Scope<'s>, threads: usize) {
        for _ in 0..threads {
            jobs.spawn(|_| self.work());
        }
    }

    /// Reads, folds and appends until there is no block left.
    fn work(&self) {
        let _alarm = Alarm(self);
        while let Some(Bench { buffer, mut partial }) = self.free_bench() {
            let mut reader = lock(&self.reader);
            let next = reader.next(buffer);
            let bytes = reader.bytes;
            drop(reader);
            let Ok(job) = next else {
                lock(&self.merge).free.push(Bench { buffer: Vec::new(), partial });
                self.freed.notify_all();
                return;
            };
            (self.on_bytes)(bytes);
            fold(&job, &mut partial);
            self.append(job, partial);
        }
    }

    /// A bench, as soon as one is free: their number is what bounds the work under way.
    fn free_bench(&self) -> Option<Bench> {
        let mut merge = lock(&self.merge);
        while merge.free.is_empty() && !merge.broken {
            merge = self.freed.wait(merge).unwrap_or_else(PoisonError::into_inner);
        }
        if merge.broken { None } else { merge.free.pop() }
    }

    /// Appends what is folded and all that waited for it; or leaves it to the thread that appends what is before it.
    fn append(&self, job: Job, partial: Box<Partial>) {
        let mut merge = lock(&self.merge);
        merge.waiting.insert(job.number, (job, partial));
        let Some(mut whole) = merge.whole.take() else { return };
        let mut next = merge.next;
        while let Some((job, mut partial)) = merge.waiting.remove(&next) {
            drop(merge);
            whole.take_in(&mut partial, &job.bytes, job.horizon);
            if partial.holds_much() {
                whole.sum_up(&mut partial);
            }
            if !whole.health.unparsed.is_empty() {
                let mut on_unparsed = lock(&self.on_unparsed);
                whole.health.unparsed.drain(..).for_each(|line| on_unparsed(&line));
            }
            next += 1;
            merge = lock(&self.merge);
            merge.next = next;
            merge.free.push(Bench { buffer: job.bytes, partial });
            self.freed.notify_one();
        }
        merge.whole = Some(whole);
    }
}

/// Tells the other threads of a panic; the pool hands it on to the caller.
struct Alarm<'s, 'a>(&'s Shop<'a>);

impl Drop for Alarm<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&self.0.merge).broken = true;
            self.0.freed.notify_all();
        }
    }
}

/// On `threads` threads.
pub(super) fn fold_on_pool(
    whole: Partial,
    ready: Vec<Ready>,
    first_file: u32,
    options: &ScanOptions,
    threads: usize,
    on_bytes: &(dyn Fn(u64) + Sync),
    on_unparsed: &mut OnUnparsed<'_>,
) -> (Partial, Vec<FileEnd>) {
    // Threads that are there already have their memory too: those of a pool of its own would take more.
    let own_pool = (rayon::current_num_threads() != threads)
        .then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build())
        .transpose();
    let Ok(own_pool) = own_pool else {
        // No threads to be had: slower, not wrong.
        return fold_alone(whole, ready, first_file, options, on_bytes, on_unparsed);
    };
    let bench = || Bench { buffer: Vec::new(), partial: Box::new(Partial::new(options.fold, false)) };
    let merge = Merge {
        whole: Some(Box::new(whole)),
        next: 0,
        waiting: HashMap::new(),
        free: std::iter::repeat_with(bench).take(threads + BENCHES).collect(),
        broken: false,
    };
    let shop = Shop {
        reader: Mutex::new(Interleaved::new(ready, first_file, options)),
        merge: Mutex::new(merge),
        freed: Condvar::new(),
        on_bytes,
        on_unparsed: Mutex::new(on_unparsed),
    };
    match own_pool {
        Some(pool) => pool.in_place_scope(|jobs| shop.open(jobs, threads)),
        None => rayon::in_place_scope(|jobs| shop.open(jobs, threads)),
    }
    let merge = shop.merge.into_inner().unwrap_or_else(PoisonError::into_inner);
    let reader = shop.reader.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut whole = merge.whole.map_or_else(|| Partial::new(options.fold, true), |whole| *whole);
    for mut bench in merge.free {
        whole.sum_up(&mut bench.partial);
    }
    (whole, reader.ends)
}

/// Blocks under way besides the one that each thread folds: those that wait for one before them.
const BENCHES: usize = 1;
