/* SPDX-License-Identifier: ISC */
#ifndef STORE_TELL_H
#define STORE_TELL_H

#include <stdint.h>

/* What stored is told. */

struct change;
struct proxy;

void store_event_block(uint64_t next); /* see event_ring_reserves() */

/* The steps of a change, as it has been prepared. */
void tell_create(const struct change *);
void tell_made(const struct change *);
void tell_toxic(const struct proxy *, const struct toxic_spec *);
void tell_update(const struct change *);
void tell_proxy_gone(const struct change *);
void tell_reset(const struct change *);
void tell_toxics(const struct change *);
void tell_toxic_update(const struct change *);
void tell_toxic_delete(const struct change *);
void tell_profile(const struct change *);
void tell_scenario(const struct change *);
void tell_scenario_gone(const struct change *);
void tell_renewal(const struct change *);
void tell_token(const struct change *);
void tell_token_gone(const struct change *);
void tell_halt(const struct change *);
void tell_halt_gone(const struct change *);

void store_send_waiting(void);
void store_send_uses(void); /* of tokens, as there is room for that */
void store_sync_start(void);
int store_ponged(uint32_t id);

#endif
