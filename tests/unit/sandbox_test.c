/* What a process in its sandbox can and cannot do any more. */
#include "io/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define EVERYTHING_HELD 42

static bool refused(long rc) {
	return rc == -1 && errno == EPERM;
}

/* Runs `body` in a process of its own, as a sandbox cannot be left. It returns the line that did not hold, or 0. */
static void in_sandbox(enum saw_sandbox profile, int (*body)(int listener)) {
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), status;
	pid_t pid;

	assert_int_equal(bind(listener, (struct sockaddr *)&any, sizeof any), 0);
	assert_int_equal(listen(listener, 1), 0);
	pid = fork();
	if (pid == 0) {
		int line = saw_sandbox_enter(profile) < 0 ? __LINE__ : body(listener);

		if (line)
			dprintf(STDERR_FILENO, "%s:%d does not hold\n", __FILE__, line);
		_exit(line ? 1 : EVERYTHING_HELD);
	}
	close(listener);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EVERYTHING_HELD);
}

#define HOLDS(condition) \
	if (!(condition))    \
	return __LINE__

static int common(void) {
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char *const args[] = {NULL};
	int pipe_fds[2];
	void *p;

	HOLDS(refused(open("/dev/null", O_RDONLY)));
	HOLDS(refused(open("/tmp/sandbox-test", O_CREAT | O_WRONLY, 0600)));
	HOLDS(refused(unlink("/tmp/sandbox-test")));
	HOLDS(refused(socket(AF_INET, SOCK_DGRAM, 0)));
	HOLDS(refused(socket(AF_UNIX, SOCK_STREAM, 0)));
	HOLDS(refused(connect(0, (struct sockaddr *)&to, sizeof to)));
	HOLDS(refused(pipe(pipe_fds)));
	HOLDS(refused(fork()));
	HOLDS(refused(execve("/bin/true", args, args)));
	HOLDS(refused(kill(getppid(), 0)));
	HOLDS(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == -1);
	/* Memory can be had, but none that runs. */
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	HOLDS(p != MAP_FAILED);
	HOLDS(refused(mprotect(p, 4096, PROT_READ | PROT_EXEC)));
	return 0;
}

static int collector(int listener) {
	HOLDS(refused(accept(listener, NULL, NULL)));
	return common();
}

static int hub(int listener) {
	HOLDS(accept(listener, NULL, NULL) == -1 && errno == EAGAIN);
	return common();
}

static void a_collector_opens_nothing(void **state) {
	(void)state;
	in_sandbox(SAW_SANDBOX_COLLECTOR, collector);
}

static void the_hub_only_accepts(void **state) {
	(void)state;
	in_sandbox(SAW_SANDBOX_HUB, hub);
}

static void memory_with_secrets_is_not_dumped(void **state) {
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct rlimit core;
		bool kept = saw_sandbox_keep_secrets() == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
					getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0;

		_exit(kept ? EVERYTHING_HELD : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EVERYTHING_HELD);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_collector_opens_nothing),
		cmocka_unit_test(the_hub_only_accepts),
		cmocka_unit_test(memory_with_secrets_is_not_dumped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
