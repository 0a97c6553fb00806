#!/usr/bin/perl
# Derived gauge fields from end to end: the plan, numbers and their derivation in the results, files that other commands
# read, the same bytes on one and two ranks, parameters on the command line, and what a change redoes.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use JSON::PP;
use Test::More;

is plaq(qw(generate -q --beta 5.7 --configs 2 --thermalise 2 --every 1 --over-relax 1 --format nersc), '--dims', '4,6,4,8',
    '--output', "$scratch/cfg/n{n}"), 0, 'an ensemble' or diag $err;

# Single precision, where making links SU(3) again changes bits
sub run_file {
    my ($name, $more) = @_;
    spew("$scratch/$name.yaml", <<"END");
ensemble: {name: little, configs: $scratch/cfg/n*}
gauge:
  again: {from: once, reunitarise: {}, write: {folder: $scratch/$name.again, format: ildg}}
  once:
    reunitarise:
    write: {format: nersc, precision: single, folder: $scratch/$name.once/}
measure:
  - plaquette
  - plaquette: {links: again, as: plaquette_again}
  - clover: {links: once}
output: $scratch/$name
$more
END
    return "$scratch/$name.yaml";
}
my $one = run_file('one', 'precision: single');
my $two = run_file('two', 'precision: single');

is plaq('plan', $one), 0, 'plan' or diag $err;
like $out, qr/^again\s+once\s+reunitarise/m, 'plan: the fields';
like $out, qr/^clover\s+clover\s+once/m, 'plan: what is measured on which';
like $out, qr/^once\s+written\s+once\s+format nersc, precision single, folder \S+one\.once$/m, 'plan: what is written';
plaq('plan', '--json', $one);
my $plan = decode_json($out);
is $plan->{fields}, 1, 'plan --json: a chain is made in place';
is_deeply $plan->{gauge}[1], {name => 'once', from => 'links', kind => 'reunitarise', parameters => {}}, 'plan --json: a field';
is_deeply $plan->{configurations}[0]{to_do}, [qw(plaquette plaquette_again clover again once)], 'plan --json: what is to do';
plaq('plan', '--json', $one, 'gauge.again.from=links');
my $fork = decode_json($out);
is $fork->{fields}, 2, 'plan --json: a fork needs a copy';
is $fork->{lattices}[0]{bytes_per_rank}, 2 * $plan->{lattices}[0]{bytes_per_rank}, 'plan --json: and its memory';

is plaq('measure', $one), 0, 'measure on one rank' or diag $err;
is plaq_on(2, 'measure', $two), 0, 'measure on two' or diag $err;
like $out, qr/^again\s+plaquette\s+2\s+0\.\d+/m, 'measure: numbers of what was written';
for my $file ('again/n1.ildg', 'again/n2.ildg', 'once/n1.nersc', 'once/n2.nersc') {
    ok slurp("$scratch/one.$file") eq slurp("$scratch/two.$file"), "$file: the same bytes on one and two ranks";
}
is plaq('check', glob "$scratch/one.{again,once}/*"), 0, 'the files are whole' or diag $out;
like slurp("$scratch/one.again/n1.ildg"), qr/links of n1 \(NERSC 4 6 4 8 nersc [^<]*\): reunitarise 1 \{\}; reunitarise 1 \{\}/,
    'and say what they are';
is plaq('status', $one), 0, 'status';
like $out, qr/n1\s+done\s+done\s+done\s+done\s+done/, 'status: all done';
unlink "$scratch/one.again/n2.ildg";
plaq('status', $one);
like $out, qr/n2\s+done\s+done\s+done\s+missing\s+done/, 'status: a file that is gone is missing';
is plaq('measure', $one), 0, 'measure again' or diag $err;
ok slurp("$scratch/one.again/n2.ildg") eq slurp("$scratch/two.again/n2.ildg"), 'and it is back';
plaq('status', $one, 'gauge.again.from=links');
like $out, qr/n1\s+done\s+changed\s+done\s+changed\s+done/, 'another chain on the command line is another field';
isnt plaq('plan', $one, 'gauge.again.from=oce'), 0, 'a wrong name on the command line';
like $err, qr/unknown gauge field "oce"; did you mean "once"\?/, 'is told';

my $python = '/usr/bin/python3';
open my $script, '-|', $python, '-W', 'ignore', '-c', <<'END', "$scratch/one/n1.h5" or die;
import h5py, sys
f = h5py.File(sys.argv[1])
for name in 'plaquette', 'plaquette_again', 'clover', 'again':
    print(name, *(f[name].attrs[key] for key in ('links', 'derivation')), sep='|')
print(abs(f['plaquette_again/mean'][()] - f['again/plaquette'][()]) < 1e-15, abs(f['plaquette/mean'][()] - f['again/plaquette'][()]) < 1e-6)
print('from: links' in f['provenance'].attrs['run_resolved'])
END
is join('', <$script>), <<'END', 'results say the field and its derivation';
plaquette|links|
plaquette_again|again|reunitarise 1 {}; reunitarise 1 {}
clover|once|reunitarise 1 {}
again|again|reunitarise 1 {}; reunitarise 1 {}
True True
True
END

# The flowed field is the one that the observable measures on its way, and half the way twice is the way.
spew("$scratch/flow.yaml", <<"END");
ensemble: {configs: $scratch/cfg/n1}
gauge:
  half: {flow: {t: 0.15, kernel: symanzik, eps: 0.05}}
  whole: {from: half, flow: {t: 0.15, kernel: symanzik, eps: 0.05}}
  direct: {flow: {t: 0.3, kernel: symanzik, eps: 0.05}}
measure:
  - flow: {t_max: 0.3, every: 0.3, kernel: symanzik, eps: 0.05}
  - clover: {links: direct, as: direct}
  - clover: {links: whole, as: whole}
output: $scratch/flow
END
is plaq('measure', "$scratch/flow.yaml"), 0, 'flow' or diag $err;
open $script, '-|', $python, '-W', 'ignore', '-c', <<'END', "$scratch/flow/n1.h5" or die;
import h5py, sys
f = h5py.File(sys.argv[1])
on_the_way, direct, whole = f['flow/t2E'][-1, 1] / 0.09, f['direct/energy_mean'][()], f['whole/energy_mean'][()]
print(abs(direct / on_the_way - 1) < 1e-13, abs(whole / on_the_way - 1) < 1e-13, on_the_way)
END
like <$script>, qr/^True True/, 'flow: the observable and the derived field agree, in one go and in two';

is plaq('list'), 0, 'list';
like $out, qr/^reunitarise\s+\S/m, 'list: kinds';
is plaq('describe', 'reunitarise'), 0, 'describe a kind';
like $out, qr/NAME: \{from: links, reunitarise: /, 'describe: how it stands in a run file';
plaq('describe', '--json', 'reunitarise');
is decode_json($out)->{kind}, 'derivation', 'describe --json';
isnt plaq('describe', 'reunitarize'), 0, 'describe a misspelt one';
like $err, qr/did you mean "reunitarise"\?/, 'is told';
done_testing;
