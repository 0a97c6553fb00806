#!/usr/bin/perl
# SciDAC in several files, as QIO's manual describes it, and in one, as QUDA writes it: made here from a configuration of
# ours, which must come back bit for bit on any number of ranks.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;

my @dims = (8, 6, 2, 4);
my $volume = 8 * 6 * 2 * 4;

# ---- LIME ---------------------------------------------------------------------------------------------------------------
sub record {
    my ($type, $data) = @_;
    return pack('N n n Q> a128', 0x456789ab, 1, 0xc000, length $data, $type) . $data . "\0" x (-length($data) % 8);
}

sub records {
    my ($bytes, %records) = @_;
    for (my $at = 0; $at < length $bytes;) {
        my (undef, undef, undef, $n, $type) = unpack 'N n n Q> Z128', substr $bytes, $at, 144;
        $records{$type} = substr $bytes, $at + 144, $n;
        $at += 144 + $n + -$n % 8;
    }
    return %records;
}

sub file_xml {
    my $volfmt = shift;
    return record('scidac-private-file-xml', '<?xml version="1.0" encoding="UTF-8"?><scidacFile><version>1.1</version>' .
        "<spacetime>4</spacetime><dims>@dims </dims><volfmt>$volfmt</volfmt></scidacFile>\0");
}

sub record_xml {
    my ($type, $prec, $colors, $size, $count, $global) = @_;
    return record('scidac-private-record-xml', '<?xml version="1.0" encoding="UTF-8"?><scidacRecord><version>1.1</version>' .
        "<date>Mon</date><recordtype>$global</recordtype><datatype>$type</datatype><precision>$prec</precision>" .
        "<colors>$colors</colors><typesize>$size</typesize><datacount>$count</datacount></scidacRecord>\0") .
        record('scidac-record-xml', "<title>x</title>\0");
}

# ---- volumes --------------------------------------------------------------------------------------------------------------
# The node of a site, and whether nodes keep even sites before odd ones
sub site_lists {
    my ($even_odd, @nodes) = @_; # along x y z t
    my (@even, @odd);
    for my $site (0 .. $volume - 1) {
        my ($rest, $node, $stride, $parity) = ($site, 0, 1, 0);
        for my $mu (0 .. 3) {
            my $c = $rest % $dims[$mu];
            $rest = int($rest / $dims[$mu]);
            $node += $stride * int($c * $nodes[$mu] / $dims[$mu]);
            $stride *= $nodes[$mu];
            $parity += $c;
        }
        my $sites = $even_odd && $parity % 2 ? \@odd : \@even;
        push @{$sites->[$node]}, $site;
    }
    return map { [@{$even[$_]}, @{$odd[$_] // []}] } 0 .. $#even;
}

# Files NAME.vol...: the first with all records, the others with lists and data; a field before the links if asked for
sub write_volume {
    my ($name, $from, $volfmt, $lists, %how) = @_;
    my %r = records(slurp($from));
    my $n = length($r{'ildg-binary-data'}) / $volume;
    my $type = $how{scidac} ? 'scidac-binary-data' : 'ildg-binary-data';
    for my $i (0 .. $#$lists) {
        my @sites = @{$lists->[$i]};
        my $links = join '', map { substr $r{'ildg-binary-data'}, $_ * $n, $n } @sites;
        my $list = record('scidac-sitelist', pack 'N*', @sites);
        my $other = $how{field} ? record('scidac-binary-data', "\1" x (8 * @sites)) : '';
        my $file;
        if ($i == 0) {
            $file = file_xml($volfmt) . $list . record('scidac-file-xml', "<title>x</title>\0");
            $file .= record_xml('QDP_D_Real', 'D', 0, 8, 1, 1) . record('scidac-binary-data', "\2" x 8) if $how{field};
            $file .= record_xml('QDP_D_Real', 'D', 0, 8, 1, 0) . $other if $how{field};
            $file .= record_xml('QDP_D3_ColorMatrix', 'D', 3, $n / 4, 4, 0);
            $file .= record('ildg-format', $r{'ildg-format'}) unless $how{scidac};
            $file .= record($type, $links) . record('scidac-checksum', $r{'scidac-checksum'});
        } else {
            $file = $list . $other . record($type, $links);
        }
        spew(sprintf("$scratch/$name.vol%04d", ($how{stride} // 1) * $i), $file);
    }
}

is plaq('generate', '-q', '--dims', join(',', @dims), qw(--beta 5.5 --thermalise 3 --every 1 -o), "$scratch/n"), 0,
    'a configuration';
my $source = "$scratch/n0001.h5";
for my $prec ('f64', 'f32') {
    is plaq('convert', '-f', 'ildg', '--precision', $prec, $source, "$scratch/$prec.ildg"), 0, "as ILDG in $prec";
}
write_volume('part', "$scratch/f64.ildg", 2, [site_lists(0, 2, 1, 1, 4)]);
write_volume('part.f32', "$scratch/f32.ildg", 2, [site_lists(0, 1, 3, 2, 1)], scidac => 1, stride => 16);
write_volume('multi', "$scratch/f64.ildg", 1, [site_lists(1, 4, 1, 1, 2)], scidac => 1);
write_volume('fields', "$scratch/f64.ildg", 2, [site_lists(0, 1, 1, 1, 2)], scidac => 1, field => 1);
write_volume('one', "$scratch/f64.ildg", 2, [site_lists(0, 1, 1, 1, 1)]);

for my $name (qw(part part.f32 multi fields one)) {
    my $own = $name =~ /f32/ ? "$scratch/f32.ildg" : "$scratch/f64.ildg";
    for my $ranks ($name eq 'part' || $name eq 'multi' ? (1, 2, 4) : 1) {
        my @words = ('cmp', $own, "$scratch/$name.vol0000");
        is(($ranks > 1 ? plaq_on($ranks, @words) : plaq(@words)), 0, "$name on $ranks ranks");
        like $out, qr/^identical/m, "$name on $ranks ranks: the same bits";
    }
    is plaq('check', '--json', "$scratch/$name"), 0, "$name by its name without a number";
    my ($seen) = json_lines();
    is "@{$seen->{dims}}", "@dims", "$name: extents";
    is $seen->{precision}, $name =~ /f32/ ? 'f32' : 'f64', "$name: precision";
    ok $seen->{checksum}{ok}, "$name: the checksum is that of all files";
    is $seen->{format}, $name eq 'part' || $name eq 'one' ? 'ILDG' : 'SciDAC', "$name: format";
}
is plaq('info', "$scratch/part"), 0, 'info';
like $out, qr/a SciDAC volume of 8 files/, 'says how many files there are';

# ---- volumes that are not whole ---------------------------------------------------------------------------------------------
sub bad {
    my ($name, $words, @how) = @_;
    my ($part, $change) = @how;
    write_volume($name, "$scratch/f64.ildg", 2, [site_lists(0, 1, 1, 1, 4)]);
    my $file = sprintf "$scratch/$name.vol%04d", $part;
    my $bytes = slurp($file);
    $change->(\$bytes);
    length $bytes ? spew($file, $bytes) : unlink $file;
    for my $ranks (1, 2) {
        my @words = ('check', "$scratch/$name.vol0000");
        is(($ranks > 1 ? plaq_on($ranks, @words) : plaq(@words)), 3, "$name on $ranks ranks: exit code 3");
        like $out, $words, "$name on $ranks ranks: says why";
    }
}
my $list = 144; # the list of a file without XML begins here, 96 sites
bad('missing', qr/288 sites in the 3 files .*missing\.vol\*, expected 384: files are missing/, 2, sub { ${$_[0]} = '' });
bad('twice', qr/site 193 is in the lists of the volume twice/, 2, sub { substr(${$_[0]}, $list, 4) = pack 'N', 193 });
bad('outside', qr/site 384 in scidac-sitelist, expected less than 384/, 3, sub { substr(${$_[0]}, $list, 4) = pack 'N', 384 });
bad('flipped', qr/checksum \(scidac\): stored/, 3, sub { substr(${$_[0]}, -1000, 1) ^= "\1" });
bad('cut', qr/cut\.vol0001: LIME record \S+binary-data .* the file is truncated/, 1, sub { substr(${$_[0]}, -1000) = '' });
bad('swapped', qr/checksum \(scidac\): stored/, 1,
    sub { (substr(${$_[0]}, $list, 4), substr(${$_[0]}, $list + 4, 4)) = (substr(${$_[0]}, $list + 4, 4), substr(${$_[0]}, $list, 4)) });
is plaq('check', "$scratch/part.vol0001"), 3, 'a file that is not the first';
like $out, qr/and not the first: give the one that begins with scidac-private-file-xml/, 'says which to give';
spew("$scratch/folders", file_xml(3));
is plaq('check', "$scratch/folders"), 3, 'a volume in folders';
like $out, qr/volfmt 3, expected 0 .*converters/, 'is refused with a way out';

my ($n, $code, @odd) = (0, 1);
while ($code != 0 && $n < 3000) {
    local $ENV{PLAQ_FAULT} = ++$n;
    $code = plaq('check', '-v', "$scratch/one.vol0000");
    push @odd, "$n: $code" unless $code =~ /^[0346]$/;
    push @odd, "$n: $1" if $err =~ /(\d+ blocks of memory.*)/;
    push @odd, "$n: no words" if $code && $err !~ /plaq: error: \S/;
}
is "@odd", '', "each of $n fault points ends in a message";

# ---- one file, as QUDA writes it ----------------------------------------------------------------------------------------------
for my $case (['QIO_DNc3_GaugeField', 9, 1], ['QUDA_DNc3_GaugeField', 3, 0]) {
    my ($type, $colors) = @$case;
    my %r = records(slurp("$scratch/f64.ildg"));
    spew("$scratch/$type", file_xml(0) . record('scidac-file-xml', "<quda></quda>\0") .
        record_xml($type, 'D', $colors, 144, 4, 0) . record('scidac-binary-data', $r{'ildg-binary-data'}) .
        record('scidac-checksum', $r{'scidac-checksum'}));
    is plaq('cmp', $source, "$scratch/$type"), 0, "$type of $colors colours";
    like $out, qr/^identical/m, "$type: the same bits";
}
done_testing;
