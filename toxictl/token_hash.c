/* SPDX-License-Identifier: ISC */
/*
 * What a server's configuration file has of a token: its digest.  The token
 * itself is read where nobody sees it, or made here and shown once; no file of
 * ours has it.
 */

#include <bsd/readpassphrase.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "proxy_key.h"
#include "token.h"
#include "token_digest.h"
#include "token_text.h"
#include "toxictl.h"

/* Of the digest, in hexadecimal. */
#define HEX_MAX (2 * TOKEN_DIGEST_SIZE)

/* On a terminal it is not shown.  -1: *why. */
static int
ask_for_token(char text[TOKEN_TEXT_MAX + 1], const char **why)
{
	char typed[TOKEN_TEXT_MAX + 64];
	int rc;

	if (!isatty(STDIN_FILENO))
		return token_read(STDIN_FILENO, text, why);
	*why = "there is no token";
	if (readpassphrase("Token: ", typed, sizeof(typed), 0) == NULL)
		return -1;
	if ((rc = token_check(typed, why)) == 0)
		memcpy(text, typed, strlen(typed) + 1);
	explicit_bzero(typed, sizeof(typed));
	return rc;
}

static void
hex_of(const struct token_digest *d, char text[HEX_MAX + 1])
{
	size_t i;

	for (i = 0; i < sizeof(d->bytes); i++)
		sprintf(text + 2 * i, "%02x", d->bytes[i]);
}

/* token is NULL where whoever asks has it already. */
static void
print_json(const char *token, const char *name, const char *hex)
{
	json_t *json = json_pack("{s:s,s:s}", "name", name, "sha256", hex);

	if (token != NULL)
		json_object_set_new(json, "token", json_string(token));
	json_out(stdout, json);
}

static void
print_lines(
    const struct ctl *ctl, const char *token, const char *name, const char *hex)
{
	int is_told = ctl->is_terminal;

	if (token != NULL)
		printf("%s%s\n", is_told ? "The token, shown this once:\n" : "",
		    token);
	printf("%s%s\n", is_told ? "Its SHA-256:\n" : "", hex);
	printf("%s{ \"name\": \"%s\", \"sha256\": \"%s\" }\n",
	    is_told ? "For \"tokens\" of a tenant in the server's file:\n" : "",
	    name, hex);
}

int
cmd_token_hash(struct ctl *ctl, struct args *args)
{
	const char *name = args_value(args, FLAG_NAME), *why;
	int is_new = args_has(args, FLAG_NEW);
	char text[TOKEN_TEXT_MAX + 1], hex[HEX_MAX + 1];
	struct token_digest digest;

	if (args_word(args) != NULL)
		return fail_usage(ctl,
		    "a token is read from stdin: others can see what stands on "
		    "a command line");
	if (name == NULL)
		name = "NAME";
	else if (!tenant_name_is_good(name))
		return fail_usage(ctl,
		    "--name is at most 63 letters, digits, '-', '_' and '.', "
		    "and no dot first");
	if (is_new && token_make(text) == -1)
		err(EXIT_FAILED, "getrandom");
	if (!is_new && ask_for_token(text, &why) == -1)
		return fail(ctl, NULL, "%s", why);
	digest = token_digest_of(text);
	hex_of(&digest, hex);
	if (ctl->is_json)
		print_json(is_new ? text : NULL, name, hex);
	else
		print_lines(ctl, is_new ? text : NULL, name, hex);
	explicit_bzero(text, sizeof(text));
	return EXIT_OK;
}
