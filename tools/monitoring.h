/*
 * The daemon's tunnels as objects of a monitoring system: a service per tunnel, named as the daemon names it.
 *
 * Purpose:   nobody types thousands of tunnel names. The shipped configuration (plugins/icinga2, plugins/nagios) has the commands and templates
 *            that these objects use.
 * Pure: appends text.
 * Source:    Icinga 2, "Language Reference" (string literals); Nagios Core, "Object Definitions" and "Main Configuration File"
 *            (illegal_object_name_chars, escapes in command arguments).
 */
#ifndef SAWATCH_TOOLS_MONITORING_H
#define SAWATCH_TOOLS_MONITORING_H

#include "core/buf.h"
#include "proto/sawatch.pb-c.h"

/* One dictionary, SawatchTunnels, from device to tunnels: what the shipped apply rule reads. */
void saw_monitoring_icinga2(const Sawatch__V1__Snapshot *s, struct saw_buf *out);

/* A service for each tunnel; hosts are named as the devices. */
void saw_monitoring_nagios(const Sawatch__V1__Snapshot *s, struct saw_buf *out);

#endif
