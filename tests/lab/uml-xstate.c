// uml-xstate: completes the buffer with which User-Mode Linux sets a process's floating-point registers.
//
// UML 6.1 saves and restores the registers of its processes by ptrace (NT_X86_XSTATE) through a buffer of a size fixed when
// it was written. A CPU with AVX-512 or AMX has more state, the host's kernel then refuses a shorter buffer, and the guest
// panics: "ptrace set fp regs failed, errno = 14". Preloaded into linux.uml, this ptrace() hands the host's kernel a buffer of
// full length: what UML knows (x87, SSE, AVX) as UML gave it, everything else in its initial state. The guest's C library is
// told to leave AVX-512 alone (GLIBC_TUNABLES in `boot`), so nothing is lost by that.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

// The layout of the XSAVE area (Intel SDM, volume 1, chapter 13).
enum {
  legacy_size = 512,                         // x87 and SSE registers
  header_size = 64,                          // begins with XSTATE_BV: which components are not in their initial state
  extended_offset = legacy_size + header_size,
};
static const uint64_t known_components = 7;  // x87, SSE, AVX: what UML's buffer holds

static char full_state[65536] __attribute__((aligned(64)));

// The system call itself: the C library's ptrace() is this file's.
static long kernel_ptrace(long request, pid_t pid, void* address, void* data) {
  return syscall(SYS_ptrace, request, pid, address, data);
}

static long set_xstate(pid_t pid, void* kind, struct iovec* given) {
  struct iovec full = {full_state, sizeof full_state};
  if (kernel_ptrace(PTRACE_GETREGSET, pid, kind, &full) < 0) return -1;
  if (full.iov_len <= given->iov_len) return kernel_ptrace(PTRACE_SETREGSET, pid, kind, given);

  const char* from = given->iov_base;
  uint64_t components;
  memcpy(&components, from + legacy_size, sizeof components);
  components &= known_components;
  memcpy(full_state, from, legacy_size);
  memcpy(full_state + legacy_size, &components, sizeof components);
  if (given->iov_len > extended_offset)
    memcpy(full_state + extended_offset, from + extended_offset, given->iov_len - extended_offset);
  return kernel_ptrace(PTRACE_SETREGSET, pid, kind, &full);
}

long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  pid_t pid = va_arg(arguments, pid_t);
  void* address = va_arg(arguments, void*);
  void* data = va_arg(arguments, void*);
  va_end(arguments);

  if (request == PTRACE_SETREGSET && (intptr_t)address == NT_X86_XSTATE) return set_xstate(pid, address, data);

  if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER) {
    // The kernel stores the word at `data`; the C library's function returns it, with errno 0 to tell -1 from failure.
    long word;
    if (kernel_ptrace(request, pid, address, &word) < 0) return -1;
    errno = 0;
    return word;
  }
  return kernel_ptrace(request, pid, address, data);
}
