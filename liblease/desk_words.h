#ifndef LEASE_DESK_WORDS_H
#define LEASE_DESK_WORDS_H

/*
 * What goes over the socket of a desk, a packet each.  From root: "ask ID
 * QUESTION", "back ID" when it needs no answer any more, "tell TEXT".  To root:
 * "yes ID", "no ID", or "out ID" when the window has gone without an answer.
 * Texts are fit for people and may have several lines.
 */

#define DESK_SOCKETS	"/run/pamlease-desk/"	/* and the uid */
#define DESK_WORDS_MAX	1024

#define DESK_ASK	"ask"
#define DESK_BACK	"back"
#define DESK_TELL	"tell"
#define DESK_YES	"yes"
#define DESK_NO		"no"
#define DESK_OUT	"out"

#endif
