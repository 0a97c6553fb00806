#!/usr/bin/perl
# Measurements on propagators by the run file: what is in the result, that it depends neither on ranks nor on how many
# columns are solved together, that a run which was stopped goes on to the same bytes, and what becomes of a quark that
# does not converge.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;
use JSON::PP;
use Time::HiRes 'sleep';

my $python = '/usr/bin/python3';

# Prints what the lines of a program print with f, g open on one or two results.
sub look {
    my ($program, @paths) = @_;
    spew("$scratch/look.py", "import sys, h5py, numpy as np\nfiles = [h5py.File(p) for p in sys.argv[1:]]\nf, g = (files or [None])[0], (files or [None])[-1]\n$program");
    my $seen = `$python $scratch/look.py @paths 2>&1`;
    chomp $seen;
    return $seen;
}

is plaq('generate', '-q', '--dims', '4,4,4,8', '--beta', 5.7, '--configs', 3, '--thermalise', 10, '--every', 2, '-o', "$scratch/cfg/n"), 0,
    'an ensemble';
spew("$scratch/run.yaml", <<"END");
ensemble: {configs: $scratch/cfg/n*}
gauge:
  smooth: {from: links, ape: {alpha: 0.5, steps: 3, directions: 3}}
quarks:
  light: {action: clover, kappa: 0.12, csw: 1.5, tolerance: 1e-11}
  strange: {action: clover, kappa: 0.11, csw: 1.5, tolerance: 1e-11, solver: bicgstab}
  twisted: {kappa: 0.12, mu: 0.1, tolerance: 1e-11, solver: block_cg, links: smooth, phases: [0.5, 0, 0, 1]}
sources:
  here: {kind: point, at: [[0, 0, 0, 0], [1, 2, 3, 5]]}
  wide: {kind: gaussian, kappa: 0.2, steps: 4, links: smooth, positions: 3}
measure:
  - plaquette
  - meson: {quarks: [light, light], source: here, p2_max: 2}
  - meson: {as: kaon, quarks: [strange, light], source: wide, sinks: [point, wide], gammas: "15/15 7/15"}
  - meson: {as: heavy, quarks: [twisted, twisted], source: here}
  - baryon: {quarks: [light, light, strange], source: here, baryons: nucleon lambda}
  - pcac: {quarks: [light, light], source: here}
output: $scratch/out
END

# ---- the plan ----------------------------------------------------------------------------------------------------------
is plaq('plan', '--json', "$scratch/run.yaml"), 0, 'a plan';
my $plan = decode_json($out);
is_deeply [map { "$_->{quark} $_->{source} $_->{columns}" } @{$plan->{solves}}],
    ['light here 24', 'light wide 36', 'strange here 24', 'strange wide 36', 'twisted here 24'], 'counts columns to be solved for';
is plaq('plan', "$scratch/run.yaml"), 0, 'and as tables';
like $out, qr/^all +144$/m, 'with their sum';

# ---- what is measured --------------------------------------------------------------------------------------------------
is plaq('measure', "$scratch/run.yaml"), 0, 'measured' or diag $err;
like $err, qr/light from here, positions 1 to 2 of 2: \d+ iterations, residual \d\.\de-1[12]/, 'the log tells of each solution';
my $one = "$scratch/out/" . (split ' ', `ls $scratch/out`)[0];
is look('print(f["meson/correlator"].shape, f["meson/correlator"].attrs["axes"], f["kaon/correlator"].shape, f["baryon/correlator"].shape)', $one),
    '(2, 1, 16, 19, 8) source sink pair p t (3, 2, 2, 1, 8) (2, 1, 2, 2, 1, 8)', 'shapes';
is look('print(f["meson/at"][()].tolist(), len(set(map(tuple, f["kaon/at"][()]))))', $one), '[[0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 5.0]] 3',
    'where sources are';
is look(<<'END', $one), 'True True', 'PP of pcac is the pion, A4 P the pair 7/15 with another sign; a pion is real and positive';
m = f["meson/correlator"][()]
p = [tuple(x) for x in f["meson/momenta"][()].astype(int)].index((0, 0, 0))
pion = m[:, :, 15, p]
print(np.allclose(f["pcac/PP"][:, :, 0], pion, rtol=1e-12), pion.real.min() > 0 and abs(pion.imag).max() < 1e-12 * pion.real.max())
END
like look('print(f["kaon"].attrs["parameters"], f["provenance/run"].attrs["residual_light_here"])', $one),
    qr/quark: action: clover, kappa: 0.11.*quark: .*kappa: 0.12.*source: gaussian.*ape 1 \{.*positions: 3.*sink: point\nsink: gaussian.*\n \d\.\d+e-1[12]/s,
    'parameters of quarks, source and sinks, and residuals, stand beside the numbers';

# ---- what is drawn -----------------------------------------------------------------------------------------------------
my ($first) = glob "$scratch/cfg/*";
is plaq('convert', '--format', 'nersc', $first, "$scratch/n1.nersc"), 0, 'the links in another file' or diag $err;
is plaq('measure', "$scratch/run.yaml", "ensemble.configs=$scratch/n1.nersc", "output=$scratch/copied"), 0, 'measured there' or diag $err;
is look('print((f["kaon/at"][()] == g["kaon/at"][()]).all(), len(set(map(tuple, f["kaon/at"][()]))))', $one, glob "$scratch/copied/*.h5"), 'True 3',
    'the same places are drawn from it';

# ---- the same however it comes about ----------------------------------------------------------------------------------
sub agrees {
    my ($folder, $words) = @_;
    my $seen = look(<<'END', $one, $one =~ s/\/out\//\/$folder\//r);
worst = 0
for m in ("meson", "kaon", "heavy", "baryon"):
    a, b = f[m]["correlator"][()], g[m]["correlator"][()]
    worst = max(worst, abs(a - b).max() / abs(a).max())
print("%.1e" % worst)
END
    # residuals of 1e-11 times condition numbers below 100
    cmp_ok $seen, '<', 1e-9, "$words: the same within the residuals";
}
is plaq_on(2, 'measure', '-q', "$scratch/run.yaml", "output=$scratch/two"), 0, 'on 2 ranks';
agrees('two', '2 ranks');
is plaq('measure', '-q', "$scratch/run.yaml", "output=$scratch/few", 'columns=12'), 0, 'a position at a time';
agrees('few', 'twelve columns');

# ---- killed, and gone on ----------------------------------------------------------------------------------------------
rename "$scratch/out", "$scratch/peace" or die; # results name the folder they are in
for my $signal ('KILL', 'USR1', 'KILL') {
    my $child = fork;
    if (!$child) {
        open STDERR, '>', "$scratch/.err";
        open STDOUT, '>&', \*STDERR;
        exec $plaq, 'measure', "$scratch/run.yaml";
    }
    sleep 0.3 + rand 0.5;
    kill $signal, $child;
    waitpid $child, 0;
    my $status = $?;
    # it may have ended before
    ok $status == 9 || $status == 0 && $signal ne 'USR1' || $status >> 8 == 75 || $status == 0, "$signal: killed, stopped or done: $status";
}
is plaq('measure', '-q', "$scratch/run.yaml"), 0, 'the same command ends it';
is look(<<"END"), '3 0', 'byte for byte up to what tells times';
import glob
a, b = (sorted(glob.glob("$scratch/%s/*.h5" % x)) for x in ("peace", "out"))
differ = 0
for p, q in zip(a, b):
    with h5py.File(p, "r") as h: end = h5py.h5o.get_info(h["provenance/run"].id).addr
    x, y = (open(r, "rb").read() for r in (p, q))
    differ += x[:end] != y[:end] or len(x) != len(y)
print(len(a), differ)
END

# ---- what does not converge -------------------------------------------------------------------------------------------
# past the critical kappa of an almost free field, and of no other
is plaq('generate', '-q', '--dims', '4,4,4,8', '--beta', 1000, '--start', 'cold', '--configs', 1, '--thermalise', 1, '--first', 9, '-o',
    "$scratch/cfg/n"), 0, 'a smooth configuration';
my @wrong = ('measure', "$scratch/run.yaml", "output=$scratch/wrong", 'quarks.light.max_iterations=60', 'quarks.light.kappa=0.1275',
    'quarks.light.csw=0', 'quarks.light.phases=[0, 0, 0, 0]', 'measure=[meson: {quarks: [light, light], source: here}]');
is plaq(@wrong), 5, 'exit code 5';
like $err, qr/n0009.*(?:not converge|converged)/s, 'which configuration did not converge';
like $err, qr/quark light from source here/, 'for which quark and source';
is scalar(my @done = glob "$scratch/wrong/*.h5"), 3, 'the others are done';

# ---- wrong run files --------------------------------------------------------------------------------------------------
my %refused = (
    'quarks.light.kapa=0.1' => qr/unknown key "kapa"; did you mean "kappa"/,
    'quarks.light.mass=0.1' => qr/kappa is 0.12 and mass is 0.1: give one of them/,
    'quarks.light.action=wilson' => qr/csw is 1.5, but the action is wilson/,
    'quarks.light.solver=cgs' => qr/solver is "cgs", expected one of cg\|bicgstab\|block_cg/,
    'sources.here.kind=pint' => qr/unknown kind of source "pint"; did you mean "point"/,
    'sources.here.at=[0, 0, 0]' => qr/a position is \[x, y, z, t\]|position/,
    'sources.wide.positions=0' => qr/positions is "0", expected 1 to/,
    'measure.1.meson.quarks=[light]' => qr/meson takes `quarks`, a list of 2 names/,
    'measure.1.meson.quarks=[light, ligth]' => qr/unknown quark "ligth"; did you mean "light"/,
    'measure.1.meson.source=her' => qr/unknown source "her"; did you mean "here"/,
    'measure.1.meson.sinks=[here]' => qr/source "here" of kind point cannot be a sink/,
    'measure.1.meson.gammas=15' => qr/gammas is "15", expected diagonal, all, or pairs/,
    'measure.4.baryon.baryons=nucleus' => qr/unknown baryon "nucleus"; did you mean "nucleon"/,
);
for my $wrong (sort keys %refused) {
    is plaq('plan', "$scratch/run.yaml", $wrong), 2, "$wrong is refused";
    like $err, $refused{$wrong}, 'with a word why';
}
is plaq('measure', "$scratch/run.yaml", "output=$scratch/outside", 'sources.here.at=[0, 0, 0, 8]'), 2, 'a source outside of the lattice';
like $err, qr/source here at \[0, 0, 0, 8\] is outside of 4 x 4 x 4 x 8/, 'is refused with its place';
done_testing;
