/*
 * Any bytes as a known_hosts file. A key that is found is made of harmless characters, and a line written for it finds it again.
 */
#include "tests/fuzz/fuzz.h"

#include "collectors/ssh/hostkey.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const char *const addresses[] = {"192.0.2.1", "2001:db8::1", "asa-xfw01.example.net"};
	const struct saw_str text = {(const char *)data, size};

	for (size_t a = 0; a < 6; a++) {
		uint16_t port = a < 3 ? 22 : 2222;
		struct saw_hostkey keys[SAW_HOSTKEYS_MAX], again;
		size_t n = saw_hostkey_find(text, addresses[a % 3], port, keys, SAW_HOSTKEYS_MAX);

		for (size_t i = 0; i < n; i++) {
			struct saw_buf line = SAW_BUF_INIT(64 << 10);
			size_t at = 0;

			saw_hostkey_put(&line, addresses[a % 3], port, &keys[i]);
			if (saw_buf_error(&line) ||
				!saw_hostkey_next((struct saw_str){saw_buf_text(&line), line.len}, addresses[a % 3], port, &at, &again))
				abort();
			if (saw_hostkey_judge(&again, 1, &keys[i]) != SAW_HOSTKEY_KNOWN || at != line.len)
				abort();
			saw_buf_free(&line);
		}
	}
	return 0;
}
