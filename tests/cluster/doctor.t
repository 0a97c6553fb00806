#!/usr/bin/perl
# The doctor on two fake hosts and under a real srun: which way messages go, a host that is cut off before MPI has started,
# tasks that do not find each other.
use strict;
use warnings;
no warnings 'qw'; # commas in words
use lib 'tests/support';
use Cluster;
use Cwd 'abs_path';
use JSON::PP;
use Plaq;
use Test::More;

my ($hosts, $slurm) = map { tool($_) } 'mpi-netns.sh', 'slurm-local.sh';
need('ip', 'nsenter', 'setpriv', 'ps', 'mpirun');
my $program = abs_path($plaq);
delete @ENV{grep /^(OMPI_MCA|UCX)_/, keys %ENV};
mkdir "$scratch/out" or die;

sub findings {
    my ($name) = @_;
    my $all = eval { decode_json($out) };
    ok $all, "$name: one JSON object" or diag "$out$err" or return {};
    return {map { ($_->{check} => $_) } @{$all->{checks}}};
}

my @doctor = ($program, 'doctor', '--json', "$scratch/out");
for my $transport ('ucx', 'tcp') {
    is within(100, $hosts, '-H', 2, '-s', 2, '-t', $transport, '--', 'mpirun', '-np', 4, @doctor), 0,
        "two hosts, $transport" or diag "$out$err";
    my $found = findings($transport);
    is $found->{ranks}{numbers}{hosts}, 2, "$transport: two hosts";
    like $found->{transport}{seen}, $transport eq 'ucx' ? qr/^UCX \d/ : qr/^ob1 over .*tcp/, "$transport: what MPI has chosen";
    like $found->{neighbours}{seen}, qr/^ranks 0 and 1: .*, through memory$/, "$transport: inside a host through memory";
    like $found->{'other host'}{seen}, qr/^ranks 0 and 3: .*, over eth0$/, "$transport: between hosts over the network";
    is $found->{'lost hosts'}{verdict}, 'warn', "$transport: a lost host would not be noticed soon";

    my ($help) = $found->{'lost hosts'}{help} =~ /^export (.*?) +#/;
    is within(100, 'env', split(/ /, $help), $hosts, '-H', 2, '-t', $transport, '--', 'mpirun', '-np', 2, '--map-by', 'node',
        @doctor), 0, "$transport: with the setting that helps" or diag "$out$err";
    is findings($transport)->{'lost hosts'}{verdict}, 'ok', "$transport: it would be";

    is within(100, $hosts, '-H', 2, '-t', $transport, '--', 'mpirun', '-np', 2, '--map-by', 'node', $program,
        qw(bench halo --dims 8,8,8,16 --repeat 3)), 0, "$transport: halo" or diag "$out$err";
    like $out, qr/^halo: .* MB a rank, over eth0$/m, "$transport: is seen on the network";
}

# Cut off before MPI has started: rank 0 says so and ends. (mpirun then waits for an answer of the other host, long.)
spew("$scratch/late", "#!/bin/sh\n: > '$scratch/now'\nsleep 2\nexec '$program' \"\$@\"\n");
chmod 0755, "$scratch/late";
my $end = within(20, $hosts, '-H', 2, '-t', 'tcp', '--fault', "cut:h1:$scratch/now", '--', 'mpirun', '-np', 2, '--map-by', 'node',
    "$scratch/late", 'doctor', '--limit', 5, "$scratch/out");
isnt $end, 0, 'a host is cut off';
like $out, qr/^bad   start of MPI   hangs: no answer after 5 s/m, 'the check that hangs is named' or diag "$out$err";

SKIP: {
    skip 'not root', 4 if $> != 0;
    for my $program ('slurmctld', 'slurmd', 'srun', 'munged') {
        skip "no $program", 4 unless grep { -x "$_/$program" } split(/:/, $ENV{PATH}), '/usr/sbin';
    }
    for my $mpi ('none', 'pmix') {
        my $end = within(100, $slurm, 'run', '-n', 2, '-c', 2, '--', 'srun', "--mpi=$mpi", '-N2', '-n2', @doctor);
        is $end, $mpi eq 'none' ? 4 : 0, "srun --mpi=$mpi" or diag "$out$err";
        like $out, $mpi eq 'none' ? qr/2 tasks were started, but each is a world of its own/ : qr/2 in one world, on 2 hosts/,
            "srun --mpi=$mpi: how many worlds";
    }
}
done_testing;
