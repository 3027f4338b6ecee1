/* SPDX-License-Identifier: ISC */
/* See fuzz.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"

jmp_buf fuzz_end;
int fuzz_may_end;

void
fuzz_failed(const char *file, int line, const char *condition)
{
	fprintf(
	    stderr, "%s:%d: this does not hold: %s\n", file, line, condition);
	abort();
}

/* ---- input */

uint8_t
input_byte(struct input *in)
{
	if (in->size == 0)
		return 0;
	in->size--;
	return *in->data++;
}

uint64_t
input_number(struct input *in, size_t bytes)
{
	uint64_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | input_byte(in);
	return n;
}

void
input_bytes(struct input *in, void *to, size_t size)
{
	size_t n = size < in->size ? size : in->size;

	memset(to, 0, size);
	if (n == 0)
		return;
	memcpy(to, in->data, n);
	in->data += n;
	in->size -= n;
}

void
input_text(struct input *in, char *text, size_t max)
{
	size_t n = input_byte(in);

	n = n < max ? n : max;
	n = n < in->size ? n : in->size;
	input_bytes(in, text, n);
	text[n] = '\0'; /* a NUL within ends it earlier */
	memset(text + strlen(text), 0, max + 1 - strlen(text));
}

/* ---- ends */

static void __attribute__((__noreturn__, __format__(printf, 2, 0)))
end(int error, const char *fmt, va_list ap)
{
	if (fuzz_may_end)
		longjmp(fuzz_end, 1);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, ": %s\n", strerror(error));
	abort();
}

void __wrap_fatal(const char *, ...)
    __attribute__((__noreturn__, __format__(printf, 1, 2)));
void __wrap_fatalx(const char *, ...)
    __attribute__((__noreturn__, __format__(printf, 1, 2)));

void
__wrap_fatal(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	end(error, fmt, ap);
}

void
__wrap_fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(0, fmt, ap);
}

int
fuzz_lowest_free_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	must(fd != -1);
	close(fd);
	return fd;
}

void
fuzz_close_from(int fd)
{
	syscall(SYS_close_range, fd, ~0U, 0);
}
