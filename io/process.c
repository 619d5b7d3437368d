#include "config.h"

#include "io/process.h"

#include "core/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* The descriptors stay open: a process in its sandbox can still read them, but open nothing. */
static struct saw_str read_stat(char *into, size_t size) {
	static int fd = -1;
	ssize_t n;

	if (fd < 0)
		fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : pread(fd, into, size, 0);
	return (struct saw_str){into, n > 0 ? (size_t)n : 0};
}

/* Cuts the next word off. */
static struct saw_str next_word(struct saw_str *s) {
	struct saw_str word;

	while (s->n && (*s->p == ' ' || *s->p == '\n'))
		s->p++, s->n--;
	word = (struct saw_str){s->p, 0};
	while (s->n && *s->p != ' ' && *s->p != '\n')
		s->p++, s->n--, word.n++;
	return word;
}

/* Field number `want` of /proc/self/stat, counted from 3 as in proc(5), behind the command's closing parenthesis. */
static bool stat_field(struct saw_str stat, unsigned want, uint64_t *out) {
	const char *end = stat.n ? memrchr(stat.p, ')', stat.n) : NULL;
	struct saw_str word = {NULL, 0};

	if (!end)
		return false;
	stat.n -= (size_t)(end + 1 - stat.p);
	stat.p = end + 1;
	for (unsigned i = 3; i <= want; i++)
		word = next_word(&stat);
	return saw_parse_u64(word, UINT64_MAX, out) == 0;
}

/*
 * Unix time at which this process started. The kernel gives it in ticks since the machine's start, which two clocks tell; their
 * difference wanders when time is adjusted, so it is taken once: a change of this figure means a restart to those who read it.
 */
static double start_time(uint64_t ticks, double tick) {
	static double once = -1;
	struct timespec now, up;

	if (once < 0 && clock_gettime(CLOCK_REALTIME, &now) == 0 && clock_gettime(CLOCK_BOOTTIME, &up) == 0)
		once = (double)(now.tv_sec - up.tv_sec) + (double)(now.tv_nsec - up.tv_nsec) / 1e9 + (double)ticks / tick;
	return once;
}

static int64_t count_fds(void) {
	static DIR *d;
	int64_t n = -2; /* "." and ".." */

	if (!d)
		d = opendir("/proc/self/fd");
	if (!d)
		return -1;
	rewinddir(d);
	while (readdir(d))
		n++;
	return n;
}

void saw_process_read(struct saw_process *out) {
	char buf[2048];
	struct saw_str stat = read_stat(buf, sizeof buf);
	const double tick = (double)sysconf(_SC_CLK_TCK);
	uint64_t user, sys, start, pages;
	struct rlimit limit;

	*out = (struct saw_process){-1, -1, -1, count_fds(), -1};
	if (stat_field(stat, 14, &user) && stat_field(stat, 15, &sys))
		out->cpu_seconds = (double)(user + sys) / tick;
	if (stat_field(stat, 22, &start))
		out->start_time_seconds = start_time(start, tick);
	if (stat_field(stat, 24, &pages))
		out->resident_bytes = (int64_t)pages * sysconf(_SC_PAGESIZE);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		out->max_fds = (int64_t)limit.rlim_cur;
}
