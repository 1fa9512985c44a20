#!/bin/bash
#
# term.sh - terminals that can be typed on and looked at; runs in the host.
#
# usage: term.sh start NAME [COLUMNS LINES [PROMPT]]	a root shell
#        term.sh type NAME	a line of stdin after the other, each when the
#				shell has a prompt again; "\" joins lines
#        term.sh wait NAME	until the last of them is done: prints its status
#        term.sh show NAME [tmux's options]	what has been on it
#        term.sh clear NAME
#
# Each is a tmux of its own, which systemd keeps.

set -u
cd /run || exit
LIMIT=60		# seconds that a command may take
dir=/run/term/$2
term() { tmux -L "$name" "$@"; }
name=$2

start() {
	mkdir -p "$dir" || exit
	: >"$dir/typed"
	: >"$dir/done"
	# The shell tells of each prompt, and of how the command before it ended.
	printf '%s\n' "PS1='${3:-# }'" 'HISTFILE=' 'LANG=C.UTF-8' \
		'bind "set enable-bracketed-paste off"' \
		"PROMPT_COMMAND='echo \$? >>$dir/done'" 'cd /root' >"$dir/rc"
	systemd-run --quiet --unit="term-$name" --service-type=forking \
		--setenv=HOME=/root --setenv=TERM=xterm-256color \
		--setenv=LANG=C.UTF-8 --setenv=SHELL=/bin/bash \
		tmux -u -L "$name" -f /dev/null new-session -d -x "${1:-160}" \
		-y "${2:-40}" "exec bash --rcfile $dir/rc -i"
	ready
}

count() { wc -l <"$dir/$1"; }

# One prompt is there before anything was typed.
ready() {
	local end=$((SECONDS + LIMIT))

	until (($(count "done") > $(count typed))); do
		((SECONDS < end)) || { echo "$name: no prompt" >&2; exit 1; }
		sleep 0.02
	done
}

# A shell that is busy would get what is meant for the next one.
type_lines() {
	local line command=''

	while IFS= read -r line; do
		command+=$line
		[[ $line != *\\ ]] || { command+=$'\n'; continue; }
		ready
		echo >>"$dir/typed"
		term send-keys -l -- "$command"
		term send-keys Enter
		command=''
	done
}

case $1 in
start) shift 2; start "$@" ;;
type) type_lines ;;
wait) ready; tail -n 1 "$dir/done" ;;
show) shift 2; term capture-pane -p -J -S - "$@" ;;
clear) term send-keys -R; term clear-history ;;
esac
