/* SPDX-License-Identifier: ISC */
#ifndef FUZZ_H
#define FUZZ_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the harnesses share.  libFuzzer calls LLVMFuzzerTestOneInput() with
 * bytes of its choice; whatever aborts, leaks, or is reported by a sanitizer
 * is a finding.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* What has to hold of every input. */
#define must(condition)                                              \
	do {                                                         \
		if (!(condition))                                    \
			fuzz_failed(__FILE__, __LINE__, #condition); \
	} while (0)
void fuzz_failed(const char *file, int line, const char *condition)
    __attribute__((__noreturn__));

/* The rest of an input; what is taken behind its end is 0. */
struct input {
	const uint8_t *data;
	size_t size;
};
uint8_t input_byte(struct input *);
uint64_t input_number(struct input *, size_t bytes); /* 8 at most */
/* Fills to[size] up with zeros. */
void input_bytes(struct input *, void *to, size_t size);
/* Up to max bytes without a NUL, the first says how many; text[max + 1]. */
void input_text(struct input *, char *text, size_t max);

/*
 * fatal() and fatalx() end a process that meets what it may not meet, and are
 * no finding: where fuzz_may_end is set, they come back to fuzz_end.  The
 * linker puts them in place: see the Makefile.
 *
 *	fuzz_may_end = 1;
 *	if (setjmp(fuzz_end) == 0)
 *		...
 *	fuzz_may_end = 0;
 */
extern jmp_buf fuzz_end;
extern int fuzz_may_end;

/* The descriptors that an ended process would have left open. */
int fuzz_lowest_free_fd(void);
void fuzz_close_from(int fd);

#endif
