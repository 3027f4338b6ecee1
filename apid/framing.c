/* SPDX-License-Identifier: ISC */
/*
 * RFC 9112's grammar, and no kindness: what two parsers could read in two ways
 * is refused, so that nothing is smuggled past the one that looks.
 */

#include <string.h>
#include <strings.h>

#include "hex.h"
#include "nitems.h"
#include "wire.h"

#define FIELDS_MAX 100
/* Of a query, and of cookies: libmicrohttpd makes a list of each. */
#define ARGUMENTS_MAX 128
#define LENGTH_DIGITS 18
#define CHUNK_DIGITS 15

/* The texts of the Host's two are the original's. */
static const struct wire_fault bad_line = { 400, "malformed request line" },
			       bad_version = { 505, "unsupported version" },
			       bad_name = { 400, "invalid header name" },
			       bad_value = { 400, "invalid header value" },
			       bad_host = { 400, "malformed Host header" },
			       bad_length = { 400, "bad Content-Length" },
			       bad_encoding = { 400,
				       "unsupported Transfer-Encoding" },
			       no_host = { 400,
				       "missing required Host header" },
			       two_hosts = { 400, "too many Host headers" },
			       bad_expect = { 417,
				       "only 100-continue can be met" },
			       two_ends = { 400,
				       "more than one header says how long "
				       "the body is" },
			       long_target = { 414, "the target is too long" },
			       long_head = { 431, "the header is too long" };

ssize_t
section_length(const char *text, size_t len, size_t from)
{
	size_t i;

	for (i = from; i < len; i++) {
		if (text[i] == '\0')
			return -1;
		if ((text[i] == '\n') != (i > 0 && text[i - 1] == '\r'))
			return -1;
		if (text[i] != '\n')
			continue;
		if (i == 1 || (i >= 3 && text[i - 2] == '\n'))
			return (ssize_t)i + 1;
	}
	return 0;
}

const struct wire_fault *
size_fault(const char *text, size_t len)
{
	return memchr(text, '\n', len) == NULL ? &long_target : &long_head;
}

/* ---- characters */

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int
is_among(char c, const char *others)
{
	return is_alnum(c) || (c != '\0' && strchr(others, c) != NULL);
}

static int
is_token(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!is_among(p[i], "!#$%&'*+-.^_`|~"))
			return 0;
	}
	return len > 0;
}

static int
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int
is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* ---- the request line */

static int
target_is_good(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] == ' ' || is_control(p[i]))
			return 0;
	}
	if (len == 0)
		return 0;
	return p[0] == '/' || (len == 1 && p[0] == '*') ||
	    (len > 7 && strncasecmp(p, "http://", 7) == 0) ||
	    (len > 8 && strncasecmp(p, "https://", 8) == 0);
}

static size_t
count_of(char c, const char *p, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += p[i] == c;
	return n;
}

/* "HTTP/1.1"; sets minor. */
static const struct wire_fault *
version_fault(const char *p, size_t len, int *minor)
{
	if (len != 8 || memcmp(p, "HTTP/", 5) != 0 || p[6] != '.' ||
	    !is_digit(p[5]) || !is_digit(p[7]))
		return &bad_line;
	*minor = p[7] - '0';
	return p[5] == '1' && *minor <= 1 ? NULL : &bad_version;
}

static const struct wire_fault *
line_fault(const char *line, size_t len, int *minor)
{
	const char *target, *version, *end = line + len;

	target = memchr(line, ' ', len);
	if (target == NULL || !is_token(line, (size_t)(target - line)))
		return &bad_line;
	target++;
	version = memchr(target, ' ', (size_t)(end - target));
	if (version == NULL ||
	    !target_is_good(target, (size_t)(version - target)))
		return &bad_line;
	if (count_of('&', target, (size_t)(version - target)) > ARGUMENTS_MAX)
		return &long_target;
	version++;
	return version_fault(version, (size_t)(end - version), minor);
}

/* ---- the fields */

struct field {
	const char *name, *value; /* without blanks before it */
	size_t nname, nvalue;
};

static const struct wire_fault *
field_split(const char *line, size_t len, struct field *f)
{
	const char *colon = memchr(line, ':', len), *end = line + len;
	size_t i;

	if (colon == NULL || !is_token(line, (size_t)(colon - line)))
		return &bad_name;
	f->name = line;
	f->nname = (size_t)(colon - line);
	f->value = colon + 1;
	while (f->value < end && is_blank(*f->value))
		f->value++;
	f->nvalue = (size_t)(end - f->value);
	for (i = 0; i < f->nvalue; i++) {
		if (f->value[i] != '\t' && is_control(f->value[i]))
			return &bad_value;
	}
	return NULL;
}

static int
is_named(const struct field *f, const char *name)
{
	return f->nname == strlen(name) &&
	    strncasecmp(f->name, name, f->nname) == 0;
}

/* What of a head says where it ends, and for whom it is. */
struct told {
	int hosts, lengths, encodings;
	size_t cookies;
	struct framing *framing;
};

/* Only digits: no sign, no list, no blank behind them. */
static const struct wire_fault *
take_length(struct told *t, const struct field *f)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < f->nvalue; i++) {
		if (!is_digit(f->value[i]))
			return &bad_length;
		n = 10 * n + (uint64_t)(f->value[i] - '0');
	}
	if (i == 0 || i > LENGTH_DIGITS)
		return &bad_length;
	t->lengths++;
	t->framing->length = n;
	return NULL;
}

static const struct wire_fault *
take_encoding(struct told *t, const struct field *f)
{
	static const char chunked[] = "chunked";

	if (f->nvalue != sizeof(chunked) - 1 ||
	    strncasecmp(f->value, chunked, f->nvalue) != 0)
		return &bad_encoding;
	t->encodings++;
	t->framing->is_chunked = 1;
	return NULL;
}

static const struct wire_fault *
take_host(struct told *t, const struct field *f)
{
	size_t i, n = f->nvalue;

	while (n > 0 && is_blank(f->value[n - 1]))
		n--;
	for (i = 0; i < n; i++) {
		if (!is_among(f->value[i], "!$%&'()*+,-.:;=[]_~"))
			return &bad_host;
	}
	t->hosts++;
	return NULL;
}

/* A list of that and others is more than can be met, too. */
static const struct wire_fault *
expect_fault(const struct field *f)
{
	static const char met[] = "100-continue";
	size_t n = f->nvalue;

	while (n > 0 && is_blank(f->value[n - 1]))
		n--;
	if (n == 0 ||
	    (n == sizeof(met) - 1 && strncasecmp(f->value, met, n) == 0))
		return NULL;
	return &bad_expect;
}

static const struct wire_fault *
take_field(struct told *t, const char *line, size_t len)
{
	const struct wire_fault *fault;
	struct field f;

	if ((fault = field_split(line, len, &f)) != NULL)
		return fault;
	if (is_named(&f, "Content-Length"))
		return take_length(t, &f);
	if (is_named(&f, "Transfer-Encoding"))
		return take_encoding(t, &f);
	if (is_named(&f, "Expect"))
		return expect_fault(&f);
	if (is_named(&f, "Cookie"))
		t->cookies += 1 + count_of(';', f.value, f.nvalue) +
		    count_of(',', f.value, f.nvalue);
	return is_named(&f, "Host") ? take_host(t, &f) : NULL;
}

/* A chunked body is none of HTTP/1.0's. */
static const struct wire_fault *
told_fault(const struct told *t, int minor)
{
	if (t->lengths + t->encodings > 1)
		return &two_ends;
	if (t->hosts > 1)
		return &two_hosts;
	if (t->cookies > ARGUMENTS_MAX)
		return &long_head;
	if (minor == 0)
		return t->encodings > 0 ? &bad_encoding : NULL;
	return t->hosts == 0 ? &no_host : NULL;
}

/* The line at p, without its end; *next is behind that. */
static size_t
line_length(const char *p, const char *end, const char **next)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	*next = lf + 1;
	return (size_t)(lf - 1 - p);
}

static const struct wire_fault *
fields_fault(struct told *t, const char *p, const char *end)
{
	const struct wire_fault *fault;
	const char *next;
	size_t len;
	int n;

	for (n = 0; (len = line_length(p, end, &next)) > 0; n++, p = next) {
		if (n == FIELDS_MAX)
			return &long_head;
		if ((fault = take_field(t, p, len)) != NULL)
			return fault;
	}
	return NULL;
}

const struct wire_fault *
head_fault(const char *text, size_t len, struct framing *framing)
{
	struct told told = { .framing = framing };
	const struct wire_fault *fault;
	const char *fields;
	size_t nline = line_length(text, text + len, &fields);
	int minor = 0;

	*framing = (struct framing){ 0 };
	if ((fault = line_fault(text, nline, &minor)) != NULL ||
	    (fault = fields_fault(&told, fields, text + len)) != NULL)
		return fault;
	return told_fault(&told, minor);
}

/* ---- chunks */

int
trailer_is_good(const char *text, size_t len)
{
	struct framing framing;
	struct told told = { .framing = &framing };

	return fields_fault(&told, text, text + len) == NULL &&
	    told.hosts + told.lengths + told.encodings == 0;
}

/* What follows a semicolon is an extension: of no meaning here. */
int
chunk_size(const char *line, size_t len, uint64_t *size)
{
	size_t i, n = len - 2;

	*size = 0;
	for (i = 0; i < n && hex_digit(line[i]) != -1; i++)
		*size = *size << 4 | (uint64_t)hex_digit(line[i]);
	if (i == 0 || i > CHUNK_DIGITS || (i < n && line[i] != ';'))
		return -1;
	for (; i < n; i++) {
		if (line[i] != '\t' && is_control(line[i]))
			return -1;
	}
	return 0;
}
