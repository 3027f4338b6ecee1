/* SPDX-License-Identifier: ISC */
/* The heads and loops of <sys/queue.h>, for cppcheck, which does not read that
 * header. */
#define TAILQ_FOREACH(v, h, f) \
	for ((v) = (h)->tqh_first; (v); (v) = (v)->f.tqe_next)
/* The order is nothing to it. */
#define TAILQ_FOREACH_REVERSE(v, h, name, f) TAILQ_FOREACH (v, h, f)
#define STAILQ_FOREACH(v, h, f) \
	for ((v) = (h)->stqh_first; (v); (v) = (v)->f.stqe_next)
#define LIST_FOREACH(v, h, f) \
	for ((v) = (h)->lh_first; (v); (v) = (v)->f.le_next)
#define TAILQ_HEAD(name, type)          \
	struct name {                   \
		struct type *tqh_first; \
		struct type **tqh_last; \
	}
#define LIST_HEAD(name, type)          \
	struct name {                  \
		struct type *lh_first; \
	}
#define TAILQ_HEAD_INITIALIZER(head)    \
	{                               \
		NULL, &(head).tqh_first \
	}
#define LIST_HEAD_INITIALIZER(head) \
	{                           \
		NULL                \
	}
