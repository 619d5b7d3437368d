/*
 * Name and password for a daemon that asks for them, or for a proxy before it: from a file, never from the command line, where everybody
 * on the machine reads them.
 *
 * Ownership: the text is the caller's; saw_auth_wipe.
 * Errors:    SAW_EFORMAT and negative errno, with a text that names the file and holds nothing of what is in it.
 */
#ifndef SAWATCH_IO_AUTH_H
#define SAWATCH_IO_AUTH_H

#include "core/err.h"

/* The first line, "USER:PASSWORD", without its line feed. A file that everybody may read is refused. */
int saw_auth_read(const char *path, char **out, struct saw_err *err);
void saw_auth_wipe(char *text); /* overwrites and frees; takes NULL */

#endif
