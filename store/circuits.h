/*
 * Circuits of the configuration as the model has them.
 *
 * Ownership: the snapshot that is made here is the caller's: sawatch__v1__snapshot__free_unpacked. It holds circuits and nothing else, and its
 *            texts are its own.
 * Errors:    -ENOMEM.
 */
#ifndef SAWATCH_STORE_CIRCUITS_H
#define SAWATCH_STORE_CIRCUITS_H

#include "config/config.h"

int saw_circuits_of(const struct saw_config *c, Sawatch__V1__Snapshot **out);

#endif
