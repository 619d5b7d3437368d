/*
 * What may stand behind a bar: `show interfaces Tunnel11 | include MTU`.
 *
 * Purpose:   include, exclude and begin of both platforms, count of the router's and grep of the firewall's. What writes files on a real device
 *            (redirect, tee, append) is not known here.
 * Errors:    SAW_EUNKNOWN for another word, SAW_ETRUNCATED where the pattern is missing, SAW_EFORMAT for one that is none; the text stays as it is.
 * Pure.
 */
#ifndef SAWATCH_SIM_FILTER_H
#define SAWATCH_SIM_FILTER_H

#include "sim/event.h"

/* Leaves of the text from byte `from` on what the filter (without its bar) lets through. */
int saw_sim_filter(enum saw_sim_dev dev, struct saw_str filter, size_t from, struct saw_buf *text);

#endif
