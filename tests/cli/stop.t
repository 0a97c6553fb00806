#!/usr/bin/perl
# A request to stop in the middle of one long measurement, or of a derived field: it is answered between two steps, with
# exit code 75; what was measured before stays, nothing half done is kept, and when the run goes on its results are those
# of an undisturbed one, byte for byte up to /provenance/run, which tells times and is the last there is in a file.
use strict;
use warnings;
use lib 'tests/support';
use Cwd qw(getcwd abs_path);
use POSIX 'WNOHANG';
use Plaq;
use Test::More;
use Time::HiRes qw(sleep time);

my $program = abs_path($plaq);
my $start = getcwd;
END { chdir $start }

is plaq(qw(generate -q --beta 5.7 --configs 2 --thermalise 2 --every 1 --over-relax 1 --format nersc),
    '--dims', '4,4,4,8', '--output', "$scratch/cfg/n{n}"), 0, 'an ensemble' or diag $err;

sub states { return map { join ' ', $_, (stat)[1, 9] } @_ }

# Two files up to where what may differ begins
sub same_results {
    return `/usr/bin/python3 -c 'import h5py, sys
x, y = (open(path, "rb").read() for path in sys.argv[1:])
with h5py.File(sys.argv[1], "r") as f: end = h5py.h5o.get_info(f["provenance/run"].id).addr
print(end > 4096 and len(x) == len(y) and x[:end] == y[:end])' $_[0] $_[1]` eq "True\n";
}

# Seconds from the signal to the end, 1.5 s after there was something to measure, on a busy machine too in the middle
sub stopped_by {
    my ($signal, $log, @words) = @_;
    my $child = fork // die;
    if (!$child) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', $log;
        exec @words or die;
    }
    for (1 .. 600) { last if -e $log && slurp($log) =~ /to measure/; sleep 0.05 }
    sleep 1.5;
    my $began = time;
    kill $signal, $child;
    for (1 .. 1200) { last if waitpid($child, WNOHANG) == $child; sleep 0.05; kill 'KILL', $child if $_ == 1199 }
    return ($?, time - $began);
}

# On each way, what is short in the run file and a million steps long (10 000 of HYP) with the words behind it
for (['observable', 2, 'USR1', 'measure: [flow: {t_max: 0.2, every: 0}]',
      'measure.0.flow.t_max=10000', 'measure.0.flow.every=10000'],
     ['measurements', 1, 'INT', 'measure: [flow: {t_max: 0.2, eps: 0.1, every: 0}]',
      'measure.0.flow.t_max=10000', 'measure.0.flow.eps=0.01'],
     ['adaptive', 1, 'USR1', 'measure: [flow: {t_max: 0.2, integrator: adaptive, every: 0.1}]',
      'measure.0.flow.t_max=10000', 'measure.0.flow.every=10000', 'measure.0.flow.tolerance=1e-12'],
     ['derived', 2, 'USR1', "gauge: {g: {flow: {t: 0.1}}}\nmeasure: [plaquette, clover: {links: g}]", 'gauge.g.flow.t=10000'],
     ['smeared', 1, 'TERM', "gauge: {g: {hyp: {steps: 2}}}\nmeasure: [plaquette, clover: {links: g}]",
      'gauge.g.hyp.steps=10000']) {
    my ($name, $ranks, $signal, $body, @long) = @$_;
    my @command = (($ranks > 1 ? ('mpirun', '-n', $ranks) : ()), $program, 'measure', 'run.yaml');

    for my $folder ("$scratch/$name.peace", "$scratch/$name.war") {
        mkdir $folder or die;
        mkdir "$folder/cfg" or die;
        spew("$folder/run.yaml", "ensemble: {configs: cfg/n*}\n$body\noutput: out\n");
        link "$scratch/cfg/n1", "$folder/cfg/n1" or die;
        chdir $folder or die;
        link "$scratch/cfg/n2", 'cfg/n2' or die if $folder =~ /peace/;
        is Plaq::run(@command), 0, "$name: a run in peace" or diag $err;
    }
    link "$scratch/cfg/n2", 'cfg/n2' or die;
    my ($first) = states('out/n1.h5');

    my ($end, $seconds) = stopped_by($signal, "$scratch/$name.log", @command, @long);
    my $log = slurp("$scratch/$name.log");
    is $end, 75 << 8, "$name: SIG$signal ends it with exit code 75" or diag $log;
    # a step takes milliseconds at most; mpirun needs two seconds for any exit code, more on a busy machine
    cmp_ok $seconds, '<', $ranks > 1 ? 20 : 5, "$name: within seconds";
    like $log, qr/stopped: .*0 of 2 configurations measured; run the same command to go on/, "$name: what to do";
    like $log, qr/(measurement flow|gauge field g): stopped on request/, "$name: in the middle";
    is_deeply [states(glob 'out/*')], [$first], "$name: nothing half done, what was done is kept";

    is Plaq::run(@command), 0, "$name: it goes on" or diag $err;
    is_deeply [states('out/n1.h5')], [$first], "$name: nothing is measured twice";
    ok same_results("out/$_", "$scratch/$name.peace/out/$_"), "$name: $_ is that of the run in peace" for 'n1.h5', 'n2.h5';
}
done_testing;
