#!/bin/bash
#
# ends.sh - 50 users whose leases end at the same second, one of whom hangs in
# every way; runs in the test host as root.
#
# Prints how many of the others have ended, after how many ms the median and
# the last of them did, and after how many the one who hangs:
#   ended N median MS last MS hanging MS

set -eu

N=50 LEASE=8
hanging=e$N uid=$((2000 + N))
dir=$(mktemp -d)

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# usage: wait_for SECONDS COMMAND...
wait_for() {
	local end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now_ms)" -lt "$end" ] ||
			{ echo "ends.sh: not in time: $*" >&2; exit 1; }
		sleep 0.02
	done
}

sessions() { find /run/pamlease/sessions -type f 2>/dev/null | wc -l; }
all_in() { [ "$(sessions)" -ge "$N" ]; }
lease_gone() { [ ! -e "/run/pamlease/$1.lease" ]; }

for ((i = 1; i <= N; i++)); do
	useradd -M -d / -s /bin/sh -u $((2000 + i)) "e$i"
	pamlease grant "e$i" --duration 1h >/dev/null
done
for ((i = 1; i <= N; i++)); do
	{
		su "e$i" -c 'trap "" TERM HUP; while :; do sleep 1000; done' \
			>/dev/null 2>&1 </dev/null || :
		now_ms >"$dir/e$i"
	} &
done
wait_for 60 all_in

# Nobody answers for this one, what is left forks faster than anybody can look,
# and the lock is held.
for name in loginctl systemctl; do
	mv "/usr/bin/$name" "/usr/bin/$name.real"
	cat >"/usr/bin/$name" <<-EOF
		#!/bin/sh
		case "\$*" in
		*$uid*) trap "" TERM; exec sleep 1000 ;;
		esac
		exec /usr/bin/$name.real "\$@"
	EOF
	chmod +x "/usr/bin/$name"
done
setpriv --reuid "$uid" --regid "$uid" --clear-groups \
	/mnt/helpers/chain 2 60 "$dir/beat" >/dev/null 2>&1 &
due=$(($(date +%s) + LEASE))
for ((i = 1; i <= N; i++)); do
	pamlease grant "e$i" --force --until "$(date -u -d "@$due" \
		+%Y-%m-%dT%H:%M:%SZ)" >/dev/null
done
flock "/run/pamlease/.$hanging.lock" sleep 1000 &

for ((i = 1; i < N; i++)); do
	wait_for $((LEASE + 40)) test -s "$dir/e$i"
done
wait_for 60 test -s "$dir/$hanging"
late=$(for ((i = 1; i < N; i++)); do
	echo $(($(<"$dir/e$i") - due * 1000))
done | sort -n)
printf 'ended %d median %d last %d hanging %d\n' "$(wc -l <<<"$late")" \
	"$(sed -n $((N / 2))p <<<"$late")" "$(tail -n 1 <<<"$late")" \
	$(($(<"$dir/$hanging") - due * 1000))
