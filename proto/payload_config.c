/* SPDX-License-Identifier: ISC */
/* See payload_config.h. */

#include "check.h"
#include "payload_check.h"

int
config_file_ok(const struct config_file *p)
{
	return is_text(p->path) && p->is_stream <= 1 && p->is_done <= 1;
}

int
config_proxy_ok(const struct config_proxy *p)
{
	return proxy_create_ok(&p->create) &&
	    session_id_is_none(&p->create.session);
}

int
config_fault_ok(const struct config_fault *p)
{
	return is_text(p->text);
}

int
pair_end_ok(const struct pair_end *p)
{
	return p->what < PAIR_WHAT_MAX && is_text(p->why);
}

int
config_end_ok(const struct config_end *p)
{
	return p->is_bad <= 1 && is_text(p->why) && p->is_durable <= 1 &&
	    p->is_socket_off <= 1;
}
