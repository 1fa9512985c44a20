# Completion of pamlease(8) for bash. Subcommands and options are those that
# "pamlease --help" names.

# What the help says of the subcommand that is typed, up to the next one.
_pamlease_help() {
	pamlease --help 2>/dev/null | awk -v one="${1-}" -v two="${2-}" '
		/^pamlease / { mine = $2 == one && ($3 == two || $3 !~ /^[a-z]+$/) }
		mine'
}

# The first column of what root may list: leases, or requests.
_pamlease_first() { pamlease "$1" 2>/dev/null | awk 'NR > 2 { print $1 }'; }

_pamlease_users() {
	getent passwd | awk -F: '$3 >= 1000 && $3 < 65534 { print $1 }'
}

# What setup may be given, or what of it unsetup may: a service whose file has a
# line of the module. Files that are there to be included are none.
_pamlease_services() {
	local has=

	[ "$1" = setup ] || has='^[^#]*pam_lease\.so'
	grep -ls -e "$has" /etc/pam.d/* | sed 's|.*/||' |
		grep -vE '[.~#]|^common-|-auth$|^(other|postlogin)$'
}

# Offers each line that begins with the word. Not "compgen -W": that would have
# the shell expand names, and anybody may be called anything.
_pamlease_offer() {
	local line

	while IFS= read -r line; do
		[[ -z $line || $line != "$1"* ]] ||
			COMPREPLY+=("$(printf %q "$line")")
	done
}

_pamlease() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]-} help list=

	help=$(_pamlease_help "$command" "${COMP_WORDS[2]-}")
	if [ "$COMP_CWORD" -eq 1 ]; then
		list=$(pamlease --help 2>/dev/null | awk '{
			if ($1 == "pamlease") print $2 }' | sort -u)
	elif [[ $prev == --@(user|service|duration|try|html) ]]; then
		case $prev in
		--user) list=$(_pamlease_users) ;;
		--service) list=$(cd /etc/pam.d && printf '%s\n' *) ;;
		--duration | --try) list=$(printf '%s\n' 15m 30m 1h 4h 8h 1d 1w) ;;
		*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
		esac
	elif [[ $cur == -* ]]; then
		list=$(grep -oE -e '--[a-z-]+' <<<"$help")
	elif [[ $help == *SERVICE...* ]]; then
		list=$(_pamlease_services "$command")
	elif [ "$COMP_CWORD" -eq 2 ]; then
		list=$(pamlease --help 2>/dev/null | awk -v one="$command" \
			'$2 == one && $3 ~ /^[a-z]+$/ { print $3 }')
		case $command:$help in
		extend:* | revoke:* | show:*) list=$(_pamlease_first list) ;;
		*' ID'*) list=$(_pamlease_first requests) ;;
		*' USER'*) list=$(_pamlease_users) ;;
		esac
	elif [[ $help == *FILE* ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
	fi
	COMPREPLY=()
	_pamlease_offer "$cur" <<<"$list"
}

complete -F _pamlease pamlease
