/* What is served to SNMP agents and sent to receivers of notifications. */
#include "config/schema.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

#define OFF(member) offsetof(struct saw_config_agentx, member)
static const struct saw_key agentx_keys[] = {
	{"master", SAW_KEY_TEXT, OFF(master), .min = 5, .max = 107, .standard = "unix:/var/agentx/master",
	 .help = "the master agent's AgentX socket: unix:PATH or tcp:ADDRESS:PORT"},
	{"interval", SAW_KEY_DURATION, OFF(interval_ms), .min = SECOND, .max = HOUR, .standard = "5s",
	 .help = "a new picture is served this often at the most"},
	{"check", SAW_KEY_DURATION, OFF(check_ms), .min = SECOND, .max = HOUR, .standard = "15s",
	 .help = "how often the master agent is asked whether it is there, and tried again where it is not"},
	{"notifications", SAW_KEY_BOOL, OFF(notifications), .standard = "true",
	 .help = "true: the master agent sends notifications on, to the receivers that it is configured for"},
};
#undef OFF
const struct saw_map saw_agentx_map = {"agentx", sizeof(struct saw_config_agentx), agentx_keys, COUNT(agentx_keys),
									   offsetof(struct saw_config_agentx, line)};

static const struct saw_choice auths[] = {{"sha1", 0},   {"sha224", 0}, {"sha256", 0},
										  {"sha384", 0}, {"sha512", 0}, {NULL, 0}};
static const struct saw_choice privs[] = {{"aes128", 0},       {"aes192", 0}, {"aes256", 0}, {"aes192-cisco", 0},
										  {"aes256-cisco", 0}, {"none", 0},   {NULL, 0}};
static const struct saw_choice notify_versions[] = {{"2c", 2}, {"3", 3}, {NULL, 0}};
static const struct saw_choice notify_types[] = {{"trap", 0}, {"inform", 1}, {NULL, 0}};
#define OFF(member) offsetof(struct saw_config_receiver, member)
static const struct saw_key receiver_keys[] = {
	{"name", SAW_KEY_NAME, OFF(name), .required = true, .min = 1, .max = 64, .help = "name in the log and in metrics"},
	{"address", SAW_KEY_HOST, OFF(address), .required = true, .help = "name or IP address"},
	{"port", SAW_KEY_U16, OFF(port), .min = 1, .max = 65535, .standard = "162", .help = "its UDP port"},
	{"version", SAW_KEY_CHOICE, OFF(version), .choices = notify_versions, .standard = "3", .help = "SNMP version"},
	{"type", SAW_KEY_CHOICE_SET, OFF(inform), .choices = notify_types, .standard = "inform",
	 .help = "an inform is acknowledged, and sent again until it is; a trap may get lost and nobody knows"},
	{"community", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("community")},
	{"community_file", SAW_KEY_FILE_REF, OFF(community), .help = "version 2c: file that holds the community"},
	{"community_env", SAW_KEY_ENV_REF, OFF(community), .help = "version 2c: environment variable that holds it"},
	{"user", SAW_KEY_TEXT, OFF(user), .min = 1, .max = 32, .help = "version 3: user name, as the receiver knows it"},
	{"auth", SAW_KEY_WORD, OFF(auth), .choices = auths, .help = "version 3: authentication; always wanted"},
	{"auth_password", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("auth_password")},
	{"auth_password_file", SAW_KEY_FILE_REF, OFF(auth_password), .help = "version 3: file that holds the password"},
	{"auth_password_env", SAW_KEY_ENV_REF, OFF(auth_password), .help = "version 3: environment variable that holds it"},
	{"priv", SAW_KEY_WORD, OFF(priv), .choices = privs,
	 .help = "version 3: privacy; none: the objects of a notification travel in the clear"},
	{"priv_password", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("priv_password")},
	{"priv_password_file", SAW_KEY_FILE_REF, OFF(priv_password), .help = "version 3: file that holds the password"},
	{"priv_password_env", SAW_KEY_ENV_REF, OFF(priv_password), .help = "version 3: environment variable that holds it"},
	{"timeout", SAW_KEY_DURATION, OFF(timeout_ms), .min = 100, .max = MINUTE, .standard = "5s",
	 .help = "how long an inform waits for its acknowledgement"},
	{"retries", SAW_KEY_UINT, OFF(retries), .min = 0, .max = 100, .standard = "5",
	 .help = "how often it is sent again; each wait is twice the one before, up to a minute"},
};
#undef OFF
static const struct saw_map receiver_map = {"a receiver", sizeof(struct saw_config_receiver), receiver_keys,
											COUNT(receiver_keys), offsetof(struct saw_config_receiver, line)};

#define OFF(member) offsetof(struct saw_config_notify, member)
static const struct saw_key notify_keys[] = {
	{"hold", SAW_KEY_DURATION, OFF(hold_ms), .min = 0, .max = DAY, .standard = "10s",
	 .help = "how long a change lasts before it is told; what is over sooner is not told at all"},
	{"replay_burst", SAW_KEY_UINT, OFF(replay_burst), .min = 1, .max = 1000000, .standard = "10",
	 .help =
		 "packets per second dropped by the anti-replay check that are told as a burst; it ends below half of that"},
	{"receivers", SAW_KEY_MAPS, OFF(receivers), OFF(n_receivers), .max = 32, .map = &receiver_map,
	 .help = "who is sent notifications without a master agent between"},
};
#undef OFF
const struct saw_map saw_notify_map = {"notify", sizeof(struct saw_config_notify), notify_keys, COUNT(notify_keys), 0};

_Static_assert(COUNT(receiver_keys) <= SAW_CONFIG_KEYS_MAX, "value.c keeps one slot per key");
