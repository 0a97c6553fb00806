#!/usr/bin/perl
# kill -9 at random moments, of mpirun, of one rank or of all of them, and then the same command: every result file that
# exists opens, none is measured twice, and the final results are those of an undisturbed run, byte for byte up to
# /provenance/run, which tells times and hosts and is the last there is in a file. The same for the configurations of a
# derived field that are written beside.
#
# PLAQ_KILLS rounds (3); PLAQ_SEED repeats a sequence of moments.
use strict;
use warnings;
use Cwd qw(getcwd abs_path);
use File::Temp 'tempdir';
use POSIX 'WNOHANG';
use Test::More;
use Time::HiRes qw(sleep time);

my $kills = $ENV{PLAQ_KILLS} // 3;
my $seed = $ENV{PLAQ_SEED} // time;
my $configs = 20 + 20 * $kills;
my $plaq = abs_path($ENV{PLAQ_BUILD} // 'build') . '/plaq';
my $start = getcwd;
my $root = tempdir(CLEANUP => 1);
my $command = "mpirun -n 2 $plaq measure run.yaml";
srand int $seed;
diag "PLAQ_KILLS=$kills PLAQ_SEED=" . int $seed if $kills > 3;
END { chdir $start }

# Two folders with the same names in them: one is left in peace.
chdir $root or die;
is system("$plaq generate --dims 4,4,4,8 --beta 5.7 --configs 5 --thermalise 2 --every 1 --over-relax 1 --format ildg "
    . '--output cfg/n{n} >log 2>&1'), 0, 'an ensemble' or diag `cat log`;
for my $folder ('peace', 'war') {
    mkdir $folder;
    mkdir "$folder/cfg";
    link 'cfg/n' . ($_ % 5 + 1), "$folder/cfg/c$_" or die for 1 .. $configs;
    open my $run, '>', "$folder/run.yaml" or die;
    print $run "ensemble: {configs: cfg/c*}\ngauge: {again: {reunitarise: , write: {folder: fields}}}\n",
        "measure: [plaquette, polyakov, clover: {links: again}]\noutput: out\n";
    close $run;
}
chdir "$root/peace" or die;
is system("$command >log 2>&1"), 0, 'a run in peace' or diag `cat log`;
chdir "$root/war" or die;

# Children of a process, from /proc, where others come and go.
sub children {
    my ($parent) = @_;
    my @found;
    for my $path (glob '/proc/[0-9]*/stat') {
        open my $file, '<', $path or next;
        my $stat = <$file> // '';
        push @found, $1 if $stat =~ /^(\d+) \(.*\) \S (\d+)/ && $2 == $parent;
    }
    return @found;
}

# Results as "path inode time of writing"; each must open.
sub results { return sort map { join ' ', $_, (stat)[1, 9] } glob 'out/*.h5' }

sub all_open {
    my $bad = `/usr/bin/python3 -c 'import glob, h5py
for p in glob.glob("out/*.h5"):
    try:
        with h5py.File(p, "r") as f: f["clover/energy"][:]; f["provenance/run"].attrs["hosts"]
    except Exception as e: print(p, e)'`;
    return $bad;
}

my %written;
for my $round (1 .. $kills) {
    my $child = fork;
    if (!$child) {
        open STDOUT, '>', 'log';
        open STDERR, '>&', \*STDOUT;
        exec "exec $command" or die;
    }
    sleep rand(1.2);
    my @ranks = children($child);
    my $whom = ('all', 'mpirun', 'a rank')[rand 3];
    kill 'KILL', $child if $whom ne 'a rank';
    kill 'KILL', @ranks if $whom eq 'all';
    kill 'KILL', $ranks[rand @ranks] if $whom eq 'a rank' && @ranks;
    kill 'KILL', $child if $whom eq 'a rank' && !@ranks; # not started yet
    # mpirun may hang when it loses a rank that was just starting (Open MPI 4.1.4): then it is killed too
    for (1 .. 200) { last if waitpid($child, WNOHANG) == $child; sleep 0.05; kill 'KILL', $child if $_ == 199 }
    waitpid $child, 0;
    for (1 .. 200) { last if !grep { -e "/proc/$_/exe" } @ranks; sleep 0.05 } # mpirun's orphans end by themselves

    my @results = results();
    my $twice = grep { my ($path) = split; exists $written{$path} && $written{$path} ne $_ } @results;
    my %now = map { (split)[0] => $_ } @results;
    my $lost = grep { !$now{$_} } keys %written;
    my $bad = all_open();

    ok !$bad && !$twice && !$lost, "round $round, $whom killed: " . @results . ' results, all whole, none lost or rewritten'
        or diag "$bad; $twice rewritten; $lost lost";
    %written = %now;
}
is system("$command >log 2>&1"), 0, 'the same command ends it' or diag `cat log`;
my $again = grep { my ($path) = split; exists $written{$path} && $written{$path} ne $_ } results();
is $again, 0, 'nothing was measured twice';
is_deeply [glob 'out/*.tmp.* fields/.c*'], [], 'nothing is left half written';

my $differ = `/usr/bin/python3 -c 'import glob, h5py
a, b = (sorted(glob.glob("$root/%s/out/*.h5" % x)) for x in ("peace", "war"))
print(len(a), len(b))
for p, q in zip(a, b):
    with h5py.File(p, "r") as f: end = h5py.h5o.get_info(f["provenance/run"].id).addr
    x, y = (open(r, "rb").read() for r in (p, q))
    if x[:end] != y[:end] or len(x) != len(y) or end < 4096: print(p, q, end, len(x), len(y))'`;
is $differ, "$configs $configs\n", 'the results are those of the run in peace, byte for byte';
is `diff -r $root/peace/fields $root/war/fields && ls fields | wc -l`, "$configs\n", 'and so are the fields';
done_testing;
