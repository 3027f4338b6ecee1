/* SPDX-License-Identifier: ISC */
/* See reload_files.h. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "priv.h"
#include "reload_files.h"
#include "state.h"
#include "toxid.h"

int
reload_has_config(void)
{
	return ctld.options.config != NULL && *ctld.options.config != '\0';
}

const char *
reload_source(void)
{
	return reload_has_config() ? ctld.options.config
				   : ctld.options.tls_cert;
}

int
reload_open(int *config, char why[CERTIFICATE_FAULT_MAX])
{
	*config = -1;
	if (reload_has_config() &&
	    (*config = toxid_open(PRIV_FILE_CONFIG)) == -1) {
		snprintf(why, CERTIFICATE_FAULT_MAX, "%s", strerror(errno));
		return -1;
	}
	if (!certificate_is_named() || certificate_open(why) == 0)
		return 0;
	if (*config != -1)
		close(*config);
	return -1;
}
