/* SPDX-License-Identifier: ISC */
/* What is written of a child's lines, and what of the others' beside them. */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "output.h"

static int reader;

/* Nobody reads it, until somebody does. */
static void
open_output(void)
{
	int fds[2];

	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	cr_assert_eq(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
	close(fds[1]);
	reader = fds[0];
	cr_assert_neq(fcntl(reader, F_SETFL, O_NONBLOCK), -1);
	output_open("ctld", LOG_INFO, "json");
	log_init(LOG_INFO, output_own);
}

TestSuite(output, .init = open_output);

/* What it says in each field and in its message. */
static struct log_record
line_of(const char *text)
{
	struct log_record r;

	log_make(&r, LOG_ERROR, text,
	    (const struct log_field[]){ LOG_STR("said", text) }, 1);
	return r;
}

/* All that was said, and what it makes room for. */
static const char *
read_all(void)
{
	static char all[2 * OUTPUT_KEPT_MAX];
	size_t n = 0;
	ssize_t got;

	do {
		output_flush();
		got = read(reader, all + n, sizeof(all) - 1 - n);
		if (got > 0)
			n += (size_t)got;
	} while (got > 0);
	all[n] = '\0';
	return all;
}

Test(output, what_is_no_text_is_escaped)
{
	const struct log_record r =
	    line_of("a\x01\x1f\x7f\"\\\xe2\x80\xae\xef\xbb\xbf\xff\xc3\xa9");

	output_line("relayd", "bad", &r);
	cr_assert_not_null(strstr(read_all(),
	    "\"said\":\"a\\u0001\\u001f\\u007f\\\"\\\\\\u202e"
	    "\\ufeff\\ufffd\xc3\xa9\""));
}

Test(output, what_a_child_says_leaves_room_for_others)
{
	const struct log_record r = line_of("flood");
	const char *said;

	while (output_dropped() == 0)
		output_line("relayd", "bad", &r);
	log_info("Killing it");
	cr_assert_eq(output_dropped(), 1);
	output_line("relayd", "bad", &r);
	cr_assert_eq(output_dropped(), 2);
	said = read_all();
	cr_assert_not_null(strstr(said, "Killing it"));
	cr_assert_not_null(strstr(said, "Log lines dropped"));
}

/* ---- who has changed what */

/* "n" in each, from 0 on. */
static void
audit_lines(int from, int to)
{
	struct log_record r;

	for (; from < to; from++) {
		log_make(&r, LOG_INFO, "Audit",
		    (const struct log_field[]){ LOG_INT("n", from) }, 1);
		output_audit(&r);
	}
}

/* The first is followed by the others, with nothing of them missing.  Line by
 * line: sanitizers measure all that is behind a text that is searched. */
static int
count_audit_lines(const char *said)
{
	char line[1024], wanted[32];
	const char *end;
	size_t len;
	int n = 0;

	for (; (end = strchr(said, '\n')) != NULL; said = end + 1) {
		len = (size_t)(end - said);
		cr_assert_lt(len, sizeof(line));
		memcpy(line, said, len);
		line[len] = '\0';
		if (strstr(line, "Audit") == NULL)
			continue;
		snprintf(wanted, sizeof(wanted), "\"n\":%d,", n);
		if (strstr(line, wanted) == NULL)
			return n;
		n++;
	}
	return n;
}

Test(output, what_is_audited_waits_for_a_reader)
{
	audit_lines(0, 5000);
	cr_assert_eq(output_dropped(), 0);
	cr_assert(output_waits());
	cr_assert_eq(count_audit_lines(read_all()), 5000);
	cr_assert(!output_waits());
}

Test(output, what_is_audited_stays_in_its_order_among_others)
{
	const struct log_record r = line_of("flood");
	const char *said, *killing;

	audit_lines(0, 2000);
	while (output_dropped() == 0)
		output_line("relayd", "bad", &r);
	log_info("Killing it");
	audit_lines(2000, 3000);
	cr_assert_eq(output_dropped(), 1);
	said = read_all();
	killing = strstr(said, "Killing it");
	cr_assert_not_null(killing);
	cr_assert_lt(strstr(said, "\"n\":1999,"), killing);
	cr_assert_gt(strstr(said, "\"n\":2000,"), killing);
	cr_assert_eq(count_audit_lines(said), 3000);
	cr_assert_not_null(strstr(said, "\"lines\":1,"));
	cr_assert_null(strstr(said, "audit_lines"));
}

/* Memory is not without end: how many are lost is said. */
Test(output, of_what_is_audited_so_much_waits_and_no_more)
{
	int n = 0;
	const char *said;

	while (output_dropped() < 3) {
		audit_lines(n, n + 1);
		n++;
	}
	said = read_all();
	cr_assert_eq(count_audit_lines(said), n - 3);
	cr_assert_gt(strlen(said), OUTPUT_KEPT_MAX);
	cr_assert_lt(strlen(said), OUTPUT_KEPT_MAX + 256 * 1024);
	cr_assert_not_null(strstr(said, "\"lines\":3,\"audit_lines\":3,"));
	audit_lines(0, 1); /* there is room again */
	cr_assert_eq(count_audit_lines(read_all()), 1);
}

/* Half of it is read, then some are written, and so on. */
Test(output, what_is_audited_goes_on_while_somebody_reads_slowly)
{
	static char all[4 * 1024 * 1024];
	size_t len = 0;
	int n = 0;

	for (; n < 20000; n += 200) {
		audit_lines(n, n + 200);
		len += (size_t)read(reader, all + len, 8192);
	}
	cr_assert_eq(output_dropped(), 0);
	strcpy(all + len, read_all());
	cr_assert_eq(count_audit_lines(all), n);
}

Test(output, at_an_end_nobody_waits_for_who_has_gone)
{
	int64_t began;

	signal(SIGPIPE, SIG_IGN);
	audit_lines(0, 2000);
	close(reader);
	began = clock_now();
	output_drain();
	cr_assert_lt(clock_now() - began, NS_PER_S / 2);
	cr_assert(output_waits());
}

/* ---- what it costs */

/* ns of processor time for some of a child's lines, the least of a few tries */
static int64_t
cost_of(const struct log_record *r)
{
	struct timespec began, ended;
	int64_t took, least = CLOCK_NEVER;
	int i, n;

	while (output_dropped() == 0)
		output_line("relayd", "bad", r); /* no longer the pipe's */
	for (i = 0; i < 10; i++) {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
		for (n = 0; n < 20; n++)
			output_line("relayd", "bad", r);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended);
		took = (ended.tv_sec - began.tv_sec) * NS_PER_S +
		    ended.tv_nsec - began.tv_nsec;
		least = took < least ? took : least;
	}
	return least;
}

/* A byte that is written as six costs no more than some that are as they are.
 */
Test(output, a_line_that_is_all_escaped_costs_as_much_as_one_that_is_not)
{
	struct log_record plain = { .level = LOG_ERROR }, escaped = plain;

	memset(plain.message, 'x', sizeof(plain.message) - 1);
	memset(escaped.message, 1, sizeof(escaped.message) - 1);
	cr_assert_lt(cost_of(&escaped), 3 * cost_of(&plain));
}
