/* SPDX-License-Identifier: ISC */
/* Records in memory files: see journal.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "journal.h"
#include "log.h"

/* Raised with each change of what frames a record. */
#define JOURNAL_FORMAT 1

/* Less is not worth the copy; and so many times what lives is. */
#define COMPACT_MIN ((off_t)1024 * 1024)
#define COMPACT_TIMES 4

static const char magic[8] = "journal";

struct journal_head {
	char magic[8];
	uint32_t format;
	uint32_t unused;
	uint64_t generation;
};

struct journal_record {
	uint64_t size;  /* bytes that follow */
	uint64_t check; /* of those */
};

struct journal_part {
	uint32_t type, size;
};

static int files[JOURNALS] = { -1, -1 };
static int now; /* which is the journal */
static uint64_t generation;
static off_t end;       /* of what is whole; what is behind it is not there */
static off_t compacted; /* the end was there when it was last */
static off_t room;      /* what is behind it may not be had */
static int is_kept;
static void (*add_all)(void);

/* Room is made in steps of so much; the next record has as much to spare. */
static const uint8_t zeros[64 * 1024];

/* The next record, behind room for its head. */
static struct {
	uint8_t *bytes;
	size_t size, room;
} next;

/* FNV-1a: against a torn write, not against anybody. */
static uint64_t
check_of(const uint8_t *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	while (n-- > 0)
		h = (h ^ *p++) * UINT64_C(0x100000001b3);
	return h;
}

/* ---- read */

static int
get(int fd, off_t at, void *bytes, size_t n)
{
	ssize_t got;

	while (n > 0) {
		got = pread(fd, bytes, n, at);
		if (got <= 0)
			return -1;
		bytes = (uint8_t *)bytes + got;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

/*
 * The record at *at, whose end *at is then; to be freed.  NULL: there is none
 * that is whole.
 */
static uint8_t *
record_at(int fd, off_t *at, size_t *size)
{
	off_t length = lseek(fd, 0, SEEK_END);
	struct journal_record r;
	uint8_t *bytes;

	if (length == -1 || get(fd, *at, &r, sizeof(r)) == -1 ||
	    r.size > (uint64_t)(length - *at) - sizeof(r))
		return NULL;
	if ((bytes = malloc(r.size + 1)) == NULL)
		fatal("%s", __func__);
	if (get(fd, *at + (off_t)sizeof(r), bytes, r.size) == -1 ||
	    check_of(bytes, r.size) != r.check) {
		free(bytes);
		return NULL;
	}
	*at += (off_t)(sizeof(r) + r.size);
	*size = r.size;
	return bytes;
}

/* Its generation; 0: it has no first record. */
static uint64_t
generation_of(int fd)
{
	off_t at = sizeof(struct journal_head);
	struct journal_head h;
	uint8_t *first;
	size_t size;

	if (get(fd, 0, &h, sizeof(h)) == -1 ||
	    memcmp(h.magic, magic, sizeof(magic)) != 0 ||
	    h.format != JOURNAL_FORMAT ||
	    (first = record_at(fd, &at, &size)) == NULL)
		return 0;
	free(first);
	return h.generation;
}

int
journal_open(const int fds[JOURNALS])
{
	uint64_t g;
	int i;

	generation = 0;
	next.size = 0;
	for (i = 0; i < JOURNALS; i++) {
		files[i] = fds[i];
		if ((g = generation_of(fds[i])) > generation) {
			generation = g;
			now = i;
		}
	}
	return generation > 0 ? 0 : -1;
}

static int
read_parts(const uint8_t *p, size_t left,
    int (*part)(uint32_t type, const void *bytes, size_t n))
{
	struct journal_part head;

	while (left > 0) {
		if (left < sizeof(head))
			return -1;
		memcpy(&head, p, sizeof(head));
		p += sizeof(head);
		left -= sizeof(head);
		if (head.size > left || part(head.type, p, head.size) == -1)
			return -1;
		p += head.size;
		left -= head.size;
	}
	return 0;
}

int
journal_read(int (*part)(uint32_t type, const void *bytes, size_t n))
{
	uint8_t *record;
	size_t size;
	int r = 0;

	end = sizeof(struct journal_head);
	while (
	    r == 0 && (record = record_at(files[now], &end, &size)) != NULL) {
		r = read_parts(record, size, part);
		free(record);
	}
	compacted = end;
	return r;
}

/* ---- write */

int
journal_reserve(size_t n)
{
	size_t needed = sizeof(struct journal_record) + next.size + n;
	uint8_t *bytes;

	if (needed <= next.room)
		return 0;
	if ((bytes = realloc(next.bytes, needed)) == NULL)
		return -1;
	next.bytes = bytes;
	next.room = needed;
	return 0;
}

void
journal_add(uint32_t type, const void *bytes, size_t n)
{
	const struct journal_part head = { type, (uint32_t)n };
	size_t size = next.size;
	uint8_t *to;

	if (size == 0)
		size = sizeof(struct journal_record);
	if (size + sizeof(head) + n > next.room) {
		next.room = 2 * (size + sizeof(head) + n);
		if ((next.bytes = realloc(next.bytes, next.room)) == NULL)
			fatal("%s", __func__);
	}
	to = next.bytes + size;
	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), bytes, n);
	next.size = size + sizeof(head) + n;
}

/* 0, or -1: there is no room. */
static int
put(int fd, const void *bytes, size_t n, off_t at)
{
	ssize_t done;

	while (n > 0) {
		done = pwrite(fd, bytes, n, at);
		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		bytes = (const uint8_t *)bytes + done;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Behind what is whole: a part of one that was cut off is written over. */
static int
write_record(void)
{
	const size_t head = sizeof(struct journal_record);
	const struct journal_record r = { next.size - head,
		check_of(next.bytes + head, next.size - head) };

	memcpy(next.bytes, &r, sizeof(r));
	if (put(files[now], next.bytes, next.size, end) == -1)
		return -1;
	end += (off_t)next.size;
	if (room < end)
		room = end;
	next.size = 0;
	return 0;
}

void
journal_compact_by(void (*all)(void))
{
	add_all = all;
}

/* Until its first record is whole it is the old file that counts. */
static int
write_all(int to)
{
	struct journal_head h = { .format = JOURNAL_FORMAT };

	h.generation = ++generation;
	memcpy(h.magic, magic, sizeof(magic));
	if (ftruncate(files[to], 0) == -1 ||
	    put(files[to], &h, sizeof(h), 0) == -1)
		return -1;
	now = to;
	room = end = sizeof(h);
	next.size = 0;
	add_all();
	return write_record();
}

/* 0, or -1: there is no room for both files, and the old one goes on. */
static int
compact(void)
{
	const int old = now, new = (now + 1) % JOURNALS;
	const off_t old_end = end, old_room = room;
	int r = write_all(new);

	if (r == -1) {
		now = old;
		end = old_end;
		room = old_room;
		next.size = 0;
	}
	compacted = end;
	(void)!ftruncate(files[now == old ? new : old], 0);
	return r;
}

void
journal_compact(void)
{
	if (compact() == -1)
		fatal("%s", __func__);
}

void
journal_commit(void)
{
	if (next.size == 0)
		return;
	if (write_record() == -1)
		fatal("%s", __func__);
	if (!is_kept && end > COMPACT_MIN && end > COMPACT_TIMES * compacted)
		(void)compact();
}

/* Of zeros, which are no record. */
static int
make_room(size_t n)
{
	off_t needed = end + (off_t)(sizeof(struct journal_record) + n);

	while (room < needed + (off_t)sizeof(zeros)) {
		if (put(files[now], zeros, sizeof(zeros), room) == -1)
			return -1;
		room += (off_t)sizeof(zeros);
	}
	return 0;
}

int
journal_has_room(size_t n)
{
	if (make_room(n) == 0)
		return 1;
	return !is_kept && compact() == 0 && make_room(n) == 0;
}

void
journal_keep(int kept)
{
	is_kept = kept;
}
