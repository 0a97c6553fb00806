#!/usr/bin/perl
# A campaign from end to end: plan, measure, status; results as h5py sees them; damaged configurations among good ones;
# an unwritable and a full output; signals. Each failure has one message, from one rank, and its exit code.
use strict;
use warnings;
use Cwd qw(getcwd abs_path);
use File::Copy 'copy';
use File::Temp 'tempdir';
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);

my $plaq = abs_path($ENV{PLAQ_BUILD} // 'build') . '/plaq';
my $data = abs_path($ENV{PLAQ_TEST_DATA} // '../shared/data');
my $start = getcwd;
my $root = tempdir(CLEANUP => 1);
chdir $root or die;
END { chdir $start }

# Runs a command; gives exit code, stdout, stderr. Lines of mpirun itself are left out of stderr.
sub run_it {
    my ($command) = @_;
    my $out = `$command 2>$root/stderr`;
    my $code = $? & 127 ? "signal " . ($? & 127) : $? >> 8;
    open my $file, '<', "$root/stderr" or die;
    return ($code, $out, join '', grep { /^plaq: / } <$file>);
}

sub plaq { return run_it("$plaq @_") }
sub ranks { my $n = shift; return run_it("mpirun -n $n $plaq @_") }
sub errors { return scalar(() = $_[0] =~ /^plaq: error: /mg) }
sub spew { my ($path, $text) = @_; open my $file, '>', $path or die "$path: $!"; print $file $text; close $file or die }

# Flips one bit of a copy of a file.
sub damage {
    my ($from, $to) = @_;
    copy($from, $to) or die;
    open my $file, '+<:raw', $to or die;
    seek $file, (-s $to) / 2, 0;
    read $file, my $byte, 1;
    seek $file, (-s $to) / 2, 0;
    print $file chr(ord($byte) ^ 4);
    close $file or die;
}

sub python {
    my ($script, @args) = @_;
    open my $pipe, '-|', '/usr/bin/python3', '-c', $script, @args or die;
    local $/;
    my $out = <$pipe>;
    close $pipe;
    return $out;
}

my $run = <<'END';
ensemble:
  name: little
  configs: cfg/n*.ildg
measure:
  - plaquette
  - polyakov: {as: loops}
output: out
END
spew('run.yaml', $run);
mkdir 'cfg';
my ($code, $out, $err) = plaq('generate --dims 4,4,4,8 --beta 5.7 --configs 3 --thermalise 2 --every 1 --over-relax 1',
    '--format ildg --output cfg/n{n}.ildg');
is $code, 0, 'an ensemble' or diag $err;

# ---- plan -----------------------------------------------------------------------------------------------------------
($code, $out, $err) = plaq('plan run.yaml');
is $code, 0, 'plan: exit code' or diag $err;
like $out, qr/found\s+3 configurations: 0 done, 3 missing, 0 failed/, 'plan: what was found';
like $out, qr/^4 4 4 8\s+3\s+1 1 1 1\s+[\d.]+$/m, 'plan: lattice, grid and memory';
like $out, qr/^loops\s+polyakov/m, 'plan: measurements';
($code, $out, $err) = plaq('plan --json --ranks 16 run.yaml');
my $plan = decode_json($out);
my $product = 1;
$product *= $_ for @{$plan->{lattices}[0]{grid}};
is $product, 16, 'plan --json: a grid for other ranks';
cmp_ok $plan->{lattices}[0]{bytes_per_rank}, '>', 32 * 72 * 8, 'plan --json: memory of body and halo';
is_deeply $plan->{configurations}[1]{to_do}, ['plaquette', 'loops'], 'plan --json: what is to do';
($code, $out, $err) = plaq('plan --ranks 7 run.yaml');
is $code, 2, 'plan: ranks that do not fit are a usage error';
like $err, qr/7/, 'plan: and named';
ok !-e 'out', 'plan: changes nothing';

# ---- measure ---------------------------------------------------------------------------------------------------------
($code, $out, $err) = ranks(2, 'measure run.yaml');
is $code, 0, 'measure: exit code' or diag $err;
like $err, qr{^plaq: 3/3 n3\.ildg: plaquette 0\.\d+, [\d.]+ s; elapsed \S+, remaining 0:00$}m, 'measure: progress';
like $out, qr/^plaquette\s+mean\s+3\s+0\.\d+/m, 'measure: the numbers';
like $out, qr/3 of 3 configurations done, 0 failed, 0 missing; results in out/, 'measure: where results are';
is_deeply [sort glob 'out/*'], ['out/n1.ildg.h5', 'out/n2.ildg.h5', 'out/n3.ildg.h5'], 'measure: one file a configuration';

my $seen = decode_json(python(<<'END', 'out/n2.ildg.h5'));
import h5py, json, sys
f = h5py.File(sys.argv[1], 'r')
p, loops, facts = f['plaquette'], f['loops'], f['provenance']
one = next(d for d in loops.values() if d.dtype.kind == 'c')
print(json.dumps({
    'mean': p['mean'][()], 'shape': p['slices'].shape, 'axes': p['slices'].attrs['axes'], 'unit': p['mean'].attrs['unit'],
    'doc': p['mean'].attrs['doc'], 'type': str(p['slices'].dtype), 'loops': str(one.dtype),
    'observable': loops.attrs['observable'], 'key': len(loops.attrs['key']), 'facts': {k: str(v) for k, v in facts.attrs.items()},
    'run': {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in facts['run'].attrs.items()}}))
END
my ($checked) = map { decode_json($_) } grep { /\{/ } (plaq('check --json cfg/n2.ildg'))[1];
is $seen->{mean}, $checked->{plaquette}, 'h5py: the plaquette is that of `plaq check`';
is_deeply $seen->{shape}, [8, 6], 'h5py: shape';
is "$seen->{axes}, $seen->{type}, $seen->{loops}", 't plane, float64, complex128', 'h5py: axes and types';
like $seen->{doc}, qr/\(1\/3\) Re tr/, 'h5py: normalisation';
is "$seen->{unit} $seen->{observable} $seen->{key}", '1 polyakov 64', 'h5py: unit, observable, key';
is $seen->{facts}{run_file}, $run, 'provenance: the run file as given';
like $seen->{facts}{run_resolved}, qr/precision: double/, 'provenance: with defaults';
is $seen->{facts}{configuration}, 'cfg/n2.ildg', 'provenance: the configuration';
is $seen->{facts}{checksum}, $checked->{checksum}{stored}, 'provenance: its checksum';
is $seen->{facts}{dims}, '4 4 4 8', 'provenance: extents';
like $seen->{facts}{$_}, qr/\S/, "provenance: $_" for qw(plaq compiler libraries conventions identity format plaquette);
is $seen->{run}{ranks}, '2.0', 'provenance/run: ranks';
like $seen->{run}{$_}, qr/\S/, "provenance/run: $_" for qw(hosts written grid seconds_plaquette);

# ---- again, and more -------------------------------------------------------------------------------------------------
my @before = map { join ' ', (stat)[1, 9] } glob 'out/*';
($code, $out, $err) = ranks(2, 'measure run.yaml');
is $code, 0, 'again: exit code';
like $err, qr/3 done, 0 to measure/, 'again: nothing to measure';
is_deeply [map { join ' ', (stat)[1, 9] } glob 'out/*'], \@before, 'again: nothing written';

spew('more.yaml', $run =~ s/output/  - rectangle\noutput/r);
($code, $out, $err) = plaq('status more.yaml');
is $code, 0, 'status: exit code';
like $out, qr{^cfg/n1\.ildg\s+done\s+done\s+missing}m, 'status: the matrix';
like $out, qr/3 configurations: 0 done, 3 missing, 0 failed/, 'status: the sum';
my $loops = python('import h5py; print(h5py.File("out/n1.ildg.h5")["loops"].attrs["key"])');
($code, $out, $err) = ranks(2, 'measure more.yaml');
is $code, 0, 'more: exit code' or diag $err;
is python('import h5py; f = h5py.File("out/n1.ildg.h5"); print(*sorted(f), *[k for k in f["provenance/run"].attrs if "seconds_" in k])'),
    "loops plaquette provenance rectangle seconds_read seconds_rectangle\n", 'more: what was done is kept';
is python('import h5py; print(h5py.File("out/n1.ildg.h5")["loops"].attrs["key"])'), $loops, 'more: with its key';
($code, $out) = plaq('status --json run.yaml precision=single');
my $status = decode_json($out);
is $status->{configurations}[0]{measurements}{plaquette}, 'changed', 'status --json: another precision is another measurement';
is "$status->{done} $status->{missing} $status->{found}", '0 3 3', 'status --json: the sum';

# ---- damaged configurations ------------------------------------------------------------------------------------------
mkdir 'mixed';
copy('cfg/n1.ildg', 'mixed/a-good') or die;
copy('cfg/n2.ildg', 'mixed/z-good') or die;
damage('cfg/n3.ildg', 'mixed/flipped');
copy('cfg/n3.ildg', 'mixed/truncated') or die;
truncate 'mixed/truncated', 100000 or die;
spew('mixed/empty', '');
spew('mixed/foreign', "not a configuration\n" x 1000);
my $su2 = copy("$data/glu/HILAT.nersc", 'mixed/su2');
my $bad = $su2 ? 5 : 4;
my $all = $bad + 2;
my $mixed = 'measure run.yaml ensemble.configs=mixed/* output=mix';
($code, $out, $err) = ranks(2, $mixed);
is $code, 3, 'damaged: exit code of bad data';
is errors($err), 1, 'damaged: one error' or diag $err;
like $err, qr/^plaq: error: $bad of $all configurations not measured: empty, flipped, foreign, (su2, )?truncated$/m,
    'damaged: which were not measured';
like $err, qr/mixed\/flipped: checksum \(scidac\): stored \S+, computed \S+/, 'damaged: numbers stored and computed';
is_deeply [glob 'mix/*.h5'], ['mix/a-good.h5', 'mix/z-good.h5'], 'damaged: the others are measured';
($code, $out) = plaq('status --left run.yaml ensemble.configs=mixed/* output=mix');
like $out, qr{^mixed/flipped\s+failed\s+failed\s+.*checksum}m, 'status: failed, and why';
unlike $out, qr/a-good/, 'status --left: not what is done';
SKIP: {
    skip 'no test data', 1 unless $su2;
    like $out, qr{^mixed/su2\s+failed\s+failed\s+.*SU\(?2\)?}im, 'status: another gauge group';
}
($code, $out, $err) = ranks(2, $mixed, '--force');
is $code, 3, 'forced: the unreadable remain';
like python('import h5py; print(h5py.File("mix/flipped.h5")["provenance"].attrs["forced"])'), qr/checksum/,
    'forced: the result says so';
is python('import h5py; print(h5py.File("mix/a-good.h5")["provenance"].attrs["forced"])'), "\n", 'forced: the others do not';
ok !-e 'mix/failed/flipped.txt', 'forced: no longer noted as failed';
copy('cfg/n3.ildg', "mixed/$_") or die for qw(truncated empty foreign su2);
($code, $out, $err) = plaq($mixed);
is $code, 0, 'repaired: the same command' or diag $err;

# ---- mistakes --------------------------------------------------------------------------------------------------------
for (['run.yaml measure.0=plaquete', 2, qr/did you mean "plaquette"/], ['run.yaml ouput=x', 2, qr/did you mean "output"/],
     ['run.yaml ensemble.configs=cfg/x*', 2, qr{no file matches "cfg/x\*"}], ['absent.yaml', 4, qr/absent\.yaml/],
     ['run.yaml output=fresh grid=[5,1,1,1]', 2, qr/5/], ['run.yaml output=run.yaml', 4, qr/run\.yaml/],
     ['run.yaml output=/proc/plaq', 4, qr{/proc/plaq}]) {
    my ($words, $wanted, $message) = @$_;
    ($code, $out, $err) = ranks(2, "measure '" . join("' '", split / /, $words) . "'");
    is $code, $wanted, "$words: exit code";
    is errors($err), 1, "$words: one message" or diag $err;
    like $err, $message, "$words: what it says";
}

# ---- no space --------------------------------------------------------------------------------------------------------
($code, $out, $err) = run_it("bash -c 'ulimit -f 4; $plaq measure run.yaml output=full'");
is $code, 4, 'file size limit: exit code';
like $err, qr{error: .*full/n1\.ildg\.h5.*File too large}, 'file size limit: message' or diag $err;
is_deeply [glob 'full/*'], [], 'file size limit: nothing half written';
($code) = plaq('measure run.yaml output=full');
is $code, 0, 'file size limit: the same command when there is room';
mkdir 'small';
SKIP: {
    my $mounts = "unshare -m sh -c 'mount -t tmpfs -o size=%s,%s none small && %s'";
    skip 'no private mounts here', 5 if system(sprintf "$mounts 2>/dev/null", '64k', 'rw', 'true') != 0;
    ($code, $out, $err) = run_it(sprintf $mounts, '24k', 'rw', "$plaq measure run.yaml output=small; c=\$?; ls small; exit \$c");
    is $code, 4, 'full disk: exit code';
    like $err, qr/error: .*small.*No space left/, 'full disk: message' or diag $err;
    unlike $out, qr/tmp/, 'full disk: nothing half written';
    ($code, $out, $err) = run_it(sprintf $mounts, '1m', 'ro', "$plaq measure run.yaml output=small/x");
    is $code, 4, 'read-only: exit code';
    like $err, qr/error: .*small\/x.*Read-only/, 'read-only: message' or diag $err;
}

# ---- signals ---------------------------------------------------------------------------------------------------------
mkdir 'many';
my $configs = 60;
for my $i (1 .. $configs) { link 'cfg/n' . ($i % 3 + 1) . '.ildg', "many/c$i" or die }
for (['USR1', 2], ['TERM', 1], ['INT', 1]) {
    my ($signal, $n) = @$_;
    my $output = "stop-$signal";
    my $command = ($n > 1 ? "mpirun -n $n " : '') . "$plaq measure run.yaml 'ensemble.configs=many/c*' output=$output";
    my $child = fork;
    if (!$child) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', "$root/stderr";
        exec "exec $command" or die;
    }
    for (1 .. 600) { last if -e "$output/c1.h5"; sleep 0.05 }
    kill $signal, $child;
    waitpid $child, 0;
    is $? >> 8, 75, "SIG$signal: exit code";
    my $text = do { local (@ARGV, $/) = "$root/stderr"; <> };
    like $text, qr/run the same command to go on/, "SIG$signal: what to do" or diag $text;
    my @done = glob "$output/*.h5";
    cmp_ok scalar(@done), '<', $configs, "SIG$signal: stopped early";
    is_deeply [glob "$output/*.tmp.*"], [], "SIG$signal: nothing half written";
    my @first = map { join ' ', (stat)[1, 9] } @done;
    ($code, $out, $err) = run_it($command);
    is $code, 0, "SIG$signal: the same command goes on" or diag $err;
    is scalar(() = glob "$output/*.h5"), $configs, "SIG$signal: to the end";
    is_deeply [map { join ' ', (stat)[1, 9] } @done], \@first, "SIG$signal: nothing is measured twice";
}
done_testing;
