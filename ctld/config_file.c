/* SPDX-License-Identifier: ISC */
/*
 * The configuration file, as long as the first apid has not populated from it:
 * opened by us, read in a sandbox.  As the original's, it is never fatal; one
 * that two apids have died of is left alone.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "config_file.h"
#include "give_up.h"
#include "log.h"
#include "mishaps.h"
#include "msg.h"
#include "state.h"
#include "text_put.h"
#include "toxid.h"
#include "truth.h"

#define TRIES_MAX 2

static int fd = -1, ntries, is_done;
static uint64_t guards_print; /* as its first reader has said */

void
config_open(void)
{
	const char *path = ctld.options.config;

	if (path == NULL || *path == '\0')
		return;
	if ((fd = toxid_open(PRIV_FILE_CONFIG)) == -1)
		log_event(LOG_ERROR, "Error reading config file",
		    LOG_STR("error", strerror(errno)), LOG_STR("config", path));
}

/* -1: there is none, or it has been read.  It stays ours. */
int
config_fd(void)
{
	return fd;
}

void
config_guards(uint64_t print)
{
	guards_print = print;
}

uint64_t
config_guards_print(void)
{
	return guards_print;
}

/* It has been populated from, or is not to be. */
void
config_close(void)
{
	if (fd != -1)
		close(fd);
	fd = -1;
	truth_changed();
}

/* Of which nothing is known but what the first apid says. */
static int
is_stream(void)
{
	return lseek(fd, 0, SEEK_CUR) == -1;
}

void
config_has_no_say(void)
{
	if (is_stream())
		is_done = 1;
	else
		config_close();
}

static void
leave_it(const char *why)
{
	char text[1024];

	if (is_stream()) {
		snprintf(text, sizeof(text),
		    "config file %s: %s: who may call, it may have said; write "
		    "it to a regular file, and name that",
		    ctld.options.config, why);
		give_up(text);
	}
	log_event(LOG_ERROR, "Failed to populate proxies from file",
	    LOG_STR("error", why), LOG_STR("config", ctld.options.config));
	mishap_note(ROLE_APID, NULL, why);
	config_close();
}

/* The end of a long one: that tells most of it. */
static void
name_file(struct config_file *file)
{
	const char *path = ctld.options.config;
	size_t len = strlen(path);

	memset(file, 0, sizeof(*file));
	text_put(file->path, sizeof(file->path),
	    len > CONFIG_PATH_MAX ? path + len - CONFIG_PATH_MAX : path);
	file->is_stream = (uint32_t)is_stream();
	file->is_done = (uint32_t)is_done;
	file->guards_print = guards_print;
}

/* From its beginning; 0: there is nothing to be read. */
int
config_offer(struct child *apid)
{
	struct config_file file;
	int copy;

	if (fd == -1)
		return 0;
	if (ntries > 0 && lseek(fd, 0, SEEK_SET) == -1) {
		leave_it("apid died reading it, and it cannot be read again");
		return 0;
	}
	if ((copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		leave_it(strerror(errno));
		return 0;
	}
	ntries++;
	name_file(&file);
	child_send(apid, MSG_API_CONFIG, 0, &file, copy);
	return 1;
}

/* Before it served, or long after. */
void
config_reader_died(const struct child *apid)
{
	if (apid->has_config && !apid->serves && ntries == TRIES_MAX)
		leave_it("apid died reading it, twice");
}
