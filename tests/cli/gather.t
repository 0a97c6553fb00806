#!/usr/bin/perl
# plaq gather: what h5py sees in its file is what stands in the results; what is wrong is said, and refused.
use strict;
use warnings;
use lib 'tests/support';
use File::Copy 'copy';
use JSON::PP;
use Plaq;
use Test::More;

sub measure {
    my ($what, @configs) = @_;
    my $list = join ', ', map { "\"$scratch/cfg/$_.h5\"" } @configs;
    spew("$scratch/run.yaml", "ensemble: {name: quenched, configs: [$list]}\nmeasure: [$what]\noutput: $scratch/results\n");
    is plaq('measure', "$scratch/run.yaml"), 0, "measured $what" or diag $err;
}

my @chain = split ' ', 'generate --dims 4,4,4,6 --beta 6 --thermalise 2 --every 1';
is plaq(@chain, '-n', 4, '-o', "$scratch/cfg/r0n"), 0, 'a chain';
is plaq(@chain, '--seed', 2, '-n', 4, '-o', "$scratch/cfg/r1n"), 0, 'another';
measure('plaquette, polyakov', 'r0n000[124]', 'r1n000[12]');
measure('clover', 'r0n000[14]');

# ---- its file ----------------------------------------------------------------------------------------------------------
is plaq('gather', "$scratch/results", '-o', "$scratch/all.h5"), 0, 'gathered' or diag $err;
like $out, qr/all\.h5: \d+ outputs of 5 configurations$/m, 'says how much there is';
like $err, qr/clover\.energy lacks 1 of 3 configurations of quenched r0: 2$/m, 'what a configuration lacks is said';
my $script = <<'END';
import glob, h5py, numpy, sys
gather, results = h5py.File(sys.argv[1], 'r'), sys.argv[2]
numbers, replica = gather['configurations'][()], [r.decode() for r in gather['replica'][()]]
print(*numbers, *replica)
seen = 0
for i, (n, r) in enumerate(zip(numbers, replica)):
    result = h5py.File(f'{results}/{r}n{n:04}.h5', 'r')
    for name in result:
        if name == 'provenance': continue
        own = gather[name].get('configurations')
        row = i if own is None else [*zip(gather[name]['replica'][()], own)].index((r.encode(), n))
        for output in result[name]:
            assert numpy.array_equal(gather[name][output][row], result[name][output][()]), (n, r, name, output)
            axes = 'configuration ' + result[name][output].attrs['axes']
            assert gather[name][output].attrs['axes'] == axes.strip(), axes
            seen += 1
        assert gather[name].attrs['doc' if False else 'observable'] == result[name].attrs['observable']
    p, q = gather['provenance'], result['provenance']
    for fact in q.attrs:
        there = p.attrs[fact] if fact in p.attrs else p[fact][i]
        there = there.decode() if isinstance(there, bytes) else there
        assert there == q.attrs[fact], (fact, there)
    assert p['run/seconds_read'][i] == q['run'].attrs['seconds_read']
print(seen, 'outputs;', gather.attrs['format'], gather.attrs['ensemble'], p.attrs['ensemble'])
END
$script =~ s/'doc' if False else //;
spew("$scratch/look.py", $script);
my $seen = `/usr/bin/python3 $scratch/look.py $scratch/all.h5 $scratch/results 2>&1`;
is $?, 0, 'h5py sees the same numbers and facts' or diag $seen;
like $seen, qr/^1 2 4 1 2 r0 r0 r0 r1 r1\n/, 'configurations by replica and number';
like $seen, qr/\n\d{2} outputs; plaq gather 1 quenched quenched\n/, 'it says what it is';

# ---- an analysis does not see a difference -----------------------------------------------------------------------------
my @values;
for my $from ("$scratch/results", "$scratch/all.h5") {
    is plaq('analyze', $from, '--observable', 'plaquette.slices,polyakov.loop', '--json'), 0, "analysed $from" or diag $err;
    push @values, decode_json($out)->{quantities};
}
is_deeply $values[1], $values[0], 'values and errors of the gather are those of the folder';
cmp_ok scalar(@{$values[0][0]{entries}}), '==', 36, 'of all entries';

# ---- what is refused ---------------------------------------------------------------------------------------------------
is plaq('gather', "$scratch/results", '-o', "$scratch/all.h5"), 2, 'a file that exists is kept';
like $err, qr/all\.h5: exists; --overwrite replaces it/, 'and it says so';
my $bytes = slurp("$scratch/all.h5");
is plaq('gather', '--overwrite', "$scratch/results", '-o', "$scratch/all.h5"), 0, '--overwrite replaces it';
is slurp("$scratch/all.h5"), $bytes, 'equal results make equal files';
copy("$scratch/results/r0n0002.h5", "$scratch/results/r0n0002.copy.h5");
is plaq('gather', "$scratch/results", '-o', "$scratch/twice.h5"), 0, 'a copy of a result';
like $err, qr/configuration 2 is there twice, in .*r0n0002\.copy\.h5 and .*r0n0002\.h5: the first is taken/, 'is said';
my $damaged = slurp("$scratch/results/r0n0002.h5");
substr($damaged, 2000, 1) ^= "\1";
spew("$scratch/results/r0n0002.h5", $damaged);
is plaq('gather', "$scratch/results", '-o', "$scratch/damaged.h5"), 0, 'a damaged result is left out';
like $err, qr/r0n0002\.h5: damaged: crc32 .*; it is left out/, 'with a word';
is plaq('gather', "$scratch/cfg", '-o', "$scratch/cfg.h5"), 3, 'configurations are no results';
like $err, qr/none of its 8 files NAME\.h5 is a whole result/, 'and it says so';
is plaq('gather', "$scratch/nowhere", '-o', "$scratch/cfg.h5"), 4, 'no folder';
ok !-e "$scratch/cfg.h5" && !glob("$scratch/.*.part"), 'nothing is left of what failed';
spew("$scratch/cut.h5", substr $bytes, 0, length($bytes) / 2);
is plaq('analyze', "$scratch/cut.h5"), 3, 'half a gather';
like $err, qr/cut\.h5: an HDF5 file that is cut short or damaged/, 'and it says so';
done_testing;
