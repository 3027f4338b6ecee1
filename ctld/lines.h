/* SPDX-License-Identifier: ISC */
#ifndef LINES_H
#define LINES_H

#include <stdint.h>

/* Between workers and diald. */

struct child;
struct proxy;

/* Of those that have been given; the journal has it. */
uint32_t lines_last(void);
void lines_begin_after(uint32_t line);

void line_give(struct child *worker);
void line_renew(struct child *worker); /* its policy is another now */
void lines_give(void);                 /* a new diald */
void lines_end(void); /* diald is about to be ended on purpose */
void line_look(struct child *worker, int64_t now);
void line_proxy_gone(const struct proxy *);
int line_worker_blamed(struct child *diald, uint32_t line);
void line_diald_blamed(struct child *worker, uint32_t line);

#endif
