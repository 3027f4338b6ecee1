/* SPDX-License-Identifier: ISC */
#ifndef PROXY_CONNECT_H
#define PROXY_CONNECT_H

/*
 * What a proxy's clients meet: its own connect, or what the step of a scenario
 * that it is in lays over that.  Its own is changed beneath, and shows again.
 */

struct connect_spec;
struct proxy;

const struct connect_spec *proxy_connect(const struct proxy *);

#endif
