// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/process_isolation.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace medlocker::models {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

/// System calls that fail with EPERM.
std::vector<std::uint32_t> forbiddenCalls() {
  std::vector<std::uint32_t> calls = {
      // network and other ways to talk
      __NR_socket, __NR_socketpair, __NR_connect, __NR_bind, __NR_listen, __NR_accept, __NR_accept4,
      __NR_mq_open, __NR_shmget, __NR_msgget, __NR_io_uring_setup, __NR_io_uring_enter,
      __NR_io_uring_register,
      // programs and other processes
      __NR_execve, __NR_execveat, __NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev, __NR_kill,
      __NR_tkill, __NR_pidfd_open, __NR_pidfd_getfd, __NR_pidfd_send_signal, __NR_setns, __NR_unshare,
      __NR_bpf, __NR_perf_event_open, __NR_userfaultfd, __NR_keyctl, __NR_add_key, __NR_request_key,
      // files
      __NR_openat2, __NR_open_by_handle_at, __NR_truncate, __NR_unlinkat, __NR_renameat, __NR_renameat2,
      __NR_mkdirat, __NR_mknodat, __NR_linkat, __NR_symlinkat, __NR_fchmodat, __NR_fchmod, __NR_fchownat,
      __NR_fchown, __NR_utimensat, __NR_setxattr, __NR_lsetxattr, __NR_fsetxattr, __NR_mount, __NR_umount2,
      __NR_pivot_root, __NR_chroot};
#if defined(__x86_64__)
  calls.insert(calls.end(), {__NR_fork, __NR_vfork, __NR_creat, __NR_unlink, __NR_rename, __NR_mkdir,
                             __NR_rmdir, __NR_mknod, __NR_link, __NR_symlink, __NR_chmod, __NR_chown,
                             __NR_lchown, __NR_utime, __NR_utimes, __NR_futimesat});
#endif
  return calls;
}

sock_filter load(std::uint32_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
}
sock_filter answer(std::uint32_t value) {
  return BPF_STMT(BPF_RET | BPF_K, value);
}
sock_filter jumpIfEqual(std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
}
sock_filter jumpIfAny(std::uint32_t bits, std::uint8_t yes, std::uint8_t no) {
  return BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, yes, no);
}

constexpr std::uint32_t argument(int index) {
  // The lower half on little-endian machines; the flags looked at all lie there.
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8U * static_cast<unsigned>(index));
}

constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;

std::vector<sock_filter> filterProgram() {
  std::vector<sock_filter> program = {
      load(offsetof(seccomp_data, arch)),
      jumpIfEqual(kArchitecture, 1, 0),
      answer(SECCOMP_RET_KILL_PROCESS),
      load(offsetof(seccomp_data, nr)),
  };
#if defined(__x86_64__)
  // The second table of 32-bit pointers begins here; nothing of ours uses it.
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000U, 0, 1));
  program.push_back(answer(SECCOMP_RET_KILL_PROCESS));
#endif
  for (const std::uint32_t call : forbiddenCalls()) {
    program.push_back(jumpIfEqual(call, 0, 1));
    program.push_back(answer(kRefuse));
  }
  const auto onlyReading = [&](std::uint32_t call, int flagsArgument) {
    program.push_back(jumpIfEqual(call, 0, 4));
    program.push_back(load(argument(flagsArgument)));
    program.push_back(jumpIfAny(O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1));
    program.push_back(answer(kRefuse));
    program.push_back(answer(SECCOMP_RET_ALLOW));
  };
  onlyReading(__NR_openat, 2);
#if defined(__x86_64__)
  onlyReading(__NR_open, 1);
#endif
  // Threads are allowed, processes are not. clone3 hides its flags behind a pointer; the C library falls back
  // to clone where it is not implemented.
  program.push_back(jumpIfEqual(__NR_clone3, 0, 1));
  program.push_back(answer(SECCOMP_RET_ERRNO | ENOSYS));
  program.push_back(jumpIfEqual(__NR_clone, 0, 4));
  program.push_back(load(argument(0)));
  program.push_back(jumpIfAny(CLONE_THREAD, 1, 0));
  program.push_back(answer(kRefuse));
  program.push_back(answer(SECCOMP_RET_ALLOW));
  program.push_back(answer(SECCOMP_RET_ALLOW));
  return program;
}

void limit(decltype(RLIMIT_CORE) resource, rlim_t value) {
  const rlimit both{value, value};
  setrlimit(resource, &both);
}

}  // namespace

Isolation isolateProcess(int lastDescriptor) {
  Isolation result;
  const auto first = static_cast<unsigned>(lastDescriptor + 1);
  if (syscall(__NR_close_range, first, ~0U, 0) != 0)
    for (int fd = lastDescriptor + 1; fd < 65'536; ++fd) close(fd);  // kernels before 5.9
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  prctl(PR_SET_DUMPABLE, 0);
  // Root may do it as it is; others inside a user namespace, where the machine allows those.
  result.networkNamespace = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
  if (!result.networkNamespace) result.reason = std::string("no network namespace: ") + std::strerror(errno);
  if (kArchitecture == 0) {
    result.reason += "; no system call filter for this processor";
    return result;
  }
  const std::vector<sock_filter> program = filterProgram();
  const sock_fprog filter{static_cast<unsigned short>(program.size()),
                          const_cast<sock_filter*>(program.data())};
  result.systemCallFilter =
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
  if (!result.systemCallFilter)
    result.reason +=
        (result.reason.empty() ? "" : "; ") + std::string("no system call filter: ") + std::strerror(errno);
  return result;
}

}  // namespace medlocker::models
