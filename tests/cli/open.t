#!/usr/bin/perl
# Open boundaries in time, from the command line: a file as openQCD exports it, its missing links zeros, is checked,
# converted there and back, compared and measured; what cannot be done with it is refused.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;

my ($x, $y, $z, $t) = my @dims = (4, 6, 2, 8);
my $link = 9 * 16;

is plaq('generate', '-q', '--dims', join(',', @dims), qw(--beta 5.7 --thermalise 3 --every 1 -o), "$scratch/n"), 0, 'links';
is plaq('convert', '-f', 'openqcd', "$scratch/n0001.h5", "$scratch/periodic"), 0, 'as openQCD';

# ---- opened: odd points, t slowest and z fastest, of each the links +t -t +x -x +y -y +z -z --------------------------------
my $bytes = slurp("$scratch/periodic");
my $at = 24;
for my $i (0 .. $x * $y * $z * $t - 1) {
    my @c = (int($i / ($x * $y * $z)), int($i / ($y * $z)) % $x, int($i / $z) % $y, $i % $z);
    next unless ($c[0] + $c[1] + $c[2] + $c[3]) % 2;
    substr($bytes, $at, $link) = "\0" x $link if $c[0] == $t - 1;
    substr($bytes, $at + $link, $link) = "\0" x $link if $c[0] == 0;
    $at += 8 * $link;
}
is $at, length $bytes, 'every odd point was looked at';
spew("$scratch/stale", $bytes);
is plaq('check', '--json', "$scratch/stale"), 3, 'with the plaquette of the periodic links: bad';
my ($rough) = (json_lines())[0]{message} =~ /but (\S+) of the links in the order of openQCD/;
ok defined $rough, 'and only that is wrong';
# The sum over the plaquettes that are there by 6 V, times 3, as openQCD has it; to ten digits, then to all
substr($bytes, 16, 8) = pack 'd<', 3 * ($rough // 0);
spew("$scratch/rough", $bytes);
is plaq('check', '--json', "$scratch/rough"), 0, 'good with that of the links';
my ($seen) = json_lines();
ok $seen->{open} && $seen->{format} eq 'openQCD' && $seen->{unitarity} < 1e-13, 'open, and in SU(3)';
substr($bytes, 16, 8) = pack 'd<', 3 * $seen->{plaquette};
spew("$scratch/open", $bytes);

# ---- good -----------------------------------------------------------------------------------------------------------------
for my $ranks (1, 2) {
    is plaq_on($ranks, 'check', "$scratch/open", "$scratch/periodic"), 0, "$ranks ranks: good";
    like $out, qr/open .* good, open in time\n.*periodic .* good\n/, 'and the verdict says what is open';
}
is plaq_on(2, 'convert', "$scratch/open", "$scratch/open.h5"), 0, 'converted';
is plaq('check', '--json', "$scratch/open.h5"), 0, 'good still';
ok((json_lines())[0]{open}, 'and open');
is plaq('convert', '-f', 'openqcd', "$scratch/open.h5", "$scratch/back"), 0, 'and back';
ok slurp("$scratch/back") eq $bytes, 'to the same bytes, header included';
is plaq('cmp', "$scratch/open", "$scratch/open.h5"), 0, 'compared';
like $out, qr/^identical/m, 'the same field';
is plaq('cmp', '--json', "$scratch/open", "$scratch/periodic"), 1, 'another than the periodic one';
is((json_lines())[0]{links}{beyond}, $x * $y * $z, 'in the links of one slice');

# ---- measured -------------------------------------------------------------------------------------------------------------
my $run = sub {
    my ($name, $gauge, $measure) = @_;
    spew("$scratch/$name.yaml", "ensemble:\n  configs: $scratch/open\n${gauge}measure: [$measure]\noutput: $scratch/$name\n");
    return "$scratch/$name.yaml";
};
my $all = 'plaquette, link_trace, rectangle, polyakov, clover, improved, {flow: {t_max: 0.2}}';
my $file = $run->('results', '', $all);
for my $ranks (1, 2, 4) {
    is plaq_on($ranks, 'measure', $file, "output=$scratch/on$ranks"), 0, "$ranks ranks: measured" or diag $err;
}
SKIP: {
    system('/usr/bin/python3', '-c', 'import h5py') == 0 or skip 'no h5py', 1;
    spew("$scratch/look.py", <<'PYTHON');
import sys
import h5py, numpy as np
files = [h5py.File(path, "r") for path in sys.argv[1:]]
same = []
def visit(name, item):
    if isinstance(item, h5py.Dataset):
        same.append(all(np.array_equal(item[()], other[item.name][()], equal_nan=True) for other in files[1:]))
for name in "plaquette", "clover", "flow":
    files[0][name].visititems(visit)
first = files[0]
print(len(same), all(same), first["provenance"].attrs["time"], first["polyakov/loop"][3] == 0,
      np.isfinite(first["flow/energy"][()]).all(), (first["flow/charge"][:, :, [0, -1]] == 0).all())
PYTHON
    my $seen = `/usr/bin/python3 $scratch/look.py @{[map { "$scratch/on$_/open.h5" } 1, 2, 4]}`;
    like $seen, qr/^\d\d True open True True True$/, 'the same numbers on 1, 2 and 4 ranks, finite, of open time';
}

# ---- refused --------------------------------------------------------------------------------------------------------------
is plaq('generate', '-q', '--start', "$scratch/open", qw(--first 2 --beta 5.7 -o), "$scratch/more"), 2, 'no chain goes on from it';
like $err, qr/open: time is open/, 'and says why';
for my $case (['reunitarise', '{}'], ['ape', '{alpha: 0.5}']) {
    my ($kind, $params) = @$case;
    isnt plaq('measure', $run->($kind, "gauge:\n  made: {from: links, $kind: $params}\n", '{plaquette: {links: made}}')), 0,
        "$kind fails";
    like $err, qr/time is open/, 'and says why';
}
done_testing;
