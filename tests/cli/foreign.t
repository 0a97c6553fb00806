#!/usr/bin/perl
# `plaq analyze` on other programs' files: numbers that other programs made of them, or that are known; and what is said
# where there is nothing to be read.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use lib 'tests/support';
use Plaq;

# The quantities of an analysis by name: {value, error, ...} of their entries.
sub analyse {
    my ($results, @quantities) = @_;
    spew("$scratch/analysis.yaml", join "\n", "results: $results", 'method: {kind: gamma, window: 1.5}', 'quantities:',
        map({ "  $_" } @quantities), '');
    is plaq('analyze', '--json', "$scratch/analysis.yaml"), 0, "$results is analysed" or diag $err;
    return map { $_->{name} => $_->{entries} } @{decode_json($out)->{quantities}};
}

sub near {
    my ($seen, $wanted, $limit, $what) = @_;
    ok abs($seen / $wanted - 1) < $limit, $what or diag "$seen, expected $wanted";
}

SKIP: {
    skip 'the test data is absent', 10 unless data('hadron/plaq.sample.txt');

    # hadron's uwerrprimary, S = 1.5 (data README): as many digits as it prints
    my %q = analyse(data('hadron/plaq.sample.txt'), 'p: {mean: plaq.sample}');
    near($q{p}[0]{value}, 0.582571560649677, 1e-14, "hadron's mean");
    near($q{p}[0]{error}, 2.89349561293905e-05, 1e-12, "hadron's error");
    near($q{p}[0]{tau_int}, 44.5764121785213, 1e-12, "hadron's tau_int");
    is $q{p}[0]{ensembles}[0]{window}, 181, "hadron's window";

    # pyerrors' t0 of its own openQCD file: E = sum_t Y/(L^3 T), L = 4, a line through four points weighted by errors. The
    # weights' common factor drops out, so that conventions of errors do not enter: 1e-9.
    %q = analyse(data('pyerrors/openqcd2r1.ms.dat'), 'Y: {mean: {of: flow.Y, average: t}}', 'E: {expression: Y/64}',
        't0: {scale: {of: E, given: E, by: fit, range: 2}}');
    near($q{t0}[0]{value}, 0.3816208266076627, 1e-9, "pyerrors' t0");

    # tmLQCD's plaquette: the mean is awk's
    %q = analyse(data('hadron/output.data'), 'p: {mean: plaquette}');
    near($q{p}[0]{value}, 0.500812854023244, 1e-14, "the mean of tmLQCD's plaquette");
}

# Correlators of Hadrons with a known mass: two exponentials around T/2, each configuration times a factor of its own.
spew("$scratch/hadrons.py", <<'END');
import sys, h5py, numpy as np
T, t = 16, np.arange(16)
for n in range(20):
    with h5py.File(f"{sys.argv[1]}/pt_ll.{1000 + 10 * n}.h5", "w") as f:
        f.attrs["_Grid_dataset_threshold"] = np.array([6], "u4")
        f.create_group("meson").attrs["_Grid_vector_size"] = np.array([1], "u8")
        g = f.create_group("meson/meson_0")
        for end in "snk", "src": g.attrs.create(f"gamma_{end}", np.array([b"Gamma5"], "S6"))
        c = np.zeros(T, [("re", "f8"), ("im", "f8")])
        c["re"] = (2 + np.sin(n)) * np.cosh(0.4 * (t - 8))
        g.create_dataset("corr", data=c)
END
mkdir "$scratch/hadrons";
is system("/usr/bin/python3 $scratch/hadrons.py $scratch/hadrons"), 0, 'correlators of Hadrons are written';
my %q = analyse("$scratch/hadrons", 'c: {mean: {of: pt_ll.meson, pick: {element: Gamma5 Gamma5}, fold: even}}',
    'm: {effective_mass: {of: c, kind: cosh}}');
my @far = grep { abs($_->{value} - 0.4) > 1e-10 } @{$q{m}};
ok @{$q{m}} >= 7 && !@far, 'their mass is 0.4 at every time' or diag explain \@far;

# What cannot be read is said with file and place; nothing is printed as a result.
spew("$scratch/gap.csv", "config,a\n1,0.5\n2,nan\n3,0.7\n4,0.6\n");
is plaq('analyze', "$scratch/gap.csv"), 3, 'NaN: exit code 3';
like $err, qr/gap\.csv.*a, configuration 2: number 1 of 1 is nan/s, 'file, observable, configuration';
unlike $out, qr/nan/i, 'and no result';
spew("$scratch/plain.csv", join "\n", 'config,plaquette', map { "$_," . (0.5 + 0.01 * sin $_) } 1 .. 9);
is plaq('analyze', "$scratch/plain.csv", '--observable', 'plaquete'), 2, 'a name that is not there: exit code 2';
like $err, qr/no observable "plaquete"/, "the name is told";
spew("$scratch/words.txt", "neither numbers\nnor names of them\n");
is plaq('analyze', "$scratch/words.txt"), 3, 'no numbers: exit code 3';
like $err, qr/words\.txt/, 'the file is named';
done_testing;
