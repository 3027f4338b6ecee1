/* SPDX-License-Identifier: ISC */

#include <criterion/criterion.h>

#include "child_rig.h"

void (*child_hears)(
    struct child *, enum msg_type, uint32_t id, const void *, size_t);

void
child_send_sized(struct child *c, enum msg_type type, uint32_t id,
    const void *payload, size_t size, int fd)
{
	cr_assert_eq(fd, -1);
	child_hears(c, type, id, payload, size);
}

void
child_send_nothing(struct child *c, enum msg_type type, uint32_t id)
{
	struct nothing nothing = { 0 };

	child_hears(c, type, id, &nothing, sizeof(nothing));
}
