/*
 * A snapshot cut down to what a list of everything shows: the status page fetches it again and again, at 10,000 tunnels too.
 *
 * Purpose:   of every tunnel its name, peer, state, reasons, place and rates now; of every link its state and loss; of every device
 *            how it is read, and which of its tables were not read well. What is left out is asked for one by one.
 * Ownership: texts, and messages that stay whole, are borrowed from the snapshot; saw_summary_destroy frees the rest.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_SUMMARY_H
#define SAWATCH_EXPORTERS_HTTP_SUMMARY_H

#include "proto/sawatch.pb-c.h"

struct saw_summary;

/* device: of this one only, with its tunnels and their links; NULL: of all. NULL without memory. */
struct saw_summary *saw_summary_create(const Sawatch__V1__Snapshot *s, const char *device);
const Sawatch__V1__Snapshot *saw_summary_snapshot(const struct saw_summary *m);
void saw_summary_destroy(struct saw_summary *m);

#endif
