#include "config.h"

#include "plugins/direct.h"

#include "core/buf.h"
#include "core/text.h"
#include "io/clock.h"

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
#define SPARE_PART 8 /* of the time, for us: the tool says what it was waiting for */

/* What is in it, and whether it is ours, is the tool's to see to. */
static void put_folder(const struct saw_direct *d, struct saw_buf *out) {
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (d->state_dir)
		saw_buf_puts(out, d->state_dir);
	else if (runtime && *runtime == '/')
		saw_buf_printf(out, "%s/sawatch", runtime);
	else
		saw_buf_printf(out, "/tmp/sawatch-%u", (unsigned)geteuid());
}

/* The tool lies beside the plugin (where it was built) or where it was installed; what else has its name is not asked. */
static _Noreturn void become_tool(const struct saw_direct *d, const char *folder, pid_t parent, const int fds[2]) {
	char beside[PATH_MAX_BYTES], timeout[16];
	const char *argv[] = {"sawatch",   "snapshot", "--state-dir", folder,     "--timeout", timeout,
						  "--config=", "--",       d->device,     d->address, NULL};
	struct saw_buf config = SAW_BUF_INIT(PATH_MAX_BYTES);
	ssize_t n = readlink("/proc/self/exe", beside, sizeof beside - sizeof "sawatch");

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it is gone already */
	dup2(fds[0], STDOUT_FILENO);
	dup2(fds[1], STDERR_FILENO);
	snprintf(timeout, sizeof timeout, "%u", d->timeout_ms - d->timeout_ms / SPARE_PART);
	saw_buf_printf(&config, "--config=%s", d->config ? d->config : SAW_CONFIG_FILE);
	argv[6] = saw_buf_text(&config);
	if (n > 0) {
		beside[n] = 0;
		memcpy(strrchr(beside, '/') + 1, "sawatch", sizeof "sawatch");
		execv(beside, (char *const *)(uintptr_t)argv);
	}
	execv(SAW_BINDIR "/sawatch", (char *const *)(uintptr_t)argv);
	fprintf(stderr, "%s: %s; it is needed for --direct", SAW_BINDIR "/sawatch", strerror(errno));
	_exit(127);
}

/* Reads both ends to their end. */
static int collect(const int fds[2], struct saw_buf *into[2], int64_t deadline_ms) {
	struct pollfd p[2] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}};

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		int64_t left = deadline_ms - saw_steady_ms();
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

/* Whoever reads a plugin's line looks for the device. */
static struct saw_str without_name(struct saw_str words) {
	const struct saw_str name = SAW_STR("sawatch snapshot: ");

	return saw_str_starts(words, name) ? (struct saw_str){words.p + name.n, words.n - name.n} : words;
}

/* Lines of the tool, without its name. */
static void put_notes(struct saw_str words, struct saw_buf *notes) {
	while (words.n) {
		const char *end = memchr(words.p, '\n', words.n);
		struct saw_str line = {words.p, end ? (size_t)(end - words.p) : words.n};

		words = (struct saw_str){words.p + line.n + !!end, words.n - line.n - !!end};
		line = without_name(saw_str_trim(line));
		if (line.n && notes->len)
			saw_buf_puts(notes, "; ");
		saw_buf_put(notes, line.p, line.n);
	}
}

static int read_answer(const struct saw_direct *d, int rc, int status, struct saw_buf *answer, struct saw_buf *words,
					   Sawatch__V1__Snapshot **out, struct saw_err *err) {
	struct saw_str said = saw_str_trim((struct saw_str){saw_buf_text(words), words->len});

	said = without_name(said);

	if (rc == SAW_ETIMEOUT)
		return saw_err_set(err, rc, "%s: no answer of \"sawatch snapshot\" in time", d->device);
	if (rc)
		return saw_err_set(err, rc, "%s", saw_strerror(rc));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return saw_err_set(err, SAW_EUNKNOWN, "%s: %.*s", d->device, said.n ? (int)said.n : 35,
						   said.n ? said.p : "\"sawatch snapshot\" ended with no word");
	*out = saw_buf_error(answer)
			   ? NULL
			   : sawatch__v1__snapshot__unpack(NULL, answer->len, answer->data ? answer->data : (const uint8_t *)"");
	return *out ? 0 : saw_err_set(err, SAW_EFORMAT, "what sawatch snapshot says is malformed");
}

int saw_direct_ask(const struct saw_direct *d, Sawatch__V1__Snapshot **out, struct saw_buf *notes,
				   struct saw_err *err) {
	const int64_t deadline_ms = saw_steady_ms() + d->timeout_ms;
	struct saw_buf folder = SAW_BUF_INIT(PATH_MAX_BYTES), answer = SAW_BUF_INIT(ANSWER_MAX),
				   words = SAW_BUF_INIT(WORDS_MAX);
	int data[2] = {-1, -1}, text[2] = {-1, -1}, status = 0, rc;
	const pid_t parent = getpid();
	pid_t child = -1;

	put_folder(d, &folder);
	if (pipe2(data, O_CLOEXEC) != 0 || pipe2(text, O_CLOEXEC) != 0 || (child = fork()) < 0) {
		rc = saw_err_set(err, -errno, "sawatch cannot be run: %s", strerror(errno));
		goto out;
	}
	if (child == 0)
		become_tool(d, saw_buf_text(&folder), parent, (const int[]){data[1], text[1]});
	close(data[1]);
	close(text[1]);
	data[1] = text[1] = -1;
	rc = collect((const int[]){data[0], text[0]}, (struct saw_buf *[]){&answer, &words}, deadline_ms);
	if (rc)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	rc = read_answer(d, rc, status, &answer, &words, out, err);
	if (rc == 0)
		put_notes((struct saw_str){saw_buf_text(&words), words.len}, notes);
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
