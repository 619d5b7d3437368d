/*
 * Figures of our own process, from /proc/self. Source: proc(5).
 *
 * Threads: one.
 * Sandbox: the first call opens what later ones read.
 * Errors:  a figure that cannot be read is negative, never 0.
 */
#ifndef SAWATCH_IO_PROCESS_H
#define SAWATCH_IO_PROCESS_H

#include <stdint.h>

struct saw_process {
	double cpu_seconds, start_time_seconds; /* start: Unix time */
	int64_t resident_bytes, open_fds, max_fds;
};

void saw_process_read(struct saw_process *out);

#endif
