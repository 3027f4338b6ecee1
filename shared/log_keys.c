/* SPDX-License-Identifier: ISC */

#include <string.h>

#include "log_keys.h"

const char *const log_keys[LOG_KEY_MAX] = {
#define X(key, text) [LOG_KEY_##key] = (text),
	LOG_KEYS(X)
#undef X
};

int
log_key_is_reserved(const char *key)
{
	int i;

	for (i = 0; i < LOG_KEY_MAX; i++) {
		if (strcmp(key, log_keys[i]) == 0)
			return 1;
	}
	return 0;
}
