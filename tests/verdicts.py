"""Random policies, leases and requests: `pamlease check' and the module say the
same of each. Runs in a namespace of the tests, as root.

usage: verdicts.py BUILD CONFDIR SEED REQUESTS

Prints what was decided how often, and each difference.
"""

import collections
import json
import os
import random
import subprocess
import sys
import time

BUILD, CONFDIR = sys.argv[1:3]
SEED, REQUESTS = int(sys.argv[3]), int(sys.argv[4])
AT_ONCE = 10        # requests with one policy

UIDS = {'alice': 1001, 'bob': 1002, 'carol': 1003, 'CORP\\dave': 1004,
        'twin': 1001, 'root': 0, 'toor': 0, 'sys': 999}
USERS = [*UIDS, 'nosuch']
SERVICES = ['sshd', 'login', 'su', 'cron', 'gdm-password']
TTYS = ['', 'ssh', 'tty1', '/dev/tty1', 'pts/3', ':0']
HOSTS = ['', '10.0.0.1', '10.0.0.7', '192.0.2.1', '::1', 'fd00::7',
         '::ffff:10.0.0.1', '10.0.0.1%eth0', 'fe80::1%eth0', 'local',
         'host.example.org', 'HOST', '10.0.0.1.example.org', 'x' * 200]

# Today, so that some windows are open.
DAY = time.strftime('%Y-%m-%d')
DAYS = ['Al', 'Wk', 'Wd', 'Mo-Fr', 'Sa-Mo', 'SuTu', 'MoWeFr']
TIMES = ['', '0000-1200', '1200-2400', '09:00-17:00', '2200-0600', '0400-0300']

ITEMS = {
    'user': ['alice', 'bob', 'carol', 'root', 'toor', 'a*', '?ob', '*', 'sys',
             'CORP\\dave', 'nosuch', '*o*'],
    'group': ['galice', 'gbob', 'staff', '"domain users"', 'g*', 'nosuch',
              'root', 'groot', 'd*'],
    'service': ['sshd', 'login', 'su', 's*', '@remote', '@console', '@desktop',
                'gdm*', '*'],
    'tty': ['ssh', 'tty*', 'tty1', 'pts/*', ':0', '*', '????'],
    'from': ['local', '10.0.0.0/8', '10.0.0.1', '192.0.2.0/24', 'fd00::/8',
             '::1', '*.example.org', 'host.*', '0.0.0.0/0', '::/0', '*',
             'HOST'],
}
SETTINGS = ['warn 5m 1m', 'max 12h', 'max 10m', 'grace 5m', 'keep-detached',
            'exempt group staff', '# nothing', '', '   ']
BROKEN = ['bad', 'allow user', 'deny group %wheel', 'allow from 10.0.0.1/8',
          'limit 0', 'max', 'warn 1m 5m', 'lease during Xx', 'allow user "x',
          'allow user a,,b', 'deny user alice user bob', 'allow for 5m',
          'deny tty /dev/tty1', 'allow\0', 'allow user alice\r']

rnd = random.Random(SEED)


def window():
    if rnd.random() < 0.2:
        item = DAY
    else:
        item = rnd.choice(DAYS) + rnd.choice(TIMES)
    return rnd.choice(['', '', '!']) + item


def condition(key):
    if key == 'during':
        items = [window() for _ in range(rnd.choice([1, 1, 2]))]
    else:
        items = [rnd.choice(['', '', '', '!']) + rnd.choice(ITEMS[key])
                 for _ in range(rnd.choice([1, 1, 2, 3]))]
    # A quoted item begins with its quote.
    return key + ' ' + ','.join('"!' + i[2:] if i.startswith('!"') else i
                                for i in items)


def rule():
    action = rnd.choices(['allow', 'deny', 'lease', 'ask', 'limit'],
                         [4, 4, 4, 2, 3])[0]
    words = [action if action != 'limit' else
             'limit %d' % rnd.choice([1, 2, 3, 9])]
    most = 1 if action == 'limit' else 3
    keys = rnd.sample([*ITEMS, 'during'], rnd.randint(0, most))
    words += [condition(key) for key in keys]
    if action == 'ask':
        words.append('within 0s' + rnd.choice(['', ' for 2h']))
    return ' '.join(words)


def policy():
    """Its text, or None: there is none."""
    if rnd.random() < 0.05:
        return None
    lines = [rule() for _ in range(rnd.randrange(9))]
    lines += rnd.sample(SETTINGS, rnd.randrange(3))
    settings = [line.split()[0] for line in lines if line.startswith('max')]
    if len(settings) > 1:
        lines.remove('max 10m')
    rnd.shuffle(lines)
    if rnd.random() < 0.1:
        lines.insert(rnd.randrange(len(lines) + 1), rnd.choice(BROKEN))
    return '\n'.join(lines) + rnd.choice(['', '\n'])


def stamp(t):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(t))


def lease(user):
    now, left = time.time(), rnd.choice([3600, 3600, 3600, -600])
    boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    with open('/proc/sys/kernel/random/boot_id', encoding='ascii') as f:
        boot_id = f.read().strip()
    what = {
        'version': 1, 'user': user, 'uid': UIDS.get(user, 4711),
        'granted_by': 'odai', 'issued_at': stamp(now - 1200),
        'expires_at': stamp(now + left), 'boot_id': boot_id,
        'expires_boottime': max(int(boot + left), 1),
    }
    if rnd.random() < 0.2:
        what['services'] = rnd.sample(['sshd', 's*', 'login', '@console'], 2)
    if rnd.random() < 0.2:
        what['from'] = rnd.sample(['10.0.0.0/8', 'local', '*.org', '!::1'], 2)
    if rnd.random() < 0.2:
        what['during'] = window()
    if rnd.random() < 0.1:
        what['uid'] = 1002
    text = json.dumps(what)
    return text if rnd.random() < 0.95 else text[:-1]


def write(path, text, mode):
    with open(path, 'w', encoding='ascii', newline='',
              opener=lambda p, f: os.open(p, f, mode)) as f:
        f.write(text)
    os.chmod(path, mode)


def encode(user):
    return ''.join(c if c.isalnum() else '%%%02X' % ord(c) for c in user)


def clear(directory):
    for name in os.listdir(directory):
        if os.path.isfile(directory + '/' + name):
            os.unlink(directory + '/' + name)


def enter_ledger(sleepers):
    """Who is in: some processes that are there, and one that is not."""
    for pid, start in rnd.sample(sleepers, rnd.randrange(len(sleepers))):
        user = rnd.choice([*UIDS])
        by = rnd.choice(['lease', 'policy', 'policy', 'policy', 'refused',
                         'entering', 'kept', 'permissive'])
        write('/run/pamlease/sessions/%d-%d' % (pid, start), ''.join(
            '%s=%s\n' % pair for pair in (
                ('version', 1), ('user', user), ('uid', UIDS[user]),
                ('service', rnd.choice(SERVICES)), ('tty', rnd.choice(TTYS)),
                ('rhost', rnd.choice(HOSTS)), ('by', by),
                ('opened', int(time.time()) - 5), ('opened_boot', 1))),
            0o600)


def lay_ground(sleepers):
    for directory in ('/etc/pamlease', '/run/pamlease',
                      '/run/pamlease/sessions', '/run/pamlease/requests'):
        clear(directory)
    text = policy()
    if text is not None:
        write('/etc/pamlease/policy.conf', text,
              0o666 if rnd.random() < 0.02 else 0o644)
    for user in USERS:
        if rnd.random() < 0.5:
            write('/run/pamlease/%s.lease' % encode(user), lease(user), 0o600)
    if rnd.random() < 0.5:
        enter_ledger(sleepers)
    if os.path.lexists('/etc/localtime'):
        os.unlink('/etc/localtime')
    zone = rnd.choice(['UTC', 'Europe/Berlin', 'America/New_York',
                       'Asia/Kolkata', None])
    if zone is not None:
        os.symlink('/usr/share/zoneinfo/' + zone, '/etc/localtime')
    return text


def ask_check(user, service, tty, host):
    run = subprocess.run(
        [BUILD + '/pamlease', 'check', user, '--service', service,
         '--tty=' + tty, '--from=' + host, '--json'],
        stdin=subprocess.DEVNULL, capture_output=True, check=False)
    said = json.loads(run.stdout)
    if (run.returncode == 0) != said['admitted']:
        return ['exit', run.returncode]
    return [said['why'], said['admitted']]


def ask_module(users, service, tty, host):
    """The same of several users, in one process."""
    words = [word for user in users for word in ('user=' + user, 'account')]
    run = subprocess.run(
        [BUILD + '/helpers/pamcall', '--tty=' + tty, '--rhost=' + host,
         CONFDIR, service, 'alice', *words],
        stdin=subprocess.DEVNULL, capture_output=True, check=False)
    answers, why = [], None
    for line in run.stdout.decode().splitlines():
        if ' why=' in line:
            why = line.split(' why=')[1].split()[0]
        elif line.startswith('account='):
            # What came of it when nobody was there to answer.
            if why in ('unanswered', 'ask-failed'):
                why = 'ask'
            answers.append([why, line == 'account=PAM_SUCCESS'])
            why = None
    return answers


def compare(request, users):
    """What differs; asked again, because a window may just have closed."""
    for _ in range(2):
        module = ask_module(users, *request)
        check = [ask_check(user, *request) for user in users]
        if module == check:
            break
    return module, check


def start_of(pid):
    with open('/proc/%d/stat' % pid, encoding='ascii') as f:
        return int(f.read().rsplit(')', 1)[1].split()[19])


def main():
    counts, wrong, done = collections.Counter(), 0, 0
    for directory, mode in (('/etc/pamlease', 0o755), ('/run/pamlease', 0o700),
                            ('/run/pamlease/sessions', 0o700),
                            ('/run/pamlease/requests', 0o700)):
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, mode)
    processes = [subprocess.Popen(['/bin/sleep', 'infinity'])
                 for _ in range(6)]
    sleepers = [(p.pid, start_of(p.pid)) for p in processes]
    while done < REQUESTS:
        text = lay_ground(sleepers)
        request = (rnd.choice(SERVICES), rnd.choice(TTYS), rnd.choice(HOSTS))
        users = rnd.choices(USERS, k=AT_ONCE)
        module, check = compare(request, users)
        if module != check:
            wrong += 1
            print('differ:', repr(text), request, users, module, check)
        for why, admitted in check:
            counts['%s:%s' % ('in' if admitted else 'out', why)] += 1
        done += AT_ONCE
    for p in processes:
        p.kill()
        p.wait()
    print(*('%s %d' % pair for pair in sorted(counts.items())))
    print('requests %d different %d' % (done, wrong))


main()
