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

function __pamlease_takes_file
    string match -q '*FILE*' -- (__pamlease_help)
end

complete -c pamlease -f
complete -c pamlease -n '__pamlease_typed 1' -a "(pamlease --help 2>/dev/null |
    awk '\$1 == \"pamlease\" { print \$2 }' | sort -u)"
complete -c pamlease -n '__pamlease_typed 2' -a '(__pamlease_words)'
complete -c pamlease -n 'string match -q -- "-*" (commandline -ct)' -a "(__pamlease_help |
    grep -oE -e '--[a-z-]+')"
complete -c pamlease -n '__pamlease_takes_file' -F
