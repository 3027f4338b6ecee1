/* SPDX-License-Identifier: ISC */
/* See api_settings.h. */

#include <string.h>

#include "api_settings.h"
#include "child.h"
#include "options.h"
#include "state.h"
#include "text_put.h"

static struct api_settings now;
static int are_new; /* to the journal */

/* ---- being read */

int
api_settings_add_host(struct api_settings *s, const struct api_host *host)
{
	if (s->n == ALLOW_HOSTS_MAX || !host_name_is_good(host->name))
		return -1;
	s->hosts[s->n++] = *host;
	return 0;
}

/* ---- those that count */

int
api_settings_take(const struct api_settings *s)
{
	if (s->n == now.n &&
	    memcmp(s->hosts, now.hosts, s->n * sizeof(s->hosts[0])) == 0)
		return 0;
	now = *s;
	are_new = 1;
	return 1;
}

static void
send_name(struct child *apid, const char *name)
{
	struct api_host host;

	memset(&host, 0, sizeof(host));
	text_put(host.name, sizeof(host.name), name);
	child_send(apid, MSG_API_HOST, 0, &host, -1);
}

void
api_settings_feed(struct child *apid)
{
	const struct host_names *allowed = &ctld.options.allow_hosts;
	size_t i;

	child_send_nothing(apid, MSG_API_HOSTS, 0);
	if (*ctld.options.host != '\0')
		send_name(apid, ctld.options.host);
	for (i = 0; i < allowed->n; i++)
		send_name(apid, allowed->names[i]);
	for (i = 0; i < now.n; i++)
		send_name(apid, now.hosts[i].name);
	child_send_nothing(apid, MSG_API_HOSTS_END, 0);
}

/* ---- for who follows */

int
api_settings_are_new(void)
{
	int were_new = are_new;

	are_new = 0;
	return were_new;
}

const struct api_host *
api_settings_hosts(size_t *n)
{
	*n = now.n;
	return now.hosts;
}

static int
is_sound(const struct api_host *host)
{
	union msg_payload payload = { .api_host = *host };

	return payload_is_sound(PAYLOAD_api_host, &payload);
}

/* The last part counts. */
int
api_settings_load(const void *bytes, size_t size)
{
	struct api_host host;
	size_t at;

	now = (struct api_settings){ .n = 0 };
	if (size % sizeof(host) != 0)
		return -1;
	for (at = 0; at < size; at += sizeof(host)) {
		memcpy(&host, (const uint8_t *)bytes + at, sizeof(host));
		if (!is_sound(&host) ||
		    api_settings_add_host(&now, &host) == -1)
			return -1;
	}
	return 0;
}
