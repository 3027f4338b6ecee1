/* SPDX-License-Identifier: ISC */
/* Replies to a request, its number, and its line in the log. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "apid.h"
#include "container_of.h"
#include "log.h"

void
reply_header(struct request *r, const char *name, const char *value)
{
	if (MHD_add_response_header(r->response, name, value) == MHD_NO)
		log_warnx("a header could not be sent: %s", name);
}

static void
reply_bytes(struct request *r, int status, const char *type, void *bytes,
    size_t len, enum MHD_ResponseMemoryMode whose)
{
	r->status = (unsigned int)status;
	r->response_len = len;
	r->response = MHD_create_response_from_buffer(len, bytes, whose);
	if (r->response == NULL)
		fatalx("%s", __func__);
	if (type != NULL)
		reply_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
}

/* text is to be freed, by now or later. */
static void
reply(struct request *r, int status, const char *type, char *text, size_t len)
{
	if (r->response != NULL)
		free(text);
	else
		reply_bytes(r, status, type, text, len, MHD_RESPMEM_MUST_FREE);
}

void
reply_static(struct request *r, int status, const char *type, const void *bytes,
    size_t len)
{
	if (r->response == NULL)
		reply_bytes(r, status, type, (void *)(uintptr_t)bytes, len,
		    MHD_RESPMEM_PERSISTENT);
}

void
reply_typed(struct request *r, int status, const char *type, struct writer *w)
{
	writer_finish(w);
	reply(r, status, type, w->text, w->len);
}

void
reply_json(struct request *r, int status, struct writer *w)
{
	reply_typed(r, status, "application/json", w);
}

enum MHD_Result
reply_no_argument(struct request *r, const char *key)
{
	reply_error(r, 400, "there is no such argument here: %.64s", key);
	return MHD_NO;
}

int
argument_number(const char *text, uint64_t most, uint64_t *n)
{
	const size_t len = text != NULL ? strlen(text) : 0;

	if (len == 0 || len > 19 || strspn(text, "0123456789") != len)
		return -1;
	*n = strtoull(text, NULL, 10);
	return *n <= most ? 0 : -1;
}

void
reply_text(struct request *r, int status, const char *type, const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		fatal("%s", __func__);
	reply(r, status, type, copy, strlen(copy));
}

void
reply_stream(struct request *r, int status, const char *type, size_t block,
    MHD_ContentReaderCallback read, void *arg)
{
	r->status = (unsigned int)status;
	r->is_stream = 1;
	r->response = MHD_create_response_from_callback(
	    MHD_SIZE_UNKNOWN, block, read, arg, NULL);
	if (r->response == NULL)
		fatalx("%s", __func__);
	reply_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
}

void
reply_empty(struct request *r, int status)
{
	reply(r, status, NULL, NULL, 0);
}

void
reply_failure(struct request *r, const struct failure *f)
{
	struct writer w;

	writer_open(&w);
	fputs("{\"error\":", w.f);
	encode_string(w.f, f->text);
	fprintf(w.f, ",\"status\":%d}\n", f->status);
	reply_json(r, f->status, &w);
	reply_header(r, "X-Content-Type-Options", "nosniff");
	if (f->status >= 500)
		log_event(LOG_WARN, "Request failed",
		    LOG_STR("request_id", r->id), LOG_STR("error", f->text));
}

void
reply_error(struct request *r, int status, const char *fmt, ...)
{
	struct failure f = { .status = status };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f.text, sizeof(f.text), fmt, ap);
	va_end(ap);
	reply_failure(r, &f);
}

void
reply_answer(struct request *r, const struct answer *answer)
{
	struct failure f;

	allowance_refused(r->key.tenant, answer);
	answer_failure(answer, &f);
	reply_failure(r, &f);
}

/* ---- what it says, and what was asked for it */

const char *
request_path(const struct request *r)
{
	const char *uri = r->uri, *p;

	if (uri[0] == '/' || (p = strstr(uri, "://")) == NULL)
		return uri;
	p = strchr(p + 3, '/');
	return p != NULL ? p : "/";
}

struct proxy *
request_proxy(struct request *r)
{
	struct proxy *p = replica_by_key(&r->key);

	if (p == NULL)
		reply_error(r, 404, "proxy not found");
	return p;
}

/* A name that is too long is nobody's; only the truth knows the others. */
int
request_names_fit(struct request *r)
{
	if (strlen(r->proxy) > PROXY_NAME_MAX)
		reply_error(r, 404, "proxy not found");
	else if (r->toxic != NULL && strlen(r->toxic) > TOXIC_NAME_MAX)
		reply_error(r, 404, "toxic not found");
	else
		return 1;
	return 0;
}

/* As the original's: of what is not there, nothing else is said. */
void
reply_failure_about(struct request *r, const struct failure *f)
{
	if (request_proxy(r) != NULL)
		reply_failure(r, f);
}

json_t *
request_json(struct request *r)
{
	struct failure f;
	json_t *json;

	if (decode_body(&json, r->body, r->body_len, &f) == 0)
		return json;
	reply_failure(r, &f);
	return NULL;
}

struct request *
request_of(struct ask *a)
{
	return container_of(a, struct request, ask);
}

void
request_answered(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);

	if (answer->code == ANSWER_OK)
		reply_empty(r, 204);
	else
		reply_answer(r, answer);
	request_wake(r);
}

/* ---- its number, and its line in the log */

/* An xid: https://github.com/rs/xid */
struct id {
	uint8_t bytes[12]; /* time 4, host 3, process 2, counter 3 */
};

static struct id
next_id(void)
{
	static struct id id;
	static uint32_t counter;
	uint32_t now = (uint32_t)time(NULL);
	int i;

	if (counter == 0 &&
	    (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id) ||
		getrandom(&counter, sizeof(counter), 0) !=
		    (ssize_t)sizeof(counter)))
		fatal("%s", __func__);
	counter++;
	for (i = 0; i < 4; i++)
		id.bytes[i] = (uint8_t)(now >> (24 - 8 * i));
	for (i = 0; i < 3; i++)
		id.bytes[9 + i] = (uint8_t)(counter >> (16 - 8 * i));
	return id;
}

/* 12 bytes are 96 bits, 5 a letter: the last letter has one bit of its own. */
void
request_make_id(char text[21])
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuv";
	struct id id = next_id();
	unsigned int bit, i, n;

	for (i = 0; i < 20; i++) {
		for (n = 0, bit = 5 * i; bit < 5 * i + 5; bit++) {
			n <<= 1;
			if (bit < 8 * sizeof(id.bytes))
				n |= id.bytes[bit / 8] >> (7 - bit % 8) & 1;
		}
		text[i] = letters[n];
	}
	text[20] = '\0';
}

void
request_peer(const struct request *r, struct address *peer)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	if (info == NULL ||
	    address_from_sockaddr(peer, info->client_addr) == -1)
		*peer = (struct address){ .family = 0 };
}

static const char *
client_text(const struct request *r, char text[ADDRESS_TEXT_MAX])
{
	struct address a;

	request_peer(r, &a);
	return a.family != 0 ? address_text(&a, text) : "";
}

void
request_log(const struct request *r)
{
	char client[ADDRESS_TEXT_MAX];

	if (!log_wants(LOG_DEBUG))
		return;
	log_event(LOG_DEBUG, r->action->name, LOG_STR("request_id", r->id),
	    LOG_STR("client", client_text(r, client)),
	    LOG_STR("method", r->method), LOG_STR("url", r->uri),
	    LOG_STR("user_agent", r->user_agent != NULL ? r->user_agent : ""),
	    LOG_INT("status", r->status),
	    LOG_INT("size", (int64_t)r->response_len),
	    LOG_INT("duration_us", (clock_now() - r->started) / NS_PER_US));
}

void
request_hold(struct request *r)
{
	r->is_suspended = 1;
	client_is_held(r->connection);
	MHD_suspend_connection(r->connection);
}

void
request_wake(struct request *r)
{
	if (!r->is_suspended)
		return;
	r->is_suspended = 0;
	client_goes_on(r->connection);
	MHD_resume_connection(r->connection);
}
