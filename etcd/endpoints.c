/* SPDX-License-Identifier: ISC */
/* Where a cluster is: a list of URLs. */

#include <stdlib.h>
#include <string.h>

#include "endpoints.h"

void
endpoints_free(struct endpoints *e)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		free(e->url[i]);
	memset(e, 0, sizeof(*e));
}

/* A scheme, a host, perhaps a port: paths are etcd's. */
static const char *
url_fault(const char *url, size_t len)
{
	static const char *const schemes[] = { "http://", "https://" };
	size_t i, n;

	for (i = 0; i < 2; i++) {
		n = strlen(schemes[i]);
		if (strncasecmp(url, schemes[i], n) != 0)
			continue;
		if (n >= len)
			return "a URL has no host";
		return strcspn(url + n, "/?#@ \t") < len - n
		    ? "a URL has more than a host and a port"
		    : NULL;
	}
	return "a URL does not begin with http:// or https://";
}

static const char *
add(struct endpoints *e, const char *url, size_t len)
{
	const char *fault;

	if (len > 0 && url[len - 1] == '/')
		len--;
	if ((fault = url_fault(url, len)) != NULL)
		return fault;
	if (e->n == ENDPOINTS_MAX)
		return "there are more than 16 URLs";
	if ((e->url[e->n] = strndup(url, len)) == NULL)
		return "no memory";
	e->n++;
	return NULL;
}

int
endpoints_read(struct endpoints *e, const char *text, const char **fault)
{
	size_t len;

	memset(e, 0, sizeof(*e));
	for (;; text += len + 1) {
		len = strcspn(text, ",");
		if ((*fault = add(e, text, len)) != NULL) {
			endpoints_free(e);
			return -1;
		}
		if (text[len] == '\0')
			return 0;
	}
}
