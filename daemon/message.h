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

/*
 * Why a poll is not whole: the class of the poll, or of the first table that could not be read; 0 if nothing failed. *text: the
 * sample's, may be NULL. A table that the device does not have is no failure.
 */
Sawatch__V1__PollError saw_message_failure(const Sawatch__V1__DeviceSample *s, const char **text);

/* The device's cpu_percent of a packed sample, found without unpacking the rest; -1 where it has none. */
int saw_message_cpu(const uint8_t *sample, size_t len);

#endif
