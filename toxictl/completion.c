/* SPDX-License-Identifier: ISC */
/* What a shell needs to complete our command lines: the scripts themselves. */

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "toxictl.h"

/* A file of ours as text in the program. */
#define TEXT_OF(name, file)                                        \
	__asm__(".pushsection .rodata\n" #name ": .incbin \"" file \
		"\"\n.byte 0\n.popsection\n");                     \
	extern const char name[] __attribute__((__visibility__("hidden")))

TEXT_OF(completion_bash, "toxictl/completion/toxictl.bash");
TEXT_OF(completion_zsh, "toxictl/completion/_toxictl");
TEXT_OF(completion_fish, "toxictl/completion/toxictl.fish");

int
cmd_completion(struct ctl *ctl, struct args *args)
{
	static const struct {
		const char *shell;
		const char *text;
	} scripts[] = {
		{ "bash", completion_bash },
		{ "zsh", completion_zsh },
		{ "fish", completion_fish },
	};
	size_t i;

	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		if (args->n_words == 0 ||
		    strcmp(args_word(args), scripts[i].shell) != 0)
			continue;
		if (ctl->is_json)
			json_out(stdout,
			    json_pack("{s:s}", "script", scripts[i].text));
		else
			fputs(scripts[i].text, stdout);
		return EXIT_OK;
	}
	return fail_usage(ctl, "a shell is wanted: bash, zsh or fish");
}
