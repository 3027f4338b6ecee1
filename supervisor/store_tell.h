/* SPDX-License-Identifier: ISC */
#ifndef STORE_TELL_H
#define STORE_TELL_H

#include <stddef.h>
#include <stdint.h>

#include "msg.h"

/* What stored is told. */

void store_send_sized(
    enum msg_type, uint32_t id, const void *payload, size_t size);
#define store_send(type, payload) \
	store_send_sized(type, 0, payload, sizeof(*(payload)))
void store_send_nothing(enum msg_type, uint32_t id);
int store_is_there(void);
void store_send_waiting(void);
void store_sync_start(void);
int store_ponged(uint32_t id);

#endif
