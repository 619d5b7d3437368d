#include "config.h"

#include "plugins/direct.h"

#include "core/buf.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX (256U << 20)
#define WORDS_MAX 4096
#define PATH_MAX_BYTES 4096

static int64_t now_ms(void) {
	struct timespec t = {0};

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A folder for each device, so that checks of several do not wait for each other. */
static int put_folder(const struct saw_direct *d, struct saw_buf *out, struct saw_err *err) {
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	if (d->state_dir)
		saw_buf_puts(out, d->state_dir);
	else if (runtime && *runtime == '/')
		saw_buf_printf(out, "%s/sawatch", runtime);
	else
		saw_buf_printf(out, "/tmp/sawatch-%u", (unsigned)geteuid());
	if (mkdir(saw_buf_text(out), 0700) != 0 && errno != EEXIST)
		return saw_err_set(err, -errno, "%s: %s", saw_buf_text(out), strerror(errno));
	if (lstat(saw_buf_text(out), &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
		(st.st_mode & (S_IWGRP | S_IWOTH)))
		return saw_err_set(err, -EACCES, "%s is no folder of ours alone; --state-dir names another", saw_buf_text(out));
	saw_buf_putc(out, '/');
	for (const unsigned char *p = (const unsigned char *)d->device; *p; p++) {
		if (strchr(plain, *p))
			saw_buf_putc(out, (char)*p);
		else
			saw_buf_printf(out, "%%%02x", *p);
	}
	return saw_buf_error(out) ? saw_err_set(err, SAW_ELIMIT, "the name of the folder is too long") : 0;
}

/* The tool lies beside the plugin, or in the path. */
static _Noreturn void become_tool(const struct saw_direct *d, const char *folder, const int fds[2]) {
	char beside[PATH_MAX_BYTES];
	const char *const argv[] = {"sawatch", "snapshot", "--config", d->config, "--state-dir",
								folder,    "--",       d->device,  NULL};
	ssize_t n = readlink("/proc/self/exe", beside, sizeof beside - sizeof "sawatch");
	char *slash;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(fds[0], STDOUT_FILENO);
	dup2(fds[1], STDERR_FILENO);
	if (n > 0) {
		beside[n] = 0;
		slash = strrchr(beside, '/');
		memcpy(slash + 1, "sawatch", sizeof "sawatch");
		execv(beside, (char *const *)(uintptr_t)argv);
	}
	execvp("sawatch", (char *const *)(uintptr_t)argv);
	fprintf(stderr, "sawatch: %s", strerror(errno));
	_exit(127);
}

/* Reads both ends to their end. */
static int collect(const int fds[2], struct saw_buf *into[2], int64_t deadline_ms) {
	struct pollfd p[2] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}};

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		int64_t left = deadline_ms - now_ms();
		int ready = left > 0 ? poll(p, 2, left > 1000000 ? 1000000 : (int)left) : 0;

		if (ready == 0 && left <= 1000000)
			return SAW_ETIMEOUT;
		for (int i = 0; ready > 0 && i < 2; i++) {
			char bytes[65536];
			ssize_t n;

			if (p[i].fd < 0 || !p[i].revents)
				continue;
			n = read(p[i].fd, bytes, sizeof bytes);
			if (n > 0)
				saw_buf_put(into[i], bytes, (size_t)n); /* what is too much is not kept, and read on */
			else if (n == 0 || errno != EINTR)
				p[i].fd = -1;
		}
	}
	return 0;
}

static int read_answer(const struct saw_direct *d, int rc, int status, struct saw_buf *answer, struct saw_buf *words,
					   Sawatch__V1__Snapshot **out, struct saw_err *err) {
	struct saw_str said = saw_str_trim((struct saw_str){saw_buf_text(words), words->len});

	if (rc == SAW_ETIMEOUT)
		return saw_err_set(err, rc, "%s was not read within %g s", d->device, d->timeout_ms / 1000.0);
	if (rc)
		return saw_err_set(err, rc, "%s", saw_strerror(rc));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return saw_err_set(err, SAW_EUNKNOWN, "%.*s", said.n ? (int)said.n : 33,
						   said.n ? said.p : "sawatch snapshot ended with no word");
	*out = saw_buf_error(answer)
			   ? NULL
			   : sawatch__v1__snapshot__unpack(NULL, answer->len, answer->data ? answer->data : (const uint8_t *)"");
	return *out ? 0 : saw_err_set(err, SAW_EFORMAT, "what sawatch snapshot says is malformed");
}

int saw_direct_ask(const struct saw_direct *d, Sawatch__V1__Snapshot **out, struct saw_err *err) {
	const int64_t deadline_ms = now_ms() + d->timeout_ms;
	struct saw_buf folder = SAW_BUF_INIT(PATH_MAX_BYTES), answer = SAW_BUF_INIT(ANSWER_MAX),
				   words = SAW_BUF_INIT(WORDS_MAX);
	int data[2] = {-1, -1}, text[2] = {-1, -1}, status = 0, rc = put_folder(d, &folder, err);
	pid_t child = -1;

	if (rc)
		goto out;
	if (pipe2(data, O_CLOEXEC) != 0 || pipe2(text, O_CLOEXEC) != 0 || (child = fork()) < 0) {
		rc = saw_err_set(err, -errno, "sawatch cannot be run: %s", strerror(errno));
		goto out;
	}
	if (child == 0)
		become_tool(d, saw_buf_text(&folder), (const int[]){data[1], text[1]});
	close(data[1]);
	close(text[1]);
	data[1] = text[1] = -1;
	rc = collect((const int[]){data[0], text[0]}, (struct saw_buf *[]){&answer, &words}, deadline_ms);
	if (rc)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	rc = read_answer(d, rc, status, &answer, &words, out, err);
out:
	for (int i = 0; i < 2; i++) {
		if (data[i] >= 0)
			close(data[i]);
		if (text[i] >= 0)
			close(text[i]);
	}
	saw_buf_free(&folder);
	saw_buf_free(&answer);
	saw_buf_free(&words);
	return rc;
}
