/* SPDX-License-Identifier: ISC */
#ifndef NUMBERS_H
#define NUMBERS_H

/*
 * In JSON, what the parser has no type for becomes a number that it takes, in
 * the same place: an integer that is too large keeps its first 17 digits, and
 * what no double can say is this one.  The text is ended by NUL.
 */
void numbers_replace_large(char *json);

#define NUMBER_TOO_LARGE 1e308 /* from here on; 5 characters at most */

#endif
