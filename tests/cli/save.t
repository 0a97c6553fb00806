#!/usr/bin/perl
# Propagators that a run keeps: written, read instead of solved for, replaced where they are damaged or of something else,
# whole after kill -9. What is measured is the same whether they were read or solved for, bit for bit where the same
# columns are solved together on as many ranks. Where only some of a batch are solved for, iterations in mixed precision
# take other turns: then to 1e-9, ten times the tolerance of the solver.
use strict;
use warnings;
use lib 'tests/support';
use Cwd qw(getcwd abs_path);
use POSIX 'WNOHANG';
use Plaq;
use Test::More;
use Time::HiRes 'sleep';

my $program = abs_path($plaq);
my $start = getcwd;
END { chdir $start }

is plaq(qw(generate -q --beta 5.7 --configs 2 --thermalise 3 --every 1 --dims), '4,2,4,8', '--output', "$scratch/cfg/n{n}"),
    0, 'an ensemble' or diag $err;
chdir $scratch or die;
$plaq = $program;

my $run = <<'END';
ensemble: {configs: cfg/n*}
quarks:
  light: {action: clover, kappa: 0.12, csw: 1.0, SAVE}
  heavy: {kappa: 0.10}
sources:
  points: {kind: point, at: [[0, 0, 0, 0], [1, 1, 3, 5], [2, 1, 0, 4]]}
  shell: {kind: gaussian, kappa: 0.2, steps: 3, positions: 2}
measure:
  - meson: {quarks: [light, light], source: points, sinks: [point, shell]}
  - meson: {quarks: [light, heavy], source: shell, as: mixed}
output: out
END
(my $save = $run) =~ s/SAVE/save: {folder: props}/;
(my $plain = $run) =~ s/, SAVE//;
spew('save.yaml', $save);
spew('plain.yaml', $plain);

my $files = 10; # of two configurations, five positions each

# The largest difference of the numbers of two results, relative to the largest of their array; and whether keys agree
sub compare {
    my $words = `/usr/bin/python3 -c 'import h5py, sys, numpy
a, b = (h5py.File(path) for path in sys.argv[1:])
worst = []
def look(name, x):
    if not isinstance(x, h5py.Dataset) or name.startswith("provenance"): return
    x, y = (v["r"] + 1j * v["i"] if v.dtype.names else v for v in (x[()], b[name][()]))
    worst.append(abs(x - y).max() / max(abs(x).max(), 1e-300))
a.visititems(look)
print(len(worst), max(worst), all(a[n].attrs["key"] == b[n].attrs["key"] for n in ("meson", "mixed")))' @_`;
    my ($n, $worst, $keys) = split ' ', $words;
    return $n && $n >= 4 ? ($worst + 0, $keys) : (1e300, 'too few arrays');
}

# Numbers of log lines: solutions for `light`, its propagators read, those replaced
sub told {
    return [map { my $what = $_; scalar grep { /$what/ } split /\n/, $err }
          qr/light from .*: \d+ iterations/, qr/read from/, qr/solved for again and replaced/];
}

# ---- written and read ----------------------------------------------------------------------------------------------------
is plaq('measure', 'plain.yaml', 'output=plain'), 0, 'without files' or diag $err;
is plaq('measure', 'save.yaml'), 0, 'with files' or diag $err;
is_deeply told(), [4, 0, 0], 'two sources, two configurations: all solved for';
is scalar(my @props = glob 'props/*.h5'), $files, 'a file for each position';
is_deeply [glob 'props/.n*'], [], 'none half written';
is_deeply [compare('plain/n1.h5', 'out/n1.h5')], [0, 'True'], 'the same numbers and keys as without files';
is plaq('plan', '--json', 'plain.yaml'), 0, 'plan';
is decode_one()->{done}, 2, 'files or not: the same measurements are done';

is plaq('measure', 'save.yaml', 'output=again'), 0, 'once more, results elsewhere' or diag $err;
is_deeply told(), [0, $files, 0], 'all read, nothing solved for';
is_deeply [compare('out/n2.h5', 'again/n2.h5')], [0, 'True'], 'the same numbers';
is plaq('info', '--json', $props[0]), 0, 'info of a file';
my $info = decode_one();
is "@$info{qw(format source action)} @{$info->{source_at}}", 'plaq HDF5 point clover 0 0 0 0', 'what it says';
like $info->{action_parameters}, qr/kappa: 0\.12, .*csw: 1/, 'its action';
ok $info->{residual} > 0 && $info->{residual} <= 1e-10, 'its residual';
like $info->{configuration}, qr/^n1: plaq HDF5 4 2 4 8 /, 'its configuration';

is plaq('measure', 'save.yaml', 'output=patient', 'quarks.light.max_iterations=400'), 0, 'given more iterations';
is_deeply told(), [0, $files, 0], 'they are not solved for again';

# ---- plan ----------------------------------------------------------------------------------------------------------------
is plaq('plan', '--json', 'save.yaml'), 0, 'plan';
my $bytes = decode_one()->{lattices}[0]{propagator_bytes};
my $disk = 0;
$disk += -s for @props;
ok $disk <= $bytes && $bytes < $disk + $files * 65536, "plan says $bytes bytes, they are $disk";
plaq('plan', 'save.yaml');
like $out, qr/propagators on disk: \d+\.\d MB/, 'plan, for people';
like $out, qr/light +links +format hdf5, precision double, folder props /, 'where they go';

# ---- damaged, or of something else --------------------------------------------------------------------------------------
sub damage { my ($path, $how) = @_; my $bytes = slurp($path); $how->(\$bytes); spew($path, $bytes) }
damage($props[0], sub { substr(${$_[0]}, 200_000, 1) ^= "\1" });
damage($props[2], sub { ${$_[0]} = substr ${$_[0]}, 0, 100_000 });
damage($props[3], sub { ${$_[0]} = '' });
spew($props[6], slurp($props[5]));
unlink $props[9];
is plaq('measure', 'save.yaml', 'output=mended'), 0, 'some damaged, one of another position, one gone' or diag $err;
is_deeply told(), [4, $files - 5, 4], 'these are solved for again';
like $err, qr/x0y0z0t0\.h5: checksum .* damaged; it is solved/, 'a byte that is another';
like $err, qr/warning: \Q$props[6]\E: a propagator of other parameters/, 'a file of another position';
like $err, qr/light from points, positions 1 to 3 of 3, 1 of them read: /, 'only the others are in the batch';
for (1, 2) {
    my ($far, $keys) = compare("out/n$_.h5", "mended/n$_.h5");
    ok $far < 1e-9 && $keys eq 'True', "the numbers: $far";
}
is plaq('measure', 'save.yaml', 'output=whole'), 0, 'and again';
is_deeply told(), [0, $files, 0], 'all are whole';

is plaq('measure', 'save.yaml', 'output=other', 'quarks.light.kappa=0.121'), 0, 'another kappa';
is_deeply told(), [4, 0, $files], 'all are replaced';
is plaq('measure', 'plain.yaml', 'output=other_plain', 'quarks.light.kappa=0.121'), 0, 'without files';
is_deeply [compare('other/n1.h5', 'other_plain/n1.h5')], [0, 'True'], 'the numbers of that kappa';

# ---- ranks, formats, precision -------------------------------------------------------------------------------------------
my @single = ('save.yaml', 'quarks.light.save={format: qio, precision: single, folder: singles}');
is plaq_on(2, 'measure', @single, 'output=single2'), 0, 'SciDAC in single precision, on two ranks' or diag $err;
is_deeply told(), [4, 0, 0], 'solved for';
is plaq_on(2, 'measure', @single, 'output=read2'), 0, 'read on two ranks' or diag $err;
is_deeply told(), [0, $files, 0], 'nothing solved for';
is_deeply [compare('single2/n1.h5', 'read2/n1.h5')], [0, 'True'], 'what was measured is what was written';
is plaq('measure', @single, 'output=read1'), 0, 'read on one rank' or diag $err;
is_deeply told(), [0, $files, 0], 'nothing solved for';
my ($far, $keys) = compare('single2/n1.h5', 'read1/n1.h5');
ok $far < 1e-13 && $keys eq 'True', "the same to rounding of sums: $far";
($far, $keys) = compare('out/n1.h5', 'single2/n1.h5');
ok $far > 1e-11 && $far < 1e-6 && $keys eq 'False', "rounded numbers, and their keys say so: $far";

# A copy of the same numbers serves as well, a rounded one does not
mkdir $_ for 'copies', 'rounded';
for (map { s/\.lime$//r } map { s/.*\///r } glob 'singles/*') {
    plaq('convert', "singles/$_.lime", "copies/$_.h5");
}
is plaq('measure', 'save.yaml', 'quarks.light.save={precision: single, folder: copies}', 'output=copied'), 0, 'copies';
is_deeply told(), [0, $files, 0], 'are read';
is plaq('measure', 'save.yaml', 'output=fresh', 'quarks.light.save.folder=fresh'), 0, 'doubles';
for (map { s/.*\///r } glob 'fresh/*') { plaq('convert', '--precision', 'f32', "fresh/$_", "rounded/$_") }
is plaq('measure', 'save.yaml', 'output=not_rounded', 'quarks.light.save.folder=rounded'), 0, 'rounded copies';
is_deeply told(), [4, 0, $files], 'are not';

# ---- stopped, killed -----------------------------------------------------------------------------------------------------
is plaq(qw(generate -q --beta 5.7 --thermalise 3 --every 1 --dims), '8,4,4,8', '--output', 'large/n{n}'), 0, 'a larger one';
spew('long.yaml', <<'END');
ensemble: {configs: large/n1}
columns: 12
quarks: {light: {kappa: 0.125, tolerance: 1e-12, save: {folder: kept}}}
sources: {points: {kind: point, positions: 8}}
measure: [meson: {quarks: [light, light], source: points}, meson: {quarks: [light, light], source: points, as: mixed}]
output: long
END
is plaq('measure', 'long.yaml', 'output=peace', 'quarks.light.save.folder=peace_kept'), 0, 'undisturbed' or diag $err;

# Sends the signal when there are so many files; returns the exit code, or the signal
sub disturb {
    my ($signal, $n) = @_;
    my $child = fork // die;
    if (!$child) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', 'log';
        exec $program, 'measure', 'long.yaml' or die;
    }
    for (1 .. 6000) { last if (() = glob 'kept/*.h5') >= $n; sleep 0.005 }
    kill $signal, $child;
    waitpid $child, 0;
    return $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
}

is disturb('KILL', 2), 'signal 9', 'killed when two of eight were there';
my @first = map { join ' ', $_, (stat)[1, 9] } glob 'kept/*.h5';
is disturb('TERM', @first + 2), 75, 'and then stopped with two more';
is_deeply [grep { my $was = $_; !grep { $_ eq $was } map { join ' ', $_, (stat)[1, 9] } glob 'kept/*.h5' } @first], [],
    'the first were not written again';
my $there = () = glob 'kept/*.h5';
ok $there >= 4 && $there < 8, "$there of 8 are there";
ok !-e 'long/n1.h5', 'no result yet';
is plaq('measure', 'long.yaml'), 0, 'the same command goes on' or diag $err;
is_deeply told(), [8 - $there, $there, 0], 'what was there is read';
is_deeply [compare('peace/n1.h5', 'long/n1.h5')], [0, 'True'], 'the numbers of the undisturbed run';
is `diff -r kept peace_kept`, '', 'the same files, and none half written';

# ---- what is refused -----------------------------------------------------------------------------------------------------
is plaq('plan', 'save.yaml', 'quarks.light.save.folder=cfg'), 2, 'not among the configurations';
like $err, qr/light would be written among the configurations/, 'in words';
is plaq('plan', 'save.yaml', 'quarks.light.save={format: qdpxx, folder: a}'), 2, 'a format that holds no key';
is plaq('plan', 'save.yaml', 'quarks.light.save={folder: ""}'), 2, 'no folder';
spew('file', '');
is plaq('measure', 'save.yaml', 'output=none', 'quarks.light.save.folder=file/props'), 4, 'a folder that cannot be made';
like $err, qr/writing file\/props\/n1\.light\.points\.x0y0z0t0\.h5: /, 'ends the run at once';
unlike $err, qr/n2/, 'with the first configuration';
done_testing;

sub decode_one { return JSON::PP::decode_json($out) }
