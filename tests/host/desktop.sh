#!/bin/bash
#
# desktop.sh - a desk with a graphical session, and windows on it; runs in the
# test host as root.
#
# usage: desktop.sh sit USER		that user sits at the desk
#        desktop.sh leave		nobody does
#        desktop.sh window [WORD]	waits for a window, one of whose lines
#					has that word; prints its number
#        desktop.sh gone WINDOW		waits until it is no longer there
#        desktop.sh click WINDOW BUTTON	clicks the first or last of two buttons
#        desktop.sh type WINDOW KEY	presses that key in it
#        desktop.sh picture		what is shown, in the format of xwd(1)

set -u
export DISPLAY=:7
frame=/tmp/Xvfb_screen0

# A descriptor from which nothing ever comes: read -t waits on it.
exec 9<> <(:)

# Waits for at most 15 s. usage: soon COMMAND...
soon() {
	local end=$((${EPOCHREALTIME/./} + 15000000))

	until "$@"; do
		if [ "${EPOCHREALTIME/./}" -ge "$end" ]; then
			echo "late: $*" >&2
			return 1
		fi
		read -r -t 0.02 -u 9
	done
	return 0
}

shows() { xdotool getdisplaygeometry >/dev/null 2>&1; }

# A manager learns of the display from the session, as on any desktop.
sit() {
	local uid

	uid=$(id -u "$1")
	printf '%s\n' 'account required pam_permit.so' \
		'session required pam_systemd.so' >/etc/pam.d/desk
	systemd-run --quiet --collect --unit=desk -p User="$1" -p PAMName=desk \
		--setenv=XDG_SESSION_TYPE=x11 --setenv=XDG_SESSION_CLASS=user \
		--setenv=XDG_SEAT=seat0 /usr/bin/Xvfb $DISPLAY \
		-screen 0 640x400x24 -fbdir /tmp -nolisten tcp -noreset
	soon shows &&
		setpriv --reuid="$1" --regid="$uid" --init-groups \
			env XDG_RUNTIME_DIR="/run/user/$uid" \
			systemctl --user set-environment DISPLAY=$DISPLAY
}

leave() {
	systemctl stop desk
	soon eval '! grep -q ^ACTIVE= /run/systemd/seats/seat0'
}

find_window() {
	local windows

	windows=$(xdotool search --onlyvisible --name '^pamlease$') || return
	window=${windows##*$'\n'}
}

# zenity is what shows it, and has the text.
has_word() { pgrep -f -- "^zenity .*${1//[^A-Za-z0-9]/.}" >/dev/null; }

window() {
	soon has_word "${1-}" && soon find_window && echo "$window"
}

is_gone() { [ -n "$1" ] && ! xdotool getwindowname "$1" >/dev/null 2>&1; }

# The buttons are at the right, below the text. A window that has just come may not be drawn yet.
click() {
	local width height x

	read -r width height < <(xdotool getwindowgeometry "$1" |
		sed -n 's/.*Geometry: \([0-9]*\)x/\1 /p')
	case $2 in
	first) x=$((width - 142)) ;;
	last) x=$((width - 51)) ;;
	esac
	soon clicked "$1" "$x" $((height - 20))
}

clicked() {
	is_gone "$1" && return
	# One that is gone by now is what was wanted.
	xdotool mousemove --window "$1" "$2" "$3" click 1 2>/dev/null
	read -r -t 0.2 -u 9
	is_gone "$1"
}

typed() {
	is_gone "$1" && return
	xdotool key "$2" 2>/dev/null
	read -r -t 0.2 -u 9
	is_gone "$1"
}

case $1 in
gone) soon is_gone "$2" ;;
picture) cat "$frame" ;;
type) xdotool windowfocus "$2" && soon typed "$2" "$3" ;;
*) "$@" ;;
esac
