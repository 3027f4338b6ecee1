# SPDX-License-Identifier: ISC
# bash completion for toxictl: proxies, toxics and tokens come from the server.

# toxics: begin
_toxictl_types='latency bandwidth slow_close timeout reset_peer slicer limit_data noop packet_loss corrupt truncate close tcp_loss unplug'

_toxictl_attributes() { # TYPE
	case $1 in
	latency) echo latency= jitter= distribution=uniform distribution=normal distribution=pareto distribution=paretonormal correlation= ;;
	bandwidth) echo rate= scope=connection scope=proxy burst= ;;
	slow_close) echo delay= ;;
	timeout) echo timeout= ;;
	reset_peer) echo timeout= ;;
	slicer) echo average_size= size_variation= delay= ;;
	limit_data) echo bytes= ;;
	packet_loss) echo loss_rate= correlation= ;;
	corrupt) echo rate= ;;
	truncate) echo bytes= ;;
	close) echo after_ms= after_bytes= mode=fin mode=reset mode=hang ;;
	tcp_loss) echo loss= p= r= h= k= ;;
	esac
}
# toxics: end

# The line up to here, in words that "=" and ":" do not part; and what is on it:
# the flags about the server, the command and its proxy, the type.
_toxictl_parse() {
	local i
	read -ra line <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} != *[[:blank:]] ]] || line+=('')
	host=() words=() type='' ended=''
	for ((i = 1; i < ${#line[@]} - 1; i++)); do
		case ${line[i]} in
		--) ended=$i && break ;;
		-h | --host) host+=(-h "${line[++i]}") ;;
		--tenant) host+=(--tenant "${line[++i]}") ;;
		--token-file | --cacert | --password-file | --cert | --key)
			host+=("${line[i]}" "${line[i + 1]/#\~\//$HOME/}")
			((++i))
			;;
		-t | --type) type=${line[++i]} ;;
		-l | --listen | -n | --toxicName | -a | --attribute) ((i++)) ;;
		--tox | --toxicity | --select | --wave | --session | --profile | --timeout | --send | --interval | --ttl) ((i++)) ;;
		--name | --role | --expires | --after | --hit | --sessions) ((i++)) ;;
		--fleet | --user) host+=("${line[i]}" "${line[++i]}") ;;
		--source | --generation | --if-match | --scope | --within) ((i++)) ;;
		--ended) [ "${words[0]}" != wait ] || ((i++)) ;;
		-u | --upstream) [ "${words[0]}" != create ] || ((i++)) ;;
		-*) ;;
		*) words+=("${line[i]}") ;;
		esac
	done
}

_toxictl_ask() { # COMMAND...
	"${line[0]}" "${host[@]}" "$@" </dev/null 2>/dev/null | cut -f1
}

# Words of ours.
_toxictl_lines() { # WORDS
	local list
	read -ra list <<<"$1"
	printf '%s\n' "${list[@]}"
}

_toxictl_flags() {
	local flags='--host --json --token-file --tenant --cacert --help'
	case "${words[0]} ${words[1]}" in
	'create '* | 'c '* | 'new '*) flags+=' --listen --upstream --disabled --ttl' ;;
	'toxic add' | 'toxic a' | 't add' | 't a' | 'with '*)
		flags+=' --type --toxicName --toxicity --select --wave --attribute'
		flags+=' --upstream --downstream'
		[ "${words[0]}" = with ] || flags+=' --ttl --session'
		[ "${words[0]}" != with ] || flags+=' --profile'
		;;
	'toxic u'* | 't u'*) flags+=' --toxicName --toxicity --select --wave --attribute --ttl --session' ;;
	'lease '*) flags+=' --toxicName' ;;
	'connect '*)
		flags+=' --refuse --blackhole --accept-delay --reset'
		flags+=' --dial-delay --dial-fail --syn-loss --clear'
		;;
	'toxic '* | 't '*) flags+=' --toxicName --session' ;;
	'inspect '* | 'i '* | 'ins '*) flags+=' --session' ;;
	'apply '*) flags+=' --dry-run --prune --proxies-only --source --generation --if-match --force' ;;
	'wait '*) flags+=' --timeout --hit --sessions --ended' ;;
	'doctor '*) flags+=' --send' ;;
	'top '* | 'watch '*) flags+=' --interval' ;;
	'fleet '*)
		flags+=' --fleet --user --password-file --cert --key'
		[ "${words[1]}" != apply ] || flags+=' --scope --dry-run --proxies-only'
		[ "${words[1]}" != drain ] || flags+=' --within'
		;;
	'events '*) flags+=' --follow --after' ;;
	'scenario r'*) flags+=' --watch' ;;
	'sessions '*) flags+=' --watch --ended --close --reset' ;;
	'token hash') flags+=' --new --name' ;;
	'token new') flags+=' --role --expires' ;;
	esac
	_toxictl_lines "$flags"
}

# What of it begins as the last word does, a choice a line on stdin.  A name is
# anybody's text: it is put on the line so that it stands for itself, and goes
# nowhere where bash would look for "$(...)" in it, as "compgen -W" does.
_toxictl_offer() {
	local choice quoted
	while IFS= read -r choice; do
		printf -v quoted %q "$choice"
		if [[ -n $choice && ($choice == "$current"* ||
			$quoted == "$current"*) ]]; then
			COMPREPLY+=("$quoted")
		fi
	done
}

_toxictl_words() {
	case "${#words[@]} ${words[0]}" in
	'0 ')
		printf '%s\n' list inspect create toggle delete toxic enable \
			disable lease connect profile scenario reset halt resume events sessions why apply export with wait \
			doctor top whoami fleet token completion version help
		;;
	'1 toxic' | '1 t') printf '%s\n' add update remove ;;
	'1 fleet') printf '%s\n' status apply drain undrain forget addresses ;;
	'2 fleet')
		case ${words[1]} in
		apply) compgen -f -- "$current" ;;
		addresses) _toxictl_ask fleet addresses ;;
		drain | undrain | forget) _toxictl_ask fleet status ;;
		esac
		;;
	'1 token') printf '%s\n' new list revoke hash ;;
	'1 profile') printf '%s\n' list show apply remove ;;
	'2 profile') [ "${words[1]}" = list ] || _toxictl_ask list ;;
	'3 profile') [ "${words[1]}" != apply ] || _toxictl_ask profile list ;;
	'1 scenario') printf '%s\n' run list show stop ;;
	'2 scenario')
		case ${words[1]} in
		run) compgen -f -- "$current" ;;
		show | stop) _toxictl_ask scenario list ;;
		esac
		;;
	'1 apply') compgen -f -- "$current" ;;
	'2 toxic' | '2 t') _toxictl_ask list ;;
	'1 list' | '1 create' | '1 reset' | '1 halt' | '1 resume' | '1 events' | '1 top' | '1 watch' | '1 version') ;;
	'2 token') [ "${words[1]}" != revoke ] || _toxictl_ask token list ;;
	'1 whoami') ;;
	'1 completion') printf '%s\n' bash zsh fish ;;
	'1 help')
		printf '%s\n' list inspect create toggle delete toxic apply with
		;;
	1\ * | *\ export | *\ doctor) _toxictl_ask list ;;
	esac
}

_toxictl() {
	local line host words type ended choice proxy current before
	_toxictl_parse
	current=${line[-1]}
	before=${line[-2]}
	proxy=${words[1]}
	case ${words[0]} in toxic | t) proxy=${words[2]} ;; esac
	[ "${words[0]} $before" != 'wait --ended' ] || before=--sessions # so many
	COMPREPLY=()
	if [ -n "$ended" ]; then # a command of its own, behind --
		choice=$(compgen -c -f -- "$current")
	else
		case $before in
		-t | --type) choice=$(_toxictl_lines "$_toxictl_types") ;;
		-n | --toxicName | --hit) choice=$(_toxictl_ask inspect "$proxy") ;;
		-a | --attribute) choice=$(_toxictl_lines "$(_toxictl_attributes "$type")") ;;
		--token-file | --cacert | --password-file | --cert | --key) choice=$(compgen -f -- "$current") ;;
		--profile) choice=$(_toxictl_ask profile list) ;;
		--role) choice=$(_toxictl_lines 'reader tenant admin') ;;
		-h | --host | --tenant | --name | --expires) return ;;
		--source | --generation | --if-match) return ;;
		--fleet | --user | --scope | --within) return ;;
		-l | --listen | --tox | --toxicity | --select | --wave | --session | --sessions) return ;;
		*) case $current in
			-*) choice=$(_toxictl_flags) ;;
			*) choice=$(_toxictl_words) ;;
			esac ;;
		esac
	fi
	_toxictl_offer <<<"$choice"
	# behind the "=" the value follows at once
	[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
}

complete -F _toxictl toxictl
