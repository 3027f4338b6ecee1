/* SPDX-License-Identifier: ISC */
#ifndef ROLE_H
#define ROLE_H

/* What a process is there for. */
enum role {
	ROLE_CTLD,
	ROLE_APID,
	ROLE_DIALD,
	ROLE_RELAYD,
	ROLE_STORED,
	ROLE_CONFIG, /* an apid that reads the configuration file and ends */
	ROLE_RESOLVD,
	ROLE_MAX
};

/* "relayd" */
const char *role_name(enum role);

#endif
