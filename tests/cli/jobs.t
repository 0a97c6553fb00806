#!/usr/bin/perl
# Many jobs on one output: each configuration is measured once, whoever dies. Claims of dead and living jobs on this
# kernel and, as far as files can pretend it, on other hosts; a claim that was lost; two run files on one output; teams of
# ranks; the clock; the STOP file; what status, events and metrics say of it.
#
# PLAQ_KILLS rounds of kill -9 (4); PLAQ_SEED repeats a sequence of moments.
use strict;
use warnings;
use lib 'tests/support';
use Cwd qw(getcwd abs_path);
use JSON::PP;
use Plaq;
use POSIX 'WNOHANG';
use Test::More;
use Time::HiRes qw(sleep time utime);

my $program = abs_path($plaq);
my $start = getcwd;
$ENV{OMP_NUM_THREADS} //= 1;
my $kills = $ENV{PLAQ_KILLS} // 4;
srand int($ENV{PLAQ_SEED} // time);
END { chdir $start }

is plaq(qw(generate -q --beta 5.7 --configs 4 --thermalise 2 --every 1 --over-relax 1 --format ildg), '--dims', '4,4,4,8',
    '--output', "$scratch/made/n{n}"), 0, 'an ensemble' or diag $err;
chdir $scratch or die;
my $configs = 16 + ($kills > 4 ? 8 * $kills : 0); # enough to be at work when the last one comes
my $made4 = slurp('made/n4');
mkdir 'cfg';
link 'made/n' . ($_ % 4 + 1), "cfg/c$_" or die for 1 .. $configs;
mkdir 'few';
link "made/n$_", "few/c$_" or die for 1 .. 3;
spew('run.yaml', "ensemble: {configs: cfg/c*}\nmeasure: [plaquette, flow: {t_max: 0.1, every: 0}]\noutput: out\n");
spew('few.yaml', "ensemble: {configs: few/c*}\nmeasure: [plaquette, flow: {t_max: 0.1, every: 0}]\noutput: out\n");

# A job in the background; its log is in NAME.log
sub begin {
    my ($name, @words) = @_;
    my $child = fork // die;
    if (!$child) {
        open STDOUT, '>', "$name.out";
        open STDERR, '>', "$name.log";
        exec @words or die;
    }
    return $child;
}

sub measure { my ($name, @words) = @_; return begin($name, $program, 'measure', @words) }

# Its exit code
sub ended {
    my ($child) = @_;
    for (1 .. 1200) { last if waitpid($child, WNOHANG) == $child; sleep 0.05; kill 'KILL', $child if $_ == 1199 }
    return $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
}

sub wait_for { my ($what) = @_; for (1 .. 400) { return 1 if $what->(); sleep 0.05 } return 0 }

sub events { my ($path) = @_; return map { decode_json($_) } split /\n/, slurp($path) }

sub count { my ($path, $event) = @_; my %n; $n{$_->{configuration}}++ for grep { $_->{event} eq $event } events($path); return \%n }

# Whether the results of two folders are the same bytes up to /provenance/run, the last there is in a file
sub same_results {
    return `/usr/bin/python3 -c 'import glob, h5py, sys
a, b = (sorted(glob.glob(x + "/*.h5")) for x in sys.argv[1:])
same = len(a) == len(b) > 0
for p, q in zip(a, b):
    with h5py.File(p, "r") as f: end = h5py.h5o.get_info(f["provenance/run"].id).addr
    x, y = (open(r, "rb").read() for r in (p, q))
    same = same and end > 2048 and x[:end] == y[:end]
print(same)' $_[0] $_[1]` eq "True\n";
}

is Plaq::run($program, 'measure', 'run.yaml'), 0, 'one job alone' or diag $err;
rename 'out', 'peace' or die;

# ---- four at once ----------------------------------------------------------------------------------------------------
my @jobs = map { measure("job$_", 'run.yaml', '--events', 'four.jsonl') } 1 .. 4;
is_deeply [map { ended($_) } @jobs], [0, 0, 0, 0], 'four jobs at once' or diag slurp('job1.log');
my $done = count('four.jsonl', 'done');
is scalar(keys %$done), $configs, 'four jobs: all is measured';
is_deeply [grep { $_ != 1 } values %$done], [], 'four jobs: each once';
ok !-e 'out/claims', 'four jobs: no claim is left';
ok same_results('peace', 'out'), 'four jobs: the results are those of one alone';
rename 'out', 'four' or die;

# ---- kill -9 ---------------------------------------------------------------------------------------------------------
my (%written, $bad);
my $hit = 0;
my %at = map { my $name = "war$_"; $name => measure($name, 'run.yaml') } 1 .. 3;
for my $round (1 .. $kills) {
    sleep rand 0.4;
    my $name = (sort keys %at)[rand keys %at];
    kill 'KILL', $at{$name};
    waitpid $at{$name}, 0;
    $hit++ if $? == 9;
    my %now = map { $_ => join(' ', (stat)[1, 9]) } glob 'out/*.h5';
    $bad++ for grep { ($now{$_} // '') ne $written{$_} } keys %written;
    %written = %now;
    $at{$name} = measure($name, 'run.yaml');
}
is_deeply [map { ended($_) } values %at], [0, 0, 0], "$kills kills: the jobs end" or diag map { slurp("$_.log") } keys %at;
is Plaq::run($program, 'measure', 'run.yaml'), 0, 'kills: one more to be sure' or diag $err;
cmp_ok $hit, '>', 0, "kills: $hit hit a job at work";
is $bad, undef, 'kills: no result is lost or measured twice';
ok same_results('peace', 'out'), 'kills: the results are those in peace';
ok !-e 'out/claims' && !glob('out/*.tmp.*'), 'kills: nothing is left';
rename 'out', 'war' or die;

# ---- a job that lives, on this kernel --------------------------------------------------------------------------------
my $stopped = measure('stopped', 'few.yaml', 'output=alive', 'measure.1.flow.t_max=5', '--events', 'alive.jsonl');
ok wait_for(sub { glob 'alive/claims/c*' }), 'a job has a claim';
kill 'STOP', $stopped;
is Plaq::run($program, 'status', 'few.yaml', 'output=alive', 'measure.1.flow.t_max=5', '--json'), 0, 'status' or diag $err;
my $status = decode_json($out);
is $status->{running}, 1, 'status: one is running';
my ($running) = grep { $_ } map { $_->{running} } @{$status->{configurations}};
is $running->{process}, $stopped, 'status: which process';
like $running->{since}, qr/^20..-..-..T/, 'status: since when';
is Plaq::run($program, 'measure', 'few.yaml', 'output=alive', 'measure.1.flow.t_max=5', '--events', 'alive.jsonl'), 0,
    'beside it' or diag $err;
like $err, qr/1 are being measured by other jobs/, 'what a living job has is left to it';
kill 'CONT', $stopped;
is ended($stopped), 0, 'and it ends it' or diag slurp('stopped.log');
is_deeply [values %{count('alive.jsonl', 'done')}], [1, 1, 1], 'each once';

# ---- jobs of another host: claims as they would write them -----------------------------------------------------------
my $boot = slurp('/proc/sys/kernel/random/boot_id') =~ s/\n//r;
sub claim {
    my ($output, $boot_id, $time) = @_;
    mkdir $_ for $output, "$output/claims";
    my $device = (stat "$output/claims")[0];
    spew("$output/claims/c2", "host elsewhere\nboot $boot_id\ndevice $device\nprocess 7\njob 12_3\nteam 0\nwork x\nlease 4\n"
        . "since 2026-01-01T00:00:00Z\n");
    utime $time, $time, "$output/claims/c2" or die;
}

claim('dead', $boot, time);
my $began = time;
is Plaq::run($program, 'measure', 'few.yaml', 'output=dead'), 0, 'a dead job of this kernel' or diag $err;
cmp_ok time - $began, '<', 10, 'is known at once';
ok -e 'dead/c2.h5', 'and its configuration is measured';

# The time a job needs on an output where another host has one; that touches it for so long, its clock so far off
sub beside {
    my ($output, $seconds, $off) = @_;
    claim($output, 'another', time + $off);
    my $job = measure($output, 'few.yaml', "output=$output", '--lease', 2);
    my $until = time + $seconds;
    while (time < $until) { utime time + $off, time + $off, "$output/claims/c2"; sleep 0.1 }
    my $early = -e "$output/c2.h5";
    my $rest = time;
    my $code = ended($job);
    return ($code, $early, time - $rest);
}
for (['another host', 3, 0], ['its clock an hour behind', 3, -3600], ['its clock an hour ahead', 3, 3600]) {
    my ($name, $seconds, $off) = @$_;
    my ($code, $early, $rest) = beside($name =~ s/ /_/gr, $seconds, $off);
    is $code, 0, "$name: exit code" or diag slurp(($name =~ s/ /_/gr) . '.log');
    ok !$early, "$name: while it gives signs of life its claim is its own";
    # dead after the lease, 4 s, or a second by the watch where the clock says an hour; a busy machine takes longer, but not the 120 s of a lease that is not given
    cmp_ok $rest, '>', 0.2, "$name: for a while after the last one too";
    cmp_ok $rest, '<', 100, "$name: then it is taken over";
    ok -e(($name =~ s/ /_/gr) . '/c2.h5'), "$name: and measured";
}

# ---- a claim that was lost -------------------------------------------------------------------------------------------
my $slow = measure('slow', 'few.yaml', 'output=lost', 'measure.1.flow.t_max=5', '--events', 'lost.jsonl', '--lease', 2);
ok wait_for(sub { -e 'lost/claims/c2' }), 'a job is at the second configuration';
kill 'STOP', $slow;
unlink 'lost/claims/c2';
claim('lost', 'another', time);
kill 'CONT', $slow;
is ended($slow), 0, 'a claim was lost: the job goes on' or diag slurp('slow.log');
is_deeply count('lost.jsonl', 'lost'), {'few/c2' => 1}, 'what it measured is dropped';
is_deeply count('lost.jsonl', 'done'), {map { ("few/c$_" => 1) } 1 .. 3}, 'and measured again when the other is dead';

# ---- a failure is tried once -----------------------------------------------------------------------------------------
mkdir 'bad';
link "made/n$_", "bad/c$_" or die for 1 .. 3;
my $bytes = $made4;
substr($bytes, length($bytes) / 2, 1) ^= "\x04";
spew('bad/c4', $bytes);
my @both = map { measure("bad$_", 'few.yaml', 'ensemble.configs=bad/c*', 'output=badly', 'measure.1.flow.t_max=2', '--events', 'bad.jsonl') } 1, 2;
is_deeply [map { ended($_) } @both], [3, 3], 'a damaged configuration: both jobs say so';
is_deeply count('bad.jsonl', 'failed'), {'bad/c4' => 1}, 'one of them tried';

# ---- two run files ---------------------------------------------------------------------------------------------------
my @two = (measure('two1', 'run.yaml', 'output=two', 'measure=[plaquette, flow: {t_max: 0.3}]'),
           measure('two2', 'run.yaml', 'output=two', 'measure=[polyakov, clover]'));
is_deeply [map { ended($_) } @two], [0, 0], 'two run files, one output' or diag slurp('two2.log');
is `/usr/bin/python3 -c 'import glob, h5py
print({" ".join(sorted(h5py.File(p, "r"))) for p in glob.glob("two/*.h5")}, len(glob.glob("two/*.h5")))'`,
    "{'clover flow plaquette polyakov provenance'} $configs\n", 'every result has both';

# ---- teams -----------------------------------------------------------------------------------------------------------
is Plaq::run('mpirun', '-n', 4, $program, 'measure', 'run.yaml', '--teams', 2, '--events', 'teams.jsonl'), 0,
    'two teams of two ranks' or diag $err;
ok same_results('peace', 'out'), 'teams: the same results';
is_deeply [sort { $a <=> $b } keys %{{map { ($_->{team} => 1) } grep { $_->{event} eq 'done' } events('teams.jsonl')}}], [0, 1],
    'teams: both worked';
like $err, qr/^plaq: team 1: \d+\/$configs c\d+: plaquette/m, 'teams: the log says which';
is Plaq::run('mpirun', '-n', 4, $program, 'measure', 'run.yaml', 'teams=3'), 2, 'three teams of four ranks: exit code';
like $err, qr/teams is 3: 4 ranks cannot be split/, 'three teams of four ranks: message';

# ---- the clock -------------------------------------------------------------------------------------------------------
my @long = ('few.yaml', 'output=clock', 'measure.1.flow.t_max=2', 'measure.1.flow.eps=0.001');
$began = time;
is Plaq::run($program, 'measure', @long, 'measure.1.flow.t_max=2000', '--time', '2s'), 75, '--time: exit code in the middle'
    or diag $err;
like $err, qr/stopped: .*run the same command to go on: .*the time is up/, '--time: message';
cmp_ok time - $began, '<', 15, '--time: in time';
is Plaq::run($program, 'measure', 'few.yaml', 'output=clock', 'measure.1.flow.t_max=2', 'measure.1.flow.eps=0.01'), 0,
    'a run that is timed' or diag $err;
my ($longest) = sort { $b <=> $a } split ' ', `/usr/bin/python3 -c 'import glob, h5py
print(*[h5py.File(p, "r")["provenance/run"].attrs["seconds"] for p in glob.glob("clock/*.h5")])'`;
cmp_ok $longest, '>', 0.005, 'results say how long they took';
is Plaq::run($program, 'measure', 'few.yaml', 'output=clock', 'measure.1.flow.t_max=2', 'measure.1.flow.eps=0.005',
    '--time', $longest . 's'), 75, '--time: none is begun that may not be over' or diag $err;
like $err, qr/0 of 3 configurations measured; .*s are left \(--time\) and a configuration takes up to/, '--time: why';
{
    local $ENV{SLURM_JOB_END_TIME} = int(time) + 2;
    is Plaq::run($program, 'measure', @long, 'measure.1.flow.t_max=2000'), 75, 'what Slurm says' or diag $err;
    like $err, qr/this job ends in [012] s \(SLURM_JOB_END_TIME\)/, 'what Slurm says: told';
}
for (['3:50:0x', qr/time "3:50:0x"/], ['0m', qr/more than none/]) {
    is Plaq::run($program, 'measure', 'few.yaml', '--time', $_->[0]), 2, "--time $_->[0]: exit code";
    like $err, $_->[1], "--time $_->[0]: message";
}

# ---- the STOP file ---------------------------------------------------------------------------------------------------
my $stop = measure('stop', 'run.yaml', 'output=stop', 'measure.1.flow.t_max=5');
ok wait_for(sub { scalar(() = glob 'stop/*.h5') }), 'a job is at work';
spew('stop/STOP', '');
is ended($stop), 75, 'the STOP file: exit code' or diag slurp('stop.log');
like slurp('stop.log'), qr{stop/STOP is there}, 'the STOP file: message';
cmp_ok scalar(() = glob 'stop/*.h5'), '<', $configs, 'the STOP file: stopped early';
unlink 'stop/STOP';

# ---- for other programs ----------------------------------------------------------------------------------------------
is Plaq::run($program, 'measure', 'few.yaml', 'output=told', '--metrics', 'told.prom', '--events', 'told.jsonl'), 0, 'events' or diag $err;
my %metric = slurp('told.prom') =~ /^(plaq_\w+)\{output="told"\} (\S+)$/mg;
is_deeply [@metric{qw(plaq_results plaq_failed plaq_missing plaq_running)}], [3, 0, 0, 0], 'metrics: counts';
cmp_ok abs($metric{plaq_last_plaquette} - (events('told.jsonl'))[-2]{plaquette}), '<', 1e-10, 'metrics: of the last one';
is_deeply [map { $_->{event} } events('told.jsonl')], ['start', ('begin', 'done') x 3, 'end'], 'events: in their order';

# ---- the index -------------------------------------------------------------------------------------------------------
# It is not to be told from looking: not when it is damaged, nor when what it is of has changed
mkdir $_ for qw(index index/cfg index/out);
for (1 .. 80) { link 'made/n' . ($_ % 3 + 1), "index/cfg/c$_" or die; link 'told/c' . ($_ % 3 + 1) . '.h5', "index/out/c$_.h5" or die }
my @look = ('status', 'few.yaml', 'ensemble.configs=index/cfg/*', 'output=index/out');
sub look { my ($why) = @_; is Plaq::run($program, @look), 0, "status: $why" or diag $err; return $out }
sleep 3.1; # younger files are not put into it
my $seen = look('without an index');
like $seen, qr/80 configurations: 80 done/, 'an index is not needed';
ok -e 'index/out/.index', 'it is there then';
is look('with one'), $seen, 'and says the same';
my $index = slurp('index/out/.index');
for (['cut', substr $index, 0, length($index) / 2], ['empty', ''], ['of zeros', "\0" x length $index],
     ['of others', substr($index, 0, 80) . "\xff" x (length($index) - 80)]) {
    spew('index/out/.index', $_->[1]);
    is look("with one that is $_->[0]"), $seen, "$_->[0]: the same";
}
look('again');
unlink 'index/cfg/c7', 'index/out/c8.h5';
spew('index/cfg/c7', $made4);
like look('after changes'), qr{80 configurations: 78 done, 2 missing}, 'what has changed is seen';
like $out, qr/^index\/cfg\/c7 +changed/m, 'a configuration that was replaced';
done_testing;
