/* SPDX-License-Identifier: ISC */
/* ctld/sources.c, ctld/source_load.c: what sources last said. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "msg.h"
#include "source_load.h"
#include "sources.h"
#include "truth.h"

/* ---- in place of truth.c */

static unsigned int nentered, ngone, nchanged;

void
truth_source(const struct source *s)
{
	(void)s;
	nentered++;
}

void
truth_source_gone(uint32_t id)
{
	cr_expect_neq(source_by_id(id), NULL);
	ngone++;
}

void
truth_changed(void)
{
	nchanged++;
}

/* ---- sources */

static struct source_state
state_of(uint32_t id, const char *name, uint64_t size, uint32_t nscenarios)
{
	struct source_state s = { .id = id };

	s.size = size;
	s.nscenarios = nscenarios;
	strcpy(s.name, name);
	return s;
}

static struct source_scenario
scenario_of(uint32_t source, const char *tenant, const char *name)
{
	struct source_scenario s = { .source = source };

	strcpy(s.proxy.tenant, tenant);
	strcpy(s.proxy.name, "p");
	strcpy(s.name, name);
	return s;
}

static struct source *
enter(uint32_t id, const char *name, const char *text)
{
	const struct source_state s = state_of(id, name, strlen(text), 0);
	struct source *made = source_new(&s, strdup(text), NULL);

	cr_assert_neq(made, NULL);
	source_enter(made);
	return made;
}

static void
forget_all(void)
{
	sources_clear();
	source_load_forget();
	cr_expect(sources_count() == 0 && sources_text() == 0);
	cr_expect_eq(sources_room(), 0);
}

TestSuite(sources, .fini = forget_all);

Test(sources, the_one_of_its_id_goes)
{
	struct source *s;

	enter(7, "fleet", "abc");
	enter(8, "other", "");
	s = enter(7, "fleet", "longer");
	cr_expect_eq(sources_count(), 2);
	cr_expect_eq(sources_text(), 6);
	cr_expect_eq(source_find("", "fleet"), s);
	cr_expect_eq(source_by_id(7), s);
	cr_expect_eq(source_find("a", "fleet"), NULL);
	cr_expect(nentered == 3 && ngone == 0);
	source_remove(s);
	cr_expect(ngone == 1 && nchanged == 1);
	cr_expect_eq(source_by_id(7), NULL);
	cr_expect_eq(source_next(source_next(NULL)), NULL);
	cr_expect_str_eq(source_next(NULL)->state.name, "other");
}

Test(sources, names_and_ids)
{
	enter(7, "fleet", "");
	cr_expect_str_eq(source_name(7), "fleet");
	cr_expect_str_eq(source_name(SOURCE_CONFIG), "config");
	cr_expect_str_eq(source_name(SOURCE_NONE), "");
	cr_expect_str_eq(source_name(9), "");
	cr_expect_eq(source_known(7), 7);
	cr_expect_eq(source_known(SOURCE_CONFIG), SOURCE_CONFIG);
	cr_expect_eq(source_known(9), SOURCE_NONE);
}

Test(sources, no_id_is_given_twice)
{
	struct source *s = enter(7, "fleet", "");
	uint32_t id;

	cr_expect_eq(source_new_id(), 8);
	source_remove(s);
	cr_expect_eq(source_new_id(), 9);
	sources_ids_after(20);
	sources_ids_after(3);
	cr_expect_eq(sources_last_id(), 20);
	cr_expect_eq(source_new_id(), 21);
	enter(2, "first", "");
	sources_ids_after(UINT32_MAX);
	id = source_new_id();
	cr_expect_eq(id, 3, "neither the file's nor one that is there: %u", id);
}

/* ---- read part by part */

Test(sources, one_that_is_read_enters_with_its_last_part)
{
	const struct source_state s = state_of(7, "fleet", 5, 2);
	const struct source_scenario x = scenario_of(7, "", "x");
	const struct source_scenario a = scenario_of(7, "", "a");
	const struct source *read;

	cr_expect_eq(source_load_lists(&x), -1, "of none");
	cr_expect_eq(source_load_goes_on("a", 1), -1, "likewise");
	cr_assert_eq(source_load_begin(&s), 0);
	cr_expect_eq(source_load_begin(&s), -1);
	cr_expect_eq(source_load_lists(&x), -1, "its text comes first");
	cr_expect_eq(source_load_goes_on("abcdef", 6), -1);
	cr_expect_eq(source_load_goes_on("abc", 3), 0);
	cr_expect_eq(source_load_goes_on("abc", 3), -1);
	cr_expect_eq(source_load_goes_on("de", 2), 0);
	cr_expect_eq(source_load_lists(&x), 0);
	cr_expect(source_load_is_on() && source_by_id(7) == NULL);
	cr_expect_eq(source_load_lists(&a), 0);
	cr_expect_not(source_load_is_on());
	read = source_by_id(7);
	cr_assert_neq(read, NULL);
	cr_expect_eq(memcmp(read->text, "abcde", 5), 0);
	cr_expect_eq(source_scenario_find(read, "", "x"), &read->scenarios[0]);
	cr_expect_eq(source_scenario_find(read, "", "a"), &read->scenarios[1]);
	cr_expect_eq(source_scenario_find(read, "", "b"), NULL);
	cr_expect_eq(source_scenario_find(read, "t", "x"), NULL);
	cr_expect_eq(source_load_lists(&a), -1, "it has all of them");
}

Test(sources, two_scenarios_of_one_name)
{
	const struct source_state s = state_of(7, "fleet", 0, 3);
	const struct source_scenario a = scenario_of(7, "", "a");
	const struct source_scenario b = scenario_of(7, "t", "a");
	const struct source_scenario odd = scenario_of(8, "", "a");

	cr_assert_eq(source_load_begin(&s), 0);
	cr_expect_eq(source_load_lists(&odd), -1, "another's");
	cr_expect_eq(source_load_lists(&a), 0);
	cr_expect_eq(source_load_lists(&b), 0, "of another tenant");
	cr_expect_eq(source_load_lists(&a), -1);
	cr_expect(sources_count() == 0 && !source_load_is_on());
}

Test(sources, what_may_not_be_read)
{
	const struct source_state same = state_of(8, "fleet", 0, 0);
	const struct source_state long_one =
	    state_of(9, "a", SOURCES_TEXT_MAX - 2, 0);
	const struct source_state many =
	    state_of(9, "a", 0, SOURCES_SCENARIOS_MAX + 1);
	char name[16];
	uint32_t i;

	enter(7, "fleet", "abc");
	cr_expect_eq(source_load_begin(&same), -1, "its name is another's");
	cr_expect_eq(source_load_begin(&long_one), -1);
	cr_expect_eq(source_load_begin(&many), -1);
	for (i = 1; i < SOURCES_MAX; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		enter(100 + i, name, "");
	}
	cr_expect_eq(sources_count(), SOURCES_MAX);
	cr_expect_not(source_has_room(&same));
	cr_expect(source_has_room(&source_by_id(7)->state), "in its place");
}

Test(sources, in_the_place_of_one_there_is_its_room)
{
	struct source_state s =
	    state_of(7, "a", SOURCES_TEXT_MAX, SOURCES_SCENARIOS_MAX);

	enter(7, "a", "abc");
	cr_expect(source_has_room(&s));
	s.size++;
	cr_expect_not(source_has_room(&s));
	s.size--;
	s.nscenarios++;
	cr_expect_not(source_has_room(&s));
	s.nscenarios--;
	s.id = 8;
	cr_expect_not(source_has_room(&s));
}

/* ---- the journal's */

Test(sources, parts_of_the_journal_are_as_messages_or_refused)
{
	struct source_state s = state_of(7, "fleet", 3, 1);
	struct source_scenario a = scenario_of(7, "", "a");
	const uint32_t id = 7, unknown = 9;

	cr_expect_eq(source_load(&s, sizeof(s) - 1), -1);
	s.name[0] = '/';
	cr_expect_eq(source_load(&s, sizeof(s)), -1);
	s.name[0] = 'f';
	cr_expect_eq(source_load(&s, sizeof(s)), 0);
	cr_expect_eq(source_load_text("a\0b", 3), -1);
	cr_expect_eq(source_load_text("", 0), -1);
	cr_expect_eq(source_load_text("abc", 3), 0);
	cr_expect_eq(source_load_gone(&id, sizeof(id)), -1, "in the middle");
	cr_expect_eq(source_load_scenario(&a, 1), -1);
	a.reserved = 1;
	cr_expect_eq(source_load_scenario(&a, sizeof(a)), -1);
	a.reserved = 0;
	cr_expect_eq(source_load_scenario(&a, sizeof(a)), 0);
	cr_expect_neq(source_by_id(7), NULL);
	cr_expect_eq(source_load_gone(&id, 1), -1);
	cr_expect_eq(source_load_gone(&unknown, sizeof(unknown)), 0);
	cr_expect_eq(source_load_gone(&id, sizeof(id)), 0);
	cr_expect_eq(sources_count(), 0);
}
