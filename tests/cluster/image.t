#!/usr/bin/perl
# The image of jobs/container, built without a daemon, a registry or rights: its size and start time; the demonstration alone
# as an unprivileged user; two ranks in two containers under the host's mpirun, by Charliecloud and podman. Same bits
# everywhere.
use strict;
use warnings;
no warnings 'qw'; # commas in words
use lib 'tests/support';
use Cluster;
use Cwd qw(abs_path getcwd);
use Plaq;
use Test::More;
use Time::HiRes 'time';

my $check = tool('container-check.sh');
need('mmdebstrap', 'buildah', 'podman', 'ch-run', 'newuidmap', 'mpirun');
my ($start, $build) = (getcwd, abs_path($ENV{PLAQ_BUILD} // 'build'));
END { chdir $start if $start }

# The project as it is committed or about to be, with the Containerfile where the script looks for it. No registry: the
# base is made of packages, once for all runs.
mkdir "$scratch/context" or die;
is Plaq::run('sh', '-c', "git ls-files -co --exclude-standard | tar -cf - -T - | tar -C $scratch/context -xf -"), 0,
    'the sources' or BAIL_OUT $err;
spew("$scratch/context/Containerfile", slurp('jobs/container/Containerfile') =~ s/^ARG BASE=.*/ARG BASE=localhost\/base/mr);
mkdir "$build/cluster";

my $end = within(800, $check, '-b', "$build/cluster/base.tar", '-p', 'ca-certificates', '-C', "$scratch/context",
    '-r', 'plaq bench --dims 4,4,4,8 --repeat 3 halo', '-k', "$scratch/image", '-T', 120);
is $end, 0, 'it builds and starts everywhere' or diag $out, $err;
unlike $out, qr/^(FAIL|skip)/m, 'nothing left out' or diag $out;
diag map { "    $_\n" } grep { /image|start|rank/ } split /\n/, $out;

my $packed = (-s "$scratch/image/image.oci.tar" // 0) / 1e6;
mkdir "$scratch/root" or die;
system('tar', '-C', "$scratch/root", '-xf', "$scratch/image/rootfs.tar") == 0 or die;
my ($unpacked) = `du -sb $scratch/root` =~ /^(\d+)/;
$unpacked /= 1e6;
cmp_ok $unpacked, '<', 150, sprintf 'size: %.0f MB, %.0f MB as an archive', $unpacked, $packed;
diag sprintf '    size: %.0f MB, %.0f MB as an archive', $unpacked, $packed;

# Nobody in particular: as root, somebody else.
my @nobody = $> == 0 ? ('setpriv', '--reuid', 65534, '--regid', 65534, '--clear-groups') : ();
my $work = "$scratch/work";
chmod 0755, $scratch;
mkdir $work or die;
chmod 0777, $work;
my @container = ('ch-run', '-b', "$work:/work", '--cd', '/work', "$scratch/root", '--');
my @user = (@nobody, 'env', '-i', "PATH=$ENV{PATH}", "HOME=$work", 'USER=nobody', "TMPDIR=$work", 'OMP_NUM_THREADS=1',
    map { "$_=$ENV{$_}" } grep { /^OMPI_MCA_(rmaps|hwloc|mpi_yield)/ } keys %ENV);
my @no_single_copy = 'OMPI_MCA_btl_vader_single_copy_mechanism=none';

my @times = sort { $a <=> $b } map { my $began = time; within(60, @user, @container, 'plaq', '--version'); time - $began } 1 .. 5;
is $?, 0, 'plaq --version' or diag $out, $err;
cmp_ok $times[2], '<', 1, sprintf 'starts in %.2f s', $times[2];
diag sprintf '    plaq --version by ch-run: %.3f s', $times[2];

spew("$work/run.yaml", <<'END');
ensemble: {configs: cfg/*}
measure: [plaquette, rectangle, polyakov, clover, flow: {t_max: 0.1}]
output: alone
END
chmod 0644, "$work/run.yaml";
is within(120, @user, @container, 'mpirun', '-n', 2, 'plaq', qw(generate -q --dims 8,8,8,16 --beta 6.0 --configs 3),
    qw(--thermalise 10 --every 5 --output cfg/b6.00_n)), 0, 'alone: configurations' or diag $err;
is within(120, @user, @container, 'mpirun', '-n', 2, 'plaq', 'measure', 'run.yaml'), 0, 'alone: measured' or diag $err;
like $out, qr/3 of 3 configurations done/, 'alone: all of them';

my $tag = "plaq$$";
my @outer = (@user, 'mpirun', '--oversubscribe', '-n', 2, '--mca', 'orte_tmpdir_base', $work);
is within(120, @outer, 'ch-run', '--join-ct=2', "--join-tag=$tag", @container[1 .. $#container], 'plaq', 'measure', 'run.yaml',
    'output=joined'), 0, "two containers under the host's mpirun" or diag $err;
is same_numbers("$work/alone", "$work/joined"), 'same', 'the bits of one container';
like python('import h5py, sys
print(h5py.File(sys.argv[1])["provenance/run"].attrs["ranks"])', "$work/joined/b6.00_n0001.h5"), qr/^2(\.0)?$/, 'one world of two ranks';

# Without --join, ranks may not read each other's memory, and hang when they try. ch-run does not know the image's settings.
is within(120, @user, @no_single_copy, @outer[@user .. $#outer], @container, 'plaq', 'measure', 'run.yaml',
    'output=apart'), 0, 'two user namespaces' or diag $err;
is same_numbers("$work/alone", "$work/apart"), 'same', 'the bits of one container';
chdir $work;
is Plaq::run("$build/plaq", 'measure', '-q', 'run.yaml', 'output=host'), 0, 'the program of the host' or diag $err;
is same_numbers("$work/alone", "$work/host"), 'same', 'the bits of the host, built for its own processor';
done_testing;
