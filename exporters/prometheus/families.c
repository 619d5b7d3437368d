#include "config.h"

#include "exporters/prometheus/families_internal.h"

#include <pthread.h>
#include <string.h>

/* A total that is no field of IpsecSa does not compile. */
#define X(name) _Static_assert(offsetof(Sawatch__V1__IpsecSa, name) > 0, "totals are made of IpsecSa's fields");
SAW_TOTALS(X)
#undef X

const char *saw_total_name(enum saw_total t) {
	static const char *const names[] = {NULL,
#define X(name) #name,
										SAW_TOTALS(X)
#undef X
	};

	return t < SAW_TOTAL_COUNT ? names[t] : NULL;
}

const char *saw_scope_labels(enum saw_scope s) {
	static const char *const labels[] = {
		[SAW_SCOPE_DAEMON] = "",
		[SAW_SCOPE_PROCESS] = "",
		[SAW_SCOPE_DEVICE] = "device",
		[SAW_SCOPE_BGP] = "device, peer, vrf",
		[SAW_SCOPE_UNIT] = "device, unit",
		[SAW_SCOPE_PORT] = "device, interface",
		[SAW_SCOPE_MEMORY] = "device, pool",
		[SAW_SCOPE_SOURCE] = "device, source",
		[SAW_SCOPE_ERROR] = "device, source, reason",
		[SAW_SCOPE_TABLE] = "device, source, table",
		[SAW_SCOPE_TUNNEL] = "device, tunnel",
		[SAW_SCOPE_LAYER] = "device, tunnel, layer",
		[SAW_SCOPE_DROP] = "device, feature, reason",
		[SAW_SCOPE_TARGET] = "target",
		[SAW_SCOPE_AUDITED] = "device",
		[SAW_SCOPE_AUDIT_RULE] = "device, rule, severity",
		[SAW_SCOPE_EXPORTER] = "exporter",
		[SAW_SCOPE_LINK] = "link, a, b",
		[SAW_SCOPE_LINK_END] = "link, device, tunnel",
		[SAW_SCOPE_WAY] = "link, from, to",
		[SAW_SCOPE_COMPARISON] = "link, field",
		[SAW_SCOPE_CIRCUIT] = "circuit",
	};

	return labels[s];
}

/* One table of all its parts: whoever walks it wants no seams. */
#define FAMILIES_MAX 512

static struct saw_family families[FAMILIES_MAX];
static size_t n_families;

static void join(void) {
	const struct saw_families_part *const parts[] = {&saw_families_daemon, &saw_families_device, &saw_families_tunnel};

	for (size_t i = 0; i < LENGTH(parts); i++)
		for (size_t k = 0; k < parts[i]->n && n_families < FAMILIES_MAX; k++)
			families[n_families++] = parts[i]->list[k];
}

const struct saw_family *saw_prometheus_families(size_t *n) {
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, join);
	*n = n_families;
	return families;
}
