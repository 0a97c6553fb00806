#!/usr/bin/perl
# What the README tells a newcomer to paste works as pasted, and the run file it explains is the one in inputs/.
use strict;
use warnings;
use Cwd 'abs_path';
use File::Temp 'tempdir';
use Test::More;

my $build = abs_path($ENV{PLAQ_BUILD} // 'build');
my $readme = do { local (@ARGV, $/) = 'README.md'; <> };
my $scratch = tempdir(CLEANUP => 1);
symlink $build, "$scratch/build" or die;
system('cp', '-r', 'inputs', $scratch) == 0 or die;

my ($steps) = $readme =~ /^## First steps\n.*?^```sh\n(.*?)^```/ms;
ok $steps, 'there are first steps';
open my $script, '>', "$scratch/steps.sh" or die;
print $script $steps;
close $script;
is system("cd $scratch && bash -e steps.sh > log 2>&1"), 0, 'they run as pasted' or diag `cat $scratch/log`;
like `cat $scratch/log`, qr/3 done, 0 missing, 0 failed/, 'and end with everything done';

my ($flow, $says) = $readme =~ /^## Gradient flow and smearing\n.*?^```sh\n(.*?)^```\n+```\n(.*?)^```/ms;
open $script, '>', "$scratch/flow.sh" or die;
print $script "export PATH=\"\$PWD/build:\$PATH\"\n$flow";
close $script;
my $shown = `cd $scratch && bash -e flow.sh 2>/dev/null`;
$shown =~ s/.*^(?=measurement)//ms;
is $shown, $says, 'gradient flow and smearing run as pasted and print what it says';

my ($run) = $readme =~ /^```yaml\n(.*?)^```/ms;
my $demo = do { local (@ARGV, $/) = 'inputs/demo.yaml'; <> };
is $run, $demo =~ s/^#.*\n//gmr, 'the run file it explains is inputs/demo.yaml';

my ($python) = $readme =~ /^```python\n(.*?)^```/ms;
open my $snippet, '>', "$scratch/results.py" or die;
print $snippet $python =~ s{demo/results}{try/results}r;
close $snippet;
my $printed = `cd $scratch && /usr/bin/python3 results.py`;
is scalar(() = $printed =~ /^try\S+ 0\.\d+ \S+$/mg), 3, 'its Python prints a line a configuration' or diag $printed;

my %listed = map { $_ => 1 } $readme =~ /^\| `plaq (\w+)/mg;
$listed{$_} = 1 for $readme =~ /, `plaq (\w+) NAME` \|/g;
my ($help) = `$build/plaq --help` =~ /^commands:\n(.*?)\n\n/ms;
my @commands = grep { $_ ne 'help' } $help =~ /^  (\w+)/mg;
is_deeply [sort keys %listed], [sort @commands], 'its table has all commands';
done_testing;
