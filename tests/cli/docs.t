#!/usr/bin/perl
# The documents speak of what is there: every file and folder they name exists, and every `make` target.
use strict;
use warnings;
use Test::More;

my @documents = ('README.md', glob 'docs/*.md');
my %targets = map { /^([a-z]+):/ ? ($1 => 1) : () } map { read_lines($_) } 'Makefile', 'scripts/targets.mk';

sub read_lines { open my $file, '<', $_[0] or die "$_[0]: $!"; return <$file> }

for my $document (@documents) {
    my ($folder) = $document =~ m{^(.*/)};
    my @missing;
    my $n = 0;
    for my $line (read_lines($document)) {
        $n++;
        for my $link ($line =~ /\]\(([^)#:]+)[^):]*\)/g) {
            push @missing, "$document:$n: link to $link" unless -e ($folder // '') . $link;
        }
        for my $path ($line =~ m{`((?:src|io|include|tests|docs|scripts|inputs)/[\w./]*)`}g) {
            push @missing, "$document:$n: $path" unless -e $path || $path =~ /[A-Z]{3,}/;
        }
        for my $target ($line =~ /\bmake ([a-z]+)\b(?=[` ]*(?:`|$|#|[A-Z]+=))/g) {
            push @missing, "$document:$n: make $target" unless $targets{$target};
        }
    }
    is "@missing", '', "$document names what exists" or diag join "\n", @missing;
}
done_testing;
