/**
 * System calls that are allowed whatever their arguments, by what they are for. Names of both
 * architectures stand together: a name that a machine does not have is passed over. Newer runc takes its
 * last steps under the filter: it walks /proc by openat2, statx and fstatfs, and closes what is open.
 */
export const CALLS: Readonly<Record<string, readonly string[]>> = {
  files: words(`
    access chmod close close_range dup dup2 dup3 faccessat faccessat2 fchmod fchmodat flistxattr
    fremovexattr fstat fstatfs ftruncate getcwd getdents64 listxattr lseek lstat mkdir mkdirat newfstatat
    open openat openat2 pread64 pwrite64 read readlink readlinkat readv rename renameat renameat2 rmdir stat
    statx symlink symlinkat umask unlink unlinkat utimensat write writev`),
  memory: words(`
    brk madvise mmap mprotect mremap munmap`),
  processes: words(`
    execve exit exit_group getegid geteuid getgid getpid getppid getresgid getresuid getrusage gettid getuid
    pidfd_open set_robust_list set_tid_address setsid wait4 waitid`),
  threads: words(`
    futex rseq sched_yield`),
  signals: words(`
    restart_syscall rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack`),
  time: words(`
    clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep time`),
  waiting: words(`
    epoll_create1 epoll_ctl epoll_pwait epoll_wait pipe pipe2 poll ppoll pselect6 select`),
  sockets: words(`
    getpeername getsockname getsockopt recvfrom recvmsg sendmsg sendto shutdown`),
  machine: words(`
    getcpu getrandom sysinfo uname`),
};

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
