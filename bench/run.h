/* SPDX-License-Identifier: ISC */
#ifndef RUN_H
#define RUN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "load.h"

/* What is enough for any relay that has not stalled. */
#define GRACE_S 5.0

/* In memory that all processes share. */
struct run {
	pthread_barrier_t barrier; /* of client and server */
	_Atomic int64_t start;     /* the three are times of clock_now() */
	_Atomic int64_t from;      /* the measured window */
	_Atomic int64_t to;
	_Atomic int64_t opened;   /* connections, by all clients */
	_Atomic int64_t accepted; /* connections, by all servers */
	_Atomic int64_t touched;  /* connections that have carried a message */
	_Atomic int64_t done;     /* the receiver has what it wants */
	_Atomic int64_t failed;   /* someone has said why */
};
extern struct run *run;
extern const char *run_mode; /* its name */

void run_open(const char *mode);

/* One line on stderr, from the first that fails; then exit 1. */
void fail(const char *, ...)
    __attribute__((__noreturn__, __format__(printf, 1, 2)));
void failx(const char *, ...)
    __attribute__((__noreturn__, __format__(printf, 1, 2)));

/* Fails unless called again, or ended, within seconds; 0: no limit. */
void run_watch(double seconds, const char *doing);

/* This process, and those that it forks, on one CPU; -1: as they are. */
void run_pin(int64_t cpu);

/* 0 in the child, which ends with its parent and is a server. */
pid_t run_fork(void);
void run_wait(void); /* until all children have exited */
void run_end(void);  /* ends all children */

/* The window begins warmup from now. */
void run_begin(void);
int run_measures(int64_t now);

/* Until *count is n; fails when it has not moved for a while. */
void run_await(const _Atomic int64_t *count, int64_t n, const char *what);

/*
 * pair.c: two processes with n connections between them, one of which sends
 * while the other receives and prints.  Both come when all n are open.
 */
struct one_way {
	void (*send)(const int *fds, size_t n);
	void (*receive)(const int *fds, size_t n);
	double extra_s; /* that the way takes by itself */
};
void run_one_way(const struct one_way *, enum direction, size_t n);

/* A child that listens and sends back whatever comes. */
void run_echo(void);

/* echo.c */
void echo_serve(const int *listeners, size_t n, size_t connections_max)
    __attribute__((__noreturn__));

#endif
