/* SPDX-License-Identifier: ISC */
#ifndef VERSION_H
#define VERSION_H

/*
 * What GET /version says: the release of Toxiproxy whose API this is.  Client
 * libraries compare it (toxiproxy-ruby uses PATCH from 2.6.0 on).
 */
#define TOXIPROXY_VERSION "2.12.0"

#endif
