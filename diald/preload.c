/* SPDX-License-Identifier: ISC */
/*
 * The C library loads a module for each service that nsswitch.conf(5) names,
 * when it is first needed: after the lockdown that would fail, and the name
 * with it.
 */

#include <ctype.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "diald.h"

#define CONFIG "/etc/nsswitch.conf"

/* One that cannot be had is not had later either: its names do not resolve. */
static void
load(const char *service, size_t len)
{
	char file[64];

	snprintf(file, sizeof(file), "libnss_%.*s.so.2", (int)len, service);
	(void)dlopen(file, RTLD_NOW | RTLD_GLOBAL);
}

/* "hosts: files mdns4_minimal [NOTFOUND=return] dns # comment" */
static void
load_line(const char *line)
{
	size_t len;

	line = strchr(line, ':') + 1;
	while (*line != '\0' && *line != '#') {
		if (*line == '[')
			line += strcspn(line, "]");
		for (len = 0;
		     isalnum((unsigned char)line[len]) || line[len] == '_';)
			len++;
		if (len > 0)
			load(line, len);
		line += len > 0 ? len : *line != '\0';
	}
}

/* The warm-up reads what is read only once: locale, host.conf, services. */
void
preload_name_service(void)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char *line = NULL;
	size_t size = 0;
	FILE *f;

	if ((f = fopen(CONFIG, "re")) != NULL) {
		while (getline(&line, &size, f) != -1) {
			if (strncmp(line, "hosts:", 6) == 0 ||
			    strncmp(line, "services:", 9) == 0)
				load_line(line);
		}
		free(line);
		fclose(f);
	}
	if (getaddrinfo("localhost", "http", &hints, &found) == 0)
		freeaddrinfo(found);
}
