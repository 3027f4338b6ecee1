# SPDX-License-Identifier: ISC
# What the types named by roots="..." are made of, as C strings: their text,
# that of the types and constants in it, and so on; with enums=1 all enums, too.
# Without comments and blanks, so that only what means something counts.
#
#	awk -v name=ARRAY -v roots='TYPE ...' [-v enums=1] -f layouts.awk HEADER ...

function uncomment(s, at) {
	if (in_comment && !(at = index(s, "*/")))
		return ""
	if (in_comment)
		s = substr(s, at + 2)
	in_comment = 0
	while (at = index(s, "/*")) {
		if (!index(substr(s, at + 2), "*/")) {
			in_comment = 1
			return substr(s, 1, at - 1)
		}
		s = substr(s, 1, at - 1) \
		    substr(s, at + 3 + index(substr(s, at + 2), "*/"))
	}
	return s
}

# How deep in braces the text ends.
function deep(s) {
	return gsub(/[{]/, "", s) - gsub(/[}]/, "", s)
}

# Into words[]; how many.
function split_words(s, words) {
	gsub(/[^A-Za-z_0-9]+/, " ", s)
	return split(s, words, " ")
}

# A definition is whole: by its tag, or name, and by what it enumerates.
function enter(kind, tag, s, n, i, words) {
	kinds[++ndefinitions] = kind
	texts[ndefinitions] = s
	by_name[tag] = ndefinitions
	if (kind != "enum")
		return
	n = split_words(s, words)
	for (i = 1; i <= n; i++) {
		if (!(words[i] in by_name))
			by_name[words[i]] = ndefinitions
	}
}

function reach(name, n, i, words) {
	if (!(name in by_name) || by_name[name] in reached)
		return
	i = by_name[name]
	reached[i] = 1
	follow(kinds[i], texts[i])
}

# In a macro any word may be the tag of a type; elsewhere only such behind
# struct, union and enum, as a member may have the name of a type.
function follow(kind, s, n, i, words) {
	n = split_words(s, words)
	for (i = 1; i <= n; i++) {
		if (kind == "#define" || words[i] ~ /^[A-Z]/ ||
		    words[i - 1] ~ /^(struct|union|enum)$/)
			reach(words[i])
	}
}

{
	line = uncomment($0)
	if (line ~ /^[ \t]*$/)
		next
	if (text == "" && line !~ /^(#define|struct|union|enum)/)
		next
	text = text line "\n"
	if (text ~ /\\\n$/)
		next
	split_words(text, first)
	if (text ~ /^#define/) {
		if (length(first[2]) > 1) # the X of a table is anything
			enter("#define", first[2], text)
	} else if (text !~ /[{]/ && text !~ /;\n$/) {
		next
	} else if (deep(text) > 0) {
		next
	} else if (text ~ /[{]/) {
		enter(first[1], first[2], text)
	}
	text = ""
}

END {
	n = split_words(roots, words)
	for (i = 1; i <= n; i++) {
		if (!(words[i] in by_name)) {
			print "layouts.awk: no " words[i] >"/dev/stderr"
			exit 1
		}
		reach(words[i])
	}
	for (i = 1; i <= ndefinitions; i++) {
		if (enums && kinds[i] == "enum" && !(i in reached)) {
			reached[i] = 1
			follow("enum", texts[i])
		}
	}
	print "static const char *const " name "[] = {"
	for (i = 1; i <= ndefinitions; i++) {
		if (!(i in reached))
			continue
		gsub(/[ \t\n\\]/, "", texts[i])
		gsub(/"/, "'", texts[i])
		print "\t\"" texts[i] "\","
	}
	print "};"
}
