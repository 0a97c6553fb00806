#!/usr/bin/perl
# plaq convert: links go through every format we write without losing a bit; nothing is overwritten unasked.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;

my @formats = qw(hdf5 ildg nersc);

sub numbers {
    my ($path, @options) = @_;
    is plaq('check', '--json', @options, $path), 0, "$path is good";
    return (json_lines())[0];
}

# Plaquettes that agree to the last bit, and the checksum of the links where both formats have the same kind
sub same_links {
    my ($one, $other, $words) = @_;
    is $one->{$_}, $other->{$_}, "$words: $_" for qw(plaquette plaquette_spatial plaquette_temporal link_trace unitarity);
}

is plaq('generate', '-q', '--dims', '4,6,2,8', qw(--beta 5.5 --thermalise 3 --every 1 -o), "$scratch/n"), 0, 'a configuration';
my $source = "$scratch/n0001.h5";
my $wanted = numbers($source);

for my $prec ('f64', 'f32') {
    my %seen;
    for my $format (@formats) {
        my $path = "$scratch/$prec.$format";
        is plaq('convert', '--format', $format, '--precision', $prec, $source, $path), 0, "to $format, $prec";
        like $out, qr/^\Q$path\E: $format, $prec, plaquette 0\.\d{12}$/, 'says what it wrote';
        $seen{$format} = numbers($path);
        is $seen{$format}{precision}, $prec, "$format: precision";
        is "@{$seen{$format}{dims}}", '4 6 2 8', "$format: extents";
        same_links($seen{$format}, $prec eq 'f64' ? $wanted : $seen{hdf5}, "$format, $prec");
    }
    for my $from (@formats) {
        for my $to (@formats) {
            my $path = "$scratch/$prec.$from.$to";
            is plaq('convert', '-f', $to, "$scratch/$prec.$from", $path), 0, "$from to $to, $prec as it is";
            same_links(numbers($path), $seen{$from}, "$from to $to, $prec");
        }
    }
}
is plaq_on(2, 'convert', '-f', 'ildg', $source, "$scratch/two.ildg"), 0, 'on 2 ranks';
ok slurp("$scratch/two.ildg") eq slurp("$scratch/f64.ildg"), 'the same bytes';

# ---- what must not happen ------------------------------------------------------------------------------------------------
is plaq('convert', $source, "$scratch/f64.ildg"), 2, 'an existing file is not overwritten';
like $err, qr/f64\.ildg: exists; --overwrite replaces it/, 'and says how it would be';
is plaq('convert', '--overwrite', $source, "$scratch/f64.ildg"), 0, 'with --overwrite it is';
is numbers("$scratch/f64.ildg")->{format}, 'plaq HDF5', 'whatever its name';
is plaq('convert', '--overwrite', '-f', 'nersc', $source, $source), 0, 'even onto itself';
same_links(numbers($source), $wanted, 'onto itself');
is plaq('convert', "$scratch/absent", "$scratch/new"), 4, 'an absent file: exit code 4';
spew("$scratch/text", 'not a configuration');
is plaq('convert', "$scratch/text", "$scratch/new"), 3, 'a foreign one: 3';
is plaq('convert', $source, "$scratch/text/new"), 4, 'a folder that is not one: 4';
ok !-e "$scratch/new", 'nothing is left behind';
is join(' ', grep { /\/\.(?!out|err|n0001)/ && -f } glob "$scratch/.*"), '', 'nor aside';

SKIP: {
    my $bad = data('cl2qcd/conf.00200.badchecksum') // skip 'the shared test data is absent', 4;
    is plaq('convert', $bad, "$scratch/forced"), 3, 'a wrong checksum: 3';
    ok !-e "$scratch/forced", 'and no file';
    is plaq('convert', '--force', $bad, "$scratch/forced"), 0, 'with --force it goes on';
    like $err, qr/warning: .*stored 46b62a47/, 'with a warning';
    is plaq('convert', '--dims', '4,4,4,4', '-f', 'ildg', data('qcdmeasurements/conf_00000008.ildg'), "$scratch/dims.ildg"), 0,
        'a file without extents';
    is "@{numbers(qq($scratch/dims.ildg))->{dims}}", '4 4 4 4', 'has them afterwards';
}
# ---- formats of 64 bits alone ---------------------------------------------------------------------------------------------
for my $case (['openqcd', 'openQCD'], ['bridge', 'Bridge++', '--dims', '4,6,2,8']) {
    my ($format, $name, @dims) = @$case;
    is plaq('convert', '-f', $format, $source, "$scratch/to.$format"), 0, "to $format";
    my $seen = numbers("$scratch/to.$format", @dims);
    is $seen->{format}, $name, 'is recognised';
    same_links($seen, $wanted, $format);
    is plaq_on(2, 'convert', '-f', $format, $source, "$scratch/two.$format"), 0, 'on 2 ranks';
    ok slurp("$scratch/two.$format") eq slurp("$scratch/to.$format"), 'the same bytes';
    is plaq('convert', '-f', $format, '--precision', 'f32', $source, "$scratch/not.$format"), 2, 'not in 32 bits';
}
SKIP: {
    my $hirep = data('hirep/HiRep_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4n1') // skip 'the shared test data is absent', 2;
    is plaq('convert', '-f', 'openqcd', $hirep, "$scratch/openqcd"), 0, 'the HiRep copy of a field of openQCD';
    ok slurp("$scratch/openqcd") eq slurp(data('hirep/openQCD_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4n1')),
        'is written as openQCD wrote it, byte for byte';
}
done_testing;
