#!/usr/bin/env bats
#
# Logins that race a revocation. RACES is how many, in all.

load lib

setup_file() { host_start; }
teardown_file() { host_stop; }

@test "no login survives a revocation that it raced" {
	local races=${RACES:-500} users=(alice bob carol dave)
	local n=$((races / ${#users[@]})) user each survived in sum=0

	# Side by side: one user's revocation holds up nobody else's login.
	run h bash -c 'for user in '"${users[*]}"'; do
			/mnt/host/race.sh $user '$n' $((++seed)) &
		done
		wait'
	echo "$output"
	[ "$status" -eq 0 ]
	while read -r user _ each _ survived _ in; do
		case $user in alice | bob | carol | dave) ;; *) continue ;; esac
		[ "$survived" -eq 0 ]
		# Some must have been in, and some not, or it was no race.
		[ "$in" -gt 0 ] && [ "$in" -lt "$each" ]
		sum=$((sum + each))
		echo "# $user: $each logins, $in had been let in, 0 survived" >&3
	done <<<"$output"
	[ "$sum" -eq $((n * ${#users[@]})) ]
}
