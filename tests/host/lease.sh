#!/bin/bash
#
# lease.sh - put alice's lease into a state, by hand where the command would
# not; runs in the test host as root.
#
# usage: lease.sh valid|none|expired|corrupt

set -eu

file=/run/pamlease/alice.lease

stamp() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }

expired() {
	local now

	now=$(date +%s)
	cat <<-EOT
		{"version": 1, "user": "alice", "uid": 1001,
		"granted_by": "root",
		"issued_at": "$(stamp $((now - 3600)))",
		"expires_at": "$(stamp $((now - 1)))",
		"boot_id": "$(cat /proc/sys/kernel/random/boot_id)",
		"expires_boottime": $(cut -d. -f1 /proc/uptime)}
	EOT
}

umask 077
rm -f "$file"
case $1 in
valid)		pamlease grant alice --duration 1h >/dev/null ;;
none)		;;
expired)	expired >"$file" ;;
corrupt)	echo '{"version": 1, "user": "alice", ' >"$file" ;;
*)		exit 2 ;;
esac
