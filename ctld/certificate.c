/* SPDX-License-Identifier: ISC */
/*
 * What counts was looked at by an apid that meets nobody, and stays open: an
 * apid that follows another gets the same, whatever has become of the files. A
 * ctld that follows another opens them anew, when there is an apid to be fed.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "certificate.h"
#include "child.h"
#include "children.h"
#include "msg.h"
#include "priv.h"
#include "state.h"
#include "toxid.h"

struct pair {
	int certificate, key; /* -1: there is none */
};

#define NO_PAIR ((struct pair){ -1, -1 })

static struct pair now = { -1, -1 }, next = { -1, -1 };

int
certificate_is_named(void)
{
	return ctld.options.tls_cert != NULL;
}

static void
drop(struct pair *p)
{
	if (p->certificate != -1)
		close(p->certificate);
	if (p->key != -1)
		close(p->key);
	*p = NO_PAIR;
}

/* "-tls-key key.pem: why" */
static void
tell(const char *option, const char *path, const char *why,
    char text[CERTIFICATE_FAULT_MAX])
{
	snprintf(
	    text, CERTIFICATE_FAULT_MAX, "%s %.600s: %s", option, path, why);
}

static int
open_pair(struct pair *p, char why[CERTIFICATE_FAULT_MAX])
{
	const struct options *o = &ctld.options;

	drop(p);
	p->certificate = toxid_open(PRIV_FILE_CERTIFICATE);
	if (p->certificate == -1) {
		tell("-tls-cert", o->tls_cert, strerror(errno), why);
		return -1;
	}
	if ((p->key = toxid_open(PRIV_FILE_KEY)) == -1) {
		tell("-tls-key", o->tls_key, strerror(errno), why);
		drop(p);
		return -1;
	}
	return 0;
}

int
certificate_open(char why[CERTIFICATE_FAULT_MAX])
{
	return open_pair(&next, why);
}

int
certificate_verdict(const struct pair_end *end, char why[CERTIFICATE_FAULT_MAX])
{
	const struct options *o = &ctld.options;
	char text[CERTIFICATE_FAULT_MAX];

	switch (end->what) {
	case PAIR_GOOD:
		return 0;
	case PAIR_CERTIFICATE:
		tell("-tls-cert", o->tls_cert, end->why, why);
		break;
	case PAIR_KEY:
		tell("-tls-key", o->tls_key, end->why, why);
		break;
	default:
		snprintf(text, sizeof(text), "%.300s, -tls-key %.300s",
		    o->tls_cert, o->tls_key);
		tell("-tls-cert", text, end->why, why);
		break;
	}
	return -1;
}

/* ---- to an apid, which gets descriptors of its own */

static int
hand(struct child *c, enum msg_type type, int fd)
{
	const struct nothing nothing = { 0 };
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy == -1) {
		child_kill(c, "there is no descriptor for it");
		return -1;
	}
	child_send(c, type, 0, &nothing, copy);
	return 0;
}

void
certificate_show(struct child *reader)
{
	if (hand(reader, MSG_CONFIG_CERTIFICATE, next.certificate) == 0)
		(void)hand(reader, MSG_CONFIG_KEY, next.key);
}

static int
give(struct child *apid)
{
	if (hand(apid, MSG_API_CERTIFICATE, now.certificate) == -1)
		return -1;
	return hand(apid, MSG_API_KEY, now.key);
}

void
certificate_take(void)
{
	if (next.key == -1)
		return;
	drop(&now);
	now = next;
	next = NO_PAIR;
	if (children.apid != NULL)
		(void)give(children.apid);
}

void
certificate_forget(void)
{
	drop(&next);
}

int
certificate_feed(struct child *apid)
{
	char why[CERTIFICATE_FAULT_MAX];

	if (!certificate_is_named())
		return 0;
	if (now.key == -1 && open_pair(&now, why) == -1) {
		child_kill(apid, why);
		return -1;
	}
	return give(apid);
}

/* Who has not come to serve may have found them spoilt since. */
void
certificate_apid_died(const struct child *apid)
{
	if (!apid->serves)
		drop(&now);
}
