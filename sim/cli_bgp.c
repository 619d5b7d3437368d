/* BGP over the tunnels, as both platforms show it: one neighbour at the other end of each. */
#include "sim/cli_text.h"

#include <inttypes.h>
#include <stdio.h>

#define ROUTER_ID 0x0a140001 /* of the firewall; the router has the next */

static void neighbour(const struct saw_sim_show *s, uint32_t tunnel, uint64_t uptime_ms, uint64_t version,
					  struct saw_buf *out) {
	char peer[SAW_SIM_ADDRESS_TEXT], age[SAW_SIM_AGE_TEXT], state[24] = "Active";
	struct saw_sim_end e;
	saw_sim_model_end(s->model, s->dev, tunnel, s->now_ms, &e);
	uint64_t seconds = (uptime_ms - e.changed_ms) / 1000, messages = e.up ? 2 + seconds / 60 : 0;
	if (e.up) {
		snprintf(state, sizeof(state), "%u", saw_sim_model_prefixes(tunnel));
	}
	saw_buf_printf(out, "%-15s 4 %12d %7" PRIu64 " %7" PRIu64 " %8" PRIu64 "    0    0 %-8s %8s\n",
				   saw_sim_address(saw_sim_model_inside(!s->dev, tunnel), peer),
				   s->dev == SAW_SIM_ASA ? SAW_SIM_ASR_AS : SAW_SIM_ASA_AS, messages, messages, e.up ? version : 1,
				   saw_sim_age(seconds, age), state);
}

void saw_sim_show_bgp(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_device d;
	char id[SAW_SIM_ADDRESS_TEXT];
	uint64_t version = 1 + saw_sim_model_generation(s->model);
	saw_sim_model_device(s->model, s->dev, s->now_ms, &d);
	saw_buf_printf(out, "BGP router identifier %s, local AS number %d\n", saw_sim_address(ROUTER_ID + s->dev, id),
				   s->dev == SAW_SIM_ASA ? SAW_SIM_ASA_AS : SAW_SIM_ASR_AS);
	saw_buf_printf(out, "BGP table version is %" PRIu64 ", main routing table version %" PRIu64 "\n\n", version,
				   version);
	saw_buf_puts(out, "Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd\n");
	for (uint32_t i = 0; i < saw_sim_model_tunnels(s->model); i++) {
		neighbour(s, i, d.uptime_ms, version, out);
	}
}

void saw_sim_show_bgp_all(const struct saw_sim_show *s, struct saw_buf *out) {
	saw_buf_puts(out, "For address family: IPv4 Unicast\n");
	saw_sim_show_bgp(s, out);
}
