/*
 * What a process of ours gives up for good.
 *
 * Purpose:   a process that holds secrets leaves no memory behind; one that reads foreign bytes can neither open files nor
 *            connect nor start anything.
 * Threads:   saw_sandbox_enter is for the whole process, threads that exist included; call it once, after everything that
 *            opens files or sockets by itself has been initialised.
 * Errors:    negative errno. A refused system call fails with EPERM (seccomp), it does not kill.
 */
#ifndef SAWATCH_IO_SANDBOX_H
#define SAWATCH_IO_SANDBOX_H

enum saw_sandbox {
	SAW_SANDBOX_COLLECTOR, /* speaks over descriptors it is handed */
	SAW_SANDBOX_HUB,       /* accepts connections on a socket it has already bound */
	SAW_SANDBOX_FILES,     /* works with files, and starts threads; neither connects nor starts a program */
	SAW_SANDBOX_CLIENT,    /* that, and connects to servers */
};

/* No core file, no ptrace by other processes of the same user. */
int saw_sandbox_keep_secrets(void);

/* Dies with the process that started it. */
int saw_sandbox_follow_parent(void);

/* No new privileges, and only the system calls of the profile from here on. */
int saw_sandbox_enter(enum saw_sandbox profile);

#endif
