/* SPDX-License-Identifier: ISC */
/*
 * The certificate and the key of the API, in PEM.  The files are whoever starts
 * toxid's, and so is what is in them: it is read once, and wiped.
 */

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "pair.h"
#include "payload.h"
#include "text_put.h"
#include "tls.h"

#define FILE_SIZE_MAX ((size_t)256 * 1024)
#define CHAIN_MAX 16U /* certificates */

static void
set_fault(struct tls_fault *f, enum pair_what what, const char *why)
{
	f->what = what;
	text_put(f->why, sizeof(f->why), why);
}

/* ---- files */

static void
wipe(gnutls_datum_t *d)
{
	if (d->data != NULL)
		explicit_bzero(d->data, FILE_SIZE_MAX);
	free(d->data);
	d->data = NULL;
}

/* From its beginning, wherever others have come to: 0, or -1 and errno. */
static int
read_all(int fd, gnutls_datum_t *d)
{
	size_t have = 0;
	ssize_t n;

	if ((d->data = calloc(1, FILE_SIZE_MAX)) == NULL)
		fatal("%s", __func__);
	while ((n = pread(
		    fd, d->data + have, FILE_SIZE_MAX - have, (off_t)have)) > 0)
		have += (size_t)n;
	d->size = (unsigned int)have;
	if (n == 0 && have < FILE_SIZE_MAX)
		return 0;
	if (n == 0)
		errno = EFBIG;
	wipe(d);
	return -1;
}

/* ---- what is in them */

/* A chain that somebody can check: in PEM, and not too long. */
static int
look_at_certificate(const gnutls_datum_t *text, int64_t *expires)
{
	gnutls_x509_crt_t chain[CHAIN_MAX];
	unsigned int i, n = CHAIN_MAX;
	int r = gnutls_x509_crt_list_import(chain, &n, text,
	    GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);

	if (r > 0)
		*expires = gnutls_x509_crt_get_expiration_time(chain[0]);
	for (i = 0; r > 0 && i < n; i++)
		gnutls_x509_crt_deinit(chain[i]);
	return r < 0 ? r : 0;
}

/* One with a password has nobody who knows it. */
static int
look_at_key(const gnutls_datum_t *text)
{
	gnutls_x509_privkey_t key;
	int r;

	if ((r = gnutls_x509_privkey_init(&key)) < 0)
		return r;
	r = gnutls_x509_privkey_import2(
	    key, text, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN);
	gnutls_x509_privkey_deinit(key);
	return r;
}

/* Do they belong together?  GnuTLS sees to that. */
static int
join(struct pair *p, const gnutls_datum_t *certificate,
    const gnutls_datum_t *key, struct tls_fault *f)
{
	int r;

	if ((r = look_at_certificate(certificate, &p->expires)) < 0)
		f->what = PAIR_CERTIFICATE;
	else if ((r = look_at_key(key)) < 0)
		f->what = PAIR_KEY;
	else if ((r = gnutls_certificate_set_x509_key_mem2(p->credentials,
		      certificate, key, GNUTLS_X509_FMT_PEM, NULL,
		      GNUTLS_PKCS_PLAIN)) < 0)
		f->what = PAIR_BOTH;
	if (r < 0)
		set_fault(f, (enum pair_what)f->what,
		    r == GNUTLS_E_DECRYPTION_FAILED
			? "it has a password, which nobody could type"
			: gnutls_strerror(r));
	return r < 0 ? -1 : 0;
}

static struct pair *
pair_new(const gnutls_datum_t *certificate, const gnutls_datum_t *key,
    struct tls_fault *f)
{
	struct pair *p;

	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    gnutls_certificate_allocate_credentials(&p->credentials) < 0)
		fatal("%s", __func__);
	p->users = 1;
	if (join(p, certificate, key, f) == 0)
		return p;
	pair_drop(p);
	return NULL;
}

struct pair *
pair_read(int certificate, int key, struct tls_fault *f)
{
	gnutls_datum_t c = { 0 }, k = { 0 };
	struct pair *p = NULL;

	f->what = PAIR_GOOD;
	if (read_all(certificate, &c) == -1)
		set_fault(f, PAIR_CERTIFICATE, strerror(errno));
	else if (read_all(key, &k) == -1)
		set_fault(f, PAIR_KEY, strerror(errno));
	else
		p = pair_new(&c, &k, f);
	wipe(&c);
	wipe(&k);
	return p;
}

/* ---- whose it is */

struct pair *
pair_take(struct pair *p)
{
	p->users++;
	return p;
}

void
pair_drop(struct pair *p)
{
	if (p == NULL || --p->users > 0)
		return;
	gnutls_certificate_free_credentials(p->credentials);
	free(p);
}
