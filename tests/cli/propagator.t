#!/usr/bin/perl
# plaq info and convert of propagators: a SciDAC file as Chroma writes it, made here, goes through every format and comes
# back with the same numbers.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;

# A LIME record: header of 144 bytes, data, padding to 8
sub lime {
    my ($type, $data) = @_;
    return pack('N n n Q> a128', 0x456789ab, 1, 0xc000, length $data, $type) . $data . "\0" x (-length($data) % 8);
}

# Where the numbers of a LIME file begin and how many bytes they are
sub numbers {
    my ($bytes) = @_;
    my $at = 0;
    while ($at < length $bytes) {
        my ($n, $type) = unpack 'x8 Q> Z128', substr $bytes, $at, 144;
        return substr $bytes, $at + 144, $n if $type eq 'scidac-binary-data';
        $at += 144 + $n + -$n % 8;
    }
    return '';
}

my $volume = 2 * 4 * 2 * 6;
my $data = pack 'f>*', map { sin(0.1 * $_) } 1 .. 288 * $volume;
my $file = lime('scidac-private-file-xml', '<scidacFile><version>1.1</version><spacetime>4</spacetime><dims>2 4 2 6 </dims>'
      . "<volfmt>0</volfmt></scidacFile>\0")
    . lime('scidac-file-xml', "<propagator></propagator>\0")
    . lime('scidac-private-record-xml', '<scidacRecord><version>1.0</version><recordtype>0</recordtype>'
      . '<datatype>Lattice</datatype><precision>F</precision><colors>3</colors><spins>4</spins><typesize>1152</typesize>'
      . "<datacount>1</datacount></scidacRecord>\0")
    . lime('scidac-record-xml', '<Propagator><FermAct>WILSON</FermAct><SourceType>POINT_SOURCE</SourceType>'
      . "<t_srce>1 2 0 5</t_srce></Propagator>\0")
    . lime('scidac-binary-data', $data);
my $in = "$scratch/chroma.lime";
spew($in, $file);

is plaq('info', $in), 0, 'info';
like $out, qr/SciDAC +2x4x2x6 +f32 .*propagator, 12 columns, POINT_SOURCE at 1 2 0 5, WILSON/, 'a row';
is plaq('info', '--json', $in), 0, 'info --json';
my ($j) = json_lines();
is $j->{kind}, 'propagator', 'kind';
is $j->{columns}, 12, 'columns';
is "@{$j->{dims}}", '2 4 2 6', 'extents';
is "@{$j->{source_at}}", '1 2 0 5', 'position';

is plaq('convert', $in, "$scratch/a.h5"), 0, 'to hdf5';
like $out, qr/a\.h5: hdf5, f32, propagator of 12 columns/, 'says what it wrote';
is plaq('info', '--json', "$scratch/a.h5"), 0, 'info of it';
($j) = json_lines();
is $j->{format}, 'plaq HDF5', 'format';
is $j->{source}, 'POINT_SOURCE', 'the source comes along';
is "@{$j->{source_at}}", '1 2 0 5', 'and its position';
is plaq_on(2, 'convert', '-f', 'qdpxx', '--precision', 'f64', "$scratch/a.h5", "$scratch/b.h5"), 0, 'to HDF5 of QDP++';
is plaq('info', '--json', "$scratch/b.h5"), 0, 'info of it';
($j) = json_lines();
is $j->{format}, 'QDP++ HDF5', 'format';
is $j->{precision}, 'f64', 'precision';
is plaq_on(2, 'convert', '-f', 'qio', '--precision', 'f32', "$scratch/b.h5", "$scratch/c.lime"), 0, 'and to SciDAC';
ok numbers(slurp("$scratch/c.lime")) eq $data, 'the same numbers';

# ---- what must not happen ------------------------------------------------------------------------------------------------
is plaq('convert', $in, "$scratch/a.h5"), 2, 'an existing file is not overwritten';
is plaq('convert', '-f', 'ildg', $in, "$scratch/new"), 2, 'a propagator is no configuration';
like $err, qr/chroma\.lime is a propagator: --format ildg is of configurations/, 'and says so';
is plaq('generate', '-q', '--dims', '2,4,2,6', qw(--beta 5.5 --thermalise 1 --every 1 -o), "$scratch/n"), 0, 'a configuration';
is plaq('convert', '-f', 'qio', "$scratch/n0001.h5", "$scratch/new"), 3, 'nor the other way round';
like $err, qr/n0001\.h5: .*not a propagator/, 'and says so';
spew("$scratch/short", substr $file, 0, length($file) - 1000);
is plaq('convert', "$scratch/short", "$scratch/new"), 3, 'a truncated one';
like $err, qr/truncated/, 'is told';
ok !-e "$scratch/new", 'nothing is left behind';
done_testing;
