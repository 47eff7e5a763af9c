//! Gives memory back to the kernel.

use nix::libc;

/// Bytes that the allocator keeps for itself after a burst, so that the next one need not ask the kernel for every page anew:
/// a client that asks for all processes once a second is such a burst.
#[cfg(target_env = "gnu")]
const KEPT: i32 = 512 * 1024;

/// Settles how much the allocator keeps; once, before the work begins.
pub fn keep_some() {
    #[cfg(target_env = "gnu")]
    // SAFETY: mallopt(3) takes two integers; no other thread allocates now.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
        libc::mallopt(libc::M_MMAP_THRESHOLD, KEPT);
    }
}

/// Returns what is not needed from here on, after a burst such as reading a configuration: what the allocator keeps for
/// itself, and the pages of this executable that only the start has used. Whatever of these is needed again comes back from
/// the page cache.
pub fn trim() {
    // SAFETY: malloc_trim(3) has no preconditions; it only releases free pages.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
    release_code();
}

/// Unmaps the resident pages of the segments that are never written: code and constants.
fn release_code() {
    for (start, length) in unwritten() {
        // SAFETY: the range lies inside a segment of this executable that is mapped from its file without write
        // permission from the start, so its pages equal the file's and are read again when touched.
        unsafe { libc::madvise(start as *mut libc::c_void, length, libc::MADV_DONTNEED) };
    }
}

/// The whole pages of this executable that are never written: where they start, and how many bytes they are.
pub(super) fn unwritten() -> Vec<(usize, usize)> {
    let page = page_size();
    let whole = |(start, end): (usize, usize)| {
        let (start, end) = (start.next_multiple_of(page), end / page * page);
        (start < end).then(|| (start, end - start))
    };
    read_only_segments().into_iter().filter_map(whole).collect()
}

/// The bytes of a page.
pub(super) fn page_size() -> usize {
    const USUAL: usize = 4096;
    // SAFETY: sysconf takes an integer and answers one.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(USUAL).max(USUAL)
}

/// Address ranges of the executable's loadable segments without PF_W, from the program headers that the kernel points to
/// (`getauxval(3)`). Only for an executable that is linked to fixed addresses; empty for any other.
fn read_only_segments() -> Vec<(usize, usize)> {
    #[cfg(target_pointer_width = "64")]
    {
        const ET_EXEC_BASE_UNKNOWN: u64 = 0;
        // SAFETY: getauxval takes an integer and answers one.
        let (headers, count) = unsafe { (libc::getauxval(libc::AT_PHDR), libc::getauxval(libc::AT_PHNUM)) };
        if headers == 0 {
            return Vec::new();
        }
        // SAFETY: the kernel answers the address and the number of this executable's own program headers, which stay mapped.
        let headers = unsafe {
            std::slice::from_raw_parts(
                headers as *const libc::Elf64_Phdr,
                usize::try_from(count).unwrap_or(0),
            )
        };
        let loaded = headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
        if loaded.clone().map(|header| header.p_vaddr).min() == Some(ET_EXEC_BASE_UNKNOWN) {
            return Vec::new();
        }
        let fixed = loaded.filter(|header| header.p_flags & libc::PF_W == 0);
        fixed
            .map(|header| (header.p_vaddr as usize, header.p_vaddr.saturating_add(header.p_filesz) as usize))
            .collect()
    }
    #[cfg(not(target_pointer_width = "64"))]
    Vec::new()
}
