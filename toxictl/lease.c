/* SPDX-License-Identifier: ISC */
/* Leases of proxies and toxics that are there. */

#include <stdio.h>

#include "json.h"
#include "table.h"
#include "toxictl.h"
#include "ttl.h"

static void
tell(const struct ctl *ctl, const char *proxy, const char *toxic, int64_t ttl)
{
	char left[40];

	if (ctl->is_json) {
		json_out(stdout,
		    json_pack("{s:s,s:s?,s:I}", "proxy", proxy, "toxic", toxic,
			"ttl", (json_int_t)ttl));
		return;
	}
	ttl_text(ttl, left, sizeof(left));
	if (toxic != NULL)
		table_say("Toxic '%s' on proxy '%s' ", toxic, proxy);
	else
		table_say("Proxy %s ", proxy);
	if (ttl > 0)
		printf("ends in %s\n", left);
	else
		puts("has no lease");
}

int
cmd_lease(struct ctl *ctl, struct args *args)
{
	const char *toxic = args_value(args, FLAG_TOXIC_NAME);
	const char *proxy = args_word(args);
	struct toxi_error err;
	int64_t ttl;
	int rc;

	if (args->n_words != 2)
		return fail_usage(ctl, "a PROXY and a TIME are wanted");
	if ((ttl = ttl_of_text(args->words[1])) == -1)
		return fail_usage(ctl, ttl_wanted);
	rc = toxic != NULL
	    ? toxi_toxic_lease(ctl->toxi, proxy, toxic, ttl, &err)
	    : toxi_proxy_lease(ctl->toxi, proxy, ttl, &err);
	if (rc == -1 && err.code == TOXI_ERR_UNSUPPORTED)
		return fail(ctl, NULL,
		    "%s has no leases, as Toxiproxy has none", ctl->server);
	if (rc == -1)
		return fail(ctl, &err, "Failed to renew the lease of %s",
		    toxic != NULL ? toxic : proxy);
	tell(ctl, proxy, toxic, ttl);
	return EXIT_OK;
}
