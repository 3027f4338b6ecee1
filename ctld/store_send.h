/* SPDX-License-Identifier: ISC */
#ifndef STORE_SEND_H
#define STORE_SEND_H

#include <stddef.h>
#include <stdint.h>

#include "msg.h"

/* To stored, where there is one. */

void store_send_sized(
    enum msg_type, uint32_t id, const void *payload, size_t size);
#define store_send(type, payload) \
	store_send_sized(type, 0, payload, sizeof(*(payload)))
void store_send_nothing(enum msg_type, uint32_t id);
int store_is_there(void);

#endif
