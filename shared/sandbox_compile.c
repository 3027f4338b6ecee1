/* SPDX-License-Identifier: ISC */
/* At build time: a table of system calls in, a filter for seccomp(2) out. */

#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lockdown.h"
#include "sandbox.h"

/* One that is not given is all zeroes, which is no comparison. */
static unsigned int
count_args(const struct sandbox_rule *rule)
{
	unsigned int n = 0;

	while (n < SANDBOX_ARGS_MAX && rule->args[n].op != _SCMP_CMP_MIN)
		n++;
	return n;
}

/* A rule for any arguments makes every other rule for that call void. */
static void
check_table(void)
{
	const struct sandbox_rule *a, *b;
	size_t i, j;

	for (i = 0; i < sandbox_nrules; i++) {
		a = &sandbox_rules[i];
		for (j = 0; j < sandbox_nrules; j++) {
			b = &sandbox_rules[j];
			if (i != j && a->syscall == b->syscall &&
			    count_args(a) == 0)
				errx(1, "call %d (%s) is ruled twice",
				    a->syscall, a->why);
		}
	}
}

static void
add_rules(scmp_filter_ctx ctx)
{
	const struct sandbox_rule *rule;
	size_t i;
	int r;

	for (i = 0; i < sandbox_nrules; i++) {
		rule = &sandbox_rules[i];
		r = seccomp_rule_add_array(ctx,
		    rule->error != 0 ? SCMP_ACT_ERRNO((uint16_t)rule->error)
				     : SCMP_ACT_ALLOW,
		    rule->syscall, count_args(rule), rule->args);
		if (r < 0)
			errx(1, "call %d (%s): %s", rule->syscall, rule->why,
			    strerror(-r));
	}
}

static void
print_instruction(struct sock_filter f)
{
	printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", f.code, f.jt, f.jf, f.k);
}

/* How many numbers are guarded, from LISTENER_FD on. */
static unsigned int
count_listeners(void)
{
	unsigned int n = 1;
	size_t rule;

	for (rule = 0; rule < sandbox_nrules; rule++) {
		if (sandbox_rules[rule].guards > n)
			n = sandbox_rules[rule].guards;
	}
	return n;
}

/* The same call may have several rules. */
static uint8_t
list_guarded(int calls[UINT8_MAX])
{
	uint8_t i, n = 0;
	size_t rule;

	for (rule = 0; rule < sandbox_nrules; rule++) {
		if (sandbox_rules[rule].guards == 0)
			continue;
		for (i = 0; i < n; i++) {
			if (calls[i] == sandbox_rules[rule].syscall)
				break;
		}
		if (i == n && n < UINT8_MAX)
			calls[n++] = sandbox_rules[rule].syscall;
	}
	return n;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_HALF 0
#else
#define LOW_HALF 4
#endif

/*
 * In front of all else: a guarded call on LISTENER_FD, or those behind it.  It
 * can only kill, so that the number may be another architecture's.
 */
static void
print_guard(void)
{
	int calls[UINT8_MAX];
	uint8_t i, n = list_guarded(calls);

	if (n == 0)
		return;
	print_instruction((struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	for (i = 0; i < n; i++)
		print_instruction(
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			(uint32_t)calls[i], (uint8_t)(n - i), 0));
	print_instruction((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 4));
	print_instruction((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, args[0]) + LOW_HALF));
	print_instruction((struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JGE | BPF_K, LISTENER_FD, 0, 2));
	print_instruction((struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JGE | BPF_K, LISTENER_FD + count_listeners(), 1, 0));
	print_instruction((struct sock_filter)BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
}

/* As a C array on stdout. */
static void
print_filter(FILE *bpf)
{
	struct sock_filter f;

	printf("/* Made by sandbox_compile from sandbox.c. */\n");
	printf("static const struct sock_filter filter[] = {\n");
	print_guard();
	while (fread(&f, sizeof(f), 1, bpf) == 1)
		print_instruction(f);
	printf("};\n");
}

int
main(void)
{
	scmp_filter_ctx ctx;
	FILE *bpf;

	check_table();
	if ((ctx = seccomp_init(SCMP_ACT_KILL_PROCESS)) == NULL)
		errx(1, "seccomp_init");
	if ((bpf = tmpfile()) == NULL)
		err(1, "tmpfile");
	/* A binary tree: a call costs as much at the end of the list. */
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* A call by another table (x32) would only kill its thread. */
	if (seccomp_attr_set(
		ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0)
		errx(1, "seccomp_attr_set");
	add_rules(ctx);
	if (seccomp_export_bpf(ctx, fileno(bpf)) < 0)
		errx(1, "seccomp_export_bpf");
	rewind(bpf);
	print_filter(bpf);
	seccomp_release(ctx);
	return fclose(bpf) == 0 && fflush(stdout) == 0 ? 0 : 1;
}
