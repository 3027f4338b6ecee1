/* SPDX-License-Identifier: ISC */
/*
 * hosts(5), where it is long: c-ares reads it for each look-up, which takes
 * some 20 us for each KB.  So a long one is read here, once, and again when
 * it has changed.  A short one is c-ares's, as is one that cannot be read here.
 */

#include <arpa/inet.h>
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "resolvd.h"

#define HOSTS "/etc/hosts"
#define SHORT_MAX (64 << 10) /* bytes */
#define READ_MAX (128 << 20) /* it, and its index, have to be had twice */

/* What has changed in its last second may change again in the same one. */
#define SETTLED_S 2

#define BLANKS " \t\r\v\f"

/* Where in the text a name is, and its address; 0 and 0: free. */
struct host {
	uint32_t name, address;
};

/* A text of which each word ends with a NUL; open addressing, half full. */
static struct {
	struct stat st;
	int is_settled;
	char *text;
	struct host *table;
	size_t mask;
} now;

static size_t
hash(const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 32);
}

/* ---- reading */

static void
forget(void)
{
	free(now.text);
	free(now.table);
	memset(&now, 0, sizeof(now));
}

/* Of one name no more than are ever used: others would only be in the way. */
static void
enter(const char *name, const char *address)
{
	size_t i = hash(name) & now.mask, n = 0;

	for (; now.table[i].name != 0; i = (i + 1) & now.mask) {
		if (strcmp(now.text + now.table[i].name, name) == 0 &&
		    ++n == HOSTS_ADDRESSES_MAX)
			return;
	}
	now.table[i].name = (uint32_t)(name - now.text);
	now.table[i].address = (uint32_t)(address - now.text);
}

static void
enter_line(char *line)
{
	char *rest = NULL, *address, *name;

	line[strcspn(line, "#")] = '\0';
	if ((address = strtok_r(line, BLANKS, &rest)) == NULL)
		return;
	while ((name = strtok_r(NULL, BLANKS, &rest)) != NULL)
		enter(name, address);
}

/*
 * As it is compared, and how many words of it may be names: not the first in
 * its line.  What follows a NUL in a line does not count.
 */
static size_t
prepare_text(size_t size)
{
	int is_blank = 1, is_first = 1;
	size_t i, n = 0;
	char c;

	for (i = 0; i < size; i++) {
		c = now.text[i];
		if (c >= 'A' && c <= 'Z')
			now.text[i] = (char)(c - 'A' + 'a');
		if (c == '\0')
			now.text[i] = '#';
		if (c == '\n')
			is_first = 1;
		if (c == ' ' || (c >= '\t' && c <= '\r')) {
			is_blank = 1;
		} else if (is_blank) {
			n += !is_first;
			is_first = is_blank = 0;
		}
	}
	return n;
}

/* Two slots for each, and one that is free. */
static int
make_table(size_t nnames)
{
	size_t n = 16;

	while (n < 2 * nnames + 1)
		n *= 2;
	now.mask = n - 1;
	now.table = calloc(n, sizeof(*now.table));
	return now.table != NULL ? 0 : -1;
}

/* Its text, with a NUL at its end and one before: no word begins at 0. */
static int
read_text(FILE *f, size_t size)
{
	if ((now.text = malloc(size + 2)) == NULL)
		return -1;
	now.text[0] = '\n';
	if (fread(now.text + 1, 1, size, f) != size)
		return -1;
	now.text[size + 1] = '\0';
	return make_table(prepare_text(size + 1));
}

static int
read_file(FILE *f)
{
	char *rest = NULL, *line;

	if (fstat(fileno(f), &now.st) == -1 || now.st.st_size > READ_MAX ||
	    read_text(f, (size_t)now.st.st_size) == -1)
		return -1;
	now.is_settled = time(NULL) - now.st.st_mtim.tv_sec >= SETTLED_S;
	line = strtok_r(now.text, "\n", &rest);
	for (; line != NULL; line = strtok_r(NULL, "\n", &rest))
		enter_line(line);
	return 0;
}

static int
is_as_it_was(const struct stat *st)
{
	return now.table != NULL && now.is_settled &&
	    st->st_dev == now.st.st_dev && st->st_ino == now.st.st_ino &&
	    st->st_size == now.st.st_size &&
	    memcmp(&st->st_mtim, &now.st.st_mtim, sizeof(st->st_mtim)) == 0 &&
	    memcmp(&st->st_ctim, &now.st.st_ctim, sizeof(st->st_ctim)) == 0;
}

/* 0, or -1: there is none here, for c-ares has it. */
static int
load(void)
{
	struct stat st;
	FILE *f;
	int r;

	if (stat(HOSTS, &st) == -1 || st.st_size <= SHORT_MAX) {
		forget();
		return -1;
	}
	if (is_as_it_was(&st))
		return 0;
	forget();
	if ((f = fopen(HOSTS, "re")) == NULL)
		return -1;
	r = read_file(f);
	fclose(f);
	if (r == -1)
		forget();
	return r;
}

/* ---- finding */

/* One with a zone, or none at all, does not count. */
static int
read_address(const char *text, struct address *a)
{
	memset(a, 0, sizeof(*a));
	a->family = 4;
	if (inet_pton(AF_INET, text, a->ip) == 1)
		return 0;
	a->family = 6;
	return inet_pton(AF_INET6, text, a->ip) == 1 ? 0 : -1;
}

int
hosts_find(const char *name, struct address found[HOSTS_ADDRESSES_MAX])
{
	char small[HOST_MAX + 1];
	const struct host *h;
	int n = 0;
	size_t i;

	if (load() == -1)
		return -1;
	for (i = 0; i < HOST_MAX && name[i] != '\0'; i++)
		small[i] = (char)tolower((uint8_t)name[i]);
	small[i] = '\0';
	for (i = hash(small) & now.mask; now.table[i].name != 0;
	     i = (i + 1) & now.mask) {
		h = &now.table[i];
		if (strcmp(now.text + h->name, small) == 0 &&
		    read_address(now.text + h->address, &found[n]) == 0)
			n++;
	}
	return n;
}
