/*
 * The supervisor's side of HTTP: the sockets that listen, and the web configuration with its certificates and users.
 *
 * Purpose:   opens what the configuration says, hands it to each hub, and reads the web configuration again when one of its files
 *            has changed, as exporter-toolkit does.
 * Process:   supervisor; the loop's thread.
 * Ownership: sockets stay open over the death of a hub.
 */
#ifndef SAWATCH_DAEMON_PORTER_H
#define SAWATCH_DAEMON_PORTER_H

#include "config/config.h"
#include "proto/internal.pb-c.h"

#include <uv.h>

struct saw_porter;

struct saw_porter_hooks {
	void *ctx;
	/* To the hub, if it is there. Takes fd. */
	void (*tell_hub)(void *ctx, Sawatch__Internal__Kind kind, const ProtobufCMessage *m, int fd);
};

/* NULL without memory. */
struct saw_porter *saw_porter_create(uv_loop_t *loop, const struct saw_porter_hooks *hooks);
void saw_porter_destroy(struct saw_porter *p); /* takes NULL */

/* Opens what is not open yet and tells the hub. An error has its text, and nothing has changed. */
int saw_porter_configure(struct saw_porter *p, const struct saw_config *c, struct saw_err *err);
/* Everything, to a hub that is new. */
void saw_porter_greet(struct saw_porter *p);

/* Where to ask: "http://127.0.0.1:9857/". Of several the first that is TCP. Returns out. */
const char *saw_porter_url(const struct saw_porter *p, char *out, size_t n);

/* Reads what saw_porter_configure would, and tells what is open to more people than it should be. */
int saw_porter_check(const struct saw_config *c, void (*tell)(void *ctx, const char *sentence), void *ctx,
					 struct saw_err *err);

#endif
