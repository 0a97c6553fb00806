#!/usr/bin/perl
# Every run file in inputs/ that users copy does what it says, on configurations of ours.
use strict;
use warnings;
use File::Temp 'tempdir';
use Test::More;

my $plaq = ($ENV{PLAQ_BUILD} // 'build') . '/plaq';
my $root = tempdir(CLEANUP => 1);

is system("$plaq generate --dims 4,4,4,8 --beta 6.0 --configs 2 --thermalise 1 --every 1 --over-relax 1 "
    . "--output $root/cfg/n >$root/log 2>&1"), 0, 'configurations' or diag `cat $root/log`;
for my $input (glob 'inputs/*.yaml') {
    my ($name) = $input =~ m{([^/]+)\.yaml};
    my $words = "$input 'ensemble.configs=$root/cfg/*.h5' output=$root/$name";

    is system("$plaq measure $words >$root/log 2>&1"), 0, "$input: measured" or diag `cat $root/log`;
    like `cat $root/log`, qr/2 of 2 configurations done/, "$input: all of it";
    like `$plaq status $words`, qr/done(?!.*missing)/, "$input: status";
}
done_testing;
