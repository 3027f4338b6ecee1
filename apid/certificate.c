/* SPDX-License-Identifier: ISC */
/* The files with the API's certificate and key, as ctld has them opened. */

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apid.h"
#include "certificate.h"
#include "log.h"
#include "text_put.h"
#include "tls.h"

static int certificate = -1; /* the key to it comes next */

void
certificate_is(int fd)
{
	if (certificate != -1)
		close(certificate);
	certificate = fd;
}

static void
end(int key)
{
	close(certificate);
	close(key);
	certificate = -1;
}

static void
tell_expiry(int64_t expires)
{
	char text[64] = "";
	time_t t = (time_t)expires;
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (t < time(NULL))
		log_event(LOG_WARN,
		    "The certificate of the API has expired: clients will "
		    "refuse it",
		    LOG_STR("expired", text));
	else
		log_event(LOG_INFO, "The API has a certificate",
		    LOG_STR("expires", text));
}

/* It was looked at before, by a process that meets nobody. */
int
certificate_key_is(int key)
{
	struct tls_fault f;
	int r;

	if (certificate == -1) {
		close(key);
		return -1;
	}
	r = tls_load(certificate, key, &f);
	end(key);
	if (r == 0)
		tell_expiry(tls_expires());
	else if (tls_is_on())
		log_event(LOG_ERROR, "The API keeps the certificate it had",
		    LOG_STR("error", f.why));
	else
		fatalx("the certificate of the API and its key: %s", f.why);
	return 0;
}

int
certificate_key_check(int key)
{
	struct pair_end said;
	struct tls_fault f;

	if (certificate == -1) {
		close(key);
		return -1;
	}
	memset(&said, 0, sizeof(said));
	if (tls_try(certificate, key, &f) == -1) {
		said.what = (uint32_t)f.what;
		text_put(said.why, sizeof(said.why), f.why);
	}
	end(key);
	if (chan_send(&apid.ctld, MSG_CONFIG_PAIR_END, 0, &said, -1) == -1)
		apid.has_ended = 1;
	return 0;
}
