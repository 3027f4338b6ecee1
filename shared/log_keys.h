/* SPDX-License-Identifier: ISC */
#ifndef LOG_KEYS_H
#define LOG_KEYS_H

/*
 * The keys of a line that are its writer's: who speaks, when, how loud.  No
 * field of a child's record may have one of them, nor one that readers of logs
 * take for the same.
 */
#define LOG_KEYS(X)               \
	X(LEVEL, "level")         \
	X(TIME, "time")           \
	X(MESSAGE, "message")     \
	X(ROLE, "role")           \
	X(PROXY, "proxy")         \
	X(PID, "pid")             \
	X(VERSION, "version")     \
	X(TS, "ts")               \
	X(MSG, "msg")             \
	X(PRIORITY, "priority")   \
	X(TIMESTAMP, "timestamp") \
	X(SEVERITY, "severity")   \
	X(LVL, "lvl")

enum log_key {
#define X(key, text) LOG_KEY_##key,
	LOG_KEYS(X)
#undef X
	LOG_KEY_MAX
};

extern const char *const log_keys[LOG_KEY_MAX];
int log_key_is_reserved(const char *key);

#endif
