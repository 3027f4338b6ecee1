/* SPDX-License-Identifier: ISC */
/* Passwords and tokens, in files. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "must.h"
#include "secret.h"

#define SECRET_MAX 4096

static void
complain(const char *path, const char *why)
{
	log_event(LOG_WARN, "Secret cannot be read", LOG_STR("file", path),
	    LOG_STR("error", why));
}

char *
secret_read(const char *path)
{
	char text[SECRET_MAX + 1], *secret;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1) {
		complain(path, strerror(errno));
		return NULL;
	}
	n = read(fd, text, SECRET_MAX);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (text[0] == '\0') {
		complain(path, "its first line is empty");
		return NULL;
	}
	secret = must(strdup(text));
	explicit_bzero(text, sizeof(text));
	return secret;
}

void
secret_free(char *secret)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret, strlen(secret));
	free(secret);
}
