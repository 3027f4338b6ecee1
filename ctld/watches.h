/* SPDX-License-Identifier: ISC */
#ifndef WATCHES_H
#define WATCHES_H

/*
 * Proxies that a request to the API waits for: what their workers count they
 * say sooner, and so does ctld.
 */

struct proxy;
struct proxy_watch;

void watch_proxy(const struct proxy_watch *);
void watch_tell_worker(const struct proxy *); /* that knows nothing yet */
void watches_forget(void);                    /* who waited has died */

#endif
