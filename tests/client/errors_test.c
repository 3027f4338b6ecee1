/* SPDX-License-Identifier: ISC */
/*
 * Servers that are none, or behave badly (fake.py), and calls that make no
 * sense: what each half of the library says of them.
 */

#include <event2/event.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <toxi_event.h>
#include <unistd.h>

#include "rig.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static void
keep_error(const struct toxi_reply *reply, void *arg)
{
	struct toxi_error *kept = arg;

	cr_assert_neq(reply->error, NULL);
	*kept = *reply->error;
}

/* The two halves say the same of a version that can't be had. */
static void
ask(const struct toxi_options *options)
{
	struct event_base *base = event_base_new();
	struct toxi_event *event = toxi_event_new(base, options, &err);
	struct toxi *toxi = toxi_new(options, &err);
	struct toxi_error other = { .code = TOXI_OK };

	cr_assert_neq(toxi, NULL, "%s", err.text);
	cr_assert_neq(event, NULL, "%s", err.text);
	toxi_event_version(event, keep_error, &other);
	event_base_dispatch(base);
	cr_expect_eq(toxi_version(toxi, NULL, &err), -1);
	cr_expect_eq(err.code, other.code, "%s, %s", err.text, other.text);
	cr_expect_eq(err.status, other.status);
	cr_expect_str_eq(err.call, "toxi_version");
	cr_expect_str_eq(other.call, "toxi_version");
	toxi_free(toxi);
	toxi_event_free(event);
	event_base_free(base);
}

static const char *
fake(const char *what)
{
	static char url[1024];

	snprintf(url, sizeof(url), "%s/%s", given("TOXI_FAKE"), what);
	return url;
}

struct badly {
	const char *what; /* fake.py does */
	enum toxi_code code;
	int status;
	const char *text;
};

static const struct badly servers[] = {
	{ "say/hello", TOXI_ERR_PROTOCOL, 200, "no JSON" },
	{ "say/%7B%7D", TOXI_ERR_PROTOCOL, 200, "no version" },
	{ "status/404/%3Ch1%3ENone%3C%2Fh1%3E%0Aat%20all", TOXI_ERR_HTTP, 404,
	    "<h1>None</h1>" },
	{ "status/500/", TOXI_ERR_HTTP, 500, "status 500 and no reason" },
	{ "status/502/%7B%22error%22%3A%22a%01b%22%7D", TOXI_ERR_HTTP, 502,
	    "{" },
	{ "status/400/%7B%22error%22%3A%22tab%5Ctend%22%7D", TOXI_ERR_HTTP, 400,
	    "tab end" },
	{ "status/302/", TOXI_ERR_HTTP, 302, "status 302" },
	{ "cut", TOXI_ERR_TRANSPORT, 0, "" },
	{ "drop", TOXI_ERR_TRANSPORT, 0, "" },
	{ "ssh", TOXI_ERR_PROTOCOL, 0, "" },
	{ "huge", TOXI_ERR_PROTOCOL, 0, "too long" },
	{ "hang", TOXI_ERR_TIMEOUT, 0, "" },
};

Test(errors, servers_that_behave_badly)
{
	struct toxi_options options = { 0 };
	const struct badly *b;

	for (b = servers; b < servers + nitems(servers); b++) {
		options.url = fake(b->what);
		options.timeout_ms = b->code == TOXI_ERR_TIMEOUT ? 300 : 0;
		ask(&options);
		cr_expect_eq(err.code, b->code, "%s: %s: %s", b->what,
		    toxi_code_name(err.code), err.text);
		cr_expect_eq(err.status, b->status);
		cr_expect_neq(strstr(err.text, b->text), NULL, "%s: %s",
		    b->what, err.text);
	}
}

Test(errors, nobody_is_there)
{
	struct toxi_options options = { .url = nobody() };

	ask(&options);
	cr_expect_eq(err.code, TOXI_ERR_CONNECT, "%s", err.text);
	cr_expect_neq(err.error_number, 0);
	options.unix_socket = "/nonexistent/socket";
	ask(&options);
	cr_expect_eq(err.code, TOXI_ERR_CONNECT, "%s", err.text);
	options.unix_socket = NULL;
	options.url = "unix:/nonexistent/socket";
	ask(&options);
	cr_expect_eq(err.code, TOXI_ERR_CONNECT, "%s", err.text);
	options.url = nobody();
	options.http_proxy = nobody();
	ask(&options);
	cr_expect_eq(err.code, TOXI_ERR_CONNECT, "%s", err.text);
}

/* ---- answers that are JSON, but not those of a Toxiproxy */

#define TOXIC "{\"name\":\"t\",\"type\":\"noop\",\"stream\":\"upstream\","

static const char *const toxics[] = {
	"[]",
	"{}",
	TOXIC "\"attributes\":{}}",
	TOXIC "\"toxicity\":\"1\",\"attributes\":{}}",
	"{\"name\":\"t\",\"type\":\"noop\",\"stream\":\"up\",\"toxicity\":1}",
	"{\"name\":1,\"type\":\"noop\",\"stream\":\"upstream\",\"toxicity\":1}",
	TOXIC "\"toxicity\":1,\"attributes\":{\"1\":1,\"2\":1,\"3\":1,\"4\":1,"
	      "\"5\":1,\"6\":1,\"7\":1,\"8\":1,\"9\":1}}",
};

static const char *const proxies[] = {
	"null",
	"{\"name\":\"p\",\"listen\":\"l:1\",\"enabled\":true}",
	"{\"name\":\"p\",\"listen\":\"l:1\",\"upstream\":\"u:1\"}",
	"{\"name\":\"p\",\"listen\":\"l:1\",\"upstream\":\"u:1\","
	"\"enabled\":1}",
	"{\"name\":\"p\",\"listen\":\"l:1\",\"upstream\":\"u:1\","
	"\"enabled\":true,\"toxics\":[7]}",
	"{\"name\":\"p\",\"listen\":\"l:1\",\"upstream\":\"u:1\","
	"\"enabled\":true,\"toxics\":[],\"connect\":\"x\"}",
	"{\"name\":\"p\\u0000\",\"listen\":\"l:1\",\"upstream\":\"u:1\","
	"\"enabled\":true}",
};

/* A client of a server that says this to everything. */
static struct toxi *
client_of(const char *before, const char *json, const char *after)
{
	char url[1024], path[512], *p = path;
	struct toxi_options options = { .url = url };
	struct toxi *toxi;
	char body[256];

	snprintf(body, sizeof(body), "%s%s%s", before, json, after);
	for (json = body; *json != '\0'; json++)
		p += sprintf(p, "%%%02X", (unsigned char)*json);
	snprintf(url, sizeof(url), "%s/say/%s", given("TOXI_FAKE"), path);
	cr_assert_neq(toxi = toxi_new(&options, &err), NULL);
	return toxi;
}

Test(errors, answers_that_are_none)
{
	struct toxi_proxy *proxy;
	struct toxi_proxies *list;
	struct toxi_toxic *toxic;
	struct toxi_toxics *chain;
	struct toxi *toxi;
	size_t i;

	for (i = 0; i < nitems(toxics); i++) {
		toxi = client_of("", toxics[i], "");
		FAILS(toxi_toxic_get(toxi, "p", "t", &toxic, &err),
		    TOXI_ERR_PROTOCOL);
		cr_expect_eq(toxic, NULL);
		toxi_free(toxi);
		toxi = client_of("[", toxics[i], "]");
		FAILS(toxi_toxic_list(toxi, "p", &chain, &err),
		    TOXI_ERR_PROTOCOL);
		cr_expect_eq(chain, NULL);
		toxi_free(toxi);
	}
	for (i = 0; i < nitems(proxies); i++) {
		toxi = client_of("", proxies[i], "");
		FAILS(
		    toxi_proxy_get(toxi, "p", &proxy, &err), TOXI_ERR_PROTOCOL);
		cr_expect_eq(proxy, NULL);
		toxi_free(toxi);
		toxi = client_of("{\"p\":", proxies[i], "}");
		FAILS(toxi_proxy_list(toxi, &list, &err), TOXI_ERR_PROTOCOL);
		cr_expect_eq(list, NULL);
		toxi_free(toxi);
	}
}

/* Toxics that do not exist yet: nothing of them is lost. */
Test(errors, attributes_that_are_no_integers)
{
	struct toxi *toxi = client_of("",
	    TOXIC "\"toxicity\":1,\"attributes\":{\"a\":0.5,\"b\":\"x\","
		  "\"c\":[1],\"d\":4,\"e\":[1,\"x\"],\"f\":{\"g\":1}}}",
	    "");
	struct toxi_toxic *toxic;

	MUST(toxi_toxic_get(toxi, "p", "t", &toxic, &err));
	cr_expect_str_eq(toxic->attributes[0].json, "0.5");
	cr_expect_str_eq(toxic->attributes[1].json, "\"x\"");
	cr_expect_str_eq(toxic->attributes[2].json, "[1]");
	cr_expect_eq(toxic->attributes[3].json, NULL);
	cr_expect_eq(toxic->attributes[3].value, 4);
	cr_expect_eq(toxic->attributes[4].kind, TOXI_JSON);
	cr_expect_str_eq(toxic->attributes[4].json, "[1,\"x\"]");
	cr_expect_eq(toxic->attributes[5].kind, TOXI_JSON);
	cr_expect_str_eq(toxic->attributes[5].json, "{\"g\":1}");
	toxi_toxic_free(toxic);
	toxi_free(toxi);
}

Test(errors, versions_that_are_no_json)
{
	struct toxi *toxi = client_of("", "2.1.4", "");
	char *version;

	MUST(toxi_version(toxi, &version, &err));
	cr_expect_str_eq(version, "2.1.4");
	free(version);
	toxi_free(toxi);
}

/* What is bound to all addresses is reached where the API is. */
Test(errors, where_a_tunnel_is)
{
	static const char *const listens[][3] = {
		{ "[::]:4000", "127.0.0.1", "127.0.0.1:4000" },
		{ "0.0.0.0:4000", "127.0.0.1", "127.0.0.1:4000" },
		{ ":4000", "127.0.0.1", "127.0.0.1:4000" },
		{ "[fe80::1]:4000", "fe80::1", "[fe80::1]:4000" },
		{ "10.1.1.1:4000", "10.1.1.1", "10.1.1.1:4000" },
	};
	struct toxi_tunnel *tunnel;
	struct toxi *toxi;
	size_t i;

	for (i = 0; i < nitems(listens); i++) {
		toxi = client_of("{\"name\":\"t\",\"listen\":\"", listens[i][0],
		    "\",\"upstream\":\"u:1\",\"enabled\":true}");
		tunnel = toxi_tunnel_open(toxi, "u:1", &err);
		cr_assert_neq(tunnel, NULL, "%s", err.text);
		cr_expect_str_eq(toxi_tunnel_host(tunnel), listens[i][1]);
		cr_expect_eq(toxi_tunnel_port(tunnel), 4000);
		cr_expect_str_eq(toxi_tunnel_address(tunnel), listens[i][2]);
		MUST(toxi_tunnel_free(tunnel, &err));
		toxi_free(toxi);
	}
	toxi = client_of("",
	    "{\"name\":\"t\",\"listen\":\"x\",\"upstream\":\"u\",\"enabled\":"
	    "true}",
	    "");
	cr_expect_eq(toxi_tunnel_open(toxi, "u:1", &err), NULL);
	cr_expect_eq(err.code, TOXI_ERR_PROTOCOL);
	toxi_free(toxi);
}

/* Of a server that is elsewhere a tunnel listens on all addresses. */
Test(errors, where_a_tunnel_listens)
{
	static const char *const servers_at[][3] = {
		{ "http://localhost/mirror", "localhost", "localhost:0" },
		{ "http://127.1.2.3/mirror", "localhost", "localhost:0" },
		{ "http://[::1]/mirror", "localhost", "localhost:0" },
		{ "http://nowhere.invalid/mirror", "nowhere.invalid",
		    "nowhere.invalid:0" },
		{ "http://[2001:db8::1]/mirror", "2001:db8::1",
		    "[2001:db8::1]:0" },
	};
	struct toxi_options options = { .http_proxy = given("TOXI_FAKE") };
	struct toxi_tunnel *tunnel;
	struct toxi *toxi;
	size_t i;

	for (i = 0; i < nitems(servers_at); i++) {
		options.url = servers_at[i][0];
		toxi = toxi_new(&options, &err);
		tunnel = toxi_tunnel_open(toxi, "u:1", &err);
		cr_assert_neq(tunnel, NULL, "%s", err.text);
		cr_expect_str_eq(toxi_tunnel_host(tunnel), servers_at[i][1]);
		cr_expect_str_eq(toxi_tunnel_address(tunnel), servers_at[i][2]);
		MUST(toxi_tunnel_free(tunnel, &err));
		toxi_free(toxi);
	}
}

/* It says what could not be taken away, and takes away the rest. */
Test(errors, what_can_not_be_taken_away)
{
	const struct toxi_options options = { .url = fake("stuck") };
	const struct toxi_proxy one = { .name = "one", .upstream = "u:1" };
	struct toxi *toxi = toxi_new(&options, &err);
	struct toxi_session *session = toxi_session_open(toxi, &err);
	struct toxi_tunnel *tunnel = toxi_tunnel_open(toxi, "u:1", &err);

	MUST(toxi_session_proxy(session, &one, NULL, &err));
	MUST(toxi_session_proxy(session, &one, NULL, &err));
	REFUSED(toxi_session_free(session, &err), 500);
	cr_expect_str_eq(err.text, "stuck");
	REFUSED(toxi_tunnel_free(tunnel, &err), 500);
	toxi_free(toxi);
}

/* ---- ways to the server */

static void
get_version(const struct toxi_options *options)
{
	struct toxi *toxi = toxi_new(options, &err);

	cr_assert_neq(toxi, NULL, "%s", err.text);
	cr_expect_eq(
	    toxi_version(toxi, NULL, &err), 0, "%s: %s", err.call, err.text);
	toxi_free(toxi);
}

Test(errors, ways_that_work)
{
	static const char *const headers[] = { "X-Token: sesame", NULL };
	struct toxi_options options = { .url = fake("ok/") };

	get_version(&options);
	options.url = "http://nowhere.invalid/ok";
	options.unix_socket = given("TOXI_FAKE_UNIX");
	get_version(&options);
	options.unix_socket = NULL;
	options.http_proxy = given("TOXI_FAKE");
	get_version(&options);
	options.http_proxy = NULL;
	options.url = fake("token");
	options.headers = headers;
	get_version(&options);
	options.headers = NULL;
	ask(&options);
	cr_expect_eq(err.status, 401);
}

/* What the environment says of proxies is for others. */
Test(errors, the_environment_is_not_asked)
{
	const struct toxi_options options = { .url = fake("ok") };

	setenv("http_proxy", nobody(), 1);
	setenv("all_proxy", nobody(), 1);
	get_version(&options);
}

Test(errors, tls)
{
	struct toxi_options options = { .url = given("TOXI_FAKE_TLS") };

	ask(&options); /* a certificate that nobody knows */
	cr_expect_eq(err.code, TOXI_ERR_CONNECT, "%s", err.text);
	options.ca_file = "/nonexistent";
	ask(&options);
	cr_expect_eq(err.code, TOXI_ERR_CONNECT, "%s", err.text);
	options.ca_file = given("TOXI_CERT");
	ask(&options); /* that wants one of ours */
	cr_expect(
	    err.code == TOXI_ERR_CONNECT || err.code == TOXI_ERR_TRANSPORT,
	    "%s", err.text);
	options.cert_file = given("TOXI_CERT");
	options.key_file = given("TOXI_KEY");
	get_version(&options);
	options.ca_file = NULL;
	options.insecure = 1;
	get_version(&options);
}

/* A TLS library writes to what is closed: the program does not die of it. */
Test(errors, sigpipe)
{
	struct toxi_options options = { .url = given("TOXI_FAKE_TLS"),
		.ca_file = given("TOXI_CERT"),
		.cert_file = given("TOXI_CERT"),
		.key_file = given("TOXI_KEY") };
	struct toxi *toxi = toxi_new(&options, &err);
	sigset_t pending;
	int i;

	signal(SIGPIPE, SIG_DFL);
	for (i = 0; i < 3; i++) {
		MUST(toxi_version(toxi, NULL, &err));
		usleep(50000); /* meanwhile it closes */
	}
	toxi_free(toxi);
	sigpending(&pending);
	cr_expect_not(sigismember(&pending, SIGPIPE));
}

/* ---- calls that make no sense */

Test(errors, clients_that_make_no_sense)
{
	static const char *const urls[] = { "ftp://localhost", "http://",
		"http://local host", "http://localhost:99999", "" };
	static const char *const headers[] = { "A: b\r\nC: d", NULL };
	struct toxi_options options = { 0 };
	struct event_base *base = event_base_new();
	size_t i;

	for (i = 0; i < nitems(urls); i++) {
		options.url = urls[i];
		cr_expect_eq(toxi_new(&options, &err), NULL, "%s", urls[i]);
		cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
		cr_expect_str_eq(err.call, "toxi_new");
		cr_expect_eq(toxi_event_new(base, &options, &err), NULL);
		cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
		cr_expect_str_eq(err.call, "toxi_event_new");
	}
	options = (struct toxi_options){ .timeout_ms = -1 };
	cr_expect_eq(toxi_new(&options, &err), NULL);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	options = (struct toxi_options){ .headers = headers };
	cr_expect_eq(toxi_new(&options, NULL), NULL);
	cr_expect_eq(toxi_event_new(NULL, NULL, &err), NULL);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	event_base_free(base);
	toxi_free(NULL);
	toxi_event_free(NULL);
}

static struct toxi_toxic
with_attributes(int n)
{
	struct toxi_toxic toxic = toxi_toxic("noop");

	while (n-- > 0)
		toxic = toxi_attribute(toxic, "a", n);
	return toxic;
}

#define SENSELESS(asked) FAILS(asked, TOXI_ERR_ARGUMENT)

Test(errors, toxics_that_make_no_sense)
{
	const struct toxi_options options = { .url = nobody() };
	struct toxi *toxi = toxi_new(&options, &err);
	struct toxi_toxic latency = toxi_latency(1, 0);
	struct toxi_toxic odd = toxi_toxic("noop");

	SENSELESS(toxi_toxic_add(NULL, "p", latency, NULL, &err));
	SENSELESS(toxi_toxic_add(toxi, NULL, latency, NULL, &err));
	SENSELESS(toxi_toxic_add(toxi, "", latency, NULL, &err));
	SENSELESS(
	    toxi_toxic_add(toxi, "p", (struct toxi_toxic){ 0 }, NULL, &err));
	SENSELESS(toxi_toxic_add(toxi, "p", with_attributes(9), NULL, &err));
	SENSELESS(
	    toxi_toxic_add(toxi, "p", toxi_toxicity(latency, NAN), NULL, &err));
	SENSELESS(toxi_toxic_add(
	    toxi, "p", toxi_toxicity(latency, TOXI_KEEP), NULL, &err));
	SENSELESS(
	    toxi_toxic_add(toxi, "p", toxi_named(latency, "\xff"), NULL, &err));
	SENSELESS(toxi_toxic_add(
	    toxi, "p", toxi_attribute(odd, "\xff", 1), NULL, &err));
	SENSELESS(toxi_toxic_add(
	    toxi, "p", toxi_attribute_json(odd, "a", "{"), NULL, &err));
	SENSELESS(toxi_toxic_get(toxi, "p", NULL, NULL, &err));
	SENSELESS(toxi_toxic_list(toxi, NULL, NULL, &err));
	SENSELESS(toxi_toxic_remove(toxi, "p", "", &err));
	SENSELESS(
	    toxi_toxic_update(toxi, "p", (struct toxi_toxic){ 0 }, NULL, &err));
	/* As many as there is room for are not too many. */
	FAILS(toxi_toxic_add(toxi, "p", with_attributes(8), NULL, &err),
	    TOXI_ERR_CONNECT);
	toxi_free(toxi);
}

Test(errors, proxies_that_make_no_sense)
{
	const struct toxi_options options = { .url = nobody() };
	struct toxi *toxi = toxi_new(&options, &err);
	struct toxi_proxy p = { .name = "p" };

	SENSELESS(toxi_proxy_create(toxi, &p, NULL, &err));
	SENSELESS(toxi_populate(toxi, TOXI_PROXIES(p), NULL, &err));
	p = (struct toxi_proxy){ .upstream = "u:1" };
	SENSELESS(toxi_proxy_create(toxi, &p, NULL, &err));
	SENSELESS(toxi_proxy_update(toxi, &p, NULL, &err));
	p.name = "\xff";
	SENSELESS(toxi_proxy_create(toxi, &p, NULL, &err));
	p.name = "p";
	p.toxics = TOXI_TOXICS(toxi_latency(1, 0));
	SENSELESS(toxi_proxy_update(toxi, &p, NULL, &err));
	p.toxics = TOXI_TOXICS(with_attributes(9));
	SENSELESS(toxi_proxy_create(toxi, &p, NULL, &err));
	SENSELESS(toxi_proxy_get(toxi, NULL, NULL, &err));
	SENSELESS(toxi_proxy_delete(toxi, "", &err));
	SENSELESS(toxi_version(NULL, NULL, &err));
	toxi_free(toxi);
}

Test(errors, codes_have_names)
{
	int code;

	for (code = TOXI_OK; code <= TOXI_ERR_CANCELLED; code++)
		cr_expect_eq(strncmp(toxi_code_name(code), "TOXI_", 5), 0);
	cr_expect_str_eq(toxi_code_name(TOXI_ERR_HTTP), "TOXI_ERR_HTTP");
	cr_expect_str_eq(toxi_code_name(99), "unknown");
}
