# What the command says of the policy, and of a login by it; and root's lease.
# shellcheck disable=SC2016

load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() { ns_setup; }

CONF=/etc/pamlease/policy.conf

# The policy in force is these lines.
policy() {
	ns bash -c 'mkdir -p -m 755 /etc/pamlease
		printf "%s\n" "$@" >/etc/pamlease/policy.conf' - "$@"
}

# A file that is none.
draft() { ns bash -c 'printf "%s\n" "$@" >/run/draft' - "$@"; }

# A file of what comes in; ns itself has nothing to read.
ns_write() { cat >"/proc/$NS_HOLDER/root$1"; }

@test "policy check: a good file, one that is not there, one that can't be read" {
	draft 'allow user alice' '' '# none' 'warn 5m'
	says 0 '/run/draft: good, rules: 1, warnings: 0' '' \
		pamlease policy check /run/draft
	says 0 '/dev/null: good, rules: 0, warnings: 0' '' \
		pamlease policy check /dev/null
	says 4 '' "pamlease: policy check: /run/none: No such file or directory" \
		pamlease policy check /run/none
	says 4 '' 'pamlease: policy check: /run: Is a directory' \
		pamlease policy check /run
	ns bash -c 'printf "%65537s" >/run/large; printf "%65536s" >/run/full'
	says 1 '' 'pamlease: policy check: /run/large: larger than 65536 bytes' \
		pamlease policy check /run/large
	says 0 '*good*' '' pamlease policy check /run/full
	says 4 '' 'pamlease: policy check: /run/\\x1b\[0m: *' \
		pamlease policy check $'/run/\e[0m'
	says 2 '' '*one argument too many*' pamlease policy check a b
	says 2 '' '*' pamlease policy check --json
	says 2 '' 'pamlease: policy what\? *' pamlease policy
	says 2 '' '*' pamlease policy chek
	all_good
}

@test "policy check: the policy in force" {
	says 3 '' "pamlease: policy check: there is no $CONF" \
		pamlease policy check
	policy 'allow user alice'
	says 0 "$CONF: good, rules: 1, warnings: 0" '' pamlease policy check
	policy 'allow user alice' 'deny tty'
	says 1 "$CONF:2:9: tty needs a list*" '' pamlease policy check
	# A file that the module would not read.
	policy 'allow user alice'
	ns chmod 666 "$CONF"
	says 4 '' 'pamlease: policy check: *' pamlease policy check
	ns chmod 644 "$CONF"
	ns chmod 777 /etc/pamlease
	says 4 '' 'pamlease: policy check: *' pamlease policy check
	all_good
}

@test "policy check: every problem, with its line and a caret below it" {
	draft 'allow user alice' $'\tdeny group %wheel during Xx0900-1700' \
		'alow user b' '# deny' 'warn 5m 5m' 'lease user a,,b' \
		'allow user "x y' 'ask for 5' 'allow user a user b' \
		$'deny user \e[31m' 'limit 0 tty "a b" hosts x'
	says 1 '*' '' pamlease policy check /run/draft
	diff - <(sed 's/^\(\/[^:]*:[0-9]*:[0-9]*\):.*/\1/' <<<"$output") \
		<<'END' || bad "$output"
/run/draft:2:13
     deny group %wheel during Xx0900-1700
                ^
/run/draft:2:27
     deny group %wheel during Xx0900-1700
                              ^
/run/draft:3:1
    alow user b
    ^
/run/draft:5:9
    warn 5m 5m
            ^
/run/draft:6:14
    lease user a,,b
                 ^
/run/draft:7:12
    allow user "x y
               ^
/run/draft:8:9
    ask for 5
            ^
/run/draft:9:14
    allow user a user b
                 ^
/run/draft:10:11
    deny user ?[31m
              ^
/run/draft:11:7
    limit 0 tty "a b" hosts x
          ^
/run/draft:11:19
    limit 0 tty "a b" hosts x
                      ^
END
	[[ $output != *[![:print:]$'\n']* ]] || bad 'raw bytes'
	grep -q 'want allow, deny, lease' <<<"$output" || bad "$output"
	grep -q ':11:19: .*want from' <<<"$output" || bad "$output"
	all_good
}

@test "policy check: bytes of all kinds are shown, and none is raw" {
	local byte

	# Each in front of, within and behind a word, and alone.
	for byte in {0..255}; do
		printf 'allow %b user a%bb %b\n%b' \
			"\\x$(printf %02x "$byte")"{,,,}
	done | ns_write /run/draft
	run ns bash -c '"$1" policy check /run/draft | LC_ALL=C grep -c -a \
		"[^ -~]"' - "$BUILD/pamlease"
	[ "$output" = 0 ]
	run pamlease policy check /run/draft
	[ "$status" -eq 1 ]
	[ "$(grep -c '^    *^$' <<<"$output")" -eq \
		"$(grep -c '^/run/draft:[0-9]*:[0-9]*: ' <<<"$output")" ]
}

# WARNING|RULE[;RULE...]
WARNINGS='
|allow user alice,bob group galice;deny
1: warning: there is no user '\''nosuch'\''|allow user nosuch
1: warning: there is no user '\''ghost'\''|allow user !ghost
|allow user no*
1: warning: there is no group '\''nosuch'\''|deny group nosuch,galice
2: warning: this rule never decides, because line 1 does|allow user alice;deny user alice
2: warning: this rule never decides, because line 1 does|lease;deny user alice
|allow user alice service sshd;deny user alice
2: warning: this rule never decides, because line 1 does|deny user alice,bob;allow user bob service sshd
|deny user alice;allow user root
|lease;allow user root
2: warning: this rule never decides, because line 1 does|allow user alice during Mo;deny user alice during Mo
|allow user alice during Mo;deny user alice
|limit 3;allow user alice;limit 3
1: warning: nobody but root can log in any more|deny
1: warning: nobody but root can log in any more|deny;limit 1
|allow user alice;deny
|deny user !alice
'

@test "policy check: what is good and yet no sense" {
	local want rules said

	while IFS='|' read -r want rules; do
		[ -n "$rules" ] || continue
		IFS=';' read -ra rules <<<"$rules"
		draft "${rules[@]}"
		run pamlease policy check /run/draft
		[ "$status" -eq 0 ] || bad "${rules[*]}: $status"
		said=$(sed -n 's/^\/run\/draft:\(.*warning: .*\)/\1/p' \
			<<<"$output")
		[ "$said" = "$want" ] || bad "${rules[*]}: $said"
		[ "${lines[-1]}" = "/run/draft: good, rules: ${#rules[@]}, warnings: $((${#want} > 0))" ] ||
			bad "${rules[*]}: ${lines[-1]}"
	done <<<"$WARNINGS"
	all_good
}

@test "policy check: two groups of one number" {
	ns bash -c 'echo second:x:1001: >>/etc/group'
	draft 'allow group second'
	says 0 "/run/draft:1: warning: group 'second' has the number of 'galice', and that name counts
/run/draft: good, rules: 1, warnings: 1" '' pamlease policy check /run/draft
	ns sed -i '/^second:/d' /etc/group
	all_good
}

@test "policy check: not only root's; policy show: root's" {
	policy 'allow user alice' 'bad'
	draft 'allow user alice'
	ns bash -c 'install -m 755 "$1" /run/pamlease-copy; chmod 644 /run/draft' \
		- "$BUILD/pamlease"
	as_alice() { ns setpriv --reuid 1001 --regid 1001 --clear-groups \
		/run/pamlease-copy "$@"; }
	says 0 '/run/draft: good, rules: 1, warnings: 0' '' \
		as_alice policy check /run/draft
	says 1 "$CONF:2:1: unknown word*" '' as_alice policy check
	ns chmod 600 /run/draft
	says 4 '' '*/run/draft: Permission denied' \
		as_alice policy check /run/draft
	says 1 '' 'pamlease: *root*' as_alice policy show
	all_good
}

@test "policy show: settings, rules, and which are in force" {
	local end

	ns ln -sf /usr/share/zoneinfo/UTC /etc/localtime
	says 0 $'warn 5m 1m\nhook-timeout 30s\nNo rules: who has a lease is admitted, and root.' '' \
		pamlease policy show
	policy 'warn 10m 2m' 'max 12h' '' 'grace 5m' keep-detached 'hook-timeout 1m' \
		'exempt group wheel' 'allow  user alice,!b*  service @remote' \
		'limit 2 group users,"domain users"' \
		'ask user bob for 2h within 1m30s' \
		'deny during 2026-01-01..2026-01-02' 'lease during Al' \
		'exclusive group users' 'presence-command /bin/true' \
		'presence-silent allow'
	run --separate-stderr pamlease policy show
	[ "$status" -eq 0 ] || bad "$status"
	[ "${lines[*]:0:8}" = 'warn 10m 5m 2m max 12h grace 5m hook-timeout 1m presence-command /bin/true presence-timeout 10s presence-silent allow keep-detached' ] ||
		bad "$output"
	diff - <(sed 's/  */ /g' <<<"$output" | grep '^[0-9]') <<'END' ||
7 in force - exempt group wheel
8 in force - allow user alice,!b* service @remote
9 in force - limit 2 group users,"domain users"
10 in force - ask user bob for 2h within 1m30s
11 not now - deny during 2026-01-01..2026-01-02
12 in force - lease during Al
13 in force - exclusive group users
END
		bad "$output"
	[ "$(pamlease policy show --json | jq -c '[.warn, .max, .grace,
		.hook_timeout, .presence_silent, .keep_detached,
		(.rules | length), .rules[4].in_force,
		.rules[0].action, .rules[3].rule, .rules[5].line]')" = \
		'[[600,300,120],43200,300,60,"allow",true,7,false,"exempt","ask user bob for 2h within 1m30s",12]' ] ||
		bad "$(pamlease policy show --json)"
	# What is shown is a policy, and the same one.
	{
		echo 'presence-command /bin/true'
		pamlease policy show --json | jq -r '.rules[].rule'
	} | ns_write /run/draft
	says 0 '*good, rules: 7,*' '' pamlease policy check /run/draft
	# An hour of today, and when it changes.
	end=$(date -u -d '+2 days' +%FT%H:00)
	policy "allow during $(date -u -d '-1 hour' +%FT%H:00)..$end"
	[ "$(pamlease policy show --json | jq -r '.rules[0] |
		[.in_force, .changes_at] | @csv')" = \
		"true,\"$end:00Z\"" ] ||
		bad "$(pamlease policy show --json)"
	run pamlease policy show
	[[ ${lines[-1]} == *"${end/T/ }"* ]] ||
		bad "$output"
	policy 'bad'
	says 4 '' "pamlease: policy show: nobody but root can log in: $CONF:1:1: *" \
		pamlease policy show
	ns rm -f /etc/localtime
	all_good
}

@test "check: which rule decides, and what the steps behind it would say" {
	policy '# one' 'deny user bob service login' \
		'allow user alice from local' 'ask group gbob' \
		'lease user carol service sshd'
	pamlease grant carol --duration 1h >/dev/null
	says 3 "bob would be denied: the policy denies it
Decided by: policy: the policy denies it ($CONF:2)
After that: lease: there is no lease (/run/pamlease/bob.lease)
After that: limit: no limit is in the way" '' \
		pamlease check bob --service login
	says 0 "alice would be admitted: the policy needs no lease
Decided by: policy: the policy needs no lease ($CONF:3)
After that: lease: there is no lease (/run/pamlease/alice.lease)
After that: limit: no limit is in the way" '' pamlease check alice
	says 3 "bob would be asked about: somebody has to say yes
Decided by: lease: somebody has to say yes ($CONF:4)
After that: limit: no limit is in the way" '' pamlease check bob
	says 0 "carol would be admitted until * (*): the lease is valid
Decided by: lease: the lease is valid (/run/pamlease/carol.lease)
After that: limit: no limit is in the way" '' pamlease check carol
	says 0 "root would be admitted: root needs no lease
Decided by: policy: root needs no lease ($CONF)
*" '' pamlease check root
	says 3 "nosuch would be denied: there is no such user
Decided by: account: there is no such user" '' pamlease check nosuch
	[ "$(pamlease check bob --service login --json | jq -c \
		'[.admitted, .why, .decided_by, .line, [.steps[] |
		[.step, .why, .line]]]')" = '[false,"deny","policy",2,[["account","account",null],["wind-down","no-winddown",null],["policy","deny",2],["lease","no-lease",null],["limit","room",null]]]' ] ||
		bad "$(pamlease check bob --service login --json)"
	[ "$(pamlease check carol --json | jq -c \
		'[.admitted, .why, .decided_by, .line, [.steps[].why]]')" = \
		'[true,"lease","lease",5,["account","no-winddown","rule-lease","lease","room"]]' ] ||
		bad "$(pamlease check carol --json)"
	all_good
}

@test "check: a limit, a window at another time, a tty, and what is broken" {
	local pid

	ns ln -sf /usr/share/zoneinfo/UTC /etc/localtime
	policy 'limit 1 service sshd' \
		'allow user alice tty pts/* during Al0900-1700' \
		'allow user bob'
	pid=$(ns_process 1002)
	ns_session bob 1002 "$pid" policy
	says 3 "alice would be denied: as many users as may be are in
Decided by: limit: as many users as may be are in ($CONF:1)" '' \
		pamlease check alice --tty pts/1 --at '2026-12-01 10:00'
	says 0 "bob would be admitted: the policy needs no lease*" '' \
		pamlease check bob
	says 0 "alice would be admitted until 2026-12-01 17:00:00 (7h 0m): the policy needs no lease
Decided by: policy: the policy needs no lease ($CONF:2)
*" '' pamlease check alice --service su --tty /dev/pts/1 --at '2026-12-01 10:00'
	says 3 'alice would be denied: there is no lease*' '' \
		pamlease check alice --service su --tty pts/1 --at '2026-12-01 17:00'
	says 3 'alice would be denied: there is no lease*' '' \
		pamlease check alice --service su --tty tty1 --at '2026-12-01 10:00'
	ns rm /etc/localtime
	says 3 "alice would be denied: the time in the host's zone can't be told*
Decided by: policy: the time in the host's zone can't be told ($CONF:2)*" '' \
		pamlease check alice --service su --tty pts/1
	policy 'deny'
	says 3 'alice would be denied: the policy denies it*' '' \
		pamlease check alice
	policy 'denny'
	says 3 "alice would be denied: the policy is broken: $CONF:1:1: *
Decided by: policy: the policy is broken ($CONF)*" '' pamlease check alice
	says 0 'root would be admitted: root needs no lease*' '' \
		pamlease check root
	all_good
}

# Prints and runs; an alarm is of a priority that stderr shows.
watchdog() { ns env -u JOURNAL_STREAM "$BUILD/pamlease-watchdog"; }

@test "root has a lease where a rule of the policy names it" {
	local rule pid

	for rule in 'lease user r* service sshd' 'deny user root' \
		'allow user root' 'lease user !root' 'limit 1 user root'; do
		policy "$rule"
		says 1 '' "*'root' is root or a system account*" \
			pamlease grant root --duration 1h
	done
	for rule in 'lease user root service sshd' 'ask user alice,root'; do
		policy "$rule"
		says 1 '' '*no lease*' pamlease grant sys --duration 1h
		says 0 'Lease granted for root until *' '' \
			pamlease grant root --duration 1h
		pamlease revoke root
	done
	policy 'lease user root'
	# Of another name of root's it is said that there are two.
	says 1 '' "*'toor' and 'root' share uid 0*" \
		pamlease grant toor --duration 1h
	says 3 'root would be denied: there is no lease*' '' pamlease check root
	pamlease grant root --duration 1h
	says 0 'root would be admitted: the lease is valid*' '' pamlease check root
	says 0 '*' '' pamlease extend root --duration 1h
	says 0 '*root *' '' pamlease list

	# It is over, and revoked, and nobody ends with it.
	pid=$(ns_process 0)
	ns_session root 0 "$pid"
	ns_expire root
	says 0 '' 'pamlease-watchdog: root: lease removed, the lease has expired' \
		watchdog
	! ns test -e /run/pamlease/root.lease || bad 'over, and there'
	! ns test -e /run/pamlease/.root.aside || bad 'put aside'
	ns_alive "$pid" || bad 'ended'
	pamlease grant root --duration 1h
	says 0 'Lease revoked for root. No sessions terminated.' \
		'pamlease: revoke: sessions of root are never ended: 1' \
		pamlease revoke root
	ns_alive "$pid" || bad 'ended'
	ns rm -r /run/pamlease/sessions
	pamlease grant root --duration 1h
	says 0 'Lease revoked for root. No active sessions.' '' \
		pamlease revoke root
	# A revocation that was cut short.
	pamlease grant root --duration 1h
	ns mv /run/pamlease/root.lease /run/pamlease/root.revoked
	says 0 '' '*lease removed*' watchdog
	! ns test -e /run/pamlease/root.revoked || bad 'not finished'
	# With a broken policy nobody knows; a system account has none for sure.
	pamlease grant root --duration 1h
	ns_expire root
	policy 'bad'
	run watchdog
	[[ $output == *'root: lease removed'* && $output != *aside* ]] ||
		bad "$output"
	ns_alive "$pid" || bad 'ended'
	all_good
}

@test "a lease of root's that no rule is for is put aside" {
	local pid

	policy 'lease user root'
	pid=$(ns_process 0)
	pamlease grant root --duration 1h
	ns_expire root
	ns rm "$CONF"
	run watchdog
	[ "$status" -eq 6 ]
	[[ $output == *'a lease for uid 0, who can have none: put aside'* ]]
	ns test -e /run/pamlease/.root.aside
	ns_alive "$pid"
}
