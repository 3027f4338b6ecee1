/* SPDX-License-Identifier: ISC */
/*
 * load: both ends of a relay under measurement, in one program.  The parent
 * process is the client, its children are the server (and more clients, where
 * one process has not enough descriptors).
 *
 * A process that cannot go on calls fail(); nothing is ever freed, for no mode
 * outlives its one measurement.
 */
#ifndef LOAD_H
#define LOAD_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* What every mode may count on to be enough for a peer that has not stalled. */
#define GRACE_S 5.0

/* net.c */
#define ENDPOINTS_MAX 64

struct endpoint {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr;
	socklen_t len;
	char text[64];
};

struct endpoints {
	struct endpoint at[ENDPOINTS_MAX];
	size_t n;
};

/* "127.0.0.1:80" or "[::1]:80": numbers only, loopback only. */
int endpoint_parse(struct endpoint *, const char *text);

int net_listen(const struct endpoint *);
void net_accept_all(int listener, int *fds, size_t n);

/* source: the client is 127.0.0.source; 0: as the kernel likes. */
int net_socket(const struct endpoint *to, unsigned int source, int flags);
int net_connect(const struct endpoint *to, unsigned int source);

void net_send_all(int fd, const void *, size_t);
void net_recv_all(int fd, void *, size_t);
/* Bytes; 0: none for now; -1: the end.  Does not block. */
ssize_t net_recv_some(int fd, void *, size_t);
/* Bytes; 0: none for now.  Does not block. */
ssize_t net_send_some(int fd, const void *, size_t);

int poller_open(void);
void poller_add(int poller, int fd, uint32_t events, uint64_t data);
void poller_change(int poller, int fd, uint32_t events, uint64_t data);

/* options.c */
enum direction {
	DIRECTION_DOWN, /* server to client */
	DIRECTION_UP
};

enum option_kind {
	OPTION_COUNT,  /* int64_t */
	OPTION_REAL,   /* double */
	OPTION_SWITCH, /* int */
	OPTION_TEXT,   /* const char * */
	OPTION_DIRECTION,
	OPTION_ENDPOINTS
};

struct option {
	const char *name;
	enum option_kind kind;
	void *value;
	const char *preset; /* NULL: the user has to say, or it is off */
	const char *help;
	double min, max; /* of a count or a real; max 0: none */
};

/* What all modes know, and those that measure for a time. */
struct common {
	struct endpoints listen;
	struct endpoints connect;
	int64_t cpu; /* -1: anywhere */
	double seconds;
	double warmup;
};
extern struct common common;

/* What a mode has of the common options. */
enum mode_has {
	HAS_SERVER = 0x1, /* -listen */
	HAS_TIME = 0x2,   /* -seconds, -warmup */
};

struct mode {
	const char *name;
	const char *help;
	unsigned int has;
	const struct option *options; /* these win over common ones */
	size_t noptions;
	void (*run)(void);
};

/* argv starts after the name of the mode. */
void options_parse(const struct mode *, char *argv[]);

/* run.c */

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

void run_open(const char *mode);

/* One line on stderr, from the first that fails; then exit 1. */
void fail(const char *, ...)
    __attribute__((__noreturn__, __format__(printf, 1, 2)));
void failx(const char *, ...)
    __attribute__((__noreturn__, __format__(printf, 1, 2)));

/* Fails unless called again, or ended, within seconds; 0: no limit. */
void run_watch(double seconds, const char *doing);

/* 0 in the child, which ends with its parent. */
pid_t run_fork(void);
void run_wait(void); /* until all children have exited */
void run_end(void);  /* ends all children */

/* The window begins warmup from now. */
void run_begin(void);
int run_measures(int64_t now);

/* Until *count is n; fails when it has not moved for a while. */
void run_await(const _Atomic int64_t *count, int64_t n, const char *what);

/*
 * Two processes with n connections between them, one of which sends while the
 * other receives and prints.  Both come when all n are open.
 */
struct one_way {
	void (*send)(const int *fds, size_t n);
	void (*receive)(const int *fds, size_t n);
	double extra_s; /* that the way takes by itself */
};
void run_one_way(const struct one_way *, enum direction, size_t n);

/* A child that echoes whatever comes; for n clients. */
void run_echo(void);

/* echo.c */
void echo_serve(const int *listeners, size_t n, size_t connections_max)
    __attribute__((__noreturn__));

/* stats.c */
struct samples {
	int64_t *at; /* ns */
	size_t n, max;
	int sorted;
};
void samples_add(struct samples *, int64_t ns);
/* Of n > 0 samples.  quantile is in [0, 1]: 0 is the least, 1 the largest. */
int64_t samples_quantile(struct samples *, double quantile);

/* json.c: the one line of output, key by key. */
void json_open(const char *mode);
void json_object(const char *key);
void json_object_end(void);
void json_count(const char *key, int64_t);
void json_real(const char *key, double);
void json_us(const char *key, struct samples *, double quantile);
void json_ms(const char *key, struct samples *, double quantile);
void json_close(void);

/* load.c has the one list of them */
extern const struct mode mode_bulk, mode_messages, mode_rtt, mode_connect,
    mode_idle, mode_delay, mode_rate, mode_http;

#endif
