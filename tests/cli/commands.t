#!/usr/bin/perl
# The command line itself: help of every command, unknown words with a suggestion, options in every form, exit codes.
use strict;
use warnings;
use lib 'tests/support';
use JSON::PP;
use Plaq;
use Test::More;

my @commands = qw(info check cmp convert generate plan measure status gather list describe schema bench doctor help);

# ---- help: every command says how it is used, with every option its table has -----------------------------------------
is plaq('--help'), 0, 'plaq --help';
for my $command (@commands) { like $out, qr/^  $command +\w/m, "--help names $command" }
like $out, qr/^ +75  stopped/m, '--help explains the exit codes';
for my $command (@commands) {
    is plaq('describe', '--json', $command), 0, "describe --json $command";
    my @options = map { '--' . $_->{name} =~ s/_/-/gr } @{decode_json($out)->{options}};
    is plaq($command, '--help'), 0, "$command --help";
    is $err, '', "$command --help says nothing on stderr";
    like $out, qr/^usage: plaq $command\b/, "$command --help begins with its usage";
    my @missing = grep { $out !~ /^  (-\w,|   ) \Q$_\E\b/m } @options;
    is "@missing", '', "$command --help shows all of its options";
    my @long = grep { length > 100 } split /\n/, $out;
    is "@long", '', "$command --help has no long lines";
    my $help = $out;
    is plaq('help', $command), 0, "help $command";
    is $out, $help, "help $command is the same as $command --help";
}

# ---- words that are not known ------------------------------------------------------------------------------------------
sub refused {
    my ($words, $message) = @_;
    is plaq(@$words), 2, "plaq @$words: exit code 2";
    like $err, qr/^plaq: error: $message/m, "plaq @$words: says so";
    is $out, '', "plaq @$words: prints nothing else";
    is scalar(() = $err =~ /error:/g), 1, "plaq @$words: says it once";
}
refused([], 'no command given; "plaq --help" lists them');
refused(['chek'], 'unknown command "chek"; did you mean "check"\?');
refused(['genrate', '--beta', '6'], 'unknown command "genrate"; did you mean "generate"\?');
refused(['frobnicate'], 'unknown command "frobnicate"; "plaq --help" lists them');
refused(['help', 'meassure'], 'unknown command "meassure"; did you mean "measure"\?');
refused(['check', '--jsn', 'x'], 'check: unknown option --jsn; did you mean --json\?');
refused(['check', '--dim=4,4,4,4', 'x'], 'check: unknown option --dim; did you mean --dims\?');
refused(['check', '-x', 'x'], 'check: unknown option -x$');
refused(['generate', '--overrelax', '3'], 'generate: unknown option --overrelax; did you mean --over-relax\?');
refused(['--versoin'], 'unknown option --versoin; did you mean --version\?');
refused(['check'], 'check: 0 arguments given, expected: plaq check FILE');
refused(['convert', 'a', 'b', 'c'], 'convert: 3 arguments given, expected at most 2');
refused(['generate', '-o', 'x', '--dims', '4,4,4,4'], 'generate: --beta must be given');
refused(['generate', '--beta'], 'generate: --beta needs a value: --beta NUMBER');
refused(['generate', '--beta', 'six'], 'generate: --beta is "six", expected a number');
refused(['generate', '--beta=-1'], 'generate: --beta is -1, out of range: expected 0 to 1000');
refused(['generate', '--over-relax', '1.5'], 'generate: --over-relax is "1.5", expected a whole number');
refused(['generate', '--format', 'lime'], 'generate: --format is "lime", expected one of hdf5\|ildg\|nersc');
refused(['check', '--dims', '4,4,4', 'x'], 'check: --dims is "4,4,4", expected int\[4\]');
refused(['check', '--dims', '4', '4', '4'], 'check: --dims needs a value: --dims X,Y,Z,T');
refused(['check', '--dims', '4,4,0,4', 'x'], '--dims is 4,4,0,4, expected four extents');
refused(['--log-level', 'loud', 'list'], '--log-level is "loud", expected one of error');
refused(['describe', 'plaqette'], 'nothing is called "plaqette"; did you mean "plaquette"\?');
refused(['list', '--json=maybe'], 'list: --json is "maybe", expected true or false');

# ---- options in every form ---------------------------------------------------------------------------------------------
spew("$scratch/none", 'nothing');
for my $words (['--dims', '4,4,4,8'], ['--dims=4,4,4,8'], ['--dims', '4', '4', '4', '8'], ['--dims', '[4, 4, 4, 8]']) {
    is plaq('check', @$words, "$scratch/none"), 3, "check @$words reads the file that follows";
    like $out, qr/^\Q$scratch\E\/none .*BAD$/m, "check @$words finds it bad";
}
is plaq('check', '-j', "$scratch/none"), 3, 'a short option';
is scalar(json_lines()), 1, 'is the long one';
is plaq('check', '--', '--json'), 3, 'after -- there are files only';
like $out, qr/^--json .*BAD$/m, 'one of which is called --json';
is plaq('-q', 'list'), 0, 'a global option before the command';
is plaq('list', '-q'), 0, 'and after it';
is plaq('check', '-q', "$scratch/none", '--json'), 3, 'an option after an argument';
is $err, "plaq: error: 1 of 1 configurations bad\n", 'errors are said at every level';

# ---- what was printed ---------------------------------------------------------------------------------------------------
is plaq('--version'), 0, 'plaq --version';
like $out, qr/^plaq \d+\.\d+\.\d+ \(commit \S+\)\n.*gcc|clang.*\n.*HDF5 1\./, '--version says what it was built with';
SKIP: {
    skip 'no /dev/full here', 1 unless -e '/dev/full';
    is system("$plaq list >/dev/full 2>$scratch/full") >> 8, 4, 'output that does not arrive is a failure';
    like slurp("$scratch/full"), qr/error: standard output: cannot write: No space left/, 'that says why';
}
is plaq('list', '--json'), 0, 'list --json';
my $list = decode_json($out);
my %observable = map { $_->{name} => 1 } @{$list->{observables}};
ok $observable{$_}, "list names $_" for qw(plaquette link_trace rectangle polyakov clover);
my %format = map { $_->{key} => $_ } @{$list->{formats}};
ok $format{$_}, "list names $_" for qw(hdf5 ildg nersc milc);
ok $format{$_}{writes}, "$_ is written" for qw(hdf5 ildg nersc milc);
is plaq('list'), 0, 'list';
like $out, qr/^$_ /m, "list shows $_" for keys %observable;
for my $name (keys %observable, keys %format) {
    is plaq('describe', $name), 0, "describe $name";
    is plaq('describe', '--json', $name), 0, "describe --json $name";
    is decode_json($out)->{name}, $observable{$name} ? $name : $format{$name}{name}, "is about $name";
}
for my $name (keys %observable) {
    plaq('describe', '--json', $name);
    my $o = decode_json($out);
    ok @{$o->{outputs}} > 0, "$name has outputs";
    ok !(grep { !length $_->{unit} || !length $_->{doc} } @{$o->{outputs}}, @{$o->{parameters}}),
        "$name: each has a unit and a doc";
}

# ---- ranks: said once, the same code ------------------------------------------------------------------------------------
is plaq_on(2, 'list', '--json'), 0, 'list on 2 ranks';
is_deeply decode_json($out), $list, 'prints once';
is plaq_on(2, 'chek'), 2, 'a wrong command on 2 ranks';
is scalar(() = $err =~ /plaq: error: unknown command/g), 1, 'is refused once';

# ---- memory: every allocation fails once; code 6, no crash, nothing half printed -----------------------------------------
for my $words (['list', '--json'], ['describe', 'plaquette'], ['schema'], ['help', 'generate'], ['list']) {
    my ($n, $code, @odd) = (0, 0);
    plaq(@$words);
    my $whole = $out;
    do {
        $n += $n < 60 ? 1 : 17;
        local $ENV{PLAQ_FAULT} = $n;
        $code = plaq(@$words, '-v');
        push @odd, "$n: $code" unless $code == 6 || ($code == 0 && $out eq $whole);
        push @odd, "$n: half printed" if $code == 6 && $words->[-1] eq '--json' && $out ne '';
        push @odd, "$n: $1" if $err =~ /(\d+ blocks of memory.*)/;
    } while ($code != 0 && $n < 5000);
    is "@odd", '', "plaq @$words: memory runs out at any of its $n allocations";
}

# ---- the completion, in a bash ------------------------------------------------------------------------------------------
sub completions {
    my @words = @_;
    my $script = ". $scratch/completion; COMP_WORDS=(" . join(' ', map { "'$_'" } @words) . "); COMP_CWORD=$#words; "
        . '_plaq; echo "${COMPREPLY[*]}"';
    my $line = `bash -c "\$(cat <<'END'\n$script\nEND\n)"`;
    chomp $line;
    return $line;
}
is plaq('help', '--completion', 'bash'), 0, 'help --completion bash';
spew("$scratch/completion", $out);
is completions('plaq', 'ch'), 'check', 'commands complete';
is completions('plaq', 'check', '--di'), '--dims', 'options complete';
is completions('plaq', 'convert', '--format', ''), 'hdf5 ildg nersc milc openqcd bridge qio qdpxx', 'choices complete';
is completions('plaq', '--log-level', 'd'), 'debug', 'global choices complete';
is completions('plaq', 'describe', 'plaq'), 'plaquette', 'names to describe complete';
is completions('plaq', 'check', 'cfg/'), '', 'everything else is a file';
done_testing;
