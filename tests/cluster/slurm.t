#!/usr/bin/perl
# A real Slurm of fake nodes, with the batch scripts of jobs/slurm as they are:
#
#   - an array of four tasks on one output, one of them preempted (SIGUSR1, exit code 75, back into the queue);
#   - beside them a job that makes configurations, and one that follows it;
#   - PLAQ_KILLS times (10) a SIGKILL of one of their processes at a random moment; the array's dead tasks, and the other two
#     jobs, are submitted again, as a user would;
#   - at the end, one job of two nodes under srun.
#
# Each configuration is measured exactly once, none is lost, and the numbers are those of a run in peace. PLAQ_SEED repeats
# a sequence of moments.
use strict;
use warnings;
no warnings 'qw'; # commas in words
use lib 'tests/support';
use Cluster;
use Cwd qw(abs_path getcwd);
use File::Copy 'copy';
use Plaq;
use Test::More;
use Time::HiRes qw(sleep time);

my $slurm = tool('slurm-local.sh');
need_root();
need('slurmctld', 'slurmd', 'sbatch', 'munged', 'pgrep', 'mpirun');
plan skip_all => 'no libpmix.so (libpmix-dev)' unless glob '/usr/lib/*/libpmix.so';

my $kills = $ENV{PLAQ_KILLS} // 10;
my $seed = int($ENV{PLAQ_SEED} // time);
my ($old, $made) = (40 + 8 * $kills, 20 + 2 * $kills); # configurations that are there; that are made meanwhile
srand $seed;
diag "PLAQ_KILLS=$kills PLAQ_SEED=$seed";

my $program = abs_path($scratch) . '/plaq'; # a copy under a name of its own: whoever runs it belongs to this test
copy($plaq, $program) && chmod 0755, $program or die;
my ($jobs, $start) = (abs_path('jobs'), getcwd);
my $up = 0;
$SIG{TERM} = $SIG{INT} = sub { exit 1 };
END { within(60, $slurm, 'stop', "$scratch/slurm") if $up; chdir $start if $start }
chdir $scratch or die;

my @chain = (qw(generate -q --dims 4,4,4,8 --beta 5.7 --thermalise 2 --every 1 --over-relax 1 --seed 5));
is Plaq::run($program, @chain, qw(--configs 5 --format ildg --output old/n{n})), 0, 'an ensemble' or diag $err;
mkdir 'cfg';
link 'old/n' . ($_ % 5 + 1), sprintf('cfg/c%04d', $_) or die $! for 1 .. $old;
my $measure = "measure: [plaquette, polyakov, flow: {t_max: 0.4, every: 0.1}]\n";
spew('array.yaml', "ensemble: {configs: cfg/c*}\n${measure}output: out\n");
spew('follow.yaml', "ensemble: {configs: sim/n*}\n${measure}output: followed\n");

# Slower and less often than in peace: a configuration of so small a lattice is made in 10 ms.
my @slow = (@chain, '--configs', $made, qw(--every 60 --over-relax 4 --format nersc --output sim/n{n:04}));

is within(60, $slurm, 'start', '-n', 3, '-c', 4, "$scratch/slurm"), 0, 'Slurm: three nodes' or BAIL_OUT $err;
$up = 1;

my (%id, %submitted); # name => number of its job; how often

sub on_login { return within(60, $slurm, 'exec', "$scratch/slurm", @_) }

sub submit {
    my ($name, @words) = @_;
    my $end = on_login('env', "PATH=$scratch:$ENV{PATH}", "PLAQ_JOBS=$jobs", 'OMP_NUM_THREADS=1',
        'OMPI_MCA_btl_vader_single_copy_mechanism=none', 'sbatch', '--parsable', '-t', 30, '-N', 1, @words);
    ($id{$name}) = $out =~ /^(\d+)/ or diag "sbatch @words: $out$err";
    $submitted{$name}++;
    return $end == 0;
}

my %words = (
    array => [qw(--array=1-4 -n 2 --ntasks-per-node=2 -o array-%a.log), "$jobs/slurm/array.sh", qw(--events events array.yaml)],
    follow => [qw(-n 1 --ntasks-per-node=1 -o follow.log), "$jobs/slurm/follow.sh",
        qw(--events events), "--until=$made", 'follow.yaml', '--poll=0.2', '--settle=1'],
    generate => [qw(-n 1 -o generate.log --open-mode=append), '--wrap', "exec plaq @slow"]);

# Names of the jobs of which something is in the queue: an array as long as one of its tasks is
sub queued {
    on_login('squeue', '-h', '-o', '%A %F') == 0 or return keys %id;
    my %there = map { $_ => 1 } split ' ', $out;
    return grep { $there{$id{$_}} } keys %id;
}

sub complete { return (() = glob 'out/*.h5') == $old && (() = glob 'followed/*.h5') == $made }

# Processes whose program is this test's own copy of plaq, and nothing else on this machine: the path is looked up again
# right before the signal.
sub is_ours { my ($process) = @_; my $exe = readlink "/proc/$process/exe"; return defined $exe && $exe eq $program }
sub victims { return grep { is_ours($_) } map { m{^/proc/(\d+)$} ? $1 : () } glob '/proc/[0-9]*' }

ok submit($_, @{$words{$_}}), "sbatch: $_" for 'array', 'follow', 'generate';

my (%stamp, $killed, $rewritten, $preempted) = ();
($killed, $rewritten, $preempted) = (0, 0, 0);
my $limit = time + 120 + 12 * $kills;
while (time < $limit) {
    my %now = map { stamps($_) } 'out', 'followed';
    $rewritten += grep { exists $stamp{$_} && $stamp{$_} ne ($now{$_} // 'lost') } keys %stamp;
    %stamp = (%stamp, %now);
    last if complete();
    if (!$preempted && keys %now > 10) {
        # 9 of 12 CPUs are in use or more: eight for somebody else take a task's
        $preempted = submit('high', qw(-p high -n 8 -N 2 -o high.log --wrap), 'sleep 3');
    } elsif ($killed < $kills && keys %now > 0.9 * ($old + $made) * $killed / $kills && (my @victims = victims())) {
        sleep rand 0.5; # spread over the campaign, but at no moment in particular
        my $victim = $victims[rand @victims];
        $killed += kill 'KILL', $victim if is_ours($victim);
    }
    my %there = map { $_ => 1 } queued();
    for my $name (grep { !$there{$_} } 'array', 'follow', 'generate') {
        next if $name eq 'generate' && (() = glob 'sim/n*') >= $made;
        next if $name eq 'follow' && (() = glob 'followed/*.h5') == $made;
        next if $name eq 'array' && (() = glob 'out/*.h5') == $old;
        submit($name, @{$words{$name}});
    }
    sleep 0.2;
}
is $killed, $kills, "$kills kills";
ok complete(), 'all is measured, none lost: ' . join ', ', map { scalar(() = glob "$_/*.h5") . " in $_" } 'out', 'followed'
    or diag map { -e ? `tail -n 20 $_` : () } glob '*.log';
is $rewritten, 0, 'no result was written twice';
my @left = queued();
on_login('scancel', $id{$_}) for @left;

my %measured;
$measured{$_->{configuration}}++ for grep { ($_->{event} // '') eq 'done' } map { JSON::PP::decode_json($_) } split /\n/, slurp('events');
is_deeply [grep { $measured{$_} > 1 } keys %measured], [], 'none was measured twice';
cmp_ok keys %measured, '>=', $old + $made - $killed, 'each said so once, but for those killed in between';

my $logs = join '', map { slurp($_) } glob '*.log';
like $logs, qr/stopped: /, 'the preempted task stopped in good order';
my %starts; # of a job: one that was put back has the same number and several
my $ended = slurp('slurm/log/jobs.txt');
$starts{$1}{$2}++ while $ended =~ /JobId=(\d+).*? StartTime=(\S+)/g;
cmp_ok scalar(grep { keys %$_ > 1 } values %starts), '>=', 1, 'and was put back into the queue' or diag $ended;
diag join ', ', map { "$_ submitted $submitted{$_} times" } sort keys %submitted;

# One job on two nodes, its ranks started by srun
{
    local $ENV{PLAQ_LAUNCH} = 'srun --mpi=pmix';
    ok submit('single', qw(-N 2 -n 2 --ntasks-per-node=1 -o single.log), "$jobs/slurm/single.sh", 'array.yaml',
        'ensemble.configs=old/n*', 'output=pair'), 'sbatch: single';
}
for (1 .. 300) { last unless grep { $_ eq 'single' } queued(); sleep 0.3 }
like slurp('single.log'), qr/5 of 5 configurations done/, 'srun --mpi=pmix on two nodes';
is Plaq::run($program, qw(measure -q array.yaml ensemble.configs=old/n* output=lone)), 0, 'one rank' or diag $err;
is same_numbers('lone', 'pair'), 'same', 'the bits of one rank';

is Plaq::run($program, 'measure', '-q', 'array.yaml', 'output=peace'), 0, 'a run in peace' or diag $err;
is same_numbers('peace', 'out'), 'same', 'the bits of a run in peace';
is Plaq::run($program, @slow[0 .. $#slow - 1], 'quiet/n{n:04}'), 0, 'a chain in peace' or diag $err;
is Plaq::run('sh', '-c', "for f in quiet/*; do cmp \$f sim/\${f#quiet/} || exit; done"), 0, 'the same configurations' or diag $out;
is Plaq::run($program, 'measure', '-q', 'follow.yaml', 'ensemble.configs=quiet/n*', 'output=still'), 0, 'measured' or diag $err;
is same_numbers('still', 'followed'), 'same', 'the bits of what was followed';
done_testing;
