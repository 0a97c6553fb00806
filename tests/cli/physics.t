#!/usr/bin/perl
# The error analysis of `make physics`: a known series, and the numbers of another program (hadron's uwerrprimary).
use strict;
use warnings;
use Test::More;

my $data = ($ENV{PLAQ_TEST_DATA} // '../shared/data') . '/hadron/plaq.sample.txt';
my $python = '/usr/bin/python3';

sub analyse {
    my ($setup, $series) = @_;
    my $out = `$python -B - 2>&1 <<'END'
import importlib.machinery, importlib.util, math
import numpy as np
loader = importlib.machinery.SourceFileLoader("physics", "scripts/physics")
physics = importlib.util.module_from_spec(importlib.util.spec_from_loader("physics", loader))
loader.exec_module(physics)
$setup
print("%.12g %.12g %.12g" % physics.gamma_method($series))
END`;
    diag $out unless $? == 0;
    return split ' ', $out;
}

SKIP: {
    skip 'the test data is absent', 3 unless -e $data;
    my ($mean, $error, $tau) = analyse('', "np.loadtxt('$data').ravel()");
    cmp_ok abs($mean / 0.582571560649677 - 1), '<', 1e-11, 'mean';
    cmp_ok abs($error / 2.89349561293905e-05 - 1), '<', 1e-10, 'its error';
    cmp_ok abs($tau / 44.5764121785213 - 1), '<', 1e-10, 'integrated autocorrelation time';
}

# x' = a x + noise has tau = 1/2 (1 + a) / (1 - a); 10^5 terms give it to some percent.
my ($mean, $error, $tau) = analyse(<<'END', 'x');
x = np.random.default_rng(7).normal(size=100000)
for i in range(1, len(x)):
    x[i] += 0.8 * x[i - 1]
END
cmp_ok abs($tau / 4.5 - 1), '<', 0.1, 'an autoregressive series has the tau it must have';
cmp_ok abs($mean), '<', 3 * $error, 'and a mean of zero within three errors';
done_testing;
