#!/usr/bin/perl
# plaq analyze from outside: its own results, other programs' numbers with known answers, the files it writes, and what
# it says of bad input. Synthetic results with known answers: tests/unit/study.c.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;
use JSON::PP;

my $python = '/usr/bin/python3';

# Prints what a program prints with h5py and numpy at hand.
sub look {
    my ($program, @paths) = @_;
    spew("$scratch/look.py", "import sys, glob, h5py, numpy as np\n$program");
    my $seen = `$python $scratch/look.py @paths 2>&1`;
    chomp $seen;
    return $seen;
}

sub quantities { return map { $_->{name} => $_ } @{decode_json($out)->{quantities}} }

is plaq('generate', '-q', '--dims', '4,4,4,8', '--beta', 5.7, '--configs', 10, '--thermalise', 10, '--every', 2,
    '--ensemble', 'tiny', '-o', "$scratch/cfg/n"), 0, 'an ensemble';
spew("$scratch/run.yaml", <<"END");
ensemble: {name: tiny, configs: $scratch/cfg/n*}
quarks: {heavy: {kappa: 0.11, tolerance: 1e-8}}
sources: {here: {kind: point, at: [[0, 0, 0, 0], [2, 2, 2, 4]]}}
measure:
  - plaquette
  - flow: {eps: 0.05, every: 0.1, t_max: 0.5}
  - meson: {quarks: [heavy, heavy], source: here, p2_max: 1}
output: $scratch/results
END
is plaq('measure', '-q', "$scratch/run.yaml"), 0, 'its results' or diag $err;

# ---- a few words -------------------------------------------------------------------------------------------------------
is plaq('analyze', "$scratch/results", '--observable', 'plaquette.mean', '--window', 0, '--json'), 0, 'one observable' or diag $err;
my %q = quantities();
my $entry = $q{'plaquette.mean'}{entries}[0];
my ($mean, $error) = split ' ', look(<<"END");
x = np.array([h5py.File(p)["plaquette/mean"][()] for p in sorted(glob.glob("$scratch/results/*.h5"))])
print("%.17g %.17g" % (x.mean(), np.sqrt(x.var() / len(x) * (1 + 1 / len(x)))))
END
# sums of ten numbers in another order
cmp_ok abs($entry->{value} - $mean), '<', 1e-15, 'its mean';
cmp_ok abs($entry->{error} / $error - 1), '<', 1e-12, 'and the error of independent configurations';
is $entry->{configurations}, 10, 'of ten configurations';

is plaq('analyze', "$scratch/results"), 3, 'all numbers of a folder; t0 is not reached on this flow';
like $out, qr/^meson\.correlator +tiny +10 +source 2, sink 1, pair 16, p 7, t 8 /m, 'are listed';
like $out, qr/^plaquette\.mean +0\.5\d+\(\d+\) /m, 'with their errors';
like $out, qr/^flow\.forces +\d+ /m, 'frozen ones too';
like $out, qr/^note: flow\.forces: the same on all 10 configurations/m, 'which is said';
like $out, qr/^flow\.t0 +- +$/m, 'and "-" where there is none';
like $out, qr/flow\.t0 could not be made: flow\.t0 is not a number at\s+configuration 1 of\s+ensemble "tiny"/, 'with the configuration';
unlike $out, qr/nan/i, 'no NaN is printed';

is plaq('analyze', "$scratch/results", '--observable', 'meson.correlator', '--pick', 'pair=g5-g5,p=n2=1', '--average', 'source,p'), 0,
    'entries of an array';
my @pion = $out =~ /^ *(\d) +(\S+)\(/mg;
is scalar @pion / 2, 8, 'are printed, one a time';

# ---- an analysis file --------------------------------------------------------------------------------------------------
spew("$scratch/analysis.yaml", <<"END");
results: $scratch/results
quantities:
  ratio: {expression: m_pi / m_rho}
  pion: {mean: {of: meson.correlator, pick: {pair: g5-g5, p: 0 0 0}, average: source, fold: even}}
  rho: {mean: {of: meson.correlator, pick: {pair: [gx-gx, gy-gy, gz-gz], p: 0 0 0}, average: [source, pair], fold: even}}
  m_pi: {fit: {of: pion, first: 2, last: 4}}
  m_rho: {fit: {of: rho, first: 2, last: 4}}
  plaq: {mean: plaquette.mean}
  f_ap: {decay_constant: {mass: m_pi, a_pp: m_pi.A0_0, a_ap: m_rho.A0_0}}
  f_pp: {decay_constant: {mass: m_pi.E0, a_pp: m_pi.A0_0, quark_mass: plaq}}
  by_ap: {expression: sqrt(2/m_pi) * abs(m_rho.A0_0) / sqrt(m_pi.A0_0)}
  by_pp: {expression: 2 * plaq * sqrt(2 * m_pi.A0_0 / m_pi^3)}
END
my @file = ('analyze', "$scratch/analysis.yaml");
is plaq(@file, '--json'), 0, 'an analysis file' or diag $err;
%q = quantities();
is $q{ratio}{entries}[0]{label}, undef, 'a ratio is one number';
my $ratio = $q{m_pi}{entries}[0]{value} / $q{m_rho}{entries}[0]{value};
cmp_ok abs($q{ratio}{entries}[0]{value} - $ratio), '<', 1e-14, 'of two masses, in any order of the file';
is $q{m_pi}{entries}[1]{label}, 'A0_0', 'the amplitude stands beside the mass';
is plaq('report', '--analysis', $file[1], '-o', "$scratch/page.html"), 0, 'a page of it' or diag $err;
my $row = qr{</span></td><td class="number">\S+ <span class="soft">};
like slurp("$scratch/page.html"), qr{m_pi${row}a⁻¹<}, 'a mass has its unit there';
like slurp("$scratch/page.html"), qr{m_pi\.A0_0${row}<}, 'and its amplitude none';
is $q{m_pi}{dof}, 1, 'degrees of freedom';
is $q{m_pi}{p}, undef, 'no p of an uncorrelated fit';
for my $kind ('ap', 'pp') { # numbers of the right kind are not asked for, only the formula is looked at
    my ($step, $formula) = map { $q{$_}{entries}[0] } "f_$kind", "by_$kind";
    for ('value', 'error') {
        cmp_ok abs($step->{$_} / $formula->{$_} - 1), '<', 1e-12, "$_ of the decay constant from a_$kind is that of its formula";
    }
}
for my $wrong (['{mass: m_pi, a_pp: m_pi.A0_0}', 'expected one of a_ap and quark_mass'],
               ['{mass: m_pi, a_pp: m_pi.A0_0, a_ap: plaq, quark_mass: plaq}', 'expected one of a_ap and quark_mass'],
               ['{mass: m_pi, a_pp: pion, quark_mass: plaq}', 'pion has 5 entries, expected one number'],
               ['{mass: m_pi, a_pp: m_pi.A7, quark_mass: plaq}', 'm_pi.A7']) {
    isnt plaq(@file, "quantities.f_pp.decay_constant=$wrong->[0]"), 0, "refused: $wrong->[0]";
    like $err, qr/\Q$wrong->[1]\E/, 'and why';
}
is plaq(@file, 'method.window=0', '--json'), 0, 'configurations taken as independent';
my %independent = quantities();
for my $method ('jackknife', 'bootstrap') {
    is plaq(@file, "method={kind: $method, block: 1, samples: 1000}", '--json'), 0, $method;
    my %m = quantities();
    like decode_json($out)->{method}, qr/^$method, /, 'is said';
    # of ten numbers the bootstrap's are 5 per cent smaller, and the tails of ten are no Gaussian's
    cmp_ok abs($m{ratio}{entries}[0]{error} / $independent{ratio}{entries}[0]{error} - 1), '<', 0.25, "and has the error of a ratio";
}
for my $ending ('h5', 'json', 'csv', 'json.gz', 'xml.gz') {
    is plaq(@file, '-o', "$scratch/result.$ending"), 0, "written to .$ending" or diag $err;
}
is plaq('analyze', "$scratch/result.json.gz", '--observable', 'ratio', '--json'), 0, 'what was written is read again';
my %again = quantities();
cmp_ok abs($again{ratio}{entries}[0]{error} / $q{ratio}{entries}[0]{error} - 1), '<', 1e-12, 'with the same error';
like slurp("$scratch/result.json"), qr/"analysis"|analysis_resolved/, 'the analysis stands in the result';

# ---- known answers of other programs -----------------------------------------------------------------------------------
SKIP: {
    skip 'the shared test data are absent', 4 unless data('pyerrors/f_A.json.gz');
    spew("$scratch/pcac.yaml", "results: [" . join(', ', map { data("pyerrors/$_.json.gz") } 'f_A', 'f_P') . "]\n" . <<'END');
method: {window: 2, bias: pyerrors}
quantities:
  m: {pcac: {axial: f_A, pseudoscalar: f_P, c_a: -0.03888694628624465}}
  plateau: {fit: {of: m, model: plateau, first: 6, last: 15}}
  mass: {fit: {of: f_P, model: exp, first: 8, last: 17}}
END
    is plaq('analyze', "$scratch/pcac.yaml", '--json'), 0, 'the PCAC mass of the example of pyerrors';
    my %p = quantities();
    my $e = $p{plateau}{entries}[0];
    # the digits that pyerrors prints
    is sprintf('%.8e %.8e %.8e', $e->{value}, $e->{error}, $e->{error_error}), '5.03431904e-03 5.38835422e-04 8.24919899e-05', 'all digits';
    is sprintf('%.10f', $p{plateau}{chi2} / $p{plateau}{dof}), '0.2704765091', 'and chi^2';
    is sprintf('%.8f %.8f', $p{mass}{entries}[0]{value}, $p{mass}{chi2} / $p{mass}{dof}), '0.20362603 0.00233243', 'and of its fit of f_P';
}

SKIP: {
    skip 'the shared test data are absent', 4 unless data('pyerrors/openqcd2r1.ms.dat');
    spew("$scratch/flow.yaml", 'results: ' . data('pyerrors/openqcd2r1.ms.dat') . "\n" . <<'END');
quantities:
  y: {mean: {of: flow.Y, sum: t}}
  e: {expression: y / 4^4}
  t0: {scale: {of: e, given: E, by: fit}}
  w0: {scale: {of: e, given: E, by: fit, kind: w0, stencil: 3}}
  line: {scale: {of: e, given: E, by: linear}}
END
    is plaq('analyze', "$scratch/flow.yaml", 'method={window: 2, bias: pyerrors}', '--json'), 0, 'flow of openQCD' or diag $err;
    my %f = quantities();
    # weights of the line are errors, which pyerrors rounds in another order
    cmp_ok abs($f{t0}{entries}[0]{value} - 0.3816208266076627), '<', 1e-9, 't0 as pyerrors has it';
    cmp_ok abs($f{w0}{entries}[0]{value} - 0.5220124285820434), '<', 1e-9, 'and w0';
    is sprintf('%.5f', $f{line}{entries}[0]{value}), '0.38316', 'and by two points';
}
SKIP: {
    skip 'the shared test data are absent', 7 unless data('hadron/plaq.sample.txt');
    is plaq('analyze', data('hadron/plaq.sample.txt'), '--window', 1.5, '--json'), 0, 'a chain of hadron' or diag $err;
    my $e = {quantities()}->{'plaq.sample'}{entries}[0];
    my %wanted = (value => 0.582571560649677, error => 2.89349561293905e-05, error_error => 4.89109274733957e-06,
        tau_int => 44.5764121785213, tau_int_error => 13.0893776104951);
    # all digits that hadron's numbers have here
    cmp_ok abs($e->{$_} / $wanted{$_} - 1), '<', 1e-12, "its $_" for sort keys %wanted;
    is $e->{ensembles}[0]{window}, 181, 'its window';
}

# ---- bad input ---------------------------------------------------------------------------------------------------------
my @bad = (
    [3, qr/an error takes 4 configurations, there are 3/, @file, 'select.last=3'],
    [3, qr/flow\.forces is the same on all 10 configurations/, 'analyze', "$scratch/results", '--observable', 'flow.forces'],
    [3, qr/flow\.t0 is not a number at configuration 1 of ensemble "tiny"/, 'analyze', "$scratch/results", '--observable', 'flow.t0'],
    [3, qr/covariance of 8 numbers from 6\s+configurations is\s+singular/, @file, 'quantities.m_pi.fit={of: full, first: 0, last: 7, model: exp, correlated: true}',
        'quantities.full={mean: {of: meson.correlator, pick: {p: 0 0 0, source: 0}, sum: pair}}', 'select.first=5'],
    [3, qr/3 points|parameters/, @file, 'quantities.m_pi.fit.states=2'],
    [3, qr/no configuration of ensemble "tiny" is selected/, @file, 'select.first=100'],
    [3, qr/several ensembles, "a" and "b"/, @file, "results={a: $scratch/results, b: $scratch/results}"],
    [2, qr/unknown step "fitt"; did you mean "fit"/, @file, 'quantities.m_pi={fitt: {of: pion}}'],
    [2, qr/line 2|:2:\d+: unknown key "quantitis"; did you mean "quantities"/, 'analyze', "$scratch/wrong.yaml"],
    [2, qr/"ratio" would be made of itself/, @file, 'quantities.m_pi={expression: 2*ratio}'],
    [2, qr/--observable, --pick.* go with results/, @file, '--observable', 'plaquette.mean'],
    [2, qr/no observable "plaquette.men" in the results; did you mean "plaquette.mean"/, 'analyze', "$scratch/results",
        '--observable', 'plaquette.men'],
    [4, qr/none/, 'analyze', "$scratch/none"],
);
spew("$scratch/wrong.yaml", "results: x\nquantitis: {}\n");
for my $case (@bad) {
    my ($code, $words, @call) = @$case;
    is plaq(@call), $code, "exit code $code: @call[1 .. $#call]" =~ s/\Q$scratch\E/SCRATCH/gr or diag $out, $err;
    like $out . $err, $words, 'says what and where';
    unlike $out, qr/\bnan\b/i, 'no NaN';
}

# ---- the demonstration's analysis --------------------------------------------------------------------------------------
is plaq('analyze', 'inputs/analysis.yaml', "results=[$scratch/results]",
    'quantities.t0.scale={of: t2E, level: 0.05}', 'quantities.w0.scale={of: t2E, kind: w0, level: 0.05}',
    'quantities.m_pi.fit.scan={first: [1, 2], last: 4}', 'quantities.m_rho.fit.scan={first: [1, 2], last: 4}'), 0,
    'inputs/analysis.yaml on a tiny ensemble' or diag $out, $err;
like $out, qr/^$_ +\S+\(/m, "with $_" for 'plaq', 't0', 'w0', 'm_pi', 'm_rho', 'ratio';
done_testing;
