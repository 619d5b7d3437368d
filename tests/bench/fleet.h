/*
 * A fleet of ASAs, as SNMP shows it: the input of the benchmarks of store and exporters.
 *
 * Ownership: a sample is in the arena.
 */
#ifndef SAWATCH_TESTS_BENCH_FLEET_H
#define SAWATCH_TESTS_BENCH_FLEET_H

#include "core/arena.h"
#include "store/store.h"

#define FLEET_T0 INT64_C(1700000000000)
#define FLEET_POLL_MS 300000

/* In memory only; ASA-XFW01 and so on. Fails the program. */
struct saw_store *fleet_store(unsigned devices);
/* Poll number `round` of a device with n tunnels. A sixth of the tunnels was renewed since the last one. */
Sawatch__V1__DeviceSample *fleet_sample(struct saw_arena *a, unsigned device, unsigned n, unsigned round);

#endif
