#!/usr/bin/perl
# plaq check and info on other people's configurations (the numbers beside them, measured.tsv), the bad ones included,
# and on damaged copies.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;

plan skip_all => 'the shared test data is absent' unless data('measured.tsv');

my @formats = (
    [qr/openQCD_/, 'openQCD'], [qr/HiRep_/, 'HiRep'], [qr/ddalphaamg/, 'DDalphaAMG'], [qr/purgaug/, 'SZIN'],
    [qr/^milc.*\.scidac$|gfix\.cfg1$/, 'SciDAC'], [qr/\.lime$|\.ildg$|ildg\.|cl2qcd|\.foreign$/, 'ILDG'],
    [qr/nersc|archive|glu\/lat/, 'NERSC'], [qr/^milc/, 'MILC']);

# Columns of measured.tsv by file
sub measured {
    my ($head, @lines) = split /\n/, slurp(data('measured.tsv'));
    my @names = split /\t/, $head;
    my %rows;
    for my $line (@lines) { my %row; @row{@names} = split /\t/, $line; $rows{$row{file}} = \%row }
    return %rows;
}
my %measured = measured();

sub close_to {
    my ($seen, $wanted, $tolerance) = @_;
    return defined $seen && abs($seen - $wanted) <= $tolerance * (abs($wanted) > 1 ? abs($wanted) : 1);
}

# What these formats cover: good ones, and those with stored checksums that are wrong, and why
my @good = qw(pyquda/weak_field.lime chroma/gfix.cfg1 chroma/t_nersc.cfg qdpxx/t_dprec_ildg.lime milc/lat.sample.l4444
    milc/lat.sample.l4444.ildg milc/lat.sample.l4444.scidac milc/lat.test.archive milc/archive_lat.000
    milc/lat.sample.l4448 milc/lat.sample.l4448.gf milc/lat.sample.l4448.scidac milc/lat.sample.l4448.foreign
    milc/lat.sample.l8888 analysistoolbox/nersc.l8t4b3360 analysistoolbox/ildg.l8t4b3360 glu/lat..400 cl2qcd/conf.00200
    cl2qcd/conf.tmlqcd hirep/openQCD_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4n1
    hirep/HiRep_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4n1 ddalphaamg/4x4x4x4b6.0000id3n1 chroma/test_purgaug.cfg1);
my @wrong = (['cl2qcd/conf.00200.badchecksum', 'stored 46b62a47/1a24b4ac, computed a3b09c8/d7a6d9a1'],
    ['milc/lat.sample.5p7', 'stored 2e218ab1/2d188e6b']);
my @foreign = (['glu/HILAT.nersc', 'SU2'], ['easydistillation/weak_field.bin', 'not a configuration of a known format'],
    ['qcdmeasurements/testconf.txt', 'give --dims X,Y,Z,T'], ['measured.tsv', 'not a configuration']);
my @keys = sort qw(file format dims precision checksum header plaquette plaquette_spatial plaquette_temporal link_trace
    unitarity open ok message);

# ---- the good -------------------------------------------------------------------------------------------------------------
sub numbers_agree {
    my ($file, $seen) = @_;
    my $row = $measured{$file};
    my $tolerance = $seen->{precision} eq 'f64' ? 1e-12 : 1e-6;
    my @off = grep { !close_to($seen->{$_->[0]}, $row->{$_->[1]}, $tolerance) }
        ['plaquette', 'plaq'], ['plaquette_spatial', 'plaq_s'], ['plaquette_temporal', 'plaq_t'], ['link_trace', 'link_tr'];
    is join(' ', map { "$_->[0]: $seen->{$_->[0]}" } @off), '', "$file: plaquettes and link trace";
    ok $seen->{unitarity} <= 2 * $row->{unit_dev} + 1e-14, "$file: unitarity";
    is "@{$seen->{dims}}", "$row->{nx} $row->{ny} $row->{nz} $row->{nt}", "$file: extents";
}

for my $ranks (1, 2) {
    is(($ranks > 1 ? plaq_on($ranks, 'check', '--json', map { data($_) } @good)
        : plaq('check', '--json', map { data($_) } @good)), 0, "$ranks ranks: all good files are good");
    my @seen = json_lines();
    is scalar @seen, scalar @good, "$ranks ranks: one object a file";
    for my $i (0 .. $#good) {
        my ($file, $seen) = ($good[$i], $seen[$i]);
        is join(' ', sort keys %$seen), "@keys", "$file: the keys of the object" if $ranks == 1;
        ok $seen->{ok} && $seen->{message} eq '', "$file: ok";
        my ($format) = map { $_->[1] } grep { $file =~ $_->[0] } @formats;
        is $seen->{format}, $format, "$file: format";
        numbers_agree($file, $seen);
        my $sum = $seen->{checksum};
        if (defined $sum->{stored}) {
            ok $sum->{ok} && $sum->{stored} eq $sum->{computed} && length $sum->{kind}, "$file: checksum";
        } else {
            ok !defined $sum->{ok}, "$file: no checksum, no verdict on it";
        }
    }
}
is plaq('check', '--json', '--dims', '4,4,4,4', data('qcdmeasurements/conf_00000008.ildg')), 0,
    'a file without extents is good once they are given';
numbers_agree('qcdmeasurements/conf_00000008.ildg', json_lines());
is plaq('check', '--json', '--dims', '4,4,4,4', data('qcdmeasurements/testconf.txt')), 0, 'text is good as well';
numbers_agree('qcdmeasurements/testconf.txt', json_lines());
my $raw = 'order=mu,t,z,y,x,row,col precision=f64 endian=little';
is plaq('check', '--json', '--dims', '4,4,4,8', '--raw', $raw, data('easydistillation/weak_field.bin')), 0,
    'links without a header, as the user says they lie';
numbers_agree('easydistillation/weak_field.bin', json_lines());
is plaq('check', '--raw', $raw, data('easydistillation/weak_field.bin')), 3, 'but not without extents';
is plaq('check', '--raw', 'order=t,z,y,x', data('easydistillation/weak_field.bin')), 2, 'a wrong order is a usage error';
is plaq('info', '--json', '--dims', '4,4,4,8', '--raw', "$raw skip=8", data('easydistillation/weak_field.bin')), 3, 'info: a size that';
like((json_lines())[0]{message}, qr/294912 bytes, expected 294920 for raw links/, 'does not fit');
is plaq('check', '--json', data('glu/lat..400')), 0, 'a header with plaquette and link trace';
my ($glu) = json_lines();
is_deeply $glu->{header}, {plaquette => 0.5985455591, link_trace => -0.0007741846376}, 'shows both';
is $glu->{checksum}{kind}, 'nersc', 'and the kind of its checksum';

# ---- the bad --------------------------------------------------------------------------------------------------------------
for my $case (@wrong, @foreign) {
    my ($file, $words) = @$case;
    is plaq('check', '--json', data($file)), 3, "$file: exit code 3";
    my ($seen) = json_lines();
    ok !$seen->{ok}, "$file: not ok";
    like $seen->{message}, qr/\Q$words\E/, "$file: the message says why";
    is join(' ', sort keys %$seen), "@keys", "$file: the keys of the object";
}
for my $case (@wrong) {
    plaq('check', '--json', data($case->[0]));
    my ($seen) = json_lines();
    ok !$seen->{checksum}{ok} && $seen->{checksum}{stored} ne $seen->{checksum}{computed}, "$case->[0]: checksum";
    numbers_agree($case->[0], $seen);
}
is plaq('check', '--json', data('qcdmeasurements/conf_00000008.ildg')), 3, 'a file without extents is bad without --dims';
like((json_lines())[0]{message}, qr/--dims/, 'and the message names the option');
is plaq('check', '--dims', '4,4,4,8', data('cl2qcd/conf.00200')), 3, 'extents that are not those of the file';
like $out, qr/extents are 4 4 4 4, expected 4 4 4 8/, 'are named';

is plaq('check', data('cl2qcd/conf.00200'), data('cl2qcd/conf.00200.badchecksum'), "$scratch/absent",
    data('cl2qcd/conf.tmlqcd')), 3, 'one bad file among good ones';
like $out, qr/conf\.00200 .* good\n.*badchecksum .* BAD\n.*\n.*absent .* BAD\n.*No such file.*\n.*tmlqcd .* good\n/,
    'and the others are checked all the same';
like $err, qr/error: 2 of 4 configurations bad/, 'the summary counts';

# ---- damage: cut off or one bit turned at any place, it is found -----------------------------------------------------------
for my $file ('cl2qcd/conf.tmlqcd', 'chroma/t_nersc.cfg', 'milc/lat.sample.l4444', 'glu/lat..400') {
    my $bytes = slurp(data($file));
    my ($n, @missed) = length $bytes;
    my $links = $n - 4 * 4 * 4 * 4 * 4 * 12 * 4; # the links end in the last part of the file
    for my $cut (0, 1, 17, 200, int($n / 2), $n - 5000) {
        spew("$scratch/cut", substr($bytes, 0, $cut));
        my $code = plaq('check', "$scratch/cut");
        push @missed, "cut at $cut: $code" unless $code == 3;
    }
    for my $i (1 .. 12) {
        my $at = $links + int(($n - 4000 - $links) * $i / 13);
        my $flipped = $bytes;
        substr($flipped, $at, 1) = chr(ord(substr $bytes, $at, 1) ^ 1 << $i % 8);
        spew("$scratch/flipped", $flipped);
        my $code = plaq('check', "$scratch/flipped");
        push @missed, "bit of byte $at: $code" unless $code == 3;
    }
    is "@missed", '', "$file: damage is found";
}

# ---- info: the same headers, without the links -----------------------------------------------------------------------------
is plaq('info', '--json', map { data($_) } @good), 0, 'info';
my @info = json_lines();
is scalar @info, scalar @good, 'info: one object a file';
for my $i (0 .. $#good) {
    is "@{$info[$i]{dims}}", join(' ', @{$measured{$good[$i]}}{qw(nx ny nz nt)}), "info $good[$i]: extents";
    is $info[$i]{bytes}, -s data($good[$i]), "info $good[$i]: bytes";
}
is plaq('info', map { data($_->[0]) } @wrong), 0, 'info believes headers';
is plaq('info', '--json', data($good[0]), data('glu/HILAT.nersc')), 3, 'info refuses what is no configuration of SU(3)';
my @two = json_lines();
ok $two[0]{ok} && !$two[1]{ok} && $two[1]{message} =~ /SU2/, 'and says which and why';

# ---- faults: every allocation and every file operation fails once -----------------------------------------------------------
my ($n, $code, @odd) = (0, 1);
while ($code != 0 && $n < 3000) {
    $n++;
    local $ENV{PLAQ_FAULT} = $n;
    $code = plaq('check', '-v', '--json', data('milc/lat.sample.l4444'));
    push @odd, "$n: $code" unless $code =~ /^(0|3|6)$/;
    push @odd, "$n: $1" if $err =~ /(\d+ blocks of memory.*)/;
    push @odd, "$n: no words" if $code && $err !~ /plaq: error: \S/;
}
is "@odd", '', "check: each of $n fault points ends in a message";
done_testing;
