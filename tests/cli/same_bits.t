#!/usr/bin/perl
# What is generated and what is measured are the same bits on 1, 2 and 4 ranks and with 1 and 2 threads; also where the
# part of the lattice on a rank cannot be cut into lanes, as that of 6 x 2 x 6 x 2 on 4 ranks.
use strict;
use warnings;
use Digest::SHA 'sha256_hex';
use File::Temp 'tempdir';
use Test::More;

my $plaq = ($ENV{PLAQ_BUILD} // 'build') . '/plaq';
my $folder = tempdir(CLEANUP => 1);
my %datasets = (
    plaquette => [qw(mean spatial temporal planes slices)], link_trace => ['mean'], rectangle => ['mean'],
    polyakov => ['loop'], clover => [qw(energy charge energy_mean charge_total)],
    improved => [qw(energy_plaquette energy charge)],
    energy_momentum => [qw(tensor energy momenta tensor_p energy_p)]);

sub content { open my $file, '<:raw', $_[0] or return ''; local $/; return scalar <$file> }

# The links of a NERSC file, which begin after its header.
sub links_of { return content($_[0]) =~ /END_HEADER\n(.+)/s ? sha256_hex($1) : "no links in $_[0]" }

# All measured numbers, with the digits that tell doubles apart.
sub numbers_of {
    my ($result) = @_;
    my @dumps;
    for my $group (sort keys %datasets) {
        for my $name (@{$datasets{$group}}) {
            my $text = `h5dump -m %.17g -A 0 -d /$group/$name $result 2>/dev/null`;
            push @dumps, $text =~ /DATA \{(.*?)\n *\}/s ? $1 : "no /$group/$name in $result";
        }
    }
    return join "\n", @dumps;
}

sub run {
    my ($ranks, $threads, @words) = @_;
    my $out = `OMP_NUM_THREADS=$threads mpirun -n $ranks $plaq @words 2>&1`;
    return $? == 0 ? 1 : do { diag $out; 0 };
}

for my $dims ('4,6,4,8', '6,2,6,2') {
    my $name = $dims =~ tr/,/x/r;
    my ($links, $numbers);
    for my $case ([1, 1], [2, 1], [4, 1], [1, 2], [2, 2]) {
        my ($ranks, $threads) = @$case;
        my $what = "$dims on $ranks ranks, $threads threads";
        my $here = "$folder/$name-$ranks-$threads";
        my $path = "$folder/$name-1-1/0002.nersc";

        ok run($ranks, $threads, "generate --dims $dims --beta 5.9 --seed 7 --configs 2 --thermalise 3 --every 2",
            "--over-relax 2 --format nersc --output $here/"), "$what: generate";
        open my $file, '>', "$here/run.yaml" or die "$here/run.yaml: $!";
        print $file "ensemble: {configs: $path}\nmeasure: [", join(', ', sort keys %datasets), "]\noutput: $here/results\n";
        close $file;
        ok run($ranks, $threads, "measure $here/run.yaml"), "$what: measure";
        my ($result) = grep { -f } glob "$here/results/*.h5";
        my @seen = (join(' ', map { links_of("$here/000$_.nersc") } 1, 2), numbers_of($result // 'nothing'));
        ($links, $numbers) = @seen unless defined $links;
        unlike "@seen", qr/^no |\bno \//m, "$what: there is something to compare";
        is $seen[0], $links, "$what: links";
        is $seen[1], $numbers, "$what: numbers";
    }
}
done_testing;
