#include <security/pam_appl.h>

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "paths.h"

#define TRY_MS	10000

/* libpam, which no other subcommand needs: it would make them all slower. */
struct libpam {
	int (*start)(const char *service, const char *user,
	    const struct pam_conv *conv, pam_handle_t **pamh);
	int (*set_item)(pam_handle_t *pamh, int item, const void *value);
	int (*acct_mgmt)(pam_handle_t *pamh, int flags);
};

/* dlsym() gives what ISO C does not let be made a function. */
static bool
find(void *lib, const char *name, void *function)
{
	void *symbol = dlsym(lib, name);

	memcpy(function, &symbol, sizeof(symbol));
	return symbol != NULL;
}

static bool
load(struct libpam *pam)
{
	void *lib = dlopen("libpam.so.0", RTLD_NOW | RTLD_LOCAL);

	return lib != NULL && find(lib, "pam_start", &pam->start) &&
	    find(lib, "pam_set_item", &pam->set_item) &&
	    find(lib, "pam_acct_mgmt", &pam->acct_mgmt);
}

static int
say_nothing(int n, const struct pam_message **msg, struct pam_response **resp,
    void *arg)
{
	(void)n;
	(void)msg;
	(void)arg;
	*resp = NULL;
	return PAM_CONV_ERR;
}

/*
 * From here on nothing can be written: no event, no request, no tally, and no
 * line of the log, for which this would be a login.  Hooks are not seen.
 */
static bool
shut_in(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	return unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    (mount("/dev/null", "/dev/log", NULL, MS_BIND, NULL) == 0 ||
	    errno == ENOENT) &&
	    (mount("none", PATH_CONFIG "/" PATH_HOOKS, "tmpfs", 0, NULL) ==
	    0 || errno == ENOENT) &&
	    mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr,
	    sizeof(attr)) == 0;
}

/* Where the lower half of a system call's argument is. */
#define LOW_HALF	(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)
#define ARGUMENT(n)	(offsetof(struct seccomp_data, args[n]) + LOW_HALF)
#define LOAD(at)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))
#define UNLESS(k, skip)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), 0, (skip))

/*
 * For the audit system this would be a login, too.  Without it in the kernel,
 * which says so, libpam goes on as ever; without the right to it, it refuses.
 */
static bool
shut_audit(void)
{
	static struct sock_filter code[] = {
		LOAD(offsetof(struct seccomp_data, nr)),
		UNLESS(SYS_socket, 5),
		LOAD(ARGUMENT(0)),
		UNLESS(AF_NETLINK, 3),
		LOAD(ARGUMENT(2)),
		UNLESS(NETLINK_AUDIT, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { sizeof(code) / sizeof(code[0]),
	    code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static bool
shut_files(void)
{
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (fd = STDIN_FILENO; null != -1 && fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) == -1)
			return false;
	return null != -1;
}

static enum trial
run(const char *service, const char *user, const char *tty)
{
	const struct pam_conv conv = { say_nothing, NULL };
	struct libpam pam;
	pam_handle_t *pamh;
	int pamret;

	if (!shut_files() || !load(&pam) || !shut_in() ||
	    !shut_audit() ||
	    pam.start(service, user, &conv, &pamh) != PAM_SUCCESS ||
	    (tty[0] != '\0' && pam.set_item(pamh, PAM_TTY, tty) != PAM_SUCCESS))
		return TRIAL_FAILED;
	pamret = pam.acct_mgmt(pamh, PAM_SILENT);
	return pamret == PAM_SUCCESS || pamret == PAM_NEW_AUTHTOK_REQD ?
	    TRIAL_ADMITTED : TRIAL_DENIED;
}

/* Its exit status; -1 when it has not ended in time, or badly. */
static int
await(pid_t pid)
{
	struct pollfd p = { .events = POLLIN };
	int status, ready = 0;

	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p.fd != -1) {
		ready = poll(&p, 1, TRY_MS);
		(void)close(p.fd);
	}
	if (ready != 1)
		(void)kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return ready == 1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

enum trial
pam_try(const char *service, const char *user, const char *tty)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)setpgid(0, 0);
		_exit((int)run(service, user, tty));
	}
	if (pid == -1)
		return TRIAL_FAILED;
	(void)setpgid(pid, pid);
	status = await(pid);
	return status == TRIAL_DENIED || status == TRIAL_ADMITTED ?
	    (enum trial)status : TRIAL_FAILED;
}

/*
 * Modules that only look at files, or ask the user database.  Others may run a
 * program, or tell another host of a login.
 */
static const char *const harmless[] = {
	"pam_lease.so", "pam_access.so", "pam_deny.so", "pam_faillock.so",
	"pam_ldap.so", "pam_limits.so", "pam_listfile.so", "pam_localuser.so",
	"pam_nologin.so", "pam_permit.so", "pam_rootok.so", "pam_securetty.so",
	"pam_sepermit.so", "pam_shells.so", "pam_sss.so",
	"pam_succeed_if.so", "pam_systemd_home.so", "pam_time.so",
	"pam_unix.so", "pam_usertype.so", "pam_wheel.so", "pam_winbind.so"
};

const struct stack_line *
pam_harmful(const struct stack *stack, enum stack_type type)
{
	const struct stack_line *line;
	size_t i, k;

	for (i = 0; i < stack->n; i++) {
		line = &stack->lines[i];
		if (line->type != type || line->fails || line->substack)
			continue;
		for (k = 0; k < sizeof(harmless) / sizeof(harmless[0]); k++)
			if (stack_module(line, harmless[k]))
				break;
		if (k == sizeof(harmless) / sizeof(harmless[0]))
			return line;
	}
	return NULL;
}
