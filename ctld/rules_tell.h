/* SPDX-License-Identifier: ISC */
#ifndef RULES_TELL_H
#define RULES_TELL_H

struct address;
struct child;

/*
 * diald is told all of them, and where the API listens: there, or NULL: as it
 * was said before.
 */
void rules_feed(const struct address *api);

/* A worker that has its proxy is told who may connect; is_new: never before. */
void rules_feed_worker(struct child *worker, int is_new);

#endif
