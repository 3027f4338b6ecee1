/* SPDX-License-Identifier: ISC */
/* Keys and values on their way: glibc's base64, and the room for it. */

#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"

char *
base64_encode(const void *bytes, size_t len)
{
	size_t room = (len + 2) / 3 * 4 + 1;
	char *text = malloc(room);

	if (text != NULL && b64_ntop(bytes, len, text, room) == -1) {
		free(text);
		return NULL;
	}
	return text;
}

char *
base64_decode(const char *text, size_t *len, int *is_garbled)
{
	/* while it decodes it writes ahead: the half of a byte */
	size_t room = strlen(text) / 4 * 3 + 4;
	unsigned char *bytes = malloc(room + 1);
	int n;

	*is_garbled = 0;
	if (bytes == NULL)
		return NULL;
	if ((n = b64_pton(text, bytes, room)) == -1) {
		*is_garbled = 1;
		free(bytes);
		return NULL;
	}
	bytes[n] = '\0';
	*len = (size_t)n;
	return (char *)bytes;
}
