# What the tests of the command line share: use lib 'tests/support'; use Plaq;
package Plaq;
use strict;
use warnings;
use Exporter 'import';
use File::Temp 'tempdir';
use JSON::PP;

our @EXPORT = qw($plaq $scratch plaq plaq_on $out $err data slurp spew json_lines);

our $plaq = $ENV{PLAQ} // ($ENV{PLAQ_BUILD} // 'build') . '/plaq';
our $scratch = tempdir(CLEANUP => 1);
our ($out, $err); # what the last command printed

# Runs a command line of words; returns its exit code, or "signal n".
sub run {
    my @words = map { my $word = $_; $word =~ s/'/'\\''/g; "'$word'" } @_;
    system("@words >$scratch/.out 2>$scratch/.err");
    my $end = $?;
    ($out, $err) = map { slurp("$scratch/$_") } '.out', '.err';
    return $end & 127 ? 'signal ' . ($end & 127) : $end >> 8;
}

sub plaq { return run($plaq, @_) }

# On so many ranks; mpirun says its own word about an exit code that is not 0.
sub plaq_on { my $ranks = shift; return run('mpirun', '-n', $ranks, $plaq, @_) }

# The path of a file of the shared test data; undef where the folder is absent.
sub data {
    my $path = ($ENV{PLAQ_TEST_DATA} // '../shared/data') . "/$_[0]";
    return -e $path ? $path : undef;
}

sub slurp { my $path = shift; local $/; open my $file, '<:raw', $path or die "$path: $!"; return <$file> // '' }
sub spew { my ($path, $bytes) = @_; open my $file, '>:raw', $path or die "$path: $!"; print $file $bytes; close $file }

# One object a line
sub json_lines { return map { decode_json($_) } split /\n/, $out }

1;
