/* SPDX-License-Identifier: ISC */
#ifndef SESSION_END_H
#define SESSION_END_H

/*
 * Why one has ended: a row is its word for programs, and what it says to
 * people.  From WORKER_DIED on, of several at once.
 */
#define SESSION_ENDS(X)                                                        \
	X(NONE, "unknown", "unknown")                                          \
	X(BOTH_FIN, "both_fin", "both sides have ended")                       \
	X(CLIENT_RESET, "client_reset", "reset by the client")                 \
	X(UPSTREAM_RESET, "upstream_reset", "reset by the upstream")           \
	X(TOXIC_CLOSE, "toxic_close", "closed by a toxic")                     \
	X(TOXIC_RESET, "toxic_reset", "reset by a toxic")                      \
	X(NO_UPSTREAM, "no_upstream", "no upstream")                           \
	X(GAVE_WAY, "gave_way",                                                \
	    "one side had gone, and others needed the room")                   \
	X(STUCK, "stuck", "one side had gone, and what it left cannot move")   \
	X(UNWATCHED, "unwatched", "cannot be watched")                         \
	X(ASKED_CLOSE, "asked_close", "closed by a request")                   \
	X(ASKED_RESET, "asked_reset", "reset by a request")                    \
	X(WORKER, "worker", "worker ends")                                     \
	X(WORKER_DIED, "worker_died", "the proxy's worker died")               \
	X(PROXY_CHANGED, "proxy_changed",                                      \
	    "the proxy was changed, or disabled")                              \
	X(OVER_SESSIONS, "over_sessions", "over the tenant's limits.sessions") \
	X(OVER_CONNECTIONS, "over_connections",                                \
	    "over the tenant's limits.connections_per_s")                      \
	X(CONNECT_RESET, "connect_reset", "reset as the proxy's connect says")

enum session_end {
#define X(end, word, text) END_##end,
	SESSION_ENDS(X)
#undef X
	END_MAX
};

#endif
