/* SPDX-License-Identifier: ISC */
/* Toxics as data, each kind with its attributes; and a proxy's connect. */

#include "toxi.h"

struct toxi_toxic
toxi_toxic(const char *type)
{
	return (struct toxi_toxic){ .type = type, .toxicity = 1 };
}

static struct toxi_toxic
with_attribute(struct toxi_toxic toxic, struct toxi_attribute attribute)
{
	size_t i;

	for (i = 0; i < TOXI_ATTRIBUTES; i++)
		if (toxic.attributes[i].name == NULL) {
			toxic.attributes[i] = attribute;
			return toxic;
		}
	toxic.type = NULL; /* which every call refuses */
	return toxic;
}

struct toxi_toxic
toxi_attribute(struct toxi_toxic toxic, const char *name, int64_t value)
{
	return with_attribute(
	    toxic, (struct toxi_attribute){ .name = name, .value = value });
}

struct toxi_toxic
toxi_attribute_fraction(struct toxi_toxic toxic, const char *name, double value)
{
	return with_attribute(toxic,
	    (struct toxi_attribute){
		.name = name, .kind = TOXI_FRACTION, .fraction = value });
}

struct toxi_toxic
toxi_attribute_text(struct toxi_toxic toxic, const char *name, const char *text)
{
	return with_attribute(toxic,
	    (struct toxi_attribute){
		.name = name, .kind = TOXI_TEXT, .text = text });
}

struct toxi_toxic
toxi_attribute_integers(
    struct toxi_toxic toxic, const char *name, const int64_t *list, size_t n)
{
	return with_attribute(toxic,
	    (struct toxi_attribute){ .name = name,
		.kind = TOXI_INTEGERS,
		.integers = list,
		.n = n });
}

struct toxi_toxic
toxi_attribute_texts(struct toxi_toxic toxic, const char *name,
    const char *const *list, size_t n)
{
	return with_attribute(toxic,
	    (struct toxi_attribute){
		.name = name, .kind = TOXI_TEXTS, .texts = list, .n = n });
}

struct toxi_toxic
toxi_attribute_json(struct toxi_toxic toxic, const char *name, const char *json)
{
	return with_attribute(toxic,
	    (struct toxi_attribute){
		.name = name, .kind = TOXI_JSON, .json = json });
}

struct toxi_toxic
toxi_latency(int64_t ms, int64_t jitter_ms)
{
	return toxi_attribute(
	    toxi_attribute(toxi_toxic("latency"), "latency", ms), "jitter",
	    jitter_ms);
}

struct toxi_toxic
toxi_bandwidth(int64_t kilobytes_per_second)
{
	return toxi_attribute(
	    toxi_toxic("bandwidth"), "rate", kilobytes_per_second);
}

struct toxi_toxic
toxi_slow_close(int64_t ms)
{
	return toxi_attribute(toxi_toxic("slow_close"), "delay", ms);
}

struct toxi_toxic
toxi_timeout(int64_t ms)
{
	return toxi_attribute(toxi_toxic("timeout"), "timeout", ms);
}

struct toxi_toxic
toxi_reset_peer(int64_t ms)
{
	return toxi_attribute(toxi_toxic("reset_peer"), "timeout", ms);
}

struct toxi_toxic
toxi_slicer(int64_t size, int64_t variation, int64_t us)
{
	struct toxi_toxic toxic = toxi_toxic("slicer");

	toxic = toxi_attribute(toxic, "average_size", size);
	toxic = toxi_attribute(toxic, "size_variation", variation);
	return toxi_attribute(toxic, "delay", us);
}

struct toxi_toxic
toxi_limit_data(int64_t bytes)
{
	return toxi_attribute(toxi_toxic("limit_data"), "bytes", bytes);
}

struct toxi_toxic
toxi_packet_loss(double loss_rate, double correlation)
{
	struct toxi_toxic toxic = toxi_toxic("packet_loss");

	toxic = toxi_attribute_fraction(toxic, "loss_rate", loss_rate);
	return toxi_attribute_fraction(toxic, "correlation", correlation);
}

struct toxi_toxic
toxi_corrupt(double rate)
{
	return toxi_attribute_fraction(toxi_toxic("corrupt"), "rate", rate);
}

struct toxi_toxic
toxi_truncate(int64_t bytes)
{
	return toxi_attribute(toxi_toxic("truncate"), "bytes", bytes);
}

struct toxi_toxic
toxi_close(int64_t after_ms, int64_t after_bytes, const char *mode)
{
	struct toxi_toxic toxic = toxi_toxic("close");

	toxic = toxi_attribute(toxic, "after_ms", after_ms);
	toxic = toxi_attribute(toxic, "after_bytes", after_bytes);
	return toxi_attribute_text(toxic, "mode", mode);
}

struct toxi_toxic
toxi_upstream(struct toxi_toxic toxic)
{
	toxic.stream = TOXI_UPSTREAM;
	return toxic;
}

struct toxi_toxic
toxi_toxicity(struct toxi_toxic toxic, double share)
{
	toxic.toxicity = share;
	return toxic;
}

struct toxi_toxic
toxi_leased(struct toxi_toxic toxic, int64_t ttl_ms)
{
	toxic.ttl_ms = ttl_ms;
	return toxic;
}

struct toxi_toxic
toxi_selected(struct toxi_toxic toxic, const struct toxi_select *select)
{
	toxic.select = select;
	return toxic;
}

struct toxi_toxic
toxi_waving(struct toxi_toxic toxic, const struct toxi_wave *list, size_t n)
{
	toxic.waves = list;
	toxic.n_waves = n;
	return toxic;
}

struct toxi_toxic
toxi_named(struct toxi_toxic toxic, const char *name)
{
	toxic.name = name;
	return toxic;
}

/* ---- steps */

struct toxi_step
toxi_step(int64_t ms, struct toxi_toxics toxics)
{
	return (struct toxi_step){ .duration_ms = ms, .toxics = toxics };
}

struct toxi_step
toxi_step_profile(int64_t ms, const char *name)
{
	return (struct toxi_step){ .duration_ms = ms, .profile = name };
}

struct toxi_step
toxi_step_connect(struct toxi_step step, const struct toxi_connect *connect)
{
	step.connect = connect;
	return step;
}

/* ---- connects */

struct toxi_connect
toxi_connect(enum toxi_connect_mode mode)
{
	return (struct toxi_connect){ .mode = mode };
}

struct toxi_connect
toxi_accept_delay(int64_t ms)
{
	return (struct toxi_connect){ .mode = TOXI_CONNECT_ACCEPT_DELAY,
		.delay_ms = ms };
}

struct toxi_connect
toxi_dial_delay(struct toxi_connect connect, int64_t ms)
{
	connect.dial_delay_ms = ms;
	return connect;
}

struct toxi_connect
toxi_syn_loss(struct toxi_connect connect, double share)
{
	connect.syn_loss = share;
	return connect;
}

struct toxi_connect
toxi_dial_fail(struct toxi_connect connect, enum toxi_dial_fail fail)
{
	connect.dial_fail = fail;
	return connect;
}
