#!/usr/bin/env bats
#
# pamlease policy import: the rules of other modules as a policy.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
	ns_start
	[ -z "${NS_SKIP:-}" ] || return 0
	ns bash -c 'printf "%s\n" wheel:x:2001:carol,bob \
		devel:x:2002:alice,carol >>/etc/group
		echo "hosts: files" >>/etc/nsswitch.conf'
}

teardown_file() { ns_stop; }

setup() {
	ns_setup
	OLD=$BATS_TEST_TMPDIR/old
	DIR=$BATS_TEST_TMPDIR
}

import() { "$BUILD/pamlease" policy import "$@"; }

# Rows on stdin, with an empty line behind each: the old lines with "< " before
# each ("<| " before one without a newline), and what they become, without the
# comments at the beginning.
become() {
	local line want='' got n=0

	: >"$OLD"
	while IFS= read -r line; do
		case $line in
		'< '*) printf '%s\n' "${line#< }" >>"$OLD" ;;
		'<| '*) printf '%s' "${line#<| }" >>"$OLD" ;;
		?*) want+=$line$'\n' ;;
		'')
			n=$((n + 1))
			got=$(import "$OLD" | sed '1,/^$/d')
			[ "$got" = "${want%$'\n'}" ] ||
				bad "$(<"$OLD")"$'\n'"became: $got"
			import "$OLD" >"$OLD.policy"
			"$BUILD/pamlease" policy check "$OLD.policy" \
				>/dev/null || bad "$(<"$OLD"): not good"
			: >"$OLD"
			want=
			;;
		esac
	done
	[ "$n" -ge "$1" ] || bad "$n rows"
	all_good
}

@test "rules of time.conf as pam_time takes them" {
	become 18 <<'END'
< # all of it is a comment
< blank;tty* & !ttyp*;you|me;!Al0000-2400
deny user you,me service blank tty tty*,!ttyp*
allow

< xsh ; ttyp* ; root ; !WdMo0000-2400 # weekends
deny user root service xsh tty ttyp* during MoSaSu
allow

< login;tty*&!ttyp*;!root;!Al0000-2400
deny user !root service login tty tty*,!ttyp*
allow

< games;*;!waster;Wd0000-2400|Wk1800-0800
# line 1: games;*;!waster;Wd0000-2400|Wk1800-0800
#	pam_time let 'Wk1800-0800' last one minute longer
deny user !waster service games during !Wd0000-2400,!Wk1800-0800
allow

< sshd;*;a;Al0800-1200 | Al1300-1800
deny user a service sshd during !Al0800-1200,!Al1300-1800
allow

< sshd;*;a;!Wk0800-1800 & !Sa1000-1200
deny user a service sshd during Wk0800-1800,Sa1000-1200
allow

< sshd;*;a;Al0800-1800 & !We0900-1000
deny user a service sshd during Al0000-0800,Al1800-2400,We0900-1000
allow

< sshd;*;a;MoWk0900-1000|AlFr1000-1100
deny user a service sshd during !TuWeThFr0900-1000,!MoTuWeThSaSu1000-1100
allow

< sshd;*;a;\
< mo0800-\
< 1200
deny user a service sshd during !Mo0800-1200
allow

< sshd|login;*;a|b & !c|d;Al0800-1200
deny user a,b,!c service sshd,login during !Al0800-1200
deny user d service sshd,login during !Al0800-1200
allow

< sshd;*;!a|b;Al0800-1200
deny user b service sshd during !Al0800-1200
deny user !a service sshd during !Al0800-1200
allow

< sshd;tty*&*1;a*&*a&!ab*;Al0800-1200
deny user a*a,a,!ab* service sshd tty tty*1 during !Al0800-1200
allow

< sshd;*;ana*&*anas;Al0800-1200
deny user ana*anas,ananas,anas service sshd during !Al0800-1200
allow

< sshd;*;a&b|c&!*|d;Al0800-1200
deny user d service sshd during !Al0800-1200
allow

< sshd;*;a&b;Al0800-1200
# line 1: sshd;*;a&b;Al0800-1200
#	it matches nobody
allow

< sshd;*;a;Al0000-2400
# line 1: sshd;*;a;Al0000-2400
#	it refuses nobody
allow

< *;*;*;!Al0000-2400
deny
allow

< sshd;*;a;Tu0800-0800
# line 1: sshd;*;a;Tu0800-0800
#	pam_time let 'Tu0800-0800' last one minute longer
deny user a service sshd during MoThFrSaSu0000-2400,Tu0000-0800,We0800-2400
allow

END
}

@test "what pam_time takes for something else, and what can't be said" {
	become 37 <<'END'
< sshd;*;alice,bob;Wk0800-1800
# line 1: sshd;*;alice,bob;Wk0800-1800
#	pam_time wants one | or & between two, and ignored the line
deny user alice,bob service sshd during !Wk0800-1800
allow

< sshd;*;alice bob;Wk0800-1800
# line 1: sshd;*;alice bob;Wk0800-1800
#	pam_time wants one | or & between two, and ignored the line
deny user alice,bob service sshd during !Wk0800-1800
allow

< sshd;*;alice && bob;Wk0800-1800
# line 1: sshd;*;alice && bob;Wk0800-1800
#	pam_time wants one | or & between two, and ignored the line
#	it matches nobody
allow

< sshd;*;alice,!bob;Wk0800-1800
# line 1: sshd;*;alice,!bob;Wk0800-1800
#	pam_time wants one | or & between two, and ignored the line
deny user alice,!bob service sshd during !Wk0800-1800
allow

< sshd;*;%wheel|carol;Wk0800-1800
# line 1: sshd;*;%wheel|carol;Wk0800-1800
#	pam_time has no groups: '%wheel' was the user 'wheel'
deny user carol service sshd during !Wk0800-1800
deny group wheel service sshd during !Wk0800-1800
allow

< sshd;*;!%wheel&!alice;Wk0800-1800
# line 1: sshd;*;!%wheel&!alice;Wk0800-1800
#	pam_time has no groups: '%wheel' was the user 'wheel'
deny user !alice group !wheel service sshd during !Wk0800-1800
allow

< sshd;*;@students;Wk0800-1800
# line 1: sshd;*;@students;Wk0800-1800
#	LOOK: there are no netgroups here, so that this is for all users
deny service sshd during !Wk0800-1800
allow

< sshd;*;alice|@students;Wk0800-1800
# line 1: sshd;*;alice|@students;Wk0800-1800
#	pam_time did not read '@students' as one name
#	LOOK: '@students' can't be said here, so that this is for all of them
deny service sshd during !Wk0800-1800
allow

< sshd;*;alice|(bob&carol);Wk0800-1800
# line 1: sshd;*;alice|(bob&carol);Wk0800-1800
#	LOOK: parentheses did not count, and don't here: it goes from left to right
#	it matches nobody
allow

< sshd;*;CORP\dave|frank$;Wk0800-1800
# line 1: sshd;*;CORP\x5cdave|frank$;Wk0800-1800
#	pam_time did not read 'CORP\x5cdave' as one name
#	pam_time did not read 'frank$' as one name
deny user CORP\dave,frank$ service sshd during !Wk0800-1800
allow

< sshd;*;*adm*;Wk0800-1800
# line 1: sshd;*;*adm*;Wk0800-1800
#	pam_time took all but the first * of '*adm*' for a letter
deny user *adm* service sshd during !Wk0800-1800
allow

< sshd;*;12345;Wk0800-1800
# line 1: sshd;*;12345;Wk0800-1800
#	nobody can log in as '12345'
#	it matches nobody
allow

< sshd;/dev/tty1;alice;Wk0800-1800
# line 1: sshd;/dev/tty1;alice;Wk0800-1800
#	pam_time takes terminals without /dev/: no terminal was '/dev/tty1'
deny user alice service sshd tty tty1 during !Wk0800-1800
allow

< sshd;;alice;Wk0800-1800
# line 1: sshd;;alice;Wk0800-1800
#	pam_time ignored the line, as a field has no name; here that is any
deny user alice service sshd during !Wk0800-1800
allow

< sshd;*;a"b;Wk0800-1800
# line 1: sshd;*;a\x22b;Wk0800-1800
#	pam_time did not read 'a\x22b' as one name
#	LOOK: 'a\x22b' can't be said here, so that this is for all of them
deny service sshd during !Wk0800-1800
allow

< sshd;*;alice;Mo-Fr0800-1800
# line 1: sshd;*;alice;Mo-Fr0800-1800
#	pam_time wants MoTuWeHHMM-HHMM, and took 'Mo-Fr0800-1800' for always
deny user alice service sshd during !Wk0800-1800
allow

< sshd;*;alice;!Fr-Mo0800-1800
# line 1: sshd;*;alice;!Fr-Mo0800-1800
#	pam_time wants MoTuWeHHMM-HHMM, and took 'Fr-Mo0800-1800' for always
deny user alice service sshd during MoFrSaSu0800-1800
allow

< sshd;*;alice;Wk
# line 1: sshd;*;alice;Wk
#	pam_time wants MoTuWeHHMM-HHMM, and took 'Wk' for always
deny user alice service sshd during !Wk
allow

< sshd;*;alice;Wk08:00-18:00
# line 1: sshd;*;alice;Wk08:00-18:00
#	pam_time wants MoTuWeHHMM-HHMM, and took 'Wk08:00-18:00' for always
deny user alice service sshd during !Wk0800-1800
allow

< sshd;*;alice;Wk8-18
# line 1: sshd;*;alice;Wk8-18
#	pam_time wants MoTuWeHHMM-HHMM, and took 'Wk8-18' for always
deny user alice service sshd during !Wk0800-1800
allow

< sshd;*;alice;Wk8-1800
# line 1: sshd;*;alice;Wk8-1800
#	pam_time took the start of 'Wk8-1800' for minutes after midnight
deny user alice service sshd during !Wk0800-1800
allow

< sshd;*;alice;0800-1800
# line 1: sshd;*;alice;0800-1800
#	pam_time wants days before times, and took '0800-1800' for never
deny user alice service sshd during !Al0800-1800
allow

< sshd;*;alice;Wk0800-1000,Wk1100-1800
# line 1: sshd;*;alice;Wk0800-1000,Wk1100-1800
#	pam_time wants one | or & between two, and refused all whom the line names, always
deny user alice service sshd during !Wk0800-1000,!Wk1100-1800
allow

< sshd;*;alice;Wk 0800 - 1800
# line 1: sshd;*;alice;Wk 0800 - 1800
#	pam_time wants MoTuWeHHMM-HHMM without blanks, and refused all whom the line names, always
deny user alice service sshd during !Wk0800-1800
allow

< sshd;*;alice;Mo,We0800-1800
# line 1: sshd;*;alice;Mo,We0800-1800
#	pam_time wants MoTuWeHHMM-HHMM, and took 'Mo' for always
#	pam_time wants one | or & between two, and refused all whom the line names, always
#	LOOK: days without times are taken for never
deny user alice service sshd during MoTuThFrSaSu0000-2400,We0000-0800,We1800-2400
allow

< sshd;*;alice;Wk0800-1000,1100-1800
# line 1: sshd;*;alice;Wk0800-1000,1100-1800
#	pam_time wants one | or & between two, and refused all whom the line names, always
#	pam_time wants days before times, and took '1100-1800' for never
deny user alice service sshd during !Wk0800-1000,!Wk1100-1800
allow

< sshd;*;alice;Al2200-0600
# line 1: sshd;*;alice;Al2200-0600
#	pam_time let 'Al2200-0600' last one minute longer
deny user alice service sshd during !Al2200-0600
allow

< sshd;*;alice;Wk0860-2500
# line 1: sshd;*;alice;Wk0860-2500
#	there is no such time as in 'Wk0860-2500'
deny user alice service sshd during !Wk0900-2400
allow

< sshd;*;alice;MoMo0800-1800
# line 1: sshd;*;alice;MoMo0800-1800
#	a day that comes twice is none, so that 'MoMo0800-1800' is never
deny user alice service sshd
allow

< sshd;*;alice;Mon0800-1800
# line 1: sshd;*;alice;Mon0800-1800
#	LOOK: 'Mon0800-1800' is no time, and is taken for never
deny user alice service sshd
allow

< sshd;*;alice;!Mon0800-1800
# line 1: sshd;*;alice;!Mon0800-1800
#	LOOK: 'Mon0800-1800' is no time, and is taken for never
deny user alice service sshd
allow

< sshd;*;alice;
# line 1: sshd;*;alice;
#	without times it is never
deny user alice service sshd
allow

< sshd;*;alice;Wk0800-1800;
# line 1: sshd;*;alice;Wk0800-1800;
#	pam_time wants no ';' at the end, and ignored the line
deny user alice service sshd during !Wk0800-1800
allow

< sshd:*:alice:Wk0800-1800
# line 1: sshd:*:alice:Wk0800-1800
#	pam_time wants ';' between the fields, and ignored the line
deny user alice service sshd during !Wk0800-1800
allow

< sshd;*;alice
< sshd;*;bob;Wk0800-1800
# line 1: sshd;*;alice
#	pam_time wants SERVICES;TTYS;USERS;TIMES, and ignored it; so does this policy
deny user bob service sshd during !Wk0800-1800
allow

< a;b;c;d;sshd;*;alice;Wk0800-1800
# line 1: a;b;c;d;sshd;*;alice;Wk0800-1800
#	pam_time ignored the first four fields, and went on with the next
deny user alice service sshd during !Wk0800-1800
allow

<| sshd;*;alice;Wk0800-1800
# line 1: sshd;*;alice;Wk0800-1800
#	the newline at its end is missing: pam_time refused all whom it names, always
deny user alice service sshd during !Wk0800-1800
allow

END
}

@test "rules of access.conf" {
	become 21 <<'END'
< # nobody but root on the first console
< -:ALL EXCEPT root:tty1
deny user !root group !root tty tty1 from local
allow

< -:ALL EXCEPT (wheel) shutdown sync:LOCAL
deny user !shutdown,!sync group !wheel,!shutdown,!sync from local
allow

< -:wheel:ALL EXCEPT LOCAL .win.tue.nl
< -:ALL:ALL
deny user wheel from !local,!*.win.tue.nl
deny group wheel from !local,!*.win.tue.nl
deny
allow

< + : root bob : 192.168.200.1, 192.168.201. 10.1.2.3/255.255.0.0 .foo.bar.org
allow user root,bob from 192.168.200.1,192.168.201.0/24,10.1.0.0/16,*.foo.bar.org
allow group root,bob from 192.168.200.1,192.168.201.0/24,10.1.0.0/16,*.foo.bar.org
allow

< +:alice:fd00::/8 ::ffff:10.0.0.1 2001:db8::1
allow user alice from fd00::/8,::ffff:10.0.0.1,2001:db8::1
allow group alice from fd00::/8,::ffff:10.0.0.1,2001:db8::1
allow

< +:alice:cron
< -:alice:ALL EXCEPT cron
# line 1: +:alice:cron
#	LOOK: 'cron' is a remote host, a terminal or a service, as it was; take out what is not meant
allow user alice from cron
allow group alice from cron
allow user alice tty cron from local
allow group alice tty cron from local
allow user alice service cron tty !?* from local
allow group alice service cron tty !?* from local
# line 2: -:alice:ALL EXCEPT cron
#	LOOK: 'cron' is a remote host, a terminal or a service, as it was; take out what is not meant
deny user alice from !local,!cron
deny group alice from !local,!cron
deny user alice service !cron tty !cron from local
deny group alice service !cron tty !cron from local
deny user alice tty ?*,!cron from local
deny group alice tty ?*,!cron from local
allow

< -:bob:pts/0 :0 localhost:10.0 tty9 ttyS0 host.example.org
deny user bob from host.example.org
deny group bob from host.example.org
deny user bob tty pts/0,:0,localhost:10.0,tty9,ttyS0 from local
deny group bob tty pts/0,:0,localhost:10.0,tty9,ttyS0 from local
allow

< -:bob:ALL EXCEPT tty1 tty2
deny user bob from !local
deny group bob from !local
deny user bob tty !tty1,!tty2 from local
deny group bob tty !tty1,!tty2 from local
allow

< -:bob:LOCAL 10.0.0.0/8 EXCEPT tty1 10.1.0.0/16
deny user bob from 10.0.0.0/8,!10.1.0.0/16
deny group bob from 10.0.0.0/8,!10.1.0.0/16
deny user bob tty !tty1 from local
deny group bob tty !tty1 from local
allow

< +:(domain users) "x:ALL
# line 1: +:(domain users) \x22x:ALL
#	without listsep=, pam_access takes a blank for the end of a name
#	LOOK: '\x22x' can't be said here
allow group "domain users"
allow

< +:@admins alice:ALL
< -:@guests:ALL
# line 1: +:@admins alice:ALL
#	LOOK: there are no netgroups here: '@admins'
allow user alice
allow group alice
# line 2: -:@guests:ALL
#	LOOK: there are no netgroups here: '@guests'
deny
allow

< -:ALL EXCEPT @admins:ALL
< +:ALL EXCEPT @guests:ALL
# line 1: -:ALL EXCEPT @admins:ALL
#	LOOK: there are no netgroups here: '@admins'
deny
# line 2: +:ALL EXCEPT @guests:ALL
#	LOOK: there are no netgroups here: '@guests'
#	it matches nobody, or nobody that can be told
allow

< +:alice@host1 bob:ALL
< -:alice@host1:ALL
< +:ALL EXCEPT alice@host1:ALL
< -:ALL EXCEPT alice@host1:ALL
# line 1: +:alice@host1 bob:ALL
#	LOOK: 'alice@host1' is a user at a login on the host of that name; there are no such rules here
allow user bob
allow group bob
# line 2: -:alice@host1:ALL
#	LOOK: 'alice@host1' is a user at a login on the host of that name; there are no such rules here
deny user alice
deny group alice
# line 3: +:ALL EXCEPT alice@host1:ALL
#	LOOK: 'alice@host1' is a user at a login on the host of that name; there are no such rules here
allow user !alice group !alice
# line 4: -:ALL EXCEPT alice@host1:ALL
#	LOOK: 'alice@host1' is a user at a login on the host of that name; there are no such rules here
deny
allow

< +:ALL EXCEPT bob EXCEPT alice:ALL
< -:ALL EXCEPT bob EXCEPT alice:ALL
# line 1: +:ALL EXCEPT bob EXCEPT alice:ALL
#	LOOK: what stands behind a second EXCEPT can't be said here
allow user !bob group !bob
# line 2: -:ALL EXCEPT bob EXCEPT alice:ALL
#	LOOK: what stands behind a second EXCEPT can't be said here
deny
allow

< -:alice:10.0.0.0/255.0.255.0
< +:alice:10.0.0.0/255.0.255.0
# line 1: -:alice:10.0.0.0/255.0.255.0
#	LOOK: there are no masks with holes here
deny user alice from 10.0.0.0/8
deny group alice from 10.0.0.0/8
# line 2: +:alice:10.0.0.0/255.0.255.0
#	LOOK: there are no masks with holes here
#	it matches nobody, or nobody that can be told
allow

< +:Alice:Host.Example.Org adm*
# line 1: +:Alice:Host.Example.Org adm*
#	pam_access took 'Alice' in small letters for the same name
#	pam_access has no patterns, and took 'adm*' for a name
#	LOOK: 'adm*' is a remote host, a terminal or a service, as it was; take out what is not meant
allow user Alice from host.example.org,adm*
allow group Alice from host.example.org,adm*
allow user Alice tty adm* from local
allow group Alice tty adm* from local
allow user Alice service adm* tty !?* from local
allow group Alice service adm* tty !?* from local
allow

< +:alice:0.0.0.0/0 10.0.0.0/08
# line 1: +:alice:0.0.0.0/0 10.0.0.0/08
#	pam_access took a mask of no bits for that address alone
#	pam_access took a mask that begins with 0 for octal
allow user alice from 0.0.0.0/0,10.0.0.0/8
allow group alice from 0.0.0.0/0,10.0.0.0/8
allow

< +:alice:300. 10.0.0.0/33 10.0.0.0/x NONE foo.
# line 1: +:alice:300. 10.0.0.0/33 10.0.0.0/x NONE foo.
#	pam_access matched nothing with '300.'
#	pam_access matched nothing with '10.0.0.0/33'
#	pam_access matched nothing with '10.0.0.0/x'
#	pam_access matched nothing with 'NONE'
#	pam_access matched nothing with 'foo.'
#	it matches nobody, or nobody that can be told
allow

<  +:alice:ALL
< + alice ALL
< +:alice
< +:12345:ALL
< # -:ALL:ALL
# line 1:  +:alice:ALL
#	pam_access wants no blank before the rule, and ignored it
allow user alice
allow group alice
# line 2: + alice ALL
#	pam_access wants +:USERS:ORIGINS or -:USERS:ORIGINS, and ignored it; so does this policy
# line 3: +:alice
#	pam_access wants +:USERS:ORIGINS or -:USERS:ORIGINS, and ignored it; so does this policy
# line 4: +:12345:ALL
#	nobody can log in as '12345'
#	it matches nobody, or nobody that can be told
allow

< +:alice:ALL # the boss
# line 1: +:alice:ALL # the boss
#	pam_access knows no comment behind a rule, and took its words for names
allow user alice
allow group alice
allow

<| -:ALL:ALL
# line 1: -:ALL:ALL
#	the newline at its end is missing: pam_access ignored it
deny
allow

END
}

@test "rules of pam-accesscontrol" {
	become 8 <<'END'
< # as it comes
< DEFAULT:OPEN
allow

< DEFAULT:CLOSE
< DEBUG:True
< SSH OPEN GROUP admin
< KEY OPEN GROUP admin
< TTY OPEN USER bob,alice
allow group admin service sshd
allow user bob,alice service login
deny

< SSH OPEN USER bob,alice
< SSH NUMBER GROUP users:2
< DEFAULT:OPEN
# line 2: SSH NUMBER GROUP users:2
#	LOOK: the module told logins by key from those by password; here the rule is for both
#	pam-accesscontrol never limited them
limit 2 group users service sshd
allow user bob,alice service sshd
allow

< DEFAULT:CLOSE
< SSHD OPEN GROUP heroes,lp
< SSHD-KEY OPEN GROUP heroes,lp
< SSHD NUMBER GROUP heroes:2,lp:0
< SSHD-KEY NUMBER GROUP heroes:2,lp:0
# line 4: SSHD NUMBER GROUP heroes:2,lp:0
#	pam-accesscontrol never limited them
limit 2 group heroes service sshd
deny group lp service sshd
allow group heroes,lp service sshd
deny

< DEFAULT:CLOSE
< sddm open group linux-users
< SDDM NUMBER GROUP linux-users:1
< SSHD-KEY ASK GROUP admin
< SSHD ASK GROUP ALL
< XDM CLOSE GROUP ALL
# line 3: SDDM NUMBER GROUP linux-users:1
#	pam-accesscontrol never limited them
limit 1 group linux-users service sddm
deny service kdm,lightdm,sddm,slim,xdm
# line 4: SSHD-KEY ASK GROUP admin
#	LOOK: the module told logins by key from those by password; here the rule is for both
#	pam-accesscontrol let them in when there was nobody to ask, and asked of ssh alone
ask group admin service sshd
# line 5: SSHD ASK GROUP ALL
#	LOOK: the module told logins by key from those by password; here the rule is for both
#	pam-accesscontrol let them in when there was nobody to ask, and asked of ssh alone
ask service sshd
allow group linux-users service sddm
deny

< SSH OPEN USER bob
< SSH CLOSE GROUP ALL
< KEY CLOSE GROUP ALL
< DEFAULT:OPEN
deny service sshd
allow user bob service sshd
allow

< SSH CLOSE USER root,12345
< SSH PIN USER ALL
< FTP OPEN USER ALL
# line 1: SSH CLOSE USER root,12345
#	LOOK: the module told logins by key from those by password; here the rule is for both
#	nobody can log in as '12345'
deny user root service sshd
# line 2: SSH PIN USER ALL
#	LOOK: the module told logins by key from those by password; here the rule is for both
#	LOOK: there are no PINs here; these users need a lease
#	LOOK: for pam-accesscontrol ALL was a user's name; all are GROUP ALL
lease service sshd
# line 3: FTP OPEN USER ALL
#	LOOK: for pam-accesscontrol ALL was a user's name; all are GROUP ALL
#	it is for nobody
deny

< SSHD-KEY OPEN USERS tom, alex
< SSHD OPEN USER eve # for a while
< SSHD NUMBER GROUP lp
< SSHD MAYBE USER eve
< MAILSERVER:10.0.0.1
< DEFAULT: OPEN
# line 4: SSHD MAYBE USER eve
#	pam-accesscontrol wants SERVICE OPTION TARGET LIST, and ignored it; so does this policy
# line 5: MAILSERVER:10.0.0.1
#	no mail is sent here
# line 6: DEFAULT: OPEN
#	pam-accesscontrol wants DEFAULT:OPEN or DEFAULT:CLOSE without a blank, and ignored it; so does this policy
# line 3: SSHD NUMBER GROUP lp
#	LOOK: the module told logins by key from those by password; here the rule is for both
#	pam-accesscontrol never limited them
#	LOOK: want GROUP:N in the list; this is no limit
# line 1: SSHD-KEY OPEN USERS tom, alex
#	pam-accesscontrol ignored it, as it is not written SERVICE OPTION TARGET LIST with single words
#	LOOK: the module told logins by key from those by password; here the rule is for both
allow user tom,alex service sshd
# line 2: SSHD OPEN USER eve # for a while
#	pam-accesscontrol ignored it, as it is not written SERVICE OPTION TARGET LIST with single words
#	LOOK: the module told logins by key from those by password; here the rule is for both
allow user eve service sshd
deny

END
}

@test "the beginning says what the old module did and the policy does not" {
	local word

	for word in time:'sshd;*;a;!Al0000-2400' access:'-:a:ALL' \
		pam-accesscontrol:'SSH CLOSE USER a'; do
		echo "${word#*:}" >"$OLD"
		import "$OLD" | grep -qx "# Made from an old ${word%%:*}.conf." ||
			bad "$word: which?"
		import "$OLD" | grep -q '^# Root is left alone, ' ||
			bad "$word: root"
		[ "$(import - <"$OLD")" = "$(import "$OLD")" ] ||
			bad "$word: stdin"
	done
	all_good
}

# usage: refused EXIT TEXT ARGUMENT... (nothing on stdout, one line on stderr)
refused() {
	local want=$1 text=$2

	shift 2
	run --separate-stderr import "$@"
	# shellcheck disable=SC2154
	if [ "$status" -ne "$want" ] || [ -n "$output" ] ||
	    [[ $stderr != "pamlease: policy import: "*"$text"* ]] ||
	    [ "$(wc -l <<<"$stderr")" -ne 1 ]; then
		bad "$text: $status: $output$stderr"
	fi
}

@test "what is no old file is refused" {
	local i

	: >"$OLD"
	refused 1 'no rule as in time.conf' "$OLD"
	printf '# sshd;*;*;Al\n\n' >"$OLD"
	refused 1 'no rule as in time.conf' "$OLD"
	printf 'allow user bob\nroot:x:0:0:root:/root:/bin/sh\n' >"$OLD"
	refused 1 'no rule as in' "$OLD"
	printf '#\nsshd;*;a;Al0800-1800\n-:ALL:ALL\n' >"$OLD"
	refused 1 'line 2 is as in time.conf, but line 3 as in access.conf' \
		"$OLD"
	printf -- '-:ALL:ALL\nDEFAULT:OPEN\n' >"$OLD"
	refused 1 'but line 2 as in pam-accesscontrol.conf' "$OLD"
	printf -- '-:ALL:ALL\n-:a\0b:ALL\n' >"$OLD"
	refused 1 'a NUL byte in line 2' "$OLD"
	printf -- '-:%4091s:ALL\n' a >"$OLD"
	refused 1 'line 1 is longer than 4096 bytes' "$OLD"
	printf -- '-:%4090s:ALL\n' a >"$OLD"
	import "$OLD" >/dev/null || bad '4096 bytes'
	printf -- '-:a:ALL\n%065529d' 0 | tr 0 '\n' >"$OLD"
	refused 1 'longer than 65536 bytes' "$OLD"
	truncate -s 65536 "$OLD"
	import "$OLD" >/dev/null || bad '65536 bytes'
	for ((i = 0; i < 500; i++)); do
		echo "-:u$i:ALL"
	done >"$OLD"
	refused 1 'more than 1000 rules' "$OLD"
	sed -i 1d "$OLD"
	[ "$(import "$OLD" | grep -c '^[ad]')" -eq 999 ] || bad '999 rules'
	refused 4 'No such file or directory' "$DIR/none"
	refused 4 'Is a directory' "$DIR"
	refused 2 'which file?'
	refused 2 "one argument too many: 'b'" "$OLD" b
	refused 2 'unknown or ambiguous option' --force "$OLD"
	all_good
}

@test "it needs no root, and says so when it can't write" {
	echo '-:a:ALL' >"$OLD"
	chmod 755 "$BATS_TEST_TMPDIR"
	cp "$BUILD/pamlease" "$DIR/pamlease"
	[ "$(setpriv --reuid 1001 --clear-groups "$DIR/pamlease" policy import \
		- <"$OLD")" = "$(import "$OLD")" ]
	run bash -c '"$1" policy import "$2" 2>&1 >/dev/full' - \
		"$BUILD/pamlease" "$OLD"
	[ "$status" -eq 4 ]
	[[ $output == *"standard output: No space left on device" ]]
}

# usage: module KIND HOST AT (under the rules in $DIR/rules)
module() {
	ns "$BUILD/helpers/imported" "$1" "$DIR" ask alice "$2" "$3"
}

# On a Monday at noon and at 3, and on a Sunday at noon.
@test "pam_time does make of its rules what the comments say" {
	local rule want got at n=0

	while IFS=' ' read -r want rule; do
		n=$((n + 1))
		printf '%b' "$rule" >"$DIR/rules"
		got=
		for at in 1772452800 1772420400 1772366400; do
			got+=${got:+,}$(module time - "$at")
		done
		[ "$got" = "$want" ] || bad "$rule: $got"
	done <<-'END'
		in,out,out sshd;*;alice;Wk0800-1800\n
		in,in,in sshd;*;alice,bob;Wk0800-1800\n
		in,in,in sshd;*;alice bob;Wk0800-1800\n
		in,in,in sshd;*;alice||bob;Wk0800-1800\n
		in,out,out sshd;*;%alice;Wk0800-1800\n
		in,out,out sshd;*;bob|@alice;Wk0800-1800\n
		in,in,in sshd;*;alice|(bob&carol);Wk0800-1800\n
		in,in,in sshd;*;*lic*;Wk0800-1800\n
		in,in,in sshd;/dev/ssh;alice;Wk0800-1800\n
		in,in,in sshd;;alice;Wk0800-1800\n
		in,in,in sshd;*;alice;Tu-Fr0800-1800\n
		out,out,out sshd;*;alice;!Tu-Fr0800-1800\n
		in,in,in sshd;*;alice;Tu\n
		in,in,in sshd;*;alice;Tu08:00-18:00\n
		in,in,in sshd;*;alice;Tu8-18\n
		in,in,out sshd;*;alice;Mo2-1800\n
		in,in,out sshd;*;alice;Mo8-1800\n
		out,out,out sshd;*;alice;0800-1800\n
		out,out,out sshd;*;alice;Wk0800-1000,Wk1100-1800\n
		out,out,out sshd;*;alice;Wk 0800-1800\n
		out,out,out sshd;*;alice;Wk0800 -1800\n
		in,in,in sshd;*;alice;Al2200-1200\n
		in,out,out sshd;*;alice;Wk0860-2500\n
		out,out,out sshd;*;alice;MoMo0800-1800\n
		out,out,out sshd;*;alice;Mon0800-1800\n
		out,out,out sshd;*;alice;\n
		in,in,in sshd;*;alice;Tu0800-1800;\n
		in,in,in sshd:*:alice:Tu0800-1800\n
		in,in,in sshd;*;alice\n
		in,out,out a;b;c;d;sshd;*;alice;Wk0800-1800\n
		out,out,out sshd;*;alice;Wk0800-1800
	END
	[ "$n" -gt 25 ] || bad "$n rows"
	all_good
}

@test "pam_access does make of its rules what the comments say" {
	local rule want got host n=0

	while IFS=' ' read -r want rule; do
		n=$((n + 1))
		printf '%b' "$rule" >"$DIR/rules"
		got=
		for host in - 10.1.2.3 myhost; do
			got+=${got:+,}$(module access "$host" 0)
		done
		[ "$got" = "$want" ] || bad "$rule: $got"
	done <<-'END'
		out,out,out -:alice:ALL\n
		out,out,out -:galice:ALL\n
		out,out,out -:ALICE:ALL\n
		in,in,in -:alic*:ALL\n
		in,in,in \040-:alice:ALL\n
		in,in,in -:alice\n
		in,in,in -:alice:ALL
		in,in,out -:alice:tty1 # myhost\n
		in,in,out -:alice:MYHOST\n
		in,out,in -:alice:10.1.\n
		in,in,in -:alice:0.0.0.0/0\n
		in,in,in -:alice:10.1.\052\n
		in,out,in -:alice:10.1.0.0/020\n
		in,in,in -:alice:NONE\n
		out,in,in -:alice:LOCAL\n
		out,in,in -:alice:ssh\n
		in,in,in -:(domain alice):ALL\n
	END
	[ "$n" -gt 15 ] || bad "$n rows"
	all_good
}

# usage: differs KIND SEED FILES
differs() {
	local out

	out=$(ns "$BUILD/helpers/imported" "$1" "$DIR" "$2" "$3") ||
		{ echo "$out"; return 1; }
	echo "# $1.conf: $out" >&3
	[[ $out =~ \ ([0-9]+)\ cases:\ ([0-9]+)\ let\ in,\ ([0-9]+)\ refused ]]
	[ "${BASH_REMATCH[1]}" -ge 2000 ]
	[ "${BASH_REMATCH[2]}" -ge 200 ]
	[ "${BASH_REMATCH[3]}" -ge 200 ]
}

@test "pam_time and the policy that its rules become say the same" {
	differs time 1 1000
}

@test "pam_access and the policy that its rules become say the same" {
	differs access 1 1000
}
