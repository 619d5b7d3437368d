/*
 * Single values of the configuration: text -> number, duration, address. Each says what it expected.
 */
#ifndef SAWATCH_CONFIG_VALUE_H
#define SAWATCH_CONFIG_VALUE_H

#include "config/config.h"
#include "core/arena.h"
#include "core/text.h"

/* Each returns 0 or SAW_ECONFIG / SAW_ERANGE; *expected then is a static text that completes "expected …". */
int saw_value_duration(struct saw_str s, uint64_t *ms, const char **expected);
int saw_value_size(struct saw_str s, uint64_t *bytes, const char **expected);
int saw_value_bitrate(struct saw_str s, uint64_t *bytes_per_second, const char **expected);
int saw_value_bool(struct saw_str s, bool *out, const char **expected);

/* The address in its usual form; a host name as it stands. NULL: not one, or no memory. */
const char *saw_value_ip(struct saw_arena *arena, struct saw_str s);
bool saw_value_is_host(struct saw_str s);
bool saw_value_is_name(struct saw_str s);     /* letters, digits, . _ -; begins with a letter or digit */
bool saw_value_is_selector(struct saw_str s); /* ADDRESS/… */
/* ADDRESS:PORT, [ADDRESS]:PORT, unix:/PATH. */
int saw_value_listen(struct saw_arena *arena, struct saw_str s, struct saw_config_listen *out);
int saw_value_mode(struct saw_str s, unsigned *mode); /* "0660" */

/* 300000 as "5m", for messages; `out` holds 32 bytes. Returns out. */
bool saw_value_is_url(struct saw_str s); /* http:// or https://, with a host, without user and password */
const char *saw_value_print_size(uint64_t bytes, char out[32]);
const char *saw_value_print_duration(uint64_t ms, char out[32]);

bool saw_value_is_root(const char *text); /* such as 1.3.6.1.4.1.64512.7 */

#endif
