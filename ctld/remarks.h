/* SPDX-License-Identifier: ISC */
#ifndef CTLD_REMARKS_H
#define CTLD_REMARKS_H

struct priv_remark;

/* What toxid has to say, in the log, as toxid's and of its time. */
void remark_log(const struct priv_remark *);

#endif
