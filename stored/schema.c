/* SPDX-License-Identifier: ISC */
/*
 * What the database looks like.  A migration that has been released is never
 * changed: a new one is added behind it.  The version is PRAGMA user_version.
 *
 * value1 to value3 are the attributes of a toxic in the order of its row in
 * proto/toxic_spec.c, which is part of this schema: a new attribute goes
 * behind the others.
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
};

const int nmigrations = (int)nitems(migrations);
