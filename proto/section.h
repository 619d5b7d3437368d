/*
 * Which list a table of a device, or a show command, fills. One table: read it to see what "was read" means for a list.
 */
#ifndef SAWATCH_PROTO_SECTION_H
#define SAWATCH_PROTO_SECTION_H

#include "proto/sawatch.pb-c.h"

#include <stdbool.h>

/*
 * True where reading `table` (a MIB table's name, or a show command with or without arguments) to its end says everything
 * about list `field` of messages of kind `message`.
 */
bool saw_section_fills(const char *table, const ProtobufCMessageDescriptor *message, const char *field);

/* True for what a device may refuse or lack without making what is known of its tunnels less: its load, peers and logs. */
bool saw_section_is_optional(const char *table);

#endif
