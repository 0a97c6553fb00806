#!/usr/bin/perl
# measure --follow beside writers of all manners: in place and slowly, aside and renamed, truncated and completed later,
# damaged and corrected later, of a name that there is already, deleted afterwards; with markers; patterns without a last
# number; and how it ends. Then many small ones: memory and the time between them.
#
# PLAQ_FOLLOW configurations of the last part (200).
use strict;
use warnings;
use lib 'tests/support';
use Cwd qw(getcwd abs_path);
use JSON::PP;
use Plaq;
use POSIX 'WNOHANG';
use Test::More;
use Time::HiRes qw(sleep time);

my $program = abs_path($plaq);
my $start = getcwd;
$ENV{OMP_NUM_THREADS} //= 1;
my $many = $ENV{PLAQ_FOLLOW} // 200;
END { chdir $start }

is plaq(qw(generate -q --beta 5.7 --configs 6 --thermalise 2 --every 1 --over-relax 1 --format ildg), '--dims', '4,4,4,8',
    '--output', "$scratch/made/n{n}"), 0, 'an ensemble' or diag $err;
chdir $scratch or die;
mkdir $_ for qw(a b c);
my @made = map { slurp("made/n$_") } 1 .. 6;
spew('run.yaml', "ensemble: {configs: ['a/c*', 'b/c*']}\nmeasure: [plaquette]\noutput: out\n");
# A poll short beside the writers' pauses, and old enough after two seconds
my @quick = ('--poll', 0.2, '--settle', 2);

sub follow {
    my ($name, @words) = @_;
    my $child = fork // die;
    if (!$child) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', "$name.log";
        exec $program, 'measure', '--follow', '--events', "$name.jsonl", @words or die;
    }
    return $child;
}

sub ended {
    my ($child) = @_;
    for (1 .. 1200) { last if waitpid($child, WNOHANG) == $child; sleep 0.05; kill 'KILL', $child if $_ == 1199 }
    return $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
}

sub wait_for { my ($what) = @_; for (1 .. 400) { return 1 if $what->(); sleep 0.05 } return 0 }
sub events { my ($path) = @_; return map { decode_json($_) } split /\n/, slurp($path) }
sub count { my ($path, $event) = @_; my %n; $n{$_->{configuration}}++ for grep { $_->{event} eq $event } events($path); return \%n }

# The number in a result
sub plaquette {
    my ($path) = @_;
    return `/usr/bin/python3 -c 'import h5py, sys; print("%.10f" % h5py.File(sys.argv[1], "r")["plaquette/mean"][()])' $path`;
}

# ---- writers ---------------------------------------------------------------------------------------------------------
my $job = follow('writers', 'run.yaml', @quick, '--idle', 6);
my $writer = fork // die;
if (!$writer) {
    open my $slow, '>:raw', 'a/c1' or die; # in place, with pauses longer than a poll
    $slow->autoflush;
    my $part = int(length($made[0]) / 4) + 1;
    for (0 .. 3) { print $slow substr $made[0], $_ * $part, $part; sleep 0.5 }
    close $slow;
    spew('a/.c2.tmp', $made[1]); # aside
    rename 'a/.c2.tmp', 'a/c2';
    spew('a/c3', substr $made[2], 0, length($made[2]) / 2); # truncated: for longer than it may be young
    my $bad = $made[3];
    substr($bad, length($bad) / 2, 1) ^= "\x04";
    spew('a/c4', $bad); # damaged
    sleep 3;
    spew('a/c3', $made[2]);
    spew('a/c4', $made[3]);
    sleep 1;
    spew('b/c1', $made[4]); # a name that there is
    spew('b/c6', $made[5]);
    unlink 'a/c2'; # deleted
    POSIX::_exit(0);
}
waitpid $writer, 0;
is ended($job), 3, 'writers of all manners: exit code' or diag slurp('writers.log');
my $log = slurp('writers.log');
is_deeply [map { plaquette($_) } glob 'out/*.h5'], [map { plaquette("peace/$_.h5") } 1 .. 4, 6], 'all are measured, whole'
    if Plaq::run($program, 'measure', '-q', 'run.yaml', 'ensemble.configs=made/n*', 'output=peace') == 0
    && !system 'cd peace && for n in 1 2 3 4 6; do mv n$n.h5 $n.h5; done';
is_deeply count('writers.jsonl', 'done'), {map { ($_ => 1) } qw(a/c1 a/c2 a/c3 a/c4 b/c6)}, 'each once';
ok !count('writers.jsonl', 'failed')->{'a/c1'}, 'in place: not looked at half written';
like $log, qr{not measured: .*a/c3}, 'truncated: told when it is old';
like $log, qr{a/c3 was written again}, 'truncated: and seen when it is whole';
is count('writers.jsonl', 'failed')->{'a/c4'}, 1, 'damaged: failed once';
is((grep { $_->{event} eq 'incomplete' && $_->{configuration} eq 'a/c4' } events('writers.jsonl')) > 0, 1,
    'damaged: but not while it was young');
like $log, qr{b/c1: its result would be written over that of a/c1}, 'a name that there is: told, and kept from it';
ok -e 'out/c2.h5', 'deleted: its result stays';
ok !-e 'out/claims', 'no claim is left';

# ---- markers, patterns, ends -----------------------------------------------------------------------------------------
my @marked = ('run.yaml', 'ensemble.configs={pattern: "c/n{n}", first: 2, step: 2}', 'ensemble.complete={marker: "{path}.done"}',
              'output=marked', @quick);
$job = follow('marked', @marked, '--until', 2);
spew("c/n$_", $made[$_ - 1]) for 2, 3, 4;
spew('c/n3.done', '');
sleep 3; # longer than `settle`
ok !glob('marked/*.h5'), 'a marker: nothing is begun without it';
spew('c/n2.done', '');
ok wait_for(sub { -e 'marked/n2.h5' }), 'a marker: begun when it is there';
spew('c/n4.done', '');
is ended($job), 0, '--until: so many' or diag slurp('marked.log');
ok -e 'marked/n4.h5' && !-e 'marked/n3.h5', 'a pattern without a last number: its numbers alone';

is Plaq::run($program, 'measure', '--follow', 'run.yaml', 'ensemble.configs={pattern: "made/n{n}", first: 1, last: 4}', 'output=last',
    @quick), 0, 'a pattern with a last number ends by itself' or diag $err;
is Plaq::run($program, 'measure', 'run.yaml', 'ensemble.configs={pattern: "made/n{n}", first: 2}', 'output=open'), 0,
    'a pattern without a last number, not followed' or diag $err;
is scalar(() = glob 'open/*.h5'), 5, 'is what there is';
is Plaq::run($program, 'measure', 'run.yaml', 'ensemble.configs={pattern: "made/x{n}", first: 2}'), 2, 'or nothing: exit code';
like $err, qr/no file is "made\/x\{n\}" with a number from 2 on/, 'or nothing: message';
is Plaq::run($program, 'measure', 'run.yaml', 'ensemble.complete={marker: done}'), 2, 'a marker without {path}';

$job = follow('stopped', 'run.yaml', @quick, 'output=stopped', 'ensemble.configs=nothing/*');
ok wait_for(sub { -e 'stopped.jsonl' }), 'a folder that is not there yet is waited for';
sleep 0.5;
kill 'USR1', $job;
is ended($job), 75, 'a signal: exit code' or diag slurp('stopped.log');

# ---- many ------------------------------------------------------------------------------------------------------------
# The first half is there, the others come while it works. Its memory is looked at from outside.
mkdir 'many';
my $arrive = sub { my ($i) = @_; link 'made/n' . ($i % 6 + 1), "many/c$i" or die };
$arrive->($_) for 1 .. $many / 2;
$job = follow('many', 'run.yaml', 'ensemble.configs=many/*', 'output=many.out', '--poll', 0.5, '--until', $many,
              'measure=[plaquette, flow: {t_max: 0.1, eps: 0.01, every: 0}]');
my (@memory, $arrived);
$arrived = $many / 2;
while (waitpid($job, WNOHANG) != $job) {
    $arrive->(++$arrived) if $arrived < $many;
    my $text = eval { slurp("/proc/$job/status") } // '';
    push @memory, $1 if $text =~ /VmRSS:\s+(\d+)/;
    sleep 0.02;
}
is $? >> 8, 0, "$many configurations" or diag slurp('many.log');
is_deeply [grep { $_ != 1 } values %{count('many.jsonl', 'done')}], [], 'each once';
# after it has warmed up: a tenth of the samples against the last tenth
my $tenth = int(@memory / 10) || 1;
my ($early, $late) = map { my $sum = 0; $sum += $_ for @$_; $sum / @$_ }
    [@memory[$tenth .. 2 * $tenth - 1]], [@memory[-$tenth .. -1]];
SKIP: {
    skip 'a checked build', 1 if slurp($program) =~ /__asan_init/; # it keeps freed memory for a while
    cmp_ok $late, '<', 1.02 * $early, 'memory stays as it was' or diag "$early kB, then $late kB";
}
my ($inside) = slurp('many.log') =~ /([\d.]+) % of the time in them/;
note "$inside % of the time in configurations; memory $early kB, then $late kB";
# waiting for the last to settle counts as outside, so that only what is long is told
cmp_ok $inside, '>', $many >= 1000 ? 95 : 60, 'little time is spent outside of configurations';
done_testing;
