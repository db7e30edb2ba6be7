//! Linear memories that start as the image, and are the image again when an execution is over.
//!
//! A slot maps the image file privately (copy on write). When its execution ends, the pages that may have been written
//! are found (`PAGEMAP_SCAN`, Linux 6.7) and made equal to the image again; the mapping and its page tables stay. The next
//! execution meets neither page faults nor the unmapping that makes threads of one process wait for each other. Memory
//! that the execution grew is zeroed and closed again. Where the kernel cannot say what was written, or too much was, all
//! of it is mapped anew.
//!
//! Promise: what one execution writes, no other ever reads. Every page of a returned slot is either untouched since it was
//! mapped, or compared with the image and copied back where it differs, or mapped anew; a slot for which that cannot be
//! done is unmapped. `docs/adr/0003-memory-slots.md`.
#![expect(unsafe_code, reason = "mapping memory for Wasmtime; each block says why it is sound")]

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::ptr::{NonNull, null_mut};
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

/// Pages of our own that a slot may keep; above this, mapping anew is cheaper than comparing.
const MAX_KEPT_BYTES: usize = 16 << 20;

/// Pages that a slot keeps though its last execution left them as they were. An execution that wrote much leaves many
/// behind, and comparing them each time would make all later ones pay; so once they are the most, all are dropped.
/// (About a quarter of what a program touches ends as it began: reference counts that went up and down.)
const MAX_IDLE_BYTES: usize = 1 << 20;

/// Grown memory that a slot keeps, zeroed.
const MAX_GROWN_BYTES: usize = 32 << 20;

/// Regions that one scan reports; more take more scans.
const SCAN_REGIONS: usize = 256;

/// Makes and keeps memories for one image.
#[derive(Debug)]
pub(super) struct Slots {
    image: File,
    image_bytes: usize,
    /// The image once more, shared and read-only: where pages are copied back from.
    pristine: Mapping,
    pagemap: Option<File>,
    /// The process that `pagemap` tells of; a fork of it must not ask.
    process: u32,
    free: Mutex<Vec<Mapping>>,
}

impl Slots {
    /// Slots over the image file at `path`, `image_bytes` long.
    pub(super) fn open(path: &Path, image_bytes: usize) -> std::io::Result<Arc<Self>> {
        let image = File::open(path)?;
        if image.metadata()?.len() != image_bytes as u64 {
            return Err(std::io::Error::other("the image has another size than its record says"));
        }
        let pristine = Mapping::reserve(image_bytes, 0)?;
        pristine.map_file(&image, image_bytes, libc::PROT_READ, libc::MAP_SHARED)?;
        let pagemap = File::open("/proc/self/pagemap").ok();
        Ok(Arc::new(Self {
            image,
            image_bytes,
            pristine,
            pagemap,
            process: std::process::id(),
            free: Mutex::default(),
        }))
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Mapping>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, reserved: usize, guard: usize) -> std::io::Result<Mapping> {
        let found = {
            let mut free = self.free();
            free.iter().position(|slot| slot.reserved == reserved && slot.guard == guard).map(|at| free.swap_remove(at))
        };
        if let Some(slot) = found {
            return Ok(slot);
        }
        let slot = Mapping::reserve(reserved, guard)?;
        self.map_image(&slot)?;
        Ok(slot)
    }

    fn map_image(&self, slot: &Mapping) -> std::io::Result<()> {
        slot.map_file(&self.image, self.image_bytes, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE)
    }

    /// Makes a used slot the image again and keeps it; unmaps it if that fails.
    fn give_back(&self, slot: Mapping, used: usize) {
        let whole = self
            .clear_grown(&slot, used)
            .and_then(|()| if self.restore(&slot)? { Ok(()) } else { self.map_image(&slot) });
        match whole {
            Ok(()) => self.free().push(slot),
            Err(error) => tracing::warn!(%error, "a memory slot could not be restored and was dropped"),
        }
    }

    /// Makes every page of our own equal to the image; `false` if that is not possible or not worth it.
    fn restore(&self, slot: &Mapping) -> std::io::Result<bool> {
        let page = page_size();
        let (mut kept, mut idle) = (0, 0);
        let each = |offset: usize, bytes: usize| {
            kept += bytes;
            if kept > MAX_KEPT_BYTES {
                return false;
            }
            // SAFETY: both ranges lie inside mappings that we own, of `image_bytes` each (`written` checks it), and do not
            // overlap. The slot is ours alone: its instance is gone.
            let (ours, image) = unsafe {
                (
                    std::slice::from_raw_parts_mut(slot.base.as_ptr().add(offset), bytes),
                    std::slice::from_raw_parts(self.pristine.base.as_ptr().add(offset), bytes),
                )
            };
            for (ours, image) in ours.chunks_mut(page).zip(image.chunks(page)) {
                if ours == image {
                    idle += page;
                } else {
                    ours.copy_from_slice(image);
                }
            }
            true
        };
        let all = self.written(slot, 0, self.image_bytes, each)?;
        Ok(all && (idle <= MAX_IDLE_BYTES || 2 * idle <= kept))
    }

    /// Zeroes what the execution grew, or drops it if it is much, and closes it.
    fn clear_grown(&self, slot: &Mapping, used: usize) -> std::io::Result<()> {
        if used <= self.image_bytes {
            return Ok(());
        }
        let each = |offset: usize, bytes: usize| {
            // SAFETY: the range lies inside the slot's grown part, which was readable and writable; it is ours alone.
            unsafe { slot.base.as_ptr().add(offset).write_bytes(0, bytes) };
            true
        };
        let keep = used - self.image_bytes <= MAX_GROWN_BYTES && self.written(slot, self.image_bytes, used, each)?;
        if keep { slot.close(self.image_bytes, used) } else { slot.forget(self.image_bytes, used) }
    }

    /// Calls `each` with offset and length of every region in `from..to` that has pages of our own, until it gives
    /// `false`. Gives whether all were seen.
    fn written(
        &self,
        slot: &Mapping,
        from: usize,
        to: usize,
        mut each: impl FnMut(usize, usize) -> bool,
    ) -> std::io::Result<bool> {
        let Some(pagemap) = self.pagemap.as_ref().filter(|_| self.process == std::process::id()) else {
            return Ok(false);
        };
        let base = slot.base.as_ptr() as usize;
        let (mut at, end) = (base + from, base + to);
        let mut regions = [PageRegion::default(); SCAN_REGIONS];
        while at < end {
            let Some((count, walked)) = scan(pagemap, at, end, &mut regions)? else { return Ok(false) };
            for region in &regions[..count] {
                let (start, stop) = (usize::try_from(region.start), usize::try_from(region.end));
                let (Ok(start), Ok(stop)) = (start, stop) else { return Ok(false) };
                if start < base + from || stop > end || start > stop || !each(start - base, stop - start) {
                    return Ok(false);
                }
            }
            if walked <= at {
                return Ok(false);
            }
            at = walked;
        }
        Ok(true)
    }
}

/// What Wasmtime is given: a memory that goes back to its slots when it is dropped.
struct Lease {
    slots: Arc<Slots>,
    slot: Option<Mapping>,
    size: usize,
}

// SAFETY: `as_ptr` gives a mapping of `reserved` bytes plus guard that stays where it is for the lease's life; the first
// `byte_size` of them can be read and written, the others fault; `grow_to` never moves it.
unsafe impl LinearMemory for Lease {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.slot.as_ref().map_or(0, |slot| slot.reserved)
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        let slot = self.slot.as_ref().ok_or_else(|| wasmtime::format_err!("the memory is gone"))?;
        slot.open_up(self.size, new_size)?;
        self.size = new_size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.slot.as_ref().map_or(null_mut(), |slot| slot.base.as_ptr())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.slots.give_back(slot, self.size);
        }
    }
}

/// A memory without an image: the heap of WebAssembly exceptions. Small, and mapped anew for each instance.
struct Plain {
    mapping: Mapping,
    size: usize,
}

// SAFETY: as for `Lease`.
unsafe impl LinearMemory for Plain {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.mapping.reserved
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        self.mapping.open_up(self.size, new_size)?;
        self.size = new_size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.mapping.base.as_ptr()
    }
}

/// Gives Wasmtime its memories: those as large as the image start as the image, all others are empty.
#[derive(Debug)]
pub(super) struct Creator(pub(super) Arc<Slots>);

// SAFETY: the memories meet the contract of `LinearMemory` with the reservation and guard that are asked for.
unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        _ty: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let reserved = reserved.unwrap_or(0).max(minimum).max(maximum.unwrap_or(0).min(1 << 32));
        let reserved = reserved.next_multiple_of(page_size());
        let guard = guard.next_multiple_of(page_size());
        if minimum == self.0.image_bytes {
            let slot = self.0.take(reserved, guard).map_err(|error| error.to_string())?;
            return Ok(Box::new(Lease { slots: Arc::clone(&self.0), slot: Some(slot), size: minimum }));
        }
        let mapping = Mapping::reserve(reserved, guard).map_err(|error| error.to_string())?;
        mapping.open_up(0, minimum).map_err(|error| error.to_string())?;
        Ok(Box::new(Plain { mapping, size: minimum }))
    }
}

/// Address space of our own: guard, `reserved` bytes from `base`, guard. Unmapped when dropped.
#[derive(Debug)]
struct Mapping {
    base: NonNull<u8>,
    reserved: usize,
    guard: usize,
}

// SAFETY: a mapping is only an address range; whoever holds it decides who touches the memory.
unsafe impl Send for Mapping {}
// SAFETY: as above; no method writes through `&self` but for memory that its caller holds alone.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Reserves address space that faults when it is touched.
    fn reserve(reserved: usize, guard: usize) -> std::io::Result<Self> {
        let total =
            reserved.checked_add(2 * guard).ok_or_else(|| std::io::Error::other("the reservation is too large"))?;
        let start =
            map(null_mut(), total, libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE, -1)?;
        // SAFETY: `guard` is inside the range that was just mapped.
        let base = unsafe { start.add(guard) };
        Ok(Self { base, reserved, guard })
    }

    /// Maps the first `bytes` of a file over the start.
    fn map_file(&self, file: &File, bytes: usize, protection: i32, flags: i32) -> std::io::Result<()> {
        if bytes > self.reserved {
            return Err(std::io::Error::other("the file is larger than the reservation"));
        }
        map(self.base.as_ptr().cast(), bytes, protection, flags | libc::MAP_FIXED, file.as_raw_fd()).map(|_| ())
    }

    /// Makes `from..to` readable and writable. It is zero: never used, or cleared since.
    fn open_up(&self, from: usize, to: usize) -> std::io::Result<()> {
        if to > self.reserved || from > to {
            return Err(std::io::Error::other("the memory cannot grow that far"));
        }
        let start = from.next_multiple_of(page_size());
        let end = to.next_multiple_of(page_size()).min(self.reserved);
        if end <= start {
            return Ok(());
        }
        let opened = self.protect(start, end, libc::PROT_READ | libc::PROT_WRITE);
        if opened.is_err() {
            // Part of it may be open: nothing past the size may be.
            self.protect(start, end, libc::PROT_NONE)?;
        }
        opened
    }

    /// Makes `from..to` fault again, and keeps what it holds.
    fn close(&self, from: usize, to: usize) -> std::io::Result<()> {
        self.protect(
            from.next_multiple_of(page_size()),
            to.next_multiple_of(page_size()).min(self.reserved),
            libc::PROT_NONE,
        )
    }

    fn protect(&self, start: usize, end: usize, protection: i32) -> std::io::Result<()> {
        // SAFETY: the range is inside our mapping (`start <= end <= reserved` at both callers), and nothing but the
        // instance that holds it touches it.
        let result = unsafe { libc::mprotect(self.base.as_ptr().add(start).cast(), end - start, protection) };
        if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    }

    /// Drops what `from..to` holds and closes it again.
    fn forget(&self, from: usize, to: usize) -> std::io::Result<()> {
        let (start, end) = (from.next_multiple_of(page_size()), to.next_multiple_of(page_size()).min(self.reserved));
        if end <= start {
            return Ok(());
        }
        // SAFETY: `start` is inside our mapping.
        let address = unsafe { self.base.as_ptr().add(start) };
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
        map(address.cast(), end - start, libc::PROT_NONE, flags, -1).map(|_| ())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the whole range is ours, and nobody holds a pointer into it any more.
        unsafe {
            let start = self.base.as_ptr().sub(self.guard);
            libc::munmap(start.cast(), self.reserved + 2 * self.guard);
        }
    }
}

fn map(at: *mut libc::c_void, bytes: usize, protection: i32, flags: i32, fd: i32) -> std::io::Result<NonNull<u8>> {
    // SAFETY: either the kernel chooses the place, or the caller names a range inside a mapping of its own.
    let address = unsafe { libc::mmap(at, bytes.max(1), protection, flags, fd, 0) };
    if address == libc::MAP_FAILED {
        return Err(std::io::Error::last_os_error());
    }
    NonNull::new(address.cast()).ok_or_else(|| std::io::Error::other("a mapping at address zero"))
}

fn page_size() -> usize {
    rustix::param::page_size()
}

/// `struct page_region` of `linux/fs.h`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct PageRegion {
    start: u64,
    end: u64,
    categories: u64,
}

/// `struct pm_scan_arg` of `linux/fs.h`.
#[repr(C)]
struct ScanArg {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    vec: u64,
    vec_len: u64,
    max_pages: u64,
    category_inverted: u64,
    category_mask: u64,
    category_anyof_mask: u64,
    return_mask: u64,
}

/// `_IOWR('f', 16, struct pm_scan_arg)`.
const PAGEMAP_SCAN: libc::c_ulong = 0xC060_6610;
const PAGE_IS_FILE: u64 = 1 << 2;
const PAGE_IS_PRESENT: u64 = 1 << 3;
const PAGE_IS_SWAPPED: u64 = 1 << 4;

/// Finds pages in `from..end` that are no longer the file's: present or swapped out, and not file backed. Gives how many
/// regions it found and how far it came; `None` if the kernel cannot do it.
fn scan(
    pagemap: &File,
    from: usize,
    end: usize,
    regions: &mut [PageRegion],
) -> std::io::Result<Option<(usize, usize)>> {
    let mut arg = ScanArg {
        size: size_of::<ScanArg>() as u64,
        flags: 0,
        start: from as u64,
        end: end as u64,
        walk_end: 0,
        vec: regions.as_mut_ptr() as u64,
        vec_len: regions.len() as u64,
        max_pages: 0,
        category_inverted: PAGE_IS_FILE,
        category_mask: PAGE_IS_FILE,
        category_anyof_mask: PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
        return_mask: 0,
    };
    // SAFETY: the argument has the layout of Linux's, and its vector is `regions`, of the length that it says.
    let found = unsafe { libc::ioctl(pagemap.as_raw_fd(), PAGEMAP_SCAN, &raw mut arg) };
    match usize::try_from(found) {
        Ok(count) if count <= regions.len() => {
            Ok(Some((count, usize::try_from(arg.walk_end).map_err(std::io::Error::other)?)))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const BYTES: usize = 4 << 20;

    fn slots() -> (tempfile::NamedTempFile, Arc<Slots>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let contents: Vec<u8> = (0..BYTES).map(|at| u8::try_from(at / 4096 % 251).unwrap()).collect();
        file.write_all(&contents).unwrap();
        let slots = Slots::open(file.path(), BYTES).unwrap();
        (file, slots)
    }

    fn lease(slots: &Arc<Slots>) -> Box<dyn LinearMemory> {
        let ty = wasmtime::MemoryType::new(u32::try_from(BYTES / 65_536).unwrap(), None);
        Creator(Arc::clone(slots)).new_memory(ty, BYTES, None, Some(64 << 20), 1 << 20).unwrap()
    }

    fn bytes(memory: &mut Box<dyn LinearMemory>) -> &mut [u8] {
        // SAFETY: the lease is alive and ours alone for the slice's life.
        unsafe { std::slice::from_raw_parts_mut(memory.as_ptr(), memory.byte_size()) }
    }

    #[test]
    fn what_one_execution_writes_no_other_reads() {
        let (file, slots) = slots();
        let image = std::fs::read(file.path()).unwrap();
        let mut state = 12345u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        };
        for round in 0..120 {
            let mut memory = lease(&slots);
            assert!(bytes(&mut memory) == image, "round {round} starts as the image");
            // Every pattern: scattered pages, runs, nothing, everything.
            let writes = [0, 3, 700, 5000][round % 4];
            for _ in 0..writes {
                let at = random() % BYTES;
                bytes(&mut memory)[at] ^= 0xff;
            }
            if round % 3 == 0 {
                memory.grow_to(BYTES + [1 << 20, 40 << 20, 65_536][round % 9 / 3]).unwrap();
                assert!(bytes(&mut memory)[BYTES..].iter().all(|byte| *byte == 0), "grown memory is zero");
                bytes(&mut memory)[BYTES..].fill(7);
            }
        }
    }

    #[test]
    fn slots_are_reused_one_at_a_time() {
        let (_file, slots) = slots();
        let (one, two) = (lease(&slots), lease(&slots));
        assert_ne!(one.as_ptr(), two.as_ptr());
        let place = one.as_ptr();
        drop(one);
        assert_eq!(lease(&slots).as_ptr(), place);
    }

    #[test]
    fn more_than_can_be_reserved_is_refused() {
        let (_file, slots) = slots();
        let mut memory = lease(&slots);
        assert!(memory.grow_to(65 << 20).is_err());
        assert_eq!(memory.byte_size(), BYTES);
    }
}
