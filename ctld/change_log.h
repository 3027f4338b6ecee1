/* SPDX-License-Identifier: ISC */
#ifndef CHANGE_LOG_H
#define CHANGE_LOG_H

/* What a prepared change comes to, to the log. */

struct change;

void log_proxy_created(const struct change *);
void log_proxy_updated(const struct change *);
void log_proxy_deleted(const struct change *);
void log_proxy_reset(const struct change *);
void log_toxic_created(const struct change *);
void log_toxic_updated(const struct change *);
void log_toxic_deleted(const struct change *);
void log_profile(const struct change *);
void log_lease_renewed(const struct change *);

#endif
