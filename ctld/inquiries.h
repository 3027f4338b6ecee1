/* SPDX-License-Identifier: ISC */
#ifndef CTLD_INQUIRIES_H
#define CTLD_INQUIRIES_H

#include <stdint.h>

#include "msg.h"

/*
 * What apid asks, and only a worker knows, of its sessions; or wants done to
 * one of them.  It is out of turn: no change waits for it, and it for none.
 */

struct change;
struct child;

/* done: by whom one is answered; ANSWER_OK, or why not. */
void inquiries_open(void (*done)(struct change *, enum answer_code));

int get_inquiry(struct change *, const struct msg *);
const struct proxy_key *proxy_of_inquiry(const struct change *);
void inquiry_start(struct change *);

/* 0, or -1: it was not asked so. */
int inquiry_work(struct child *worker, uint32_t id, const struct toxic_work *);
int inquiry_ended(
    struct child *worker, uint32_t id, const struct session_ended *);
int inquiry_own_toxic(
    struct child *worker, uint32_t id, const struct toxic_spec *);
int inquiry_page(
    struct child *worker, uint32_t id, const struct session_page *);

void inquiries_go_on(struct child *worker); /* it can be asked now */
void inquiries_look(struct child *worker, int64_t now);
void inquiries_forget_worker(struct child *worker); /* it has died */

#endif
