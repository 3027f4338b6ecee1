# SPDX-License-Identifier: ISC
# fish completion for toxictl: proxies, toxics and tokens come from the server.

function __toxictl_ask
    set -l words (commandline -opc)
    set -l host
    for i in (seq (count $words))
        if contains -- $words[$i] -h --host
            set -a host -h $words[(math $i + 1)]
        else if test $words[$i] = --tenant
            set -a host --tenant $words[(math $i + 1)]
        else if contains -- $words[$i] --fleet --user
            set -a host $words[$i] $words[(math $i + 1)]
        else if contains -- $words[$i] --token-file --cacert --password-file --cert --key
            set -a host $words[$i] (string replace -r '^~/' "$HOME/" -- $words[(math $i + 1)])
        end
    end
    toxictl $host $argv </dev/null 2>/dev/null | cut -f1
end

# Of the proxy on the line: any word that is one will do.
function __toxictl_toxics
    for word in (commandline -opc)[3..-1]
        string match -q -- '-*' $word; or __toxictl_ask inspect $word
    end
end

set -l commands list inspect create toggle delete toxic enable disable lease connect profile scenario reset \
    halt resume events sessions why apply export with wait doctor top watch whoami fleet token completion version help
set -l none "not __fish_seen_subcommand_from $commands"
set -l new '__fish_seen_subcommand_from toxic with'

complete -c toxictl -f
# toxics: begin
set -l types latency bandwidth slow_close timeout reset_peer slicer limit_data noop packet_loss corrupt truncate close tcp_loss unplug
set -l attributes latency= jitter= distribution=uniform distribution=normal distribution=pareto distribution=paretonormal correlation= rate= scope=connection scope=proxy burst= delay= timeout= average_size= size_variation= bytes= loss_rate= after_ms= after_bytes= mode=fin mode=reset mode=hang loss= p= r= h= k=
# toxics: end

complete -c toxictl -s h -l host -x -d 'the server'
complete -c toxictl -l json -d 'print JSON'
complete -c toxictl -l token-file -r -F -d 'who we are to it'
complete -c toxictl -l cacert -r -F -d 'who vouches for it'
complete -c toxictl -l tenant -x -d 'in which an admin acts'
complete -c toxictl -l help -d 'show help'
complete -c toxictl -n $none -a "$commands"
complete -c toxictl -n '__fish_seen_subcommand_from toxic; and not __fish_seen_subcommand_from add update remove' -a 'add update remove'
complete -c toxictl -n '__fish_seen_subcommand_from inspect toggle delete enable disable lease connect export with wait doctor sessions why add update remove' -a '(__toxictl_ask list)'
complete -c toxictl -n '__fish_seen_subcommand_from profile; and not __fish_seen_subcommand_from list show apply remove' -a 'list show apply remove'
complete -c toxictl -n '__fish_seen_subcommand_from profile; and __fish_seen_subcommand_from show apply' -a '(__toxictl_ask list)'
complete -c toxictl -n '__fish_seen_subcommand_from profile; and __fish_seen_subcommand_from apply' -a '(__toxictl_ask profile list)'
complete -c toxictl -n '__fish_seen_subcommand_from scenario; and not __fish_seen_subcommand_from run list show stop' -a 'run list show stop'
complete -c toxictl -n '__fish_seen_subcommand_from scenario; and __fish_seen_subcommand_from show stop' -a '(__toxictl_ask scenario list)'
complete -c toxictl -n '__fish_seen_subcommand_from scenario; and __fish_seen_subcommand_from run' -F
complete -c toxictl -n '__fish_seen_subcommand_from scenario; and __fish_seen_subcommand_from run' -s w -l watch -d 'say each step'
complete -c toxictl -n '__fish_seen_subcommand_from with' -l profile -x -a '(__toxictl_ask profile list)' -d 'as that network is'
set -l fleet status apply drain undrain forget addresses
complete -c toxictl -n "__fish_seen_subcommand_from fleet; and not __fish_seen_subcommand_from $fleet" -a "$fleet"
complete -c toxictl -n '__fish_seen_subcommand_from fleet; and __fish_seen_subcommand_from drain undrain forget' -a '(__toxictl_ask fleet status)'
complete -c toxictl -n '__fish_seen_subcommand_from fleet; and __fish_seen_subcommand_from addresses' -a '(__toxictl_ask fleet addresses)'
complete -c toxictl -n '__fish_seen_subcommand_from fleet; and __fish_seen_subcommand_from drain' -l within -x -d 'how long'
complete -c toxictl -n '__fish_seen_subcommand_from fleet; and __fish_seen_subcommand_from apply' -l scope -x -d 'of which nodes'
complete -c toxictl -n '__fish_seen_subcommand_from fleet' -l fleet -x -d 'its etcd'
complete -c toxictl -n '__fish_seen_subcommand_from fleet' -l user -x -d 'who we are'
complete -c toxictl -n '__fish_seen_subcommand_from fleet' -l password-file -r -F -d 'of it'
complete -c toxictl -n '__fish_seen_subcommand_from fleet' -l cert -r -F -d 'what we are'
complete -c toxictl -n '__fish_seen_subcommand_from fleet' -l key -r -F -d 'of it'
complete -c toxictl -n '__fish_seen_subcommand_from token; and not __fish_seen_subcommand_from new list revoke hash' -a 'new list revoke hash'
complete -c toxictl -n '__fish_seen_subcommand_from revoke' -a '(__toxictl_ask token list)'
complete -c toxictl -n '__fish_seen_subcommand_from token; and __fish_seen_subcommand_from new' -l role -x -a 'reader tenant admin' -d 'what it may'
complete -c toxictl -n '__fish_seen_subcommand_from token; and __fish_seen_subcommand_from new' -l expires -x -d 'until when'
complete -c toxictl -n '__fish_seen_subcommand_from hash' -l new -d 'make one'
complete -c toxictl -n '__fish_seen_subcommand_from hash' -l name -x -d 'what it is called'
complete -c toxictl -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
complete -c toxictl -n '__fish_seen_subcommand_from create' -l disabled
complete -c toxictl -n '__fish_seen_subcommand_from events' -s f -l follow -d 'as it happens'
complete -c toxictl -n '__fish_seen_subcommand_from events' -l after -x -d 'what comes behind one'
complete -c toxictl -n '__fish_seen_subcommand_from sessions' -s w -l watch -d 'again and again'
complete -c toxictl -n '__fish_seen_subcommand_from sessions' -l ended -d 'those that have ended'
complete -c toxictl -n '__fish_seen_subcommand_from sessions' -l close -x -d 'end one'
complete -c toxictl -n '__fish_seen_subcommand_from sessions' -l reset -x -d 'by a reset'
complete -c toxictl -n '__fish_seen_subcommand_from apply' -F
complete -c toxictl -n '__fish_seen_subcommand_from apply' -l dry-run -d 'only say what would be done'
complete -c toxictl -n '__fish_seen_subcommand_from apply' -l prune -d 'delete others'
complete -c toxictl -n '__fish_seen_subcommand_from apply' -l proxies-only -d 'leave out what toxid alone takes'
complete -c toxictl -n '__fish_seen_subcommand_from apply' -l source -x -d 'as all that it wants'
complete -c toxictl -n '__fish_seen_subcommand_from apply' -l generation -x -d 'by which it knows it'
complete -c toxictl -n '__fish_seen_subcommand_from apply' -l if-match -x -d 'only where that is applied'
complete -c toxictl -n '__fish_seen_subcommand_from apply' -l force -d 'whichever is'
complete -c toxictl -n '__fish_seen_subcommand_from create' -s l -l listen -x
complete -c toxictl -n '__fish_seen_subcommand_from create' -s u -l upstream -x
complete -c toxictl -n $new -s t -l type -x -a "$types"
complete -c toxictl -n $new -s n -l toxicName -x -a '(__toxictl_toxics)'
complete -c toxictl -n $new -s a -l attribute -x -a "$attributes"
complete -c toxictl -n $new -l toxicity -x
complete -c toxictl -n $new -l select -x -d 'on which connections'
complete -c toxictl -n $new -l wave -x -d 'what rises and falls'
complete -c toxictl -n '__fish_seen_subcommand_from create add update' -l ttl -x -d 'for how long'
complete -c toxictl -n '__fish_seen_subcommand_from toxic t inspect' -l session -x -d 'of one connection'
complete -c toxictl -n '__fish_seen_subcommand_from lease' -s n -l toxicName -x -a '(__toxictl_toxics)'
complete -c toxictl -n '__fish_seen_subcommand_from connect' -l refuse -d 'clients are refused'
complete -c toxictl -n '__fish_seen_subcommand_from connect' -l blackhole -d 'nobody answers'
complete -c toxictl -n '__fish_seen_subcommand_from connect' -l accept-delay -x -d 'let in after so long'
complete -c toxictl -n '__fish_seen_subcommand_from connect' -l reset -d 'accepted, and reset'
complete -c toxictl -n '__fish_seen_subcommand_from connect' -l dial-delay -x -d 'dialled after so long'
complete -c toxictl -n '__fish_seen_subcommand_from connect' -l dial-fail -x -a 'refused unreachable timeout' -d 'not dialled'
complete -c toxictl -n '__fish_seen_subcommand_from connect' -l syn-loss -x -d 'so many first packets are lost'
complete -c toxictl -n '__fish_seen_subcommand_from connect' -l clear -d 'all as usual again'
complete -c toxictl -n $new -s u -l upstream
complete -c toxictl -n $new -s d -l downstream
complete -c toxictl -n '__fish_seen_subcommand_from wait' -l timeout -x
complete -c toxictl -n '__fish_seen_subcommand_from wait' -l hit -x -a '(__toxictl_toxics)' -d 'until it has'
complete -c toxictl -n '__fish_seen_subcommand_from wait' -l sessions -x -d 'until so many are open'
complete -c toxictl -n '__fish_seen_subcommand_from wait' -l ended -x -d 'until so many have'
complete -c toxictl -n '__fish_seen_subcommand_from doctor' -l send -x
complete -c toxictl -n '__fish_seen_subcommand_from top watch' -l interval -x
