#!/usr/bin/perl
# The benchmark prints a row a kernel, with what limits it, and says so where a name is not known.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;

my @fields = sort qw(name precision dims columns ranks threads seconds spread flops bytes gflops gbytes bound fraction carrier);
my @kernels = qw(plaquette link_trace rectangle polyakov clover improved_charge energy_momentum halo heat_bath over_relax
    flow_wilson flow_symanzik flow_zeuthen ape stout over_improved hyp hex
    hop wilson_odd clover_odd dirac_clover meson_256 baryon
    read_hdf5 read_ildg read_nersc read_milc read_openqcd);

is plaq('bench', '--dims', '4,4,4,8', '--repeat', '3', '--json'), 0, 'bench' or diag $err;
my @rows = json_lines();
for my $row (@rows) {
    my $name = "$row->{name} in $row->{precision}";

    is_deeply [sort keys %$row], \@fields, "$name: its fields";
    ok $row->{seconds} > 0 && $row->{fraction} > 0, "$name: took time";
    like $row->{bound}, qr/^(peak|memory|read) [\d.]+ G/, "$name: has a bound";
    cmp_ok abs($row->{gbytes} * 1e9 * $row->{seconds} / $row->{bytes} - 1), '<', 1e-12, "$name: its rate";
}
my %seen = map { $_->{name} => 1 } @rows;
is_deeply [sort keys %seen], [sort @kernels], 'every kernel and reader has a row';

is plaq('bench', 'clover', 'halo', '--dims', '4,4,4,8', '--repeat', '3', '--precision', 'double'), 0, 'two of them';
is scalar(() = $out =~ /^(?:clover|halo) +double /mg), 2, 'are two lines';
like $out, qr/^peak [\d.]+ GF single, [\d.]+ GF double; memory [\d.]+ GB\/s/m, 'under the limits of the machine';

like $out, qr/^halo: one rank, no messages$/m, 'one rank has no halo to send';

for my $way (['self,tcp', 'off', qr/ob1 over [^;]*/, 'over lo'], ['self,vader', 'off', qr/ob1 over [^;]*/, 'through memory'],
             ['self,tcp', 'on', 'written into shared memory', 'through memory']) {
    my ($btl, $shared, $name, $where) = @$way;
    local $ENV{OMPI_MCA_btl} = $btl;
    local $ENV{PLAQ_SHARED_MEMORY} = $shared;
    is plaq_on(2, 'bench', 'halo', '--dims', '8,8,8,8', '--repeat', '3', '--precision', 'double'), 0,
        "halo by $btl, shared memory $shared";
    like $out, qr/^halo: $name; [\d.]+ MB a rank, $where$/m, 'says its way, and where its bytes were seen';
}

is plaq('bench', 'solve', '--dims', '4,4,4,8', '--json'), 0, 'solvers' or diag $err;
@rows = json_lines();
is scalar(@rows), 4, 'are four lines';
ok $_->{residual} > 0 && $_->{residual} <= 1e-10 && $_->{seconds} > 0, "$_->{solver}, $_->{columns} columns" for @rows;
my %iterations = map { ("$_->{solver} $_->{columns}" => $_->{iterations}) } @rows;
cmp_ok $iterations{'block CG 12'}, '<', 0.8 * $iterations{'CG 12'}, 'block CG needs fewer iterations than CG';

is plaq('bench', 'clever'), 2, 'a name that is not known';
like $err, qr/no benchmark is called 'clever'; did you mean 'clover'/, 'is told so';
done_testing;
