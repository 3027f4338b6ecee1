/* SPDX-License-Identifier: ISC */
/*
 * A configuration file, from its first byte to the last proxy in place; and as
 * it is told when it is read again.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "apid.h"
#include "host_name.h"
#include "model.h"

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);
	return 0;
}

static int
file_of(const struct input *in)
{
	int fd = memfd_create("config", MFD_CLOEXEC);

	must(fd != -1);
	must(write(fd, in->data, in->size) == (ssize_t)in->size);
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* ---- told */

static struct chan ctld; /* the other end */

/* 0: that was all.  What the socket has no room for waits. */
static int
next(struct msg *m)
{
	int r;

	while ((r = chan_receive(&ctld, m)) != 1) {
		must(r == 0);
		if (!chan_wants_write(&apid.ctld))
			return 0;
		must(chan_flush(&apid.ctld) == 0);
	}
	return 1;
}

static void
hear_toxics(uint32_t id, uint32_t n)
{
	const struct toxic_spec *spec;
	struct msg m;

	while (n-- > 0) {
		must(next(&m) && m.id == id);
		must(m.type == MSG_PROXY_CREATE_TOXIC);
		spec = msg_get_toxic_spec(&m);
		must(spec->name[0] != '\0');
	}
}

/* In the order in which ctld takes it. */
static struct tenant tenants[TENANTS_MAX];
static uint32_t ntenants;

static int
is_there(const char *tenant)
{
	uint32_t i;

	for (i = 0; i < ntenants; i++) {
		if (strcmp(tenants[i].name, tenant) == 0)
			return 1;
	}
	return *tenant == '\0';
}

static void
hear_tenant(const struct tenant *t)
{
	must(ntenants < TENANTS_MAX && !is_there(t->name));
	tenants[ntenants++] = *t;
	must(t->policy_id == ntenants);
}

static void
hear_credential(const struct credential *c)
{
	must(ntenants > 0 && c->name[0] != '\0');
	must(strcmp(tenants[ntenants - 1].name, c->tenant) == 0);
}

static void
hear_proxy(const struct msg *m)
{
	const struct config_proxy *proxy = msg_get_config_proxy(m);

	must(m->id != 0 && proxy->create.spec.key.name[0] != '\0');
	must(is_there(proxy->create.spec.key.tenant));
	must(proxy->line > 0 && proxy->column > 0);
	hear_toxics(m->id, proxy->create.ntoxics);
}

static uint64_t
hear(void)
{
	struct config_end end;
	struct msg m;
	int n = 0;

	ntenants = 0;
	for (; next(&m) && m.type != MSG_CONFIG_END; n++) {
		if (m.type == MSG_CONFIG_TENANT)
			hear_tenant(msg_get_tenant(&m));
		else if (m.type == MSG_CONFIG_CREDENTIAL)
			hear_credential(msg_get_credential(&m));
		else if (m.type == MSG_CONFIG_HOST)
			must(host_name_is_good(msg_get_api_host(&m)->name));
		else if (m.type == MSG_CONFIG_LIMITS)
			must(is_there(msg_get_tenant_limits(&m)->tenant));
		else if (m.type == MSG_CONFIG_RULE)
			must(msg_get_policy_rule(&m)->policy_id <= ntenants);
		else if (m.type == MSG_CONFIG_PROXY_CLIENTS)
			must(is_there(msg_get_proxy_clients(&m)->key.tenant));
		else {
			must(m.type == MSG_CONFIG_PROXY);
			hear_proxy(&m);
		}
	}
	end = *msg_get_config_end(&m);
	must(!next(&m));
	must(!end.is_bad || (n == 0 && end.why[0] != '\0'));
	return end.guards_print;
}

static void
hear_fault(const struct msg *m)
{
	const struct config_fault *fault;
	const struct config_proxy *proxy;

	if (m->type == MSG_CONFIG_PROXY) {
		proxy = msg_get_config_proxy(m);
		must(proxy->line > 0 && proxy->column > 0);
		must(proxy->create.ntoxics == 0);
		return;
	}
	fault = msg_get_config_fault(m);
	must(fault->line > 0 && fault->column > 0);
	must(fault->text[0] != '\0');
}

/* Faults, which are somewhere, and whether there were any. */
static void
hear_faults(void)
{
	struct config_end end;
	struct msg m;
	int n = 0;

	while (next(&m) && m.type != MSG_CONFIG_END) {
		if (m.type == MSG_CONFIG_FAULT)
			n++;
		hear_fault(&m);
	}
	end = *msg_get_config_end(&m);
	must(!next(&m));
	must(end.is_bad == (n > 0 || end.why[0] != '\0'));
}

/* The print of what guards toxid in it, as its first reader has said. */
static uint64_t
tell(const struct input *in)
{
	uint64_t print;

	int fds[2];

	must(chan_pair(fds) == 0);
	chan_open(&apid.ctld, fds[0]);
	chan_open(&ctld, fds[1]);
	config_tell_settings(file_of(in));
	print = hear();
	config_tell(file_of(in));
	(void)hear();
	config_check(file_of(in));
	hear_faults();
	chan_close(&apid.ctld);
	chan_close(&ctld);
	return print;
}

/* ---- populated */

/* One entry at a time: each is asked for when the one before is answered. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_file file = { .path = "a.json" };
	struct input in = { data, size };
	uint8_t code = input_byte(&in);
	enum model_mood mood = code < 192 ? MODEL_OBEYS : MODEL_REFUSES;
	int lowest_fd = fuzz_lowest_free_fd();

	if (in.size > 0)
		file.guards_print = tell(&in) ^ (code % 8 == 0);
	chan_open(&apid.ctld, model_open(0));
	if (in.size > 0)
		config_read(file_of(&in), &file);
	while (model_answer(mood, code) > 0)
		ctld_readable();
	must(!config_is_pending());
	must(!apid.has_ended);
	chan_close(&apid.ctld);
	model_close();
	replica_free();
	must(fuzz_lowest_free_fd() == lowest_fd);
	return 0;
}
