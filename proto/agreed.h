/* SPDX-License-Identifier: ISC */
#ifndef TOXID_AGREED_H
#define TOXID_AGREED_H

#include <stddef.h>
#include <stdint.h>

#include "clock.h"

/*
 * The numbers on which two programs of toxid have to agree: how many, how long,
 * and which descriptor.  Each is one constant; beside it stands who keeps it,
 * and who counts on that.  What only one program knows stands with its code,
 * and the size of a field with the field.
 */

/* ---- descriptors that a child finds; spawn.c puts them there */

#define CHAN_FD 3     /* its channel; ctld's is the line to toxid */
#define ROOT_DIR_FD 4 /* what is to be its root, where it is to have one */
#define DOORBELL_FD 5 /* ctld's: toxid has news */

/* Above all of those: what start/ gives to supervisor/ is there. */
#define FD_MIN 16

/* ---- whose a listening socket is */

enum listener_of {
	LISTENER_PROXY,
	LISTENER_API,
	LISTENER_API_SOCKET /* start/ has made it, ctld asks for none */
};

/* ---- how many */

/*
 * Of proxies and of spare workers: the options' bounds, which toxid's table of
 * listeners and of children keeps against ctld.
 */
#define MAX_PROXIES 4000
#define MAX_SPARES 256

/*
 * User ids of children, as root: all that systemd keeps for users of no
 * account.  Each proxy and each spare has one; the rest is for workers that are
 * dying.
 */
#define UIDS 4336

/*
 * Of toxics: of one proxy, both directions together, and of all.  ctld keeps
 * both, and stored and apid take it that it has.  So many, and as many proxies
 * and sources as there may be, fit CHAN_QUEUE_MAX: a new apid or stored is told
 * of them.
 */
#define PROXY_TOXICS_MAX 256
#define TOXICS_MAX 50000

/*
 * Of toxics that sessions have of their own: one session PROXY_TOXICS_MAX, and
 * all sessions of a worker together so many.  The worker keeps both, and ctld
 * that all toxics, these too, are not more than TOXICS_MAX.
 */
#define OWN_TOXICS_MAX 1024

/*
 * Of one scenario: its steps, and the toxics of all of them together.  apid and
 * ctld keep both, and stored.
 */
#define SCENARIO_STEPS_MAX 256
#define SCENARIO_TOXICS_MAX PROXY_TOXICS_MAX
#define SCENARIO_CONNECTS_MAX 32 /* that differ */

/*
 * Of toxics of all profiles of a configuration file: its reader keeps it, and
 * ctld.
 */
#define FILE_PROFILES_MAX 256

/* Of proxies in one /populate or one configuration file: apid, and ctld. */
#define POPULATE_MAX 10000

/*
 * Connections to the API at once: apid's to keep; ctld and toxid have room for
 * so many on their way through an upgrade.
 */
#define API_CLIENTS_MAX 4096

/*
 * Of these, those that are kept open for a session: ctld's to keep, so that
 * there is always room for who only asks.
 */
#define API_SESSIONS_MAX (API_CLIENTS_MAX / 4)

/*
 * ... and those that read events as they come, or wait for what a proxy counts:
 * apid's to keep; ctld has no more proxies watched.
 */
#define API_KEPT_MAX (API_CLIENTS_MAX / 4)

/*
 * Kinds of refusals that apid tells apart, and writes one line of in a second
 * each: ctld writes no more than twice as many, as they may have had to wait.
 */
#define REFUSALS_APART_MAX 64

/*
 * Kinds of ends of sessions that a worker tells apart, and says one of in a
 * second each: ctld makes no more than twice as many events of a proxy.
 */
#define ENDED_KINDS 16

/*
 * The dials that a worker may have told diald of and has no answer to: their
 * ids are 1 to DIALS_MAX, and one is used again once its DIALED has come.  More
 * wait in the worker.  Who goes beyond it is no honest worker.
 */
#define DIALS_MAX 1024

/*
 * Names that ctld, and that diald, has asked for at once: proto/names.c keeps
 * it.  resolvd answers more with an error.
 */
#define NAMES_MAX 20000

/*
 * Of those that ctld has asked for: so many are looked up at once, and at most
 * so many parts of all descriptors.  resolvd keeps it; ctld gives each tenant
 * its share of it.
 */
#define LISTEN_LOOKUPS_MAX 2048
#define LISTEN_LOOKUPS_PART 4

/*
 * Children in a second: toxid starts no more, so that a ctld in bad hands does
 * not keep the machine forking; an honest one asks for fewer.
 */
#define SPAWNS_PER_S 2000

/*
 * Clients that a worker may ask for at once: they wait in it until ctld has
 * said how many its tenant may have of them.
 */
#define GATE_ROOM 32

/*
 * Workers whose sessions lose segments, at once: toxid has so many programs, or
 * fewer; ctld accepts no more proxies with such a toxic.
 */
#define LOSS_POOL 256

/* Of sources of desired state: ctld's to keep, and stored takes it that it has.
 */
#define SOURCES_MAX 64

/* ... and scenarios of all their documents, those that are over, too. */
#define SOURCES_SCENARIOS_MAX 20000

/* ---- bytes */

/*
 * Of a source's document, as apid writes it anew: apid and ctld keep it; and of
 * all documents together, which ctld has in memory and in its journal.
 */
#define SOURCE_TEXT_MAX ((uint64_t)8 * 1024 * 1024)
#define SOURCES_TEXT_MAX (2 * SOURCE_TEXT_MAX)

/* What waits in one channel: its sender keeps it, and gives its child up. */
#define CHAN_QUEUE_MAX ((size_t)96 * 1024 * 1024)

/*
 * What each worker may hold without asking, so that none stands still for
 * others: three chunks.  ctld sets it aside for all the proxies that there may
 * be, and the worker asks for what is beyond it.
 */
#define RELAY_OWN_HELD ((uint64_t)128 * 1024)

/* The API's token, which start/ takes from there, and what a caller brings. */
#define TOKEN_NAME "TOXIPROXY_AUTH_TOKEN"
#define TOKEN_TEXT_MAX 511

/* ---- how long */

/*
 * A sign of life is asked for so often: of its children by ctld, of ctld by
 * toxid.  One that had no processor meanwhile has STARVED_MAX at most.  An apid
 * that has not been asked for SILENT_AFTER says that nobody sees to it.
 */
#define HEARTBEAT (3 * NS_PER_S / 2)
#define STARVED_MAX (8 * NS_PER_S)
#define SILENT_AFTER (5 * NS_PER_S)
_Static_assert(SILENT_AFTER > 3 * HEARTBEAT, "two may come late");

/*
 * Of deaths of ctld that come after a longer life toxid bears any number.  So a
 * ctld that is short of what it needs lives for so long.
 */
#define CTLD_LIVES (5 * NS_PER_S)

/* Who looks at the clock so late had no time: neither had whom it waits for. */
#define LATE (NS_PER_S / 2)

/*
 * What a change waits for, one after the other: the address of a `listen`,
 * which resolvd gives up before ctld does; stored; the worker.  An apid that is
 * to end waits so long for what it has asked.
 */
#define LISTEN_NAME_WITHIN_S 2 /* s */
#define RESOLVE_WITHIN (LISTEN_NAME_WITHIN_S * NS_PER_S + NS_PER_S / 2)
#define STORE_WITHIN (2 * NS_PER_S)
#define APPLY_WITHIN (2 * NS_PER_S)
#define HURRY_WITHIN (10 * NS_PER_S)
_Static_assert(RESOLVE_WITHIN + STORE_WITHIN + APPLY_WITHIN < HURRY_WITHIN,
    "what is asked can be answered");

/*
 * A session of a client of the API: ctld keeps it for so long, apid says so
 * often that it is there, and sends its client a line.  Who can't be reached
 * for as long has gone: apid asks the kernel to say so.  Behind an apid that
 * has just begun there is time to come back to one.
 */
#define SESSION_LEASE (30 * NS_PER_S)
#define SESSION_RENEW_EVERY (10 * NS_PER_S)
#define SESSION_BACK_WITHIN (15 * NS_PER_S)
_Static_assert(SESSION_LEASE >= SESSION_RENEW_EVERY + SESSION_BACK_WITHIN,
    "one that was renewed may be come back to");

/*
 * The configuration file: ctld waits so long for who reads it at the start, and
 * for a whole reload.  `toxid -reload` waits for both, one behind the other.
 */
#define READ_WITHIN (15 * NS_PER_S)
#define RELOAD_WITHIN (10 * NS_PER_S)
#define RELOAD_ANSWER_WITHIN (READ_WITHIN + RELOAD_WITHIN)

/*
 * Toxiproxy's, of both ends of a session: s, s, and how often.  toxid sets it
 * where a proxy listens, diald where it dials.
 */
#define KEEPALIVE_IDLE 15
#define KEEPALIVE_INTERVAL 15
#define KEEPALIVE_COUNT 9

#endif
