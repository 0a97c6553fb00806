#!/usr/bin/perl
# Two and four fake hosts that talk through UCX over TCP: measured numbers have the bits of one host. A host whose packets
# are dropped, with no word from anybody, in the middle of a campaign: the job ends with a message and a code within a
# minute, and the next job finishes. What the exchange of halos costs inside a host and between two.
use strict;
use warnings;
no warnings 'qw'; # commas in words
use lib 'tests/support';
use Cwd qw(abs_path getcwd);
use Cluster;
use Plaq;
use POSIX 'WNOHANG';
use Test::More;
use Time::HiRes qw(sleep time);

my $hosts = tool('mpi-netns.sh');
need('ip', 'nsenter', 'setpriv', 'ps', 'mpirun');
my ($program, $run_sh, $start) = (abs_path($plaq), abs_path('jobs/mpirun/run.sh'), getcwd);
END { chdir $start if $start }

is plaq(qw(generate -q --dims 8,4,8,8 --beta 5.9 --configs 3 --thermalise 4 --every 2 --format nersc --output),
    "$scratch/cfg/n{n}"), 0, 'an ensemble' or diag $err;
chdir $scratch or die;
spew('run.yaml', <<'END');
ensemble: {configs: cfg/n*}
gauge: {smooth: {from: links, stout: {rho: 0.1, steps: 3}}}
quarks: {light: {action: clover, kappa: 0.12, csw: 1.5, tolerance: 1.0e-7}}
sources: {here: {kind: point, at: [[0, 1, 2, 3]]}}
measure:
  - plaquette
  - polyakov
  - clover: {links: smooth}
  - flow: {t_max: 0.1}
  - meson: {quarks: [light, light], source: here, gammas: diagonal}
output: alone
END
is Plaq::run($program, 'measure', 'run.yaml'), 0, 'one rank' or diag $err;

# What is measured on the links alone has the bits of one rank on any grid. Correlators are summed in an order that depends
# on the grid: they have the bits of as many ranks on one host, which talk through shared memory.
for my $n (2, 4) {
    my $ranks = 2 * $n;
    my $end = within(300, $hosts, '-H', $n, '-s', 2, '-t', 'ucx', '--', 'mpirun', '-np', $ranks, '--map-by', 'node', $program,
        'measure', 'run.yaml', "output=out$n");
    is $end, 0, "$n hosts, $ranks ranks, UCX over TCP" or diag $err;
    is same_numbers('alone', "out$n", 'meson'), 'same', "$n hosts: the bits of one rank";
    is Plaq::run('mpirun', '-n', $ranks, $program, 'measure', 'run.yaml', "output=here$n"), 0, "$ranks ranks here" or diag $err;
    is same_numbers("here$n", "out$n"), 'same', "$n hosts: the bits of as many ranks on one";
    my $where = python('import h5py, sys
print(h5py.File(sys.argv[1])["provenance/run"].attrs["hosts"])', "out$n/n1.h5");
    like $where, qr/h@{[$n - 1]}\b/, "$n hosts: the result says so" or diag $where;
}

# A long campaign; the fault comes when it has two results.
mkdir 'many';
link 'cfg/n' . ($_ % 3 + 1), sprintf('many/c%03d', $_) or die $! for 1 .. 24;
my @campaign = ($program, 'measure', 'run.yaml', 'ensemble.configs=many/*', 'output=cut');
my $child = fork // die;
if (!$child) {
    open STDOUT, '>', 'cut.log';
    open STDERR, '>&', \*STDOUT;
    exec 'env', 'PLAQ_LAUNCH=mpirun -np 2 --map-by node', $hosts, '-H', 2, '-t', 'ucx', '-T', 240,
        '--fault', "cut:h1:$scratch/now", '--', $run_sh, @campaign or die;
}
for (1 .. 2400) { last if (() = glob 'cut/*.h5') >= 2 || waitpid($child, WNOHANG) == $child; sleep 0.05 }
spew('now', '');
my $began = time;
waitpid $child, 0;
my ($seconds, $end, $log) = (time - $began, $?, slurp('cut.log'));
my %done = stamps('cut');
my $results = keys %done;
ok $results >= 2 && $results < 24, "a host cut off in the middle: after $results results" or diag $log;
isnt $end, 0, 'the job ends with a code: ' . ($end >> 8);
cmp_ok $seconds, '<', 60, sprintf('within a minute: %.0f s', $seconds);
like $log, qr/(lost|unable to|no longer|communication|terminated|Endpoint|died)/i, 'with a message' or diag $log;
note $log =~ s/\n{2,}/\n/gr;

is within(240, $hosts, '-H', 2, '-t', 'ucx', '--', 'mpirun', '-np', 2, '--map-by', 'node', @campaign), 0,
    'the next job finishes' or diag $err;
my %now = stamps('cut');
is keys %now, 24, 'all are measured';
is_deeply [grep { $now{$_} ne $done{$_} } keys %done], [], 'what was there is left alone';
is Plaq::run('mpirun', '-n', 2, $program, 'measure', 'run.yaml', 'ensemble.configs=many/*', 'output=peace'), 0, 'a run in peace' or diag $err;
is same_numbers('peace', 'cut'), 'same', 'the bits of a run in peace';

# Halo of 8^3 x 16, both precisions: no claim about any network, but that it is measured.
my @bench = ($program, qw(bench --json --repeat 5 --dims 8,8,8,16 halo));
my @ways = (['shared memory', 1, 'ucx'], ['TCP between two hosts', 2, 'ucx'], ['TCP between two hosts, without UCX', 2, 'tcp']);
for (@ways) {
    my ($name, $n, $transport) = @$_;
    my $end = within(200, $hosts, '-H', $n, '-s', 3 - $n, '-t', $transport, '--', 'mpirun', '-np', 2, '--map-by', 'node', @bench);
    my @rows = grep { ($_->{name} // '') eq 'halo' } $end == 0 ? json_lines() : ();
    is @rows, 2, "halo over $name" or diag $out, $err;
    diag sprintf '    halo over %s: %s', $name, join ', ', map { sprintf '%s %.2f ms', $_->{precision}, $_->{seconds} * 1e3 } @rows;
}
done_testing;
