/* SPDX-License-Identifier: ISC */
/* See payload.h. */

#include "payload_check.h"

int
payload_is_sound(enum payload_tag tag, const union msg_payload *p)
{
	switch (tag) {
#define X(payload)              \
	case PAYLOAD_##payload: \
		return payload##_ok(&p->payload);
		MSG_PAYLOADS(X)
#undef X
	}
	return 0;
}
