#!/usr/bin/perl
# scripts/plaq.py and what stands on it: a folder of results and its gather are the same arrays as h5py sees in the files,
# names of entries included; the jackknife has the errors it must have; the example and scripts/effective_mass run.
use strict;
use warnings;
use Test::More;
use lib 'tests/support';
use Plaq;

my $python = 'PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=scripts /usr/bin/python3';
$ENV{PLAQ} = $plaq;
sub shell { my $said = `@_ 2>$scratch/.err`; return ($? >> 8, $said . slurp("$scratch/.err")) }

# A small ensemble with a hole, what the demo measures on it, and its spectrum.
is plaq('generate', '-q', '--dims', '4,4,4,8', qw(--beta 6 --configs 5 --thermalise 1 --every 1 --over-relax 1 --output),
    "$scratch/n"), 0, 'a tiny ensemble' or diag $err;
unlink glob "$scratch/n*3.h5";
mkdir "$scratch/demo";
for (['demo', 'results'], ['spectrum', 'spectrum']) {
    my ($run, $folder) = @$_;
    is plaq('measure', '-q', "inputs/$run.yaml", "ensemble.configs=$scratch/n*", "output=$scratch/demo/$folder"), 0,
        "inputs/$run.yaml is measured" or diag $err;
}
is plaq('gather', "$scratch/demo/spectrum", '-o', "$scratch/gather.h5"), 0, 'gathered' or diag $err;

spew("$scratch/same.py", <<'END');
import glob, sys, h5py, numpy as np, plaq
folder, gather = sys.argv[1:]
a, b = plaq.read(folder), plaq.read(gather)
assert list(a) == list(b) and a.ensemble == b.ensemble and list(a.configurations) == [1, 2, 4, 5]
files = [h5py.File(p) for p in sorted(glob.glob(folder + "/*.h5"))]
for name in a:
    assert np.array_equal(a[name].values, np.array([f[name][()] for f in files])), name
    assert np.array_equal(a[name].values, b[name].values) and a[name].labels == b[name].labels, name
    assert a[name].axes == files[0][name].attrs["axes"].split() and a[name].doc == files[0][name].attrs["doc"], name
assert a.parameters["meson"] == files[0]["meson"].attrs["parameters"]
assert a.provenance["plaq"] == files[0]["provenance"].attrs["plaq"]
assert list(a.provenance["checksum"]) == [f["provenance"].attrs["checksum"] for f in files]

c = a["meson/correlator"]
pairs = [tuple(p) for p in files[0]["meson/pairs"][()].astype(int)]
momenta = [tuple(p) for p in files[0]["meson/momenta"][()].astype(int)]
picked = c.pick(pair="g5-g5", p="0 0 -1", sink="wide").mean("source")
raw = np.array([f["meson/correlator"][()] for f in files])
assert picked.axes == ["t"] and np.array_equal(
    picked.values, raw[:, :, 1, pairs.index((15, 15)), momenta.index((0, 0, -1))].mean(axis=1))
assert np.array_equal(c.pick(sink=-1).values, c.pick(sink="wide").values)
for wrong, said in (({"pair": "g5-gx"}, "pair has no 'g5-gx'"), ({"time": 0}, "no axis time"), ({"t": 8}, "t 8")):
    try: c.pick(**wrong)
    except LookupError as e: assert said in str(e), e
    else: raise AssertionError(wrong)
print("same")
END
my ($status, $said) = shell("$python $scratch/same.py $scratch/demo/spectrum $scratch/gather.h5");
is $status, 0, 'folder, gather and files are the same numbers' or diag $said;
like $said, qr/same/, 'all of them';
like $said, qr/1 configurations are missing.*: 3/, 'the hole is told';

# Of the mean the jackknife's error is that of the mean; of a linear function of two arrays, with their correlation; blocks
# of AR(1) numbers have the error that 2 tau_int says: sqrt((1 + a)/(1 - a)) = 1.732 for a = 1/2, here within 5 percent.
spew("$scratch/jackknife.py", <<'END');
import numpy as np, plaq
x = np.sin(np.arange(100.0) ** 2)
m, e = plaq.jackknife(lambda c: c, x)
assert abs(m - x.mean()) < 1e-15 and abs(e - x.std(ddof=1) / 10) < 1e-15
y = np.cos(np.arange(100.0)) + x
m, e = plaq.jackknife(lambda a, b: 2 * a - b, x, y)
assert abs(e - (2 * x - y).std(ddof=1) / 10) < 1e-14
z = np.zeros(200000)
noise = np.random.default_rng(7).normal(size=z.size)
for i in range(1, z.size): z[i] = 0.5 * z[i - 1] + noise[i]
ratio = plaq.jackknife(lambda c: c, z, block=100)[1] / plaq.jackknife(lambda c: c, z)[1]
assert abs(ratio - 3**0.5) < 0.05 * 3**0.5, ratio
assert plaq.value(1.23456, 0.0123) == "1.235(12)" and plaq.value(float("nan"), 1) == "-"
for bad in (lambda: plaq.jackknife(np.mean, x[:1]), lambda: plaq.jackknife(lambda a, b: a, x, x[:9])):
    try: bad()
    except ValueError: pass
    else: raise AssertionError("too few configurations, or not as many")
print("right")
END
($status, $said) = shell("$python $scratch/jackknife.py");
is $said, "right\n", 'the jackknife';

($status, $said) = shell("$python -c 'import plaq; plaq.read(\"$scratch/demo/results/n0001.h5\")'");
like $said, qr/format 'plaq result 1', expected 'plaq gather 1'/, 'a result alone is no gather';
($status, $said) = shell("$python -c 'import plaq; plaq.read(\"$scratch/demo\")'");
like $said, qr/RuntimeError: .*exit code 3/, 'a folder without results';

($status, $said) = shell("$python scripts/example_analysis.py $scratch/demo");
is $status, 0, 'the example runs' or diag $said;
like $said, qr/plaquette, blocks of 1: 0\.\d+\(\d+\)/, 'and has a plaquette';
($status, $said) = shell("$python scripts/effective_mass $scratch/demo/spectrum");
is $status, 0, 'scripts/effective_mass runs' or diag $said;
like $said, qr/^4 configurations.*\n +t +pion point +pion wide .*\n +0 +\d\.\d+\(\d+\)/, 'and has masses';
done_testing;
