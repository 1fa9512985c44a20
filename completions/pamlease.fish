# Completion of pamlease(8) for fish. Subcommands and options are those that
# "pamlease --help" names.

# What the help says of the subcommand that is typed, up to the next one.
function __pamlease_help
    set -l typed (commandline -opc) '' ''
    pamlease --help 2>/dev/null | awk -v one="$typed[2]" -v two="$typed[3]" '
        /^pamlease / { mine = $2 == one && ($3 == two || $3 !~ /^[a-z]+$/) }
        mine'
end

function __pamlease_typed
    test (count (commandline -opc)) -eq $argv[1]
end

function __pamlease_words
    set -l typed (commandline -opc)
    pamlease --help 2>/dev/null | awk -v one="$typed[2]" \
        '$2 == one && $3 ~ /^[a-z]+$/ { print $3 }'
    switch "$typed[2]"
        case extend revoke show
            pamlease list 2>/dev/null | awk 'NR > 2 { print $1 }'
        case approve refuse
            pamlease requests 2>/dev/null | awk 'NR > 2 { print $1 }'
        case grant check
            __fish_complete_users
    end
end

# Is this the value of one of those options?
function __pamlease_after
    contains -- (commandline -opc)[-1] --$argv
end

# Of unsetup those whose file has a line of the module; none are files that are
# there to be included.
function __pamlease_services
    set -l typed (commandline -opc) ''
    __pamlease_after duration try; and return
    set -l has
    switch "$typed[2]"
        case setup
            set has ''
        case unsetup
            set has '^[^#]*pam_lease\.so'
        case '*'
            return
    end
    grep -ls -e "$has" /etc/pam.d/* | sed 's|.*/||' |
        grep -vE '[.~#]|^common-|-auth$|^(other|postlogin)$'
end

function __pamlease_takes_file
    string match -q '*FILE*' -- (__pamlease_help)
end

complete -c pamlease -f
complete -c pamlease -n '__pamlease_typed 1' -a "(pamlease --help 2>/dev/null |
    awk '\$1 == \"pamlease\" { print \$2 }' | sort -u)"
complete -c pamlease -n '__pamlease_typed 2' -a '(__pamlease_words)'
complete -c pamlease -n 'not __pamlease_typed 1' -a '(__pamlease_services)'
complete -c pamlease -n '__pamlease_after duration try' -a '15m 30m 1h 4h 8h 1d 1w'
complete -c pamlease -n 'string match -q -- "-*" (commandline -ct)' -a "(__pamlease_help |
    grep -oE -e '--[a-z-]+')"
complete -c pamlease -n '__pamlease_takes_file' -F
