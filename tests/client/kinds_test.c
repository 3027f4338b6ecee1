/* SPDX-License-Identifier: ISC */
/* An attribute of each kind, there and back: of toxid's carry, which has one.
 */

#include <math.h>

#include "rig.h"

static struct toxi *toxi;

static void
open_client(void)
{
	toxi = client();
	if (is_original()) /* it has no toxic like this */
		cr_skip_test("Toxiproxy has integers only");
	make_proxy(toxi, "kinds");
}

static void
close_client(void)
{
	if (!is_original())
		MUST(toxi_proxy_delete(toxi, "kinds", &err));
	toxi_free(toxi);
}

TestSuite(kinds, .init = open_client, .fini = close_client);

static const struct toxi_attribute *
attribute(const struct toxi_toxic *toxic, const char *name)
{
	size_t i;

	for (i = 0; i < TOXI_ATTRIBUTES && toxic->attributes[i].name; i++)
		if (strcmp(toxic->attributes[i].name, name) == 0)
			return &toxic->attributes[i];
	cr_assert_fail("no attribute %s", name);
	return NULL;
}

/* It borrows its lists. */
static struct toxi_toxic
carry(void)
{
	static const int64_t codes[] = { 500, INT64_MAX };
	static const char *const hosts[] = { "a", "", "b" };
	struct toxi_toxic t = toxi_toxic("carry");

	t = toxi_attribute(t, "number", INT64_MIN);
	t = toxi_attribute_fraction(t, "share", 0.1);
	t = toxi_attribute_text(t, "way", "reset");
	t = toxi_attribute_text(t, "note", "\"\xc3\xa4\n");
	t = toxi_attribute_integers(t, "codes", codes, 2);
	return toxi_attribute_texts(t, "hosts", hosts, 3);
}

static void
expect_carried(const struct toxi_toxic *t)
{
	const struct toxi_attribute *a = attribute(t, "number");

	cr_expect(a->kind == TOXI_INTEGER && a->value == INT64_MIN);
	cr_expect(a->fraction == (double)INT64_MIN && a->json == NULL);
	a = attribute(t, "share");
	cr_expect(a->kind == TOXI_FRACTION && a->fraction == 0.1);
	cr_expect_str_eq(a->json, "0.1");
	a = attribute(t, "way");
	cr_expect(a->kind == TOXI_TEXT && strcmp(a->text, "reset") == 0);
	a = attribute(t, "note");
	cr_expect(a->kind == TOXI_TEXT);
	cr_expect_str_eq(a->text, "\"\xc3\xa4\n");
	a = attribute(t, "codes");
	cr_assert(a->kind == TOXI_INTEGERS && a->n == 2);
	cr_expect(a->integers[0] == 500 && a->integers[1] == INT64_MAX);
	a = attribute(t, "hosts");
	cr_assert(a->kind == TOXI_TEXTS && a->n == 3);
	cr_expect_str_eq(a->texts[0], "a");
	cr_expect_str_eq(a->texts[1], "");
	cr_expect_str_eq(a->texts[2], "b");
}

/* What comes back can be given again, as it is. */
Test(kinds, there_and_back)
{
	struct toxi_toxic *added, *again, copy;
	struct toxi_toxics *list;

	MUST(toxi_toxic_add(toxi, "kinds", carry(), &added, &err));
	expect_carried(added);
	copy = toxi_named(*added, "again");
	MUST(toxi_toxic_add(toxi, "kinds", copy, &again, &err));
	expect_carried(again);
	toxi_toxic_free(added);
	toxi_toxic_free(again);
	MUST(toxi_toxic_list(toxi, "kinds", &list, &err));
	cr_assert_eq(list->n, 2);
	expect_carried(&list->list[0]);
	expect_carried(&list->list[1]);
	toxi_toxics_free(list);
}

Test(kinds, builders_of_toxids_own)
{
	struct toxi_toxic *added;

	MUST(toxi_toxic_add(toxi, "kinds", toxi_corrupt(0.25), &added, &err));
	cr_expect_eq(attribute(added, "rate")->fraction, 0.25);
	toxi_toxic_free(added);
	MUST(toxi_toxic_add(toxi, "kinds", toxi_truncate(7), &added, &err));
	cr_expect_eq(attribute(added, "bytes")->value, 7);
	toxi_toxic_free(added);
	MUST(toxi_toxic_add(
	    toxi, "kinds", toxi_close(8, 9, "hang"), &added, &err));
	cr_expect_eq(attribute(added, "after_ms")->value, 8);
	cr_expect_eq(attribute(added, "after_bytes")->value, 9);
	cr_expect_str_eq(attribute(added, "mode")->text, "hang");
	toxi_toxic_free(added);
}

/* It is shown as 18446744073709552000; the integer beside it keeps all bits. */
Test(kinds, a_fraction_that_is_larger_than_any_integer)
{
	static const double shares[] = { 0x1p64, -1e20, 1e19, 1e21, 0x1p63 };
	struct toxi_toxic t = toxi_named(toxi_toxic("carry"), "large");
	const struct toxi_attribute *a;
	struct toxi_toxic *added;
	size_t i;

	t = toxi_attribute(t, "number", INT64_MAX);
	t = toxi_attribute_text(t, "note", "\"18446744073709552000\\");
	MUST(toxi_toxic_add(toxi, "kinds", t, NULL, &err));
	for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		t = toxi_named(toxi_toxic("carry"), "large");
		t = toxi_attribute_fraction(t, "share", shares[i]);
		MUST(toxi_toxic_update(toxi, "kinds", t, &added, &err));
		a = attribute(added, "share");
		cr_expect(a->kind == TOXI_FRACTION && a->fraction == shares[i]);
		a = attribute(added, "number");
		cr_expect(a->kind == TOXI_INTEGER && a->value == INT64_MAX);
		cr_expect_str_eq(
		    attribute(added, "note")->text, "\"18446744073709552000\\");
		toxi_toxic_free(added);
	}
}

Test(kinds, lists_without_anything_in_them)
{
	struct toxi_toxic t = toxi_named(toxi_toxic("carry"), "empty");
	const struct toxi_attribute *a;
	struct toxi_toxic *added;

	t = toxi_attribute_fraction(t, "share", 1);
	t = toxi_attribute_text(t, "note", "");
	t = toxi_attribute_integers(t, "codes", NULL, 0);
	t = toxi_attribute_texts(t, "hosts", NULL, 0);
	MUST(toxi_toxic_add(toxi, "kinds", t, &added, &err));
	a = attribute(added, "share"); /* JSON does not tell 1 from 1.0 */
	cr_expect(a->kind == TOXI_INTEGER && a->fraction == 1);
	cr_expect_str_eq(attribute(added, "note")->text, "");
	cr_expect_eq(attribute(added, "codes")->n, 0);
	cr_expect_eq(attribute(added, "hosts")->n, 0);
	toxi_toxic_free(added);
}

Test(kinds, an_update_changes_what_is_given)
{
	struct toxi_toxic t = toxi_named(carry(), "changed");
	struct toxi_toxic *updated;

	MUST(toxi_toxic_add(toxi, "kinds", t, NULL, &err));
	t = toxi_named(toxi_toxic("carry"), "changed");
	t = toxi_attribute_texts(t, "hosts", TOXI_TEXTS_OF("c"));
	t = toxi_attribute_integers(t, "codes", TOXI_INTEGERS_OF(1, 2, 3));
	MUST(toxi_toxic_update(toxi, "kinds", t, &updated, &err));
	cr_expect_eq(attribute(updated, "hosts")->n, 1);
	cr_expect_eq(attribute(updated, "codes")->n, 3);
	cr_expect_eq(attribute(updated, "codes")->integers[2], 3);
	cr_expect_str_eq(attribute(updated, "way")->text, "reset");
	toxi_toxic_free(updated);
}

Test(kinds, packet_loss)
{
	struct toxi_toxic *added;

	MUST(toxi_toxic_add(
	    toxi, "kinds", toxi_packet_loss(0.25, 0.5), &added, &err));
	cr_expect_eq(attribute(added, "loss_rate")->fraction, 0.25);
	cr_expect_eq(attribute(added, "correlation")->fraction, 0.5);
	toxi_toxic_free(added);
}

#define SENSELESS(attributed)                                        \
	FAILS(toxi_toxic_add(toxi, "kinds", attributed, NULL, &err), \
	    TOXI_ERR_ARGUMENT)

Test(kinds, values_that_are_none)
{
	static const char *const texts[] = { "a", NULL };
	static const char *const broken[] = { "a", "\xff" };
	struct toxi_toxic t = toxi_toxic("carry");

	SENSELESS(toxi_attribute_text(t, "note", NULL));
	SENSELESS(toxi_attribute_text(t, "note", "\xff"));
	cr_expect_str_eq(err.text, "attribute note: it is not UTF-8");
	SENSELESS(toxi_attribute_texts(t, "hosts", texts, 2));
	SENSELESS(toxi_attribute_texts(t, "hosts", broken, 2));
	SENSELESS(toxi_attribute_fraction(t, "share", NAN));
	SENSELESS(toxi_attribute_json(t, "share", NULL));
	REFUSED(toxi_toxic_add(toxi, "kinds",
		    toxi_attribute_text(t, "way", "out"), NULL, &err),
	    400);
	cr_expect_str_eq(err.text,
	    "invalid attribute way: must be one of fin, reset, hang, "
	    "a_word_that_is_longer_than_all_others");
}

/* ---- and on which connections it is */

static const char *const nets[] = { "127.0.0.0/8", "fd00::/8" };
static const struct toxi_select half = { .first = 5,
	.every = 2,
	.offset = 1,
	.after_ms = 1,
	.duration_ms = 60000,
	.clients = nets,
	.n_clients = 2 };

static void
expect_half(const struct toxi_toxic *t)
{
	const struct toxi_select *s = t->select;

	cr_assert_not_null(s);
	cr_expect(s->first == 5 && s->every == 2 && s->offset == 1);
	cr_expect(s->after_ms == 1 && s->duration_ms == 60000);
	cr_assert_eq(s->n_clients, 2);
	cr_expect_str_eq(s->clients[0], nets[0]);
	cr_expect_str_eq(s->clients[1], nets[1]);
}

Test(kinds, a_select_there_and_back_and_away)
{
	static const struct toxi_select none;
	struct toxi_toxic t = toxi_selected(toxi_latency(1, 0), &half);
	struct toxi_proxy *proxy;
	struct toxi_toxic *got;

	MUST(toxi_toxic_add(toxi, "kinds", t, &got, &err));
	expect_half(got);
	toxi_toxic_free(got);
	MUST(toxi_proxy_get(toxi, "kinds", &proxy, &err));
	expect_half(&proxy->toxics.list[0]);
	toxi_proxy_free(proxy);
	t.select = NULL; /* as it is */
	t.name = "latency_downstream";
	MUST(toxi_toxic_update(toxi, "kinds", t, &got, &err));
	expect_half(got);
	toxi_toxic_free(got);
	t.select = &none;
	MUST(toxi_toxic_update(toxi, "kinds", t, &got, &err));
	cr_expect_null(got->select);
	toxi_toxic_free(got);
}

Test(kinds, a_select_that_is_none)
{
	static const char *const none[] = { NULL }, *const bytes[] = { "\xff" };
	struct toxi_select s = { .first = -1 };

	cr_expect_eq(toxi_toxic_add(toxi, "kinds",
			 toxi_selected(toxi_latency(1, 0), &s), NULL, &err),
	    -1);
	cr_expect(err.code == TOXI_ERR_HTTP && err.status == 400);
	cr_expect(strstr(err.text, "select.first") != NULL);
	s = (struct toxi_select){ .clients = none, .n_clients = 1 };
	cr_expect_eq(toxi_toxic_add(toxi, "kinds",
			 toxi_selected(toxi_latency(1, 0), &s), NULL, &err),
	    -1);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	s.clients = bytes;
	cr_expect_eq(toxi_toxic_add(toxi, "kinds",
			 toxi_selected(toxi_latency(1, 0), &s), NULL, &err),
	    -1);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
}

static const struct toxi_wave swell[] = {
	{ .attribute = "latency",
	    .shape = "saw",
	    .period = 60000,
	    .amplitude = 50 },
	{ .attribute = "jitter", .period = 500, .amplitude = 5 },
};

static void
expect_swell(const struct toxi_toxic *t)
{
	const struct toxi_wave *w = t->waves;

	cr_assert_eq(t->n_waves, 2);
	cr_expect_str_eq(w[0].attribute, "latency");
	cr_expect_str_eq(w[0].shape, "saw");
	cr_expect(w[0].period == 60000 && w[0].amplitude == 50);
	cr_expect_str_eq(w[1].attribute, "jitter");
	cr_expect_str_eq(w[1].shape, "sine");
	cr_expect(w[1].period == 500 && w[1].amplitude == 5);
}

Test(kinds, waves_there_and_back_and_away)
{
	struct toxi_toxic t = toxi_waving(toxi_latency(100, 5), swell, 2);
	struct toxi_proxy *proxy;
	struct toxi_toxic *got;

	MUST(toxi_toxic_add(toxi, "kinds", t, &got, &err));
	expect_swell(got);
	toxi_toxic_free(got);
	MUST(toxi_proxy_get(toxi, "kinds", &proxy, &err));
	expect_swell(&proxy->toxics.list[0]);
	toxi_proxy_free(proxy);
	t.name = "latency_downstream";
	t = toxi_waving(t, NULL, 0); /* as they are */
	MUST(toxi_toxic_update(toxi, "kinds", t, &got, &err));
	expect_swell(got);
	toxi_toxic_free(got);
	t = toxi_waving(t, swell, 1);
	MUST(toxi_toxic_update(toxi, "kinds", t, &got, &err));
	cr_assert_eq(got->n_waves, 1);
	cr_expect_str_eq(got->waves[0].attribute, "latency");
	toxi_toxic_free(got);
	t = toxi_waving(t, swell, 0);
	MUST(toxi_toxic_update(toxi, "kinds", t, &got, &err));
	cr_expect(got->waves == NULL && got->n_waves == 0);
	toxi_toxic_free(got);
}

Test(kinds, a_wave_that_is_none)
{
	struct toxi_wave w = {
		.attribute = "latency", .period = 0, .amplitude = 1
	};
	const struct toxi_toxic t = toxi_waving(toxi_latency(1, 0), &w, 1);

	cr_expect_eq(toxi_toxic_add(toxi, "kinds", t, NULL, &err), -1);
	cr_expect(err.code == TOXI_ERR_HTTP && err.status == 400);
	cr_expect(strstr(err.text, "wave.latency.period") != NULL);
	w.period = 1;
	w.shape = "\xff";
	cr_expect_eq(toxi_toxic_add(toxi, "kinds", t, NULL, &err), -1);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	w.shape = NULL;
	w.attribute = "\xff";
	cr_expect_eq(toxi_toxic_add(toxi, "kinds", t, NULL, &err), -1);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	w.attribute = NULL;
	cr_expect_eq(toxi_toxic_add(toxi, "kinds", t, NULL, &err), -1);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
}
