# "pamlease list --watch" in a real terminal, which is tmux's.
# shellcheck disable=SC2016

load lib

setup_file() {
	ns_start
	[ -n "${NS_SKIP-}" ] || lay_live
}
teardown_file() { ns_stop; }
setup() { ns_setup; }

# Where the command has its pamlease-live.
live() { grep -ao '/[[:graph:]]*/pamlease-live' "$BUILD/pamlease"; }

# That of this build is there.
lay_live() {
	ns bash -c 'live=$3 over=${3%/*}
		while [ ! -d "$over" ]; do over=${over%/*}; done
		mkdir -p "$2"/live/{upper,work} && mount -n -t overlay -o \
			"lowerdir=$over,upperdir=$2/live/upper,workdir=$2/live/work" \
			overlay "${over:-/}" && mkdir -p "${live%/*}" &&
			ln -sf "$1/pamlease-live" "$live"' - "$BUILD" "$NS_DIR" "$(live)"
}

t() { ns tmux -S /run/tmux -f /dev/null "$@"; }

# A shell in a terminal of that size, with what its stty said before.
# usage: terminal COLUMNS LINES
terminal() {
	t new-session -d -x "$1" -y "$2" 'PS1="ready> " exec bash --norc'
	soon shows 'ready>'
}

types() { t send-keys -l "$1" && t send-keys Enter; }

# usage: watches [COMMAND]
watches() {
	terminal 100 24
	types 'stty -a >/run/before'
	soon ns test -s /run/before
	types "clear; ${1:-$BUILD/pamlease list --watch}"
	soon shows 'q quit'
}

# Nothing of that terminal stays.
no_terminal() {
	t kill-server
	soon ns bash -c '! pgrep -x "tmux: server" >/dev/null'
	# Which may leave its socket behind.
	ns rm -f /run/tmux /run/before
}

screen() { t capture-pane -p; }
shows() { [[ $(screen) == *$1* ]]; }
hides() { [[ $(screen) != *$1* ]]; }
# The line of the screen that begins so. usage: line_of TEXT
line_of() { screen | grep -F -m 1 -e "$1"; }

# Is that the reversed line?
chosen() {
	local reversed=$'\e\\[(0;)?7m(\e\\[[0-9]+m)*'"$1"

	[[ $(t capture-pane -pe) =~ $reversed ]]
}

# It is over with that status, and the terminal is as it was. usage: over STATUS
over() {
	soon shows 'ready>' || bad "$(screen)"
	types 'echo "status $?"'
	soon shows "status $1" || bad "$(screen)"
	types 'stty -a >/run/after'
	soon ns test -s /run/after
	ns cmp /run/before /run/after || bad "$(ns diff /run/before /run/after)"
	[ "$(t display -p '#{alternate_on} #{cursor_flag}')" = '0 1' ] ||
		bad "$(t display -p '#{alternate_on} #{cursor_flag}')"
	ns rm /run/after
}

watcher() { ns pgrep -x pamlease-live; }

expiry() { ns jq -r '.expires_at | fromdate' "/run/pamlease/$1.lease"; }

@test "leases and sessions, their time and what changes" {
	local pid

	pamlease grant alice --duration 20s >/dev/null
	ns_session alice 1001 "$(ns_process 1001)" lease sshd pts/7 host.example
	ns_lease alice '.granted_by = "日本\\x1b[2J"'
	watches
	[[ $(line_of alice) =~ ^alice\ .*\ [12][0-9]s\ +[#]+-*\ +20.*\ 日本\\x1b\[2J ]] ||
		bad "$(screen)"
	[[ $(line_of sshd) =~ ^\ \ sshd\ pts/7\ host.example\ .*\ lease\ of\ 日本 ]] ||
		bad "$(screen)"
	shows 'Leases: 1  Sessions: 1' || bad "$(screen)"
	soon shows '############----' || bad "$(screen)"
	soon shows '##########------' || bad "$(screen)"
	pamlease grant bob --duration 1h >/dev/null
	soon shows 'bob ' || bad "$(screen)"
	ns bash -c 'umask 077; printf "{\e[2J" >/run/pamlease/carol.lease'
	soon shows 'carol.lease: ' || bad "$(screen)"
	[[ $(line_of carol) == 'carol  '*'carol.lease: '* ]] || bad "$(screen)"
	pid=$(ns_process 1002)
	ns_session bob 1002 "$pid" policy login tty2 ''
	soon shows '  login tty2' || bad "$(screen)"
	ns_kill "$pid"
	soon hides '  login tty2' || bad "$(screen)"
	t send-keys q
	over 0
	all_good
}

@test "keys extend and revoke as the subcommands do" {
	local before pid

	pid=$(ns_process 1001)
	pamlease grant alice --duration 1h >/dev/null
	pamlease grant bob --duration 1h >/dev/null
	ns_session alice 1001 "$pid"
	watches
	soon chosen alice || bad "$(t capture-pane -pe)"
	t send-keys Down Down
	soon chosen bob || bad "$(t capture-pane -pe)"
	before=$(expiry bob)
	t send-keys e
	soon shows 'Extend bob by (30m): _' || bad "$(screen)"
	t send-keys Escape
	soon shows 'q quit' || bad "$(screen)"
	t send-keys e 2 x BSpace h Enter
	soon shows 'Lease for bob extended by 2h 0m. New expiry: ' || bad "$(screen)"
	[ "$(expiry bob)" -eq $((before + 7200)) ] || bad "$(expiry bob)"
	t send-keys e Enter
	soon shows 'Lease for bob extended by 30m 0s.' || bad "$(screen)"
	[ "$(expiry bob)" -eq $((before + 9000)) ] || bad "$(expiry bob)"
	t send-keys e x Enter
	soon shows "pamlease: extend: invalid duration 'x'" || bad "$(screen)"

	t send-keys Up
	soon chosen '  sshd' || bad "$(t capture-pane -pe)"
	t send-keys r
	soon shows 'Revoke alice, and end all of it? y/N' || bad "$(screen)"
	t send-keys n
	soon shows 'q quit' || bad "$(screen)"
	ns_alive "$pid" || bad 'ended by n'
	ns test -e /run/pamlease/alice.lease || bad 'revoked by n'
	t send-keys r y
	soon shows 'Lease revoked for alice. Active sessions terminated.' ||
		bad "$(screen)"
	ended "$pid" || bad 'not ended'
	ns test ! -e /run/pamlease/alice.lease || bad 'not revoked'
	soon chosen bob || bad "$(t capture-pane -pe)"
	t send-keys q
	over 0
	[ "$(pamlease history --json | jq -r '[.event, .user, .by] | join(" ")' |
		grep -E 'extended|revoked')" = $'extended bob root\nextended bob root\nrevoked alice root' ] ||
		bad "$(pamlease history)"
	all_good
}

# What is typed ahead was meant for another screen.
@test "no key answers a question that was not shown" {
	pamlease grant alice --duration 1h >/dev/null
	pamlease grant bob --duration 1h >/dev/null
	terminal 100 24
	types "clear; strace -e trace=write -s 9999 -o /run/trace $BUILD/pamlease list --watch"
	soon chosen alice || bad "$(t capture-pane -pe)"
	t send-keys -l ryry
	soon shows 'Lease revoked for' || bad "$(screen)"
	shows 'Lease revoked for alice.' || bad "$(screen)"
	ns test -e /run/pamlease/bob.lease || bad 'the next one as well'
	ns grep -q 'Revoke alice, ' /run/trace || bad 'never asked'
	t send-keys q
	soon shows 'ready>' || bad "$(screen)"
	all_good
}

@test "a new size answers no question" {
	pamlease grant alice --duration 1h >/dev/null
	watches
	soon chosen alice || bad "$(t capture-pane -pe)"
	t send-keys r
	soon shows 'Revoke alice, and end all of it? y/N' || bad "$(screen)"
	t resize-window -x 90 -y 20
	soon eval '[ "$(screen | grep -n Revoke | cut -d: -f1)" = 20 ]' ||
		bad "$(screen)"
	t send-keys y
	soon shows 'Lease revoked for alice.' || bad "$(screen)"
	t resize-window -x 100 -y 24
	soon eval '[ "$(screen | grep -n "Lease revoked" | cut -d: -f1)" = 24 ]' ||
		bad "$(screen)"
	t send-keys q
	over 0
	all_good
}

@test "any size will do" {
	local size

	pamlease grant alice --duration 1h >/dev/null
	watches
	for size in '20 5' '9 4' '9 3' '3 2' '1 1' '300 60' '100 24'; do
		# shellcheck disable=SC2086
		set -- $size
		t resize-window -x "$1" -y "$2"
		# Of less there is no room for a row.
		[ "$2" -ge 4 ] || continue
		soon shows alice || bad "$size: $(screen)"
		soon shows up || [ "$1" -lt 20 ] || bad "$size: $(screen)"
		[ "$(screen | wc -L)" -le "$1" ] || bad "$size: $(screen)"
	done
	soon shows 'GRANTED BY' || bad "$(screen)"
	t send-keys q
	over 0
	all_good
}

@test "many leases are scrolled" {
	pamlease grant alice --duration 1h >/dev/null
	ns bash -c 'cd /run/pamlease && umask 077
		for i in {100..599}; do
			sed "s/alice/user$i/" alice.lease >"user$i.lease"
		done'
	watches
	shows 'Leases: 501' || bad "$(screen)"
	shows user119 || bad "$(screen)"
	hides user121 || bad "$(screen)"
	t send-keys End
	soon chosen user599 || bad "$(screen)"
	hides alice || bad "$(screen)"
	t send-keys PPage Up
	soon chosen user577 || bad "$(screen)"
	t send-keys Home
	soon chosen alice || bad "$(screen)"
	t send-keys NPage NPage
	soon chosen user141 || bad "$(screen)"
	t send-keys q
	over 0
	all_good
}

@test "the terminal is as it was, whatever ends it" {
	local end

	pamlease grant alice --duration 1h >/dev/null
	for end in TERM:143 INT:130 HUP:129 QUIT:131; do
		watches
		ns_kill "-${end%:*}" "$(watcher)"
		over "${end#*:}"
		no_terminal
	done
	watches
	t send-keys C-c
	over 130
	# Nobody is left behind by a terminal that goes.
	types "$BUILD/pamlease list --watch"
	soon shows 'q quit'
	t kill-server
	soon ns bash -c '! pgrep -x pamlease-live' || bad 'still there'
	all_good
}

# A program in the place of the command. usage: stands_in LINE...
stands_in() {
	ns bash -c 'printf "%s\n" "#!/bin/sh" "$@" >/run/command
		chmod 700 /run/command' - "$@"
}

@test "what ends it is heard while a subcommand runs, which goes on to its end" {
	local end

	pamlease grant alice --duration 1h >/dev/null
	ns mkfifo /run/go
	stands_in 'echo "$@" >/run/begun' 'read -r _ </run/go' \
		'mv /run/begun /run/ended' 'echo "$1: done"'
	for end in TERM:143 HUP:129; do
		watches "$(live) /run/command"
		t send-keys e Enter
		soon ns test -s /run/begun || bad "$end: $(screen)"
		[ "$(ns cat /run/begun)" = 'extend --duration 30m -- alice' ] ||
			bad "$end: $(ns cat /run/begun)"
		ns_kill "-${end%:*}" "$(watcher)"
		over "${end#*:}"
		ns test -e /run/begun || bad "$end: ended before"
		ns bash -c 'echo >/run/go'
		soon ns test -e /run/ended || bad "$end: not ended"
		ns rm -f /run/begun /run/ended
		no_terminal
	done
	all_good
}

@test "while a subcommand runs what changes is shown, and no key is taken" {
	pamlease grant alice --duration 1h >/dev/null
	ns bash -c '[ -p /run/go ] || mkfifo /run/go'
	stands_in 'echo begun >/run/begun' 'read -r _ </run/go' 'echo "$1: done"'
	watches "$(live) /run/command"
	t send-keys e Enter
	soon ns test -s /run/begun || bad "$(screen)"
	t send-keys q r y
	pamlease grant bob --duration 1h >/dev/null
	soon shows 'bob ' || bad "$(screen)"
	t resize-window -x 90 -y 20
	soon eval '[ "$(screen | grep -nxF ... | cut -d: -f1)" = 20 ]' ||
		bad "$(screen)"
	ns bash -c 'echo >/run/go'
	soon shows 'extend: done' || bad "$(screen)"
	t resize-window -x 100 -y 24
	soon eval '[ "$(screen | grep -n "extend: done" | cut -d: -f1)" = 24 ]' ||
		bad "$(screen)"
	t send-keys r
	soon shows 'Revoke alice, ' || bad "$(screen)"
	t send-keys n q
	over 0
	all_good
}

@test "of what a subcommand says the last line is shown, however much it is" {
	pamlease grant alice --duration 1h >/dev/null
	stands_in 'yes | head -c 100000' 'echo' 'echo the last of it >&2' 'exit 3'
	watches "$(live) /run/command"
	t send-keys e Enter
	soon shows 'the last of it' || bad "$(screen)"
	stands_in 'exit 3'
	t send-keys e Enter
	soon shows 'pamlease extend failed' || bad "$(screen)"
	ns rm /run/command
	t send-keys r y
	soon shows 'pamlease revoke failed' || bad "$(screen)"
	t send-keys q
	over 0
	all_good
}

@test "times are the host's, and with --utc they are UTC" {
	local how

	pamlease grant alice --duration 1h >/dev/null
	ns ln -sf /usr/share/zoneinfo/Asia/Tokyo /etc/localtime
	for how in '/Asia/Tokyo' '--utc/UTC'; do
		watches "$BUILD/pamlease list --watch ${how%%/*}"
		[[ $(line_of alice) == *" $(TZ=${how#*/} date \
			-d "@$(expiry alice)" '+%F %R') "* ]] ||
			bad "$how: $(screen)"
		t send-keys q
		over 0
		no_terminal
	done
	ns rm /etc/localtime
	all_good
}

@test "a program that is missing is told of" {
	ns mv "$(live)" /run/away
	terminal 200 24
	types "clear; $BUILD/pamlease list --watch; echo status \$?"
	soon shows 'status 4' || bad "$(screen)"
	shows "pamlease: list: $(live): No such file or directory" ||
		bad "$(screen)"
	ns mv /run/away "$(live)"
	says 2 '' 'pamlease: list: usage: pamlease-live COMMAND \[--utc\]' \
		ns "$(live)"
	all_good
}

@test "without a terminal it is refused, and with --json" {
	says 2 '' 'pamlease: list: --watch needs a terminal' \
		pamlease list --watch
	says 2 '' '*--watch or --json, not both' pamlease list --watch --json
	all_good
}

# Is a file of that name looked at?
named() { ns bash -c 'grep -v execve /run/trace | grep -qF -e "$1"' - "$1"; }

@test "of the environment it takes a plain TERM and NO_COLOR alone" {
	local term

	pamlease grant alice --duration 1h >/dev/null
	ns bash -c 'mkdir -p /run/evil/t /run/evil/.terminfo/t
		printf "\032\001junk" | tee /run/evil/t/tty >/run/evil/.terminfo/t/tty'
	terminal 100 24
	types "TERMINFO=/run/evil TERMINFO_DIRS=/run/evil HOME=/run/evil TERMCAP=/run/evil \
		strace -f -qq -e trace=%file,write -s 9999 -o /run/trace $BUILD/pamlease list --watch; echo status \$?"
	soon shows 'q quit' || bad "$(screen)"
	t send-keys q
	soon shows 'status 0' || bad "$(screen)"
	named /run/evil && bad "$(ns grep evil /run/trace)"
	ns grep -q '\\33\[3[0-9]m' /run/trace || bad 'no colour'
	for term in ../../run/evil/t/tty /run/evil/t/tty 'a b' .. '$(id)' ''; do
		t send-keys -R
		types "clear; TERM='$term' HOME=/run/evil strace -f -qq -e trace=%file -o /run/trace $BUILD/pamlease list --watch; echo status \$?"
		soon shows 'status 2' || bad "$term: $(screen)"
		shows 'this terminal can' || bad "$term: $(screen)"
		named /run/evil && bad "$term: $(ns grep evil /run/trace)"
		[ -z "$term" ] || ! named "/$term\"" || bad "$term"
	done
	types "clear; NO_COLOR=1 strace -f -qq -e trace=write -s 9999 -o /run/trace $BUILD/pamlease list --watch; echo status \$?"
	soon shows 'q quit' || bad "$(screen)"
	t send-keys q
	soon shows 'status 0' || bad "$(screen)"
	ns grep -q '\\33\[3[0-9]m' /run/trace && bad 'colour'
	all_good
}

# It looks each second, and five times at most however much changes.
@test "it does not spin" {
	local n

	pamlease grant alice --duration 1h >/dev/null
	terminal 100 24
	types "clear; strace -e trace=poll -o /run/trace $BUILD/pamlease list --watch"
	soon shows 'q quit' || bad "$(screen)"
	ns bash -c 'before=$(grep -c poll /run/trace) end=$((SECONDS + 3))
		while [ $SECONDS -lt $end ]; do : >/run/pamlease/x; rm /run/pamlease/x; done
		echo $(($(grep -c poll /run/trace) - before)) >/run/polls'
	n=$(ns cat /run/polls)
	[[ $n -ge 3 && $n -le 40 ]] || bad "$n"
	t send-keys q
	soon shows 'ready>' || bad "$(screen)"
	all_good
}
