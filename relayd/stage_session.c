/* SPDX-License-Identifier: ISC */
/*
 * What a stage does to its session as a whole; what is done to its sockets is
 * seen to after the session's turn, see loss.c.
 */

#include "chain.h"

void
stage_hit(struct stage *s)
{
	if (s->has_hit)
		return;
	s->has_hit = 1;
	s->toxic->counts.hits++;
}

void
stage_hang(struct stage *s)
{
	if (s->hangs || s->cut)
		return;
	s->hangs = 1;
	s->chain->nhanging++;
	stage_hit(s);
}

void
stage_go_on(struct stage *s)
{
	s->chain->nhanging -= s->hangs;
	s->hangs = 0;
}

void
stage_lose(struct stage *s)
{
	s->chain->nlosing += !s->loses;
	s->loses = 1;
	stage_hit(s);
}

void
stage_lose_no_more(struct stage *s)
{
	s->chain->nlosing -= s->loses;
	s->loses = 0;
}

void
stage_unplug(struct stage *s)
{
	s->chain->nunplugged += !s->is_unplugged;
	s->is_unplugged = 1;
	stage_hit(s);
}

void
stage_plug_in(struct stage *s)
{
	s->chain->nunplugged -= s->is_unplugged;
	s->is_unplugged = 0;
}
