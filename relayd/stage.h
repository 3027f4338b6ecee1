/* SPDX-License-Identifier: ISC */
#ifndef STAGE_H
#define STAGE_H

#include "chain.h"

/* What the stages and their chain share, and nobody else sees: stage.c. */

/* Not counted yet, and empty; never NULL. */
struct chunk *chunk_alloc(uint32_t size);
/* From now on it counts, and len bytes of it are filled. */
struct chunk *chunk_start(struct chain *, struct chunk *, uint32_t len);
struct chunk *chunk_new(struct chain *, const void *data, uint32_t len);
void chunk_free(struct chain *, struct chunk *);
void chunks_free(struct chain *, struct chunks *);

/* To s, if it is at work, or else to what comes behind it; NULL: the sink. */
void pass_chunk(struct chain *, struct stage *, struct chunk *);
void pass_eof(struct chain *, struct stage *);

/* What is held goes on as if the stage were not here. */
void stage_release(struct stage *);
/* Nothing leaves it any more, and what it held is gone. */
void stage_cut(struct stage *);

#endif
