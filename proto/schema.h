/* The version of proto/sawatch.proto that this program writes; it reads this one and the one before. */
#ifndef SAWATCH_PROTO_SCHEMA_H
#define SAWATCH_PROTO_SCHEMA_H

#define SAW_SCHEMA_VERSION 1

#endif
