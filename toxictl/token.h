/* SPDX-License-Identifier: ISC */
/* What we say of ourselves to a server: the first token that there is. */
#ifndef TOKEN_H
#define TOKEN_H

#include <stddef.h>

#include <toxi.h>

#include "agreed.h"

/* Nearest first: what is looked for, in this order. */
enum token_from {
	FROM_NOWHERE,
	FROM_FILE, /* --token-file */
	FROM_URL,
	FROM_ENVIRONMENT,
	FROM_CONFIG /* the file that is only ours to read */
};

struct token {
	enum token_from from;
	const char *file; /* of --token-file, borrowed; or NULL */
	char config[256]; /* where that file would be; "": there is no home */
	/* of the two files; the library has the others by itself */
	char text[TOKEN_TEXT_MAX + 1];
};

/*
 * Looks for it: file is that of --token-file or NULL, url the server's.  -1:
 * a file that should have one has none, and why says so.
 */
int token_find(
    struct token *, const char *file, const char *url, char *why, size_t size);

/*
 * Reads a token and the end of a line or file.  -1: an error, or what can be no
 * token, and *why is static text.
 */
int token_read(int fd, char text[TOKEN_TEXT_MAX + 1], const char **why);

/* 0: text, of which blanks at its end are cut off, is one; -1: as above. */
int token_check(char *text, const char **why);

/* May there be a token, or a password, in that URL? */
int token_is_in_url(const char *url);

/*
 * What to do about a refusal, for people, where it is about who asks; else "".
 * tenant is the one that was asked for, or NULL.
 */
void token_hint(const struct token *, const char *tenant,
    const struct toxi_error *, char *, size_t);

#endif
