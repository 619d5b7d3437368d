#include "io/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* What an event loop over descriptors that are already there needs: no open, socket, connect, exec, fork, ptrace. */
static const char *const common[] = {
	/* bytes */
	"read", "write", "readv", "writev", "pread64", "lseek", "recvmsg", "sendmsg", "recvfrom", "sendto", "recvmmsg",
	"sendmmsg", "close", "shutdown",
	/* waiting */
	"epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "epoll_create1", "eventfd2", "poll", "ppoll", "select",
	"pselect6", "futex", "nanosleep", "clock_nanosleep", "restart_syscall", "sched_yield",
	/* asking about what is there */
	"fstat", "newfstatat", "fcntl", "ioctl", "getsockopt", "setsockopt", "getsockname", "getpeername", "getpid",
	"gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "prlimit64", "getrlimit", "uname",
	"sysinfo", "times", "getcpu", "sched_getaffinity",
	/* memory; mmap and mprotect have a rule of their own */
	"brk", "munmap", "mremap", "madvise", "membarrier", "rseq", "set_robust_list",
	/* time, chance, signals, the end */
	"clock_gettime", "clock_getres", "gettimeofday", "time", "getrandom", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "sigaltstack", "tgkill", "exit", "exit_group"};

/* Pairs of our own, which lead nowhere else: an SSH session through a jump host runs over one. */
static const char *const collector[] = {"socketpair"};

/* The last line: the database that is open already. */
static const char *const hub[] = {"accept",   "accept4", "sendfile",  "getdents64",
								  "pwrite64", "fsync",   "fdatasync", "ftruncate"};

/* A program cannot be started without exec. */
static const char *const files[] = {
	"open",    "openat",  "creat",   "unlink",    "unlinkat",   "rename",     "renameat",   "renameat2",
	"mkdir",   "mkdirat", "rmdir",   "access",    "faccessat",  "faccessat2", "stat",       "lstat",
	"statx",   "statfs",  "fstatfs", "readlink",  "readlinkat", "getcwd",     "getdents64", "pwrite64",
	"pwritev", "preadv",  "fsync",   "fdatasync", "ftruncate",  "fallocate",  "flock",      "umask",
	"fchmod",  "dup",     "dup3",    "clone",     "clone3"};

static const char *const client[] = {"socket", "socketpair", "connect", "bind", "listen", "accept4", "pipe2"};

int saw_sandbox_keep_secrets(void) {
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

int saw_sandbox_follow_parent(void) {
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? -errno : 0;
}

static int allow(scmp_filter_ctx ctx, const char *const *names, size_t n) {
	for (size_t i = 0; i < n; i++) {
		int call = seccomp_syscall_resolve_name(names[i]);
		int rc;

		/* A call that this architecture does not have (select on arm64) needs no rule. */
		if (call < 0)
			continue;
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 0);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int allow_unless_executable(scmp_filter_ctx ctx, int call) {
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

int saw_sandbox_enter(enum saw_sandbox profile) {
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc;

	if (!ctx)
		return -ENOMEM;
	rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = allow(ctx, common, sizeof common / sizeof *common);
	if (rc == 0 && profile == SAW_SANDBOX_COLLECTOR)
		rc = allow(ctx, collector, sizeof collector / sizeof *collector);
	if (rc == 0 && profile == SAW_SANDBOX_HUB)
		rc = allow(ctx, hub, sizeof hub / sizeof *hub);
	if (rc == 0 && (profile == SAW_SANDBOX_FILES || profile == SAW_SANDBOX_CLIENT))
		rc = allow(ctx, files, sizeof files / sizeof *files);
	if (rc == 0 && profile == SAW_SANDBOX_CLIENT)
		rc = allow(ctx, client, sizeof client / sizeof *client);
	if (rc == 0)
		rc = allow_unless_executable(ctx, SCMP_SYS(mmap));
	if (rc == 0)
		rc = allow_unless_executable(ctx, SCMP_SYS(mprotect));
	if (rc == 0)
		rc = seccomp_load(ctx); /* sets no_new_privs first */
	seccomp_release(ctx);
	return rc;
}
