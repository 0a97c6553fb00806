#!/usr/bin/perl
# The harness sees what it must: planted failures fail, on one rank or on all, and the cases after them still run.
use strict;
use warnings;
use Test::More;

my $program = ($ENV{PLAQ_BUILD} // 'build') . '/tests/planted/harness';

for my $ranks (1, 2) {
    my $run = "mpirun -n $ranks $program";
    my @lines = split /\n/, `$run fails passes skips 2>/dev/null`;
    my $status = $?;

    is $lines[0], '1..13', "$ranks ranks: the plan comes first";
    isnt $status, 0, "$ranks ranks: the program fails";
    is scalar(grep { /^not ok \d+ - fails: / } @lines), 9, "$ranks ranks: what is to fail fails";
    is scalar(grep { /^ok \d+ - passes: / } @lines), 3, "$ranks ranks: what is to pass passes";
    is scalar(grep { /^ok \d+ - skips: always # SKIP as every/ } @lines), 1, "$ranks ranks: what is to be skipped is";
    my $who = $ranks == 1 ? '' : "rank 1: ";
    ok scalar(grep { /^# \Q$who\Etests\/planted\/harness\.c:\d+: plaq_comm_rank/ } @lines),
        "$ranks ranks: a failure says rank, file, line and condition";

    for my $end ('exit', 'abort') {
        my $tap = `$run 'ends: $end' 2>/dev/null`;
        isnt $?, 0, "$ranks ranks: $end of a rank fails the program";
        unlike $tap, qr/^ok/m, "$ranks ranks: and no case passes";
    }
}
done_testing;
