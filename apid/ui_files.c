/* SPDX-License-Identifier: ISC */
/*
 * The files of the dashboard, as they are: the assembler takes them in.  Which
 * there are, the Makefile says; ui_table.h is made of that.
 */

#include <string.h>

#include "nitems.h"
#include "ui.h"
#include "ui_table.h"

/* A row of UI_FILES: its number, its name, where it is, its type, its tag. */
#define BYTES(n, name, path, type, etag)                         \
	extern const unsigned char ui_bytes_##n[], ui_end_##n[]; \
	__asm__(".pushsection .rodata.ui, \"a\"\n"               \
		".globl ui_bytes_" #n ", ui_end_" #n "\n"        \
		".hidden ui_bytes_" #n ", ui_end_" #n "\n"       \
		"ui_bytes_" #n ":\n"                             \
		".incbin \"" path "\"\n"                         \
		"ui_end_" #n ":\n"                               \
		".popsection\n");
UI_FILES(BYTES)

#define ROW(n, name, path, type, etag) \
	{ name, type, etag, ui_bytes_##n, ui_end_##n },
static const struct ui_file files[] = { UI_FILES(ROW) };

const struct ui_file *
ui_file(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < nitems(files); i++) {
		if (strlen(files[i].name) == len &&
		    memcmp(files[i].name, name, len) == 0)
			return &files[i];
	}
	return NULL;
}
