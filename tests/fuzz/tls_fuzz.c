/* SPDX-License-Identifier: ISC */
/*
 * What is in front of HTTP: bytes of somebody who does not speak TLS, or badly;
 * or requests of one who does, in records of any size, as test_framing.py has
 * them.  Each connection comes to an end, and no descriptor is left.
 */

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apid.h"
#include "handshake.h"
#include "packet.h"
#include "served.h"
#include "tls.h"

#define KEY_BITS GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)

static int listener;
static gnutls_certificate_credentials_t trust; /* whoever it is */

/* ---- a certificate of our own */

static int
file_of(const gnutls_datum_t *text)
{
	int fd = memfd_create("pem", MFD_CLOEXEC);

	must(write(fd, text->data, text->size) == (ssize_t)text->size);
	return fd;
}

static void
certify(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	must(gnutls_x509_crt_set_version(crt, 3) == 0);
	must(gnutls_x509_crt_set_serial(crt, "\1", 1) == 0);
	must(gnutls_x509_crt_set_activation_time(crt, 0) == 0);
	must(gnutls_x509_crt_set_expiration_time(crt, 2000000000) == 0);
	must(gnutls_x509_crt_set_key(crt, key) == 0);
	must(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) == 0);
}

static void
load(void)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t c, k;
	struct tls_fault f;

	must(gnutls_x509_privkey_init(&key) == 0);
	must(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, KEY_BITS, 0) ==
	    0);
	must(gnutls_x509_crt_init(&crt) == 0);
	certify(crt, key);
	must(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &c) == 0);
	must(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &k) == 0);
	must(tls_load(file_of(&c), file_of(&k), &f) == 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	gnutls_free(c.data);
	gnutls_free(k.data);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);
	must(gnutls_certificate_allocate_credentials(&trust) == 0);
	apid.flags = SETUP_TLS;
	http_open();
	load();
	listener = served_open();
	return 0;
}

/* ---- who does not speak it */

static void
speak_badly(int fd, struct input *in, size_t piece)
{
	static char rubbish[65536];
	ssize_t n;
	int i;

	for (i = 0; i < TURNS_MAX && in->size > 0; i++) {
		n = send(fd, in->data, piece < in->size ? piece : in->size,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			in->data += n;
			in->size -= (size_t)n;
		}
		served_turn();
		(void)recv(fd, rubbish, sizeof(rubbish), MSG_DONTWAIT);
	}
}

/* ---- who does */

static gnutls_session_t
client_open(int fd)
{
	gnutls_session_t s;
	int i, r = GNUTLS_E_AGAIN;

	must(gnutls_init(&s, GNUTLS_CLIENT | GNUTLS_NONBLOCK) == 0);
	must(gnutls_set_default_priority(s) == 0);
	must(gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, trust) == 0);
	gnutls_transport_set_int(s, fd);
	for (i = 0; i < TURNS_MAX && r == GNUTLS_E_AGAIN; i++) {
		r = gnutls_handshake(s);
		served_turn();
	}
	must(r == 0);
	return s;
}

/* What it hears is HTTP, or an end that was said. */
static void
hear(gnutls_session_t s, size_t *heard)
{
	static char reply[65536];
	ssize_t n = gnutls_record_recv(s, reply, sizeof(reply));

	if (n > 0 && *heard == 0)
		must(n < 7 || memcmp(reply, "HTTP/1.", 7) == 0);
	if (n > 0)
		*heard += (size_t)n;
}

static void
speak_well(int fd, struct input *in, size_t piece)
{
	gnutls_session_t s = client_open(fd);
	size_t heard = 0;
	ssize_t n;
	int i;

	for (i = 0; i < TURNS_MAX && in->size > 0; i++) {
		n = gnutls_record_send(
		    s, in->data, piece < in->size ? piece : in->size);
		if (n > 0) {
			in->data += n;
			in->size -= (size_t)n;
		} else if (n != GNUTLS_E_AGAIN) {
			break;
		}
		served_turn();
		hear(s, &heard);
	}
	(void)gnutls_bye(s, GNUTLS_SHUT_WR);
	for (i = 0; i < 3; i++) {
		served_turn();
		hear(s, &heard);
	}
	gnutls_deinit(s);
}

/* ---- a connection */

/* By TCP, or so it is told: who comes by the Unix socket speaks no TLS. */
static void
accept_one(void)
{
	static const struct sockaddr_in from = { .sin_family = AF_INET };
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	must(fd != -1);
	handshake_begin(fd, (const struct sockaddr *)&from);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t how = input_byte(&in);
	size_t piece = 1 + (how >> 2) * (size_t)37;
	int fd;

	served_begin(MODEL_OBEYS, 0);
	fd = packet_connect(listener);
	must(fd != -1);
	accept_one();
	if ((how & 1) != 0)
		speak_well(fd, &in, piece);
	else
		speak_badly(fd, &in, piece);
	shutdown(fd, SHUT_WR);
	served_turn();
	served_end(fd);
	return 0;
}
