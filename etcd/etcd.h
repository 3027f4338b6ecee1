/* SPDX-License-Identifier: ISC */
#ifndef ETCD_H
#define ETCD_H

#include <stddef.h>
#include <stdint.h>

/*
 * What is said to etcd's JSON gateway (3.4 and later), and what it answers: as
 * texts, without a socket.  Each request is a POST of the text to its path;
 * with a user, "Authorization: TOKEN" is among its headers.
 *
 * Texts that are returned are the caller's to free; NULL: no memory.
 */

#define ETCD_AUTHENTICATE "/v3/auth/authenticate"
#define ETCD_RANGE "/v3/kv/range"
#define ETCD_PUT "/v3/kv/put"
#define ETCD_DELETE "/v3/kv/deleterange"
#define ETCD_TXN "/v3/kv/txn"
#define ETCD_WATCH "/v3/watch"
#define ETCD_LEASE_GRANT "/v3/lease/grant"
#define ETCD_LEASE_REVOKE "/v3/lease/revoke"
#define ETCD_LEASE_KEEPALIVE "/v3/lease/keepalive"

/* As etcd is delivered: more operations in one txn are refused. */
#define ETCD_TXN_OPS_MAX 128
/* ... and a request of more bytes. */
#define ETCD_REQUEST_MAX ((size_t)1536 * 1024)

/* ---- requests */

char *etcd_authenticate(const char *user, const char *password);

/* Of a range: from key to end, without end; end NULL: that key alone. */
struct etcd_range {
	const char *key, *end;
	int64_t limit;    /* 0: all; the answer has `more` */
	int64_t revision; /* 0: now, and else as of that one */
	int keys_only;
};
char *etcd_range(const struct etcd_range *);
/* The end of all keys that begin with this. */
char *etcd_range_end(const char *beginning);

char *etcd_put(const char *key, const char *value, size_t len, int64_t lease);
char *etcd_delete(const char *key, const char *end); /* end as above */
char *etcd_lease_grant(int64_t seconds);
char *etcd_lease_revoke(int64_t lease);
char *etcd_lease_keepalive(int64_t lease);

/* One watch; a body may have several of these texts, one behind another. */
struct etcd_watch {
	const char *key, *end;
	int64_t id;    /* which all that it says has */
	int64_t start; /* the first revision that it tells of */
};
char *etcd_watch(const struct etcd_watch *);

/* All of it or nothing, if all that is asked is so.  Errors wait for its end.
 */
struct etcd_txn;
struct etcd_txn *etcd_txn_new(void);
/* That key's mod_revision; 0: there is no such key. */
void etcd_txn_if(struct etcd_txn *, const char *key, int64_t mod_revision);
void etcd_txn_put(struct etcd_txn *, const char *key, const char *value,
    size_t len, int64_t lease);
void etcd_txn_delete(struct etcd_txn *, const char *key, const char *end);
size_t etcd_txn_ops(const struct etcd_txn *);
size_t etcd_txn_bytes(const struct etcd_txn *); /* about: of its text */
/* Frees it, NULL too. */
char *etcd_txn_text(struct etcd_txn *);

/* ---- answers */

/* Why there is none.  code: gRPC's; or one of these. */
#define ETCD_GARBLED (-1) /* not as etcd answers */
#define ETCD_NO_MEMORY (-2)
#define ETCD_INVALID_ARGUMENT 3
#define ETCD_PERMISSION_DENIED 7
#define ETCD_UNAUTHENTICATED 16
struct etcd_error {
	int code;
	char message[256];
};

struct etcd_header {
	uint64_t cluster_id, member_id;
	int64_t revision;
	uint64_t raft_term;
};

/* Both have a NUL behind them that is not counted. */
struct etcd_kv {
	char *key, *value;
	size_t key_len, value_len;
	int64_t mod_revision;
	int64_t lease;  /* 0: none */
	int is_deleted; /* of a watch: it has no value any more */
};

struct etcd_kvs {
	struct etcd_kv *kv;
	size_t n;
};
void etcd_kvs_free(struct etcd_kvs *);

struct etcd_list {
	struct etcd_header header;
	struct etcd_kvs kvs;
	int64_t count; /* in all, whatever the limit was */
	int more;
};

/* What a watch says, of one line of its answer. */
struct etcd_told {
	struct etcd_header header;
	int64_t id;
	int is_created, is_canceled, is_fragment; /* more of the same follows */
	int64_t compact_revision;                 /* else 0 */
	char reason[256];                         /* of is_canceled */
	struct etcd_kvs kvs;
};

/*
 * An answer with HTTP's status.  0, or -1 and why; what is read is then empty.
 * Who has got a list or what was told frees its kvs.
 */
struct etcd_answer {
	long status;
	const char *text;
	size_t len;
};
int etcd_read_token(
    const struct etcd_answer *, char **token, struct etcd_error *);
int etcd_read_list(
    const struct etcd_answer *, struct etcd_list *, struct etcd_error *);
/* Of put, delete, revoke: the header alone. */
int etcd_read_done(
    const struct etcd_answer *, struct etcd_header *, struct etcd_error *);
int etcd_read_txn(const struct etcd_answer *, struct etcd_header *,
    int *succeeded, struct etcd_error *);
/* Of grant and keep-alive.  ttl in s; 0: there is no such lease any more. */
int etcd_read_lease(const struct etcd_answer *, int64_t *lease, int64_t *ttl,
    struct etcd_error *);
int etcd_read_told(
    const struct etcd_answer *, struct etcd_told *, struct etcd_error *);

/* The token is not, or no longer, good: authenticate, and ask again. */
int etcd_wants_token(const struct etcd_error *);
/* The same, of a watch that was canceled. */
int etcd_told_wants_token(const struct etcd_told *);

#endif
