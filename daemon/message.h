/*
 * Packed messages (proto/internal.proto) over a channel.
 *
 * Ownership: fd (-1: none) is taken in every case.
 * Secrets:   the packed bytes are overwritten before they are freed.
 */
#ifndef SAWATCH_DAEMON_MESSAGE_H
#define SAWATCH_DAEMON_MESSAGE_H

#include "io/channel.h"
#include "proto/internal.pb-c.h"

/* message NULL: the frame is empty. 0, -EPIPE, SAW_ELIMIT, -ENOMEM. */
int saw_message_send(struct saw_channel *c, Sawatch__Internal__Kind kind, const ProtobufCMessage *message, int fd);

#endif
