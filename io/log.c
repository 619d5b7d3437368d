#include "io/log.h"

#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

static const struct {
	const char *name;
	char journal; /* syslog's priority */
} levels[] = {
	[SAW_LOG_ERROR] = {"error", '3'},
	[SAW_LOG_WARNING] = {"warning", '4'},
	[SAW_LOG_INFO] = {"info", '6'},
	[SAW_LOG_DEBUG] = {"debug", '7'},
};

static struct {
	enum saw_log_level most;
	const char *role;
	bool journal;
} log_state = {.most = SAW_LOG_INFO, .role = "", .journal = false};

void saw_log_open(enum saw_log_level most, const char *role) {
	log_state.most = most;
	log_state.role = role;
	log_state.journal = getenv("JOURNAL_STREAM") != NULL;
}

int saw_log_level_parse(const char *name, enum saw_log_level *out) {
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (strcmp(levels[i].name, name) == 0) {
			*out = (enum saw_log_level)i;
			return 0;
		}
	return SAW_EUNKNOWN;
}

const char *saw_log_level_name(enum saw_log_level level) {
	return levels[level].name;
}

static void put_field(struct saw_buf *line, const char *name, const char *value) {
	bool quote;

	if (!value)
		return;
	quote = !*value || strpbrk(value, " \"=") != NULL;
	saw_buf_printf(line, " %s=%s", name, quote ? "\"" : "");
	for (const char *p = value; *p; p++) {
		if (*p == '"' || *p == '\\')
			saw_buf_putc(line, '\\');
		saw_put_clean(line, p, 1);
	}
	if (quote)
		saw_buf_putc(line, '"');
}

void saw_log(enum saw_log_level level, const char *device, const char *tunnel, const char *fmt, ...) {
	struct saw_buf line = SAW_BUF_INIT(2 * LINE_MAX_BYTES);
	char text[LINE_MAX_BYTES];
	struct timespec now;
	struct tm tm;
	va_list args;

	if (level > log_state.most)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (log_state.journal) {
		saw_buf_printf(&line, "<%c>", levels[level].journal);
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		gmtime_r(&now.tv_sec, &tm);
		saw_buf_printf(&line, "%04d-%02d-%02dT%02d:%02d:%02dZ %s ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
					   tm.tm_hour, tm.tm_min, tm.tm_sec, levels[level].name);
	}
	saw_buf_printf(&line, "sawatchd[%s]: ", log_state.role);
	saw_put_clean(&line, text, strlen(text));
	put_field(&line, "device", device);
	put_field(&line, "tunnel", tunnel);
	/* A line that cannot be written has nowhere else to go. */
	if (line.data) {
		line.ceiling++;
		line.error = 0;
		saw_buf_putc(&line, '\n');
		if (write(STDERR_FILENO, line.data, line.len) < 0)
			(void)0;
	}
	saw_buf_free(&line);
}
