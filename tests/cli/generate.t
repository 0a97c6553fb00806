#!/usr/bin/perl
# plaq generate: the bits of a chain depend on its options alone: not on ranks, threads, interruptions or formats.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;

my @chain = split ' ', 'generate --dims 4,4,4,8 --beta 5.7 --thermalise 12 --every 3 --over-relax 2 --seed 7';
my @numbers = (1 .. 4);

# Links and header of a configuration as bytes: as NERSC, which has no room for names or times
sub bits {
    my ($path) = @_;
    is plaq('convert', '-q', '--format', 'nersc', '--overwrite', $path, "$scratch/bits.nersc"), 0, "$path is whole";
    return slurp("$scratch/bits.nersc") =~ s/^.*?END_HEADER\n//sr;
}

sub same_chain {
    my ($one, $other, $words) = @_;
    my @differ = grep { bits("$one$_->[0]") ne bits("$other$_->[1]") } map { ref $_ ? $_ : [$_, $_] } @_[3 .. $#_];
    is scalar @differ, 0, $words;
}
my @files = map { sprintf '%04d.h5', $_ } @numbers;

# ---- one chain ---------------------------------------------------------------------------------------------------------
is plaq(@chain, '-n', 4, '-o', "$scratch/a/n"), 0, 'a chain of four';
my @rows = grep { /^ +\d/ } split /\n/, $out;
is scalar @rows, 4, 'a row a configuration';
like $rows[$_ - 1], qr/^ +$_ +@{[12 + 3 * $_]} +0\.\d{12} .*n000$_\.h5$/, "row $_ has number, updates, plaquette and file"
    for @numbers;
like $err, qr/configuration 4, 4 of 4; \d+:\d\d:\d\d elapsed, 0:00:00 remaining/, 'the log has the time';
is plaq('info', '--json', map { "$scratch/a/n$_" } @files), 0, 'info reads them';
for my $c (json_lines()) {
    is "@{$c->{dims}} $c->{precision}", '4 4 4 8 f64', "$c->{file}: extents and precision";
    my ($row) = grep { $c->{file} =~ /\Q@{[(split)[-1]]}\E$/ } @rows;
    cmp_ok abs($c->{header}{plaquette} - (split ' ', $row)[2]), '<', 1e-12, "$c->{file}: header has the plaquette of the row";
}
is plaq('check', map { "$scratch/a/n$_" } @files), 0, 'check finds them good';

# ---- the same bits, however they come about -------------------------------------------------------------------------------
is plaq(@chain, '-n', 2, '-o', "$scratch/b/n"), 0, 'two of them';
is plaq(@chain, '-n', 4, '-o', "$scratch/b/n"), 0, 'and four with the same options';
like $err, qr/2 of 4 configurations exist; going on from .*n0002\.h5/, 'go on from the second';
same_chain("$scratch/a/n", "$scratch/b/n", 'with the same bits', @files);
is plaq(@chain, '-n', 4, '-o', "$scratch/b/n"), 0, 'once more';
like $err, qr/all 4 configurations exist/, 'nothing is left to be done';
unlink "$scratch/b/n0004.h5";
is plaq(@chain, '-n', 4, '-o', "$scratch/b/n"), 0, 'a lost one is made again';
same_chain("$scratch/a/n", "$scratch/b/n", 'with the same bits', $files[3]);

is plaq_on(2, @chain, '-n', 4, '-o', "$scratch/c/n"), 0, 'on 2 ranks';
same_chain("$scratch/a/n", "$scratch/c/n", 'the same bits', @files);
{
    local $ENV{OMP_NUM_THREADS} = 2;
    is plaq(@chain, '-n', 2, '-o', "$scratch/d/n"), 0, 'on 2 threads';
    same_chain("$scratch/a/n", "$scratch/d/n", 'the same bits', @files[0, 1]);
}
is plaq(@chain, '-n', 2, '--first', 3, '--start', "$scratch/a/n0002.h5", '-o', "$scratch/e_{n:02}.h5"), 0, 'from a file';
same_chain("$scratch/a/n", "$scratch/e_", 'the same bits', ['0003.h5', '03.h5'], ['0004.h5', '04.h5']);
is plaq(@chain, '-n', 3, '--format', 'ildg', '-o', "$scratch/f/n"), 0, 'in another format';
same_chain("$scratch/a/n", "$scratch/f/n", 'the same bits', map { ["000$_.h5", "000$_.ildg"] } 1 .. 3);
is plaq(@chain, '-n', 3, '--precision', 'f32', '-o', "$scratch/g/n"), 0, 'in single precision';
is plaq(@chain, '-n', 2, '--precision', 'f32', '-o', "$scratch/h/n"), 0, 'the same';
is plaq(@chain, '-n', 3, '--precision', 'f32', '-o', "$scratch/h/n"), 0, 'interrupted';
same_chain("$scratch/g/n", "$scratch/h/n", 'the same bits', @files[0 .. 2]);
is plaq(@chain, '-n', 1, '--seed', 8, '-o', "$scratch/i/n"), 0, 'another seed';
isnt bits("$scratch/i/n0001.h5"), bits("$scratch/a/n0001.h5"), 'other bits';

# ---- stopped on request -----------------------------------------------------------------------------------------------------
for my $signal (qw(INT TERM USR1)) {
    my $pid = fork // die;
    if (!$pid) {
        open STDOUT, '>', "$scratch/.stop";
        open STDERR, '>&', \*STDOUT;
        exec $plaq, @chain, '-n', 100000, '-o', "$scratch/$signal/n";
    }
    my $waited = 0;
    select undef, undef, undef, 0.05 while !-e "$scratch/$signal/n0001.h5" && $waited++ < 1200;
    kill $signal, $pid;
    waitpid $pid, 0;
    is $? >> 8, 75, "$signal: exit code 75";
    is $? & 127, 0, "$signal: no death";
    like slurp("$scratch/.stop"), qr/plaq: warning: stopped: .*the same command goes on/, "$signal: says how to go on";
    is plaq('check', '-q', glob "$scratch/$signal/n*.h5"), 0, "$signal: what is written is whole";
    same_chain("$scratch/a/n", "$scratch/$signal/n", "$signal: with the right bits", $files[0]);
}

# ---- refused ------------------------------------------------------------------------------------------------------------------
sub refused {
    my ($message, @words) = @_;
    is plaq(@words), 2, "refused: @words[-4 .. -1]";
    like $err, qr/$message/, 'says why';
}
refused('that chain has "beta: 5.7", asked for is "beta: 5.8"', @chain, '--beta', 5.8, '-n', 4, '-o', "$scratch/a/n");
refused('that chain has "seed: 7", asked for is "seed: 8"', @chain, '--seed', 8, '-n', 4, '-o', "$scratch/a/n");
spew("$scratch/foreign0001.h5", 'somebody else made this');
refused('exists, but not as part of a chain', @chain, '-o', "$scratch/foreign");
is slurp("$scratch/foreign0001.h5"), 'somebody else made this', 'and nothing is touched';
refused('--dims must be given for a hot start', qw(generate --beta 6 -o), "$scratch/x");
refused('expected one \{n\}', @chain, '-o', "$scratch/x{n}_{n}");
is plaq(@chain, '-o', "$scratch/foreign0001.h5/n"), 4, 'a folder that cannot be made: exit code 4';
is plaq(@chain, '--start', "$scratch/absent", '-o', "$scratch/x"), 4, 'a start that does not exist: exit code 4';
is plaq(@chain, '--start', "$scratch/foreign0001.h5", '-o', "$scratch/x"), 3, 'a start that is no configuration: 3';
spew("$scratch/a/n0004.h5", substr(slurp("$scratch/a/n0004.h5"), 0, 100000));
is plaq(@chain, '-n', 5, '-o', "$scratch/a/n"), 3, 'a chain does not go on from a damaged file: 3';
like $err, qr/n0004\.h5/, 'which is named';
done_testing;
