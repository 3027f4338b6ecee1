/* SPDX-License-Identifier: ISC */
/* PUT and DELETE /desired/{source}: all that it is to have, or nothing. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "documents.h"
#include "desired_asked.h"
#include "log.h"
#include "text_put.h"

/* ---- the answer */

static void
show_proxies(FILE *f, const struct document *d)
{
	const char *comma = "";
	uint32_t i;

	for (i = 0; i < d->put.nproxies; i++) {
		if (desired_show_proxy(
			f, comma, &d->proxies[i].spec.key, d->put.of.tenant))
			comma = ",";
	}
}

static void
reply_applied(struct request *r, struct document *d)
{
	const struct desired_done *done = &d->done;
	struct writer w;

	writer_open(&w);
	fprintf(w.f, "{\"source\":\"%s\",\"generation\":", d->put.source);
	encode_string(w.f, d->put.generation);
	fputs(",\"applied_at\":", w.f);
	encode_time_ms(w.f, done->applied_at);
	fputs(",\"proxies\":[", w.f);
	show_proxies(w.f, d);
	fprintf(w.f,
	    "],\"changes\":{\"made\":%" PRIu32 ",\"changed\":%" PRIu32
	    ",\"replaced\":%" PRIu32 ",\"removed\":%" PRIu32
	    ",\"unchanged\":%" PRIu32 "}}\n",
	    done->made, done->changed, done->replaced, done->removed,
	    done->unchanged);
	reply_json(r, 200, &w);
	reply_generation(r, d->put.generation);
}

/* f: why; or the first of the faults says it. */
static void
reply_refused(struct request *r, struct document *d, const struct failure *f)
{
	struct writer w;

	writer_open(&w);
	fputs("{\"error\":", w.f);
	encode_string(w.f, d->faults.n > 0 ? d->faults.first : f->text);
	fprintf(w.f, ",\"status\":%d", f->status);
	if (d->applied.id != 0) {
		fputs(",\"generation\":", w.f);
		encode_string(w.f, d->applied.generation);
	}
	encode_desired_faults(w.f, &d->faults);
	fputs("}\n", w.f);
	reply_json(r, f->status, &w);
}

static int
is_refusal(uint32_t code)
{
	return code == ANSWER_GENERATION || code == ANSWER_OWNED ||
	    code == ANSWER_FAULTS;
}

static void
answered(struct document *d, const struct answer *answer)
{
	struct request *r = d->request;
	struct failure f = { .status = d->faults.status };

	if (answer == NULL) {
		reply_refused(r, d, &f);
	} else if (answer->code == ANSWER_OK && d->put.is_removal) {
		reply_empty(r, 204);
	} else if (answer->code == ANSWER_OK) {
		if (!d->has_done)
			fatalx("%s: nothing is said of it", __func__);
		reply_applied(r, d);
	} else if (is_refusal(answer->code) || d->faults.n > 0) {
		allowance_refused(r->key.tenant, answer);
		answer_failure(answer, &f);
		reply_refused(r, d, &f);
	} else {
		reply_answer(r, answer);
	}
}

/* ---- the request */

static void
work_free(void *work)
{
	doc_forget(work);
}

static void
begin(struct request *r, int is_removal)
{
	struct desired_put put = { .is_removal = (uint8_t)is_removal };
	struct document *d;

	if (!asked_source(r) || !asked_conditions(r, &put))
		return;
	if (strcmp(r->proxy, SOURCE_CONFIG_NAME) == 0) {
		reply_error(r, 409,
		    "the source \"" SOURCE_CONFIG_NAME
		    "\" is the configuration "
		    "file's: change the file, and reload");
		return;
	}
	if ((d = calloc(1, sizeof(*d))) == NULL)
		fatal("%s", __func__);
	memcpy(put.of.tenant, r->key.tenant, sizeof(put.of.tenant));
	text_put(put.source, sizeof(put.source), r->proxy);
	text_put(d->id, sizeof(d->id), r->id);
	d->put = put;
	d->may_say_tenants = request_may_name_tenants(r);
	d->stage = is_removal ? DOCUMENT_IS_READ : DOCUMENT_BEGINS;
	d->answered = answered;
	d->request = r;
	r->work = d;
	r->work_free = work_free;
	doc_send(d);
}

void
document_put(struct request *r)
{
	begin(r, 0);
}

void
document_delete(struct request *r)
{
	begin(r, 1);
}
