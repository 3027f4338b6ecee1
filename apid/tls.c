/* SPDX-License-Identifier: ISC */
/*
 * Sessions of TLS.  GnuTLS reads and writes the socket by what is here: what
 * it says while it reads, in a handshake or of a fault, is collected, and goes
 * out at once or when the socket has room for it: in one piece, and a session
 * that reads never has to wait for writing.  What it is given to write does
 * wait, and is told so.
 */

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "log.h"
#include "pair.h"
#include "payload.h"
#include "tls.h"

/*
 * TLS 1.3 and 1.2, with what every client of these years has: ciphers that
 * authenticate, keys that nobody can find out afterwards.
 */
#define PRIORITIES                                                            \
	"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:" \
	"+ECDHE-RSA:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:"               \
	"+GROUP-SECP384R1:-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:"       \
	"+AES-128-GCM:%SERVER_PRECEDENCE"

#define HELLO_MAX ((size_t)16 * 1024) /* a message of a handshake */
#define UNSENT_MAX ((size_t)64 * 1024)
#define RECORD_MAX ((size_t)16 * 1024)
#define WARNINGS_MAX 8 /* in a row */

struct tls {
	gnutls_session_t session;
	struct pair *pair;
	int fd;
	int is_writing; /* it may wait */
	char *unsent;
	size_t nunsent;
	size_t taken;  /* of a record, and not yet told to who writes it */
	int is_flying; /* ... which has not left yet */
	int is_amid;   /* it has read some of a record, and not all */
	int has_ended, is_broken, is_over;
};

static gnutls_priority_t priorities;
static struct pair *pair; /* what new sessions begin with; or NULL */
static unsigned int nunsent;

void
tls_init(void)
{
	const char *at;
	int r = gnutls_priority_init(&priorities, PRIORITIES, &at);

	if (r < 0)
		fatalx(
		    "GnuTLS does not know \"%s\": %s", at, gnutls_strerror(r));
}

int
tls_load(int certificate, int key, struct tls_fault *f)
{
	struct pair *next = pair_read(certificate, key, f);

	if (next == NULL)
		return -1;
	pair_drop(pair);
	pair = next;
	return 0;
}

int
tls_try(int certificate, int key, struct tls_fault *f)
{
	struct pair *p = pair_read(certificate, key, f);

	pair_drop(p);
	return p != NULL ? 0 : -1;
}

int
tls_is_on(void)
{
	return pair != NULL;
}

int64_t
tls_expires(void)
{
	return pair->expires;
}

/* ---- the socket */

static void
forget_unsent(struct tls *t)
{
	if (t->unsent != NULL)
		nunsent--;
	free(t->unsent);
	t->unsent = NULL;
	t->nunsent = 0;
}

int
tls_flush(struct tls *t)
{
	ssize_t n;

	if (t->nunsent == 0)
		return 0;
	n = sendto(t->fd, t->unsent, t->nunsent, MSG_NOSIGNAL, NULL, 0);
	if (n == -1)
		return 1;
	t->nunsent -= (size_t)n;
	memmove(t->unsent, t->unsent + n, t->nunsent);
	if (t->nunsent > 0)
		return 1;
	forget_unsent(t);
	return 0;
}

unsigned int
tls_unsent(void)
{
	return nunsent;
}

static ssize_t
put_off(struct tls *t, const void *data, size_t len)
{
	char *more;

	if (t->nunsent + len > UNSENT_MAX ||
	    (more = realloc(t->unsent, t->nunsent + len)) == NULL) {
		errno = ENOBUFS;
		return -1;
	}
	memcpy(more + t->nunsent, data, len);
	if (t->unsent == NULL)
		nunsent++;
	t->unsent = more;
	t->nunsent += len;
	return (ssize_t)len;
}

static ssize_t
push(gnutls_transport_ptr_t arg, const void *data, size_t len)
{
	struct tls *t = arg;
	ssize_t n = -1;

	errno = EAGAIN;
	if (!t->is_writing)
		n = put_off(t, data, len);
	else if (!tls_flush(t))
		n = sendto(t->fd, data, len, MSG_NOSIGNAL, NULL, 0);
	if (n == -1)
		gnutls_transport_set_errno(t->session, errno);
	return n;
}

static ssize_t
pull(gnutls_transport_ptr_t arg, void *data, size_t len)
{
	struct tls *t = arg;
	ssize_t n = recvfrom(t->fd, data, len, 0, NULL, NULL);

	if (n == -1)
		gnutls_transport_set_errno(t->session, errno);
	else if (n > 0)
		t->is_amid = 1;
	return n;
}

/* It does not block: nobody waits for it. */
static int
pull_timeout(gnutls_transport_ptr_t arg, unsigned int ms)
{
	(void)arg;
	(void)ms;
	return 1;
}

/* ---- a session's life */

static int
set_up(struct tls *t)
{
	if (gnutls_priority_set(t->session, priorities) < 0 ||
	    gnutls_credentials_set(
		t->session, GNUTLS_CRD_CERTIFICATE, pair->credentials) < 0)
		return -1;
	gnutls_certificate_server_set_request(t->session, GNUTLS_CERT_IGNORE);
	gnutls_handshake_set_max_packet_length(t->session, HELLO_MAX);
	gnutls_transport_set_ptr(t->session, t);
	gnutls_transport_set_push_function(t->session, push);
	gnutls_transport_set_pull_function(t->session, pull);
	gnutls_transport_set_pull_timeout_function(t->session, pull_timeout);
	t->pair = pair_take(pair);
	return 0;
}

/* Nothing of one session is of use to another: no ticket, and no cache. */
struct tls *
tls_open(int fd)
{
	struct tls *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->fd = fd;
	if (gnutls_init(&t->session,
		GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS) < 0) {
		free(t);
		return NULL;
	}
	if (set_up(t) == -1) {
		tls_free(t);
		return NULL;
	}
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	gnutls_deinit(t->session);
	pair_drop(t->pair);
	forget_unsent(t);
	free(t);
}

void
tls_bye(struct tls *t)
{
	if (t->is_over)
		return;
	t->is_over = 1;
	if (!t->is_broken && !t->is_flying)
		(void)gnutls_bye(t->session, GNUTLS_SHUT_WR);
	(void)tls_flush(t);
}

static int
is_for_later(ssize_t r)
{
	return r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED;
}

static int
shake(struct tls *t)
{
	int r, i;

	for (i = 0; i < WARNINGS_MAX; i++) {
		if ((r = gnutls_handshake(t->session)) == 0) {
			t->is_amid = 0;
			return 1;
		}
		if (is_for_later(r))
			return 0;
		if (gnutls_error_is_fatal(r))
			break;
	}
	if (!t->is_broken)
		(void)gnutls_alert_send_appropriate(t->session, r);
	t->is_broken = 1;
	return -1;
}

int
tls_shake(struct tls *t)
{
	int r = shake(t);

	(void)tls_flush(t);
	return r;
}

/* ---- reading and writing */

int
tls_has_kept(const struct tls *t)
{
	return t->is_amid || gnutls_record_check_pending(t->session) > 0;
}

int
tls_has_ended(const struct tls *t)
{
	return t->has_ended;
}

/* As recv(2) says it. */
static ssize_t
ended(struct tls *t, ssize_t r)
{
	t->has_ended = 1;
	t->is_amid = 0;
	if (r == 0 || r == GNUTLS_E_PREMATURE_TERMINATION)
		return 0;
	/* a second handshake is one of these: there is none */
	if (r == GNUTLS_E_REHANDSHAKE)
		(void)gnutls_alert_send(
		    t->session, GNUTLS_AL_FATAL, GNUTLS_A_NO_RENEGOTIATION);
	(void)tls_flush(t); /* and what GnuTLS had to say itself */
	t->is_broken = 1;
	errno = ECONNRESET;
	return -1;
}

ssize_t
tls_read(struct tls *t, void *buf, size_t size)
{
	ssize_t r = GNUTLS_E_REHANDSHAKE;
	int i;

	(void)tls_flush(t);
	if (t->is_broken) {
		errno = ECONNRESET;
		return -1;
	}
	if (t->has_ended)
		return 0;
	for (i = 0; i < WARNINGS_MAX; i++) {
		r = gnutls_record_recv(t->session, buf, size);
		if (r > 0) {
			t->is_amid = 0;
			return r;
		}
		if (is_for_later(r)) {
			errno = EAGAIN;
			return -1;
		}
		if (r != GNUTLS_E_WARNING_ALERT_RECEIVED)
			break;
	}
	return ended(t, r);
}

static size_t
gather(char *to, const struct iovec *iov, size_t n)
{
	size_t i, len, have = 0;

	for (i = 0; i < n && have < RECORD_MAX; i++) {
		len = iov[i].iov_len;
		if (len > RECORD_MAX - have)
			len = RECORD_MAX - have;
		memcpy(to + have, iov[i].iov_base, len);
		have += len;
	}
	return have;
}

/* A record, or the rest of the one before: 0, or -1 and errno. */
static int
write_record(struct tls *t, const char *text, size_t len)
{
	ssize_t r;

	t->is_writing = 1;
	r = t->is_flying ? gnutls_record_send(t->session, NULL, 0)
			 : gnutls_record_send(t->session, text, len);
	t->is_writing = 0;
	t->is_flying = is_for_later(r);
	if (t->is_flying) {
		errno = EAGAIN;
		return -1;
	}
	if (r < 0) {
		t->is_broken = 1;
		errno = ECONNRESET;
		return -1;
	}
	t->taken = (size_t)r;
	return 0;
}

/*
 * What GnuTLS has taken is only told when it has left: until then whoever
 * writes comes again with the same bytes, as many as it likes of them.
 */
ssize_t
tls_write(struct tls *t, const struct iovec *iov, size_t n)
{
	static char text[RECORD_MAX];
	size_t len = gather(text, iov, n);

	if (t->is_broken || t->is_over) {
		errno = EPIPE;
		return -1;
	}
	if (len == 0)
		return 0;
	if (t->taken == 0 && write_record(t, text, len) == -1)
		return -1;
	if (len > t->taken)
		len = t->taken;
	t->taken -= len;
	return (ssize_t)len;
}
