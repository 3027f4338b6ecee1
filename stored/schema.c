/* SPDX-License-Identifier: ISC */
/*
 * What the database looks like.  A migration that has been released is never
 * changed: a new one is added behind it.  The version is PRAGMA user_version.
 *
 * The attributes of a toxic are rows of their own, by name, so that a toxic may
 * learn new ones, of any kind, without a new schema.
 */

#include "nitems.h"
#include "stored.h"

const char *const migrations[] = {
	"CREATE TABLE proxies ("
	" name TEXT PRIMARY KEY,"
	" listen TEXT NOT NULL," /* the bound address, if it was bound */
	" given TEXT NOT NULL,"  /* listen, as it was asked for */
	" upstream TEXT NOT NULL,"
	" enabled INTEGER NOT NULL,"
	" config_print INTEGER NOT NULL" /* of its entry in the file, or 0 */
	") STRICT;"
	"CREATE TABLE toxics ("
	" position INTEGER PRIMARY KEY AUTOINCREMENT," /* in the chain */
	" proxy TEXT NOT NULL REFERENCES proxies ON DELETE CASCADE,"
	" name TEXT NOT NULL,"
	" type TEXT NOT NULL,"
	" stream TEXT NOT NULL,"
	" toxicity REAL NOT NULL,"
	" value1 INTEGER NOT NULL,"
	" value2 INTEGER NOT NULL,"
	" value3 INTEGER NOT NULL,"
	" UNIQUE (proxy, name)"
	") STRICT;",

	/* one row as soon as the configuration file is in it, whole; what an
	 * earlier toxid made had no such row, and was done with the file */
	"CREATE TABLE populated ("
	" is_so INTEGER PRIMARY KEY CHECK (is_so = 1)"
	") STRICT;"
	"INSERT INTO populated SELECT 1 FROM pragma_user_version"
	" WHERE user_version > 0;",
	/* value1 to value3 were in the order in which JSON had them */
	"CREATE TABLE toxic_values ("
	" toxic INTEGER NOT NULL REFERENCES toxics ON DELETE CASCADE,"
	" name TEXT NOT NULL,"
	" value ANY NOT NULL,"
	" PRIMARY KEY (toxic, name)"
	") STRICT, WITHOUT ROWID;"
	"WITH attributes (type, slot, name) AS (VALUES"
	" ('latency', 1, 'latency'), ('latency', 2, 'jitter'),"
	" ('bandwidth', 1, 'rate'), ('slow_close', 1, 'delay'),"
	" ('timeout', 1, 'timeout'), ('reset_peer', 1, 'timeout'),"
	" ('slicer', 1, 'average_size'), ('slicer', 2, 'size_variation'),"
	" ('slicer', 3, 'delay'), ('limit_data', 1, 'bytes'))"
	"INSERT INTO toxic_values SELECT t.position, a.name,"
	" CASE a.slot WHEN 1 THEN t.value1 WHEN 2 THEN t.value2"
	" ELSE t.value3 END"
	" FROM toxics t JOIN attributes a ON a.type = t.type;"
	"ALTER TABLE toxics DROP COLUMN value1;"
	"ALTER TABLE toxics DROP COLUMN value2;"
	"ALTER TABLE toxics DROP COLUMN value3;",
	/* A proxy is its tenant's; those that were there are nobody's.  Each
	 * table is made anew, as its keys are others; what the old ones have
	 * goes with them, so the copies come first. */
	"CREATE TABLE their_proxies ("
	" tenant TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" listen TEXT NOT NULL,"
	" given TEXT NOT NULL,"
	" upstream TEXT NOT NULL,"
	" enabled INTEGER NOT NULL,"
	" config_print INTEGER NOT NULL,"
	" PRIMARY KEY (tenant, name)"
	") STRICT;"
	"CREATE TABLE their_toxics ("
	" position INTEGER PRIMARY KEY AUTOINCREMENT,"
	" tenant TEXT NOT NULL,"
	" proxy TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" type TEXT NOT NULL,"
	" stream TEXT NOT NULL,"
	" toxicity REAL NOT NULL,"
	" UNIQUE (tenant, proxy, name),"
	" FOREIGN KEY (tenant, proxy) REFERENCES their_proxies"
	" ON DELETE CASCADE"
	") STRICT;"
	"CREATE TABLE their_values ("
	" toxic INTEGER NOT NULL REFERENCES their_toxics ON DELETE CASCADE,"
	" name TEXT NOT NULL,"
	" value ANY NOT NULL,"
	" PRIMARY KEY (toxic, name)"
	") STRICT, WITHOUT ROWID;"
	"INSERT INTO their_proxies SELECT '', name, listen, given, upstream,"
	" enabled, config_print FROM proxies;"
	"INSERT INTO their_toxics SELECT position, '', proxy, name, type,"
	" stream, toxicity FROM toxics;"
	"INSERT INTO their_values SELECT toxic, name, value FROM toxic_values;"
	"DROP TABLE toxic_values;"
	"DROP TABLE toxics;"
	"DROP TABLE proxies;"
	"ALTER TABLE their_proxies RENAME TO proxies;"
	"ALTER TABLE their_toxics RENAME TO toxics;"
	"ALTER TABLE their_values RENAME TO toxic_values;",
	/* those that the API made, of which only a digest is known */
	"CREATE TABLE tokens ("
	" tenant TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" sha256 BLOB NOT NULL UNIQUE,"
	" role TEXT NOT NULL,"
	" expires INTEGER NOT NULL,"   /* s since 1970; 0: never */
	" last_used INTEGER NOT NULL," /* likewise, of that minute; 0: not yet
					*/
	" PRIMARY KEY (tenant, name)"
	") STRICT;",
	/* leases: ms since 1970; 0: for good */
	("ALTER TABLE proxies ADD COLUMN ends INTEGER NOT NULL DEFAULT 0;"
	 "ALTER TABLE toxics ADD COLUMN ends INTEGER NOT NULL DEFAULT 0;"),
	/* whose toxics are off: a tenant's, or "*": those of all */
	"CREATE TABLE halts ("
	" tenant TEXT PRIMARY KEY"
	") STRICT, WITHOUT ROWID;",
	/* of ids of events: the block that nobody has begun */
	"CREATE TABLE event_block ("
	" is_so INTEGER PRIMARY KEY CHECK (is_so = 1),"
	" next INTEGER NOT NULL"
	") STRICT;",
	/* which sessions: as the log has it, "first=3 every=2"; '': all */
	"ALTER TABLE toxics ADD COLUMN selects TEXT NOT NULL DEFAULT '';",
	/* what its clients meet: words, or "", and ms */
	("ALTER TABLE proxies ADD COLUMN connect TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE proxies ADD COLUMN delay INTEGER NOT NULL DEFAULT 0;"
	 "ALTER TABLE proxies ADD COLUMN dial_delay INTEGER NOT NULL DEFAULT 0;"
	 "ALTER TABLE proxies ADD COLUMN dial_fail TEXT NOT NULL DEFAULT '';"),
	/* who made it, and takes it away: "profile:3g"; '': nobody else */
	"ALTER TABLE toxics ADD COLUMN owner TEXT NOT NULL DEFAULT '';",
	/* as the log has them, "latency=sine:1000:50"; '': none */
	"ALTER TABLE toxics ADD COLUMN waves TEXT NOT NULL DEFAULT '';",
	/* steps on a proxy, and the toxics of all of them, in order: each as
	 * proto/handed_toxic.h has it, and of a step, which its owner says */
	("CREATE TABLE scenarios ("
	 " tenant TEXT NOT NULL,"
	 " proxy TEXT NOT NULL,"
	 " name TEXT NOT NULL,"
	 " loops INTEGER NOT NULL,"
	 " began INTEGER NOT NULL,"  /* ms since 1970 */
	 " ends INTEGER NOT NULL,"   /* likewise; 0: by itself */
	 " durations TEXT NOT NULL," /* of its steps, ms: "1000,500" */
	 " PRIMARY KEY (tenant, proxy),"
	 " UNIQUE (tenant, name),"
	 " FOREIGN KEY (tenant, proxy) REFERENCES proxies ON DELETE CASCADE"
	 ") STRICT, WITHOUT ROWID;"
	 "CREATE TABLE scenario_toxics ("
	 " position INTEGER PRIMARY KEY AUTOINCREMENT,"
	 " tenant TEXT NOT NULL,"
	 " proxy TEXT NOT NULL,"
	 " toxic BLOB NOT NULL,"
	 " FOREIGN KEY (tenant, proxy) REFERENCES scenarios ON DELETE CASCADE"
	 ") STRICT;"
	 "CREATE INDEX scenario_toxics_of ON scenario_toxics (tenant, proxy);"),
	"ALTER TABLE proxies ADD COLUMN syn_loss REAL NOT NULL DEFAULT 0;",
	/* of a scenario: no later one of its name has that */
	("ALTER TABLE scenarios ADD COLUMN id TEXT NOT NULL DEFAULT '';"
	 "UPDATE scenarios SET id = name;"),
	/* what clients meet in a step, where that is not its proxy's own */
	("CREATE TABLE scenario_connects ("
	 " tenant TEXT NOT NULL,"
	 " proxy TEXT NOT NULL,"
	 " step INTEGER NOT NULL," /* from 0 */
	 " connect TEXT NOT NULL,"
	 " delay INTEGER NOT NULL,"
	 " dial_delay INTEGER NOT NULL,"
	 " dial_fail TEXT NOT NULL,"
	 " syn_loss REAL NOT NULL,"
	 " PRIMARY KEY (tenant, proxy, step),"
	 " FOREIGN KEY (tenant, proxy) REFERENCES scenarios ON DELETE CASCADE"
	 ") STRICT, WITHOUT ROWID;"),
	/* of a scenario: a '1' for each step that is without its profile's
	 * loss, a '0' for each other; '': none is */
	"ALTER TABLE scenarios ADD COLUMN lossless TEXT NOT NULL DEFAULT '';",
	/* of desired state: each with its last document, and the scenarios of
	 * it; and whose a proxy is: 0: nobody's, 1: the configuration file's */
	("CREATE TABLE sources ("
	 " id INTEGER PRIMARY KEY,"
	 " tenant TEXT NOT NULL,"
	 " name TEXT NOT NULL,"
	 " generation TEXT NOT NULL,"
	 " applied_at INTEGER NOT NULL," /* ms since 1970 */
	 " document BLOB NOT NULL,"
	 " UNIQUE (tenant, name)"
	 ") STRICT;"
	 "CREATE TABLE source_scenarios ("
	 " source INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,"
	 " tenant TEXT NOT NULL,"
	 " proxy TEXT NOT NULL,"
	 " name TEXT NOT NULL,"
	 " print INTEGER NOT NULL," /* of what the document says of it */
	 " PRIMARY KEY (source, tenant, name)"
	 ") STRICT, WITHOUT ROWID;"
	 "ALTER TABLE proxies ADD COLUMN source INTEGER NOT NULL DEFAULT 0;"
	 "UPDATE proxies SET source = 1 WHERE config_print <> 0;"),
};

const int nmigrations = (int)nitems(migrations);
