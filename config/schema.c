#include "config/schema.h"

#include <stdint.h>

#define SECOND 1000ULL
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct saw_choice platforms[] = {
	{"asa", SAWATCH__V1__PLATFORM__PLATFORM_ASA},
	{"iosxe", SAWATCH__V1__PLATFORM__PLATFORM_IOSXE},
	{"ios", SAWATCH__V1__PLATFORM__PLATFORM_IOS},
	{NULL, 0},
};
static const struct saw_choice inventories[] = {{"open", 0}, {"complete", 1}, {NULL, 0}};
static const struct saw_choice versions[] = {{"1", 1}, {"2c", 2}, {"3", 3}, {NULL, 0}};
static const struct saw_choice auths[] = {
	{"md5", 0}, {"sha1", 0}, {"sha224", 0}, {"sha256", 0}, {"sha384", 0}, {"sha512", 0}, {"none", 0}, {NULL, 0},
};
static const struct saw_choice privs[] = {
	{"des", 0},          {"aes128", 0},       {"aes192", 0}, {"aes256", 0},
	{"aes192-cisco", 0}, {"aes256-cisco", 0}, {"none", 0},   {NULL, 0},
};

#define OFF(member) offsetof(struct saw_config_context, member)
static const struct saw_key context_keys[] = {
	{"name", SAW_KEY_TEXT, OFF(name), .required = true, .min = 1, .max = 32, .help = "as the device calls it"},
	{"vrf", SAW_KEY_TEXT, OFF(vrf), .min = 1, .max = 64,
	 .help = "whose tunnels are in it; the name where it is left out"},
	{"community", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("community")},
	{"community_file", SAW_KEY_FILE_REF, OFF(community),
	 .help = "versions 1 and 2c: file that holds the community that the device maps to this context"},
	{"community_env", SAW_KEY_ENV_REF, OFF(community), .help = "versions 1 and 2c: environment variable that holds it"},
};
#undef OFF
static const struct saw_map context_map = {"a context", sizeof(struct saw_config_context), context_keys,
										   COUNT(context_keys), 0};

#define OFF(member) offsetof(struct saw_config_snmp, member)
static const struct saw_key snmp_keys[] = {
	{"version", SAW_KEY_CHOICE, OFF(version), .choices = versions, .standard = "3", .help = "SNMP version"},
	{"port", SAW_KEY_U16, OFF(port), .min = 1, .max = 65535, .standard = "161", .help = "UDP port of the device"},
	{"community", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("community")},
	{"community_file", SAW_KEY_FILE_REF, OFF(community), .help = "versions 1 and 2c: file that holds the community"},
	{"community_env", SAW_KEY_ENV_REF, OFF(community), .help = "versions 1 and 2c: environment variable that holds it"},
	{"user", SAW_KEY_TEXT, OFF(user), .min = 1, .max = 32, .help = "version 3: user name"},
	{"auth", SAW_KEY_WORD, OFF(auth), .choices = auths,
	 .help = "version 3: authentication; md5 and none need allow_insecure"},
	{"auth_password", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("auth_password")},
	{"auth_password_file", SAW_KEY_FILE_REF, OFF(auth_password), .help = "version 3: file that holds the password"},
	{"auth_password_env", SAW_KEY_ENV_REF, OFF(auth_password), .help = "version 3: environment variable that holds it"},
	{"priv", SAW_KEY_WORD, OFF(priv), .choices = privs,
	 .help = "version 3: privacy; Cisco's own AES-192 and AES-256 are aes192-cisco and aes256-cisco; des needs "
			 "allow_insecure; none: no privacy"},
	{"priv_password", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("priv_password")},
	{"priv_password_file", SAW_KEY_FILE_REF, OFF(priv_password), .help = "version 3: file that holds the password"},
	{"priv_password_env", SAW_KEY_ENV_REF, OFF(priv_password), .help = "version 3: environment variable that holds it"},
	{"context", SAW_KEY_TEXT, OFF(context), .min = 1, .max = 32,
	 .help = "version 3: context name, where IOS-XE keeps the tunnels of a VRF"},
	{"contexts", SAW_KEY_MAPS, OFF(contexts), OFF(n_contexts), .max = 63, .map = &context_map,
	 .help = "contexts whose tunnels are read besides: IOS-XE has one per VRF"},
	{"discover_contexts", SAW_KEY_BOOL, OFF(discover_contexts), .standard = "true",
	 .help = "version 3, and no contexts named: those that a router maps to VRFs are read"},
	{"allow_insecure", SAW_KEY_BOOL, OFF(allow_insecure), .standard = "false",
	 .help = "true: takes version 1, md5, des and version 3 without authentication, with a warning"},
	{"interval", SAW_KEY_DURATION, OFF(interval_ms), .min = SECOND, .max = DAY, .standard = "300s",
	 .help = "time between two polls"},
	{"fast_interval", SAW_KEY_DURATION, OFF(fast_interval_ms), .min = SECOND, .max = DAY,
	 .help = "state, bytes, packets and replay drops of tunnels are read this often too; less than interval; never "
			 "where it is "
			 "left out"},
	{"history_interval", SAW_KEY_DURATION, OFF(history_interval_ms), .min = SECOND, .max = DAY, .standard = "15m",
	 .help = "how often the logs of failures and of ended tunnels are read, by the next poll"},
	{"timeout", SAW_KEY_DURATION, OFF(timeout_ms), .min = 100, .max = MINUTE, .standard = "3s",
	 .help = "how long one request waits for its answer"},
	{"retries", SAW_KEY_UINT, OFF(retries), .min = 0, .max = 10, .standard = "2",
	 .help = "how often an unanswered request is sent again; the waits become longer, up to four times"},
	{"deadline", SAW_KEY_DURATION, OFF(deadline_ms), .min = 500, .max = HOUR, .standard = "60s",
	 .help = "the longest a whole poll may take; less than interval"},
	{"max_repetitions", SAW_KEY_UINT, OFF(max_repetitions), .min = 1, .max = 200, .standard = "20",
	 .help =
		 "rows of five columns asked for in one GETBULK (of fewer columns, as many more rows); what a device cannot is "
		 "found out"},
	{"window", SAW_KEY_UINT, OFF(window), .min = 1, .max = 64, .standard = "1",
	 .help = "requests under way at once; more make a poll of thousands of tunnels short and the device busier"},
	{"memory_pools", SAW_KEY_BOOL, OFF(memory_pools), .standard = "false",
	 .help = "true: reads memory pools in each poll; on an ASA that costs much of its CPU"},
	{"max_rows", SAW_KEY_U64, OFF(max_rows), .min = 1, .max = 10000000, .standard = "200000",
	 .help = "rows of one table after which a walk is cut short"},
};
#undef OFF
static const struct saw_map snmp_map = {"snmp", sizeof(struct saw_config_snmp), snmp_keys, COUNT(snmp_keys), 0};

static const struct saw_choice old_algorithms[] = {
	{"diffie-hellman-group14-sha1", 0},
	{"diffie-hellman-group-exchange-sha1", 0},
	{"diffie-hellman-group1-sha1", 0},
	{"ssh-rsa", 0},
	{"aes256-cbc", 0},
	{"aes192-cbc", 0},
	{"aes128-cbc", 0},
	{"3des-cbc", 0},
	{"hmac-sha1", 0},
	{NULL, 0},
};

#define OFF(member) offsetof(struct saw_config_ssh, member)
static const struct saw_key ssh_keys[] = {
	{"port", SAW_KEY_U16, OFF(port), .min = 1, .max = 65535, .standard = "22", .help = "TCP port of the device"},
	{"user", SAW_KEY_TEXT, OFF(user), .min = 1, .max = 64, .help = "name to log in with"},
	{"password", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("password")},
	{"password_file", SAW_KEY_FILE_REF, OFF(password), .help = "file that holds the password"},
	{"password_env", SAW_KEY_ENV_REF, OFF(password), .help = "environment variable that holds it"},
	{"key_file", SAW_KEY_FILE_REF, OFF(key), .help = "private key; offered before a password"},
	{"key_passphrase", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("key_passphrase")},
	{"key_passphrase_file", SAW_KEY_FILE_REF, OFF(key_passphrase), .help = "file that holds the key's passphrase"},
	{"key_passphrase_env", SAW_KEY_ENV_REF, OFF(key_passphrase), .help = "environment variable that holds it"},
	{"agent", SAW_KEY_BOOL, OFF(agent), .standard = "false",
	 .help = "true: keys of the agent at SSH_AUTH_SOCK of sawatchd; load one, as each that is tried counts as a login"},
	{"enable", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("enable")},
	{"enable_file", SAW_KEY_FILE_REF, OFF(enable), .help = "file that holds the enable secret, where one is asked for"},
	{"enable_env", SAW_KEY_ENV_REF, OFF(enable), .help = "environment variable that holds it"},
	{"context", SAW_KEY_TEXT, OFF(context), .min = 1, .max = 32, .help = "ASA: security context to change to"},
	{"jump", SAW_KEY_NAME, OFF(jump), .min = 1, .max = 64, .help = "name of one of jump_hosts, which connects us"},
	{"interval", SAW_KEY_DURATION, OFF(interval_ms), .min = SECOND, .max = DAY, .standard = "900s",
	 .help = "time between two polls"},
	{"audit_interval", SAW_KEY_DURATION, OFF(audit_interval_ms), .min = SECOND, .max = 366 * DAY,
	 .help =
		 "how often the running configuration is read and compared with that of the other ends; never where it is left "
		 "out"},
	{"detail_interval", SAW_KEY_DURATION, OFF(detail_interval_ms), .min = SECOND, .max = DAY, .standard = "900s",
	 .help = "how often the commands that cost a device much are part of a poll"},
	{"timeout", SAW_KEY_DURATION, OFF(timeout_ms), .min = 100, .max = MINUTE, .standard = "10s",
	 .help = "how long each step of a login waits for the device"},
	{"command_timeout", SAW_KEY_DURATION, OFF(command_timeout_ms), .min = 500, .max = HOUR, .standard = "60s",
	 .help = "the longest one command may take"},
	{"deadline", SAW_KEY_DURATION, OFF(deadline_ms), .min = 500, .max = HOUR, .standard = "180s",
	 .help = "the longest a whole poll may take; less than interval"},
	{"old_algorithms", SAW_KEY_WORDS, OFF(old_algorithms), OFF(n_old_algorithms), .choices = old_algorithms,
	 .help = "weak ones that an old device needs, or true for all of them; with a warning"},
};
#undef OFF
static const struct saw_map ssh_map = {"ssh", sizeof(struct saw_config_ssh), ssh_keys, COUNT(ssh_keys), 0};

#define ROOT(member) offsetof(struct saw_config_root, member)

#define OFF(member) offsetof(struct saw_config_jump, member)
static const struct saw_key jump_keys[] = {
	{"name", SAW_KEY_NAME, OFF(name), .required = true, .min = 1, .max = 64, .help = "what `jump` names"},
	{"address", SAW_KEY_HOST, OFF(address), .required = true, .help = "name or IP address"},
	{"ssh", SAW_KEY_MAP_SHARED, OFF(ssh), ROOT(ssh_defaults), .required = true, .map = &ssh_map,
	 .help = "how to log in to it; `{}` takes ssh_defaults as they are"},
};
#undef OFF
static const struct saw_map jump_map = {"a jump host", sizeof(struct saw_config_jump), jump_keys, COUNT(jump_keys),
										offsetof(struct saw_config_jump, line)};

#define OFF(member) offsetof(struct saw_config_file, member)
static const struct saw_key file_keys[] = {
	{"path", SAW_KEY_PATH, OFF(path), .required = true, .help = "saved output of show commands"},
	{"interval", SAW_KEY_DURATION, OFF(interval_ms), .min = SECOND, .max = DAY, .standard = "60s",
	 .help = "how often the file is looked at"},
	{"max_age", SAW_KEY_DURATION, OFF(max_age_ms), .min = SECOND, .max = 30 * DAY, .standard = "15m",
	 .help = "a file older than this says nothing any more"},
};
#undef OFF
static const struct saw_map file_map = {"a file", sizeof(struct saw_config_file), file_keys, COUNT(file_keys), 0};

static const struct saw_choice overlays[] = {{"none", 0}, {"gre", 0}, {"vxlan", 0}, {NULL, 0}};
#define OFF(member) offsetof(struct saw_config_tunnel, member)
static const struct saw_key tunnel_keys[] = {
	{"name", SAW_KEY_TEXT, OFF(name), .required = true, .min = 1, .max = 128, .help = "name in every output"},
	{"remote", SAW_KEY_IP, OFF(remote), .required = true, .help = "the peer's address"},
	{"local", SAW_KEY_IP, OFF(local), .help = "the local endpoint; any where it is left out"},
	{"interface", SAW_KEY_TEXT, OFF(interface), .min = 1, .max = 64,
	 .help = "tunnel interface, as the device prints it"},
	{"fvrf", SAW_KEY_TEXT, OFF(fvrf), .min = 1, .max = 64, .help = "front-door VRF"},
	{"local_ident", SAW_KEY_SELECTOR, OFF(local_ident), .help = "local selector, where one peer has several"},
	{"remote_ident", SAW_KEY_SELECTOR, OFF(remote_ident), .help = "remote selector, where one peer has several"},
	{"bgp", SAW_KEY_IP, OFF(bgp), .help = "peer of the BGP session over it, which then is its layer `routing`"},
	{"owner", SAW_KEY_TEXT, OFF(owner), .min = 1, .max = 128, .help = "who is asked when it is down"},
	{"circuit", SAW_KEY_TEXT, OFF(circuit), .min = 1, .max = 128, .help = "the line it runs over"},
	{"link", SAW_KEY_TEXT, OFF(link), .min = 1, .max = 128, .help = "name that both ends of a link share"},
	{"tags", SAW_KEY_TEXTS, OFF(tags), OFF(n_tags), .max = 32, .help = "words to group and filter by"},
	{"capacity", SAW_KEY_BITRATE, OFF(capacity_bytes_per_second), .help = "as 50Mbit; what the line can carry"},
	{"overlay", SAW_KEY_WORD, OFF(overlay), .choices = overlays,
	 .help = "what the tunnel carries packets in besides IPsec: the recommended MSS counts it"},
	{"maintenance", SAW_KEY_BOOL, OFF(maintenance), .standard = "false", .help = "true: shown, and nobody is alarmed"},
};
#undef OFF
static const struct saw_map tunnel_map = {"a tunnel", sizeof(struct saw_config_tunnel), tunnel_keys, COUNT(tunnel_keys),
										  0};

static const struct saw_choice layers[] = {
	{"plaintext", SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_PLAINTEXT},
	{"ip", SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_IP},
	{"ethernet", SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_ETHERNET},
	{"line", SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_LINE},
	{NULL, 0},
};
#define OFF(member) offsetof(struct saw_config_circuit_end, member)
static const struct saw_key circuit_end_keys[] = {
	{"device", SAW_KEY_NAME, OFF(device), .required = true, .min = 1, .max = 64, .help = "one of devices"},
	{"fvrf", SAW_KEY_TEXT, OFF(fvrf), .min = 1, .max = 64, .help = "front-door VRF of the tunnels that it carries"},
	{"interface", SAW_KEY_TEXT, OFF(interface), .min = 1, .max = 64,
	 .help = "source interface of the tunnels that it carries"},
	{"local", SAW_KEY_IP, OFF(local), .help = "source address of the tunnels that it carries"},
	{"committed", SAW_KEY_BITRATE, OFF(committed), .help = "rate that was bought at this end, where it is another one"},
	{"shaper", SAW_KEY_BITRATE, OFF(shaper), .help = "rate that this end is shaped to"},
	{"licence", SAW_KEY_BITRATE, OFF(licence), .help = "throughput that the device is licensed for"},
	{"crypto_limit", SAW_KEY_BITRATE, OFF(crypto), .help = "what the device can encrypt"},
	{"counts", SAW_KEY_CHOICE, OFF(counts), .choices = layers, .standard = "plaintext",
	 .help = "what the byte counters of this device's tunnels are of"},
};
#undef OFF
static const struct saw_map circuit_end_map = {"an end of a circuit", sizeof(struct saw_config_circuit_end),
											   circuit_end_keys, COUNT(circuit_end_keys),
											   offsetof(struct saw_config_circuit_end, line)};

#define OFF(member) offsetof(struct saw_config_circuit, member)
static const struct saw_key circuit_keys[] = {
	{"name", SAW_KEY_TEXT, OFF(name), .required = true, .min = 1, .max = 128,
	 .help = "what `circuit` of tunnels names"},
	{"committed", SAW_KEY_BITRATE, OFF(committed), .help = "as 100Mbit; the rate that was bought"},
	{"layer", SAW_KEY_CHOICE, OFF(layer), .choices = layers, .standard = "ethernet",
	 .help = "what committed rate and shaper count: packets before encryption, IP packets after it, Ethernet frames, "
			 "or all "
			 "that is on the line"},
	{"licence_layer", SAW_KEY_CHOICE, OFF(licence_layer), .choices = layers, .standard = "ip",
	 .help = "what licence counts"},
	{"crypto_layer", SAW_KEY_CHOICE, OFF(crypto_layer), .choices = layers, .standard = "plaintext",
	 .help = "what crypto_limit counts"},
	{"frame_bytes", SAW_KEY_UINT, OFF(frame_bytes), .min = 0, .max = 200, .standard = "18",
	 .help = "that layer 2 adds to a packet: 18 for Ethernet with its checksum, 22 with a VLAN tag"},
	{"sister", SAW_KEY_TEXT, OFF(sister), .min = 1, .max = 128,
	 .help = "the circuit whose load it takes over when that one fails, and the other way"},
	{"ends", SAW_KEY_MAPS, OFF(ends), OFF(n_ends), .max = 64, .map = &circuit_end_map,
	 .help = "which tunnels run over it, besides those that name it, and what is limited where"},
};
#undef OFF
static const struct saw_map circuit_map = {"a circuit", sizeof(struct saw_config_circuit), circuit_keys,
										   COUNT(circuit_keys), offsetof(struct saw_config_circuit, line)};

#define OFF(member) offsetof(struct saw_config_device, member)
static const struct saw_key device_keys[] = {
	{"name", SAW_KEY_NAME, OFF(name), .required = true, .min = 1, .max = 64, .help = "name in every output"},
	{"platform", SAW_KEY_CHOICE, OFF(platform), .required = true, .choices = platforms, .help = "what it is"},
	{"address", SAW_KEY_HOST, OFF(address), .help = "name or IP address; needed with snmp and ssh"},
	{"site", SAW_KEY_TEXT, OFF(site), .min = 1, .max = 128, .help = "where it stands"},
	{"inventory", SAW_KEY_CHOICE_SET, OFF(inventory_complete), .choices = inventories, .standard = "open",
	 .help = "complete: tunnels that are not listed are unexpected"},
	{"maintenance", SAW_KEY_BOOL, OFF(maintenance), .standard = "false", .help = "true: all its tunnels are silenced"},
	{"snmp", SAW_KEY_MAP_SHARED, OFF(snmp), ROOT(snmp_defaults), .map = &snmp_map,
	 .help = "polled by SNMP; `{}` takes snmp_defaults as they are"},
	{"ssh", SAW_KEY_MAP_SHARED, OFF(ssh), ROOT(ssh_defaults), .map = &ssh_map,
	 .help = "polled by SSH, beside snmp only for what that lacks; `{}` takes ssh_defaults as they are"},
	{"files", SAW_KEY_MAPS, OFF(files), OFF(n_files), .max = 64, .map = &file_map,
	 .help = "show output that another tool saves"},
	{"tunnels", SAW_KEY_MAPS, OFF(tunnels), OFF(n_tunnels), .max = 100000, .map = &tunnel_map,
	 .help = "tunnels that must be there, with what people call them"},
};
#undef OFF
static const struct saw_map device_map = {"a device", sizeof(struct saw_config_device), device_keys, COUNT(device_keys),
										  offsetof(struct saw_config_device, line)};

static const struct saw_choice audit_profiles[] = {
	{"nge", SAW_CONFIG_AUDIT_NGE}, {"cnsa", SAW_CONFIG_AUDIT_CNSA}, {NULL, 0}};
#define OFF(member) offsetof(struct saw_config_web, member)
static const struct saw_key web_keys[] = {
	{"config_file", SAW_KEY_PATH, OFF(config_file),
	 .help = "TLS and users, in the form of Prometheus' exporter-toolkit (--web.config.file elsewhere)"},
	{"socket_mode", SAW_KEY_MODE, OFF(socket_mode), .standard = "0660", .help = "permissions of Unix sockets"},
	{"socket_group", SAW_KEY_NAME, OFF(socket_group), .min = 1, .max = 64, .help = "group of Unix sockets"},
	{"max_connections", SAW_KEY_UINT, OFF(max_connections), .min = 8, .max = 65536, .standard = "512",
	 .help = "at once, over TCP; as many again over Unix sockets"},
	{"max_connections_per_client", SAW_KEY_UINT, OFF(max_connections_per_client), .min = 4, .max = 65536,
	 .standard = "256", .help = "at once, of one address; of an IPv6 network of 64 bits"},
	{"request_timeout", SAW_KEY_DURATION, OFF(request_timeout_ms), .min = SECOND, .max = HOUR, .standard = "10s",
	 .help = "how long the first request of a connection may take to come, its TLS handshake included"},
	{"idle_timeout", SAW_KEY_DURATION, OFF(idle_timeout_ms), .min = SECOND, .max = DAY, .standard = "2m",
	 .help = "how long a connection may be kept for a next request"},
	{"answer_timeout", SAW_KEY_DURATION, OFF(answer_timeout_ms), .min = SECOND, .max = HOUR, .standard = "30s",
	 .help = "how long a client may take to read its answer, and a second more for each 256 KiB"},
};
#undef OFF
static const struct saw_map web_map = {"web", sizeof(struct saw_config_web), web_keys, COUNT(web_keys), 0};

#define OFF(member) offsetof(struct saw_config_module, member)
static const struct saw_key module_keys[] = {
	{"name", SAW_KEY_NAME, OFF(name), .required = true, .min = 1, .max = 64,
	 .help = "what `module` of a question names"},
	{"platform", SAW_KEY_CHOICE, OFF(platform), .required = true, .choices = platforms, .help = "what answers there"},
	{"networks", SAW_KEY_TEXTS, OFF(networks), OFF(n_networks), .required = true, .min = 1, .max = 64,
	 .help = "addresses that may be polled with it, as [192.0.2.0/24, \"2001:db8::/32\"]"},
	{"snmp", SAW_KEY_MAP_SHARED, OFF(snmp), ROOT(snmp_defaults), .required = true, .map = &snmp_map,
	 .help = "how; `{}` takes snmp_defaults as they are"},
};
#undef OFF
static const struct saw_map module_map = {"a module", sizeof(struct saw_config_module), module_keys, COUNT(module_keys),
										  offsetof(struct saw_config_module, line)};

#define OFF(member) offsetof(struct saw_config_probe, member)
static const struct saw_key probe_keys[] = {
	{"enabled", SAW_KEY_BOOL, OFF(enabled), .standard = "false", .help = "true: /probe?target=NAME polls that device"},
	{"min_age", SAW_KEY_DURATION, OFF(min_age_ms), .min = SECOND, .max = DAY, .standard = "15s",
	 .help = "a device that was polled less than this ago is not polled again: what is known is the answer"},
	{"timeout", SAW_KEY_DURATION, OFF(timeout_ms), .min = SECOND, .max = HOUR, .standard = "60s",
	 .help = "how long a scraper is made to wait at most; what it says of its own timeout counts where that is less"},
	{"modules", SAW_KEY_MAPS, OFF(modules), OFF(n_modules), .max = 64, .map = &module_map,
	 .help = "/probe?target=ADDRESS&module=NAME polls addresses that no device has, too"},
};
#undef OFF
static const struct saw_map probe_map = {"probe", sizeof(struct saw_config_probe), probe_keys, COUNT(probe_keys), 0};
#define OFF(member) offsetof(struct saw_config_history, member)
static const struct saw_key history_keys[] = {
	{"enabled", SAW_KEY_BOOL, OFF(enabled), .standard = "true",
	 .help = "totals and states of all tunnels are kept over time; not without a state_dir or a path"},
	{"path", SAW_KEY_PATH, OFF(path), .help = "the file; history.db in state_dir where it is left out"},
	{"interval", SAW_KEY_DURATION, OFF(interval_ms), .min = SECOND, .max = HOUR, .standard = "5m",
	 .help = "a reading of each tunnel is kept this often, and when its state changes; devices are read at their own "
			 "intervals"},
	{"keep_readings", SAW_KEY_DURATION, OFF(keep_readings_ms), .min = 35 * DAY, .max = 3660 * DAY, .standard = "100d",
	 .help = "how long all readings are kept; then those of each hour"},
	{"keep_hours", SAW_KEY_DURATION, OFF(keep_hours_ms), .min = 35 * DAY, .max = 36600 * DAY, .standard = "800d",
	 .help = "how long those of each hour are kept"},
	{"keep_summaries", SAW_KEY_DURATION, OFF(keep_summaries_ms), .min = 35 * DAY, .max = 36600 * DAY,
	 .standard = "3660d",
	 .help = "how long percentiles, maximum and mean of each month are kept; those of days are as long as hours"},
	{"time_zone", SAW_KEY_TEXT, OFF(time_zone), .min = 1, .max = 60, .standard = "UTC",
	 .help = "as Europe/Berlin: days and months are summed up in it, and months in UTC too"},
};
static const struct saw_map history_map = {"history", sizeof(struct saw_config_history), history_keys,
										   COUNT(history_keys), OFF(line)};
#undef OFF

static const struct saw_key root_keys[] = {
	{"listen", SAW_KEY_LISTEN, ROOT(config.listen), ROOT(config.n_listen), .min = 1, .max = 16,
	 .standard = "127.0.0.1:9857",
	 .help = "where HTTP is served, one or a list; port 0 takes any free one; unix:/PATH is a Unix socket"},
	{"web", SAW_KEY_MAP, ROOT(config.web), .map = &web_map, .help = "who may ask over HTTP, and how much"},
	{"collectors", SAW_KEY_UINT, ROOT(config.collectors), .min = 1, .max = 64, .standard = "1",
	 .help = "worker processes that the devices are dealt out to"},
	{"state_dir", SAW_KEY_FOLDER, ROOT(config.state_dir), .min = 1, .max = 4000,
	 .help = "folder for the totals, so that they go on after a restart; systemd's state directory or /var/lib/sawatch "
			 "where it is left out; none: in memory only"},
	{"forget_after", SAW_KEY_DURATION, ROOT(config.forget_after_ms), .min = MINUTE, .max = 366 * DAY, .standard = "1d",
	 .help = "a discovered tunnel that is gone for this long is dropped"},
	{"audit_profile", SAW_KEY_CHOICE, ROOT(config.audit_profile), .choices = audit_profiles, .standard = "nge",
	 .help = "what configurations are held against: nge, Cisco's next-generation encryption; cnsa, RFC 9206"},
	{"snmp_defaults", SAW_KEY_MAP, ROOT(snmp_defaults), .map = &snmp_map,
	 .help = "what devices share; a device's own keys win"},
	{"ssh_defaults", SAW_KEY_MAP, ROOT(ssh_defaults), .map = &ssh_map,
	 .help = "what devices and jump hosts share; their own keys win"},
	{"known_hosts", SAW_KEY_PATH, ROOT(config.known_hosts), .standard = "known_hosts",
	 .help = "host keys of devices, in OpenSSH's format; `sawatch trust` adds to it"},
	{"probe", SAW_KEY_MAP, ROOT(config.probe), .map = &probe_map, .help = "devices polled when a scraper asks"},
	{"jump_hosts", SAW_KEY_MAPS, ROOT(config.jump_hosts), ROOT(config.n_jump_hosts), .max = 1000, .map = &jump_map,
	 .help = "SSH servers with devices behind them"},
	{"snmp_root", SAW_KEY_ROOT, ROOT(config.snmp_root), .standard = "1.3.6.1.4.1.8072.9999.9999.9857",
	 .help =
		 "where SAWATCH-MIB stands, below an enterprise number of your own; else in Net-SNMP's branch for experiments"},
	{"agentx", SAW_KEY_MAP, ROOT(config.agentx), .map = &saw_agentx_map,
	 .help = "SAWATCH-MIB served by an SNMP agent; `{}` takes what is usual; not served where it is left out"},
	{"notify", SAW_KEY_MAP, ROOT(config.notify), .map = &saw_notify_map,
	 .help = "notifications: what is told, and to whom"},
	{"history", SAW_KEY_MAP, ROOT(config.history), .map = &history_map,
	 .help = "totals and states over time, for reports; doc/history.md"},
	{"circuits", SAW_KEY_MAPS, ROOT(config.circuits), ROOT(config.n_circuits), .max = 10000, .map = &circuit_map,
	 .help = "the lines that are bought, and what they can carry"},
	{"push", SAW_KEY_MAPS, ROOT(config.push), ROOT(config.n_push), .max = 64, .map = &saw_schema_push,
	 .help = "servers that what is known is sent to; doc/push.md"},
	{"devices", SAW_KEY_MAPS, ROOT(config.devices), ROOT(config.n_devices), .required = true, .min = 1, .max = 100000,
	 .map = &device_map, .help = "what is watched"},
};
const struct saw_map saw_schema = {"the configuration", sizeof(struct saw_config_root), root_keys, COUNT(root_keys), 0};

_Static_assert(COUNT(snmp_keys) <= SAW_CONFIG_KEYS_MAX, "value.c keeps one slot per key");
_Static_assert(COUNT(ssh_keys) <= SAW_CONFIG_KEYS_MAX, "value.c keeps one slot per key");
_Static_assert(COUNT(tunnel_keys) <= SAW_CONFIG_KEYS_MAX, "value.c keeps one slot per key");
_Static_assert(COUNT(device_keys) <= SAW_CONFIG_KEYS_MAX, "value.c keeps one slot per key");
