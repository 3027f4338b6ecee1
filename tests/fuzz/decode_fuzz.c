/* SPDX-License-Identifier: ISC */
/*
 * A request's body through each decoder: refused with a status and a reason, or
 * a struct that ctld would take, and that is shown as JSON.
 */

#include <stdlib.h>
#include <string.h>

#include "documents.h"
#include "fuzz.h"
#include "lease.h"
#include "numbers.h"

static struct proxy on; /* whose toxics' names are taken */
static struct toxic_spec taken_spec = { .name = "taken", .toxicity = 1 };
static struct toxic taken = { .spec = &taken_spec };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	TAILQ_INIT(&on.toxics[STREAM_UPSTREAM]);
	TAILQ_INIT(&on.toxics[STREAM_DOWNSTREAM]);
	TAILQ_INSERT_TAIL(&on.toxics[STREAM_UPSTREAM], &taken, entry);
	json_object_seed(1);
	return 0;
}

/* As its receiver would. */
#define crosses(type_, p)                                   \
	do {                                                \
		struct msg m = { .type = type_, .fd = -1 }; \
                                                            \
		m.len = msg_length(type_, &(p));            \
		memcpy(&m.payload, &(p), m.len);            \
		must(msg_check(&m) == 0);                   \
	} while (0)

static void
check_failure(const struct failure *f)
{
	must(f->status == 400 || f->status == 409);
	must(f->text[0] != '\0');
	must(strnlen(f->text, sizeof(f->text)) < sizeof(f->text));
}

/* What it is shown as, and is it JSON? */
static json_t *
shown(const struct toxic_spec *spec)
{
	struct writer w;
	json_t *json;

	writer_open(&w);
	encode_toxic(w.f, spec);
	writer_finish(&w);
	numbers_replace_large(w.text); /* as of any body */
	json = json_loads(w.text, 0, NULL);
	must(json != NULL);
	free(w.text);
	return json;
}

/* A toxic that is decoded from how it is shown is the same. */
static void
check_toxic(const struct toxic_spec *spec)
{
	struct proxy none = { .text = NULL };
	struct toxic_spec again;
	struct failure f;
	json_t *json = shown(spec);

	crosses(MSG_RELAY_TOXIC_ADD, *spec);
	TAILQ_INIT(&none.toxics[STREAM_UPSTREAM]);
	TAILQ_INIT(&none.toxics[STREAM_DOWNSTREAM]);
	must(decode_toxic(&again, &none, json, &f) == 0);
	must(again.toxicity == spec->toxicity); /* 0 may have been -0 */
	again.toxicity = spec->toxicity;
	must(lease_may_be_asked(spec->lease)); /* shown is when one ends */
	again.lease = spec->lease;
	must(toxic_spec_size(&again) == toxic_spec_size(spec));
	must(memcmp(&again, spec, toxic_spec_size(spec)) == 0);
	json_decref(json);
}

static void
check_entry(const struct proxy_entry *e)
{
	struct proxy_create create = { .spec = e->spec };
	size_t i;

	create.ntoxics = (uint32_t)e->ntoxics;
	must(e->spec.key.name[0] != '\0' && e->spec.upstream.text[0] != '\0');
	crosses(MSG_PROXY_CREATE, create);
	for (i = 0; i < e->ntoxics; i++)
		check_toxic(e->toxics[i]);
}

/* ---- the decoders: 0, or -1 and why */

static int
try_proxy(json_t *json, struct failure *f)
{
	struct proxy_entry entry;

	if (decode_proxy(&entry, json, f) == -1)
		return -1;
	check_entry(&entry);
	proxy_entry_free(&entry);
	return 0;
}

static int
try_proxy_update(json_t *json, struct failure *f)
{
	struct proxy_update update = { .has_listen = 0 };

	if (decode_proxy_update(&update, json, f) == -1)
		return -1;
	crosses(MSG_PROXY_UPDATE, update);
	return 0;
}

static int
try_toxic(json_t *json, struct failure *f)
{
	struct toxic_spec spec;

	if (decode_toxic(&spec, &on, json, f) == -1)
		return -1;
	must(strcmp(spec.name, "taken") != 0);
	must(toxic_schema((enum toxic_kind)spec.kind)->whose != OF_DEBUG ||
	    (apid.flags & SETUP_DEBUG_TOXICS) != 0);
	check_toxic(&spec);
	return 0;
}

static int
try_toxic_update(json_t *json, struct failure *f)
{
	static const struct toxic_spec was = { .name = "t",
		.kind = TOXIC_SLICER,
		.toxicity = 1,
		.values = { { 10 }, { 5 }, { 1 } } };
	struct toxic_update update = { .values_given = 0 };

	if (decode_toxic_update(&update, &was, json, f) == -1)
		return -1;
	crosses(MSG_TOXIC_UPDATE, update);
	return 0;
}

static int
try_populate(json_t *json, struct failure *f)
{
	struct proxy_entry *entries;
	size_t i, n;

	if (decode_populate(&entries, &n, json, f) == -1)
		return -1;
	for (i = 0; i < n; i++)
		check_entry(&entries[i]);
	proxy_entries_free(entries, n);
	return 0;
}

static int (*const decoders[])(json_t *, struct failure *) = { try_proxy,
	try_proxy_update, try_toxic, try_toxic_update, try_populate };

/* ---- a document */

static struct document *
document_of(const char *body, size_t len, struct failure *f)
{
	struct document *d = calloc(1, sizeof(*d));

	must(d != NULL);
	d->may_say_tenants = 1;
	if (doc_read(d, body, len, f) == -1) {
		doc_free(d);
		return NULL;
	}
	while (doc_next(d))
		continue;
	return d;
}

static void
check_faults(struct document *d)
{
	struct writer w;
	json_t *json;

	must(d->faults.status == 400 && d->faults.first[0] != '\0');
	writer_open(&w);
	fputs("{\"x\":0", w.f);
	encode_desired_faults(w.f, &d->faults);
	fputc('}', w.f);
	writer_finish(&w);
	must((json = json_loads(w.text, 0, NULL)) != NULL);
	must(json_array_size(json_object_get(json, "faults")) > 0);
	json_decref(json);
	free(w.text);
}

static void
check_items(const struct document *d)
{
	uint32_t i;

	for (i = 0; i < d->put.nproxies; i++) {
		check_entry(&d->proxies[i]);
		must(doc_item(d, 0, i).list != NULL);
	}
	for (i = 0; i < d->put.nscenarios; i++) {
		crosses(MSG_DESIRED_SCENARIO, d->scenarios[i].scenario->spec);
		must(doc_item(d, 1, i).list != NULL);
	}
}

/* What is got may be put again, and is the same then. */
static void
try_document(const char *body, size_t len)
{
	struct document *d, *again;
	struct failure f = { .status = 0 };

	if ((d = document_of(body, len, &f)) == NULL) {
		check_failure(&f);
		return;
	}
	if (d->faults.n > 0) {
		check_faults(d);
		doc_free(d);
		return;
	}
	check_items(d);
	if (doc_finish(d) == 0) {
		again = document_of(d->written.text, d->put.size, &f);
		must(again != NULL && again->faults.n == 0);
		must(doc_finish(again) == 0);
		must(strcmp(again->written.text, d->written.text) == 0);
		doc_free(again);
	}
	doc_free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t how = input_byte(&in);
	char *body = malloc(in.size + 1); /* its end is seen by ASan */
	struct failure f = { .status = 0 };
	size_t len = in.size;
	json_t *json;

	must(body != NULL);
	body = realloc(body, len > 0 ? len : 1);
	input_bytes(&in, body, len);
	apid.flags = (how & 0x80) != 0 ? SETUP_DEBUG_TOXICS : 0;
	if ((how & 0x7f) == 0x7f) {
		try_document(body, len);
	} else if (decode_body(&json, body, len, &f) == -1) {
		check_failure(&f);
	} else {
		if (decoders[(how & 0x7f) % 5](json, &f) == -1)
			check_failure(&f);
		json_decref(json);
	}
	free(body);
	return 0;
}
