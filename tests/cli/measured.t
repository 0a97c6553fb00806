#!/usr/bin/perl
# `plaq measure` on other people's configurations: every number of measured.tsv that we have an observable for, to 1e-12
# of it for files of doubles and 1e-6 for files of floats; the floors, 1e-15 and 1e-8, are the rounding of the links and of
# the table's digits, seen where a number nearly vanishes. Skipped where the data are not there.
use strict;
use warnings;
use File::Temp 'tempdir';
use Test::More;

my $plaq = ($ENV{PLAQ_BUILD} // 'build') . '/plaq';
my $data = $ENV{PLAQ_TEST_DATA} // '../shared/data';
my $root = tempdir(CLEANUP => 1);
plan skip_all => "no test data at $data" unless -e "$data/measured.tsv";

open my $table, '<', "$data/measured.tsv" or die;
my @head = split /[\t\n]/, <$table>;
my @files = map { my %row; @row{@head} = split /[\t\n]/; \%row } <$table>;
cmp_ok scalar(@files), '>', 20, 'a table of measurements';

# Two files are measured only when told to: stored checksums are wrong, links not unitary (--force); two say no extents,
# one says nothing at all.
my $says = sub { $_[0] =~ /weak_field.bin/ ? 'nothing' : $_[0] =~ /conf_00000008|testconf/ ? 'no' : 'all' };
my %kind;
push @{$kind{$says->($_->{file})}}, $_ for @files;
for (['all', '', @{$kind{all}}], ['no', "  dims: [4, 4, 4, 4]\n", @{$kind{no}}],
    ['nothing', "  dims: [4, 4, 4, 8]\n  raw: order=mu,t,z,y,x,row,col precision=f64\n", @{$kind{nothing}}]) {
    my ($name, $dims, @rows) = @$_;
    open my $run, '>', "$root/$name.yaml" or die;
    print $run "ensemble:\n$dims  configs:\n", map({ "    - $data/$_->{file}\n" } @rows),
        "measure: [plaquette, link_trace, rectangle, polyakov, clover]\noutput: $root/out\n";
    close $run;
    my $out = `mpirun -n 2 $plaq measure --force $root/$name.yaml 2>$root/log`;
    is $?, 0, "those that say $name extents: measured" or diag `cat $root/log`;
}

my $script = <<'END';
import csv, h5py, os, sys
data, out, *files = sys.argv[1:]
rows = {r['file']: r for r in csv.DictReader(open(data + '/measured.tsv'), delimiter='\t')}
for name in files:
    f, r = h5py.File(out + '/' + os.path.basename(name) + '.h5', 'r'), rows[name]
    double = f['provenance'].attrs['file_precision'] == 'double'
    seen = {'plaq': f['plaquette/mean'][()], 'plaq_s': f['plaquette/spatial'][()], 'plaq_t': f['plaquette/temporal'][()],
            'link_tr': f['link_trace/mean'][()], 'rect': f['rectangle/mean'][()], 'E_clov': f['clover/energy'][:].mean(),
            'Q_clov': f['clover/charge'][:].sum()}
    for i, p in enumerate('xy xz yz xt yt zt'.split()): seen['plaq_' + p] = f['plaquette/planes'][i]
    for mu, x in enumerate('xyzt'):
        seen[f'poly_{x}_re'], seen[f'poly_{x}_im'] = f['polyakov/loop'][mu].real, f['polyakov/loop'][mu].imag
    limit, floor = (1e-12, 1e-15) if double else (1e-6, 1e-8)
    far = {k: (v, r[k]) for k, v in seen.items() if abs(v - float(r[k])) > limit * abs(float(r[k])) + floor}
    print(len(seen), far if far else 'agree')
END
open my $python, '-|', '/usr/bin/python3', '-c', $script, $data, "$root/out", map { $_->{file} } @files or die;
my @verdicts = <$python>;
for my $i (0 .. $#files) { is $verdicts[$i], "21 agree\n", $files[$i]{file} }
done_testing;
